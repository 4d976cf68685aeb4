/* What a landed call means to the script: a result, or an error record and
   perhaps another attempt. Must not know: libcurl, any one service. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "fail_shop.h"
#include "form.h"
#include "head.h"
#include "ljson.h"
#include "lshop.h"
#include "retry.h"
#include "text.h"
#include "when.h"

/* A raw reply from here on is not looked into: it holds rows, not a refusal,
   which is short in every shape that is known. */
enum { LOOK_INTO = 1024 };

static int is_2xx(const struct sw_request *r) {
  return r->t.fault == SW_FAULT_NONE && r->t.status >= 200 &&
         r->t.status < 300;
}

static long asked_to_wait(const struct sw_head *head) {
  struct sw_str value, date;
  int64_t seconds;
  if (!sw_head_last(head, "Retry-After", &value)) {
    return -1;
  }
  sw_head_last(head, "Date", &date);
  seconds = sw_retry_after(value.p, value.n, date.p, date.n,
                           (int64_t)time(NULL));
  return (long)seconds;
}

static double jitter(lua_State *L) {
  unsigned char bytes[2] = {128, 0};
  const struct sw_engine_api *api = sw_engine_door(L);
  if (api->random(bytes, sizeof bytes) != 0) {
    return 0.5;
  }
  return (bytes[0] * 256 + bytes[1]) / 65536.0;
}

static struct sw_verdict judge(lua_State *L, const struct sw_request *r,
                               const struct sw_head *head, int whole) {
  struct sw_attempt a;
  double left = r->deadline - (sw_now() - r->started);
  memset(&a, 0, sizeof a);
  a.retry = r->retry;
  a.flags = r->row->flags;
  sw_attempt_take(&a, &r->t);
  a.form = whole ? SW_REPLY_WHOLE : SW_REPLY_OTHER;
  a.maybe_done = r->maybe_done;
  a.attempt = r->attempt;
  a.retries = r->retries;
  if (r->signs & SW_SIGN_SUSPECT) {
    a.retries = 0; /* the shop may still be writing this session */
  }
  a.retry_after = asked_to_wait(head);
  a.left_ms = left <= 0 ? 0 : (long)(left * 1000);
  a.jitter = jitter(L);
  return sw_retry_judge(&a);
}

static void set_text(lua_State *L, const char *key, const struct sw_buf *b) {
  if (b->len > 0) {
    lua_pushlstring(L, b->data, b->len);
    lua_setfield(L, -2, key);
  }
}

static void set_flag(lua_State *L, const char *key, int on) {
  if (on) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, key);
  }
}

static void set_fields(lua_State *L, const struct sw_fail *f) {
  size_t i, k;
  if (f->field_count == 0) {
    return;
  }
  lua_createtable(L, 0, (int)f->field_count);
  for (i = 0; i < f->field_count; i++) {
    struct sw_str name = sw_fail_name(f, i);
    lua_pushlstring(L, name.p, name.n);
    lua_createtable(L, (int)f->fields[i].count, 0);
    for (k = 0; k < f->fields[i].count; k++) {
      struct sw_str text = sw_fail_text(f, i, k);
      lua_pushlstring(L, text.p, text.n);
      lua_rawseti(L, -2, (int)k + 1);
    }
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "fields");
}

