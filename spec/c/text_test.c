/* src/text.c: UTF-8, showing, escaping, checking. */
#include "../../src/text.h"
#include "check.h"

static void utf8_one(const char *p, size_t n, size_t len, uint32_t code) {
  uint32_t got = 0xABCDEF;
  CHECK_INT(sw_utf8_next(p, n, &got), len);
  CHECK_INT(got, len == 0 ? 0xABCDEF : code);
}

static void utf8_edges(void) {
  utf8_one("", 0, 0, 0);
  utf8_one("\0", 1, 1, 0);
  utf8_one("\x7F", 1, 1, 0x7F);
  utf8_one("\x80", 1, 0, 0);
  utf8_one("\xBF", 1, 0, 0);
  utf8_one("\xC0\x80", 2, 0, 0);
  utf8_one("\xC1\xBF", 2, 0, 0);
  utf8_one("\xC2\x80", 2, 2, 0x80);
  utf8_one("\xDF\xBF", 2, 2, 0x7FF);
  utf8_one("\xDF", 1, 0, 0);
  utf8_one("\xDF\x41", 2, 0, 0);
  utf8_one("\xE0\x9F\xBF", 3, 0, 0);
  utf8_one("\xE0\xA0\x80", 3, 3, 0x800);
  utf8_one("\xED\x9F\xBF", 3, 3, 0xD7FF);
  utf8_one("\xED\xA0\x80", 3, 0, 0);
  utf8_one("\xED\xBF\xBF", 3, 0, 0);
  utf8_one("\xEE\x80\x80", 3, 3, 0xE000);
  utf8_one("\xEF\xBF\xBF", 3, 3, 0xFFFF);
  utf8_one("\xEF\xBF", 2, 0, 0);
  utf8_one("\xF0\x8F\xBF\xBF", 4, 0, 0);
  utf8_one("\xF0\x90\x80\x80", 4, 4, 0x10000);
  utf8_one("\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF);
  utf8_one("\xF4\x90\x80\x80", 4, 0, 0);
  utf8_one("\xF5\x80\x80\x80", 4, 0, 0);
  utf8_one("\xF0\x90\x80", 3, 0, 0);
  utf8_one("\xFF", 1, 0, 0);
  /* the rest of the character stands there, but is not ours to read */
  utf8_one("\xC2\x80", 1, 0, 0);
  utf8_one("\xE2\x82\xB9", 2, 0, 0);
  utf8_one("\xF0\x90\x80\x80", 3, 0, 0);
}

static void utf8_counts(void) {
  size_t chars = 99;
  CHECK(sw_utf8_valid("", 0, &chars));
  CHECK_INT(chars, 0);
  CHECK(sw_utf8_valid(SW_LIT("Zo\xC3\xAB \xE2\x82\xB9"), &chars));
  CHECK_INT(chars, 5);
  CHECK(!sw_utf8_valid(SW_LIT("ab\xC3"), &chars));
  CHECK_INT(chars, 2);
  CHECK(sw_utf8_valid(SW_LIT("x"), NULL));
}

static void utf8_round_trip(void) {
  struct sw_buf b;
  uint32_t code, wrong = 0;
  sw_buf_init(&b, 16);
  for (code = 0; code <= 0x110010; code++) {
    uint32_t got = 0;
    uint32_t want = code;
    if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) {
      want = 0xFFFD;
    }
    sw_buf_clear(&b);
    sw_utf8_add(&b, code);
    wrong += sw_utf8_next(b.data, b.len, &got) != b.len || got != want;
  }
  CHECK_INT(wrong, 0);
  sw_buf_free(&b);
}

static void shows(const char *p, size_t n, size_t cap, const char *want) {
  struct sw_buf b;
  sw_buf_init(&b, 4096);
  CHECK_INT(sw_text_show(&b, p, n, cap), 0);
  sw_buf_seal(&b);
  CHECK_STR(b.data, want);
  sw_buf_free(&b);
}

