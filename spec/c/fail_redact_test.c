/* Redaction of failures, and every allocation of a failure failing once. */
#include <stdlib.h>

#include "../../src/alloc.h"
#include "refuse.h"

/* {==== a heap that can fail ==== */

static long heap_live;
static long heap_fuse = -1; /* allocations until one fails; -1: none does */

static int heap_fails(void) {
  if (heap_fuse < 0) {
    return 0;
  }
  if (heap_fuse == 0) {
    return 1;
  }
  heap_fuse--;
  return 0;
}

void *sw_malloc(size_t size) {
  void *p = heap_fails() ? NULL : malloc(size);
  heap_live += p != NULL;
  return p;
}

void *sw_realloc(void *old, size_t size) {
  void *p = heap_fails() ? NULL : realloc(old, size);
  heap_live += p != NULL && old == NULL;
  return p;
}

void sw_free(void *p) {
  heap_live -= p != NULL;
  free(p);
}

/* } */

/* {==== redaction ==== */

static int leaks(const struct sw_fail *f, const char *text) {
  const struct sw_buf *all[] = {&f->message, &f->code, &f->body,
                                &f->request_id, &f->arena, &f->own_hint};
  size_t i;
  for (i = 0; i < sizeof all / sizeof all[0]; i++) {
    struct sw_str s;
    s.p = all[i]->data;
    s.n = all[i]->len;
    if (s.n > 0 && sw_hint_find(s, text) >= 0) {
      return 1;
    }
  }
  return 0;
}

static struct sw_str str(const char *text) {
  struct sw_str s;
  s.p = text;
  s.n = strlen(text);
  return s;
}

/* A % and a backslash of the secret's own; characters beyond ASCII. */
static void test_redact_escapes(void) {
  struct sw_fail f;
  struct sw_str secrets[2];
  secrets[0] = str("q%25w\\e\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z");
  secrets[1] = str("\xC3\xBC\xC3\xBC\xC3\xBC");
  refuse(&f, &get_link, 502,
         "<p>q%25w\\e\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z</p>"
         "<p>q%2525w%5Ce%c3%bc%E2%82%AC%F0%9F%98%80z</p>"
         "<p>q%25w\\\\e\\u00fc\\u20AC\\ud83d\\ude00z</p>"
         "<p>\\u00FC\xC3\xBC%C3%BC \\ud83d\\u0041</p>");
  CHECK_INT(0, sw_fail_redact(&f, secrets, 2));
  CHECK(!leaks(&f, "q%25"));
  CHECK(!leaks(&f, "00fc"));
  CHECK(!leaks(&f, "%bc"));
  CHECK(leaks(&f, "<p>[secret]</p><p>[secret]</p><p>[secret]</p>"));
  CHECK(leaks(&f, "<p>[secret] \\ud83d\\u0041</p>"));
  sw_fail_free(&f);
}

static void test_redact(void) {
  struct sw_fail f;
  struct sw_str secrets[4];
  secrets[0] = str("to/k\"en+1");
  secrets[1] = str("abcdef");
  secrets[2] = str("abcdefghij");
  secrets[3] = str("short");
  refuse(&f, &get_link, 400,
         "{\"message\":{\"abcdef\":[\"x abcdefghij y\",\"to/k\\\"en+1\"],"
         "\"b\":[\"short to\\/k\\u0022en%2b1 ab\"]},"
         "\"u\":\"to%2Fk%22en%2B1 to\\/k\\u0022en+1\"}");
  CHECK(leaks(&f, "abcdef"));
  CHECK_INT(sw_fail_redact(&f, secrets, 4), 0);
  check_field(&f, 0, "[secret]", "x [secret] y");
  CHECK_STRN(sw_fail_text(&f, 0, 1).p, sw_fail_text(&f, 0, 1).n, "[secret]");
  check_field(&f, 1, "b", "short [secret] ab");
  CHECK(!leaks(&f, "abcdef"));
  CHECK(!leaks(&f, "ghij"));
  CHECK(!leaks(&f, "en+1"));
  CHECK(!leaks(&f, "en%2"));
  CHECK(leaks(&f, "short"));
  CHECK_INT(f.message.data[f.message.len], 0);
  sw_fail_free(&f);
}

/* Whatever part of a secret a cap leaves, six bytes of it are not shown. */
static void test_redact_cut(void) {
  static const char secret[] = "0123456789abcdef0123456789abcdef";
  size_t before;
  for (before = SW_FAIL_TEXT - 40; before <= SW_FAIL_TEXT; before++) {
    char body[1024];
    char fill[SW_FAIL_TEXT + 1];
    struct sw_fail f;
    struct sw_str s = str(secret);
    memset(fill, 'x', before);
    fill[before] = '\0';
    snprintf(body, sizeof body, "{\"message\":{\"a\":[\"%s%s and more\"]}}",
             fill, secret);
    refuse(&f, &get_link, 400, body);
    CHECK_INT(sw_fail_redact(&f, &s, 1), 0);
    CHECK(!leaks(&f, "012345"));
    sw_fail_free(&f);
  }
}

