/* The limit for one call after another: libcurl's easy interface, the body
   thrown away. Usage: raw_easy URL CALLS WARM CA|- reuse|fresh
   `fresh` makes a new handle, thus a new connection, for each call.
   Must not know: Lua, shopwire. */
#include "raw.h"

struct job {
  const char *url;
  const char *ca;
  struct curl_slist *headers;
  CURL *handle; /* NULL: a new one for each call */
  size_t total;
};

static int call(struct job *job) {
  long status = 0;
  size_t before = job->total;
  CURL *h = job->handle;
  if (h == NULL)
    h = new_handle(job->url, job->ca, job->headers, &job->total);
  if (h == NULL)
    return -1;
  CURLcode code = curl_easy_perform(h);
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  if (job->handle == NULL)
    curl_easy_cleanup(h);
  if (code != CURLE_OK)
    fprintf(stderr, "raw_easy: %s\n", curl_easy_strerror(code));
  return code == CURLE_OK && status == 200 && job->total > before ? 0 : -1;
}

static int calls(struct job *job, long n) {
  for (long i = 0; i < n; i++) {
    if (call(job) != 0)
      return -1;
  }
  return 0;
}

int main(int argc, char **argv) {
  struct job job = {NULL, NULL, NULL, NULL, 0};
  if (argc != 6)
    return 2;
  long n = strtol(argv[2], NULL, 10);
  long warm = strtol(argv[3], NULL, 10);
  job.url = argv[1];
  job.ca = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
  curl_global_init(CURL_GLOBAL_DEFAULT);
  job.headers = key_headers();
  if (job.headers == NULL)
    return 1;
  if (strcmp(argv[5], "fresh") != 0) {
    job.handle = new_handle(job.url, job.ca, job.headers, &job.total);
    if (job.handle == NULL)
      return 1;
  }
  int bad = calls(&job, warm);
  if (bad == 0)
    bad = tell("ready", 0);
  if (bad == 0)
    bad = calls(&job, n);
  if (bad == 0)
    bad = tell("done", n);
  if (job.handle != NULL)
    curl_easy_cleanup(job.handle);
  curl_slist_free_all(job.headers);
  curl_global_cleanup();
  return bad == 0 ? 0 : 1;
}
