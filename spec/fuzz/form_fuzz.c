/* Any bytes through src/form.c: the pairs stay inside the arena, the message
   has every value once, and twice() tells what a plain search tells. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/form.h"
#include "../../src/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int so) {
  if (!so) {
    abort();
  }
}

static int twice_plainly(const struct sw_form *f) {
  size_t i, j;
  for (i = 0; i < f->count; i++) {
    for (j = 0; j < i; j++) {
      struct sw_str a = f->pairs[i].name;
      struct sw_str b = f->pairs[j].name;
      if (sw_same_case(a.p, a.n, b.p, b.n)) {
        return 1;
      }
    }
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_form f;
  struct sw_buf b;
  size_t i, values = 0, kept = 0;
  if (size > 8192 ||
      sw_form_parse(&f, (const char *)data, size) != SW_FORM_OK) {
    return 0;
  }
  sw_buf_init(&b, 1 << 20);
  for (i = 0; i < f.count; i++) {
    struct sw_str name = f.pairs[i].name;
    struct sw_str value = f.pairs[i].value;
    must(name.p >= f.arena && name.p + name.n == value.p);
    must(value.p + value.n <= f.arena + size);
    if (name.n != 3 || memcmp(name.p, "mac", 3) != 0) {
      values += value.n;
      kept++;
    }
  }
  must((sw_form_twice(f.pairs, f.count) != NULL) == twice_plainly(&f));
  must(sw_form_message(&b, f.pairs, f.count, "mac") == 0);
  must(b.len == values + (kept == 0 ? 0 : kept - 1));
  must((sw_form_find(f.pairs, f.count, "mac") == NULL) == (kept == f.count));
  sw_buf_free(&b);
  sw_form_free(&f);
  return 0;
}
