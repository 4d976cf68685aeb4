/* shopwire.server: the sandbox's HTTP server as Lua sees it.
   Must not know: microhttpd, what is served. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../compat.h"
#include "http.h"
#include "post.h"

/* Upvalues of every function here. */
enum { UP_SERVER = 1, UP_HANDLE = 2, UP_REQUEST = 3, UPVALUES = 3 };

struct server {
  struct sw_http *http;     /* NULL: closed */
  struct sw_poster *poster; /* NULL until the first post */
};

struct handle {
  struct sw_http_request *request; /* NULL: given back */
};

/* Raises unless value i is a userdata with the metatable in upvalue `up`.
   Leaves the stack as it was. */
static void *check(lua_State *L, int i, int up, const char *name) {
  void *p = lua_touserdata(L, i);
  int same = 0;
  if (p != NULL && lua_getmetatable(L, i)) {
    same = lua_rawequal(L, -1, lua_upvalueindex(up));
    lua_pop(L, 1);
  }
  if (!same) {
    luaL_argerror(L, i, name);
  }
  return p;
}

static struct server *check_server(lua_State *L) {
  struct server *s = check(L, 1, UP_SERVER, "server expected");
  if (s->http == NULL) {
    luaL_error(L, "the server is closed");
  }
  return s;
}

/* Lets go of the posts first: they need nothing of the server. */
static void close_server(struct server *s) {
  struct sw_http *http = s->http;
  struct sw_poster *poster = s->poster;
  s->http = NULL;
  s->poster = NULL;
  sw_poster_close(poster);
  sw_http_close(http);
}

static int server_close(lua_State *L) {
  close_server(check(L, 1, UP_SERVER, "server expected"));
  return 0;
}

static int handle_gc(lua_State *L) {
  struct handle *h = check(L, 1, UP_HANDLE, "request expected");
  struct sw_http_request *r = h->request;
  h->request = NULL;
  sw_http_drop(r);
  return 0;
}

/* {====== a request as a table ====== */

/* Pushes nothing; sets t[name] of the table on top. May raise. */
static void set_string(lua_State *L, const char *name, const char *text) {
  if (text != NULL) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
  }
}

static void set_size(lua_State *L, const char *name, uint64_t size) {
#if SW_LUA_INTEGERS
  lua_pushinteger(L, (lua_Integer)size);
#else
  lua_pushnumber(L, (lua_Number)size);
#endif
  lua_setfield(L, -2, name);
}

/* Pushes the name in lower case. May raise. */
static void push_lower(lua_State *L, const char *name) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (; *name != '\0'; name++) {
    char c = *name;
    luaL_addchar(&b, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
  }
  luaL_pushresult(&b);
}

/* Sets `headers` (lower-case names, repeats joined by ", ") and `header_list`
   (pairs as sent) of the table on top. May raise. */
static void set_heads(lua_State *L, const struct sw_buf *heads) {
  size_t at = 0;
  int n = 0;
  lua_newtable(L);
  lua_newtable(L);
  while (at < heads->len) {
    const char *name = heads->data + at;
    const char *value = name + strlen(name) + 1;
    at += strlen(name) + 1 + strlen(value) + 1;
    lua_createtable(L, 2, 0);
    lua_pushstring(L, name);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, value);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++n);
    push_lower(L, name);
    lua_pushvalue(L, -1);
    lua_rawget(L, -4);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushstring(L, value);
    } else {
      lua_pushliteral(L, ", ");
      lua_pushstring(L, value);
      lua_concat(L, 3);
    }
    lua_rawset(L, -4);
  }
  lua_setfield(L, -3, "header_list");
  lua_setfield(L, -2, "headers");
}

/* Sets `parts` of the table on top. May raise. */
static void set_parts(lua_State *L, const struct sw_http_part *p) {
  int n = 0;
  if (p == NULL) {
    return;
  }
  lua_newtable(L);
  for (; p != NULL; p = p->next) {
    lua_createtable(L, 0, 6);
    set_string(L, "name", p->name);
    set_string(L, "filename", p->filename);
    set_string(L, "type", p->type);
    set_size(L, "size", p->size);
    if (p->path != NULL) {
      set_string(L, "path", p->path);
      lua_pushboolean(L, 1);
      lua_setfield(L, -2, "temporary");
    } else {
      lua_pushlstring(L, p->text.len > 0 ? p->text.data : "", p->text.len);
      lua_setfield(L, -2, "value");
    }
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "parts");
}

