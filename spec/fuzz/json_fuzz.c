/* Any bytes through the JSON scan: no step outside the text, a tape that can
   be walked, strings that are UTF-8 and can be written and read back.
   Must not know: Lua. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/json.h"
#include "../../src/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int ok) {
  if (!ok) {
    abort();
  }
}

/* A string of the tape, written in quotes, must read back the same. */
static void there_and_back(struct sw_str s) {
  struct sw_buf b;
  struct sw_json again;
  struct sw_str got;
  size_t bad;
  memset(&again, 0, sizeof again);
  sw_buf_init(&b, (size_t)1 << 24);
  demand(sw_json_quote(&b, s.p, s.n, &bad) == 0);
  demand(sw_json_scan(&again, b.data, b.len) == 0);
  got = sw_json_str(&again, 0);
  demand(again.repaired == 0 && got.n == s.n);
  demand(s.n == 0 || memcmp(got.p, s.p, s.n) == 0);
  sw_json_free(&again);
  sw_buf_free(&b);
}

static void visit(const struct sw_json *j, size_t node) {
  struct sw_str s = sw_json_str(j, node);
  double value;
  switch (sw_json_type(j, node)) {
    case SW_JSON_STRING:
      there_and_back(s);
      break;
    case SW_JSON_INT:
    case SW_JSON_NUMBER:
      demand(s.n > 0 && s.p >= j->text && s.p + s.n <= j->text + j->len);
      if (sw_json_double(s, &value) == 0) {
        demand(value == value && value - value == 0);
      }
      break;
    default:
      demand(sw_json_after(j, node) > node);
      demand(sw_json_after(j, node) <= j->used);
      demand(sw_json_count(j, node) <= j->used);
      break;
  }
}

/* The children, counted one by one, end where the container says. */
static void count(const struct sw_json *j, size_t node) {
  size_t left = sw_json_count(j, node);
  size_t at = node + 1;
  if (sw_json_type(j, node) == SW_JSON_OBJECT) {
    left *= 2;
  }
  for (; left > 0; left--) {
    at = sw_json_after(j, at);
  }
  demand(at == sw_json_after(j, node));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_json j;
  char *copy = malloc(size > 0 ? size : 1);
  size_t node;
  if (copy == NULL) {
    return 0;
  }
  if (size > 0) {
    memcpy(copy, data, size);
  }
  memset(&j, 0, sizeof j);
  if (sw_json_scan(&j, copy, size) == 0) {
    demand(sw_json_after(&j, 0) == j.used);
    for (node = 0; node < j.used; node++) {
      visit(&j, node);
      if (j.used < 4096) {
        count(&j, node);
      }
    }
    sw_json_get(&j, 0, "id");
    sw_json_reuse(&j);
  } else {
    demand(j.error != NULL && j.at <= size && j.used == 0);
  }
  sw_json_free(&j);
  free(copy);
  return 0;
}
