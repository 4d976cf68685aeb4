-- Invotide's rows through the real client path: what goes on the wire, what
-- is refused before it, and every recorded reply of a real shop as canned
-- bytes. For lnested.c, lroute.c, lsent.c and lsession.c.
-- Must not know: how a session is led.
local core = require "shopwire.core"

local TRANSCRIPTS = "spec/wire/invotide-transcripts.jsonl"
local TOKEN = "b0c1d2e3f4a5b6c7d8e9f0a1b2"

local rows, by_route = {}, {}
for _, row in ipairs(core.rows "invotide") do
  rows[row.full_name] = row
  local route = row.path:match("^[^&]+")
  by_route[route] = by_route[route] or row.full_name
end

local function open(options)
  local given = { endpoint = "http://127.0.0.1:1/shop/", key = "K3yK3yK3y" }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  local view = core.view("invotide", given)
  view:set_secret("api_token", TOKEN)
  return view
end

local view = open()

local function build(name, ...)
  return core.request(view, 2, rows[name].id, false, ...)
end

local function sent(name, ...)
  local _, url, headers, body = build(name, ...):export()
  return body:gsub("%%5B", "["):gsub("%%5D", "]"), url, headers
end

local function refused(name, ...)
  local ok, why = pcall(core.request, view, 2, rows[name].id, false, ...)
  assert.is_false(ok)
  return why
end

local function land(request, body, status, head)
  request:accept(status or 200, head or "HTTP/1.1 200 OK\r\n", body)
  return request:outcome()
end

local address = { firstname = "A", lastname = "B", address_1 = "Road 1",
  city = "Town", country_id = 176, zone_id = 0 }
local entry = { code = "C", from_name = "a", from_email = "a@x.org",
  to_name = "b", to_email = "b@x.org", voucher_theme_id = 8, message = "",
  amount = "12.50" }

-- Arguments with which each row can be built.
local sample = {
  ["currency.set"] = { "USD" },
  ["customer.set"] = { { firstname = "A", lastname = "B",
    email = "a@x.org", telephone = "123" } },
  ["cart.add"] = { { product_id = 40 } },
  ["cart.replace"] = { { { product_id = 40 } } },
  ["cart.edit"] = { { key = 1, quantity = 2 } },
  ["cart.remove"] = { 1 }, ["coupon.apply"] = { "2222" },
  ["voucher.apply"] = { "V" },
  ["voucher.add"] = { { from_name = "a", from_email = "a@x.org",
    to_name = "b", to_email = "b@x.org", amount = 10 } },
  ["voucher.replace"] = { { entry } }, ["reward.apply"] = { 5 },
  ["shipping.address"] = { address }, ["payment.address"] = { address },
  ["shipping.method"] = { "flat.flat" }, ["payment.method"] = { "cod" },
  ["order.edit"] = { 4 }, ["order.delete"] = { 4 }, ["order.info"] = { 4 },
  ["order.history"] = { 4, { order_status_id = 2 } },
}

local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore

local function request_for(name)
  return build(name, unpack(sample[name] or {}))
end

local function without(fields, name, value)
  local copy = {}
  for key, old in pairs(fields) do
    copy[key] = old
  end
  copy[name] = value
  return copy
end

