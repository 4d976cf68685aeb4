/* A shop's answers made even: digits in strings become integers where they
   count or name, empty lists become maps where the filled one is a map, HTML
   entities become characters. Works on the tape, so that the bytes stay as
   they came. Must not know: Lua, libcurl, how a call is carried out. */
#ifndef SW_SHAPE_H
#define SW_SHAPE_H

#include <stddef.h>

#include "buf.h"
#include "json.h"

/* Changes nodes of the tape in place. 0, or -1 when memory ran out: then the
   tape is of no use and the text may be scanned again. */
int sw_shape(struct sw_json *j);
/* Appends the text with &amp; &quot; &lt; &gt; &#039; and &apos; decoded
   once. */
int sw_entities(struct sw_buf *b, const char *p, size_t n);
/* The amount in formatted money such as "$61,600.00", "96.66€" or "$-30.30"
   as decimal text, when it can be read in one way only. Its length, or 0. */
size_t sw_shape_amount(char out[32], const char *p, size_t n);

#endif
