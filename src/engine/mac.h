/* HMAC-SHA1 and random bytes. Must not know: libcurl, transfers. */
#ifndef SW_MAC_H
#define SW_MAC_H

#include <stddef.h>

/* Any key and text, empty ones too. 0, or -1. */
int sw_hmac_sha1(const void *key, size_t key_len, const void *text, size_t len,
                 unsigned char mac[20]);
/* `n` unpredictable bytes. 0, or -1. */
int sw_random(void *bytes, size_t n);

#endif