/* Pushes the error record as a plain table. May raise. */
static void push_fail(lua_State *L, const struct sw_request *r,
                      const struct sw_fail *f, const struct sw_verdict *v,
                      long retry_after) {
  lua_createtable(L, 0, 16);
  lua_pushstring(L, sw_fail_kind_name(f->kind));
  lua_setfield(L, -2, "kind");
  set_text(L, "message", &f->message);
  if (f->hint != NULL) {
    lua_pushstring(L, f->hint);
    lua_setfield(L, -2, "hint");
  }
  if (f->status != 0) {
    lua_pushinteger(L, f->status);
    lua_setfield(L, -2, "status");
  }
  set_text(L, "code", &f->code);
  set_text(L, "request_id", &f->request_id);
  set_text(L, "body", &f->body);
  set_text(L, "noise", &r->noise);
  set_fields(L, f);
  sw_push_row_name(L, r->row);
  lua_setfield(L, -2, "endpoint");
  lua_pushstring(L, sw_stage_name(f->stage));
  lua_setfield(L, -2, "stage");
  lua_pushinteger(L, r->attempt);
  lua_setfield(L, -2, "attempts");
  lua_pushnumber(L, sw_now() - r->started);
  lua_setfield(L, -2, "elapsed");
  lua_pushboolean(L, f->retryable);
  lua_setfield(L, -2, "retryable");
  set_flag(L, "ambiguous", f->ambiguous);
  if (retry_after >= 0) {
    sw_pushcount(L, retry_after);
    lua_setfield(L, -2, "retry_after");
  }
  lua_pushstring(L, v->reason);
  lua_setfield(L, -2, "reason");
}

/* Values of hidden fields that were sent: the service may echo them.
   Appends views into *form to secrets; returns how many there are then. */
static size_t hidden_values(const struct sw_row *row,
                            const struct sw_form *form,
                            struct sw_str *secrets, size_t n, size_t max) {
  size_t i;
  for (i = 0; i < row->field_count && n < max; i++) {
    const struct sw_form_pair *pair = NULL;
    if (row->fields[i].flags & SW_HIDDEN) {
      pair = sw_form_find(form->pairs, form->count, row->fields[i].name);
    }
    if (pair != NULL) {
      secrets[n++] = pair->value;
    }
  }
  return n;
}

/* The token in an address may be older than the account's present one. */
static size_t sent_token(const struct sw_request *r, struct sw_str *token) {
  static const char name[] = "&api_token=";
  const char *at = sw_shop_row(r->row) ? strstr(r->t.url, name) : NULL;
  if (at == NULL) {
    return 0;
  }
  token->p = at + sizeof name - 1;
  token->n = strcspn(token->p, "&");
  return 1;
}

int sw_reply_redact(struct sw_fail *f, const struct sw_request *r) {
  struct sw_str secrets[SW_SECRETS + 5];
  struct sw_form form;
  size_t n;
  int bad = 0;
  memset(&form, 0, sizeof form);
  for (n = 0; n < SW_SECRETS; n++) {
    secrets[n].p = r->target->secret[n].data;
    secrets[n].n = r->target->secret[n].len;
  }
  if (r->row->body == SW_FORM) {
    bad = sw_form_parse(&form, r->t.body, r->t.body_len) == SW_FORM_MEMORY;
    n = hidden_values(r->row, &form, secrets, n, SW_SECRETS + 4);
    n += sent_token(r, &secrets[n]);
  }
  bad |= sw_fail_redact(f, secrets, n);
  sw_form_free(&form);
  return bad;
}

/* Pushes nil and the error in s->fail, which is freed; with `bad` there was
   no memory for it. May raise. */
static void push_error(lua_State *L, struct sw_request *r,
                       struct sw_scratch *s, const struct sw_head *head,
                       const struct sw_verdict *v, int bad) {
  if (bad == 0) {
    sw_fail_judge(&s->fail, v);
    bad = sw_reply_redact(&s->fail, r);
  }
  if (bad != 0) {
    sw_fail_free(&s->fail);
    sw_nomem(L);
  }
  lua_pushnil(L);
  push_fail(L, r, &s->fail, v, asked_to_wait(head));
  sw_fail_free(&s->fail);
  r->maybe_done |= v->maybe_done;
}

