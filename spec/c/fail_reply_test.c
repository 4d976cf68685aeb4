/* Refused replies: each shape becomes one failure, within its caps. */
#include "../../src/text.h"
#include "refuse.h"

static int accepts(const struct sw_row *row, int status, const char *body) {
  struct sw_json j;
  const struct sw_json *tape = scan(&j, body, strlen(body));
  int result = sw_reply_is_success(row, status, tape, body, strlen(body));
  sw_json_free(&j);
  return result;
}

static void test_success(void) {
  CHECK_INT(accepts(&get_link, 200, "{\"success\":true,\"link\":{}}"), 1);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":false,\"link\":{}}"), 0);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":\"success\"}"), 1);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":\"true\"}"), 1);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":\"False\"}"), 0);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":0}"), 0);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":1}"), 1);
  CHECK_INT(accepts(&get_link, 200, "{\"success\":null}"), 1);
  CHECK_INT(accepts(&get_link, 204, ""), 1);
  CHECK_INT(accepts(&get_link, 200, " \r\n"), 1);
  CHECK_INT(accepts(&get_link, 200, "<html>"), 0);
  CHECK_INT(accepts(&get_link, 200, "[]"), 0);
  CHECK_INT(accepts(NULL, 200, "[]"), 1);
  CHECK_INT(accepts(NULL, 200, "hello"), 0);
  CHECK_INT(accepts(&values, 200, "{\"version\":1,\"values\":[]}"), 1);
  CHECK_INT(accepts(&values, 200, "{\"error\":\"Invalid scopes\"}"), 0);
  CHECK_INT(accepts(&values, 200, "{\"error\":\"\"}"), 1);
  CHECK_INT(accepts(&get_link, 200, "{\"link\":{},\"error\":\"x\"}"), 1);
  CHECK_INT(accepts(&get_link, 199, ""), 0);
  CHECK_INT(accepts(&get_link, 301, ""), 0);
  CHECK_INT(accepts(&get_link, 404, "{\"success\":true}"), 0);
}

static void test_e1(void) {
  struct sw_fail f;
  refuse(&f, &get_link, 401,
         "{\"success\":false,\"message\":\"Invalid Auth Token.\"}");
  CHECK_STR(sw_fail_kind_name(f.kind), "auth");
  MESSAGE(&f, "Invalid Auth Token.");
  CODE(&f, "Unauthorized");
  CHECK(hints(&f, "sandbox keys"));
  sw_fail_free(&f);
  refuse(&f, &get_link, 403,
         "{\"message\":\"You do not have permission to perform this "
         "action.\",\"success\":false}");
  CHECK_STR(sw_fail_kind_name(f.kind), "forbidden");
  CHECK(hints(&f, "permissions"));
  sw_fail_free(&f);
  refuse(&f, &get_request, 404,
         "{\"success\":false,\"message\":\"Not found.\"}");
  CHECK_STR(sw_fail_kind_name(f.kind), "not_found");
  CHECK(hints(&f, "payment request's id"));
  CHECK(f.body.len > 0);
  sw_fail_free(&f);
  refuse(&f, &get_link, 404,
         "{\"success\":false,\"message\":\"Not found.\"}");
  CHECK(hints(&f, "slug"));
  sw_fail_free(&f);
  refuse(&f, &debug, 200,
         "{\"success\":false,\"message\":\"API works, but user "
         "authentication failed. Got a token?\"}");
  CHECK_STR(sw_fail_kind_name(f.kind), "auth");
  CHECK(hints(&f, "the service is up"));
  CHECK_INT(f.status, 200);
  sw_fail_free(&f);
  refuse(&f, &get_link, 200, "{\"success\":false}");
  CHECK_STR(sw_fail_kind_name(f.kind), "invalid");
  MESSAGE(&f, "the service answered 200 OK and success = false, "
              "but no word why");
  sw_fail_free(&f);
}

