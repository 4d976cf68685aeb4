/* Values against field rows: see field.h. */
#include "field.h"

#include <stdio.h>
#include <string.h>

#include "money.h"
#include "text.h"
#include "url.h"
#include "when.h"

const char *sw_kind_name(enum sw_kind kind) {
  static const char *const names[] = {"text", "int",    "money", "bool",
                                      "url",  "when",   "time",  "choice",
                                      "file", "items"};
  return names[kind];
}

const char *sw_class_name(enum sw_class retry) {
  static const char *const names[] = {"safe", "idempotent", "keyed", "once"};
  return names[retry];
}

const char *sw_body_name(enum sw_body body) {
  static const char *const names[] = {"none", "query", "form", "json",
                                      "multipart"};
  return names[body];
}

const char *sw_auth_name(enum sw_auth auth) {
  static const char *const names[] = {"pair", "key", "bearer", "nobody"};
  return names[auth];
}

const char *sw_evidence_name(enum sw_evidence evidence) {
  static const char *const names[] = {"documented", "read from a client",
                                      "inferred", "seen on a real shop"};
  return names[evidence];
}

const struct sw_field *sw_field_find(const struct sw_field *fields,
                                     size_t count, const char *name,
                                     size_t n) {
  size_t i;
  for (i = 0; i < count; i++) {
    if (strncmp(fields[i].name, name, n) == 0 && fields[i].name[n] == '\0') {
      return &fields[i];
    }
  }
  return NULL;
}

/* Always -1, so that a check can end with it. */
static int wrong(const struct sw_field *field, struct sw_buf *why,
                 const char *phrase) {
  sw_buf_adds(why, field->name);
  sw_buf_addc(why, ' ');
  sw_buf_adds(why, phrase);
  return -1;
}

static int wrong_type(const struct sw_field *field, struct sw_buf *why,
                      const char *wanted, const struct sw_value *value) {
  static const char *const types[] = {"text", "an integer", "a float",
                                      "a boolean"};
  wrong(field, why, "must be ");
  sw_buf_adds(why, wanted);
  sw_buf_adds(why, ", not ");
  if (value->type == SW_VALUE_OTHER) {
    sw_buf_adds(why, "a ");
    sw_buf_add(why, value->text.p, value->text.n);
  } else {
    sw_buf_adds(why, types[value->type]);
  }
  return -1;
}

static void show(const struct sw_field *field, struct sw_buf *why,
                 struct sw_str text) {
  if ((field->flags & SW_HIDDEN) == 0) {
    sw_buf_adds(why, " (it is \"");
    sw_text_show(why, text.p, text.n, 60);
    sw_buf_adds(why, "\")");
  }
}

static int wrong_bound(const struct sw_field *field, struct sw_buf *why,
                       const char *side, long bound, const char *unit) {
  char number[24];
  snprintf(number, sizeof number, "%ld", bound);
  wrong(field, why, side);
  sw_buf_adds(why, number);
  sw_buf_adds(why, unit);
  return -1;
}

/* Numbers are welcome where text is meant, as ids are. */
static int as_text(const struct sw_field *field, const struct sw_value *value,
                   char number[24], struct sw_str *text, struct sw_buf *why) {
  if (value->type == SW_VALUE_TEXT) {
    *text = value->text;
    return 0;
  }
  if (value->type == SW_VALUE_INT) {
    int n = snprintf(number, 24, "%lld", (long long)value->integer);
    text->p = number;
    text->n = (size_t)n;
    return 0;
  }
  return wrong_type(field, why, "text", value);
}

static int check_token(const struct sw_field *field, struct sw_str text,
                       struct sw_buf *why) {
  size_t i;
  for (i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (!sw_is_alnum(c) && c != '-' && c != '_') {
      return wrong(field, why, "may hold letters, digits, - and _ only");
    }
  }
  return 0;
}

static int check_text(const struct sw_field *field,
                      const struct sw_value *value, struct sw_buf *wire,
                      struct sw_buf *why) {
  char number[24];
  struct sw_str text = {NULL, 0};
  size_t chars;
  if (as_text(field, value, number, &text, why) != 0) {
    return -1;
  }
  if (!sw_utf8_valid(text.p, text.n, &chars)) {
    return wrong(field, why, "is not valid UTF-8");
  }
  if (memchr(text.p, '\0', text.n) != NULL) {
    return wrong(field, why, "holds a NUL byte");
  }
  if (field->min > 0 && chars < (size_t)field->min) {
    if (chars == 0) {
      return wrong(field, why, "is empty");
    }
    return wrong_bound(field, why, "needs at least ", field->min,
                       " characters");
  }
  if (field->max > 0 && chars > (size_t)field->max) {
    char has[48];
    wrong_bound(field, why, "may have at most ", field->max, " characters");
    snprintf(has, sizeof has, ", it has %lu", (unsigned long)chars);
    sw_buf_adds(why, has);
    return -1;
  }
  if ((field->flags & SW_TOKEN) && check_token(field, text, why) != 0) {
    return -1;
  }
  sw_buf_add(wire, text.p, text.n);
  return 0;
}

