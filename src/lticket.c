/* The userdata of a call and the memory behind it: a request is lent from a
   pool, given back when its result was taken, and lent again with the room
   that its last reply needed. Must not know: libcurl, the services. */
#include <string.h>

#include "alloc.h"
#include "lshop.h"
#include "secret.h"

enum {
  ROOM = 512,             /* bytes behind a request that the pool keeps */
  POOL_MAX = 64,          /* requests at rest */
  REPLY_KEPT = 16 * 1024, /* bytes of reply that one keeps at rest */
  HEAD_KEPT = 1024
};

static void trim(struct sw_buf *b, size_t kept) {
  if (b->cap > kept) {
    sw_buf_free(b);
  }
}

static void free_block(struct sw_request *r) {
  sw_transfer_reset(&r->t);
  sw_free(r);
}

static struct sw_pool *pool_of(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(SW_UP_POOL));
}

static struct sw_request *lend(struct sw_pool *pool, size_t room) {
  struct sw_request *r = pool->first;
  struct sw_buf reply, head;
  if (room > ROOM || r == NULL) {
    room = room > ROOM ? room : ROOM;
    r = room <= SIZE_MAX - sizeof *r ? sw_malloc(sizeof *r + room) : NULL;
    if (r != NULL) {
      memset(r, 0, sizeof *r);
      r->room = room;
    }
    return r;
  }
  pool->first = r->next;
  pool->count--;
  reply = r->t.reply;
  head = r->t.head;
  memset(r, 0, sizeof *r);
  r->room = ROOM;
  r->t.reply = reply;
  r->t.head = head;
  return r;
}

static void give_back(struct sw_pool *pool, struct sw_request *r) {
  if (r->data != NULL) {
    sw_wipe(r->data, r->data_len); /* passwords and tokens are in it */
  }
  sw_buf_free(&r->noise);
  sw_buf_free(&r->warnings);
  sw_target_drop(r->target);
  if (pool->closed || pool->count >= POOL_MAX || r->room != ROOM) {
    free_block(r);
    return;
  }
  sw_transfer_rewind(&r->t);
  trim(&r->t.reply, REPLY_KEPT);
  trim(&r->t.head, HEAD_KEPT);
  r->next = pool->first;
  pool->first = r;
  pool->count++;
}

static void enlist(struct sw_pool *pool, struct sw_ticket *ticket) {
  ticket->next = pool->tickets;
  ticket->at = &pool->tickets;
  if (ticket->next != NULL) {
    ticket->next->at = &ticket->next;
  }
  pool->tickets = ticket;
}

static void strike(struct sw_ticket *ticket) {
  if (ticket->at == NULL) {
    return;
  }
  *ticket->at = ticket->next;
  if (ticket->next != NULL) {
    ticket->next->at = ticket->at;
  }
  ticket->at = NULL;
}

struct sw_request *sw_ticket_new(lua_State *L, size_t room) {
  struct sw_ticket *ticket = sw_new(L, sizeof *ticket, SW_UP_REQUEST);
  struct sw_pool *pool = pool_of(L);
  ticket->request = lend(pool, room);
  if (ticket->request == NULL) {
    sw_nomem(L);
  }
  enlist(pool, ticket);
  return ticket->request;
}

struct sw_request *sw_ticket_check(lua_State *L, int i) {
  struct sw_ticket *ticket = sw_check(L, i, SW_UP_REQUEST, "request");
  if (ticket->request == NULL) {
    luaL_error(L, "the result of this request was taken already");
  }
  return ticket->request;
}

static void end_request(struct sw_pool *pool, struct sw_ticket *ticket) {
  struct sw_request *r = ticket->request;
  if (r != NULL && r->t.state != SW_FLYING) {
    ticket->request = NULL;
    give_back(pool, r);
  }
}

void sw_ticket_end(lua_State *L, struct sw_ticket *ticket) {
  end_request(pool_of(L), ticket);
}

struct sw_receipt sw_receipt_of(const struct sw_request *r) {
  struct sw_receipt receipt;
  receipt.status = r->t.status;
  receipt.attempt = r->attempt;
  receipt.reused = r->t.reused;
  receipt.repaired = r->repaired;
  receipt.took = r->t.took;
  receipt.head = r->t.head;
  return receipt;
}

void sw_ticket_settle(lua_State *L, struct sw_ticket *ticket) {
  struct sw_request *r = ticket->request;
  if (lua_type(L, -1) == LUA_TTABLE) {
    ticket->receipt = sw_receipt_of(r);
    sw_buf_init(&r->t.head, 0); /* the receipt owns the bytes now */
  }
  sw_ticket_end(L, ticket);
}

/* The end of a ticket. One that is filed is left: the state ends, the engine
   may still point at its request, a finalizer may yet take it. */
static void end_ticket(struct sw_pool *pool, struct sw_ticket *ticket) {
  if (!ticket->filed) {
    end_request(pool, ticket);
    sw_buf_free(&ticket->receipt.head);
    strike(ticket);
  }
}

static int ticket_gc(lua_State *L) {
  end_ticket(pool_of(L), sw_check(L, 1, SW_UP_REQUEST, "request"));
  return 0;
}

/* The engine's handle, which is younger, was finalized before. */
static int pool_gc(lua_State *L) {
  struct sw_pool *pool = lua_touserdata(L, 1);
  struct sw_ticket *ticket, *next;
  pool->closed = 1;
  for (ticket = pool->tickets; ticket != NULL; ticket = next) {
    next = ticket->next;
    end_ticket(pool, ticket);
  }
  while (pool->first != NULL) {
    struct sw_request *r = pool->first;
    pool->first = r->next;
    free_block(r);
  }
  pool->count = 0;
  return 0;
}

void sw_pool_new(lua_State *L) {
  struct sw_pool *pool = sw_newuserdata(L, sizeof *pool);
  memset(pool, 0, sizeof *pool);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, pool_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

const luaL_Reg sw_ticket_methods[] = {
  {"__gc", ticket_gc}, {NULL, NULL},
};
