/* Writing JSON: strings in quotes, and numbers both ways, whatever the
   process's locale. Must not know: Lua, libcurl, the services. */
#ifndef SW_JSON_WRITE_H
#define SW_JSON_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define SW_JSON_DIGITS 40 /* room for any number that is written */

/* Appends the bytes in quotes, escaped. 0; or -1 with b->failed set; or -1
   with b->failed clear: byte `*bad` is not UTF-8. */
int sw_json_quote(struct sw_buf *b, const char *p, size_t n, size_t *bad);

/* The double nearest to a number of JSON. 0; or -1 when it is out of range
   (infinite, or zero though it is not) or longer than 400 bytes. */
int sw_json_double(struct sw_str number, double *out);

/* The shortest of 15 to 17 digits that reads back as the same double; an
   integral one below 2^53 without point and exponent. The length, or 0 for
   an infinity or NaN. */
size_t sw_json_print(double number, char out[SW_JSON_DIGITS]);
size_t sw_json_print_int(int64_t number, char out[SW_JSON_DIGITS]);

#endif
