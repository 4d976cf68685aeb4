/* What to do about a failure: see hint.h. */
#include "hint.h"

#include <string.h>

#include "text.h"

struct hint {
  int status;       /* 0: any */
  const char *part; /* of the service's words; NULL: any */
  const char *group; /* of the row; NULL: any */
  const char *text;
};

/* Words documented or read from clients; the first match counts. */
static const struct hint spoken[] = {
    {0, "no route matched", NULL,
     "nothing lives at this path: check that the endpoint ends in the right "
     "version and the id holds no slash"},
    {0, "got a token", NULL,
     "the service is up but did not take the credentials: check api_key and "
     "auth_token, and that they belong to this endpoint"},
    {0, "invalid_client", NULL,
     "check client_id and client_secret: sandbox and production have apps of "
     "their own"},
    {0, "invalid_grant", NULL,
     "the code, refresh token or password is wrong, was used before or has "
     "expired: authorize again"},
    {0, "unsupported_grant_type", NULL,
     "this app may not use this kind of grant: check how the app is "
     "registered"},
    {401, "client id exp", NULL,
     "the access token is wrong or has expired: get a new one"},
    {401, "invalid client id", NULL,
     "no app is known by this access token: check access_token, and that it "
     "was made for this endpoint"},
    {0, "invalid scopes", NULL,
     "the access token lacks a scope: script values take script-values:read "
     "to read and script-values:write to change"},
    {404, "invalid account id", NULL,
     "check the app id, and that the access token is of the account that "
     "installed it"},
    {0, "username or password", NULL,
     "check user name and password: sandbox and production have accounts of "
     "their own"},
};

static const struct hint quiet[] = {
    {401, NULL, "script_values",
     "check access_token: it may have expired, or be of the other host: "
     "sandbox tokens do not work in production, nor the reverse"},
    {401, NULL, NULL,
     "check api_key and auth_token: sandbox keys do not work on the "
     "production endpoint, nor production keys on the sandbox"},
    {403, NULL, NULL,
     "these credentials may not do this: check the account's permissions, "
     "and that the token is of the right kind"},
    {404, NULL, "links",
     "check the slug: the product may be archived or of another account"},
    {404, NULL, "payment_requests",
     "check the id: a payment request's id is neither a payment's id nor an "
     "order's, and lives on one of sandbox and production only"},
    {404, NULL, "payments",
     "check the id: a payment's id is neither a payment request's id nor an "
     "order's, and lives on one of sandbox and production only"},
    {404, NULL, "refunds",
     "check the id: a refund's id is not the id of its payment"},
    {404, NULL, NULL, "check the id and the endpoint"},
    {429, NULL, NULL,
     "calls come too fast: wait, or keep fewer of them in flight"},
    {408, NULL, NULL, "the request arrived too slowly: try again"},
    {413, NULL, NULL, "send less: the service does not take this much"},
};

long sw_hint_find(struct sw_str bytes, const char *part) {
  size_t n = strlen(part);
  size_t at;
  for (at = 0; n <= bytes.n && at <= bytes.n - n; at++) {
    if (sw_same_case(bytes.p + at, n, part, n)) {
      return (long)at;
    }
  }
  return -1;
}

static int has(struct sw_str bytes, const char *part) {
  return sw_hint_find(bytes, part) >= 0;
}

static int fits(const struct hint *h, const struct sw_row *row, int status,
                struct sw_str words) {
  if (h->status != 0 && h->status != status) {
    return 0;
  }
  if (h->part != NULL && !has(words, h->part)) {
    return 0;
  }
  return h->group == NULL ||
         (row != NULL && row->group != NULL &&
          strcmp(row->group, h->group) == 0);
}

static const char *search(const struct hint *list, size_t n,
                          const struct sw_row *row, int status,
                          struct sw_str words) {
  size_t i;
  for (i = 0; i < n; i++) {
    if (fits(&list[i], row, status, words)) {
      return list[i].text;
    }
  }
  return NULL;
}

const char *sw_hint_reply(const struct sw_row *row, int status,
                          struct sw_str words) {
  const char *text = search(spoken, sizeof spoken / sizeof spoken[0], row,
                            status, words);
  if (text != NULL) {
    return text;
  }
  if (status == 410) {
    status = 404;
  }
  if (status == 401 && row != NULL && row->auth == SW_AUTH_BEARER) {
    return quiet[0].text;
  }
  if (status >= 500 && status <= 599) {
    return "the service failed by itself: try again later";
  }
  return search(quiet, sizeof quiet / sizeof quiet[0], row, status, words);
}

int sw_hint_status(struct sw_str words) {
  if (has(words, "authentication") || has(words, "auth token") ||
      has(words, "username or password") || has(words, "credentials")) {
    return 401;
  }
  if (has(words, "permission")) {
    return 403;
  }
  if (has(words, "not found")) {
    return 404;
  }
  return 400;
}

