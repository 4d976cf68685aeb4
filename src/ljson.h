/* JSON and Lua values. A `struct sw_ljson` is a userdata with a reusable scan
   and a cache of key strings; one per Lua state is enough.
   Must not know: libcurl, the services, the tape's making. */
#ifndef SW_LJSON_H
#define SW_LJSON_H

#include "buf.h"
#include "compat.h"
#include "json.h"

struct sw_ljson;

/* Adds json_decode, json_encode, null, array and array_mt (the metatable
   that marks a table as a list) to the table on top of the stack. Pops and
   pushes nothing. May raise. */
void sw_ljson_register(lua_State *L);

/* Pushes a new userdata; `array_mt` is the stack index of that metatable.
   It frees its scan when collected. May raise. */
struct sw_ljson *sw_ljson_new(lua_State *L, int array_mt);

/* Its own tape, to scan into. A push may run a finalizer, and a finalizer any
   script: whoever can be entered again that way keeps a tape of his own. */
struct sw_json *sw_ljson_scratch(struct sw_ljson *lj);

/* Pushes the value of a node of a tape that was scanned without error.
   `lj` is the stack index of a userdata of sw_ljson_new, whose key cache is
   used (its scratch is not). The tape, its text and what owns them must stay
   alive: keep them in a userdata on the stack, because this may raise (out of
   memory) and may run the collector. Allocates nothing outside Lua. A null at
   the node itself is pushed as the null sentinel. */
void sw_ljson_decode_into(lua_State *L, int lj, const struct sw_json *j,
                          size_t node);

/* Appends the JSON of the value at `index`; `array_mt` as above. 0, nothing
   pushed; or -1 with a sentence pushed. Raises only when the Lua stack cannot
   grow, or out of memory: `out` must live in a userdata. */
int sw_ljson_encode_into(lua_State *L, int index, int array_mt,
                         struct sw_buf *out);

/* Pushes json_encode; `array_mt` as above. For sw_ljson_register. */
void sw_ljson_push_encode(lua_State *L, int array_mt);

#endif
