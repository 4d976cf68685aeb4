/* Fields that are maps or lists, in brackets as PHP reads them:
   option[226]=15, product[0][option][223][]=8. Problems are collected as in
   lfields.c. No metamethod is ever called.
   Must not know: libcurl, any one service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lfields.h"
#include "text.h"

enum {
  KEYS = 256,     /* of one map */
  DEPTH = 8,      /* of a free table */
  NAME = 256,     /* bytes of a bracketed name */
  VOUCHER = 300,  /* bytes of a voucher in a session beside its texts */
  KEY_MAX = 2147483647
};

/* Bytes of the text as the server keeps it: entities, then JSON. */
static size_t stored(struct sw_str text) {
  size_t i, n = 0;
  for (i = 0; i < text.n; i++) {
    unsigned char c = (unsigned char)text.p[i];
    if (c == '"') {
      n += 6;
    } else if (c == '&') {
      n += 5;
    } else if (c == '<' || c == '>') {
      n += 4;
    } else if (c == '/' || c == '\\') {
      n += 2;
    } else if (c < 0x20 || c >= 0xC0) {
      n += c >= 0xF0 ? 12 : 6;
    } else {
      n += c < 0x80;
    }
  }
  return n;
}

void sw_build_weigh(struct sw_build *b, const struct sw_field *f,
                    struct sw_str value) {
  if (!b->php || strcmp(b->row->group, "voucher") != 0 ||
      strcmp(b->row->name, "apply") == 0) {
    return;
  }
  b->weight += stored(value);
  if (strcmp(f->name, "to_name") == 0) { /* again in its description */
    b->weight += stored(value) + VOUCHER;
  }
}

static void problem_of(struct sw_build *b, const char *name,
                       const char *text) {
  sw_problem(b);
  sw_buf_adds(&b->s->why, name);
  sw_buf_addc(&b->s->why, ' ');
  sw_buf_adds(&b->s->why, text);
}

/* The key at stack position i as a number, or 0 when it is none. */
static long key_of(lua_State *L, int i) {
  if (lua_type(L, i) == LUA_TNUMBER) {
    double n = lua_tonumber(L, i);
    return n >= 1 && n <= KEY_MAX && n == (double)(long)n ? (long)n : 0;
  }
  if (lua_type(L, i) == LUA_TSTRING) {
    size_t n, at;
    const char *text = lua_tolstring(L, i, &n);
    long key = 0;
    for (at = 0; at < n && n < 10 && sw_is_digit(text[at]); at++) {
      key = key * 10 + (text[at] - '0');
    }
    return n > 0 && at == n && text[0] != '0' ? key : 0;
  }
  return 0;
}

static int compare(const void *a, const void *b) {
  long x = *(const long *)a;
  long y = *(const long *)b;
  return x < y ? -1 : x > y;
}

/* Keys of the table at t in their order; returns how many, or -1 after a
   problem. Lua's own order differs from run to run. */
static int keys_of(lua_State *L, struct sw_build *b,
                   const struct sw_field *f, int t, long keys[KEYS]) {
  int count = 0;
  int i;
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    long key = key_of(L, lua_gettop(L) - 1);
    lua_pop(L, 1);
    if (key == 0 || count == KEYS) {
      lua_pop(L, 1);
      problem_of(b, f->name, key == 0 ? "must have numbers as keys, such as "
                                        "{[226] = 15}"
                                      : "has more than 256 keys");
      return -1;
    }
    keys[count++] = key;
  }
  qsort(keys, (size_t)count, sizeof keys[0], compare);
  for (i = 1; i < count; i++) {
    if (keys[i] == keys[i - 1]) {
      problem_of(b, f->name, "has the same key as a number and as text");
      return -1;
    }
  }
  return count;
}

/* Pushes t[key], the key a number or its digits. */
static void push_at(lua_State *L, int t, long key) {
  char digits[24];
  lua_rawgeti(L, t, (int)key);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    snprintf(digits, sizeof digits, "%ld", key);
    lua_pushstring(L, digits);
    lua_rawget(L, t);
  }
}

