/* A shop's answers, told apart by their shapes: see fail_shop.h. */
#include "fail_shop.h"

#include <string.h>

#include "hint.h"
#include "shape.h"
#include "text.h"

#define MANY 128   /* items of one list or map that are looked at */
#define TEXT_MAX 4096

static const char login_hint[] =
  "the shop gives no reason: check username and key (both whole), that this "
  "API user is enabled, and that its key was not made anew";
static const char ip_hint[] =
  "put this machine's address on the API user's list of IPs: addresses are "
  "compared as text, without ranges, so 127.0.0.1 does not cover ::1; the "
  "key may be right although the shop names it";
static const char lost_hint[] =
  "the session is gone: idle too long (24 minutes where PHP's own limit "
  "holds), this address taken off the API user's list of IPs, or the user "
  "disabled; a new login begins an empty session";
static const char route_hint[] =
  "the shop has no such route: check url, the route's spelling, and that the "
  "shop is of version 3.0";
static const char server_hint[] =
  "the shop's PHP failed or its database is down: the shop's own error log "
  "tells which";
static const char closed_hint[] =
  "503 says that the server is closed for now: maintenance, or too much to "
  "do; try again later";
static const char proxy_hint[] =
  "a proxy ahead of the shop got no answer from it; the shop may have done "
  "what was asked";
static const char page_hint[] =
  "check url: a proxy, a firewall, a maintenance page or another program may "
  "have answered";

int sw_shop_row(const struct sw_row *row) {
  return row != NULL && (row->auth == SW_AUTH_SESSION ||
                         row->auth == SW_AUTH_LOGIN);
}

static int is_row(const struct sw_row *row, const char *group,
                  const char *name) {
  return strcmp(row->group, group) == 0 &&
         (name == NULL || strcmp(row->name, name) == 0);
}

static int is_type(const struct sw_json *j, size_t node,
                   enum sw_json_type type) {
  return node != SW_JSON_NONE && sw_json_type(j, node) == type;
}

/* The error's node, or NONE when there is none or it says nothing. */
static size_t error_of(const struct sw_json *j) {
  size_t node;
  if (j == NULL) {
    return SW_JSON_NONE;
  }
  node = sw_json_get(j, 0, "error");
  if (is_type(j, node, SW_JSON_STRING) && sw_json_str(j, node).n > 0) {
    return node;
  }
  return sw_json_count(j, node) > 0 ? node : SW_JSON_NONE;
}

static int is_empty_list(const struct sw_json *j) {
  return j != NULL && is_type(j, 0, SW_JSON_ARRAY) &&
         sw_json_count(j, 0) == 0;
}

/* "[]" is an answer of these rows. */
static int may_be_empty(const struct sw_row *row) {
  return is_row(row, "shipping", "address") ||
         is_row(row, "shipping", "method") || is_row(row, "", "request");
}

int sw_shop_success(const struct sw_row *row, int status,
                    const struct sw_json *json) {
  if (status < 200 || status > 299 || json == NULL) {
    return 0;
  }
  if (sw_json_type(json, 0) != SW_JSON_OBJECT) {
    return is_row(row, "", "request") ||
           (is_empty_list(json) && may_be_empty(row));
  }
  if (error_of(json) == SW_JSON_NONE) {
    return row->auth != SW_AUTH_LOGIN ||
           sw_json_get(json, 0, "api_token") != SW_JSON_NONE;
  }
  return (is_row(row, "cart", "products") || is_row(row, "", "request")) &&
         sw_json_get(json, 0, "products") != SW_JSON_NONE;
}

/* A text under error.warning of these rows is a permission answer. */
static int warns_of_permission(const struct sw_row *row) {
  return is_row(row, "cart", NULL) || is_row(row, "voucher", "add") ||
         is_row(row, "voucher", "replace") ||
         is_row(row, "payment", "address") ||
         is_row(row, "shipping", "address");
}

/* Permission is the only refusal that these rows know. */
static int refuses_permission_only(const struct sw_row *row) {
  return is_row(row, "cart", "edit") || is_row(row, "cart", "remove") ||
         is_row(row, "reward", "maximum") ||
         is_row(row, "reward", "available");
}

/* Is it a text, or a map of nothing but a warning? */
static int is_plain(const struct sw_json *j, size_t error) {
  return is_type(j, error, SW_JSON_STRING) ||
         sw_json_get(j, error, "warning") != SW_JSON_NONE;
}

static int is_lost(const struct sw_row *row, const struct sw_json *j,
                   size_t error) {
  if (refuses_permission_only(row)) {
    return 1;
  }
  return warns_of_permission(row) &&
         sw_json_get(j, error, "warning") != SW_JSON_NONE;
}