describe("a call of a session on the wire", function()
  it("has route, token and store in the address", function()
    local _, url = sent("cart.products")
    assert.equal("http://127.0.0.1:1/shop/index.php?route=api/cart/products"
      .. "&api_token=" .. TOKEN, url)
    local store = open { store_id = 3 }
    _, url = core.request(store, 2, rows["order.info"].id, false, 7):export()
    assert.equal("http://127.0.0.1:1/shop/index.php?route=api/order/info"
      .. "&order_id=7&api_token=" .. TOKEN .. "&store_id=3", url)
  end)

  it("logs in with an empty token, user name and key", function()
    local body, url = sent("login")
    assert.equal("username=Default&key=K3yK3yK3y", body)
    assert.truthy(url:find("route=api/login&api_token=$"))
  end)

  it("writes options, lists and custom fields in brackets", function()
    assert.equal("product_id=42&quantity=2&option[208]=a+%26+b"
      .. "&option[223][]=8&option[223][]=9&option[226]=15",
      (sent("cart.add", { product_id = "42", quantity = 2, option = {
        [226] = 15, [223] = { 8, 9 }, ["208"] = "a & b" } })))
    assert.equal("product[0][product_id]=40&product[0][quantity]=1"
      .. "&product[1][product_id]=30&product[1][quantity]=2"
      .. "&product[1][option][226]=15&product[1][option][227][]=1",
      (sent("cart.replace", { { product_id = 40 }, { product_id = 30,
        quantity = 2, option = { [226] = "15", [227] = { 1 } } } })))
    assert.truthy(sent("voucher.replace", { entry }):find(
      "voucher[0][code]=C&voucher[0][from_name]=a", 1, true))
    assert.truthy(sent("payment.address", without(address, "custom_field",
      { [1] = "x", [3] = { 1, 2 }, [4] = "" })):find(
      "&custom_field[1]=x&custom_field[3][]=1&custom_field[3][]=2"
      .. "&custom_field[4]=", 1, true))
  end)

  it("writes booleans as 1 and 0", function()
    assert.equal("order_status_id=2&notify=1&override=0",
      (sent("order.history", 1, { order_status_id = 2, notify = true,
        override = false })))
  end)

  it("gives order/add 60 seconds and its own connection", function()
    assert.is_true(rows["order.add"].slow)
    assert.is_true(rows["order.edit"].slow)
    assert.equal("once", rows["order.add"].retry)
    assert.equal("idempotent", rows["cart.replace"].retry)
  end)

  it("shows neither token, cookie nor key when explained", function()
    local other = open { store_id = 1 }
    other:set_secret("cookie", "OCSESSID=c00k1e")
    for name, row in pairs(rows) do
      local line = core.request(other, 2, row.id, true,
        unpack(sample[name] or {})):explain()
      assert.is_nil(line:find(TOKEN, 1, true), name)
      assert.is_nil(line:find("c00k1e", 1, true), name)
      assert.is_nil(line:find("K3yK3yK3y", 1, true), name)
      assert.truthy(line:find("secret", 1, true), name)
    end
  end)

  it("is renewed with another token and cookie", function()
    local other = open()
    local request = core.request(other, 2, rows["cart.add"].id, false,
      { product_id = 40 })
    other:set_secret("api_token", "n3wt0ken")
    other:set_secret("cookie", "a=b")
    local _, url, headers, body = request:renew(other):export()
    assert.truthy(url:find("&api_token=n3wt0ken$"))
    assert.same({ "Cookie: a=b",
      "Content-Type: application/x-www-form-urlencoded" }, headers)
    assert.equal("product_id=40&quantity=1", body)
    other:set_secret("cookie", nil)
    assert.equal(1, #select(3, request:renew(other):export()))
  end)

  it("goes to any route, with nested fields and a query", function()
    local request = core.route_request(view, 2, "api/any/route", false,
      { a = { [7] = { "x" } }, b = true }, nil, { order_id = 3 })
    local _, url, _, body = request:export()
    assert.truthy(url:find("route=api/any/route&api_token=" .. TOKEN
      .. "&order_id=3", 1, true))
    local pairs_of = {}
    for pair in body:gmatch("[^&]+") do
      pairs_of[pair] = true
    end
    assert.same({ ["a%5B7%5D%5B1%5D=x"] = true, ["b=1"] = true }, pairs_of)
    assert.equal("once", select(2, request:state()))
    for _, bad in ipairs { "", "/api/x", "api/x?y", "api/x&y=1", "a//b",
      "http://x" } do
      assert.is_false(pcall(core.route_request, view, 2, bad, false), bad)
    end
    assert.is_false(pcall(core.route_request, view, 2, "api/x", false, nil,
      nil, { api_token = "x" }))
  end)
end)

describe("what a shop would take wrongly is refused", function()
  local function says(part, name, ...)
    local why = refused(name, ...)
    assert.truthy(why:find(part, 1, true), why)
  end

  it("with the published document's typo named", function()
    says("did you mean quantity?", "cart.edit", { key = 1, quantuty = 2 })
    says("quantity is missing", "cart.edit", { key = 1 })
    says("product[2]: quantuty is not a field", "cart.replace",
      { { product_id = 1 }, { product_id = 2, quantuty = 3 } })
    says("order_status_id is missing", "order.history", 4, { comment = "x" })
    assert.equal("available", core.suggest("avaliable", { "available" }))
  end)

  it("when it is past what PHP keeps", function()
    local lines = {}
    for i = 1, 500 do
      lines[i] = { product_id = i }
    end
    assert.equal(1000, select(2, sent("cart.replace", lines):gsub("=", "")))
    lines[501] = { product_id = 501 }
    says("1002 form fields", "cart.replace", lines)
    local vouchers = {}
    for i = 1, 50 do
      vouchers[i] = without(entry, "message", ("\195\164"):rep(300))
    end
    says("destroys one that grows past 65535 bytes: send less in one call",
      "voucher.replace", vouchers)
    assert.is_true(build("voucher.replace", { entry }):weight() > 300)
  end)

  it("when it is not what the database holds", function()
    local guest = sample["customer.set"][1]
    says("four bytes", "customer.set",
      without(guest, "firstname", "Zo \240\159\152\128"))
    says("not valid UTF-8", "customer.set",
      without(guest, "lastname", "Zo\235"))
    says("has 35 with HTML entities", "customer.set",
      without(guest, "firstname", "&&&&&&&"))
    assert.truthy(sent("customer.set", without(guest, "firstname",
      "&&&&&&")))
    says("four bytes", "cart.add", { product_id = 1,
      option = { [208] = "\240\159\152\128" } })
    says("capital letters", "currency.set", "eur")
    says("option[226] is empty or 0", "cart.add", { product_id = 1,
      option = { [226] = 0 } })
    says("numbers as keys", "cart.add", { product_id = 1,
      option = { size = 1 } })
    says("order_id must be a number", "order.info", "12abc")
    says("list of one entry", "voucher.replace", {})
  end)

  it("but a country's name goes out with a warning unless strict", function()
    local named = without(without(address, "country_id", "RUS"), "zone_id",
      "KGD")
    local request = build("shipping.address", named)
    land(request, '{"success":"ok"}')
    local warnings = request:meta().warnings
    assert.equal(2, #warnings)
    assert.truthy(warnings[1]:find("country_id is not a number", 1, true))
    local strict = open { strict = true }
    local ok, why = pcall(core.request, strict, 2,
      rows["shipping.address"].id, false, named)
    assert.is_false(ok)
    assert.truthy(why:find("country_id must be the number", 1, true))
    assert.truthy(core.request(strict, 2, rows["shipping.address"].id, false,
      address))
  end)
end)

describe("slots of the rows", function()
  it("are named, each with the step that sets it", function()
    local names = {}
    for _, slot in ipairs(core.slots "invotide") do
      names[slot.name] = true
      assert.truthy(slot.step:find("session%.%a+:%a+"))
    end
    for name, row in pairs(rows) do
      for _, list in ipairs { "needs", "sets", "drops", "fails" } do
        for _, slot in ipairs(row[list] or error(name .. " has no slots")) do
          assert.is_true(names[slot], name)
        end
      end
    end
    assert.same({}, core.slots "instamojo")
    assert.same({ "ship_to", "ship_methods" }, rows["shipping.method"].needs)
    assert.same({ "account_empties_cart" }, rows["customer.set"].when)
    assert.same({ "bill_to", "pay_methods", "pay_method" },
      rows["payment.address"].fails)
  end)
end)

describe("an answer", function()
  it("is found behind a shop's warnings", function()
    local request = build("cart.add", { product_id = 1 })
    local result = land(request, '<b>Warning</b>: [] {"x"} ' .. TOKEN
      .. ' in <b>/x</b>\n{"success":"a &amp;amp; &quot;b&quot;"}')
    assert.same({ success = 'a &amp; "b"' }, result)
    local noise = request:meta().noise
    assert.truthy(noise:find("[secret]", 1, true))
    assert.is_nil(noise:find(TOKEN, 1, true))
  end)

  it("gives no token away in an error", function()
    for _, row in pairs(rows) do
      local _, err = land(request_for(row.full_name), TOKEN .. " K3yK3yK3y",
        403)
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find(TOKEN, 1, true))
        assert.is_nil(tostring(value):find("K3yK3yK3y", 1, true))
      end
    end
  end)

  it("that did not come makes the token suspect and is not repeated",
    function()
      for _, name in ipairs { "currency.set", "cart.products", "order.add" } do
        local request = request_for(name)
        request:reject("cut", true)
        local _, err, again = request:outcome()
        assert.equal("network", err.kind)
        assert.is_nil(again)
        assert.is_true(select(2, request:signs()))
        _, err, again = land(request, "<html>", 504)
        assert.equal("server", err.kind)
        assert.is_nil(again)
        assert.is_true(select(2, request:signs()))
        assert.equal(name == "order.add" or nil, err.ambiguous)
        request = request_for(name)
        request:reject("refused", false)
        _, _, again = request:outcome()
        assert.is_number(again)
        assert.is_false(select(2, request:signs()))
      end
    end)

  it("that did not come to a login is asked for again", function()
    local request = build("login")
    request:reject("cut", true)
    local _, _, again = request:outcome()
    assert.is_number(again)
    assert.is_false(select(2, request:signs()))
  end)

  it("keeps every cookie", function()
    local request = build("login")
    land(request, "[]", 200, "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; path=/\r\n"
      .. "set-cookie: b=2\r\n")
    assert.same({ "a=1; path=/", "b=2" }, request:set_cookies())
  end)

  it("moved elsewhere says what to set url to", function()
    local _, err = land(build("login"), "", 301, "HTTP/1.1 301 Moved\r\n"
      .. "Location: https://shop.example/s/index.php?route=api/login\r\n")
    assert.equal("protocol", err.kind)
    assert.equal("set url to https://shop.example/s/", err.hint)
  end)

  it("cut behind a warning is no answer", function()
    local _, err = land(request_for "cart.products",
      '<b>Warning</b>: x\n{"products":[],"vouchers":[]')
    assert.equal("protocol", err.kind)
  end)

  it("has decimals only where money can be read", function()
    local result = land(request_for "cart.products", '{"products":[{'
      .. '"price":"$61,600.00","total":"1.234","code":7},{'
      .. '"price":"96.66\\u20ac","total":"$-30.30"}],"vouchers":[],'
      .. '"totals":[{"text":"1.234,50 \\u20bd"}]}')
    local first, second = result.products[1], result.products[2]
    assert.equal("61600.00", first.price_decimal)
    assert.is_nil(first.total_decimal)
    assert.equal("7", first.code)
    assert.equal("96.66", second.price_decimal)
    assert.equal("-30.30", second.total_decimal)
    assert.equal("1234.50", result.totals[1].text_decimal)
  end)
end)

-- What the facts say of each recorded exchange that is no plain success.
local expected = {}
local function expect(kind, doubt, ids)
  for id in ids:gmatch("%d+") do
    expected[tonumber(id)] = { kind = kind, doubt = doubt }
  end
end
expect("auth", false, "37 39 40 41 45")
expect("forbidden", false, "42 43 335")
expect("session_lost", false,
  "53 54 55 60 65 66 72 76 78 79 89 95 298 301 332")
expect("invalid", true, "52 64 80 81 82 87 99 100 109 159 161 163 164 165 "
  .. "192 243 245 249 251 304 306 308 310")
expect("conflict", true, "29 67 68 74 86 91 96 97 207 220 223 229 230 234 "
  .. "237 240 256 257 259 263 264 268 269 270")
expect("not_found", true,
  "34 35 69 70 92 94 276 278 280 285 286 289 291")
expect("not_found", false, "118 119 246 292 293 294 296 318")
expect("invalid", false, "121 122 166 167 168 169 170 183 184 185 186 189 "
  .. "194 197 199 208 222 231 314 315")
expect("server", false, "162 221 313 316 322 336 340 341")
expect("protocol", false, "101")
local empty = { [61] = true, [84] = true, [224] = true } -- and in doubt
local nothing = { [225] = true, [226] = true }
local noisy = { [109] = 1, [139] = 1, [141] = 1, [150] = 1, [171] = 1,
  [179] = 1, [310] = 1, [311] = 1, [329] = 1 }
local fields = {
  [122] = "option[226]", [194] = "custom_field[1]",
  [197] = "custom_field[2]", [208] = "country_id", [222] = "zone_id",
  [183] = "email", [166] = "amount", [109] = "currency",
}

local function transcripts()
  local list = {}
  for line in io.lines(TRANSCRIPTS) do
    list[#list + 1] = assert(core.json_decode(line))
  end
  return list
end

-- The row that the exchange was recorded for, by its route and form.
local function request_of(exchange)
  local route = exchange.request.query.route
  local name = by_route[route]
  local form = core.json_encode(exchange.request.form)
  if route == "api/cart/add" and form:find('product[', 1, true) then
    name = "cart.replace"
  elseif route == "api/voucher/add" and form:find('voucher[', 1, true) then
    name = "voucher.replace"
  end
  return name and request_for(name)
    or core.route_request(view, 2, route, false), name
end

local function head_of(response)
  local lines = { "HTTP/1.1 " .. response.status .. " \r\n" }
  for _, header in ipairs(response.headers) do
    lines[#lines + 1] = header[1] .. ": " .. header[2] .. "\r\n"
  end
  return table.concat(lines)
end

local integers = { quantity = true, sort_order = true, reward = true,
  points = true, maximum = true, shipping = true, invoice_no = true }

-- No digits in text where ids, counts and flags are, no entity, maps that
-- are maps.
local function check_shape(value, path)
  if type(value) == "string" then
    assert.is_nil(value:find("&%a+;"), path)
    return
  elseif type(value) ~= "table" then
    return
  end
  for key, inner in pairs(value) do
    local where = path .. "." .. tostring(key)
    if type(key) == "string" and (key:find("_id$") or integers[key]) then
      -- a typed-in option has no value's id
      assert.equal(inner == "" and "string" or "number", type(inner), where)
    elseif key == "code" or key == "amount" or key == "cost" then
      assert.equal("string", type(inner), where)
    elseif type(key) == "string" and key:find("custom_field$") then
      assert.is_nil(getmetatable(inner), where)
    end
    check_shape(inner, where)
  end
end

local setters = { currency = true, customer = true, coupon = true,
  payment = true, shipping = true, cart = true, voucher = true,
  reward = true, order = true }

local function check_success(exchange, name, request, result)
  local id = exchange.id
  local doubt, suspect, no_goods = request:signs()
  assert.equal(empty[id] or false, doubt)
  assert.is_false(suspect)
  assert.equal(empty[id] or nothing[id] or false, no_goods)
  if name == "login" then
    assert.equal("[secret]", tostring(result))
    return
  end
  check_shape(result, name)
  if empty[id] or nothing[id] then
    assert.same({}, result)
    assert.is_nil(getmetatable(result))
    assert.is_true(request:meta().nothing_to_ship)
  elseif name == "cart.products" then
    assert.is_nil(result.error)
    assert.truthy(result.products and result.vouchers and result.totals)
    assert.is_string(result.totals[1].text_decimal)
    local complaint = exchange.response.body:find('^{"error"') ~= nil
    assert.equal(complaint, #request:meta().warnings > 0)
  elseif name == "order.info" then
    assert.equal("number", type(result.order_id))
    assert.is_string(result.total)
  elseif name == "order.add" then
    assert.is_string(result.success)
    assert.equal("number", type(result.order_id))
  elseif name:find("methods$") then
    assert.is_table(next(result) and select(2, next(result)))
  elseif name == "reward.maximum" then
    assert.equal("number", type(result.maximum))
  elseif name == "reward.available" then
    assert.equal(id == 21, result.points == nil)
  else
    assert.is_true(setters[rows[name].group])
    assert.is_string(result.success)
  end
end

local function check_failure(exchange, request, err, want)
  assert.equal(want.kind, err.kind)
  assert.equal(want.doubt, (request:signs()))
  assert.is_string(err.message)
  assert.is_true(#err.message > 0)
  assert.is_string(err.hint or (err.fields and "fields"))
  assert.is_nil(err.message:find("&%a+;"))
  local field = fields[exchange.id]
  if field then
    assert.is_table(err.fields and err.fields[field], field)
  end
  if exchange.id == 121 then
    assert.equal("Date & Time required!", err.fields["option[220]"][1])
  end
  local once = select(2, request:state()) == "once"
  local answered = want.kind ~= "server" and want.kind ~= "protocol"
  assert.equal(once and not answered or nil, err.ambiguous)
end

describe("every recorded reply of a real shop", function()
  local counts = { result = 0 }
  local list = transcripts()

  for _, exchange in ipairs(list) do
    it(exchange.id .. " " .. exchange.case, function()
      local request, name = request_of(exchange)
      local response = exchange.response
      local result, err = land(request, response.body or "", response.status,
        head_of(response))
      local want = expected[exchange.id]
      counts[want and want.kind or "result"] =
        (counts[want and want.kind or "result"] or 0) + 1
      if want then
        assert.is_nil(result)
        check_failure(exchange, request, err, want)
      else
        assert.is_nil(err and err.kind .. ": " .. tostring(err.message))
        check_success(exchange, name, request, result)
      end
      local noise = request:meta().noise
      assert.equal(noisy[exchange.id] ~= nil, noise ~= nil)
      assert.equal(err and noise, err and err.noise)
    end)
  end

  it("is there, all 242 of them", function()
    assert.equal(242, #list)
    local parts, total = {}, 0
    for kind, count in pairs(counts) do
      parts[#parts + 1] = count .. " " .. kind
      total = total + count
    end
    table.sort(parts)
    print(("# %d of %d replies replayed: %s"):format(total, #list,
      table.concat(parts, ", ")))
  end)
end)
