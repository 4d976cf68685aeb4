/* Any bytes through src/url.c: the parts stay inside the text, the normal
   form is a fixed point, and a rule never lets a foreign address pass. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int so) {
  if (!so) {
    abort();
  }
}

static void inside(struct sw_str part, const char *p, size_t n) {
  if (part.p != NULL && part.n > 0 && strcmp(part.p, "/") != 0) {
    must(part.p >= p && part.p + part.n <= p + n);
  }
}

static void fixed_point(const char *p, size_t n) {
  struct sw_buf once, again;
  sw_buf_init(&once, 8192);
  sw_buf_init(&again, 8192);
  if (sw_url_endpoint(&once, p, n, 1) == NULL && once.len <= SW_URL_MAX) {
    must(!once.failed);
    must(sw_url_endpoint(&again, once.data, once.len, 1) == NULL);
    must(again.len == once.len);
    must(memcmp(again.data, once.data, once.len) == 0);
  }
  sw_buf_free(&once);
  sw_buf_free(&again);
}

static void rules(const struct sw_url *u) {
  static const char shop[] = "https://shop.example/api/";
  struct sw_url base;
  must(sw_url_parse(&base, shop, sizeof shop - 1) == NULL);
  must(!(sw_url_is_loopback(u) && sw_url_is_private(u)));
  if (sw_url_next_wrong(u, &base) == NULL) {
    must(strcmp(u->host, "shop.example") == 0 && u->https);
    must(u->port == 443 && u->path.n >= 5);
    must(memcmp(u->path.p, "/api/", 5) == 0);
  }
  if (sw_url_upload_wrong(u, &base) == NULL) {
    must(u->https && !sw_url_is_loopback(u) && !sw_url_is_private(u));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sw_url u;
  /* a copy with a NUL, as the parts of an empty path point at a literal */
  char *p = malloc(size + 1);
  if (p == NULL) {
    return 0;
  }
  if (size > 0) {
    memcpy(p, data, size);
  }
  p[size] = '\0';
  (void)sw_url_field_wrong(p, size);
  if (sw_url_parse(&u, p, size) == NULL) {
    must(size <= SW_URL_MAX && u.host[0] != '\0');
    must(u.port > 0 && u.port < 65536);
    must(memchr(p, '@', size) == NULL || u.path.n > 1 || u.query.n > 0);
    must(u.path.n > 0 && u.path.p[0] == '/');
    inside(u.path, p, size);
    inside(u.query, p, size);
    rules(&u);
    fixed_point(p, size);
    must(sw_url_field_wrong(p, size) == NULL);
  }
  free(p);
  return 0;
}
