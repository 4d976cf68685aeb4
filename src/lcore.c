/* Opens shopwire.core: makes the types, hands every function the same
   upvalues, shows the rows to Lua. Opens no socket and loads no libcurl.
   Must not know: libcurl, OpenSSL. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "field.h"
#include "ljson.h"
#include "lshop.h"
#include "money.h"
#include "suggest.h"
#include "text.h"

static const struct sw_service *const services[] = {&sw_instamojo,
                                                    &sw_invotide};

enum { SERVICES = sizeof services / sizeof services[0] };

double sw_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int sw_nomem(lua_State *L) {
  return luaL_error(L, "not enough memory");
}

int sw_ending(lua_State *L) {
  return luaL_error(L, "this Lua state is being closed and takes no more "
                       "calls: make them before its end, not in a "
                       "finalizer");
}

void *sw_test(lua_State *L, int i, enum sw_upvalue type) {
  void *p = lua_touserdata(L, i);
  if (p == NULL || !lua_getmetatable(L, i)) {
    return NULL;
  }
  if (!lua_rawequal(L, -1, lua_upvalueindex(type))) {
    p = NULL;
  }
  lua_pop(L, 1);
  return p;
}

void *sw_check(lua_State *L, int i, enum sw_upvalue type, const char *what) {
  void *p = sw_test(L, i, type);
  if (p == NULL) {
    luaL_error(L, "%s expected, got %s: call it with a colon", what,
               luaL_typename(L, i));
  }
  return p;
}

void *sw_new(lua_State *L, size_t size, enum sw_upvalue type) {
  void *p = sw_newuserdata(L, size);
  memset(p, 0, size);
  lua_pushvalue(L, lua_upvalueindex(type));
  lua_setmetatable(L, -2);
  return p;
}

const struct sw_service *sw_check_service(lua_State *L, int i) {
  const char *name = luaL_checkstring(L, i);
  size_t k;
  for (k = 0; k < SERVICES; k++) {
    if (strcmp(services[k]->name, name) == 0) {
      return services[k];
    }
  }
  luaL_error(L, "%s is not a service", name);
  return NULL;
}

void sw_push_row_name(lua_State *L, const struct sw_row *row) {
  if (row->group[0] == '\0') {
    lua_pushstring(L, row->name);
  } else {
    lua_pushfstring(L, "%s.%s", row->group, row->name);
  }
}

static int scratch_gc(lua_State *L) {
  struct sw_scratch *s = lua_touserdata(L, 1);
  sw_buf_wipe(&s->url); /* a session's token is in it */
  sw_buf_wipe(&s->body);
  sw_buf_wipe(&s->lines);
  sw_buf_wipe(&s->value);
  sw_buf_free(&s->why);
  sw_json_free(&s->json);
  sw_fail_free(&s->fail);
  return 0;
}

static void init_scratch(struct sw_scratch *s) {
  memset(s, 0, sizeof *s);
  sw_buf_init(&s->url, 65536);
  sw_buf_init(&s->body, (size_t)32 << 20);
  sw_buf_init(&s->lines, 65536);
  sw_buf_init(&s->value, (size_t)32 << 20);
  sw_buf_init(&s->why, 65536);
}

struct sw_scratch *sw_borrow(lua_State *L) {
  struct sw_scratch *s = lua_touserdata(L, lua_upvalueindex(SW_UP_SCRATCH));
  const struct sw_pool *pool =
      lua_touserdata(L, lua_upvalueindex(SW_UP_POOL));
  if (pool->closed) {
    sw_ending(L); /* nobody would free what is made now */
  }
  if (s->busy) {
    s = sw_newuserdata(L, sizeof *s);
    init_scratch(s);
    lua_getmetatable(L, lua_upvalueindex(SW_UP_SCRATCH));
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(SW_UP_SCRATCH));
  } else {
    lua_pushvalue(L, lua_upvalueindex(SW_UP_SCRATCH));
  }
  s->busy = 1;
  sw_buf_clear(&s->url);
  sw_buf_clear(&s->body);
  sw_buf_clear(&s->lines);
  sw_buf_clear(&s->value);
  sw_buf_clear(&s->why);
  return s;
}

