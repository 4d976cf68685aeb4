/* One pollable descriptor over many, and one timer.
   epoll and timerfd on Linux, kqueue on BSD and macOS, poll() elsewhere (then
   there is no descriptor to hand out). Must not know: libcurl, transfers. */
#ifndef SW_POLLER_H
#define SW_POLLER_H

#include <stddef.h>
#include <stdint.h>

enum { SW_READ = 1, SW_WRITE = 2, SW_BROKEN = 4 };

#define SW_NEVER INT64_MAX

struct sw_ready {
  int fd;
  unsigned what; /* SW_READ, SW_WRITE, SW_BROKEN */
};

struct sw_poller {
  int fd;        /* -1: this system has none */
  int timer;     /* timerfd, -1 until the first arm */
  int64_t armed; /* when the timer goes off, SW_NEVER when it does not */
  void *list;    /* poll() only: what is watched */
  size_t count;
  size_t cap;
};

/* 0, or -1 when descriptors or memory are short. */
int sw_poller_open(struct sw_poller *p);
/* Closes this process's descriptors and touches nothing that a parent
   process shares. `inherited`: 1 in a child after fork. */
void sw_poller_close(struct sw_poller *p, int inherited);
/* From `had` to `want`, sets of SW_READ and SW_WRITE; 0 forgets it.
   0, or -1 when it could not be watched. */
int sw_poller_watch(struct sw_poller *p, int fd, unsigned had, unsigned want);
/* Makes the descriptor readable from `at` (ms of sw_now) on, until the next
   arm. 0, or -1. */
int sw_poller_arm(struct sw_poller *p, int64_t at);
/* Waits at most wait_ms (-1: for ever) and stores at most `max`. The timer
   ends a wait and is not stored. -1 when interrupted. */
int sw_poller_wait(struct sw_poller *p, int wait_ms, struct sw_ready *ready,
                   int max);

/* Monotonic milliseconds. */
int64_t sw_now(void);

#endif
