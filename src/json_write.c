/* Strings and numbers of JSON: see json_write.h.
   Must not know: Lua, libcurl, the services. */
#include "json_write.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_scan.h"

#define LONGEST 400
#define EXACT 9007199254740992.0 /* 2^53 */

static int quote_control(struct sw_buf *b, unsigned char c) {
  static const char hex[] = "0123456789abcdef";
  char out[6] = {'\\', 'u', '0', '0', '0', '0'};
  switch (c) {
    case '"':
      return sw_buf_add(b, SW_LIT("\\\""));
    case '\\':
      return sw_buf_add(b, SW_LIT("\\\\"));
    case '\b':
      return sw_buf_add(b, SW_LIT("\\b"));
    case '\f':
      return sw_buf_add(b, SW_LIT("\\f"));
    case '\n':
      return sw_buf_add(b, SW_LIT("\\n"));
    case '\r':
      return sw_buf_add(b, SW_LIT("\\r"));
    case '\t':
      return sw_buf_add(b, SW_LIT("\\t"));
    default:
      out[4] = hex[c >> 4];
      out[5] = hex[c & 15];
      return sw_buf_add(b, out, sizeof out);
  }
}

/* From the first byte that is not plain ASCII to the end. */
static int quote_rest(struct sw_buf *b, const char *p, const char *end,
                      const char **bad) {
  while (p < end) {
    const char *from = p;
    size_t skip;
    while (p < end && (unsigned char)*p >= 0x80) {
      size_t step = sw_json_utf8(p, end, &skip);
      if (step == 0) {
        *bad = p;
        return -1;
      }
      p = sw_json_plain(p + step, end);
    }
    if (sw_buf_add(b, from, (size_t)(p - from)) != 0) {
      return -1;
    }
    if (p < end) {
      if (quote_control(b, (unsigned char)*p) != 0) {
        return -1;
      }
      from = p + 1;
      p = sw_json_plain(from, end);
      if (sw_buf_add(b, from, (size_t)(p - from)) != 0) {
        return -1;
      }
    }
  }
  return sw_buf_addc(b, '"');
}

int sw_json_quote(struct sw_buf *b, const char *p, size_t n, size_t *bad) {
  const char *end = p + n;
  const char *plain;
  const char *broken = p;
  if (n > SIZE_MAX - 2 || sw_buf_room(b, n + 2) != 0) {
    b->failed = b->failed ? b->failed : SW_BUF_FULL;
    return -1;
  }
  b->data[b->len++] = '"';
  plain = sw_json_plain(p, end);
  memcpy(b->data + b->len, p, (size_t)(plain - p));
  b->len += (size_t)(plain - p);
  if (plain == end) {
    b->data[b->len++] = '"';
    return 0;
  }
  if (quote_rest(b, plain, end, &broken) != 0) {
    *bad = (size_t)(broken - p);
    return -1;
  }
  return 0;
}

/* A number of JSON as digits times a power of ten. */
struct decimal {
  int negative;
  int zero;
  char digits[LONGEST + 1];
  size_t count;
  long exponent;
};

static void split(struct decimal *d, struct sw_str number) {
  size_t i = 0;
  int point = 0;
  long exponent = 0;
  int minus = 0;
  memset(d, 0, sizeof *d);
  d->zero = 1;
  d->negative = number.n > 0 && number.p[0] == '-';
  for (i = (size_t)d->negative; i < number.n; i++) {
    char c = number.p[i];
    if (c == '.') {
      point = 1;
      continue;
    }
    if (c < '0' || c > '9') {
      break;
    }
    if (c != '0' || !d->zero) {
      d->zero = 0;
      d->digits[d->count++] = c;
    }
    d->exponent -= point;
  }
  for (i++; i < number.n; i++) {
    char c = number.p[i];
    if (c == '-') {
      minus = 1;
    } else if (c != '+' && exponent < 100000) {
      exponent = exponent * 10 + (c - '0');
    }
  }
  d->exponent += minus ? -exponent : exponent;
}

/* Both factors are exact, so one rounding gives the nearest double. */
static int exact(const struct decimal *d, double *out) {
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
  static const double tens[] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  double mantissa = 0;
  size_t i;
  if (d->count > 15 || d->exponent < -22 || d->exponent > 22) {
    return 0;
  }
  for (i = 0; i < d->count; i++) {
    mantissa = mantissa * 10 + (d->digits[i] - '0');
  }
  *out = d->exponent < 0 ? mantissa / tens[-d->exponent]
                         : mantissa * tens[d->exponent];
  return 1;
#else
  (void)d;
  (void)out;
  return 0;
#endif
}

int sw_json_double(struct sw_str number, double *out) {
  struct decimal d;
  char text[LONGEST + 32];
  double value;
  if (number.n > LONGEST) {
    return -1;
  }
  split(&d, number);
  if (d.zero) {
    value = 0;
  } else if (!exact(&d, &value)) {
    /* without a decimal point no locale has a say */
    snprintf(text, sizeof text, "%se%ld", d.digits, d.exponent);
    value = strtod(text, NULL);
    if (value == 0 || value > DBL_MAX) {
      return -1;
    }
  }
  *out = d.negative ? -value : value;
  return 0;
}

size_t sw_json_print_int(int64_t number, char out[SW_JSON_DIGITS]) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    digits[--at] = (char)('0' + left % 10);
    left /= 10;
  } while (left > 0);
  if (number < 0) {
    digits[--at] = '-';
  }
  memcpy(out, digits + at, sizeof digits - at);
  return sizeof digits - at;
}

/* Whatever the locale has for a decimal point becomes one. */
static size_t neutral(const char *text, char *out) {
  size_t n = 0;
  for (; *text != '\0'; text++) {
    if (strchr("0123456789+-eE", *text) != NULL) {
      out[n++] = *text;
    } else if (n > 0 && out[n - 1] != '.') {
      out[n++] = '.';
    }
  }
  return n;
}

size_t sw_json_print(double number, char out[SW_JSON_DIGITS]) {
  char text[SW_JSON_DIGITS];
  int digits;
  if (number != number || number > DBL_MAX || number < -DBL_MAX) {
    return 0;
  }
  if (number > -EXACT && number < EXACT) {
    int64_t whole = (int64_t)number;
    if ((double)whole == number) {
      return sw_json_print_int(whole, out);
    }
  }
  for (digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number) {
      break;
    }
  }
  return neutral(text, out);
}