static void test_redact_redirect(void) {
  struct sw_fail f;
  struct sw_str s = str("tokentoken");
  memset(&f, 0, sizeof f);
  CHECK_INT(refuse_bytes(&f, NULL, 301,
                         "HTTP/1.1 301 x\r\nX-Request-Id: tokentoken\r\n"
                         "Location: https://h.test/auth/tokentoken/\r\n\r\n",
                         "", 0), 0);
  CHECK(hints(&f, "tokentoken"));
  CHECK_INT(sw_fail_redact(&f, &s, 1), 0);
  CHECK_STR(f.hint,
            "check the endpoint: it redirects to https://h.test/auth/"
            "[secret]/");
  CHECK_STRN(f.request_id.data, f.request_id.len, "[secret]");
  CHECK_INT(sw_fail_redact(&f, NULL, 0), 0);
  sw_fail_free(&f);
}

static void test_redact_odd(void) {
  struct sw_fail f;
  struct sw_str s[3];
  s[0] = str("back\\slash");
  s[1].p = "nul\0bytes";
  s[1].n = 9;
  s[2] = str("");
  memset(&f, 0, sizeof f);
  CHECK_INT(sw_fail_redact(&f, s, 3), 0); /* nothing to redact */
  CHECK_INT(refuse_bytes(&f, NULL, 500, "",
                         "back\\slash back\\\\slash nul\0bytes", 31), 0);
  CHECK_INT(sw_fail_redact(&f, s, 3), 0);
  CHECK_STRN(f.body.data, f.body.len, "[secret] [secret] [secret]");
  sw_fail_free(&f);
}

/* } */

/* {==== memory ==== */

/* Does the whole of it with the n-th allocation failing, n = 0, 1, …: it
   either succeeds or fails clean. Scanning is not under test. */
static void test_memory(void) {
  static const char body[] =
      "{\"message\":{\"a\":[\"secretsecret\",\"y\"],\"b\":{\"c\":[\"z\"]}}}";
  static const char head[] =
      "HTTP/1.1 400 Bad\r\nX-Request-Id: 1\r\n"
      "Location: https://h.test/links/a/\r\n\r\n";
  struct sw_json j;
  struct sw_head h;
  struct sw_str s = str("secretsecret");
  const struct sw_json *tape = scan(&j, body, sizeof body - 1);
  long live = heap_live;
  long n;
  int status, done = 0;
  sw_head_parse(&h, head, sizeof head - 1);
  for (status = 301; status <= 400; status += 99) {
    for (n = 0, done = 0; !done && n < 200; n++) {
      struct sw_fail f;
      int made;
      memset(&f, 0, sizeof f);
      heap_fuse = n;
      made = sw_fail_from_reply(&f, &get_link, status, &h, tape, body,
                                sizeof body - 1);
      if (made != 0) {
        CHECK_INT(f.message.len, 0);
        CHECK_INT(heap_live, live);
      } else if (sw_fail_redact(&f, &s, 1) != 0) {
        CHECK(!leaks(&f, "secretsecret"));
        CHECK_INT(f.field_count, 0);
      } else {
        CHECK(!leaks(&f, "secretsecret"));
        done = heap_fuse > 0;
      }
      heap_fuse = -1;
      sw_fail_free(&f);
      CHECK_INT(heap_live, live);
    }
    CHECK(done);
    CHECK(n > 10);
  }
  sw_json_free(&j);
}

static void test_memory_transfer(void) {
  struct sw_transfer t;
  long live = heap_live;
  long n;
  int made = -1;
  memset(&t, 0, sizeof t);
  t.fault = SW_FAULT_NETWORK;
  t.stage = SW_STAGE_CONNECT;
  t.url = "https://h.test/api/1.1/links/?key=SECRET";
  for (n = 0; made != 0 && n < 50; n++) {
    struct sw_fail f;
    memset(&f, 0, sizeof f);
    heap_fuse = n;
    made = sw_fail_from_transfer(&f, &t);
    heap_fuse = -1;
    CHECK_INT(made == 0, f.message.len > 0);
    sw_fail_free(&f);
    sw_fail_free(&f);
    CHECK_INT(heap_live, live);
  }
  CHECK_INT(made, 0);
  CHECK(n >= 3);
}

/* } */

int main(void) {
  test_redact();
  test_redact_escapes();
  test_redact_cut();
  test_redact_redirect();
  test_redact_odd();
  test_memory();
  test_memory_transfer();
  CHECK_INT(heap_live, 0);
  return check_done();
}
