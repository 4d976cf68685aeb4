/* What the Lua-speaking files of the core share: the userdata types and how
   to tell them apart. Metatables are upvalues of every function of the core,
   compared by pointer. Must not know: libcurl, OpenSSL. */
#ifndef SW_LSHOP_H
#define SW_LSHOP_H

#include <stdint.h>

#include "compat.h"
#include "engine/engine.h"
#include "fail.h"
#include "json.h"
#include "row.h"
#include "target.h"

/* Upvalues of every function, in this order. */
enum sw_upvalue {
  SW_UP_VIEW = 1,
  SW_UP_REQUEST,
  SW_UP_SECRET,
  SW_UP_FILE,
  SW_UP_ENGINE,
  SW_UP_POOL,    /* struct sw_pool, one for the state */
  SW_UP_SCRATCH, /* struct sw_scratch, one for the state */
  SW_UP_JSON,    /* the key cache of ljson.c, one for the state */
  SW_UP_ARRAY,   /* the metatable that marks a list */
  SW_UPVALUES = SW_UP_ARRAY
};

struct sw_view {
  struct sw_target *target; /* one reference is ours; NULL: closed */
  double deadline;          /* seconds */
  int retries;
  int strict;               /* 1: a place must be a number */
};

struct sw_secret {
  char *bytes; /* owned, wiped */
  size_t n;
};

struct sw_file {
  int opened; /* 0: fd means nothing */
  int fd;
  uint64_t size;
  char *path;       /* owned */
  const char *name; /* its base name */
};

/* Working memory in a userdata, so that a Lua error leaks nothing. A push may
   run a finalizer and that any script: whoever is entered again meanwhile
   gets a scratch of his own. */
struct sw_scratch {
  int busy;
  struct sw_buf url;
  struct sw_buf body;
  struct sw_buf lines; /* header lines, each ending in NUL */
  struct sw_buf value;
  struct sw_buf why;
  struct sw_json json;
  struct sw_fail fail;
};

/* One call on its way: a block of its own, held by a ticket. */
struct sw_request {
  struct sw_transfer t; /* t.tag is the token */
  const struct sw_row *row;
  struct sw_row own_row;    /* for calls without a row of their own */
  struct sw_target *target; /* one reference is ours */
  enum sw_class retry;
  int raw;
  int retries;
  int attempt;
  int maybe_done;
  double deadline;  /* seconds for all attempts */
  double started;   /* monotonic; 0 before the first attempt */
  size_t repaired;  /* characters that the JSON scan mended */
  unsigned odd;     /* a bit for each field that went out with a warning */
  unsigned signs;   /* enum sw_sign, of the reply at hand */
  size_t weight;    /* bytes that it adds to a session, about */
  struct sw_buf noise;    /* what stood before the JSON, safe to show */
  struct sw_buf warnings; /* of the reply, safe to show, each ending in NUL */
  struct sw_request *next; /* in a list: early landings, or the pool */
  size_t room;      /* bytes behind this struct, in the same block */
  size_t secret_n;  /* bytes of data, from its start, that prove who we are */
  size_t data_len;
  char *data;       /* in that room, or NULL */
};

/* What is told of a result after its request was given back. */
struct sw_receipt {
  int status;
  int attempt;
  int reused;
  size_t repaired;
  struct sw_times took;
  struct sw_buf head;
};

/* The userdata of a call. The engine's user value keeps it in flight. */
struct sw_ticket {
  struct sw_request *request; /* owned; NULL once its result was taken */
  struct sw_receipt receipt;  /* filled then */
  int filed; /* 1: it has a token, and the engine may point at the request */
  struct sw_ticket *next; /* in the pool's list */
  struct sw_ticket **at;  /* what points at this one there, or NULL */
};

/* Requests at rest, lent again with the memory of their replies; and the
   tickets of the others, because what a finalizer makes while the state ends
   is never finalized by most Luas. */
struct sw_pool {
  struct sw_request *first;
  size_t count;
  struct sw_ticket *tickets;
  int closed; /* 1: the state ends, nothing is kept */
};

/* The userdata at `i` if its metatable is that upvalue, or NULL. */
void *sw_test(lua_State *L, int i, enum sw_upvalue type);
/* The same, or raises "what expected". */
void *sw_check(lua_State *L, int i, enum sw_upvalue type, const char *what);
/* Pushes a zeroed userdata of that type. May raise. */
void *sw_new(lua_State *L, size_t size, enum sw_upvalue type);
/* The state's scratch, or a fresh one when that is in use; pushes it, so that
   it stays alive. Cleared. May raise, and does once the state ends. */
