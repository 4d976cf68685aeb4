/* Takes secrets out of a failure's texts, also where escapes stand for their
   bytes, in base64, and where a cap cut them: see sw_fail_redact in fail.h.
   A secret is walked beside the text: each of its characters may stand there
   in any spelling, whatever the spelling of the one before.
   Must not know: whose secrets they are. */
#include <string.h>

#include "alloc.h"
#include "fail.h"
#include "text.h"

#define SHORTEST 6        /* bytes of a secret, or of what a cap left of it */
#define SHORTEST_CODED 12 /* the same in characters of base64 */
#define PATTERNS 4        /* of one secret, at most */
#define LAYERS 3          /* an escape that was escaped in turn, and again */
#define WAYS 32
#define CUT_ESCAPE 24     /* bytes that a cap may have left of an escape */
#define MASK "[secret]"
#define ELLIPSIS "\xE2\x80\xA6"

/* {==== escapes ==== */

static int hex(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = sw_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many digits are at p, `most` (up to 8) at most; their number in *code,
   which is left alone when there is none. */
static size_t digits(const char *p, size_t n, uint32_t base, size_t most,
                     uint32_t *code) {
  uint32_t number = 0;
  size_t i;
  for (i = 0; i < n && i < most; i++) {
    int digit = hex(p[i]);
    if (digit < 0 || (uint32_t)digit >= base) {
      break;
    }
    number = number * base + (uint32_t)digit;
  }
  if (i > 0) {
    *code = number;
  }
  return i;
}

/* These read what follows the first character of an escape: its length and
   the number of what it stands for, or 0. n is not 0. */

static size_t after_percent(const char *p, size_t n, uint32_t *code) {
  if (p[0] == 'u') { /* never a standard, still written */
    return digits(p + 1, n - 1, 16, 4, code) == 4 ? 5 : 0;
  }
  return digits(p, n, 16, 2, code) == 2 ? 2 : 0;
}

static size_t after_backslash(const char *p, size_t n, uint32_t *code) {
  static const char from[] = "nrtbfv0";
  static const char to[] = "\n\r\t\b\f\v\0";
  const char *hit = memchr(from, p[0], sizeof from - 1);
  if (p[0] == 'u' && n > 1 && p[1] == '{') {
    size_t end = 2 + digits(p + 2, n - 2, 16, 6, code);
    return end > 2 && end < n && p[end] == '}' ? end + 1 : 0;
  }
  if (p[0] == 'u' && digits(p + 1, n - 1, 16, 4, code) == 4) {
    return 5;
  }
  if (p[0] == 'x' && digits(p + 1, n - 1, 16, 2, code) == 2) {
    return 3;
  }
  *code = (unsigned char)(hit != NULL ? to[hit - from] : p[0]);
  return *code < 0x80; /* half a character is none */
}

/* HTML has a name for each of ASCII's punctuation marks, and there are
   programs that write them all. */
static size_t named(const char *p, size_t n, uint32_t *code) {
  static const struct {
    const char *name;
    char c;
  } names[] = {
      {"amp", '&'},     {"lt", '<'},      {"gt", '>'},      {"quot", '"'},
      {"apos", '\''},   {"Tab", '\t'},    {"NewLine", '\n'}, {"excl", '!'},
      {"num", '#'},     {"dollar", '$'},  {"percnt", '%'},  {"lpar", '('},
      {"rpar", ')'},    {"ast", '*'},     {"plus", '+'},    {"comma", ','},
      {"period", '.'},  {"sol", '/'},     {"colon", ':'},   {"semi", ';'},
      {"equals", '='},  {"quest", '?'},   {"commat", '@'},  {"lsqb", '['},
      {"lbrack", '['},  {"bsol", '\\'},   {"rsqb", ']'},    {"rbrack", ']'},
      {"Hat", '^'},     {"lowbar", '_'},  {"grave", '`'},   {"lcub", '{'},
      {"lbrace", '{'},  {"vert", '|'},    {"verbar", '|'},  {"rcub", '}'},
      {"rbrace", '}'}};
  size_t i, end;
  for (end = 0; end < n && sw_is_alnum(p[end]) && end < 8; end++) {
  }
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (sw_same_case(p, end, names[i].name, strlen(names[i].name))) {
      *code = (unsigned char)names[i].c;
      return end;
    }
  }
  return 0;
}

static size_t after_ampersand(const char *p, size_t n, uint32_t *code) {
  size_t end = 0;
  if (p[0] == '#') {
    int x = n > 1 && sw_lower(p[1]) == 'x';
    size_t from = x ? 2 : 1;
    end = from + digits(p + from, n - from, x ? 16 : 10, 8, code);
    end = end == from ? 0 : end;
  } else {
    end = named(p, n, code);
  }
  return end > 0 && end < n && p[end] == ';' ? end + 1 : 0;
}

static int begins_escape(char c) {
  return c == '%' || c == '\\' || c == '&';
}

/* What is at p when so many escapes, one within the other, are undone: its
   length and its number, or 0. "&amp;lt;" is "&" undone once and "<" undone
   twice. */
