/* What a shop's answer means beside its data: noise ahead of it, complaints,
   signs for the session, decimals beside formatted money, cookies.
   Must not know: libcurl, how a session is led. */
#include <string.h>

#include "fail_shop.h"
#include "head.h"
#include "lshop.h"
#include "noise.h"
#include "shape.h"
#include "text.h"

enum { NOISE_MAX = 4096, DEPTH = 6 };

/* Keeps what stood before the JSON, safe to show and without secrets. */
static int keep_noise(struct sw_request *r, struct sw_scratch *s, size_t n) {
  struct sw_fail *f = &s->fail;
  int bad;
  n = n < NOISE_MAX ? n : NOISE_MAX;
  bad = sw_fail_set(f, SW_FAIL_NONE, SW_STAGE_RECEIVE, r->t.reply.data, n,
                    NULL);
  bad = bad || sw_reply_redact(f, r) != 0 ||
        sw_buf_add(&r->noise, f->message.data, f->message.len) != 0;
  sw_fail_free(f);
  return bad ? -1 : 0;
}

/* Did the shop get the call and not answer it? A proxy that lost the shop
   says 502 or 504. A login writes no session that anybody holds. */
static int is_suspect(const struct sw_request *r) {
  if (r->row->auth != SW_AUTH_SESSION) {
    return 0;
  }
  return r->t.fault != SW_FAULT_NONE
           ? r->t.byte_left
           : r->t.status == 502 || r->t.status == 504;
}

int sw_session_scan(struct sw_request *r, struct sw_scratch *s) {
  const struct sw_buf *body = &r->t.reply;
  int found = 0;
  size_t noise = 0;
  sw_buf_clear(&r->noise);
  sw_buf_clear(&r->warnings);
  r->signs = is_suspect(r) ? SW_SIGN_SUSPECT : 0;
  if (r->t.fault != SW_FAULT_NONE) {
    return 0;
  }
  if (body->len > 0) {
    found = sw_noise_scan(&s->json, body->data, body->len, &noise) == 0;
    if (!found && s->json.memory) {
      return -1;
    }
  }
  if (!found) {
    return 0;
  }
  if (noise > 0 && keep_noise(r, s, noise) != 0) {
    return -1;
  }
  if (r->t.status >= 200 && r->t.status <= 299) {
    r->signs |= sw_shop_signs(r->row, &s->json);
  }
  return 1;
}

int sw_session_shape(struct sw_request *r, struct sw_scratch *s) {
  if (sw_shop_warnings(&r->warnings, &s->json) != 0) {
    return -1;
  }
  return r->raw ? 0 : sw_shape(&s->json);
}

/* Sets KEY_decimal beside t[key], if that is money that can be read. */
static void set_decimal(lua_State *L, int t, const char *key) {
  size_t n, used = 0;
  const char *text;
  char amount[32];
  lua_pushstring(L, key);
  lua_rawget(L, t);
  if (lua_type(L, -1) == LUA_TSTRING) {
    text = lua_tolstring(L, -1, &n);
    used = sw_shape_amount(amount, text, n);
  }
  lua_pop(L, 1);
  if (used > 0) {
    lua_pushfstring(L, "%s_decimal", key);
    lua_pushlstring(L, amount, used);
    lua_rawset(L, t);
  }
}

static void set_decimals(lua_State *L, int t, int depth) {
  if (depth == 0) {
    return;
  }
  luaL_checkstack(L, 8, "prices");
  set_decimal(L, t, "price");
  set_decimal(L, t, "total");
  set_decimal(L, t, "text");
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    if (lua_type(L, -1) == LUA_TTABLE) {
      set_decimals(L, lua_gettop(L), depth - 1);
    }
    lua_pop(L, 1);
  }
}

void sw_session_finish(lua_State *L, const struct sw_request *r) {
  int t = lua_gettop(L);
  if ((r->row->flags & SW_PRICED) == 0 || lua_type(L, t) != LUA_TTABLE) {
    return;
  }
  if (r->row->reply == NULL) { /* a complaint beside data is in the meta */
    lua_pushliteral(L, "error");
    lua_pushnil(L);
    lua_rawset(L, t);
  }
  set_decimals(L, t, DEPTH);
}

/* Adds sentences to the list on top, of which n are there already. */
static void add_warnings(lua_State *L, const struct sw_request *r, int n) {
  size_t i, at = 0;
  for (i = 0; i < r->row->field_count && i < 32; i++) {
    if (r->odd & (1u << i)) {
      lua_pushfstring(L, "%s is not a number: the shop takes it for none, "
                         "answers success and orders without it",
                      r->row->fields[i].name);
      lua_rawseti(L, -2, ++n);
    }
  }
  while (at < r->warnings.len) {
    const char *text = r->warnings.data + at;
    size_t size = strlen(text);
    lua_pushlstring(L, text, size);
    lua_rawseti(L, -2, ++n);
    at += size + 1;
  }
}

void sw_session_meta(lua_State *L, const struct sw_request *r) {
  lua_getfield(L, -1, "warnings");
  add_warnings(L, r, (int)lua_rawlen(L, -1));
  lua_pop(L, 1);
  if (r->noise.len > 0) {
    lua_pushlstring(L, r->noise.data, r->noise.len);
    lua_setfield(L, -2, "noise");
  }
  if (r->signs & SW_SIGN_NOTHING) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "nothing_to_ship");
  }
}

/* request:signs() → doubt, suspect, nothing_to_ship of the last outcome. */
static int signs(lua_State *L) {
  const struct sw_request *r = sw_ticket_check(L, 1);
  lua_pushboolean(L, (r->signs & SW_SIGN_DOUBT) != 0);
  lua_pushboolean(L, (r->signs & SW_SIGN_SUSPECT) != 0);
  lua_pushboolean(L, (r->signs & SW_SIGN_NOTHING) != 0);
  return 3;
}

/* request:set_cookies() → the Set-Cookie lines' values in order. May raise. */
static int set_cookies(lua_State *L) {
  const struct sw_request *r = sw_ticket_check(L, 1);
  struct sw_head head;
  struct sw_header h;
  size_t at = 0;
  int n = 0;
  sw_head_parse(&head, r->t.head.data, r->t.head.len);
  lua_newtable(L);
  while (sw_head_next(&head, &at, &h)) {
    static const char name[] = "set-cookie";
    if (sw_same_case(h.name.p, h.name.n, name, sizeof name - 1)) {
      lua_pushlstring(L, h.value.p, h.value.n);
      lua_rawseti(L, -2, ++n);
    }
  }
  return 1;
}

const luaL_Reg sw_session_methods[] = {
  {"signs", signs}, {"set_cookies", set_cookies}, {NULL, NULL},
};
