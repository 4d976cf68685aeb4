/* Builds requests: arguments in, one userdata out that holds every byte to
   be sent. All that is wrong is raised at once, at the caller's line, before
   anything is sent. Must not know: libcurl, any one service. */
#include <math.h>
#include <string.h>

#include "alloc.h"
#include "field.h"
#include "lcall.h"
#include "ljson.h"
#include "text.h"
#include "url.h"

enum {
  MAX_ARGS = 8,
  JSON_BODY_MAX = 32 << 20,
  FORM_FIELDS = 1000,   /* PHP's max_input_vars, unless a shop changed it */
  SESSION_ROOM = 60000, /* of 65535: the rest is for addresses and methods */
  SLOW = 60             /* seconds */
};


static struct sw_view *open_view(lua_State *L, int level) {
  struct sw_view *v = sw_check(L, 1, SW_UP_VIEW, "client");
  if (v->target == NULL) {
    luaL_where(L, level);
    lua_pushliteral(L, "this client is closed: make a new one");
    lua_concat(L, 2);
    lua_error(L);
  }
  return v;
}

void sw_call_begin(lua_State *L, struct sw_call *c, int first_arg) {
  memset(c, 0, sizeof *c);
  c->level = (int)luaL_checkinteger(L, 2);
  c->view = open_view(L, c->level);
  c->args = first_arg;
  c->given = lua_gettop(L) - first_arg + 1;
  while (c->given > 0 && lua_isnil(L, first_arg + c->given - 1)) {
    c->given--;
  }
  luaL_checkstack(L, MAX_ARGS + 24, "arguments");
  if (lua_gettop(L) < first_arg + MAX_ARGS) {
    lua_settop(L, first_arg + MAX_ARGS); /* an absent argument is nil */
  }
  c->b.s = sw_borrow(L);
  c->b.deadline = c->view->deadline;
  c->b.retries = c->view->retries;
  c->b.service = c->view->target->service;
  c->b.php = c->b.service->slot_count > 0;
  c->b.strict = c->view->strict;
}

static int all_digits(const char *p, size_t n) {
  size_t i;
  for (i = 0; i < n && sw_is_digit(p[i]); i++) {
  }
  return n > 0 && i == n;
}

/* The text of a path argument: text or an integer. A shop's are numbers: it
   would take "12abc" for 12. */
static void path_arg(lua_State *L, struct sw_call *c, struct sw_str name,
                     int arg) {
  struct sw_buf *why = &c->b.s->why;
  struct sw_str text = {NULL, 0};
  const char *wrong = "must be text or an integer";
  if (lua_isnoneornil(L, arg)) {
    wrong = "is missing";
  } else if (lua_type(L, arg) == LUA_TSTRING) {
    text.p = lua_tolstring(L, arg, &text.n);
    wrong = sw_path_arg_wrong(text.p, text.n);
    if (wrong == NULL && c->b.php && !all_digits(text.p, text.n)) {
      wrong = "must be a number";
    }
  } else if (lua_type(L, arg) == LUA_TNUMBER &&
             lua_tonumber(L, arg) == floor(lua_tonumber(L, arg)) &&
             fabs(lua_tonumber(L, arg)) < 9007199254740992.0) {
    wrong = c->b.php && lua_tonumber(L, arg) < 1 ? "must be at least 1" : NULL;
  }
  if (wrong != NULL) {
    sw_problem(&c->b);
    sw_buf_add(why, name.p, name.n);
    sw_buf_addc(why, ' ');
    sw_buf_adds(why, wrong);
  } else if (text.p != NULL) {
    sw_escape_path(&c->b.s->url, text.p, text.n);
  } else {
    double number = lua_tonumber(L, arg);
    if (number < 0) {
      sw_buf_addc(&c->b.s->url, '-');
      number = -number;
    }
    sw_buf_addu(&c->b.s->url, (unsigned long long)number);
  }
}

/* Appends the row's path with its {names} filled in; returns how many
   arguments that took. */
static int build_path(lua_State *L, struct sw_call *c) {
  const char *at = c->b.row->path;
  int taken = 0;
  while (*at != '\0') {
    size_t plain = strcspn(at, "{");
    sw_buf_add(&c->b.s->url, at, plain);
    at += plain;
    if (*at == '{') {
      struct sw_str name;
      name.p = at + 1;
      name.n = strcspn(name.p, "}");
      path_arg(L, c, name, c->args + taken);
      taken++;
      at = name.p + name.n + 1;
    }
  }
  return taken;
}

