/* Networks that a transfer avoids (engine/sockets.c, engine/flight.c): names
   that turn out to lie there, with the look-ups faked. Must not know: Lua. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <sys/socket.h>

#include "rig.h"

enum { INNER = SW_NET_LOOPBACK | SW_NET_PRIVATE };

typedef int (*resolver)(const char *, const char *, const struct addrinfo *,
                        struct addrinfo **);

struct name {
  const char *name;
  const char *first, *second; /* addresses; the second may be NULL */
};

static const struct name names[] = {
  {"shop.test", "127.0.0.1", NULL},
  {"four.test", "127.0.0.1", NULL},
  {"six.test", "::1", NULL},
  {"both.test", "::1", "127.0.0.1"},
  {"mapped.test", "::ffff:127.0.0.1", NULL},
  {"mixed.test", "10.0.0.1", "127.0.0.1"},
  {"inner.test", "fd00::1", "10.0.0.1"},
};

static int append(resolver next, const char *address, const char *service,
                  const struct addrinfo *hints, struct addrinfo **end) {
  struct addrinfo any = *hints;
  any.ai_family = AF_UNSPEC; /* also where there is no IPv6 */
  any.ai_flags = AI_NUMERICHOST;
  return next(address, service, &any, end);
}

/* Takes the place of the system's; libcurl's threads call it too. */
__attribute__((visibility("default")))
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  void *found = dlsym(RTLD_NEXT, "getaddrinfo");
  resolver next;
  size_t i;
  int bad;
  if (found == NULL) {
    return EAI_FAIL;
  }
  memcpy(&next, &found, sizeof next);
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (name != NULL && hints != NULL && strcmp(name, names[i].name) == 0) {
      bad = append(next, names[i].first, service, hints, result);
      if (bad == 0 && names[i].second != NULL) {
        bad = append(next, names[i].second, service, hints,
                     &(*result)->ai_next);
      }
      return bad;
    }
  }
  return next(name, service, hints, result);
}

static void ask_name(struct rig *r, struct sw_transfer *t, const char *scheme,
                     const char *host, unsigned avoid) {
  ask(r, t, "/ok");
  snprintf(r->url, sizeof r->url, "%s://%s:%d/ok", scheme, host,
           wire_port(r->wire));
  t->avoid = avoid;
}

static void is_barred(struct rig *r, struct sw_transfer *t) {
  int bad = check_failed;
  int connections = wire_connections(r->wire);
  CHECK(fly(r, t));
  CHECK_INT(t->fault, SW_FAULT_BARRED);
  CHECK_INT(t->stage, SW_STAGE_CONNECT);
  CHECK_INT(t->byte_left, 0);
  CHECK_INT(t->status, 0);
  CHECK_INT(t->sent, 0);
  CHECK_INT(wire_connections(r->wire), connections);
  if (check_failed != bad) {
    fprintf(stderr, "  for %s: %s\n", t->url, t->detail);
  }
  sw_transfer_reset(t);
}

static void is_served(struct rig *r, struct sw_transfer *t) {
  int bad = check_failed;
  CHECK(fly(r, t));
  CHECK_INT(t->fault, SW_FAULT_NONE);
  CHECK_INT(t->status, 200);
  if (check_failed != bad) {
    fprintf(stderr, "  for %s: %s\n", t->url, t->detail);
  }
  sw_transfer_reset(t);
}

