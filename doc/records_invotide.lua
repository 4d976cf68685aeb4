--- The shapes of what Invotide answers, as seen on a real shop (OpenCart
--- 3.0.5.1); the calls themselves are rows of the core.
--- An entry is { name, type, help }. Must not know: the rows.

local records = { service = "invotide", title = "Invotide",
  object = "session", class = "Session", route = "index.php?route=",
  argument = "integer" }

records.groups = { "", "currency", "customer", "cart", "coupon", "voucher",
  "reward", "shipping", "payment", "order" }

records.classes = {
  [""] = "the session itself", currency = "the session's currency",
  customer = "who buys", cart = "what is bought", coupon = "coupons",
  voucher = "gift vouchers, paid with or bought", reward = "reward points",
  shipping = "where it goes and how", payment = "who pays and how",
  order = "orders",
}

--- Classes of groups whose own name is a result's.
records.names = { cart = "CartCalls", order = "OrderCalls" }

records.aliases = { ["cart.replace"] = "lines",
  ["voucher.replace"] = "vouchers", ["shipping.method"] = "code",
  ["payment.method"] = "code", ["coupon.apply"] = "code",
  ["voucher.apply"] = "code", ["reward.apply"] = "points" }
records.optional = { ["order.add"] = true }
records.options = { ["order.add"] = "OrderOptions" }

records.kinds = { "conflict", "session_lost", "rate_limit", "server",
  "protocol", "cancelled", "unsupported" }

records.retry = {
  safe = "a read: sent again when no byte of it had left; where its answer "
    .. "was lost, make it again: that begins a new session",
  idempotent = "the same twice as once: sent again when no byte of it had "
    .. "left; where its answer was lost, make it again: that begins a new "
    .. "session",
  once = "never sent twice: `err.ambiguous` when nobody knows",
}

