/* Life of profiles and transfers: see transfer.h. */
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
