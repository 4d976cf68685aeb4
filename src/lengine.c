/* The engine as Lua sees it: one handle for the state, behind it an engine of
   this process, opened at the first call and again after a fork. Holds every
   request in flight, so that a forgotten coroutine ends no call.
   Must not know: libcurl, the services. */
#define _GNU_SOURCE
#include <string.h>

#include "lshop.h"

struct handle {
  const struct sw_engine_api *api; /* NULL: engine.so is not loaded */
  struct sw_engine *engine;        /* NULL: not opened, or closed */
  int slots;                       /* tokens handed out so far */
  int free;                        /* first free one, or 0 */
  struct sw_request *early;        /* landed without the engine's help */
  int closed;                      /* 1: the state ends, open nothing more */
};

static const char registry_key = 0;

enum { LANDED_MAX = 64 };

/* Pushes the state's handle, made at the first call. May raise. */
static struct handle *push_handle(lua_State *L) {
  struct handle *h;
  lua_pushlightuserdata(L, (void *)&registry_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  h = lua_touserdata(L, -1);
  if (h != NULL) {
    return h;
  }
  lua_pop(L, 1);
  h = sw_new(L, sizeof *h, SW_UP_ENGINE);
  lua_newtable(L); /* token → request, or the next free token; core */
  sw_setuservalue(L, -2);
  lua_pushlightuserdata(L, (void *)&registry_key);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
  return h;
}

int sw_core_again(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&registry_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  if (lua_touserdata(L, -1) == NULL) {
    lua_pop(L, 1);
    return 0;
  }
  sw_getuservalue(L, -1);
  lua_getfield(L, -1, "core");
  return 1;
}

/* core.keep(core): remembers the module's table for sw_core_again. */
static int keep_core(lua_State *L) {
  push_handle(L);
  sw_getuservalue(L, -1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "core");
  return 0;
}

/* Where engine.so lies: beside this very file. */
static int beside(char *path, size_t size) {
  Dl_info info;
  const char *slash;
  size_t dir;
  if (dladdr(&registry_key, &info) == 0 || info.dli_fname == NULL) {
    return -1;
  }
  slash = strrchr(info.dli_fname, '/');
  dir = slash != NULL ? (size_t)(slash - info.dli_fname) + 1 : 0;
  if (dir + sizeof "engine.so" > size) {
    return -1;
  }
  memcpy(path, info.dli_fname, dir);
  memcpy(path + dir, "engine.so", sizeof "engine.so");
  return 0;
}

static void load(lua_State *L, struct handle *h) {
  char path[4096];
  void *library, *symbol;
  const struct sw_engine_api *(*enter)(void);
  if (beside(path, sizeof path) != 0) {
    luaL_error(L, "engine.so cannot be found beside core.so");
  }
  library = dlopen(path, SW_DLOPEN_FLAGS);
  if (library == NULL) {
    luaL_error(L, "engine.so cannot be loaded: %s", dlerror());
  }
  symbol = dlsym(library, "sw_engine_api");
  if (symbol == NULL) {
    luaL_error(L, "%s is not shopwire's engine", path);
  }
  memcpy(&enter, &symbol, sizeof enter);
  if (enter()->version != SW_ENGINE_VERSION) {
    luaL_error(L, "%s is of another version than core.so", path);
  }
  h->api = enter();
}

const struct sw_engine_api *sw_engine_door(lua_State *L) {
  struct handle *h = push_handle(L);
  if (h->api == NULL) {
    load(L, h);
  }
  lua_pop(L, 1);
  return h->api;
}

static struct handle *check_handle(lua_State *L) {
  return sw_check(L, 1, SW_UP_ENGINE, "engine");
}

/* Puts a landed request where step() finds it. */
static void land_early(struct handle *h, struct sw_request *r) {
  r->t.state = SW_LANDED;
  r->next = h->early;
  h->early = r;
}

/* A child after fork: the parent's calls are the parent's. Each waiter here
   is told so. */
static void leave_parent(lua_State *L, struct handle *h) {
  struct sw_engine *old = h->engine;
  h->engine = NULL;
  h->api->close(old);
  sw_getuservalue(L, 1);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    struct sw_ticket *ticket = lua_touserdata(L, -1);
    struct sw_request *r = ticket != NULL ? ticket->request : NULL;
    if (r != NULL && r->t.state == SW_LANDED &&
        r->t.fault == SW_FAULT_FORKED) {
      land_early(h, r);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Opens this process's engine if need be. Raises when it cannot. The handle
   stands at stack position 1. */
static void enter(lua_State *L, struct handle *h) {
  if (h->closed) {
    sw_ending(L);
  }
  if (h->api == NULL) {
    load(L, h);
  }
  if (h->engine != NULL && h->api->foreign(h->engine)) {
    leave_parent(L, h);
  }
  if (h->engine == NULL) {
    h->engine = h->api->open();
    if (h->engine == NULL) {
      luaL_error(L, "the engine cannot be opened: out of memory or of file "
                    "descriptors");
    }
  }
}

/* 1 when an engine of this very process is open. */
static int is_ours(const struct handle *h) {
  return h->engine != NULL && !h->api->foreign(h->engine);
}

/* core.engine() → the state's engine handle. Opens nothing. May raise. */
static int engine(lua_State *L) {
  push_handle(L);
  return 1;
}

static long left_ms(struct sw_request *r) {
  double left = r->deadline - (sw_now() - r->started);
  return left <= 0 ? 0 : (long)(left * 1000) + 1;
}

/* Files the request at stack position 2 under a token. May raise, before
   anything has changed. */
static int file_request(lua_State *L, struct handle *h) {
  int token = h->free != 0 ? h->free : h->slots + 1;
  int next = 0;
  sw_getuservalue(L, 1);
  if (h->free != 0) {
    lua_rawgeti(L, -1, token);
    next = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, token);
  lua_pop(L, 1);
  if (h->free != 0) {
    h->free = next;
  } else {
    h->slots = token;
  }
  return token;
}

/* engine:submit(request) → token. A request that cannot even be started lands
   at once. Raises for memory, before anything is sent. */
static int submit(lua_State *L) {
  struct handle *h = check_handle(L);
  struct sw_request *r = sw_ticket_check(L, 2);
  struct sw_ticket *ticket = lua_touserdata(L, 2);
  int token;
  if (ticket->filed) {
    return luaL_error(L, "this request is under way already");
  }
  enter(L, h);
  sw_transfer_rewind(&r->t);
  token = file_request(L, h);
  ticket->filed = 1;
  lua_pushinteger(L, token);
  if (r->started <= 0) {
    r->started = sw_now();
  }
  r->attempt++;
  r->t.tag = (void *)(intptr_t)token;
  r->t.deadline_ms = left_ms(r);
  if (r->t.deadline_ms == 0) {
    r->t.fault = SW_FAULT_TIMEOUT;
    land_early(h, r);
  } else if (h->api->submit(h->engine, &r->t) != 0) {
    land_early(h, r);
  }
  return 1;
}

static size_t step_early(lua_State *L, struct handle *h, size_t max,
                         size_t done) {
  while (h->early != NULL && done < max) {
    struct sw_request *r = h->early;
    h->early = r->next;
    done++;
    lua_pushinteger(L, (lua_Integer)(intptr_t)r->t.tag);
    lua_rawseti(L, 4, (int)done);
  }
  return done;
}

/* engine:step(wait_ms, max, into) → how many tokens were put into the list;
   never more than it had room for, so that no landing is lost to memory. */
static int step(lua_State *L) {
  struct handle *h = check_handle(L);
  struct sw_transfer *landed[LANDED_MAX];
  lua_Integer wait = luaL_checkinteger(L, 2);
  size_t max = (size_t)luaL_checkinteger(L, 3);
  size_t count, i, done;
  luaL_checktype(L, 4, LUA_TTABLE);
  if (max > lua_rawlen(L, 4)) {
    max = lua_rawlen(L, 4);
  }
  if (max > LANDED_MAX) {
    max = LANDED_MAX;
  }
  if (h->engine != NULL || wait != 0) {
    enter(L, h);
  }
  done = step_early(L, h, max, 0);
  if (h->engine != NULL && done < max) {
    if (done > 0) {
      wait = 0;
    }
    count = h->api->step(h->engine, (int)wait, landed, max - done);
    for (i = 0; i < count; i++) {
      lua_pushinteger(L, (lua_Integer)(intptr_t)landed[i]->tag);
      lua_rawseti(L, 4, (int)++done);
    }
  }
  lua_pushinteger(L, (lua_Integer)done);
  return 1;
}

/* Pushes the ticket of the token at stack position 2; NULL when it has
   none. */
static struct sw_ticket *push_ticket(lua_State *L) {
  sw_getuservalue(L, 1);
  lua_rawgeti(L, -1, (int)luaL_checkinteger(L, 2));
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

/* The same, and gives its request; NULL when there is none. */
static struct sw_request *push_request(lua_State *L) {
  struct sw_ticket *ticket = push_ticket(L);
  return ticket != NULL ? ticket->request : NULL;
}

/* engine:take(token) → result; or nil, error and, when the same request is to
   be sent again, the seconds to wait first. Raises out of memory; then
   nothing was released, and a second take tries again. */
static int take(lua_State *L) {
  struct handle *h = check_handle(L);
  struct sw_ticket *ticket;
  int values, token;
  lua_settop(L, 2);
  ticket = push_ticket(L);
  token = (int)lua_tointeger(L, 2);
  if (ticket == NULL || ticket->request == NULL ||
      ticket->request->t.state != SW_LANDED) {
    return luaL_error(L, "no call of this number has landed");
  }
  values = sw_reply_take(L, ticket);
  ticket->filed = 0;
  sw_getuservalue(L, 1);
  lua_pushinteger(L, h->free);
  lua_rawseti(L, -2, token);
  lua_pop(L, 1);
  h->free = token;
  return values;
}

/* engine:cancel(token): it lands as cancelled, at once. */
static int cancel(lua_State *L) {
  struct handle *h = check_handle(L);
  struct sw_request *r;
  lua_settop(L, 2);
  r = push_request(L);
  if (r != NULL && r->t.state == SW_FLYING && is_ours(h)) {
    h->api->cancel(h->engine, &r->t);
    land_early(h, r);
  }
  return 0;
}

/* engine:progress(token) → body bytes handed to the network, body bytes in
   all. */
static int progress(lua_State *L) {
  struct sw_request *r;
  check_handle(L);
  lua_settop(L, 2);
  r = push_request(L);
  if (r == NULL) {
    return 0;
  }
  sw_pushcount(L, r->t.sent);
  sw_pushcount(L, r->t.file >= 0 ? r->t.file_size : r->t.body_len);
  return 2;
}

/* engine:request(token) → the request in flight or landed, or nil. */
static int request_of(lua_State *L) {
  check_handle(L);
  lua_settop(L, 2);
  push_request(L);
  return 1;
}

/* engine:fd() → one descriptor that is readable when step has work. */
static int fd(lua_State *L) {
  struct handle *h = check_handle(L);
  enter(L, h);
  lua_pushinteger(L, h->api->fd(h->engine));
  return 1;
}

/* engine:pending() → calls under way or landed and not yet stepped out. */
static int pending(lua_State *L) {
  struct handle *h = check_handle(L);
  const struct sw_request *r;
  size_t n = 0;
  if (h->engine != NULL && h->api->foreign(h->engine)) {
    leave_parent(L, h); /* what was under way lands here, as forked */
  }
  if (h->engine != NULL) {
    n = h->api->pending(h->engine);
  }
  for (r = h->early; r != NULL; r = r->next) {
    n++;
  }
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

/* Tickets that were finalized before, or never will be, are ended with the
   pool. */
static int handle_gc(lua_State *L) {
  struct handle *h = check_handle(L);
  h->closed = 1;
  if (h->engine != NULL) {
    h->api->close(h->engine);
    h->engine = NULL;
  }
  h->early = NULL;
  if (h->slots == 0) {
    return 0; /* memory for its table may have been lacking */
  }
  sw_getuservalue(L, 1);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    struct sw_ticket *ticket = lua_touserdata(L, -1);
    if (ticket != NULL) {
      ticket->filed = 0;
      sw_ticket_end(L, ticket);
    }
    lua_pop(L, 1);
  }
  return 0;
}

const luaL_Reg sw_engine_functions[] = {
  {"engine", engine}, {"keep", keep_core}, {NULL, NULL},
};
const luaL_Reg sw_engine_methods[] = {
  {"submit", submit},     {"step", step},         {"take", take},
  {"cancel", cancel},     {"progress", progress}, {"request", request_of},
  {"fd", fd},             {"pending", pending},   {"__gc", handle_gc},
  {NULL, NULL},
};