static void test_e2(void) {
  struct sw_fail f;
  refuse(&f, &get_link, 400,
         "{\"success\":false,\"message\":{\"amount\":[\"Amount cannot be "
         "less than INR 9.00.\"],\"email\":[\"Bad.\",\"Worse.\"],"
         "\"non_field_errors\":[\"Both.\"],\"phone\":\"One.\"}}");
  CHECK_STR(sw_fail_kind_name(f.kind), "invalid");
  CHECK_INT(f.field_count, 4);
  check_field(&f, 0, "amount", "Amount cannot be less than INR 9.00.");
  check_field(&f, 1, "email", "Bad.");
  CHECK_INT(f.fields[1].count, 2);
  check_field(&f, 2, "non_field_errors", "Both.");
  check_field(&f, 3, "phone", "One.");
  MESSAGE(&f, "amount: Amount cannot be less than INR 9.00.; email: Bad.; "
              "email: Worse.; Both.; phone: One.");
  CODE(&f, "Bad Request");
  CHECK_INT(sw_fail_text(&f, 1, 2).n, 0);
  CHECK_INT(sw_fail_name(&f, 4).n, 0);
  sw_fail_free(&f);
  refuse(&f, &get_link, 200,
         "{\"success\":false,\"message\":{\"title\":[\"Needed.\"]}}");
  CHECK_STR(sw_fail_kind_name(f.kind), "invalid");
  MESSAGE(&f, "title: Needed.");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400,
         "{\"success\":false,\"message\":[\"First.\",\"Second.\"]}");
  MESSAGE(&f, "First.; Second.");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400, "{\"success\":false,\"message\":{}}");
  MESSAGE(&f, "the service answered 400 Bad Request");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400,
         "{\"success\":false,\"message\":{\"a\":[\"A.\"]},"
         "\"reason\":\"The whole reason.\"}");
  MESSAGE(&f, "The whole reason.");
  check_field(&f, 0, "a", "A.");
  sw_fail_free(&f);
}

static void test_e3(void) {
  static const char *const other[] = {
      "{\"amount\":\"text\"}",           "{\"amount\":[1]}",
      "{\"amount\":[]}",                 "{\"a\":[\"x\"],\"b\":true}",
      "{\"success\":false,\"a\":[\"x\"]}", "{}",
      "{\"a\":{\"b\":{\"c\":[\"x\"]}}}"};
  struct sw_fail f;
  size_t i;
  refuse(&f, &get_link, 400,
         "{\"transaction_id\":[\"This transaction_id has already been "
         "used.\"]}");
  CHECK_STR(sw_fail_kind_name(f.kind), "invalid");
  check_field(&f, 0, "transaction_id",
              "This transaction_id has already been used.");
  MESSAGE(&f, "transaction_id: This transaction_id has already been used.");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400,
         "{\"items\":{\"non_field_errors\":[\"Bad.\"]},\"x\":[\"Y.\"]}");
  CHECK_INT(f.field_count, 2);
  check_field(&f, 0, "items", "Bad.");
  check_field(&f, 1, "x", "Y.");
  sw_fail_free(&f);
  for (i = 0; i < sizeof other / sizeof other[0]; i++) {
    refuse(&f, &get_link, 400, other[i]);
    CHECK_INT(f.field_count, 0);
    sw_fail_free(&f);
  }
  refuse(&f, &get_link, 500, "{\"amount\":[\"text\"]}");
  CHECK_INT(f.field_count, 0);
  CHECK_STR(sw_fail_kind_name(f.kind), "server");
  sw_fail_free(&f);
}

