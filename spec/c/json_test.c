/* The JSON scan and the JSON writer: what RFC 8259 takes and refuses, every
   truncation, depth, repairs, numbers, and each allocation failing in turn.
   For json.c, json_scan.c, json_scan_text.c and json_write.c.
   Must not know: Lua. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "check.h"
#include "json.h"
#include "json_write.h"

#ifdef SW_TORTURE
static long countdown = -1; /* allocations until one fails; -1: none does */
static long alive;

static int refused(void) {
  if (countdown < 0) {
    return 0;
  }
  if (countdown == 0) {
    return 1;
  }
  countdown--;
  return 0;
}

void *sw_malloc(size_t size) {
  void *p = refused() ? NULL : malloc(size);
  alive += p != NULL;
  return p;
}

void *sw_realloc(void *old, size_t size) {
  void *p = refused() ? NULL : realloc(old, size);
  alive += p != NULL && old == NULL;
  return p;
}

void sw_free(void *p) {
  alive -= p != NULL;
  free(p);
}
#endif

static const char rich[] =
    " {\"id\": 12, \"amount\":\"10.50\",\"rate\":-0.5e+3,\"ok\":true,"
    "\"no\":false,\"none\":null,\"list\":[1,[],{},[2,{\"a\":\"\\u0041\\n\"}],"
    "\"\\ud83d\\ude00\",\"caf\xC3\xA9\"],\"\":{\"deep\":{\"er\":[null]}},"
    "\"long\":\"0123456789abcdef0123456789abcdef\\\\0123456789\"}\n";

/* A copy of exact size, so that a sanitizer sees every step too far. */
static int scan(struct sw_json *j, const char *text, size_t n, char **copy) {
  int status;
  *copy = malloc(n > 0 ? n : 1);
  if (*copy == NULL) {
    abort();
  }
  memcpy(*copy, text, n);
  status = sw_json_scan(j, *copy, n);
  return status;
}

static int takes_n(const char *text, size_t n) {
  struct sw_json j = {0};
  char *copy;
  int status = scan(&j, text, n, &copy);
  int sane = status == 0 ? j.error == NULL && j.used > 0
                         : j.error != NULL && j.at <= n && j.used == 0;
  sw_json_free(&j);
  free(copy);
  if (!sane) {
    return -1;
  }
  return status == 0;
}

static int takes(const char *text) {
  return takes_n(text, strlen(text));
}