static size_t spelt(const char *p, size_t n, int layers, uint32_t *code) {
  uint32_t lead = 0;
  size_t at, more = 0;
  if (n == 0) {
    return 0;
  }
  if (layers == 0) {
    return sw_utf8_next(p, n, code);
  }
  at = begins_escape(p[0]) ? spelt(p, n, layers - 1, &lead) : 0;
  if (at == 0 || at == n) {
    return 0;
  }
  if (lead == '%') {
    more = after_percent(p + at, n - at, code);
  } else if (lead == '\\') {
    more = after_backslash(p + at, n - at, code);
  } else if (lead == '&') {
    more = after_ampersand(p + at, n - at, code);
  }
  return more > 0 ? at + more : 0;
}

/* Is this where a cap cut the text? An escape may be cut too. */
static int is_cut(const char *p, size_t n) {
  size_t i = 0;
  if (n > 0 && begins_escape(p[0])) {
    while (i < n && i < CUT_ESCAPE &&
           (sw_is_alnum(p[i]) || memchr("%\\&#;{}", p[i], 7) != NULL)) {
      i++;
    }
  }
  return i == n ||
         (n - i >= 3 && memcmp(p + i, ELLIPSIS, sizeof ELLIPSIS - 1) == 0);
}

/* } */

/* {==== what is looked for ==== */

/* One character of a secret: the rows of numbers that may stand for it. */
struct unit {
  uint32_t row[3][4];
  size_t len[3]; /* 0: no such row */
};

/* A secret, or as much of its base64 as no neighbour has a say in. */
struct pattern {
  struct sw_str secret;
  int coded;     /* base64: what is counted are bits, not bytes */
  size_t from;
  size_t enough; /* from here on what a cap left is taken out too */
  uint32_t begins[3]; /* numbers that the first character may have */
};

/* The character there; returns how many bytes it has, 0 at the end. */
static size_t unit_plain(struct sw_str s, size_t at, struct unit *u) {
  uint32_t code = 0;
  size_t n = at < s.n ? sw_utf8_next(s.p + at, s.n - at, &code) : 0;
  size_t i;
  memset(u, 0, sizeof *u);
  if (n == 0) { /* no UTF-8: shown as the number of the byte */
    code = at < s.n ? (unsigned char)s.p[at] : 0;
    n = at < s.n;
  }
  u->row[0][0] = code;
  u->len[0] = 1;
  if (code == ' ') {
    u->row[1][0] = '+';
    u->len[1] = 1;
  }
  if (n > 1) {
    for (i = 0; i < n; i++) {
      u->row[1][i] = (unsigned char)s.p[at + i];
    }
    u->len[1] = n;
  }
  if (code >= 0x10000) {
    u->row[2][0] = 0xD800 + ((code - 0x10000) >> 10);
    u->row[2][1] = 0xDC00 + ((code - 0x10000) & 0x3FF);
    u->len[2] = 2;
  }
  return n;
}

/* The six bits there, as both alphabets write them; returns 6, 0 when there
   are no six left. */
static size_t unit_coded(struct sw_str s, size_t at, struct unit *u) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned two, six;
  if (s.n * 8 - at < 6) {
    return 0;
  }
  two = (unsigned)(unsigned char)s.p[at / 8] << 8;
  if (at / 8 + 1 < s.n) {
    two |= (unsigned char)s.p[at / 8 + 1];
  }
  six = two >> (10 - at % 8) & 63;
  memset(u, 0, sizeof *u);
  u->row[0][0] = (unsigned char)plain[six];
  u->len[0] = 1;
  if (six >= 62) {
    u->row[1][0] = six == 62 ? '-' : '_';
    u->len[1] = 1;
  }
  return 6;
}

static size_t unit_at(const struct pattern *t, size_t at, struct unit *u) {
  return t->coded ? unit_coded(t->secret, at, u)
                  : unit_plain(t->secret, at, u);
}

/* } */

/* {==== the walk ==== */

/* Where in the text the walk may be: "%25" is one byte of a secret or three.
   Only a secret with ten backslashes in a row, each of them escaped in a way
   of its own, has more ways than there is room for; the plain one comes first
   and is never left out. */
struct ways {
  size_t at[WAYS];
  size_t n;
};

static void add_way(struct ways *w, size_t at) {
  size_t i;
  for (i = 0; i < w->n; i++) {
    if (w->at[i] == at) {
      return;
    }
  }
  if (w->n < WAYS) {
    w->at[w->n++] = at;
  }
}

/* Adds each place where the character may end that begins at p + at. */
static void step(const char *p, size_t n, size_t at, const struct unit *u,
                 struct ways *out) {
  int most = at < n && begins_escape(p[at]) ? LAYERS : 0;
  int layers;
  size_t i, k;
  for (layers = 0; layers <= most; layers++) {
    for (i = 0; i < 3; i++) {
      size_t end = at;
      for (k = 0; k < u->len[i]; k++) {
        uint32_t code = 0;
        size_t len = spelt(p + end, n - end, layers, &code);
        if (len == 0 || code != u->row[i][k]) {
          break;
        }
        end += len;
      }
      if (k > 0 && k == u->len[i]) {
        add_way(out, end);
      }
    }
  }
}

