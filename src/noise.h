/* JSON behind text that does not belong to it: a PHP shop prints its warnings
   ahead of its answer. Must not know: Lua, libcurl, the services. */
#ifndef SW_NOISE_H
#define SW_NOISE_H

#include <stddef.h>

#include "json.h"

/* Scans the JSON object or list that ends the bytes. 0 with the tape made and
   *noise the count of bytes ahead of it; or -1 as sw_json_scan, when there is
   none or it is cut off. Constant memory beside the tape; time is bounded by
   a small multiple of len. */
int sw_noise_scan(struct sw_json *j, const char *text, size_t len,
                  size_t *noise);

#endif
