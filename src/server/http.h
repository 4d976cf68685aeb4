/* A small HTTP server on 127.0.0.1 for the sandbox: requests come out of one
   queue, answers go back whenever the caller has them, faults included.
   One thread drives it all, inside sw_http_next(). Bodies up to 1 MiB stay in
   memory; larger ones and uploaded files go to a directory of its own.
   Must not know: Lua, what is served. */
#ifndef SW_SERVER_HTTP_H
#define SW_SERVER_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "../buf.h"

#define SW_HTTP_MEMORY ((size_t)1024 * 1024)

struct MHD_Connection;
struct MHD_PostProcessor;
struct sw_http;

/* One part of a multipart body. All of it is owned by the request. */
struct sw_http_part {
  struct sw_http_part *next;
  char *name;
  char *filename;     /* NULL: a plain field, its value is in `text` */
  char *type;         /* NULL when the client named none */
  char *path;         /* where a file's bytes are; NULL for a plain field */
  uint64_t size;
  struct sw_buf text;
};

enum sw_http_state {
  SW_HTTP_NEW,
  SW_HTTP_READING,
  SW_HTTP_QUEUED,   /* suspended: the caller has it or will have it */
  SW_HTTP_ANSWERED, /* resumed, or waiting for its due time */
  SW_HTTP_SENDING
};

struct sw_http_answer {
  int status;
  struct sw_buf heads; /* name NUL value NUL, repeated */
  struct sw_buf body;
  int file;            /* an open descriptor, owned; -1: `body` is sent */
  uint64_t total;      /* bytes of the whole body */
  uint64_t limit;      /* bytes really sent: less than total to truncate */
  int reset;           /* 1: the connection ends with a TCP reset */
  int whole;           /* 1: the reset comes after `limit` bytes */
  long delay_ms;
};

struct sw_http_request {
  /* what came in; read only for the caller */
  const char *method;
  const char *target;       /* raw path and query, as on the wire */
  struct sw_buf heads;      /* name NUL value NUL, repeated */
  struct sw_buf body;       /* whole body when body_path is NULL */
  char *body_path;          /* a body over SW_HTTP_MEMORY */
  uint64_t body_size;
  struct sw_http_part *parts;

  /* to be filled before sw_http_reply() */
  struct sw_http_answer answer;

  /* the server's own */
  struct sw_http *server;   /* NULL once the server is closed */
  struct MHD_Connection *connection; /* NULL once it is gone */
  struct MHD_PostProcessor *processor;
  struct sw_http_part **tail;
  struct sw_http_request *prev, *next;  /* all living ones */
  struct sw_http_request *next_ready;   /* the queue */
  enum sw_http_state state;
  unsigned refs;
  int suspended;
  int sink;                 /* file that is being written; -1: none */
  int refused;              /* status to answer instead of queueing; 0 */
  size_t part_bytes;        /* of plain fields, against SW_HTTP_MEMORY */
  int64_t due;
  char *owned;              /* memory of method and target */
};

struct sw_http_options {
  unsigned short port;    /* 0: any free one */
  const char *cert;       /* PEM text; NULL: plain HTTP */
  const char *key;
  const char *parent;     /* where the directory is made; NULL: TMPDIR */
  int signals;            /* 1: SIGTERM and SIGINT are taken by this server */
};

/* NULL with a sentence in `error`. */
struct sw_http *sw_http_open(const struct sw_http_options *o, char *error,
                             size_t error_size);
/* Ends every connection, removes the directory, gives back the signals. */
void sw_http_close(struct sw_http *h);
unsigned sw_http_port(const struct sw_http *h);
const char *sw_http_dir(const struct sw_http *h);
/* 1 once SIGTERM or SIGINT came. */
int sw_http_stopped(const struct sw_http *h);
/* A foreign descriptor that ends a wait when it is readable; -1: none. */
void sw_http_also(struct sw_http *h, int fd);

/* Works at most wait_ms for a whole request. The caller holds a reference to
   it, to be given back with sw_http_drop. NULL: none, a signal came, or the
   foreign descriptor is readable. */
struct sw_http_request *sw_http_next(struct sw_http *h, long wait_ms);
/* Sends `answer`, after its delay. 0, or -1 when the client is gone or an
   answer was given before. */
int sw_http_reply(struct sw_http_request *r);
/* A request that was not answered is reset. NULL is fine. */
void sw_http_drop(struct sw_http_request *r);

#endif