/* The road of an error: pushes true, or nil, error and perhaps seconds. */
static int push_refusal(lua_State *L, struct sw_request *r,
                        struct sw_scratch *s, const struct sw_json *json) {
  struct sw_head head;
  struct sw_verdict v;
  int bad;
  sw_head_parse(&head, r->t.head.data, r->t.head.len);
  v = judge(L, r, &head, r->t.reply.len == 0 ||
                           (json != NULL &&
                            (sw_json_type(json, 0) == SW_JSON_OBJECT ||
                             sw_shop_row(r->row))));
  if (v.action == SW_DONE) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (r->t.fault != SW_FAULT_NONE) {
    bad = sw_fail_from_transfer(&s->fail, &r->t);
  } else {
    bad = sw_fail_from_reply(&s->fail, r->row, r->t.status, &head, json,
                             r->t.reply.data, r->t.reply.len);
  }
  push_error(L, r, s, &head, &v, bad);
  if (v.action == SW_AGAIN) {
    lua_pushnumber(L, v.wait_ms / 1000.0);
    return 3;
  }
  return 2;
}

/* A null is as a key that is absent. */
static size_t value_of(const struct sw_json *j, size_t object,
                       const char *key) {
  size_t node = sw_json_get(j, object, key);
  return node == SW_JSON_NONE || sw_json_type(j, node) == SW_JSON_NULL
             ? SW_JSON_NONE
             : node;
}

/* Where the credential of a reply lies: {K:{K:text}}, {K:text} or, in the
   oldest form, {token:text}. */
static size_t secret_node(const struct sw_json *j, const char *key) {
  size_t node = value_of(j, 0, key);
  if (node != SW_JSON_NONE && sw_json_type(j, node) == SW_JSON_OBJECT) {
    node = value_of(j, node, key);
  }
  return node != SW_JSON_NONE ? node : value_of(j, 0, "token");
}

static const char *text_wrong(const struct sw_json *j, size_t node,
                              int secret) {
  struct sw_str text;
  if (sw_json_type(j, node) != SW_JSON_STRING) {
    return secret ? "is not text" : "is not text: no file was sent";
  }
  text = sw_json_str(j, node);
  return secret ? sw_secret_wrong(text.p, text.n) : NULL;
}

static const char *list_wrong(const struct sw_json *j, size_t node) {
  static const char wrong[] = "is not a list of objects";
  size_t count, item;
  if (sw_json_type(j, node) != SW_JSON_ARRAY) {
    return wrong;
  }
  item = sw_json_first(j, node);
  for (count = sw_json_count(j, node); count > 0; count--) {
    if (sw_json_type(j, item) != SW_JSON_OBJECT) {
      return wrong;
    }
    item = sw_json_after(j, item);
  }
  return NULL;
}

/* A key that names an address to upload to holds text, any other an object. */
static int holds_text(const struct sw_row *row) {
  static const char end[] = "_url";
  size_t n = strlen(row->reply);
  return n >= sizeof end - 1 &&
         strcmp(row->reply + n - (sizeof end - 1), end) == 0;
}

/* Finds what a row with a reply key promises. Returns NULL, or why it is of
   no use; *node is NONE when it is not there at all. */
static const char *find_result(const struct sw_row *row,
                               const struct sw_json *j, size_t *node) {
  int secret = (row->flags & SW_SECRET_REPLY) != 0;
  *node = SW_JSON_NONE;
  if (j == NULL) {
    return "is empty: it has no";
  }
  *node = secret ? secret_node(j, row->reply) : value_of(j, 0, row->reply);
  if (*node == SW_JSON_NONE) {
    return "says success but has no";
  }
  if (secret || holds_text(row)) {
    return text_wrong(j, *node, secret);
  }
  if (row->flags & SW_PAGED) {
    return list_wrong(j, *node);
  }
  return sw_json_type(j, *node) == SW_JSON_OBJECT ? NULL : "is not an object";
}

static void push_secret(lua_State *L, struct sw_str text) {
  struct sw_secret *secret = sw_new(L, sizeof *secret, SW_UP_SECRET);
  secret->bytes = sw_malloc(text.n + 1);
  if (secret->bytes == NULL) {
    sw_nomem(L);
  }
  memcpy(secret->bytes, text.p, text.n);
  secret->n = text.n;
}

