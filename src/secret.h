/* Wiping and constant-time comparison. Must not know: Lua, OpenSSL. */
#ifndef SW_SECRET_H
#define SW_SECRET_H

#include <stddef.h>

/* Overwrites with zeros in a way that the compiler may not drop. */
void sw_wipe(void *p, size_t n);
/* 1 when equal. Time depends on the lengths only, never on the bytes. */
int sw_same(const void *a, size_t an, const void *b, size_t bn);

#endif
