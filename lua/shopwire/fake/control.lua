-- The fake's own doors under /_sandbox/: selling, faults, log, uploads.
-- No real service has them. Must not know: sockets.

local faults = require "shopwire.fake.faults"
local form = require "shopwire.fake.form"
local values = require "shopwire.fake.values"

local control = {}

-- {====== selling ======

local function webhook_fields(shop, payment)
  local shown, hidden = payment.shown, payment.hidden
  local fields = {
    payment_id = shown.payment_id, status = shown.status,
    buyer = shown.buyer_email, buyer_name = shown.buyer_name,
    buyer_phone = shown.buyer_phone, currency = shown.currency,
    amount = shown.amount, fees = shown.fees,
  }
  if hidden.request then
    local request = shop:read(hidden.request)
    fields.payment_request_id = request.id
    fields.purpose = request.purpose
    fields.longurl = request.longurl
    fields.shorturl = request.shorturl
    return fields, request.webhook
  end
  fields.offer_slug = shown.link_slug
  fields.offer_title = shown.link_title
  fields.quantity = string.format("%d", shown.quantity)
  fields.unit_price = shown.unit_price
  fields.variants, fields.custom_fields = "[]", "{}"
  return fields, hidden.link.shown.webhook_url
end

-- Signs and queues what the service would post; nil without an address.
local function deliver(fake, payment)
  local service = fake.service
  local fields, url = webhook_fields(service.shop, payment)
  if url == nil or url == fake.json.null or url == "" then
    return nil
  end
  fields.mac = fake.hmac(fake.keys.salt, values.mac_message(fields))
  local delivery = {
    id = #fake.deliveries + 1, url = url, body = form.encode(fields),
    state = "waiting",
  }
  table.insert(fake.deliveries, delivery)
  table.insert(fake.outbox, delivery)
  return {id = delivery.id, url = url, body = delivery.body}
end

-- Texts of a sale that are its own matter, and what stands for them.
local texts = {
  link = false, payment_request = false, payment_request_id = false,
  buyer_name = "Asha Example", buyer_email = "asha@example.com",
  buyer = "asha@example.com", buyer_phone = "9999999999",
}

-- Several pieces may cost more than one amount can say.
local MOST_PIECES, MOST_CENTS = 1e9, 1e14 - 1

local function text_problem(fields)
  for name in pairs(texts) do
    local kind = type(fields[name])
    if kind ~= "nil" and kind ~= "string" and kind ~= "number" then
      return name
    end
  end
  return nil
end

local function text_of(fields, name)
  return tostring(fields[name] or texts[name])
end

local function read_sale(fields)
  local wrong = text_problem(fields)
  if wrong then
    return nil, wrong, "Not a valid string."
  end
  local status = fields.status or "Credit"
  if status ~= "Credit" and status ~= "Failed" then
    return nil, "status", "Credit or Failed expected."
  end
  local quantity = values.count(fields.quantity or 1, 1, MOST_PIECES)
  if not quantity then
    return nil, "quantity", "An integer from 1 to 1000000000 is required."
  end
  local cents, problem
  if fields.amount ~= nil then
    cents, problem = values.cents(fields.amount)
    if not cents or cents < 0 then
      return nil, "amount", problem or "A valid number is required."
    end
  end
  return {
    status = status, quantity = quantity, cents = cents,
    buyer_name = text_of(fields, "buyer_name"),
    buyer_email = text_of(fields, fields.buyer_email and "buyer_email"
      or "buyer"),
    buyer_phone = text_of(fields, "buyer_phone"),
  }
end

local function sell_link(service, slug, sale)
  local link = service.shop:link(slug)
  if not link then
    return nil, "link", "No such product."
  end
  local price = values.cents(link.shown.base_price) * sale.quantity
  local stock = tonumber(link.shown.quantity) or 0
  if stock > 0 and link.shown.quantity_sold + sale.quantity > stock then
    return nil, "quantity", "Sold out."
  end
  if price > MOST_CENTS then
    return nil, "quantity", "So many pieces cost more than 999999999999.99."
  end
  sale.cents = sale.cents or price
  if sale.cents < price
    or (sale.cents > price and not link.shown.enable_pwyw) then
    return nil, "amount", "Amount does not fit the product's price."
  end
  return service.shop:pay_link(link, sale)
end

local function sell_request(service, id, sale)
  local request = service.shop:request(id)
  if not request then
    return nil, "payment_request", "No such payment request."
  end
  if not request.hidden.enabled then
    return nil, "payment_request", "The payment request is disabled."
  end
  if request.shown.status == "Completed"
    and not request.shown.allow_repeated_payments then
    return nil, "payment_request", "It was paid already."
  end
  local price = values.cents(request.shown.amount)
  if sale.cents and sale.cents ~= price then
    return nil, "amount", "Amount does not fit the payment request."
  end
  sale.cents = price
  return service.shop:pay_request(request, sale)
end

local function pay(fake, fields)
  local service = fake.service
  local sale, name, problem = read_sale(fields)
  local payment
  if sale then
    local id = fields.payment_request or fields.payment_request_id
    if fields.link then
      payment, name, problem = sell_link(service, fields.link, sale)
    elseif id then
      payment, name, problem = sell_request(service, id, sale)
    else
      name, problem = "link", "link or payment_request is required."
    end
  end
  if not payment then
    return service:refuse_field(name, problem)
  end
  local answer = {success = true, payment = payment.shown}
  answer.webhook = deliver(fake, payment)
  return service:reply(201, answer)
end

-- }======

