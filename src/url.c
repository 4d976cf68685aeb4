/* Addresses: see url.h. Must not know: Lua, libcurl, the services. */
#include "url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "text.h"
#include "transfer.h"

/* {==== taking apart ==== */

static int starts_with(const char *p, size_t n, const char *head) {
  size_t len = strlen(head);
  return n >= len && sw_same_case(p, len, head, len);
}

static const char *byte_wrong(unsigned char c) {
  if (c == ' ') {
    return "contains a space";
  }
  if (c < 0x20 || c == 0x7F) {
    return "contains a control character";
  }
  if (c == '\\') {
    return "contains a backslash";
  }
  return NULL;
}

/* The checks that need no structure. */
static const char *bytes_wrong(const char *p, size_t n, int lenient) {
  size_t i;
  if (n == 0) {
    return "is empty";
  }
  if (n > SW_URL_MAX) {
    return "is longer than 2048 bytes";
  }
  for (i = 0; i < n; i++) {
    const char *wrong = byte_wrong((unsigned char)p[i]);
    if (wrong != NULL) {
      return wrong;
    }
    if ((unsigned char)p[i] >= 0x80 && !lenient) {
      return "contains a character outside ASCII";
    }
    if (p[i] == '#' && !lenient) {
      return "has a fragment (#)";
    }
  }
  if (lenient && !sw_utf8_valid(p, n, NULL)) {
    return "is not valid UTF-8";
  }
  return NULL;
}

