/* The canned shop: see shop.h. */
#include "shop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNS = 256, KEPT = 16 * 1024 };

struct conn {
  int fd; /* -1: free */
  size_t n;
  char text[KEPT + 1];
};

struct canned {
  const char *start; /* of "VERB path", behind the run's own prefix */
  const char *status;
  const char *body; /* %s: the run's address */
};

#define LINK "{\"title\":\"Book\",\"slug\":\"book-1\"," \
  "\"base_price\":\"9.90\",\"quantity\":3,\"tags\":[\"a\",\"b\"]," \
  "\"shorturl\":null}"
#define PAYMENT(id) "{\"payment_id\":\"" id "\",\"amount\":\"9.90\"," \
  "\"buyer_name\":\"Zo\\u00eb\",\"fees\":0.4,\"quantity\":1}"

/* The first that fits. */
static const struct canned answers[] = {
  {"GET api/1.1/debug/", "200 OK", "{\"success\":true,\"user\":\"acme\"}"},
  {"GET api/1.1/links/get_file_upload_url/", "200 OK",
   "{\"success\":true,\"upload_url\":\"%supload\"}"},
  {"GET api/1.1/links/", "200 OK",
   "{\"success\":true,\"links\":[" LINK "," LINK "]}"},
  {"POST api/1.1/links/", "201 Created",
   "{\"success\":true,\"link\":" LINK "}"},
  {"PATCH api/1.1/links/", "200 OK",
   "{\"success\":true,\"link\":" LINK "}"},
  {"DELETE api/1.1/links/", "204 No Content", ""},
  {"POST upload", "200 OK", "{\"url\":\"https://x.test/f\",\"size\":9}"},
  {"GET api/1.1/payments/?page=2", "200 OK",
   "{\"success\":true,\"payments\":[" PAYMENT("MOJO3") "]}"},
  {"GET api/1.1/payments/?page=3", "200 OK",
   "{\"success\":true,\"payments\":[]}"},
  {"GET api/1.1/payments/MOJO1/", "200 OK",
   "{\"success\":true,\"payment\":" PAYMENT("MOJO1") "}"},
  {"GET api/1.1/payments/MOJO9/", "404 Not Found",
   "{\"success\":false,\"message\":\"no such payment\"}"},
  {"GET api/1.1/payments/", "200 OK",
   "{\"success\":true,\"payments\":[" PAYMENT("MOJO1") ","
   PAYMENT("MOJO2") "]}"},
  {"POST api/1.1/payment-requests/", "400 Bad Request",
   "{\"success\":false,\"message\":{\"email\":[\"Enter a valid e-mail.\"],"
   "\"phone\":[\"Too short.\",\"Not a number.\"]}}"},
  {"GET api/1.1/refunds/", "502 Bad Gateway", "<html>bad gateway</html>"},
  {"POST api/1.1/refunds/", "502 Bad Gateway", "<html>bad gateway</html>"},
  {"POST api/1.1/auth/", "200 OK",
   "{\"success\":true,\"auth_token\":{\"auth_token\":\"t0ken\"}}"},
  {"PATCH v2/store/scriptvalues/", "200 OK",
   "{\"values\":[{\"id\":\"7\",\"value\":\"v\"}]}"},
  {"", "404 Not Found", "{\"success\":false,\"message\":\"no route\"}"}
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

static void count(struct shop *s, long run, const char *what) {
  volatile unsigned char *posts;
  if (run < 0 || run >= SHOP_RUNS) {
    return;
  }
  posts = s->book->posts[run];
  if (strncmp(what, "POST upload", 11) == 0) {
    posts[SHOP_UPLOAD]++;
  } else if (strncmp(what, "POST", 4) == 0) {
    posts[SHOP_CREATE]++;
  }
}

static void reply(struct shop *s, int fd, const struct canned *c, long run) {
  char home[64], body[1024], text[1536];
  int n;
  snprintf(home, sizeof home, "http://127.0.0.1:%d/r%ld/", s->port, run);
  n = snprintf(body, sizeof body, c->body, home);
  n = snprintf(text, sizeof text,
               "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
               "X-Request-Id: r-1\r\nContent-Length: %d\r\n\r\n%s",
               c->status, n, body);
  put(fd, text, (size_t)n);
}

/* Whatever the order: a table's keys come in any. */
static unsigned sum(const char *p, size_t n) {
  unsigned total = (unsigned)n;
  size_t i;
  for (i = 0; i < n; i++) {
    unsigned c = (unsigned char)p[i];
    total += (c + 7) * (c + 7) * 2654435761u;
  }
  return total;
}

/* "POST /r12/api/…" is counted for run 12 and looked up as "POST api/…". */
static void answer(struct shop *s, struct conn *c, const char *body,
                   size_t n) {
  char verb[16], path[256], what[300];
  long run = -1;
  size_t i = 0;
  verb[0] = '\0';
  path[0] = '\0';
  if (sscanf(c->text, "%15s /r%ld/%255s", verb, &run, path) < 2) {
    return;
  }
  snprintf(what, sizeof what, "%s %s", verb, path);
  count(s, run, what);
  if (run >= 0 && run < SHOP_RUNS && strcmp(verb, "GET") != 0 &&
      strcmp(path, "upload") != 0) {
    s->book->sums[run] = sum(what, strlen(what)) + sum(body, n);
  }
  while (strncmp(what, answers[i].start, strlen(answers[i].start)) != 0) {
    i++;
  }
  reply(s, c->fd, &answers[i], run);
}

static size_t length_of(const char *head, const char *end) {
  const char *at;
  for (at = head; at < end; at++) {
    if (strncasecmp(at, "\ncontent-length:", 16) == 0) {
      return strtoul(at + 16, NULL, 10);
    }
  }
  return 0;
}

static void take(struct shop *s, struct conn *c) {
  const char *end;
  size_t whole;
  ssize_t n = recv(c->fd, c->text + c->n, KEPT - c->n, 0);
  if (n <= 0) {
    close(c->fd);
    c->fd = -1;
    return;
  }
  c->n += (size_t)n;
  c->text[c->n] = '\0';
  end = strstr(c->text, "\r\n\r\n");
  if (end == NULL) {
    return;
  }
  whole = (size_t)(end - c->text) + 4 + length_of(c->text, end);
  if (c->n >= whole) {
    answer(s, c, end + 4, whole - (size_t)(end + 4 - c->text));
    c->n = 0;
  }
}

static void welcome(int listener, struct conn *conns) {
  int i, fd = accept(listener, NULL, NULL);
  for (i = 0; fd >= 0 && i < CONNS; i++) {
    if (conns[i].fd < 0) {
      conns[i].fd = fd;
      conns[i].n = 0;
      return;
    }
  }
  if (fd >= 0) {
    close(fd);
  }
}

static void serve(struct shop *s, int listener) {
  struct conn *conns = calloc(CONNS, sizeof *conns);
  struct pollfd list[CONNS + 1];
  int i;
  for (i = 0; conns != NULL && i < CONNS; i++) {
    conns[i].fd = -1;
  }
  while (conns != NULL) {
    list[CONNS].fd = listener;
    list[CONNS].events = POLLIN;
    for (i = 0; i < CONNS; i++) {
      list[i].fd = conns[i].fd;
      list[i].events = POLLIN;
    }
    if (poll(list, CONNS + 1, -1) < 0) {
      continue;
    }
    for (i = 0; i < CONNS; i++) {
      if (conns[i].fd >= 0 && list[i].revents != 0) {
        take(s, &conns[i]);
      }
    }
    if (list[CONNS].revents != 0) {
      welcome(listener, conns);
    }
  }
}

static int listen_somewhere(struct shop *s) {
  struct sockaddr_in where;
  socklen_t n = sizeof where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&where, 0, sizeof where);
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)&where, sizeof where) != 0 ||
      listen(fd, 128) != 0 ||
      getsockname(fd, (struct sockaddr *)&where, &n) != 0) {
    return -1;
  }
  s->port = ntohs(where.sin_port);
  return fd;
}

int shop_open(struct shop *s) {
  int listener = listen_somewhere(s);
  s->book = mmap(NULL, sizeof *s->book, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (listener < 0 || s->book == MAP_FAILED) {
    return -1;
  }
  s->pid = fork();
  if (s->pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(s, listener);
    _exit(1);
  }
  close(listener);
  return s->pid > 0 ? 0 : -1;
}

void shop_close(struct shop *s) {
  kill(s->pid, SIGKILL);
  waitpid(s->pid, NULL, 0);
}