static void grammar(void) {
  static const char *const good[] = {
      "{}", "[]", "null", "true", "false", "0", "-0", "10", "\"\"", " [ ] ",
      "\t{\r\n}\n", "[1,2]", "[1 , 2]", "{\"a\" : 1 , \"b\":2}", "0.5", "1e5",
      "1E+5", "1e-5", "-0.0", "123.456e7", "\"\\u0000\"", "\"\x7F\"",
      "\"\\/\\b\\f\"", "[[],[{}]]", "{\"a\":1,\"a\":2}", "9223372036854775808",
      "\"\xF4\x8F\xBF\xBF\"", "[\"\\uFFFF\"]"};
  static const char *const bad[] = {
      "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", "{,}", "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "{'a':1}", "{\"a\" 1}",
      "01", "-", "-a", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "00",
      "-01", "NaN", "nan", "Infinity", "-Infinity", "nul", "nulll", "True",
      "tru", "fals", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u\"", "\"\\u12\"",
      "\"\\u123g\"", "\"\\u123", "\"\n\"", "\"\t\"", "\"\x1F\"", "[1]]",
      "[1}", "{\"a\":1]", "1 2", "{}{}", "[] x", "// c\n1", "/**/1", "'a'",
      "\xEF\xBB\xBF{}", "[1,2", "\302\2401", "\v1", "\f1", "1\v",
      "[\"a\":1]", "{\"a\":1 \"b\":2}", "[1:2]", "1,", "\"\\ud800\\"};
  size_t i;
  for (i = 0; i < sizeof good / sizeof *good; i++) {
    if (!CHECK(takes(good[i]) == 1)) {
      fprintf(stderr, "  refused: %s\n", good[i]);
    }
  }
  for (i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (!CHECK(takes(bad[i]) == 0)) {
      fprintf(stderr, "  taken: %s\n", bad[i]);
    }
  }
  CHECK(takes_n("1\0", 2) == 0);
  CHECK(takes_n("\"a\0b\"", 5) == 0);
}

static void truncations(void) {
  size_t n = sizeof rich - 1;
  size_t cut;
  int taken = 0;
  for (cut = 0; cut < n - 1; cut++) {
    taken += takes_n(rich, cut) != 0;
  }
  CHECK_INT(taken, 0);
  CHECK_INT(takes_n(rich, n - 1), 1);
  CHECK_INT(takes_n(rich, n), 1);
}

static void sentences(void) {
  struct sw_json j = {0};
  CHECK_INT(sw_json_scan(&j, SW_LIT("[1, 2")), -1);
  CHECK_STR(j.error, "',' or ']' expected");
  CHECK_INT(j.at, 5);
  CHECK_INT(sw_json_scan(&j, SW_LIT("{\"a\":1 x")), -1);
  CHECK_STR(j.error, "',' or '}' expected");
  CHECK_INT(j.at, 7);
  CHECK_INT(sw_json_scan(&j, SW_LIT("<html>")), -1);
  CHECK_STR(j.error, "a value expected");
  CHECK_INT(j.at, 0);
  CHECK_INT(sw_json_scan(&j, SW_LIT("[\"a\x01\"]")), -1);
  CHECK_STR(j.error, "control character in a string");
  CHECK_INT(j.at, 3);
  CHECK_INT(sw_json_scan(&j, SW_LIT("[\"\\ud8\"]")), -1);
  CHECK_INT(j.memory, 0);
  sw_json_free(&j);
  sw_json_free(&j);
}

/* `n` openings of `open`, then as many of `close`. */
static int nested(size_t n, const char *open, char close) {
  size_t width = strlen(open);
  char *text = malloc(n * (width + 1) + 1);
  size_t i;
  int taken;
  if (text == NULL) {
    abort();
  }
  for (i = 0; i < n; i++) {
    memcpy(text + i * width, open, width);
  }
  text[n * width] = '1';
  memset(text + n * width + 1, close, n);
  taken = takes_n(text, n * (width + 1) + 1);
  free(text);
  return taken;
}

static void depth(void) {
  CHECK_INT(nested(1, "[", ']'), 1);
  CHECK_INT(nested(128, "[", ']'), 1);
  CHECK_INT(nested(129, "[", ']'), 0);
  CHECK_INT(nested(128, "{\"k\":", '}'), 1);
  CHECK_INT(nested(129, "{\"k\":", '}'), 0);
  CHECK_INT(nested(100000, "[", ']'), 0);
}

static void tape(void) {
  struct sw_json j = {0};
  size_t list, at;
  struct sw_str s;
  CHECK_INT(sizeof(struct sw_json_node), 16);
  CHECK_INT(sw_json_scan(&j, rich, sizeof rich - 1), 0);
  CHECK_INT(sw_json_type(&j, 0), SW_JSON_OBJECT);
  CHECK_INT(sw_json_count(&j, 0), 9);
  CHECK_INT(sw_json_first(&j, 0), 1);
  CHECK_INT(sw_json_after(&j, 0), (long long)j.used);
  CHECK_INT(sw_json_int(&j, sw_json_get(&j, 0, "id")), 12);
  s = sw_json_str(&j, sw_json_get(&j, 0, "id"));
  CHECK_STRN(s.p, s.n, "12");
  s = sw_json_str(&j, sw_json_get(&j, 0, "rate"));
  CHECK_STRN(s.p, s.n, "-0.5e+3");
  CHECK_INT(sw_json_type(&j, sw_json_get(&j, 0, "rate")), SW_JSON_NUMBER);
  CHECK_INT(sw_json_type(&j, sw_json_get(&j, 0, "none")), SW_JSON_NULL);
  CHECK_INT(sw_json_type(&j, sw_json_get(&j, 0, "ok")), SW_JSON_TRUE);
  CHECK(sw_json_get(&j, 0, "absent") == SW_JSON_NONE);
  CHECK(sw_json_get(&j, 1, "id") == SW_JSON_NONE);
  CHECK(sw_json_get(&j, SW_JSON_NONE, "id") == SW_JSON_NONE);
  list = sw_json_get(&j, 0, "list");
  CHECK_INT(sw_json_count(&j, list), 6);
  at = sw_json_first(&j, list);
  at = sw_json_after(&j, at);
  CHECK_INT(sw_json_type(&j, at), SW_JSON_ARRAY);
  CHECK(sw_json_first(&j, at) == SW_JSON_NONE);
  at = sw_json_after(&j, sw_json_after(&j, at));
  s = sw_json_str(&j, sw_json_get(&j, at + 2, "a"));
  CHECK_STRN(s.p, s.n, "A\n");
  at = sw_json_after(&j, at);
  s = sw_json_str(&j, at);
  CHECK_STRN(s.p, s.n, "\xF0\x9F\x98\x80");
  s = sw_json_str(&j, sw_json_after(&j, at));
  CHECK_STRN(s.p, s.n, "caf\xC3\xA9");
  CHECK(s.p >= rich && s.p < rich + sizeof rich);
  CHECK_INT(sw_json_count(&j, sw_json_get(&j, 0, "")), 1);
  CHECK_INT(j.repaired, 0);
  CHECK_INT(sw_json_scan(&j, SW_LIT("{\"a\":1,\"b\":2,\"a\":null}")), 0);
  CHECK_INT(sw_json_type(&j, sw_json_get(&j, 0, "a")), SW_JSON_NULL);
  CHECK_INT(sw_json_count(&j, 0), 3);
  sw_json_free(&j);
}

/* One string in quotes: its bytes and its repairs. */
static void reads(const char *text, const char *want, size_t want_n,
                  size_t repaired) {
  struct sw_json j = {0};
  char *copy;
  struct sw_str s;
  CHECK_INT(scan(&j, text, strlen(text), &copy), 0);
  s = sw_json_str(&j, 0);
  CHECK_MEM(s.p, s.n, want, want_n);
  CHECK_INT(j.repaired, (long long)repaired);
  sw_json_free(&j);
  free(copy);
}

#define FFFD "\xEF\xBF\xBD"

static void strings(void) {
  reads("\"\\u0000x\"", "\0x", 2, 0);
  reads("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", SW_LIT("\"\\/\b\f\n\r\t"), 0);
  reads("\"\\u00e9\\u20AC\\u007f\"", SW_LIT("\xC3\xA9\xE2\x82\xAC\x7F"), 0);
  reads("\"\\uD834\\uDD1E\"", SW_LIT("\xF0\x9D\x84\x9E"), 0);
  reads("\"\\udbff\\udfff\"", SW_LIT("\xF4\x8F\xBF\xBF"), 0);
  reads("\"a\\ud800b\"", SW_LIT("a" FFFD "b"), 1);
  reads("\"\\udc00\"", SW_LIT(FFFD), 1);
  reads("\"\\ud800\\ud800\\udc00\"", SW_LIT(FFFD "\xF0\x90\x80\x80"), 1);
  reads("\"\\ud800\\u0041\"", SW_LIT(FFFD "A"), 1);
  reads("\"\\ud800\\n\"", SW_LIT(FFFD "\n"), 1);
  reads("\"\x80z\"", SW_LIT(FFFD "z"), 1);
  reads("\"\xFF\"", SW_LIT(FFFD), 1);
  reads("\"\xC0\xAF\"", SW_LIT(FFFD FFFD), 2);
  reads("\"\xC1\xBF\"", SW_LIT(FFFD FFFD), 2);
  reads("\"\xE0\x80\xAF\"", SW_LIT(FFFD FFFD FFFD), 3);
  reads("\"\xED\xA0\x80\"", SW_LIT(FFFD FFFD FFFD), 3);
  reads("\"\xED\x9F\xBF\"", SW_LIT("\xED\x9F\xBF"), 0);
  reads("\"\xEE\x80\x80\"", SW_LIT("\xEE\x80\x80"), 0);
  reads("\"\xF0\x8F\xBF\xBF\"", SW_LIT(FFFD FFFD FFFD FFFD), 4);
  reads("\"\xF4\x90\x80\x80\"", SW_LIT(FFFD FFFD FFFD FFFD), 4);
  reads("\"\xF5\x80\"", SW_LIT(FFFD FFFD), 2);
  reads("\"\xE2\x82\"", SW_LIT(FFFD), 1);
  reads("\"\xF0\x9F\x98\"", SW_LIT(FFFD), 1);
  reads("\"\xE2\x28\xA1\"", SW_LIT(FFFD "(" FFFD), 2);
  reads("\"\xC2\"", SW_LIT(FFFD), 1);
  reads("\"ok \xC3\xA9 then \xFF and \\n\"",
        SW_LIT("ok \xC3\xA9 then " FFFD " and \n"), 1);
}

/* Every length and place of the odd byte, against the wide loads. */
static void alignments(void) {
  size_t n, at;
  int wrong = 0;
  for (n = 1; n < 70; n++) {
    for (at = 0; at < n; at++) {
      char text[128];
      struct sw_json j = {0};
      char *copy;
      struct sw_str s;
      text[0] = '"';
      memset(text + 1, 'a', n);
      text[1 + at] = '\\';
      memmove(text + 3 + at, text + 2 + at, n - at - 1);
      text[2 + at] = 't';
      text[n + 2] = '"';
      wrong += scan(&j, text, n + 3, &copy) != 0;
      s = sw_json_str(&j, 0);
      wrong += s.n != n || s.p[at] != '\t';
      sw_json_free(&j);
      free(copy);
      text[1 + at] = '\x1F';
      wrong += takes_n(text, n + 3) != 0;
      text[1 + at] = '"';
      wrong += takes_n(text, n + 3) != 0;
      wrong += takes_n(text, at + 2) != 1;
    }
  }
  CHECK_INT(wrong, 0);
}

/* Every value of a byte inside a wide load. */
static void byte_values(void) {
  int c, wrong = 0;
  for (c = 0; c < 256; c++) {
    char text[] = "\"0123456789abcdefghij\"";
    int odd = c < 0x20 || c == '"' || c == '\\';
    struct sw_json j = {0};
    char *copy;
    text[8] = (char)c;
    wrong += scan(&j, text, sizeof text - 1, &copy) != (odd ? -1 : 0);
    if (!odd) {
      wrong += j.repaired != (c < 0x80 ? 0 : 1);
      wrong += sw_json_str(&j, 0).n != (c < 0x80 ? 20 : 22);
    }
    sw_json_free(&j);
    free(copy);
  }
  CHECK_INT(wrong, 0);
}

static void number(const char *text, int is_int, int64_t value) {
  struct sw_json j = {0};
  char *copy;
  struct sw_str s;
  CHECK_INT(scan(&j, text, strlen(text), &copy), 0);
  CHECK_INT(sw_json_type(&j, 0), is_int ? SW_JSON_INT : SW_JSON_NUMBER);
  s = sw_json_str(&j, 0);
  CHECK_STRN(s.p, s.n, text);
  CHECK_INT(sw_json_int(&j, 0), value);
  sw_json_free(&j);
  free(copy);
}

static void integers(void) {
  number("0", 1, 0);
  number("-0", 1, 0);
  number("-1", 1, -1);
  number("9007199254740993", 1, 9007199254740993);
  number("9223372036854775807", 1, INT64_MAX);
  number("-9223372036854775808", 1, INT64_MIN);
  number("9223372036854775808", 0, 0);
  number("-9223372036854775809", 0, 0);
  number("9999999999999999999", 0, 0);
  number("18446744073709551616", 0, 0);
  number("100000000000000000000", 0, 0);
  number("1.0", 0, 0);
  number("1e0", 0, 0);
}

static void doubles(void) {
  static const char *const out[] = {"1e400",  "-1e400", "1e-400",
                                    "1e99999999999999999999",
                                    "0.1e-99999999999999999999"};
  static const char *const texts[] = {
      "0.1", "0.30000000000000004", "-2.5", "1e22", "1e23", "123456789.125",
      "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308",
      "9007199254740993.0", "0.000001", "100e-2", "1E5", "-0.0", "0e999999999",
      "3.141592653589793238462643383279502884197"};
  double value;
  struct sw_str s;
  char longest[500];
  size_t i;
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    s.p = texts[i];
    s.n = strlen(texts[i]);
    CHECK(sw_json_double(s, &value) == 0 && value == strtod(texts[i], NULL));
  }
  for (i = 0; i < sizeof out / sizeof *out; i++) {
    s.p = out[i];
    s.n = strlen(out[i]);
    CHECK_INT(sw_json_double(s, &value), -1);
  }
  memset(longest, '1', sizeof longest);
  s.p = longest;
  s.n = 401;
  CHECK_INT(sw_json_double(s, &value), -1);
  longest[1] = '.';
  s.n = 400;
  CHECK(sw_json_double(s, &value) == 0 && value == 1.1111111111111112);
}

