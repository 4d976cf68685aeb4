/* What the two halves of the JSON scan share, and the encoder with them:
   runs of plain text and one step of UTF-8.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_JSON_SCAN_H
#define SW_JSON_SCAN_H

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json.h"

/* The first byte that is a quote, a backslash, a control character or not
   ASCII; `end` when there is none. */
static inline const char *sw_json_plain(const char *p, const char *end) {
#ifdef __SSE2__
  const __m128i slash = _mm_set1_epi8('\\');
  const __m128i swap = _mm_set1_epi8('"' ^ ' ');
  const __m128i low = _mm_set1_epi8(' ' + 1);
  while (end - p >= 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* With quote and space swapped, all that is sought but the backslash is
       at or below the space, as signed bytes: less 33 it has the sign set,
       which is the bit that the mask takes. */
    __m128i odd = _mm_subs_epi8(_mm_xor_si128(v, swap), low);
    int mask = _mm_movemask_epi8(_mm_or_si128(odd, _mm_cmpeq_epi8(v, slash)));
    if (mask != 0) {
      return p + __builtin_ctz((unsigned)mask);
    }
    p += 16;
  }
#endif
  while (p < end) {
    unsigned char c = (unsigned char)*p;
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) {
      break;
    }
    p++;
  }
  return p;
}

/* The first byte that is not white space. */
const char *sw_json_blank(const char *p, const char *end);

/* `p` starts with a byte of 0x80 or more. The length of the character, 2 to
   4; or 0 when it is broken, with the number of bytes that one U+FFFD stands
   for in `bad` (the longest start of a character that could have been). */
size_t sw_json_utf8(const char *p, const char *end, size_t *bad);

/* Sets error and at. Returns NULL. */
const char *sw_json_fail(struct sw_json *j, const char *at,
                         const char *sentence);

/* The rest of a string that is not plain: it starts at `start`, the bytes
   before `p` were found plain. Fills kind, size and start of `node`. Returns
   the byte behind the closing quote, or NULL with the error set. */
const char *sw_json_text(struct sw_json *j, const char *start, const char *p,
                         struct sw_json_node *node);

#endif
