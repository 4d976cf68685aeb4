/* Lua arguments against a row: what lrequest.c asks of lfields.c. */
#ifndef SW_LFIELDS_H
#define SW_LFIELDS_H

#include "field.h"
#include "lshop.h"

/* What a build is doing. Problems are collected in scratch->why. */
struct sw_build {
  struct sw_scratch *s;
  const struct sw_row *row;
  struct sw_buf *out; /* where encoded pairs go: s->url or s->body */
  size_t pairs;       /* written so far */
  int first;          /* separator before the next pair: 0 or a character */
  int explain;        /* 1: hidden values are not written */
  size_t problems;
  int adds;           /* 1: an item without an id is among the items */
  const struct sw_service *service; /* may be NULL: then no parts */
  int php;            /* 1: brackets in names, 1 and 0 for booleans */
  int strict;         /* 1: what would go out with a warning is refused */
  int reserved;       /* 1: names that the core sets are refused */
  unsigned odd;       /* a bit for each field with a warning */
  size_t weight;      /* bytes of a session, about */
  char prefix[32];    /* "product[0]" inside of a list, or "" */
  char where[32];     /* "product[1]: ", as a script counts, or "" */
  /* options */
  double deadline;
  int retries;
  int raw;
  int json;           /* for calls without a row */
  int v2;
  int extra;          /* stack positions; 0: absent */
  int headers;
};

/* Begins a problem: "; " between two of them. */
void sw_problem(struct sw_build *b);
/* The value at i as a plain one; pushes nothing, raises nothing. */
void sw_read_value(lua_State *L, int i, struct sw_value *v);
/* lnested.c: the value at i of a field that is a map or a list. */
void sw_build_nested(lua_State *L, struct sw_build *b,
                     const struct sw_field *f, int i);
/* lnested.c: pairs of a table of any depth, with brackets as PHP reads them.
   May raise for memory. */
void sw_build_php(lua_State *L, struct sw_build *b, int t, const char *what);
/* lnested.c: counts what a field will weigh in the session, if it is part of
   a voucher. */
void sw_build_weigh(struct sw_build *b, const struct sw_field *f,
                    struct sw_str value);
/* Appends name=value, escaped for where it goes. */
void sw_add_pair(struct sw_build *b, struct sw_str name, struct sw_str value);
/* Checks and appends the fields of the table at t (0: absent). */
void sw_build_fields(lua_State *L, struct sw_build *b, int t);
/* The same for fields that are given one by one from `arg` on. */
void sw_build_positional(lua_State *L, struct sw_build *b, int arg);
/* Pairs of a table without rows (extra, client:request). Raises nothing but
   memory. */
void sw_build_free(lua_State *L, struct sw_build *b, int t,
                   const char *what);
/* Reads the options table at t (0: absent). */
void sw_build_options(lua_State *L, struct sw_build *b, int t);
/* Header lines of the headers option, after the others in s->lines. Returns
   how many. */
size_t sw_build_headers(lua_State *L, struct sw_build *b);

#endif
