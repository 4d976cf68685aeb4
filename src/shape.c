/* A shop's answers made even: see shape.h. */
#include "shape.h"

#include <string.h>

#include "alloc.h"
#include "text.h"

static const struct {
  const char *code;
  char plain;
} entities[] = {
  {"&amp;", '&'}, {"&quot;", '"'},  {"&lt;", '<'},
  {"&gt;", '>'},  {"&#039;", '\''}, {"&apos;", '\''},
};

/* The entity at p: its length with its character in *plain, or 0. */
static size_t entity(const char *p, size_t n, char *plain) {
  size_t i;
  for (i = 0; i < sizeof entities / sizeof entities[0]; i++) {
    size_t length = strlen(entities[i].code);
    if (length <= n && memcmp(p, entities[i].code, length) == 0) {
      *plain = entities[i].plain;
      return length;
    }
  }
  return 0;
}

int sw_entities(struct sw_buf *b, const char *p, size_t n) {
  size_t at = 0;
  while (at < n) {
    char c = p[at];
    size_t step = c == '&' ? entity(p + at, n - at, &c) : 0;
    sw_buf_addc(b, c);
    at += step > 0 ? step : 1;
  }
  return b->failed ? -1 : 0;
}

/* Decodes to `to`, which has room for n bytes; returns how many it wrote. */
static size_t decode(char *to, const char *p, size_t n) {
  size_t at = 0, used = 0;
  while (at < n) {
    char c = p[at];
    size_t step = c == '&' ? entity(p + at, n - at, &c) : 0;
    to[used++] = c;
    at += step > 0 ? step : 1;
  }
  return used;
}

/* Room for n bytes more among the unescaped ones. 0 or -1. */
static int room(struct sw_json *j, size_t n) {
  char *fresh;
  size_t cap = j->unescaped_cap;
  if (n <= cap - j->unescaped_used) {
    return 0;
  }
  if (n > (size_t)-1 / 4 - cap) {
    return -1;
  }
  cap = (cap + n) * 2;
  fresh = sw_realloc(j->unescaped, cap);
  if (fresh == NULL) {
    return -1;
  }
  j->unescaped = fresh;
  j->unescaped_cap = cap;
  return 0;
}

static int decode_node(struct sw_json *j, size_t node) {
  struct sw_json_node *at = &j->tape[node];
  struct sw_str text = sw_json_str(j, node);
  if (memchr(text.p, '&', text.n) == NULL) {
    return 0;
  }
  if (room(j, text.n) != 0) {
    return -1;
  }
  text = sw_json_str(j, node); /* it may have moved */
  at->size = (uint32_t)decode(j->unescaped + j->unescaped_used, text.p,
                              text.n);
  at->u.start = j->unescaped_used;
  at->kind |= SW_JSON_MOVED;
  j->unescaped_used += at->size;
  return 0;
}

static int is_one_of(struct sw_str key, const char *const *names,
                     size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    if (strlen(names[i]) == key.n && memcmp(names[i], key.p, key.n) == 0) {
      return 1;
    }
  }
  return 0;
}

static int ends_with(struct sw_str key, const char *end) {
  size_t n = strlen(end);
  return key.n >= n && memcmp(key.p + key.n - n, end, n) == 0;
}

#define IS_ONE_OF(key, list) \
  is_one_of((key), (list), sizeof(list) / sizeof((list)[0]))

/* Ids, counts and flags. */
static int is_count(struct sw_str key) {
  static const char *const names[] = {
    "quantity", "sort_order", "reward", "points", "maximum", "shipping",
    "invoice_no",
  };
  return ends_with(key, "_id") || IS_ONE_OF(key, names);
}

/* Text even where the shop makes a number of it. */
static int is_text(struct sw_str key) {
  static const char *const names[] = {"code", "amount", "cost", "price",
                                      "total"};
  return IS_ONE_OF(key, names);
}

static int is_map(struct sw_str key) {
  static const char *const names[] = {"shipping_methods", "payment_methods",
                                      "quote"};
  return ends_with(key, "custom_field") || IS_ONE_OF(key, names);
}

static void make_integer(struct sw_json *j, size_t node) {
  struct sw_json_node *at = &j->tape[node];
  struct sw_str text = sw_json_str(j, node);
  int64_t value = 0;
  size_t i = text.n > 0 && text.p[0] == '-' ? 1 : 0;
  if ((at->kind & SW_JSON_MOVED) || text.n == i || text.n > 15 ||
      (text.p[i] == '0' && text.n > 1)) {
    return;
  }
  for (; i < text.n; i++) {
    if (!sw_is_digit(text.p[i])) {
      return;
    }
    value = value * 10 + (text.p[i] - '0');
  }
  at->kind = SW_JSON_INT | (uint32_t)text.n << 8;
  at->size = (uint32_t)at->u.start;
  at->u.number = text.p[0] == '-' ? -value : value;
}