unsigned sw_shop_signs(const struct sw_row *row, const struct sw_json *json) {
  size_t error = error_of(json);
  if (row->auth == SW_AUTH_LOGIN || json == NULL) {
    return 0;
  }
  if (error != SW_JSON_NONE) {
    return is_plain(json, error) && !is_lost(row, json, error)
             ? SW_SIGN_DOUBT
             : 0;
  }
  if (is_empty_list(json)) {
    return is_row(row, "shipping", "address")
             ? SW_SIGN_DOUBT | SW_SIGN_NOTHING
             : is_row(row, "shipping", "method") ? SW_SIGN_NOTHING : 0;
  }
  if (is_row(row, "shipping", "methods") &&
      sw_json_count(json, sw_json_get(json, 0, "shipping_methods")) == 0) {
    return SW_SIGN_NOTHING;
  }
  return 0;
}

/* Appends a text, decoded and safe to show. */
static void show(struct sw_buf *out, struct sw_str text, size_t cap) {
  struct sw_buf plain;
  sw_buf_init(&plain, TEXT_MAX);
  text.n = text.n < TEXT_MAX ? text.n : TEXT_MAX;
  sw_entities(&plain, text.p, text.n);
  if (plain.failed) {
    out->failed = SW_BUF_MEMORY;
  } else {
    sw_text_show(out, plain.data != NULL ? plain.data : "", plain.len, cap);
  }
  sw_buf_free(&plain);
}

static void warn(struct sw_buf *out, const struct sw_json *j, size_t node) {
  if (sw_json_type(j, node) == SW_JSON_STRING) {
    show(out, sw_json_str(j, node), SW_FAIL_TEXT);
    sw_buf_addc(out, '\0');
  }
}

int sw_shop_warnings(struct sw_buf *out, const struct sw_json *json) {
  size_t error = error_of(json);
  size_t i, at, key, count;
  if (error == SW_JSON_NONE) {
    return 0;
  }
  if (sw_json_type(json, error) == SW_JSON_STRING) {
    warn(out, json, error);
    return out->failed ? -1 : 0;
  }
  count = sw_json_count(json, error);
  key = sw_json_first(json, error);
  for (i = 0; i < count && i < MANY; i++) {
    size_t k, items;
    at = sw_json_type(json, error) == SW_JSON_OBJECT
           ? sw_json_after(json, key) : key;
    warn(out, json, at);
    items = sw_json_type(json, at) == SW_JSON_ARRAY ? sw_json_count(json, at)
                                                    : 0;
    key = sw_json_after(json, at);
    at = sw_json_first(json, at);
    for (k = 0; k < items && k < MANY; k++) {
      warn(out, json, at);
      at = sw_json_after(json, at);
    }
  }
  return out->failed ? -1 : 0;
}

/* The name of the field that was sent, from that which the shop complains
   of. */
static void field_name(struct sw_buf *name, const char *outer,
                       struct sw_str key) {
  static const char custom[] = "custom_field";
  size_t n = sizeof custom - 1;
  key.n = key.n < SW_FAIL_CUT ? key.n : SW_FAIL_CUT;
  sw_buf_clear(name);
  if (outer != NULL) {
    sw_buf_adds(name, outer);
    sw_buf_addc(name, '[');
    sw_buf_add(name, key.p, key.n);
    sw_buf_addc(name, ']');
  } else if (key.n > n && memcmp(key.p, custom, n) == 0 &&
             sw_is_digit(key.p[n])) {
    sw_buf_add(name, custom, n);
    sw_buf_addc(name, '[');
    sw_buf_add(name, key.p + n, key.n - n);
    sw_buf_addc(name, ']');
  } else {
    sw_buf_add(name, key.p, key.n);
    if (sw_same_case(key.p, key.n, SW_LIT("country")) ||
        sw_same_case(key.p, key.n, SW_LIT("zone"))) {
      sw_buf_adds(name, "_id");
    }
  }
}

static int note(struct sw_fail *f, struct sw_str name,
                const struct sw_json *j, size_t node) {
  struct sw_buf text;
  int result = 0;
  if (sw_json_type(j, node) != SW_JSON_STRING) {
    return 0;
  }
  sw_buf_init(&text, TEXT_MAX * 12);
  show(&text, sw_json_str(j, node), SW_FAIL_TEXT);
  result = text.failed == SW_BUF_MEMORY
             ? -1
             : sw_fail_note(f, name.p, name.n, text.data, text.len);
  sw_buf_free(&text);
  return result;
}

