/* The engine against a server of its own: requests (engine/flight.c), replies
   and faults (engine/reply.c), bounds, the descriptor (engine/sockets.c).
   Must not know: Lua. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

enum { MANY = 40 };

static void test_replies(struct rig *r) {
  struct sw_transfer t;
  int connections;
  ask(r, &t, "/ok");
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_NONE);
  CHECK_INT(t.stage, SW_STAGE_DONE);
  CHECK_INT(t.status, 200);
  CHECK_INT(t.reused, 0);
  CHECK_STRN(t.reply.data, t.reply.len, "hello");
  CHECK_STRN(t.head.data, t.head.len, "HTTP/1.1 200 OK\r\nX-One: 1\r\n"
             "Content-Length: 5\r\n\r\n");
  CHECK(t.took.total > 0 && t.took.first_byte > 0 && t.took.connect > 0);
  connections = wire_connections(r->wire);
  sw_transfer_reset(&t);
  CHECK(fly(r, &t));
  CHECK_INT(t.reused, 1);
  CHECK_INT(wire_connections(r->wire), connections);
  sw_transfer_reset(&t);
  t.fresh = 1;
  CHECK(fly(r, &t));
  CHECK_INT(t.reused, 0);
  CHECK_INT(wire_connections(r->wire), connections + 1);
  sw_transfer_reset(&t);
  ask(r, &t, "/204");
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 204);
  CHECK_INT(t.reply.len, 0);
  sw_transfer_reset(&t);
  ask(r, &t, "/interim");
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 201);
  CHECK_STRN(t.head.data, t.head.len, "HTTP/1.1 201 Created\r\nX-Two: 2\r\n"
             "Content-Length: 2\r\n\r\n");
  sw_transfer_reset(&t);
  ask(r, &t, "/trailer");
  CHECK(fly(r, &t));
  CHECK_STRN(t.reply.data, t.reply.len, "ok");
  CHECK_STRN(t.head.data, t.head.len, "HTTP/1.1 200 OK\r\n"
             "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n");
  sw_transfer_reset(&t);
}

/* No redirect is followed, no cookie is kept. */
static void test_no_memory_between_calls(struct rig *r) {
  struct sw_transfer t;
  int requests = wire_requests(r->wire);
  ask(r, &t, "/redirect");
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 302);
  CHECK_INT(wire_requests(r->wire), requests + 1);
  sw_transfer_reset(&t);
  ask(r, &t, "/echo");
  CHECK(fly(r, &t));
  CHECK_INT(sw_buf_seal(&t.reply), 0);
  CHECK(strstr(t.reply.data, "Cookie") == NULL);
  sw_transfer_reset(&t);
}

/* Sends and checks what the server read, line by line: `want` ends in NULL. */
static void sends(struct rig *r, struct sw_transfer *t, const char *first,
                  const char *body, const char *const *want) {
  CHECK(fly(r, t));
  CHECK_INT(t->fault, SW_FAULT_NONE);
  CHECK_INT(sw_buf_seal(&t->reply), 0);
  CHECK(strncmp(t->reply.data, first, strlen(first)) == 0);
  CHECK(strstr(t->reply.data, "Expect") == NULL);
  for (; *want != NULL; want++) {
    const char *line = *want;
    int absent = *line == '!';
    if (!CHECK((strstr(t->reply.data, line + absent) == NULL) == absent)) {
      fprintf(stderr, "  %s in: %s\n", line, t->reply.data);
    }
  }
  if (body != NULL) {
    const char *at = strstr(t->reply.data, "\r\n\r\n");
    CHECK_STR(at == NULL ? NULL : at + 4, body);
    CHECK_INT(t->sent, strlen(body));
  }
  sw_transfer_reset(t);
}

static void test_requests(struct rig *r) {
  static const char *const headers[] = {"X-Api-Key: k",
                                        "Content-Type: text/plain"};
  static const char *const plain[] = {
    "\r\nX-Api-Key: k\r\n", "\r\nAccept-Encoding: gzip\r\n",
    "!User-Agent", "!Content-Length", "!Content-Type", NULL
  };
  static const char *const with[] = {
    "\r\nX-Api-Key: k\r\n", "\r\nContent-Type: text/plain\r\n",
    "\r\nContent-Length: 3\r\n", NULL
  };
  static const char *const empty[] = {
    "\r\nContent-Length: 0\r\n", "!Content-Type", "!X-Api-Key", NULL
  };
  static const char *const verbs[] = {"POST", "PUT", "PATCH", "DELETE"};
  struct sw_transfer t;
  char first[64];
  size_t i;
  for (i = 0; i < 4; i++) {
    snprintf(first, sizeof first, "%s /echo HTTP/1.1\r\n", verbs[i]);
    ask(r, &t, "/echo");
    t.verb = verbs[i];
    t.headers = headers;
    t.header_count = 2;
    t.body = "a\0b";
    t.body_len = 3;
    CHECK(fly(r, &t));
    CHECK_INT(t.sent, 3);
    CHECK_MEM(t.reply.data + t.reply.len - 3, 3, "a\0b", 3);
    sw_transfer_reset(&t);
    t.body = "a=b";
    sends(r, &t, first, "a=b", with);
    ask(r, &t, "/echo");
    t.verb = verbs[i];
    if (i == 3) {
      t.headers = headers;
      t.header_count = 1;
    }
    sends(r, &t, first, "", i == 3 ? plain : empty);
    ask(r, &t, "/echo");
    t.headers = headers;
    t.header_count = 1;
    sends(r, &t, "GET /echo HTTP/1.1\r\n", "", plain);
  }
}

