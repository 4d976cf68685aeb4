/* Three heaps that can be told to fail: shopwire's own (alloc.h), Lua's and
   libcurl's, which may ask from a thread of its resolver too.
   Must not know: what is tested. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

enum heap_name { HEAP_OURS, HEAP_LUA, HEAP_CURL, HEAPS };

struct heap {
  long live;  /* blocks that are not freed yet */
  long asked; /* requests for memory since heap_arm */
  long from;  /* the first of them that fails; 0: none does */
  long to;    /* the last one */
  long hits;  /* how many did fail */
};

extern struct heap heaps[HEAPS];

/* Request number `from` to number `to` of that heap fail. */
void heap_arm(enum heap_name which, long from, long to);
void heap_disarm(void);
/* Blocks that are not freed yet. */
long heap_live(enum heap_name which);

/* A lua_Alloc. Shrinking never fails, as Lua's manual asks. */
void *heap_lua(void *unused, void *old, size_t had, size_t want);
/* Starts libcurl on its heap, before shopwire does. 0, or -1. */
int heap_start_libcurl(void);

void *heap_get(enum heap_name which, size_t size);
void *heap_grow(enum heap_name which, void *old, size_t size);
void heap_put(enum heap_name which, void *p);

/* What alloc.h leaves to a torture build. */
void *sw_malloc(size_t size);
void *sw_realloc(void *old, size_t size);
void sw_free(void *p);

#endif