static void prints(double value, const char *want) {
  char text[SW_JSON_DIGITS];
  size_t n = sw_json_print(value, text);
  CHECK_STRN(text, n, want);
}

static void printing(void) {
  char text[SW_JSON_DIGITS];
  size_t n;
  prints(0.1, "0.1");
  prints(0.1 + 0.2, "0.30000000000000004");
  prints(1.0, "1");
  prints(-0.0, "0");
  prints(-41.0, "-41");
  prints(9007199254740991.0, "9007199254740991");
  prints(9007199254740992.0, "9007199254740992");
  prints(1e300, "1e+300");
  prints(-2.5e-7, "-2.5e-07");
  prints(5e-324, "4.94065645841247e-324");
  prints(HUGE_VAL, "");
  prints(-HUGE_VAL, "");
  n = sw_json_print_int(INT64_MIN, text);
  CHECK_STRN(text, n, "-9223372036854775808");
  n = sw_json_print_int(INT64_MAX, text);
  CHECK_STRN(text, n, "9223372036854775807");
  n = sw_json_print_int(0, text);
  CHECK_STRN(text, n, "0");
}

/* A seeded walk over bit patterns: what is printed reads back the same. */
static void round_trips(void) {
  uint64_t state = 20240607;
  int wrong = 0;
  int i;
  for (i = 0; i < 20000; i++) {
    double value, back;
    char text[SW_JSON_DIGITS];
    struct sw_str s;
    state = state * 6364136223846793005u + 1442695040888963407u;
    memcpy(&value, &state, sizeof value);
    s.p = text;
    s.n = sw_json_print(value, text);
    if (s.n > 0) {
      wrong += sw_json_double(s, &back) != 0 || back != value;
    }
  }
  CHECK_INT(wrong, 0);
}

