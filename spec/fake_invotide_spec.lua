-- Invotide's part of the fake: the recorded exchanges, the minefield.
-- Covers: shopwire/fake/invotide.lua shopwire/fake/invotide/basket.lua
-- shopwire/fake/invotide/cart.lua shopwire/fake/invotide/catalog.lua
-- shopwire/fake/invotide/checkout.lua shopwire/fake/invotide/listed.lua
-- shopwire/fake/invotide/orders.lua shopwire/fake/invotide/pages.lua
-- shopwire/fake/invotide/session.lua shopwire/fake/invotide/totals.lua

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local form = require "shopwire.fake.form"
local process = require "spec.support.process"
local replay = require "spec.support.invotide_replay"

local FORM = "application/x-www-form-urlencoded"

local function encode(fields)
  if type(fields) ~= "table" then
    return fields or ""
  end
  return form.encode(fields)
end

describe("the recorded exchanges", function()
  it("come out of the fake as they came out of the shop", function()
    local player = replay.player()
    local counts = {compared = 0, same = 0, whole = 0, whole_same = 0,
      text = 0}
    local wrong = {}
    for _, one in ipairs(replay.read()) do
      local reply, whole = player:play(one)
      local recorded = one.response
      local same = recorded.status == reply.status
        and replay.shape(recorded.body) == replay.shape(reply.body)
        and replay.kind(recorded.headers) == replay.kind(reply.headers)
      counts.compared = counts.compared + 1
      counts.whole = counts.whole + (whole and 1 or 0)
      if same then
        counts.same = counts.same + 1
        counts.whole_same = counts.whole_same + (whole and 1 or 0)
      else
        wrong[#wrong + 1] = string.format("%d %s: %d %s", one.id, one.case,
          reply.status, reply.body)
      end
      if replay.bare(recorded.body) == replay.bare(reply.body) then
        counts.text = counts.text + 1
      end
    end
    print(string.format("\nrecorded exchanges: %d of %d whose earlier calls"
      .. " are in the file; %d of %d with supplied calls; %d to the letter;"
      .. " 0 left out", counts.whole_same, counts.whole, counts.same,
      counts.compared, counts.text))
    assert.same({}, wrong)
    assert.equal(242, counts.compared)
    assert.is_true(counts.whole >= 70)
    assert.is_true(counts.text >= 225)
  end)
end)

