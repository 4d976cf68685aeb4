/* Any arguments through core.request, and any reply through request:outcome,
   by the doors that scripts use (Lua 5.4). What is built is a well-formed
   request to the endpoint; what is refused, and what a refusal of the service
   becomes, is clean text without a secret. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/form.h"
#include "../../src/row.h"
#include "../../src/text.h"

#define SECRET "S3CR3T-0123456789"
#define HOME "https://x.test/api/1.1/"
#define HOME_V2 "https://x.test/v2/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int luaopen_shopwire_core(lua_State *L);

struct reader {
  const uint8_t *p;
  size_t n;
};

static const struct sw_row *rows;

static void must(int so) {
  if (!so) {
    abort();
  }
}

static unsigned byte(struct reader *r) {
  if (r->n == 0) {
    return 0;
  }
  r->n--;
  return *r->p++;
}

static void push_text(lua_State *L, struct reader *r) {
  size_t n = byte(r);
  n = n > r->n ? r->n : n;
  lua_pushlstring(L, (const char *)r->p, n);
  r->p += n;
  r->n -= n;
}

/* Any value, a table of at most `deep` levels among them. */
static void push_value(lua_State *L, struct reader *r, int deep) {
  unsigned kind = byte(r) % (deep ? 9 : 7);
  switch (kind) {
    case 0:
      lua_pushnil(L);
      break;
    case 1:
      lua_pushboolean(L, (int)byte(r) & 1);
      break;
    case 2:
      lua_pushinteger(L, (lua_Integer)byte(r) - 8);
      break;
    case 3:
      lua_pushnumber(L, (lua_Number)byte(r) / 10);
      break;
    case 7:
    case 8: /* a list, or one of the script value items */
      lua_newtable(L);
      push_value(L, r, kind == 8 ? deep - 1 : 0);
      lua_rawseti(L, -2, 1);
      push_value(L, r, 0);
      lua_setfield(L, -2, "id");
      push_value(L, r, 0);
      lua_setfield(L, -2, "value");
      break;
    default:
      push_text(L, r);
  }
}

static int count_args(const char *path) {
  int n = 0;
  for (; *path != '\0'; path++) {
    n += *path == '{';
  }
  return n;
}

static void push_fields(lua_State *L, struct reader *r,
                        const struct sw_row *row) {
  unsigned n = byte(r) % 20;
  lua_newtable(L);
  while (n-- > 0) {
    unsigned which = byte(r);
    if (which < 240) {
      lua_pushstring(L, row->fields[which % row->field_count].name);
    } else {
      push_text(L, r);
    }
    push_value(L, r, 3);
    lua_rawset(L, -3);
  }
}

static void push_options(lua_State *L, struct reader *r) {
  static const char *const names[] = {"headers", "extra", "raw", "deadline",
                                      "retries", "reference"};
  unsigned n = byte(r) % 4;
  lua_newtable(L);
  while (n-- > 0) {
    unsigned which = byte(r) % 6;
    if (which < 2) {
      lua_newtable(L);
      push_text(L, r);
      push_value(L, r, 0);
      lua_rawset(L, -3);
    } else {
      push_value(L, r, 0);
    }
    lua_setfield(L, -2, names[which]);
  }
}

/* Pushes core.request's arguments; returns how many. */
static int push_call(lua_State *L, struct reader *r,
                     const struct sw_row *row) {
  int top = lua_gettop(L), n = count_args(row->path);
  size_t i;
  lua_getglobal(L, "view");
  lua_pushinteger(L, 1);
  lua_pushinteger(L, (lua_Integer)(row - rows));
  lua_pushboolean(L, 0);
  while (n-- > 0) {
    push_value(L, r, 0);
  }
  for (i = 0; (row->flags & SW_POSITIONAL) && i < row->field_count; i++) {
    push_value(L, r, 3);
  }
  if (!(row->flags & SW_POSITIONAL) && row->field_count > 0) {
    push_fields(L, r, row);
  }
  push_options(L, r);
  return lua_gettop(L) - top;
}

static int holds_secret(const char *p, size_t n) {
  size_t i;
  for (i = 0; i + sizeof SECRET - 1 <= n; i++) {
    if (memcmp(p + i, SECRET, sizeof SECRET - 1) == 0) {
      return 1;
    }
  }
  return 0;
}

static void check_words(const char *p, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    must(((unsigned char)p[i] >= 32 && p[i] != 127));
  }
  must(sw_utf8_valid(p, n, NULL));
  must(!holds_secret(p, n));
}

static void check_url(const char *url, const struct sw_row *row) {
  const char *home = row->auth == SW_AUTH_BEARER ? HOME_V2 : HOME;
  const char *at;
  int slashes = 0;
  must(strncmp(url, home, strlen(home)) == 0);
  url += strlen(home);
  for (at = url; *at != '\0' && *at != '?'; at++) {
    must(*at > 32 && *at < 127);
    slashes += *at == '/';
    must(at[0] != '/' || (at[1] != '/' && strncmp(at, "/../", 4) != 0 &&
                          strncmp(at, "/./", 3) != 0));
  }
  for (; *at != '\0'; at++) {
    must(*at > 32 && *at < 127 && *at != '#');
  }
  for (at = row->path; *at != '\0'; at++) {
    slashes -= *at == '/';
  }
  must(slashes == 0);
}

static void check_form(const char *body, size_t n) {
  struct sw_form form;
  size_t i;
  for (i = 0; i < n; i++) {
    must(sw_is_alnum(body[i]) || strchr("*-._+%&=", body[i]) != NULL);
  }
  must(sw_form_parse(&form, body, n) == SW_FORM_OK);
  must(form.bad_escapes == 0);
  sw_form_free(&form);
}

