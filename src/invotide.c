/* Invotide's calls, one row each: the storefront API of a shop, its whole
   session. Facts only; how a row is carried out is none of this file's
   business. Every row was seen on a real shop; a bound that was only read in
   its code says so in the help. A row's path is its route; lengths count the
   escaped text, as the shop does. */
#include "row.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FIELDS(list) (list), COUNT(list)
#define NO_FIELDS NULL, 0
/* ends in an order, whose table takes no character of four bytes */
#define STORED (SW_ESCAPED | SW_NARROW)
#define MUST (SW_REQUIRED | STORED)

enum slot {
  CURRENCY = 1,
  CUSTOMER = 2,
  CART = 4,
  VOUCHERS = 8,
  COUPON = 16,
  VOUCHER = 32,
  REWARD = 64,
  SHIP_TO = 128,
  SHIP_METHODS = 256,
  SHIP_METHOD = 512,
  BILL_TO = 1024,
  PAY_METHODS = 2048,
  PAY_METHOD = 4096,
  SHIPPING = SHIP_METHODS | SHIP_METHOD,
  PAYING = PAY_METHODS | PAY_METHOD,
  METHODS = SHIPPING | PAYING,
  EVERYTHING = 8191
};

/* In the order in which a lost session is built again. */
static const struct sw_slot slots[] = {
  {"currency", "set the currency first: session.currency:set(code)"},
  {"customer", "set the customer first: session.customer:set{…}"},
  {"cart", "put something into the cart first: session.cart:add{…}"},
  {"vouchers", "add a voucher first: session.voucher:add{…}"},
  {"coupon", "apply the coupon first: session.coupon:apply(code)"},
  {"voucher", "apply the voucher first: session.voucher:apply(code)"},
  {"reward", "apply the points first: session.reward:apply(points)"},
  {"ship_to", "set the shipping address first: session.shipping:address{…}"},
  {"ship_methods", "list shipping methods first: session.shipping:methods()"},
  {"ship_method",
   "choose a shipping method first: session.shipping:method(code)"},
  {"bill_to", "set the payment address first: session.payment:address{…}"},
  {"pay_methods", "list payment methods first: session.payment:methods()"},
  {"pay_method",
   "choose a payment method first: session.payment:method(code)"},
};

static const struct sw_field currency_fields[] = {
  {"currency", SW_CODE, SW_REQUIRED, 1, 3, NULL, "code, such as USD"},
};

static const struct sw_field customer_fields[] = {
  {"firstname", SW_TEXT, MUST, 1, 32, NULL, "first name"},
  {"lastname", SW_TEXT, MUST, 1, 32, NULL, "last name"},
  {"email", SW_TEXT, MUST, 1, 96, NULL, "e-mail address; no IDN"},
  {"telephone", SW_TEXT, MUST, 3, 32, NULL, "telephone number"},
  {"customer_id", SW_ID, 0, 0, 0, NULL,
   "an account of the shop; logs it in and empties the cart"},
  {"customer_group_id", SW_ID, 0, 0, 0, NULL, "if the shop shows groups"},
  {"custom_field", SW_MAP, STORED, 0, 0, NULL, "map from number to value"},
};

#define ADDRESS(city_max) \
  {"firstname", SW_TEXT, MUST, 1, 32, NULL, "first name"}, \
  {"lastname", SW_TEXT, MUST, 1, 32, NULL, "last name"}, \
  {"company", SW_TEXT, STORED, 0, 60, NULL, "longer ones are cut silently"}, \
  {"address_1", SW_TEXT, MUST, 3, 128, NULL, "street and number"}, \
  {"address_2", SW_TEXT, STORED, 0, 128, NULL, \
   "longer ones are cut silently (read)"}, \
  {"city", SW_TEXT, MUST, 2, (city_max), NULL, "city"}, \
  {"postcode", SW_TEXT, STORED, 0, 10, NULL, \
   "2 to 10 characters if the country needs one"}, \
  {"country_id", SW_PLACE, SW_REQUIRED | STORED, 0, 0, NULL, \
   "number of the country in the shop"}, \
  {"zone_id", SW_PLACE, SW_REQUIRED | STORED, 0, 0, NULL, \
   "number of the region in the shop; 0 is none"}, \
  {"custom_field", SW_MAP, STORED, 0, 0, NULL, "map from number to value"}

static const struct sw_field payment_address_fields[] = {
  ADDRESS(32),
};

static const struct sw_field shipping_address_fields[] = {
  ADDRESS(128),
};

