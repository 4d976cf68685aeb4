/* Failures of transfers, the judge's word on them, a caller's own. */
#include "refuse.h"

struct crash {
  enum sw_fault fault;
  enum sw_stage stage;
  const char *url;
  const char *detail;
  const char *kind;
  const char *message;
  const char *hint; /* a part of it, or NULL: none */
};

#define API "https://h.test/api/1.1/links/?key=SECRET"

static const struct crash crashes[] = {
  {SW_FAULT_NETWORK, SW_STAGE_CONNECT, "http://127.0.0.1:9/a?b",
   "Failed to connect to 127.0.0.1 port 9 after 0 ms: Connection refused",
   "network", "cannot connect to 127.0.0.1:9: Connection refused",
   "check the endpoint and that the server is running"},
  {SW_FAULT_NETWORK, SW_STAGE_CONNECT, "http://[::1]/a",
   "Failed to connect to ::1 port 80 after 0 ms: Couldn't connect to server",
   "network", "cannot connect to [::1]:80", "server is running"},
  {SW_FAULT_NETWORK, SW_STAGE_CONNECT, "http://[::1]:81/a",
   "connect failed: Network is unreachable", "network",
   "cannot connect to [::1]:81: Network is unreachable",
   "this machine's network"},
  {SW_FAULT_NETWORK, SW_STAGE_DNS, API, "Could not resolve host: h.test",
   "network", "cannot find the address of h.test:443", "host name"},
  {SW_FAULT_NETWORK, SW_STAGE_DNS, API, "Could not resolve proxy: p",
   "network",
   "the proxy failed on the way to h.test:443: Could not resolve proxy: p",
   "proxy option"},
  {SW_FAULT_NETWORK, SW_STAGE_WAIT, "https://u:p@h.test:8443/",
   "Empty reply from server", "network",
   "the connection broke before an answer came from h.test:8443: Empty "
   "reply from server", NULL},
  {SW_FAULT_NETWORK, SW_STAGE_SEND, API,
   "Send failure: Broken pipe", "network",
   "the connection broke while the request was sent to h.test:443: Broken "
   "pipe", NULL},
  {SW_FAULT_NETWORK, SW_STAGE_RECEIVE, API,
   "Recv failure: Connection reset by peer", "network",
   "the connection broke during the answer of h.test:443: Connection reset "
   "by peer", NULL},
  {SW_FAULT_TIMEOUT, SW_STAGE_DNS, API, "", "timeout",
   "time ran out while looking up h.test:443", "name resolution"},
  {SW_FAULT_TIMEOUT, SW_STAGE_CONNECT, API, "", "timeout",
   "time ran out while connecting to h.test:443", "firewall"},
  {SW_FAULT_TIMEOUT, SW_STAGE_TLS, API, "", "timeout",
   "time ran out during the TLS handshake with h.test:443", "firewall"},
  {SW_FAULT_TIMEOUT, SW_STAGE_SEND, API, "", "timeout",
   "time ran out while sending to h.test:443", "deadline"},
  {SW_FAULT_TIMEOUT, SW_STAGE_WAIT, API, "", "timeout",
   "time ran out while waiting for an answer from h.test:443", "deadline"},
  {SW_FAULT_TIMEOUT, SW_STAGE_RECEIVE, API, "", "timeout",
   "time ran out during the answer of h.test:443", "deadline"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "SSL certificate problem: certificate has expired", "tls",
   "no trusted TLS connection to h.test:443: SSL certificate problem: "
   "certificate has expired", "clock"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "SSL certificate problem: self-signed certificate", "tls", NULL,
   "ca_file"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "SSL certificate problem: unable to get local issuer certificate", "tls",
   NULL, "authority"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "SSL: no alternative certificate subject name matches target host name "
   "'h.test'", "tls", NULL, "another host"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "error:0A00010B:SSL routines::wrong version number", "tls", NULL,
   "without TLS"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "error setting certificate file: /x.pem", "tls", NULL, "check ca_file"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API, "something new", "tls", NULL, "ca_file"},
  {SW_FAULT_TLS, SW_STAGE_TLS, API,
   "OpenSSL SSL_connect: Connection reset by peer in connection to h:443",
   "network",
   "the TLS handshake was cut by h.test:443: Connection reset by peer", NULL},
  {SW_FAULT_TRUNCATED, SW_STAGE_RECEIVE, API,
   "transfer closed with 12 bytes remaining to read", "network",
   "the reply was cut off by h.test:443: transfer closed with 12 bytes "
   "remaining to read", NULL},
  {SW_FAULT_TOO_BIG, SW_STAGE_RECEIVE, API, "", "protocol",
   "the reply is larger than allowed from h.test:443", "limit"},
  {SW_FAULT_ENCODING, SW_STAGE_RECEIVE, API, "bad", "protocol",
   "the reply cannot be decompressed from h.test:443: bad", NULL},
  {SW_FAULT_PROTOCOL, SW_STAGE_WAIT, API,
   "Received HTTP/0.9 when not allowed", "protocol",
   "no HTTP is spoken by h.test:443: Received HTTP/0.9 when not allowed",
   "endpoint"},
  {SW_FAULT_BARRED, SW_STAGE_CONNECT, API, "Couldn't connect to server",
   "protocol",
   "the service named an upload host whose address is private or this "
   "machine's own: no file was sent to h.test:443", "endpoint"},
  {SW_FAULT_FILE, SW_STAGE_SEND, API, "", "invalid", NULL, "file"},
  {SW_FAULT_CANCELLED, SW_STAGE_WAIT, API, "", "cancelled",
   "this side stopped the call to h.test:443", NULL},
  {SW_FAULT_MEMORY, SW_STAGE_RECEIVE, API, "", "unsupported", NULL, NULL},
  {SW_FAULT_FORKED, SW_STAGE_WAIT, API, "", "cancelled", NULL, "process"},
  {SW_FAULT_NETWORK, SW_STAGE_BUILD, NULL, "", "network",
   "cannot connect to the service", "server is running"},
};

