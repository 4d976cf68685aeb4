/* A secret, made of the input, put into texts character by character in
   spellings that the input chooses, or in base64: after redaction none of
   these spellings is left, nor six bytes of one that a cap cut. The first
   bytes choose, the rest is what stands around it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/fail.h"
#include "../../src/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input; zeros after its end. */
struct input {
  const uint8_t *p;
  size_t n;
};

/* The secret and one way to write it. */
struct form {
  char secret[64];
  size_t secret_n;
  char text[2048];
  size_t n;
  size_t six; /* bytes of text that hold the first six of the secret */
};

static void must(int so) {
  if (!so) {
    abort();
  }
}

static unsigned next(struct input *in) {
  if (in->n == 0) {
    return 0;
  }
  in->n--;
  return *in->p++;
}

static int holds(const char *p, size_t n, const char *part, size_t part_n) {
  size_t i;
  for (i = 0; i + part_n <= n; i++) {
    if (memcmp(p + i, part, part_n) == 0) {
      return 1;
    }
  }
  return 0;
}

/* No letter of a mask but e and c: what is left of one is no secret. */
static const char *const alphabet[] = {
    "a", "%", "\\", "&", ";", "#", "x", "2", "5", "u", "0", "/", "+", " ",
    "\"", "'", "<", ">", "amp;", "26", "n", "c", "lt;", "e", "\xC3\xBC",
    "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "k", "\n", "=", "\xFF", "-"};

static const char *name_of(uint32_t code) {
  switch (code) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#039;";
  case '/': return "&sol;";
  case '%': return "&percnt;";
  case '\\': return "&bsol;";
  default: return NULL;
  }
}

static const char *short_of(uint32_t code) {
  switch (code) {
  case '"': return "\\\"";
  case '/': return "\\/";
  case '\\': return "\\\\";
  case '\n': return "\\n";
  case ' ': return "+";
  default: return NULL;
  }
}

/* One character, of which `out` has room for 128 bytes, as it is shown. */
static size_t spell(char *out, const char *p, size_t n, uint32_t code,
                    unsigned how) {
  static const char *const formats[] = {"&#%u;", "&#x%x;", "&#X%X;",
                                        "&#0%u;", "&#x00%X;"};
  const char *given = NULL;
  size_t i, at = 0;
  if (how < 5) {
    return (size_t)snprintf(out, 128, formats[how], (unsigned)code);
  }
  if (how == 5) {
    given = name_of(code);
  } else if (how == 6) {
    given = short_of(code);
  } else if (how < 9 && code < 0x10000) {
    return (size_t)snprintf(out, 128, how == 7 ? "\\u%04x" : "\\u%04X",
                            (unsigned)code);
  } else if (how < 12) {
    for (i = 0; i < n; i++) {
      at += (size_t)snprintf(out + at, 8,
                             how == 9    ? "%%%02X"
                             : how == 10 ? "%%%02x"
                                         : "\\x%02X",
                             (unsigned)(unsigned char)p[i]);
    }
    return at;
  }
  if (code == '\n' || (n == 1 && code >= 0x80)) {
    given = code == '\n' ? "\\n" : "\\xFF"; /* as they are shown */
  }
  n = given != NULL ? strlen(given) : n;
  memcpy(out, given != NULL ? given : p, n);
  return n;
}

/* Once more over a spelling: what an escape begins with is escaped too. */
static size_t again(char *text, size_t n, unsigned how) {
  char out[512];
  size_t at = 0, i;
  for (i = 0; i < n; i++) {
    const char *as = NULL;
    if (text[i] == '&') {
      as = how == 1 ? "&amp;" : how == 2 ? "\\u0026" : NULL;
    } else if (text[i] == '%' && how == 3) {
      as = "%25";
    } else if (text[i] == '\\') {
      as = how == 2 ? "\\\\" : how == 3 ? "%5c" : NULL;
    }
    if (as != NULL) {
      memcpy(out + at, as, strlen(as));
      at += strlen(as);
    } else {
      out[at++] = text[i];
    }
  }
  memcpy(text, out, at);
  return at;
}

/* With no more than eight backslashes in a row: see struct ways. */
static void make_secret(struct form *f, struct input *in) {
  size_t want = 6 + next(in) % 26;
  size_t row = 0;
  f->secret_n = 0;
  while (f->secret_n < want) {
    const char *piece = alphabet[next(in) % 32];
    row = piece[0] == '\\' ? row + 1 : 0;
    piece = row > 8 ? "k" : piece;
    memcpy(f->secret + f->secret_n, piece, strlen(piece));
    f->secret_n += strlen(piece);
  }
}