static void test_e4_e5(void) {
  static const struct {
    int status;
    const char *text;
    const char *kind;
    const char *hint;
  } table[] = {
      {401, "Invalid Client Id", "auth", "access token"},
      {401, "Invalid or expired Client Id Exp", "auth", "has expired"},
      {403, "Invalid scopes", "forbidden", "script-values:write"},
      {404, "Invalid Account Id", "not_found", "app id"}};
  struct sw_fail f;
  size_t i;
  refuse(&f, NULL, 401, "{\"error\":\"invalid_client\"}");
  CHECK_STR(sw_fail_kind_name(f.kind), "auth");
  CODE(&f, "invalid_client");
  MESSAGE(&f, "invalid_client");
  CHECK(hints(&f, "client_secret"));
  sw_fail_free(&f);
  refuse(&f, NULL, 400,
         "{\"error\":\"invalid_grant\",\"error_description\":\"Used.\"}");
  CODE(&f, "invalid_grant");
  MESSAGE(&f, "Used.");
  sw_fail_free(&f);
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    char body[128];
    snprintf(body, sizeof body, "{\"error\":\"%s\"}", table[i].text);
    refuse(&f, &values, table[i].status, body);
    MESSAGE(&f, table[i].text);
    CHECK_STR(sw_fail_kind_name(f.kind), table[i].kind);
    CHECK(hints(&f, table[i].hint));
    sw_fail_free(&f);
  }
  refuse(&f, &values, 401, "{}");
  CHECK(hints(&f, "access_token"));
  sw_fail_free(&f);
  refuse(&f, &values, 200, "{\"error\":\"Invalid scopes\"}");
  CHECK(hints(&f, "script-values:read"));
  sw_fail_free(&f);
}

static void test_e6_and_reason(void) {
  struct sw_fail f;
  refuse(&f, &get_link, 404,
         "{\"message\":\"no Route matched with those values\"}");
  CHECK_STR(sw_fail_kind_name(f.kind), "not_found");
  MESSAGE(&f, "no Route matched with those values");
  CHECK(hints(&f, "endpoint"));
  sw_fail_free(&f);
  refuse(&f, &get_link, 400,
         "{\"message\":\"Bad.\",\"reason\":\"Amount is too small.\"}");
  MESSAGE(&f, "Amount is too small.");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400, "{\"message\":\"Bad.\",\"reason\":\"\"}");
  MESSAGE(&f, "Bad.");
  sw_fail_free(&f);
  refuse(&f, &get_link, 403, "{\"detail\":\"No.\"}");
  MESSAGE(&f, "No.");
  sw_fail_free(&f);
}

static void test_e7(void) {
  struct sw_fail f;
  const char *page = "<html><head><TITLE>502 Bad\n Gateway</TITLE></head>";
  refuse(&f, &get_link, 502, page);
  CHECK_STR(sw_fail_kind_name(f.kind), "server");
  MESSAGE(&f, "the service answered 502 Bad Gateway with an HTML page "
              "instead of JSON: 502 Bad\\n Gateway");
  CODE(&f, "Bad Gateway");
  CHECK(f.body.len > 0);
  sw_fail_free(&f);
  refuse(&f, &get_link, 200, page);
  CHECK_STR(sw_fail_kind_name(f.kind), "protocol");
  CHECK_INT(f.stage, SW_STAGE_DECODE);
  CHECK(hints(&f, "check the endpoint"));
  sw_fail_free(&f);
  refuse(&f, &get_link, 200, "upstream said no\nsecond line");
  MESSAGE(&f, "the service answered 200 OK with text that is not JSON: "
              "upstream said no");
  sw_fail_free(&f);
  refuse(&f, &get_link, 200, "[1]");
  CHECK_STR(sw_fail_kind_name(f.kind), "protocol");
  MESSAGE(&f, "the service answered 200 OK with JSON that is not a result");
  sw_fail_free(&f);
  refuse(&f, &get_link, 504, "");
  MESSAGE(&f, "the service answered 504 Gateway Timeout");
  CHECK_INT(f.body.len, 0);
  sw_fail_free(&f);
  refuse(&f, &get_link, 503, "<title");
  sw_fail_free(&f);
  refuse(&f, &get_link, 503, "<title>never ends");
  sw_fail_free(&f);
}