static void json_body(lua_State *L, struct sw_call *c, int value) {
  const struct sw_field *f = &c->b.row->fields[0];
  if (c->b.problems > 0) {
    return;
  }
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, value);
  lua_setfield(L, -2, f->name);
  if (sw_ljson_encode_into(L, lua_gettop(L), lua_upvalueindex(SW_UP_ARRAY),
                           &c->b.s->body) != 0) {
    size_t n;
    const char *text = lua_tolstring(L, -1, &n);
    sw_problem(&c->b);
    sw_buf_add(&c->b.s->why, text, n);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Fields from the argument that follows the path's; returns how many
   arguments they took. */
static int build_body(lua_State *L, struct sw_call *c, int taken) {
  const struct sw_row *row = c->b.row;
  int at = c->args + taken;
  c->b.out = row->body == SW_QUERY ? &c->b.s->url : &c->b.s->body;
  c->b.first = row->body == SW_QUERY ? '?' : 0;
  if (row->field_count == 0) {
    return 0;
  }
  if (row->flags & SW_POSITIONAL) {
    sw_build_positional(L, &c->b, at);
    if (row->body == SW_JSON) {
      json_body(L, c, at);
    }
    return (int)row->field_count;
  }
  sw_build_fields(L, &c->b, taken < c->given ? at : 0);
  return 1;
}

void sw_call_credentials(struct sw_call *c, enum sw_auth auth) {
  struct sw_buf *lines = &c->b.s->lines;
  const char *lacks = sw_target_lacks(c->view->target, auth);
  if (lacks != NULL && !c->b.explain) {
    sw_problem(&c->b);
    sw_buf_adds(&c->b.s->why, "this call needs ");
    sw_buf_adds(&c->b.s->why, lacks);
    sw_buf_adds(&c->b.s->why, c->b.php ? ": give it to invotide.Session"
                                       : ": give it to instamojo.Client");
  }
  c->lines = sw_target_headers(c->view->target, auth, lines);
  c->secret_n = lines->len;
}

/* What a shop would drop without a word. */
static void check_limits(struct sw_call *c) {
  struct sw_buf *why = &c->b.s->why;
  if (!c->b.php) {
    return;
  }
  if (c->b.pairs > FORM_FIELDS) {
    sw_problem(&c->b);
    sw_buf_adds(why, "this makes ");
    sw_buf_addu(why, c->b.pairs);
    sw_buf_adds(why, " form fields, and PHP drops those past 1000 without a "
                     "word: send less in one call");
  }
  if (c->b.weight > SESSION_ROOM) {
    sw_problem(&c->b);
    sw_buf_adds(why, "this would take about ");
    sw_buf_addu(why, c->b.weight);
    sw_buf_adds(why, " bytes of the session, of which addresses and methods "
                     "need some too, and the shop destroys one that grows "
                     "past 65535 bytes: send less in one call");
  }
}

static void add_line(struct sw_call *c, const char *line) {
  sw_buf_add(&c->b.s->lines, line, strlen(line) + 1);
  c->lines++;
}

void sw_call_headers(lua_State *L, struct sw_call *c, enum sw_body body) {
  if (body == SW_FORM) {
    add_line(c, "Content-Type: application/x-www-form-urlencoded");
  } else if (body == SW_JSON) {
    add_line(c, "Content-Type: application/json");
  }
  c->lines += sw_build_headers(L, &c->b);
}

static void refuse(lua_State *L, struct sw_call *c) {
  struct sw_buf *why = &c->b.s->why;
  if (why->failed == SW_BUF_MEMORY) { /* the sentence lacks words */
    sw_give_back(c->b.s);
    sw_nomem(L);
  }
  luaL_where(L, c->level);
  sw_push_row_name(L, c->b.row);
  lua_pushliteral(L, ": ");
  lua_pushlstring(L, why->data != NULL ? why->data : "", why->len);
  sw_give_back(c->b.s);
  lua_concat(L, 4);
  lua_error(L);
}

static void check_memory(lua_State *L, struct sw_call *c) {
  struct sw_scratch *s = c->b.s;
  int full = s->url.failed == SW_BUF_FULL || s->body.failed == SW_BUF_FULL ||
             s->lines.failed == SW_BUF_FULL;
  if (full) {
    sw_problem(&c->b);
    sw_buf_adds(&s->why, "the call is too long: the address may have 64 KiB, "
                         "the headers 64 KiB, the body 32 MiB");
    refuse(L, c);
  }
  if (s->url.failed || s->body.failed || s->lines.failed || s->why.failed) {
    sw_give_back(s);
    sw_nomem(L);
  }
}

/* Lays headers, URL and body out behind the struct. */
void sw_call_lay_out(struct sw_request *r, const struct sw_scratch *s,
                    size_t lines) {
  const char **headers = (const char **)(void *)(r + 1);
  char *at = (char *)(headers + lines);
  const char *line = at;
  size_t i;
  r->data = at;
  memcpy(at, s->lines.data, s->lines.len);
  for (i = 0; i < lines; i++) {
    headers[i] = line;
    line += strlen(line) + 1;
  }
  at += s->lines.len;
  r->t.headers = headers;
  r->t.header_count = lines;
  r->t.url = at;
  memcpy(at, s->url.data, s->url.len);
  at[s->url.len] = '\0';
  at += s->url.len + 1;
  if (s->body.len > 0) {
    memcpy(at, s->body.data, s->body.len);
  }
  at[s->body.len] = '\0';
  r->t.body = at;
  r->t.body_len = s->body.len;
}

/* Pushes the finished request. */
struct sw_request *sw_call_finish(lua_State *L, struct sw_call *c,
                                 enum sw_body body) {
  const struct sw_row *row = c->b.row;
  struct sw_scratch *s = c->b.s;
  struct sw_request *r;
  size_t data;
  check_limits(c);
  if (c->b.problems > 0) {
    refuse(L, c);
  }
  check_memory(L, c);
  data = s->lines.len + s->url.len + s->body.len + 2;
  r = sw_ticket_new(L, c->lines * sizeof(char *) + data);
  r->data_len = data;
  r->secret_n = c->secret_n;
  r->row = row;
  r->retry = row->retry;
  r->raw = c->b.raw;
  r->retries = c->b.retries;
  r->deadline = c->b.deadline;
  r->odd = c->b.odd;
  r->weight = c->b.weight;
  r->noise.max = r->warnings.max = 65536;
  r->target = sw_target_keep(c->view->target);
  sw_call_lay_out(r, s, c->lines);
  r->t.verb = row->verb;
  r->t.profile = r->target->profile;
  r->t.file = -1;
  r->t.max_reply = (size_t)64 << 20;
  if (body == SW_NONE || body == SW_QUERY || body == SW_MULTIPART) {
    r->t.body = NULL;
  }
  if ((row->flags & SW_ADDS_ARE_ONCE) && c->b.adds) {
    r->retry = SW_ONCE;
  }
  /* libcurl repeats by itself what it sent on a used connection; whether it
     did also decides what a 404 on a delete means */
  r->t.fresh = r->retry == SW_ONCE || r->retry == SW_KEYED ||
               (row->flags & SW_GONE_IS_DONE) != 0;
  sw_give_back(s);
  return r;
}

static void too_many(struct sw_call *c, int taken) {
  if (c->given > taken) {
    sw_problem(&c->b);
    sw_buf_adds(&c->b.s->why, "too many arguments: ");
    sw_buf_addu(&c->b.s->why, (unsigned)taken);
    sw_buf_adds(&c->b.s->why, " at most, options included");
  }
}

/* core.request(view, level, id, explain, argument, …) → request. */
static int request(lua_State *L) {
  struct sw_call c;
  size_t id;
  int taken;
  sw_call_begin(L, &c, 5);
  id = (size_t)luaL_checkinteger(L, 3);
  luaL_argcheck(L, id < c.view->target->service->count, 3, "no such row");
  c.b.row = &c.view->target->service->rows[id];
  c.b.explain = lua_toboolean(L, 4);
  if ((c.b.row->flags & SW_SLOW) && c.b.deadline < SLOW) {
    c.b.deadline = SLOW;
  }
  sw_call_credentials(&c, c.b.row->auth);
  sw_buf_adds(&c.b.s->url, sw_target_base(c.view->target, c.b.row->auth));
  sw_buf_adds(&c.b.s->url, c.b.php ? SW_ROUTE : "");
  taken = build_path(L, &c);
  if (c.b.php) {
    sw_call_session(&c, c.b.row->auth);
  }
  taken += build_body(L, &c, taken);
  if (c.b.row->auth == SW_AUTH_LOGIN) {
    sw_call_login(&c);
  }
  sw_build_options(L, &c.b, taken < c.given ? c.args + taken : 0);
  if (c.b.extra != 0) {
    sw_build_free(L, &c.b, c.b.extra, "extra");
  }
  too_many(&c, taken + 1);
  sw_call_headers(L, &c, c.b.row->body);
  sw_call_finish(L, &c, c.b.row->body);
  return 1;
}

/* core.check_options(view, level, options): raises what is wrong with options
   for many calls. */
static int check_options(lua_State *L) {
  struct sw_call c;
  struct sw_row row;
  memset(&row, 0, sizeof row);
  row.name = "with";
  row.group = "";
  lua_settop(L, 3);
  sw_call_begin(L, &c, 3);
  c.b.row = &row;
  c.b.out = &c.b.s->body;
  sw_build_options(L, &c.b, 3);
  if (c.b.extra != 0) {
    sw_build_free(L, &c.b, c.b.extra, "extra");
  }
  sw_call_headers(L, &c, SW_NONE);
  if (c.b.problems > 0) {
    refuse(L, &c);
  }
  check_memory(L, &c);
  sw_give_back(c.b.s);
  return 0;
}

static const char *const verbs[] = {"GET", "POST", "PATCH", "PUT", "DELETE",
                                    "HEAD"};

static const char *known_verb(const char *verb) {
  size_t i;
  for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(verb, verbs[i]) == 0) {
      return verbs[i];
    }
  }
  return NULL;
}

