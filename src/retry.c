/* The retry law: see retry.h. */
#include "retry.h"

#include <string.h>

#include "hint.h"

#define BASE_MS 500L
#define CAP_MS 8000L

long sw_retry_wait(int attempt, double jitter) {
  long most = BASE_MS;
  while (attempt > 1 && most < CAP_MS) {
    most *= 2;
    attempt--;
  }
  if (most > CAP_MS) {
    most = CAP_MS;
  }
  if (!(jitter >= 0)) { /* NaN too */
    jitter = 0;
  }
  if (jitter > 1) {
    jitter = 1;
  }
  return (long)((double)most * jitter);
}

void sw_attempt_take(struct sw_attempt *a, const struct sw_transfer *t) {
  a->fault = t->fault;
  if (t->fault == SW_FAULT_TLS && sw_hint_cut(t->detail)) {
    a->fault = SW_FAULT_NETWORK;
  }
  a->stage = t->stage;
  a->status = t->status;
  a->byte_left = t->byte_left;
}

/* Twice is not the same as once. */
static int counts(const struct sw_attempt *a) {
  return a->retry != SW_SAFE && a->retry != SW_IDEMPOTENT;
}

/* An end. A counting row stays in doubt when this attempt or one before it
   may have acted. */
static struct sw_verdict end(const struct sw_attempt *a, int acted,
                             int retryable, const char *reason) {
  struct sw_verdict v;
  memset(&v, 0, sizeof v);
  v.action = SW_RETURN;
  v.maybe_done = acted;
  v.ambiguous = counts(a) && (acted || a->maybe_done);
  v.retryable = retryable && !v.ambiguous;
  v.reason = reason;
  return v;
}

/* Again, if attempts and time are left. */
static struct sw_verdict again(const struct sw_attempt *a, int acted,
                               const char *reason) {
  struct sw_verdict v;
  if (a->attempt > a->retries) {
    return end(a, acted, 1, reason);
  }
  if (a->left_ms <= 0) {
    return end(a, acted, 1, "the deadline has passed");
  }
  if (a->retry_after > 0 && a->retry_after > a->left_ms / 1000) {
    return end(a, acted, 1, "Retry-After is past the deadline");
  }
  v = end(a, acted, 1, reason);
  v.wait_ms = a->retry_after > 0 ? a->retry_after * 1000
                                 : sw_retry_wait(a->attempt, a->jitter);
  if (v.wait_ms >= a->left_ms) {
    v.wait_ms = 0;
    v.reason = a->retry_after > 0 ? "Retry-After is past the deadline"
                                  : "the deadline is too near";
    return v;
  }
  v.action = SW_AGAIN;
  v.ambiguous = 0;
  v.retryable = 1;
  return v;
}

/* A key of ours tells whether the call was done. */
static struct sw_verdict lookup(const struct sw_attempt *a,
                                const char *reason) {
  struct sw_verdict v = end(a, 1, 0, reason);
  if (a->left_ms > 0) {
    v.action = SW_LOOKUP;
    v.wait_ms = sw_retry_wait(a->attempt, a->jitter);
  }
  return v;
}

/* The attempt may have acted. */
static struct sw_verdict doubt(const struct sw_attempt *a,
                               const char *reason) {
  switch (a->retry) {
  case SW_SAFE:
  case SW_IDEMPOTENT:
    return again(a, 1, reason);
  case SW_KEYED:
    return lookup(a, reason);
  case SW_ONCE:
    break;
  }
  return end(a, 1, 0, reason);
}

