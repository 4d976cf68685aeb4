/* Failures: their texts, their life, and those that libcurl reports. What a
   service says is read in fail_reply.c. See fail.h. */
#include "fail.h"

#include <string.h>

#include "alloc.h"
#include "hint.h"
#include "text.h"

#define SLACK 16 /* an ellipsis and a NUL */
#define ARENA_MAX                                                            \
  (SW_FAIL_FIELDS *                                                          \
   (SW_FAIL_NAME + SLACK + SW_FAIL_TEXTS * (SW_FAIL_TEXT + SLACK)))

static const char *const kinds[] = {
    "none",       "network",   "timeout",   "tls",
    "auth",       "forbidden", "not_found", "invalid",
    "conflict",   "rate_limit", "server",   "protocol",
    "signature",  "session_lost", "cancelled", "unsupported"};

static const char *const stages[] = {"build", "dns",     "connect",
                                     "tls",   "send",    "wait",
                                     "receive", "decode", "done"};

const char *sw_fail_kind_name(enum sw_fail_kind kind) {
  size_t i = (size_t)kind;
  return i < sizeof kinds / sizeof kinds[0] ? kinds[i] : kinds[0];
}

const char *sw_stage_name(enum sw_stage stage) {
  size_t i = (size_t)stage;
  return i < sizeof stages / sizeof stages[0] ? stages[i] : stages[0];
}

void sw_fail_free(struct sw_fail *f) {
  sw_buf_free(&f->message);
  sw_buf_free(&f->own_hint);
  sw_buf_free(&f->code);
  sw_buf_free(&f->body);
  sw_buf_free(&f->request_id);
  sw_buf_free(&f->arena);
  sw_free(f->fields);
  memset(f, 0, sizeof *f);
}

static void prepare(struct sw_fail *f) {
  sw_fail_free(f);
  sw_buf_init(&f->message, SW_FAIL_MESSAGE + SLACK);
  sw_buf_init(&f->own_hint, SW_FAIL_MESSAGE + SLACK);
  sw_buf_init(&f->code, SW_FAIL_CODE + SLACK);
  sw_buf_init(&f->body, SW_FAIL_BODY + SLACK);
  sw_buf_init(&f->request_id, SW_FAIL_NAME + SLACK);
  sw_buf_init(&f->arena, ARENA_MAX);
}

int sw_fail_set(struct sw_fail *f, enum sw_fail_kind kind,
                enum sw_stage stage, const char *message, size_t n,
                const char *hint) {
  prepare(f);
  f->kind = kind;
  f->stage = stage;
  f->hint = hint;
  sw_text_show(&f->message, message, n, SW_FAIL_MESSAGE);
  if (sw_buf_seal(&f->message) != 0) {
    sw_fail_free(f);
    return -1;
  }
  return 0;
}

static struct sw_str span(const struct sw_fail *f, struct sw_fail_span s) {
  struct sw_str out = {"", 0};
  if (s.n > 0 && s.at <= f->arena.len && s.n <= f->arena.len - s.at) {
    out.p = f->arena.data + s.at;
    out.n = s.n;
  }
  return out;
}

struct sw_str sw_fail_name(const struct sw_fail *f, size_t field) {
  struct sw_str none = {"", 0};
  return field < f->field_count ? span(f, f->fields[field].name) : none;
}

struct sw_str sw_fail_text(const struct sw_fail *f, size_t field, size_t k) {
  struct sw_str none = {"", 0};
  if (field >= f->field_count || k >= f->fields[field].count) {
    return none;
  }
  return span(f, f->fields[field].texts[k]);
}

/* Appends to the arena; on failure its length is as before. */
static int put(struct sw_fail *f, const char *p, size_t n, size_t cap,
               struct sw_fail_span *out) {
  size_t at = f->arena.len;
  if (sw_text_show(&f->arena, p, n, cap) != 0) {
    f->arena.len = at;
    f->arena.failed = SW_BUF_OK;
    return -1;
  }
  out->at = at;
  out->n = f->arena.len - at;
  return 0;
}

