/* The scan of a JSON text: one pass, one loop, no recursion. Open containers
   are linked through their own nodes, so depth costs no memory.
   Must not know: Lua, libcurl, the services. */
#include <string.h>

#include "alloc.h"
#include "json_scan.h"

#define NOBODY UINT32_MAX

/* Only inlined functions get its address: then it lives in registers. */
struct scan {
  struct sw_json *j;
  const char *end;
  struct sw_json_node *node;  /* the next free one */
  struct sw_json_node *limit; /* the last one of the tape */
  struct sw_json_node *open;  /* the innermost open container, or NULL */
  unsigned depth;
  int object; /* `open` is one, not a list */
};

/* Skips white space, of which there is mostly none. */
static inline const char *white(const char *p, const char *end) {
  return p < end && (unsigned char)*p > ' ' ? p : sw_json_blank(p, end);
}

static int grow(struct sw_json *j, const char *p) {
  struct sw_json_node *grown;
  size_t cap = j->cap + j->cap / 2;
  size_t guess = j->len / 12 + 16;
  if (cap < guess) {
    cap = guess;
  }
  if (cap > SIZE_MAX / sizeof *grown) {
    cap = j->cap;
  }
  grown = cap > j->cap ? sw_realloc(j->tape, cap * sizeof *grown) : NULL;
  if (grown == NULL) {
    j->memory = 1;
    sw_json_fail(j, p, "out of memory");
    return -1;
  }
  j->tape = grown;
  j->cap = cap;
  return 0;
}

/* Makes sure of two free nodes, a key's and a value's. 0, or -1 with the
   error set. */
static inline int room(struct scan *s, const char *p) {
  struct sw_json *j = s->j;
  size_t used, open;
  if (s->node < s->limit) {
    return 0;
  }
  used = (size_t)(s->node - j->tape);
  open = s->open == NULL ? 0 : (size_t)(s->open - j->tape);
  if (grow(j, p) != 0) {
    return -1;
  }
  s->node = j->tape + used;
  s->limit = j->tape + j->cap - 1;
  s->open = s->open == NULL ? NULL : j->tape + open;
  return 0;
}

/* `p` is at the opening quote. */
static inline const char *string(struct scan *s, const char *p) {
  struct sw_json_node *node = s->node++;
  const char *start = p + 1;
  p = sw_json_plain(start, s->end);
  if (p == s->end || *p != '"') {
    return sw_json_text(s->j, start, p, node);
  }
  node->kind = SW_JSON_STRING;
  node->size = (uint32_t)(p - start);
  node->u.start = (uint64_t)(start - s->j->text);
  return p + 1;
}

static inline int is_digit(const char *p, const char *end) {
  return p < end && *p >= '0' && *p <= '9';
}

static const char *digits(const char *p, const char *end) {
  while (is_digit(p, end)) {
    p++;
  }
  return p;
}

/* Fraction and exponent. NULL when a digit is missing. */
static const char *tail(const char *p, const char *end) {
  if (p < end && *p == '.') {
    p++;
    if (!is_digit(p, end)) {
      return NULL;
    }
    p = digits(p, end);
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < end && (*p == '+' || *p == '-')) {
      p++;
    }
    if (!is_digit(p, end)) {
      return NULL;
    }
    p = digits(p, end);
  }
  return p;
}

static const char *number(struct sw_json *j, const char *start,
                          struct sw_json_node *node) {
  const char *end = j->text + j->len;
  int negative = *start == '-';
  const char *first = start + negative;
  const char *p = first;
  const char *whole;
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  uint64_t value = 0;
  for (; is_digit(p, end); p++) {
    value = value * 10 + (uint64_t)(*p - '0');
  }
  whole = p;
  if (p == first || (*first == '0' && p - first > 1)) {
    return sw_json_fail(j, first, "a number is not written as JSON wants");
  }
  p = tail(p, end);
  if (p == NULL) {
    return sw_json_fail(j, whole, "a number is not written as JSON wants");
  }
  /* 19 digits cannot have run over */
  if (p == whole && p - first <= 19 && value <= limit) {
    node->kind = SW_JSON_INT | (uint32_t)(p - start) << 8;
    node->size = (uint32_t)(start - j->text);
    node->u.number = negative && value > 0 ? -(int64_t)(value - 1) - 1
                                           : (int64_t)value;
  } else {
    node->kind = SW_JSON_NUMBER;
    node->size = (uint32_t)(p - start);
    node->u.start = (uint64_t)(start - j->text);
  }
  return p;
}

static inline const char *word(struct scan *s, const char *p,
                               const char *text, size_t n,
                               enum sw_json_type type) {
  struct sw_json_node *node = s->node++;
  if ((size_t)(s->end - p) < n || memcmp(p, text, n) != 0) {
    return sw_json_fail(s->j, p, "a value expected");
  }
  node->kind = (uint32_t)type;
  node->size = 0;
  node->u.start = 0;
  return p + n;
}

