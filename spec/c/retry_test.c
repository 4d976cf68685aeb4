/* The retry law as a truth table: each situation against each class. */
#include "../../src/retry.h"

#include <limits.h>
#include <math.h>

#include "check.h"

/* What a verdict comes to:
   A again, L look-up, D done, X return in doubt (ambiguous),
   r return and may be repeated by the caller, R return and final. */
static char letter(const struct sw_verdict *v) {
  switch (v->action) {
  case SW_AGAIN:
    return v->retryable && !v->ambiguous ? 'A' : '?';
  case SW_LOOKUP:
    return v->ambiguous && !v->retryable ? 'L' : '?';
  case SW_DONE:
    return v->ambiguous || v->retryable ? '?' : 'D';
  case SW_RETURN:
    break;
  }
  if (v->ambiguous) {
    return v->retryable ? '?' : 'X';
  }
  return v->retryable ? 'r' : 'R';
}

enum when {
  FRESH = 0,
  WAITED = 1,    /* Retry-After: 2 */
  AT_ONCE = 2,   /* Retry-After: 0 */
  TOO_LONG = 4,  /* Retry-After: 60, past the deadline */
  LATE = 8,      /* nothing is left of the deadline */
  SPENT = 16,    /* no attempt is left */
  SECOND = 32,   /* second attempt; the first may have acted */
  NOT_JSON = 64,
  INNOCENT = 128 /* second attempt; the first cannot have acted */
};

struct situation {
  enum sw_fault fault;
  int byte_left;
  int status;
  unsigned when;
  const char *want; /* safe, idempotent, keyed, once */
  const char *reason;
};

#define NOTHING "no byte of the request had left"
#define BROKE "the connection failed after the request began"
#define LATE_ANSWER "no answer in time"
#define CUT "the reply was cut off"
#define FAILED "the service failed: it may have been done"
#define BUSY "503 without Retry-After: it may have been done"
#define CLOSED "503 with Retry-After: the service did nothing"
#define SLOW "429: the service asks to slow down"
#define PART "408: the service did not get the whole request"
#define REFUSED "refused by the service"
#define PAST "the deadline has passed"
#define LONG "Retry-After is past the deadline"
#define HELD "refused, but an earlier attempt may hold the key"

