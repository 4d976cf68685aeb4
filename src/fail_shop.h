/* What a shop of Invotide says: every answer is 200, so success, refusal and
   a dead session are told by shape, never by words, which are in the shop's
   language. Must not know: Lua, libcurl, how a call is carried out. */
#ifndef SW_FAIL_SHOP_H
#define SW_FAIL_SHOP_H

#include <stddef.h>

#include "fail.h"

/* What an answer hints at, beside being a result or a failure. */
enum sw_sign {
  SW_SIGN_DOUBT = 1,  /* it may be a permission answer: a probe tells */
  SW_SIGN_SUSPECT = 2, /* none came: the shop may still be writing */
  SW_SIGN_NOTHING = 4 /* nothing in the cart is to be shipped */
};

/* 1 when the row is a shop's. row may be NULL. */
int sw_shop_row(const struct sw_row *row);
/* As sw_reply_is_success. */
int sw_shop_success(const struct sw_row *row, int status,
                    const struct sw_json *json);
/* Bits of enum sw_sign that a 2xx answer shows. json may be NULL. */
unsigned sw_shop_signs(const struct sw_row *row, const struct sw_json *json);
/* Appends the complaints that stand beside data, entities decoded and safe to
   show, each ending in NUL. 0, or -1 when memory ran out. */
int sw_shop_warnings(struct sw_buf *out, const struct sw_json *json);
/* Kind, hint, fields and, where the shop has words, the message. 1, or 0 when
   the status alone tells (then nothing was set), or -1 without memory. */
int sw_shop_fail(struct sw_fail *f, const struct sw_row *row, int status,
                 const struct sw_json *json, const char *body, size_t len);

#endif