/* A relative path without anything that leads elsewhere. */
const char *sw_call_path_wrong(const char *p, size_t n) {
  size_t i;
  if (n == 0) {
    return "is empty";
  }
  if (p[0] == '/') {
    return "must be relative to the endpoint: leave the first / out";
  }
  for (i = 0; i < n; i++) {
    unsigned char ch = (unsigned char)p[i];
    if (ch <= 32 || ch >= 127) {
      return "holds a space, a control character or a byte that is not ASCII";
    }
    if (ch == '?' || ch == '#') {
      return "holds a query or a fragment: give the fields as a table";
    }
    if (ch == ':' || ch == '\\' || (ch == '%' && i + 2 < n &&
                                    (p[i + 1] == '2' || p[i + 1] == '5'))) {
      return "holds a scheme, a backslash or an escaped dot or slash";
    }
    if (i + 1 < n && ((ch == '/' && p[i + 1] == '/') ||
                      (ch == '.' && p[i + 1] == '.'))) {
      return "holds // or ..";
    }
  }
  return NULL;
}

static void free_shape(struct sw_row *row, const struct sw_build *b,
                       const char *verb) {
  int reads = strcmp(verb, "GET") == 0 || strcmp(verb, "HEAD") == 0;
  row->name = "request";
  row->group = "";
  row->verb = verb;
  row->auth = b->v2 ? SW_AUTH_BEARER : SW_AUTH_PAIR;
  row->retry = reads ? SW_SAFE : SW_ONCE;
  row->body = reads || strcmp(verb, "DELETE") == 0 ? SW_QUERY
              : b->json                            ? SW_JSON
                                                   : SW_FORM;
}

