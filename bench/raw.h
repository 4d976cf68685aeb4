/* What the two raw programs share: the options of a handle and the talk with
   the meter. Must not know: Lua, shopwire. */
#ifndef RAW_H
#define RAW_H

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The body is counted and thrown away. */
static size_t discard(char *bytes, size_t size, size_t n, void *total) {
  (void)bytes;
  *(size_t *)total += size * n;
  return size * n;
}

/* The options with which libcurl does this job fastest. CAPATH is NULL, as
   Debian's default path would switch the cache of certificates off. */
static CURL *new_handle(const char *url, const char *ca,
                        struct curl_slist *headers, size_t *total) {
  CURL *h = curl_easy_init();
  if (h == NULL)
    return NULL;
  curl_easy_setopt(h, CURLOPT_URL, url);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, total);
  curl_easy_setopt(h, CURLOPT_CAPATH, (char *)NULL);
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  if (ca != NULL)
    curl_easy_setopt(h, CURLOPT_CAINFO, ca);
  return h;
}

/* The headers that every contender sends; NULL when memory fails. */
static struct curl_slist *key_headers(void) {
  struct curl_slist *one = curl_slist_append(NULL, "X-Api-Key: bench-key");
  if (one == NULL)
    return NULL;
  struct curl_slist *two = curl_slist_append(one, "X-Auth-Token: bench-token");
  if (two == NULL)
    curl_slist_free_all(one);
  return two;
}

/* Prints a line and waits for the meter's answer. 0, or -1. */
static int tell(const char *word, long number) {
  char line[64];
  printf("%s %ld\n", word, number);
  fflush(stdout);
  return fgets(line, sizeof line, stdin) != NULL ? 0 : -1;
}

#endif
