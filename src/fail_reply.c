/* Reads a refused reply: Instamojo's error bodies come in seven shapes, and
   here they become one. Another service is another `read_…` function beside
   read_instamojo. See fail.h. Must not know: Lua, libcurl, how a call is
   carried out. */
#include <string.h>

#include "fail.h"
#include "fail_shop.h"
#include "hint.h"
#include "text.h"

#define NESTING 4  /* of field names such as items[1].value */
#define NAME_LONG 512
#define TITLE 80
#define MANY 128    /* items of one list or map that are looked at */
#define WORDS 1000  /* bytes of a text that are searched for known words */

/* What a body says, before it becomes a failure. */
struct said {
  struct sw_str text; /* for a person; empty when it says nothing */
  struct sw_str code; /* for a program; empty when there is none */
  size_t fields;      /* node of a map from field to texts, or NONE */
};

struct reply {
  const struct sw_row *row;   /* may be NULL */
  int status;
  const struct sw_head *head; /* may be NULL */
  const struct sw_json *json; /* NULL: none, or not JSON */
  const char *body;
  size_t len;
};

static int is_secret(const struct reply *r) {
  return r->row != NULL && (r->row->flags & SW_SECRET_REPLY);
}

static int is_2xx(int status) {
  return status >= 200 && status <= 299;
}

static int is_blank(const char *p, size_t n) {
  while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
    p++;
    n--;
  }
  return n == 0;
}

static int is_type(const struct sw_json *j, size_t node,
                   enum sw_json_type type) {
  return node != SW_JSON_NONE && sw_json_type(j, node) == type;
}

/* Text under a key, or an empty one. */
static struct sw_str text_of(const struct sw_json *j, const char *key) {
  struct sw_str none = {"", 0};
  size_t node = sw_json_get(j, 0, key);
  return is_type(j, node, SW_JSON_STRING) ? sw_json_str(j, node) : none;
}

/* `success`: 1 yes, 0 no, -1 not said. It is a boolean; text is tolerated,
   since clients have read the text "success" there. */
static int success_of(const struct sw_json *j) {
  size_t node = sw_json_get(j, 0, "success");
  struct sw_str text;
  if (node == SW_JSON_NONE) {
    return -1;
  }
  switch (sw_json_type(j, node)) {
  case SW_JSON_TRUE:
    return 1;
  case SW_JSON_FALSE:
    return 0;
  case SW_JSON_INT:
    return sw_json_int(j, node) != 0;
  case SW_JSON_STRING:
    text = sw_json_str(j, node);
    return !sw_same_case(text.p, text.n, SW_LIT("false")) &&
           !sw_same_case(text.p, text.n, SW_LIT("0"));
  default:
    return -1;
  }
}

int sw_reply_is_success(const struct sw_row *row, int status,
                        const struct sw_json *json, const char *body,
                        size_t len) {
  int said;
  if (sw_shop_row(row)) {
    return sw_shop_success(row, status, json);
  }
  if (!is_2xx(status)) {
    return 0;
  }
  if (is_blank(body, len)) {
    return 1;
  }
  if (json == NULL) {
    return 0;
  }
  if (sw_json_type(json, 0) != SW_JSON_OBJECT) {
    return row == NULL; /* every known reply is an object */
  }
  said = success_of(json);
  if (said >= 0) {
    return said;
  }
  if (row != NULL && row->reply != NULL &&
      sw_json_get(json, 0, row->reply) != SW_JSON_NONE) {
    return 1;
  }
  return text_of(json, "error").n == 0;
}

/* A list of at least one text and of nothing else. */
static int is_texts(const struct sw_json *j, size_t node) {
  size_t count, item;
  if (!is_type(j, node, SW_JSON_ARRAY)) {
    return 0;
  }
  count = sw_json_count(j, node);
  item = sw_json_first(j, node);
  if (count == 0) {
    return 0;
  }
  while (count-- > 0) {
    if (sw_json_type(j, item) != SW_JSON_STRING) {
      return 0;
    }
    item = sw_json_after(j, item);
  }
  return 1;
}

/* An object whose values are all lists of texts; `nested` allows such an
   object as a value too ({"items": {"non_field_errors": ["…"]}}). */