void sw_call_free_body(lua_State *L, struct sw_call *c, int t,
                      const struct sw_row *row) {
  c->b.out = row->body == SW_QUERY ? &c->b.s->url : &c->b.s->body;
  c->b.first = row->body == SW_QUERY ? '?' : 0;
  if (row->body == SW_JSON) {
    if (sw_ljson_encode_into(L, t, lua_upvalueindex(SW_UP_ARRAY),
                             &c->b.s->body) != 0) {
      sw_problem(&c->b);
      sw_buf_adds(&c->b.s->why, lua_tostring(L, -1));
      lua_pop(L, 1);
    }
  } else if (!lua_isnoneornil(L, t)) {
    sw_build_free(L, &c->b, t, "the fields");
  }
  if (c->b.extra != 0) {
    sw_build_free(L, &c->b, c->b.extra, "extra");
  }
}

/* core.free_request(view, level, verb, path, explain, fields, options) →
   request, once-only unless it is a GET. */
static int free_request(lua_State *L) {
  struct sw_call c;
  struct sw_row row;
  struct sw_request *r;
  const char *verb, *path, *wrong;
  size_t n;
  memset(&row, 0, sizeof row);
  lua_settop(L, 7);
  sw_call_begin(L, &c, 6);
  row.name = "request";
  row.group = "";
  c.b.row = NULL; /* json and v2 are options here */
  verb = lua_type(L, 3) == LUA_TSTRING ? known_verb(lua_tostring(L, 3)) : NULL;
  c.b.explain = lua_toboolean(L, 5);
  sw_build_options(L, &c.b, 7);
  c.b.row = &row;
  if (verb == NULL) {
    sw_problem(&c.b);
    sw_buf_adds(&c.b.s->why, "the verb must be GET, HEAD, POST, PATCH, PUT or "
                             "DELETE");
    verb = "GET";
  }
  free_shape(&row, &c.b, verb);
  path = lua_type(L, 4) == LUA_TSTRING ? lua_tolstring(L, 4, &n) : "";
  wrong = sw_call_path_wrong(path, path[0] != '\0' ? n : 0);
  if (wrong != NULL) {
    sw_problem(&c.b);
    sw_buf_adds(&c.b.s->why, "the path ");
    sw_buf_adds(&c.b.s->why, wrong);
  }
  sw_call_credentials(&c, row.auth);
  sw_buf_adds(&c.b.s->url, sw_target_base(c.view->target, row.auth));
  sw_buf_adds(&c.b.s->url, path);
  sw_call_free_body(L, &c, 6, &row);
  sw_call_headers(L, &c, row.body);
  r = sw_call_finish(L, &c, row.body);
  r->own_row = row;
  r->row = &r->own_row;
  return 1;
}

