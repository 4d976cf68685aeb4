/* Wiping and constant-time comparison: see secret.h. */
#include "secret.h"

void sw_wipe(void *p, size_t n) {
  volatile unsigned char *byte = p;
  while (n > 0) {
    n--;
    byte[n] = 0;
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