/* For the heap: an idle handle keeps its profile until the engine closes. */
static struct sw_profile *new_profile(void) {
  struct sw_profile *p = calloc(1, sizeof *p);
  if (!CHECK(p != NULL)) {
    exit(check_done());
  }
  p->refs = 1;
  return p;
}

static void test_agent_and_many_headers(struct rig *r) {
  static const char *const want[] = {
    "\r\nUser-Agent: shop/1\r\n", "\r\nX-Many: 1\r\nX-Many: 1\r\n",
    "\r\nX-Last: 2\r\n", NULL
  };
  const char *lines[MANY];
  struct sw_profile *p = new_profile();
  struct sw_transfer t;
  size_t i;
  p->user_agent = malloc(16);
  CHECK(p->user_agent != NULL);
  memcpy(p->user_agent, "shop/1", 7);
  for (i = 0; i < MANY; i++) {
    lines[i] = i + 1 < MANY ? "X-Many: 1" : "X-Last: 2";
  }
  ask(r, &t, "/echo");
  t.profile = p;
  t.headers = lines;
  t.header_count = MANY;
  sends(r, &t, "GET ", "", want);
  CHECK_INT(p->refs, 2); /* the idle handle keeps it */
  sw_profile_drop(p);
}

static void test_faults(struct rig *r) {
  struct sw_transfer t;
  ends(r, "/hang", 1000, SW_FAULT_TIMEOUT, SW_STAGE_WAIT);
  ends(r, "/stall", 1000, SW_FAULT_TIMEOUT, SW_STAGE_RECEIVE);
  ends(r, "/close", PATIENCE_MS, SW_FAULT_NETWORK, SW_STAGE_WAIT);
  ends(r, "/reset", PATIENCE_MS, SW_FAULT_NETWORK, SW_STAGE_WAIT);
  ends(r, "/short", PATIENCE_MS, SW_FAULT_TRUNCATED, SW_STAGE_RECEIVE);
  ends(r, "/chunkcut", PATIENCE_MS, SW_FAULT_TRUNCATED, SW_STAGE_RECEIVE);
  ends(r, "/http09", PATIENCE_MS, SW_FAULT_PROTOCOL, SW_STAGE_WAIT);
  ends(r, "/badgzip", PATIENCE_MS, SW_FAULT_ENCODING, SW_STAGE_RECEIVE);
  ends(r, "/bighead", PATIENCE_MS, SW_FAULT_TOO_BIG, SW_STAGE_RECEIVE);
  ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
  ask(r, &t, "/bomb");
  CHECK(fly(r, &t));
  CHECK_INT(t.reply.len, 100000);
  sw_transfer_reset(&t);
  t.max_reply = 99999;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_TOO_BIG);
  CHECK(t.reply.cap <= 99999);
  sw_transfer_reset(&t);
  ask(r, &t, "/ok");
  t.max_reply = 4;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_TOO_BIG);
  sw_transfer_reset(&t);
  t.max_reply = 5;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_NONE);
  sw_transfer_reset(&t);
}

/* Ends before a byte of the request leaves. */
static void never_leaves(struct rig *r, const char *url, enum sw_fault fault,
                         enum sw_stage stage) {
  struct sw_transfer t;
  int bad = check_failed;
  ask(r, &t, "/");
  t.url = url;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, fault);
  CHECK_INT(t.stage, stage);
  CHECK_INT(t.byte_left, 0);
  CHECK_INT(t.status, 0);
  CHECK(t.detail[0] != '\0');
  if (check_failed != bad) {
    fprintf(stderr, "  for %s: %s\n", url, t.detail);
  }
  sw_transfer_reset(&t);
}

