/* application/x-www-form-urlencoded taken apart, and the canonical message
   that a webhook's or a link's signature covers.
   Must not know: Lua, libcurl, libcrypto, which names mean money. */
#ifndef SW_FORM_H
#define SW_FORM_H

#include <stddef.h>

#include "buf.h"

#define SW_FORM_PAIRS 1000
#define SW_FORM_BYTES ((size_t)1 << 20)

struct sw_form_pair {
  struct sw_str name;
  struct sw_str value;
};

struct sw_form {
  struct sw_form_pair *pairs; /* owned; in the order of the text */
  size_t count;
  size_t bad_escapes; /* a % that no two hex digits follow; left as it is */
  char *arena;        /* owned: the decoded bytes */
};

enum sw_form_fault {
  SW_FORM_OK = 0,
  SW_FORM_MEMORY,
  SW_FORM_TOO_LONG, /* more than SW_FORM_BYTES */
  SW_FORM_TOO_MANY  /* more than SW_FORM_PAIRS */
};

/* *f is overwritten: zeroed, fresh or freed before. On a fault it is empty.
   Decodes once: + is a space, %XX a byte. A name without "=" has the value
   "". Nothing between two "&" is no pair. Decoded bytes may be anything, NUL
   and invalid UTF-8 too. */
enum sw_form_fault sw_form_parse(struct sw_form *f, const char *p, size_t n);
/* Idempotent; a zeroed struct is fine. */
void sw_form_free(struct sw_form *f);

/* The first pair of exactly this name, or NULL. */
const struct sw_form_pair *sw_form_find(const struct sw_form_pair *pairs,
                                        size_t count, const char *name);
/* A pair whose name another pair has too, ASCII case folded; or NULL. At most
   SW_FORM_PAIRS are looked at: more give the first pair. */
const struct sw_form_pair *sw_form_twice(const struct sw_form_pair *pairs,
                                         size_t count);
/* Appends the values in the order of their names folded to lower case (equal
   ones by their bytes, then as given), joined with "|". Pairs of exactly the
   name `but` are left out; but may be NULL. 0, or -1: the buffer's fault, or
   more than SW_FORM_PAIRS pairs. */
int sw_form_message(struct sw_buf *out, const struct sw_form_pair *pairs,
                    size_t count, const char *but);

#endif
