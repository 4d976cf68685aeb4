/* What the engine's own files share: a flight is one easy handle, kept set up
   for one profile and lent to one transfer at a time.
   Must not know: Lua, the services, OpenSSL. */
#ifndef SW_FLIGHT_H
#define SW_FLIGHT_H

#include <sys/types.h>

#include "../transfer.h"
#include "compat.h"
#include "mark.h"
#include "poller.h"

enum {
  SW_LINES = 24,            /* header lines that need no allocation */
  SW_IDLE_MAX = 64,         /* easy handles kept for the next call */
  SW_PER_HOST = 64,         /* connections to one host */
  SW_HEAD_MAX = 64 * 1024,  /* bytes of a reply's head */
  SW_HEAD_ROOM = 500,       /* what most heads fit in */
  SW_ROOM_MAX = 1024 * 1024, /* believed of a Content-Length beforehand */
  SW_NAMES_S = 60           /* for which a host's address is known; or twice
                               that, see sw_flight_dress */
};

/* How far the reply's head has come. */
enum sw_head {
  SW_HEAD_NONE,
  SW_HEAD_INTERIM, /* inside a 1xx block, which is dropped */
  SW_HEAD_OPEN,
  SW_HEAD_WHOLE    /* what follows are trailers, dropped too */
};

struct sw_flight {
  struct sw_flight *prev, *next; /* in the engine's idle or flying list */
  CURL *easy;
  struct sw_transfer *transfer; /* NULL while idle */
  struct sw_profile *profile;   /* kept; what `easy` is set up for */
  struct sw_engine *engine;     /* whose sockets it opens */
  uint64_t offset;              /* upload: next byte of the file */
  enum sw_fault fault;          /* why a callback stopped the exchange */
  enum sw_head head;
  int shaking;                  /* 1: connected, TLS has begun */
  unsigned avoid;               /* enum sw_net: what sockets keep off */
  long port;                    /* another port is a proxy's; 0: any port is
                                   the host's */
  int barred;                   /* 1: an address was one to avoid */
  int proxy_env;                /* 1: the environment may name a proxy */
  int proxy_off;                /* what was set last, so that a call sets */
  int fresh;                    /* only what changes */
  int targeted;
  int ages_names;
  long deadline_ms;
  char verb[12];
  curl_mime *form;              /* upload; owned */
  char *agent;                  /* owned; the header line, or NULL */
  struct curl_slist *more;      /* owned, when SW_LINES is too few */
  struct curl_slist lines[SW_LINES];
  char words[CURL_ERROR_SIZE];  /* libcurl's, of this exchange */
};

struct sw_flights {
  struct sw_flight *first, *last;
  size_t count;
};

/* One byte for each descriptor number that libcurl uses. */
struct sw_socket {
  unsigned char ours; /* 1: libcurl opened it through on_open_socket */
  unsigned char want; /* what libcurl waits for */
  unsigned char have; /* what the poller watches */
};

struct sw_engine {
  struct sw_mark mark;
  CURLM *multi;
  struct sw_poller poller;
  int polled;   /* 1: fd() was asked for: sockets and timer are watched */
  int broke;    /* 1: libcurl ran out of memory between two flights */
  int blind;    /* 1: a socket could not be watched; look at all, often */
  struct sw_socket *sockets; /* by descriptor number */
  size_t socket_count;
  struct sw_flights idle, flying;
  struct sw_transfer *landed, **landed_end; /* oldest first */
  size_t landed_count;
  int64_t names_due; /* when a call drops the old names again */
};

void sw_flights_add(struct sw_flights *list, struct sw_flight *f);
void sw_flights_remove(struct sw_flights *list, struct sw_flight *f);

/* A new flight set up for `profile`; its sockets are counted in `e`.
   NULL: no memory. */
struct sw_flight *sw_flight_new(struct sw_engine *e,
                                struct sw_profile *profile);
void sw_flight_free(struct sw_flight *f); /* not while libcurl flies it */
/* Sets what differs from the flight's last exchange. `ages_names`: the call
   drops names that are too old; libcurl would have each call go through all
   of its names at its end. 0; or -1 with t->fault and t->detail set, and then
   the flight is only fit to be freed. */
int sw_flight_dress(struct sw_flight *f, struct sw_transfer *t,
                    int ages_names);
/* Takes the transfer off: fills its answer from libcurl's `code`. Not more
   than once per exchange; call after the easy handle left the multi. */
void sw_flight_land(struct sw_flight *f, CURLcode code);
/* 1: may serve again. An upload's handle may not: it held a form. */
int sw_flight_lasts(const struct sw_flight *f);

/* Registers the file of `t` as the one part of a form. As sw_flight_dress. */
int sw_upload_dress(struct sw_flight *f, const struct sw_transfer *t);

/* Callbacks that fill the answer; registered by sw_flight_new. They append
   and set `fault`, nothing else. */
size_t sw_on_body(char *bytes, size_t size, size_t n, void *flight);
size_t sw_on_head(char *bytes, size_t size, size_t n, void *flight);
int sw_on_request(void *flight, char *to, char *from, int to_port,
                  int from_port);
CURLcode sw_on_tls(CURL *easy, void *context, void *flight);
/* What libcurl's code means for this flight. */
enum sw_fault sw_fault_of(const struct sw_flight *f, CURLcode code);
enum sw_stage sw_stage_of(const struct sw_flight *f, CURLcode code,
                          uint64_t sent);

/* Sockets: made and closed here, so that a forked child knows its copies.
   None is made to an address that the flight avoids: it is barred then. */
curl_socket_t sw_on_open_socket(void *flight, curlsocktype purpose,
                                struct curl_sockaddr *address);
int sw_on_close_socket(void *engine, curl_socket_t s);
int sw_on_socket(CURL *easy, curl_socket_t s, int what, void *engine,
                 void *unused);
/* The poller saw something on `s`: tells libcurl, or forgets the socket when
   libcurl does not wait for it. 1: libcurl was told. Sets `broke`. */
int sw_socket_act(struct sw_engine *e, const struct sw_ready *ready);
/* In a forked child: closes the copies. */
void sw_sockets_abandon(struct sw_engine *e);

#endif
