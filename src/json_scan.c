/* The scan of a JSON text: one pass, one loop, no recursion. Open containers
   are linked through their own nodes, so depth costs no memory.
   Must not know: Lua, libcurl, the services. */
#include "json_scan.h"

#include "alloc.h"

#define NOBODY UINT32_MAX

struct scan {
  struct sw_json *j;
  const char *end;
  uint32_t open; /* the innermost open container, or NOBODY */
  unsigned depth;
};

static const char *white(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
    p++;
  }
  return p;
}

static int grow(struct sw_json *j) {
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
    return -1;
  }
  j->tape = grown;
  j->cap = cap;
  return 0;
}

/* The next free node, not yet counted in `used`; NULL with the error set. */
static inline struct sw_json_node *fresh(struct sw_json *j, const char *p) {
  if (j->used == j->cap && grow(j) != 0) {
    sw_json_fail(j, p, "out of memory");
    return NULL;
  }
  return &j->tape[j->used];
}

/* `p` is at the opening quote. */
static inline const char *string(struct scan *s, const char *p) {
  struct sw_json *j = s->j;
  struct sw_json_node *node = fresh(j, p);
  const char *start = p + 1;
  if (node == NULL) {
    return NULL;
  }
  p = sw_json_plain(start, s->end);
  if (p < s->end && *p == '"') {
    node->kind = SW_JSON_STRING;
    node->size = (uint32_t)(p - start);
    node->u.start = (uint64_t)(start - j->text);
    p++;
  } else {
    p = sw_json_text(j, start, p, node);
  }
  j->used++;
  return p;
}

static int is_digit(const char *p, const char *end) {
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

/* Digits without a sign that fit int64_t with that sign. */
static int fits(const char *p, size_t n, int negative, int64_t *out) {
  uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  uint64_t value = 0;
  size_t i;
  if (n > 19) {
    return 0;
  }
  for (i = 0; i < n; i++) {
    value = value * 10 + (uint64_t)(p[i] - '0');
  }
  if (value > limit) {
    return 0;
  }
  if (negative && value > 0) {
    *out = -(int64_t)(value - 1) - 1;
  } else {
    *out = (int64_t)value;
  }
  return 1;
}

static const char *number(struct scan *s, const char *start) {
  struct sw_json *j = s->j;
  struct sw_json_node *node = fresh(j, start);
  int negative = *start == '-';
  const char *first = start + negative;
  const char *p = digits(first, s->end);
  const char *whole = p;
  if (node == NULL) {
    return NULL;
  }
  if (p == first || (*first == '0' && p - first > 1)) {
    return sw_json_fail(j, first, "a number is not written as JSON wants");
  }
  p = tail(p, s->end);
  if (p == NULL) {
    return sw_json_fail(j, whole, "a number is not written as JSON wants");
  }
  if (p == whole && fits(first, (size_t)(p - first), negative,
                         &node->u.number)) {
    node->kind = SW_JSON_INT | (uint32_t)(p - start) << 8;
    node->size = (uint32_t)(start - j->text);
  } else {
    node->kind = SW_JSON_NUMBER;
    node->size = (uint32_t)(p - start);
    node->u.start = (uint64_t)(start - j->text);
  }
  j->used++;
  return p;
}

static const char *word(struct scan *s, const char *p, const char *text,
                        size_t n, enum sw_json_type type) {
  struct sw_json_node *node = fresh(s->j, p);
  size_t i = 0;
  if (node == NULL) {
    return NULL;
  }
  if ((size_t)(s->end - p) >= n) {
    while (i < n && p[i] == text[i]) {
      i++;
    }
  }
  if (i < n) {
    return sw_json_fail(s->j, p, "a value expected");
  }
  node->kind = (uint32_t)type;
  node->size = 0;
  node->u.start = 0;
  s->j->used++;
  return p + n;
}

/* Opens a container; its node links to the one around it until it closes. */
static const char *box(struct scan *s, const char *p,
                       enum sw_json_type type) {
  struct sw_json_node *node = fresh(s->j, p);
  if (node == NULL) {
    return NULL;
  }
  if (s->depth == SW_JSON_DEPTH) {
    return sw_json_fail(s->j, p, "nested deeper than 128");
  }
  s->depth++;
  node->kind = (uint32_t)type;
  node->size = 0;
  node->u.box.after = s->open;
  node->u.box.nulls = 0;
  s->open = (uint32_t)s->j->used;
  s->j->used++;
  return p + 1;
}

static void shut(struct scan *s) {
  struct sw_json_node *node = &s->j->tape[s->open];
  uint32_t outer = node->u.box.after;
  node->u.box.after = (uint32_t)s->j->used;
  s->open = outer;
  s->depth--;
}

/* A key, its colon, and the white space behind them. */
static inline const char *key(struct scan *s, const char *p) {
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
  return white(p + 1, s->end);
}

/* One value, of a container only its opening. */
static inline const char *value(struct scan *s, const char *p) {
  if (p == s->end) {
    return sw_json_fail(s->j, p, "a value expected, the text ends");
  }
  switch (*p) {
    case '"':
      return string(s, p);
    case '{':
      return box(s, p, SW_JSON_OBJECT);
    case '[':
      return box(s, p, SW_JSON_ARRAY);
    case 'n':
      if (s->open != NOBODY) {
        s->j->tape[s->open].u.box.nulls++;
      }
      return word(s, p, "null", 4, SW_JSON_NULL);
    case 't':
      return word(s, p, "true", 4, SW_JSON_TRUE);
    case 'f':
      return word(s, p, "false", 5, SW_JSON_FALSE);
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
      return number(s, p);
    default:
      return sw_json_fail(s->j, p, "a value expected");
  }
}

/* Behind a value: closes what ends here, and goes to the next key or value.
   Returns `end` with nothing open when all is read. */
static inline const char *next(struct scan *s, const char *p) {
  struct sw_json_node *node;
  int object;
  for (;;) {
    p = white(p, s->end);
    if (s->open == NOBODY) {
      return p == s->end ? p
                         : sw_json_fail(s->j, p, "text behind the value");
    }
    node = &s->j->tape[s->open];
    node->size++;
    object = node->kind == SW_JSON_OBJECT;
    if (p < s->end && *p == ',') {
      p = white(p + 1, s->end);
      return object ? key(s, p) : p;
    }
    if (p == s->end || *p != (object ? '}' : ']')) {
      return sw_json_fail(s->j, p,
                          object ? "',' or '}' expected"
                                 : "',' or ']' expected");
    }
    p++;
    shut(s);
  }
}

static const char *scan(struct scan *s, const char *p) {
  p = white(p, s->end);
  for (;;) {
    size_t made = s->j->used;
    p = value(s, p);
    if (p == NULL) {
      return NULL;
    }
    if (s->open == made) {
      int object = s->j->tape[made].kind == SW_JSON_OBJECT;
      p = white(p, s->end);
      if (p == s->end || *p != (object ? '}' : ']')) {
        p = object ? key(s, p) : p;
        if (p == NULL) {
          return NULL;
        }
        continue;
      }
      p++;
      shut(s);
    }
    p = next(s, p);
    if (p == NULL || s->open == NOBODY) {
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
  s.j = j;
  s.end = text + len;
  s.open = NOBODY;
  s.depth = 0;
  if (scan(&s, text) == NULL) {
    j->used = 0;
    return -1;
  }
  j->at = len;
  return 0;
}
