/* Webhooks: is this body really from the service? Parsed, signed and compared
   here; HMAC is libcrypto's. Must not know: libcurl, what the fields mean. */
#include <string.h>

#include "alloc.h"
#include "form.h"
#include "lshop.h"
#include "secret.h"
#include "text.h"

/* All that one verification owns, in a userdata. */
struct check {
  struct sw_form form;
  struct sw_buf message;
};

static int check_gc(lua_State *L) {
  struct check *c = lua_touserdata(L, 1);
  sw_form_free(&c->form);
  sw_buf_free(&c->message);
  return 0;
}

static struct check *new_check(lua_State *L) {
  struct check *c = sw_newuserdata(L, sizeof *c);
  memset(c, 0, sizeof *c);
  sw_buf_init(&c->message, SW_FORM_BYTES + SW_FORM_PAIRS);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, check_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return c;
}

/* The bytes of a salt at stack position i: text or a secret. */
static struct sw_str salt_bytes(lua_State *L, int i) {
  const struct sw_secret *secret = sw_test(L, i, SW_UP_SECRET);
  struct sw_str salt = {NULL, 0};
  if (secret != NULL) {
    salt.p = secret->bytes;
    salt.n = secret->n;
  } else if (lua_type(L, i) == LUA_TSTRING) {
    salt.p = lua_tolstring(L, i, &salt.n);
  }
  return salt;
}

static int mac_is(lua_State *L, struct sw_str salt, const struct sw_buf *text,
                  struct sw_str mac) {
  static const char digits[] = "0123456789abcdef";
  unsigned char sum[20];
  char hex[40], given[40];
  size_t i;
  const struct sw_engine_api *api = sw_engine_door(L);
  if (api->hmac_sha1(salt.p, salt.n, text->data, text->len, sum) != 0) {
    return sw_nomem(L);
  }
  for (i = 0; i < sizeof sum; i++) {
    hex[2 * i] = digits[sum[i] >> 4];
    hex[2 * i + 1] = digits[sum[i] & 15];
  }
  if (mac.n != sizeof hex) {
    return 0;
  }
  for (i = 0; i < sizeof hex; i++) {
    given[i] = sw_lower(mac.p[i]);
  }
  return sw_same(hex, sizeof hex, given, sizeof given);
}

static int refuse(lua_State *L, const char *message, const char *hint) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, hint);
  return 3;
}

static struct sw_str trimmed(struct sw_str s) {
  while (s.n > 0 && (unsigned char)s.p[0] <= ' ') {
    s.p++;
    s.n--;
  }
  while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ') {
    s.n--;
  }
  return s;
}

/* Which mistake does a wrong MAC look like? */
static const char *diagnose(lua_State *L, const struct check *c,
                            struct sw_str body, struct sw_str mac) {
  size_t i, salts = lua_rawlen(L, 2);
  for (i = 1; i <= salts; i++) {
    struct sw_str salt, bare;
    lua_rawgeti(L, 2, (int)i);
    salt = salt_bytes(L, lua_gettop(L));
    bare = trimmed(salt);
    if (bare.n != salt.n && mac_is(L, bare, &c->message, mac)) {
      return "the salt has white space around it: trim it";
    }
    lua_pop(L, 1);
  }
  if (c->form.bad_escapes > 0 || memchr(body.p, ' ', body.n) != NULL ||
      memchr(body.p, '@', body.n) != NULL) {
    return "the body looks decoded already: hand over the raw bytes of the "
           "request";
  }
  return "is this the private salt of this very account and host (sandbox and "
         "production have their own), and is the body exactly as received?";
}

static const char *body_wrong(struct sw_str body, const char **hint) {
  struct sw_str text = trimmed(body);
  *hint = "hand over the raw bytes of the request";
  if (text.n == 0) {
    return "the webhook's body is empty";
  }
  if (text.p[0] == '{' || text.p[0] == '[') {
    *hint = "the service posts a form: a framework has parsed and rewritten "
            "the body, hand over its raw bytes";
    return "the webhook's body is JSON, not a form";
  }
  return NULL;
}

