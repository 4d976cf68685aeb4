/* The answer behind the warnings: see noise.h. */
#include "noise.h"

#include <string.h>

#include "text.h"

enum { WORK = 8 }; /* times the length, for all attempts together */

static int is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What stands before a box inside of JSON; behind these no answer begins. */
static int is_inner(const char *text, size_t at) {
  while (at > 0 && is_space(text[at - 1])) {
    at--;
  }
  return at > 0 && strchr(":,[{", text[at - 1]) != NULL;
}

/* Could an answer begin here? An object's first byte is a quote or its end;
   a list's is anything that begins a value. */
static int begins(const char *text, size_t len, size_t at) {
  size_t next = at + 1;
  if ((text[at] != '{' && text[at] != '[') || is_inner(text, at)) {
    return 0;
  }
  while (next < len && is_space(text[next])) {
    next++;
  }
  if (next == len) {
    return 0;
  }
  if (text[at] == '{') {
    return text[next] == '"' || text[next] == '}';
  }
  return text[next] == ']' || text[next] == '{' || text[next] == '"' ||
         text[next] == '[' || text[next] == '-' || sw_is_digit(text[next]);
}

int sw_noise_scan(struct sw_json *j, const char *text, size_t len,
                  size_t *noise) {
  size_t at = 0, work = 0;
  *noise = 0;
  if (sw_json_scan(j, text, len) == 0) {
    return 0;
  }
  while (at < len && is_space(text[at])) {
    at++;
  }
  if (j->memory || at == len || begins(text, len, at)) {
    return -1; /* broken JSON from its start on is no noise */
  }
  for (; at < len && work <= len * WORK; at++) {
    if (!begins(text, len, at)) {
      continue;
    }
    if (sw_json_scan(j, text + at, len - at) == 0) {
      *noise = at;
      return 0;
    }
    if (j->memory || j->at + at >= len) {
      return -1; /* it began, and was cut off */
    }
    work += j->at + 1;
  }
  return -1;
}
