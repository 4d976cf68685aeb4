/* libcurl's sockets and what the poller watches of them: see flight.h.
   A connection that goes idle stays watched for reading, so that the next
   call on it needs no system call; it is forgotten when it stirs meanwhile.
   Must not know: transfers, Lua, the services. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../alloc.h"
#include "flight.h"

static struct sw_socket *slot_of(struct sw_engine *e, int fd) {
  struct sw_socket *grown;
  size_t count, n;
  if (fd < 0) {
    return NULL;
  }
  n = (size_t)fd;
  if (n < e->socket_count) {
    return &e->sockets[n];
  }
  count = n + 64;
  grown = sw_realloc(e->sockets, count * sizeof *grown);
  if (grown == NULL) {
    return NULL;
  }
  memset(grown + e->socket_count, 0,
         (count - e->socket_count) * sizeof *grown);
  e->sockets = grown;
  e->socket_count = count;
  return &e->sockets[n];
}

static void watch(struct sw_engine *e, int fd, struct sw_socket *slot,
                  unsigned want) {
  if (want == slot->have) {
    return;
  }
  if (sw_poller_watch(&e->poller, fd, slot->have, want) != 0 && want != 0) {
    e->blind = 1;
    return;
  }
  slot->have = (unsigned char)want;
}

/* The address as it will be connected to: a name cannot mean another one by
   then. What is no IP address is avoided too. */
static int is_to_avoid(const struct sw_flight *f,
                       const struct curl_sockaddr *address) {
  const void *at = &address->addr; /* as many bytes as its family has */
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  unsigned char bytes[16];
  size_t n = 4;
  unsigned port;
  if (f->avoid == 0) {
    return 0;
  }
  if (address->family == AF_INET && address->addrlen >= sizeof v4) {
    memcpy(&v4, at, sizeof v4);
    memcpy(bytes, &v4.sin_addr, n);
    port = ntohs(v4.sin_port);
  } else if (address->family == AF_INET6 && address->addrlen >= sizeof v6) {
    n = 16;
    memcpy(&v6, at, sizeof v6);
    memcpy(bytes, &v6.sin6_addr, n);
    port = ntohs(v6.sin6_port);
  } else {
    return 1;
  }
  if (f->port != 0 && (long)port != f->port) {
    return 0; /* a proxy's */
  }
  return ((unsigned)sw_net_of(bytes, n) & f->avoid) != 0;
}

curl_socket_t sw_on_open_socket(void *flight, curlsocktype purpose,
                                struct curl_sockaddr *address) {
  struct sw_flight *f = flight;
  struct sw_engine *e = f->engine;
  struct sw_socket *slot;
  int type = address->socktype;
  int s;
  (void)purpose;
  if (is_to_avoid(f, address)) {
    f->barred = 1;
    return CURL_SOCKET_BAD; /* libcurl tries the name's next address */
  }
#ifdef SOCK_CLOEXEC
  type |= SOCK_CLOEXEC;
#endif
  s = socket(address->family, type, address->protocol);
  slot = slot_of(e, s);
  if (slot == NULL) {
    if (s >= 0) {
      close(s);
    }
    return CURL_SOCKET_BAD;
  }
  memset(slot, 0, sizeof *slot);
  slot->ours = 1;
  return s;
}

/* Told to forget before the close: a copy in a forked child would keep the
   poller reporting a number that means nothing here any more. */
int sw_on_close_socket(void *engine, curl_socket_t s) {
  struct sw_engine *e = engine;
  struct sw_socket *slot = slot_of(e, s);
  if (slot != NULL) {
    watch(e, s, slot, 0);
    memset(slot, 0, sizeof *slot);
  }
  return close(s);
}

int sw_on_socket(CURL *easy, curl_socket_t s, int what, void *engine,
                 void *unused) {
  struct sw_engine *e = engine;
  struct sw_socket *slot = slot_of(e, s);
  unsigned want = 0;
  (void)easy;
  (void)unused;
  if (slot == NULL) {
    e->blind = 1; /* a failure here would end every flight */
    return 0;
  }
  if (what != CURL_POLL_REMOVE) {
    want = (what & CURL_POLL_IN ? (unsigned)SW_READ : 0u) |
           (what & CURL_POLL_OUT ? (unsigned)SW_WRITE : 0u);
  }
  slot->want = (unsigned char)want;
  if (want != 0 || !slot->ours || slot->have != SW_READ) {
    watch(e, s, slot, want);
  }
  return 0;
}

int sw_socket_act(struct sw_engine *e, const struct sw_ready *ready) {
  struct sw_socket *slot = slot_of(e, ready->fd);
  int mask = (ready->what & SW_READ ? CURL_CSELECT_IN : 0) |
             (ready->what & SW_WRITE ? CURL_CSELECT_OUT : 0) |
             (ready->what & SW_BROKEN ? CURL_CSELECT_ERR : 0);
  int running = 0;
  if (slot == NULL) {
    return 0;
  }
  if (slot->want == 0) {
    watch(e, ready->fd, slot, 0);
    return 0;
  }
  e->broke = curl_multi_socket_action(e->multi, ready->fd, mask, &running) ==
             CURLM_OUT_OF_MEMORY;
  return 1;
}

void sw_sockets_abandon(struct sw_engine *e) {
  size_t i;
  for (i = 0; i < e->socket_count; i++) {
    if (e->sockets[i].ours) {
      close((int)i);
    }
  }
}
