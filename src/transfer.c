/* Life of profiles and transfers, and whose network an address is of: see
   transfer.h. */
#include "transfer.h"

#include <string.h>

#include "alloc.h"

struct sw_profile *sw_profile_keep(struct sw_profile *p) {
  p->refs++;
  return p;
}

void sw_profile_drop(struct sw_profile *p) {
  if (p == NULL || --p->refs > 0) {
    return;
  }
  sw_free(p->ca_file);
  sw_free(p->proxy);
  sw_free(p->user_agent);
  sw_free(p);
}

void sw_transfer_rewind(struct sw_transfer *t) {
  sw_buf_clear(&t->reply);
  sw_buf_clear(&t->head);
  t->state = SW_IDLE;
  t->fault = SW_FAULT_NONE;
  t->stage = SW_STAGE_BUILD;
  t->status = 0;
  t->byte_left = 0;
  t->reused = 0;
  t->sent = 0;
  t->detail[0] = '\0';
  t->own = NULL;
  t->next = NULL;
  memset(&t->took, 0, sizeof t->took);
}

void sw_transfer_reset(struct sw_transfer *t) {
  sw_transfer_rewind(t);
  sw_buf_free(&t->reply);
  sw_buf_free(&t->head);
}

static enum sw_net net_of_ipv4(const unsigned char *a) {
  if (a[0] == 127) {
    return SW_NET_LOOPBACK;
  }
  if (a[0] == 0 || a[0] == 10 || a[0] >= 224 ||
      (a[0] == 172 && (a[1] & 0xF0) == 16) ||
      (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
      (a[0] == 100 && (a[1] & 0xC0) == 64)) {
    return SW_NET_PRIVATE;
  }
  return SW_NET_PUBLIC;
}

/* The IPv4 address that 16 bytes carry inside: mapped, compatible, NAT64 or
   6to4. NULL when there is none. */
static const unsigned char *ipv4_inside(const unsigned char *a) {
  static const unsigned char zero[12];
  static const unsigned char mapped[12] = {0, 0, 0, 0, 0,    0,
                                           0, 0, 0, 0, 0xFF, 0xFF};
  static const unsigned char nat64[12] = {0, 0x64, 0xFF, 0x9B};
  if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0) {
    return a + 12;
  }
  if (a[0] == 0x20 && a[1] == 0x02) {
    return a + 2;
  }
  /* :: and ::1 are addresses of their own */
  if (memcmp(a, zero, 12) == 0 && (a[12] || a[13] || a[14] || a[15] > 1)) {
    return a + 12;
  }
  return NULL;
}

enum sw_net sw_net_of(const unsigned char *address, size_t n) {
  static const unsigned char zero[15];
  const unsigned char *a = address;
  const unsigned char *v4 = n == 4 ? a : ipv4_inside(a);
  if (v4 != NULL) {
    return net_of_ipv4(v4);
  }
  if (memcmp(a, zero, 15) == 0) { /* :: or ::1 */
    return a[15] == 1 ? SW_NET_LOOPBACK : SW_NET_PRIVATE;
  }
  /* fc00::/7, then fe80::/10 and fec0::/10 (once site-local), ff00::/8 */
  if ((a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0x80) != 0) ||
      a[0] == 0xFF) {
    return SW_NET_PRIVATE;
  }
  return SW_NET_PUBLIC;
}