/* Sets method, target, path, query and body of the table on top. */
static void set_basics(lua_State *L, const struct sw_http_request *r) {
  const char *mark = strchr(r->target, '?');
  set_string(L, "method", r->method);
  set_string(L, "target", r->target);
  if (mark == NULL) {
    set_string(L, "path", r->target);
    set_string(L, "query", "");
  } else {
    lua_pushlstring(L, r->target, (size_t)(mark - r->target));
    lua_setfield(L, -2, "path");
    set_string(L, "query", mark + 1);
  }
  set_size(L, "body_size", r->body_size);
  if (r->body_path != NULL) {
    set_string(L, "body_path", r->body_path);
  } else if (r->parts == NULL) {
    lua_pushlstring(L, r->body.len > 0 ? r->body.data : "", r->body.len);
    lua_setfield(L, -2, "body");
  }
}

/* server:next(wait_ms) → request or nil. The handle exists before the request
   is taken: whatever raises later, its collection resets the connection. */
static int server_next(lua_State *L) {
  struct server *s = check_server(L);
  lua_Number wait = luaL_optnumber(L, 2, 0);
  struct handle *h;
  lua_settop(L, 2);
  luaL_argcheck(L, wait >= 0 && wait <= INT_MAX, 2, "milliseconds expected");
  lua_newtable(L);
  h = sw_newuserdata(L, sizeof(*h));
  h->request = NULL;
  lua_pushvalue(L, lua_upvalueindex(UP_HANDLE));
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "handle");
  h->request = sw_http_next(s->http, (long)wait);
  if (s->poster != NULL) {
    sw_poster_step(s->poster);
  }
  if (h->request == NULL) {
    lua_pushnil(L);
    return 1;
  }
  set_basics(L, h->request);
  set_heads(L, &h->request->heads);
  set_parts(L, h->request->parts);
  lua_pushvalue(L, lua_upvalueindex(UP_REQUEST));
  lua_setmetatable(L, -2);
  return 1;
}

/* }====== */

/* {====== an answer ====== */

/* Appends one header; raises when it would break the head. */
static void add_head(lua_State *L, struct sw_buf *out, int name, int value) {
  size_t name_len, value_len;
  const char *n = luaL_checklstring(L, name, &name_len);
  const char *v = luaL_checklstring(L, value, &value_len);
  if (name_len == 0 || strcspn(n, "\r\n: \t") != name_len ||
      strcspn(v, "\r\n") != value_len) {
    luaL_error(L, "not a header: %s", n);
  }
  if (sw_buf_add(out, n, name_len + 1) != 0 ||
      sw_buf_add(out, v, value_len + 1) != 0) {
    luaL_error(L, "the headers are too large");
  }
}

/* Headers of the table at `t`: a map of names to text, or a list of pairs.
   Leaves the stack as it was. May raise. */
static void take_heads(lua_State *L, struct sw_buf *out, int t) {
  lua_getfield(L, t, "headers");
  if (!lua_isnil(L, -1)) {
    int heads = lua_gettop(L);
    luaL_checktype(L, heads, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, heads) != 0) {
      int top = lua_gettop(L);
      if (lua_istable(L, top)) {
        lua_rawgeti(L, top, 1);
        lua_rawgeti(L, top, 2);
        add_head(L, out, top + 1, top + 2);
      } else {
        lua_pushvalue(L, top - 1);
        add_head(L, out, top + 1, top);
      }
      lua_settop(L, top - 1);
    }
  }
  lua_pop(L, 1);
}

/* Opens the file to send or copies the text. Leaves the stack as it was. May
   raise; what it acquired belongs to the request by then. */
