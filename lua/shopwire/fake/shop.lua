-- The fake's state: products, payments, payment requests, refunds, uploads.
-- Objects have all keys of the reference's samples; `hidden` beside them is
-- what no answer shows. Must not know: HTTP, rows, sockets.

local values = require "shopwire.fake.values"

local shop = {}
shop.__index = shop

local digits = "0123456789"

---@param o table ids, clock, null, array, origin (a function), user
function shop.new(o)
  local self = setmetatable({}, shop)
  for name, value in pairs(o) do
    self[name] = value
  end
  self.links, self.payments, self.requests = {}, {}, {}
  self.refunds, self.files, self.uploads = {}, {}, {}
  self.file_list = {}
  self.last_time = 0
  return self
end

--- Now, never twice the same, as text and as whole microseconds.
function shop:now()
  local now = math.max(math.floor(self.clock() * 1000000 + 0.5),
    self.last_time + 2)
  self.last_time = now
  return values.stamp(now), now
end

local function find(list, key, value)
  for _, entry in ipairs(list) do
    if entry.shown[key] == value then
      return entry
    end
  end
  return nil
end

-- {====== products ======

local function slug_of(title)
  local slug = title:lower():gsub("[^%w]+", "-"):gsub("^%-+", "")
    :gsub("%-+$", "")
  return slug == "" and "product" or slug:sub(1, 60)
end

function shop:free_slug(title)
  local slug = slug_of(title)
  local try = slug
  while find(self.links, "slug", try) do
    try = slug .. "-" .. self.ids(5)
  end
  return try
end

local nullable = {
  "quantity", "start_date", "end_date", "venue", "timezone", "note",
  "redirect_url", "webhook_url", "ships_within_days", "cover_image",
}

local plain = {
  "title", "description", "base_price", "currency", "quantity", "start_date",
  "end_date", "venue", "timezone", "note", "redirect_url", "webhook_url",
  "enable_pwyw", "enable_sign", "socialpay_platforms",
}

--- Puts the given fields into a product. `uploads` are decoded answers of the
--- upload host: {file_upload =, cover_image =}.
function shop:apply(link, fields, uploads)
  for _, name in ipairs(plain) do
    if fields[name] ~= nil then
      link.shown[name] = fields[name]
    end
  end
  if uploads.file_upload then
    link.hidden.file = uploads.file_upload
  end
  if uploads.cover_image then
    link.hidden.cover = uploads.cover_image
    local url = uploads.cover_image.url
    link.shown.cover_image = type(url) == "string" and url or self.null
  end
end

function shop:create_link(fields, uploads)
  local slug = self:free_slug(fields.title)
  local link = {
    hidden = {},
    shown = {
      slug = slug, shorturl = self.null, currency = "INR",
      url = self.origin() .. "/" .. self.user .. "/" .. slug .. "/",
      quantity_sold = 0, requires_shipping = false, status = "Live",
      enable_pwyw = false, enable_sign = false, socialpay_platforms = "",
    },
  }
  for _, name in ipairs(nullable) do
    link.shown[name] = self.null
  end
  self:apply(link, fields, uploads)
  table.insert(self.links, 1, link)
  return link
end

--- A product that was not archived.
function shop:link(slug)
  local link = find(self.links, "slug", slug)
  return link and not link.hidden.archived and link or nil
end

--- The short address is there from the first read on, not at creation.
function shop:read(entry)
  if entry.shown.shorturl == self.null then
    entry.shown.shorturl = "https://imojo.in/" .. self.ids(6)
  end
  return entry.shown
end

function shop:live_links()
  local live = {}
  for _, link in ipairs(self.links) do
    if not link.hidden.archived then
      live[#live + 1] = link
    end
  end
  return live
end

-- }======

-- {====== payment requests ======

local function phone(text)
  if text:find("^%d%d%d%d%d%d%d%d%d%d$") then
    return "+91" .. text
  end
  if text:find("^91%d%d%d%d%d%d%d%d%d%d$") then
    return "+" .. text
  end
  return text
end

function shop:create_request(fields)
  local null = self.null
  local function given(name, other)
    if fields[name] == nil or fields[name] == "" then
      return other
    end
    return fields[name]
  end
  local id = self.ids(32)
  local created, micros = self:now()
  local request = {
    hidden = {enabled = true, payments = {}, created = micros,
      modified = micros},
    shown = {
      id = id, phone = phone(given("phone", "")), amount = fields.amount,
      email = given("email", ""), buyer_name = given("buyer_name", ""),
      purpose = fields.purpose, expires_at = given("expires_at", null),
      status = "Pending", send_sms = given("send_sms", false),
      send_email = given("send_email", false), shorturl = null,
      longurl = self.origin() .. "/@" .. self.user .. "/" .. id,
      redirect_url = given("redirect_url", null),
      webhook = given("webhook", null),
      allow_repeated_payments = given("allow_repeated_payments", true),
      customer_id = null, created_at = created, modified_at = created,
    },
  }
  local shown = request.shown
  shown.sms_status = shown.send_sms and "Pending" or null
  shown.email_status = shown.send_email and "Pending" or null
  table.insert(self.requests, 1, request)
  return request
end

function shop:request(id)
  return find(self.requests, "id", id)
end

function shop:touch(request)
  request.shown.modified_at, request.hidden.modified = self:now()
end

local function above(text, micros)
  return not text or micros >= values.micros(text)
end

-- A bare date as upper bound takes in the whole day: inferred.
local function below(text, micros)
  if not text then
    return true
  end
  local most, day = values.micros(text)
  return micros <= most + (day and 86399999999 or 0)
end

--- Requests within the four bounds, all inclusive.
function shop:filter_requests(filter)
  local found = {}
  for _, request in ipairs(self.requests) do
    local created, modified = request.hidden.created, request.hidden.modified
    if above(filter.min_created_at, created)
      and below(filter.max_created_at, created)
      and above(filter.min_modified_at, modified)
      and below(filter.max_modified_at, modified) then
      found[#found + 1] = request
    end
  end
  return found
end

-- }======

-- {====== payments ======

-- 1.9 % is what the reference's sample shows.
local function fees(cents)
  return values.money(math.floor(cents * 19 / 1000 + 0.5))
end

-- The keys that both kinds of payment have.
function shop:payment_base(sale, unit, quantity)
  local null = self.null
  return {
    payment_id = "MOJO" .. self.ids(16, digits), quantity = quantity,
    status = sale.status, buyer_name = sale.buyer_name,
    buyer_phone = phone(sale.buyer_phone), buyer_email = sale.buyer_email,
    currency = sale.cents == 0 and "Free" or sale.currency,
    unit_price = values.money(unit), amount = values.money(sale.cents),
    fees = fees(sale.cents), shipping_address = null, shipping_city = null,
    shipping_state = null, shipping_zip = null, shipping_country = null,
    variants = self.array {}, custom_fields = {}, created_at = (self:now()),
  }
end

function shop:add_payment(shown, hidden)
  local payment = {shown = shown, hidden = hidden}
  hidden.cents = values.cents(shown.amount)
  table.insert(self.payments, 1, payment)
  return payment
end

--- A payment of a product. `sale`: status, cents, quantity, buyer_*.
function shop:pay_link(link, sale)
  local null, quantity = self.null, sale.quantity
  sale.currency = link.shown.currency
  local unit = math.floor(sale.cents / quantity + 0.5)
  local shown = self:payment_base(sale, unit, quantity)
  shown.link_slug, shown.link_title = link.shown.slug, link.shown.title
  shown.discount_code, shown.discount_amount_off = null, null
  shown.affiliate_id, shown.affiliate_commission = null, null
  if sale.status == "Credit" then
    link.shown.quantity_sold = link.shown.quantity_sold + quantity
  end
  return self:add_payment(shown, {link = link})
end

--- A payment of a payment request.
function shop:pay_request(request, sale)
  local null = self.null
  sale.currency = "INR"
  local shown = self:payment_base(sale, sale.cents, 1)
  shown.affiliate_commission, shown.tax_invoice_id = "0", ""
  shown.payment_request = self.origin() .. "/api/1.1/payment-requests/"
    .. request.shown.id .. "/"
  shown.instrument_type = "NETBANKING"
  shown.billing_instrument = "Domestic Netbanking Regular"
  shown.failure, shown.payout = null, null
  if sale.status == "Failed" then
    shown.failure = {reason = "AUTHENTICATION_FAILED",
      message = "The card was declined."}
  else
    request.shown.status = "Completed"
  end
  self:touch(request)
  local payment = self:add_payment(shown, {request = request})
  table.insert(request.hidden.payments, 1, payment)
  return payment
end

function shop:payment(id)
  return find(self.payments, "payment_id", id)
end

-- }======

-- {====== refunds ======

--- Why a payment cannot be refunded by so much: field name and words. That a
--- second refund is refused is inferred: the sources contradict each other.
function shop.refund_problem(payment, cents)
  if not payment then
    return "payment_id", "Invalid payment id."
  end
  if payment.shown.status ~= "Credit" then
    return "payment_id", "Only successful payments can be refunded."
  end
  if payment.hidden.refund then
    return "payment_id", "A refund was already created for this payment."
  end
  if cents and cents > payment.hidden.cents then
    return "refund_amount",
      "Refund amount cannot be greater than the payment's amount."
  end
  if cents and cents <= 0 then
    return "refund_amount", "Refund amount must be greater than zero."
  end
  return nil
end

function shop:create_refund(payment, fields)
  local refund = {
    hidden = {payment = payment},
    shown = {
      id = "C" .. self.ids(10), payment_id = payment.shown.payment_id,
      status = "Refunded", type = fields.type, body = fields.body,
      refund_amount = fields.refund_amount or payment.shown.amount,
      total_amount = payment.shown.amount, created_at = (self:now()),
    },
  }
  payment.hidden.refund = refund
  table.insert(self.refunds, 1, refund)
  return refund
end

function shop:refund(id)
  return find(self.refunds, "id", id)
end

-- }======

-- {====== uploads ======

--- A one-time address to send a file to.
function shop:upload_url()
  local token = self.ids(32)
  self.uploads[token] = true
  return self.origin() .. "/_sandbox/upload/" .. token .. "/"
end

--- Uses the token up; false when it is none.
function shop:redeem(token)
  local good = self.uploads[token]
  self.uploads[token] = nil
  return good == true
end

--- Takes over the bytes of an uploaded part. Files that the server wrote are
--- moved, since it removes what it still has; others stay where they are.
function shop:keep_file(part)
  local id = self.ids(20)
  local path = part.path
  if part.temporary then
    local kept = path:match("^(.*)/[^/]*$") .. "/file-" .. id
    local done, why = os.rename(path, kept)
    if not done then
      return nil, why
    end
    path = kept
  end
  local file = {id = id, path = path, body = part.value, size = part.size,
    temporary = part.temporary, filename = part.filename, type = part.type}
  self.files[id] = file
  table.insert(self.file_list, file)
  return file
end

function shop:file_url(file)
  return self.origin() .. "/_sandbox/files/" .. file.id
end

-- }======

return shop