/* One scalar, at stack position i, under its full name. */
static void add_scalar(lua_State *L, struct sw_build *b,
                       const struct sw_field *f, const char *shown,
                       const char *name, int i) {
  struct sw_field one;
  struct sw_value v;
  struct sw_str full, value;
  size_t mark = b->s->why.len;
  memset(&one, 0, sizeof one);
  one.name = shown;
  one.kind = SW_TEXT;
  one.flags = f->flags & (SW_ESCAPED | SW_NARROW);
  sw_buf_clear(&b->s->value);
  sw_read_value(L, i, &v);
  sw_problem(b);
  if (sw_field_check(&one, &v, &b->s->value, &b->s->why) != 0) {
    return;
  }
  value.p = b->s->value.data;
  value.n = b->s->value.len;
  if (f->kind == SW_OPTIONS &&
      (value.n == 0 || (value.n == 1 && value.p[0] == '0'))) {
    sw_buf_adds(&b->s->why, shown);
    sw_buf_adds(&b->s->why, " is empty or 0, which the shop takes for not "
                            "given: leave it out");
    return;
  }
  b->s->why.len = mark; /* no problem after all */
  b->problems--;
  if (b->s->value.failed && !b->out->failed) {
    b->out->failed = b->s->value.failed;
  }
  full.p = name;
  full.n = strlen(name);
  sw_add_pair(b, full, value);
}

static void add_values(lua_State *L, struct sw_build *b,
                       const struct sw_field *f, const char *shown,
                       const char *name, int t) {
  char each[NAME + 4];
  size_t n = lua_rawlen(L, t);
  size_t i;
  snprintf(each, sizeof each, "%s[]", name);
  if (n == 0) {
    problem_of(b, shown, "must be a value or a list of one value or more");
  }
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, t, (int)i);
    add_scalar(L, b, f, shown, each, lua_gettop(L));
    lua_pop(L, 1);
  }
}