/* The field whose shown name is at `name`, or field_count. */
static size_t field_named(const struct sw_fail *f, struct sw_fail_span name) {
  struct sw_str want = span(f, name);
  size_t i;
  for (i = 0; i < f->field_count; i++) {
    struct sw_str have = sw_fail_name(f, i);
    if (have.n == want.n && memcmp(have.p, want.p, want.n) == 0) {
      break;
    }
  }
  return i;
}

int sw_fail_note(struct sw_fail *f, const char *name, size_t name_n,
                 const char *text, size_t text_n) {
  struct sw_fail_span key;
  struct sw_fail_field *field;
  size_t before = f->arena.len;
  size_t i;
  if (f->fields == NULL) {
    size_t size = SW_FAIL_FIELDS * sizeof *f->fields;
    f->fields = sw_malloc(size);
    if (f->fields == NULL) {
      return -1;
    }
    memset(f->fields, 0, size);
  }
  if (put(f, name, name_n, SW_FAIL_NAME, &key) != 0) {
    return -1;
  }
  i = field_named(f, key);
  if (i == SW_FAIL_FIELDS ||
      (i < f->field_count && f->fields[i].count == SW_FAIL_TEXTS)) {
    f->arena.len = before;
    return 0;
  }
  field = &f->fields[i];
  if (i < f->field_count) {
    f->arena.len = before;
  } else {
    field->name = key;
  }
  if (put(f, text, text_n, SW_FAIL_TEXT, &field->texts[field->count]) != 0) {
    f->arena.len = before;
    return -1;
  }
  field->count++;
  if (i == f->field_count) {
    f->field_count++;
  }
  return 0;
}

void sw_fail_judge(struct sw_fail *f, const struct sw_verdict *v) {
  f->retryable = v->retryable;
  f->ambiguous = v->ambiguous;
  if (v->ambiguous) {
    f->hint = "nobody knows whether it was done: look before you send it "
              "again";
  }
}

/* "host:port" of an address, without user, path or query. */
static void add_origin(struct sw_buf *b, const char *url) {
  const char *p = url == NULL ? NULL : strstr(url, "://");
  const char *at;
  size_t n, i;
  int port = 0;
  if (p == NULL) {
    sw_buf_adds(b, "the service");
    return;
  }
  p += 3;
  n = strcspn(p, "/?#\\");
  for (at = p, i = 0; i < n; i++) {
    if (p[i] == '@') {
      at = p + i + 1;
    }
  }
  n -= (size_t)(at - p);
  sw_text_show(b, at, n, 260);
  for (i = n; i > 0 && at[i - 1] != ']'; i--) {
    port = port || at[i - 1] == ':';
  }
  if (!port) {
    sw_buf_adds(b, strncmp(url, "http:", 5) == 0 ? ":80" : ":443");
  }
}

static struct sw_str words_of(const char *text) {
  struct sw_str s;
  s.p = text;
  s.n = strlen(text);
  return s;
}

/* The telling part of libcurl's words, or "". */
static const char *reason(const char *detail) {
  static const char *const known[] = {
      "Connection refused",     "Connection reset by peer",
      "No route to host",       "Network is unreachable",
      "Connection timed out",   "Host is unreachable",
      "Permission denied",      "Broken pipe"};
  static const char *const empty[] = {"couldn't connect to server",
                                      "could not connect to server"};
  size_t i;
  for (i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strstr(detail, known[i]) != NULL) {
      return known[i];
    }
  }
  for (i = 0; i < sizeof empty / sizeof empty[0]; i++) {
    if (sw_hint_find(words_of(detail), empty[i]) >= 0) {
      return "";
    }
  }
  return detail;
}

