/* "Did you mean …?" for field, option and method names. Constant memory.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_SUGGEST_H
#define SW_SUGGEST_H

#include <stddef.h>

/* The i-th candidate, ending in NUL; NULL ends the list. */
typedef const char *sw_suggest_next(const void *list, size_t i);

/* The candidate nearest to the word, or NULL when none is near: equal but for
   case and - or _; then a plural of it or it of one; then up to two edits
   (one in words of three and four letters, none in shorter ones; two
   neighbours swapped are one edit); then one that begins with the other, from
   three letters on. The first of equals. Words of more than 64 bytes give
   NULL. */
const char *sw_suggest(const char *word, size_t n, sw_suggest_next *next,
                       const void *list);
/* The same over an array. */
const char *sw_suggest_in(const char *word, size_t n,
                          const char *const *words, size_t count);

#endif
