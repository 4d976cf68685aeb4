/* The kinds of fields that only a shop's rows have. */
#include "../../src/field.h"

#include "check.h"

static struct sw_buf wire, why;

/* What sw_field_check returns for a text. */
static int text(enum sw_kind kind, unsigned flags, long min, long max,
                const char *value) {
  struct sw_field f = {"f", kind, 0, 0, 0, NULL, NULL};
  struct sw_value v = {SW_VALUE_TEXT, {NULL, 0}, 0, 0};
  f.flags = flags;
  f.min = min;
  f.max = max;
  v.text.p = value;
  v.text.n = strlen(value);
  sw_buf_clear(&wire);
  sw_buf_clear(&why);
  return sw_field_check(&f, &v, &wire, &why);
}

static int number(enum sw_kind kind, long min, int64_t value) {
  struct sw_field f = {"f", kind, 0, 0, 0, NULL, NULL};
  struct sw_value v = {SW_VALUE_INT, {NULL, 0}, 0, 0};
  f.min = min;
  v.integer = value;
  v.real = (double)value;
  sw_buf_clear(&wire);
  sw_buf_clear(&why);
  return sw_field_check(&f, &v, &wire, &why);
}

static int is_wire(const char *want) {
  return wire.len == strlen(want) && memcmp(wire.data, want, wire.len) == 0;
}

static void test_ids(void) {
  CHECK_INT(text(SW_ID, 0, 1, 0, "40"), 0);
  CHECK(is_wire("40"));
  CHECK_INT(number(SW_ID, 1, 42), 0);
  CHECK(is_wire("42"));
  CHECK_INT(number(SW_ID, 1, 0), -1);
  CHECK_INT(number(SW_ID, 0, 0), 0);
  CHECK_INT(number(SW_ID, 0, -1), -1);
  CHECK_INT(text(SW_ID, 0, 1, 0, "00"), -1);
  CHECK_INT(text(SW_ID, 0, 1, 0, "4x"), -1);
  CHECK_INT(text(SW_ID, 0, 1, 0, ""), -1);
  CHECK_INT(text(SW_ID, 0, 1, 0, "1234567890123456789"), -1);
}

static void test_places(void) {
  CHECK_INT(text(SW_PLACE, 0, 0, 0, "176"), 0);
  CHECK_INT(number(SW_PLACE, 0, 0), 0);
  CHECK_INT(text(SW_PLACE, 0, 0, 0, "RUS"), 1);
  CHECK(is_wire("RUS"));
  CHECK_INT(text(SW_PLACE, SW_NARROW | SW_ESCAPED, 0, 0, "\xFF"), -1);
}

static void test_flags_and_codes(void) {
  CHECK_INT(number(SW_FLAG, 0, 1), 0);
  CHECK(is_wire("1"));
  CHECK_INT(number(SW_FLAG, 0, 2), -1);
  CHECK_INT(text(SW_FLAG, 0, 0, 0, "false"), -1);
  CHECK_INT(text(SW_CODE, 0, 1, 3, "USD"), 0);
  CHECK_INT(text(SW_CODE, 0, 1, 3, "USd"), -1);
  CHECK_INT(text(SW_CODE, 0, 1, 3, ""), -1);
}

static void test_stored(void) {
  unsigned stored = SW_ESCAPED | SW_NARROW;
  CHECK_INT(text(SW_TEXT, stored, 1, 32, "&&&&&&"), 0);
  CHECK_INT(text(SW_TEXT, stored, 1, 32, "&&&&&&&"), -1);
  CHECK_INT(text(SW_TEXT, stored, 1, 6, "\""), 0);
  CHECK_INT(text(SW_TEXT, stored, 1, 5, "\""), -1);
  CHECK_INT(text(SW_TEXT, stored, 1, 4, "<"), 0);
  CHECK_INT(text(SW_TEXT, stored, 1, 3, ">"), -1);
  CHECK_INT(text(SW_TEXT, stored, 1, 1, "'"), 0);
  CHECK_INT(text(SW_TEXT, stored, 1, 3, "  \xD0\x98\xD0\xBB\n"), 0);
  CHECK(is_wire("\xD0\x98\xD0\xBB"));
  CHECK_INT(text(SW_TEXT, stored, 1, 9, "   "), -1);
  CHECK_INT(text(SW_TEXT, stored, 0, 9, ""), 0);
  CHECK_INT(text(SW_TEXT, stored, 1, 9, "\xF0\x9F\x98\x80"), -1);
  CHECK_INT(text(SW_TEXT, SW_ESCAPED, 1, 9, "\xF0\x9F\x98\x80"), 0);
}

int main(void) {
  sw_buf_init(&wire, 4096);
  sw_buf_init(&why, 4096);
  test_ids();
  test_places();
  test_flags_and_codes();
  test_stored();
  sw_buf_free(&wire);
  sw_buf_free(&why);
  return check_done();
}
