/* The server's daemon, queue and answers: see http.h.
   Must not know: Lua, what is served. */
#include "http.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../alloc.h"
#include "intake.h"

#define HEADS_MAX ((size_t)64 * 1024)
#define ANSWER_MAX ((size_t)512 * 1024 * 1024)
#define BLOCK ((size_t)64 * 1024)

struct sw_http {
  struct MHD_Daemon *daemon;
  struct sw_http_request *all;         /* every living request */
  struct sw_http_request *ready;       /* the queue, oldest first */
  struct sw_http_request **ready_tail;
  unsigned port;
  int signal_fd;                       /* -1: signals are not ours */
  int also_fd;
  int also_ready;
  int stopped;
  int woken;                           /* a connection was resumed */
  unsigned long files;                 /* numbers the files, never reused */
  sigset_t old_mask;
  char dir[512];
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* {====== one request's life ====== */

static void unlink_request(struct sw_http_request *r) {
  struct sw_http *h = r->server;
  if (h == NULL) {
    return;
  }
  if (r->prev != NULL) {
    r->prev->next = r->next;
  } else {
    h->all = r->next;
  }
  if (r->next != NULL) {
    r->next->prev = r->prev;
  }
  r->server = NULL;
}

static void clear_answer(struct sw_http_answer *a) {
  sw_buf_free(&a->heads);
  sw_buf_free(&a->body);
  if (a->file >= 0) {
    close(a->file);
    a->file = -1;
  }
}

static void release(struct sw_http_request *r) {
  if (--r->refs > 0) {
    return;
  }
  unlink_request(r);
  sw_intake_free(r);
  clear_answer(&r->answer);
  sw_buf_free(&r->heads);
  sw_free(r->owned);
  sw_free(r);
}

static void wake(struct sw_http_request *r) {
  if (r->suspended) {
    r->suspended = 0;
    r->server->woken = 1;
    MHD_resume_connection(r->connection);
  }
}

/* First sight of a request: keeps the target as it stands on the wire.
   `method` comes later, so room for it is taken here too. */
static void *on_target(void *cls, const char *uri,
                       struct MHD_Connection *connection) {
  struct sw_http *h = cls;
  size_t n = strlen(uri) + 1;
  struct sw_http_request *r = sw_malloc(sizeof(*r));
  if (r == NULL) {
    return NULL;
  }
  memset(r, 0, sizeof(*r));
  r->owned = sw_malloc(n);
  if (r->owned == NULL) {
    sw_free(r);
    return NULL;
  }
  memcpy(r->owned, uri, n);
  r->target = r->owned;
  r->method = "";
  r->refs = 1;
  r->sink = -1;
  r->answer.file = -1;
  r->tail = &r->parts;
  sw_buf_init(&r->heads, HEADS_MAX);
  sw_buf_init(&r->body, SW_HTTP_MEMORY);
  sw_buf_init(&r->answer.heads, HEADS_MAX);
  sw_buf_init(&r->answer.body, ANSWER_MAX);
  r->connection = connection;
  r->server = h;
  r->next = h->all;
  if (h->all != NULL) {
    h->all->prev = r;
  }
  h->all = r;
  return r;
}

static void on_completed(void *cls, struct MHD_Connection *connection,
                         void **con_cls,
                         enum MHD_RequestTerminationCode why) {
  struct sw_http_request *r = *con_cls;
  (void)cls;
  (void)connection;
  (void)why;
  *con_cls = NULL;
  if (r != NULL) {
    sw_intake_end(r);
    r->connection = NULL;
    r->suspended = 0;
    release(r);
  }
}

/* }====== */

/* {====== answers ====== */

/* The peer sees a reset, not an end: connecting to nowhere aborts the
   connection at once, and lingering for no time covers what it does not. */
static void reset(struct sw_http_request *r) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(
      r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  struct linger now;
  struct sockaddr nowhere;
  if (info == NULL) {
    return;
  }
  now.l_onoff = 1;
  now.l_linger = 0;
  (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now,
                   sizeof(now));
  memset(&nowhere, 0, sizeof(nowhere));
  nowhere.sa_family = AF_UNSPEC;
  (void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

static ssize_t on_body(void *cls, uint64_t at, char *out, size_t room) {
  struct sw_http_request *r = cls;
  struct sw_http_answer *a = &r->answer;
  size_t n;
  ssize_t got;
  if (at >= a->limit) {
    if (a->reset && r->connection != NULL) {
      reset(r);
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  n = a->limit - at < room ? (size_t)(a->limit - at) : room;
  if (a->file < 0) {
    memcpy(out, a->body.data + at, n);
    return (ssize_t)n;
  }
  do {
    got = pread(a->file, out, n, (off_t)at);
  } while (got < 0 && errno == EINTR);
  return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static int add_heads(struct MHD_Response *response, const struct sw_buf *b) {
  size_t at = 0;
  int bad = 0;
  while (at < b->len) {
    const char *name = b->data + at;
    const char *value = name + strlen(name) + 1;
    at += strlen(name) + 1 + strlen(value) + 1;
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
      bad = 1;
    }
  }
  return bad ? -1 : 0;
}

static enum MHD_Result send_answer(struct sw_http_request *r) {
  struct sw_http_answer *a = &r->answer;
  struct MHD_Response *response;
  enum MHD_Result done;
  if (a->reset && !a->whole) {
    reset(r);
    return MHD_NO;
  }
  if (a->total == 0) {
    response = MHD_create_response_from_buffer(0, NULL,
                                               MHD_RESPMEM_PERSISTENT);
  } else {
    response = MHD_create_response_from_callback(a->total, BLOCK, on_body, r,
                                                 NULL);
  }
  if (response == NULL) {
    return MHD_NO;
  }
  done = add_heads(response, &a->heads) == 0
             ? MHD_queue_response(r->connection, (unsigned)a->status,
                                  response)
             : MHD_NO;
  MHD_destroy_response(response);
  r->state = SW_HTTP_SENDING;
  return done;
}

/* An answer of the server itself, to a request that it cannot keep. */
static enum MHD_Result refuse(struct sw_http_request *r) {
  r->answer.status = r->refused;
  r->answer.total = 0;
  return send_answer(r);
}

int sw_http_reply(struct sw_http_request *r) {
  if (r->state != SW_HTTP_QUEUED || r->connection == NULL) {
    return -1;
  }
  r->state = SW_HTTP_ANSWERED;
  if (r->answer.delay_ms > 0) {
    r->due = now_ms() + r->answer.delay_ms;
  } else {
    wake(r);
  }
  return 0;
}

void sw_http_drop(struct sw_http_request *r) {
  if (r == NULL) {
    return;
  }
  if (r->state == SW_HTTP_QUEUED && r->connection != NULL) {
    r->answer.reset = 1;
    r->answer.whole = 0;
    r->answer.delay_ms = 0;
    (void)sw_http_reply(r);
  }
  release(r);
}

/* }====== */

/* {====== what the daemon calls ====== */

static enum MHD_Result on_head(void *cls, enum MHD_ValueKind kind,
                               const char *name, const char *value) {
  struct sw_http_request *r = cls;
  const char *text = value == NULL ? "" : value;
  (void)kind;
  (void)sw_buf_add(&r->heads, name, strlen(name) + 1);
  (void)sw_buf_add(&r->heads, text, strlen(text) + 1);
  return MHD_YES;
}

static int begin(struct sw_http_request *r, const char *method) {
  size_t target = strlen(r->owned) + 1;
  size_t n = strlen(method) + 1;
  char *both = sw_realloc(r->owned, target + n);
  if (both == NULL) {
    return -1;
  }
  memcpy(both + target, method, n);
  r->owned = both;
  r->target = both;
  r->method = both + target;
  MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_head, r);
  if (r->heads.failed) {
    return -1;
  }
  r->state = SW_HTTP_READING;
  return sw_intake_begin(r);
}

static void enqueue(struct sw_http_request *r) {
  struct sw_http *h = r->server;
  r->state = SW_HTTP_QUEUED;
  r->refs++;
  r->next_ready = NULL;
  *h->ready_tail = r;
  h->ready_tail = &r->next_ready;
  MHD_suspend_connection(r->connection);
  r->suspended = 1;
}

static enum MHD_Result on_request(void *cls,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data,
                                  size_t *size, void **con_cls) {
  struct sw_http_request *r = *con_cls;
  (void)cls;
  (void)connection;
  (void)url;
  (void)version;
  if (r == NULL) {
    return MHD_NO;
  }
  switch (r->state) {
  case SW_HTTP_NEW:
    return begin(r, method) == 0 ? MHD_YES : MHD_NO;
  case SW_HTTP_READING:
    if (*size > 0) {
      sw_intake_feed(r, data, *size);
      *size = 0;
      return MHD_YES;
    }
    sw_intake_end(r);
    if (r->refused != 0) {
      return refuse(r);
    }
    enqueue(r);
    return MHD_YES;
  case SW_HTTP_ANSWERED:
    return send_answer(r);
  case SW_HTTP_QUEUED:
  case SW_HTTP_SENDING:
    break;
  }
  return MHD_YES;
}

/* }====== */

/* {====== the loop ====== */

/* Answers whose delay is over go out. Returns ms to the next one; -1: none.*/
static int64_t release_due(struct sw_http *h) {
  struct sw_http_request *r;
  int64_t now = now_ms();
  int64_t soonest = -1;
  for (r = h->all; r != NULL; r = r->next) {
    if (r->state != SW_HTTP_ANSWERED || !r->suspended) {
      continue;
    }
    if (r->due <= now) {
      wake(r);
    } else if (soonest < 0 || r->due - now < soonest) {
      soonest = r->due - now;
    }
  }
  return soonest;
}

static struct sw_http_request *pop(struct sw_http *h) {
  struct sw_http_request *r = h->ready;
  if (r == NULL) {
    return NULL;
  }
  h->ready = r->next_ready;
  if (h->ready == NULL) {
    h->ready_tail = &h->ready;
  }
  return r;
}

static void watch(fd_set *set, int fd, int *max) {
  if (fd >= 0 && fd < FD_SETSIZE) {
    FD_SET(fd, set);
    *max = fd > *max ? fd : *max;
  }
}

static int is_ready(const fd_set *set, int fd) {
  return fd >= 0 && fd < FD_SETSIZE && FD_ISSET(fd, set);
}

/* Waits at most `ms` and lets the daemon work once. select() because it is
   level-triggered: the daemon's epoll mode is not, and misses an end of
   stream that comes in one piece with the request. */
static void turn(struct sw_http *h, int64_t ms) {
  struct signalfd_siginfo signal;
  MHD_UNSIGNED_LONG_LONG own = 0;
  struct timeval wait;
  fd_set in, out, bad;
  int max = -1;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_ZERO(&bad);
  if (MHD_get_fdset2(h->daemon, &in, &out, &bad, &max, FD_SETSIZE) !=
      MHD_YES) {
    return;
  }
  watch(&in, h->signal_fd, &max);
  watch(&in, h->also_fd, &max);
  if (MHD_get_timeout(h->daemon, &own) == MHD_YES && (int64_t)own < ms) {
    ms = (int64_t)own;
  }
  if (h->woken) { /* the daemon's time-out does not know of it */
    ms = 0;
    h->woken = 0;
  }
  wait.tv_sec = (time_t)(ms / 1000);
  wait.tv_usec = (suseconds_t)(ms % 1000 * 1000);
  if (select(max + 1, &in, &out, &bad, &wait) < 0) {
    return;
  }
  if (is_ready(&in, h->signal_fd) &&
      read(h->signal_fd, &signal, sizeof(signal)) > 0) {
    h->stopped = 1;
  }
  h->also_ready = is_ready(&in, h->also_fd);
  (void)MHD_run_from_select(h->daemon, &in, &out, &bad);
}

struct sw_http_request *sw_http_next(struct sw_http *h, long wait_ms) {
  int64_t end = now_ms() + (wait_ms > 0 ? wait_ms : 0);
  h->also_ready = 0;
  for (;;) {
    int64_t due = release_due(h);
    int64_t left = end - now_ms();
    left = left < 0 || h->ready != NULL ? 0 : left;
    turn(h, due >= 0 && due < left ? due : left);
    if (h->ready != NULL || h->stopped || h->also_ready || left == 0) {
      return pop(h);
    }
  }
}

/* }====== */

/* {====== opening and closing ====== */

int sw_http_file(struct sw_http *h, const char *prefix, char **path) {
  char name[640];
  size_t n;
  int fd;
  int written = snprintf(name, sizeof(name), "%s/%s-%lu", h->dir, prefix,
                         ++h->files);
  if (written < 0 || (size_t)written >= sizeof(name)) {
    return -1;
  }
  n = (size_t)written + 1;
  *path = sw_malloc(n);
  if (*path == NULL) {
    return -1;
  }
  memcpy(*path, name, n);
  fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd;
}

static int make_dir(struct sw_http *h, const char *parent) {
  int n;
  if (parent == NULL) {
    parent = getenv("TMPDIR");
  }
  if (parent == NULL || parent[0] == '\0') {
    parent = "/tmp";
  }
  n = snprintf(h->dir, sizeof(h->dir), "%s/shopwire-XXXXXX", parent);
  if (n < 0 || (size_t)n >= sizeof(h->dir) || mkdtemp(h->dir) == NULL) {
    h->dir[0] = '\0';
    return -1;
  }
  return 0;
}

/* The directory is flat and nobody else writes there. */
static void remove_dir(const char *dir) {
  char path[1024];
  struct dirent *entry;
  DIR *list;
  if (dir[0] == '\0') {
    return;
  }
  list = opendir(dir);
  if (list != NULL) {
    for (entry = readdir(list); entry != NULL; entry = readdir(list)) {
      int n = snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
      if (n > 0 && (size_t)n < sizeof(path) && entry->d_name[0] != '.') {
        (void)unlink(path);
      }
    }
    closedir(list);
  }
  (void)rmdir(dir);
}

static int take_signals(struct sw_http *h) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (sigprocmask(SIG_BLOCK, &set, &h->old_mask) != 0) {
    return -1;
  }
  h->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (h->signal_fd < 0) {
    sigprocmask(SIG_SETMASK, &h->old_mask, NULL);
    return -1;
  }
  return 0;
}

static int start(struct sw_http *h, const struct sw_http_options *o) {
  unsigned flags = MHD_ALLOW_SUSPEND_RESUME;
  struct sockaddr_in at;
  struct MHD_OptionItem tls[3];
  const union MHD_DaemonInfo *info;
  memset(tls, 0, sizeof(tls));
  tls[0].option = MHD_OPTION_END;
  if (o->cert != NULL) {
    flags |= MHD_USE_TLS;
    tls[0].option = MHD_OPTION_HTTPS_MEM_CERT;
    tls[0].ptr_value = (void *)o->cert;
    tls[1].option = MHD_OPTION_HTTPS_MEM_KEY;
    tls[1].ptr_value = (void *)o->key;
    tls[2].option = MHD_OPTION_END;
  }
  memset(&at, 0, sizeof(at));
  at.sin_family = AF_INET;
  at.sin_port = htons(o->port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  h->daemon = MHD_start_daemon(
      flags, o->port, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR, &at,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, h,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
      MHD_OPTION_CONNECTION_LIMIT, 900u,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)128 * 1024,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_ARRAY, tls,
      MHD_OPTION_END);
  if (h->daemon == NULL) {
    return -1;
  }
  info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
  h->port = info == NULL ? 0 : info->port;
  return h->port != 0 ? 0 : -1;
}

struct sw_http *sw_http_open(const struct sw_http_options *o, char *error,
                             size_t error_size) {
  struct sw_http *h = sw_malloc(sizeof(*h));
  const char *why = NULL;
  if (h == NULL) {
    snprintf(error, error_size, "not enough memory");
    return NULL;
  }
  memset(h, 0, sizeof(*h));
  h->ready_tail = &h->ready;
  h->signal_fd = -1;
  h->also_fd = -1;
  if (make_dir(h, o->parent) != 0) {
    why = "cannot make a directory for uploads";
  } else if (start(h, o) != 0) {
    why = o->cert == NULL ? "cannot listen on this port"
                          : "cannot listen: is the port free, are "
                            "certificate and key in order?";
  } else if (o->signals && take_signals(h) != 0) {
    why = "cannot take the signals";
  }
  if (why != NULL) {
    snprintf(error, error_size, "%s", why);
    sw_http_close(h);
    return NULL;
  }
  return h;
}

void sw_http_close(struct sw_http *h) {
  struct sw_http_request *r, *after;
  if (h == NULL) {
    return;
  }
  for (r = pop(h); r != NULL; r = pop(h)) {
    sw_http_drop(r);
  }
  for (r = h->all; r != NULL; r = r->next) {
    r->answer.reset = 1;
    r->answer.whole = 0;
    if (r->state == SW_HTTP_QUEUED) {
      r->state = SW_HTTP_ANSWERED;
    }
    wake(r);
  }
  if (h->daemon != NULL) {
    MHD_stop_daemon(h->daemon);
  }
  for (r = h->all; r != NULL; r = after) {
    after = r->next;
    unlink_request(r);
  }
  if (h->signal_fd >= 0) {
    close(h->signal_fd);
    sigprocmask(SIG_SETMASK, &h->old_mask, NULL);
  }
  remove_dir(h->dir);
  sw_free(h);
}

/* }====== */

unsigned sw_http_port(const struct sw_http *h) {
  return h->port;
}

const char *sw_http_dir(const struct sw_http *h) {
  return h->dir;
}

int sw_http_stopped(const struct sw_http *h) {
  return h->stopped;
}

void sw_http_also(struct sw_http *h, int fd) {
  h->also_fd = fd;
}