static const struct situation table[] = {
  /* no byte left: nothing was done, whatever the class */
  {SW_FAULT_NETWORK, 0, 0, FRESH, "AAAA", NOTHING},
  {SW_FAULT_TIMEOUT, 0, 0, FRESH, "AAAA", NOTHING},
  {SW_FAULT_TRUNCATED, 0, 0, FRESH, "AAAA", NOTHING},
  {SW_FAULT_NETWORK, 0, 0, SPENT, "rrrr", NOTHING},
  {SW_FAULT_NETWORK, 0, 0, LATE, "rrrr", PAST},
  {SW_FAULT_TIMEOUT, 0, 0, LATE, "rrrr", PAST},
  /* a byte may have left */
  {SW_FAULT_NETWORK, 1, 0, FRESH, "AALX", BROKE},
  {SW_FAULT_TIMEOUT, 1, 0, FRESH, "AALX", LATE_ANSWER},
  {SW_FAULT_TRUNCATED, 1, 200, FRESH, "AALX", CUT},
  {SW_FAULT_NETWORK, 1, 0, SPENT, "rrLX", BROKE},
  {SW_FAULT_TIMEOUT, 1, 0, LATE, "rrXX", NULL},
  {SW_FAULT_TRUNCATED, 1, 200, LATE, "rrXX", NULL},
  /* never again, whatever the class */
  {SW_FAULT_TLS, 0, 0, FRESH, "RRRR", "the TLS handshake was refused"},
  {SW_FAULT_TLS, 1, 0, FRESH, "RRXX", "the TLS handshake was refused"},
  {SW_FAULT_TOO_BIG, 1, 200, FRESH, "RRXX",
   "the reply is larger than allowed"},
  {SW_FAULT_ENCODING, 1, 200, FRESH, "RRXX",
   "the reply's content encoding is broken"},
  {SW_FAULT_PROTOCOL, 1, 0, FRESH, "RRXX", "the answer is not HTTP"},
  {SW_FAULT_PROTOCOL, 0, 0, FRESH, "RRRR", "the answer is not HTTP"},
  {SW_FAULT_BARRED, 0, 0, FRESH, "RRRR",
   "the host's address is one to avoid"},
  {SW_FAULT_FILE, 0, 0, FRESH, "RRRR", "the file cannot be read to its end"},
  {SW_FAULT_FILE, 1, 0, FRESH, "RRRR", "the file cannot be read to its end"},
  {SW_FAULT_CANCELLED, 0, 0, FRESH, "RRRR", "cancelled"},
  {SW_FAULT_CANCELLED, 1, 0, FRESH, "RRXX", "cancelled"},
  {SW_FAULT_MEMORY, 0, 0, FRESH, "RRRR", "out of memory"},
  {SW_FAULT_MEMORY, 1, 0, FRESH, "RRXX", "out of memory"},
  {SW_FAULT_FORKED, 1, 0, FRESH, "RRXX", "begun in another process"},
  /* the service says that it did nothing */
  {SW_FAULT_NONE, 1, 429, FRESH, "AAAA", SLOW},
  {SW_FAULT_NONE, 1, 429, WAITED, "AAAA", SLOW},
  {SW_FAULT_NONE, 1, 429, AT_ONCE, "AAAA", SLOW},
  {SW_FAULT_NONE, 1, 429, TOO_LONG, "rrrr", LONG},
  {SW_FAULT_NONE, 1, 429, SPENT, "rrrr", SLOW},
  {SW_FAULT_NONE, 1, 429, LATE, "rrrr", PAST},
  {SW_FAULT_NONE, 1, 408, FRESH, "AAAA", PART},
  {SW_FAULT_NONE, 1, 408, SPENT, "rrrr", PART},
  {SW_FAULT_NONE, 1, 503, WAITED, "AAAA", CLOSED},
  {SW_FAULT_NONE, 1, 503, AT_ONCE, "AAAA", CLOSED},
  {SW_FAULT_NONE, 1, 503, TOO_LONG, "rrrr", LONG},
  /* the service failed */
  {SW_FAULT_NONE, 1, 503, FRESH, "AALX", BUSY},
  {SW_FAULT_NONE, 1, 500, FRESH, "AALX", FAILED},
  {SW_FAULT_NONE, 1, 502, FRESH, "AALX", FAILED},
  {SW_FAULT_NONE, 1, 504, FRESH, "AALX", FAILED},
  {SW_FAULT_NONE, 1, 520, FRESH, "AALX", FAILED},
  {SW_FAULT_NONE, 1, 500, WAITED, "AALX", FAILED},
  {SW_FAULT_NONE, 1, 500, SPENT, "rrLX", FAILED},
  {SW_FAULT_NONE, 1, 502, TOO_LONG, "rrLX", NULL},
  {SW_FAULT_NONE, 1, 501, FRESH, "RRRR", "the service cannot do this"},
  {SW_FAULT_NONE, 1, 505, FRESH, "RRRR", "the service cannot do this"},
  /* answers */
  {SW_FAULT_NONE, 1, 200, FRESH, "RRRR", "answered"},
  {SW_FAULT_NONE, 1, 201, SECOND, "RRRR", "answered"},
  {SW_FAULT_NONE, 1, 204, FRESH, "RRRR", "answered"},
  {SW_FAULT_NONE, 1, 200, NOT_JSON, "RRLX", "the reply is not JSON"},
  {SW_FAULT_NONE, 1, 200, NOT_JSON | LATE, "RRXX", "the reply is not JSON"},
  {SW_FAULT_NONE, 1, 301, FRESH, "RRRR", "redirected"},
  {SW_FAULT_NONE, 1, 308, FRESH, "RRRR", "redirected"},
  {SW_FAULT_NONE, 1, 302, FRESH, "RRXX", "redirected"},
  {SW_FAULT_NONE, 1, 303, FRESH, "RRXX", "redirected"},
  /* refusals */
  {SW_FAULT_NONE, 1, 400, FRESH, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 400, NOT_JSON, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 401, WAITED, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 403, FRESH, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 404, FRESH, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 409, FRESH, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 422, FRESH, "RRRR", REFUSED},
  /* after an attempt that may have acted */
  {SW_FAULT_NONE, 1, 400, SECOND, "RRLX", NULL},
  {SW_FAULT_NONE, 1, 409, SECOND, "RRLX", NULL},
  {SW_FAULT_NONE, 1, 422, SECOND, "RRLX", NULL},
  {SW_FAULT_NONE, 1, 401, SECOND, "RRXX", REFUSED},
  {SW_FAULT_NETWORK, 0, 0, SECOND | SPENT, "rrXX", NOTHING},
  /* after one that cannot have */
  {SW_FAULT_NONE, 1, 400, INNOCENT, "RRRR", REFUSED},
  {SW_FAULT_NONE, 1, 404, INNOCENT, "RRRR", REFUSED},
  /* no status at all */
  {SW_FAULT_NONE, 1, 0, FRESH, "RRXX", "not an HTTP status"},
  {SW_FAULT_NONE, 1, 600, FRESH, "RRXX", "not an HTTP status"},
  {SW_FAULT_NONE, 1, 100, FRESH, "RRXX", "not an HTTP status"},
};

