/* The poller alone, on pipes. Must not know: libcurl, Lua. */
#include "../../src/engine/poller.h"

#include <poll.h>
#include <unistd.h>

#include "check.h"

enum { PATIENCE_MS = 10000 };

static int readable(int fd) {
  struct pollfd p;
  p.fd = fd;
  p.events = POLLIN;
  return poll(&p, 1, 0) == 1;
}

static void test_watch(void) {
  struct sw_poller p;
  struct sw_ready ready[4];
  int ends[2];
  char c;
  CHECK_INT(pipe(ends), 0);
  CHECK_INT(sw_poller_open(&p), 0);
  CHECK_INT(sw_poller_watch(&p, ends[0], 0, SW_READ), 0);
  CHECK_INT(sw_poller_wait(&p, 0, ready, 4), 0);
  CHECK_INT(write(ends[1], "ab", 2), 2);
  /* level-triggered: told again until it is read */
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 1);
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 1);
  CHECK_INT(ready[0].fd, ends[0]);
  CHECK_INT(ready[0].what, SW_READ);
  CHECK_INT(sw_poller_watch(&p, ends[1], 0, SW_WRITE), 0);
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 2);
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 1), 1);
  CHECK_INT(read(ends[0], &c, 1), 1);
  CHECK_INT(read(ends[0], &c, 1), 1);
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 1);
  CHECK_INT(ready[0].what, SW_WRITE);
  CHECK_INT(sw_poller_watch(&p, ends[1], SW_WRITE, 0), 0);
  CHECK_INT(sw_poller_wait(&p, 0, ready, 4), 0);
  close(ends[1]);
  CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 1);
  CHECK_INT(sw_poller_watch(&p, ends[0], SW_READ, 0), 0);
  CHECK_INT(sw_poller_wait(&p, 0, ready, 4), 0);
  sw_poller_close(&p, 0);
  close(ends[0]);
}

static void test_timer(void) {
  struct sw_poller p;
  struct sw_ready ready[4];
  int64_t start = sw_now();
  CHECK_INT(sw_poller_open(&p), 0);
  if (p.fd >= 0) { /* else this system has no descriptor to hand out */
    CHECK_INT(sw_poller_arm(&p, start + 20), 0);
    CHECK_INT(p.armed, start + 20);
    CHECK_INT(sw_poller_wait(&p, PATIENCE_MS, ready, 4), 0);
    CHECK(sw_now() >= start + 20);
    CHECK(readable(p.fd));
    CHECK(readable(p.fd)); /* until the next arm */
    CHECK_INT(sw_poller_arm(&p, SW_NEVER), 0);
    CHECK(!readable(p.fd));
    CHECK_INT(sw_poller_arm(&p, 0), 0);
    CHECK(readable(p.fd));
  }
  sw_poller_close(&p, 0);
  CHECK_INT(p.fd, -1);
}

int main(void) {
  test_watch();
  test_timer();
  return check_done();
}