static void make_spelling(struct form *f, struct input *in) {
  unsigned layer = next(in) % 4;
  size_t at, len;
  f->n = f->six = 0;
  for (at = 0; at < f->secret_n; at += len) {
    uint32_t code = 0;
    unsigned how = next(in);
    len = sw_utf8_next(f->secret + at, f->secret_n - at, &code);
    if (len == 0) {
      len = 1;
      code = (unsigned char)f->secret[at];
    }
    if (f->n < sizeof f->text - 512) {
      char *to = f->text + f->n;
      size_t n = spell(to, f->secret + at, len, code, how % 16);
      /* it may stand in the middle of another's escape */
      f->n += how < 128 ? again(to, n, layer) : n;
    }
    if (at + len >= 6 && f->six == 0) {
      f->six = f->n;
    }
  }
}

/* Base64 of a text that the secret is part of; f->text gets the part that
   only the secret decides. 0 when that is too short to be looked for. */
static int make_base64(struct form *f, struct input *in, char *around,
                       size_t *around_n) {
  static const char digits[2][65] = {
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
  const char *set = digits[next(in) % 2];
  size_t before = next(in) % 4, after = next(in) % 4;
  size_t bits = (before + f->secret_n + after) * 8, from = before * 8;
  size_t to = from + f->secret_n * 8;
  unsigned char bytes[80];
  size_t i, k;
  memset(bytes, (int)next(in), sizeof bytes);
  memcpy(bytes + before, f->secret, f->secret_n);
  *around_n = 0;
  f->n = 0;
  for (i = 0; i < bits; i += 6) {
    unsigned six = 0;
    for (k = i; k < i + 6; k++) {
      six = six << 1;
      six |= k < bits ? bytes[k / 8] >> (7 - k % 8) & 1u : 0;
    }
    around[(*around_n)++] = set[six];
    if (i >= from && i + 6 <= to) {
      f->text[f->n++] = set[six];
    }
  }
  return f->n >= 12;
}

/* The text as message and as a field; what it says once it is redacted. */
static int redact(struct sw_fail *f, const struct form *form,
                  const struct sw_buf *text) {
  struct sw_str secrets[3] = {{NULL, 0}, {"other key", 9}, {NULL, 0}};
  secrets[2].p = form->secret;
  secrets[2].n = form->secret_n;
  memset(f, 0, sizeof *f);
  if (sw_fail_set(f, SW_FAIL_SERVER, SW_STAGE_RECEIVE, text->data,
                  text->len, NULL) != 0 ||
      sw_fail_note(f, text->data, text->len, text->data, text->len) != 0 ||
      sw_fail_redact(f, secrets, 3) != 0) {
    sw_fail_free(f);
    return -1;
  }
  return 0;
}

/* A text that kept `kept` bytes of the spelling, or up to three less as it is
   cut between characters, ends with a mask and perhaps with a piece of an
   escape. */
static void cut_clean(struct sw_str s, const struct form *form,
                      size_t kept) {
  size_t tail = s.n < 40 ? 0 : s.n - 40;
  must(sw_utf8_valid(s.p, s.n, NULL));
  if (kept < form->n && kept >= form->six + 3) {
    must(holds(s.p + tail, s.n - tail, "[secret]", 8));
  }
}

static void inspect(const struct sw_fail *f, const struct form *form,
                    size_t before) {
  static const size_t caps[] = {SW_FAIL_MESSAGE, SW_FAIL_NAME, SW_FAIL_TEXT};
  struct sw_str all[3];
  size_t i;
  all[0].p = f->message.data;
  all[0].n = f->message.len;
  all[1] = sw_fail_name(f, 0);
  all[2] = sw_fail_text(f, 0, 0);
  for (i = 0; i < 3; i++) {
    must(!holds(all[i].p, all[i].n, form->text, form->n));
    if (form->six > 0 && before <= caps[i]) {
      cut_clean(all[i], form, caps[i] - before);
    } else {
      must(sw_utf8_valid(all[i].p, all[i].n, NULL));
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in;
  struct form form;
  struct sw_buf text;
  struct sw_fail f;
  char around[128];
  size_t around_n = 0, before, shown;
  in.p = data;
  in.n = size;
  sw_buf_init(&text, 8192);
  make_secret(&form, &in);
  if (next(&in) % 4 == 0) {
    form.six = 0;
    if (!make_base64(&form, &in, around, &around_n)) {
      return 0;
    }
  } else {
    make_spelling(&form, &in);
  }
  before = next(&in) * 3;
  before = before < in.n ? before : in.n;
  before = before < 600 ? before : 600;
  sw_text_show(&text, (const char *)in.p, before, 4096);
  shown = text.len;
  sw_buf_add(&text, around_n > 0 ? around : form.text,
             around_n > 0 ? around_n : form.n);
  sw_buf_add(&text, in.p + before, in.n - before < 64 ? in.n - before : 64);
  if (!text.failed && redact(&f, &form, &text) == 0) {
    inspect(&f, &form, shown);
    sw_fail_free(&f);
  }
  sw_buf_free(&text);
  return 0;
}
