/* Bytes as text: see text.h. Must not know: Lua, libcurl, the services. */
#include "text.h"

#include <string.h>

static const char hex_upper[] = "0123456789ABCDEF";

/* {==== characters ==== */

char sw_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int sw_is_digit(char c) {
  return c >= '0' && c <= '9';
}

int sw_is_alnum(char c) {
  c = sw_lower(c);
  return sw_is_digit(c) || (c >= 'a' && c <= 'z');
}

int sw_compare_case(const char *a, size_t an, const char *b, size_t bn) {
  size_t n = an < bn ? an : bn;
  size_t i;
  for (i = 0; i < n; i++) {
    unsigned char x = (unsigned char)sw_lower(a[i]);
    unsigned char y = (unsigned char)sw_lower(b[i]);
    if (x != y) {
      return x < y ? -1 : 1;
    }
  }
  if (an == bn) {
    return 0;
  }
  return an < bn ? -1 : 1;
}

int sw_same_case(const char *a, size_t an, const char *b, size_t bn) {
  return an == bn && sw_compare_case(a, an, b, bn) == 0;
}

/* } */

/* {==== UTF-8 ==== */

static int is_tail(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

/* What a lead byte announces: the length, its own bits in *code and the
   least number that needs this length in *least. 0 for a bad lead. */
static size_t lead(unsigned char c, uint32_t *code, uint32_t *least) {
  if (c >= 0xC2 && c <= 0xDF) {
    *code = c & 0x1Fu;
    *least = 0x80;
    return 2;
  }
  if (c >= 0xE0 && c <= 0xEF) {
    *code = c & 0x0Fu;
    *least = 0x800;
    return 3;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    *code = c & 0x07u;
    *least = 0x10000;
    return 4;
  }
  return 0;
}

static int is_scalar(uint32_t code) {
  return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
}

size_t sw_utf8_next(const char *p, size_t n, uint32_t *code) {
  const unsigned char *u = (const unsigned char *)p;
  uint32_t value = 0, least = 0;
  size_t len, i;
  if (n == 0) {
    return 0;
  }
  if (u[0] < 0x80) {
    value = u[0];
    len = 1;
  } else {
    len = lead(u[0], &value, &least);
  }
  if (len == 0 || len > n) {
    return 0;
  }
  for (i = 1; i < len; i++) {
    if (!is_tail(u[i])) {
      return 0;
    }
    value = value << 6 | (u[i] & 0x3Fu);
  }
  if (value < least || !is_scalar(value)) {
    return 0;
  }
  if (code != NULL) {
    *code = value;
  }
  return len;
}

int sw_utf8_valid(const char *p, size_t n, size_t *chars) {
  size_t at = 0, count = 0;
  int valid = 1;
  while (at < n) {
    size_t len = sw_utf8_next(p + at, n - at, NULL);
    if (len == 0) {
      valid = 0;
      break;
    }
    at += len;
    count++;
  }
  if (chars != NULL) {
    *chars = count;
  }
  return valid;
}

int sw_utf8_add(struct sw_buf *b, uint32_t code) {
  char out[4];
  size_t n = 0;
  if (!is_scalar(code)) {
    code = 0xFFFD;
  }
  if (code < 0x80) {
    out[n++] = (char)code;
  } else if (code < 0x800) {
    out[n++] = (char)(0xC0 | code >> 6);
    out[n++] = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out[n++] = (char)(0xE0 | code >> 12);
    out[n++] = (char)(0x80 | (code >> 6 & 0x3F));
    out[n++] = (char)(0x80 | (code & 0x3F));
  } else {
    out[n++] = (char)(0xF0 | code >> 18);
    out[n++] = (char)(0x80 | (code >> 12 & 0x3F));
    out[n++] = (char)(0x80 | (code >> 6 & 0x3F));
    out[n++] = (char)(0x80 | (code & 0x3F));
  }
  return sw_buf_add(b, out, n);
}

/* } */

/* {==== showing ==== */

/* Does the character move the cursor, change the direction of its
   neighbours or hide? The joiners U+200C and U+200D are let through: names
   in Indic scripts and Persian need them. */
static int is_sly(uint32_t code) {
  static const struct {
    uint32_t from, to;
  } sly[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},
    {0x61C, 0x61C},   {0x180E, 0x180E}, {0x200B, 0x200B},
    {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}
  };
  size_t i;
  for (i = 0; i < sizeof sly / sizeof sly[0]; i++) {
    if (code >= sly[i].from && code <= sly[i].to) {
      return 1;
    }
  }
  return 0;
}

static size_t byte_escape(char *out, unsigned char c) {
  out[0] = '\\';
  out[1] = 'x';
  out[2] = hex_upper[c >> 4];
  out[3] = hex_upper[c & 15];
  return 4;
}

static size_t char_escape(char *out, uint32_t code) {
  size_t n = 0;
  int shift = 20;
  if (code < 0x80) {
    const char *from = "\n\r\t", *to = "nrt";
    const char *hit = code == 0 ? NULL : strchr(from, (int)code);
    if (hit == NULL) {
      return byte_escape(out, (unsigned char)code);
    }
    out[0] = '\\';
    out[1] = to[hit - from];
    return 2;
  }
  out[n++] = '\\';
  out[n++] = 'u';
  out[n++] = '{';
  while (code >> shift == 0) {
    shift -= 4;
  }
  for (; shift >= 0; shift -= 4) {
    out[n++] = hex_upper[code >> shift & 15];
  }
  out[n++] = '}';
  return n;
}

