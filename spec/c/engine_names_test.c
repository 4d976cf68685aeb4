/* How long a host's address is known: look-ups are counted, on a clock that
   the test moves. Must not know: Lua. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

static int look_ups; /* of shop.test */
static int ahead;    /* seconds, of the real clocks */

/* These take the place of the system's; other threads call them too. */
__attribute__((visibility("default")))
int clock_gettime(clockid_t clock, struct timespec *t) {
  long result = syscall(SYS_clock_gettime, clock, t);
  t->tv_sec += __atomic_load_n(&ahead, __ATOMIC_SEQ_CST);
  return (int)result;
}

__attribute__((visibility("default")))
time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t != NULL) {
    *t = now.tv_sec;
  }
  return now.tv_sec;
}

__attribute__((visibility("default")))
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  int (*next)(const char *, const char *, const struct addrinfo *,
              struct addrinfo **);
  void *found = dlsym(RTLD_NEXT, "getaddrinfo");
  if (found == NULL) {
    return EAI_FAIL;
  }
  memcpy(&next, &found, sizeof next);
  if (name != NULL && strcmp(name, "shop.test") == 0) {
    __atomic_add_fetch(&look_ups, 1, __ATOMIC_SEQ_CST);
    name = "127.0.0.1";
  }
  return next(name, service, hints, result);
}

/* A call of its own connection, `seconds` after the last one. Look-ups so
   far. */
static int call(struct rig *r, const char *host, int seconds) {
  struct sw_transfer t;
  __atomic_add_fetch(&ahead, seconds, __ATOMIC_SEQ_CST);
  ask(r, &t, "/ok");
  snprintf(r->url, sizeof r->url, "http://%s:%d/ok", host,
           wire_port(r->wire));
  t.fresh = 1;
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 200);
  sw_transfer_reset(&t);
  return __atomic_load_n(&look_ups, __ATOMIC_SEQ_CST);
}

int main(void) {
  struct rig r;
  rig_open(&r);
  CHECK_INT(call(&r, "shop.test", 0), 1);
  CHECK_INT(call(&r, "shop.test", 0), 1);
  CHECK_INT(call(&r, "shop.test", 50), 1);
  /* the first call after a minute drops it, for whichever host */
  CHECK_INT(call(&r, "127.0.0.1", 20), 1);
  CHECK_INT(call(&r, "shop.test", 0), 2);
  /* just after that minute began: known until the next one has passed */
  CHECK_INT(call(&r, "shop.test", 40), 2);
  CHECK_INT(call(&r, "shop.test", 30), 3);
  /* after a long rest, at once */
  CHECK_INT(call(&r, "shop.test", 3600), 4);
  CHECK_INT(call(&r, "shop.test", 0), 4);
  rig_close(&r);
  return check_done();
}
