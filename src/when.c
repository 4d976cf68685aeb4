/* Points in time: see when.h. Must not know: Lua, libcurl, the services. */
#include "when.h"

#include <string.h>

#include "text.h"

/* {==== calendar ==== */

struct fields {
  int year, month, day, hour, minute, second;
};

static int is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30,
                             31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int64_t sw_days(int year, int month, int day) {
  /* the year begins in March, so that a leap day is its last */
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t m = month <= 2 ? month + 9 : month - 3;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t of_era = y - era * 400;
  int64_t of_year = (153 * m + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
         719468;
}

static const char *day_wrong(const struct fields *f) {
  if (f->month < 1 || f->month > 12) {
    return "names a month that does not exist";
  }
  if (f->day < 1 || f->day > month_days(f->year, f->month)) {
    return "names a day that does not exist";
  }
  return NULL;
}

static const char *fields_wrong(const struct fields *f) {
  if (f->hour > 23 || f->minute > 59 || f->second > 59) {
    return "names a time of day that does not exist";
  }
  return day_wrong(f);
}

static int64_t fields_seconds(const struct fields *f) {
  return sw_days(f->year, f->month, f->day) * 86400 + f->hour * 3600 +
         f->minute * 60 + f->second;
}

/* } */

/* {==== reading ==== */

struct reader {
  const char *p;
  size_t left;
};

/* Exactly `width` digits. 1 when they were there. */
static int digits(struct reader *r, int width, int *value) {
  int sum = 0, i;
  if (r->left < (size_t)width) {
    return 0;
  }
  for (i = 0; i < width; i++) {
    if (!sw_is_digit(r->p[i])) {
      return 0;
    }
    sum = sum * 10 + (r->p[i] - '0');
  }
  r->p += width;
  r->left -= (size_t)width;
  *value = sum;
  return 1;
}

static int literal(struct reader *r, const char *text) {
  size_t n = strlen(text);
  if (r->left < n || memcmp(r->p, text, n) != 0) {
    return 0;
  }
  r->p += n;
  r->left -= n;
  return 1;
}

static int date_part(struct reader *r, struct fields *f) {
  return digits(r, 4, &f->year) && literal(r, "-") &&
         digits(r, 2, &f->month) && literal(r, "-") && digits(r, 2, &f->day);
}

static int clock_part(struct reader *r, struct fields *f) {
  return digits(r, 2, &f->hour) && literal(r, ":") &&
         digits(r, 2, &f->minute);
}

const char *sw_wall_wrong(const char *p, size_t n) {
  struct reader r;
  struct fields f;
  r.p = p;
  r.left = n;
  memset(&f, 0, sizeof f);
  if (!date_part(&r, &f) || !literal(&r, " ") || !clock_part(&r, &f) ||
      r.left != 0) {
    return "is not of the form YYYY-MM-DD HH:mm";
  }
  return fields_wrong(&f);
}

/* } */

/* {==== ISO 8601 ==== */

/* The digits behind the point. 1 when there are one to nine. */
static int fraction(struct reader *r, long *nanos) {
  long unit = 100000000;
  size_t n = 0;
  while (n < r->left && sw_is_digit(r->p[n])) {
    if (n == 9) {
      return 0;
    }
    *nanos += (r->p[n] - '0') * unit;
    unit /= 10;
    n++;
  }
  r->p += n;
  r->left -= n;
  return n > 0;
}

/* Z, an offset or nothing. 1 when it is well formed; *shift in seconds. */
static int zone(struct reader *r, int *zoned, int64_t *shift) {
  int hours, minutes, west;
  if (r->left == 0) {
    return 1;
  }
  *zoned = 1;
  if (literal(r, "Z")) {
    return 1;
  }
  west = r->p[0] == '-';
  if (!literal(r, "+") && !literal(r, "-")) {
    return 0;
  }
  if (!digits(r, 2, &hours) || (literal(r, ":") && r->left == 0) ||
      !digits(r, 2, &minutes) || hours > 23 || minutes > 59) {
    return 0;
  }
  *shift = (int64_t)hours * 3600 + (int64_t)minutes * 60;
  if (west) {
    *shift = -*shift;
  }
  return 1;
}

const char *sw_time_parse(struct sw_time *t, const char *p, size_t n) {
  static const char form[] = "is not an ISO 8601 date or date-time "
                             "(2015-10-29 or 2015-10-29T12:51:36Z)";
  struct reader r;
  struct fields f;
  int64_t shift = 0;
  const char *wrong;
  r.p = p;
  r.left = n;
  memset(&f, 0, sizeof f);
  memset(t, 0, sizeof *t);
  if (!date_part(&r, &f)) {
    return form;
  }
  t->date_only = r.left == 0;
  if (!t->date_only) {
    if (!literal(&r, "T") || !clock_part(&r, &f)) {
      return form;
    }
    if (literal(&r, ":") &&
        (!digits(&r, 2, &f.second) ||
         (literal(&r, ".") && !fraction(&r, &t->nanos)))) {
      return form;
    }
    if (!zone(&r, &t->zoned, &shift) || r.left != 0) {
      return form;
    }
  }
  wrong = fields_wrong(&f);
  if (wrong == NULL) {
    t->seconds = fields_seconds(&f) - shift;
  }
  return wrong;
}

/* } */

/* {==== HTTP ==== */

/* One of the names at the front, cut to `width` letters (0: whole). Its
   place, or -1. */
static int name(struct reader *r, const char *const *names, int count,
                size_t width) {
  int i;
  for (i = 0; i < count; i++) {
    size_t n = width == 0 ? strlen(names[i]) : width;
    if (r->left >= n && memcmp(r->p, names[i], n) == 0) {
      r->p += n;
      r->left -= n;
      return i;
    }
  }
  return -1;
}

static int day_name(struct reader *r, size_t width) {
  static const char *const days[] = {"Monday",   "Tuesday", "Wednesday",
                                     "Thursday", "Friday",  "Saturday",
                                     "Sunday"};
  return name(r, days, 7, width) >= 0;
}

static int month_name(struct reader *r, int *month) {
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                       "May", "Jun", "Jul", "Aug",
                                       "Sep", "Oct", "Nov", "Dec"};
  *month = name(r, months, 12, 3) + 1;
  return *month > 0;
}

