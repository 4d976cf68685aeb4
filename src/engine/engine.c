/* The engine: transfers in, landed transfers out, by one multi handle.
   One process, one thread; a forked child may only close it. Calls no code
   of its caller's. Must not know: Lua, the services, OpenSSL. */
#include "engine.h"

#include <pthread.h>
#include <string.h>

#include "../alloc.h"
#include "flight.h"
#include "mac.h"

enum { EVENTS = 64, BLIND_MS = 10, LONGEST_MS = 60000 };

#ifdef SW_TORTURE

static void *torture_calloc(size_t n, size_t size) {
  void *p = size != 0 && n > SIZE_MAX / size ? NULL : sw_malloc(n * size);
  if (p != NULL) {
    memset(p, 0, n * size);
  }
  return p;
}

static char *torture_strdup(const char *text) {
  size_t n = strlen(text) + 1;
  char *p = sw_malloc(n);
  if (p != NULL) {
    memcpy(p, text, n);
  }
  return p;
}

static void start_libcurl(void) {
  (void)curl_global_init_mem(CURL_GLOBAL_DEFAULT, sw_malloc, sw_free,
                             sw_realloc, torture_strdup, torture_calloc);
}

#else

/* A failure shows at the next step: then no handle can be made. */
static void start_libcurl(void) {
  (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

#endif

static pthread_once_t started = PTHREAD_ONCE_INIT;

static const char *describe(void) {
  (void)pthread_once(&started, start_libcurl);
  return curl_version();
}

/* The result codes are or-ed: zero means that all went well. */
static int set_multi(struct sw_engine *e) {
  CURLM *multi = e->multi;
  int bad = 0;
  bad |= (int)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                                (long)SW_PER_HOST);
  bad |= (int)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                (long)SW_PER_HOST);
  bad |= (int)curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                                (long)CURLPIPE_NOTHING);
  return bad;
}

/* A batch of landings frees a megabyte of libcurl's receive buffers, which the
   next batch wants back. glibc returns anything over 128 KiB to the kernel, a
   page fault for each page, until it has seen a larger block come and go. */
static void settle_heap(void) {
  void *volatile block = sw_malloc((size_t)SW_PER_HOST * 32768);
  sw_free(block); /* volatile: or the compiler drops the pair */
}

static struct sw_engine *engine_open(void) {
  struct sw_engine *e = sw_malloc(sizeof *e);
  if (e == NULL) {
    return NULL;
  }
  settle_heap();
  memset(e, 0, sizeof *e);
  sw_mark_open(&e->mark);
  e->landed_end = &e->landed;
  if (sw_poller_open(&e->poller) != 0) {
    sw_mark_close(&e->mark);
    sw_free(e);
    return NULL;
  }
  (void)pthread_once(&started, start_libcurl);
  e->multi = curl_multi_init();
  if (e->multi == NULL || set_multi(e) != 0) {
    (void)curl_multi_cleanup(e->multi);
    sw_poller_close(&e->poller, 0);
    sw_mark_close(&e->mark);
    sw_free(e);
    return NULL;
  }
  return e;
}

static int is_foreign(const struct sw_engine *e) {
  return sw_mark_foreign(&e->mark);
}

static void rest(struct sw_engine *e, struct sw_flight *f) {
  if (!sw_flight_lasts(f) || e->idle.count >= SW_IDLE_MAX) {
    sw_flight_free(f);
    return;
  }
  sw_flights_add(&e->idle, f);
}

/* Takes a flight out of the air. */
static void land(struct sw_engine *e, struct sw_flight *f, CURLcode code) {
  (void)curl_multi_remove_handle(e->multi, f->easy);
  sw_flights_remove(&e->flying, f);
  sw_flight_land(f, code);
  rest(e, f);
}

static void queue(struct sw_engine *e, struct sw_transfer *t) {
  t->next = NULL;
  *e->landed_end = t;
  e->landed_end = &t->next;
  e->landed_count++;
}