static void take_body(lua_State *L, struct sw_http_answer *a, int t) {
  struct stat st;
  size_t n;
  const char *text;
  lua_getfield(L, t, "file");
  text = lua_tostring(L, -1);
  if (text != NULL) {
    a->file = open(text, O_RDONLY | O_CLOEXEC);
    if (a->file < 0 || fstat(a->file, &st) != 0) {
      luaL_error(L, "cannot send %s: %s", text, strerror(errno));
    }
    a->total = (uint64_t)st.st_size;
  }
  lua_pop(L, 1);
  lua_getfield(L, t, "body");
  text = lua_tolstring(L, -1, &n);
  if (text != NULL && a->file < 0) {
    if (sw_buf_add(&a->body, text, n) != 0) {
      luaL_error(L, "the body is too large");
    }
    a->total = n;
  }
  lua_pop(L, 1);
}

/* Number t[name] in 0 … max, or `other` when absent. May raise. */
static lua_Number take_number(lua_State *L, int t, const char *name,
                              lua_Number max, lua_Number other) {
  lua_Number n;
  lua_getfield(L, t, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return other;
  }
  n = lua_tonumber(L, -1);
  if (!lua_isnumber(L, -1) || !(n >= 0 && n <= max)) {
    luaL_error(L, "%s: a number from 0 to %f expected", name, max);
  }
  lua_pop(L, 1);
  return n;
}

/* request:reply(answer) → true, or nil and a message when the client has
   gone or was answered before. */
static int request_reply(lua_State *L) {
  struct handle *h;
  struct sw_http_answer *a;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_getfield(L, 1, "handle");
  h = check(L, 3, UP_HANDLE, "request expected");
  if (h->request == NULL || h->request->state != SW_HTTP_QUEUED) {
    lua_pushnil(L);
    lua_pushliteral(L, "answered before");
    return 2;
  }
  a = &h->request->answer;
  sw_buf_clear(&a->heads);
  sw_buf_clear(&a->body);
  if (a->file >= 0) {
    close(a->file);
    a->file = -1;
  }
  a->total = 0;
  a->status = (int)take_number(L, 2, "status", 599, 200);
  luaL_argcheck(L, a->status >= 200, 2, "status: 200 to 599 expected");
  take_heads(L, &a->heads, 2);
  take_body(L, a, 2);
  a->limit = (uint64_t)take_number(L, 2, "truncate", 9007199254740991.0,
                                   (lua_Number)a->total);
  a->delay_ms = (long)(take_number(L, 2, "delay", 86400, 0) * 1000);
  lua_getfield(L, 2, "truncate");
  a->whole = !lua_isnil(L, -1) && a->limit < a->total;
  lua_getfield(L, 2, "reset");
  a->reset = lua_toboolean(L, -1);
  if (a->limit > a->total) {
    a->limit = a->total;
  }
  if (sw_http_reply(h->request) != 0) {
    lua_pushnil(L);
    lua_pushliteral(L, "the client has gone");
    return 2;
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* request:header(name) → text or nil, whatever the letters' case. */
static int request_header(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "headers");
  luaL_checktype(L, -1, LUA_TTABLE);
  push_lower(L, luaL_checkstring(L, 2));
  lua_rawget(L, -2);
  return 1;
}

/* }====== */

/* {====== the server's other methods ====== */

static int server_port(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)sw_http_port(check_server(L)->http));
  return 1;
}

static int server_dir(lua_State *L) {
  lua_pushstring(L, sw_http_dir(check_server(L)->http));
  return 1;
}

static int server_stopped(lua_State *L) {
  lua_pushboolean(L, sw_http_stopped(check_server(L)->http));
  return 1;
}

