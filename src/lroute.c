/* Calls of a session: the token in the address, any route of a shop, and
   copies of a request with another field or another token.
   Must not know: libcurl, any one service's rows. */
#include <string.h>

#include "lcall.h"
#include "text.h"

/* What explain shows in place of a credential. */
static const char redacted[] = "[secret]";

#define TOKEN "&api_token="

static void add_token(struct sw_buf *url, const struct sw_target *t,
                      enum sw_auth auth) {
  const struct sw_buf *token = &t->secret[SW_API_TOKEN];
  if (auth == SW_AUTH_SESSION) {
    sw_escape_query(url, token->data, token->len);
  }
}

/* What follows the route: a login sends an empty token, which keeps old
   shops from making a junk session. */
void sw_call_session(struct sw_call *c, enum sw_auth auth) {
  struct sw_buf *url = &c->b.s->url;
  const struct sw_target *t = c->view->target;
  sw_buf_adds(url, TOKEN);
  if (c->b.explain && auth == SW_AUTH_SESSION) {
    sw_buf_adds(url, redacted);
  } else {
    add_token(url, t, auth);
  }
  if (auth == SW_AUTH_SESSION && t->store_id != NULL) {
    sw_buf_adds(url, "&store_id=");
    sw_escape_query(url, t->store_id, strlen(t->store_id));
  }
}

/* User name and key in the form. */
void sw_call_login(struct sw_call *c) {
  const struct sw_target *t = c->view->target;
  struct sw_str name, value;
  value.p = t->username != NULL ? t->username : "Default";
  value.n = strlen(value.p);
  name.p = "username";
  name.n = 8;
  sw_add_pair(&c->b, name, value);
  name.p = "key";
  name.n = 3;
  value.p = c->b.explain ? redacted : t->secret[SW_SHOP_KEY].data;
  value.n = c->b.explain ? sizeof redacted - 1 : t->secret[SW_SHOP_KEY].len;
  sw_add_pair(&c->b, name, value);
}

/* Pairs of the query that a script added to a route. */
static void build_query(lua_State *L, struct sw_call *c, int t) {
  struct sw_buf *body = c->b.out;
  size_t pairs = c->b.pairs;
  int first = c->b.first;
  if (lua_isnoneornil(L, t)) {
    return;
  }
  c->b.out = &c->b.s->url;
  c->b.first = '&';
  c->b.reserved = 1;
  sw_build_free(L, &c->b, t, "the query");
  c->b.reserved = 0;
  c->b.out = body;
  c->b.first = first;
  c->b.pairs = pairs;
}

/* core.route_request(view, level, route, explain, fields, options, query) →
   request to any route of a shop, once-only. */
static int route_request(lua_State *L) {
  struct sw_call c;
  struct sw_row row;
  struct sw_request *r;
  const char *route, *wrong;
  size_t n = 0;
  memset(&row, 0, sizeof row);
  lua_settop(L, 7);
  sw_call_begin(L, &c, 8);
  row.name = "request";
  row.group = "";
  row.verb = "POST";
  row.auth = SW_AUTH_SESSION;
  row.retry = SW_ONCE;
  row.body = SW_FORM;
  c.b.row = &row;
  c.b.explain = lua_toboolean(L, 4);
  c.b.out = &c.b.s->body;
  luaL_argcheck(L, c.b.php, 1, "this client has no routes");
  route = lua_type(L, 3) == LUA_TSTRING ? lua_tolstring(L, 3, &n) : "";
  wrong = sw_call_path_wrong(route, n);
  if (wrong == NULL && memchr(route, '&', n) != NULL) {
    wrong = "holds a &: give the query as a table";
  }
  if (wrong != NULL) {
    sw_problem(&c.b);
    sw_buf_adds(&c.b.s->why, "the route ");
    sw_buf_adds(&c.b.s->why, wrong);
  }
  sw_build_options(L, &c.b, 6);
  sw_call_credentials(&c, row.auth);
  sw_buf_adds(&c.b.s->url, sw_target_base(c.view->target, row.auth));
  sw_buf_adds(&c.b.s->url, SW_ROUTE);
  sw_buf_add(&c.b.s->url, route, n);
  sw_call_session(&c, row.auth);
  build_query(L, &c, 7);
  sw_call_free_body(L, &c, 5, &row);
  sw_call_headers(L, &c, row.body);
  r = sw_call_finish(L, &c, row.body);
  r->own_row = row;
  r->row = &r->own_row;
  return 1;
}

