/* Any reply as a failure: the texts stay within their caps, are clean to
   show, and hold no secret once redacted. The first two bytes choose row and
   status, a blank line parts head and body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/fail.h"
#include "../../src/text.h"

#define SECRET "s3cr3t/\"+key"

static const struct sw_row rows[] = {
    {"links", "get", NULL, "GET", "links/{slug}/", SW_NONE, SW_AUTH_PAIR,
     SW_SAFE, 0, NULL, 0, "link", NULL, NULL, SW_CLIENT, ""},
    {"script_values", "get", NULL, "GET", "store/scriptvalues/{app_id}/",
     SW_NONE, SW_AUTH_BEARER, SW_SAFE, 0, NULL, 0, NULL, NULL, NULL,
     SW_DOCUMENTED, ""},
    {"", "auth", NULL, "POST", "auth/", SW_FORM, SW_AUTH_KEY, SW_ONCE,
     SW_SECRET_REPLY, NULL, 0, NULL, NULL, NULL, SW_CLIENT, ""}};

static const int statuses[] = {200, 204, 301, 303, 400, 401, 403, 404,
                               409, 422, 429, 500, 502, 503, 0,   999};

static void clean(const char *p, size_t n, size_t cap) {
  size_t i;
  if (n == 0) {
    return;
  }
  if (n > cap + 3 || !sw_utf8_valid(p, n, NULL)) {
    abort();
  }
  for (i = 0; i < n; i++) {
    if ((unsigned char)p[i] < 32 || p[i] == 127) {
      abort();
    }
  }
}

static void inspect(const struct sw_fail *f, size_t times) {
  size_t i, k;
  clean(f->message.data, f->message.len, SW_FAIL_MESSAGE * times);
  clean(f->code.data, f->code.len, SW_FAIL_CODE * times);
  clean(f->body.data, f->body.len, SW_FAIL_BODY * times);
  clean(f->request_id.data, f->request_id.len, SW_FAIL_NAME * times);
  if (f->message.len == 0 || f->kind == SW_FAIL_NONE ||
      f->field_count > SW_FAIL_FIELDS) {
    abort();
  }
  if (f->hint != NULL) {
    clean(f->hint, strlen(f->hint), SW_FAIL_MESSAGE * times);
  }
  for (i = 0; i < f->field_count; i++) {
    struct sw_str s = sw_fail_name(f, i);
    clean(s.p, s.n, SW_FAIL_NAME * times);
    if (f->fields[i].count == 0 || f->fields[i].count > SW_FAIL_TEXTS) {
      abort();
    }
    for (k = 0; k < f->fields[i].count; k++) {
      s = sw_fail_text(f, i, k);
      clean(s.p, s.n, SW_FAIL_TEXT * times);
    }
  }
}

/* In no spelling; redact_fuzz.c goes on about that. */
static void no_secret(const struct sw_buf *b) {
  static const char *const forms[] = {
      SECRET, "s3cr3t\\/\\\"+key", "s3cr3t%2F%22%2Bkey", "s3cr3t%2f%22%2bkey",
      "s3cr3t/&quot;+key", "s3cr3t&#x2F;&#34;&plus;key",
      "s3cr3t\\u002f\\u0022\\u002bkey", "czNjcjN0LyIra2V5",
      "MzY3IzdC8iK2tle", "zM2NyM3QvIitrZX"};
  size_t i, k;
  for (k = 0; k < sizeof forms / sizeof forms[0]; k++) {
    size_t n = strlen(forms[k]);
    for (i = 0; i + n <= b->len; i++) {
      if (memcmp(b->data + i, forms[k], n) == 0) {
        abort();
      }
    }
  }
}

static void one(const struct sw_row *row, int status,
                const struct sw_head *head, const char *body, size_t len) {
  struct sw_json j;
  struct sw_fail f;
  struct sw_str secret = {SECRET, sizeof SECRET - 1};
  const struct sw_json *tape;
  memset(&j, 0, sizeof j);
  memset(&f, 0, sizeof f);
  tape = len > 0 && sw_json_scan(&j, body, len) == 0 ? &j : NULL;
  sw_reply_is_success(row, status, tape, body, len);
  if (sw_fail_from_reply(&f, row, status, head, tape, body, len) == 0) {
    inspect(&f, 1);
    if (sw_fail_redact(&f, &secret, 1) == 0) {
      inspect(&f, 2); /* a mask may be longer than what it hides */
      no_secret(&f.message);
      no_secret(&f.body);
      no_secret(&f.arena);
      no_secret(&f.own_hint);
    }
  }
  sw_fail_free(&f);
  sw_json_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *p = (const char *)data;
  struct sw_head head;
  size_t split = 2;
  if (size < 2) {
    return 0;
  }
  while (split + 2 <= size && memcmp(p + split, "\n\n", 2) != 0) {
    split++;
  }
  if (split + 2 > size) {
    split = 0; /* no head: all is body */
  }
  sw_head_parse(&head, p + 2, split > 2 ? split - 2 : 0);
  one(data[0] % 4 < 3 ? &rows[data[0] % 4] : NULL, statuses[data[1] % 16],
      &head, p + split + 2, size - split - 2);
  return 0;
}
