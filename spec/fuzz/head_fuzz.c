/* Any bytes as a reply's head: every view lies inside them. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/head.h"

static void inside(const struct sw_head *h, struct sw_str s) {
  if (s.n > 0 && (s.p < h->p || s.p + s.n > h->p + h->n)) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_head h;
  struct sw_header line;
  struct sw_str s;
  size_t at = 0;
  size_t count = 0;
  sw_head_parse(&h, (const char *)data, size);
  if (h.status < 0 || h.status > 999) {
    abort();
  }
  inside(&h, h.reason);
  while (sw_head_next(&h, &at, &line)) {
    inside(&h, line.name);
    inside(&h, line.value);
    if (line.name.n == 0 || at > size || ++count > size) {
      abort();
    }
  }
  if (sw_head_last(&h, "Location", &s)) {
    inside(&h, s);
  }
  if (sw_head_request_id(&h, &s)) {
    inside(&h, s);
  }
  if (sw_head_is_json(&h) && sw_head_is_html(&h)) {
    abort();
  }
  return 0;
}