/* Pushes a request like r with what the scratch holds. May raise. */
static struct sw_request *copy_of(lua_State *L, const struct sw_request *r,
                                  struct sw_scratch *s, size_t lines) {
  struct sw_request *copy;
  size_t data = s->lines.len + s->url.len + s->body.len + 2;
  if (s->body.failed || s->url.failed || s->lines.failed) {
    sw_give_back(s);
    sw_nomem(L);
  }
  copy = sw_ticket_new(L, lines * sizeof(char *) + data);
  copy->own_row = r->own_row;
  copy->row = r->row == &r->own_row ? &copy->own_row : r->row;
  copy->retry = r->retry;
  copy->raw = r->raw;
  copy->retries = r->retries;
  copy->deadline = r->deadline;
  copy->odd = r->odd;
  copy->weight = r->weight;
  copy->noise.max = copy->warnings.max = 65536;
  copy->target = sw_target_keep(r->target);
  copy->secret_n = r->secret_n;
  copy->data_len = data;
  sw_call_lay_out(copy, s, lines);
  copy->t.verb = r->t.verb;
  copy->t.profile = r->t.profile;
  copy->t.file = -1;
  copy->t.max_reply = r->t.max_reply;
  copy->t.fresh = r->t.fresh;
  sw_give_back(s);
  return copy;
}

/* request:with_field(name, text) → a copy with one more form pair. */
static int with_field(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  struct sw_build b;
  struct sw_str name, value;
  size_t i;
  name.p = luaL_checklstring(L, 2, &name.n);
  value.p = luaL_checklstring(L, 3, &value.n);
  memset(&b, 0, sizeof b);
  b.s = sw_borrow(L);
  b.out = &b.s->body;
  b.first = r->t.body_len > 0 ? '&' : 0;
  sw_buf_add(&b.s->body, r->t.body, r->t.body_len);
  sw_add_pair(&b, name, value);
  sw_buf_adds(&b.s->url, r->t.url);
  for (i = 0; i < r->t.header_count; i++) {
    sw_buf_add(&b.s->lines, r->t.headers[i], strlen(r->t.headers[i]) + 1);
  }
  copy_of(L, r, b.s, i);
  return 1;
}

/* request:renew(view) → the same call with the token and the cookies that the
   view has now. May raise. */
static int renew(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  struct sw_view *view = sw_check(L, 2, SW_UP_VIEW, "client");
  struct sw_request *copy;
  struct sw_scratch *s;
  size_t i, lines, secret_n;
  const char *token = strstr(r->t.url, TOKEN);
  luaL_argcheck(L, view->target != NULL, 2, "closed");
  luaL_argcheck(L, token != NULL, 1, "not a call of a session");
  token += sizeof TOKEN - 1;
  s = sw_borrow(L);
  lines = sw_target_headers(view->target, r->row->auth, &s->lines);
  secret_n = s->lines.len;
  for (i = 0; i < r->t.header_count; i++) {
    if ((size_t)(r->t.headers[i] - r->data) >= r->secret_n) {
      sw_buf_add(&s->lines, r->t.headers[i], strlen(r->t.headers[i]) + 1);
      lines++;
    }
  }
  sw_buf_add(&s->url, r->t.url, (size_t)(token - r->t.url));
  add_token(&s->url, view->target, r->row->auth);
  sw_buf_adds(&s->url, token + strcspn(token, "&"));
  sw_buf_add(&s->body, r->t.body, r->t.body_len);
  copy = copy_of(L, r, s, lines);
  copy->secret_n = secret_n;
  return 1;
}

const luaL_Reg sw_route_functions[] = {
  {"route_request", route_request},
  {NULL, NULL},
};

const luaL_Reg sw_request_methods[] = {
  {"with_field", with_field},
  {"renew", renew},
  {NULL, NULL},
};