/* What libcurl 7.84 to 8 and OpenSSL 1.1 to 3 say. */
static const struct hint tls[] = {
    {0, "has expired", NULL,
     "the server's certificate is out of date, or this machine's clock is "
     "wrong"},
    {0, "not yet valid", NULL,
     "the server's certificate is for later: check this machine's clock"},
    {0, "self-signed", NULL,
     "if this server is yours, name its certificate in ca_file; if not, do "
     "not trust it"},
    {0, "self signed", NULL,
     "if this server is yours, name its certificate in ca_file; if not, do "
     "not trust it"},
    {0, "subject name", NULL,
     "the certificate is for another host: check the endpoint's host name"},
    {0, "certificate file", NULL,
     "check ca_file: it must be a readable file of PEM certificates"},
    {0, "verify locations", NULL,
     "check ca_file: it must be a readable file of PEM certificates"},
    {0, "issuer", NULL,
     "the certificate's authority is unknown here: install the system's CA "
     "certificates, or name the authority in ca_file"},
    {0, "wrong version number", NULL,
     "this port answers without TLS: check the port, or use http:// if the "
     "server is on this machine"},
    {0, "packet length too long", NULL,
     "this port answers without TLS: check the port, or use http:// if the "
     "server is on this machine"},
    {0, "http request", NULL,
     "this port answers without TLS: check the port, or use http:// if the "
     "server is on this machine"},
    {0, "protocol version", NULL,
     "the server and this machine share no version of TLS: update the older"},
    {0, "unsupported protocol", NULL,
     "the server and this machine share no version of TLS: update the older"},
    {0, "handshake failure", NULL,
     "the server refused the handshake: check the host name and port"},
};

int sw_hint_cut(const char *detail) {
  struct sw_str words;
  words.p = detail;
  words.n = strlen(detail);
  return has(words, "ssl_error_syscall") || has(words, "unexpected eof") ||
         has(words, "connection reset") || has(words, "broken pipe");
}

int sw_hint_proxy(const struct sw_transfer *t) {
  static const char lead[] = "failed to connect to ";
  struct sw_str words, url, host;
  size_t i;
  long at;
  words.p = t->detail;
  words.n = strlen(t->detail);
  if (has(words, "proxy") || has(words, "connect tunnel")) {
    return 1;
  }
  if (t->profile == NULL || t->stage > SW_STAGE_CONNECT || t->url == NULL) {
    return 0;
  }
  if (t->profile->proxy != NULL) {
    return 1;
  }
  at = sw_hint_find(words, lead);
  if (!t->profile->proxy_env || at < 0) {
    return 0;
  }
  /* A proxy of the environment shows only as another host's name. */
  host.p = words.p + at + sizeof lead - 1;
  host.n = strcspn(host.p, " ");
  url.p = t->url;
  url.n = strcspn(t->url, "?#");
  for (i = 0; i + host.n <= url.n; i++) {
    if (sw_same_case(url.p + i, host.n, host.p, host.n)) {
      return 0;
    }
  }
  return 1;
}

static const char *hint_network(const struct sw_transfer *t,
                                struct sw_str words) {
  enum sw_stage stage = t->stage;
  if (sw_hint_proxy(t)) {
    return "check the proxy option and the proxy itself";
  }
  if (stage == SW_STAGE_DNS) {
    return "check the endpoint's host name and this machine's name "
           "resolution";
  }
  if (has(words, "unreachable") || has(words, "no route")) {
    return "check this machine's network";
  }
  if (stage == SW_STAGE_BUILD || stage == SW_STAGE_CONNECT) {
    return "check the endpoint and that the server is running";
  }
  return NULL;
}

static const char *hint_timeout(enum sw_stage stage) {
  switch (stage) {
  case SW_STAGE_DNS:
    return "check this machine's name resolution";
  case SW_STAGE_BUILD:
  case SW_STAGE_CONNECT:
  case SW_STAGE_TLS:
    return "check the endpoint, the network and any firewall between";
  default:
    return "give the call a longer deadline if the service needs it";
  }
}

const char *sw_hint_fault(const struct sw_transfer *t) {
  struct sw_str words;
  const char *text;
  words.p = t->detail;
  words.n = strlen(t->detail);
  switch (t->fault) {
  case SW_FAULT_NETWORK:
    return hint_network(t, words);
  case SW_FAULT_TIMEOUT:
    return hint_timeout(t->stage);
  case SW_FAULT_TLS:
    text = search(tls, sizeof tls / sizeof tls[0], NULL, 0, words);
    return text != NULL || sw_hint_cut(t->detail)
               ? text
               : "check the endpoint's host name and port, and ca_file";
  case SW_FAULT_TOO_BIG:
    return "ask for fewer rows at a time with limit";
  case SW_FAULT_PROTOCOL:
    return "check the endpoint: what answers there is not a web service";
  case SW_FAULT_BARRED:
    return "is the endpoint really this service's, and does this machine's "
           "name resolution tell the truth?";
  case SW_FAULT_FILE:
    return "send the file again when nothing writes to it";
  case SW_FAULT_FORKED:
    return "wait for a call in the process that began it";
  case SW_FAULT_NONE:
  case SW_FAULT_TRUNCATED:
  case SW_FAULT_ENCODING:
  case SW_FAULT_CANCELLED:
  case SW_FAULT_MEMORY:
    break;
  }
  return NULL;
}