static int is_field_map(const struct sw_json *j, size_t node, int nested) {
  size_t count, key;
  if (!is_type(j, node, SW_JSON_OBJECT)) {
    return 0;
  }
  count = sw_json_count(j, node);
  key = sw_json_first(j, node);
  if (count == 0) {
    return 0;
  }
  while (count-- > 0) {
    size_t value = sw_json_after(j, key);
    int good = is_texts(j, value);
    if (!good && nested && is_type(j, value, SW_JSON_OBJECT)) {
      size_t k = sw_json_first(j, value);
      good = sw_json_count(j, value) == 1 &&
             is_texts(j, sw_json_after(j, k));
    }
    if (!good) {
      return 0;
    }
    key = sw_json_after(j, value);
  }
  return 1;
}

/* "invalid_client" is a code, "Invalid Client Id" is a sentence. */
static int is_code(struct sw_str s) {
  size_t i;
  if (s.n == 0 || s.n > SW_FAIL_CODE) {
    return 0;
  }
  for (i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!(c >= 'a' && c <= 'z') && !sw_is_digit(c) && c != '_' &&
        c != '-' && c != '.') {
      return 0;
    }
  }
  return 1;
}

static void read_instamojo(struct said *s, const struct sw_json *j,
                           int status) {
  size_t message = sw_json_get(j, 0, "message");
  struct sw_str error = text_of(j, "error");
  struct sw_str detail = text_of(j, "detail");
  struct sw_str story = text_of(j, "error_description");
  if (is_type(j, message, SW_JSON_OBJECT) ||
      is_type(j, message, SW_JSON_ARRAY)) {
    s->fields = message;
  }
  if (is_code(error)) {
    s->code = error;
  }
  s->text = text_of(j, "reason"); /* says more than the message beside it */
  if (s->fields != SW_JSON_NONE) {
    return;
  }
  if (s->text.n == 0) {
    s->text = text_of(j, "message");
  }
  if (s->text.n == 0) {
    s->text = story.n > 0 ? story : error;
  }
  if (s->text.n == 0) {
    s->text = detail; /* inferred: what Django REST framework says */
  }
  if (s->text.n == 0 && status >= 400 && status <= 499 &&
      sw_json_get(j, 0, "success") == SW_JSON_NONE && is_field_map(j, 0, 1)) {
    s->fields = 0;
  }
}

static int collect(struct sw_fail *f, const struct sw_json *j, size_t node,
                   struct sw_buf *name, int depth);

static int collect_list(struct sw_fail *f, const struct sw_json *j,
                        size_t node, struct sw_buf *name, int depth) {
  size_t count = sw_json_count(j, node);
  size_t item = sw_json_first(j, node);
  size_t end = name->len;
  size_t i;
  for (i = 1; i <= count && i <= MANY; i++) {
    enum sw_json_type type = sw_json_type(j, item);
    if (type == SW_JSON_OBJECT || type == SW_JSON_ARRAY) {
      sw_buf_addc(name, '['); /* from 1, as a script counts */
      sw_buf_addu(name, i);
      sw_buf_addc(name, ']');
    }
    if (collect(f, j, item, name, depth + 1) != 0) {
      return -1;
    }
    name->len = end;
    item = sw_json_after(j, item);
  }
  return 0;
}

static int collect_map(struct sw_fail *f, const struct sw_json *j,
                       size_t node, struct sw_buf *name, int depth) {
  size_t count = sw_json_count(j, node);
  size_t key = sw_json_first(j, node);
  size_t end = name->len;
  size_t i;
  for (i = 0; i < count && i < MANY; i++) {
    struct sw_str k = sw_json_str(j, key);
    size_t value = sw_json_after(j, key);
    if (end == 0 || !sw_same_case(k.p, k.n, SW_LIT("non_field_errors"))) {
      if (end > 0) {
        sw_buf_addc(name, '.');
      }
      sw_buf_add(name, k.p, k.n < SW_FAIL_CUT ? k.n : SW_FAIL_CUT);
    }
    if (collect(f, j, value, name, depth + 1) != 0) {
      return -1;
    }
    name->len = end;
    key = sw_json_after(j, value);
  }
  return 0;
}

