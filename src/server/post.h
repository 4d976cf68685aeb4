/* Form posts that the sandbox sends by itself (webhooks), beside its serving:
   started, stepped, taken. Uses engine.so, found beside this library.
   Must not know: Lua, libcurl, what is sent. */
#ifndef SW_SERVER_POST_H
#define SW_SERVER_POST_H

#include <stddef.h>

struct sw_poster;

struct sw_posted {
  unsigned long id;
  int status;        /* 0: no whole reply */
  char detail[256];  /* why, when there is none */
};

/* NULL with a sentence in `error`. */
struct sw_poster *sw_poster_open(char *error, size_t error_size);
/* Ends what is under way. NULL is fine. */
void sw_poster_close(struct sw_poster *p);
/* Readable when sw_poster_step has work; -1: cannot be watched. */
int sw_poster_fd(struct sw_poster *p);
/* Copies both texts. The id, from 1, or 0 with a sentence in `error`. */
unsigned long sw_poster_send(struct sw_poster *p, const char *url,
                             const char *body, size_t body_len,
                             long deadline_ms, char *error,
                             size_t error_size);
/* Never waits. */
void sw_poster_step(struct sw_poster *p);
/* 1 and the oldest outcome that nobody took; 0: none. */
int sw_poster_take(struct sw_poster *p, struct sw_posted *out);
size_t sw_poster_pending(const struct sw_poster *p);

#endif
