/* Life of profiles and transfers. Must not know: libcurl, Lua. */
#include "../../src/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/alloc.h"
#include "check.h"

static void test_profile(void) {
  struct sw_profile *p = sw_malloc(sizeof *p);
  if (!CHECK(p != NULL)) {
    return;
  }
  memset(p, 0, sizeof *p);
  p->refs = 1;
  p->proxy = sw_malloc(4); /* the last drop frees it: the sanitizer looks */
  CHECK(sw_profile_keep(p) == p);
  CHECK_INT(p->refs, 2);
  sw_profile_drop(p);
  CHECK_INT(p->refs, 1);
  sw_profile_drop(p);
  sw_profile_drop(NULL);
}

static enum sw_net net(int a, int b, int c, int d) {
  unsigned char bytes[16] = {0};
  enum sw_net alone, mapped;
  bytes[0] = (unsigned char)a;
  bytes[1] = (unsigned char)b;
  bytes[2] = (unsigned char)c;
  bytes[3] = (unsigned char)d;
  alone = sw_net_of(bytes, 4);
  memcpy(bytes + 12, bytes, 4);
  memset(bytes, 0, 4);
  bytes[10] = bytes[11] = 0xFF;
  mapped = sw_net_of(bytes, 16);
  CHECK_INT(mapped, alone);
  return alone;
}

/* Every /16 against a list of its own; ranges at their edges, and addresses
   that came as text, are in url_test.c. */
static void test_networks(void) {
  int a, b;
  for (a = 0; a < 256; a++) {
    for (b = 0; b < 256; b++) {
      enum sw_net want = SW_NET_PUBLIC;
      if (a == 127) {
        want = SW_NET_LOOPBACK;
      } else if (a == 0 || a == 10 || a > 223 || (a == 169 && b == 254) ||
                 (a == 172 && b > 15 && b < 32) || (a == 192 && b == 168) ||
                 (a == 100 && b > 63 && b < 128)) {
        want = SW_NET_PRIVATE;
      }
      if (!CHECK_INT(net(a, b, 0, 1), want)) {
        fprintf(stderr, "  address %d.%d.0.1\n", a, b);
      }
    }
  }
}

/* What was asked stays, what was answered goes. */
static void test_reset(void) {
  struct sw_transfer t;
  memset(&t, 0, sizeof t);
  t.verb = "POST";
  t.body_len = 7;
  t.tag = &t;
  sw_buf_init(&t.reply, 10);
  CHECK_INT(sw_buf_adds(&t.reply, "hello"), 0);
  t.state = SW_LANDED;
  t.fault = SW_FAULT_TRUNCATED;
  t.stage = SW_STAGE_RECEIVE;
  t.status = 200;
  t.byte_left = 1;
  t.sent = 7;
  t.took.total = 1;
  memcpy(t.detail, "words", 6);
  sw_transfer_reset(&t);
  CHECK_STR(t.verb, "POST");
  CHECK_INT(t.body_len, 7);
  CHECK(t.tag == &t);
  CHECK_INT(t.reply.len, 0);
  CHECK(t.reply.data == NULL);
  CHECK_INT(t.state, SW_IDLE);
  CHECK_INT(t.fault, SW_FAULT_NONE);
  CHECK_INT(t.status, 0);
  CHECK_INT(t.byte_left, 0);
  CHECK_INT(t.sent, 0);
  CHECK(t.took.total == 0);
  CHECK_STR(t.detail, "");
  CHECK(t.own == NULL && t.next == NULL);
}

int main(void) {
  test_profile();
  test_networks();
  test_reset();
  return check_done();
}