static void quotes(const char *bytes, size_t n, const char *want) {
  struct sw_buf b;
  size_t bad = 0;
  sw_buf_init(&b, 4096);
  CHECK_INT(sw_json_quote(&b, bytes, n, &bad), 0);
  CHECK_STRN(b.data, b.len, want);
  sw_buf_free(&b);
}

static void no_quotes(const char *bytes, size_t n, size_t where) {
  struct sw_buf b;
  size_t bad = 99;
  sw_buf_init(&b, 4096);
  CHECK_INT(sw_json_quote(&b, bytes, n, &bad), -1);
  CHECK_INT(b.failed, SW_BUF_OK);
  CHECK_INT(bad, (long long)where);
  sw_buf_free(&b);
}

static void quoting(void) {
  struct sw_buf b;
  size_t bad = 0;
  quotes(SW_LIT(""), "\"\"");
  quotes(SW_LIT("a/b"), "\"a/b\"");
  quotes(SW_LIT("\"\\\b\f\n\r\t\x01\x1F"),
         "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"");
  quotes("\0", 1, "\"\\u0000\"");
  quotes(SW_LIT("caf\xC3\xA9 \xF0\x9F\x98\x80\n\xC3\xA9"),
         "\"caf\xC3\xA9 \xF0\x9F\x98\x80\\n\xC3\xA9\"");
  quotes(SW_LIT("0123456789abcdef0123456789abcdef\n"),
         "\"0123456789abcdef0123456789abcdef\\n\"");
  no_quotes(SW_LIT("ab\xFF"), 2);
  no_quotes(SW_LIT("\xED\xA0\x80"), 0);
  no_quotes(SW_LIT("\n\n\xC3"), 2);
  no_quotes(SW_LIT("0123456789abcdefg\xF4\x90\x80\x80"), 17);
  sw_buf_init(&b, 8);
  CHECK_INT(sw_json_quote(&b, SW_LIT("123456789"), &bad), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
}

/* A locale with a decimal comma, where the machine has one. */
static void locales(void) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                      "fr_FR.UTF-8", "fr_FR.utf8"};
  size_t i = 0;
  while (i < 5 && setlocale(LC_NUMERIC, names[i]) == NULL) {
    i++;
  }
  if (i == 5) {
    printf("no locale with a decimal comma here\n");
  }
  printing();
  round_trips();
  setlocale(LC_NUMERIC, "C");
}