/* libcurl's table of sockets may hold an entry half made, and would divide by
   its size of zero at the next use (seen with 7.88.1). Whose it is, is not
   told; taking all flights out removes it. */
static void ground_all(struct sw_engine *e) {
  e->broke = 0;
  while (e->flying.first != NULL) {
    struct sw_flight *f = e->flying.first;
    struct sw_transfer *t = f->transfer;
    f->fault = SW_FAULT_MEMORY;
    land(e, f, CURLE_OUT_OF_MEMORY);
    queue(e, t);
  }
}

/* What libcurl has finished joins the queue of the landed. */
static void collect(struct sw_engine *e) {
  CURLMsg *message;
  int left;
  for (message = curl_multi_info_read(e->multi, &left); message != NULL;
       message = curl_multi_info_read(e->multi, &left)) {
    CURLcode code = message->data.result;
    char *tag = NULL;
    struct sw_flight *f;
    struct sw_transfer *t;
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &tag);
    f = (struct sw_flight *)(void *)tag;
    t = f->transfer;
    land(e, f, code);
    queue(e, t);
  }
  if (e->broke) {
    ground_all(e);
  }
}

/* Runs what is due by the clock, which a socket's turn does too; and looks at
   all sockets when none of them is watched. */
static void run_due(struct sw_engine *e) {
  CURLMcode code;
  int running = 0;
  if (!e->polled || e->blind) {
    code = curl_multi_perform(e->multi, &running);
  } else {
    code = curl_multi_socket_action(e->multi, CURL_SOCKET_TIMEOUT, 0,
                                    &running);
  }
  e->broke = code == CURLM_OUT_OF_MEMORY;
}

/* Milliseconds until libcurl wants to be called, -1: only for sockets.
   Asked once per turn; a timer callback would come at every change. */
static long until_due(struct sw_engine *e) {
  long ms = -1;
  if (e->flying.count == 0) {
    return -1;
  }
  if (curl_multi_timeout(e->multi, &ms) != CURLM_OK) {
    ms = BLIND_MS;
  }
  if (e->blind && (ms < 0 || ms > BLIND_MS)) {
    ms = BLIND_MS;
  }
  return ms;
}

/* After each turn: the descriptor is readable if and only if there is work.
   A timer that would go off too early is left, it saves a system call. */
static void settle(struct sw_engine *e) {
  int64_t at = 0, armed = e->poller.armed;
  int64_t now;
  long ms;
  if (!e->polled) {
    return;
  }
  now = sw_now();
  if (e->landed_count == 0) {
    ms = until_due(e);
    at = ms < 0 ? SW_NEVER : now + ms + 1; /* `now` was rounded down */
  }
  if (at < armed || armed <= now) {
    (void)sw_poller_arm(&e->poller, at);
  }
}

static struct sw_flight *take_flight(struct sw_engine *e,
                                     struct sw_profile *profile) {
  struct sw_flight *f;
  for (f = e->idle.first; f != NULL; f = f->next) {
    if (f->profile == profile) {
      sw_flights_remove(&e->idle, f);
      return f;
    }
  }
  return sw_flight_new(e, profile);
}

static int refuse(struct sw_transfer *t, enum sw_fault fault,
                  const char *words) {
  t->fault = fault;
  t->stage = SW_STAGE_BUILD;
  memcpy(t->detail, words, strlen(words) + 1);
  return -1;
}

/* 1 once in a while: the next call is to drop the names that are too old. */
static int are_names_due(struct sw_engine *e) {
  int64_t now = sw_now();
  if (now < e->names_due) {
    return 0;
  }
  e->names_due = now + SW_NAMES_S * 1000;
  return 1;
}

