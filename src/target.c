/* Accounts: see target.h. */
#include "target.h"

#include <string.h>

#include "alloc.h"

enum { SECRET_MAX = 8192 };

struct sw_target *sw_target_new(const struct sw_service *service) {
  struct sw_target *t = sw_malloc(sizeof *t);
  int i;
  if (t == NULL) {
    return NULL;
  }
  memset(t, 0, sizeof *t);
  t->refs = 1;
  t->service = service;
  for (i = 0; i < SW_SECRETS; i++) {
    sw_buf_init(&t->secret[i], SECRET_MAX);
  }
  return t;
}

struct sw_target *sw_target_keep(struct sw_target *t) {
  t->refs++;
  return t;
}

void sw_target_drop(struct sw_target *t) {
  int i;
  if (t == NULL || --t->refs > 0) {
    return;
  }
  for (i = 0; i < SW_SECRETS; i++) {
    sw_buf_wipe(&t->secret[i]);
  }
  sw_profile_drop(t->profile);
  sw_free(t->endpoint);
  sw_free(t->v2_endpoint);
  sw_free(t->username);
  sw_free(t->store_id);
  sw_free(t);
}

int sw_target_set_secret(struct sw_target *t, enum sw_secret_id which,
                         const char *bytes, size_t n) {
  struct sw_buf fresh;
  sw_buf_init(&fresh, SECRET_MAX);
  if (sw_buf_add(&fresh, bytes, n) != 0) {
    sw_buf_wipe(&fresh);
    return -1;
  }
  sw_buf_wipe(&t->secret[which]);
  t->secret[which] = fresh;
  return 0;
}

const char *sw_target_base(const struct sw_target *t, enum sw_auth auth) {
  return auth == SW_AUTH_BEARER ? t->v2_endpoint : t->endpoint;
}

static size_t line(struct sw_buf *lines, const char *name,
                   const struct sw_buf *secret) {
  if (secret->len == 0) {
    return 0;
  }
  sw_buf_adds(lines, name);
  sw_buf_add(lines, secret->data, secret->len);
  sw_buf_addc(lines, '\0');
  return 1;
}

size_t sw_target_headers(const struct sw_target *t, enum sw_auth auth,
                         struct sw_buf *lines) {
  size_t count = 0;
  if (auth == SW_AUTH_PAIR || auth == SW_AUTH_KEY) {
    count += line(lines, "X-Api-Key: ", &t->secret[SW_API_KEY]);
  }
  if (auth == SW_AUTH_PAIR) {
    count += line(lines, "X-Auth-Token: ", &t->secret[SW_AUTH_TOKEN]);
  }
  if (auth == SW_AUTH_BEARER) {
    count += line(lines, "Authorization: Bearer ",
                  &t->secret[SW_ACCESS_TOKEN]);
  }
  if (auth == SW_AUTH_SESSION) {
    count += line(lines, "Cookie: ", &t->secret[SW_COOKIE]);
  }
  return count;
}

const char *sw_target_lacks(const struct sw_target *t, enum sw_auth auth) {
  if (auth == SW_AUTH_PAIR || auth == SW_AUTH_KEY) {
    if (t->secret[SW_API_KEY].len == 0) {
      return "api_key";
    }
  }
  if (auth == SW_AUTH_PAIR && t->secret[SW_AUTH_TOKEN].len == 0) {
    return "auth_token";
  }
  if (auth == SW_AUTH_BEARER && t->secret[SW_ACCESS_TOKEN].len == 0) {
    return "access_token";
  }
  if (auth == SW_AUTH_LOGIN && t->secret[SW_SHOP_KEY].len == 0) {
    return "key";
  }
  return NULL;
}
