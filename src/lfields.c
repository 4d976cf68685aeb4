/* Reads tables of fields and options, checks them against the row and
   appends what goes on the wire. Problems are collected, not raised, so that
   a caller hears of all of them at once. No metamethod is ever called: these
   functions are leaves. Must not know: libcurl, any one service. */
#include "lfields.h"

#include <stdio.h>
#include <string.h>

#include "field.h"
#include "suggest.h"
#include "text.h"

static const char *const option_names[] = {
  "deadline", "retries", "headers", "extra", "raw", "json", "v2",
};

enum { OPTIONS = sizeof option_names / sizeof option_names[0] };

/* Of the one call that places an order; the session takes it out before the
   options come here. So whoever meets it here has it in the wrong place. */
static int is_reference(const char *name, size_t n) {
  return n == 9 && memcmp(name, "reference", 9) == 0;
}

static int is_option(const char *name, size_t n) {
  size_t i;
  for (i = 0; i < OPTIONS; i++) {
    if (strlen(option_names[i]) == n &&
        memcmp(option_names[i], name, n) == 0) {
      return 1;
    }
  }
  return 0;
}

void sw_problem(struct sw_build *b) {
  if (b->problems++ > 0) {
    sw_buf_add(&b->s->why, SW_LIT("; "));
  }
  sw_buf_adds(&b->s->why, b->where);
}

static void problem(struct sw_build *b, const char *text) {
  sw_problem(b);
  sw_buf_adds(&b->s->why, text);
}

static void show_key(lua_State *L, struct sw_build *b, int key) {
  size_t n;
  const char *name;
  if (lua_type(L, key) == LUA_TSTRING) {
    name = lua_tolstring(L, key, &n);
    sw_text_show(&b->s->why, name, n, 60);
  } else {
    sw_buf_add(&b->s->why, SW_LIT("a key that is a "));
    sw_buf_adds(&b->s->why, luaL_typename(L, key));
  }
}

static void did_you_mean(struct sw_build *b, const char *name) {
  if (name != NULL) {
    sw_buf_add(&b->s->why, SW_LIT(" (did you mean "));
    sw_buf_adds(&b->s->why, name);
    sw_buf_addc(&b->s->why, '?');
    sw_buf_addc(&b->s->why, ')');
  }
}

static const char *field_name(const void *list, size_t i) {
  const struct sw_row *row = list;
  if (i >= row->field_count) {
    return NULL;
  }
  return (row->fields[i].flags & SW_INTERNAL) ? "" : row->fields[i].name;
}


static void unknown_field(lua_State *L, struct sw_build *b, int key) {
  size_t n = 0;
  const char *name = NULL;
  sw_problem(b);
  show_key(L, b, key);
  if (lua_type(L, key) == LUA_TSTRING) {
    name = lua_tolstring(L, key, &n);
  }
  if (name != NULL && is_option(name, n)) {
    sw_buf_add(&b->s->why, SW_LIT(" is an option, not a field: it belongs "
                                  "into the table after the fields"));
    return;
  }
  if (name != NULL && is_reference(name, n)) {
    sw_buf_add(&b->s->why, SW_LIT(" is not a field: it is an option of "
                                  "a call that places an order"));
    return;
  }
  sw_buf_add(&b->s->why, SW_LIT(" is not a field of this call"));
  if (name != NULL) {
    did_you_mean(b, sw_suggest(name, n, field_name, b->row));
  }
}

/* The Lua value at i as a plain value. Pushes nothing, raises nothing. */
void sw_read_value(lua_State *L, int i, struct sw_value *v) {
  memset(v, 0, sizeof *v);
  switch (lua_type(L, i)) {
    case LUA_TSTRING:
      v->type = SW_VALUE_TEXT;
      v->text.p = lua_tolstring(L, i, &v->text.n);
      return;
    case LUA_TBOOLEAN:
      v->type = SW_VALUE_BOOL;
      v->integer = lua_toboolean(L, i);
      return;
    case LUA_TNUMBER:
      v->real = lua_tonumber(L, i);
      v->type = SW_VALUE_REAL;
      if (sw_isinteger(L, i)) {
        v->type = SW_VALUE_INT;
        v->integer = (int64_t)lua_tointeger(L, i);
      } else if (!SW_LUA_INTEGERS && v->real > -9007199254740993.0 &&
                 v->real < 9007199254740993.0 &&
                 v->real == (double)(int64_t)v->real) {
        v->type = SW_VALUE_INT;
        v->integer = (int64_t)v->real;
      }
      return;
    default:
      v->type = SW_VALUE_OTHER;
      v->text.p = luaL_typename(L, i);
      v->text.n = strlen(v->text.p);
  }
}

