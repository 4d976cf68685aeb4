/* What a built request tells of itself, and its end: explain, export, file,
   state. Must not know: libcurl, any one service. */
#include <string.h>

#include "alloc.h"
#include "field.h"
#include "lshop.h"
#include "secret.h"
#include "text.h"

/* What explain shows in place of a credential. */
static const char redacted[] = "[secret]";

/* Header lines of an explanation; the first secret_n bytes of the data are
   the ones that prove who we are. */
static void explain_headers(const struct sw_request *r, struct sw_scratch *s) {
  size_t i;
  for (i = 0; i < r->t.header_count; i++) {
    const char *line = r->t.headers[i];
    size_t name = strcspn(line, ":") + 2;
    sw_buf_add(&s->why, SW_LIT(" -H "));
    sw_buf_clear(&s->value);
    if ((size_t)(line - r->data) < r->secret_n) {
      sw_buf_add(&s->value, line, name);
      sw_buf_add(&s->value, redacted, sizeof redacted - 1);
    } else {
      sw_buf_adds(&s->value, line);
    }
    sw_escape_shell(&s->why, s->value.data, s->value.len);
  }
}

/* request:explain() → curl line, retry class. The request must have been
   built for explaining: a hidden field is not in its body then. */
static int explain(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  struct sw_scratch *s = sw_borrow(L);
  sw_buf_add(&s->why, SW_LIT("curl -X "));
  sw_buf_adds(&s->why, r->t.verb);
  explain_headers(r, s);
  if (r->t.body != NULL && r->t.body_len > 0) {
    sw_buf_add(&s->why, SW_LIT(" --data-raw "));
    sw_escape_shell(&s->why, r->t.body, r->t.body_len);
  }
  sw_buf_addc(&s->why, ' ');
  sw_escape_shell(&s->why, r->t.url, strlen(r->t.url));
  if (s->why.failed) {
    sw_give_back(s);
    return sw_nomem(L);
  }
  lua_pushlstring(L, s->why.data, s->why.len);
  sw_give_back(s);
  lua_pushstring(L, sw_class_name(r->retry));
  return 2;
}

/* A header line; libcurl's "Name;" for an empty value becomes "Name: ". */
static void push_line(lua_State *L, const char *line) {
  size_t n = strlen(line);
  if (strchr(line, ':') != NULL || n == 0) {
    lua_pushlstring(L, line, n);
    return;
  }
  lua_pushlstring(L, line, n - 1);
  lua_pushliteral(L, ": ");
  lua_concat(L, 2);
}

/* request:export() → verb, url, headers as a list of lines, body or nil: for
   a transport of the host's own. May raise. */
static int request_export(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  size_t i;
  lua_pushstring(L, r->t.verb);
  lua_pushstring(L, r->t.url);
  lua_createtable(L, (int)r->t.header_count, 0);
  for (i = 0; i < r->t.header_count; i++) {
    push_line(L, r->t.headers[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  if (r->t.body != NULL) {
    lua_pushlstring(L, r->t.body, r->t.body_len);
  } else {
    lua_pushnil(L);
  }
  return 4;
}

/* request:file() → { path, name, size, field } of an upload, or nil. */
static int request_file(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  const struct sw_file *f;
  if (r->t.file < 0) {
    return 0;
  }
  sw_getuservalue(L, 1);
  lua_rawgeti(L, -1, 1);
  f = lua_touserdata(L, -1);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, f->path);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, f->name);
  lua_setfield(L, -2, "name");
  sw_pushcount(L, f->size);
  lua_setfield(L, -2, "size");
  lua_pushstring(L, r->t.file_field);
  lua_setfield(L, -2, "field");
  return 1;
}

/* request:state() → attempts, retry class. May raise. */
static int request_state(lua_State *L) {
  struct sw_request *r = sw_ticket_check(L, 1);
  lua_pushinteger(L, r->attempt);
  lua_pushstring(L, sw_class_name(r->retry));
  return 2;
}

/* request:weight() → bytes that it adds to a session, about; 0 when that is
   not counted. May raise. */
static int request_weight(lua_State *L) {
  sw_pushcount(L, sw_ticket_check(L, 1)->weight);
  return 1;
}

const luaL_Reg sw_sent_methods[] = {
  {"explain", explain},     {"export", request_export},
  {"state", request_state}, {"file", request_file},
  {"weight", request_weight},
  {NULL, NULL},
};
