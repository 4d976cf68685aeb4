/* One HTTP exchange as plain data: what the core asks of the engine and what
   the engine answers. Both shared objects include this and nothing else of
   each other. Must not know: Lua, libcurl, the services. */
#ifndef SW_TRANSFER_H
#define SW_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* How to reach a host. Immutable once made; counted, because pooled
   connections outlive the client that asked for them. */
struct sw_profile {
  unsigned refs;
  int insecure;        /* 1: TLS is not verified (asked for by name) */
  char *ca_file;       /* NULL: the system's bundle */
  char *proxy;         /* NULL: see `proxy_env` */
  int proxy_env;       /* 1: https_proxy and no_proxy are obeyed */
  char *user_agent;
  long connect_ms;     /* for DNS, TCP and TLS together */
};

struct sw_profile *sw_profile_keep(struct sw_profile *p);
void sw_profile_drop(struct sw_profile *p); /* NULL is fine */

/* Whose network an address is of; the bits of sw_transfer.avoid. */
enum sw_net {
  SW_NET_PUBLIC = 0,
  SW_NET_LOOPBACK = 1,
  SW_NET_PRIVATE = 2 /* neither public nor loopback: private, link-local,
                        shared (carrier NAT), unique local, unspecified,
                        multicast and reserved ranges */
};

/* Of an address of 4 or 16 bytes. IPv4 inside IPv6 is what it is outside. */
enum sw_net sw_net_of(const unsigned char *address, size_t n);

/* Where an exchange ended. */
enum sw_stage {
  SW_STAGE_BUILD,
  SW_STAGE_DNS,
  SW_STAGE_CONNECT,
  SW_STAGE_TLS,
  SW_STAGE_SEND,
  SW_STAGE_WAIT,
  SW_STAGE_RECEIVE,
  SW_STAGE_DECODE,
  SW_STAGE_DONE /* a whole reply is here */
};

/* Why an exchange has no whole reply. */
enum sw_fault {
  SW_FAULT_NONE,
  SW_FAULT_NETWORK,   /* refused, reset, closed, no such host */
  SW_FAULT_TIMEOUT,   /* the deadline passed */
  SW_FAULT_TLS,       /* certificate, host name, handshake */
  SW_FAULT_TRUNCATED, /* the reply ended before its announced end */
  SW_FAULT_TOO_BIG,   /* the reply passed `max_reply` */
  SW_FAULT_ENCODING,  /* the reply's content encoding is broken */
  SW_FAULT_PROTOCOL,  /* not HTTP */
  SW_FAULT_BARRED,    /* the host's addresses are all to be avoided */
  SW_FAULT_FILE,      /* the file shrank or cannot be read */
  SW_FAULT_CANCELLED,
  SW_FAULT_MEMORY,
  SW_FAULT_FORKED     /* begun in another process: fate unknown here */
};

enum sw_transfer_state { SW_IDLE, SW_FLYING, SW_LANDED };

/* Seconds from submit; 0 where the stage was not reached. */
struct sw_times {
  double dns, connect, tls, first_byte, total;
};

/* Zero it, fill the first part, submit. The caller owns it and everything it
   points at, and keeps both alive until the engine says that it landed or was
   cancelled. Strings of the first part end in NUL. */
struct sw_transfer {
  /* asked */
  const char *verb;
  const char *url;
  const char *const *headers; /* header lines "Name: value" */
  size_t header_count;
  const char *body; /* NULL: none */
  size_t body_len;
  struct sw_profile *profile;
  int fresh;          /* 1: a connection of its own (see the retry law) */
  unsigned avoid;     /* enum sw_net: no connection to addresses of these, be
                         the host a name or not; unless a proxy makes it */
  long deadline_ms;   /* from submit; covers DNS to the last byte */
  size_t max_reply;   /* decompressed bytes */
  int file;           /* upload: an open descriptor, else -1 */
  uint64_t file_size;
  const char *file_name;  /* base name shown to the server */
  const char *file_field; /* name of the multipart part */

  /* answered */
  enum sw_transfer_state state;
  enum sw_fault fault;
  enum sw_stage stage;
  int status;
  int byte_left;       /* 1: a byte of the request may have left us */
  int reused;          /* 1: an older connection served it */
  uint64_t sent;       /* body bytes handed to the network so far */
  struct sw_buf reply; /* owned here; the engine appends to it */
  struct sw_buf head;  /* status line and headers of the last reply */
  char detail[256];    /* libcurl's own words, for the message */
  struct sw_times took;

  void *own; /* the engine's; NULL unless it flies */
  struct sw_transfer *next; /* the engine's: landed and not yet returned */
  void *tag; /* the caller's; the engine never looks */
};

/* Empties the reply, keeping its memory, and clears the second part: the same
   request can be sent again. Never call it while the transfer flies. */
void sw_transfer_rewind(struct sw_transfer *t);
/* The same, and frees the reply's memory. */
void sw_transfer_reset(struct sw_transfer *t);

#endif