records.intro = [[
# Invotide reference

Written by `doc/generate.lua`; do not edit. Each call is one row of the core,
and this page is those rows in words. The service is OpenCart's storefront API
(`index.php?route=api/…`) as of 3.0.5.1, on which the facts were seen. What is
marked (read) was only read in its code.

**Conventions.** `local session = invotide.Session { url = "https://…", key =
"…" }`. A call takes its path arguments, its fields as one table (or its one
value), its options as one table. It returns what is said below, or `nil,
err` ([errors](errors.md)). A mistake in the arguments is raised at your line.
What the shop would certainly refuse is a `conflict` before anything is sent,
and names the step that is missing.

**Order of things.** currency, customer, cart, coupon and points, shipping
address, methods, method, payment address, methods, method, order. Each call
says what it needs, sets and drops. `session:checkout{…}` does all of it.

**A session** logs in at its first call. One call at a time: others wait for
their turn, for the shop loses data when two calls meet. When the shop forgets
it (24 minutes without a call), a new login is filled with what was set, and
the refused call is sent; `rebuild = false` turns that off. A cart's lines die
an hour after they were added.

**Options** of any call: `deadline` (seconds, the whole call; 60 for an
order), `retries` (0 to 10), `headers`, `extra` (fields that no row has),
`raw = true` (the reply's body as text). `session:with{…}` sets them for many
calls. `order:add` takes `reference` too: a text of yours that ends the
comment, by which an order is found whose answer was lost.

**Values.** Ids, counts and flags come back as integers. Money stays text as
the shop wrote it; beside it stands its decimal where it can be read without
doubt (`price_decimal`). HTML entities are decoded. Places are the shop's own
numbers: names of countries and zones give an order without a country.]]

records.after = {
  [""] = [[
### checkout

`session:checkout{ currency, customer, cart, address | shipping_address +
payment_address, coupon, voucher, reward, shipping, payment, comment,
reference, order_status_id, affiliate_id, confirm }`

A purchase as a plan; sends nothing yet. What is not given stays as the
session has it. `shipping` and `payment` are codes, or functions that get the
offered methods and return a code. `confirm` is a function that gets the plan
with its totals in `plan.basket` right before the order is sent; `false`
stops. These functions may make calls; an error in one stops the plan at its
step (in a coroutine of Lua 5.1, where nothing can wait under `pcall`, it goes
on to the caller of `run`, and the plan can be run again). `cart` goes
through the bulk form, of which the shop checks nothing: the plan reads the
cart and compares, but cannot see that a product lacks a required option.

- `plan:steps()`: a list of `{ name, what, done, skipped }`.
- `plan:run()`: `{ order_id, success }`, or `nil, err` with the step's name in
  `err.stage`. The next `run` goes on from there. After a success it returns
  the same order; after an order whose answer was lost it looks for it, by
  `reference`, and never sends it again. Give each order a reference of its
  own: an order that may have had the same one before is only a candidate in
  `err.evidence`.
- `plan:set{…}` changes options, `false` takes one back; what depends on them
  is done again. Raises once an order was sent.
- `plan.basket`, `plan.warnings`, `plan.order_id`.

### request

`session:request("api/any/route", fields, { query = { … } })`: any other call,
once only. Nothing is known of the session after it, so it is not built again
when it is lost.]],
}

records.order = { "Success", "Cart", "Line", "BoughtVoucher", "Total",
  "ShippingMethod", "Quote", "PaymentMethod", "Placed", "Order" }

records.help = {
  Success = "what a call that sets something returns",
  Cart = "what is in the cart, and what it comes to",
  Line = "one line of the cart", BoughtVoucher = "a gift voucher in the cart",
  Total = "one line of the sum", ShippingMethod = "one way to ship",
  Quote = "what it costs", PaymentMethod = "one way to pay",
  Placed = "an order that was placed", Order = "an order's header",
}

records.source = setmetatable({}, { __index = function()
  return "seen on a real shop"
end })

records.fields = {
  Success = { { "success", "string", "in the shop's language" } },
  Cart = {
    { "products", "invotide.Line[]", "" },
    { "vouchers", "invotide.BoughtVoucher[]", "" },
    { "totals", "invotide.Total[]", "the last one is the total" },
  },
  Line = {
    { "cart_id", "integer", "the key of edit and remove" },
    { "product_id", "integer", "" },
    { "name", "string", "" },
    { "model", "string", "" },
    { "option", "table[]", "product_option_id, product_option_value_id, "
      .. "name, value, type" },
    { "quantity", "integer", "" },
    { "stock", "boolean", "there is enough" },
    { "shipping", "integer", "1: has to be shipped" },
    { "price", "string", "as shown, with the currency's sign" },
    { "price_decimal", "string?", "where it can be read without doubt" },
    { "total", "string", "as shown" },
    { "total_decimal", "string?", "" },
    { "reward", "integer", "points that it earns" },
  },
  BoughtVoucher = {
    { "code", "string", "the key of remove" },
    { "description", "string", "" },
    { "from_name", "string", "" }, { "from_email", "string", "" },
    { "to_name", "string", "" }, { "to_email", "string", "" },
    { "voucher_theme_id", "integer", "" },
    { "message", "string", "" },
    { "price", "string", "as shown" },
    { "amount", "string|number", "" },
  },
  Total = {
    { "title", "string", "in the shop's language" },
    { "text", "string", "as shown" },
    { "text_decimal", "string?", "where it can be read without doubt" },
  },
  ShippingMethod = {
    { "title", "string", "" },
    { "quote", "table<string, invotide.Quote>", "" },
    { "sort_order", "integer|string", "" },
    { "error", "string|boolean", "false, or why there is no quote" },
  },
  Quote = {
    { "code", "string", "what shipping:method takes: flat.flat" },
    { "title", "string", "" },
    { "cost", "string|number", "in the shop's currency, before tax" },
    { "tax_class_id", "integer|string", "" },
    { "text", "string", "as shown, with tax" },
  },
  PaymentMethod = {
    { "code", "string", "what payment:method takes: cod" },
    { "title", "string", "" },
    { "terms", "string", "" },
    { "sort_order", "integer|string", "" },
  },
  Placed = {
    { "order_id", "integer", "" },
    { "success", "string", "" },
    { "order_status_id", "integer?", "0: found, but the shop's mail failed "
      .. "and it is hidden until order:history gives it a status" },
  },
  Order = {
    { "order_id", "integer", "" },
    { "order_status_id", "integer", "0: not confirmed, hidden in the shop" },
    { "order_status", "string?", "absent for status 0" },
    { "email", "string", "" },
    { "firstname", "string", "" }, { "lastname", "string", "" },
    { "telephone", "string", "" },
    { "customer_id", "integer", "0: a guest" },
    { "comment", "string", "ends with the reference, if one was given" },
    { "total", "string", "decimal text in the shop's own currency" },
    { "currency_code", "string", "" },
    { "currency_value", "string", "rate from the shop's currency" },
    { "payment_method", "string", "its title" },
    { "payment_code", "string", "" },
    { "shipping_method", "string", "its title" },
    { "shipping_code", "string", "" },
    { "date_added", "string", "the shop's time, without a zone" },
    { "date_modified", "string", "" },
  },
}

local SETS = "invotide.Success"

--- What each call returns, by its row's full name.
records.returns = setmetatable({
  ["cart.products"] = "invotide.Cart",
  ["reward.maximum"] = "table", ["reward.available"] = "table",
  ["shipping.methods"] = "table", ["payment.methods"] = "table",
  ["order.add"] = "invotide.Placed", ["order.info"] = "invotide.Order",
}, { __index = function()
  return SETS
end })

--- Types that editors know and the page says in words.
records.types = {
  ["reward.maximum"] = "{ maximum: integer }",
  ["reward.available"] = "{ points: integer? }",
  ["shipping.methods"] = "invotide.ShippingMethods",
  ["payment.methods"] = "invotide.PaymentMethods",
}

--- Where a result says less than its type.
records.notes = {
  ["reward.maximum"] = "`{ maximum = integer }`.",
  ["reward.available"] = "`{ points = integer }`, `{}` for a guest.",
  ["shipping.methods"] = "A map of [ShippingMethod](#shippingmethod) by "
    .. "code; `shopwire.quotes(map)` is a sorted list of its quotes.",
  ["payment.methods"] = "A map of [PaymentMethod](#paymentmethod) by code; "
    .. "`shopwire.quotes(map)` is a sorted list.",
  ["shipping.address"] = "`shopwire.meta(result).nothing_to_ship` is true "
    .. "where nothing in the cart is shipped.",
  ["cart.products"] = "What the cart complains of (stock, minimum) stands in "
    .. "`shopwire.meta(result).warnings`.",
  ["voucher.add"] = "With `code` in its fields it goes through `replace`, "
    .. "with all that is bought already: alone, the shop ignores a code.",
  ["order.info"] = "The shop gives 65 fields, these among them.",
}

return records
