-- invotide.Session: its options, its login, its end, what it shows of itself.
-- Its calls run through lua/invotide/exchange.lua and lua/invotide/wire.lua.

local fake = require "shopwire.fake"
local invotide = require "invotide"
local shopwire = require "shopwire"
local till = require "spec.support.till"

local function raised(f)
  local ok, why = pcall(f)
  assert.is_false(ok)
  return tostring(why)
end

local function make(options)
  return raised(function()
    local session = invotide.Session(options)
    return session
  end)
end

describe("invotide.Session", function()
  it("refuses what is wrong, all at once, at the caller's line", function()
    local why = make { urll = "x", deadline = -1, store_id = "a" }
    assert.truthy(why:find("session_spec.lua", 1, true))
    assert.truthy(why:find("did you mean url?", 1, true))
    assert.truthy(why:find("deadline must be seconds", 1, true))
    assert.truthy(why:find("key is missing", 1, true))
    assert.truthy(why:find("url is missing", 1, true))
    assert.truthy(why:find("store_id must be", 1, true))
    assert.truthy(make("x"):find("one table", 1, true))
    assert.truthy(make { url = "ftp://a", key = "k" }:find("url"))
    assert.truthy(make { url = "https://a", key = "k",
      tls = { no = true } }:find("tls", 1, true))
  end)

  it("takes an address that ends in / or /index.php", function()
    for _, url in ipairs { "https://shop.example", "https://shop.example/",
      "https://shop.example/index.php" } do
      local session = invotide.Session { url = url, key = "k" }
      local line = session.cart:explain("products")
      assert.truthy(line:find("https://shop.example/index.php?route=",
        1, true), line)
    end
  end)

  it("warns of http once, in the log", function()
    local events = {}
    local function log(event)
      events[#events + 1] = event.event
    end
    local session = invotide.Session { url = "http://127.0.0.1:1", key = "k",
      log = log, retries = 0 }
    session.cart:products()
    assert.same({ "warning", "error" }, events)
    events = {}
    invotide.Session { url = "https://127.0.0.1:1", key = "k", log = log }
    assert.same({}, events)
  end)

  it("shows no secret", function()
    local box = fake.new {}
    local session = invotide.Session { fake = box }
    assert(session:login())
    assert.is_nil(tostring(session):find(box.keys.shop_key, 1, true))
    local line = session.order:explain("add", { comment = "x" },
      { reference = "r-1" })
    assert.truthy(line:find("r-1", 1, true))
    local token = box.log[1] and line:match("api_token=(%w+)")
    assert.is_nil(token and token:match("^%x+$"))
    assert.is_nil(line:find(box.keys.shop_key, 1, true))
  end)
end)

describe("a session", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  it("logs in at its first call, or when told", function()
    local session = shop:session()
    assert(session.currency:set "USD")
    assert.same({ "login", "currency" }, shop:routes())
    session = shop:session()
    assert.is_table(session:login())
    assert(session.currency:set "USD")
    assert.equal(2, shop:count "login")
  end)

  it("tells a wrong key and a wrong address apart", function()
    local result, err = shop:session { key = "wrong" }.cart:products()
    assert.is_nil(result)
    assert.equal("auth", err.kind)
    shop:set { ips = "10.9.8.7" }
    result, err = shop:session().cart:products()
    shop:set { ips = "127.0.0.1" }
    assert.is_nil(result)
    assert.equal("forbidden", err.kind)
    assert.truthy(err.hint:find("::1", 1, true))
  end)

  it("begins anew with login", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    assert(session:login())
    assert.equal(0, #assert(session.cart:products()).products)
  end)

  it("sends its cookies back, but language and currency", function()
    local box = fake.new {}
    local carry = require "shopwire.fake.transport"(box)
    local lines = {}
    local function transport(request)
      lines[#lines + 1] = request.headers.Cookie or "none"
      local reply = carry(request)
      reply.headers = { { "Set-Cookie", "node=" .. #lines .. "; path=/" },
        { "Set-Cookie", "currency=EUR; path=/" } }
      return reply
    end
    local function open(cookies)
      lines = {}
      return invotide.Session { url = "https://shop.example", cookies =
        cookies, key = box.keys.shop_key, transport = transport }
    end
    local session = open()
    assert(session.currency:set "EUR")
    assert(session.currency:set "EUR")
    assert.same({ "none", "node=1", "node=2" }, lines)
    assert(session:login())
    assert(session.currency:set "EUR")
    assert.same({ "none", "node=1", "node=2", "none", "node=4" }, lines)
    session = open(false)
    assert(session.currency:set "EUR")
    assert.same({ "none", "none" }, lines)
  end)

  it("makes any other call once, and cannot be built again", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    local answer = assert(session:request("api/cart/products", {}))
    assert.is_table(answer)
    assert(session.payment:method("none") == nil) -- unknown is not refused
    assert.equal(1, shop:count "payment/method")
    shop:expire()
    local result, err = session.cart:products()
    assert.is_nil(result)
    assert.equal("session_lost", err.kind)
    assert.equal(1, shop:count "login")
    assert(session:login())
    assert(session.cart:products())
  end)

  it("puts query fields of any other call into the address", function()
    local session = shop:session()
    assert(till.fill(session))
    local order = assert(session.order:add {})
    local answer = assert(session:request("api/order/info", {},
      { query = { order_id = order.order_id } }))
    assert.is_table(answer)
    assert.truthy(raised(function()
      local result = session:request("api/order/info", {},
        { query = { api_token = "x" } })
      return result
    end))
  end)

  it("has views with other options, of the same session", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    local text = assert(session:with { raw = true }.cart:products())
    assert.is_string(text)
    assert.equal(1, shop:count "login")
    assert.truthy(raised(function()
      local view = session:with { no_option = 1 }
      return view
    end):find("session_spec.lua", 1, true))
  end)

  it("is closed for good", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    session:close()
    session:close()
    local ok = pcall(function() return session.cart:products() end)
    assert.is_false(ok)
    assert.is_string(tostring(session))
  end)

  it("refuses a waiting call when it was closed meanwhile", function()
    local session = shop:session()
    assert(session:login())
    shop:fault("api/reward/maximum", { delay = 0.05 })
    local first = shopwire.spawn(function()
      return session.reward:maximum()
    end)
    local waiting = {}
    for i, f in ipairs {
      function() return session.reward:available() end,
      function() return session:login() end,
      function() return session:request("api/cart/products") end,
    } do
      waiting[i] = shopwire.spawn(f)
    end
    shopwire.tick(0.02)
    session:close()
    assert(first:wait())
    for _, job in ipairs(waiting) do
      local result, err = job:wait()
      assert.is_nil(result)
      assert.equal("cancelled", err.kind)
      assert.equal("the session was closed", err.message)
    end
    assert.same({ "login", "reward/maximum" }, shop:routes())
  end)

  it("raises where that is wanted, and never in its calm twin", function()
    local session = shop:session { raise = true }
    local ok, err = pcall(session.coupon.apply, session.coupon, "NONE")
    assert.is_false(ok)
    assert.is_true(err:is "invalid")
    local result
    result, err = session.calm.coupon:apply "NONE"
    assert.is_nil(result)
    assert.is_true(err:is "invalid")
    assert.equal(1, shop:count "login")
  end)

  it("takes its arguments when it is called", function()
    local session = shop:session()
    assert(session:login())
    shop:fault("api/reward/maximum", { delay = 0.05 })
    local line = { product_id = 40, quantity = 2 }
    local first = shopwire.spawn(function()
      return session.reward:maximum()
    end)
    local second = shopwire.spawn(function()
      return session.cart:add(line)
    end)
    shopwire.tick(0.02)
    line.quantity = 9
    first:wait()
    assert(second:wait())
    shop:expire()
    assert.equal(2, assert(session.cart:products()).products[1].quantity)
  end)
end)