/* server:post(url, body, seconds) → id, or nil and a message. */
static int server_post(lua_State *L) {
  struct server *s = check_server(L);
  const char *url = luaL_checkstring(L, 2);
  size_t n;
  const char *body = luaL_checklstring(L, 3, &n);
  lua_Number seconds = luaL_optnumber(L, 4, 5);
  char error[512];
  unsigned long id = 0;
  luaL_argcheck(L, seconds > 0 && seconds <= 3600, 4, "seconds expected");
  if (s->poster == NULL) {
    s->poster = sw_poster_open(error, sizeof(error));
    if (s->poster != NULL) {
      sw_http_also(s->http, sw_poster_fd(s->poster));
    }
  }
  if (s->poster != NULL) {
    id = sw_poster_send(s->poster, url, body, n, (long)(seconds * 1000),
                        error, sizeof(error));
  }
  if (id == 0) {
    lua_pushnil(L);
    lua_pushstring(L, error);
    return 2;
  }
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

/* server:posted() → id, status, message of one post that ended; status is nil
   when there was no reply. Nothing when none ended. */
static int server_posted(lua_State *L) {
  struct server *s = check_server(L);
  struct sw_posted out;
  luaL_checkstack(L, 3, NULL);
  if (s->poster == NULL || !sw_poster_take(s->poster, &out)) {
    return 0;
  }
  lua_pushinteger(L, (lua_Integer)out.id);
  if (out.status == 0) {
    lua_pushnil(L);
  } else {
    lua_pushinteger(L, out.status);
  }
  lua_pushstring(L, out.detail);
  return 3;
}

/* Text of options field `name`, kept alive by the table; NULL: absent. */
static const char *option(lua_State *L, const char *name) {
  const char *text;
  lua_getfield(L, 1, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
    luaL_error(L, "%s: text expected", name);
  }
  text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

/* server.open(options) → server, or nil and a message. */
static int open_server(lua_State *L) {
  struct sw_http_options o;
  struct server *s;
  char error[256];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  memset(&o, 0, sizeof(o));
  o.port = (unsigned short)take_number(L, 1, "port", 65535, 0);
  o.cert = option(L, "cert");
  o.key = option(L, "key");
  o.parent = option(L, "parent");
  if ((o.cert == NULL) != (o.key == NULL)) {
    return luaL_error(L, "cert and key go together");
  }
  lua_getfield(L, 1, "signals");
  o.signals = lua_toboolean(L, -1);
  s = sw_newuserdata(L, sizeof(*s));
  s->http = NULL;
  s->poster = NULL;
  lua_pushvalue(L, lua_upvalueindex(UP_SERVER));
  lua_setmetatable(L, -2);
  s->http = sw_http_open(&o, error, sizeof(error));
  if (s->http == NULL) {
    lua_pushnil(L);
    lua_pushstring(L, error);
    return 2;
  }
  return 1;
}

/* }====== */

static const luaL_Reg server_methods[] = {
  {"next", server_next},       {"post", server_post},
  {"posted", server_posted},   {"port", server_port},
  {"dir", server_dir},         {"stopped", server_stopped},
  {"close", server_close},     {NULL, NULL}
};

static const luaL_Reg server_meta[] = {
  {"__gc", server_close},
#if SW_HAS_CLOSE
  {"__close", server_close},
#endif
  {NULL, NULL}
};

static const luaL_Reg handle_meta[] = {
  {"__gc", handle_gc},
  {NULL, NULL}
};

static const luaL_Reg request_methods[] = {
  {"reply", request_reply},
  {"header", request_header},
  {NULL, NULL}
};

static const luaL_Reg module[] = {
  {"open", open_server},
  {NULL, NULL}
};

/* Fills the table on top with functions that share the three metatables at
   1 to 3. May raise. */
static void fill(lua_State *L, const luaL_Reg *functions) {
  int i;
  for (i = 1; i <= UPVALUES; i++) {
    lua_pushvalue(L, i);
  }
  sw_setfuncs(L, functions, UPVALUES);
}

__attribute__((visibility("default"))) int
luaopen_shopwire_server(lua_State *L) {
  sw_checkversion(L);
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, UP_SERVER);
  fill(L, server_meta);
  lua_newtable(L);
  fill(L, server_methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_pushvalue(L, UP_HANDLE);
  fill(L, handle_meta);
  lua_pop(L, 1);
  lua_pushvalue(L, UP_REQUEST);
  lua_newtable(L);
  fill(L, request_methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_newtable(L);
  fill(L, module);
  return 1;
}
