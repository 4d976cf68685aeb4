/* The only door from the core to libcurl and libcrypto: a few functions, given
   over by the one exported symbol of engine.so. Must not know: Lua, the
   services. */
#ifndef SW_ENGINE_H
#define SW_ENGINE_H

#include <stddef.h>

#include "../transfer.h"

#define SW_ENGINE_VERSION 1

struct sw_engine; /* opaque; belongs to one process and one thread */

struct sw_engine_api {
  int version;
  /* libcurl's own name and version, and its TLS library's, for the agent */
  const char *(*describe)(void);

  /* NULL when memory, descriptors or libcurl's start fail. Opens no socket
     to anywhere. */
  struct sw_engine *(*open)(void);
  /* Ends everything. What flies lands first with SW_FAULT_CANCELLED. In a
     forked child it only closes the child's copies of the descriptors. */
  void (*close)(struct sw_engine *e);

  /* 1 in a child that was forked since open: close it there and open anew. */
  int (*foreign)(const struct sw_engine *e);

  /* 0, or -1 with t->fault and t->detail set; then t is not flying. */
  int (*submit)(struct sw_engine *e, struct sw_transfer *t);
  /* Stops it at once; t has landed with SW_FAULT_CANCELLED and will not be
     in any later step. Fine on one that has landed already. */
  void (*cancel)(struct sw_engine *e, struct sw_transfer *t);

  /* One level-triggered descriptor, readable when step() has work. From the
     first call on, timers are armed in it too. -1 when that fails. */
  int (*fd)(struct sw_engine *e);
  /* Does what can be done, waits at most wait_ms for something (0: not at
     all, -1: until something lands), stores at most `max` landed transfers
     and returns how many; what is over the bound comes with the next step.
     wait_ms is never stretched; an interrupted wait returns 0 early. */
  size_t (*step)(struct sw_engine *e, int wait_ms, struct sw_transfer **landed,
                 size_t max);
  /* Submitted or landed and not yet returned by step(). */
  size_t (*pending)(struct sw_engine *e);

  /* Lower-case hex needs 2 * 20 bytes: the caller makes it. 0, or -1. */
  int (*hmac_sha1)(const void *key, size_t key_len, const void *text,
                   size_t len, unsigned char mac[20]);
  /* `n` unpredictable bytes. 0, or -1. */
  int (*random)(void *bytes, size_t n);
};

/* Exported by engine.so. */
const struct sw_engine_api *sw_engine_api(void);

#endif