static void push_pairs(lua_State *L, const struct sw_form *form) {
  size_t i;
  lua_createtable(L, 0, (int)form->count);
  for (i = 0; i < form->count; i++) {
    lua_pushlstring(L, form->pairs[i].name.p, form->pairs[i].name.n);
    lua_pushlstring(L, form->pairs[i].value.p, form->pairs[i].value.n);
    lua_rawset(L, -3);
  }
}

/* Compares with each salt, all of them, whichever fits. Index or 0. */
static size_t fitting_salt(lua_State *L, const struct sw_buf *message,
                           struct sw_str mac) {
  size_t i, fits = 0, salts = lua_rawlen(L, 2);
  for (i = 1; i <= salts; i++) {
    struct sw_str salt;
    lua_rawgeti(L, 2, (int)i);
    salt = salt_bytes(L, lua_gettop(L));
    if (salt.n > 0 && mac_is(L, salt, message, mac) && fits == 0) {
      fits = i;
    }
    lua_pop(L, 1);
  }
  return fits;
}

/* core.webhook(body, salts) → fields, number of the salt that fits; or nil,
   what is wrong, hint. May raise. */
static int webhook(lua_State *L) {
  struct check *c;
  struct sw_str body;
  const struct sw_form_pair *mac;
  const char *wrong, *hint;
  size_t fits;
  body.p = luaL_checklstring(L, 1, &body.n);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  wrong = body_wrong(body, &hint);
  if (wrong != NULL) {
    return refuse(L, wrong, hint);
  }
  c = new_check(L);
  switch (sw_form_parse(&c->form, body.p, body.n)) {
    case SW_FORM_OK:
      break;
    case SW_FORM_MEMORY:
      return sw_nomem(L);
    default:
      return refuse(L, "the webhook's body is larger than any webhook is",
                    "1 MiB and 1000 fields are the most that is read");
  }
  if (sw_form_twice(c->form.pairs, c->form.count) != NULL) {
    return refuse(L, "a field stands twice in the webhook's body",
                  "the signature covers values, not names: such a body may "
                  "have been tampered with");
  }
  mac = sw_form_find(c->form.pairs, c->form.count, "mac");
  if (mac == NULL || mac->value.n != 40) {
    return refuse(L, "the webhook's body has no mac of 40 hex digits",
                  "is this request from the service at all?");
  }
  if (sw_form_message(&c->message, c->form.pairs, c->form.count, "mac") != 0) {
    return sw_nomem(L);
  }
  fits = fitting_salt(L, &c->message, mac->value);
  if (fits == 0) {
    return refuse(L, "the webhook's mac does not fit",
                  diagnose(L, c, body, mac->value));
  }
  push_pairs(L, &c->form);
  lua_pushinteger(L, (lua_Integer)fits);
  return 2;
}

/* core.hmac_sha1(key, text) → 40 hex digits. May raise. */
static int hmac_sha1(lua_State *L) {
  static const char digits[] = "0123456789abcdef";
  struct sw_str key = salt_bytes(L, 1);
  struct sw_str text;
  unsigned char sum[20];
  char hex[40];
  size_t i;
  text.p = luaL_checklstring(L, 2, &text.n);
  if (sw_engine_door(L)->hmac_sha1(key.p, key.n, text.p, text.n, sum) != 0) {
    return sw_nomem(L);
  }
  for (i = 0; i < sizeof sum; i++) {
    hex[2 * i] = digits[sum[i] >> 4];
    hex[2 * i + 1] = digits[sum[i] & 15];
  }
  lua_pushlstring(L, hex, sizeof hex);
  return 1;
}

/* core.random(n) → n unpredictable bytes as hex. May raise. */
static int random_hex(lua_State *L) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[64];
  char hex[128];
  size_t i, n = (size_t)luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 1 && n <= sizeof bytes, 1, "1 to 64");
  if (sw_engine_door(L)->random(bytes, n) != 0) {
    return luaL_error(L, "no random bytes can be had");
  }
  for (i = 0; i < n; i++) {
    hex[2 * i] = digits[bytes[i] >> 4];
    hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  lua_pushlstring(L, hex, 2 * n);
  return 1;
}

const luaL_Reg sw_webhook_functions[] = {
  {"webhook", webhook},
  {"hmac_sha1", hmac_sha1},
  {"random", random_hex},
  {NULL, NULL},
};
