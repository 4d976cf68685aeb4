/* Life of a JSON tape and how to read it; the scan is in json_scan.c.
   Must not know: Lua, libcurl, the services. */
#include "json.h"

#include <string.h>

#include "alloc.h"

#define KEEP ((size_t)1 << 20)

void sw_json_free(struct sw_json *j) {
  sw_free(j->tape);
  sw_free(j->unescaped);
  memset(j, 0, sizeof *j);
}

void sw_json_reuse(struct sw_json *j) {
  if (j->cap > KEEP / sizeof *j->tape) {
    sw_free(j->tape);
    j->tape = NULL;
    j->cap = 0;
  }
  if (j->unescaped_cap > KEEP) {
    sw_free(j->unescaped);
    j->unescaped = NULL;
    j->unescaped_cap = 0;
  }
  j->text = NULL;
  j->len = 0;
  j->used = 0;
  j->unescaped_used = 0;
  j->repaired = 0;
  j->at = 0;
  j->error = NULL;
  j->memory = 0;
}

enum sw_json_type sw_json_type(const struct sw_json *j, size_t node) {
  if (node >= j->used) {
    return SW_JSON_NULL;
  }
  return (enum sw_json_type)(j->tape[node].kind & SW_JSON_TYPE);
}

static int is_box(const struct sw_json *j, size_t node) {
  enum sw_json_type type = sw_json_type(j, node);
  return type == SW_JSON_ARRAY || type == SW_JSON_OBJECT;
}

size_t sw_json_count(const struct sw_json *j, size_t node) {
  return is_box(j, node) ? j->tape[node].size : 0;
}

size_t sw_json_first(const struct sw_json *j, size_t node) {
  return sw_json_count(j, node) == 0 ? SW_JSON_NONE : node + 1;
}

size_t sw_json_after(const struct sw_json *j, size_t node) {
  return is_box(j, node) ? j->tape[node].u.box.after : node + 1;
}

size_t sw_json_get(const struct sw_json *j, size_t object, const char *key) {
  size_t found = SW_JSON_NONE;
  size_t length = strlen(key);
  size_t left, at;
  if (sw_json_type(j, object) != SW_JSON_OBJECT) {
    return found;
  }
  at = object + 1;
  for (left = sw_json_count(j, object); left > 0; left--) {
    struct sw_str name = sw_json_str(j, at);
    if (name.n == length && memcmp(name.p, key, length) == 0) {
      found = at + 1;
    }
    at = sw_json_after(j, at + 1);
  }
  return found;
}

struct sw_str sw_json_str(const struct sw_json *j, size_t node) {
  struct sw_str s = {"", 0};
  const struct sw_json_node *at;
  if (node >= j->used) {
    return s;
  }
  at = &j->tape[node];
  switch (at->kind & SW_JSON_TYPE) {
    case SW_JSON_INT:
      s.p = j->text + at->size;
      s.n = at->kind >> 8;
      break;
    case SW_JSON_NUMBER:
    case SW_JSON_STRING:
      s.p = (at->kind & SW_JSON_MOVED) ? j->unescaped : j->text;
      s.p += at->u.start;
      s.n = at->size;
      break;
    default:
      break;
  }
  return s;
}

int64_t sw_json_int(const struct sw_json *j, size_t node) {
  return sw_json_type(j, node) == SW_JSON_INT ? j->tape[node].u.number : 0;
}
