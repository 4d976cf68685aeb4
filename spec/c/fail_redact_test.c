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

/* The body of a page as it is shown with one secret taken out of it. */
static void check_page(const char *secret, size_t n, const char *page,
                       const char *shown, int line) {
  struct sw_fail f;
  struct sw_str s;
  s.p = secret;
  s.n = n;
  refuse(&f, &get_link, 502, page);
  CHECK_INT(0, sw_fail_redact(&f, &s, 1));
  check_bytes(f.body.data, f.body.len, shown, strlen(shown), __FILE__, line,
              "the page");
  sw_fail_free(&f);
}

#define PAGE(secret, page, shown)                                            \
  check_page(secret, sizeof(secret) - 1, "<p>" page, "<p>" shown, __LINE__)

static void test_redact_html(void) {
  static const char key[] = "a&b<c>d\"e'f";
  PAGE(key, "a&amp;b&lt;c&gt;d&quot;e'f.", "[secret].");
  PAGE(key, "a&amp;b&lt;c&gt;d&quot;e&#039;f.", "[secret].");
  PAGE(key, "a&AMP;b&LT;c&GT;d&QUOT;e&apos;f.", "[secret].");
  PAGE(key, "a&#38;b&#60;c&#62;d&#34;e&#39;f.", "[secret].");
  PAGE(key, "a&#x26;b&#x3c;c&#x3E;d&#x22;e&#x27;f.", "[secret].");
  PAGE(key, "&#97;&#X26;&#x0062;&#X3C;c&#0000062;d&#34;e&#X27;&#x66;.",
       "[secret].");
  PAGE(key, "a&b%3Cc\\u003ed\\\"e&#39;f.", "[secret].");
  PAGE(key, "a&amp;b&lt;c&gt;d&quot;e&quot;f.",
       "a&amp;b&lt;c&gt;d&quot;e&quot;f.");
  PAGE(key, "a&amp b&lt;c&gt;d&#39;e'f &; &#; &#x; &#x110000000026; &amp.",
       "a&amp b&lt;c&gt;d&#39;e'f &; &#; &#x; &#x110000000026; &amp.");
  PAGE("+/=%_-\\`", "&plus;&sol;&equals;&percnt;&lowbar;-&bsol;&grave;",
       "[secret]");
  PAGE("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80",
       "&#252;&#x20AC;&#128512; &#195;&#188;\xE2\x82\xAC&#55357;&#56832;",
       "[secret] [secret]");
}

/* Escapes within escapes; a secret that reads like an escape itself. */
static void test_redact_layers(void) {
  PAGE("a/b\"c<d&e", "a%252Fb%2522c%253Cd%2526e.", "[secret].");
  PAGE("a/b\"c<d&e", "a\\/b\\&quot;c&amp;lt;d&amp;amp;e.", "[secret].");
  PAGE("a/b\"c<d&e", "a\\\\/b\\\\\\\"c\\u0026lt;d\\u0026amp;e.",
       "[secret].");
  PAGE("a/b\"c<d&e", "a%5C/b%5C%22c%26lt;d&#38;#38;e.", "[secret].");
  PAGE("x\\\\y&amp;z%25", "x\\\\y&amp;z%25", "[secret]");
  PAGE("x\\\\y&amp;z%25", "x\\\\y&amp;amp;z%25 x\\\\\\\\y&amp;z%2525",
       "[secret] [secret]");
  PAGE("\\\\\\\\\\\\\\\\-", "\\\\\\\\\\\\\\\\- \\\\\\\\\\\\\\\\\\-",
       "[secret] [secret]");
}

/* Bytes that are no text, or none that is shown as it is. */
static void test_redact_bytes(void) {
  PAGE("\x01\nkey\xFF\xE2\x80\x8B", "\x01\nkey\xFF\xE2\x80\x8B",
       "[secret]");
  PAGE("\x01\nkey\xFF\xE2\x80\x8B", "%01%0akey%ff%E2%80%8B", "[secret]");
  PAGE("\x01\nkey\xFF\xE2\x80\x8B", "&#1;&NewLine;key\\xff\\u200b",
       "[secret]");
  PAGE("a key\0key", "a+key&#0;key a%20key%00key a&#32;key\\u0000key",
       "[secret] [secret] [secret]");
  PAGE("\xC2\xBC" "12345", "\xC3\xBC" "12345", "\xC3\xBC" "12345");
  PAGE("12345\xC3", "12345\\\xC3\xBC", "12345\\\xC3\xBC");
}

static void test_redact_base64(void) {
  static const char key[] = "\xFB\xEF\xBF~key?>z"; /* has 62 and 63 in it */
  /* of "", "u" and "us" ahead of it, and "!" behind */
  PAGE(key, "++" "+/fmtleT8+eiE=.", "[secret]iE=.");
  PAGE(key, "--" "-_fmtleT8-eiE=.", "[secret]iE=.");
  PAGE(key, "dfvvv35rZXk/PnohXX", "df[secret]ohXX");
  PAGE(key, "dfvvv35rZXk%2FPnoh", "df[secret]oh");
  PAGE(key, "dXP7779-\\r\\na2V5Pz56IQ==", "dXP[secret]IQ==");
  PAGE(key, "%2b&plus;\\u002b&#x2F;fmtleT8%2Beg", "[secret]g");
  PAGE(key, "+++/fmtleT8.", "+++/fmtleT8.");
  PAGE("hunter2hun", "Basic YWNtZTpodW50ZXIyaHVu.",
       "Basic YWNtZTp[secret].");
  PAGE("123456789", "MTIzNDU2Nzg5 ITEyMzQ1Njc4OSE=", "[secret] "
       "ITEyMzQ1Njc4OSE=");
  PAGE("12345678", "MTIzNDU2Nzg=", "MTIzNDU2Nzg=");
}

