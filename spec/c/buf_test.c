/* src/buf.c: growth, the cap, the sticky fault. */
#include "../../src/buf.h"
#include "check.h"

static void grows(void) {
  struct sw_buf b;
  int i;
  sw_buf_init(&b, 100000);
  CHECK(b.data == NULL);
  for (i = 0; i < 10000; i++) {
    sw_buf_addc(&b, (char)('a' + i % 26));
  }
  CHECK_INT(b.len, 10000);
  CHECK_INT(b.failed, SW_BUF_OK);
  CHECK_INT(b.data[27], 'b');
  CHECK_INT(b.data[9999], 'a' + 9999 % 26);
  CHECK(b.cap >= b.len && b.cap <= b.max);
  sw_buf_free(&b);
  CHECK(b.data == NULL && b.len == 0 && b.max == 100000);
  sw_buf_free(&b);
}

static void stops_at_the_cap(void) {
  struct sw_buf b;
  sw_buf_init(&b, 5);
  CHECK_INT(sw_buf_adds(&b, "12345"), 0);
  CHECK_INT(sw_buf_add(&b, "", 0), 0);
  CHECK_INT(sw_buf_addc(&b, '6'), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  CHECK_STRN(b.data, b.len, "12345");
  CHECK_INT(sw_buf_add(&b, "", 0), -1);
  sw_buf_clear(&b);
  CHECK_INT(sw_buf_add(&b, "abcdef", 6), -1);
  CHECK_INT(sw_buf_addc(&b, 'x'), -1);
  CHECK_INT(b.len, 0);
  sw_buf_clear(&b);
  CHECK_INT(sw_buf_room(&b, (size_t)-1), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_clear(&b);
  CHECK_INT(sw_buf_adds(&b, "abc"), 0);
  CHECK_INT(sw_buf_room(&b, (size_t)-1), -1);
  sw_buf_free(&b);
}

static void a_cap_of_zero(void) {
  struct sw_buf b;
  sw_buf_init(&b, 0);
  CHECK_INT(sw_buf_add(&b, "", 0), 0);
  CHECK_INT(sw_buf_addc(&b, 'x'), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
}

static void numbers_and_seal(void) {
  struct sw_buf b;
  sw_buf_init(&b, 64);
  sw_buf_addu(&b, 0);
  sw_buf_addc(&b, ' ');
  sw_buf_addu(&b, 18446744073709551615ULL);
  CHECK_STRN(b.data, b.len, "0 18446744073709551615");
  CHECK_INT(sw_buf_seal(&b), 0);
  CHECK_INT(b.len, 22);
  CHECK_STR(b.data, "0 18446744073709551615");
  sw_buf_clear(&b);
  CHECK_INT(b.len, 0);
  CHECK(b.data != NULL);
  sw_buf_wipe(&b);
  CHECK(b.data == NULL);
  sw_buf_wipe(&b);
}

int main(void) {
  grows();
  stops_at_the_cap();
  a_cap_of_zero();
  numbers_and_seal();
  return check_done();
}