/* A socket that holds a port and does not listen there. */
static int refusing(int *port) {
  struct sockaddr_in where;
  socklen_t n = sizeof where;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&where, 0, sizeof where);
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK_INT(bind(fd, (struct sockaddr *)&where, sizeof where), 0);
  CHECK_INT(getsockname(fd, (struct sockaddr *)&where, &n), 0);
  *port = ntohs(where.sin_port);
  return fd;
}

static void test_before_the_request(struct rig *r) {
  struct sw_transfer t;
  char url[64];
  int port, fd = refusing(&port);
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
  never_leaves(r, url, SW_FAULT_NETWORK, SW_STAGE_CONNECT);
  close(fd);
  never_leaves(r, "http://no-such-host.invalid/", SW_FAULT_NETWORK,
               SW_STAGE_DNS);
  never_leaves(r, "ftp://127.0.0.1/", SW_FAULT_PROTOCOL, SW_STAGE_BUILD);
  never_leaves(r, "http://u:p@127.0.0.1/", SW_FAULT_PROTOCOL, SW_STAGE_BUILD);
  never_leaves(r, "http://[::1", SW_FAULT_PROTOCOL, SW_STAGE_BUILD);
  ask(r, &t, "/ok");
  t.deadline_ms = 0;
  CHECK_INT(r->api->submit(r->engine, &t), -1);
  CHECK_INT(t.fault, SW_FAULT_TIMEOUT);
  CHECK_INT(t.state, SW_IDLE);
  sw_transfer_reset(&t);
}

/* A server that speaks plain HTTP where TLS is due, then one that says
   nothing. No bundle is parsed: under valgrind that takes seconds. */
static void test_no_tls(struct rig *r) {
  struct sw_profile *p = new_profile();
  struct sw_transfer t;
  char url[64];
  p->insecure = 1;
  snprintf(url, sizeof url, "https://127.0.0.1:%d/", wire_port(r->wire));
  ask(r, &t, "/");
  t.url = url;
  t.profile = p;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_TLS);
  CHECK_INT(t.stage, SW_STAGE_TLS);
  CHECK_INT(t.byte_left, 0);
  CHECK(t.detail[0] != '\0');
  sw_transfer_reset(&t);
  t.deadline_ms = 1000;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_TIMEOUT);
  CHECK_INT(t.stage, SW_STAGE_TLS);
  CHECK_INT(t.byte_left, 0);
  sw_transfer_reset(&t);
  sw_profile_drop(p);
}

/* libcurl sends a request again when a connection that served before ends
   without an answer: the reason why `fresh` exists. */
static void test_repeats(struct rig *r) {
  struct sw_transfer t;
  int requests;
  ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
  requests = wire_requests(r->wire);
  ask(r, &t, "/close");
  t.verb = "POST";
  t.body = "amount=1";
  t.body_len = 8;
  t.fresh = 1;
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_NETWORK);
  CHECK_INT(t.byte_left, 1);
  CHECK_INT(wire_requests(r->wire), requests + 1);
  sw_transfer_reset(&t);
  ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
  requests = wire_requests(r->wire);
  ask(r, &t, "/close");
  t.verb = "POST";
  t.body = "amount=1";
  t.body_len = 8;
  CHECK(fly(r, &t));
  CHECK(wire_requests(r->wire) > requests + 1);
  sw_transfer_reset(&t);
}

static void test_idle_connection_dropped(struct rig *r) {
  int i;
  for (i = 0; i < 3; i++) {
    ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
    wire_drop_all(r->wire);
  }
  ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
}

static void submit_many(struct rig *r, struct sw_transfer *t, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) {
    ask(r, &t[i], "/ok");
    CHECK_INT(r->api->submit(r->engine, &t[i]), 0);
    t[i].tag = &t[i];
  }
}

static void test_bounds(struct rig *r) {
  struct sw_transfer t[MANY], *landed[8];
  size_t n, i, seen = 0, turns = 0;
  submit_many(r, t, MANY);
  CHECK_INT(r->api->pending(r->engine), MANY);
  while (seen < MANY && turns < 10000) {
    n = r->api->step(r->engine, PATIENCE_MS, landed, 3);
    CHECK(n <= 3);
    for (i = 0; i < n; i++) {
      CHECK(landed[i]->tag == landed[i]);
      CHECK_INT(landed[i]->fault, SW_FAULT_NONE);
      landed[i]->tag = NULL;
    }
    seen += n;
    turns++;
    CHECK_INT(r->api->pending(r->engine), MANY - seen);
  }
  CHECK_INT(seen, MANY);
  CHECK_INT(r->api->step(r->engine, -1, landed, 8), 0);
  CHECK_INT(r->api->step(r->engine, 0, landed, 8), 0);
  for (i = 0; i < MANY; i++) {
    sw_transfer_reset(&t[i]);
  }
}

static int readable(int fd, int wait_ms) {
  struct pollfd p;
  p.fd = fd;
  p.events = POLLIN;
  return poll(&p, 1, wait_ms) == 1;
}