static void test_names(struct rig *r) {
  static const char *const loopback[] = {"four.test", "six.test", "both.test",
                                         "mapped.test", "127.0.0.1", "[::1]"};
  struct sw_transfer t;
  size_t i;
  for (i = 0; i < sizeof loopback / sizeof loopback[0]; i++) {
    ask_name(r, &t, "http", loopback[i], INNER);
    is_barred(r, &t);
    ask_name(r, &t, "http", loopback[i], SW_NET_LOOPBACK);
    is_barred(r, &t);
  }
  CHECK_INT(wire_connections(r->wire), 0);
  ask_name(r, &t, "http", "four.test", SW_NET_PRIVATE);
  is_served(r, &t);
  ask_name(r, &t, "http", "both.test", 0);
  is_served(r, &t);
  ask_name(r, &t, "http", "inner.test", SW_NET_PRIVATE);
  is_barred(r, &t);
  ask_name(r, &t, "http", "mixed.test", INNER);
  is_barred(r, &t);
  /* the address that is allowed serves */
  ask_name(r, &t, "http", "mixed.test", SW_NET_PRIVATE);
  is_served(r, &t);
  /* the handle of a barred call serves on */
  ask_name(r, &t, "http", "four.test", INNER);
  is_barred(r, &t);
  ask_name(r, &t, "http", "four.test", 0);
  is_served(r, &t);
}

/* Of a file, not a byte is read. */
static void test_upload(struct rig *r) {
  struct sw_transfer t;
  ask_name(r, &t, "https", "four.test", INNER);
  t.verb = "POST";
  t.file = 0;
  t.file_size = 8;
  t.file_name = "a.pdf";
  t.file_field = "fileUpload";
  t.fresh = 1;
  is_barred(r, &t);
}

/* A connection that waits in the pool was made by a call that may. */
static void test_pool(struct rig *r) {
  struct sw_transfer t;
  ask_name(r, &t, "http", "shop.test", 0);
  is_served(r, &t);
  ask_name(r, &t, "http", "shop.test", INNER);
  is_barred(r, &t);
}

/* The proxy is asked, wherever it is and the host may be. */
static void asks_proxy(struct rig *r, struct sw_transfer *t) {
  int connections = wire_connections(r->wire);
  CHECK(fly(r, t));
  CHECK(t->fault != SW_FAULT_BARRED);
  CHECK_INT(wire_connections(r->wire), connections + 1);
  sw_transfer_reset(t);
}

static void test_proxy(struct rig *r) {
  struct sw_profile *p = calloc(1, sizeof *p);
  struct sw_transfer t;
  char proxy[64];
  if (!CHECK(p != NULL)) {
    return;
  }
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", wire_port(r->wire));
  p->refs = 1;
  p->proxy = malloc(sizeof proxy);
  CHECK(p->proxy != NULL);
  memcpy(p->proxy, proxy, sizeof proxy);
  ask_name(r, &t, "http", "four.test", INNER);
  t.profile = p;
  asks_proxy(r, &t);
  sw_profile_drop(p);
}

static void test_proxy_env(struct rig *r) {
  struct sw_profile *p = calloc(1, sizeof *p);
  struct sw_transfer t;
  char proxy[64];
  if (!CHECK(p != NULL)) {
    return;
  }
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", wire_port(r->wire));
  setenv("https_proxy", proxy, 1);
  p->refs = 1;
  p->proxy_env = 1;
  ask_name(r, &t, "http", "four.test", INNER); /* never over a proxy */
  t.profile = p;
  is_barred(r, &t);
  ask_name(r, &t, "https", "four.test", INNER);
  t.profile = p;
  t.url = "https://four.test/ok";
  asks_proxy(r, &t);
  setenv("no_proxy", "four.test", 1);
  is_barred(r, &t);
  t.url = "https://four.test:8443/ok";
  is_barred(r, &t);
  unsetenv("no_proxy");
  unsetenv("https_proxy");
  sw_profile_drop(p);
}

int main(void) {
  struct rig r;
  int polled;
  for (polled = 0; polled <= 1; polled++) {
    rig_open(&r);
    if (polled) {
      CHECK(r.api->fd(r.engine) >= 0);
    }
    test_names(&r);
    test_upload(&r);
    test_pool(&r);
    test_proxy(&r);
    test_proxy_env(&r);
    rig_close(&r);
  }
  return check_done();
}