/* Wherever in an escape a cap cuts: six characters are not shown. */
static void test_redact_cut_escape(void) {
  static const char *const six[] = {
      "&#48;123&#x34;5", "%30%31%32%33%34%35", "01&#x32;\\u0033\\x34%2535",
      "\\u0030\\u0031\\u0032\\u0033\\u0034\\u0035"};
  static const char *const rest[] = {"&lt;6", "%3C6", "&amp;lt;6",
                                     "\\u003c6", "\\u0026#x3C;6"};
  size_t i, fill;
  for (i = 0; i < 20; i++) {
    const char *head = six[i / 5], *tail = rest[i % 5];
    for (fill = 0; fill <= strlen(tail) + 1; fill++) {
      char text[SW_FAIL_TEXT + 100];
      struct sw_fail f;
      struct sw_str s = str("012345<6789"), shown;
      size_t at = SW_FAIL_TEXT - fill - strlen(head);
      memset(&f, 0, sizeof f);
      memset(text, 'x', at);
      snprintf(text + at, sizeof text - at, "%s%s789", head, tail);
      CHECK_INT(sw_fail_set(&f, SW_FAIL_SERVER, SW_STAGE_RECEIVE, "", 0,
                            NULL), 0);
      CHECK_INT(sw_fail_note(&f, "a", 1, text, strlen(text)), 0);
      CHECK_INT(sw_fail_redact(&f, &s, 1), 0);
      shown = sw_fail_text(&f, 0, 0);
      CHECK(shown.n > at + 8);
      CHECK_STRN(shown.p + at, 8, "[secret]");
      sw_fail_free(&f);
    }
  }
}

static void test_redact_cut_base64(void) {
  PAGE("hunter2hunter2hunter2", "aHVudGVyMmh1bnRlcj\xE2\x80\xA6",
       "[secret]\xE2\x80\xA6");
  PAGE("hunter2hunter2hunter2", "aHVudGVyMmh1", "[secret]");
  PAGE("hunter2hunter2hunter2", "aHVudGVyMmh1.", "aHVudGVyMmh1.");
  PAGE("hunter2hunter2/hunter", "2h1bnRlcjJodW50ZXIyL2&#\xE2\x80\xA6",
       "2[secret]&#\xE2\x80\xA6");
}

/* Of secrets that overlap nothing is left. */
static void test_redact_overlap(void) {
  struct sw_fail f;
  struct sw_str s[2];
  s[0] = str("abcdef");
  s[1] = str("defghij");
  refuse(&f, &get_link, 502, "abcdefghij abcdefabcdef aaadefghijabcdef");
  CHECK_INT(sw_fail_redact(&f, s, 2), 0);
  CHECK_STRN(f.body.data, f.body.len,
             "[secret] [secret][secret] aaa[secret][secret]");
  sw_fail_free(&f);
}

static void test_redact_everywhere(void) {
  struct sw_fail f;
  struct sw_str s = str("to<ken&token");
  memset(&f, 0, sizeof f);
  CHECK_INT(refuse_bytes(&f, NULL, 301,
                         "HTTP/1.1 301 to&lt;ken&amp;token\r\n"
                         "X-Request-Id: dG88a2VuJnRva2Vu\r\n"
                         "Location: https://h.test/to%3cken&amp;token/"
                         "to%3Cken%26token/\r\n\r\n", "", 0), 0);
  CHECK_INT(sw_fail_note(&f, "to&#60;ken&token", 16, "to\\u003cken&token",
                         17), 0);
  CHECK_INT(sw_fail_redact(&f, &s, 1), 0);
  check_field(&f, 0, "[secret]", "[secret]");
  CODE(&f, "[secret]");
  CHECK_STRN(f.request_id.data, f.request_id.len, "[secret]");
  CHECK(hints(&f, "[secret]"));
  CHECK(!hints(&f, "%3Cken"));
  CHECK(!leaks(&f, "ken&"));
  sw_fail_free(&f);
}

/* } */

/* {==== memory ==== */

/* Does the whole of it with the n-th allocation failing, n = 0, 1, …: it
   either succeeds or fails clean. Scanning is not under test. */
static void test_memory(void) {
  static const char body[] =
      "{\"message\":{\"a\":[\"secretsecret\",\"&#115;ecretsecret\"],"
      "\"b\":{\"c\":[\"c2VjcmV0c2VjcmV0\"]}}}";
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
        CHECK_INT(f.field_count, 0);
        CHECK_INT(f.message.len + f.body.len + f.arena.len, 0);
      } else {
        done = heap_fuse > 0;
      }
      CHECK(!leaks(&f, "ecretsecret"));
      CHECK(!leaks(&f, "c2VjcmV0"));
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
  test_redact_html();
  test_redact_layers();
  test_redact_bytes();
  test_redact_base64();
  test_redact_cut_escape();
  test_redact_cut_base64();
  test_redact_overlap();
  test_redact_everywhere();
  test_memory();
  test_memory_transfer();
  CHECK_INT(heap_live, 0);
  return check_done();
}