/* Notes every text below the node under its field's name. 0 or -1. */
static int collect(struct sw_fail *f, const struct sw_json *j, size_t node,
                   struct sw_buf *name, int depth) {
  struct sw_str text;
  struct sw_str key;
  if (depth > NESTING) {
    return 0;
  }
  switch (sw_json_type(j, node)) {
  case SW_JSON_ARRAY:
    return collect_list(f, j, node, name, depth);
  case SW_JSON_OBJECT:
    return collect_map(f, j, node, name, depth);
  case SW_JSON_STRING:
  case SW_JSON_INT:
  case SW_JSON_NUMBER:
    break;
  default:
    return 0;
  }
  if (name->failed) {
    return name->failed == SW_BUF_MEMORY ? -1 : 0;
  }
  text = sw_json_str(j, node);
  key.p = name->len > 0 ? name->data : "non_field_errors";
  key.n = name->len > 0 ? name->len : strlen(key.p);
  return sw_fail_note(f, key.p, key.n, text.p, text.n);
}

static int collect_fields(struct sw_fail *f, const struct sw_json *j,
                          size_t node) {
  struct sw_buf name;
  int result;
  sw_buf_init(&name, NAME_LONG);
  result = collect(f, j, node, &name, 0);
  sw_buf_free(&name);
  return result;
}

static enum sw_fail_kind kind_of(int status) {
  switch (status) {
  case 401:
    return SW_FAIL_AUTH;
  case 403:
    return SW_FAIL_FORBIDDEN;
  case 404:
  case 410:
    return SW_FAIL_NOT_FOUND;
  case 409:
    return SW_FAIL_CONFLICT;
  case 429:
    return SW_FAIL_RATE_LIMIT;
  default:
    break;
  }
  if (status >= 400 && status <= 499) {
    return SW_FAIL_INVALID;
  }
  return status >= 500 && status <= 599 ? SW_FAIL_SERVER : SW_FAIL_PROTOCOL;
}

/* Does the body look like a page, whatever it is called? */
static int is_html(const struct sw_head *head, const char *p, size_t n) {
  while (n > 0 && is_blank(p, 1)) {
    p++;
    n--;
  }
  return n > 0 && (p[0] == '<' || (head != NULL && sw_head_is_html(head)));
}

/* What stands in a page's <title>, or an empty text. */
static struct sw_str title_of(const char *p, size_t n) {
  struct sw_str page = {p, n < 4096 ? n : 4096};
  struct sw_str title = {"", 0};
  long at = sw_hint_find(page, "<title");
  const char *from, *to;
  if (at < 0) {
    return title;
  }
  page.p += at;
  page.n -= (size_t)at;
  from = memchr(page.p, '>', page.n);
  if (from == NULL) {
    return title;
  }
  from++;
  to = memchr(from, '<', page.n - (size_t)(from - page.p));
  if (to != NULL && !is_blank(from, (size_t)(to - from))) {
    title.p = from;
    title.n = (size_t)(to - from);
  }
  return title;
}

/* First line of a text that is no page. */
static struct sw_str line_of(const char *p, size_t n) {
  struct sw_str line = {p, n};
  const char *end = memchr(p, '\n', n);
  if (end != NULL) {
    line.n = (size_t)(end - p);
  }
  return line;
}

/* "the service answered 502 Bad Gateway with an HTML page instead of JSON".
   A reply that may hold a credential is not quoted. */
static void describe(struct sw_buf *b, const struct reply *r) {
  struct sw_str reason = sw_head_reason(r->head, r->status);
  struct sw_str more = {"", 0};
  sw_buf_adds(b, "the service answered ");
  sw_buf_addu(b, r->status > 0 ? (unsigned long long)r->status : 0);
  if (reason.n > 0) {
    sw_buf_addc(b, ' ');
    sw_text_show(b, reason.p, reason.n, TITLE);
  }
  if (r->json != NULL && is_2xx(r->status)) {
    sw_buf_adds(b, success_of(r->json) == 0
                       ? " and success = false, but no word why"
                       : " with JSON that is not a result");
  } else if (r->json == NULL && is_html(r->head, r->body, r->len)) {
    sw_buf_adds(b, " with an HTML page instead of JSON");
    more = title_of(r->body, r->len);
  } else if (r->json == NULL && !is_blank(r->body, r->len)) {
    sw_buf_adds(b, " with text that is not JSON");
    more = line_of(r->body, r->len);
  }
  if (r->status >= 300 && r->status <= 399) {
    sw_buf_adds(b, ", and redirects are not followed");
  }
  if (!is_blank(more.p, more.n) && !is_secret(r)) {
    sw_buf_adds(b, ": ");
    sw_text_show(b, more.p, more.n, TITLE);
  }
}

