/* A request while it is built: what lrequest.c and lroute.c share. */
#ifndef SW_LCALL_H
#define SW_LCALL_H

#include "lfields.h"

/* What a shop's address has ahead of the route. */
#define SW_ROUTE "index.php?route="

struct sw_call {
  struct sw_build b;
  struct sw_view *view;
  int level;    /* of the caller, seen from here */
  int args;     /* stack position of the first argument */
  int given;    /* how many arguments there are, trailing nils aside */
  size_t lines; /* header lines in s->lines */
  size_t secret_n;
};

/* View at stack position 1, level at 2; pushes up to eight nils and the
   scratch. Raises for a closed client. */
void sw_call_begin(lua_State *L, struct sw_call *c, int first_arg);
/* Header lines that prove who we are: before all others. */
void sw_call_credentials(struct sw_call *c, enum sw_auth auth);
/* Content-Type and the headers option. */
void sw_call_headers(lua_State *L, struct sw_call *c, enum sw_body body);
/* The fields of a call without a row, a table or nil at t. */
void sw_call_free_body(lua_State *L, struct sw_call *c, int t,
                       const struct sw_row *row);
/* What is wrong with a relative path, or NULL. */
const char *sw_call_path_wrong(const char *p, size_t n);
/* Pushes the request, or raises all problems at once. */
struct sw_request *sw_call_finish(lua_State *L, struct sw_call *c,
                                  enum sw_body body);
/* Lays headers, address and body of the scratch out behind the struct. */
void sw_call_lay_out(struct sw_request *r, const struct sw_scratch *s,
                     size_t lines);

/* lroute.c: token and store behind a route; user name and key in the form. */
void sw_call_session(struct sw_call *c, enum sw_auth auth);
void sw_call_login(struct sw_call *c);

#endif
