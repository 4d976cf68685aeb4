/* Shared by the tests of failures: rows, and a refused reply from its text.
   Must not know: what a test expects. */
#ifndef SW_REFUSE_H
#define SW_REFUSE_H

#include "../../src/fail.h"
#include "../../src/hint.h"
#include "check.h"

static const CHECK_MAYBE struct sw_row get_link = {
    "links", "get", NULL, "GET", "links/{slug}/", SW_NONE, SW_AUTH_PAIR,
    SW_SAFE, 0, NULL, 0, "link", NULL, NULL, SW_CLIENT, ""};
static const CHECK_MAYBE struct sw_row get_request = {
    "payment_requests", "get", NULL, "GET", "payment-requests/{id}/",
    SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0, NULL, 0, "payment_request", NULL,
    NULL, SW_CLIENT, ""};
static const CHECK_MAYBE struct sw_row debug = {
    "", "debug", NULL, "GET", "debug/", SW_NONE, SW_AUTH_PAIR, SW_SAFE, 0,
    NULL, 0, NULL, NULL, NULL, SW_CLIENT, ""};
static const CHECK_MAYBE struct sw_row values = {
    "script_values", "get", NULL, "GET", "store/scriptvalues/{app_id}/",
    SW_NONE, SW_AUTH_BEARER, SW_SAFE, 0, NULL, 0, NULL, NULL, NULL,
    SW_DOCUMENTED, ""};
static const CHECK_MAYBE struct sw_row login = {
    "", "auth", NULL, "POST", "auth/", SW_FORM, SW_AUTH_KEY, SW_ONCE,
    SW_SECRET_REPLY, NULL, 0, NULL, NULL, NULL, SW_CLIENT, ""};

/* The tape of a text, or NULL when it is no JSON. The caller frees *j. */
static CHECK_MAYBE const struct sw_json *scan(struct sw_json *j,
                                              const char *body, size_t len) {
  memset(j, 0, sizeof *j);
  return len > 0 && sw_json_scan(j, body, len) == 0 ? j : NULL;
}

static CHECK_MAYBE int refuse_bytes(struct sw_fail *f,
                                    const struct sw_row *row, int status,
                                    const char *headers, const char *body,
                                    size_t len) {
  struct sw_json j;
  struct sw_head h;
  const struct sw_json *tape = scan(&j, body, len);
  int result;
  sw_head_parse(&h, headers, strlen(headers));
  CHECK_INT(sw_reply_is_success(row, status, tape, body, len), 0);
  result = sw_fail_from_reply(f, row, status, &h, tape, body, len);
  sw_json_free(&j);
  return result;
}

static CHECK_MAYBE void refuse(struct sw_fail *f, const struct sw_row *row,
                               int status, const char *body) {
  memset(f, 0, sizeof *f);
  CHECK_INT(refuse_bytes(f, row, status, "", body, strlen(body)), 0);
  CHECK_INT(f->status, status);
  CHECK(f->message.len > 0);
  CHECK_INT(f->message.data[f->message.len], 0);
}

static CHECK_MAYBE void check_field(const struct sw_fail *f, size_t i,
                                    const char *name, const char *text) {
  struct sw_str n = sw_fail_name(f, i);
  struct sw_str t = sw_fail_text(f, i, 0);
  CHECK_STRN(n.p, n.n, name);
  CHECK_STRN(t.p, t.n, text);
}

static CHECK_MAYBE int hints(const struct sw_fail *f, const char *part) {
  struct sw_str s = {"", 0};
  if (f->hint != NULL) {
    s.p = f->hint;
    s.n = strlen(f->hint);
  }
  return sw_hint_find(s, part) >= 0;
}

#define MESSAGE(f, text) CHECK_STRN((f)->message.data, (f)->message.len, text)
#define CODE(f, text) CHECK_STRN((f)->code.data, (f)->code.len, text)

#endif
