/* Money: see money.h. Must not know: Lua, libcurl, the services. */
#include "money.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* From here on neighbouring floats are more than a cent apart. */
#define CENTS_END 70368744177664.0
/* From here on a count of cents is no exact float: 2^53 / 100. */
#define WHOLE_END 90071992547409.92

static int refuse(struct sw_money *m, const char *why) {
  m->minor = 0;
  m->text[0] = '\0';
  snprintf(m->why, sizeof m->why, "%s", why);
  return -1;
}

static int accept(struct sw_money *m, int64_t minor, int below_zero) {
  if (minor < 0 && !below_zero) {
    return refuse(m, "is negative");
  }
  m->minor = minor;
  m->why[0] = '\0';
  return 0;
}

static const char *char_wrong(char c) {
  switch (c) {
    case ',': return "has a comma: write 1000.50 without separators";
    case ' ':
    case '\t':
    case '\r':
    case '\n': return "has white space";
    case 'e':
    case 'E': return "has an exponent: write all its digits";
    case '-':
    case '+': return "has a sign in an odd place";
    default: return "is not a decimal number";
  }
}

/* What is wrong with the form of an unsigned decimal. */
static const char *form_wrong(const char *p, size_t n) {
  size_t i, point = n;
  if (n == 0) {
    return "has no digits";
  }
  for (i = 0; i < n; i++) {
    if (p[i] == '.' && point == n) {
      point = i;
    } else if (!sw_is_digit(p[i])) {
      return char_wrong(p[i]);
    }
  }
  if (point == 0 || point + 1 == n) {
    return "needs a digit on both sides of its point";
  }
  if (point < n && n - point - 1 > 2) {
    return "has more than two decimal places";
  }
  if (p[0] == '0' && point > 1) {
    return "has a zero in front";
  }
  return NULL;
}

static int push_digit(int64_t *sum, int digit) {
  if (*sum > (INT64_MAX - digit) / 10) {
    return -1;
  }
  *sum = *sum * 10 + digit;
  return 0;
}

/* Hundredths of a well-formed decimal, or -1 past int64_t. */
static int64_t hundredths(const char *p, size_t n) {
  int64_t sum = 0;
  size_t i, places = 0;
  int past_point = 0;
  for (i = 0; i < n; i++) {
    if (p[i] == '.') {
      past_point = 1;
      continue;
    }
    places += past_point ? 1 : 0;
    if (push_digit(&sum, p[i] - '0') != 0) {
      return -1;
    }
  }
  for (; places < 2; places++) {
    if (push_digit(&sum, 0) != 0) {
      return -1;
    }
  }
  return sum;
}

int sw_money_text(struct sw_money *m, const char *p, size_t n,
                  int below_zero) {
  size_t sign = n > 0 && p[0] == '-' ? 1 : 0;
  const char *wrong = form_wrong(p + sign, n - sign);
  int64_t minor;
  if (wrong != NULL) {
    return refuse(m, wrong);
  }
  minor = hundredths(p + sign, n - sign);
  if (minor < 0 || n >= sizeof m->text) {
    return refuse(m, "is too large");
  }
  if (accept(m, sign ? -minor : minor, below_zero) != 0) {
    return -1;
  }
  if (sign && minor == 0) {
    return refuse(m, "is a negative zero");
  }
  memcpy(m->text, p, n);
  m->text[n] = '\0';
  return 0;
}

int sw_money_int(struct sw_money *m, int64_t whole, int below_zero) {
  if (whole > INT64_MAX / 100 || whole < -(INT64_MAX / 100)) {
    return refuse(m, "is too large");
  }
  if (accept(m, whole * 100, below_zero) != 0) {
    return -1;
  }
  snprintf(m->text, sizeof m->text, "%lld", (long long)whole);
  return 0;
}

/* The fewest digits that read back as the same float, with a point whatever
   the locale says. */
static void shortest(char *out, size_t size, double value) {
  char text[64];
  size_t i, n = 0;
  int digits;
  for (digits = 1; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) {
      break;
    }
  }
  for (i = 0; text[i] != '\0' && n + 1 < size; i++) {
    if (sw_is_alnum(text[i]) || text[i] == '-' || text[i] == '+') {
      out[n++] = text[i];
    } else if (n == 0 || out[n - 1] != '.') {
      out[n++] = '.';
    }
  }
  out[n] = '\0';
}

static int refuse_places(struct sw_money *m, double value) {
  char digits[40];
  shortest(digits, sizeof digits, value);
  refuse(m, "");
  snprintf(m->why, sizeof m->why,
           "is %s, which two decimal places cannot write: round it", digits);
  return -1;
}

int sw_money_float(struct sw_money *m, double value, int below_zero) {
  double size = value < 0 ? -value : value;
  volatile double back; /* rounds to double where registers are wider */
  int64_t cents, whole;
  if (!(size < WHOLE_END)) {
    return refuse(m, value != value ? "is not a number" : "is too large");
  }
  whole = (int64_t)size;
  if (size >= CENTS_END && (double)whole != size) {
    return refuse(m, "is too large for a float with cents: give it as text");
  }
  cents = whole * 100 + (int64_t)((size - (double)whole) * 100.0 + 0.5);
  back = (double)cents / 100.0;
  if (back != size) {
    return refuse_places(m, value);
  }
  if (accept(m, value < 0 ? -cents : cents, below_zero) != 0) {
    return -1;
  }
  snprintf(m->text, sizeof m->text, "%s%lld", value < 0 ? "-" : "",
           (long long)(cents / 100));
  if (cents % 100 != 0) {
    size_t n = strlen(m->text);
    snprintf(m->text + n, sizeof m->text - n, ".%02d", (int)(cents % 100));
  }
  return 0;
}

int sw_money_compare(const struct sw_money *m, int64_t whole) {
  int64_t units = m->minor / 100;
  int64_t rest = m->minor % 100;
  if (units != whole) {
    return units < whole ? -1 : 1;
  }
  return rest < 0 ? -1 : rest > 0;
}

#undef CENTS_END
#undef WHOLE_END
