/* Any bytes through src/text.c, src/money.c and src/suggest.c: what comes out
   is safe to show, and takes back apart to what went in. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/form.h"
#include "../../src/money.h"
#include "../../src/suggest.h"
#include "../../src/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int so) {
  if (!so) {
    abort();
  }
}

static void shown(const char *p, size_t n, size_t cap) {
  struct sw_buf b;
  size_t i;
  sw_buf_init(&b, 1 << 20);
  must(sw_text_show(&b, p, n, cap) == 0);
  must(b.len <= cap + 3);
  must(sw_utf8_valid(b.data, b.len, NULL));
  for (i = 0; i < b.len; i++) {
    must((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7F);
  }
  sw_buf_free(&b);
}

/* Escaped as a form value and as a query value, both decode to the same. */
static void escaped(const char *p, size_t n) {
  struct sw_buf b;
  struct sw_form f;
  sw_buf_init(&b, 1 << 20);
  sw_buf_adds(&b, "a=");
  must(sw_escape_form(&b, p, n) == 0);
  sw_buf_adds(&b, "&b=");
  must(sw_escape_query(&b, p, n) == 0);
  must(sw_form_parse(&f, b.data, b.len) == SW_FORM_OK);
  must(f.count == 2 && f.bad_escapes == 0);
  must(f.pairs[0].value.n == n && f.pairs[1].value.n == n);
  must(n == 0 || memcmp(f.pairs[0].value.p, p, n) == 0);
  must(n == 0 || memcmp(f.pairs[1].value.p, p, n) == 0);
  sw_form_free(&f);
  sw_buf_clear(&b);
  must(sw_escape_shell(&b, p, n) == 0);
  must(sw_utf8_valid(b.data, b.len, NULL));
  sw_buf_free(&b);
}

static void amount(const char *p, size_t n) {
  struct sw_money m;
  if (sw_money_text(&m, p, n, 1) != 0) {
    must(m.why[0] != '\0');
    return;
  }
  must(strlen(m.text) == n);
  must(memcmp(m.text, p, n) == 0);
  must((m.minor < 0) == (p[0] == '-'));
}

static void amount_float(const char *p, size_t n) {
  struct sw_money m, again;
  double value;
  if (n < sizeof value) {
    return;
  }
  memcpy(&value, p, sizeof value);
  if (sw_money_float(&m, value, 1) == 0) {
    must(sw_money_text(&again, m.text, strlen(m.text), 1) == 0);
    must(again.minor == m.minor);
    must(strtod(m.text, NULL) == value);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const words[] = {"title", "base_price", "quantity"};
  const char *p = (const char *)data;
  if (size > 4096) {
    return 0;
  }
  shown(p, size, size == 0 ? 0 : data[0]);
  escaped(p, size);
  amount(p, size);
  amount_float(p, size);
  if (sw_path_arg_wrong(p, size) == NULL) {
    must(size > 0 && memchr(p, '/', size) == NULL);
  }
  if (sw_header_value_wrong(p, size) == NULL && size > 0) {
    must(memchr(p, '\n', size) == NULL && memchr(p, '\0', size) == NULL);
  }
  if (sw_suggest_in(p, size, words, 3) != NULL) {
    must(size <= 64);
  }
  return 0;
}