void sw_add_pair(struct sw_build *b, struct sw_str name,
                 struct sw_str value) {
  int form = b->out == &b->s->body;
  if (b->first) {
    sw_buf_addc(b->out, (char)b->first);
  }
  b->first = '&';
  b->pairs++;
  if (form) {
    sw_escape_form(b->out, name.p, name.n);
    sw_buf_addc(b->out, '=');
    sw_escape_form(b->out, value.p, value.n);
  } else {
    sw_escape_query(b->out, name.p, name.n);
    sw_buf_addc(b->out, '=');
    sw_escape_query(b->out, value.p, value.n);
  }
}

static void add_checked(struct sw_build *b, const struct sw_field *f) {
  struct sw_str name, value;
  char full[160];
  name.p = f->name;
  if (b->prefix[0] != '\0') {
    snprintf(full, sizeof full, "%s[%s]", b->prefix, f->name);
    name.p = full;
  }
  name.n = strlen(name.p);
  value.p = b->s->value.data;
  value.n = b->s->value.len;
  if (b->explain && (f->flags & SW_HIDDEN)) {
    value.p = "[secret]";
    value.n = 8;
  }
  if (b->s->value.failed && !b->out->failed) {
    b->out->failed = b->s->value.failed; /* rather than send a part of it */
  }
  sw_build_weigh(b, f, value);
  sw_add_pair(b, name, value);
}

/* A path, or what shopwire.file made of one: { path = "…" }. */
static void check_file_field(lua_State *L, struct sw_build *b,
                             const struct sw_field *f, int i) {
  int ok = lua_type(L, i) == LUA_TSTRING;
  if (lua_type(L, i) == LUA_TTABLE) {
    lua_pushliteral(L, "path");
    lua_rawget(L, i);
    ok = lua_type(L, -1) == LUA_TSTRING;
    lua_pop(L, 1);
  }
  if (!ok) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, f->name);
    sw_buf_adds(&b->s->why, " must be a path or shopwire.file(path)");
  }
}

/* Is t[name] there, and of that Lua type (or of a second one)? -1 when it is
   there with another type. */
static int item_has(lua_State *L, int t, const char *name, int type,
                    int other) {
  int found;
  lua_pushstring(L, name);
  lua_rawget(L, t);
  found = lua_type(L, -1);
  lua_pop(L, 1);
  if (found == LUA_TNIL) {
    return 0;
  }
  return found == type || found == other ? 1 : -1;
}

/* Is t.is_active there, and false? -1 when it is there as anything else: true
   is what only the service says. */
static int item_ends(lua_State *L, int t) {
  int ends;
  lua_pushliteral(L, "is_active");
  lua_rawget(L, t);
  ends = lua_isnil(L, -1) ? 0 : -1;
  if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
    ends = 1;
  }
  lua_pop(L, 1);
  return ends;
}

/* One script value item at stack position t: one of the three documented
   forms and nothing else. */
static const char *item_wrong(lua_State *L, struct sw_build *b, int t) {
  int id, variable, value, ends, keys = 0;
  if (lua_type(L, t) != LUA_TTABLE) {
    return "must be a table";
  }
  id = item_has(L, t, "id", LUA_TSTRING, LUA_TNUMBER);
  variable = item_has(L, t, "variable_id", LUA_TSTRING, LUA_TNUMBER);
  value = item_has(L, t, "value", LUA_TSTRING, LUA_TSTRING);
  ends = item_ends(L, t);
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    keys++;
    lua_pop(L, 1);
  }
  if (id < 0 || variable < 0) {
    return "has an id that is neither text nor a number";
  }
  if (value < 0) {
    return "has a value that is not text";
  }
  if (keys == 2 && variable && value) {
    b->adds = 1;
    return NULL;
  }
  if (keys == 2 && id && (value || ends == 1)) {
    return NULL;
  }
  return "must be {variable_id, value} to add, {id, value} to change or "
         "{id, is_active = false} to remove";
}

