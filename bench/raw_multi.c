/* The limit for many calls at once: libcurl's multi interface with perform
   and poll, handles and connections reused, bodies thrown away.
   Usage: raw_multi URL CALLS WARM CA|- IN_FLIGHT [BODY]
   With BODY the calls are POSTs of that form.
   Must not know: Lua, shopwire. */
#include "raw.h"

struct pool {
  CURLM *multi;
  long left;  /* calls not started */
  long wait;  /* calls not ended */
};

static int add(struct pool *p, CURL *h) {
  p->left--;
  return curl_multi_add_handle(p->multi, h) == CURLM_OK ? 0 : -1;
}

/* Takes what has ended and starts the next on the same handle. */
static int collect(struct pool *p) {
  int queued = 0;
  CURLMsg *m = curl_multi_info_read(p->multi, &queued);
  while (m != NULL) {
    CURL *h = m->easy_handle;
    CURLcode code = m->data.result;
    long status = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    if (m->msg != CURLMSG_DONE || code != CURLE_OK || status != 200) {
      fprintf(stderr, "raw_multi: %s, status %ld\n",
              curl_easy_strerror(code), status);
      return -1;
    }
    curl_multi_remove_handle(p->multi, h);
    p->wait--;
    if (p->left > 0 && add(p, h) != 0)
      return -1;
    m = curl_multi_info_read(p->multi, &queued);
  }
  return 0;
}

static int calls(struct pool *p, CURL **handles, long count, long n) {
  int running = 0;
  p->left = n;
  p->wait = n;
  for (long i = 0; i < count && p->left > 0; i++) {
    if (add(p, handles[i]) != 0)
      return -1;
  }
  while (p->wait > 0) {
    if (curl_multi_perform(p->multi, &running) != CURLM_OK)
      return -1;
    if (collect(p) != 0)
      return -1;
    if (p->wait > 0
        && curl_multi_poll(p->multi, NULL, 0, 1000, NULL) != CURLM_OK)
      return -1;
  }
  return 0;
}

static int run(struct pool *p, CURL **handles, long count, long n, long warm) {
  if (calls(p, handles, count, warm) != 0 || tell("ready", 0) != 0)
    return -1;
  if (calls(p, handles, count, n) != 0)
    return -1;
  return tell("done", n);
}

int main(int argc, char **argv) {
  struct pool p = {NULL, 0, 0};
  size_t total = 0;
  int bad = 0;
  if (argc != 6 && argc != 7)
    return 2;
  long count = strtol(argv[5], NULL, 10);
  const char *ca = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
  curl_global_init(CURL_GLOBAL_DEFAULT);
  struct curl_slist *headers = key_headers();
  CURL **handles = calloc((size_t)count, sizeof *handles);
  p.multi = curl_multi_init();
  if (headers == NULL || handles == NULL || p.multi == NULL)
    return 1;
  curl_multi_setopt(p.multi, CURLMOPT_MAXCONNECTS, count);
  for (long i = 0; i < count && bad == 0; i++) {
    handles[i] = new_handle(argv[1], ca, headers, &total);
    bad = handles[i] == NULL;
    if (bad == 0 && argc == 7)
      curl_easy_setopt(handles[i], CURLOPT_POSTFIELDS, argv[6]);
  }
  if (bad == 0)
    bad = run(&p, handles, count, strtol(argv[2], NULL, 10),
              strtol(argv[3], NULL, 10));
  for (long i = 0; i < count; i++)
    curl_easy_cleanup(handles[i]);
  curl_multi_cleanup(p.multi);
  curl_slist_free_all(headers);
  free(handles);
  curl_global_cleanup();
  return bad == 0 && total > 0 ? 0 : 1;
}
