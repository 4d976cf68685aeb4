/* Growing byte buffer: see buf.h. */
#include "buf.h"

#include <string.h>

#include "alloc.h"
#include "secret.h"

void sw_buf_init(struct sw_buf *b, size_t max) {
  memset(b, 0, sizeof *b);
  b->max = max;
}

void sw_buf_free(struct sw_buf *b) {
  sw_free(b->data);
  sw_buf_init(b, b->max);
}

void sw_buf_wipe(struct sw_buf *b) {
  if (b->data != NULL) {
    sw_wipe(b->data, b->cap);
  }
  sw_buf_free(b);
}

void sw_buf_clear(struct sw_buf *b) {
  b->len = 0;
  b->failed = SW_BUF_OK;
}

static int has_room(const struct sw_buf *b, size_t more) {
  return !b->failed && b->data != NULL && more <= b->cap - b->len;
}

static int grow(struct sw_buf *b, size_t more) {
  size_t want, cap;
  char *grown;
  if (b->failed) {
    return -1;
  }
  if (b->len > b->max || more > b->max - b->len) {
    b->failed = SW_BUF_FULL;
    return -1;
  }
  want = b->len + more;
  cap = b->cap < 64 ? 64 : b->cap;
  if (cap > b->max) {
    cap = b->max;
  }
  while (cap < want) {
    cap = cap > b->max / 2 ? b->max : cap * 2;
  }
  grown = sw_realloc(b->data, cap);
  if (grown == NULL) {
    b->failed = SW_BUF_MEMORY;
    return -1;
  }
  b->data = grown;
  b->cap = cap;
  return 0;
}

int sw_buf_room(struct sw_buf *b, size_t more) {
  return has_room(b, more) ? 0 : grow(b, more);
}

int sw_buf_add(struct sw_buf *b, const void *bytes, size_t n) {
  if (n == 0) {
    return b->failed ? -1 : 0;
  }
  if (!has_room(b, n) && grow(b, n) != 0) {
    return -1;
  }
  memcpy(b->data + b->len, bytes, n);
  b->len += n;
  return 0;
}

int sw_buf_addc(struct sw_buf *b, char c) {
  return sw_buf_add(b, &c, 1);
}

int sw_buf_adds(struct sw_buf *b, const char *text) {
  return sw_buf_add(b, text, strlen(text));
}

int sw_buf_addu(struct sw_buf *b, unsigned long long number) {
  char digits[24];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return sw_buf_add(b, digits + at, sizeof digits - at);
}

int sw_buf_seal(struct sw_buf *b) {
  if (sw_buf_room(b, 1) != 0) {
    return -1;
  }
  b->data[b->len] = '\0';
  return 0;
}