static void test_faults(void) {
  size_t i;
  for (i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
    const struct crash *c = &crashes[i];
    struct sw_transfer t;
    struct sw_fail f;
    struct sw_str message;
    memset(&t, 0, sizeof t);
    memset(&f, 0, sizeof f);
    t.fault = c->fault;
    t.stage = c->stage;
    t.url = c->url;
    snprintf(t.detail, sizeof t.detail, "%s", c->detail);
    CHECK_INT(sw_fail_from_transfer(&f, &t), 0);
    CHECK_STR(sw_fail_kind_name(f.kind), c->kind);
    CHECK_INT(f.stage, c->stage);
    if (c->message != NULL) {
      MESSAGE(&f, c->message);
    }
    CHECK(c->hint == NULL ? f.hint == NULL : hints(&f, c->hint));
    message.p = f.message.data;
    message.n = f.message.len;
    CHECK(sw_hint_find(message, "secret") < 0);
    CHECK(sw_hint_find(message, "u:p") < 0);
    CHECK(sw_hint_find(message, "/links") < 0);
    sw_fail_free(&f);
  }
}

static void test_judge(void) {
  struct sw_fail f;
  struct sw_verdict v;
  memset(&v, 0, sizeof v);
  v.retryable = 1;
  refuse(&f, &get_link, 503, "");
  sw_fail_judge(&f, &v);
  CHECK_INT(f.retryable, 1);
  CHECK_INT(f.ambiguous, 0);
  CHECK(hints(&f, "try again later"));
  v.retryable = 0;
  v.ambiguous = 1;
  sw_fail_judge(&f, &v);
  CHECK_INT(f.retryable, 0);
  CHECK_INT(f.ambiguous, 1);
  CHECK(hints(&f, "look before"));
  sw_fail_free(&f);
}

static void test_set(void) {
  struct sw_fail f;
  memset(&f, 0, sizeof f);
  CHECK_INT(sw_fail_set(&f, SW_FAIL_INVALID, SW_STAGE_BUILD,
                        SW_LIT("no\nfile"), "look"), 0);
  MESSAGE(&f, "no\\nfile");
  CHECK_STR(f.hint, "look");
  CHECK_INT(sw_fail_note(&f, SW_LIT("a"), SW_LIT("b")), 0);
  CHECK_INT(sw_fail_set(&f, SW_FAIL_INVALID, SW_STAGE_BUILD, SW_LIT("x"),
                        NULL), 0);
  CHECK_INT(f.field_count, 0);
  sw_fail_free(&f);
}

int main(void) {
  test_faults();
  test_judge();
  test_set();
  return check_done();
}