static const char *lead_network(const struct sw_transfer *t) {
  if (sw_hint_proxy(t)) {
    return "the proxy failed on the way to ";
  }
  switch (t->stage) {
  case SW_STAGE_BUILD:
  case SW_STAGE_CONNECT:
    return "cannot connect to ";
  case SW_STAGE_DNS:
    return "cannot find the address of ";
  case SW_STAGE_TLS:
    return "the TLS handshake was cut by ";
  case SW_STAGE_SEND:
    return "the connection broke while the request was sent to ";
  case SW_STAGE_WAIT:
    return "the connection broke before an answer came from ";
  default:
    return "the connection broke during the answer of ";
  }
}

static const char *lead_timeout(enum sw_stage stage) {
  switch (stage) {
  case SW_STAGE_DNS:
    return "time ran out while looking up ";
  case SW_STAGE_BUILD:
  case SW_STAGE_CONNECT:
    return "time ran out while connecting to ";
  case SW_STAGE_TLS:
    return "time ran out during the TLS handshake with ";
  case SW_STAGE_SEND:
    return "time ran out while sending to ";
  case SW_STAGE_WAIT:
    return "time ran out while waiting for an answer from ";
  default:
    return "time ran out during the answer of ";
  }
}

struct sentence {
  enum sw_fail_kind kind;
  const char *lead;
  int words; /* 1: libcurl's words follow */
};

/* In the order of enum sw_fault. */
static const struct sentence sentences[] = {
    {SW_FAIL_PROTOCOL, "no use could be made of the answer of ", 1},
    {SW_FAIL_NETWORK, NULL, 1},
    {SW_FAIL_TIMEOUT, NULL, 0},
    {SW_FAIL_TLS, "no trusted TLS connection to ", 1},
    {SW_FAIL_NETWORK, "the reply was cut off by ", 1},
    {SW_FAIL_PROTOCOL, "the reply is larger than allowed from ", 0},
    {SW_FAIL_PROTOCOL, "the reply cannot be decompressed from ", 1},
    {SW_FAIL_PROTOCOL, "no HTTP is spoken by ", 1},
    {SW_FAIL_PROTOCOL,
     "the service named an upload host whose address is private or this "
     "machine's own: no file was sent to ", 0},
    {SW_FAIL_INVALID,
     "the file could not be read to its end while it was sent to ", 1},
    {SW_FAIL_CANCELLED, "this side stopped the call to ", 0},
    {SW_FAIL_UNSUPPORTED, "out of memory during the call to ", 0},
    {SW_FAIL_CANCELLED,
     "begun before a fork and not to be followed here: the call to ", 0}};

static struct sentence sentence_for(const struct sw_transfer *t) {
  size_t i = (size_t)t->fault;
  struct sentence s =
      sentences[i < sizeof sentences / sizeof sentences[0] ? i : 0];
  if (t->fault == SW_FAULT_TLS && sw_hint_cut(t->detail)) {
    s.kind = SW_FAIL_NETWORK;
    s.lead = "the TLS handshake was cut by ";
  } else if (s.lead == NULL && s.kind == SW_FAIL_TIMEOUT) {
    s.lead = lead_timeout(t->stage);
  } else if (s.lead == NULL) {
    s.lead = lead_network(t);
    s.words = t->stage != SW_STAGE_DNS || sw_hint_proxy(t);
  }
  return s;
}

int sw_fail_from_transfer(struct sw_fail *f, const struct sw_transfer *t) {
  struct sentence s = sentence_for(t);
  const char *words = s.words ? reason(t->detail) : "";
  struct sw_buf text;
  int result = -1;
  sw_buf_init(&text, 2048);
  sw_buf_adds(&text, s.lead);
  add_origin(&text, t->url);
  if (words[0] != '\0') {
    sw_buf_adds(&text, ": ");
    sw_buf_adds(&text, words);
  }
  if (!text.failed) {
    result = sw_fail_set(f, s.kind, t->stage, text.data, text.len,
                         sw_hint_fault(t));
  }
  sw_buf_free(&text);
  if (result == 0) {
    f->status = t->status;
  } else {
    sw_fail_free(f);
  }
  return result;
}
