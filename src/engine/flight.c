/* Life and settings of easy handles: see flight.h.
   Every call of libcurl that can fail is looked at. Must not know: sockets,
   the multi handle, Lua, the services. */
#include "flight.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../alloc.h"

void sw_flights_add(struct sw_flights *list, struct sw_flight *f) {
  f->prev = NULL;
  f->next = list->first;
  if (list->first != NULL) {
    list->first->prev = f;
  } else {
    list->last = f;
  }
  list->first = f;
  list->count++;
}

void sw_flights_remove(struct sw_flights *list, struct sw_flight *f) {
  if (f->prev != NULL) {
    f->prev->next = f->next;
  } else {
    list->first = f->next;
  }
  if (f->next != NULL) {
    f->next->prev = f->prev;
  } else {
    list->last = f->prev;
  }
  f->prev = NULL;
  f->next = NULL;
  list->count--;
}

/* The result codes are or-ed: zero means that all went well. */

static int set_callbacks(struct sw_flight *f) {
  CURL *easy = f->easy;
  int bad = 0;
  /* not every TLS library has it; then a stage is told less exactly */
  (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, sw_on_tls);
  (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->words);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sw_on_body);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, sw_on_head);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, sw_on_request);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_PREREQDATA, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                               sw_on_open_socket);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                               sw_on_close_socket);
  /* a connection outlives its flight */
  bad |= (int)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, f->engine);
  return bad;
}

static int set_manners(struct sw_flight *f) {
  CURL *easy = f->easy;
  CURLcode quick;
  int bad = 0;
  bad |= (int)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  /* else a slow resolver's thread is waited for */
  quick = curl_easy_setopt(easy, SW_CURLOPT_QUICK_EXIT, 1L);
  bad |= quick == CURLE_UNKNOWN_OPTION ? 0 : (int)quick;
  bad |= (int)curl_easy_setopt(easy, SW_CURLOPT_PROTOCOLS, SW_HTTP_ONLY);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  /* HTTP/2 would put several calls on one connection: then "a connection of
     its own" would no longer keep libcurl from repeating a request */
  bad |= (int)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                               (long)CURL_HTTP_VERSION_1_1);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 0L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  /* switches decoding on; the header itself is one of our lines */
  bad |= (int)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  return bad;
}

/* As a line of ours: libcurl would format its own anew for each request, byte
   by byte, and then once more into the request. */
static int set_agent(struct sw_flight *f, const char *agent) {
  static const char name[] = "User-Agent: ";
  size_t n = strlen(agent) + 1;
  f->agent = sw_malloc(sizeof name - 1 + n);
  if (f->agent == NULL) {
    return -1;
  }
  memcpy(f->agent, name, sizeof name - 1);
  memcpy(f->agent + sizeof name - 1, agent, n);
  return 0;
}

/* Does the environment name a proxy for https? libcurl would ask it up to six
   times for each request; it is asked once for each handle. */
static int is_proxy_named(void) {
  static const char *const names[] = {"https_proxy", "HTTPS_PROXY",
                                      "all_proxy", "ALL_PROXY"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (getenv(names[i]) != NULL) {
      return 1;
    }
  }
  return 0;
}

/* One proxy or none, or the environment's for https and none for http. */
static int set_proxy(struct sw_flight *f, const struct sw_profile *p) {
  int bad = 0;
  f->proxy_env = p->proxy == NULL && p->proxy_env && is_proxy_named();
  f->proxy_off = p->proxy == NULL;
  bad |= (int)curl_easy_setopt(f->easy, CURLOPT_PROXY,
                               p->proxy != NULL ? p->proxy : "");
  if (!f->proxy_env) {
    /* else libcurl would read no_proxy from the environment */
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_NOPROXY, "");
  }
  return bad;
}