struct sw_scratch *sw_borrow(lua_State *L);
/* Gives it back; it stays on the stack. Push what is in it first: a push may
   run a finalizer that borrows it. A scratch that an error kept busy is merely
   not used again. */
void sw_give_back(struct sw_scratch *s);
/* Raises "not enough memory" as Lua's own would. */
int sw_nomem(lua_State *L);
/* Raises that the state ends and that nothing can be sent any more. */
int sw_ending(lua_State *L);
/* Raises the text of scratch->why at the level given. */
int sw_raise(lua_State *L, int level, const struct sw_buf *why);
/* Adds functions to the table on top, with all upvalues, which stand at
   stack positions `base` and up. May raise. */
void sw_register(lua_State *L, const luaL_Reg *list, int base);
double sw_now(void);
/* "links.create", "debug", "request". Pushes a string. May raise. */
void sw_push_row_name(lua_State *L, const struct sw_row *row);

/* The service of that name, or raises. */
const struct sw_service *sw_check_service(lua_State *L, int i);
/* lview.c. Why bytes cannot prove who we are, be it in a header: "is empty";
   or NULL. */
const char *sw_secret_wrong(const char *bytes, size_t n);

extern const luaL_Reg sw_view_functions[], sw_view_methods[];
extern const luaL_Reg sw_request_functions[], sw_request_methods[];
extern const luaL_Reg sw_reply_methods[]; /* more methods of a request */
extern const luaL_Reg sw_sent_methods[];  /* and more */
extern const luaL_Reg sw_route_functions[];
extern const luaL_Reg sw_session_methods[]; /* of a request too */
extern const luaL_Reg sw_engine_functions[], sw_engine_methods[];
extern const luaL_Reg sw_secret_functions[], sw_secret_methods[];
extern const luaL_Reg sw_file_functions[], sw_file_methods[];

/* lticket.c. Pushes a ticket with a zeroed request that has `room` bytes
   behind it. May raise. */
struct sw_request *sw_ticket_new(lua_State *L, size_t room);
/* The request of the ticket at `i`, or raises. */
struct sw_request *sw_ticket_check(lua_State *L, int i);
/* The result on top of the stack was taken: gives the request back and keeps
   the receipt of a table. */
void sw_ticket_settle(lua_State *L, struct sw_ticket *ticket);
/* The receipt of a request that landed; its head stays the request's. */
struct sw_receipt sw_receipt_of(const struct sw_request *r);
/* Gives the request back, unless it flies. */
void sw_ticket_end(lua_State *L, struct sw_ticket *ticket);
/* Pushes the state's pool. May raise. */
void sw_pool_new(lua_State *L);
extern const luaL_Reg sw_ticket_methods[]; /* of a request */

/* lreply.c. After a landing: pushes result; or nil, error table and, when the
   call is to be sent again, the seconds to wait. Returns how many values.
   May raise for memory; then nothing was released and it can be called
   again. The ticket must be on the stack. */
int sw_reply_take(lua_State *L, struct sw_ticket *ticket);
/* Takes secrets out of a failure of this request; 0, or -1 without memory. */
int sw_reply_redact(struct sw_fail *f, const struct sw_request *r);
/* lsession.c, for a shop's answers. Scans it into s->json and keeps noise and
   signs: 1, 0 when there is no JSON, -1 without memory. */
int sw_session_scan(struct sw_request *r, struct sw_scratch *s);
/* Of a success: keeps the complaints, shapes the tape. 0 or -1. */
int sw_session_shape(struct sw_request *r, struct sw_scratch *s);
/* Completes the result on top of the stack. May raise. */
void sw_session_finish(lua_State *L, const struct sw_request *r);
/* Adds to the meta table on top of the stack. May raise. */
void sw_session_meta(lua_State *L, const struct sw_request *r);
/* Pushes the core's table when this state has opened it before: a second
   require must not make the types anew. Returns 0 when it has not; then
   nothing is pushed. May raise. */
int sw_core_again(lua_State *L);
/* The engine's table; loads engine.so at the first use. Raises when it
   cannot be loaded. */
const struct sw_engine_api *sw_engine_door(lua_State *L);

#endif