static void make_text(struct sw_json *j, size_t node) {
  struct sw_json_node *at = &j->tape[node];
  uint32_t start = at->size;
  if (sw_json_type(j, node) == SW_JSON_INT) {
    at->size = at->kind >> 8;
    at->kind = SW_JSON_STRING;
    at->u.start = start;
  } else {
    at->kind = SW_JSON_STRING | (at->kind & SW_JSON_MOVED);
  }
}

static void make_map(struct sw_json *j, size_t node) {
  if (sw_json_type(j, node) == SW_JSON_ARRAY && sw_json_count(j, node) == 0) {
    j->tape[node].kind =
      (j->tape[node].kind & ~SW_JSON_TYPE) | SW_JSON_OBJECT;
  }
}

static int shape_value(struct sw_json *j, size_t node, struct sw_str key) {
  switch (sw_json_type(j, node)) {
    case SW_JSON_STRING:
      if (is_count(key)) {
        make_integer(j, node);
      }
      if (sw_json_type(j, node) == SW_JSON_STRING) {
        return decode_node(j, node);
      }
      return 0;
    case SW_JSON_INT:
    case SW_JSON_NUMBER:
      if (is_text(key)) {
        make_text(j, node);
      }
      return 0;
    case SW_JSON_ARRAY:
      if (is_map(key)) {
        make_map(j, node);
      }
      return 0;
    default:
      return 0;
  }
}

/* Every node in turn: those of an object are told by their key. A tape is in
   depth-first order, so the open boxes are a stack. */
int sw_shape(struct sw_json *j) {
  struct {
    size_t left; /* values still to come */
    int object;
  } open[SW_JSON_DEPTH + 2];
  struct sw_str none = {"", 0};
  size_t depth = 0, at = 0;
  open[0].left = 1;
  open[0].object = 0;
  make_map(j, 0);
  while (at < j->used) {
    struct sw_str key = none;
    size_t count;
    while (depth > 0 && open[depth].left == 0) {
      depth--;
    }
    if (open[depth].left == 0) {
      break;
    }
    open[depth].left--;
    if (open[depth].object) {
      key = sw_json_str(j, at);
      at++;
    }
    if (shape_value(j, at, key) != 0) {
      return -1;
    }
    count = sw_json_count(j, at);
    if (count > 0 && depth + 1 < sizeof open / sizeof open[0]) {
      depth++;
      open[depth].left = count;
      open[depth].object = sw_json_type(j, at) == SW_JSON_OBJECT;
    }
    at++;
  }
  return 0;
}

/* Digits of one group that is at an end or before a separator. */
static size_t digits_at(const char *p, size_t n) {
  size_t i = 0;
  while (i < n && sw_is_digit(p[i])) {
    i++;
  }
  return i;
}

/* The stretch from the first to the last digit, and whether a minus stands
   before it. 0 when there is no digit. */
static size_t numeric(const char **p, size_t n, int *minus) {
  const char *from = *p;
  while (n > 0 && !sw_is_digit(*from)) {
    *minus |= *from == '-';
    from++;
    n--;
  }
  while (n > 0 && !sw_is_digit(from[n - 1])) {
    n--;
  }
  *p = from;
  return n;
}

size_t sw_shape_amount(char out[32], const char *p, size_t n) {
  int minus = 0;
  char group = 0, point = 0;
  size_t used = 0, at = 0, last;
  n = numeric(&p, n, &minus);
  if (n == 0 || n > 26) {
    return 0;
  }
  if (minus) {
    out[used++] = '-';
  }
  last = digits_at(p, n);
  memcpy(out + used, p, last);
  used += last;
  at = last;
  while (at < n) {
    char mark = p[at++];
    size_t first = last;
    last = digits_at(p + at, n - at);
    if (point != 0 || (mark != '.' && mark != ',' && mark != '\'' &&
                       mark != ' ')) {
      return 0;
    }
    if (at + last == n && last == 2 && mark != group &&
        (mark == '.' || mark == ',')) {
      point = mark;
      out[used++] = '.';
    } else if (last != 3 || (group != 0 && group != mark) ||
               (group == 0 && (first > 3 || first == 0))) {
      return 0;
    } else {
      group = mark;
    }
    memcpy(out + used, p + at, last);
    used += last;
    at += last;
  }
  /* "1.234" is a thousand here and one and a bit there */
  return group != 0 && point == 0 ? 0 : used;
}
