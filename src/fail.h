/* What went wrong, in one shape, whichever way the service spelt it.
   Every text here is display-safe (control characters and bad UTF-8 escaped)
   and capped. Must not know: Lua, libcurl. */
#ifndef SW_FAIL_H
#define SW_FAIL_H

#include <stddef.h>

#include "buf.h"
#include "head.h"
#include "json.h"
#include "retry.h"
#include "row.h"
#include "transfer.h"

enum sw_fail_kind {
  SW_FAIL_NONE,
  SW_FAIL_NETWORK,
  SW_FAIL_TIMEOUT,
  SW_FAIL_TLS,
  SW_FAIL_AUTH,
  SW_FAIL_FORBIDDEN,
  SW_FAIL_NOT_FOUND,
  SW_FAIL_INVALID,
  SW_FAIL_CONFLICT,
  SW_FAIL_RATE_LIMIT,
  SW_FAIL_SERVER,
  SW_FAIL_PROTOCOL,
  SW_FAIL_SIGNATURE,
  SW_FAIL_SESSION_LOST,
  SW_FAIL_CANCELLED,
  SW_FAIL_UNSUPPORTED
};

#define SW_FAIL_MESSAGE 500 /* bytes of each, and then an ellipsis */
#define SW_FAIL_BODY 2048
#define SW_FAIL_CODE 64
#define SW_FAIL_FIELDS 64
#define SW_FAIL_TEXTS 8
#define SW_FAIL_TEXT 200
#define SW_FAIL_NAME 80
/* What is cut beforehand keeps a byte too many: then it is cut once more with
   an ellipsis, by which redaction knows the beginning of a secret. */
#define SW_FAIL_CUT (SW_FAIL_NAME + 1)

struct sw_fail_span {
  size_t at; /* in sw_fail.arena */
  size_t n;
};

struct sw_fail_field {
  struct sw_fail_span name;
  struct sw_fail_span texts[SW_FAIL_TEXTS];
  size_t count;
};

/* A zeroed struct is valid. */
struct sw_fail {
  enum sw_fail_kind kind;
  enum sw_stage stage;
  int status;              /* 0: no reply */
  struct sw_buf message;   /* one sentence, never empty once filled */
  const char *hint;        /* NULL, a constant, or own_hint's bytes */
  struct sw_buf own_hint;
  struct sw_buf code;      /* "invalid_client", "Bad Gateway"; may be empty,
                              and then data may be NULL: the others too */
  struct sw_buf body;      /* excerpt; empty when there was none */
  struct sw_buf request_id;
  struct sw_fail_field *fields; /* owned; SW_FAIL_FIELDS or NULL */
  size_t field_count;
  struct sw_buf arena;     /* bytes of names and texts */
  int retryable;           /* these two: see sw_fail_judge */
  int ambiguous;
};

/* "network", "timeout" …; never NULL. */
const char *sw_fail_kind_name(enum sw_fail_kind kind);
/* "build", "dns" …; never NULL. */
const char *sw_stage_name(enum sw_stage stage);

/* Frees and zeroes; idempotent. */
void sw_fail_free(struct sw_fail *f);

/* Did the service accept? `json` is a scanned tape of the body, or NULL when
   there is none or it is not JSON. row may be NULL (an undocumented call). */
int sw_reply_is_success(const struct sw_row *row, int status,
                        const struct sw_json *json, const char *body,
                        size_t len);

/* Both fill a zeroed or freed struct. 0, or -1 when memory ran out: then it
   is freed and the caller raises. */
int sw_fail_from_transfer(struct sw_fail *f, const struct sw_transfer *t);
int sw_fail_from_reply(struct sw_fail *f, const struct sw_row *row,
                       int status, const struct sw_head *head,
                       const struct sw_json *json, const char *body,
                       size_t len);

/* Takes retryable and ambiguous over; an ambiguous failure gets the hint to
   look before sending again. */
void sw_fail_judge(struct sw_fail *f, const struct sw_verdict *v);

/* For a caller's own failures (a stage of a plan, a missing file): message is
   made display-safe, hint must be a constant or NULL. 0 or -1 as above. */
int sw_fail_set(struct sw_fail *f, enum sw_fail_kind kind,
                enum sw_stage stage, const char *message, size_t n,
                const char *hint);

/* Adds one text to the field of that name; past the caps it is left out.
   0 or -1 (out of memory; the struct stays as it was). */
int sw_fail_note(struct sw_fail *f, const char *name, size_t name_n,
                 const char *text, size_t text_n);

/* Bytes of a field's name and of its k-th text; empty when out of range. */
struct sw_str sw_fail_name(const struct sw_fail *f, size_t field);
struct sw_str sw_fail_text(const struct sw_fail *f, size_t field, size_t k);

/* Replaces each of the secrets (6 bytes or more; shorter ones are ignored) by
   "[secret]" in every text, also where a cap cut it and where any of its
   characters is escaped, be it up to three times over: %XX of an address and
   + for a space, \uXXXX, \xXX and the short escapes of JSON, HTML's numbers
   and the names of ASCII's marks. So is base64 of bytes that a secret is part
   of, in both alphabets: of it, the characters that the secret alone decides,
   if they are 12 or more (a secret of 10 bytes always has as many). 0, or -1
   when memory ran out: then the texts are emptied rather than shown. */
int sw_fail_redact(struct sw_fail *f, const struct sw_str *secrets, size_t n);

#endif