static int clock_full(struct reader *r, struct fields *f) {
  return clock_part(r, f) && literal(r, ":") && digits(r, 2, &f->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static int fixdate(struct reader r, struct fields *f) {
  return day_name(&r, 3) && literal(&r, ", ") && digits(&r, 2, &f->day) &&
         literal(&r, " ") && month_name(&r, &f->month) && literal(&r, " ") &&
         digits(&r, 4, &f->year) && literal(&r, " ") && clock_full(&r, f) &&
         literal(&r, " GMT") && r.left == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static int rfc850(struct reader r, struct fields *f) {
  return day_name(&r, 0) && literal(&r, ", ") && digits(&r, 2, &f->day) &&
         literal(&r, "-") && month_name(&r, &f->month) && literal(&r, "-") &&
         digits(&r, 2, &f->year) && literal(&r, " ") && clock_full(&r, f) &&
         literal(&r, " GMT") && r.left == 0;
}

/* Sun Nov  6 08:49:37 1994 */
static int asctime_form(struct reader r, struct fields *f) {
  int day = day_name(&r, 3) && literal(&r, " ") &&
            month_name(&r, &f->month) && literal(&r, " ");
  if (!day) {
    return 0;
  }
  day = literal(&r, " ") ? digits(&r, 1, &f->day) : digits(&r, 2, &f->day);
  return day && literal(&r, " ") && clock_full(&r, f) && literal(&r, " ") &&
         digits(&r, 4, &f->year) && r.left == 0;
}

/* The year that a point in time lies in, near enough for a century, and kept
   where a year 50 later has four digits too. */
static int year_of(int64_t seconds) {
  const int64_t year = 31556952;
  if (seconds < 0) {
    return 1970;
  }
  return seconds / year > 9949 - 1970 ? 9949 : (int)(1970 + seconds / year);
}

/* RFC 9110: what would be more than 50 years ahead is past. */
static int full_year(int two_digits, int this_year) {
  int year = this_year - this_year % 100 + two_digits;
  if (year > this_year + 50) {
    return year - 100;
  }
  return year + 50 <= this_year ? year + 100 : year;
}

int sw_http_date(int64_t *seconds, const char *p, size_t n, int64_t now) {
  struct reader r;
  struct fields f;
  int leap_second;
  r.p = p;
  r.left = n;
  memset(&f, 0, sizeof f);
  if (rfc850(r, &f)) {
    f.year = full_year(f.year, year_of(now));
  } else if (!fixdate(r, &f) && !asctime_form(r, &f)) {
    return -1;
  }
  leap_second = f.second == 60;
  if (leap_second) {
    f.second = 59;
  }
  if (fields_wrong(&f) != NULL) {
    return -1;
  }
  *seconds = fields_seconds(&f) + leap_second;
  return 0;
}

static void trim(struct reader *r) {
  while (r->left > 0 && (r->p[0] == ' ' || r->p[0] == '\t')) {
    r->p++;
    r->left--;
  }
  while (r->left > 0 &&
         (r->p[r->left - 1] == ' ' || r->p[r->left - 1] == '\t')) {
    r->left--;
  }
}

static int64_t capped(int64_t seconds) {
  if (seconds < 0) {
    return 0;
  }
  return seconds > SW_RETRY_MAX ? SW_RETRY_MAX : seconds;
}

int64_t sw_retry_after(const char *p, size_t n, const char *date,
                       size_t date_n, int64_t now) {
  struct reader r;
  int64_t sum = 0, at, base;
  size_t i;
  r.p = p;
  r.left = n;
  trim(&r);
  for (i = 0; i < r.left && sw_is_digit(r.p[i]); i++) {
    sum = capped(sum * 10 + (r.p[i] - '0'));
  }
  if (i > 0 && i == r.left) {
    return sum;
  }
  if (sw_http_date(&at, r.p, r.left, now) != 0) {
    return -1;
  }
  base = now;
  if (date != NULL) {
    r.p = date;
    r.left = date_n;
    trim(&r);
    if (sw_http_date(&base, r.p, r.left, now) != 0 || base < 0) {
      base = now;
    }
  }
  /* a clock far off either end must not overflow the difference */
  if (base < 0 || base > (int64_t)1 << 40) {
    return -1;
  }
  return capped(at - base);
}

/* } */
