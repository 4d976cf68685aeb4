/* epoll, kqueue or poll: see poller.h. Platforms are told apart only here.
   Must not know: libcurl, transfers. */
#include "poller.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#if defined(SW_POLLER_POLL)
#define SW_USE_POLL
#elif defined(__linux__)
#define SW_USE_EPOLL
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || \
    defined(__OpenBSD__) || defined(__DragonFly__)
#define SW_USE_KQUEUE
#else
#define SW_USE_POLL
#endif

enum { BATCH = 64 };

int64_t sw_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#if defined(SW_USE_EPOLL)

#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

int sw_poller_open(struct sw_poller *p) {
  memset(p, 0, sizeof *p);
  p->timer = -1;
  p->armed = SW_NEVER;
  p->fd = epoll_create1(EPOLL_CLOEXEC);
  return p->fd < 0 ? -1 : 0;
}

/* Closing a child's copies leaves the parent's interest list alone, which
   EPOLL_CTL_DEL would not. */
void sw_poller_close(struct sw_poller *p, int inherited) {
  (void)inherited;
  if (p->timer >= 0) {
    close(p->timer);
  }
  if (p->fd >= 0) {
    close(p->fd);
  }
  p->timer = -1;
  p->fd = -1;
}

int sw_poller_watch(struct sw_poller *p, int fd, unsigned had, unsigned want) {
  struct epoll_event event;
  int verb = EPOLL_CTL_MOD;
  memset(&event, 0, sizeof event);
  event.data.fd = fd;
  event.events = (want & SW_READ ? (uint32_t)EPOLLIN : 0u) |
                 (want & SW_WRITE ? (uint32_t)EPOLLOUT : 0u);
  if (had == 0) {
    verb = EPOLL_CTL_ADD;
  } else if (want == 0) {
    verb = EPOLL_CTL_DEL;
  }
  return epoll_ctl(p->fd, verb, fd, &event);
}

int sw_poller_arm(struct sw_poller *p, int64_t at) {
  struct itimerspec when;
  if (at == p->armed) {
    return 0;
  }
  if (p->timer < 0) {
    p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (p->timer < 0 || sw_poller_watch(p, p->timer, 0, SW_READ) != 0) {
      return -1;
    }
  }
  memset(&when, 0, sizeof when);
  if (at != SW_NEVER) {
    when.it_value.tv_sec = (time_t)(at / 1000);
    when.it_value.tv_nsec = (long)(at % 1000) * 1000000 + 1;
  }
  if (timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
    return -1;
  }
  p->armed = at;
  return 0;
}

int sw_poller_wait(struct sw_poller *p, int wait_ms, struct sw_ready *ready,
                   int max) {
  struct epoll_event events[BATCH];
  int i, n, stored = 0;
  n = epoll_wait(p->fd, events, max < BATCH ? max : BATCH, wait_ms);
  if (n < 0) {
    return errno == EINTR ? -1 : 0;
  }
  for (i = 0; i < n; i++) {
    uint32_t e = events[i].events;
    if (events[i].data.fd == p->timer) {
      continue;
    }
    ready[stored].fd = events[i].data.fd;
    ready[stored].what = (e & EPOLLIN ? (unsigned)SW_READ : 0u) |
                         (e & EPOLLOUT ? (unsigned)SW_WRITE : 0u) |
                         (e & (EPOLLERR | EPOLLHUP) ? (unsigned)SW_BROKEN
                                                    : 0u);
    stored++;
  }
  return stored;
}

#elif defined(SW_USE_KQUEUE)

#include <string.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

int sw_poller_open(struct sw_poller *p) {
  memset(p, 0, sizeof *p);
  p->timer = -1;
  p->armed = SW_NEVER;
  p->fd = kqueue();
  return p->fd < 0 ? -1 : 0;
}

/* A kqueue does not pass to a child: its number may be another file there. */
void sw_poller_close(struct sw_poller *p, int inherited) {
  if (p->fd >= 0 && !inherited) {
    close(p->fd);
  }
  p->fd = -1;
}

static int change(struct sw_poller *p, uintptr_t id, int filter, int flags,
                  intptr_t data) {
  struct kevent event;
  EV_SET(&event, id, (short)filter, (unsigned short)flags, 0, data, 0);
  return kevent(p->fd, &event, 1, NULL, 0, NULL) < 0 ? -1 : 0;
}

