/* "Did you mean …?": see suggest.h. Must not know: Lua, the services. */
#include "suggest.h"

#include <string.h>

#include "text.h"

#define WORD_MAX 64
#define FAR 100 /* a score that is no match */

struct word {
  char p[WORD_MAX];
  size_t n;
};

/* Folded to lower case and underscores. 0 when it is too long or empty. */
static int fold(struct word *w, const char *p, size_t n) {
  size_t i;
  if (n == 0 || n > WORD_MAX) {
    return 0;
  }
  for (i = 0; i < n; i++) {
    w->p[i] = p[i] == '-' ? '_' : sw_lower(p[i]);
  }
  w->n = n;
  return 1;
}

static int begins(const struct word *w, const struct word *head) {
  return w->n >= head->n && memcmp(w->p, head->p, head->n) == 0;
}

static int is_plural(const struct word *many, const struct word *one) {
  if (one->n < 2 || !begins(many, one)) {
    return 0;
  }
  if (many->n == one->n + 1) {
    return many->p[one->n] == 's';
  }
  return many->n == one->n + 2 && memcmp(many->p + one->n, "es", 2) == 0;
}

static int least(int a, int b) {
  return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours. */
static int edits(const struct word *a, const struct word *b) {
  int rows[3][WORD_MAX + 1];
  int *before = rows[0], *last = rows[1], *row = rows[2];
  size_t i, j;
  for (j = 0; j <= b->n; j++) {
    last[j] = (int)j;
    before[j] = FAR;
  }
  for (i = 1; i <= a->n; i++) {
    int *spare = before;
    row[0] = (int)i;
    for (j = 1; j <= b->n; j++) {
      int same = a->p[i - 1] == b->p[j - 1];
      row[j] = least(least(row[j - 1], last[j]) + 1,
                     last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a->p[i - 1] == b->p[j - 2] &&
          a->p[i - 2] == b->p[j - 1]) {
        row[j] = least(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
    row = spare;
  }
  return last[b->n];
}

static int edits_allowed(size_t n) {
  if (n < 3) {
    return 0;
  }
  return n < 5 ? 1 : 2;
}

/* 0 is the best; FAR is none. */
static int score(const struct word *a, const struct word *b) {
  size_t shorter = a->n < b->n ? a->n : b->n;
  size_t longer = a->n < b->n ? b->n : a->n;
  if (a->n == b->n && memcmp(a->p, b->p, a->n) == 0) {
    return 0;
  }
  if (is_plural(a, b) || is_plural(b, a)) {
    return 1;
  }
  if (longer - shorter <= 2) {
    int distance = edits(a, b);
    if (distance <= edits_allowed(shorter)) {
      return 1 + distance;
    }
  }
  if (shorter >= 3 && (begins(a, b) || begins(b, a))) {
    return 10;
  }
  return FAR;
}

const char *sw_suggest(const char *word, size_t n, sw_suggest_next *next,
                       const void *list) {
  struct word wanted, offered;
  const char *best = NULL;
  int best_score = FAR;
  size_t i = 0;
  const char *candidate;
  if (!fold(&wanted, word, n)) {
    return NULL;
  }
  for (candidate = next(list, 0); candidate != NULL;
       candidate = next(list, i)) {
    i++;
    if (fold(&offered, candidate, strlen(candidate))) {
      int this_score = score(&wanted, &offered);
      if (this_score < best_score) {
        best_score = this_score;
        best = candidate;
      }
    }
  }
  return best;
}

struct array {
  const char *const *words;
  size_t count;
};

static const char *array_next(const void *list, size_t i) {
  const struct array *array = list;
  return i < array->count ? array->words[i] : NULL;
}

const char *sw_suggest_in(const char *word, size_t n,
                          const char *const *words, size_t count) {
  struct array array;
  array.words = words;
  array.count = count;
  return sw_suggest(word, n, array_next, &array);
}

#undef WORD_MAX
#undef FAR