static void test_kinds(void) {
  static const struct {
    int status;
    const char *kind;
  } table[] = {{400, "invalid"},   {422, "invalid"},    {418, "invalid"},
               {401, "auth"},      {403, "forbidden"},  {404, "not_found"},
               {410, "not_found"}, {409, "conflict"},   {429, "rate_limit"},
               {500, "server"},    {599, "server"},     {301, "protocol"},
               {304, "protocol"},  {100, "protocol"},   {0, "protocol"},
               {-1, "protocol"},   {700, "protocol"}};
  size_t i;
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct sw_fail f;
    refuse(&f, &get_link, table[i].status, "{\"message\":\"x\"}");
    CHECK_STR(sw_fail_kind_name(f.kind), table[i].kind);
    sw_fail_free(&f);
  }
  CHECK_STR(sw_fail_kind_name((enum sw_fail_kind)99), "none");
  CHECK_STR(sw_fail_kind_name(SW_FAIL_UNSUPPORTED), "unsupported");
  CHECK_STR(sw_fail_kind_name(SW_FAIL_SESSION_LOST), "session_lost");
  CHECK_STR(sw_fail_kind_name(SW_FAIL_SIGNATURE), "signature");
  CHECK_STR(sw_fail_kind_name(SW_FAIL_CANCELLED), "cancelled");
  CHECK_STR(sw_stage_name(SW_STAGE_DECODE), "decode");
  CHECK_STR(sw_stage_name(SW_STAGE_DNS), "dns");
  CHECK_STR(sw_stage_name((enum sw_stage)99), "build");
}

static void test_redirect(void) {
  static const struct {
    const struct sw_row *row;
    const char *location;
    const char *hint;
  } table[] = {
      {&get_link, "https://www.shop.test/api/1.1/links/abc/?key=k",
       "set endpoint to https://www.shop.test/api/1.1/"},
      {&get_link, "https://www.shop.test/api/1.1/links/abc",
       "set endpoint to https://www.shop.test/api/1.1/"},
      {&values, "https://api.shop.test/v2/store/scriptvalues/7/",
       "set v2_endpoint to https://api.shop.test/v2/"},
      {&get_link, "https://shop.test/login?next=/x#y",
       "check the endpoint: it redirects to https://shop.test/login"},
      {NULL, "http://127.0.0.1:8080/a",
       "check the endpoint: it redirects to http://127.0.0.1:8080/a"},
      {&get_link, "/api/1.1/links/", NULL},
      {&get_link, "https://user:pass@h.test/links/a/", NULL},
      {&get_link, "javascript:alert(1)", NULL},
      {&get_link, "https://", NULL},
      {&get_link, "https:///links/a/", NULL},
      {&get_link, "http://h.test/a\x1b[31m", NULL},
      {&get_link, "ftp://h.test/links/a/", NULL},
      {&get_link, "", NULL}};
  size_t i;
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct sw_fail f;
    char head[256];
    memset(&f, 0, sizeof f);
    snprintf(head, sizeof head,
             "HTTP/1.1 301 Moved Permanently\r\nLocation: %s\r\n\r\n",
             table[i].location);
    CHECK_INT(refuse_bytes(&f, table[i].row, 301, head, "", 0), 0);
    CHECK_STR(sw_fail_kind_name(f.kind), "protocol");
    CHECK_STR(f.hint, table[i].hint != NULL
                          ? table[i].hint
                          : "check the endpoint: host, version and the "
                            "closing slash");
    MESSAGE(&f, "the service answered 301 Moved Permanently, and redirects "
                "are not followed");
    sw_fail_free(&f);
  }
}

static void test_head(void) {
  struct sw_fail f;
  memset(&f, 0, sizeof f);
  refuse_bytes(&f, &get_link, 404,
               "HTTP/1.1 404 Lost\x1b[0m\r\nX-Request-Id: r\x07-1\r\n"
               "Content-Type: text/html\r\n\r\n",
               "gone", 4);
  CODE(&f, "Lost\\x1B[0m");
  CHECK_STRN(f.request_id.data, f.request_id.len, "r\\x07-1");
  MESSAGE(&f, "the service answered 404 Lost\\x1B[0m with an HTML page "
              "instead of JSON");
  sw_fail_free(&f);
}

static void test_secret_reply(void) {
  struct sw_fail f;
  refuse(&f, &login, 200, "0123456789abcdef");
  CHECK_INT(f.body.len, 0);
  MESSAGE(&f, "the service answered 200 OK with text that is not JSON");
  sw_fail_free(&f);
}