static void check_items(lua_State *L, struct sw_build *b,
                        const struct sw_field *f, int t) {
  size_t n, i;
  if (lua_type(L, t) != LUA_TTABLE || lua_rawlen(L, t) == 0) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, f->name);
    sw_buf_adds(&b->s->why, " must be a list of one item or more");
    return;
  }
  n = lua_rawlen(L, t);
  for (i = 1; i <= n; i++) {
    const char *wrong;
    lua_rawgeti(L, t, (int)i);
    wrong = item_wrong(L, b, lua_gettop(L));
    lua_pop(L, 1);
    if (wrong != NULL) {
      sw_problem(b);
      sw_buf_adds(&b->s->why, f->name);
      sw_buf_addc(&b->s->why, '[');
      sw_buf_addu(&b->s->why, i);
      sw_buf_adds(&b->s->why, "] ");
      sw_buf_adds(&b->s->why, wrong);
    }
  }
}

/* Field f with the value at stack position i, nil included. Returns 1 when
   the value was there. */
static int build_field(lua_State *L, struct sw_build *b,
                       const struct sw_field *f, int i) {
  struct sw_value v;
  size_t mark;
  int taken;
  if (lua_isnoneornil(L, i)) {
    if (f->flags & SW_REQUIRED) {
      sw_problem(b);
      sw_buf_adds(&b->s->why, f->name);
      sw_buf_adds(&b->s->why, " is missing");
    } else if (f->flags & SW_PRESET) {
      sw_buf_clear(&b->s->value);
      sw_buf_add(&b->s->value, f->choices, strcspn(f->choices, " "));
      add_checked(b, f);
    }
    return 0;
  }
  if (f->kind == SW_FILE) {
    check_file_field(L, b, f, i);
    return 1;
  }
  if (f->kind == SW_ITEMS) {
    check_items(L, b, f, i);
    return 1;
  }
  if (f->kind == SW_OPTIONS || f->kind == SW_MAP || f->kind == SW_LIST) {
    sw_build_nested(L, b, f, i);
    return 1;
  }
  sw_read_value(L, i, &v);
  sw_buf_clear(&b->s->value);
  mark = b->s->why.len;
  sw_problem(b);
  taken = sw_field_check(f, &v, &b->s->value, &b->s->why);
  if (taken == 1 && b->strict) {
    sw_buf_adds(&b->s->why, f->name);
    sw_buf_adds(&b->s->why, " must be the number that the shop has for it");
  } else if (taken >= 0) {
    b->odd |= taken == 1 ? 1u << (f - b->row->fields) : 0;
    b->s->why.len = mark; /* no problem after all */
    b->problems--;
    add_checked(b, f);
  }
  return 1;
}

void sw_build_positional(lua_State *L, struct sw_build *b, int arg) {
  size_t i;
  for (i = 0; i < b->row->field_count; i++) {
    build_field(L, b, &b->row->fields[i], arg + (int)i);
  }
}

static void find_unknown(lua_State *L, struct sw_build *b, int t) {
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    const struct sw_field *f = NULL;
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) {
      size_t n;
      const char *name = lua_tolstring(L, -1, &n);
      f = sw_field_find(b->row->fields, b->row->field_count, name, n);
    }
    if (f == NULL || (f->flags & SW_INTERNAL)) {
      unknown_field(L, b, lua_gettop(L));
    }
  }
}

static int is_empty(lua_State *L, int t) {
  lua_pushnil(L);
  if (lua_next(L, t) == 0) {
    return 1;
  }
  lua_pop(L, 2);
  return 0;
}

