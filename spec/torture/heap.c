/* The three heaps: see heap.h. */
#include "heap.h"

#include <stdlib.h>

struct heap heaps[HEAPS];

void heap_arm(enum heap_name which, long from, long to) {
  int i;
  for (i = 0; i < HEAPS; i++) {
    heaps[i].asked = 0;
    heaps[i].hits = 0;
    heaps[i].from = 0;
    heaps[i].to = 0;
  }
  heaps[which].from = from;
  heaps[which].to = to;
}

void heap_disarm(void) {
  int i;
  for (i = 0; i < HEAPS; i++) {
    heaps[i].from = 0;
  }
}

static int fails(struct heap *h) {
  h->asked++;
  if (h->from == 0 || h->asked < h->from || h->asked > h->to) {
    return 0;
  }
  h->hits++;
  return 1;
}

void *heap_get(enum heap_name which, size_t size) {
  void *p = fails(&heaps[which]) ? NULL : malloc(size > 0 ? size : 1);
  if (p != NULL) {
    heaps[which].live++;
  }
  return p;
}

void *heap_grow(enum heap_name which, void *old, size_t size) {
  if (old == NULL) {
    return heap_get(which, size);
  }
  return fails(&heaps[which]) ? NULL : realloc(old, size > 0 ? size : 1);
}

void heap_put(enum heap_name which, void *p) {
  if (p != NULL) {
    heaps[which].live--;
  }
  free(p);
}

void *heap_lua(void *unused, void *old, size_t had, size_t want) {
  (void)unused;
  if (want == 0) {
    heap_put(HEAP_LUA, old);
    return NULL;
  }
  if (old != NULL && want <= had) {
    return realloc(old, want);
  }
  return heap_grow(HEAP_LUA, old, want);
}

void *sw_malloc(size_t size) {
  return heap_get(HEAP_OURS, size);
}

void *sw_realloc(void *old, size_t size) {
  return heap_grow(HEAP_OURS, old, size);
}

void sw_free(void *p) {
  heap_put(HEAP_OURS, p);
}
