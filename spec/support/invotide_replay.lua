-- The recorded exchanges of spec/wire/invotide-transcripts.jsonl, played to a
-- fake. About a third of the recorded calls were left out of the file: what
-- they must have set is supplied here, by the number of the exchange before
-- which it has to be there.

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local form = require "shopwire.fake.form"

local replay = {}

local FILE = "spec/wire/invotide-transcripts.jsonl"
local FORM = "application/x-www-form-urlencoded"

function replay.read()
  local list = {}
  for line in io.lines(FILE) do
    list[#list + 1] = assert(core.json_decode(line))
  end
  return list
end

-- {====== what the file leaves out ======

local customer = {firstname = "Dear", lastname = "Customer",
  email = "customer@example.com", telephone = "+1 879 2548022"}
local address = {firstname = "Customer", lastname = "Dear",
  address_1 = "Somewhere 1", city = "Kaliningrad", country_id = "176",
  zone_id = "2743"}

local function with(fields, more)
  local result = {}
  for name, value in pairs(fields) do
    result[name] = value
  end
  for name, value in pairs(more) do
    result[name] = value
  end
  return result
end

local function add(product, quantity, more)
  return {"cart/add", with({product_id = product,
    quantity = quantity or "1"}, more or {})}
end

local guest = {"customer", customer}
local pay_to = {"payment/address", address}
local ship_to = {"shipping/address", address}
local pay_list, ship_list = {"payment/methods"}, {"shipping/methods"}
local pay_by = {"payment/method", {payment_method = "cod"}}
local ship_by = {"shipping/method", {shipping_method = "flat.flat"}}
local voucher = {from_name = "mystore Admin",
  from_email = "admin@example.com", to_name = "Dear Customer",
  to_email = "customer@example.com", amount = "100"}
local cinema = {
  ["option[217]"] = "4", ["option[218]"] = "6", ["option[223][]"] = "8",
  ["option[208]"] = "text value", ["option[209]"] = "area value",
  ["option[219]"] = "2026-12-01", ["option[220]"] = "2026-12-01 10:30",
  ["option[221]"] = "10:30", ["option[222]"] = "notarealupload"}

local function before_order(product, ...)
  return {add(product, ...), guest, pay_to, ship_to, pay_list, ship_list}
end

local function set(fields)
  return {"set", fields}
end

-- Calls by number; `set` is the owner's hand, not a call.
local supplied = {
  [30] = {pay_list, ship_list},
  [114] = {{"currency", {currency = "EUR"}}, add("40")},
  [115] = {{"currency", {currency = "GBP"}}},
  [129] = {add("40")},
  [135] = {add("40", "-1")},
  [160] = {add("40")},
  [161] = {{"cart/add", {["product[0][product_id]"] = "31",
    ["product[0][quantity]"] = "1"}}},
  [178] = {{"voucher/add", {["voucher[0][code]"] = "VOU-7177",
    ["voucher[0][from_name]"] = "mystore Admin",
    ["voucher[0][from_email]"] = "admin@example.com",
    ["voucher[0][to_name]"] = "Dear Customer",
    ["voucher[0][to_email]"] = "customer@example.com",
    ["voucher[0][amount]"] = "100", ["voucher[0][voucher_theme_id]"] = "8",
    ["voucher[0][message]"] = "m"}}},
  [180] = {{"currency", {currency = "EUR"}}},
  [197] = {{"customer", with(customer, {customer_group_id = "2",
    ["custom_field[1]"] = "DE123"})}},
  [200] = {add("40")},
  [202] = {{"customer", with(customer, {customer_id = "1"})}},
  [210] = {{"payment/address", with(address, {country_id = "RUS",
    zone_id = "KGD"})}},
  [218] = {{"payment/address", with(address, {country_id = "222",
    zone_id = "3563", postcode = "SW1A 1AA"})}, add("40")},
  [229] = {add("40")},
  [240] = {set {shipping = "off"}},
  [243] = {set {shipping = "on"}},
  [247] = {{"customer", with(customer, {customer_id = "1"})}},
  [248] = {add("28", "2")},
  [256] = {add("40")},
  [257] = {pay_to, ship_to, pay_list, ship_list, pay_by, ship_by},
  [259] = {guest, pay_list},
  [263] = {pay_list, pay_by, ship_list},
  [264] = {ship_to},
  [266] = {pay_list, ship_list},
  [269] = before_order("49"),
  [270] = before_order("42", "1", cinema),
  [271] = {add("40"), {"customer", with(customer, {
    firstname = 'A & "B" <c>',
    lastname = "Zo\195\171 \240\159\152\128 \208\152\208\187\209\140\208\184"
      .. "\208\189"})}, pay_to, ship_to, pay_list, ship_list, pay_by, ship_by,
    {"order/add"}},
  [272] = {add("50"), {"customer", with(customer, {customer_group_id = "2",
    ["custom_field[1]"] = "DE123", ["custom_field[3]"] = "1"})},
    {"payment/address", with(address, {["custom_field[2]"] = "AB1234"})},
    pay_list},
  [274] = {{"voucher/add", voucher}, guest, pay_to, pay_list},
  [288] = {{"order/history&order_id=4", {order_status_id = "2"}}},
  [298] = {set {advance = "3661"}},
  [300] = {add("40"), set {advance = "1300"}, {"reward/maximum"},
    set {advance = "1300"}, {"reward/maximum"}, set {advance = "1300"}},
  [301] = {set {ips = ""}},
  [304] = {set {ips = "127.0.0.1", php_noise = "off"}},
  [308] = {set {php_noise = "natural"}},
  [310] = {set {buffer = "off"}},
  [315] = {set {buffer = "on"}},
  [322] = {add("40"), guest, pay_to, ship_to, pay_list, ship_list, pay_by,
    ship_by, set {smtp = "refused"}},
  [327] = {set {smtp = "ok"}},
  [336] = {add("40"), guest, pay_to, ship_to, pay_list, ship_list, pay_by,
    ship_by, {"order/add"}, set {smtp = "refused"}},
  [340] = {set {database = "down"}},
  [343] = {set {database = "up", smtp = "ok"}},
}

-- }======

-- {====== one shop that plays ======

local player = {}
player.__index = player

function replay.player()
  local now = 1795294738
  local self = setmetatable({tokens = {}, keys = {}, orders = {}, clean = {}},
    player)
  self.fake = fake.new {
    seed = 3, origin = "http://127.0.0.1:8081",
    clock = function()
      now = now + 0.01
      return now
    end,
  }
  return self
end

local function swap_case(text)
  return (text:gsub("%a", function(char)
    return char:find("%l") and char:upper() or char:lower()
  end))
end

function player:ask(request)
  return self.fake:handle(request)
end

function player:call(route, token, fields)
  local query = "route=api/" .. route .. (token and "&api_token=" .. token
    or "")
  local reply = self:ask {
    method = "POST", path = "/index.php", query = query,
    headers = {["content-type"] = FORM}, body = form.encode(fields or {}),
  }
  return core.json_decode(reply.body) or {}, reply
end

function player:login()
  return self:call("login", nil,
    {key = self.fake.keys.shop_key}).api_token
end

-- Ids of the recorded shop in ours.
function player:token_of(token)
  if not token or #token ~= 26 or token:find("^0+$") then
    return token
  end
  if not self.tokens[token] then
    local settings = self.fake.invotide.settings
    local database = settings.database
    settings.database = "up"
    self.tokens[token] = self:login()
    settings.database = database
    self.clean[self.tokens[token]] = false
  end
  return self.tokens[token]
end

function player:supply(id, token)
  for _, entry in ipairs(supplied[id] or {}) do
    if entry[1] == "set" then
      assert(not self.fake.invotide:set(entry[2]))
    else
      local answer = self:call(entry[1], token, entry[2])
      assert(not answer.error, id .. ": " .. entry[1])
      self.last_order = answer.order_id or self.last_order
    end
  end
  if id == 336 then
    self.orders["15"] = string.format("%d", self.last_order)
  end
end

function player:value_of(name, value)
  if value == "<API KEY, 256 chars>" then
    return self.fake.keys.shop_key
  elseif value == "<API KEY with swapped case>" then
    return swap_case(self.fake.keys.shop_key)
  elseif name == "key" then
    return self.keys[value] or value
  end
  local hex = type(value) == "string" and value:match("^bytes:(%x+)$")
  if hex then
    return (hex:gsub("%x%x", function(byte)
      return string.char(tonumber(byte, 16))
    end))
  end
  return tostring(value)
end

local function bulk(count)
  local pairs_list = {}
  for i = 0, count - 1 do
    table.insert(pairs_list, {"product[" .. i .. "][product_id]", "40"})
    table.insert(pairs_list, {"product[" .. i .. "][quantity]", "1"})
  end
  return pairs_list
end

local function many_vouchers(fields)
  local pairs_list = {}
  for i = 0, 99 do
    for name, value in pairs(fields) do
      local last = name:match("^voucher%[0%](.*)$")
      if last then
        table.insert(pairs_list, {"voucher[" .. i .. "]" .. last,
          last == "[code]" and "C" .. i or value})
      end
    end
  end
  return pairs_list
end

local function form_pairs(one)
  local fields, list = one.request.form or {}, {}
  if one.id == 329 then
    return bulk(600)
  elseif one.id == 331 then
    return many_vouchers(fields)
  elseif type(fields[1]) == "table" then
    return fields
  end
  for name, value in pairs(fields) do
    list[#list + 1] = {name, value}
  end
  table.sort(list, function(a, b)
    return a[1] < b[1]
  end)
  return list
end

function player:body_of(one)
  if one.request.raw_body then
    return one.request.raw_body
  end
  local parts = {}
  for _, pair in ipairs(form_pairs(one)) do
    parts[#parts + 1] = form.escape(pair[1]) .. "="
      .. form.escape(self:value_of(pair[1], pair[2]))
  end
  return table.concat(parts, "&")
end

-- Cart keys and voucher codes of the recorded answer, by place and product.
function player:learn(recorded, answered)
  local theirs = core.json_decode(recorded or "")
  local ours = core.json_decode(answered)
  if type(theirs) ~= "table" or type(ours) ~= "table" then
    return
  end
  for i, line in ipairs(theirs.products or {}) do
    for _, own in ipairs(ours.products or {}) do
      if own.product_id == line.product_id and theirs.products[i] then
        self.keys[line.cart_id] = own.cart_id
      end
    end
  end
  for i, item in ipairs(theirs.vouchers or {}) do
    local own = (ours.vouchers or {})[i]
    self.keys[tostring(item.code)] = own and tostring(own.code)
  end
  if theirs.api_token then
    self.tokens[theirs.api_token] = ours.api_token
    self.clean[ours.api_token or ""] = true
  end
end

local function parts_of(body)
  local parts = {}
  for name, value in body:gmatch('name="([^"]*)"\r\n\r\n([^\r]*)\r\n') do
    parts[#parts + 1] = {name = name, value = value}
  end
  return parts
end

-- The recorded request in our shop's terms.
function player:request_of(one, token)
  local query, headers = {}, {["content-type"] = FORM}
  for name, value in pairs(one.request.query or {}) do
    value = tostring(value)
    if name == "order_id" then
      value = self.orders[value] or value
    end
    query[#query + 1] = name .. "="
      .. form.escape(name == "api_token" and token or value)
  end
  for name, value in pairs(one.request.headers or {}) do
    headers[name:lower()] = value:gsub("OCSESSID=(%x+)", function(id)
      return "OCSESSID=" .. (#id == 26 and self:token_of(id) or id)
    end)
  end
  local request = {
    method = one.request.method, path = one.request.path,
    query = table.concat(query, "&"), headers = headers,
    body = self:body_of(one), remote = one.id == 335 and "::1" or nil,
  }
  if (headers["content-type"] or ""):find("^multipart") then
    request.parts = parts_of(request.body:gsub("<API KEY, 256 chars>",
      self.fake.keys.shop_key))
  end
  return request
end

--- Plays one exchange; returns the reply and whether all that it builds on
--- is in the file.
function player:play(one)
  local token = self:token_of((one.request.query or {}).api_token)
  self:supply(one.id, token)
  if supplied[one.id] and token then
    self.clean[token] = false
  end
  local cookie = (one.request.headers or {}).Cookie
  local whole = self.clean[token or ""] ~= false
    and not supplied[one.id] and not (cookie or ""):find("%x%x%x%x")
  local reply = self:ask(self:request_of(one, token))
  self:learn(one.response.body, reply.body)
  return reply, whole
end

-- }======

-- {====== shapes ======

--- A body without its values: keys stay, text is `s`, numbers `n`, true and
--- false `b`. What stands before the JSON is `<noise>`.
function replay.shape(body)
  local at = body:find("[%[{]")
  if not at or not core.json_decode(body:sub(at)) then
    return body == "" and "empty" or "text"
  end
  local noise = at > 1 and "<noise>" or ""
  local text = body:sub(at):gsub('\\.', "?"):gsub('("[^"]*")(:?)',
    function(text, colon)
      return colon == ":" and "\1" .. text:sub(2, -2) .. "\2" or "\3"
    end)
  text = text:gsub("\1([^\2]*)\2", function(key)
    return "\4" .. key:gsub(".", function(char)
      return string.char(char:byte() % 128 + 128)
    end) .. ":"
  end)
  text = text:gsub("%-?%d[%d.eE+-]*", "n"):gsub("true", "b")
    :gsub("false", "b"):gsub("\3", "s"):gsub("\4", "")
  return noise .. text
end

--- A body without what differs from shop to shop: ids, tokens, times.
function replay.bare(body)
  return (body:gsub('"api_token":"%x+"', ""):gsub('"cart_id":"%d+"', "")
    :gsub('"code":%d+', ""):gsub("%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d", ""))
end

--- The kind of content that headers name, without its parameters.
function replay.kind(headers)
  for name, value in pairs(headers) do
    if type(value) == "table" then
      name, value = value[1], value[2]
    end
    if name:lower() == "content-type" then
      return value:match("^[^;]*")
    end
  end
  return nil
end

-- }======

return replay
