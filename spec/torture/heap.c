/* The three heaps: see heap.h. */
#include "heap.h"

#include <pthread.h>
#include <stdlib.h>

struct heap heaps[HEAPS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

long heap_live(enum heap_name which) {
  long live;
  pthread_mutex_lock(&lock);
  live = heaps[which].live;
  pthread_mutex_unlock(&lock);
  return live;
}

static void count(enum heap_name which, int more) {
  pthread_mutex_lock(&lock);
  heaps[which].live += more;
  pthread_mutex_unlock(&lock);
}

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
  int so;
  pthread_mutex_lock(&lock);
  h->asked++;
  so = h->from != 0 && h->asked >= h->from && h->asked <= h->to;
  h->hits += so;
  pthread_mutex_unlock(&lock);
  return so;
}

void *heap_get(enum heap_name which, size_t size) {
  void *p = fails(&heaps[which]) ? NULL : malloc(size > 0 ? size : 1);
  if (p != NULL) {
    count(which, 1);
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
    count(which, -1);
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
