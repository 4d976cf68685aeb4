/* Views: an account with the options of its calls, as userdata.
   Options were checked in Lua; this file keeps the bytes that must not stay
   there. Must not know: libcurl, any one service's rows. */
#include <string.h>

#include "alloc.h"
#include "lshop.h"
#include "secret.h"
#include "url.h"

static const char *const secret_names[SW_SECRETS] = {
  "api_key",       "auth_token", "access_token",
  "refresh_token", "client_id",  "client_secret",
  "key",           "api_token",  "cookie",
};

enum {
  SECRET_MAX = 8192, /* bytes that an account keeps of each */
  MAKER = 3          /* level of who makes a client, seen from core.view */
};

static struct sw_view *check_view(lua_State *L) {
  struct sw_view *v = sw_check(L, 1, SW_UP_VIEW, "client");
  if (v->target == NULL) {
    luaL_error(L, "this client is closed: make a new one");
  }
  return v;
}

/* A copy of t[name], or NULL when it is nil. Raises when out of memory; no
   metamethod is called. Pops nothing, pushes nothing. */
static char *copy_field(lua_State *L, int t, const char *name) {
  size_t n;
  const char *text;
  char *copy = NULL;
  lua_pushstring(L, name);
  lua_rawget(L, t);
  text = lua_tolstring(L, -1, &n);
  if (text != NULL) {
    copy = sw_malloc(n + 1);
    if (copy == NULL) {
      sw_nomem(L);
    }
    memcpy(copy, text, n + 1);
  }
  lua_pop(L, 1);
  return copy;
}

const char *sw_secret_wrong(const char *bytes, size_t n) {
  size_t i;
  if (n == 0) {
    return "is empty";
  }
  if (n > SECRET_MAX) {
    return "is longer than 8192 bytes";
  }
  for (i = 0; i < n; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c < 32 || c == 127) {
      return "holds a line break or another control character";
    }
  }
  return NULL;
}

/* The text or secret at `value` becomes a secret of the account; no bytes and
   other values change nothing. `level` is the caller's. May raise. */
static void copy_secret(lua_State *L, struct sw_target *target, int value,
                        enum sw_secret_id which, int level) {
  const struct sw_secret *s = sw_test(L, value, SW_UP_SECRET);
  const char *bytes, *wrong;
  size_t n;
  if (s != NULL) {
    bytes = s->bytes;
    n = s->n;
  } else {
    bytes = lua_tolstring(L, value, &n);
  }
  if (bytes == NULL || n == 0) {
    return;
  }
  wrong = sw_secret_wrong(bytes, n);
  if (wrong != NULL) {
    luaL_where(L, level);
    lua_pushfstring(L, "%s %s: it must be text of one line",
                    secret_names[which], wrong);
    lua_concat(L, 2);
    lua_error(L);
  }
  if (sw_target_set_secret(target, which, bytes, n) != 0) {
    sw_nomem(L);
  }
}

