/* Answers made even: integers, maps, entities, amounts. */
#include "../../src/shape.h"

#include "check.h"

static struct sw_json j;

static void shape(const char *text) {
  sw_json_free(&j);
  CHECK_INT(sw_json_scan(&j, text, strlen(text)), 0);
  CHECK_INT(sw_shape(&j), 0);
}

static size_t at(const char *key) {
  return sw_json_get(&j, 0, key);
}

static int is_text(const char *key, const char *want) {
  struct sw_str s;
  if (sw_json_type(&j, at(key)) != SW_JSON_STRING) {
    return 0;
  }
  s = sw_json_str(&j, at(key));
  return s.n == strlen(want) && memcmp(s.p, want, s.n) == 0;
}

static int is_int(const char *key, long want) {
  return sw_json_type(&j, at(key)) == SW_JSON_INT &&
         sw_json_int(&j, at(key)) == want;
}

static void test_counts(void) {
  shape("{\"order_id\":\"12\",\"quantity\":\"0\",\"x_id\":\"007\","
        "\"points\":\"-50\",\"y_id\":\"1234567890123456\",\"z_id\":\"\","
        "\"telephone\":\"123\",\"w_id\":\"-\",\"v_id\":\"1a\","
        "\"u_id\":5,\"t_id\":null}");
  CHECK(is_int("order_id", 12));
  CHECK(is_int("quantity", 0));
  CHECK(is_text("x_id", "007"));
  CHECK(is_int("points", -50));
  CHECK(is_text("y_id", "1234567890123456"));
  CHECK(is_text("z_id", ""));
  CHECK(is_text("telephone", "123"));
  CHECK(is_text("w_id", "-"));
  CHECK(is_text("v_id", "1a"));
  CHECK(is_int("u_id", 5));
}

static void test_texts(void) {
  shape("{\"code\":600147584,\"cost\":0,\"amount\":12.5,\"total\":\"3\","
        "\"name\":\"A &amp;amp; &quot;b&#039; &lt;\\u00e4&gt; &nbsp;&\","
        "\"list\":[\"&amp;\",{\"code\":-7}]}");
  CHECK(is_text("code", "600147584"));
  CHECK(is_text("cost", "0"));
  CHECK(is_text("amount", "12.5"));
  CHECK(is_text("total", "3"));
  CHECK(is_text("name", "A &amp; \"b' <\xC3\xA4> &nbsp;&"));
  CHECK_INT(sw_json_str(&j, sw_json_first(&j, at("list"))).n, 1);
}

static void test_maps(void) {
  shape("[]");
  CHECK_INT(sw_json_type(&j, 0), SW_JSON_OBJECT);
  shape("{\"payment_custom_field\":[],\"quote\":[],\"option\":[],"
        "\"shipping_methods\":[],\"custom_field\":[1]}");
  CHECK_INT(sw_json_type(&j, at("payment_custom_field")), SW_JSON_OBJECT);
  CHECK_INT(sw_json_type(&j, at("quote")), SW_JSON_OBJECT);
  CHECK_INT(sw_json_type(&j, at("shipping_methods")), SW_JSON_OBJECT);
  CHECK_INT(sw_json_type(&j, at("option")), SW_JSON_ARRAY);
  CHECK_INT(sw_json_type(&j, at("custom_field")), SW_JSON_ARRAY);
}

static void amount(const char *text, const char *want) {
  char out[33];
  size_t n = sw_shape_amount(out, text, strlen(text));
  out[n] = '\0';
  CHECK_STR(out, want);
}

static void test_amounts(void) {
  amount("$61,600.00", "61600.00");
  amount("96.66\xE2\x82\xAC", "96.66");
  amount("$-30.30", "-30.30");
  amount("-$5", "-5");
  amount("1.234,50 kr", "1234.50");
  amount("1 234 567,89", "1234567.89");
  amount("CHF 1'234.50", "1234.50");
  amount("\xC2\xA5""1500", "1500");
  amount("12,50", "12.50");
  amount("1,234", "");
  amount("1.234.567", "");
  amount("1,23,456.00", "");
  amount("1234,567.00", "");
  amount("1.5", "");
  amount("1.2.3", "");
  amount("1,234,56", "");
  amount("1,234.50.60", "");
  amount("12:50", "");
  amount("free", "");
  amount("", "");
  amount("1234567890123456789012345678901234567890", "");
}

int main(void) {
  test_counts();
  test_texts();
  test_maps();
  test_amounts();
  sw_json_free(&j);
  return check_done();
}