static const struct sw_field line_fields[] = {
  {"product_id", SW_ID, SW_REQUIRED, 1, 0, NULL, "the product's number"},
  {"quantity", SW_INT, SW_PRESET, 1, 2147483647, "1", "pieces, 1 unless told"},
  {"option", SW_OPTIONS, STORED, 0, 0, NULL,
   "map from product_option_id to value or list of values"},
};

static const struct sw_field cart_replace_fields[] = {
  {"product", SW_LIST, SW_REQUIRED, 1, 0, NULL, "list of lines"},
};

static const struct sw_field cart_edit_fields[] = {
  {"key", SW_ID, SW_REQUIRED, 1, 0, NULL, "the line's cart_id"},
  {"quantity", SW_INT, SW_REQUIRED, 0, 2147483647, NULL,
   "pieces; 0 removes the line, as a missing one would"},
};

static const struct sw_field cart_remove_fields[] = {
  {"key", SW_TEXT, SW_REQUIRED | SW_ESCAPED, 1, 0, NULL,
   "a line's cart_id or a bought voucher's code"},
};

static const struct sw_field coupon_fields[] = {
  {"coupon", SW_TEXT, SW_REQUIRED | SW_ESCAPED, 1, 0, NULL, "its code"},
};

static const struct sw_field voucher_fields[] = {
  {"voucher", SW_TEXT, SW_REQUIRED | SW_ESCAPED, 1, 0, NULL, "its code"},
};

static const struct sw_field voucher_add_fields[] = {
  {"from_name", SW_TEXT, MUST, 1, 64, NULL, "who gives it"},
  {"from_email", SW_TEXT, MUST, 1, 96, NULL, "e-mail address"},
  {"to_name", SW_TEXT, MUST, 1, 64, NULL, "who gets it"},
  {"to_email", SW_TEXT, MUST, 1, 96, NULL, "e-mail address"},
  {"amount", SW_MONEY, SW_REQUIRED, 0, 0, NULL,
   "in the session's currency, within the shop's bounds"},
  {"voucher_theme_id", SW_ID, 0, 0, 0, NULL, "the picture on it"},
  {"message", SW_TEXT, STORED, 0, 0, NULL, "printed on it"},
};

static const struct sw_field entry_fields[] = {
  {"code", SW_TEXT, MUST, 1, 0, NULL, "the code that it will have"},
  {"from_name", SW_TEXT, MUST, 1, 64, NULL, "who gives it"},
  {"from_email", SW_TEXT, MUST, 1, 96, NULL, "e-mail address"},
  {"to_name", SW_TEXT, MUST, 1, 64, NULL, "who gets it"},
  {"to_email", SW_TEXT, MUST, 1, 96, NULL, "e-mail address"},
  {"voucher_theme_id", SW_ID, SW_REQUIRED, 0, 0, NULL, "the picture on it"},
  {"message", SW_TEXT, MUST, 0, 0, NULL, "printed on it; may be empty"},
  {"amount", SW_MONEY, SW_REQUIRED, 0, 0, NULL, "in the session's currency"},
};

static const struct sw_field voucher_replace_fields[] = {
  {"voucher", SW_LIST, SW_REQUIRED, 1, 0, NULL,
   "list of vouchers; the shop skips an entry that lacks a field"},
};

static const struct sw_field reward_fields[] = {
  {"reward", SW_INT, SW_REQUIRED, 1, 2147483647, NULL, "points to spend"},
};

static const struct sw_field shipping_method_fields[] = {
  {"shipping_method", SW_TEXT, SW_REQUIRED | SW_ESCAPED, 1, 0, NULL,
   "a quote's code, such as flat.flat"},
};

static const struct sw_field payment_method_fields[] = {
  {"payment_method", SW_TEXT, SW_REQUIRED | SW_ESCAPED, 1, 0, NULL,
   "a method's code, such as cod"},
};

static const struct sw_field order_fields[] = {
  {"payment_method", SW_TEXT, SW_ESCAPED, 1, 0, NULL,
   "a listed method's code"},
  {"shipping_method", SW_TEXT, SW_ESCAPED, 1, 0, NULL,
   "a listed quote's code"},
  {"comment", SW_TEXT, STORED, 0, 0, NULL, "kept with the order"},
  {"order_status_id", SW_ID, 0, 1, 0, NULL, "the shop's own unless told"},
  {"affiliate_id", SW_ID, 0, 0, 0, NULL, "an affiliate's customer_id"},
};

static const struct sw_field history_fields[] = {
  {"order_status_id", SW_ID, SW_REQUIRED, 1, 0, NULL,
   "the new status; a missing one would hide the order"},
  {"notify", SW_FLAG, 0, 0, 0, NULL, "mail the customer"},
  {"override", SW_FLAG, 0, 0, 0, NULL, "skip the fraud check"},
  {"comment", SW_TEXT, STORED, 0, 0, NULL, "kept with the status"},
};

