/* From Lua values to JSON, by raw access: no metamethod runs, so no script
   does. What has no exact JSON is refused with a sentence that says where.
   Must not know: libcurl, the services, the tape. */
#include "compat.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "json_write.h"
#include "ljson.h"

#define LARGEST ((size_t)1 << 30)
#define WHERE_MAX 160
#define SHOWN 40 /* bytes of a key that a sentence shows */

/* One key or index on the way to the value at hand. */
struct step {
  const char *key; /* anchored on the Lua stack; NULL: an index */
  size_t size;
};

struct writer {
  lua_State *L;
  struct sw_buf *out;
  int array_mt; /* absolute stack index, or an upvalue's */
  int depth;
  struct step path[SW_JSON_DEPTH];
};

/* Follows the path as far as there is room; whatever is not plain ASCII
   shows as '?'. */
static void where(const struct writer *w, char out[WHERE_MAX + 1]) {
  size_t n = (size_t)snprintf(out, WHERE_MAX, "value");
  size_t k;
  int i;
  for (i = 0; i < w->depth && n + SHOWN + 8 < WHERE_MAX; i++) {
    const struct step *s = &w->path[i];
    if (s->key == NULL) {
      n += (size_t)snprintf(out + n, WHERE_MAX - n, "[%lu]",
                            (unsigned long)s->size);
      continue;
    }
    out[n++] = '.';
    for (k = 0; k < s->size && k < SHOWN; k++) {
      char c = s->key[k];
      out[n++] = c > ' ' && c < 127 ? c : '?';
    }
  }
  out[n] = '\0';
}

/* Pushes the sentence. Returns -1. May raise, as every push. */
static int refuse(struct writer *w, const char *what) {
  char at[WHERE_MAX + 1];
  where(w, at);
  lua_pushfstring(w->L, "%s: %s", at, what);
  return -1;
}

static int full(struct writer *w) {
  if (w->out->failed == SW_BUF_MEMORY) {
    return refuse(w, "out of memory");
  }
  return refuse(w, "the JSON text grows too large");
}

static int add(struct writer *w, const char *p, size_t n) {
  return sw_buf_add(w->out, p, n) == 0 ? 0 : full(w);
}

static inline int add_char(struct writer *w, char c) {
  struct sw_buf *b = w->out;
  if (b->len == b->cap && sw_buf_room(b, 1) != 0) {
    return full(w);
  }
  b->data[b->len++] = c;
  return 0;
}

static int write_string(struct writer *w, int index) {
  size_t n;
  size_t bad = 0;
  const char *p = lua_tolstring(w->L, index, &n);
  char what[64];
  if (sw_json_quote(w->out, p, n, &bad) == 0) {
    return 0;
  }
  if (w->out->failed) {
    return full(w);
  }
  snprintf(what, sizeof what, "byte %lu of the text is not UTF-8",
           (unsigned long)bad + 1);
  return refuse(w, what);
}

static int write_number(struct writer *w, int index) {
  char text[SW_JSON_DIGITS];
  size_t n;
#if SW_LUA_INTEGERS
  if (sw_isinteger(w->L, index)) {
    n = sw_json_print_int((int64_t)lua_tointeger(w->L, index), text);
    return add(w, text, n);
  }
#endif
  n = sw_json_print((double)lua_tonumber(w->L, index), text);
  if (n == 0) {
    return refuse(w, "an infinity or NaN has no JSON");
  }
  return add(w, text, n);
}

/* Whether the value at `index` is the named sentinel of a loaded cjson.
   Raw reads only. May raise: it pushes strings. */
static int is_cjsons(lua_State *L, int index, const char *name) {
  static const char *const path[] = {"_LOADED", "cjson"};
  int top = lua_gettop(L);
  int found = 0;
  size_t i;
  index = lua_absindex(L, index);
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  for (i = 0; i < 2 && lua_istable(L, -1); i++) {
    lua_pushstring(L, path[i]);
    lua_rawget(L, -2);
  }
  if (lua_istable(L, -1)) {
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    found = !lua_isnil(L, -1) && lua_rawequal(L, -1, index);
  }
  lua_settop(L, top);
  return found;
}

/* Marked by us, or by a cjson that has such marks. */
static int is_marked(struct writer *w, int table) {
  int marked;
  if (!lua_getmetatable(w->L, table)) {
    return 0;
  }
  marked = lua_rawequal(w->L, -1, w->array_mt) ||
           is_cjsons(w->L, -1, "array_mt") ||
           is_cjsons(w->L, -1, "empty_array_mt");
  lua_pop(w->L, 1);
  return marked;
}

static int write_value(struct writer *w, int index);

/* How many keys a table has. */
static size_t count_keys(lua_State *L, int table) {
  size_t n = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    n++;
  }
  return n;
}

static int write_array(struct writer *w, int table, size_t n) {
  struct step *step = &w->path[w->depth];
  size_t i;
  if (count_keys(w->L, table) != n || n > INT32_MAX) {
    return refuse(w, "a list with holes or with keys beside 1 to n");
  }
  if (add_char(w, '[') != 0) {
    return -1;
  }
  w->depth++;
  for (i = 1; i <= n; i++) {
    step->key = NULL;
    step->size = i;
    lua_rawgeti(w->L, table, (int)i);
    if (i > 1 && add_char(w, ',') != 0) {
      return -1;
    }
    if (write_value(w, lua_gettop(w->L)) != 0) {
      return -1;
    }
    lua_pop(w->L, 1);
  }
  w->depth--;
  return add_char(w, ']');
}

