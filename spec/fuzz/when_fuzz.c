/* Any bytes through src/when.c: what is taken lies in the years 0 to 9999,
   and a wait is never negative or endless. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int so) {
  if (!so) {
    abort();
  }
}

static void in_range(int64_t seconds) {
  must(seconds >= (sw_days(0, 1, 1) - 1) * 86400);
  must(seconds <= (sw_days(9999, 12, 31) + 2) * 86400);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *p = (const char *)data;
  struct sw_time t;
  int64_t seconds, wait, now = 0;
  size_t half = size / 2;
  if (size >= sizeof now) {
    memcpy(&now, data, sizeof now);
  }
  if (sw_wall_wrong(p, size) == NULL) {
    must(size == 16);
  }
  if (sw_time_parse(&t, p, size) == NULL) {
    in_range(t.seconds);
    must(t.nanos >= 0 && t.nanos <= 999999999);
    must(t.date_only == (size == 10));
  }
  if (sw_http_date(&seconds, p, size, now) == 0) {
    in_range(seconds);
  }
  wait = sw_retry_after(p, half, p + half, size - half, now);
  must(wait >= -1 && wait <= SW_RETRY_MAX);
  wait = sw_retry_after(p, size, NULL, 0, now);
  must(wait >= -1 && wait <= SW_RETRY_MAX);
  return 0;
}
