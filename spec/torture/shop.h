/* A shop of canned answers in a process of its own, so that its descriptors
   and its memory are not counted. Each run has its own address, /rN/, a count
   of the calls that must not come twice, and a sum of what came.
   Must not know: Lua. */
#ifndef SHOP_H
#define SHOP_H

enum { SHOP_RUNS = 200000 };

enum shop_post { SHOP_CREATE, SHOP_UPLOAD, SHOP_POSTS };

/* Shared with the shop's process. */
struct shop_book {
  volatile unsigned char posts[SHOP_RUNS][SHOP_POSTS];
  volatile unsigned sums[SHOP_RUNS]; /* of the last call that changes */
};

struct shop {
  int port;
  int pid;
  struct shop_book *book;
};

/* 0, or -1. The process ends with its parent, or by shop_close. */
int shop_open(struct shop *s);
void shop_close(struct shop *s);

#endif
