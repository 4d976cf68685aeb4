/* Absolute http and https addresses: taken apart, compared, and the rules for
   an endpoint and for addresses that came in a reply. Looks at text only: a
   name is never resolved. Must not know: Lua, libcurl, the services.
   What is wrong is a constant predicate ("has a user name in it"), or NULL
   when nothing is. */
#ifndef SW_URL_H
#define SW_URL_H

#include <stddef.h>

#include "buf.h"

#define SW_URL_MAX 2048 /* bytes of an address */

struct sw_url {
  int https;
  unsigned port;      /* the scheme's own when none is written */
  char host[256];     /* lower case; an IPv4 address dotted, whatever its
                         spelling; an IPv6 address in brackets, shortest */
  int ip;             /* 4, 6, or 0 for a name */
  unsigned char address[16]; /* 4 or 16 bytes of it */
  struct sw_str path;  /* into the text that was parsed, or "/" */
  struct sw_str query; /* behind the "?"; p is NULL when there is none */
};

/* Strict: no user name, fragment, space, control character, backslash or
   non-ASCII byte. The text must outlive *u. */
const char *sw_url_parse(struct sw_url *u, const char *p, size_t n);
/* For a field that a server takes as an address of somebody's page: a
   fragment and UTF-8 are fine too. */
const char *sw_url_field_wrong(const char *p, size_t n);

/* localhost, *.localhost, 127/8, ::1, and the last two inside IPv6. */
int sw_url_is_loopback(const struct sw_url *u);
/* An address of SW_NET_PRIVATE. */
int sw_url_is_private(const struct sw_url *u);
/* Scheme, host and port. */
int sw_url_same_origin(const struct sw_url *a, const struct sw_url *b);
/* Same origin, and u's path is base's or below it. A path with dot segments
   or an escaped slash is below nothing. */
int sw_url_is_below(const struct sw_url *u, const struct sw_url *base);

/* Appends the endpoint in its normal form: lower-case host, no default port,
   one slash at the end. http is for loopback only, unless http_ok. After
   NULL look at out->failed. */
const char *sw_url_endpoint(struct sw_buf *out, const char *p, size_t n,
                            int http_ok);
/* May a file be sent to this address, which came in a reply? https or the
   endpoint's own origin; loopback and private only if the endpoint is. A name
   shows what it is when it is resolved: see sw_url_upload_avoids. */
const char *sw_url_upload_wrong(const struct sw_url *target,
                                const struct sw_url *endpoint);
/* For sw_transfer.avoid of that upload: loopback and private unless the
   endpoint is, by its text; nothing on the endpoint's own host. */
unsigned sw_url_upload_avoids(const struct sw_url *target,
                              const struct sw_url *endpoint);
/* May this "next page" be asked with our credentials? */
const char *sw_url_next_wrong(const struct sw_url *next,
                              const struct sw_url *endpoint);

#endif
