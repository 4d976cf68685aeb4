/* Takes secrets out of a failure's texts, also where an escape stands for one
   of their bytes and where a cap cut them: see sw_fail_redact in fail.h.
   Must not know: whose secrets they are. */
#include <string.h>

#include "alloc.h"
#include "fail.h"
#include "text.h"

#define SHORTEST 6
#define MASK "[secret]"
#define ELLIPSIS "\xE2\x80\xA6"

static int hex(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = sw_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int is_byte(const char *p, char c) {
  int high = hex(p[0]);
  int low = hex(p[1]);
  return high >= 0 && low >= 0 && high * 16 + low == (unsigned char)c;
}

/* How many bytes at p stand for c, as it is or escaped; 0: none do. A % or a
   backslash may be both: `escaped` says which is tried first. */
static size_t stands_for(const char *p, size_t n, char c, int escaped) {
  if (p[0] == c && !escaped) {
    return 1;
  }
  if (p[0] == '+' && c == ' ') {
    return 1;
  }
  if (p[0] == '%' && n >= 3 && is_byte(p + 1, c)) {
    return 3;
  }
  if (p[0] == '\\' && n >= 2 && p[1] == c) {
    return 2;
  }
  if (p[0] == '\\' && n >= 6 && memcmp(p + 1, "u00", 3) == 0 &&
      is_byte(p + 4, c)) {
    return 6;
  }
  return p[0] == c;
}

/* \uXXXX of that number at p? */
static int is_unit(const char *p, size_t n, uint32_t unit) {
  return n >= 6 && p[0] == '\\' && p[1] == 'u' &&
         is_byte(p + 2, (char)(unsigned char)(unit >> 8)) &&
         is_byte(p + 4, (char)(unsigned char)(unit & 255));
}

/* How many bytes at p are the JSON escape of the character at `secret`, which
   is *taken bytes long; 0: none are. */
static size_t stands_for_char(const char *p, size_t n, const char *secret,
                              size_t left, size_t *taken) {
  uint32_t code = 0;
  *taken = sw_utf8_next(secret, left, &code);
  if (*taken < 2) {
    return 0;
  }
  if (code < 0x10000) {
    return is_unit(p, n, code) ? 6 : 0;
  }
  code -= 0x10000;
  return n >= 12 && is_unit(p, 6, 0xD800 + (code >> 10)) &&
                 is_unit(p + 6, 6, 0xDC00 + (code & 0x3FF))
             ? 12
             : 0;
}

/* Is this where a cap cut the text? An escape may be cut too. */
static int is_cut(const char *p, size_t n) {
  if (n >= 3 && memcmp(p, ELLIPSIS, 3) == 0) {
    return 1;
  }
  if (n > 0 && (p[0] == '%' || p[0] == '\\')) {
    size_t i;
    for (i = 1; i < 6 && i < n && (sw_is_alnum(p[i])); i++) {
    }
    return i == n || (n - i >= 3 && memcmp(p + i, ELLIPSIS, 3) == 0);
  }
  return n == 0;
}

/* Bytes at p that are the secret, or so much of it as a cap left. */
static size_t match_as(const char *p, size_t n, const struct sw_buf *secret,
                       int escaped) {
  size_t at = 0;
  size_t i = 0;
  while (i < secret->len) {
    size_t taken = 1;
    size_t step = 0;
    if (at < n) {
      step = stands_for(p + at, n - at, secret->data[i], escaped);
    }
    if (step == 0 && at < n) {
      step = stands_for_char(p + at, n - at, secret->data + i,
                             secret->len - i, &taken);
    }
    if (step == 0) {
      return i >= SHORTEST && is_cut(p + at, n - at) ? at : 0;
    }
    at += step;
    i += taken;
  }
  return at;
}

static size_t match(const char *p, size_t n, const struct sw_buf *secret) {
  size_t plain = match_as(p, n, secret, 0);
  size_t escaped = match_as(p, n, secret, 1);
  return plain > escaped ? plain : escaped;
}

struct mask {
  struct sw_buf *secrets; /* as they would be shown */
  size_t count;
};

static int mask_text(const struct mask *m, struct sw_str text,
                     struct sw_buf *out) {
  size_t at = 0;
  while (at < text.n) {
    size_t longest = 0;
    size_t i;
    for (i = 0; i < m->count; i++) {
      size_t n = m->secrets[i].len < SHORTEST
                     ? 0
                     : match(text.p + at, text.n - at, &m->secrets[i]);
      longest = n > longest ? n : longest;
    }
    if (longest > 0) {
      sw_buf_add(out, SW_LIT(MASK));
    } else {
      sw_buf_addc(out, text.p[at]);
    }
    at += longest > 0 ? longest : 1;
  }
  return out->failed ? -1 : 0;
}

/* Room for masks that are longer than what they stand for. */
static size_t room(size_t n) {
  return n * 2 + 16;
}

static int mask_buf(const struct mask *m, struct sw_buf *b) {
  struct sw_buf fresh;
  struct sw_str text;
  if (b->len == 0) {
    return 0;
  }
  text.p = b->data;
  text.n = b->len;
  sw_buf_init(&fresh, room(b->len));
  if (mask_text(m, text, &fresh) != 0 || sw_buf_seal(&fresh) != 0) {
    sw_buf_free(&fresh);
    return -1;
  }
  sw_buf_wipe(b);
  *b = fresh;
  return 0;
}

static int mask_span(const struct mask *m, const struct sw_fail *f,
                     struct sw_fail_span *span, struct sw_buf *arena) {
  struct sw_str text;
  size_t at = arena->len;
  if (span->n == 0) {
    return 0;
  }
  text.p = f->arena.data + span->at;
  text.n = span->n;
  if (mask_text(m, text, arena) != 0) {
    return -1;
  }
  span->at = at;
  span->n = arena->len - at;
  return 0;
}

static int mask_fields(const struct mask *m, struct sw_fail *f) {
  struct sw_buf arena;
  size_t i, k;
  sw_buf_init(&arena, room(f->arena.len));
  for (i = 0; i < f->field_count; i++) {
    struct sw_fail_field *field = &f->fields[i];
    int failed = mask_span(m, f, &field->name, &arena);
    for (k = 0; !failed && k < field->count; k++) {
      failed = mask_span(m, f, &field->texts[k], &arena);
    }
    if (failed) {
      f->field_count = 0;
      sw_buf_wipe(&arena);
      return -1;
    }
  }
  sw_buf_wipe(&f->arena);
  f->arena = arena;
  return 0;
}

static int mask_all(const struct mask *m, struct sw_fail *f) {
  int own = f->hint != NULL && f->hint == f->own_hint.data;
  if (mask_buf(m, &f->message) != 0 || mask_buf(m, &f->code) != 0 ||
      mask_buf(m, &f->body) != 0 || mask_buf(m, &f->request_id) != 0 ||
      mask_fields(m, f) != 0 || mask_buf(m, &f->own_hint) != 0) {
    return -1;
  }
  if (own) {
    f->hint = f->own_hint.data;
  }
  return 0;
}

static void empty(struct sw_fail *f) {
  if (f->hint == f->own_hint.data) {
    f->hint = NULL;
  }
  f->field_count = 0;
  sw_buf_wipe(&f->message);
  sw_buf_wipe(&f->code);
  sw_buf_wipe(&f->body);
  sw_buf_wipe(&f->request_id);
  sw_buf_wipe(&f->own_hint);
  sw_buf_wipe(&f->arena);
}

int sw_fail_redact(struct sw_fail *f, const struct sw_str *secrets,
                   size_t n) {
  struct mask m = {NULL, 0};
  int result = 0;
  size_t i;
  if (n == 0) {
    return 0;
  }
  if (n > (size_t)-1 / sizeof *m.secrets) {
    empty(f);
    return -1;
  }
  m.secrets = sw_malloc(n * sizeof *m.secrets);
  if (m.secrets == NULL) {
    empty(f);
    return -1;
  }
  for (i = 0; i < n && result == 0; i++) {
    size_t most = secrets[i].n * 12; /* no byte is shown longer */
    sw_buf_init(&m.secrets[i], most);
    m.count++;
    result = secrets[i].n == 0
                 ? 0
                 : sw_text_show(&m.secrets[i], secrets[i].p, secrets[i].n,
                                most);
  }
  if (result == 0) {
    result = mask_all(&m, f);
  }
  if (result != 0) {
    empty(f);
  }
  for (i = 0; i < m.count; i++) {
    sw_buf_wipe(&m.secrets[i]);
  }
  sw_free(m.secrets);
  return result;
}
