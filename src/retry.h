/* The retry law: may this call be sent again? A pure function of what
   happened; no clock, no state, no randomness of its own.
   Must not know: Lua, libcurl, any one service. */
#ifndef SW_RETRY_H
#define SW_RETRY_H

#include "row.h"
#include "transfer.h"

enum sw_action {
  SW_RETURN, /* give the caller what there is: result or error */
  SW_AGAIN,  /* wait wait_ms, then send the same bytes again */
  SW_LOOKUP, /* read the row's evidence by its key first: found, that is the
                result; not found, send again after wait_ms when
                attempt <= retries, otherwise return what there is */
  SW_DONE    /* an error that means success: an earlier attempt did it */
};

enum sw_reply_form {
  SW_REPLY_WHOLE, /* a JSON object, or no body at all */
  SW_REPLY_OTHER  /* a body that is anything else */
};

struct sw_attempt {
  enum sw_class retry;      /* the row's class */
  unsigned flags;           /* the row's enum sw_row_flag */
  enum sw_fault fault;
  enum sw_stage stage;
  int status;               /* when fault is SW_FAULT_NONE */
  int byte_left;            /* a byte of this attempt may have left */
  enum sw_reply_form form;  /* matters on 2xx and 3xx only */
  int maybe_done;           /* verdict.maybe_done of any attempt before */
  int attempt;              /* 1 is the first */
  int retries;              /* attempts allowed after the first */
  long retry_after;         /* seconds, -1: none */
  long left_ms;             /* what is left of the deadline */
  double jitter;            /* 0 to 1, a fresh random number */
};

struct sw_verdict {
  enum sw_action action;
  long wait_ms;       /* before AGAIN, or before the repeat after LOOKUP */
  int maybe_done;     /* this attempt may have acted: hand it on */
  int ambiguous;      /* returned as it is, nobody knows whether it acted;
                         with LOOKUP: unless the look-up finds it */
  int retryable;      /* the caller may send it again, later, harmlessly */
  const char *reason; /* constant, short, for the log and the error */
};

/* Fills fault, stage, status and byte_left from a landed transfer. A TLS
   handshake that the network cut is a network fault, not a TLS one. */
void sw_attempt_take(struct sw_attempt *a, const struct sw_transfer *t);
struct sw_verdict sw_retry_judge(const struct sw_attempt *a);
/* Full jitter: random between 0 and min(8 s, 0.5 s * 2^(attempt - 1)). */
long sw_retry_wait(int attempt, double jitter);

#endif
