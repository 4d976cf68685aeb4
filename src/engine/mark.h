/* Is this still the process that opened the engine? Asked at every call, so
   without a system call where the kernel can help.
   Must not know: libcurl, Lua. */
#ifndef SW_MARK_H
#define SW_MARK_H

#include <sys/types.h>

struct sw_mark {
  pid_t pid;
  volatile char *page; /* one page that a fork empties, or NULL */
};

/* Never fails: without the page the process id is compared. */
void sw_mark_open(struct sw_mark *m);
void sw_mark_close(struct sw_mark *m);
/* 1 in a child that was forked since open. */
int sw_mark_foreign(const struct sw_mark *m);

#endif
