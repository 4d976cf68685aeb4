/* Form bodies: see form.h. Must not know: Lua, libcurl, libcrypto. */
#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "text.h"

static int hex(char c) {
  c = sw_lower(c);
  if (sw_is_digit(c)) {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes n bytes to `to`, which has room for n. Returns how many it wrote. */
static size_t decode(char *to, const char *p, size_t n, size_t *bad) {
  size_t i = 0, used = 0;
  while (i < n) {
    char c = p[i++];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      int high = i < n ? hex(p[i]) : -1;
      int low = i + 1 < n ? hex(p[i + 1]) : -1;
      if (high >= 0 && low >= 0) {
        c = (char)(high * 16 + low);
        i += 2;
      } else {
        (*bad)++;
      }
    }
    to[used++] = c;
  }
  return used;
}

static size_t count_pieces(const char *p, size_t n) {
  size_t i, count = 0;
  for (i = 0; i < n; i++) {
    if (p[i] != '&' && (i == 0 || p[i - 1] == '&')) {
      count++;
    }
  }
  return count;
}

static void add_piece(struct sw_form *f, char *to, const char *p, size_t n) {
  struct sw_form_pair *pair = &f->pairs[f->count++];
  const char *equal = memchr(p, '=', n);
  size_t name_n = equal == NULL ? n : (size_t)(equal - p);
  pair->name.p = to;
  pair->name.n = decode(to, p, name_n, &f->bad_escapes);
  to += pair->name.n;
  pair->value.p = to;
  pair->value.n = 0;
  if (equal != NULL) {
    pair->value.n = decode(to, equal + 1, n - name_n - 1, &f->bad_escapes);
  }
}

enum sw_form_fault sw_form_parse(struct sw_form *f, const char *p, size_t n) {
  size_t at = 0, count;
  memset(f, 0, sizeof *f);
  if (n > SW_FORM_BYTES) {
    return SW_FORM_TOO_LONG;
  }
  count = count_pieces(p, n);
  if (count > SW_FORM_PAIRS) {
    return SW_FORM_TOO_MANY;
  }
  if (count == 0) {
    return SW_FORM_OK;
  }
  f->arena = sw_malloc(n);
  f->pairs = sw_malloc(count * sizeof *f->pairs);
  if (f->arena == NULL || f->pairs == NULL) {
    sw_form_free(f);
    return SW_FORM_MEMORY;
  }
  while (at < n) {
    const char *mark = memchr(p + at, '&', n - at);
    size_t end = mark == NULL ? n : (size_t)(mark - p);
    if (end > at) {
      /* decoding never grows, so a piece fits where it stood */
      add_piece(f, f->arena + at, p + at, end - at);
    }
    at = end + 1;
  }
  return SW_FORM_OK;
}

void sw_form_free(struct sw_form *f) {
  sw_free(f->arena);
  sw_free(f->pairs);
  memset(f, 0, sizeof *f);
}

const struct sw_form_pair *sw_form_find(const struct sw_form_pair *pairs,
                                        size_t count, const char *name) {
  size_t n = strlen(name);
  size_t i;
  for (i = 0; i < count; i++) {
    if (pairs[i].name.n == n &&
        (n == 0 || memcmp(pairs[i].name.p, name, n) == 0)) {
      return &pairs[i];
    }
  }
  return NULL;
}

static int compare_bytes(struct sw_str a, struct sw_str b) {
  size_t n = a.n < b.n ? a.n : b.n;
  int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
  if (order != 0 || a.n == b.n) {
    return order;
  }
  return a.n < b.n ? -1 : 1;
}

/* qsort over pointers into one array of pairs */
static int compare_pairs(const void *x, const void *y) {
  const struct sw_form_pair *a = *(const struct sw_form_pair *const *)x;
  const struct sw_form_pair *b = *(const struct sw_form_pair *const *)y;
  int order = sw_compare_case(a->name.p, a->name.n, b->name.p, b->name.n);
  if (order == 0) {
    order = compare_bytes(a->name, b->name);
  }
  if (order == 0 && a != b) {
    order = a < b ? -1 : 1;
  }
  return order;
}

/* Sorting, and not comparing each with each, keeps a hostile body cheap. */
static void sort_pairs(const struct sw_form_pair **sorted,
                       const struct sw_form_pair *pairs, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    sorted[i] = &pairs[i];
  }
  qsort(sorted, count, sizeof *sorted, compare_pairs);
}

const struct sw_form_pair *sw_form_twice(const struct sw_form_pair *pairs,
                                         size_t count) {
  const struct sw_form_pair *sorted[SW_FORM_PAIRS];
  size_t i;
  if (count > SW_FORM_PAIRS) {
    return pairs;
  }
  sort_pairs(sorted, pairs, count);
  for (i = 1; i < count; i++) {
    if (sw_same_case(sorted[i - 1]->name.p, sorted[i - 1]->name.n,
                     sorted[i]->name.p, sorted[i]->name.n)) {
      return sorted[i];
    }
  }
  return NULL;
}

int sw_form_message(struct sw_buf *out, const struct sw_form_pair *pairs,
                    size_t count, const char *but) {
  const struct sw_form_pair *sorted[SW_FORM_PAIRS];
  size_t i, but_n = but == NULL ? 0 : strlen(but);
  int first = 1;
  if (count > SW_FORM_PAIRS) {
    return -1;
  }
  sort_pairs(sorted, pairs, count);
  for (i = 0; i < count; i++) {
    const struct sw_form_pair *pair = sorted[i];
    if (but != NULL && pair->name.n == but_n &&
        memcmp(pair->name.p, but, but_n) == 0) {
      continue;
    }
    if (!first) {
      sw_buf_addc(out, '|');
    }
    first = 0;
    sw_buf_add(out, pair->value.p, pair->value.n);
  }
  return out->failed ? -1 : 0;
}
