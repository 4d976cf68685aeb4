/* Values against field rows: what goes on the wire, what is said of what does
   not. Must not know: Lua, any one service. */
#include "../../src/field.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "check.h"

static struct sw_value text_n(const char *p, size_t n) {
  struct sw_value v = {SW_VALUE_TEXT, {NULL, 0}, 0, 0};
  v.text.p = p;
  v.text.n = n;
  return v;
}

static struct sw_value text(const char *p) {
  return text_n(p, strlen(p));
}

static struct sw_value integer(int64_t n) {
  struct sw_value v = {SW_VALUE_INT, {NULL, 0}, 0, 0};
  v.integer = n;
  v.real = (double)n;
  return v;
}

static struct sw_value real(double n) {
  struct sw_value v = {SW_VALUE_REAL, {NULL, 0}, 0, 0};
  v.real = n;
  return v;
}

static struct sw_value boolean(int so) {
  struct sw_value v = {SW_VALUE_BOOL, {NULL, 0}, 0, 0};
  v.integer = so;
  return v;
}

static struct sw_value table(void) {
  struct sw_value v = text("table");
  v.type = SW_VALUE_OTHER;
  return v;
}

static struct sw_field field(enum sw_kind kind, unsigned flags, long min,
                             long max) {
  struct sw_field f = {"it", SW_TEXT, 0, 0, 0, "INR USD", "help"};
  f.kind = kind;
  f.flags = flags;
  f.min = min;
  f.max = max;
  return f;
}

/* The wire form, or "!" and the phrase. In a buffer of the caller's. */
static const char *check(struct sw_field f, struct sw_value v,
                         char out[512]) {
  struct sw_buf wire, why;
  const struct sw_buf *said;
  int bad;
  sw_buf_init(&wire, 4096);
  sw_buf_init(&why, 4096);
  bad = sw_field_check(&f, &v, &wire, &why);
  said = bad == -1 ? &why : &wire;
  CHECK_INT(bad == -1 ? wire.len : why.len, 0);
  snprintf(out, 512, "%s%.*s", bad == -1 ? "!" : "", (int)said->len,
           said->data != NULL ? said->data : "");
  sw_buf_free(&wire);
  sw_buf_free(&why);
  return out;
}

#define IS(f, v, want) CHECK_STR(check((f), (v), out), (want))

static void texts(void) {
  struct sw_field f = field(SW_TEXT, 0, 2, 4);
  char out[512];
  IS(f, text("ab"), "ab");
  IS(f, text("\303\253\342\202\254\360\237\230\200x"),
     "\303\253\342\202\254\360\237\230\200x");
  IS(f, integer(1234), "1234");
  IS(f, text("a"), "!it needs at least 2 characters");
  IS(f, text("abcde"), "!it may have at most 4 characters, it has 5");
  IS(f, text(""), "!it is empty");
  IS(f, text("a\377"), "!it is not valid UTF-8");
  IS(f, text("\355\240\200"), "!it is not valid UTF-8");
  IS(f, text_n("a\0b", 3), "!it holds a NUL byte");
  IS(f, boolean(1), "!it must be text, not a boolean");
  IS(f, real(1.5), "!it must be text, not a float");
  IS(f, table(), "!it must be text, not a table");
  IS(field(SW_TEXT, 0, 0, 0), text(""), "");
  IS(field(SW_TEXT, 0, 0, 0), integer(INT64_MIN), "-9223372036854775808");
}

static void tokens(void) {
  struct sw_field f = field(SW_TEXT, SW_TOKEN, 1, 64);
  char out[512];
  IS(f, text("aZ09-_"), "aZ09-_");
  IS(f, text("a b"), "!it may hold letters, digits, - and _ only");
  IS(f, text("\303\253"), "!it may hold letters, digits, - and _ only");
}

static void integers(void) {
  struct sw_field f = field(SW_INT, 0, 1, 500);
  char out[512];
  IS(f, integer(1), "1");
  IS(f, integer(500), "500");
  IS(f, real(3.0), "3");
  IS(f, integer(0), "!it must be at least 1");
  IS(f, integer(501), "!it may be at most 500");
  IS(f, integer(INT64_MAX), "!it may be at most 500");
  IS(f, integer(INT64_MIN), "!it must be at least 1");
  IS(f, real(1.5), "!it must be an integer, not a float");
  IS(f, real((double)NAN), "!it must be an integer, not a float");
  IS(f, real((double)INFINITY), "!it must be an integer, not a float");
  IS(f, real(-DBL_MAX), "!it must be an integer, not a float");
  IS(f, text("1"), "!it must be an integer, not text");
  IS(field(SW_INT, 0, 0, 0), integer(0), "0");
  IS(field(SW_INT, 0, 0, 0), integer(INT64_MAX), "9223372036854775807");
  IS(field(SW_INT, 0, 0, 0), integer(-1), "!it must be at least 0");
}

static void amounts(void) {
  struct sw_field f = field(SW_MONEY, 0, 9, 200000);
  char out[512];
  IS(f, text("9.00"), "9.00");
  IS(f, integer(2500), "2500");
  IS(f, real(9.99), "9.99");
  IS(f, text("8.99"), "!it must be at least 9");
  IS(f, text("200000.01"), "!it may be at most 200000");
  IS(f, boolean(0), "!it must be an amount such as \"12.50\", "
                    "not a boolean");
  CHECK(strstr(check(f, real(0.1 + 0.2), out), "two decimal") != NULL);
  CHECK(strstr(check(f, text("1,000"), out), "(it is \"1,000\")") != NULL);
  CHECK(check(f, text("-10"), out)[0] == '!');
  CHECK(check(f, real((double)NAN), out)[0] == '!');
  IS(field(SW_MONEY, 0, 0, 0), integer(0), "0");
}

