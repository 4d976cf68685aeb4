/* Any bytes as a shop's reply: what is found lies inside, shaping keeps the
   tape whole, a failure is within its caps. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/fail_shop.h"
#include "../../src/noise.h"
#include "../../src/shape.h"

/* Touches every byte that a text lays claim to. */
static unsigned walk(const struct sw_json *j) {
  unsigned sum = 0;
  size_t i;
  for (i = 0; i < j->used; i++) {
    enum sw_json_type type = sw_json_type(j, i);
    if (type == SW_JSON_STRING || type == SW_JSON_INT) {
      struct sw_str s = sw_json_str(j, i);
      size_t k;
      for (k = 0; k < s.n; k++) {
        sum += (unsigned char)s.p[k];
      }
    }
  }
  return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_json j = {0};
  struct sw_fail f = {0};
  struct sw_buf out;
  const struct sw_row *row;
  const struct sw_json *json;
  size_t noise;
  const char *text = (const char *)data;
  if (size == 0) {
    return 0;
  }
  row = &sw_invotide.rows[data[0] % sw_invotide.count];
  text++;
  size--;
  json = sw_noise_scan(&j, text, size, &noise) == 0 ? &j : NULL;
  if (noise > size) {
    abort();
  }
  sw_shop_signs(row, json);
  if (!sw_reply_is_success(row, 200, json, text, size)) {
    if (sw_fail_from_reply(&f, row, 200, NULL, json, text, size) == 0 &&
        (f.message.len == 0 || f.message.len > SW_FAIL_MESSAGE + 16)) {
      abort();
    }
    sw_fail_free(&f);
  }
  if (json != NULL) {
    sw_buf_init(&out, 1 << 20);
    sw_shop_warnings(&out, json);
    sw_buf_free(&out);
    if (sw_shape(&j) == 0 && walk(&j) == (unsigned)-1) {
      abort(); /* more than the input can add up to */
    }
  }
  sw_json_free(&j);
  return 0;
}