static void show(void) {
  shows("", 0, 0, "");
  shows(SW_LIT("plain \\ text"), 100, "plain \\ text");
  shows(SW_LIT("a\0b"), 100, "a\\x00b");
  shows(SW_LIT("a\r\n\tb"), 100, "a\\r\\n\\tb");
  shows(SW_LIT("\x1B[31m\x7F"), 100, "\\x1B[31m\\x7F");
  shows(SW_LIT("\xC2\x9B" "x\xC2\xA0"), 100, "\\u{9B}x\xC2\xA0");
  shows(SW_LIT("\xE2\x80\xAE" "gpj"), 100, "\\u{202E}gpj");
  shows(SW_LIT("\xE2\x81\xA6\xEF\xBB\xBF"), 100, "\\u{2066}\\u{FEFF}");
  shows(SW_LIT("\xF3\xA0\x81\x81"), 100, "\\u{E0041}");
  shows(SW_LIT("\xE2\x80\x8D"), 100, "\xE2\x80\x8D");
  shows(SW_LIT("\xFF\xC3"), 100, "\\xFF\\xC3");
  shows(SW_LIT("\xED\xA0\x80"), 100, "\\xED\\xA0\\x80");
  shows(SW_LIT("\xE2\x82\xB9 99"), 100, "\xE2\x82\xB9 99");
}

static void show_cut(void) {
  struct sw_buf b;
  shows(SW_LIT("abc"), 3, "abc");
  shows(SW_LIT("abcd"), 3, "abc\xE2\x80\xA6");
  shows(SW_LIT("a"), 0, "\xE2\x80\xA6");
  shows(SW_LIT("a\xE2\x82\xB9"), 4, "a\xE2\x82\xB9");
  shows(SW_LIT("a\xE2\x82\xB9"), 3, "a\xE2\x80\xA6");
  shows(SW_LIT("a\x1B"), 4, "a\xE2\x80\xA6");
  shows(SW_LIT("a\x1B"), 5, "a\\x1B");
  sw_buf_init(&b, 4);
  CHECK_INT(sw_text_show(&b, SW_LIT("abcdef"), 100), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
}

typedef int escaper(struct sw_buf *b, const char *p, size_t n);

static void escapes(escaper *escape, const char *p, size_t n,
                    const char *want) {
  struct sw_buf b;
  sw_buf_init(&b, 4096);
  CHECK_INT(escape(&b, p, n), 0);
  CHECK_STRN(b.len == 0 ? "" : b.data, b.len, want);
  sw_buf_free(&b);
}

static void percent(void) {
  struct sw_buf b;
  static const char kept[] = "AZaz09-._~";
  escapes(sw_escape_path, SW_LIT(kept), kept);
  escapes(sw_escape_query, SW_LIT(kept), kept);
  escapes(sw_escape_form, SW_LIT("AZaz09-._*"), "AZaz09-._*");
  escapes(sw_escape_form, SW_LIT("~ +&="), "%7E+%2B%26%3D");
  escapes(sw_escape_query, SW_LIT("* +&=|"), "%2A%20%2B%26%3D%7C");
  escapes(sw_escape_path, SW_LIT("a/b?c#%\\"), "a%2Fb%3Fc%23%25%5C");
  escapes(sw_escape_path, SW_LIT("\0\r\n\xC3\xAB"), "%00%0D%0A%C3%AB");
  escapes(sw_escape_form, SW_LIT("\0"), "%00");
  escapes(sw_escape_path, "", 0, "");
  sw_buf_init(&b, 5);
  CHECK_INT(sw_escape_form(&b, SW_LIT("&&")), -1);
  CHECK_INT(b.failed, SW_BUF_FULL);
  sw_buf_free(&b);
}

static void shell(void) {
  escapes(sw_escape_shell, "", 0, "''");
  escapes(sw_escape_shell, SW_LIT("$(rm) `x` \"y\" !"),
          "'$(rm) `x` \"y\" !'");
  escapes(sw_escape_shell, SW_LIT("it's"), "'it'\\''s'");
  escapes(sw_escape_shell, SW_LIT("a\x1B" "1\n"),
          "'a'$'\\033''1'$'\\012'''");
  escapes(sw_escape_shell, SW_LIT("\xFF\xC3\xAB\xE2\x80\xAE"),
          "''$'\\377''\xC3\xAB'$'\\342\\200\\256'''");
  escapes(sw_escape_shell, SW_LIT("a\0b"), "'ab'");
}

static void path_args(void) {
  CHECK_STR(sw_path_arg_wrong("", 0), "is empty");
  CHECK_STR(sw_path_arg_wrong(SW_LIT(".")), "is a dot segment");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("..")), "is a dot segment");
  CHECK(sw_path_arg_wrong(SW_LIT("...")) == NULL);
  CHECK(sw_path_arg_wrong(SW_LIT(".a")) == NULL);
  CHECK(sw_path_arg_wrong(SW_LIT("hello-api_1~%2F \xC3\xAB")) == NULL);
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a/b")), "contains a slash");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a\\b")), "contains a backslash");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a?")), "contains a question mark");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("#")), "contains a number sign");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a\r")), "contains a line break");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a\n")), "contains a line break");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a\0")), "contains a NUL byte");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("a\x7F")),
            "contains a control character");
  CHECK_STR(sw_path_arg_wrong(SW_LIT("\x1F")),
            "contains a control character");
}