/* A whole object without the envelope's flag. An object that had nothing
   else becomes true. */
static void push_whole(lua_State *L, const struct sw_json *j) {
  size_t flag = sw_json_get(j, 0, "success");
  int boolean = flag != SW_JSON_NONE &&
                sw_json_type(j, flag) == SW_JSON_TRUE;
  if (boolean && sw_json_count(j, 0) == 1) {
    lua_pushboolean(L, 1);
    return;
  }
  sw_ljson_decode_into(L, lua_upvalueindex(SW_UP_JSON), j, 0);
  if (boolean) {
    lua_pushliteral(L, "success");
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
}

/* "the reply says success but its "link" is not an object" */
static void say_missing(struct sw_buf *b, const struct sw_row *row,
                        int found, const char *wrong) {
  if (row->reply == NULL) { /* an upload host's */
    sw_buf_adds(b, "the answer to the file ");
    sw_buf_adds(b, wrong);
    return;
  }
  sw_buf_adds(b, "the reply ");
  sw_buf_adds(b, found ? "says success but its" : wrong);
  sw_buf_adds(b, " \"");
  sw_buf_adds(b, row->reply);
  sw_buf_adds(b, found ? "\" " : "\"");
  sw_buf_adds(b, found ? wrong : "");
}

/* Fills s->fail for a success without the result that was promised. A reply
   that may hold a credential is not quoted. 0, or -1 without memory. */
static int fail_missing(struct sw_scratch *s, const struct sw_request *r,
                        const struct sw_head *head, int found,
                        const char *wrong) {
  struct sw_fail *f = &s->fail;
  struct sw_str code = sw_head_reason(head, r->t.status);
  struct sw_str id = {"", 0};
  say_missing(&s->why, r->row, found, wrong);
  if (s->why.failed ||
      sw_fail_set(f, SW_FAIL_PROTOCOL, SW_STAGE_DECODE, s->why.data,
                  s->why.len,
                  sw_shop_row(r->row)
                      ? "check url: a proxy, a firewall or another program "
                        "may have answered"
                      : "check the endpoint: a proxy, a firewall or another "
                        "service may have answered") != 0) {
    return -1;
  }
  f->status = r->t.status;
  sw_head_request_id(head, &id);
  sw_text_show(&f->code, code.p, code.n, SW_FAIL_CODE);
  sw_text_show(&f->request_id, id.p, id.n, SW_FAIL_NAME);
  if (r->t.reply.len > 0 && (r->row->flags & SW_SECRET_REPLY) == 0) {
    sw_text_show(&f->body, r->t.reply.data, r->t.reply.len, SW_FAIL_BODY);
  }
  return f->code.failed || f->request_id.failed || f->body.failed ? -1 : 0;
}

/* Pushes nil and the error for a success that is of no use. May raise. */
static int push_missing(lua_State *L, struct sw_request *r,
                        struct sw_scratch *s, int found, const char *wrong) {
  struct sw_head head;
  struct sw_verdict v;
  sw_head_parse(&head, r->t.head.data, r->t.head.len);
  v = judge(L, r, &head, 0);
  v.reason = "the reply lacks its result";
  push_error(L, r, s, &head, &v,
             fail_missing(s, r, &head, found, wrong));
  return 2;
}

/* Pushes the result of a success, or nil and an error when the reply does not
   hold what its row promises. May raise. */
static int push_result(lua_State *L, struct sw_request *r,
                       struct sw_scratch *s, const struct sw_json *j) {
  size_t node;
  const char *wrong;
  if (r->row->reply == NULL) {
    if (j != NULL) {
      push_whole(L, j);
    } else {
      lua_pushboolean(L, 1); /* a success without a body */
    }
    return 1;
  }
  wrong = find_result(r->row, j, &node);
  if (wrong != NULL) {
    return push_missing(L, r, s, node != SW_JSON_NONE, wrong);
  }
  if (r->row->flags & SW_SECRET_REPLY) {
    push_secret(L, sw_json_str(j, node));
  } else {
    sw_ljson_decode_into(L, lua_upvalueindex(SW_UP_JSON), j, node);
  }
  return 1;
}

/* The body as text was asked for; a credential never becomes that. */
static int wants_body(const struct sw_request *r) {
  return r->raw && (r->row->flags & SW_SECRET_REPLY) == 0;
}

static int push_body(lua_State *L, struct sw_request *r) {
  const struct sw_buf *b = &r->t.reply;
  lua_pushlstring(L, b->data != NULL ? b->data : "", b->len);
  return 1;
}

/* Scans what there is and pushes the outcome. */
static int push_read(lua_State *L, struct sw_request *r,
                     struct sw_scratch *s) {
  const struct sw_buf *body = &r->t.reply;
  const struct sw_json *json = NULL;
  if (sw_shop_row(r->row)) {
    int found = sw_session_scan(r, s);
    if (found < 0) {
      return sw_nomem(L);
    }
    json = found ? &s->json : NULL;
    r->repaired = found ? s->json.repaired : 0;
  } else if (r->t.fault == SW_FAULT_NONE && body->len > 0) {
    if (sw_json_scan(&s->json, body->data, body->len) == 0) {
      json = &s->json;
      r->repaired = s->json.repaired;
    } else if (s->json.memory) {
      return sw_nomem(L);
    }
  }
  if (r->t.fault != SW_FAULT_NONE ||
      !sw_reply_is_success(r->row, r->t.status, json, body->data,
                           body->len)) {
    return push_refusal(L, r, s, json);
  }
  if (r->row->body == SW_MULTIPART &&
      (json == NULL || sw_json_type(json, 0) != SW_JSON_OBJECT)) {
    return push_missing(L, r, s, 0, "is not a JSON object");
  }
  if (sw_shop_row(r->row) && sw_session_shape(r, s) != 0) {
    return sw_nomem(L);
  }
  if (wants_body(r)) {
    return push_body(L, r);
  }
  if (push_result(L, r, s, json) != 1) {
    return 2;
  }
  sw_session_finish(L, r);
  return 1;
}

static int push_outcome(lua_State *L, struct sw_request *r) {
  struct sw_scratch *s;
  int values;
  luaL_checkstack(L, 24, "reply");
  if (wants_body(r) && is_2xx(r) && r->t.reply.len >= LOOK_INTO &&
      r->row->body != SW_MULTIPART && !sw_shop_row(r->row)) {
    values = push_body(L, r);
  } else {
    s = sw_borrow(L);
    values = push_read(L, r, s);
    sw_json_reuse(&s->json);
    sw_give_back(s);
  }
  return values;
}

int sw_reply_take(lua_State *L, struct sw_ticket *ticket) {
  struct sw_request *r = ticket->request;
  int values = push_outcome(L, r);
  if (r->row->flags & SW_SECRET_REPLY) {
    sw_buf_wipe(&r->t.reply);
  }
  if (values == 1 && !sw_shop_row(r->row)) {
    sw_ticket_settle(L, ticket);
  } else { /* somebody asks for more, or it is sent again */
    sw_buf_free(&r->t.reply);
  }
  return values;
}

static void set_number(lua_State *L, const char *key, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, key);
}