/* Faults that a second attempt would meet again, whatever the class. */
static const char *hopeless(enum sw_fault fault) {
  switch (fault) {
  case SW_FAULT_TLS:
    return "the TLS handshake was refused";
  case SW_FAULT_TOO_BIG:
    return "the reply is larger than allowed";
  case SW_FAULT_ENCODING:
    return "the reply's content encoding is broken";
  case SW_FAULT_PROTOCOL:
    return "the answer is not HTTP";
  case SW_FAULT_BARRED:
    return "the host's address is one to avoid";
  case SW_FAULT_FILE:
    return "the file cannot be read to its end";
  case SW_FAULT_CANCELLED:
    return "cancelled";
  case SW_FAULT_MEMORY:
    return "out of memory";
  case SW_FAULT_FORKED:
    return "begun in another process";
  case SW_FAULT_NONE:
  case SW_FAULT_NETWORK:
  case SW_FAULT_TIMEOUT:
  case SW_FAULT_TRUNCATED:
    break;
  }
  return NULL;
}

static struct sw_verdict judge_fault(const struct sw_attempt *a) {
  const char *why = hopeless(a->fault);
  if (why != NULL) {
    /* A body that stopped before its announced length is no request: after
       a failed file nothing can have been done. */
    int acted = a->byte_left && a->fault != SW_FAULT_FILE;
    return end(a, acted, 0, why);
  }
  if (!a->byte_left) {
    return again(a, 0, "no byte of the request had left");
  }
  switch (a->fault) {
  case SW_FAULT_TIMEOUT:
    return doubt(a, "no answer in time");
  case SW_FAULT_TRUNCATED:
    return doubt(a, "the reply was cut off");
  default:
    return doubt(a, "the connection failed after the request began");
  }
}

static struct sw_verdict judge_client_error(const struct sw_attempt *a) {
  if (a->status == 429) {
    return again(a, 0, "429: the service asks to slow down");
  }
  if (a->status == 408) {
    return again(a, 0, "408: the service did not get the whole request");
  }
  if ((a->flags & SW_GONE_IS_DONE) && a->maybe_done && a->attempt > 1 &&
      (a->status == 404 || a->status == 410)) {
    struct sw_verdict v = end(a, 1, 0, "gone: an earlier attempt did it");
    v.action = SW_DONE;
    v.ambiguous = 0;
    return v;
  }
  /* "This key is taken" may be said of our own earlier attempt. */
  if (a->retry == SW_KEYED && a->maybe_done &&
      (a->status == 400 || a->status == 409 || a->status == 422)) {
    return lookup(a, "refused, but an earlier attempt may hold the key");
  }
  return end(a, 0, 0, "refused by the service");
}

static struct sw_verdict judge_server_error(const struct sw_attempt *a) {
  if (a->status == 501 || a->status == 505) {
    return end(a, 0, 0, "the service cannot do this");
  }
  if (a->status == 503 && a->retry_after >= 0) {
    return again(a, 0, "503 with Retry-After: the service did nothing");
  }
  if (a->status == 503) {
    /* Without Retry-After it may be a proxy that lost its upstream after
       that took the request. */
    return doubt(a, "503 without Retry-After: it may have been done");
  }
  return doubt(a, "the service failed: it may have been done");
}

struct sw_verdict sw_retry_judge(const struct sw_attempt *a) {
  if (a->fault != SW_FAULT_NONE) {
    return judge_fault(a);
  }
  if (a->status >= 200 && a->status <= 299) {
    if (a->form == SW_REPLY_WHOLE) {
      struct sw_verdict v = end(a, 1, 0, "answered");
      v.ambiguous = 0;
      return v;
    }
    if (counts(a)) {
      return doubt(a, "the reply is not JSON");
    }
    return end(a, 1, 0, "the reply is not JSON");
  }
  if (a->status >= 300 && a->status <= 399) {
    /* A 302 or 303 is also how a server answers a form that it took. */
    int acted = counts(a) && (a->status == 302 || a->status == 303);
    return end(a, acted, 0, "redirected");
  }
  if (a->status >= 400 && a->status <= 499) {
    return judge_client_error(a);
  }
  if (a->status >= 500 && a->status <= 599) {
    return judge_server_error(a);
  }
  return end(a, 1, 0, "not an HTTP status");
}