static struct sw_attempt attempt_of(const struct situation *s,
                                    enum sw_class retry) {
  struct sw_attempt a;
  memset(&a, 0, sizeof a);
  a.retry = retry;
  a.fault = s->fault;
  a.byte_left = s->byte_left;
  a.status = s->status;
  a.form = s->when & NOT_JSON ? SW_REPLY_OTHER : SW_REPLY_WHOLE;
  a.attempt = s->when & (SECOND | INNOCENT) ? 2 : 1;
  a.maybe_done = (s->when & SECOND) != 0;
  a.retries = 2;
  if (s->when & SPENT) {
    a.retries = a.attempt - 1;
  }
  a.retry_after = s->when & WAITED     ? 2
                  : s->when & AT_ONCE  ? 0
                  : s->when & TOO_LONG ? 60
                                       : -1;
  a.left_ms = s->when & LATE ? 0 : 30000;
  a.jitter = 0.5;
  return a;
}

static void test_table(void) {
  size_t i;
  int c;
  for (i = 0; i < sizeof table / sizeof table[0]; i++) {
    for (c = SW_SAFE; c <= SW_ONCE; c++) {
      struct sw_attempt a = attempt_of(&table[i], (enum sw_class)c);
      struct sw_verdict v = sw_retry_judge(&a);
      char got = letter(&v);
      if (!CHECK_INT(got, table[i].want[c])) {
        fprintf(stderr, "  row %u class %d: %s\n", (unsigned)i, c, v.reason);
      }
      CHECK(v.reason != NULL && v.reason[0] != '\0');
      if (table[i].reason != NULL) {
        CHECK_STR(v.reason, table[i].reason);
      }
      CHECK(v.wait_ms >= 0 && v.wait_ms < 30000);
    }
  }
}

/* The promise that the table must not break anywhere: a row that counts is
   never sent again after it may have been done. */
static void test_never_twice(void) {
  int fault, status, byte, form, after;
  struct sw_attempt a;
  memset(&a, 0, sizeof a);
  a.retries = 5;
  a.left_ms = 60000;
  a.jitter = 1;
  for (fault = SW_FAULT_NONE; fault <= SW_FAULT_FORKED; fault++) {
    for (status = 0; status <= 600; status += fault == 0 ? 1 : 600) {
      for (byte = 0; byte <= 1; byte++) {
        for (form = 0; form <= 1; form++) {
          for (after = -1; after <= 1; after++) {
            int innocent = status == 429 || status == 408 ||
                           (status == 503 && after >= 0);
            struct sw_verdict once, keyed;
            a.fault = (enum sw_fault)fault;
            a.status = status;
            a.byte_left = fault == 0 ? 1 : byte;
            a.form = (enum sw_reply_form)form;
            a.retry_after = after;
            a.attempt = 1;
            a.retry = SW_ONCE;
            once = sw_retry_judge(&a);
            a.retry = SW_KEYED;
            keyed = sw_retry_judge(&a);
            if ((fault == 0 && !innocent) || (fault != 0 && byte)) {
              CHECK(once.action == SW_RETURN);
              CHECK(keyed.action != SW_AGAIN);
            }
            CHECK(once.action == SW_RETURN || once.action == SW_AGAIN);
            CHECK(!(once.maybe_done && once.action == SW_AGAIN));
            CHECK(!(keyed.maybe_done && keyed.action == SW_AGAIN));
          }
        }
      }
    }
  }
}