static int number_field(lua_State *L, int t, const char *name, double *out) {
  int found;
  lua_pushstring(L, name);
  lua_rawget(L, t);
  found = lua_type(L, -1) == LUA_TNUMBER;
  if (found) {
    *out = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return found;
}

static int flag_field(lua_State *L, int t, const char *name) {
  int flag;
  lua_pushstring(L, name);
  lua_rawget(L, t);
  flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static void fill_profile(lua_State *L, struct sw_target *target, int t) {
  struct sw_profile *p = sw_malloc(sizeof *p);
  double connect = 10;
  if (p == NULL) {
    sw_nomem(L);
  }
  memset(p, 0, sizeof *p);
  p->refs = 1;
  target->profile = p;
  p->ca_file = copy_field(L, t, "ca_file");
  p->proxy = copy_field(L, t, "proxy");
  p->proxy_env = p->proxy == NULL;
  p->user_agent = copy_field(L, t, "user_agent");
  p->insecure = flag_field(L, t, "insecure");
  number_field(L, t, "connect", &connect);
  p->connect_ms = (long)(connect * 1000);
}

/* core.view(service, { endpoint=, v2_endpoint=, api_key=, …, deadline=,
   retries=, ca_file=, proxy=, user_agent=, insecure= }) → view. May raise. */
static int view(lua_State *L) {
  const struct sw_service *service = sw_check_service(L, 1);
  struct sw_view *v;
  double retries = 2;
  int i;
  luaL_checktype(L, 2, LUA_TTABLE);
  v = sw_new(L, sizeof *v, SW_UP_VIEW);
  v->deadline = 30;
  v->target = sw_target_new(service);
  if (v->target == NULL) {
    return sw_nomem(L);
  }
  fill_profile(L, v->target, 2);
  v->target->endpoint = copy_field(L, 2, "endpoint");
  v->target->v2_endpoint = copy_field(L, 2, "v2_endpoint");
  v->target->username = copy_field(L, 2, "username");
  v->target->store_id = copy_field(L, 2, "store_id");
  v->strict = flag_field(L, 2, "strict");
  for (i = 0; i < SW_SECRETS; i++) {
    lua_pushstring(L, secret_names[i]);
    lua_rawget(L, 2);
    copy_secret(L, v->target, lua_gettop(L), (enum sw_secret_id)i, MAKER);
    lua_pop(L, 1);
  }
  number_field(L, 2, "deadline", &v->deadline);
  number_field(L, 2, "retries", &retries);
  v->retries = (int)retries;
  return 1;
}

/* view:set_secret(name, text or secret): later requests use it; nil takes it
   away. */
static int view_set_secret(lua_State *L) {
  struct sw_view *v = check_view(L);
  const char *name = luaL_checkstring(L, 2);
  int i;
  for (i = 0; i < SW_SECRETS; i++) {
    if (strcmp(name, secret_names[i]) == 0) {
      if (lua_isnoneornil(L, 3)) {
        sw_target_set_secret(v->target, (enum sw_secret_id)i, "", 0);
        return 0;
      }
      copy_secret(L, v->target, 3, (enum sw_secret_id)i, 1);
      return 0;
    }
  }
  return luaL_error(L, "%s is not a secret of a client", name);
}

/* view:endpoint() → v1.1 endpoint, v2 endpoint. May raise. */
static int view_endpoint(lua_State *L) {
  struct sw_view *v = check_view(L);
  lua_pushstring(L, v->target->endpoint);
  lua_pushstring(L, v->target->v2_endpoint);
  return 2;
}

static int view_close(lua_State *L) {
  struct sw_view *v = sw_check(L, 1, SW_UP_VIEW, "client");
  sw_target_drop(v->target);
  v->target = NULL;
  return 0;
}

static int view_tostring(lua_State *L) {
  struct sw_view *v = sw_check(L, 1, SW_UP_VIEW, "client");
  lua_pushfstring(L, "client of %s",
                  v->target != NULL ? v->target->endpoint : "nothing: closed");
  return 1;
}

/* core.endpoint(text, http_ok) → normal form, or nil and what is wrong with
   it ("has no host"). May raise. */
static int endpoint(lua_State *L) {
  size_t n;
  const char *text = luaL_checklstring(L, 1, &n);
  int http_ok = lua_toboolean(L, 2);
  struct sw_scratch *s = sw_borrow(L);
  const char *wrong;
  wrong = sw_url_endpoint(&s->value, text, n, http_ok);
  if (wrong != NULL || s->value.failed) {
    sw_give_back(s);
    if (wrong == NULL) {
      return sw_nomem(L);
    }
    lua_pushnil(L);
    lua_pushstring(L, wrong);
    return 2;
  }
  lua_pushlstring(L, s->value.data, s->value.len);
  sw_give_back(s);
  return 1;
}

/* core.upload_wrong(address, endpoint) → nil when a file may be sent there,
   otherwise what is wrong with the address. May raise. */
static int upload_wrong(lua_State *L) {
  size_t n, m;
  const char *text = luaL_checklstring(L, 1, &n);
  const char *base = luaL_checklstring(L, 2, &m);
  struct sw_url target, home;
  const char *wrong = sw_url_parse(&target, text, n);
  if (wrong == NULL) {
    wrong = sw_url_parse(&home, base, m);
  }
  if (wrong == NULL) {
    wrong = sw_url_upload_wrong(&target, &home);
  }
  lua_pushstring(L, wrong); /* nil for NULL */
  return 1;
}

const luaL_Reg sw_view_functions[] = {
  {"view", view},
  {"endpoint", endpoint},
  {"upload_wrong", upload_wrong},
  {NULL, NULL},
};

const luaL_Reg sw_view_methods[] = {
  {"set_secret", view_set_secret}, {"endpoint", view_endpoint},
  {"close", view_close},           {"__gc", view_close},
  {"__tostring", view_tostring},   {NULL, NULL},
};
