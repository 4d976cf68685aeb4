/* Accounts: secrets, the lines that prove who we are, life and wiping.
   Must not know: Lua, libcurl, any one service. */
#include "../../src/target.h"

#include <stdlib.h>

#include "../../src/alloc.h"
#include "check.h"

static const struct sw_service nobodys = {"nobodys", NULL, 0, NULL, 0,
                                          NULL,      0,    NULL, 0};

static char *copy(const char *text) {
  size_t n = strlen(text) + 1;
  char *p = sw_malloc(n);
  if (p != NULL) {
    memcpy(p, text, n);
  }
  return p;
}

static struct sw_target *account(void) {
  struct sw_target *t = sw_target_new(&nobodys);
  if (!CHECK(t != NULL)) {
    exit(check_done());
  }
  t->endpoint = copy("https://shop.test/api/1.1/");
  t->v2_endpoint = copy("https://shop.test/v2/");
  return t;
}

static void set(struct sw_target *t, enum sw_secret_id which,
                const char *text) {
  CHECK_INT(sw_target_set_secret(t, which, text, strlen(text)), 0);
}

static void lives(void) {
  struct sw_target *t = account();
  CHECK(t->service == &nobodys);
  CHECK_INT(t->refs, 1);
  CHECK(sw_target_keep(t) == t);
  sw_target_drop(t);
  CHECK_INT(t->refs, 1);
  CHECK_STR(t->endpoint, "https://shop.test/api/1.1/");
  sw_target_drop(t); /* the sanitizer looks whether all is freed */
  sw_target_drop(NULL);
}

static void bases(void) {
  struct sw_target *t = account();
  CHECK_STR(sw_target_base(t, SW_AUTH_PAIR), "https://shop.test/api/1.1/");
  CHECK_STR(sw_target_base(t, SW_AUTH_KEY), "https://shop.test/api/1.1/");
  CHECK_STR(sw_target_base(t, SW_AUTH_BEARER), "https://shop.test/v2/");
  sw_target_drop(t);
}

/* Lines with their NULs shown as '|'. */
static void lines_are(const struct sw_target *t, enum sw_auth auth,
                      size_t count, const char *want) {
  struct sw_buf lines;
  size_t i;
  sw_buf_init(&lines, 4096);
  CHECK_INT(sw_target_headers(t, auth, &lines), count);
  CHECK_INT(lines.failed, 0);
  for (i = 0; i < lines.len; i++) {
    lines.data[i] = lines.data[i] == '\0' ? '|' : lines.data[i];
  }
  CHECK_STRN(lines.data != NULL ? lines.data : "", lines.len, want);
  sw_buf_free(&lines);
}

static void lines(void) {
  struct sw_target *t = account();
  lines_are(t, SW_AUTH_PAIR, 0, "");
  set(t, SW_API_KEY, "k");
  lines_are(t, SW_AUTH_PAIR, 1, "X-Api-Key: k|");
  set(t, SW_AUTH_TOKEN, "t");
  set(t, SW_ACCESS_TOKEN, "a");
  lines_are(t, SW_AUTH_PAIR, 2, "X-Api-Key: k|X-Auth-Token: t|");
  lines_are(t, SW_AUTH_KEY, 1, "X-Api-Key: k|");
  lines_are(t, SW_AUTH_BEARER, 1, "Authorization: Bearer a|");
  lines_are(t, SW_AUTH_NOBODY, 0, "");
  sw_target_drop(t);
}

static void lacks(void) {
  struct sw_target *t = account();
  CHECK_STR(sw_target_lacks(t, SW_AUTH_PAIR), "api_key");
  CHECK_STR(sw_target_lacks(t, SW_AUTH_KEY), "api_key");
  CHECK_STR(sw_target_lacks(t, SW_AUTH_BEARER), "access_token");
  CHECK_STR(sw_target_lacks(t, SW_AUTH_NOBODY), NULL);
  set(t, SW_API_KEY, "k");
  CHECK_STR(sw_target_lacks(t, SW_AUTH_KEY), NULL);
  CHECK_STR(sw_target_lacks(t, SW_AUTH_PAIR), "auth_token");
  set(t, SW_AUTH_TOKEN, "t");
  set(t, SW_ACCESS_TOKEN, "a");
  CHECK_STR(sw_target_lacks(t, SW_AUTH_PAIR), NULL);
  CHECK_STR(sw_target_lacks(t, SW_AUTH_BEARER), NULL);
  sw_target_drop(t);
}

/* A secret that cannot be kept leaves the old one in place. */
static void secrets(void) {
  struct sw_target *t = account();
  size_t big = 64 * 1024;
  char *long_one = malloc(big);
  set(t, SW_API_KEY, "old");
  set(t, SW_API_KEY, "new");
  CHECK_STRN(t->secret[SW_API_KEY].data, t->secret[SW_API_KEY].len, "new");
  if (CHECK(long_one != NULL)) {
    memset(long_one, 'x', big);
    CHECK_INT(sw_target_set_secret(t, SW_API_KEY, long_one, big), -1);
    CHECK_STRN(t->secret[SW_API_KEY].data, t->secret[SW_API_KEY].len, "new");
  }
  free(long_one);
  sw_target_drop(t);
}

int main(void) {
  lives();
  bases();
  lines();
  lacks();
  secrets();
  return check_done();
}
