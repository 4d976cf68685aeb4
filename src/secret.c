/* Wiping and constant-time comparison: see secret.h. */
#include "secret.h"

#include <string.h>

/* Called through a volatile pointer, so that no compiler knows what it does
   and drops it. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void sw_wipe(void *p, size_t n) {
  if (n > 0) {
    fill(p, 0, n);
  }
}

int sw_same(const void *a, size_t an, const void *b, size_t bn) {
  const volatile unsigned char *x = a;
  const volatile unsigned char *y = b;
  unsigned char differ = 0;
  size_t i;
  if (an != bn) {
    return 0;
  }
  for (i = 0; i < an; i++) {
    differ |= (unsigned char)(x[i] ^ y[i]);
  }
  return differ == 0;
}
