/* From a JSON tape to Lua values: exactly sized tables, and a cache of key
   strings that also remembers which key followed which, so that the records
   of a list find their keys by one comparison each.
   Must not know: libcurl, the services, how a tape is made. */
#include "compat.h"

#include <string.h>

#include "json.h"
#include "json_write.h"
#include "ljson.h"

#define SLOTS 256  /* a power of two; slot 0 is nobody's */
#define KEY_MAX 40 /* longer keys are not cached */
#define EXACT ((int64_t)1 << 53)

/* Kept out of the loop over pairs, which then has registers enough. */
#define RARE __attribute__((noinline))

struct slot {
  uint32_t filled; /* length + 1, or 0 */
  uint16_t next;   /* the slot of the key that last followed this one */
  uint16_t child;  /* ... that last began an object below this one */
  char text[KEY_MAX];
};

struct sw_ljson {
  struct sw_json scratch;
  int busy; /* 1: json_decode is inside, or was left by an error */
  struct slot slots[SLOTS + 1];
};

/* An open table. */
struct level {
  uint32_t left;  /* values still to come */
  uint32_t index; /* of the last item of a list */
  int object;
  unsigned slot;  /* of the key to which the table belongs */
  uint16_t *link; /* where the next key's slot is guessed and noted */
  uint64_t seen;  /* one bit for each slot that has a value here */
};

struct walk {
  lua_State *L;
  struct sw_ljson *lj;
  const struct sw_json *j;
  const struct sw_json_node *at; /* the next node */
  int keys;     /* stack index: the cached strings by slot */
  int array_mt; /* stack index */
  unsigned depth;
  struct level levels[SW_JSON_DEPTH + 1];
};

static inline const char *bytes(const struct sw_json *j,
                                const struct sw_json_node *node) {
  return ((node->kind & SW_JSON_MOVED) ? j->unescaped : j->text) +
         node->u.start;
}

/* memcmp for short keys, by words that may overlap. */
static inline int same4(const char *a, const char *b) {
  uint32_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return x == y;
}

static inline int same8(const char *a, const char *b) {
  uint64_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return x == y;
}

static inline int same(const char *a, const char *b, size_t n) {
  size_t i;
  if (n > 16) {
    return memcmp(a, b, n) == 0;
  }
  if (n >= 8) {
    return same8(a, b) && same8(a + n - 8, b + n - 8);
  }
  if (n >= 4) {
    return same4(a, b) && same4(a + n - 4, b + n - 4);
  }
  for (i = 0; i < n && a[i] == b[i]; i++) {
  }
  return i == n;
}

static inline int is_in(const struct slot *slot, const char *p, size_t n) {
  return slot->filled == n + 1 && same(slot->text, p, n);
}

static unsigned home(const char *p, size_t n) {
  uint32_t hash = 2166136261u ^ (uint32_t)n;
  size_t i;
  for (i = 0; i < n; i++) {
    hash = (hash ^ (unsigned char)p[i]) * 16777619u;
  }
  return ((hash ^ hash >> 16) & (SLOTS - 1)) + 1;
}

/* Stores a key at its home. The slot is empty while the push may raise or
   run a finalizer that decodes. Returns 0 for a key that is too long. */
RARE static unsigned learn(struct walk *w, const char *p, size_t n) {
  unsigned at;
  struct slot *slot;
  if (n > KEY_MAX) {
    return 0;
  }
  at = home(p, n);
  slot = &w->lj->slots[at];
  if (is_in(slot, p, n)) {
    return at;
  }
  slot->filled = 0;
  lua_pushlstring(w->L, p, n);
  lua_rawseti(w->L, w->keys, (int)at);
  slot->next = 0;
  slot->child = 0;
  memcpy(slot->text, p, n);
  slot->filled = (uint32_t)n + 1;
  return at;
}

static inline void push_key(struct walk *w, unsigned slot, const char *p,
                            size_t n) {
  if (slot != 0) {
    lua_rawgeti(w->L, w->keys, (int)slot);
  } else {
    lua_pushlstring(w->L, p, n);
  }
}

/* A null takes away what an earlier duplicate of its key has set. */
RARE static void erase(struct walk *w, unsigned slot, const char *p,
                       size_t n) {
  push_key(w, slot, p, n);
  lua_rawget(w->L, -2);
  if (!lua_isnil(w->L, -1)) {
    push_key(w, slot, p, n);
    lua_pushnil(w->L);
    lua_rawset(w->L, -4);
  }
  lua_pop(w->L, 1);
}

