/* libcurl's heap. The process's first curl_global_init_mem wins, so shopwire's
   own start, which comes later, leaves these in place. */
#include "heap.h"

#include <curl/curl.h>
#include <stdint.h>
#include <string.h>

static void *get(size_t size) {
  return heap_get(HEAP_CURL, size);
}

static void *grow(void *old, size_t size) {
  return heap_grow(HEAP_CURL, old, size);
}

static void put(void *p) {
  heap_put(HEAP_CURL, p);
}

static void *zeroed(size_t n, size_t size) {
  void *p = size != 0 && n > SIZE_MAX / size ? NULL : get(n * size);
  if (p != NULL) {
    memset(p, 0, n * size);
  }
  return p;
}

static char *copy(const char *text) {
  size_t n = strlen(text) + 1;
  char *p = get(n);
  if (p != NULL) {
    memcpy(p, text, n);
  }
  return p;
}

int heap_start_libcurl(void) {
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, get, put, grow, copy,
                              zeroed) == CURLE_OK
             ? 0
             : -1;
}