/* Base64 is written in lines; a line's end is shown as \r\n or \n. */
static size_t line_ends(const char *p, size_t n) {
  size_t at = 0;
  while (n - at >= 2 && p[at] == '\\' &&
         (p[at + 1] == 'r' || p[at + 1] == 'n')) {
    at += 2;
  }
  return at;
}

/* Bytes at p that are the secret, or so much of it as a cap left. */
static size_t match(const char *p, size_t n, const struct pattern *t) {
  struct ways pair[2], *now = &pair[0], *next = &pair[1];
  struct unit u;
  size_t at = t->from, end = 0;
  size_t i, taken;
  now->at[0] = 0;
  now->n = 1;
  taken = unit_at(t, at, &u);
  while (taken > 0 && now->n > 0) {
    struct ways *was = now;
    next->n = 0;
    for (i = 0; i < now->n; i++) {
      size_t here = now->at[i];
      if (t->coded && at > t->from) {
        here += line_ends(p + here, n - here);
      }
      if (at >= t->enough && here > end && is_cut(p + here, n - here)) {
        end = here;
      }
      step(p, n, here, &u, next);
    }
    now = next;
    next = was;
    at += taken;
    taken = unit_at(t, at, &u);
  }
  for (i = 0; i < now->n; i++) {
    end = now->at[i] > end ? now->at[i] : end;
  }
  return end;
}

/* } */

/* {==== masking ==== */

struct mask {
  struct pattern *patterns;
  size_t count;
};

static void add_pattern(struct mask *m, struct sw_str secret, int coded,
                        size_t from, size_t enough) {
  struct pattern *t = &m->patterns[m->count++];
  struct unit u;
  size_t i;
  t->secret = secret;
  t->coded = coded;
  t->from = from;
  t->enough = enough;
  unit_at(t, from, &u);
  for (i = 0; i < 3; i++) {
    t->begins[i] = u.row[u.len[i] > 0 ? i : 0][0];
  }
}

/* In base64 a secret begins on the first, the second or the third byte of
   three: so many of its bits are in a character that the byte ahead of it
   has a say in. */
static void add_patterns(struct mask *m, struct sw_str secret) {
  static const size_t shared[] = {0, 4, 2};
  size_t i;
  if (secret.n >= SHORTEST) {
    add_pattern(m, secret, 0, 0, SHORTEST);
  }
  for (i = 0; i < 3 && secret.n < (size_t)-1 / 8; i++) {
    size_t enough = shared[i] + SHORTEST_CODED * 6;
    if (secret.n * 8 >= enough) {
      add_pattern(m, secret, 1, shared[i], enough);
    }
  }
}

static int may_begin(const struct pattern *t, uint32_t code) {
  return code == t->begins[0] || code == t->begins[1] ||
         code == t->begins[2];
}

/* How much of the text there is any of the secrets. */
static size_t longest(const struct mask *m, const char *p, size_t n) {
  int layers = begins_escape(p[0]) ? LAYERS : 0;
  uint32_t codes[LAYERS + 1];
  size_t most = 0, count = 0;
  size_t i, k;
  for (; layers >= 0; layers--) {
    count += spelt(p, n, layers, &codes[count]) > 0;
  }
  for (i = 0; i < m->count; i++) {
    for (k = 0; k < count; k++) {
      if (may_begin(&m->patterns[i], codes[k])) {
        size_t found = match(p, n, &m->patterns[i]);
        most = found > most ? found : most;
        break;
      }
    }
  }
  return most;
}

/* Secrets that overlap become one mask. */
static int mask_text(const struct mask *m, struct sw_str text,
                     struct sw_buf *out) {
  size_t at, end = 0;
  for (at = 0; at < text.n; at++) {
    size_t found = longest(m, text.p + at, text.n - at);
    if (found > 0 && at >= end) {
      sw_buf_add(out, SW_LIT(MASK));
    }
    if (found > 0 && at + found > end) {
      end = at + found;
    }
    if (at >= end) {
      sw_buf_addc(out, text.p[at]);
    }
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

/* } */

int sw_fail_redact(struct sw_fail *f, const struct sw_str *secrets,
                   size_t n) {
  struct mask m = {NULL, 0};
  int result = -1;
  size_t i;
  if (n == 0) {
    return 0;
  }
  if (n <= (size_t)-1 / PATTERNS / sizeof *m.patterns) {
    m.patterns = sw_malloc(n * PATTERNS * sizeof *m.patterns);
  }
  if (m.patterns != NULL) {
    for (i = 0; i < n; i++) {
      add_patterns(&m, secrets[i]);
    }
    result = m.count > 0 ? mask_all(&m, f) : 0;
  }
  if (result != 0) {
    empty(f);
  }
  sw_free(m.patterns);
  return result;
}