static int set_profile(struct sw_flight *f, const struct sw_profile *p) {
  CURL *easy = f->easy;
  long verify = p->insecure ? 0L : 1L;
  int bad = 0;
  /* a default CA path, which Debian compiles in, would switch off libcurl's
     cache of the parsed bundle: 26 to 40 ms for each new TLS connection */
  bad |= (int)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
  bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify * 2);
  if (p->ca_file != NULL) {
    bad |= (int)curl_easy_setopt(easy, CURLOPT_CAINFO, p->ca_file);
  }
  if (p->user_agent != NULL) {
    bad |= set_agent(f, p->user_agent);
  }
  if (p->connect_ms > 0) {
    long ms = p->connect_ms < INT_MAX ? p->connect_ms : INT_MAX;
    bad |= (int)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
  }
  return bad | set_proxy(f, p);
}

struct sw_flight *sw_flight_new(struct sw_engine *e,
                                struct sw_profile *profile) {
  struct sw_flight *f = sw_malloc(sizeof *f);
  if (f == NULL) {
    return NULL;
  }
  memset(f, 0, sizeof *f);
  f->engine = e;
  f->easy = curl_easy_init();
  if (f->easy == NULL || set_callbacks(f) != 0 || set_manners(f) != 0 ||
      set_profile(f, profile) != 0) {
    curl_easy_cleanup(f->easy);
    sw_free(f->agent);
    sw_free(f);
    return NULL;
  }
  f->profile = sw_profile_keep(profile);
  return f;
}

void sw_flight_free(struct sw_flight *f) {
  curl_easy_cleanup(f->easy);
  curl_mime_free(f->form);
  sw_free(f->agent);
  sw_free(f->more);
  sw_profile_drop(f->profile);
  sw_free(f);
}

int sw_flight_lasts(const struct sw_flight *f) {
  return f->form == NULL;
}

static int refuse(struct sw_transfer *t, enum sw_fault fault,
                  const char *words) {
  size_t n = strlen(words);
  if (n >= sizeof t->detail) {
    n = sizeof t->detail - 1;
  }
  t->fault = fault;
  t->stage = SW_STAGE_BUILD;
  memcpy(t->detail, words, n);
  t->detail[n] = '\0';
  return -1;
}

static char low(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* `name` in lower case, with its colon. */
static int is_header(const char *line, const char *name) {
  while (*name != '\0' && low(*line) == *name) {
    line++;
    name++;
  }
  return *name == '\0';
}

static int is_plain(const char *url) {
  return is_header(url, "http:");
}

/* A body, even an empty one, makes libcurl send a Content-Length. */
static int wants_body(const struct sw_transfer *t) {
  return t->body != NULL || strcmp(t->verb, "POST") == 0 ||
         strcmp(t->verb, "PUT") == 0 || strcmp(t->verb, "PATCH") == 0;
}

/* Room for the transfer's lines and for four of ours. */
static struct curl_slist *room(struct sw_flight *f, size_t count) {
  size_t size = sizeof *f->more;
  if (count <= SW_LINES - 4) {
    return f->lines;
  }
  if (count > SIZE_MAX / size - 4) {
    return NULL;
  }
  sw_free(f->more);
  f->more = sw_malloc((count + 4) * size);
  return f->more;
}

/* Links the transfer's lines without copying them, and behind them ours: two
   that libcurl would make at a higher price, two that keep it from adding
   headers of its own. */
static int set_headers(struct sw_flight *f, const struct sw_transfer *t) {
  struct curl_slist *line = room(f, t->header_count);
  size_t i, n = 0;
  int typed = 0;
  if (line == NULL) {
    return -1;
  }
  for (i = 0; i < t->header_count; i++) {
    line[n++].data = (char *)t->headers[i]; /* libcurl only reads it */
    typed |= is_header(t->headers[i], "content-type:");
  }
  line[n++].data = (char *)"Accept-Encoding: gzip";
  if (f->agent != NULL) {
    line[n++].data = f->agent;
  }
  if (t->file >= 0 || wants_body(t)) {
    line[n++].data = (char *)"Expect:";
    if (!typed && t->file < 0) {
      line[n++].data = (char *)"Content-Type:";
    }
  }
  for (i = 0; i < n; i++) {
    line[i].next = i + 1 < n ? &line[i + 1] : NULL;
  }
  return (int)curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, line);
}

