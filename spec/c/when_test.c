/* src/when.c: calendars, ISO 8601, HTTP dates, Retry-After. */
#include "../../src/when.h"
#include "check.h"

#define FIXDATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define AT 784111777

static void days(void) {
  int64_t day = sw_days(1, 1, 1);
  int year, wrong = 0;
  CHECK_INT(sw_days(1970, 1, 1), 0);
  CHECK_INT(sw_days(1969, 12, 31), -1);
  CHECK_INT(sw_days(2000, 2, 29), 11016);
  CHECK_INT(sw_days(2000, 3, 1), 11017);
  CHECK_INT(sw_days(1, 1, 1), -719162);
  CHECK_INT(sw_days(9999, 12, 31), 2932896);
  CHECK_INT(sw_days(0, 1, 1), -719528);
  for (year = 1; year <= 9999; year++) {
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    wrong += sw_days(year, 1, 1) != day;
    wrong += sw_days(year, 3, 1) != day + 59 + leap;
    day += 365 + leap;
  }
  CHECK_INT(wrong, 0);
}

static const char *wall(const char *text) {
  return sw_wall_wrong(text, strlen(text));
}

static void walls(void) {
  static const char form[] = "is not of the form YYYY-MM-DD HH:mm";
  static const char day[] = "names a day that does not exist";
  CHECK_STR(wall("2016-08-03 16:30"), NULL);
  CHECK_STR(wall("2016-02-29 00:00"), NULL);
  CHECK_STR(wall("2000-02-29 23:59"), NULL);
  CHECK_STR(wall("2015-02-29 00:00"), day);
  CHECK_STR(wall("1900-02-29 00:00"), day);
  CHECK_STR(wall("2016-04-31 00:00"), day);
  CHECK_STR(wall("2016-04-00 00:00"), day);
  CHECK_STR(wall("2016-12-31 00:00"), NULL);
  CHECK_STR(wall("2016-13-01 00:00"), "names a month that does not exist");
  CHECK_STR(wall("2016-00-01 00:00"), "names a month that does not exist");
  CHECK_STR(wall("2016-08-03 24:00"),
            "names a time of day that does not exist");
  CHECK_STR(wall("2016-08-03 23:60"),
            "names a time of day that does not exist");
  CHECK_STR(wall(""), form);
  CHECK_STR(wall("2016-08-03"), form);
  CHECK_STR(wall("2016-08-03 16:3"), form);
  CHECK_STR(wall("2016-08-03 16:30:00"), form);
  CHECK_STR(wall("2016-08-03T16:30"), form);
  CHECK_STR(wall("2016-8-03 16:30"), form);
  CHECK_STR(wall("2016-08-03 16:30 "), form);
  CHECK_STR(wall("+016-08-03 16:30"), form);
}

static void iso(const char *text, int64_t seconds, long nanos, int date_only,
                int zoned) {
  struct sw_time t;
  CHECK_STR(sw_time_parse(&t, text, strlen(text)), NULL);
  CHECK_INT(t.seconds, seconds);
  CHECK_INT(t.nanos, nanos);
  CHECK_INT(t.date_only, date_only);
  CHECK_INT(t.zoned, zoned);
}

static void not_iso(const char *text) {
  struct sw_time t;
  const char *wrong = sw_time_parse(&t, text, strlen(text));
  if (!CHECK(wrong != NULL)) {
    fprintf(stderr, "  text %s\n", text);
  }
}

static void isos(void) {
  struct sw_time t;
  iso("1970-01-01", 0, 0, 1, 0);
  iso("2015-07-02", 1435795200, 0, 1, 0);
  iso("2015-10-29T12:51:36Z", 1446123096, 0, 0, 1);
  iso("2015-10-29T12:51:36", 1446123096, 0, 0, 0);
  iso("2015-10-29T12:51Z", 1446123060, 0, 0, 1);
  iso("2015-10-29T18:21:36+05:30", 1446123096, 0, 0, 1);
  iso("2015-10-29T18:21:36+0530", 1446123096, 0, 0, 1);
  iso("2015-10-29T04:51:36-08:00", 1446123096, 0, 0, 1);
  iso("2015-10-29T12:51:36.665Z", 1446123096, 665000000, 0, 1);
  iso("2015-10-29T12:51:36.000001Z", 1446123096, 1000, 0, 1);
  iso("2015-10-29T12:51:36.999999999Z", 1446123096, 999999999, 0, 1);
  iso("1969-12-31T23:59:59Z", -1, 0, 0, 1);
  iso("9999-12-31T23:59:59Z", 253402300799LL, 0, 0, 1);
  not_iso("");
  not_iso("2015");
  not_iso("2015-10-29T");
  not_iso("2015-10-29T12");
  not_iso("2015-10-29T12:51:");
  not_iso("2015-10-29T12:51:36.");
  not_iso("2015-10-29T12:51:36.Z");
  not_iso("2015-10-29T12:51:36.1234567890Z");
  not_iso("2015-10-29T12:51.5Z");
  not_iso("2015-10-29T12:51:36Zx");
  not_iso("2015-10-29T12:51:36z");
  not_iso("2015-10-29 12:51:36Z");
  not_iso("2015-10-29Z");
  not_iso("2015-10-29T12:51:36+05");
  not_iso("2015-10-29T12:51:36+05:");
  not_iso("2015-10-29T12:51:36+24:00");
  not_iso("2015-10-29T12:51:36+05:60");
  not_iso("2015-10-29T24:00:00Z");
  not_iso("2015-10-29T23:59:60Z");
  not_iso("2015-02-29");
  not_iso("2015-10-29T12:51:36Z ");
  CHECK(sw_time_parse(&t, "2015-10-29T12", 10) == NULL);
  CHECK_INT(t.date_only, 1);
}

