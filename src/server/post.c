/* Webhooks on their way: see post.h. Must not know: Lua, libcurl. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dladdr */
#endif
#include "post.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../alloc.h"
#include "../engine/engine.h"
#include "../transfer.h"

#define REPLY_MAX ((size_t)64 * 1024)
#define BODY_MAX ((size_t)1024 * 1024)
#define FLYING_MAX 64

struct delivery {
  struct delivery *next;
  unsigned long id;
  int landed;
  const char *headers[1];
  struct sw_transfer transfer;
  char texts[]; /* address, NUL, body */
};

struct sw_poster {
  const struct sw_engine_api *api;
  struct sw_engine *engine;
  struct sw_profile profile; /* this struct's own reference never ends */
  struct delivery *first;    /* oldest first */
  unsigned long last_id;
};

/* The loaded file stays mapped: the engine asks for that itself. */
static const struct sw_engine_api *load(char *error, size_t error_size) {
  const struct sw_engine_api *(*entry)(void);
  char path[PATH_MAX];
  const char *slash;
  Dl_info info;
  void *library;
  void *symbol;
  int n;
  /* any object of ours tells where this library lies */
  static const char here = 0;
  if (dladdr(&here, &info) == 0 || info.dli_fname == NULL) {
    snprintf(error, error_size, "cannot tell where the server lies");
    return NULL;
  }
  slash = strrchr(info.dli_fname, '/');
  n = slash == NULL ? snprintf(path, sizeof(path), "./engine.so")
                    : snprintf(path, sizeof(path), "%.*s/engine.so",
                               (int)(slash - info.dli_fname),
                               info.dli_fname);
  if (n < 0 || (size_t)n >= sizeof(path)) {
    snprintf(error, error_size, "the engine's path is too long");
    return NULL;
  }
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  symbol = library == NULL ? NULL : dlsym(library, "sw_engine_api");
  if (symbol == NULL) {
    const char *why = dlerror();
    snprintf(error, error_size, "cannot load the engine: %s",
             why == NULL ? "no such symbol" : why);
    return NULL;
  }
  memcpy(&entry, &symbol, sizeof(entry));
  return entry();
}

struct sw_poster *sw_poster_open(char *error, size_t error_size) {
  struct sw_poster *p = sw_malloc(sizeof(*p));
  if (p == NULL) {
    snprintf(error, error_size, "not enough memory");
    return NULL;
  }
  memset(p, 0, sizeof(*p));
  p->profile.refs = 1;
  p->profile.connect_ms = 5000;
  p->api = load(error, error_size);
  if (p->api == NULL) {
    sw_free(p);
    return NULL;
  }
  if (p->api->version != SW_ENGINE_VERSION) {
    snprintf(error, error_size, "the engine is of another version");
    sw_free(p);
    return NULL;
  }
  p->engine = p->api->open();
  if (p->engine == NULL) {
    snprintf(error, error_size, "the engine does not start");
    sw_free(p);
    return NULL;
  }
  return p;
}

static void free_delivery(struct delivery *d) {
  sw_transfer_reset(&d->transfer);
  sw_free(d);
}

void sw_poster_close(struct sw_poster *p) {
  if (p == NULL) {
    return;
  }
  p->api->close(p->engine);
  while (p->first != NULL) {
    struct delivery *d = p->first;
    p->first = d->next;
    free_delivery(d);
  }
  sw_free(p);
}

int sw_poster_fd(struct sw_poster *p) {
  return p->api->fd(p->engine);
}

static struct delivery *new_delivery(const char *url, const char *body,
                                     size_t body_len) {
  size_t url_len = strlen(url);
  struct delivery *d;
  if (url_len > 4096 || body_len > BODY_MAX) {
    return NULL;
  }
  d = sw_malloc(sizeof(*d) + url_len + 1 + body_len + 1);
  if (d == NULL) {
    return NULL;
  }
  memset(d, 0, sizeof(*d));
  memcpy(d->texts, url, url_len + 1);
  memcpy(d->texts + url_len + 1, body, body_len);
  d->texts[url_len + 1 + body_len] = '\0';
  d->headers[0] = "Content-Type: application/x-www-form-urlencoded";
  d->transfer.verb = "POST";
  d->transfer.url = d->texts;
  d->transfer.headers = d->headers;
  d->transfer.header_count = 1;
  d->transfer.body = d->texts + url_len + 1;
  d->transfer.body_len = body_len;
  d->transfer.fresh = 1;
  d->transfer.max_reply = REPLY_MAX;
  d->transfer.file = -1;
  return d;
}

unsigned long sw_poster_send(struct sw_poster *p, const char *url,
                             const char *body, size_t body_len,
                             long deadline_ms, char *error,
                             size_t error_size) {
  struct delivery **end;
  struct delivery *d;
  if (sw_poster_pending(p) >= FLYING_MAX) {
    snprintf(error, error_size, "too many deliveries under way");
    return 0;
  }
  d = new_delivery(url, body, body_len);
  if (d == NULL) {
    snprintf(error, error_size, "the delivery is too large");
    return 0;
  }
  d->transfer.profile = &p->profile;
  d->transfer.deadline_ms = deadline_ms;
  d->transfer.tag = d;
  if (p->api->submit(p->engine, &d->transfer) != 0) {
    snprintf(error, error_size, "%s", d->transfer.detail);
    free_delivery(d);
    return 0;
  }
  d->id = ++p->last_id;
  for (end = &p->first; *end != NULL; end = &(*end)->next) {
  }
  *end = d;
  return d->id;
}

void sw_poster_step(struct sw_poster *p) {
  struct sw_transfer *landed[16];
  size_t n, i;
  do {
    n = p->api->step(p->engine, 0, landed, 16);
    for (i = 0; i < n; i++) {
      struct delivery *d = landed[i]->tag;
      d->landed = 1;
    }
  } while (n == 16);
}

int sw_poster_take(struct sw_poster *p, struct sw_posted *out) {
  struct delivery **at;
  for (at = &p->first; *at != NULL; at = &(*at)->next) {
    struct delivery *d = *at;
    if (d->landed) {
      int whole = d->transfer.fault == SW_FAULT_NONE;
      *at = d->next;
      memset(out, 0, sizeof(*out));
      out->id = d->id;
      out->status = whole ? d->transfer.status : 0;
      snprintf(out->detail, sizeof(out->detail), "%s", d->transfer.detail);
      free_delivery(d);
      return 1;
    }
  }
  return 0;
}

size_t sw_poster_pending(const struct sw_poster *p) {
  const struct delivery *d;
  size_t n = 0;
  for (d = p->first; d != NULL; d = d->next) {
    n++;
  }
  return n;
}
