/* Strings of a JSON text that hold more than plain ASCII: escapes are
   resolved, broken UTF-8 and lone surrogates become U+FFFD and are counted.
   Must not know: Lua, libcurl, the services. */
#include <string.h>

#include "alloc.h"
#include "json_scan.h"

static const char replacement[3] = {'\xEF', '\xBF', '\xBD'};

const char *sw_json_fail(struct sw_json *j, const char *at,
                         const char *sentence) {
  j->at = (size_t)(at - j->text);
  j->error = sentence;
  return NULL;
}

const char *sw_json_blank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
    p++;
  }
  return p;
}

/* The bounds of the second byte carry all the exceptions: overlong forms,
   surrogates, what is above U+10FFFF. */
static size_t utf8_shape(unsigned char lead, unsigned char *low,
                         unsigned char *high) {
  *low = 0x80;
  *high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    *low = lead == 0xE0 ? 0xA0 : 0x80;
    *high = lead == 0xED ? 0x9F : 0xBF;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    *low = lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xF4 ? 0x8F : 0xBF;
    return 4;
  }
  return 0;
}

size_t sw_json_utf8(const char *p, const char *end, size_t *bad) {
  const unsigned char *u = (const unsigned char *)p;
  unsigned char low, high;
  size_t left = (size_t)(end - p);
  size_t need = utf8_shape(u[0], &low, &high);
  size_t i;
  *bad = 1;
  for (i = 1; i < need; i++) {
    if (i >= left || u[i] < low || u[i] > high) {
      *bad = i;
      return 0;
    }
    low = 0x80;
    high = 0xBF;
  }
  return need;
}

/* 0, or -1 with the error set. */
static int add(struct sw_json *j, const char *bytes, size_t n) {
  size_t want = j->unescaped_used + n;
  if (want > j->unescaped_cap) {
    size_t cap = j->unescaped_cap < 256 ? 256 : j->unescaped_cap;
    char *grown;
    while (cap < want) {
      cap *= 2;
    }
    grown = sw_realloc(j->unescaped, cap);
    if (grown == NULL) {
      j->memory = 1;
      sw_json_fail(j, j->text, "out of memory");
      return -1;
    }
    j->unescaped = grown;
    j->unescaped_cap = cap;
  }
  memcpy(j->unescaped + j->unescaped_used, bytes, n);
  j->unescaped_used = want;
  return 0;
}

static int add_code(struct sw_json *j, unsigned code) {
  char out[4];
  size_t n;
  if (code < 0x80) {
    out[0] = (char)code;
    n = 1;
  } else if (code < 0x800) {
    out[0] = (char)(0xC0 | code >> 6);
    n = 2;
  } else if (code < 0x10000) {
    out[0] = (char)(0xE0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3F));
    n = 3;
  } else {
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    n = 4;
  }
  if (n > 1) {
    out[n - 1] = (char)(0x80 | (code & 0x3F));
  }
  return add(j, out, n);
}

static int add_repair(struct sw_json *j) {
  j->repaired++;
  return add(j, replacement, sizeof replacement);
}

/* Four hexadecimal digits at p, or -1. */
static long hex4(const char *p, const char *end) {
  long value = 0;
  int i;
  if (end - p < 4) {
    return -1;
  }
  for (i = 0; i < 4; i++) {
    char c = p[i];
    int digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

/* `p` is behind "\u". A high surrogate takes the low one that follows. */
static const char *unicode(struct sw_json *j, const char *p) {
  const char *end = j->text + j->len;
  long code = hex4(p, end);
  long low = -1;
  if (code < 0) {
    return sw_json_fail(j, p, "four hexadecimal digits expected after \\u");
  }
  p += 4;
  if (code >= 0xD800 && code <= 0xDBFF && end - p >= 6 && p[0] == '\\' &&
      p[1] == 'u') {
    low = hex4(p + 2, end);
  }
  if (low >= 0xDC00 && low <= 0xDFFF) {
    code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00);
    p += 6;
  } else if (code >= 0xD800 && code <= 0xDFFF) {
    return add_repair(j) == 0 ? p : NULL;
  }
  return add_code(j, (unsigned)code) == 0 ? p : NULL;
}

/* `p` is at a backslash. Returns the byte behind the escape, or NULL. */
static const char *escape(struct sw_json *j, const char *p) {
  static const char names[] = "\"\\/bfnrt";
  static const char bytes[] = "\"\\/\b\f\n\r\t";
  const char *found;
  p++;
  if (p == j->text + j->len) {
    return sw_json_fail(j, p, "the text ends inside a string");
  }
  if (*p == 'u') {
    return unicode(j, p + 1);
  }
  found = *p == '\0' ? NULL : strchr(names, *p);
  if (found == NULL) {
    return sw_json_fail(j, p, "unknown escape in a string");
  }
  return add(j, bytes + (found - names), 1) == 0 ? p + 1 : NULL;
}

/* One character that is not ASCII, copied or repaired. */
static const char *foreign(struct sw_json *j, const char *p) {
  size_t bad;
  size_t n = sw_json_utf8(p, j->text + j->len, &bad);
  if (n == 0) {
    return add_repair(j) == 0 ? p + bad : NULL;
  }
  return add(j, p, n) == 0 ? p + n : NULL;
}

/* From the first byte that cannot stay where it is to the closing quote. */
static const char *copy(struct sw_json *j, const char *p) {
  const char *end = j->text + j->len;
  while (p != NULL && p < end) {
    const char *plain = sw_json_plain(p, end);
    if (plain > p && add(j, p, (size_t)(plain - p)) != 0) {
      return NULL;
    }
    p = plain;
    if (p == end || *p == '"') {
      break;
    }
    if (*p == '\\') {
      p = escape(j, p);
    } else if ((unsigned char)*p >= 0x80) {
      p = foreign(j, p);
    } else {
      return sw_json_fail(j, p, "control character in a string");
    }
  }
  if (p == end) {
    return sw_json_fail(j, p, "the text ends inside a string");
  }
  return p;
}

const char *sw_json_text(struct sw_json *j, const char *start, const char *p,
                         struct sw_json_node *node) {
  const char *end = j->text + j->len;
  size_t from = j->unescaped_used;
  /* whole UTF-8 may stay where it is */
  while (p < end && (unsigned char)*p >= 0x80) {
    size_t bad;
    size_t n = sw_json_utf8(p, end, &bad);
    if (n == 0) {
      break;
    }
    p = sw_json_plain(p + n, end);
  }
  if (p < end && *p == '"') {
    node->kind = SW_JSON_STRING;
    node->size = (uint32_t)(p - start);
    node->u.start = (uint64_t)(start - j->text);
    return p + 1;
  }
  if (p > start && add(j, start, (size_t)(p - start)) != 0) {
    return NULL;
  }
  p = copy(j, p);
  if (p == NULL) {
    return NULL;
  }
  if (j->unescaped_used - from > UINT32_MAX) {
    return sw_json_fail(j, start, "a string is too long");
  }
  node->kind = SW_JSON_STRING | SW_JSON_MOVED;
  node->size = (uint32_t)(j->unescaped_used - from);
  node->u.start = from;
  return p + 1;
}