void sw_give_back(struct sw_scratch *s) {
  s->busy = 0;
}

void sw_register(lua_State *L, const luaL_Reg *list, int base) {
  int i;
  for (i = 0; i < SW_UPVALUES; i++) {
    lua_pushvalue(L, base + i);
  }
  sw_setfuncs(L, list, SW_UPVALUES);
}

/* core.now() → seconds of a clock that never goes back. */
static int now(lua_State *L) {
  lua_pushnumber(L, sw_now());
  return 1;
}

/* core.suggest(word, { candidate, … }) → the nearest, or nil. */
static int suggest(lua_State *L) {
  const char *names[64];
  const char *found;
  size_t n, i, count;
  const char *word = luaL_checklstring(L, 1, &n);
  luaL_checktype(L, 2, LUA_TTABLE);
  count = lua_rawlen(L, 2);
  if (count > sizeof names / sizeof names[0]) {
    count = sizeof names / sizeof names[0];
  }
  luaL_checkstack(L, (int)count + 2, "candidates");
  for (i = 0; i < count; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    names[i] = luaL_checkstring(L, -1);
  }
  found = sw_suggest_in(word, n, names, count);
  lua_pushstring(L, found); /* nil for NULL */
  return 1;
}

/* core.money(value) → decimal text, hundredths; or nil and what is wrong. */
static int money(lua_State *L) {
  struct sw_money m;
  int bad = -1;
  size_t n;
  const char *text;
  m.minor = 0;
  if (lua_type(L, 1) == LUA_TSTRING) {
    text = lua_tolstring(L, 1, &n);
    bad = sw_money_text(&m, text, n, 1);
  } else if (sw_isinteger(L, 1)) {
    bad = sw_money_int(&m, (int64_t)lua_tointeger(L, 1), 1);
  } else if (lua_type(L, 1) == LUA_TNUMBER) {
    bad = sw_money_float(&m, lua_tonumber(L, 1), 1);
  } else {
    luaL_argerror(L, 1, "an amount must be text or a number");
  }
  if (bad != 0) {
    lua_pushnil(L);
    lua_pushstring(L, m.why);
    return 2;
  }
  lua_pushstring(L, m.text);
  if (SW_LUA_INTEGERS) {
    lua_pushinteger(L, (lua_Integer)m.minor);
  } else {
    lua_pushnumber(L, (lua_Number)m.minor);
  }
  return 2;
}

/* core.show(text, cap) → the text made safe to print. */
static int show(lua_State *L) {
  size_t n;
  const char *text = luaL_checklstring(L, 1, &n);
  size_t cap = (size_t)luaL_optinteger(L, 2, 500);
  struct sw_scratch *s = sw_borrow(L);
  sw_text_show(&s->value, text, n, cap);
  if (s->value.failed) {
    sw_give_back(s);
    return sw_nomem(L);
  }
  lua_pushlstring(L, s->value.len > 0 ? s->value.data : "", s->value.len);
  sw_give_back(s);
  return 1;
}

static void set_string(lua_State *L, const char *key, const char *text) {
  if (text != NULL) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
  }
}

static void set_flag(lua_State *L, const char *key, unsigned on) {
  if (on != 0) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, key);
  }
}

/* Pushes the words of a list that ends in NUL, split at spaces. */
static void push_words(lua_State *L, const char *at) {
  int i = 0;
  lua_newtable(L);
  while (*at != '\0') {
    size_t n = strcspn(at, " ");
    lua_pushlstring(L, at, n);
    lua_rawseti(L, -2, ++i);
    at += n + strspn(at + n, " ");
  }
}

static void push_fields(lua_State *L, const struct sw_service *service,
                        const struct sw_field *fields, size_t count);

/* Sets the fields of one entry, if the field is a list. */
static void set_parts(lua_State *L, const struct sw_service *service,
                      const struct sw_field *f) {
  size_t i;
  for (i = 0; f->kind == SW_LIST && i < service->part_count; i++) {
    const struct sw_part *part = &service->parts[i];
    if (strcmp(part->field, f->name) == 0) {
      push_fields(L, service, part->fields, part->count);
      lua_setfield(L, -2, "parts");
    }
  }
}