void sw_build_fields(lua_State *L, struct sw_build *b, int t) {
  size_t i;
  if (t != 0 && lua_isnoneornil(L, t)) {
    t = 0;
  }
  if (t != 0 && lua_type(L, t) != LUA_TTABLE) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, "the fields must be a table, not a ");
    sw_buf_adds(&b->s->why, luaL_typename(L, t));
    return;
  }
  if (t != 0 && is_empty(L, t)) {
    t = 0;
  }
  if (t != 0) {
    find_unknown(L, b, t);
  }
  for (i = 0; i < b->row->field_count; i++) {
    const struct sw_field *f = &b->row->fields[i];
    if (t == 0 && (f->flags & (SW_REQUIRED | SW_PRESET)) == 0) {
      continue;
    }
    if (t == 0) {
      lua_pushnil(L);
    } else {
      lua_pushstring(L, f->name);
      lua_rawget(L, t);
    }
    build_field(L, b, f, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (t == 0 && b->row->body == SW_FORM && b->row->field_count > 0 &&
      strcmp(b->row->verb, "PATCH") == 0) {
    problem(b, "there is no field to change");
  }
}

static void free_pair(lua_State *L, struct sw_build *b, int key, int value) {
  struct sw_value v;
  struct sw_str name;
  name.p = lua_tolstring(L, key, &name.n);
  sw_read_value(L, value, &v);
  if (v.type == SW_VALUE_BOOL) {
    v.text.p = v.integer ? "true" : "false";
    v.text.n = strlen(v.text.p);
  } else if (v.type == SW_VALUE_INT) {
    sw_buf_clear(&b->s->value);
    if (v.integer < 0) {
      sw_buf_addc(&b->s->value, '-');
    }
    sw_buf_addu(&b->s->value, v.integer < 0
                                ? 0 - (unsigned long long)v.integer
                                : (unsigned long long)v.integer);
    v.text.p = b->s->value.data;
    v.text.n = b->s->value.len;
  } else if (v.type != SW_VALUE_TEXT) {
    sw_problem(b);
    show_key(L, b, key);
    sw_buf_adds(&b->s->why, " must be text, an integer or a boolean");
    return;
  }
  sw_add_pair(b, name, v.text);
}

void sw_build_free(lua_State *L, struct sw_build *b, int t,
                   const char *what) {
  if (lua_type(L, t) != LUA_TTABLE) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, what);
    sw_buf_adds(&b->s->why, " must be a table");
    return;
  }
  if (b->php) {
    sw_build_php(L, b, t, what);
    return;
  }
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    int value = lua_gettop(L);
    if (lua_type(L, value - 1) == LUA_TSTRING) {
      free_pair(L, b, value - 1, value);
    } else {
      sw_problem(b);
      sw_buf_adds(&b->s->why, what);
      sw_buf_adds(&b->s->why, " has a key that is not text");
    }
    lua_pop(L, 1);
  }
}

static void bad_option(struct sw_build *b, const char *text) {
  problem(b, text);
}

/* Option `name` with its value on top of the stack. */
static void read_option(lua_State *L, struct sw_build *b, const char *name) {
  int top = lua_gettop(L);
  int type = lua_type(L, top);
  if (strcmp(name, "deadline") == 0) {
    b->deadline = type == LUA_TNUMBER ? lua_tonumber(L, top) : 0;
    if (!(b->deadline > 0 && b->deadline <= 86400)) {
      bad_option(b, "deadline must be seconds, above 0 and at most 86400");
    }
  } else if (strcmp(name, "retries") == 0) {
    lua_Number n = type == LUA_TNUMBER ? lua_tonumber(L, top) : -1;
    b->retries = n >= 0 && n <= 10 ? (int)n : -1;
    if (b->retries < 0 || b->retries != n) {
      bad_option(b, "retries must be an integer from 0 to 10");
    }
  } else if (strcmp(name, "headers") == 0) {
    b->headers = top;
    if (type != LUA_TTABLE) {
      bad_option(b, "headers must be a table");
    }
  } else if (strcmp(name, "extra") == 0) {
    b->extra = top;
  } else if (type != LUA_TBOOLEAN) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, name);
    sw_buf_adds(&b->s->why, " must be true or false");
  } else if (strcmp(name, "raw") == 0) {
    b->raw = lua_toboolean(L, top);
  } else if (strcmp(name, "json") == 0) {
    b->json = lua_toboolean(L, top);
  } else {
    b->v2 = lua_toboolean(L, top);
  }
}

static void unknown_option(lua_State *L, struct sw_build *b, int key) {
  size_t n = 0;
  const char *name = NULL;
  if (lua_type(L, key) == LUA_TSTRING) {
    name = lua_tolstring(L, key, &n);
  }
  sw_problem(b);
  show_key(L, b, key);
  sw_buf_add(&b->s->why, SW_LIT(" is not an option"));
  if (name != NULL && is_reference(name, n)) {
    sw_buf_add(&b->s->why, SW_LIT(" here: only a call that places an order "
                                  "takes it, as text"));
  } else if (name != NULL) {
    did_you_mean(b, sw_suggest_in(name, n, option_names, OPTIONS));
  }
}

