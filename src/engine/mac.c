/* HMAC-SHA1 and random bytes by libcrypto: see mac.h.
   Must not know: libcurl, transfers. */
#include "mac.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

int sw_hmac_sha1(const void *key, size_t key_len, const void *text, size_t len,
                 unsigned char mac[20]) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int out_len = 0;
  size_t i;
  if (key_len > INT_MAX) {
    return -1;
  }
  /* a NULL key would mean "the one before" */
  if (HMAC(EVP_sha1(), key_len == 0 ? "" : key, (int)key_len,
           len == 0 ? (const void *)"" : text, len, out, &out_len) == NULL ||
      out_len != 20) {
    return -1;
  }
  for (i = 0; i < 20; i++) {
    mac[i] = out[i];
  }
  return 0;
}

int sw_random(void *bytes, size_t n) {
  unsigned char *at = bytes;
  while (n > 0) {
    int part = n > 4096 ? 4096 : (int)n;
    if (RAND_bytes(at, part) != 1) {
      return -1;
    }
    at += part;
    n -= (size_t)part;
  }
  return 0;
}
