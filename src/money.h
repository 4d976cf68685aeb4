/* Money as decimal text and a count of hundredths, never as a float.
   Must not know: Lua, libcurl, the services, any currency. */
#ifndef SW_MONEY_H
#define SW_MONEY_H

#include <stddef.h>
#include <stdint.h>

struct sw_money {
  int64_t minor; /* hundredths */
  char text[24]; /* what goes on the wire; as given if it was text */
  char why[96];  /* after a refusal: a predicate ("is not a number") */
};

/* Each returns 0 with minor and text set, or -1 with why set. A negative
   amount is refused unless `below_zero` is 1. */

/* Digits, and a point with one or two more if wanted: "12", "12.5", "0.50".
   No sign but "-", no space, no exponent, no separator, no needless zero in
   front; at most 92233720368547758.07. */
int sw_money_text(struct sw_money *m, const char *p, size_t n,
                  int below_zero);
int sw_money_int(struct sw_money *m, int64_t whole, int below_zero);
/* Only a float that two places write exactly as the script would print it:
   0.29 is taken, 0.1 + 0.2 is not. From 2^46 on a float cannot tell two
   neighbouring cents apart: only whole ones are taken there, and none from
   2^53 / 100 on. */
int sw_money_float(struct sw_money *m, double value, int below_zero);

/* Below, at or above 0: the amount against a bound in whole units. */
int sw_money_compare(const struct sw_money *m, int64_t whole);

#endif