/* The kind of request comes first: it decides what libcurl's own verb is. */
static int set_request(struct sw_flight *f, const struct sw_transfer *t) {
  const char *natural = "GET";
  int bad = 0;
  if (t->file >= 0) {
    bad |= sw_upload_dress(f, t);
    natural = "POST";
  } else if (wants_body(t)) {
    const char *body = t->body != NULL ? t->body : "";
    curl_off_t size = t->body != NULL ? (curl_off_t)t->body_len : 0;
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, body);
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_POST, 1L);
    natural = "POST";
  } else if (strcmp(t->verb, "HEAD") == 0) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_NOBODY, 1L);
    natural = "HEAD";
  } else {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_HTTPGET, 1L);
  }
  if (strcmp(t->verb, natural) == 0) {
    natural = "";
  } else {
    natural = t->verb;
  }
  if (strcmp(f->verb, natural) != 0) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST,
                                 *natural != '\0' ? natural : NULL);
    memcpy(f->verb, natural, strlen(natural) + 1);
  }
  return bad;
}

/* libcurl sends the path without its query when memory for a copy of that is
   short (seen with 7.88.1), and another list would come back. As a target
   that we name, a failed copy is an error. A proxy that does not tunnel needs
   the whole address instead. */
static int set_target(struct sw_flight *f, const struct sw_transfer *t) {
  const char *path = strstr(t->url, "://");
  int bad = 0, wanted = 0;
  if (path != NULL) {
    path += 3;
    path += strcspn(path, "/?#");
    wanted = *path == '/' && strchr(path, '?') != NULL &&
             strchr(path, '#') == NULL &&
             (f->profile->proxy == NULL || !is_plain(t->url));
  }
  if (wanted || f->targeted) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_REQUEST_TARGET,
                                 wanted ? path : NULL);
    f->targeted = wanted;
  }
  return bad;
}

static int set_limits(struct sw_flight *f, const struct sw_transfer *t,
                      int ages_names) {
  long ms = t->deadline_ms < INT_MAX ? t->deadline_ms : INT_MAX;
  /* nobody looked at the address of a pooled connection */
  int fresh = t->fresh != 0 || t->avoid != 0;
  int bad = 0;
  if (ms != f->deadline_ms) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, ms);
    f->deadline_ms = ms;
  }
  if (fresh != f->fresh) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, (long)fresh);
    f->fresh = fresh;
  }
  if (ages_names != f->ages_names) {
    bad |= (int)curl_easy_setopt(f->easy, CURLOPT_DNS_CACHE_TIMEOUT,
                                 ages_names ? (long)SW_NAMES_S : -1L);
    f->ages_names = ages_names;
  }
  if (f->proxy_env) { /* for https only */
    int off = is_plain(t->url);
    if (off != f->proxy_off) {
      bad |= (int)curl_easy_setopt(f->easy, CURLOPT_PROXY, off ? "" : NULL);
      f->proxy_off = off;
    }
  }
  return bad;
}

/* The address's port as libcurl reads it, 0 when it cannot. 0, or -1 without
   memory. */
static int read_port(const char *url, long *port) {
  CURLU *parts = curl_url();
  char *text = NULL;
  CURLUcode code;
  *port = 0;
  if (parts == NULL) {
    return -1;
  }
  code = curl_url_set(parts, CURLUPART_URL, url, 0);
  if (code == CURLUE_OK) {
    code = curl_url_get(parts, CURLUPART_PORT, &text, CURLU_DEFAULT_PORT);
  }
  if (code == CURLUE_OK) {
    *port = strtol(text, NULL, 10);
  }
  curl_free(text);
  curl_url_cleanup(parts);
  return code == CURLUE_OUT_OF_MEMORY ? -1 : 0;
}

/* A proxy resolves the host's name: here is only its own address, which the
   user chose. libcurl does not tell whether the environment names one for
   this host, so there another port than the host's is taken for a proxy's,
   and a proxy on the host's port for the host. */