static const struct sw_part parts[] = {
  {"product", FIELDS(line_fields)},
  {"voucher", FIELDS(entry_fields)},
};

static const struct sw_row rows[] = {
  {"", "login", NULL, "POST", "api/login", SW_FORM, SW_AUTH_LOGIN,
   SW_IDEMPOTENT, SW_SECRET_REPLY, NO_FIELDS, "api_token", NULL, NULL,
   SW_SEEN, "Begin a session with the shop's user name and key."},
  {"currency", "set", NULL, "POST", "api/currency", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(currency_fields), NULL, NULL, NULL,
   SW_SEEN, "Set the session's currency."},
  {"customer", "set", NULL, "POST", "api/customer", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, 0, FIELDS(customer_fields), NULL, NULL, NULL, SW_SEEN,
   "Set who buys: a guest, or an account by its customer_id."},

  {"cart", "add", NULL, "POST", "api/cart/add", SW_FORM, SW_AUTH_SESSION,
   SW_ONCE, 0, FIELDS(line_fields), NULL, NULL, NULL, SW_SEEN,
   "Add pieces of a product; to an equal line if there is one."},
  {"cart", "replace", NULL, "POST", "api/cart/add", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(cart_replace_fields), NULL, NULL,
   NULL, SW_SEEN, "Empty the cart and fill it; options are not checked."},
  {"cart", "edit", NULL, "POST", "api/cart/edit", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, 0, FIELDS(cart_edit_fields), NULL, NULL, NULL, SW_SEEN,
   "Set the pieces of a line."},
  {"cart", "remove", NULL, "POST", "api/cart/remove", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(cart_remove_fields),
   NULL, NULL, NULL, SW_SEEN, "Remove a line or a bought voucher."},
  {"cart", "products", NULL, "POST", "api/cart/products", SW_FORM,
   SW_AUTH_SESSION, SW_SAFE, SW_PRICED, NO_FIELDS, NULL, NULL, NULL, SW_SEEN,
   "Read lines, bought vouchers and totals."},

  {"coupon", "apply", NULL, "POST", "api/coupon", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(coupon_fields), NULL, NULL, NULL,
   SW_SEEN, "Apply a coupon."},
  {"voucher", "apply", NULL, "POST", "api/voucher", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(voucher_fields), NULL, NULL, NULL,
   SW_SEEN, "Pay with a gift voucher."},
  {"voucher", "add", NULL, "POST", "api/voucher/add", SW_FORM,
   SW_AUTH_SESSION, SW_ONCE, 0, FIELDS(voucher_add_fields), NULL, NULL, NULL,
   SW_SEEN, "Buy a gift voucher; the shop makes its code."},
  {"voucher", "replace", NULL, "POST", "api/voucher/add", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, SW_POSITIONAL,
   FIELDS(voucher_replace_fields), NULL, NULL, NULL, SW_SEEN,
   "Buy these gift vouchers instead of all before."},
  {"reward", "apply", NULL, "POST", "api/reward", SW_FORM, SW_AUTH_SESSION,
   SW_IDEMPOTENT, SW_POSITIONAL, FIELDS(reward_fields), NULL, NULL, NULL,
   SW_SEEN, "Pay with reward points."},
  {"reward", "maximum", NULL, "POST", "api/reward/maximum", SW_FORM,
   SW_AUTH_SESSION, SW_SAFE, 0, NO_FIELDS, NULL, NULL, NULL, SW_SEEN,
   "Read how many points this cart takes."},
  {"reward", "available", NULL, "POST", "api/reward/available", SW_FORM,
   SW_AUTH_SESSION, SW_SAFE, 0, NO_FIELDS, NULL, NULL, NULL, SW_SEEN,
   "Read how many points the account has."},

  {"shipping", "address", NULL, "POST", "api/shipping/address", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, 0, FIELDS(shipping_address_fields), NULL,
   NULL, NULL, SW_SEEN, "Set where the goods go."},
  {"shipping", "methods", NULL, "POST", "api/shipping/methods", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, SW_PRICED, NO_FIELDS, "shipping_methods",
   NULL, NULL, SW_SEEN, "List what ships there; one can be chosen then."},
  {"shipping", "method", NULL, "POST", "api/shipping/method", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, SW_POSITIONAL,
   FIELDS(shipping_method_fields), NULL, NULL, NULL, SW_SEEN,
   "Choose a listed shipping method."},
  {"payment", "address", NULL, "POST", "api/payment/address", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, 0, FIELDS(payment_address_fields), NULL,
   NULL, NULL, SW_SEEN, "Set who is billed."},
  {"payment", "methods", NULL, "POST", "api/payment/methods", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, 0, NO_FIELDS, "payment_methods", NULL,
   NULL, SW_SEEN, "List ways to pay; one can be chosen then."},
  {"payment", "method", NULL, "POST", "api/payment/method", SW_FORM,
   SW_AUTH_SESSION, SW_IDEMPOTENT, SW_POSITIONAL,
   FIELDS(payment_method_fields), NULL, NULL, NULL, SW_SEEN,
   "Choose a listed way to pay."},

  {"order", "add", NULL, "POST", "api/order/add", SW_FORM, SW_AUTH_SESSION,
   SW_ONCE, SW_SLOW, FIELDS(order_fields), NULL, NULL, NULL, SW_SEEN,
   "Place the order; empties the cart."},
  {"order", "edit", NULL, "POST", "api/order/edit&order_id={order_id}",
   SW_FORM, SW_AUTH_SESSION, SW_ONCE, SW_SLOW, FIELDS(order_fields), NULL,
   NULL, NULL, SW_SEEN, "Make an order what the session holds."},
  {"order", "delete", NULL, "POST", "api/order/delete&order_id={order_id}",
   SW_FORM, SW_AUTH_SESSION, SW_IDEMPOTENT, 0, NO_FIELDS, NULL, NULL, NULL,
   SW_SEEN, "Delete an order."},
  {"order", "info", NULL, "POST", "api/order/info&order_id={order_id}",
   SW_FORM, SW_AUTH_SESSION, SW_SAFE, 0, NO_FIELDS, "order", NULL, NULL,
   SW_SEEN, "Read an order's header: no lines, totals or history."},
  {"order", "history", NULL, "POST", "api/order/history&order_id={order_id}",
   SW_FORM, SW_AUTH_SESSION, SW_ONCE, 0, FIELDS(history_fields), NULL, NULL,
   NULL, SW_SEEN, "Give an order a status, with a mail if wanted."},
};