/* "amount: too small; email: not an address" */
static void summarise(struct sw_buf *b, const struct sw_fail *f) {
  size_t i, k;
  for (i = 0; i < f->field_count && b->len <= SW_FAIL_MESSAGE; i++) {
    struct sw_str name = sw_fail_name(f, i);
    for (k = 0; k < f->fields[i].count; k++) {
      struct sw_str text = sw_fail_text(f, i, k);
      if (b->len > 0) {
        sw_buf_adds(b, "; ");
      }
      if (!sw_same_case(name.p, name.n, SW_LIT("non_field_errors"))) {
        sw_buf_add(b, name.p, name.n);
        sw_buf_adds(b, ": ");
      }
      sw_buf_add(b, text.p, text.n);
    }
  }
}

/* A plain http or https address without what may be private: no user, no
   query, no fragment. 1 with *out set, or 0. */
static int plain_address(struct sw_str where, struct sw_str *out) {
  size_t i;
  size_t authority = 7;
  if (where.n < 8 || where.n > 2048) {
    return 0;
  }
  if (sw_same_case(where.p, 8, SW_LIT("https://"))) {
    authority = 8;
  } else if (!sw_same_case(where.p, 7, SW_LIT("http://"))) {
    return 0;
  }
  for (i = authority; i < where.n; i++) {
    char c = where.p[i];
    if (c == '?' || c == '#') {
      break;
    }
    if (!sw_is_alnum(c) && (c == '\0' || strchr(".-_~:/[]%,;=+!$&()*",
                                                c) == NULL)) {
      return 0;
    }
  }
  out->p = where.p;
  out->n = i;
  return i > authority && where.p[authority] != '/' && i <= 300;
}

/* Takes the last segment off, slashes at the end apart. */
static struct sw_str pop(struct sw_str *s) {
  struct sw_str last;
  while (s->n > 0 && s->p[s->n - 1] == '/') {
    s->n--;
  }
  last.p = s->p + s->n;
  last.n = 0;
  while (s->n > 0 && s->p[s->n - 1] != '/') {
    s->n--;
    last.p--;
    last.n++;
  }
  return last;
}

/* Cuts a row's path off an address, so that an endpoint is left. 1 or 0. */
static int cut_path(struct sw_str *address, const char *path) {
  struct sw_str rest = {path, strlen(path)};
  struct sw_str base = *address;
  while (rest.n > 0) {
    struct sw_str want = pop(&rest);
    struct sw_str have = pop(&base);
    if (have.n == 0 || (want.n > 0 && want.p[0] != '{' &&
                        !sw_same_case(want.p, want.n, have.p, have.n))) {
      return 0;
    }
  }
  if (path[0] == '\0' || base.n < 9 || base.n == address->n) {
    return 0;
  }
  *address = base;
  return 1;
}

/* Of a shop the address without index.php is what a script gives. */
static int hint_moved_shop(struct sw_fail *f, struct sw_str where) {
  static const char page[] = "index.php";
  size_t n = sizeof page - 1;
  if (where.n > n && memcmp(where.p + where.n - n, page, n) == 0) {
    where.n -= n;
  }
  sw_buf_adds(&f->own_hint, "set url to ");
  sw_buf_add(&f->own_hint, where.p, where.n);
  if (sw_buf_seal(&f->own_hint) != 0) {
    return -1;
  }
  f->hint = f->own_hint.data;
  return 0;
}

static int hint_redirect(struct sw_fail *f, const struct reply *r) {
  struct sw_str where = {"", 0};
  if (r->head == NULL || !sw_head_last(r->head, "Location", &where) ||
      !plain_address(where, &where)) {
    f->hint = "check the endpoint: host, version and the closing slash";
    return 0;
  }
  if (sw_shop_row(r->row)) {
    return hint_moved_shop(f, where);
  }
  if (r->row != NULL && r->row->path != NULL &&
      cut_path(&where, r->row->path)) {
    sw_buf_adds(&f->own_hint, r->row->auth == SW_AUTH_BEARER
                                  ? "set v2_endpoint to "
                                  : "set endpoint to ");
  } else {
    sw_buf_adds(&f->own_hint, "check the endpoint: it redirects to ");
  }
  sw_buf_add(&f->own_hint, where.p, where.n);
  if (sw_buf_seal(&f->own_hint) != 0) {
    return -1;
  }
  f->hint = f->own_hint.data;
  return 0;
}

