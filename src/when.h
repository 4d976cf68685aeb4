/* Points in time as text: what the services take, what HTTP headers say.
   Never asks a clock, never looks at a time zone of this machine.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_WHEN_H
#define SW_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define SW_RETRY_MAX ((int64_t)10 * 366 * 24 * 3600) /* ten years */

/* Days from 1970-01-01 in the Gregorian calendar, years 0 to 9999. */
int64_t sw_days(int year, int month, int day);

/* "YYYY-MM-DD HH:mm", a day that exists. NULL, or a constant predicate. */
const char *sw_wall_wrong(const char *p, size_t n);

struct sw_time {
  int64_t seconds; /* since 1970-01-01T00:00:00Z */
  long nanos;      /* 0 to 999999999 */
  int date_only;   /* 1: no time of day was given; midnight is taken */
  int zoned;       /* 1: Z or an offset was given; else UTC is taken */
};

/* ISO 8601: YYYY-MM-DD, or with THH:MM, :SS, .f (one to nine digits) and
   Z, +HH:MM or +HHMM. NULL, or a constant predicate. */
const char *sw_time_parse(struct sw_time *t, const char *p, size_t n);

/* An HTTP date in any of the three forms of RFC 9110. `now` settles the
   century of a two-digit year. 0, or -1. */
int sw_http_date(int64_t *seconds, const char *p, size_t n, int64_t now);

/* Retry-After: seconds to wait, 0 to SW_RETRY_MAX, or -1 for nonsense. A date
   is measured from the reply's own Date header if that is one (servers' clocks
   differ from ours), else from `now`. date may be NULL. */
int64_t sw_retry_after(const char *p, size_t n, const char *date,
                       size_t date_n, int64_t now);

#endif