/* Notes the texts of a map under their fields' names; one map below, that of
   the options, likewise. 0 or -1. */
static int note_map(struct sw_fail *f, const struct sw_json *j, size_t map,
                    const char *outer, struct sw_buf *name) {
  size_t count = sw_json_count(j, map);
  size_t key = sw_json_first(j, map);
  size_t i;
  for (i = 0; i < count && i < MANY; i++) {
    struct sw_str k = sw_json_str(j, key);
    size_t value = sw_json_after(j, key);
    struct sw_str shown;
    int failed;
    if (sw_json_type(j, value) == SW_JSON_OBJECT && outer == NULL) {
      char inner[SW_FAIL_CUT + 1];
      size_t n = k.n < sizeof inner ? k.n : sizeof inner - 1;
      memcpy(inner, k.p, n);
      inner[n] = '\0';
      failed = note_map(f, j, value, inner, name);
    } else {
      field_name(name, outer, k);
      shown.p = name->data;
      shown.n = name->len;
      failed = name->failed ? -1 : note(f, shown, j, value);
    }
    if (failed) {
      return -1;
    }
    key = sw_json_after(j, value);
  }
  return 0;
}

static int note_fields(struct sw_fail *f, const struct sw_json *j,
                       size_t map) {
  struct sw_buf name;
  int result;
  sw_buf_init(&name, SW_FAIL_NAME * 4);
  result = note_map(f, j, map, NULL, &name);
  sw_buf_free(&name);
  return result;
}

/* What a plain text means, row by row. */
static void classify_text(struct sw_fail *f, const struct sw_row *row,
                          struct sw_str text) {
  f->kind = SW_FAIL_INVALID;
  if (row->auth == SW_AUTH_LOGIN) {
    f->kind = SW_FAIL_AUTH;
    f->hint = login_hint;
  } else if (is_row(row, "shipping", NULL) || is_row(row, "payment", NULL)) {
    f->kind = SW_FAIL_CONFLICT;
    f->hint = "set the address first, then list the methods, then choose one "
              "of those listed";
  } else if (is_row(row, "order", "add") ||
             (is_row(row, "order", "edit") &&
              sw_hint_find(text, "not be found") < 0)) {
    f->kind = SW_FAIL_CONFLICT;
    f->hint = "the shop names only the last thing that is missing: customer, "
              "payment address and method, shipping address and method, "
              "stock, minimum quantity";
  } else if (is_row(row, "order", NULL)) {
    f->kind = SW_FAIL_NOT_FOUND;
    f->hint = "check the order's number: it may have been deleted";
  } else if (is_row(row, "coupon", NULL)) {
    f->hint = "unknown, expired, used up, or the subtotal is too small: the "
              "shop does not say which";
  } else if (is_row(row, "", "request")) {
    f->hint = "the route refused it, or the session is gone: the shop says "
              "both in the same shape";
  } else if (is_row(row, "customer", NULL)) {
    f->hint = "check customer_id: the shop has no such account";
  } else if (is_row(row, "currency", NULL)) {
    f->hint = "the shop does not have this currency";
  }
}

static int fail_text(struct sw_fail *f, const struct sw_row *row,
                     const struct sw_json *j, size_t node) {
  struct sw_str text = sw_json_str(j, node);
  classify_text(f, row, text);
  show(&f->message, text, SW_FAIL_MESSAGE);
  if (f->kind == SW_FAIL_INVALID && row->field_count == 1) {
    struct sw_str name;
    name.p = row->fields[0].name;
    name.n = strlen(name.p);
    if (note(f, name, j, node) != 0) {
      return -1;
    }
  }
  return sw_buf_seal(&f->message);
}

static int fail_lost(struct sw_fail *f, const struct sw_json *j,
                     size_t error) {
  size_t text = sw_json_get(j, error, "warning");
  text = text == SW_JSON_NONE ? error : text;
  f->kind = SW_FAIL_SESSION_LOST;
  f->hint = lost_hint;
  if (sw_json_type(j, text) == SW_JSON_STRING) {
    show(&f->message, sw_json_str(j, text), SW_FAIL_MESSAGE);
  }
  return sw_buf_seal(&f->message);
}