static int engine_submit(struct sw_engine *e, struct sw_transfer *t) {
  struct sw_flight *f;
  if (is_foreign(e)) {
    return refuse(t, SW_FAULT_FORKED, "the engine belongs to the parent");
  }
  f = take_flight(e, t->profile);
  if (f == NULL) {
    return refuse(t, SW_FAULT_MEMORY, "out of memory");
  }
  t->reply.max = t->max_reply;
  t->head.max = SW_HEAD_MAX;
  if (sw_flight_dress(f, t, are_names_due(e)) != 0) {
    sw_flight_free(f);
    return -1;
  }
  if (curl_multi_add_handle(e->multi, f->easy) != CURLM_OK) {
    sw_flight_free(f);
    return refuse(t, SW_FAULT_MEMORY, "out of memory");
  }
  sw_flights_add(&e->flying, f);
  t->own = f;
  t->state = SW_FLYING;
  if (e->polled) {
    run_due(e); /* it is due at once: the request leaves here */
    collect(e);
    settle(e);
  }
  return 0;
}

static void forget_landed(struct sw_engine *e, struct sw_transfer *t) {
  struct sw_transfer **at = &e->landed;
  while (*at != NULL && *at != t) {
    at = &(*at)->next;
  }
  if (*at == NULL) {
    return;
  }
  *at = t->next;
  if (t->next == NULL) {
    e->landed_end = at;
  }
  t->next = NULL;
  e->landed_count--;
}

static void engine_cancel(struct sw_engine *e, struct sw_transfer *t) {
  struct sw_flight *f = t->own;
  if (t->state == SW_LANDED) {
    forget_landed(e, t);
    return;
  }
  if (t->state != SW_FLYING) {
    return;
  }
  if (is_foreign(e)) {
    t->state = SW_LANDED;
    t->fault = SW_FAULT_FORKED;
    t->byte_left = 1; /* the parent sends it, if it has not yet */
    f->transfer = NULL;
    t->own = NULL;
    return;
  }
  f->fault = SW_FAULT_CANCELLED;
  land(e, f, CURLE_ABORTED_BY_CALLBACK);
  settle(e);
}

static size_t hand_over(struct sw_engine *e, struct sw_transfer **landed,
                        size_t max) {
  size_t n = 0;
  while (n < max && e->landed != NULL) {
    struct sw_transfer *t = e->landed;
    e->landed = t->next;
    t->next = NULL;
    landed[n++] = t;
  }
  if (e->landed == NULL) {
    e->landed_end = &e->landed;
  }
  e->landed_count -= n;
  return n;
}

/* How long the poller may wait: until the caller's end or libcurl's due. */
static int wait_for(struct sw_engine *e, int64_t left) {
  long due;
  if (left == 0 || e->landed_count > 0) {
    return 0;
  }
  due = until_due(e);
  if (due >= 0 && due < left) {
    left = due;
  }
  return left > LONGEST_MS ? LONGEST_MS : (int)left;
}

/* One look at the sockets and the clock. -1: the wait was interrupted. */
static int turn(struct sw_engine *e, int wait_ms, size_t max) {
  struct sw_ready ready[EVENTS];
  int i, acted = 0;
  int n = sw_poller_wait(&e->poller, wait_ms, ready, EVENTS);
  for (i = 0; i < n && e->landed_count < max; i++) {
    acted |= sw_socket_act(e, &ready[i]);
    collect(e);
  }
  if (!acted && e->landed_count < max) {
    run_due(e);
    collect(e);
  }
  return n < 0 ? -1 : 0;
}

/* The same while nobody has asked for the descriptor: libcurl's own loop,
   which costs less than events for each socket. */
static int turn_alone(struct sw_engine *e, int64_t left) {
  int64_t before;
  int seen = 0, wait_ms;
  run_due(e);
  collect(e);
  wait_ms = wait_for(e, left);
  if (wait_ms == 0) {
    return 0;
  }
  if (wait_ms < 0) {
    wait_ms = LONGEST_MS;
  }
  before = sw_now();
  if (curl_multi_poll(e->multi, NULL, 0, wait_ms, &seen) != CURLM_OK) {
    return -1;
  }
  /* libcurl does not tell when a signal ended its wait */
  return seen == 0 && sw_now() - before + 2 < wait_ms ? -1 : 0;
}