static void reuse(void) {
  struct sw_json j = {0};
  size_t n = 400000;
  char *big = malloc(n);
  size_t i;
  if (big == NULL) {
    abort();
  }
  for (i = 0; i < n; i++) {
    big[i] = i % 2 == 0 ? '1' : ',';
  }
  big[0] = '[';
  big[n - 1] = ']';
  big[1] = ' ';
  CHECK_INT(sw_json_scan(&j, big, n), 0);
  CHECK_INT(sw_json_count(&j, 0), 199999);
  sw_json_reuse(&j);
  CHECK(j.tape == NULL && j.used == 0);
  CHECK_INT(sw_json_scan(&j, SW_LIT("[1,\"\\n\"]")), 0);
  sw_json_reuse(&j);
  CHECK(j.tape != NULL && j.unescaped != NULL);
  CHECK_INT(sw_json_scan(&j, SW_LIT("\"\\ud800\"")), 0);
  CHECK_INT(j.repaired, 1);
  CHECK_INT(sw_json_scan(&j, SW_LIT("[")), -1);
  CHECK_INT(j.repaired, 0);
  CHECK_INT(sw_json_type(&j, 0), SW_JSON_NULL);
  sw_json_free(&j);
  free(big);
}

#ifdef SW_TORTURE
/* Each allocation of a whole scan fails once; then the same struct works. */
static void torture(void) {
  char text[3000];
  struct sw_json j = {0};
  size_t at = 0;
  long n = 0;
  int status = -1;
  text[at++] = '[';
  while (at < sizeof text - 40) {
    memcpy(text + at, "1,2,\"\\n\377abc\",", 13);
    at += 13;
  }
  memcpy(text + at, "0]", 2);
  at += 2;
  while (status != 0 && n < 100) {
    countdown = n++;
    status = sw_json_scan(&j, text, at);
    countdown = -1;
    if (status != 0) {
      CHECK_INT(j.memory, 1);
      CHECK_STR(j.error, "out of memory");
      CHECK_INT(j.used, 0);
      sw_json_free(&j);
      CHECK_INT(alive, 0);
    }
  }
  CHECK_INT(status, 0);
  CHECK(n > 4);
  sw_json_free(&j);
  CHECK_INT(alive, 0);
}
#endif

int main(void) {
  grammar();
  truncations();
  sentences();
  depth();
  tape();
  strings();
  alignments();
  byte_values();
  integers();
  doubles();
  printing();
  round_trips();
  quoting();
  locales();
  reuse();
#ifdef SW_TORTURE
  torture();
#endif
  return check_done();
}