describe("the minefield", function()
  local shop, now, token

  local function raw(route, fields, headers, more)
    local request = {method = "POST", path = "/index.php", query = "route=api/"
      .. route, headers = {["content-type"] = FORM}, body = encode(fields)}
    for name, value in pairs(headers or {}) do
      request.headers[name] = value
    end
    for name, value in pairs(more or {}) do
      request[name] = value
    end
    return shop:handle(request)
  end

  local function call(route, fields, headers)
    local reply = raw(route .. "&api_token=" .. token, fields, headers)
    return core.json_decode(reply.body), reply
  end

  local function login()
    return core.json_decode(raw("login",
      {key = shop.keys.shop_key}).body).api_token
  end

  local denied = "Warning: You do not have permission to access the API!"
  local person = {firstname = "Dear", lastname = "Customer",
    email = "customer@example.com", telephone = "12345"}
  local place = {firstname = "Dear", lastname = "Customer",
    address_1 = "Somewhere 1", city = "Bonn", country_id = "176",
    zone_id = "2743"}

  local function fill()
    call("cart/add", {product_id = "40", quantity = "2"})
    call("customer", person)
    call("payment/address", place)
    call("shipping/address", place)
    call "payment/methods"
    call "shipping/methods"
    call("payment/method", {payment_method = "cod"})
    return call("shipping/method", {shipping_method = "flat.flat"})
  end

  local function pieces()
    local count = 0
    for _, line in ipairs(call("cart/products").products) do
      count = count + tonumber(line.quantity)
    end
    return count
  end

  local function control(path, fields)
    local reply = shop:handle {method = fields and "POST" or "GET",
      path = "/_sandbox/" .. path, query = "",
      headers = {["content-type"] = FORM}, body = encode(fields)}
    return core.json_decode(reply.body), reply.status
  end

  before_each(function()
    now = 1795294738
    local function clock()
      return now
    end
    shop = fake.new {seed = 4, clock = clock, now = clock}
    token = login()
  end)

  it("is found by any spelling of its route", function()
    for _, request in ipairs {{path = "/"}, {path = "/index.php"}} do
      for _, route in ipairs {"api/reward/maximum", "api%2Freward%2Fmaximum"}
      do
        request.method, request.headers = "GET", {}
        request.query = "route=" .. route .. "&api_token=" .. token
        assert.equal('{"maximum":0}', shop:handle(request).body)
      end
    end
    assert.equal(404, raw("Login").status)
    assert.equal(404, raw("reward/avaliable").status)
    assert.equal(404, raw("cart").status)
    assert.equal(404, shop:handle({method = "GET", path = "/", query = "",
      headers = {}}).status)
  end)

  it("has cookies: a session at login only, language and currency", function()
    local function cookies(reply)
      local found = {}
      for _, pair in ipairs(reply.headers) do
        local name, value = pair[2]:match("^(%w+)=([^;]+)")
        found[name] = value
      end
      return found
    end
    local found = cookies(raw("login", {key = shop.keys.shop_key}))
    assert.equal(26, #found.OCSESSID)
    assert.equal("USD", found.currency)
    assert.equal("en-gb", found.language)
    local _, reply = call "reward/maximum"
    assert.is_nil(cookies(reply).OCSESSID)
    assert.is_nil(cookies(raw("login&api_token=",
      {key = shop.keys.shop_key})).OCSESSID)
    -- a jar's currency becomes that of a fresh session
    token = login()
    call("cart/add", {product_id = "40"}, {cookie = "currency=EUR"})
    assert.matches("\226\130\172$", call("cart/products").products[1].price)
  end)

  it("has a route for every row of the client, and the reverse", function()
    local seen = {}
    for _, row in ipairs(core.rows "invotide") do
      seen[row.path:match("^[^&]+")] = true
      assert.is_true(shop.names[row.path:match("^[^&]+")], row.path)
    end
    for name in pairs(shop.names) do
      assert.is_true(seen[name] or not name:find("^api/"), name)
    end
  end)

  it("speaks the session's language", function()
    token = nil
    local function texts(headers)
      local reply = raw("login", {key = shop.keys.shop_key}, headers)
      token = core.json_decode(reply.body).api_token
      return core.json_decode(reply.body).success
    end
    assert.matches("^Success", texts())
    assert.matches("^Success", texts {["accept-language"] = "de,fr;q=0.5"})
    local other = texts {["accept-language"] = "de,ru;q=0.5"}
    assert.is_nil(other:find("%w"))
    assert.equal(other, texts {cookie = "language=ru-ru"})
    local answer = call("customer", {}, {cookie = "language=ru-ru"})
    assert.is_nil(answer.error.email:find("%w"))
    -- the session keeps it
    assert.is_nil(call("customer", {}).error.email:find("%w"))
  end)

  it("takes a small currency and forgets it", function()
    assert.is_string(call("currency", {currency = "eur"}).success)
    call("cart/add", {product_id = "40"})
    assert.equal("$123.20", call("cart/products").products[1].price)
  end)

  it("knows its caller by the text of the address", function()
    local function enter(remote)
      return core.json_decode(raw("login", {key = shop.keys.shop_key}, nil,
        {remote = remote}).body)
    end
    assert.is_string(enter("127.0.0.1").api_token)
    assert.is_string(enter("::1").error.ip)
    control("shop", {ips = "10.0.0.1, ::1"})
    assert.is_string(enter("::1").api_token)
    assert.equal(denied, call("reward/maximum").error)
  end)

  it("puts notices ahead of the JSON unless told not to", function()
    local reply = raw("currency&api_token=" .. token, "")
    assert.matches('^<b>Warning</b>: Undefined array key "currency" in .-{"',
      reply.body)
    control("shop", {php_noise = "off"})
    assert.matches("^{", raw("currency&api_token=" .. token, "").body)
    control("shop", {php_noise = "on"})
    assert.matches("^<b>Warning</b>.-</b>{",
      raw("reward/maximum&api_token=" .. token, "").body)
    assert.matches("^{", raw("reward/maximum&api_token=" .. token, "",
      {["x-sandbox-fault"] = "php_noise=off"}).body)
  end)

  it("dies of arrays where text belongs", function()
    fill()
    for route, body in pairs {
      currency = "currency[]=USD", coupon = "coupon[]=2222",
      voucher = "voucher[]=1", customer = "firstname[]=a",
      ["payment/method"] = "payment_method[]=cod",
      ["cart/add"] = "product_id=40&option=x", login = "key[]=1",
    } do
      local reply = raw(route .. "&api_token=" .. token, body)
      assert.equal(500, reply.status, route)
      assert.equal("", reply.body)
      fill()
    end
  end)

  it("drops what was set when a call fails", function()
    fill()
    call("coupon", {coupon = "2222"})
    call("coupon", {coupon = "nope"})
    assert.is_nil(core.json_encode(call("cart/products").totals)
      :find("Coupon", 1, true))
    call("customer", {firstname = ""})
    assert.equal("Warning: Customer details needs to be set!",
      call("order/add").error)
    call("payment/address", {})
    assert.equal("Warning: Payment address required!",
      call("payment/methods").error)
  end)

  it("tells the last of the checks that fail", function()
    assert.matches("Products marked", call("order/add").error)
    call("cart/add", {product_id = "40"})
    assert.equal("Warning: Shipping method required!",
      call("order/add").error)
    call("cart/add", {["product[0][product_id]"] = "42",
      ["product[0][quantity]"] = "1"})
    assert.matches("Minimum order amount", call("order/add").error)
  end)

  it("empties the cart by an order, keeps its vouchers", function()
    fill()
    call("voucher/add", {from_name = "a", from_email = "a@example.com",
      to_name = "b", to_email = "b@example.com", amount = "10"})
    call "payment/methods"
    call "shipping/methods"
    local answer = call("order/add", {payment_method = "cod",
      shipping_method = "flat.flat", comment = "at the door"})
    assert.equal(1, answer.order_id)
    local seen = call "cart/products"
    assert.same({0, 1}, {#seen.products, #seen.vouchers})
    assert.equal(2, call("order/add").order_id)
    local count = 0
    for _ in pairs(call("order/info&order_id=1").order) do
      count = count + 1
    end
    assert.equal(65, count)
  end)

  it("hides an order by a history without a status, and restocks", function()
    local stock = shop.invotide.products["40"].quantity
    fill()
    call "order/add"
    assert.equal(stock - 2, shop.invotide.products["40"].quantity)
    assert.is_string(call("order/history&order_id=1", {comment = "x"})
      .success)
    assert.equal("0",
      call("order/info&order_id=1").order.order_status_id)
    assert.equal(stock, shop.invotide.products["40"].quantity)
    assert.equal(2, #control("orders").orders[1].histories)
  end)

  it("spends gift vouchers, coupons and points with the order", function()
    call("customer", {firstname = "R", lastname = "R", telephone = "123",
      email = "rita@example.com", customer_id = "1"})
    call("cart/add", {product_id = "28", quantity = "2"})
    call("reward", {reward = "200"})
    call("payment/address", place)
    call("shipping/address", place)
    call("coupon", {coupon = "once"})
    call("voucher", {voucher = "VOU-7271"})
    call "payment/methods"
    call "shipping/methods"
    assert.equal(1, call("order/add", {payment_method = "cod",
      shipping_method = "flat.flat"}).order_id)
    assert.equal("300", call("reward/available").points)
    assert.is_string(call("voucher", {voucher = "VOU-7271"}).error)
    assert.is_string(call("coupon", {coupon = "once"}).error)
    assert.is_string(call("order/delete&order_id=1").success)
    assert.equal("500", call("reward/available").points)
    assert.is_string(call("voucher", {voucher = "VOU-7271"}).success)
  end)

  describe("of time", function()
    it("ends a session after 24 idle minutes for good", function()
      now = now + 1400
      assert.is_nil(call("reward/maximum").error)
      now = now + 1500
      assert.equal(denied, call("reward/maximum").error)
      assert.equal(denied, call("reward/maximum").error)
      assert.equal("[]", select(2, call("shipping/address", place)).body)
    end)

    it("lets cart lines die after an hour in a busy session", function()
      call("cart/add", {product_id = "40"})
      for _ = 1, 4 do
        now = now + 900
        assert.equal(1, pieces())
      end
      now = now + 1
      assert.equal(0, pieces())
      assert.equal(0, call("reward/maximum").maximum)
    end)

    it("is advanced by whole seconds, by some 30 years at most", function()
      for _, bad in ipairs {"1e400", "-1", "1.5", "x", "1000000001"} do
        local answer = control("shop", {advance = bad, maintenance = "on"})
        assert.truthy(answer.message.shop[1]:find("whole seconds", 1, true))
      end
      control("shop", {advance = "600000000"})
      assert.truthy(control("shop", {advance = "600000000"}).message)
      assert.equal(600000000, shop.invotide.shift)
      assert.equal("off", shop.invotide.settings.maintenance)
      assert.truthy(control("shop", {ips = "no such place"}).message)
      assert.truthy(control("shop", {}).message)
    end)

    it("is the owner's to advance", function()
      control("shop", {advance = "3700"})
      assert.equal(denied, call("reward/maximum").error)
    end)

    it("can be ended by a fault", function()
      for _, what in ipairs {"session", "token"} do
        token = login()
        assert.equal(denied, call("reward/maximum", nil,
          {["x-sandbox-fault"] = "expire=" .. what}).error)
        assert.equal(denied, call("reward/maximum").error)
      end
      token = login()
      call("cart/add", {product_id = "40"})
      call("reward/maximum", nil, {["x-sandbox-fault"] = "expire=cart"})
      assert.equal(0, pieces())
    end)
  end)

  describe("of calls side by side", function()
    local slow = {["x-sandbox-fault"] = "delay=2"}

    it("loses what was set while an older call was on its way", function()
      local _, reply = call("cart/products", nil, slow)
      assert.equal(2, reply.fault.delay)
      assert.is_string(call("customer", person).success)
      now = now + 3
      fill()
      call("customer", {})
      call("reward/maximum", nil, slow)
      call("customer", person)
      now = now + 3
      assert.equal("Warning: Customer details needs to be set!",
        call("order/add").error)
    end)

    it("makes two lines of one, and counts pieces twice then", function()
      call("cart/add", {product_id = "40"}, slow)
      call("cart/add", {product_id = "40"}, slow)
      now = now + 3
      assert.equal(2, #call("cart/products").products)
      call("cart/add", {product_id = "40"})
      assert.equal(4, pieces())
    end)

    it("keeps cart lines, which are rows of their own", function()
      call("cart/products", nil, slow)
      call("cart/add", {product_id = "40"})
      now = now + 3
      assert.equal(1, pieces())
    end)

    it("orders twice when order/add is repeated while it runs", function()
      fill()
      call("order/add", nil, slow)
      local seen = call("order/info&order_id=1").order
      assert.equal("0", seen.order_status_id)
      assert.equal(2, call("order/add").order_id)
      now = now + 3
      assert.equal("1",
        call("order/info&order_id=1").order.order_status_id)
      assert.matches("Products marked", call("order/add").error)
    end)

    it("is over at once where nobody waits", function()
      shop = fake.new {seed = 4}
      token = login()
      fill()
      assert.equal(1, call("order/add", nil, slow).order_id)
      assert.matches("Products marked", call("order/add").error)
    end)
  end)

  describe("of broken machinery", function()
    it("keeps an order at status 0 when the mail server refuses", function()
      fill()
      control("shop", {smtp = "refused"})
      local _, reply = call "order/add"
      assert.equal(500, reply.status)
      assert.matches("^<b>Warning</b>: fsockopen", reply.body)
      assert.equal("0",
        call("order/info&order_id=1").order.order_status_id)
      assert.equal(2, pieces())
      control("shop", {smtp = "ok"})
      assert.equal(2, call("order/add").order_id)
      _, reply = call("order/history&order_id=2", {order_status_id = "2",
        notify = "1"}, {["x-sandbox-fault"] = "smtp=refused"})
      assert.equal(500, reply.status)
      assert.equal("1",
        call("order/info&order_id=2").order.order_status_id)
    end)

    it("waits long for a silent mail server", function()
      fill()
      local _, reply = call("order/add", nil,
        {["x-sandbox-fault"] = "smtp=silent"})
      assert.equal(10, reply.fault.delay)
      now = now + 11
      assert.equal(0, pieces())
    end)

    it("has no database, is being repaired, dies", function()
      local function faulty(text)
        local _, reply = call("cart/add", {product_id = "40"},
          {["x-sandbox-fault"] = text})
        return reply
      end
      local reply = faulty "database=down"
      assert.same({500, ""}, {reply.status, reply.body})
      reply = faulty "maintenance"
      assert.equal(503, reply.status)
      assert.matches("^<!DOCTYPE html>", reply.body)
      reply = faulty "fatal"
      assert.same({500, ""}, {reply.status, reply.body})
      assert.equal(0, pieces())
      assert.equal(500, faulty("fatal; after").status)
      assert.equal(1, pieces())
      assert.equal(502, faulty("status=502").status)
      assert.is_true(faulty("reset=after").fault.reset)
      assert.equal(2, pieces())
      assert.equal(400, faulty("smtp=tired").status)
    end)

    it("shows a fatal error where the output is not buffered", function()
      control("shop", {buffer = "off"})
      local _, reply = call("currency", "currency[]=1")
      assert.equal(200, reply.status)
      assert.matches("Fatal error", reply.body)
      assert.matches("^text/html", reply.headers["Content-Type"])
    end)

    it("loses a session that outgrows its column", function()
      local fields = {}
      for i = 0, 99 do
        for _, name in ipairs {"code", "from_name", "from_email", "to_name",
          "to_email", "voucher_theme_id", "message", "amount"} do
          fields["voucher[" .. i .. "][" .. name .. "]"] =
            name == "message" and ("m"):rep(600)
            or name == "amount" and "1" or "c" .. i
        end
      end
      assert.is_string(call("voucher/add", fields).success)
      assert.equal(denied, call("reward/maximum").error)
    end)
  end)

  describe("as the sandbox's owner sees it", function()
    it("is counted by route, without tokens", function()
      call("cart/add", {product_id = "40"})
      raw("nonsense")
      local log = control "log"
      assert.equal(1, log.counts["api/cart/add"])
      assert.equal(1, log.counts.none)
      assert.is_nil(core.json_encode(log):find(token, 1, true))
    end)

    it("has faults that wait for a route", function()
      assert.is_true(control("fault", {row = "api/order/add",
        status = "502"}).success)
      fill()
      assert.equal(502, select(2, call "order/add").status)
      assert.equal(1, call("order/add").order_id)
      assert.equal(400, select(2, control("fault", {row = "api/none"})))
      for _, row in ipairs {"order.add", "cart.replace"} do -- a call's name
        assert.is_true(control("fault", {row = row, status = "502"}).success)
      end
      assert.equal(502, select(2, call "order/add").status)
      assert.equal(502, select(2, call "cart/add").status)
      for _, row in ipairs {"order.none", "api/none"} do
        local _, status = control("fault", {row = row, status = "502"})
        assert.equal(400, status)
      end
    end)

    it("refuses settings that it does not have", function()
      assert.equal(400, select(2, control("shop", {smtp = "tired"})))
      assert.equal(400, select(2, control("shop", {colour = "red"})))
    end)

    it("forgets all but the key", function()
      fill()
      call "order/add"
      local key = shop.keys.shop_key
      control("reset", {})
      assert.equal(key, shop.keys.shop_key)
      assert.equal(denied, call("reward/maximum").error)
      assert.same({}, control("orders").orders)
    end)
  end)
end)

describe("the shop behind the real server", function()
  local box

  setup(function()
    box = process.sandbox()
  end)

  teardown(function()
    box.stop()
  end)

  local function curl(route, arguments)
    return process.run("curl -s --max-time 20 "
      .. process.quote(box.shop_url .. "/index.php?route=api/" .. route) .. " "
      .. (arguments or ""), 25)
  end

  local function login()
    local text = curl("login", "-d username=" .. box.shop_username
      .. " -d key=" .. box.shop_key)
    return "&api_token=" .. core.json_decode(text).api_token
  end

  local function order_count()
    return #core.json_decode(process.run("curl -s --max-time 20 "
      .. box.shop_url .. "/_sandbox/orders", 25)).orders
  end

  it("sells", function()
    local token = login()
    assert.matches("success", curl("cart/add" .. token,
      "-d product_id=30 -d 'option[226]=15'"))
    assert.matches('"value":"Red"', curl("cart/products" .. token))
    assert.matches("Set%-Cookie: currency=USD; Max%-Age=2592000; path=/",
      curl("currency" .. token, "-i -d currency=USD"))
    assert.matches("api_token", curl("login", "-F key=" .. box.shop_key))
  end)

  it("lets calls overlap", function()
    local token = login()
    local person = "-d firstname=a -d lastname=b -d email=a@example.com"
      .. " -d telephone=12345"
    -- the slow read starts first and ends last
    local slow = process.start("curl -s --max-time 60"
      .. " -H 'X-Sandbox-Fault: delay=4' "
      .. process.quote(box.shop_url .. "/index.php?route=api/reward/maximum"
      .. token))
    assert.truthy(process.wait(function()
      local log = process.run("curl -s " .. box.shop_url .. "/_sandbox/log")
      return core.json_decode(log).counts["api/reward/maximum"]
    end, 30))
    curl("customer" .. token, person)
    assert.equal(0, slow:wait())
    slow:stop()
    curl("payment/address" .. token, "-d firstname=a -d lastname=b"
      .. " -d address_1=abc -d city=abc -d country_id=176 -d zone_id=0")
    curl("voucher/add" .. token, "-d from_name=a -d from_email=a@example.com"
      .. " -d to_name=b -d to_email=b@example.com -d amount=10")
    curl("payment/methods" .. token)
    curl("payment/method" .. token, "-d payment_method=bank_transfer")
    assert.matches("Customer details", curl("order/add" .. token))
    curl("customer" .. token, person)
    -- the client leaves, the shop goes on
    curl("order/add" .. token, "-d payment_method=bank_transfer -m 1"
      .. " -H 'X-Sandbox-Fault: delay=3'")
    assert.equal(1, order_count())
    local settled = process.wait(function()
      return curl("order/info&order_id=1" .. token)
        :find('"order_status_id":"1"', 1, true)
    end)
    assert.truthy(settled)
  end)
end)