/* Integers that Lua cannot hold exactly stay text. */
static void push_int(lua_State *L, const struct sw_json *j,
                     const struct sw_json_node *node) {
  int64_t value = node->u.number;
#if SW_LUA_INTEGERS
  if ((int64_t)(lua_Integer)value == value) {
    lua_pushinteger(L, (lua_Integer)value);
    return;
  }
#else
  if (value >= -EXACT && value <= EXACT) {
    lua_pushnumber(L, (lua_Number)value);
    return;
  }
#endif
  lua_pushlstring(L, j->text + node->size, node->kind >> 8);
}

/* A number that is no 64-bit integer: a float if it has a point or an
   exponent and is in range, else its text. */
static void push_number(lua_State *L, struct sw_str text) {
  double value;
  size_t i = 0;
  while (i < text.n && text.p[i] != '.' && (text.p[i] | 32) != 'e') {
    i++;
  }
  if (i < text.n && sw_json_double(text, &value) == 0) {
    lua_pushnumber(L, (lua_Number)value);
  } else {
    lua_pushlstring(L, text.p, text.n);
  }
}

static void push_empty(lua_State *L, int array_mt, int object) {
  lua_createtable(L, 0, 0);
  if (!object) {
    lua_pushvalue(L, array_mt);
    lua_setmetatable(L, -2);
  }
}

/* Pushes anything but a string and returns 1; or 0, nothing pushed, for a
   container that has something in it. */
static int push_other(const struct walk *w, const struct sw_json_node *node) {
  lua_State *L = w->L;
  unsigned type = node->kind & SW_JSON_TYPE;
  struct sw_str text;
  switch (type) {
    case SW_JSON_INT:
      push_int(L, w->j, node);
      break;
    case SW_JSON_NUMBER:
      text.p = bytes(w->j, node);
      text.n = node->size;
      push_number(L, text);
      break;
    case SW_JSON_FALSE:
    case SW_JSON_TRUE:
      lua_pushboolean(L, type == SW_JSON_TRUE);
      break;
    case SW_JSON_ARRAY:
    case SW_JSON_OBJECT:
      if (node->size > 0) {
        return 0;
      }
      push_empty(L, w->array_mt, type == SW_JSON_OBJECT);
      break;
    default:
      lua_pushlightuserdata(L, NULL);
      break;
  }
  return 1;
}

static inline int push(const struct walk *w,
                       const struct sw_json_node *node) {
  if ((node->kind & SW_JSON_TYPE) == SW_JSON_STRING) {
    lua_pushlstring(w->L, bytes(w->j, node), node->size);
    return 1;
  }
  return push_other(w, node);
}

/* Pushes an empty table of the right size and goes inside. `slot` is that of
   the key to which it belongs. */
static void enter(struct walk *w, const struct sw_json_node *node,
                  unsigned slot) {
  struct level *at = &w->levels[w->depth + 1];
  luaL_checkstack(w->L, 8, "a JSON text is nested too deeply");
  at->left = node->size;
  at->index = 0;
  at->seen = 0;
  at->slot = slot;
  at->link = &w->lj->slots[slot].child;
  at->object = (node->kind & SW_JSON_TYPE) == SW_JSON_OBJECT;
  if (at->object) {
    lua_createtable(w->L, 0, (int)(node->size - node->u.box.nulls));
  } else {
    lua_createtable(w->L, (int)node->size, 0);
  }
  w->at = node + 1;
  w->depth++;
}

/* Sets the pairs of the table on top. 1 when it has them all, 0 when one of
   its values is to be filled first. */
static int pairs(struct walk *w, struct level *at) {
  const struct sw_json_node *key = w->at;
  struct slot *slots = w->lj->slots;
  uint16_t *link = at->link;
  uint64_t seen = at->seen;
  uint32_t left = at->left;
  for (; left > 0; left--, key += 2) {
    const char *p = bytes(w->j, key);
    size_t n = key->size;
    unsigned slot = *link;
    if (!is_in(&slots[slot], p, n)) {
      slot = learn(w, p, n);
      *link = (uint16_t)slot;
    }
    link = &slots[slot].next;
    if ((key[1].kind & SW_JSON_TYPE) == SW_JSON_NULL) {
      if (seen >> (slot & 63) & 1) {
        erase(w, slot, p, n);
      }
      continue;
    }
    seen |= (uint64_t)1 << (slot & 63);
    push_key(w, slot, p, n);
    if (!push(w, key + 1)) {
      at->left = left - 1;
      at->link = link;
      at->seen = seen;
      enter(w, key + 1, slot);
      return 0;
    }
    lua_rawset(w->L, -3);
  }
  w->at = key;
  return 1;
}