static void choices(void) {
  struct sw_field f = field(SW_CHOICE, 0, 0, 0);
  char out[512];
  IS(f, text("INR"), "INR");
  IS(f, text("USD"), "USD");
  IS(f, text("INR USD"),
     "!it must be one of INR USD (it is \"INR USD\")");
  IS(f, text(""), "!it must be one of INR USD (it is \"\")");
  IS(f, text("IN"), "!it must be one of INR USD (it is \"IN\")");
  IS(f, text_n("INR\0", 4),
     "!it must be one of INR USD (it is \"INR\\x00\")");
  IS(f, integer(1), "!it must be text, not an integer");
}

static void switches(void) {
  char out[512];
  IS(field(SW_BOOL, 0, 0, 0), boolean(1), "true");
  IS(field(SW_BOOL, 0, 0, 0), boolean(0), "false");
  IS(field(SW_BOOL, 0, 0, 0), integer(1),
     "!it must be true or false, not an integer");
  IS(field(SW_BOOL, 0, 0, 0), text("false"),
     "!it must be true or false, not text");
  IS(field(SW_FLAG, 0, 0, 0), boolean(1), "1");
  IS(field(SW_FLAG, 0, 0, 0), integer(0), "0");
  CHECK(check(field(SW_FLAG, 0, 0, 0), integer(2), out)[0] == '!');
  CHECK(check(field(SW_FLAG, 0, 0, 0), integer(-1), out)[0] == '!');
}

static void formats(void) {
  char out[512];
  IS(field(SW_URL, 0, 0, 0), text("https://x.test/a?b=c#d"),
     "https://x.test/a?b=c#d");
  CHECK(check(field(SW_URL, 0, 0, 0), text("ftp://x.test/"), out)[0] == '!');
  CHECK(check(field(SW_URL, 0, 0, 0), text("https://x.test/\n"), out)[0] ==
        '!');
  IS(field(SW_WHEN, 0, 0, 0), text("2024-02-29 23:59"), "2024-02-29 23:59");
  CHECK(check(field(SW_WHEN, 0, 0, 0), text("2023-02-29 23:59"), out)[0] ==
        '!');
  IS(field(SW_TIME, 0, 0, 0), text("2024-02-29T23:59:00Z"),
     "2024-02-29T23:59:00Z");
  CHECK(check(field(SW_TIME, 0, 0, 0), text("yesterday"), out)[0] == '!');
  IS(field(SW_TIME, 0, 0, 0), integer(5), "!it must be text, not an integer");
}

/* A refusal never shows what nobody may see, nor raw control characters. */
static void hidden(void) {
  static const enum sw_kind kinds[] = {SW_TEXT, SW_MONEY, SW_CHOICE, SW_URL,
                                       SW_WHEN, SW_TIME};
  char out[512];
  size_t i;
  for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    check(field(kinds[i], SW_HIDDEN, 0, 2), text("s3cret\033word"), out);
    CHECK(out[0] == '!' && strstr(out, "s3cret") == NULL);
    check(field(kinds[i], 0, 0, 2), text("s3cret\033word"), out);
    CHECK(out[0] == '!' && strchr(out, 27) == NULL);
  }
}

static void found(void) {
  static const struct sw_field list[] = {
    {"title", SW_TEXT, 0, 0, 0, NULL, ""},
    {"title_long", SW_TEXT, 0, 0, 0, NULL, ""}};
  char name[64];
  memset(name, 0, sizeof name);
  memcpy(name, "title", 5);
  CHECK(sw_field_find(list, 2, "title", 5) == &list[0]);
  CHECK(sw_field_find(list, 2, "title_long", 10) == &list[1]);
  CHECK(sw_field_find(list, 2, "title_", 6) == NULL);
  CHECK(sw_field_find(list, 2, "titl", 4) == NULL);
  CHECK(sw_field_find(list, 2, "", 0) == NULL);
  CHECK(sw_field_find(list, 2, name, 6) == NULL);
  CHECK(sw_field_find(list, 2, name, sizeof name) == NULL);
  CHECK(sw_field_find(list, 0, "title", 5) == NULL);
}

/* A buffer that is full or out of memory is told by its own mark. */
static void full(void) {
  struct sw_field f = field(SW_TEXT, 0, 0, 0);
  struct sw_value v = text("more than four");
  struct sw_buf wire, why;
  sw_buf_init(&wire, 4);
  sw_buf_init(&why, 4);
  sw_field_check(&f, &v, &wire, &why);
  CHECK_INT(wire.failed, SW_BUF_FULL);
  v = table();
  CHECK_INT(sw_field_check(&f, &v, &wire, &why), -1);
  CHECK_INT(why.failed, SW_BUF_FULL);
  sw_buf_free(&wire);
  sw_buf_free(&why);
}

static void names(void) {
  CHECK_STR(sw_kind_name(SW_TEXT), "text");
  CHECK_STR(sw_kind_name(SW_ITEMS), "items");
  CHECK_STR(sw_class_name(SW_ONCE), "once");
  CHECK_STR(sw_body_name(SW_MULTIPART), "multipart");
  CHECK_STR(sw_auth_name(SW_AUTH_NOBODY), "nobody");
  CHECK_STR(sw_evidence_name(SW_SEEN), "seen on a real shop");
}

int main(void) {
  texts();
  tokens();
  integers();
  amounts();
  choices();
  switches();
  formats();
  hidden();
  found();
  full();
  names();
  return check_done();
}
