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
                                      "file", "items",  "id",    "flag",
                                      "place", "code",  "options", "map",
                                      "list"};
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
  static const char *const names[] = {"pair",   "key",     "bearer",
                                      "nobody", "session", "login"};
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
    if (strlen(fields[i].name) == n && memcmp(fields[i].name, name, n) == 0) {
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

/* Text as the server will hold it: trimmed, with entities, one column wide.
   *chars is recounted. */
static int check_stored(const struct sw_field *field, struct sw_str *text,
                        size_t *chars, struct sw_buf *why) {
  size_t i;
  while (text->n > 0 && strchr(" \t\r\n\v", text->p[0]) != NULL) {
    text->p++;
    text->n--;
  }
  while (text->n > 0 && strchr(" \t\r\n\v", text->p[text->n - 1]) != NULL) {
    text->n--;
  }
  sw_utf8_valid(text->p, text->n, chars);
  for (i = 0; i < text->n; i++) {
    unsigned char c = (unsigned char)text->p[i];
    if (c >= 0xF0 && (field->flags & SW_NARROW)) {
      return wrong(field, why, "holds a character of four bytes in UTF-8, "
                   "such as an emoji: the shop would store ???? for it");
    }
    if (c == '&') {
      *chars += 4;
    } else if (c == '"') {
      *chars += 5;
    } else if (c == '<' || c == '>') {
      *chars += 3;
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
    return wrong(field, why, (field->flags & SW_ESCAPED)
                 ? "is not valid UTF-8: the shop would take it for empty"
                 : "is not valid UTF-8");
  }
  if (memchr(text.p, '\0', text.n) != NULL) {
    return wrong(field, why, "holds a NUL byte");
  }
  if ((field->flags & SW_ESCAPED) &&
      check_stored(field, &text, &chars, why) != 0) {
    return -1;
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
    snprintf(has, sizeof has, ", it has %lu%s", (unsigned long)chars,
             (field->flags & SW_ESCAPED) ? " with HTML entities" : "");
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

/* The digits of a number, from an integer or from text. 0, or -1 when the
   value is no such thing. */
static int digits_of(const struct sw_value *value, char number[24],
                     struct sw_str *text) {
  size_t i;
  if (value->type == SW_VALUE_INT && value->integer >= 0) {
    text->p = number;
    text->n = (size_t)snprintf(number, 24, "%lld", (long long)value->integer);
    return 0;
  }
  if (value->type != SW_VALUE_TEXT || value->text.n == 0 ||
      value->text.n > 18) {
    return -1;
  }
  for (i = 0; i < value->text.n; i++) {
    if (!sw_is_digit(value->text.p[i])) {
      return -1;
    }
  }
  *text = value->text;
  return 0;
}

static int check_id(const struct sw_field *field,
                    const struct sw_value *value, struct sw_buf *wire,
                    struct sw_buf *why) {
  char number[24];
  struct sw_str text = {NULL, 0};
  size_t i = 0;
  if (digits_of(value, number, &text) != 0) {
    return wrong_type(field, why, "a number", value);
  }
  while (i < text.n && text.p[i] == '0') {
    i++;
  }
  if (i == text.n && field->min > 0) {
    return wrong_bound(field, why, "must be at least ", field->min, "");
  }
  sw_buf_add(wire, text.p, text.n);
  return 0;
}

/* A shop takes text here for 0 and answers success. */
static int check_place(const struct sw_field *field,
                       const struct sw_value *value, struct sw_buf *wire,
                       struct sw_buf *why) {
  char number[24];
  struct sw_str text = {NULL, 0};
  if (value->type == SW_VALUE_TEXT &&
      digits_of(value, number, &text) != 0) {
    return check_text(field, value, wire, why) == 0 ? 1 : -1;
  }
  return check_id(field, value, wire, why);
}

static int check_code(const struct sw_field *field,
                      const struct sw_value *value, struct sw_buf *wire,
                      struct sw_buf *why) {
  size_t i;
  if (value->type != SW_VALUE_TEXT) {
    return wrong_type(field, why, "text", value);
  }
  for (i = 0; i < value->text.n; i++) {
    char c = value->text.p[i];
    if (c >= 'a' && c <= 'z') {
      wrong(field, why, "must be in capital letters: the shop answers success "
            "to others and then falls back to its own currency");
      show(field, why, value->text);
      return -1;
    }
  }
  return check_text(field, value, wire, why);
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
    case SW_FLAG:
      if (value->type != SW_VALUE_BOOL &&
          (value->type != SW_VALUE_INT || (value->integer | 1) != 1)) {
        return wrong_type(field, why, "true or false", value);
      }
      sw_buf_addc(wire, value->integer ? '1' : '0');
      return 0;
    case SW_ID:
      return check_id(field, value, wire, why);
    case SW_PLACE:
      return check_place(field, value, wire, why);
    case SW_CODE:
      return check_code(field, value, wire, why);
    case SW_URL:
    case SW_WHEN:
    case SW_TIME:
      return check_format(field, value, wire, why);
    default:
      return wrong_type(field, why, "something else", value);
  }
}