static void test_gone(void) {
  struct sw_attempt a;
  struct sw_verdict v;
  memset(&a, 0, sizeof a);
  a.retry = SW_IDEMPOTENT;
  a.flags = SW_GONE_IS_DONE;
  a.status = 404;
  a.byte_left = 1;
  a.attempt = 2;
  a.retries = 2;
  a.retry_after = -1;
  a.left_ms = 1000;
  a.maybe_done = 1;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'D');
  CHECK_STR(v.reason, "gone: an earlier attempt did it");
  a.status = 410;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'D');
  a.status = 403;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'R');
  a.status = 404;
  a.maybe_done = 0; /* the first attempt never reached the service */
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'R');
  a.maybe_done = 1;
  a.flags = 0;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'R');
  a.flags = SW_GONE_IS_DONE;
  a.attempt = 1;
  a.maybe_done = 0;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'R');
}

static void test_waits(void) {
  struct sw_attempt a;
  struct sw_verdict v;
  memset(&a, 0, sizeof a);
  a.status = 429;
  a.byte_left = 1;
  a.attempt = 1;
  a.retries = 9;
  a.left_ms = 2001;
  a.retry_after = 2;
  a.jitter = 1;
  v = sw_retry_judge(&a);
  CHECK_INT(v.action, SW_AGAIN);
  CHECK_INT(v.wait_ms, 2000);
  a.left_ms = 2000; /* nothing would be left to ask with */
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'r');
  CHECK_STR(v.reason, LONG);
  CHECK_INT(v.wait_ms, 0);
  a.retry_after = LONG_MAX;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'r');
  a.retry_after = -1;
  a.left_ms = 400;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'r');
  CHECK_STR(v.reason, "the deadline is too near");
  a.jitter = 0.5;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'A');
  CHECK_INT(v.wait_ms, 250);
  a.attempt = 9;
  v = sw_retry_judge(&a);
  CHECK_INT(letter(&v), 'r');
}

static void test_jitter(void) {
  CHECK_INT(sw_retry_wait(1, 1), 500);
  CHECK_INT(sw_retry_wait(2, 1), 1000);
  CHECK_INT(sw_retry_wait(3, 1), 2000);
  CHECK_INT(sw_retry_wait(4, 1), 4000);
  CHECK_INT(sw_retry_wait(5, 1), 8000);
  CHECK_INT(sw_retry_wait(6, 1), 8000);
  CHECK_INT(sw_retry_wait(INT_MAX, 1), 8000);
  CHECK_INT(sw_retry_wait(0, 1), 500);
  CHECK_INT(sw_retry_wait(-7, 1), 500);
  CHECK_INT(sw_retry_wait(3, 0), 0);
  CHECK_INT(sw_retry_wait(3, 0.25), 500);
  CHECK_INT(sw_retry_wait(3, -1), 0);
  CHECK_INT(sw_retry_wait(3, 7), 2000);
  CHECK_INT(sw_retry_wait(3, NAN), 0);
}

static void test_take(void) {
  struct sw_transfer t;
  struct sw_attempt a;
  memset(&t, 0, sizeof t);
  memset(&a, 0, sizeof a);
  t.fault = SW_FAULT_TLS;
  t.stage = SW_STAGE_TLS;
  snprintf(t.detail, sizeof t.detail,
           "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443");
  sw_attempt_take(&a, &t);
  CHECK_INT(a.fault, SW_FAULT_NETWORK);
  CHECK_INT(a.stage, SW_STAGE_TLS);
  snprintf(t.detail, sizeof t.detail,
           "SSL certificate problem: certificate has expired");
  sw_attempt_take(&a, &t);
  CHECK_INT(a.fault, SW_FAULT_TLS);
  t.fault = SW_FAULT_NONE;
  t.status = 503;
  t.byte_left = 1;
  sw_attempt_take(&a, &t);
  CHECK_INT(a.fault, SW_FAULT_NONE);
  CHECK_INT(a.status, 503);
  CHECK_INT(a.byte_left, 1);
}

int main(void) {
  test_table();
  test_never_twice();
  test_gone();
  test_waits();
  test_jitter();
  test_take();
  return check_done();
}