int sw_text_show(struct sw_buf *b, const char *p, size_t n, size_t cap) {
  size_t at = 0, used = 0;
  while (at < n) {
    char escape[16];
    const char *piece = p + at;
    uint32_t code = 0;
    size_t len = sw_utf8_next(piece, n - at, &code);
    size_t size = len;
    if (len == 0) {
      size = byte_escape(escape, (unsigned char)*piece);
      piece = escape;
      len = 1;
    } else if (is_sly(code)) {
      size = char_escape(escape, code);
      piece = escape;
    }
    if (size > cap - used) {
      return sw_buf_add(b, SW_LIT("\xE2\x80\xA6"));
    }
    if (sw_buf_add(b, piece, size) != 0) {
      return -1;
    }
    used += size;
    at += len;
  }
  return b->failed ? -1 : 0;
}

/* } */

/* {==== escaping ==== */

static int percent(struct sw_buf *b, const char *p, size_t n,
                   const char *plain, int plus) {
  size_t i;
  for (i = 0; i < n; i++) {
    unsigned char c = (unsigned char)p[i];
    if (sw_is_alnum(p[i]) || (c != 0 && strchr(plain, c) != NULL)) {
      sw_buf_addc(b, p[i]);
    } else if (c == ' ' && plus) {
      sw_buf_addc(b, '+');
    } else {
      char out[3];
      out[0] = '%';
      out[1] = hex_upper[c >> 4];
      out[2] = hex_upper[c & 15];
      sw_buf_add(b, out, sizeof out);
    }
    if (b->failed) {
      return -1;
    }
  }
  return b->failed ? -1 : 0;
}

int sw_escape_path(struct sw_buf *b, const char *p, size_t n) {
  return percent(b, p, n, "-._~", 0);
}

int sw_escape_query(struct sw_buf *b, const char *p, size_t n) {
  return percent(b, p, n, "-._~", 0);
}

int sw_escape_form(struct sw_buf *b, const char *p, size_t n) {
  return percent(b, p, n, "*-._", 1);
}

/* The bytes as octal inside $'..', outside of the single quotes. */
static void shell_octal(struct sw_buf *b, const char *p, size_t n) {
  size_t i;
  sw_buf_add(b, SW_LIT("'$'"));
  for (i = 0; i < n; i++) {
    unsigned char c = (unsigned char)p[i];
    char out[4];
    out[0] = '\\';
    out[1] = (char)('0' + (c >> 6));
    out[2] = (char)('0' + (c >> 3 & 7));
    out[3] = (char)('0' + (c & 7));
    sw_buf_add(b, out, sizeof out);
  }
  sw_buf_add(b, SW_LIT("''"));
}

int sw_escape_shell(struct sw_buf *b, const char *p, size_t n) {
  size_t at = 0;
  sw_buf_addc(b, '\'');
  while (at < n && !b->failed) {
    uint32_t code = 0;
    size_t len = sw_utf8_next(p + at, n - at, &code);
    if (len == 0) {
      len = 1;
      shell_octal(b, p + at, len);
    } else if (code == '\'') {
      sw_buf_add(b, SW_LIT("'\\''"));
    } else if (is_sly(code)) {
      if (code != 0) {
        shell_octal(b, p + at, len);
      }
    } else {
      sw_buf_add(b, p + at, len);
    }
    at += len;
  }
  return sw_buf_addc(b, '\'');
}

/* } */

/* {==== checks ==== */

static int is_control(char c) {
  unsigned char u = (unsigned char)c;
  return u < 0x20 || u == 0x7F;
}

static const char *path_char_wrong(char c) {
  switch (c) {
    case '\0': return "contains a NUL byte";
    case '\r':
    case '\n': return "contains a line break";
    case '/': return "contains a slash";
    case '\\': return "contains a backslash";
    case '?': return "contains a question mark";
    case '#': return "contains a number sign";
    default: return is_control(c) ? "contains a control character" : NULL;
  }
}

const char *sw_path_arg_wrong(const char *p, size_t n) {
  size_t i;
  if (n == 0) {
    return "is empty";
  }
  if (p[0] == '.' && (n == 1 || (n == 2 && p[1] == '.'))) {
    return "is a dot segment";
  }
  for (i = 0; i < n; i++) {
    const char *wrong = path_char_wrong(p[i]);
    if (wrong != NULL) {
      return wrong;
    }
  }
  return NULL;
}

const char *sw_header_value_wrong(const char *p, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    if (p[i] == '\0') {
      return "contains a NUL byte";
    }
    if (p[i] == '\r' || p[i] == '\n') {
      return "contains a line break";
    }
    if (is_control(p[i]) && p[i] != '\t') {
      return "contains a control character";
    }
  }
  return NULL;
}

const char *sw_header_name_wrong(const char *p, size_t n) {
  size_t i;
  if (n == 0) {
    return "is empty";
  }
  for (i = 0; i < n; i++) {
    if (!sw_is_alnum(p[i]) &&
        (p[i] == '\0' || strchr("!#$%&'*+-.^_`|~", p[i]) == NULL)) {
      return "contains a character that no header name may have";
    }
  }
  return NULL;
}

/* } */