/* Kind and hint, which follow from status and words together. 0 or -1. */
static int classify(struct sw_fail *f, const struct reply *r,
                    const struct said *said) {
  struct sw_str words = said->text;
  int status = r->status;
  words.n = words.n < WORDS ? words.n : WORDS;
  if (status >= 300 && status <= 399) {
    f->kind = SW_FAIL_PROTOCOL;
    return hint_redirect(f, r);
  }
  if (is_2xx(status)) {
    if (r->json == NULL || (said->text.n == 0 && f->field_count == 0 &&
                            success_of(r->json) != 0)) {
      f->kind = SW_FAIL_PROTOCOL;
      f->stage = SW_STAGE_DECODE;
      f->hint = "check the endpoint: a proxy, a firewall or another service "
                "may have answered";
      return 0;
    }
    status = f->field_count > 0 ? 400 : sw_hint_status(words);
  }
  f->kind = kind_of(status);
  f->hint = sw_hint_reply(r->row, status, words);
  return 0;
}

static int say(struct sw_fail *f, const struct reply *r,
               const struct said *said) {
  struct sw_buf text;
  int result = -1;
  if (said->text.n > 0) {
    sw_text_show(&f->message, said->text.p, said->text.n, SW_FAIL_MESSAGE);
    return sw_buf_seal(&f->message);
  }
  sw_buf_init(&text, SW_FAIL_MESSAGE * 8);
  if (f->field_count > 0) {
    summarise(&text, f);
  } else {
    describe(&text, r);
  }
  if (text.failed != SW_BUF_MEMORY) {
    sw_text_show(&f->message, text.data, text.len, SW_FAIL_MESSAGE);
    result = sw_buf_seal(&f->message);
  }
  sw_buf_free(&text);
  return result;
}

/* Code, request id and the excerpt. */
static int attach(struct sw_fail *f, const struct reply *r,
                  const struct said *said) {
  struct sw_str code = sw_head_reason(r->head, r->status);
  struct sw_str id = {"", 0};
  if (said->code.n > 0) {
    code = said->code;
  }
  if (r->head != NULL) {
    sw_head_request_id(r->head, &id);
  }
  sw_text_show(&f->code, code.p, code.n, SW_FAIL_CODE);
  sw_text_show(&f->request_id, id.p, id.n, SW_FAIL_NAME);
  if (r->len > 0 && !is_secret(r)) {
    sw_text_show(&f->body, r->body, r->len, SW_FAIL_BODY);
  }
  return f->code.failed || f->request_id.failed || f->body.failed ? -1 : 0;
}

int sw_fail_from_reply(struct sw_fail *f, const struct sw_row *row,
                       int status, const struct sw_head *head,
                       const struct sw_json *json, const char *body,
                       size_t len) {
  struct said said = {{"", 0}, {"", 0}, SW_JSON_NONE};
  struct reply r = {row, status, head, json, body, len};
  int failed = sw_fail_set(f, SW_FAIL_PROTOCOL, SW_STAGE_RECEIVE, "", 0,
                           NULL);
  int shop = 0;
  f->status = status;
  if (!failed && sw_shop_row(row)) {
    shop = sw_shop_fail(f, row, status, json, body, len);
    failed = shop < 0;
  } else if (json != NULL && sw_json_type(json, 0) == SW_JSON_OBJECT) {
    read_instamojo(&said, json, status);
  }
  if (!failed && said.fields != SW_JSON_NONE) {
    failed = collect_fields(f, json, said.fields);
  }
  if (failed || (shop == 0 && classify(f, &r, &said) != 0) ||
      (f->message.len == 0 && say(f, &r, &said) != 0) ||
      attach(f, &r, &said) != 0) {
    sw_fail_free(f);
    return -1;
  }
  return 0;
}
