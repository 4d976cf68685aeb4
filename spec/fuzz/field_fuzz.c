/* Any value against any field row: what is taken is clean text within its
   bounds and is taken again as it stands; what is refused has one clean
   sentence, without the value of a hidden field. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/field.h"
#include "../../src/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int so) {
  if (!so) {
    abort();
  }
}

/* The kinds of a single value. */
static const enum sw_kind kinds[] = {
  SW_TEXT, SW_INT, SW_MONEY,  SW_BOOL, SW_URL, SW_WHEN,
  SW_TIME, SW_ID,  SW_CHOICE, SW_FLAG, SW_PLACE, SW_CODE,
};

static const char *const choices[] = {"INR USD", "RFD TNR QFL", "a"};

static struct sw_field any_field(const uint8_t head[5]) {
  struct sw_field f = {"some_field", SW_TEXT, 0, 0, 0, NULL, "help"};
  f.kind = kinds[head[0] % (sizeof kinds / sizeof kinds[0])];
  f.flags = head[1] & (SW_HIDDEN | SW_TOKEN | SW_ESCAPED | SW_NARROW);
  f.min = head[2] % 16;
  f.max = head[3] & 1 ? f.min + head[3] : 0;
  f.choices = choices[head[4] % 3];
  return f;
}

static struct sw_value any_value(uint8_t kind, const uint8_t *data,
                                 size_t size) {
  struct sw_value v;
  uint64_t bits = 0;
  memset(&v, 0, sizeof v);
  memcpy(&bits, data, size < 8 ? size : 8);
  v.type = (enum sw_value_type)(kind % 5);
  v.text.p = (const char *)data;
  v.text.n = size;
  memcpy(&v.integer, &bits, 8);
  memcpy(&v.real, &bits, 8);
  if (v.type == SW_VALUE_INT) {
    v.real = (double)v.integer;
  } else if (v.type == SW_VALUE_BOOL) {
    v.integer &= 1;
  } else if (v.type == SW_VALUE_OTHER) {
    v.text.p = "table";
    v.text.n = 5;
  }
  return v;
}

static int is_printable(const struct sw_buf *b) {
  size_t i;
  for (i = 0; i < b->len; i++) {
    if ((unsigned char)b->data[i] < 32 || b->data[i] == 127) {
      return 0;
    }
  }
  return sw_utf8_valid(b->data, b->len, NULL);
}

/* Is what goes out what came in, or a shorter form of it? */
static void check_taken(const struct sw_field *f, const struct sw_value *v,
                        const struct sw_buf *wire) {
  struct sw_value again;
  struct sw_buf second, why;
  must(sw_utf8_valid(wire->data, wire->len, NULL));
  must(wire->len == 0 || memchr(wire->data, '\0', wire->len) == NULL);
  if (v->type == SW_VALUE_TEXT) {
    must(wire->len <= v->text.n);
  }
  if (v->type != SW_VALUE_TEXT || f->kind == SW_PLACE) {
    return; /* " 0" is text to a place, and "0" a number */
  }
  sw_buf_init(&second, 1 << 20);
  sw_buf_init(&why, 1 << 20);
  again = *v;
  again.text.p = wire->data != NULL ? wire->data : "";
  again.text.n = wire->len;
  must(sw_field_check(f, &again, &second, &why) >= 0);
  must(second.len == wire->len);
  must(second.len == 0 || memcmp(second.data, wire->data, wire->len) == 0);
  sw_buf_free(&second);
  sw_buf_free(&why);
}

static void check_refused(const struct sw_field *f, const struct sw_value *v,
                          const struct sw_buf *why) {
  size_t i;
  must(why->len > strlen(f->name));
  must(memcmp(why->data, f->name, strlen(f->name)) == 0);
  must(is_printable(why));
  if ((f->flags & SW_HIDDEN) == 0 || v->type != SW_VALUE_TEXT ||
      memchr(v->text.p, '~', v->text.n) == NULL) {
    return; /* the sentences' own words have no ~ */
  }
  for (i = 0; i + v->text.n <= why->len; i++) {
    must(memcmp(why->data + i, v->text.p, v->text.n) != 0);
  }
}

/* sw_field_find with any name, also one that holds a NUL. */
static void check_find(const char *name, size_t n) {
  static const struct sw_field list[] = {
    {"title", SW_TEXT, 0, 0, 0, NULL, ""}, {"t", SW_TEXT, 0, 0, 0, NULL, ""}};
  const struct sw_field *f = sw_field_find(list, 2, name, n);
  must(f == NULL ||
       (strlen(f->name) == n && memcmp(f->name, name, n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_field f;
  struct sw_value v;
  struct sw_buf wire, why;
  if (size < 6) {
    return 0;
  }
  f = any_field(data);
  v = any_value(data[5], data + 6, size - 6);
  check_find((const char *)data + 6, size - 6);
  sw_buf_init(&wire, 1 << 20);
  sw_buf_init(&why, 1 << 20);
  if (sw_field_check(&f, &v, &wire, &why) >= 0) {
    must(why.len == 0);
    check_taken(&f, &v, &wire);
  } else {
    must(wire.len == 0);
    check_refused(&f, &v, &why);
  }
  sw_buf_free(&wire);
  sw_buf_free(&why);
  return 0;
}
