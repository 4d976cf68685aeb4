/* An engine and a server for it, and one call at a time: what the engine's
   tests share. Must not know: what is tested. */
#ifndef RIG_H
#define RIG_H

#include <stdlib.h>
#include <string.h>

#include "../../src/engine/engine.h"
#include "check.h"
#include "wire.h"

enum { PATIENCE_MS = 10000 };

struct rig {
  const struct sw_engine_api *api;
  struct sw_engine *engine;
  struct wire *wire;
  struct sw_profile profile;
  char url[256];
};

static CHECK_MAYBE void rig_open(struct rig *r) {
  memset(r, 0, sizeof *r);
  r->api = sw_engine_api();
  r->engine = r->api->open();
  r->wire = wire_open();
  r->profile.refs = 1;
  r->profile.connect_ms = PATIENCE_MS;
  if (!CHECK(r->engine != NULL && r->wire != NULL)) {
    exit(check_done());
  }
}

static CHECK_MAYBE void rig_close(struct rig *r) {
  r->api->close(r->engine);
  CHECK_INT(r->profile.refs, 1);
  wire_close(r->wire);
}

static CHECK_MAYBE void ask(struct rig *r, struct sw_transfer *t,
                            const char *path) {
  memset(t, 0, sizeof *t);
  snprintf(r->url, sizeof r->url, "http://127.0.0.1:%d%s", wire_port(r->wire),
           path);
  t->verb = "GET";
  t->url = r->url;
  t->profile = &r->profile;
  t->deadline_ms = PATIENCE_MS;
  t->max_reply = 1024 * 1024;
  t->file = -1;
}

/* Steps until t lands. 0 when it does not. */
static CHECK_MAYBE int fly(struct rig *r, struct sw_transfer *t) {
  struct sw_transfer *landed[1];
  if (r->api->submit(r->engine, t) != 0) {
    return 0;
  }
  if (r->api->step(r->engine, PATIENCE_MS + 5000, landed, 1) != 1) {
    r->api->cancel(r->engine, t);
    return 0;
  }
  return landed[0] == t && t->state == SW_LANDED;
}

/* One GET that ends as told. */
static CHECK_MAYBE void ends(struct rig *r, const char *path,
                             long deadline_ms, enum sw_fault fault,
                             enum sw_stage stage) {
  struct sw_transfer t;
  int bad = check_failed;
  ask(r, &t, path);
  t.deadline_ms = deadline_ms;
  t.fresh = fault == SW_FAULT_NETWORK; /* see test_repeats */
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, fault);
  CHECK_INT(t.stage, stage);
  CHECK_INT(t.byte_left, 1);
  CHECK(fault == SW_FAULT_TOO_BIG ||
        (t.detail[0] != '\0') == (fault != SW_FAULT_NONE));
  if (check_failed != bad) {
    fprintf(stderr, "  for %s: %s\n", path, t.detail);
  }
  sw_transfer_reset(&t);
}

#endif
