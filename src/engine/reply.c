/* Takes a reply in and says what became of it: see flight.h.
   Nothing that comes from the network is believed beyond its caps.
   Must not know: sockets, the multi handle, Lua, the services. */
#include <string.h>

#include "flight.h"

static void fail_buffer(struct sw_flight *f, const struct sw_buf *b) {
  f->fault =
      b->failed == SW_BUF_MEMORY ? SW_FAULT_MEMORY : SW_FAULT_TOO_BIG;
}

/* One allocation for the whole reply when its announced length is sane. */
static void make_room(struct sw_flight *f, struct sw_buf *b, size_t max) {
  curl_off_t n = -1;
  if (curl_easy_getinfo(f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n) ==
          CURLE_OK &&
      n > 0 && n <= SW_ROOM_MAX && (uint64_t)n < max) {
    /* one more, so that a reader can put a NUL behind it */
    (void)sw_buf_room(b, (size_t)n + 1);
  }
}

size_t sw_on_body(char *bytes, size_t size, size_t n, void *flight) {
  struct sw_flight *f = flight;
  struct sw_transfer *t = f->transfer;
  struct sw_buf *b = &t->reply;
  n *= size;
  if (b->len == 0) {
    make_room(f, b, t->max_reply);
  }
  if (n > t->max_reply - b->len) {
    f->fault = SW_FAULT_TOO_BIG;
    return 0;
  }
  if (sw_buf_add(b, bytes, n) != 0) {
    fail_buffer(f, b);
    return 0;
  }
  return n;
}

static enum sw_head head_after_status(const char *line, size_t n) {
  const char *space = memchr(line, ' ', n);
  if (space != NULL && (size_t)(space - line) + 1 < n && space[1] == '1') {
    return SW_HEAD_INTERIM;
  }
  return SW_HEAD_OPEN;
}

/* libcurl calls it once per line, whole. */
size_t sw_on_head(char *bytes, size_t size, size_t n, void *flight) {
  struct sw_flight *f = flight;
  struct sw_buf *b = &f->transfer->head;
  n *= size;
  if (f->head == SW_HEAD_WHOLE) {
    return n;
  }
  if (n >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    f->head = head_after_status(bytes, n);
    sw_buf_clear(b);
    (void)sw_buf_room(b, SW_HEAD_ROOM); /* a failure shows at the append */
  }
  if (f->head != SW_HEAD_OPEN) {
    return n;
  }
  if (sw_buf_add(b, bytes, n) != 0) {
    fail_buffer(f, b);
    return 0;
  }
  if (n <= 2 && (bytes[0] == '\r' || bytes[0] == '\n')) {
    f->head = SW_HEAD_WHOLE;
  }
  return n;
}

int sw_on_request(void *flight, char *to, char *from, int to_port,
                  int from_port) {
  struct sw_flight *f = flight;
  (void)to;
  (void)from;
  (void)to_port;
  (void)from_port;
  f->transfer->byte_left = 1;
  return CURL_PREREQFUNC_OK;
}

CURLcode sw_on_tls(CURL *easy, void *context, void *flight) {
  struct sw_flight *f = flight;
  (void)easy;
  (void)context;
  f->shaking = 1;
  return CURLE_OK;
}

enum sw_fault sw_fault_of(const struct sw_flight *f, CURLcode code) {
  if (f->fault != SW_FAULT_NONE) {
    return f->fault;
  }
  switch (code) {
    case CURLE_OK:
      return SW_FAULT_NONE;
    case CURLE_COULDNT_CONNECT:
      return f->barred ? SW_FAULT_BARRED : SW_FAULT_NETWORK;
    case CURLE_OPERATION_TIMEDOUT:
      return SW_FAULT_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return SW_FAULT_TLS;
    case CURLE_PARTIAL_FILE:
      return SW_FAULT_TRUNCATED;
    case CURLE_RECV_ERROR:
      return f->head >= SW_HEAD_OPEN ? SW_FAULT_TRUNCATED : SW_FAULT_NETWORK;
    case CURLE_BAD_CONTENT_ENCODING:
      return SW_FAULT_ENCODING;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
    case CURLE_TOO_MANY_REDIRECTS:
      return SW_FAULT_PROTOCOL;
    case CURLE_READ_ERROR:
      return SW_FAULT_FILE;
    case CURLE_OUT_OF_MEMORY:
      return SW_FAULT_MEMORY;
    case CURLE_ABORTED_BY_CALLBACK:
      return SW_FAULT_CANCELLED;
    default:
      return SW_FAULT_NETWORK;
  }
}

/* Before the request left, the clock tells how far it came; but not whether
   the TCP connection stands while TLS is under way. */
static enum sw_stage stage_before_request(const struct sw_flight *f) {
  const struct sw_transfer *t = f->transfer;
  if (t->took.dns <= 0) {
    return SW_STAGE_DNS;
  }
  return t->took.connect > 0 || f->shaking ? SW_STAGE_TLS : SW_STAGE_CONNECT;
}

enum sw_stage sw_stage_of(const struct sw_flight *f, CURLcode code,
                          uint64_t sent) {
  const struct sw_transfer *t = f->transfer;
  uint64_t whole = t->file >= 0 ? t->file_size : t->body_len;
  switch (code) {
    case CURLE_OK:
      return f->fault == SW_FAULT_NONE ? SW_STAGE_DONE : SW_STAGE_RECEIVE;
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
      return SW_STAGE_BUILD;
    case CURLE_UNSUPPORTED_PROTOCOL:
      return t->byte_left ? SW_STAGE_WAIT : SW_STAGE_BUILD;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return SW_STAGE_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return SW_STAGE_CONNECT;
    case CURLE_SEND_ERROR:
    case CURLE_READ_ERROR:
      return t->byte_left ? SW_STAGE_SEND : stage_before_request(f);
    default:
      break;
  }
  if (sw_fault_of(f, code) == SW_FAULT_TLS) {
    return SW_STAGE_TLS;
  }
  if (!t->byte_left) {
    return stage_before_request(f);
  }
  if (f->head >= SW_HEAD_OPEN) {
    return SW_STAGE_RECEIVE;
  }
  return sent < whole ? SW_STAGE_SEND : SW_STAGE_WAIT;
}
