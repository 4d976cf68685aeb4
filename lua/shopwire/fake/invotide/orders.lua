-- Routes of orders, and orders as rows of a database: what they take out of
-- the stock and give back. Must not know: sockets.

local cart = require "shopwire.fake.invotide.cart"
local catalog = require "shopwire.fake.invotide.catalog"
local listed = require "shopwire.fake.invotide.listed"
local pages = require "shopwire.fake.invotide.pages"
local php = require "shopwire.fake.invotide.php"
local totals = require "shopwire.fake.invotide.totals"

local routes = {}

local DONE = "Success: You have modified orders!"
local SMTP_SECONDS = 10 -- a mail server that says nothing: twice 5 s

-- {====== checks ======

-- Each failing check overwrites the message of the one before.
-- `what` is payment or shipping.
local function check_method(call, what)
  local data, code = call.one.data, call.post:get(what .. "_method")
  local title = listed.titles[what]
  if not data[what .. "_address"] then
    call:fail("Warning: " .. title .. " address required!")
  end
  if not call.json:get("error") and php.truthy(code) then
    if not php.truthy(data[what .. "_methods"]) then
      call:fail("Warning: No " .. title .. " options are available!")
    else
      local method = listed[what](call, code)
      if method then
        data[what .. "_method"] = method
      else
        call:fail("Warning: " .. title .. " method required!")
      end
    end
  end
  if not data[what .. "_method"] then
    call:fail("Warning: " .. title .. " method required!")
  end
end

local function check_methods(call, list)
  if not call.one.data.customer then
    call:fail("Warning: Customer details needs to be set!")
  end
  check_method(call, "payment")
  if cart.ships(list) then
    check_method(call, "shipping")
  else
    call:unset("shipping_address", "shipping_method", "shipping_methods")
  end
end

local function check(call, list)
  check_methods(call, list)
  if (#list == 0 and not php.truthy(call.one.data.vouchers))
    or not cart.in_stock(list) then
    call:fail("Warning: Products marked with *** are not available in the"
      .. " desired quantity or not in stock!")
  end
  local few = cart.too_few(list)[1]
  if few then
    call:fail(string.format("Warning: Minimum order amount for %s is %d!",
      few.product.name, few.product.minimum))
  end
  return call.json:get("error") == nil
end

-- }======

-- {====== a row ======

-- The connection knows three bytes a character, the columns are narrow.
local function column(value, width)
  if type(value) ~= "string" then
    return value
  end
  value = value:gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", "????")
  return width and php.cut(value, width) or value
end

local address_columns = {
  {"firstname", 32}, {"lastname", 32}, {"company", 60}, {"address_1", 128},
  {"address_2", 128}, {"postcode", 10}, {"city", 128}, {"zone_id"}, {"zone"},
  {"zone_code"}, {"country_id"}, {"country"}, {"iso_code_2"},
  {"iso_code_3"}, {"address_format"}, {"custom_field"},
}

local function put_address(row, side, address)
  for _, entry in ipairs(address_columns) do
    local name, value = entry[1], address and address:get(entry[1]) or ""
    if name == "custom_field" then
      value = address and value or php.array()
    elseif name == "zone_id" or name == "country_id" then
      value = string.format("%.0f", php.int(value))
    end
    row:set(side .. "_" .. name, column(value, entry[2]))
  end
end

local function put_customer(row, data)
  local customer = data.customer
  row:set("customer_id", string.format("%.0f",
    php.int(customer:get("customer_id"))))
  for _, name in ipairs {"firstname", "lastname", "email", "telephone"} do
    row:set(name, column(customer:get(name)))
  end
  row:set("custom_field", customer:get("custom_field"))
end

local function put_money(call, row, total, list)
  local code = totals.currency(call.one)
  local affiliate = string.format("%.0f",
    php.int(call.post:get("affiliate_id")))
  local known = call.shop.customers[affiliate] ~= nil
  row:set("total", string.format("%.4f", total))
  row:set("order_status_id", "0")
  row:set("order_status", php.null)
  row:set("affiliate_id", known and affiliate or "0")
  row:set("commission", string.format("%.4f",
    known and totals.goods_sum(list) * 0.05 or 0))
  row:set("language_id", catalog.languages[call.one.data.language])
  row:set("language_code", call.one.data.language)
  row:set("currency_id", catalog.currencies[code].id)
  row:set("currency_code", code)
  row:set("currency_value", string.format("%.8f",
    catalog.currencies[code].rate))
end

local function put_method(row, side, method)
  row:set(side .. "_method", method and method:get("title") or "")
  row:set(side .. "_code", method and method:get("code") or "")
end

-- The 65 columns in their order.
local function make_row(call, id, total, list)
  local data, headers = call.one.data, call.request.headers
  local now = os.date("!%Y-%m-%d %H:%M:%S", math.floor(call.shop.clock()))
  local row = php.map("order_id", id, "invoice_no", "0",
    "invoice_prefix", "INV-" .. now:sub(1, 4) .. "-00", "store_id", "0",
    "store_name", "Your Store", "store_url", call.shop.origin() .. "/")
  put_customer(row, data)
  put_address(row, "payment", data.payment_address)
  put_method(row, "payment", data.payment_method)
  put_address(row, "shipping", data.shipping_address)
  put_method(row, "shipping", data.shipping_method)
  row:set("comment", column(call:scalar(call.post:get("comment") or "")))
  put_money(call, row, total, list)
  row:set("ip", call.remote)
  row:set("forwarded_ip", headers["x-forwarded-for"] or "")
  row:set("user_agent", headers["user-agent"] or "")
  row:set("accept_language", headers["accept-language"] or "")
  row:set("date_added", now)
  return row:set("date_modified", now)
end

-- What the order takes when it is confirmed, to be given back with sign 1.
local function make_claims(call, lines, list)
  local claims, data = {}, call.one.data
  for _, goods in ipairs(list) do
    claims[#claims + 1] = {goods.product, "quantity", goods.quantity}
    for _, value in ipairs(goods.values) do
      if value.subtract then
        claims[#claims + 1] = {value, "quantity", goods.quantity}
      end
    end
  end
  for _, line in ipairs(lines) do
    if line.code == "voucher" then
      local voucher = call.shop:find_voucher(data.voucher)
      claims[#claims + 1] = {voucher, "amount", -line.value}
    elseif line.code == "coupon" then
      local coupon = call.shop:find_coupon(call.one, data.coupon, list)
      claims[#claims + 1] = {coupon, "uses", 1}
    elseif line.code == "reward" then
      claims[#claims + 1] = {call.shop:account(call.one), "points",
        data.reward}
    end
  end
  return claims
end

local function claim(order, sign)
  for _, entry in ipairs(order.claims) do
    local owner, name, amount = entry[1], entry[2], entry[3]
    owner[name] = owner[name] + sign * amount
  end
end

-- }======

-- {====== states ======

-- Puts an order into a state, with a line in its history. Without `mail`
-- nothing is sent.
local function set_status(call, order, status, note)
  local before = order.row:get("order_status_id")
  if catalog.confirmed[status] and not catalog.confirmed[before] then
    claim(order, -1)
  elseif catalog.confirmed[before] and not catalog.confirmed[status] then
    claim(order, 1)
  end
  order.row:set("order_status_id", status)
  order.row:set("order_status", catalog.statuses[status] or php.null)
  order.row:set("date_modified",
    os.date("!%Y-%m-%d %H:%M:%S", math.floor(call.shop.clock())))
  table.insert(order.histories, {status = status, comment = note.comment,
    notify = note.notify})
end

-- Mail goes out before the state is stored. With no server there, the call
-- dies at this point.
local function send_mail(call, order, status, notify)
  local first = order.row:get("order_status_id") == "0"
  if status == "0" or not (first or notify) then
    return
  end
  if call.smtp == "refused" then
    table.insert(call.notes, call.noise == "off" and "" or pages.warning(
      "fsockopen(): Unable to connect to 127.0.0.1:9 (Connection refused)",
      "system/library/mail/smtp.php", 89))
    call.die()
  elseif call.smtp == "silent" then
    call.plan.delay = (call.plan.delay or 0) + SMTP_SECONDS
  end
end

local function status_of(call, default)
  local given = call:scalar(call.post:get("order_status_id"))
  if given == nil then
    return default
  end
  return string.format("%.0f", php.int(given))
end

-- }======

-- {====== routes ======

local function find_order(call)
  local id = call.get:get("order_id")
  return call.shop.orders.list[php.int(id)]
end

-- Gives the order that the query names; nil: the answer says why not.
local function wanted(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local order = find_order(call)
  if not order then
    call:fail("Warning: Order could not be found!")
  end
  return order
end

-- The row is there at once; its state and the empty cart come when the mail
-- is out, which may be after the client has left.
local function place(call, list)
  local shop, orders = call.shop, call.shop.orders
  local lines = totals.lines(shop, call.one, list)
  local id = orders.last + 1
  local order = {
    row = make_row(call, string.format("%d", id), lines[#lines].value, list),
    claims = make_claims(call, lines, list), histories = {},
  }
  local status = status_of(call, "1")
  orders.last = id
  orders.list[id] = order
  send_mail(call, order, status, false)
  local one = {id = call.one.id, data = {api_id = call.one.data.api_id,
    customer_id = call.one.data.customer_id}}
  shop:after(call.plan.delay, function()
    if orders.list[id] == order then
      set_status(call, order, status, {comment = "", notify = false})
    end
    shop.cart:clear(one)
  end)
  call.json:set("success", DONE)
  call.json:set("order_id", id)
end

routes["order/add"] = function(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local list = call:goods()
  if check(call, list) then
    place(call, list)
  end
end

-- The sums are made before the old order gives back what it took.
routes["order/edit"] = function(call)
  local order = wanted(call)
  if not order then
    return
  end
  local list = call:goods()
  if not check(call, list) then
    return
  end
  local lines = totals.lines(call.shop, call.one, list)
  local claims = make_claims(call, lines, list)
  local row = make_row(call, order.row:get("order_id"), lines[#lines].value,
    list)
  local status = status_of(call, "1")
  set_status(call, order, "0", {comment = ""})
  row:set("date_added", order.row:get("date_added"))
  order.row, order.claims = row, claims
  send_mail(call, order, status, false)
  set_status(call, order, status, {comment = ""})
  call.json:set("success", DONE)
end

routes["order/delete"] = function(call)
  local order = wanted(call)
  if order then
    set_status(call, order, "0", {comment = ""})
    call.shop.orders.list[tonumber(order.row:get("order_id"))] = nil
    call.json:set("success", DONE)
  end
end

routes["order/info"] = function(call)
  local order = wanted(call)
  if order then
    call.json:set("order", order.row)
    call.json:set("success", DONE)
  end
end

-- Without a status the state becomes 0 and the answer is a success.
routes["order/history"] = function(call)
  local order = wanted(call)
  if order then
    local status = status_of(call, "0")
    local notify = php.truthy(call.post:get("notify"))
    send_mail(call, order, status, notify)
    set_status(call, order, status, {
      comment = call:scalar(call.post:get("comment") or ""), notify = notify,
    })
    call.json:set("success", DONE)
  end
end

-- }======

return routes