/* The option's own name, or NULL. */
static const char *known_option(lua_State *L, int key) {
  size_t n, i;
  const char *name;
  if (lua_type(L, key) != LUA_TSTRING) {
    return NULL;
  }
  name = lua_tolstring(L, key, &n);
  for (i = 0; i < OPTIONS; i++) {
    if (strlen(option_names[i]) == n &&
        memcmp(option_names[i], name, n) == 0) {
      return option_names[i];
    }
  }
  return NULL;
}

/* Pushes t[name] and returns where it stands. */
static int keep_table(lua_State *L, int t, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, t);
  return lua_gettop(L);
}

void sw_build_options(lua_State *L, struct sw_build *b, int t) {
  if (t == 0 || lua_isnoneornil(L, t)) {
    return;
  }
  if (lua_type(L, t) != LUA_TTABLE) {
    sw_problem(b);
    sw_buf_adds(&b->s->why, "the options must be a table, not a ");
    sw_buf_adds(&b->s->why, luaL_typename(L, t));
    return;
  }
  lua_pushnil(L);
  while (lua_next(L, t) != 0) {
    const char *name = known_option(L, lua_gettop(L) - 1);
    if (name == NULL) {
      unknown_option(L, b, lua_gettop(L) - 1);
    } else if (b->row != NULL &&
               (strcmp(name, "json") == 0 || strcmp(name, "v2") == 0)) {
      sw_problem(b);
      sw_buf_adds(&b->s->why, name);
      sw_buf_adds(&b->s->why, b->php ? " is not an option of a session"
                                     : " is for client:request only");
    } else {
      read_option(L, b, name);
    }
    lua_pop(L, 1);
  }
  /* these two are walked later: they stay on the stack */
  if (b->headers != 0) {
    b->headers = keep_table(L, t, "headers");
  }
  if (b->extra != 0) {
    b->extra = keep_table(L, t, "extra");
  }
}

static int is_ours(const char *name, size_t n) {
  static const char *const ours[] = {
    "authorization", "x-api-key",      "x-auth-token",      "cookie",
    "host",          "content-length", "transfer-encoding", "content-type",
    "expect",        "connection",
  };
  size_t i;
  for (i = 0; i < sizeof ours / sizeof ours[0]; i++) {
    if (sw_same_case(name, n, ours[i], strlen(ours[i]))) {
      return 1;
    }
  }
  return 0;
}

/* One header of the option; returns how many lines were added. */
static size_t build_header(lua_State *L, struct sw_build *b, int key) {
  struct sw_str name, value;
  const char *wrong;
  if (lua_type(L, key) != LUA_TSTRING || lua_type(L, key + 1) != LUA_TSTRING) {
    problem(b, "headers must map names to text");
    return 0;
  }
  name.p = lua_tolstring(L, key, &name.n);
  value.p = lua_tolstring(L, key + 1, &value.n);
  wrong = sw_header_name_wrong(name.p, name.n);
  if (wrong == NULL && is_ours(name.p, name.n)) {
    wrong = "is set by the client itself";
  }
  if (wrong == NULL) {
    wrong = sw_header_value_wrong(value.p, value.n);
  }
  if (wrong != NULL) {
    sw_problem(b);
    sw_buf_add(&b->s->why, SW_LIT("header "));
    sw_text_show(&b->s->why, name.p, name.n, 60);
    sw_buf_addc(&b->s->why, ' ');
    sw_buf_adds(&b->s->why, wrong);
    return 0;
  }
  sw_buf_add(&b->s->lines, name.p, name.n);
  /* libcurl wants "Name;" for a header without a value */
  sw_buf_adds(&b->s->lines, value.n > 0 ? ": " : ";");
  sw_buf_add(&b->s->lines, value.p, value.n);
  sw_buf_addc(&b->s->lines, '\0');
  return 1;
}

size_t sw_build_headers(lua_State *L, struct sw_build *b) {
  size_t count = 0;
  if (b->headers == 0 || lua_type(L, b->headers) != LUA_TTABLE) {
    return 0;
  }
  lua_pushnil(L);
  while (lua_next(L, b->headers) != 0) {
    count += build_header(L, b, lua_gettop(L) - 1);
    lua_pop(L, 1);
  }
  return count;
}
