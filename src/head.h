/* The head of a reply (status line and header lines, untrusted) as views.
   Nothing is copied: every view points into the bytes that were given.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_HEAD_H
#define SW_HEAD_H

#include <stddef.h>

#include "buf.h"

struct sw_head {
  const char *p; /* not owned; must outlive the views */
  size_t n;
  int status;            /* of the last status line, or 0 */
  struct sw_str reason;  /* its phrase; empty on HTTP/2 */
  size_t lines;          /* where the header lines begin */
};

struct sw_header {
  struct sw_str name;
  struct sw_str value; /* without the white space around it */
};

/* Parses what an engine left in sw_transfer.head; bytes that are no head give
   an empty one. When several blocks follow each other, the last counts. Lines
   without a colon or with an impossible name are skipped; a folded line ends
   the value at its first line. NULL bytes with n 0 are fine. */
void sw_head_parse(struct sw_head *h, const char *p, size_t n);
/* Next header line: *at is 0 to begin with. 1, or 0 at the end. */
int sw_head_next(const struct sw_head *h, size_t *at, struct sw_header *out);
/* Value of a header by its name in any case; the first or the last of
   several. 1, or 0 with *out empty. */
int sw_head_first(const struct sw_head *h, const char *name,
                  struct sw_str *out);
int sw_head_last(const struct sw_head *h, const char *name,
                 struct sw_str *out);
/* What a supporter asks for: X-Request-Id, Request-Id, X-Correlation-Id,
   X-Kong-Request-Id, X-Amzn-Trace-Id, CF-Ray, in this order. 1 or 0. */
int sw_head_request_id(const struct sw_head *h, struct sw_str *out);
/* The status line's phrase, or the usual one for this status, or an empty
   one. h may be NULL. */
struct sw_str sw_head_reason(const struct sw_head *h, int status);
/* 1 when the Content-Type is JSON (application/json, text/json, +json). */
int sw_head_is_json(const struct sw_head *h);
/* 1 when the Content-Type is HTML. */
int sw_head_is_html(const struct sw_head *h);

#endif