/* Behind the container that ends here. */
static inline const char *shut(struct scan *s, const char *p) {
  struct sw_json_node *node = s->open;
  uint32_t outer = node->u.box.after;
  node->u.box.after = (uint32_t)(s->node - s->j->tape);
  s->open = outer == NOBODY ? NULL : s->j->tape + outer;
  s->object = outer != NOBODY && s->open->kind == SW_JSON_OBJECT;
  s->depth--;
  return p + 1;
}

static inline int closes(const struct scan *s, const char *p) {
  return p < s->end && *p == (s->object ? '}' : ']');
}

/* Opens a container; its node links to the one around it until it closes.
   Returns the first byte of what is in it. */
static inline const char *box(struct scan *s, const char *p, int object) {
  struct sw_json_node *node = s->node;
  if (s->depth == SW_JSON_DEPTH) {
    return sw_json_fail(s->j, p, "nested deeper than 128");
  }
  p = white(p + 1, s->end);
  s->node++;
  s->depth++;
  node->kind = object ? SW_JSON_OBJECT : SW_JSON_ARRAY;
  node->size = 0;
  node->u.box.after =
      s->open == NULL ? NOBODY : (uint32_t)(s->open - s->j->tape);
  node->u.box.nulls = 0;
  s->open = node;
  s->object = object;
  return p;
}

/* A key and its colon. */
static inline const char *key(struct scan *s, const char *p) {
  p = white(p, s->end);
  if (p == s->end || *p != '"') {
    return sw_json_fail(s->j, p, "a key in quotes expected");
  }
  p = string(s, p);
  if (p == NULL) {
    return NULL;
  }
  p = white(p, s->end);
  if (p == s->end || *p != ':') {
    return sw_json_fail(s->j, p, "':' expected");
  }
  return p + 1;
}

/* A value that is neither a string nor a container. */
static inline const char *simple(struct scan *s, const char *p) {
  if (p == s->end) {
    return sw_json_fail(s->j, p, "a value expected, the text ends");
  }
  switch (*p) {
    case 'n':
      if (s->open != NULL) {
        s->open->u.box.nulls++;
      }
      return word(s, p, "null", 4, SW_JSON_NULL);
    case 't':
      return word(s, p, "true", 4, SW_JSON_TRUE);
    case 'f':
      return word(s, p, "false", 5, SW_JSON_FALSE);
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
      return number(s->j, p, s->node++);
    default:
      return sw_json_fail(s->j, p, "a value expected");
  }
}

/* Behind a value: closes what ends here, and goes behind the next comma.
   Returns `end` with nothing open when all is read. */
static inline const char *next(struct scan *s, const char *p) {
  for (;;) {
    if (s->open == NULL) {
      p = sw_json_blank(p, s->end);
      return p == s->end ? p
                         : sw_json_fail(s->j, p, "text behind the value");
    }
    s->open->size++;
    p = white(p, s->end);
    if (p < s->end && *p == ',') {
      return p + 1;
    }
    if (!closes(s, p)) {
      return sw_json_fail(s->j, p,
                          s->object ? "',' or '}' expected"
                                    : "',' or ']' expected");
    }
    p = shut(s, p);
  }
}

static inline const char *scan(struct scan *s, const char *p) {
  for (;;) {
    if (room(s, p) != 0) {
      return NULL;
    }
    if (s->object) {
      p = key(s, p);
      if (p == NULL) {
        return NULL;
      }
    }
    p = white(p, s->end);
    if (p < s->end && *p == '"') {
      p = string(s, p);
    } else if (p < s->end && (*p == '{' || *p == '[')) {
      p = box(s, p, *p == '{');
      if (p != NULL && !closes(s, p)) {
        continue;
      }
      p = p == NULL ? NULL : shut(s, p);
    } else {
      p = simple(s, p);
    }
    p = p == NULL ? NULL : next(s, p);
    if (p == NULL || s->open == NULL) {
      return p;
    }
  }
}

int sw_json_scan(struct sw_json *j, const char *text, size_t len) {
  struct scan s;
  text = text == NULL ? "" : text;
  j->text = text;
  j->len = len;
  j->used = 0;
  j->unescaped_used = 0;
  j->repaired = 0;
  j->at = 0;
  j->error = NULL;
  j->memory = 0;
  if (len >= NOBODY) {
    sw_json_fail(j, text, "4 GiB or more");
    return -1;
  }
  if (j->cap == 0 && grow(j, text) != 0) {
    return -1;
  }
  s.j = j;
  s.end = text + len;
  s.node = j->tape;
  s.limit = j->tape + j->cap - 1;
  s.open = NULL;
  s.depth = 0;
  s.object = 0;
  if (scan(&s, text) == NULL) {
    return -1;
  }
  j->used = (size_t)(s.node - j->tape);
  j->at = len;
  return 0;
}