static const struct sw_effect effects[] = {
  {"login", 0, 0, EVERYTHING, 0, ""},
  {"currency.set", 0, CURRENCY, SHIPPING, 0, ""},
  {"customer.set", 0, CUSTOMER, 0, CUSTOMER, "account_empties_cart"},
  {"cart.add", 0, CART, METHODS, 0, ""},
  {"cart.replace", 0, CART, METHODS, 0, ""},
  {"cart.edit", 0, 0, METHODS | REWARD, 0, ""},
  {"cart.remove", 0, 0, METHODS | REWARD, 0, ""},
  {"cart.products", 0, 0, 0, 0, ""},
  {"coupon.apply", 0, COUPON, 0, COUPON, ""},
  {"voucher.apply", 0, VOUCHER, 0, VOUCHER, ""},
  {"voucher.add", 0, VOUCHERS, METHODS, 0, ""},
  {"voucher.replace", 0, VOUCHERS, METHODS, 0, ""},
  {"reward.apply", 0, REWARD, 0, REWARD, ""},
  {"reward.maximum", 0, 0, 0, 0, ""},
  {"reward.available", 0, 0, 0, 0, ""},
  {"shipping.address", 0, SHIP_TO, SHIPPING, SHIP_TO | SHIPPING, ""},
  {"shipping.methods", SHIP_TO, SHIP_METHODS, SHIP_METHOD, 0, ""},
  {"shipping.method", SHIP_TO | SHIP_METHODS, SHIP_METHOD, 0, 0, ""},
  {"payment.address", 0, BILL_TO, PAYING, BILL_TO | PAYING, ""},
  {"payment.methods", BILL_TO, PAY_METHODS, PAY_METHOD, 0, ""},
  {"payment.method", BILL_TO | PAY_METHODS, PAY_METHOD, 0, 0, ""},
  {"order.add", CUSTOMER | CART | SHIP_TO | SHIP_METHOD | BILL_TO |
   PAY_METHOD, 0, CART, 0, "pay_method_in_field ship_method_in_field "
   "ship_if_shippable cart_or_vouchers"},
  {"order.edit", CUSTOMER | CART | SHIP_TO | SHIP_METHOD | BILL_TO |
   PAY_METHOD, 0, 0, 0, "pay_method_in_field ship_method_in_field "
   "ship_if_shippable cart_or_vouchers"},
  {"order.delete", 0, 0, 0, 0, ""},
  {"order.info", 0, 0, 0, 0, ""},
  {"order.history", 0, 0, 0, 0, ""},
};

const struct sw_service sw_invotide = {
  "invotide", rows, COUNT(rows), slots, COUNT(slots),
  effects, COUNT(effects), parts, COUNT(parts),
};
