/* One service account: where it lives and what proves who we are. Counted,
   shared by a client, its views and its requests; secrets are wiped with it.
   Must not know: Lua, libcurl. */
#ifndef SW_TARGET_H
#define SW_TARGET_H

#include <stddef.h>

#include "buf.h"
#include "row.h"
#include "transfer.h"

enum sw_secret_id {
  SW_API_KEY,
  SW_AUTH_TOKEN,
  SW_ACCESS_TOKEN,
  SW_REFRESH_TOKEN,
  SW_CLIENT_ID,
  SW_CLIENT_SECRET,
  SW_SHOP_KEY,
  SW_API_TOKEN, /* of a session */
  SW_COOKIE,    /* the value of a session's Cookie line */
  SW_SECRETS /* how many there are */
};

struct sw_target {
  unsigned refs;
  const struct sw_service *service;
  struct sw_profile *profile;
  char *endpoint;    /* "https://host/api/1.1/", NUL-terminated, ends in / */
  char *v2_endpoint; /* the same for OAuth2 calls */
  char *username;    /* of a shop's API user, or NULL */
  char *store_id;    /* digits, or NULL */
  struct sw_buf secret[SW_SECRETS]; /* empty: not given */
};

/* NULL when out of memory. */
struct sw_target *sw_target_new(const struct sw_service *service);
struct sw_target *sw_target_keep(struct sw_target *t);
void sw_target_drop(struct sw_target *t); /* NULL is fine */
/* Replaces a secret; 0, or -1 when out of memory (then the old one stays). */
int sw_target_set_secret(struct sw_target *t, enum sw_secret_id which,
                         const char *bytes, size_t n);
/* The base address that a row of this kind of auth goes to. */
const char *sw_target_base(const struct sw_target *t, enum sw_auth auth);
/* Appends the header lines that prove who we are, each ending in NUL, and
   returns how many; the place of an absent secret is skipped. */
size_t sw_target_headers(const struct sw_target *t, enum sw_auth auth,
                         struct sw_buf *lines);
/* NULL when the row can be called with what was given; otherwise the name of
   the client option that is missing. */
const char *sw_target_lacks(const struct sw_target *t, enum sw_auth auth);

#endif