static int fail_map(struct sw_fail *f, const struct sw_row *row,
                    const struct sw_json *j, size_t error) {
  size_t text = sw_json_get(j, error, "store");
  f->kind = SW_FAIL_INVALID;
  if (sw_json_get(j, error, "ip") != SW_JSON_NONE) {
    text = sw_json_get(j, error, "ip");
    f->kind = SW_FAIL_FORBIDDEN;
    f->hint = ip_hint;
  } else if (row->auth == SW_AUTH_LOGIN) {
    f->kind = SW_FAIL_AUTH;
    f->hint = login_hint;
  } else if (text != SW_JSON_NONE) {
    f->kind = SW_FAIL_NOT_FOUND;
    f->hint = "the product is unknown, disabled or not sold in this store: "
              "check product_id and store_id";
  } else if (sw_json_get(j, error, "stock") != SW_JSON_NONE ||
             sw_json_get(j, error, "minimum") != SW_JSON_NONE) {
    f->kind = SW_FAIL_CONFLICT;
  }
  if (is_type(j, text, SW_JSON_STRING)) {
    show(&f->message, sw_json_str(j, text), SW_FAIL_MESSAGE);
    return sw_buf_seal(&f->message);
  }
  return note_fields(f, j, error);
}

/* The text behind "Fatal error" without its tags, for a person. */
static int fail_fatal(struct sw_fail *f, struct sw_str body, long at) {
  struct sw_buf text;
  size_t i;
  int tag = 0;
  sw_buf_init(&text, TEXT_MAX);
  sw_buf_adds(&text, "the shop's PHP ended in a fatal error: ");
  for (i = (size_t)at; i < body.n && text.len < SW_FAIL_TEXT; i++) {
    char c = body.p[i];
    if (c == '\n' && text.len > 60) {
      break;
    }
    tag = c == '<' ? 1 : tag;
    if (!tag && c != '\n') {
      sw_buf_addc(&text, c);
    }
    tag = c == '>' ? 0 : tag;
  }
  if (text.failed) {
    sw_buf_free(&text);
    return -1;
  }
  f->kind = SW_FAIL_SERVER;
  f->hint = server_hint;
  sw_text_show(&f->message, text.data, text.len, SW_FAIL_MESSAGE);
  sw_buf_free(&text);
  return sw_buf_seal(&f->message);
}

/* A 2xx without an error that can be read. */
static int fail_other(struct sw_fail *f, const struct sw_row *row,
                      const struct sw_json *json, struct sw_str body) {
  long at = -1;
  f->stage = SW_STAGE_DECODE;
  f->kind = SW_FAIL_PROTOCOL;
  f->hint = page_hint;
  if (is_empty_list(json) && row->auth == SW_AUTH_LOGIN) {
    f->stage = SW_STAGE_RECEIVE;
    f->kind = SW_FAIL_AUTH;
    f->hint = login_hint;
    sw_buf_adds(&f->message, "the shop did not accept username and key");
    return sw_buf_seal(&f->message);
  }
  if (is_empty_list(json)) {
    f->stage = SW_STAGE_RECEIVE;
    f->kind = SW_FAIL_INVALID;
    f->hint = "the fields did not reach the shop: something on the way may "
              "have dropped them";
    sw_buf_adds(&f->message, "the shop saw nothing to do in this call");
    return sw_buf_seal(&f->message);
  }
  if (json == NULL) {
    body.n = body.n < TEXT_MAX * 4 ? body.n : TEXT_MAX * 4;
    at = sw_hint_find(body, "fatal error");
  }
  if (at >= 0) {
    f->stage = SW_STAGE_RECEIVE;
    return fail_fatal(f, body, at);
  }
  return 0;
}

static const char *hint_of_status(int status) {
  switch (status) {
    case 404:
    case 410:
      return route_hint;
    case 502:
    case 504:
      return proxy_hint;
    case 503:
      return closed_hint;
    default:
      return server_hint;
  }
}

int sw_shop_fail(struct sw_fail *f, const struct sw_row *row, int status,
                 const struct sw_json *json, const char *body, size_t len) {
  struct sw_str bytes;
  size_t error = error_of(json);
  size_t warning;
  int failed;
  bytes.p = body;
  bytes.n = len;
  if (status == 404 || status == 410 || (status >= 500 && status <= 599)) {
    f->kind = status < 500 ? SW_FAIL_NOT_FOUND : SW_FAIL_SERVER;
    f->hint = hint_of_status(status);
    return 1;
  }
  if (status < 200 || status > 299) {
    return 0;
  }
  if (error == SW_JSON_NONE) {
    failed = fail_other(f, row, json, bytes);
  } else if (is_lost(row, json, error)) {
    failed = fail_lost(f, json, error);
  } else if (is_type(json, error, SW_JSON_STRING)) {
    failed = fail_text(f, row, json, error);
  } else {
    warning = sw_json_get(json, error, "warning");
    failed = is_type(json, warning, SW_JSON_STRING)
               ? fail_text(f, row, json, warning)
               : fail_map(f, row, json, error);
  }
  return failed ? -1 : 1;
}