static void push_headers(lua_State *L, const struct sw_receipt *r) {
  struct sw_head head;
  struct sw_header h;
  size_t at = 0, i;
  char name[128];
  sw_head_parse(&head, r->head.data, r->head.len);
  lua_newtable(L);
  while (sw_head_next(&head, &at, &h)) {
    if (h.name.n >= sizeof name) {
      continue;
    }
    for (i = 0; i < h.name.n; i++) {
      char c = h.name.p[i];
      name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    lua_pushlstring(L, name, h.name.n);
    lua_pushlstring(L, h.value.p, h.value.n);
    lua_rawset(L, -3);
  }
}

static void push_timings(lua_State *L, const struct sw_receipt *r) {
  lua_createtable(L, 0, 6);
  set_number(L, "dns", r->took.dns);
  set_number(L, "connect", r->took.connect);
  set_number(L, "tls", r->took.tls);
  set_number(L, "first_byte", r->took.first_byte);
  set_number(L, "total", r->took.total);
  set_flag(L, "reused", r->reused);
}

/* request:meta() → { status, headers, attempts, timings, warnings }, headers
   by lower-case name. May raise. */
static int meta(lua_State *L) {
  const struct sw_ticket *ticket =
      sw_check(L, 1, SW_UP_REQUEST, "request");
  struct sw_receipt r = ticket->request != NULL
                            ? sw_receipt_of(ticket->request)
                            : ticket->receipt;
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, r.status);
  lua_setfield(L, -2, "status");
  lua_pushinteger(L, r.attempt);
  lua_setfield(L, -2, "attempts");
  push_headers(L, &r);
  lua_setfield(L, -2, "headers");
  push_timings(L, &r);
  lua_setfield(L, -2, "timings");
  lua_newtable(L);
  if (r.repaired > 0) {
    lua_pushfstring(L, "%d characters of the reply were not valid UTF-8 and "
                       "became U+FFFD", (int)r.repaired);
    lua_rawseti(L, -2, 1);
  }
  lua_setfield(L, -2, "warnings");
  if (ticket->request != NULL) {
    sw_session_meta(L, ticket->request);
  }
  return 1;
}