static int digit_value(char c) {
  c = sw_lower(c);
  if (sw_is_digit(c)) {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* One part of an IPv4 address as inet_aton and browsers read it: 0x… is
   hexadecimal, 0… octal. 0, or -1. */
static int ipv4_part(const char *p, size_t n, uint64_t *value) {
  unsigned base = 10;
  size_t i = 0;
  *value = 0;
  if (n == 0) {
    return -1;
  }
  if (n >= 2 && p[0] == '0' && sw_lower(p[1]) == 'x') {
    base = 16;
    i = 2;
  } else if (n >= 2 && p[0] == '0') {
    base = 8;
    i = 1;
  }
  for (; i < n; i++) {
    unsigned digit = (unsigned)digit_value(p[i]);
    if (digit >= base) {
      return -1;
    }
    *value = *value * base + digit;
    if (*value > 0xFFFFFFFFu) {
      return -1;
    }
  }
  return 0;
}

/* One to four parts, the last one filling what is left. 0, or -1. */
static int ipv4_parse(const char *p, size_t n, unsigned char out[4]) {
  uint64_t part[4];
  uint32_t sum;
  size_t at = 0, count = 0, i;
  for (;;) {
    const char *dot = memchr(p + at, '.', n - at);
    size_t end = dot == NULL ? n : (size_t)(dot - p);
    if (count == 4 || ipv4_part(p + at, end - at, &part[count]) != 0) {
      return -1;
    }
    count++;
    if (dot == NULL) {
      break;
    }
    at = end + 1;
  }
  if (part[count - 1] >= (uint64_t)1 << (8 * (5 - count))) {
    return -1;
  }
  sum = (uint32_t)part[count - 1];
  for (i = 0; i + 1 < count; i++) {
    if (part[i] > 255) {
      return -1;
    }
    sum |= (uint32_t)part[i] << (24 - 8 * i);
  }
  for (i = 0; i < 4; i++) {
    out[i] = (unsigned char)(sum >> (24 - 8 * i) & 255);
  }
  return 0;
}

/* Does the last label say that this must be an IPv4 address? */
static int ends_numeric(const char *p, size_t n) {
  size_t at = n;
  int base = 10;
  while (at > 0 && p[at - 1] != '.') {
    at--;
  }
  if (n - at >= 2 && p[at] == '0' && sw_lower(p[at + 1]) == 'x') {
    at += 2;
    base = 16;
  }
  while (at < n && digit_value(p[at]) < base) {
    at++;
  }
  return at == n;
}

static const char *name_wrong(const char *p, size_t n, int lenient) {
  size_t i, label = 0;
  for (i = 0; i < n; i++) {
    int foreign = (unsigned char)p[i] >= 0x80 && lenient;
    if (p[i] == '.') {
      if (label == 0) {
        return "has a misplaced dot in its host name";
      }
      label = 0;
      continue;
    }
    if (!sw_is_alnum(p[i]) && p[i] != '-' && p[i] != '_' && !foreign) {
      return "has a bad character in its host name";
    }
    label++;
    if (label > 63 && !lenient) {
      return "has a host name with an overlong part";
    }
  }
  return label == 0 ? "has a misplaced dot in its host name" : NULL;
}

static const char *host_name(struct sw_url *u, const char *p, size_t n,
                             int lenient) {
  const char *wrong = name_wrong(p, n, lenient);
  size_t i;
  if (wrong != NULL) {
    return wrong;
  }
  if (n > 253) {
    return "has an overlong host name";
  }
  if (ends_numeric(p, n)) {
    if (ipv4_parse(p, n, u->address) != 0 ||
        inet_ntop(AF_INET, u->address, u->host, sizeof u->host) == NULL) {
      return "has a bad IPv4 address";
    }
    u->ip = 4;
    return NULL;
  }
  for (i = 0; i < n; i++) {
    u->host[i] = sw_lower(p[i]);
  }
  u->host[n] = '\0';
  return NULL;
}

/* What stands between the brackets. */
static const char *host_ipv6(struct sw_url *u, const char *p, size_t n) {
  char text[INET6_ADDRSTRLEN];
  size_t len;
  if (n == 0 || n >= sizeof text) {
    return "has a bad IPv6 address";
  }
  memcpy(text, p, n);
  text[n] = '\0';
  if (inet_pton(AF_INET6, text, u->address) != 1 ||
      inet_ntop(AF_INET6, u->address, text, sizeof text) == NULL) {
    return "has a bad IPv6 address";
  }
  u->ip = 6;
  len = strlen(text);
  u->host[0] = '[';
  memcpy(u->host + 1, text, len);
  memcpy(u->host + 1 + len, "]", 2);
  return NULL;
}

static const char *port_parse(struct sw_url *u, const char *p, size_t n) {
  unsigned long port = 0;
  size_t i;
  for (i = 0; i < n; i++) {
    if (!sw_is_digit(p[i]) || port > 65535) {
      return "has a bad port";
    }
    port = port * 10 + (unsigned long)(p[i] - '0');
  }
  if (n == 0 || port == 0 || port > 65535) {
    return "has a bad port";
  }
  u->port = (unsigned)port;
  return NULL;
}

/* host[:port] */
static const char *authority(struct sw_url *u, const char *p, size_t n,
                             int lenient) {
  const char *colon, *wrong;
  size_t host_n;
  if (memchr(p, '@', n) != NULL) {
    return "has a user name in it";
  }
  if (n > 0 && p[0] == '[') {
    const char *close = memchr(p, ']', n);
    if (close == NULL) {
      return "has a bad IPv6 address";
    }
    host_n = (size_t)(close - p) + 1;
    wrong = host_ipv6(u, p + 1, host_n - 2);
    if (wrong == NULL && host_n < n && p[host_n] != ':') {
      wrong = "has a bad port";
    }
    colon = host_n < n ? p + host_n : NULL;
  } else {
    colon = memchr(p, ':', n);
    host_n = colon == NULL ? n : (size_t)(colon - p);
    if (host_n == 0) {
      return "has no host";
    }
    wrong = host_name(u, p, host_n, lenient);
  }
  if (wrong != NULL || colon == NULL) {
    return wrong;
  }
  return port_parse(u, colon + 1, n - host_n - 1);
}

static void path_and_query(struct sw_url *u, const char *p, size_t n) {
  const char *mark = memchr(p, '?', n);
  size_t path_n = mark == NULL ? n : (size_t)(mark - p);
  u->path.p = path_n == 0 ? "/" : p;
  u->path.n = path_n == 0 ? 1 : path_n;
  u->query.p = mark == NULL ? NULL : mark + 1;
  u->query.n = mark == NULL ? 0 : n - path_n - 1;
}

static const char *parse(struct sw_url *u, const char *p, size_t n,
                         int lenient) {
  const char *wrong = bytes_wrong(p, n, lenient);
  size_t at, end;
  memset(u, 0, sizeof *u);
  if (wrong != NULL) {
    return wrong;
  }
  if (starts_with(p, n, "https://")) {
    u->https = 1;
    u->port = 443;
    at = 8;
  } else if (starts_with(p, n, "http://")) {
    u->port = 80;
    at = 7;
  } else {
    return "is not an http:// or https:// address";
  }
  end = at;
  while (end < n && p[end] != '/' && p[end] != '?' && p[end] != '#') {
    end++;
  }
  wrong = authority(u, p + at, end - at, lenient);
  if (wrong != NULL) {
    return wrong;
  }
  path_and_query(u, p + end, n - end);
  return NULL;
}

const char *sw_url_parse(struct sw_url *u, const char *p, size_t n) {
  return parse(u, p, n, 0);
}

const char *sw_url_field_wrong(const char *p, size_t n) {
  struct sw_url unused;
  return parse(&unused, p, n, 1);
}

/* } */

/* {==== whose network ==== */

static enum sw_net net_of(const struct sw_url *u) {
  static const char tail[] = ".localhost";
  size_t tail_n = sizeof tail - 1;
  size_t n = strlen(u->host);
  if (u->ip != 0) {
    return sw_net_of(u->address, u->ip == 4 ? 4 : 16);
  }
  return strcmp(u->host, tail + 1) == 0 ||
                 (n > tail_n && strcmp(u->host + n - tail_n, tail) == 0)
             ? SW_NET_LOOPBACK
             : SW_NET_PUBLIC;
}

int sw_url_is_loopback(const struct sw_url *u) {
  return net_of(u) == SW_NET_LOOPBACK;
}

int sw_url_is_private(const struct sw_url *u) {
  return net_of(u) == SW_NET_PRIVATE;
}

/* } */

/* {==== rules ==== */

int sw_url_same_origin(const struct sw_url *a, const struct sw_url *b) {
  return a->https == b->https && a->port == b->port &&
         strcmp(a->host, b->host) == 0;
}

/* 1 at a "." or "%2e" and its length in *n. */
static int is_dot(const char *p, size_t left, size_t *n) {
  if (left >= 1 && p[0] == '.') {
    *n = 1;
    return 1;
  }
  *n = 3;
  return left >= 3 && sw_same_case(p, 3, "%2e", 3);
}

/* Could a server or libcurl read this path as another one? */
static int is_twisted(struct sw_str path) {
  size_t at = 0;
  while (at < path.n) {
    size_t dots = 0, len;
    if (path.n - at >= 3 && (sw_same_case(path.p + at, 3, "%2f", 3) ||
                             sw_same_case(path.p + at, 3, "%5c", 3))) {
      return 1;
    }
    if (path.p[at] != '/') {
      at++;
      continue;
    }
    at++;
    while (dots < 3 && is_dot(path.p + at, path.n - at, &len)) {
      dots++;
      at += len;
    }
    if ((dots == 1 || dots == 2) && (at == path.n || path.p[at] == '/')) {
      return 1;
    }
  }
  return 0;
}

int sw_url_is_below(const struct sw_url *u, const struct sw_url *base) {
  size_t n = base->path.n;
  if (!sw_url_same_origin(u, base) || is_twisted(u->path)) {
    return 0;
  }
  if (u->path.n < n || memcmp(u->path.p, base->path.p, n) != 0) {
    return 0;
  }
  return base->path.p[n - 1] == '/' || u->path.n == n || u->path.p[n] == '/';
}

const char *sw_url_endpoint(struct sw_buf *out, const char *p, size_t n,
                            int http_ok) {
  struct sw_url u;
  const char *wrong = sw_url_parse(&u, p, n);
  size_t path_n;
  if (wrong != NULL) {
    return wrong;
  }
  if (!u.https && !http_ok && !sw_url_is_loopback(&u)) {
    return "must be https";
  }
  if (u.query.p != NULL) {
    return "has a query (?)";
  }
  if (is_twisted(u.path)) {
    return "has a dot segment or an escaped slash in its path";
  }
  path_n = u.path.n;
  while (path_n > 0 && u.path.p[path_n - 1] == '/') {
    path_n--;
  }
  sw_buf_adds(out, u.https ? "https://" : "http://");
  sw_buf_adds(out, u.host);
  if (u.port != (u.https ? 443u : 80u)) {
    sw_buf_addc(out, ':');
    sw_buf_addu(out, u.port);
  }
  sw_buf_add(out, u.path.p, path_n);
  sw_buf_addc(out, '/');
  return NULL;
}

unsigned sw_url_upload_avoids(const struct sw_url *target,
                              const struct sw_url *endpoint) {
  unsigned inner = (unsigned)SW_NET_LOOPBACK | (unsigned)SW_NET_PRIVATE;
  if (strcmp(target->host, endpoint->host) == 0) {
    return 0;
  }
  return inner & ~(unsigned)net_of(endpoint);
}

const char *sw_url_upload_wrong(const struct sw_url *target,
                                const struct sw_url *endpoint) {
  unsigned net = net_of(target) & sw_url_upload_avoids(target, endpoint);
  if (!target->https && !sw_url_same_origin(target, endpoint)) {
    return "is neither https nor of the endpoint's own origin";
  }
  if (net == SW_NET_LOOPBACK) {
    return "is this machine, and the endpoint is not";
  }
  if (net == SW_NET_PRIVATE) {
    return "is on a private network, and the endpoint is not";
  }
  return NULL;
}

const char *sw_url_next_wrong(const struct sw_url *next,
                              const struct sw_url *endpoint) {
  if (!sw_url_same_origin(next, endpoint)) {
    return "has another scheme, host or port than the endpoint";
  }
  if (!sw_url_is_below(next, endpoint)) {
    return "is not below the endpoint's path";
  }
  return NULL;
}

/* } */