static int64_t http(const char *text, int64_t now) {
  int64_t seconds = -1;
  int rc = sw_http_date(&seconds, text, strlen(text), now);
  return rc == 0 ? seconds : INT64_MIN;
}

static void https(void) {
  CHECK_INT(http(FIXDATE, 0), AT);
  CHECK_INT(http("Sunday, 06-Nov-94 08:49:37 GMT", AT), AT);
  CHECK_INT(http("Sun Nov  6 08:49:37 1994", 0), AT);
  CHECK_INT(http("Wed Nov 16 08:49:37 1994", 0), AT + 864000);
  CHECK_INT(http("Sun, 06 Nov 1994 08:49:60 GMT", 0), AT + 23);
  /* 94 is 1994 in 2026 and 2094 in 2060 */
  CHECK_INT(http("Sunday, 06-Nov-94 08:49:37 GMT", 1780000000), AT);
  CHECK_INT(http("Saturday, 06-Nov-94 08:49:37 GMT", 2850000000LL),
            AT + sw_days(2094, 11, 6) * 86400 - sw_days(1994, 11, 6) * 86400);
  CHECK_INT(http("Sunday, 06-Nov-14 00:00:00 GMT", INT64_MAX),
            sw_days(9914, 11, 6) * 86400);
  CHECK_INT(http("Sunday, 06-Nov-99 00:00:00 GMT", INT64_MAX),
            sw_days(9999, 11, 6) * 86400);
  CHECK_INT(http("Sunday, 06-Nov-05 00:00:00 GMT", 4070908800LL + 86400),
            sw_days(2105, 11, 6) * 86400);
  CHECK_INT(http("Sunday, 06-Nov-70 00:00:00 GMT", INT64_MIN),
            sw_days(1970, 11, 6) * 86400);
  CHECK_INT(http("Sun, 06 Nov 1994 08:49:37", 0), INT64_MIN);
  CHECK_INT(http("Sun, 06 Nov 1994 08:49:37 UTC", 0), INT64_MIN);
  CHECK_INT(http("Sun, 06 Nov 1994 08:49:37 GMT ", 0), INT64_MIN);
  CHECK_INT(http("Sun, 6 Nov 1994 08:49:37 GMT", 0), INT64_MIN);
  CHECK_INT(http("Sun, 31 Nov 1994 08:49:37 GMT", 0), INT64_MIN);
  CHECK_INT(http("Sun, 06 Nox 1994 08:49:37 GMT", 0), INT64_MIN);
  CHECK_INT(http("06 Nov 1994 08:49:37 GMT", 0), INT64_MIN);
  CHECK_INT(http("Sun, 06 Nov 1994 24:49:37 GMT", 0), INT64_MIN);
  CHECK_INT(http("Sun, 06 Nov 1994 08:49:61 GMT", 0), INT64_MIN);
  CHECK_INT(http("", 0), INT64_MIN);
}

static int64_t wait(const char *text, const char *date, int64_t now) {
  return sw_retry_after(text, strlen(text), date,
                        date == NULL ? 0 : strlen(date), now);
}

static void retries(void) {
  CHECK_INT(wait("0", NULL, AT), 0);
  CHECK_INT(wait("120", NULL, AT), 120);
  CHECK_INT(wait(" \t7 ", NULL, AT), 7);
  CHECK_INT(wait("0000000000000000000000000000012", NULL, AT), 12);
  CHECK_INT(wait("316224000", NULL, AT), SW_RETRY_MAX);
  CHECK_INT(wait("316223999", NULL, AT), SW_RETRY_MAX - 1);
  CHECK_INT(wait("99999999999999999999999999999999", NULL, AT),
            SW_RETRY_MAX);
  CHECK_INT(wait("", NULL, AT), -1);
  CHECK_INT(wait("-1", NULL, AT), -1);
  CHECK_INT(wait("+1", NULL, AT), -1);
  CHECK_INT(wait("1.5", NULL, AT), -1);
  CHECK_INT(wait("1 2", NULL, AT), -1);
  CHECK_INT(wait("soon", NULL, AT), -1);
  CHECK_INT(wait(FIXDATE, NULL, AT - 30), 30);
  CHECK_INT(wait(FIXDATE, NULL, AT), 0);
  CHECK_INT(wait(FIXDATE, NULL, AT + 5), 0);
  CHECK_INT(wait(FIXDATE, "Sun, 06 Nov 1994 08:49:27 GMT", AT + 9999), 10);
  CHECK_INT(wait(FIXDATE, "yesterday", AT - 4), 4);
  CHECK_INT(wait(FIXDATE, "Sun Nov  6 08:49:35 1894", AT - 4), 4);
  CHECK_INT(wait("Fri, 31 Dec 9999 23:59:59 GMT", NULL, AT), SW_RETRY_MAX);
  CHECK_INT(wait(FIXDATE, NULL, INT64_MIN), -1);
  CHECK_INT(wait(FIXDATE, NULL, INT64_MAX), -1);
}

int main(void) {
  days();
  walls();
  isos();
  https();
  retries();
  return check_done();
}
