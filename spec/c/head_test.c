/* The head of a reply: found, missing, repeated, broken. */
#include "../../src/head.h"

#include <stdlib.h>

#include "check.h"

static const char plain[] =
    "HTTP/1.1 404 Not Found\r\n"
    "Content-Type: Application/JSON; charset=utf-8\r\n"
    "X-Request-ID:  abc-1 \t\r\n"
    "Set-Cookie: a=1\r\n"
    "retry-after: 7\r\n"
    "Set-Cookie: b=2\r\n"
    "Empty:\r\n"
    "\r\n"
    "Late: no header any more\r\n";

static struct sw_head parse(const char *text) {
  struct sw_head h;
  sw_head_parse(&h, text, strlen(text));
  return h;
}

static void test_find(void) {
  struct sw_head h = parse(plain);
  struct sw_str s;
  CHECK_INT(h.status, 404);
  CHECK_STRN(h.reason.p, h.reason.n, "Not Found");
  CHECK_INT(sw_head_first(&h, "Retry-After", &s), 1);
  CHECK_STRN(s.p, s.n, "7");
  CHECK_INT(sw_head_first(&h, "set-cookie", &s), 1);
  CHECK_STRN(s.p, s.n, "a=1");
  CHECK_INT(sw_head_last(&h, "SET-COOKIE", &s), 1);
  CHECK_STRN(s.p, s.n, "b=2");
  CHECK_INT(sw_head_first(&h, "Empty", &s), 1);
  CHECK_INT(s.n, 0);
  CHECK_INT(sw_head_first(&h, "Set-Cooki", &s), 0);
  CHECK_INT(s.n, 0);
  CHECK_INT(sw_head_first(&h, "Late", &s), 0);
  CHECK_INT(sw_head_last(&h, "HTTP/1.1 404 Not Found", &s), 0);
}

static void test_walk(void) {
  struct sw_head h = parse(plain);
  struct sw_header line;
  size_t at = 0;
  int count = 0;
  while (sw_head_next(&h, &at, &line)) {
    count++;
    CHECK(line.name.n > 0);
  }
  CHECK_INT(count, 6);
  CHECK_INT(sw_head_next(&h, &at, &line), 0);
}

static void test_request_id(void) {
  struct sw_head h = parse(plain);
  struct sw_str s;
  CHECK_INT(sw_head_request_id(&h, &s), 1);
  CHECK_STRN(s.p, s.n, "abc-1");
  h = parse("HTTP/2 200\r\ncf-ray: 8f-BOM\r\nx-request-id:\r\n\r\n");
  CHECK_INT(sw_head_request_id(&h, &s), 1);
  CHECK_STRN(s.p, s.n, "8f-BOM");
  h = parse("HTTP/2 200\r\ncf-ray: 8f\r\nX-Request-Id: one\r\n\r\n");
  CHECK_INT(sw_head_request_id(&h, &s), 1);
  CHECK_STRN(s.p, s.n, "one");
  h = parse("HTTP/2 200\r\nA: b\r\n\r\n");
  CHECK_INT(sw_head_request_id(&h, &s), 0);
  CHECK_INT(s.n, 0);
}

static void test_types(void) {
  static const struct {
    const char *type;
    int json;
    int html;
  } table[] = {{"application/json", 1, 0},
               {"application/json;charset=utf-8", 1, 0},
               {"text/json", 1, 0},
               {"application/problem+json ; q=1", 1, 0},
               {"+json", 0, 0},
               {"application/jsonp", 0, 0},
               {"text/html; charset=UTF-8", 0, 1},
               {"APPLICATION/XHTML+XML", 0, 1},
               {"text/plain", 0, 0},
               {"", 0, 0}};
  size_t i;
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    char text[128];
    struct sw_head h;
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n",
             table[i].type);
    h = parse(text);
    CHECK_INT(sw_head_is_json(&h), table[i].json);
    CHECK_INT(sw_head_is_html(&h), table[i].html);
  }
}

static void test_reason(void) {
  struct sw_head h = parse("HTTP/2 502\r\n\r\n");
  struct sw_str s = sw_head_reason(&h, 502);
  CHECK_STRN(s.p, s.n, "Bad Gateway");
  s = sw_head_reason(NULL, 404);
  CHECK_STRN(s.p, s.n, "Not Found");
  CHECK_INT(sw_head_reason(NULL, 599).n, 0);
  h = parse("HTTP/1.1 502 Upstream is ill\r\n\r\n");
  s = sw_head_reason(&h, 502);
  CHECK_STRN(s.p, s.n, "Upstream is ill");
}

static void test_blocks(void) {
  struct sw_str s;
  struct sw_head h = parse("HTTP/1.1 100 Continue\r\nA: 1\r\n\r\n"
                           "HTTP/1.1 201 Created\nB: 2\n\n");
  CHECK_INT(h.status, 201);
  CHECK_INT(sw_head_first(&h, "A", &s), 0);
  CHECK_INT(sw_head_first(&h, "B", &s), 1);
  CHECK_STRN(s.p, s.n, "2");
}

static void test_broken(void) {
  struct sw_str s;
  struct sw_header line;
  size_t at = 0;
  struct sw_head h = parse("HTTP/1.1 200 OK\r\nno colon\r\n: no name\r\n"
                           "bad name: x\r\n folded\r\nGood: y");
  CHECK_INT(sw_head_next(&h, &at, &line), 1);
  CHECK_STRN(line.name.p, line.name.n, "Good");
  CHECK_STRN(line.value.p, line.value.n, "y");
  CHECK_INT(sw_head_next(&h, &at, &line), 0);
  h = parse("ICY 200 OK\r\nA: b\r\n\r\n");
  CHECK_INT(h.status, 0);
  CHECK_INT(sw_head_first(&h, "A", &s), 0);
  CHECK_INT(parse("HTTP/1.1 20\r\n").status, 0);
  CHECK_INT(parse("HTTP/1.1 2000 OK\r\n").status, 0);
  CHECK_INT(parse("HTTP/1.1 -20 OK\r\n").status, 0);
  CHECK_INT(parse("HTTP/").status, 0);
  CHECK_INT(parse("HTTP/1.1 999").status, 999);
  sw_head_parse(&h, NULL, 0);
  CHECK_INT(h.status, 0);
  CHECK_INT(sw_head_last(&h, "A", &s), 0);
}

/* Every cut of a head is read without passing its end: the bytes stand in a
   block of exactly their size, so that a sanitizer sees one byte too many. */
static void test_cut(void) {
  size_t n;
  for (n = 0; n <= strlen(plain); n++) {
    char *copy = malloc(n + (n == 0));
    struct sw_head h;
    struct sw_str s;
    if (copy == NULL) {
      CHECK(0);
      return;
    }
    memcpy(copy, plain, n);
    sw_head_parse(&h, copy, n);
    CHECK_INT(h.status, n >= 12 ? 404 : 0);
    sw_head_last(&h, "empty", &s);
    sw_head_request_id(&h, &s);
    free(copy);
  }
}

int main(void) {
  test_find();
  test_walk();
  test_request_id();
  test_types();
  test_reason();
  test_blocks();
  test_broken();
  test_cut();
  return check_done();
}