int sw_poller_watch(struct sw_poller *p, int fd, unsigned had, unsigned want) {
  unsigned differ = had ^ want;
  int bad = 0;
  if (differ & SW_READ) {
    bad |= change(p, (uintptr_t)fd, EVFILT_READ,
                  want & SW_READ ? EV_ADD : EV_DELETE, 0);
  }
  if (differ & SW_WRITE) {
    bad |= change(p, (uintptr_t)fd, EVFILT_WRITE,
                  want & SW_WRITE ? EV_ADD : EV_DELETE, 0);
  }
  return bad;
}

int sw_poller_arm(struct sw_poller *p, int64_t at) {
  int64_t wait;
  int done;
  if (at == p->armed) {
    return 0;
  }
  if (at == SW_NEVER) {
    done = change(p, 1, EVFILT_TIMER, EV_DELETE, 0);
  } else {
    wait = at - sw_now();
    done = change(p, 1, EVFILT_TIMER, EV_ADD, wait > 0 ? (intptr_t)wait : 1);
  }
  p->armed = at;
  return done;
}

int sw_poller_wait(struct sw_poller *p, int wait_ms, struct sw_ready *ready,
                   int max) {
  struct kevent events[BATCH];
  struct timespec limit;
  int i, n, stored = 0;
  limit.tv_sec = wait_ms / 1000;
  limit.tv_nsec = (long)(wait_ms % 1000) * 1000000;
  n = kevent(p->fd, NULL, 0, events, max < BATCH ? max : BATCH,
             wait_ms < 0 ? NULL : &limit);
  if (n < 0) {
    return errno == EINTR ? -1 : 0;
  }
  for (i = 0; i < n; i++) {
    if (events[i].filter == EVFILT_TIMER) {
      continue;
    }
    ready[stored].fd = (int)events[i].ident;
    ready[stored].what = events[i].filter == EVFILT_WRITE ? SW_WRITE : SW_READ;
    stored++;
  }
  return stored;
}

#else

#include <poll.h>
#include <string.h>

#include "../alloc.h"

int sw_poller_open(struct sw_poller *p) {
  memset(p, 0, sizeof *p);
  p->timer = -1;
  p->armed = SW_NEVER;
  p->fd = -1;
  return 0;
}

void sw_poller_close(struct sw_poller *p, int inherited) {
  (void)inherited;
  sw_free(p->list);
  p->list = NULL;
  p->count = 0;
  p->cap = 0;
}

static struct pollfd *entry(struct sw_poller *p, int fd) {
  struct pollfd *list = p->list;
  size_t i;
  for (i = 0; i < p->count; i++) {
    if (list[i].fd == fd) {
      return &list[i];
    }
  }
  if (p->count == p->cap) {
    size_t cap = p->cap == 0 ? 16 : p->cap * 2;
    list = sw_realloc(p->list, cap * sizeof *list);
    if (list == NULL) {
      return NULL;
    }
    p->list = list;
    p->cap = cap;
  }
  list[p->count].fd = fd;
  return &list[p->count++];
}

int sw_poller_watch(struct sw_poller *p, int fd, unsigned had, unsigned want) {
  struct pollfd *at = entry(p, fd);
  (void)had;
  if (at == NULL) {
    return -1;
  }
  at->events = (short)((want & SW_READ ? POLLIN : 0) |
                       (want & SW_WRITE ? POLLOUT : 0));
  if (want == 0) {
    p->count--;
    *at = ((struct pollfd *)p->list)[p->count];
  }
  return 0;
}

int sw_poller_arm(struct sw_poller *p, int64_t at) {
  p->armed = at;
  return -1;
}

int sw_poller_wait(struct sw_poller *p, int wait_ms, struct sw_ready *ready,
                   int max) {
  struct pollfd *list = p->list;
  size_t i;
  int stored = 0;
  if (poll(list, (nfds_t)p->count, wait_ms) < 0) {
    return errno == EINTR ? -1 : 0;
  }
  for (i = 0; i < p->count && stored < max; i++) {
    short r = list[i].revents;
    if (r == 0) {
      continue;
    }
    ready[stored].fd = list[i].fd;
    ready[stored].what = (r & POLLIN ? (unsigned)SW_READ : 0u) |
                         (r & POLLOUT ? (unsigned)SW_WRITE : 0u) |
                         (r & (POLLERR | POLLHUP) ? (unsigned)SW_BROKEN : 0u);
    stored++;
  }
  return stored;
}

#endif
