/* One value against one field row: is it right, and what goes on the wire?
   Must not know: Lua, libcurl, any one service. */
#ifndef SW_FIELD_H
#define SW_FIELD_H

#include <stdint.h>

#include "buf.h"
#include "row.h"

enum sw_value_type {
  SW_VALUE_TEXT,
  SW_VALUE_INT,
  SW_VALUE_REAL,
  SW_VALUE_BOOL,
  SW_VALUE_OTHER /* `text` names the Lua type */
};

struct sw_value {
  enum sw_value_type type;
  struct sw_str text;
  int64_t integer; /* also 0 or 1 for a boolean */
  double real;
};

/* Appends the wire form (not yet escaped) to `wire` and returns 0, or
   appends a phrase such as "title must be text, not a table" to `why` and
   returns -1. 1 is 0 with a warning: a place that is not a number. A hidden
   field's value is never part of the phrase. Running out of memory shows in
   `failed` of either buffer. */
int sw_field_check(const struct sw_field *field, const struct sw_value *value,
                   struct sw_buf *wire, struct sw_buf *why);

/* The field of that name, or NULL. */
const struct sw_field *sw_field_find(const struct sw_field *fields,
                                     size_t count, const char *name,
                                     size_t n);

const char *sw_kind_name(enum sw_kind kind);
const char *sw_class_name(enum sw_class retry);
const char *sw_body_name(enum sw_body body);
const char *sw_auth_name(enum sw_auth auth);
const char *sw_evidence_name(enum sw_evidence evidence);

#endif