static size_t engine_step(struct sw_engine *e, int wait_ms,
                          struct sw_transfer **landed, size_t max) {
  int64_t end = 0, left = wait_ms;
  int stop = 0;
  if (is_foreign(e)) {
    return 0;
  }
  if (wait_ms > 0) {
    end = sw_now() + wait_ms;
  } else if (wait_ms < 0) {
    /* without a flight nothing will ever land */
    left = e->flying.count > 0 ? SW_NEVER : 0;
  }
  while (!stop && e->landed_count < max) {
    stop = left == 0;
    if ((e->polled ? turn(e, wait_for(e, left), max)
                   : turn_alone(e, left)) != 0 ||
        e->landed_count > 0) {
      break;
    }
    if (wait_ms > 0) {
      left = end - sw_now();
      left = left > 0 ? left : 0;
    }
  }
  max = hand_over(e, landed, max);
  settle(e);
  return max;
}

/* Has libcurl tell of its sockets from now on, those in use included. */
static int start_watching(struct sw_engine *e) {
  int bad = 0, running = 0;
  /* make the timer now: later there is nobody to tell of a failure */
  if (sw_poller_arm(&e->poller, 0) != 0) {
    return -1;
  }
  bad |= (int)curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, e);
  bad |= (int)curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION,
                                sw_on_socket);
  if (bad != 0) {
    return -1;
  }
  e->polled = 1;
  e->broke = curl_multi_socket_all(e->multi, &running) == CURLM_OUT_OF_MEMORY;
  collect(e);
  settle(e);
  return 0;
}

static int engine_fd(struct sw_engine *e) {
  if (is_foreign(e) || e->poller.fd < 0) {
    return -1;
  }
  if (!e->polled && start_watching(e) != 0) {
    return -1;
  }
  return e->poller.fd;
}

static size_t engine_pending(struct sw_engine *e) {
  return e->flying.count + e->landed_count;
}

/* The parent's connections go on: its descriptors are closed here, nothing
   is said on them, and libcurl's memory is left alone, because freeing it
   would end TLS sessions and join threads that do not exist here. */
static void abandon(struct sw_engine *e) {
  struct sw_flight *f;
  for (f = e->flying.first; f != NULL; f = f->next) {
    if (f->transfer != NULL) {
      f->transfer->state = SW_LANDED;
      f->transfer->fault = SW_FAULT_FORKED;
      f->transfer->byte_left = 1; /* the parent sends it, if not yet */
      f->transfer->own = NULL;
    }
  }
  sw_sockets_abandon(e);
  sw_poller_close(&e->poller, 1);
  sw_mark_close(&e->mark);
  sw_free(e->sockets);
  sw_free(e);
}

static void engine_close(struct sw_engine *e) {
  if (e == NULL) {
    return;
  }
  if (is_foreign(e)) {
    abandon(e);
    return;
  }
  while (e->flying.first != NULL) {
    struct sw_flight *f = e->flying.first;
    f->fault = SW_FAULT_CANCELLED;
    land(e, f, CURLE_ABORTED_BY_CALLBACK);
  }
  while (e->idle.first != NULL) {
    struct sw_flight *f = e->idle.first;
    sw_flights_remove(&e->idle, f);
    sw_flight_free(f);
  }
  (void)curl_multi_cleanup(e->multi);
  sw_poller_close(&e->poller, 0);
  sw_mark_close(&e->mark);
  sw_free(e->sockets);
  sw_free(e);
}

__attribute__((visibility("default"))) const struct sw_engine_api *
sw_engine_api(void) {
  static const struct sw_engine_api api = {
    SW_ENGINE_VERSION, describe,      engine_open, engine_close,
    is_foreign,        engine_submit, engine_cancel, engine_fd,
    engine_step,       engine_pending, sw_hmac_sha1, sw_random
  };
  return &api;
}