static void build_map(lua_State *L, struct sw_build *b,
                      const struct sw_field *f, int t) {
  long keys[KEYS];
  char shown[96], name[NAME];
  int count, i;
  count = keys_of(L, b, f, t, keys);
  for (i = 0; i < count; i++) {
    snprintf(shown, sizeof shown, "%s[%ld]", f->name, keys[i]);
    if (b->prefix[0] != '\0') {
      snprintf(name, sizeof name, "%s[%s][%ld]", b->prefix, f->name,
               keys[i]);
    } else {
      snprintf(name, sizeof name, "%s", shown);
    }
    push_at(L, t, keys[i]);
    if (lua_type(L, -1) == LUA_TTABLE) {
      add_values(L, b, f, shown, name, lua_gettop(L));
    } else {
      add_scalar(L, b, f, shown, name, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
}

static const struct sw_part *part_of(const struct sw_build *b,
                                     const char *name) {
  size_t i;
  for (i = 0; b->service != NULL && i < b->service->part_count; i++) {
    if (strcmp(b->service->parts[i].field, name) == 0) {
      return &b->service->parts[i];
    }
  }
  return NULL;
}

/* A list and nothing else? */
static int is_list(lua_State *L, int t, size_t n) {
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    count++;
    lua_pop(L, 1);
  }
  return n > 0 && count == n;
}

/* Each entry is built as if it were a call of its own, under a prefix. */
static void build_list(lua_State *L, struct sw_build *b,
                       const struct sw_field *f, int t) {
  const struct sw_part *part = part_of(b, f->name);
  const struct sw_row *whole = b->row;
  struct sw_row row = *whole;
  size_t n = lua_rawlen(L, t);
  size_t i;
  if (part == NULL || !is_list(L, t, n)) {
    problem_of(b, f->name, "must be a list of one entry or more");
    return;
  }
  row.fields = part->fields;
  row.field_count = part->count;
  b->row = &row;
  for (i = 0; i < n; i++) {
    snprintf(b->prefix, sizeof b->prefix, "%.10s[%lu]", f->name,
             (unsigned long)i % 100000000);
    snprintf(b->where, sizeof b->where, "%.10s[%lu]: ", f->name,
             (unsigned long)(i + 1) % 100000000);
    lua_rawgeti(L, t, (int)i + 1);
    sw_build_fields(L, b, lua_gettop(L));
    lua_pop(L, 1);
  }
  b->prefix[0] = '\0';
  b->where[0] = '\0';
  b->row = whole;
}

void sw_build_nested(lua_State *L, struct sw_build *b,
                     const struct sw_field *f, int i) {
  luaL_checkstack(L, 12, "nested fields");
  if (lua_type(L, i) != LUA_TTABLE) {
    problem_of(b, f->name, f->kind == SW_LIST
                             ? "must be a list of one entry or more"
                             : "must be a table, such as {[226] = 15}");
  } else if (f->kind == SW_LIST) {
    build_list(L, b, f, i);
  } else {
    build_map(L, b, f, i);
  }
}

/* Names that would take the core's own place in the query. */
static int is_reserved(const char *name) {
  return strcmp(name, "route") == 0 || strcmp(name, "api_token") == 0 ||
         strcmp(name, "store_id") == 0;
}

static int php_scalar(lua_State *L, struct sw_build *b, const char *name,
                      int i) {
  struct sw_field one;
  struct sw_value v;
  struct sw_str full, value;
  memset(&one, 0, sizeof one);
  one.name = name;
  one.kind = lua_type(L, i) == LUA_TBOOLEAN ? SW_FLAG : SW_TEXT;
  sw_buf_clear(&b->s->value);
  sw_read_value(L, i, &v);
  if (sw_field_check(&one, &v, &b->s->value, &b->s->why) != 0) {
    return -1;
  }
  if (b->s->value.failed && !b->out->failed) {
    b->out->failed = b->s->value.failed;
  }
  full.p = name;
  full.n = strlen(name);
  value.p = b->s->value.data;
  value.n = b->s->value.len;
  sw_add_pair(b, full, value);
  return 0;
}

/* Writes the name of the key at stack position i below `name`. 0, or -1 when
   it is neither a number nor text, or too long. */
static int bracket(lua_State *L, int i, const char *name, char out[NAME]) {
  int n = -1;
  if (lua_type(L, i) == LUA_TNUMBER &&
      lua_tonumber(L, i) == (double)(long)lua_tonumber(L, i)) {
    n = snprintf(out, NAME, name[0] != '\0' ? "%s[%ld]" : "%s%ld", name,
                 (long)lua_tonumber(L, i));
  } else if (lua_type(L, i) == LUA_TSTRING) {
    size_t size;
    const char *key = lua_tolstring(L, i, &size);
    if (strlen(key) != size) {
      return -1;
    }
    n = snprintf(out, NAME, name[0] != '\0' ? "%s[%s]" : "%s%s", name, key);
  }
  return n > 0 && n < NAME ? 0 : -1;
}

static void php_table(lua_State *L, struct sw_build *b, int t,
                      const char *name, int depth) {
  char full[NAME];
  luaL_checkstack(L, 8, "nested fields");
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    int value = lua_gettop(L);
    size_t mark = b->s->why.len;
    int wrong = bracket(L, value - 1, name, full);
    sw_problem(b);
    if (wrong) {
      sw_buf_adds(&b->s->why, "a key must be text or an integer, and not "
                              "long");
    } else if (depth == 1 && b->reserved && is_reserved(full)) {
      sw_buf_adds(&b->s->why, full);
      sw_buf_adds(&b->s->why, " is set by the session itself");
    } else if (lua_type(L, value) == LUA_TTABLE && depth == DEPTH) {
      sw_buf_adds(&b->s->why, "a field is nested too deeply");
    } else if (lua_type(L, value) == LUA_TTABLE ||
               php_scalar(L, b, full, value) == 0) {
      b->s->why.len = mark;
      b->problems--;
      if (lua_type(L, value) == LUA_TTABLE) {
        php_table(L, b, value, full, depth + 1);
      }
    }
    lua_pop(L, 1);
  }
}

void sw_build_php(lua_State *L, struct sw_build *b, int t, const char *what) {
  (void)what;
  php_table(L, b, t, "", 1);
}