static int check_int(const struct sw_field *field,
                     const struct sw_value *value, struct sw_buf *wire,
                     struct sw_buf *why) {
  int64_t n;
  char number[24];
  if (value->type == SW_VALUE_INT) {
    n = value->integer;
  } else if (value->type == SW_VALUE_REAL && value->real > -9e15 &&
             value->real < 9e15 &&
             (double)(int64_t)value->real == value->real) {
    n = (int64_t)value->real;
  } else {
    return wrong_type(field, why, "an integer", value);
  }
  if (n < field->min) {
    return wrong_bound(field, why, "must be at least ", field->min, "");
  }
  if (field->max != 0 && n > field->max) {
    return wrong_bound(field, why, "may be at most ", field->max, "");
  }
  snprintf(number, sizeof number, "%lld", (long long)n);
  sw_buf_adds(wire, number);
  return 0;
}

static int check_money(const struct sw_field *field,
                       const struct sw_value *value, struct sw_buf *wire,
                       struct sw_buf *why) {
  struct sw_money m;
  int bad;
  switch (value->type) {
    case SW_VALUE_TEXT:
      bad = sw_money_text(&m, value->text.p, value->text.n, 0);
      break;
    case SW_VALUE_INT:
      bad = sw_money_int(&m, value->integer, 0);
      break;
    case SW_VALUE_REAL:
      bad = sw_money_float(&m, value->real, 0);
      break;
    default:
      return wrong_type(field, why, "an amount such as \"12.50\"", value);
  }
  if (bad != 0) {
    wrong(field, why, m.why);
    if (value->type == SW_VALUE_TEXT) {
      show(field, why, value->text);
    }
    sw_buf_adds(why, "; give decimal text such as \"12.50\"");
    return -1;
  }
  if (sw_money_compare(&m, field->min) < 0) {
    return wrong_bound(field, why, "must be at least ", field->min, "");
  }
  if (field->max != 0 && sw_money_compare(&m, field->max) > 0) {
    return wrong_bound(field, why, "may be at most ", field->max, "");
  }
  sw_buf_adds(wire, m.text);
  return 0;
}

static int check_choice(const struct sw_field *field,
                        const struct sw_value *value, struct sw_buf *wire,
                        struct sw_buf *why) {
  const char *at = field->choices;
  if (value->type != SW_VALUE_TEXT) {
    return wrong_type(field, why, "text", value);
  }
  while (*at != '\0') {
    size_t n = strcspn(at, " ");
    if (n == value->text.n && memcmp(at, value->text.p, n) == 0) {
      sw_buf_add(wire, at, n);
      return 0;
    }
    at += n;
    at += strspn(at, " ");
  }
  wrong(field, why, "must be one of ");
  sw_buf_adds(why, field->choices);
  show(field, why, value->text);
  return -1;
}

static int check_format(const struct sw_field *field,
                        const struct sw_value *value, struct sw_buf *wire,
                        struct sw_buf *why) {
  const char *reason;
  struct sw_time moment;
  if (value->type != SW_VALUE_TEXT) {
    return wrong_type(field, why, "text", value);
  }
  switch (field->kind) {
    case SW_URL:
      reason = sw_url_field_wrong(value->text.p, value->text.n);
      break;
    case SW_WHEN:
      reason = sw_wall_wrong(value->text.p, value->text.n);
      break;
    default:
      reason = sw_time_parse(&moment, value->text.p, value->text.n);
      break;
  }
  if (reason != NULL) {
    wrong(field, why, reason);
    show(field, why, value->text);
    return -1;
  }
  sw_buf_add(wire, value->text.p, value->text.n);
  return 0;
}

int sw_field_check(const struct sw_field *field, const struct sw_value *value,
                   struct sw_buf *wire, struct sw_buf *why) {
  switch (field->kind) {
    case SW_TEXT:
      return check_text(field, value, wire, why);
    case SW_INT:
      return check_int(field, value, wire, why);
    case SW_MONEY:
      return check_money(field, value, wire, why);
    case SW_CHOICE:
      return check_choice(field, value, wire, why);
    case SW_BOOL:
      if (value->type != SW_VALUE_BOOL) {
        return wrong_type(field, why, "true or false", value);
      }
      sw_buf_adds(wire, value->integer ? "true" : "false");
      return 0;
    case SW_URL:
    case SW_WHEN:
    case SW_TIME:
      return check_format(field, value, wire, why);
    default:
      return wrong_type(field, why, "something else", value);
  }
}
