/* How an engine ends: fork, close, and a resolver that hangs meanwhile.
   Must not know: Lua. */
#include "../support/slow_resolver.c" /* takes the place of the system's */

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

/* In the child: nothing moves, nothing is said on the parent's connections,
   and an engine of its own works. The number of misses. */
static int child(struct rig *r, struct sw_transfer *flying) {
  struct sw_transfer t, *landed[1];
  int fd = r->api->fd(r->engine);
  int misses = fd != -1;
  ask(r, &t, "/ok");
  misses += r->api->submit(r->engine, &t) != -1;
  misses += t.fault != SW_FAULT_FORKED;
  misses += r->api->step(r->engine, -1, landed, 1) != 0;
  r->api->close(r->engine);
  misses += flying->state != SW_LANDED || flying->fault != SW_FAULT_FORKED;
  r->engine = r->api->open();
  misses += r->engine == NULL;
  memset(&t, 0, sizeof t);
  ask(r, &t, "/ok");
  misses += !fly(r, &t) || t.status != 200;
  sw_transfer_reset(&t);
  r->api->close(r->engine);
  return misses;
}

static int open_sockets(void) {
  int fd, n = 0;
  for (fd = 0; fd < 1024; fd++) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    n += getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
         peer.ss_family == AF_INET;
  }
  return n;
}

static void test_fork(struct rig *r) {
  struct sw_transfer t, *landed[1];
  int told[2], requests, patience;
  char misses = 99;
  pid_t pid;
  ends(r, "/ok", PATIENCE_MS, SW_FAULT_NONE, SW_STAGE_DONE);
  (void)r->api->fd(r->engine);
  ask(r, &t, "/hang");
  t.deadline_ms = 3000;
  t.fresh = 1; /* and so another connection stays idle */
  requests = wire_requests(r->wire) + 1;
  CHECK_INT(r->api->submit(r->engine, &t), 0);
  for (patience = 3000; patience > 0 && wire_requests(r->wire) < requests;
       patience--) {
    CHECK_INT(r->api->step(r->engine, 10, landed, 1), 0);
  }
  CHECK_INT(wire_requests(r->wire), requests);
  CHECK_INT(pipe(told), 0);
  pid = fork();
  if (pid == 0) {
    misses = (char)child(r, &t);
    CHECK_INT(write(told[1], &misses, 1), 1);
    /* no leak check here: libcurl's memory is left alone on purpose */
    raise(SIGKILL);
  }
  CHECK(pid > 0);
  close(told[1]);
  CHECK_INT(read(told[0], &misses, 1), 1);
  CHECK_INT(misses, 0);
  CHECK(waitpid(pid, NULL, 0) == pid);
  close(told[0]);
  CHECK_INT(wire_requests(r->wire), requests + 1);
  /* the parent's flight and its idle connection are as they were */
  CHECK_INT(t.state, SW_FLYING);
  CHECK_INT(r->api->step(r->engine, PATIENCE_MS, landed, 1), 1);
  CHECK_INT(t.fault, SW_FAULT_TIMEOUT);
  sw_transfer_reset(&t);
  ask(r, &t, "/ok");
  CHECK(fly(r, &t));
  CHECK_INT(t.reused, 1);
  sw_transfer_reset(&t);
}

static int look_ups(const int *counter) {
  return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

/* Nothing waits for a resolver that hangs: not the deadline, not cancel, not
   close. Were one of them to, the look-up would have ended meanwhile. */
static void test_slow_resolver(void) {
  struct sw_transfer t[3], *landed[1];
  struct rig r;
  int i, patience, begun = 0;
  rig_open(&r);
  for (i = 0; i < 3; i++) {
    ask(&r, &t[i], "/");
    t[i].url = "http://shop.hang.test/";
    t[i].deadline_ms = i == 0 ? 1000 : PATIENCE_MS;
    CHECK_INT(r.api->submit(r.engine, &t[i]), 0);
  }
  CHECK_INT(r.api->step(r.engine, PATIENCE_MS, landed, 1), 1);
  CHECK(landed[0] == &t[0]);
  CHECK_INT(t[0].fault, SW_FAULT_TIMEOUT);
  CHECK_INT(t[0].stage, SW_STAGE_DNS);
  CHECK_INT(t[0].byte_left, 0);
  r.api->cancel(r.engine, &t[1]);
  CHECK_INT(t[1].stage, SW_STAGE_DNS);
  rig_close(&r);
  CHECK_INT(t[2].fault, SW_FAULT_CANCELLED);
  for (patience = 10000; patience > 0 && begun == 0; patience--) {
    begun = look_ups(&slow_resolver_begun);
    usleep(1000); /* the resolver's thread may be slow to start */
  }
  CHECK(begun > 0);
  CHECK_INT(look_ups(&slow_resolver_ended), 0);
  for (i = 0; i < 3; i++) {
    sw_transfer_reset(&t[i]);
  }
}

static void test_close(void) {
  struct sw_transfer t[2];
  struct rig r;
  int before = open_sockets();
  rig_open(&r);
  ask(&r, &t[0], "/hang");
  CHECK_INT(r.api->submit(r.engine, &t[0]), 0);
  ask(&r, &t[1], "/ok");
  CHECK_INT(r.api->submit(r.engine, &t[1]), 0);
  rig_close(&r);
  CHECK_INT(t[0].state, SW_LANDED);
  CHECK_INT(t[0].fault, SW_FAULT_CANCELLED);
  CHECK_INT(t[1].state, SW_LANDED);
  sw_transfer_reset(&t[0]);
  sw_transfer_reset(&t[1]);
  CHECK_INT(open_sockets(), before);
}

int main(void) {
  struct rig r;
  rig_open(&r);
  test_fork(&r);
  rig_close(&r);
  test_slow_resolver();
  test_close();
  return check_done();
}