/* request:accept(status, head, body): lands with a reply that a transport of
   the host's own brought. request:reject(sentence): lands as a failure of the
   network after which nobody knows. */
static int accept(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  size_t head_n, body_n;
  lua_Integer status = luaL_checkinteger(L, 2);
  const char *head = luaL_checklstring(L, 3, &head_n);
  const char *body = luaL_checklstring(L, 4, &body_n);
  sw_transfer_reset(&r->t);
  r->t.reply.max = r->t.max_reply;
  r->t.head.max = 65536;
  if (r->started <= 0) {
    r->started = sw_now();
  }
  r->attempt++;
  r->t.byte_left = 1;
  r->t.status = (int)status;
  r->t.stage = SW_STAGE_DONE;
  sw_buf_add(&r->t.head, head, head_n);
  sw_buf_add(&r->t.reply, body, body_n);
  if (r->t.head.failed || r->t.reply.failed) {
    r->t.fault = SW_FAULT_TOO_BIG;
  }
  r->t.state = SW_LANDED;
  return 0;
}

static int reject(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  size_t n;
  const char *why = luaL_checklstring(L, 2, &n);
  int byte_left = lua_toboolean(L, 3);
  sw_transfer_reset(&r->t);
  if (r->started <= 0) {
    r->started = sw_now();
  }
  r->attempt++;
  r->t.byte_left = byte_left;
  r->t.fault = SW_FAULT_NETWORK;
  r->t.stage = byte_left ? SW_STAGE_WAIT : SW_STAGE_CONNECT;
  if (n >= sizeof r->t.detail) {
    n = sizeof r->t.detail - 1;
  }
  memcpy(r->t.detail, why, n);
  r->t.detail[n] = '\0';
  r->t.state = SW_LANDED;
  return 0;
}

/* request:outcome() → as engine:take, after accept or reject. */
static int outcome(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  if (r->t.state != SW_LANDED) {
    return luaL_error(L, "this request has not landed");
  }
  lua_settop(L, 1);
  return sw_reply_take(L, lua_touserdata(L, 1));
}

const luaL_Reg sw_reply_methods[] = {
  {"meta", meta},     {"accept", accept}, {"reject", reject},
  {"outcome", outcome}, {NULL, NULL},
};