/* Of the address of an upload, which came in a reply. One that cannot be read
   goes to the public network or nowhere. */
static unsigned upload_avoids(const struct sw_request *r) {
  struct sw_url target, home;
  const char *endpoint = r->target->endpoint;
  if (sw_url_parse(&target, r->t.url, strlen(r->t.url)) != NULL ||
      sw_url_parse(&home, endpoint, strlen(endpoint)) != NULL) {
    return (unsigned)SW_NET_LOOPBACK | (unsigned)SW_NET_PRIVATE;
  }
  return sw_url_upload_avoids(&target, &home);
}

/* core.upload(view, level, id, address, file, deadline, retries or nil) →
   request for the row that sends a file. */
static int upload(lua_State *L) {
  struct sw_call c;
  struct sw_request *r;
  struct sw_file *f = sw_check(L, 5, SW_UP_FILE, "open file");
  const char *address = luaL_checkstring(L, 4);
  size_t id = (size_t)luaL_checkinteger(L, 3);
  double deadline = luaL_checknumber(L, 6);
  int retries = (int)luaL_optinteger(L, 7, -1);
  sw_call_begin(L, &c, 8);
  luaL_argcheck(L, id < c.view->target->service->count, 3, "no such row");
  c.b.row = &c.view->target->service->rows[id];
  sw_buf_adds(&c.b.s->url, address);
  c.b.deadline = deadline;
  c.b.retries = retries >= 0 ? retries : c.b.retries;
  sw_call_headers(L, &c, c.b.row->body);
  r = sw_call_finish(L, &c, c.b.row->body);
  r->raw = 1;
  r->t.avoid = upload_avoids(r);
  r->t.file = f->fd;
  r->t.file_size = f->size;
  r->t.file_name = f->name;
  r->t.file_field = c.b.row->fields[0].name;
  lua_createtable(L, 1, 0); /* keeps the file open while the call lives */
  lua_pushvalue(L, 5);
  lua_rawseti(L, -2, 1);
  sw_setuservalue(L, -2);
  return 1;
}

const luaL_Reg sw_request_functions[] = {
  {"request", request},
  {"free_request", free_request},
  {"check_options", check_options},
  {"upload", upload},
  {NULL, NULL},
};
