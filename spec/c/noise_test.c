/* JSON behind noise: what is found, and what is not taken for an answer. */
#include "../../src/noise.h"

#include "check.h"

/* Bytes of noise ahead of the JSON, or -1. */
static long ahead(const char *text) {
  struct sw_json j;
  size_t noise = 99;
  long result;
  memset(&j, 0, sizeof j);
  result = sw_noise_scan(&j, text, strlen(text), &noise) == 0 ? (long)noise
                                                              : -1;
  sw_json_free(&j);
  return result;
}

static void test_found(void) {
  CHECK_INT(ahead("{}"), 0);
  CHECK_INT(ahead("  []\n"), 0);
  CHECK_INT(ahead("\"text\""), 0);
  CHECK_INT(ahead("\xEF\xBB\xBF{\"a\":1}"), 3);
  CHECK_INT(ahead("<b>W</b>{\"a\":[1,{}]}"), 8);
  CHECK_INT(ahead("<b>W</b>[]"), 8);
  CHECK_INT(ahead("key \"x\" in [y]\n { \"a\" : {\"b\":[]} } "), 16);
  CHECK_INT(ahead("Array [\"x\"] {} x {\"ok\":1}"), 17);
  CHECK_INT(ahead("[] {\"ok\":1}"), -1);
}

static void test_cut(void) {
  CHECK_INT(ahead(""), -1);
  CHECK_INT(ahead("   "), -1);
  CHECK_INT(ahead("<html></html>"), -1);
  CHECK_INT(ahead("{\"a\":[]"), -1);
  CHECK_INT(ahead("W\n{\"a\":[],\"b\":[]"), -1);
  CHECK_INT(ahead("W\n{\"a\":{\"b\":{}}"), -1);
  CHECK_INT(ahead("W\n[[],[]"), -1);
  CHECK_INT(ahead("W\n{\"a\":1} tail"), -1);
  CHECK_INT(ahead("x {"), -1);
  CHECK_INT(ahead("x ["), -1);
}

/* Work is bounded: many false starts do not each cost the whole text. */
static void test_hostile(void) {
  static char text[200001];
  size_t i;
  for (i = 0; i + 5 <= sizeof text; i += 5) {
    memcpy(text + i, "x {\"\"", 5);
  }
  text[sizeof text - 1] = '\0';
  CHECK_INT(ahead(text), -1);
}

int main(void) {
  test_found();
  test_cut();
  test_hostile();
  return check_done();
}
