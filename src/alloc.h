/* The only door to the heap for the pure ring and the engine.
   A torture build defines SW_TORTURE and supplies the three functions, so
   that a test can make the n-th allocation fail. Must not know: anything. */
#ifndef SW_ALLOC_H
#define SW_ALLOC_H

#include <stddef.h>
#include <stdlib.h>

#ifdef SW_TORTURE
void *sw_malloc(size_t size);
void *sw_realloc(void *old, size_t size);
void sw_free(void *p);
#else
#define sw_malloc(size) malloc(size)
#define sw_realloc(old, size) realloc((old), (size))
#define sw_free(p) free(p)
#endif

#endif
