/* A shop's answers by their shapes. */
#include <stdlib.h>

#include "../../src/fail_shop.h"

#include "refuse.h"

static const struct sw_row *row(const char *group, const char *name) {
  size_t i;
  for (i = 0; i < sw_invotide.count; i++) {
    const struct sw_row *r = &sw_invotide.rows[i];
    if (strcmp(r->group, group) == 0 && strcmp(r->name, name) == 0) {
      return r;
    }
  }
  abort();
}

static void is_kind(const struct sw_row *r, int status, const char *body,
                    const char *kind, unsigned signs) {
  struct sw_fail f;
  struct sw_json j;
  refuse(&f, r, status, body);
  CHECK_STR(sw_fail_kind_name(f.kind), kind);
  sw_fail_free(&f);
  CHECK_INT(sw_shop_signs(r, scan(&j, body, strlen(body))), signs);
  sw_json_free(&j);
}

static int accepts(const struct sw_row *r, const char *body) {
  struct sw_json j;
  int result = sw_reply_is_success(r, 200, scan(&j, body, strlen(body)),
                                   body, strlen(body));
  sw_json_free(&j);
  return result;
}

static void test_login(void) {
  const struct sw_row *r = row("", "login");
  is_kind(r, 200, "[]", "auth", 0);
  is_kind(r, 200, "{\"error\":{\"ip\":\"a\",\"key\":\"b\"}}", "forbidden", 0);
  is_kind(r, 200, "{\"error\":{\"key\":\"b\"}}", "auth", 0);
  is_kind(r, 200, "{\"error\":\"b\"}", "auth", 0);
  is_kind(r, 200, "{\"success\":\"x\"}", "protocol", 0);
  CHECK_INT(accepts(r, "{\"success\":\"x\",\"api_token\":\"t\"}"), 1);
}

static void test_permission(void) {
  static const char text[] = "{\"error\":\"x\"}";
  static const char map[] = "{\"error\":{\"warning\":\"x\"}}";
  is_kind(row("cart", "add"), 200, map, "session_lost", 0);
  is_kind(row("cart", "replace"), 200, map, "session_lost", 0);
  is_kind(row("cart", "edit"), 200, text, "session_lost", 0);
  is_kind(row("reward", "maximum"), 200, text, "session_lost", 0);
  is_kind(row("voucher", "replace"), 200, map, "session_lost", 0);
  is_kind(row("shipping", "address"), 200, map, "session_lost", 0);
  is_kind(row("customer", "set"), 200, map, "invalid", SW_SIGN_DOUBT);
  is_kind(row("coupon", "apply"), 200, text, "invalid", SW_SIGN_DOUBT);
  is_kind(row("order", "add"), 200, text, "conflict", SW_SIGN_DOUBT);
  is_kind(row("order", "info"), 200, text, "not_found", SW_SIGN_DOUBT);
  is_kind(row("payment", "methods"), 200,
          "{\"payment_methods\":[],\"error\":\"x\"}", "conflict",
          SW_SIGN_DOUBT);
}

static void test_maps(void) {
  struct sw_fail f;
  refuse(&f, row("cart", "add"), 200,
         "{\"error\":{\"option\":{\"217\":\"a &amp; b\",\"8\":\"c\"}}}");
  CHECK_STR(sw_fail_kind_name(f.kind), "invalid");
  check_field(&f, 0, "option[217]", "a & b");
  check_field(&f, 1, "option[8]", "c");
  sw_fail_free(&f);
  refuse(&f, row("payment", "address"), 200,
         "{\"error\":{\"country\":\"a\",\"zone\":\"b\",\"custom_field2\":"
         "\"c\",\"city\":\"d\"}}");
  check_field(&f, 0, "country_id", "a");
  check_field(&f, 1, "zone_id", "b");
  check_field(&f, 2, "custom_field[2]", "c");
  check_field(&f, 3, "city", "d");
  sw_fail_free(&f);
  is_kind(row("cart", "add"), 200, "{\"error\":{\"store\":\"x\"}}",
          "not_found", 0);
}

static void test_rest(void) {
  struct sw_fail f;
  is_kind(row("cart", "add"), 200, "[]", "invalid", 0);
  is_kind(row("cart", "add"), 200, "", "protocol", 0);
  is_kind(row("cart", "add"), 500, "", "server", 0);
  is_kind(row("cart", "add"), 404, "<html>", "not_found", 0);
  is_kind(row("cart", "add"), 403, "<html>", "forbidden", 0);
  is_kind(row("cart", "add"), 200, "<html>", "protocol", 0);
  refuse(&f, row("cart", "add"), 200,
         "<br />\n<b>Fatal error</b>:  Uncaught TypeError: x in y\nmore");
  CHECK_STR(sw_fail_kind_name(f.kind), "server");
  CHECK(strstr(f.message.data, "Uncaught TypeError") != NULL);
  CHECK(strstr(f.message.data, "<b>") == NULL);
  sw_fail_free(&f);
  CHECK_INT(accepts(row("shipping", "address"), "[]"), 1);
  CHECK_INT(accepts(row("cart", "products"),
                    "{\"error\":{\"stock\":\"x\"},\"products\":[]}"), 1);
  CHECK_INT(accepts(row("cart", "products"), "{\"error\":\"x\"}"), 0);
  CHECK_INT(accepts(row("cart", "edit"), "{\"error\":[],\"success\":\"\"}"),
            1);
}

/* Who answered, and what to do, depends on the status alone. */
static void test_hints(void) {
  static const struct {
    int status;
    const char *words;
  } rows[] = {{404, "no such route"}, {410, "no such route"},
              {500, "error log"},     {502, "proxy"},
              {503, "try again"},     {504, "proxy"},
              {599, "error log"}};
  size_t i;
  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct sw_fail f;
    refuse(&f, row("cart", "add"), rows[i].status, "<html>");
    CHECK(f.hint != NULL && strstr(f.hint, rows[i].words) != NULL);
    sw_fail_free(&f);
  }
}

static void test_warnings(void) {
  struct sw_json j;
  struct sw_buf out;
  static const char body[] = "{\"error\":{\"stock\":\"a &lt;\",\"minimum\":"
                             "[\"b\",\"c\"],\"n\":1},\"products\":[]}";
  sw_buf_init(&out, 4096);
  CHECK_INT(sw_shop_warnings(&out, scan(&j, body, sizeof body - 1)), 0);
  CHECK_INT(out.len, 8);
  CHECK(memcmp(out.data, "a <\0b\0c\0", 8) == 0);
  sw_buf_free(&out);
  sw_json_free(&j);
}

int main(void) {
  test_login();
  test_permission();
  test_maps();
  test_rest();
  test_hints();
  test_warnings();
  return check_done();
}
