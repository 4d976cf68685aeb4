/* The test's own HTTP server: see wire.h. Must not know: what is tested. */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNS = 96, KEPT = 16 * 1024 };

struct conn {
  int fd; /* -1: free */
  size_t kept;
  unsigned long long got; /* bytes of this request */
  unsigned long long want; /* head and body; 0: head not whole yet */
  int dead;               /* answered for good: only waits for the close */
  char text[KEPT + 1];    /* the first bytes */
};

struct wire {
  int listener, port, stop[2];
  int hellos;
  pthread_t thread;
  pthread_mutex_t lock; /* guards the four below */
  pthread_cond_t dropped;
  int requests, connections, drop;
  unsigned long long bytes;
  struct conn conns[CONNS];
};

static void put(int fd, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    bytes += sent;
    n -= (size_t)sent;
  }
}

static void puts_to(int fd, const char *text) {
  put(fd, text, strlen(text));
}

static void end(struct conn *c, int reset) {
  struct linger hard = {1, 0};
  if (reset) {
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  close(c->fd);
  c->fd = -1;
}

static void put_with_length(int fd, const char *head, const char *body,
                            size_t n) {
  char line[256];
  snprintf(line, sizeof line,
           "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", head, n);
  puts_to(fd, line);
  put(fd, body, n);
}

/* A hundred thousand zeros. */
static void put_bomb(int fd) {
  static const unsigned char head[] = {
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 0x31, 1, 0, 0, 0, 0xc2,
    0xa0, 0xf5, 0x4f, 0x6d, 0x0d, 0x0f, 0xa0
  };
  static const unsigned char tail[] = {
    0x80, 0x57, 3, 0x7d, 0x95, 0x11, 0xd4, 0xa0, 0x86, 1, 0
  };
  char bytes[132];
  memset(bytes, 0, sizeof bytes);
  memcpy(bytes, head, sizeof head);
  memcpy(bytes + sizeof bytes - sizeof tail, tail, sizeof tail);
  put_with_length(fd, "Content-Encoding: gzip\r\n", bytes, sizeof bytes);
}

static void put_big_head(int fd) {
  char line[128];
  int i;
  puts_to(fd, "HTTP/1.1 200 OK\r\n");
  memset(line, 'x', sizeof line);
  memcpy(line, "X-Big: ", 7);
  memcpy(line + sizeof line - 3, "\r\n", 3);
  for (i = 0; i < 600; i++) {
    puts_to(fd, line);
  }
  puts_to(fd, "Content-Length: 0\r\n\r\n");
}

static int is(const char *path, const char *name) {
  size_t n = strlen(name);
  return strncmp(path, name, n) == 0 && (path[n] == ' ' || path[n] == '?');
}

struct canned {
  const char *path, *reply;
  int after; /* 0: keep; 1: close; 2: read no more */
};

static const struct canned canned[] = {
  {"/ok", "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello", 0},
  {"/204", "HTTP/1.1 204 No Content\r\n\r\n", 0},
  {"/hang", "", 2},
  {"/stall", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", 2},
  {"/close", "", 1},
  {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", 1},
  {"/chunkcut",
   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 1},
  {"/http09", "this is no HTTP at all", 1},
  {"/badgzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
   "Content-Length: 5\r\n\r\nhello", 1},
  {"/interim", "HTTP/1.1 100 Continue\r\nX-Zero: 0\r\n\r\n"
   "HTTP/1.1 103 Early Hints\r\nX-Hint: 0\r\n\r\n"
   "HTTP/1.1 201 Created\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\nok", 0},
  {"/trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
   "Trailer: X-End\r\n\r\n2\r\nok\r\n0\r\nX-End: 1\r\n\r\n", 0},
  {"/redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
   "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n", 0}
};

static void answer(struct conn *c) {
  char *path = strchr(c->text, ' ');
  size_t i;
  path = path == NULL ? c->text : path + 1;
  for (i = 0; i < sizeof canned / sizeof canned[0]; i++) {
    if (is(path, canned[i].path)) {
      puts_to(c->fd, canned[i].reply);
      if (canned[i].after == 1) {
        end(c, 0);
      }
      c->dead = canned[i].after == 2;
      return;
    }
  }
  if (is(path, "/reset")) {
    end(c, 1);
  } else if (is(path, "/echo")) {
    put_with_length(c->fd, "", c->text, c->kept);
  } else if (is(path, "/bomb")) {
    put_bomb(c->fd);
  } else if (is(path, "/bighead")) {
    put_big_head(c->fd);
  } else {
    puts_to(c->fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }
}

/* Where the request ends, once its head is here. */
static void measure(struct conn *c) {
  const char *head_end, *at;
  c->text[c->kept] = '\0';
  head_end = strstr(c->text, "\r\n\r\n");
  if (head_end == NULL) {
    return;
  }
  c->want = (unsigned long long)(head_end - c->text) + 4;
  for (at = c->text; at < head_end; at++) {
    if (strncasecmp(at, "\ncontent-length:", 16) == 0) {
      c->want += strtoull(at + 16, NULL, 10);
    }
  }
}

static void take(struct wire *w, struct conn *c) {
  char bytes[64 * 1024];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
  size_t keep;
  if (n <= 0) {
    end(c, 0);
    return;
  }
  if (c->dead) {
    return;
  }
  if (c->got == 0 && bytes[0] == 0x16) {
    c->dead = 1; /* a TLS hello */
    if (w->hellos++ == 0) {
      puts_to(c->fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    return;
  }
  keep = KEPT - c->kept < (size_t)n ? KEPT - c->kept : (size_t)n;
  memcpy(c->text + c->kept, bytes, keep);
  c->kept += keep;
  c->got += (unsigned long long)n;
  if (c->want == 0) {
    measure(c);
  }
  if (c->want == 0 || c->got < c->want) {
    return;
  }
  pthread_mutex_lock(&w->lock);
  w->requests++;
  w->bytes = c->got;
  pthread_mutex_unlock(&w->lock);
  answer(c);
  c->kept = 0;
  c->got = 0;
  c->want = 0;
}

static void welcome(struct wire *w) {
  int i, fd = accept(w->listener, NULL, NULL);
  if (fd < 0) {
    return;
  }
  for (i = 0; i < CONNS; i++) {
    if (w->conns[i].fd < 0) {
      memset(&w->conns[i], 0, sizeof w->conns[i]);
      w->conns[i].fd = fd;
      pthread_mutex_lock(&w->lock);
      w->connections++;
      pthread_mutex_unlock(&w->lock);
      return;
    }
  }
  close(fd);
}

static void drop_asked(struct wire *w) {
  int i, drop;
  pthread_mutex_lock(&w->lock);
  drop = w->drop;
  pthread_mutex_unlock(&w->lock);
  for (i = 0; drop && i < CONNS; i++) {
    if (w->conns[i].fd >= 0) {
      end(&w->conns[i], 0);
    }
  }
  pthread_mutex_lock(&w->lock);
  w->drop = 0;
  pthread_cond_signal(&w->dropped);
  pthread_mutex_unlock(&w->lock);
}

static void *serve(void *arg) {
  struct wire *w = arg;
  struct pollfd list[CONNS + 2];
  int i;
  for (;;) {
    list[0].fd = w->stop[0];
    list[1].fd = w->listener;
    for (i = 0; i < CONNS; i++) {
      list[i + 2].fd = w->conns[i].fd;
    }
    for (i = 0; i < CONNS + 2; i++) {
      list[i].events = POLLIN;
    }
    if (poll(list, CONNS + 2, -1) < 0) {
      continue;
    }
    if (list[0].revents != 0) {
      char c;
      if (read(w->stop[0], &c, 1) <= 0 || c == 'q') {
        return NULL;
      }
      drop_asked(w);
      continue;
    }
    for (i = 0; i < CONNS; i++) {
      if (list[i + 2].fd >= 0 && list[i + 2].revents != 0) {
        take(w, &w->conns[i]);
      }
    }
    if (list[1].revents != 0) {
      welcome(w);
    }
  }
}

static int listen_somewhere(struct wire *w) {
  struct sockaddr_in where;
  socklen_t n = sizeof where;
  memset(&where, 0, sizeof where);
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  w->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (w->listener < 0 ||
      bind(w->listener, (struct sockaddr *)&where, sizeof where) != 0 ||
      listen(w->listener, 128) != 0 ||
      getsockname(w->listener, (struct sockaddr *)&where, &n) != 0) {
    return -1;
  }
  w->port = ntohs(where.sin_port);
  return 0;
}

struct wire *wire_open(void) {
  struct wire *w = calloc(1, sizeof *w);
  int i;
  if (w == NULL) {
    return NULL;
  }
  for (i = 0; i < CONNS; i++) {
    w->conns[i].fd = -1;
  }
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->dropped, NULL);
  if (listen_somewhere(w) != 0 || pipe(w->stop) != 0 ||
      pthread_create(&w->thread, NULL, serve, w) != 0) {
    free(w);
    return NULL;
  }
  return w;
}

static void tell(struct wire *w, char c) {
  if (write(w->stop[1], &c, 1) != 1) {
    abort();
  }
}

void wire_close(struct wire *w) {
  int i;
  tell(w, 'q');
  pthread_join(w->thread, NULL);
  for (i = 0; i < CONNS; i++) {
    if (w->conns[i].fd >= 0) {
      close(w->conns[i].fd);
    }
  }
  close(w->listener);
  close(w->stop[0]);
  close(w->stop[1]);
  pthread_cond_destroy(&w->dropped);
  pthread_mutex_destroy(&w->lock);
  free(w);
}

int wire_port(const struct wire *w) {
  return w->port;
}

static unsigned long long look(struct wire *w, int which) {
  unsigned long long n;
  pthread_mutex_lock(&w->lock);
  n = which == 0 ? (unsigned long long)w->requests
                 : which == 1 ? (unsigned long long)w->connections : w->bytes;
  pthread_mutex_unlock(&w->lock);
  return n;
}

int wire_requests(struct wire *w) {
  return (int)look(w, 0);
}

int wire_connections(struct wire *w) {
  return (int)look(w, 1);
}

unsigned long long wire_bytes(struct wire *w) {
  return look(w, 2);
}

void wire_drop_all(struct wire *w) {
  pthread_mutex_lock(&w->lock);
  w->drop = 1;
  tell(w, 'd');
  while (w->drop) {
    pthread_cond_wait(&w->dropped, &w->lock);
  }
  pthread_mutex_unlock(&w->lock);
}