/* As pairs, for a list. */
static int items(struct walk *w, struct level *at) {
  while (at->left > 0) {
    at->left--;
    if (!push(w, w->at)) {
      enter(w, w->at, at->slot);
      return 0;
    }
    w->at++;
    at->index++;
    lua_rawseti(w->L, -2, (int)at->index);
  }
  return 1;
}

static void walk(struct walk *w) {
  if (!push(w, w->at)) {
    enter(w, w->at, 0);
  }
  while (w->depth > 0) {
    struct level *at = &w->levels[w->depth];
    if (!(at->object ? pairs(w, at) : items(w, at))) {
      continue;
    }
    w->depth--;
    at--;
    if (w->depth > 0 && at->object) {
      lua_rawset(w->L, -3);
    } else if (w->depth > 0) {
      at->index++;
      lua_rawseti(w->L, -2, (int)at->index);
    }
  }
}

void sw_ljson_decode_into(lua_State *L, int lj, const struct sw_json *j,
                          size_t node) {
  struct walk w;
  int base = lua_gettop(L);
  luaL_checkstack(L, 12, "no room for a JSON value");
  w.L = L;
  w.lj = lua_touserdata(L, lj);
  w.j = j;
  w.at = &j->tape[node];
  w.depth = 0;
  sw_getuservalue(L, lj);
  w.keys = base + 1;
  lua_rawgeti(L, w.keys, SLOTS + 1);
  w.array_mt = base + 2;
  walk(&w);
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}

static int collect(lua_State *L) {
  struct sw_ljson *lj = lua_touserdata(L, 1);
  if (lj != NULL) {
    sw_json_free(&lj->scratch);
  }
  return 0;
}

struct sw_ljson *sw_ljson_new(lua_State *L, int array_mt) {
  struct sw_ljson *lj;
  array_mt = lua_absindex(L, array_mt);
  luaL_checkstack(L, 6, "no room for a JSON reader");
  lj = sw_newuserdata(L, sizeof *lj);
  memset(lj, 0, sizeof *lj);
  lua_createtable(L, SLOTS + 1, 0);
  lua_pushvalue(L, array_mt);
  lua_rawseti(L, -2, SLOTS + 1);
  sw_setuservalue(L, -2);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "__gc");
  lua_pushcfunction(L, collect);
  lua_rawset(L, -3);
  lua_setmetatable(L, -2);
  return lj;
}

struct sw_json *sw_ljson_scratch(struct sw_ljson *lj) {
  return &lj->scratch;
}

/* Pushes a reader that nobody else is using. A finalizer may come here while
   a decode is under way, and an error may have left one half-way: then a new
   reader takes the old one's place. */
static struct sw_ljson *borrow(lua_State *L) {
  struct sw_ljson *lj = lua_touserdata(L, lua_upvalueindex(1));
  if (lj->busy) {
    lj = sw_ljson_new(L, lua_upvalueindex(2));
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(1));
  } else {
    lua_pushvalue(L, lua_upvalueindex(1));
  }
  return lj;
}

/* json_decode(text) → value, or nil, sentence, position. Raises when text is
   no string, and out of memory. */
static int decode(lua_State *L) {
  size_t len;
  const char *text;
  struct sw_ljson *lj;
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 1);
  text = lua_tolstring(L, 1, &len);
  lj = borrow(L);
  if (sw_json_scan(&lj->scratch, text, len) != 0) {
    size_t at = lj->scratch.at + 1; /* the push may run a finalizer */
    lua_pushnil(L);
    lua_pushfstring(L, "%s at byte %d", lj->scratch.error, (int)at);
    lua_pushinteger(L, (lua_Integer)at);
    return 3;
  }
  lj->busy = 1;
  sw_ljson_decode_into(L, 2, &lj->scratch, 0);
  sw_json_reuse(&lj->scratch);
  lj->busy = 0;
  return 1;
}

/* array(t) → t, marked as a list: empty, it is written as []. */
static int array(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setmetatable(L, 1);
  return 1;
}

void sw_ljson_register(lua_State *L) {
  int module = lua_gettop(L);
  luaL_checkstack(L, 8, "no room for the JSON functions");
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "shopwire.array");
  lua_setfield(L, -2, "__name");
  sw_ljson_new(L, module + 1);
  lua_pushvalue(L, module + 1);
  lua_pushcclosure(L, decode, 2);
  lua_setfield(L, module, "json_decode");
  sw_ljson_push_encode(L, module + 1);
  lua_setfield(L, module, "json_encode");
  lua_pushvalue(L, module + 1);
  lua_pushcclosure(L, array, 1);
  lua_setfield(L, module, "array");
  lua_setfield(L, module, "array_mt");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, module, "null");
}