/* The request on top of the stack. */
static void check_request(lua_State *L, const struct sw_row *row) {
  size_t n;
  const char *text;
  lua_Integer i;
  lua_getfield(L, -1, "export");
  lua_pushvalue(L, -2);
  lua_call(L, 1, 4);
  check_url(lua_tostring(L, -3), row);
  for (i = 1; i <= (lua_Integer)lua_rawlen(L, -2); i++) {
    lua_rawgeti(L, -2, i);
    text = lua_tolstring(L, -1, &n);
    must(strpbrk(text, "\r\n") == NULL && strchr(text, ':') != NULL);
    lua_pop(L, 1);
  }
  text = lua_tolstring(L, -1, &n);
  must(row->body != SW_FORM || text != NULL);
  if (row->body == SW_FORM) {
    check_form(text, n);
  }
  lua_pop(L, 4);
  lua_getfield(L, -1, "explain");
  lua_pushvalue(L, -2);
  lua_call(L, 1, 1);
  text = lua_tolstring(L, -1, &n);
  check_words(text, n);
}

static void build(lua_State *L, struct reader *r, const struct sw_row *row) {
  int args, status;
  const char *text;
  size_t n;
  luaL_checkstack(L, 100, "arguments");
  lua_getglobal(L, "core");
  lua_getfield(L, -1, "request");
  args = push_call(L, r, row);
  status = lua_pcall(L, args, 1, 0);
  if (status == LUA_OK) {
    check_request(L, row);
    return;
  }
  text = lua_tolstring(L, -1, &n);
  must(text != NULL);
  check_words(text, n);
}

/* A request that is right: made once for each kind of reply. */
static const char *const script =
  "local core, home, v2, secret = ...\n"
  "view = core.view('instamojo', {endpoint = home, v2_endpoint = v2,\n"
  "  api_key = secret, auth_token = secret, access_token = secret})\n"
  "local ids = {}\n"
  "for _, row in ipairs(core.rows 'instamojo') do\n"
  "  ids[row.full_name] = row.id\n"
  "end\n"
  "local made = {\n"
  "  function(o) return 'debug', o end,\n"
  "  function(o) return 'links.list', {}, o end,\n"
  "  function(o) return 'links.get', 'a', o end,\n"
  "  function(o) return 'links.delete', 'a', o end,\n"
  "  function(o) return 'auth', 'user', 'pass', o end,\n"
  "  function(o) return 'script_values.get', 'app', o end,\n"
  "  function(o) return 'refunds.create', {payment_id = 'M',\n"
  "    type = 'RFD', body = 'why'}, o end,\n"
  "}\n"
  "local function request(name, ...)\n"
  "  return core.request(view, 1, ids[name], false, ...)\n"
  "end\n"
  "function reply(i, raw, status, head, body)\n"
  "  local r = request(made[i % #made + 1]({raw = raw}))\n"
  "  r:accept(status, head, body)\n"
  "  local value, err, again = r:outcome()\n"
  "  r:meta()\n"
  "  if value ~= nil then return end\n"
  "  assert(type(err.kind) == 'string' and type(err.message) == 'string')\n"
  "  assert(again == nil or again >= 0)\n"
  "  local words = {err.message, err.hint or '', err.code or '',\n"
  "    err.body or '', err.request_id or ''}\n"
  "  for name, list in pairs(err.fields or {}) do\n"
  "    words[#words + 1] = name .. ' ' .. table.concat(list, ' ')\n"
  "  end\n"
  "  return table.concat(words, ' ')\n"
  "end\n";

static void answer(lua_State *L, struct reader *r) {
  static const int statuses[] = {200, 201, 204, 400, 401, 403, 404, 409,
                                 422, 429, 500, 502, 503, 302, 999, 0};
  size_t n;
  const char *text;
  lua_getglobal(L, "reply");
  lua_pushinteger(L, (lua_Integer)byte(r));
  lua_pushboolean(L, (int)byte(r) & 1);
  lua_pushinteger(L, statuses[byte(r) % 16]);
  push_text(L, r);
  lua_pushlstring(L, (const char *)r->p, r->n);
  if (lua_pcall(L, 5, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  text = lua_tolstring(L, -1, &n);
  if (text != NULL) {
    check_words(text, n);
  }
}

static lua_State *open(void) {
  lua_State *L = luaL_newstate();
  must(L != NULL);
  luaL_openlibs(L);
  luaL_requiref(L, "shopwire.core", luaopen_shopwire_core, 0);
  lua_setglobal(L, "core");
  must(luaL_loadstring(L, script) == LUA_OK);
  lua_getglobal(L, "core");
  lua_pushstring(L, HOME);
  lua_pushstring(L, HOME_V2);
  lua_pushstring(L, SECRET);
  if (lua_pcall(L, 4, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  rows = sw_instamojo.rows;
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  struct reader r;
  unsigned what;
  if (L == NULL) {
    L = open();
  }
  r.p = data;
  r.n = size;
  what = byte(&r);
  if (what & 1) {
    answer(L, &r);
  } else {
    const struct sw_row *row = &rows[what / 2 % sw_instamojo.count];
    /* what a script itself gives is shown to it */
    if (row->body != SW_MULTIPART && !holds_secret((const char *)data, size)) {
      build(L, &r, row);
    }
  }
  lua_settop(L, 0);
  return 0;
}
