/* The head of a reply: see head.h. */
#include "head.h"

#include <string.h>

#include "text.h"

/* The line at `at` without its end; *next is where the following one is. */
static struct sw_str line_at(const struct sw_head *h, size_t at,
                             size_t *next) {
  struct sw_str line;
  const char *end = memchr(h->p + at, '\n', h->n - at);
  line.p = h->p + at;
  line.n = end == NULL ? h->n - at : (size_t)(end - line.p);
  *next = at + line.n + (end != NULL);
  if (line.n > 0 && line.p[line.n - 1] == '\r') {
    line.n--;
  }
  return line;
}

static int is_blank(char c) {
  return c == ' ' || c == '\t';
}

static struct sw_str trim(struct sw_str s) {
  while (s.n > 0 && is_blank(s.p[0])) {
    s.p++;
    s.n--;
  }
  while (s.n > 0 && is_blank(s.p[s.n - 1])) {
    s.n--;
  }
  return s;
}

/* "HTTP/1.1 404 Not Found": 1 with status and reason set, or 0. */
static int parse_status(struct sw_head *h, struct sw_str line) {
  size_t at = 5;
  int status = 0;
  int digits = 0;
  if (line.n < 5 || memcmp(line.p, "HTTP/", 5) != 0) {
    return 0;
  }
  while (at < line.n && line.p[at] != ' ') {
    at++;
  }
  while (at < line.n && line.p[at] == ' ') {
    at++;
  }
  while (at < line.n && digits < 3 && sw_is_digit(line.p[at])) {
    status = status * 10 + (line.p[at] - '0');
    digits++;
    at++;
  }
  if (digits != 3 || (at < line.n && line.p[at] != ' ')) {
    return 0;
  }
  h->status = status;
  h->reason.p = line.p + at;
  h->reason.n = line.n - at;
  h->reason = trim(h->reason);
  return 1;
}

void sw_head_parse(struct sw_head *h, const char *p, size_t n) {
  size_t at = 0;
  size_t next;
  memset(h, 0, sizeof *h);
  h->p = p;
  h->n = p == NULL ? 0 : n;
  h->lines = h->n;
  while (at < h->n) {
    struct sw_str line = line_at(h, at, &next);
    if (parse_status(h, line)) {
      h->lines = next;
    }
    at = next;
  }
}

/* RFC 9110 token characters. */
static int is_name(struct sw_str s) {
  size_t i;
  if (s.n == 0) {
    return 0;
  }
  for (i = 0; i < s.n; i++) {
    if (!sw_is_alnum(s.p[i]) &&
        (s.p[i] == '\0' || strchr("!#$%&'*+-.^_`|~", s.p[i]) == NULL)) {
      return 0;
    }
  }
  return 1;
}

int sw_head_next(const struct sw_head *h, size_t *at, struct sw_header *out) {
  size_t next = *at < h->lines ? h->lines : *at;
  while (next < h->n) {
    struct sw_str line = line_at(h, next, &next);
    const char *colon;
    if (line.n == 0) {
      break;
    }
    colon = memchr(line.p, ':', line.n);
    if (colon == NULL) {
      continue;
    }
    out->name.p = line.p;
    out->name.n = (size_t)(colon - line.p);
    out->value.p = colon + 1;
    out->value.n = line.n - out->name.n - 1;
    out->value = trim(out->value);
    if (is_name(out->name)) {
      *at = next;
      return 1;
    }
  }
  *at = h->n;
  return 0;
}

static int find(const struct sw_head *h, const char *name, int last,
                struct sw_str *out) {
  struct sw_header line;
  size_t at = 0;
  int found = 0;
  out->p = "";
  out->n = 0;
  while (sw_head_next(h, &at, &line)) {
    if (sw_same_case(line.name.p, line.name.n, name, strlen(name))) {
      *out = line.value;
      found = 1;
      if (!last) {
        break;
      }
    }
  }
  return found;
}

int sw_head_first(const struct sw_head *h, const char *name,
                  struct sw_str *out) {
  return find(h, name, 0, out);
}

int sw_head_last(const struct sw_head *h, const char *name,
                 struct sw_str *out) {
  return find(h, name, 1, out);
}

int sw_head_request_id(const struct sw_head *h, struct sw_str *out) {
  static const char *const names[] = {
      "X-Request-Id",      "Request-Id",      "X-Correlation-Id",
      "X-Kong-Request-Id", "X-Amzn-Trace-Id", "CF-Ray"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (sw_head_first(h, names[i], out) && out->n > 0) {
      return 1;
    }
  }
  out->p = "";
  out->n = 0;
  return 0;
}

/* The Content-Type without its parameters. */
static struct sw_str media_type(const struct sw_head *h) {
  struct sw_str type;
  const char *end;
  sw_head_last(h, "Content-Type", &type);
  end = memchr(type.p, ';', type.n);
  if (end != NULL) {
    type.n = (size_t)(end - type.p);
  }
  return trim(type);
}

static int same(struct sw_str s, const char *word) {
  return sw_same_case(s.p, s.n, word, strlen(word));
}

int sw_head_is_json(const struct sw_head *h) {
  struct sw_str type = media_type(h);
  struct sw_str tail = type;
  if (type.n > 5) {
    tail.p = type.p + type.n - 5;
    tail.n = 5;
  }
  return same(type, "application/json") || same(type, "text/json") ||
         (type.n > 5 && same(tail, "+json"));
}

int sw_head_is_html(const struct sw_head *h) {
  struct sw_str type = media_type(h);
  return same(type, "text/html") || same(type, "application/xhtml+xml");
}

/* For servers that send no phrase. */
static const char *phrase(int status) {
  static const struct {
    int status;
    const char *text;
  } known[] = {{200, "OK"},
               {201, "Created"},
               {301, "Moved Permanently"},
               {302, "Found"},
               {303, "See Other"},
               {307, "Temporary Redirect"},
               {308, "Permanent Redirect"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {408, "Request Timeout"},
               {409, "Conflict"},
               {410, "Gone"},
               {413, "Content Too Large"},
               {415, "Unsupported Media Type"},
               {422, "Unprocessable Content"},
               {429, "Too Many Requests"},
               {500, "Internal Server Error"},
               {502, "Bad Gateway"},
               {503, "Service Unavailable"},
               {504, "Gateway Timeout"}};
  size_t i;
  for (i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (known[i].status == status) {
      return known[i].text;
    }
  }
  return "";
}

struct sw_str sw_head_reason(const struct sw_head *h, int status) {
  struct sw_str s;
  s.p = phrase(status);
  s.n = strlen(s.p);
  return h != NULL && h->reason.n > 0 ? h->reason : s;
}
