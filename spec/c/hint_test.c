/* Hints: found by words before status, and always one plain sentence. */
#include "../../src/hint.h"

#include "check.h"

static struct sw_str str(const char *text) {
  struct sw_str s;
  s.p = text;
  s.n = strlen(text);
  return s;
}

static const char *reply(int status, const char *words) {
  return sw_hint_reply(NULL, status, str(words));
}

static void test_find(void) {
  CHECK_INT(sw_hint_find(str("abcABC"), "abc"), 0);
  CHECK_INT(sw_hint_find(str("xABCx"), "abc"), 1);
  CHECK_INT(sw_hint_find(str("ab"), "abc"), -1);
  CHECK_INT(sw_hint_find(str(""), "a"), -1);
  CHECK_INT(sw_hint_find(str("xxabc"), "abc"), 2);
}

static void test_words_before_status(void) {
  const char *plain = reply(401, "");
  CHECK(plain != NULL);
  CHECK_STR(reply(401, "no such words"), plain);
  CHECK(strcmp(reply(401, "Invalid or expired Client Id Exp"), plain) != 0);
  CHECK(strcmp(reply(401, "Invalid or expired Client Id Exp"),
               reply(401, "Invalid Client Id")) != 0);
  CHECK(reply(400, "") == NULL);
  CHECK(reply(400, "invalid_grant") != NULL);
  CHECK_STR(reply(410, ""), reply(404, ""));
  CHECK_STR(reply(500, ""), reply(599, ""));
  CHECK(reply(600, "") == NULL);
  CHECK(reply(429, "") != NULL);
}

static void test_status_of_words(void) {
  CHECK_INT(sw_hint_status(str("API works, but user authentication failed. "
                               "Got a token?")), 401);
  CHECK_INT(sw_hint_status(str("Invalid Auth Token.")), 401);
  CHECK_INT(sw_hint_status(str("Invalid username or password.")), 401);
  CHECK_INT(sw_hint_status(str("You do not have permission to perform this "
                               "action.")), 403);
  CHECK_INT(sw_hint_status(str("Not found.")), 404);
  CHECK_INT(sw_hint_status(str("Amount is too small.")), 400);
  CHECK_INT(sw_hint_status(str("")), 400);
}

static void test_cut(void) {
  CHECK(sw_hint_cut("OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection"));
  CHECK(sw_hint_cut("error:0A000126:SSL routines::unexpected eof while "
                    "reading"));
  CHECK(sw_hint_cut("OpenSSL SSL_connect: Connection reset by peer"));
  CHECK(!sw_hint_cut("SSL certificate problem: certificate has expired"));
  CHECK(!sw_hint_cut(""));
}

static void test_proxy(void) {
  struct sw_profile profile;
  struct sw_transfer t;
  char own[] = "http://127.0.0.1:9";
  memset(&profile, 0, sizeof profile);
  memset(&t, 0, sizeof t);
  t.fault = SW_FAULT_NETWORK;
  t.stage = SW_STAGE_CONNECT;
  t.url = "https://Shop.test/a?h=127.0.0.1";
  snprintf(t.detail, sizeof t.detail, "Failed to connect to 127.0.0.1 port "
           "9 after 0 ms: Couldn't connect to server");
  CHECK(!sw_hint_proxy(&t));
  t.profile = &profile;
  CHECK(!sw_hint_proxy(&t));
  profile.proxy_env = 1;
  CHECK(sw_hint_proxy(&t));
  CHECK_STR(sw_hint_fault(&t), "check the proxy option and the proxy itself");
  t.url = "https://127.0.0.1:9/";
  CHECK(!sw_hint_proxy(&t));
  profile.proxy_env = 0;
  profile.proxy = own;
  CHECK(sw_hint_proxy(&t));
  t.stage = SW_STAGE_WAIT;
  CHECK(!sw_hint_proxy(&t));
  snprintf(t.detail, sizeof t.detail, "Proxy CONNECT aborted");
  CHECK(sw_hint_proxy(&t));
}

static void test_sentences(void) {
  struct sw_transfer t;
  int fault, stage, status;
  for (status = 0; status <= 600; status++) {
    const char *text = reply(status, "");
    CHECK(text == NULL || strlen(text) < 200);
    CHECK(text == NULL || text[strlen(text) - 1] != '.');
  }
  memset(&t, 0, sizeof t);
  for (fault = SW_FAULT_NONE; fault <= SW_FAULT_FORKED; fault++) {
    for (stage = SW_STAGE_BUILD; stage <= SW_STAGE_DONE; stage++) {
      const char *text;
      t.fault = (enum sw_fault)fault;
      t.stage = (enum sw_stage)stage;
      text = sw_hint_fault(&t);
      CHECK(text == NULL || strlen(text) < 200);
    }
  }
}

int main(void) {
  test_find();
  test_words_before_status();
  test_status_of_words();
  test_cut();
  test_proxy();
  test_sentences();
  return check_done();
}
