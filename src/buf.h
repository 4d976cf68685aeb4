/* A growing byte buffer with a mandatory cap, and a counted string.
   A failed append is remembered: build freely, look at `failed` once.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_BUF_H
#define SW_BUF_H

#include <stddef.h>

struct sw_str {
  const char *p; /* not owned, not terminated unless said */
  size_t n;
};

enum sw_buf_fault {
  SW_BUF_OK = 0,
  SW_BUF_MEMORY = 1, /* an allocation failed */
  SW_BUF_FULL = 2    /* more than `max` bytes were asked for */
};

struct sw_buf {
  char *data; /* owned; NULL until the first append */
  size_t len;
  size_t cap;
  size_t max; /* the cap that no append may pass */
  int failed; /* enum sw_buf_fault, sticky until clear */
};

#define SW_LIT(s) (s), sizeof(s) - 1

/* A zeroed sw_buf with `max` set is valid too. */
void sw_buf_init(struct sw_buf *b, size_t max);
/* Frees the bytes; the buffer is as after init. */
void sw_buf_free(struct sw_buf *b);
/* Wipes, then frees: for bytes that may hold a secret. */
void sw_buf_wipe(struct sw_buf *b);
/* Length 0 and no fault; keeps the memory. */
void sw_buf_clear(struct sw_buf *b);
/* Room for `more` bytes past len. 0, or -1 with `failed` set. */
int sw_buf_room(struct sw_buf *b, size_t more);
int sw_buf_add(struct sw_buf *b, const void *bytes, size_t n);
int sw_buf_addc(struct sw_buf *b, char c);
int sw_buf_adds(struct sw_buf *b, const char *text); /* NUL-terminated */
int sw_buf_addu(struct sw_buf *b, unsigned long long number);
/* A NUL behind the bytes, not counted in len. */
int sw_buf_seal(struct sw_buf *b);

#endif