/* Driven by the descriptor alone: it must never sleep while there is work,
   nor stay readable when there is none. */
static void test_descriptor(struct rig *r) {
  struct sw_transfer t[MANY], *landed[4];
  size_t n, i, seen = 0, empty = 0;
  int fd;
  submit_many(r, t, MANY); /* some fly before the first fd() */
  fd = r->api->fd(r->engine);
  if (fd < 0) {
    for (i = 0; i < MANY; i++) {
      r->api->cancel(r->engine, &t[i]);
      sw_transfer_reset(&t[i]);
    }
    return; /* this system has none */
  }
  CHECK_INT(r->api->fd(r->engine), fd);
  while (seen < MANY && empty < 10000 && readable(fd, PATIENCE_MS)) {
    n = r->api->step(r->engine, 0, landed, 4);
    seen += n;
    empty += n == 0;
  }
  CHECK_INT(seen, MANY);
  for (i = 0; i < MANY; i++) {
    CHECK_INT(t[i].fault, SW_FAULT_NONE);
    sw_transfer_reset(&t[i]);
  }
  for (i = 0; i < 100 && readable(fd, 0); i++) {
    CHECK_INT(r->api->step(r->engine, 0, landed, 4), 0);
  }
  CHECK(i < 100);
  ask(r, &t[0], "/hang");
  t[0].deadline_ms = 150;
  CHECK_INT(r->api->submit(r->engine, &t[0]), 0);
  for (seen = 0, empty = 0; seen == 0 && empty < 100; empty++) {
    CHECK(readable(fd, PATIENCE_MS));
    seen = r->api->step(r->engine, 0, landed, 4);
  }
  CHECK_INT(seen, 1);
  CHECK_INT(t[0].fault, SW_FAULT_TIMEOUT);
  sw_transfer_reset(&t[0]);
}

static void test_cancel(struct rig *r) {
  struct sw_transfer t[4], *landed[4];
  size_t i, n = 0;
  ask(r, &t[0], "/hang");
  CHECK_INT(r->api->submit(r->engine, &t[0]), 0);
  r->api->cancel(r->engine, &t[0]);
  CHECK_INT(t[0].state, SW_LANDED);
  CHECK_INT(t[0].fault, SW_FAULT_CANCELLED);
  CHECK_INT(r->api->pending(r->engine), 0);
  CHECK_INT(r->api->step(r->engine, 0, landed, 4), 0);
  r->api->cancel(r->engine, &t[0]);
  sw_transfer_reset(&t[0]);
  r->api->cancel(r->engine, &t[0]);
  submit_many(r, t, 4);
  for (i = 0; i < 100 && n == 0; i++) {
    n = r->api->step(r->engine, PATIENCE_MS, landed, 1);
  }
  CHECK_INT(n, 1);
  /* some fly, some have landed and wait in the queue: all go */
  for (i = 0; i < 4; i++) {
    r->api->cancel(r->engine, &t[i]);
    CHECK_INT(t[i].state, SW_LANDED);
    sw_transfer_reset(&t[i]);
  }
  CHECK_INT(r->api->pending(r->engine), 0);
  CHECK_INT(r->api->step(r->engine, 0, landed, 4), 0);
}

/* Never longer than asked, up to the clock's grain; not shorter either. */
static void test_wait(struct rig *r) {
  struct timespec a, b;
  struct sw_transfer *landed[1];
  double waited;
  clock_gettime(CLOCK_MONOTONIC, &a);
  CHECK_INT(r->api->step(r->engine, 30, landed, 1), 0);
  clock_gettime(CLOCK_MONOTONIC, &b);
  waited = (double)(b.tv_sec - a.tv_sec) * 1e3 +
           (double)(b.tv_nsec - a.tv_nsec) / 1e6;
  CHECK(waited > 28);
}

int main(void) {
  struct rig r;
  CHECK_INT(sw_engine_api()->version, SW_ENGINE_VERSION);
  CHECK(strstr(sw_engine_api()->describe(), "libcurl/") != NULL);
  rig_open(&r);
  test_replies(&r);
  test_no_memory_between_calls(&r);
  test_requests(&r);
  test_agent_and_many_headers(&r);
  test_faults(&r);
  test_before_the_request(&r);
  test_no_tls(&r);
  test_repeats(&r);
  test_idle_connection_dropped(&r);
  test_bounds(&r);
  test_cancel(&r);
  test_wait(&r);
  /* and over again with the descriptor in use */
  test_descriptor(&r);
  test_faults(&r);
  test_idle_connection_dropped(&r);
  test_descriptor(&r);
  test_bounds(&r);
  rig_close(&r);
  return check_done();
}
