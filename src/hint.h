/* What to do about a failure: constant sentences, found by the words of the
   service, its status, or libcurl's words.
   Must not know: Lua, libcurl. */
#ifndef SW_HINT_H
#define SW_HINT_H

#include <stddef.h>

#include "buf.h"
#include "row.h"
#include "transfer.h"

/* The sentence for a refused reply, or NULL. `words` are the service's own
   (may be empty); row may be NULL. */
const char *sw_hint_reply(const struct sw_row *row, int status,
                          struct sw_str words);
/* For {success:false} at a status that says nothing: 401, 403 or 404 when the
   words tell, otherwise 400. */
int sw_hint_status(struct sw_str words);
/* The sentence for a fault, or NULL. */
const char *sw_hint_fault(const struct sw_transfer *t);
/* 1 when libcurl's words say that the network cut a TLS handshake, so that
   neither side refused anything. */
int sw_hint_cut(const char *detail);
/* 1 when a proxy, not the service, is what could not be reached. */
int sw_hint_proxy(const struct sw_transfer *t);
/* Position of `part` (plain ASCII, lower case) in the bytes under case
   folding, or -1. */
long sw_hint_find(struct sw_str bytes, const char *part);

#endif