/* The key is under the value, on top of the stack. */
static int write_pair(struct writer *w, int first) {
  struct step *step = &w->path[w->depth];
  int key = lua_gettop(w->L) - 1;
  int status;
  if (lua_type(w->L, key) != LUA_TSTRING) {
    char what[80];
    snprintf(what, sizeof what, "a key of an object is a %s, not a string",
             lua_typename(w->L, lua_type(w->L, key)));
    return refuse(w, what);
  }
  if (!first && add_char(w, ',') != 0) {
    return -1;
  }
  step->key = lua_tolstring(w->L, key, &step->size);
  w->depth++;
  status = write_string(w, key);
  if (status == 0) {
    status = add_char(w, ':');
  }
  if (status == 0) {
    status = write_value(w, key + 1);
  }
  w->depth--;
  return status;
}

static int write_object(struct writer *w, int table) {
  int first = 1;
  if (add_char(w, '{') != 0) {
    return -1;
  }
  lua_pushnil(w->L);
  while (lua_next(w->L, table)) {
    if (write_pair(w, first) != 0) {
      return -1;
    }
    lua_pop(w->L, 1);
    first = 0;
  }
  return add_char(w, '}');
}

static int write_table(struct writer *w, int table) {
  size_t n = lua_rawlen(w->L, table);
  if (w->depth == SW_JSON_DEPTH) {
    return refuse(w, "nested deeper than 128 (or in itself)");
  }
  luaL_checkstack(w->L, 10, "a table is nested too deeply for JSON");
  if (n > 0 || is_marked(w, table)) {
    return write_array(w, table, n);
  }
  return write_object(w, table);
}

static int write_light(struct writer *w, int index) {
  if (lua_touserdata(w->L, index) == NULL) {
    return add(w, SW_LIT("null"));
  }
  if (is_cjsons(w->L, index, "empty_array")) {
    return add(w, SW_LIT("[]"));
  }
  return refuse(w, "a light userdata has no JSON");
}

/* `index` is absolute. 0, nothing pushed; or -1 with a sentence on top, above
   whatever was under way. */
static int write_value(struct writer *w, int index) {
  char what[64];
  int type = lua_type(w->L, index);
  switch (type) {
    case LUA_TSTRING:
      return write_string(w, index);
    case LUA_TNUMBER:
      return write_number(w, index);
    case LUA_TBOOLEAN:
      return lua_toboolean(w->L, index) ? add(w, SW_LIT("true"))
                                        : add(w, SW_LIT("false"));
    case LUA_TTABLE:
      return write_table(w, index);
    case LUA_TLIGHTUSERDATA:
      return write_light(w, index);
    default:
      snprintf(what, sizeof what, "a %s has no JSON",
               lua_typename(w->L, type));
      return refuse(w, what);
  }
}

int sw_ljson_encode_into(lua_State *L, int index, int array_mt,
                         struct sw_buf *out) {
  struct writer w;
  int base = lua_gettop(L);
  w.L = L;
  w.out = out;
  w.array_mt = lua_absindex(L, array_mt);
  w.depth = 0;
  luaL_checkstack(L, 10, "no room for JSON");
  if (write_value(&w, lua_absindex(L, index)) == 0) {
    return 0;
  }
  lua_insert(L, base + 1);
  lua_settop(L, base + 1);
  return -1;
}

struct page {
  struct sw_buf text;
  int busy; /* 1: json_encode is inside, or was left by an error */
};

static int collect(lua_State *L) {
  struct page *page = lua_touserdata(L, 1);
  if (page != NULL) {
    sw_buf_wipe(&page->text);
  }
  return 0;
}

static struct page *new_page(lua_State *L) {
  struct page *page = sw_newuserdata(L, sizeof *page);
  sw_buf_init(&page->text, LARGEST);
  page->busy = 0;
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "__gc");
  lua_pushcfunction(L, collect);
  lua_rawset(L, -3);
  lua_setmetatable(L, -2);
  return page;
}

/* json_encode(value) → text, or nil, sentence. Raises without an argument,
   and out of memory. A finalizer may come here while a text is being pushed:
   it gets a page of its own. */
static int encode(lua_State *L) {
  struct page *page = lua_touserdata(L, lua_upvalueindex(1));
  int results = 1;
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  if (page->busy) {
    page = new_page(L);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(1));
  } else {
    lua_pushvalue(L, lua_upvalueindex(1));
  }
  page->busy = 1;
  if (sw_ljson_encode_into(L, 1, lua_upvalueindex(2), &page->text) != 0) {
    lua_pushnil(L);
    lua_insert(L, -2);
    results = 2;
  } else {
    lua_pushlstring(L, page->text.data, page->text.len);
  }
  if (page->text.cap > (size_t)1 << 20) {
    sw_buf_wipe(&page->text);
  }
  sw_buf_clear(&page->text);
  page->busy = 0;
  return results;
}

void sw_ljson_push_encode(lua_State *L, int array_mt) {
  array_mt = lua_absindex(L, array_mt);
  new_page(L);
  lua_pushvalue(L, array_mt);
  lua_pushcclosure(L, encode, 2);
}
