/* src/money.c: what is an amount, and what is not quite one. */
#include "../../src/money.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

static void takes(const char *text, long long minor) {
  struct sw_money m;
  CHECK_INT(sw_money_text(&m, text, strlen(text), 1), 0);
  CHECK_INT(m.minor, minor);
  CHECK_STR(m.text, text);
}

static void refuses(const char *text, const char *why) {
  struct sw_money m;
  CHECK_INT(sw_money_text(&m, text, strlen(text), 0), -1);
  CHECK_STR(m.why, why);
}

static void text(void) {
  struct sw_money m;
  takes("0", 0);
  takes("12", 1200);
  takes("12.5", 1250);
  takes("12.50", 1250);
  takes("0.05", 5);
  takes("-1.05", -105);
  takes("92233720368547758.07", 9223372036854775807LL);
  takes("-92233720368547758.07", -9223372036854775807LL);
  refuses("92233720368547758.08", "is too large");
  refuses("92233720368547759", "is too large");
  refuses("99999999999999999999999999999999", "is too large");
  refuses("", "has no digits");
  refuses("-", "has no digits");
  refuses(" 12", "has white space");
  refuses("12 ", "has white space");
  refuses("12\n", "has white space");
  refuses("-1", "is negative");
  refuses("-0.00", "is a negative zero");
  refuses("--1", "has a sign in an odd place");
  refuses("+1", "has a sign in an odd place");
  refuses("1e3", "has an exponent: write all its digits");
  refuses("1,000", "has a comma: write 1000.50 without separators");
  refuses("1.000", "has more than two decimal places");
  refuses("1.2.3", "is not a decimal number");
  refuses(".5", "needs a digit on both sides of its point");
  refuses("5.", "needs a digit on both sides of its point");
  refuses(".", "needs a digit on both sides of its point");
  refuses("007", "has a zero in front");
  refuses("00.5", "has a zero in front");
  refuses("0x10", "is not a decimal number");
  refuses("nan", "is not a decimal number");
  CHECK_INT(sw_money_text(&m, "1\0", 2, 0), -1);
  CHECK_INT(sw_money_text(&m, "12.509", 5, 0), 0);
  CHECK_STR(m.text, "12.50");
}

static void integers(void) {
  struct sw_money m;
  CHECK_INT(sw_money_int(&m, 0, 0), 0);
  CHECK_STR(m.text, "0");
  CHECK_INT(sw_money_int(&m, 92233720368547758LL, 0), 0);
  CHECK_INT(m.minor, 9223372036854775800LL);
  CHECK_INT(sw_money_int(&m, 92233720368547759LL, 0), -1);
  CHECK_INT(sw_money_int(&m, -5, 0), -1);
  CHECK_STR(m.why, "is negative");
  CHECK_INT(sw_money_int(&m, -5, 1), 0);
  CHECK_STR(m.text, "-5");
  CHECK_INT(sw_money_int(&m, INT64_MIN, 1), -1);
}

static void floats_taken(void) {
  static const struct {
    double value;
    const char *text;
  } rows[] = {
    {0.0, "0"},         {-0.0, "0"},       {12.0, "12"},
    {12.5, "12.50"},    {0.29, "0.29"},    {1.1, "1.10"},
    {0.07, "0.07"},     {2500.99, "2500.99"},
    {-1.25, "-1.25"},   {-0.5, "-0.50"},
    {50000000000000.01, "50000000000000.01"},
    {70368744177663.99, "70368744177663.99"},
    {90071992547409.0, "90071992547409"}
  };
  struct sw_money m;
  size_t i;
  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK_INT(sw_money_float(&m, rows[i].value, 1), 0);
    CHECK_STR(m.text, rows[i].text);
  }
}

static void floats_refused(void) {
  struct sw_money m;
  volatile double tenth = 0.1;
  CHECK_INT(sw_money_float(&m, tenth + 0.2, 0), -1);
  CHECK_STR(m.why, "is 0.30000000000000004, which two decimal places cannot "
                   "write: round it");
  CHECK_INT(sw_money_float(&m, 0.005, 0), -1);
  CHECK_STR(m.why,
            "is 0.005, which two decimal places cannot write: round it");
  CHECK_INT(sw_money_float(&m, 1e-300, 0), -1);
  CHECK_INT(sw_money_float(&m, -0.25, 0), -1);
  CHECK_STR(m.why, "is negative");
  CHECK_INT(sw_money_float(&m, (double)NAN, 0), -1);
  CHECK_STR(m.why, "is not a number");
  CHECK_INT(sw_money_float(&m, (double)INFINITY, 0), -1);
  CHECK_INT(sw_money_float(&m, -(double)INFINITY, 1), -1);
  CHECK_STR(m.why, "is too large");
  CHECK_INT(sw_money_float(&m, 90071992547410.0, 0), -1);
  CHECK_INT(sw_money_float(&m, 1e300, 0), -1);
  CHECK_INT(sw_money_float(&m, 70368744177664.5, 0), -1);
  CHECK_STR(m.why,
            "is too large for a float with cents: give it as text");
}

/* Every cent that a float can tell apart is taken as itself; its neighbours
   among the floats are refused where floats are denser than cents by far. */
static void floats_swept(void) {
  static const long long from[] = {0, 100000000LL, 99999999990000LL,
                                   4503599627370400LL, 7036874417760000LL};
  size_t i;
  long wrong = 0;
  for (i = 0; i < sizeof from / sizeof from[0]; i++) {
    long long cents;
    for (cents = from[i]; cents < from[i] + 5000; cents++) {
      struct sw_money m;
      char digits[40];
      double value;
      snprintf(digits, sizeof digits, "%lld.%02lld", cents / 100,
               cents % 100);
      value = strtod(digits, NULL);
      wrong += sw_money_float(&m, value, 0) != 0 || m.minor != cents;
      if (value > 0 && value < 1e12) {
        wrong += sw_money_float(&m, nextafter(value, 1e300), 0) == 0;
        wrong += sw_money_float(&m, nextafter(value, 0), 0) == 0;
      }
    }
  }
  CHECK_INT(wrong, 0);
}

static int against(const char *text, int64_t whole) {
  struct sw_money m;
  sw_money_text(&m, text, strlen(text), 1);
  return sw_money_compare(&m, whole);
}

static void bounds(void) {
  CHECK_INT(against("8.99", 9), -1);
  CHECK_INT(against("9.00", 9), 0);
  CHECK_INT(against("9.01", 9), 1);
  CHECK_INT(against("200000.01", 200000), 1);
  CHECK_INT(against("-0.50", 0), -1);
  CHECK_INT(against("-1.50", -1), -1);
  CHECK_INT(against("-1.50", -2), 1);
  CHECK_INT(against("1", INT64_MAX), -1);
  CHECK_INT(against("1", INT64_MIN), 1);
}

int main(void) {
  text();
  integers();
  floats_taken();
  floats_refused();
  floats_swept();
  bounds();
  return check_done();
}