static void headers(void) {
  CHECK(sw_header_value_wrong("", 0) == NULL);
  CHECK(sw_header_value_wrong(SW_LIT("a\tb \xC3\xAB")) == NULL);
  CHECK_STR(sw_header_value_wrong(SW_LIT("a\r\nb")), "contains a line break");
  CHECK_STR(sw_header_value_wrong(SW_LIT("\n")), "contains a line break");
  CHECK_STR(sw_header_value_wrong(SW_LIT("a\0")), "contains a NUL byte");
  CHECK_STR(sw_header_value_wrong(SW_LIT("\x1B")),
            "contains a control character");
  CHECK(sw_header_name_wrong(SW_LIT("X-Api_Key.2")) == NULL);
  CHECK(sw_header_name_wrong("", 0) != NULL);
  CHECK(sw_header_name_wrong(SW_LIT("a:")) != NULL);
  CHECK(sw_header_name_wrong(SW_LIT("a b")) != NULL);
  CHECK(sw_header_name_wrong(SW_LIT("a\0")) != NULL);
  CHECK(sw_header_name_wrong(SW_LIT("\xC3\xAB")) != NULL);
}

static void folding(void) {
  CHECK_INT(sw_lower('Z'), 'z');
  CHECK_INT(sw_lower('['), '[');
  CHECK_INT(sw_lower('@'), '@');
  CHECK_INT(sw_lower('\xC0'), '\xC0');
  CHECK(sw_same_case(SW_LIT("X-API"), SW_LIT("x-Api")));
  CHECK(!sw_same_case(SW_LIT("ab"), SW_LIT("abc")));
  CHECK(!sw_same_case(SW_LIT("\xC3\x89"), SW_LIT("\xC3\xA9")));
  CHECK(sw_compare_case(SW_LIT("Field_1"), SW_LIT("amount")) > 0);
  /* folded to lower, _ comes before the letters; to upper, behind them */
  CHECK(sw_compare_case(SW_LIT("a_"), SW_LIT("aB")) < 0);
  CHECK(sw_compare_case(SW_LIT("a"), SW_LIT("aB")) < 0);
  CHECK(sw_compare_case(SW_LIT("\xFF"), SW_LIT("a")) > 0);
  CHECK_INT(sw_compare_case("", 0, "", 0), 0);
  CHECK(sw_is_alnum('0') && sw_is_alnum('z') && sw_is_alnum('A'));
  CHECK(!sw_is_alnum('_') && !sw_is_alnum('\0') && !sw_is_alnum('\xE9'));
  CHECK(sw_is_digit('9') && !sw_is_digit('a') && !sw_is_digit('/'));
}

int main(void) {
  utf8_edges();
  utf8_counts();
  utf8_round_trip();
  show();
  show_cut();
  percent();
  shell();
  path_args();
  headers();
  folding();
  return check_done();
}