static void push_field(lua_State *L, const struct sw_service *service,
                       const struct sw_field *f) {
  lua_createtable(L, 0, 8);
  set_parts(L, service, f);
  set_string(L, "name", f->name);
  set_string(L, "kind", sw_kind_name(f->kind));
  set_string(L, "help", f->help);
  set_flag(L, "required", f->flags & SW_REQUIRED);
  set_flag(L, "hidden", f->flags & SW_HIDDEN);
  set_flag(L, "internal", f->flags & SW_INTERNAL);
  set_flag(L, "token", f->flags & SW_TOKEN);
  set_flag(L, "preset", f->flags & SW_PRESET);
  lua_pushinteger(L, f->min);
  lua_setfield(L, -2, "min");
  if (f->max != 0) {
    lua_pushinteger(L, f->max);
    lua_setfield(L, -2, "max");
  }
  if (f->choices != NULL) {
    push_words(L, f->choices);
    lua_setfield(L, -2, "choices");
  }
}

static void push_fields(lua_State *L, const struct sw_service *service,
                        const struct sw_field *fields, size_t count) {
  size_t i;
  lua_createtable(L, (int)count, 0);
  for (i = 0; i < count; i++) {
    push_field(L, service, &fields[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

/* Sets the names of the slots in a mask as a list. */
static void set_slots(lua_State *L, const struct sw_service *service,
                      const char *key, unsigned mask) {
  size_t i;
  int at = 0;
  lua_newtable(L);
  for (i = 0; i < service->slot_count; i++) {
    if (mask & (1u << i)) {
      lua_pushstring(L, service->slots[i].name);
      lua_rawseti(L, -2, ++at);
    }
  }
  lua_setfield(L, -2, key);
}

/* What the row on top does to the slots; its full name is in it. */
static void set_effects(lua_State *L, const struct sw_service *service) {
  const char *name;
  size_t i;
  lua_getfield(L, -1, "full_name");
  name = lua_tostring(L, -1);
  lua_pop(L, 1); /* the row keeps it alive */
  for (i = 0; i < service->effect_count; i++) {
    const struct sw_effect *e = &service->effects[i];
    if (strcmp(e->row, name) == 0) {
      set_slots(L, service, "needs", e->needs);
      set_slots(L, service, "sets", e->sets);
      set_slots(L, service, "drops", e->drops);
      set_slots(L, service, "fails", e->fails);
      push_words(L, e->when);
      lua_setfield(L, -2, "when");
    }
  }
}

/* Pushes the names in braces of a path. */
static void push_args(lua_State *L, const char *path) {
  const char *at = strchr(path, '{');
  int i = 0;
  lua_newtable(L);
  while (at != NULL) {
    size_t n = strcspn(at + 1, "}");
    lua_pushlstring(L, at + 1, n);
    lua_rawseti(L, -2, ++i);
    at = strchr(at + n, '{');
  }
}

static void push_row(lua_State *L, const struct sw_service *service,
                     size_t id) {
  const struct sw_row *row = &service->rows[id];
  lua_createtable(L, 0, 20);
  lua_pushinteger(L, (lua_Integer)id);
  lua_setfield(L, -2, "id");
  sw_push_row_name(L, row);
  lua_setfield(L, -2, "full_name");
  set_string(L, "group", row->group);
  set_string(L, "name", row->name);
  set_string(L, "flat", row->flat);
  set_string(L, "verb", row->verb);
  set_string(L, "path", row->path);
  set_string(L, "body", sw_body_name(row->body));
  set_string(L, "auth", sw_auth_name(row->auth));
  set_string(L, "retry", sw_class_name(row->retry));
  set_string(L, "reply", row->reply);
  set_string(L, "row_id", row->id);
  set_string(L, "lookup", row->lookup);
  set_string(L, "evidence", sw_evidence_name(row->evidence));
  set_string(L, "help", row->help);
  set_flag(L, "positional", row->flags & SW_POSITIONAL);
  set_flag(L, "paged", row->flags & SW_PAGED);
  set_flag(L, "gone_is_done", row->flags & SW_GONE_IS_DONE);
  set_flag(L, "secret_reply", row->flags & SW_SECRET_REPLY);
  set_flag(L, "adds_are_once", row->flags & SW_ADDS_ARE_ONCE);
  set_flag(L, "inner", row->flags & SW_INNER);
  set_flag(L, "slow", row->flags & SW_SLOW);
  set_flag(L, "priced", row->flags & SW_PRICED);
  set_effects(L, service);
  push_args(L, row->path);
  lua_setfield(L, -2, "args");
  push_fields(L, service, row->fields, row->field_count);
  lua_setfield(L, -2, "fields");
}

/* core.rows(service) → a fresh list of its rows as tables. May raise. */
static int rows(lua_State *L) {
  const struct sw_service *service = sw_check_service(L, 1);
  size_t i;
  lua_createtable(L, (int)service->count, 0);
  for (i = 0; i < service->count; i++) {
    push_row(L, service, i);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* core.slots(service) → { { name, step }, … } in the order in which a session
   is built again. May raise. */
static int slots(lua_State *L) {
  const struct sw_service *service = sw_check_service(L, 1);
  size_t i;
  lua_createtable(L, (int)service->slot_count, 0);
  for (i = 0; i < service->slot_count; i++) {
    lua_createtable(L, 0, 2);
    set_string(L, "name", service->slots[i].name);
    set_string(L, "step", service->slots[i].step);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

/* core.engine_version() → libcurl's words; loads the engine. */
static int engine_version(lua_State *L) {
  lua_pushstring(L, sw_engine_door(L)->describe());
  return 1;
}

static const luaL_Reg functions[] = {
  {"now", now},   {"suggest", suggest}, {"money", money},
  {"show", show}, {"rows", rows},       {"engine_version", engine_version},
  {"slots", slots},
  {NULL, NULL},
};

extern const luaL_Reg sw_webhook_functions[];

/* Pushes the upvalues, SW_UP_VIEW first. The module is at stack position 1.
   Each type is a metatable whose __index is itself. */
static void push_upvalues(lua_State *L) {
  int i;
  for (i = SW_UP_VIEW; i <= SW_UP_ENGINE; i++) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
  sw_pool_new(L);
  init_scratch(sw_newuserdata(L, sizeof(struct sw_scratch)));
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, scratch_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_getfield(L, 1, "array_mt");
  sw_ljson_new(L, lua_gettop(L));
  lua_insert(L, -2);
}

static void register_type(lua_State *L, const luaL_Reg *functions_of,
                          const luaL_Reg *methods, int base,
                          enum sw_upvalue type) {
  lua_pushvalue(L, 1);
  sw_register(L, functions_of, base);
  lua_pop(L, 1);
  lua_pushvalue(L, base + type - 1);
  sw_register(L, methods, base);
  lua_pop(L, 1);
}

__attribute__((visibility("default")))
int luaopen_shopwire_core(lua_State *L) {
  int base = 2;
  sw_checkversion(L);
  lua_settop(L, 0);
  if (sw_core_again(L)) {
    return 1; /* its types are those of what is under way */
  }
  lua_createtable(L, 0, 32);
  sw_ljson_register(L);
  push_upvalues(L);
  register_type(L, sw_view_functions, sw_view_methods, base, SW_UP_VIEW);
  register_type(L, sw_request_functions, sw_request_methods, base,
                SW_UP_REQUEST);
  register_type(L, sw_route_functions, sw_sent_methods, base,
                SW_UP_REQUEST);
  lua_pushvalue(L, base + SW_UP_REQUEST - 1);
  sw_register(L, sw_session_methods, base);
  sw_register(L, sw_ticket_methods, base);
  lua_pop(L, 1);
  register_type(L, sw_webhook_functions, sw_reply_methods, base,
                SW_UP_REQUEST);
  register_type(L, sw_secret_functions, sw_secret_methods, base,
                SW_UP_SECRET);
  register_type(L, sw_file_functions, sw_file_methods, base, SW_UP_FILE);
  register_type(L, sw_engine_functions, sw_engine_methods, base,
                SW_UP_ENGINE);
  lua_pushvalue(L, 1);
  sw_register(L, functions, base);
  lua_getfield(L, -1, "keep");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
  lua_pushnil(L);
  lua_setfield(L, 1, "keep");
  return 1;
}