-- {====== uploads ======

-- The upload host: no credentials, one part named fileUpload, an answer of its
-- own. What the real answer holds is unknown; clients treat it as opaque.
local function upload(fake, request, token)
  local service = fake.service
  local found
  for _, part in ipairs(request.parts or {}) do
    if part.name == "fileUpload" and part.filename then
      found = part
    end
  end
  if not found then
    return service:reply(400, {error = "no part named fileUpload"})
  end
  if not service.shop:redeem(token) then
    return service:reply(403, {error = "the policy is used up or unknown"})
  end
  local file, why = service.shop:keep_file(found)
  if not file then
    return service:reply(500, {error = tostring(why)})
  end
  return service:reply(200, {
    url = service.shop:file_url(file), size = file.size,
    type = file.type or "application/octet-stream",
    filename = file.filename, key = file.id,
  })
end

local function send_file(service, id)
  local file = service.shop.files[id]
  if not file then
    return service:not_found()
  end
  return {
    status = 200, headers = {["Content-Type"] = "application/octet-stream"},
    file = file.path, body = file.body,
  }
end

local function list_files(service)
  local list = {}
  for i, file in ipairs(service.shop.file_list) do
    list[i] = {id = file.id, filename = file.filename, size = file.size,
      url = service.shop:file_url(file)}
  end
  return service:ok("files", service.array(list))
end

-- What a product's buyer would get: addresses of its file and cover.
local function show_link(service, slug)
  local link = service.shop:link(slug)
  if not link then
    return service:not_found()
  end
  return service:reply(200, {success = true, slug = slug,
    file = link.hidden.file, cover = link.hidden.cover})
end

-- }======

-- {====== faults and log ======

local MOST_TIMES = 1e9

-- The name by which calls are counted. A call of Invotide has its route for
-- one, and may be given by the reference's name too: "order.add".
local function row_of(fake, given)
  if given == nil or fake.names[given] then
    return given
  end
  for _, row in ipairs(require("shopwire.core").rows("invotide")) do
    if row.full_name == given then
      return row.path:match("^[^&]*")
    end
  end
  return nil
end

local function add_fault(fake, fields)
  local service, row = fake.service, row_of(fake, fields.row)
  local plan, problem = faults.from_fields(fields)
  if not plan then
    return service:refuse_field("fault", problem)
  end
  local times = values.count(fields.times or 1, 1, MOST_TIMES)
  if not times then
    return service:refuse_field("times",
      "times: an integer from 1 to 1000000000 expected")
  end
  if not row and fields.row ~= nil then
    return service:refuse_field("row", "No such row: " .. tostring(fields.row))
  end
  fake.faults:add(row, times, plan)
  return service:reply(200, {success = true})
end

local function show_log(fake)
  return fake.service:reply(200, {
    success = true, requests = fake.service.array(fake.log),
    counts = fake.counts,
  })
end

local function show_deliveries(fake)
  return fake.service:ok("deliveries",
    fake.service.array(fake.deliveries))
end

local states = {valid = true, expired = true, readonly = true, none = true}

-- What the store API makes of the access token from now on.
local function set_token(fake, fields)
  if not states[fields.state] then
    return fake.service:refuse_field("state",
      "valid, expired, readonly or none expected.")
  end
  fake.service.token = fields.state
  return fake.service:reply(200, {success = true})
end

-- What Invotide's owner sets: see shopwire.fake.invotide:set.
local function set_shop(fake, fields)
  local problem = fake.invotide:set(fields)
  if problem then
    return fake.service:refuse_field("shop", problem)
  end
  return fake.service:reply(200, {success = true})
end

-- Invotide's orders, of which the API itself has no list.
local function show_orders(fake)
  local service, list = fake.service, {}
  fake.invotide:settle()
  for id = 1, fake.invotide.orders.last do
    local order = fake.invotide.orders.list[id]
    if order then
      local shown = {histories = service.array(order.histories)}
      for _, name in ipairs {"order_id", "order_status_id", "email", "total",
        "comment"} do
        shown[name] = order.row:get(name)
      end
      list[#list + 1] = shown
    end
  end
  return service:ok("orders", service.array(list))
end

local function reset(fake)
  fake:reset()
  return fake.service:reply(200, {success = true})
end

-- }======

local posts = {
  pay = pay, fault = add_fault, token = set_token, reset = reset,
  shop = set_shop,
}

local gets = {
  log = show_log, deliveries = show_deliveries, orders = show_orders,
  files = function(fake)
    return list_files(fake.service)
  end,
}

--- Answers a path under /_sandbox/.
function control.handle(fake, request)
  local service = fake.service
  local path = request.path:match("^/_sandbox/(.-)/?$") or ""
  local first, rest = path:match("^([^/]*)/?(.*)$")
  local verb = request.method
  if verb == "POST" and first == "upload" then
    return upload(fake, request, rest)
  end
  if verb == "POST" and posts[path] then
    local fields, refusal = service:fields_of(request)
    if not fields then
      return refusal
    end
    return posts[path](fake, fields)
  end
  if verb == "GET" and gets[path] then
    return gets[path](fake)
  end
  if verb == "GET" and first == "files" then
    return send_file(service, rest)
  end
  if verb == "GET" and first == "links" then
    return show_link(service, form.unescape_path(rest))
  end
  return service:not_found()
end

return control
