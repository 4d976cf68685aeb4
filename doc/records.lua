--- The shapes of what Instamojo answers: hand-written, from its documents and
--- its own clients; the calls themselves are rows of the core.
--- An entry is { name, type, help }. Optional texts may be absent or "".
--- Must not know: the rows.

local records = { service = "instamojo", title = "Instamojo",
  object = "client", class = "Client", route = "", argument = "string" }

records.groups = { "", "links", "payments", "payment_requests", "refunds",
  "script_values" }

records.classes = {
  [""] = "the client itself", links = "products", payments = "payments",
  payment_requests = "payment requests", refunds = "refunds",
  script_values = "values of a store's script (v2, access_token)",
}

--- Names of arguments, fields that may be left away, options of their own.
records.names = {}
records.aliases = {}
records.optional = {}
records.options = {}

--- Kinds of error that any call can return, beside the first five.
records.kinds = { "rate_limit", "server", "protocol", "cancelled",
  "unsupported" }

records.retry = {
  safe = "a read: sent again when it failed on the way",
  idempotent = "the same twice as once: sent again when it failed on the way",
  keyed = "looked up by its key before it is sent again",
  once = "never sent twice: `err.ambiguous` when nobody knows",
}

records.intro = [[
# Reference

Written by `doc/generate.lua`; do not edit. Each call is one row of the core,
and this page is those rows in words.

**Conventions.** A call takes its path arguments, then its fields as one
table, then its options as one table: `client.links:edit(slug, {title =
"New"}, {deadline = 5})`. It returns what the service has under the call's
key, or `nil, err` ([errors](errors.md)). A mistake in the arguments is raised
at your line and nothing is sent. Lists are pages: plain arrays with
`page:next()`; `each` walks over all rows of all pages and raises errors.

**Options** of any call: `deadline` (seconds, the whole call with its
retries), `retries` (0 to 10), `headers` (a table), `extra` (fields that no
row has), `raw = true` (the reply's body as text). `client:with{…}` sets them
for many calls. `client:request` also takes `json = true` and `v2 = true`.

**Money** goes in as decimal text, an integer or a float of two decimal
places at most, and comes back as decimal text. **Times** come back as the
service wrote them. An absent key is a null of the service.]]

--- What stands behind a group's calls.
records.after = {
  script_values = [[
### script_values.add, set, remove

`client.script_values:add(app_id, variable_id, value)`,
`client.script_values:set(app_id, id, value)`,
`client.script_values:remove(app_id, id)`

One item of `update`: `{variable_id =, value =}` adds, `{id =, value =}`
changes, `{id =, is_active = false}` removes. Ids go out as they were given.]],
}

records.order = { "Product", "Payment", "PaymentRequest", "Refund", "Script",
  "ScriptValue" }

records.source = {
  Product = "read from a client",
  Payment = "documented in part, the rest read from clients",
  PaymentRequest = "documented in part, the rest read from clients",
  Refund = "read from a client",
  Script = "documented", ScriptValue = "documented",
}

records.help = {
  Product = "a product; the old documents call it a link",
  Payment = "one payment of a product or of a payment request",
  PaymentRequest = "a request that somebody pay",
  Refund = "a refund of one payment",
  Script = "an app's script in a store, with its values",
  ScriptValue = "a variable of the script and what it is set to",
}

records.fields = {
  Product = {
    { "slug", "string", "names the product in calls" },
    { "title", "string", "" },
    { "description", "string", "" },
    { "url", "string", "the public page" },
    { "shorturl", "string?", "absent right after creation" },
    { "base_price", "string", "decimal text, in units of currency" },
    { "currency", "string", "INR or USD" },
    { "quantity", "integer?", "stock; 0 or absent: unlimited" },
    { "quantity_sold", "integer?", "" },
    { "status", "string?", "Live" },
    { "cover_image", "string?", "address of the image" },
    { "requires_shipping", "boolean?", "" },
    { "ships_within_days", "integer?", "days" },
    { "start_date", "string?", "event" },
    { "end_date", "string?", "event" },
    { "venue", "string?", "event" },
    { "timezone", "string?", "event" },
    { "note", "string?", "shown and mailed after payment" },
    { "redirect_url", "string?", "" },
    { "webhook_url", "string?", "" },
    { "enable_pwyw", "boolean?", "pay what you want" },
    { "enable_sign", "boolean?", "" },
    { "socialpay_platforms", "string?", "comma list" },
  },
  Payment = {
    { "payment_id", "string", "" },
    { "status", "string", "Credit or Failed" },
    { "amount", "string", "decimal text, in units of currency" },
    { "unit_price", "string?", "decimal text" },
    { "fees", "string?", "decimal text" },
    { "currency", "string", "INR, USD or Free" },
    { "quantity", "integer?", "" },
    { "buyer_name", "string?", "" },
    { "buyer_email", "string?", "" },
    { "buyer_phone", "string?", "" },
    { "link_slug", "string?", "of the product; newer answers lack it" },
    { "link_title", "string?", "of the product; newer answers lack it" },
    { "payment_request", "string?", "address of the payment request" },
    { "instrument_type", "string?", "CARD EMI NETBANKING UPI WALLET" },
    { "billing_instrument", "string?", "free text" },
    { "failure", "table?", "{ reason, message } of a failed one" },
    { "payout", "table?", "{ id, paid_out_at }" },
    { "shipping_address", "string?", "" },
    { "shipping_city", "string?", "" },
    { "shipping_state", "string?", "" },
    { "shipping_zip", "string?", "" },
    { "shipping_country", "string?", "" },
    { "discount_code", "string?", "" },
    { "discount_amount_off", "string?", "decimal text" },
    { "affiliate_id", "string?", "" },
    { "affiliate_commission", "string?", "decimal text" },
    { "tax_invoice_id", "string?", "" },
    { "variants", "table[]?", "" },
    { "custom_fields", "table<string, table>?", "by Field_<n>" },
    { "created_at", "string", "ISO 8601, UTC" },
  },
  PaymentRequest = {
    { "id", "string", "32 hexadecimal digits" },
    { "purpose", "string", "" },
    { "amount", "string", "decimal text, in rupees" },
    { "status", "string", "Pending Sent Failed Completed" },
    { "longurl", "string", "the page to pay at" },
    { "shorturl", "string?", "absent right after creation" },
    { "buyer_name", "string?", "" },
    { "email", "string?", "" },
    { "phone", "string?", "with +91 in front" },
    { "send_email", "boolean?", "" },
    { "send_sms", "boolean?", "" },
    { "email_status", "string?", "Pending Sent Failed" },
    { "sms_status", "string?", "Pending Sent Failed" },
    { "redirect_url", "string?", "" },
    { "webhook", "string?", "" },
    { "allow_repeated_payments", "boolean?", "" },
    { "customer_id", "string?", "" },
    { "expires_at", "string?", "ISO 8601, UTC" },
    { "payments", "instamojo.Payment[]?", "of get" },
    { "payment", "instamojo.Payment?", "of payment" },
    { "created_at", "string", "ISO 8601, UTC" },
    { "modified_at", "string", "ISO 8601, UTC" },
  },
  Refund = {
    { "id", "string", "" },
    { "payment_id", "string", "" },
    { "status", "string", "Refunded or Closed" },
    { "type", "string", "the reason's code" },
    { "body", "string", "the reason in words" },
    { "refund_amount", "string", "decimal text" },
    { "total_amount", "string", "decimal text, of the payment" },
    { "created_at", "string", "ISO 8601, UTC" },
  },
  Script = {
    { "version", "integer", "" },
    { "title", "string", "" },
    { "description", "string", "" },
    { "template", "string", "the script, with {key} for its values" },
    { "section", "integer", "" },
    { "page_type", "integer", "" },
    { "app_status", "string", "" },
    { "tags", "string[]", "" },
    { "values", "instamojo.ScriptValue[]", "" },
  },
  ScriptValue = {
    { "id", "string|integer", "opaque: hand it back as it came" },
    { "variable_id", "string|integer", "opaque" },
    { "key", "string", "its name in the template" },
    { "title", "string", "" },
    { "description", "string", "" },
    { "value", "string", "\"\" when it is unset" },
  },
}

--- What each call returns, by its row's full name.
records.returns = {
  debug = "table",
  auth = "userdata",
  ["links.list"] = "instamojo.Product[]",
  ["links.get"] = "instamojo.Product",
  ["links.create"] = "instamojo.Product",
  ["links.edit"] = "instamojo.Product",
  ["links.delete"] = "true",
  ["links.upload_url"] = "string",
  ["payments.list"] = "instamojo.Payment[]",
  ["payments.get"] = "instamojo.Payment",
  ["payment_requests.create"] = "instamojo.PaymentRequest",
  ["payment_requests.list"] = "instamojo.PaymentRequest[]",
  ["payment_requests.get"] = "instamojo.PaymentRequest",
  ["payment_requests.payment"] = "instamojo.PaymentRequest",
  ["payment_requests.enable"] = "true",
  ["payment_requests.disable"] = "true",
  ["refunds.create"] = "instamojo.Refund",
  ["refunds.list"] = "instamojo.Refund[]",
  ["refunds.get"] = "instamojo.Refund",
  ["script_values.get"] = "instamojo.Script",
  ["script_values.update"] = "instamojo.Script",
}

--- Types that editors know and the page says in words.
records.types = {}

--- Where a result says less than its type.
records.notes = {
  debug = "`{ message = text }`: the service greets the account.",
  auth = "A secret: `secret:reveal()` gives its bytes. The client uses it "
    .. "as its auth token from then on.",
  ["payment_requests.get"] = "With `payments`, a list.",
  ["payment_requests.payment"] = "With `payment`, one payment.",
  ["payment_requests.list"] = "Without payments.",
  ["links.delete"] = "A 404 on a repeated delete is success too.",
}

return records