/* {"message":{"f0":["tttt…" × 20],…}}, 100 fields of 20 long texts. */
static void make_huge(struct sw_buf *b) {
  int i, k, c;
  sw_buf_init(b, 8u << 20);
  sw_buf_adds(b, "{\"success\":false,\"message\":{");
  for (i = 0; i < 100; i++) {
    sw_buf_adds(b, i > 0 ? ",\"f" : "\"f");
    sw_buf_addu(b, (unsigned long long)i);
    for (c = 0; c < 200; c++) {
      sw_buf_addc(b, 'n');
    }
    sw_buf_adds(b, "\":[");
    for (k = 0; k < 20; k++) {
      sw_buf_adds(b, k > 0 ? ",\"" : "\"");
      for (c = 0; c < 300; c++) {
        sw_buf_adds(b, c % 7 ? "t" : "\xC3\xA9");
      }
      sw_buf_addc(b, '"');
    }
    sw_buf_addc(b, ']');
  }
  sw_buf_adds(b, "}}");
}

static void test_caps(void) {
  struct sw_buf huge;
  struct sw_fail f;
  size_t i, k;
  make_huge(&huge);
  CHECK_INT(huge.failed, 0);
  memset(&f, 0, sizeof f);
  CHECK_INT(refuse_bytes(&f, &get_link, 400, "", huge.data, huge.len), 0);
  CHECK_INT(f.field_count, SW_FAIL_FIELDS);
  for (i = 0; i < f.field_count; i++) {
    CHECK_INT(f.fields[i].count, SW_FAIL_TEXTS);
    CHECK(sw_fail_name(&f, i).n <= SW_FAIL_NAME + 3);
    for (k = 0; k < SW_FAIL_TEXTS; k++) {
      struct sw_str t = sw_fail_text(&f, i, k);
      CHECK(t.n > 190 && t.n <= SW_FAIL_TEXT + 3);
      CHECK(sw_utf8_valid(t.p, t.n, NULL));
    }
  }
  CHECK(f.message.len > 450 && f.message.len <= SW_FAIL_MESSAGE + 3);
  CHECK(f.body.len > 2000 && f.body.len <= SW_FAIL_BODY + 3);
  CHECK(sw_utf8_valid(f.body.data, f.body.len, NULL));
  sw_fail_free(&f);
  sw_buf_free(&huge);
}

static void test_hostile_text(void) {
  struct sw_fail f;
  refuse(&f, &get_link, 400,
         "{\"message\":{\"a\\u001b[2J\":[\"b\\u202e\\u0000c\"]}}");
  check_field(&f, 0, "a\\x1B[2J", "b\\u{202E}\\x00c");
  CHECK(memchr(f.message.data, 27, f.message.len) == NULL);
  sw_fail_free(&f);
  memset(&f, 0, sizeof f);
  CHECK_INT(refuse_bytes(&f, &get_link, 500, "", "\xFF\x00<\x1b", 4), 0);
  CHECK_STRN(f.body.data, f.body.len, "\\xFF\\x00<\\x1B");
  sw_fail_free(&f);
}

static void test_nesting(void) {
  struct sw_fail f;
  refuse(&f, &get_link, 400,
         "{\"message\":{\"values\":[{},{\"value\":[\"Too long.\"]}],"
         "\"a\":{\"b\":{\"non_field_errors\":[\"Deep.\"]}},\"n\":null,"
         "\"i\":[7]}}");
  CHECK_INT(f.field_count, 3);
  check_field(&f, 0, "values[2].value", "Too long.");
  check_field(&f, 1, "a.b", "Deep.");
  check_field(&f, 2, "i", "7");
  sw_fail_free(&f);
  refuse(&f, &get_link, 400,
         "{\"message\":[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]}");
  CHECK_INT(f.field_count, 0);
  sw_fail_free(&f);
}

int main(void) {
  test_success();
  test_e1();
  test_e2();
  test_e3();
  test_e4_e5();
  test_e6_and_reason();
  test_e7();
  test_kinds();
  test_redirect();
  test_head();
  test_secret_reply();
  test_caps();
  test_hostile_text();
  test_nesting();
  return check_done();
}
