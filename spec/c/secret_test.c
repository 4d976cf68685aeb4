/* src/secret.c: the wipe reaches every byte, the comparison every pair. */
#include "../../src/secret.h"
#include "check.h"

static void wipes(void) {
  unsigned char bytes[40];
  size_t i, left = 0;
  memset(bytes, 0xAB, sizeof bytes);
  sw_wipe(bytes + 1, sizeof bytes - 2);
  for (i = 1; i + 1 < sizeof bytes; i++) {
    left += bytes[i] != 0;
  }
  CHECK_INT(left, 0);
  CHECK_INT(bytes[0], 0xAB);
  CHECK_INT(bytes[sizeof bytes - 1], 0xAB);
  sw_wipe(bytes, 0);
  CHECK_INT(bytes[0], 0xAB);
}

static void compares(void) {
  unsigned char a[20], b[20];
  int bit;
  memset(a, 0x5C, sizeof a);
  memcpy(b, a, sizeof a);
  CHECK(sw_same(a, sizeof a, b, sizeof b));
  for (bit = 0; bit < 160; bit++) {
    b[bit / 8] ^= (unsigned char)(1 << bit % 8);
    CHECK(!sw_same(a, sizeof a, b, sizeof b));
    b[bit / 8] = a[bit / 8];
  }
  CHECK(!sw_same(a, 19, b, 20));
  CHECK(!sw_same(a, 0, b, 20));
  CHECK(sw_same(a, 0, b, 0));
  CHECK(sw_same("", 0, NULL, 0));
}

int main(void) {
  wipes();
  compares();
  return check_done();
}