static int set_avoid(struct sw_flight *f, const struct sw_transfer *t) {
  const char *proxy = f->profile->proxy;
  f->avoid = proxy != NULL && *proxy != '\0' ? 0 : t->avoid;
  f->port = 0;
  f->barred = 0;
  if (f->avoid == 0 || !f->proxy_env || f->proxy_off) {
    return 0;
  }
  return read_port(t->url, &f->port);
}

int sw_flight_dress(struct sw_flight *f, struct sw_transfer *t,
                    int ages_names) {
  int bad = 0;
  if (strlen(t->verb) >= sizeof f->verb) {
    return refuse(t, SW_FAULT_PROTOCOL, "the verb is too long");
  }
  if (t->deadline_ms <= 0) {
    return refuse(t, SW_FAULT_TIMEOUT, "the deadline has passed");
  }
  f->transfer = t;
  f->fault = SW_FAULT_NONE;
  f->head = SW_HEAD_NONE;
  f->shaking = 0;
  f->offset = 0;
  f->words[0] = '\0';
  bad |= (int)curl_easy_setopt(f->easy, CURLOPT_URL, t->url);
  bad |= set_target(f, t);
  bad |= set_headers(f, t);
  bad |= set_request(f, t);
  bad |= set_limits(f, t, ages_names);
  bad |= set_avoid(f, t);
  if (bad != 0) {
    f->transfer = NULL;
    return refuse(t, SW_FAULT_MEMORY, "out of memory");
  }
  return 0;
}

static double seconds(struct sw_flight *f, CURLINFO which) {
  curl_off_t us = 0;
  if (curl_easy_getinfo(f->easy, which, &us) != CURLE_OK || us < 0) {
    return 0;
  }
  return (double)us / 1e6;
}

/* A kept connection costs no time to make. */
static void fill_timings(struct sw_flight *f, struct sw_transfer *t) {
  if (!t->reused) {
    t->took.dns = seconds(f, CURLINFO_NAMELOOKUP_TIME_T);
    t->took.connect = seconds(f, CURLINFO_CONNECT_TIME_T);
    t->took.tls = seconds(f, CURLINFO_APPCONNECT_TIME_T);
  }
  t->took.first_byte = seconds(f, CURLINFO_STARTTRANSFER_TIME_T);
  t->took.total = seconds(f, CURLINFO_TOTAL_TIME_T);
}

/* libcurl says that it could not connect, and leaves out why. */
static void add_cause(struct sw_flight *f, struct sw_transfer *t) {
  long error = 0;
  const char *cause;
  size_t n = strlen(t->detail), more;
  (void)curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &error);
  switch (error) {
    case ECONNREFUSED: cause = ": Connection refused"; break;
    case EHOSTUNREACH: cause = ": No route to host"; break;
    case ENETUNREACH: cause = ": Network is unreachable"; break;
    case ETIMEDOUT: cause = ": Connection timed out"; break;
    default: return;
  }
  more = strlen(cause) + 1;
  if (n + more <= sizeof t->detail) {
    memcpy(t->detail + n, cause, more);
  }
}

void sw_flight_land(struct sw_flight *f, CURLcode code) {
  struct sw_transfer *t = f->transfer;
  long status = 0, made = 0;
  curl_off_t sent = 0;
  if (f->head >= SW_HEAD_OPEN) {
    (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
  }
  t->status = (int)status;
  (void)curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &made);
  t->reused = t->byte_left && made == 0;
  fill_timings(f, t);
  (void)curl_easy_getinfo(f->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (t->file < 0) {
    t->sent = sent > 0 ? (uint64_t)sent : 0;
  }
  t->fault = sw_fault_of(f, code);
  t->stage = sw_stage_of(f, code, t->sent);
  if (t->fault != SW_FAULT_NONE) {
    const char *words = f->words;
    enum sw_stage stage = t->stage;
    if (words[0] == '\0') {
      words = f->fault != SW_FAULT_NONE ? "" : curl_easy_strerror(code);
    }
    (void)refuse(t, t->fault, words);
    t->stage = stage;
    if (code == CURLE_COULDNT_CONNECT) {
      add_cause(f, t);
    }
  }
  t->state = SW_LANDED;
  t->own = NULL;
  f->transfer = NULL;
}
