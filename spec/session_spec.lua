-- invotide.Session: its options, its login, its end, what it shows of itself.
-- Its calls run through lua/invotide/exchange.lua and lua/invotide/wire.lua.

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local invotide = require "invotide"
local scripted = require "spec.support.shop"
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

  it("says which route was meant by one that the shop has not", function()
    local session = shop:session()
    local _, err = session:request("api/reward/avaliable")
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("did you mean api/reward/available? the shop "
      .. "has no such route", 1, true), err.hint)
    _, err = session:request("extension/of/somebody")
    assert.is_nil(err.hint:find("did you mean", 1, true))
  end)

  it("gives the data beside a complaint of any other call", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40, quantity = 100000 })
    local answer = assert(session:request("api/cart/products"))
    assert.equal("40", tostring(answer.products[1].product_id))
    assert.is_string(answer.error.stock)
  end)

  it("says where a reference belongs", function()
    local session = shop:session()
    assert.truthy(raised(function()
      local order = session.order:add { reference = "x" }
      return order
    end):find("session_spec.lua.*reference is not a field: it is an option"))
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
    shop:fault("api/reward/maximum", { delay = 1 })
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
    shop:fault("api/reward/maximum", { delay = 1 })
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

-- A shop that answers in this order; the last answer again and again.
local function answer(body, pause, headers)
  return { { "read" }, { "pause", pause or 0 },
    { "send", scripted.reply("200 OK", body, headers) } }
end

describe("an order of a session", function()
  local server, events

  local function open(...)
    server = scripted.answering { ... }
    events = {}
    local session = invotide.Session { url = server.origin, key = "k",
      retries = 0, log = function(event)
        events[#events + 1] = event
      end }
    for name in pairs(session.state.journal.slots) do
      session.state.journal.slots[name] = "unknown"
    end
    return session
  end
  after_each(function() server:stop() end)

  local function placed_in(session)
    return shopwire.spawn(function()
      return session.order:add({}, { reference = "R1" })
    end)
  end

  local function under_way(session)
    local stop = core.now() + 20
    while not (session.state.main and session.state.caller.token) do
      assert(core.now() < stop, "the order was never sent")
      shopwire.tick(0.01)
    end
  end

  local LOGIN = answer { success = "ok", api_token = "tok1" }
  local COOKIE = "Set-Cookie: OCSESSID=x; path=/\r\n"

  it("is not lost to more cookies than a header has room for", function()
    local many = {}
    for i = 1, 5 do
      many[i] = "Set-Cookie: c" .. i .. "=" .. ("v"):rep(3000) .. "\r\n"
    end
    local session = open(LOGIN, answer({ success = "ok", order_id = 77 }, 0,
      table.concat(many)), answer { maximum = 1 })
    assert.equal(77, assert(session.order:add({})).order_id)
    assert(session.reward:maximum())
    local sent = server:requests(3)[3].headers.cookie
    assert.is_true(#sent > 6000 and #sent <= 8000)
  end)

  it("is not lost to a jar that cannot keep its cookies", function()
    local session = open(LOGIN, answer({ success = "ok", order_id = 77 }, 0,
      COOKIE))
    session.state.jar.set = function() error("not enough memory") end
    assert.equal(77, assert(session.order:add({})).order_id)
  end)

  it("comes to its caller when the session was closed meanwhile", function()
    local session = open(LOGIN, answer({ success = "ok", order_id = 77 }, 0.1,
      COOKIE))
    local job = placed_in(session)
    under_way(session)
    session:close()
    assert.equal(77, assert(job:wait()).order_id)
    assert.equal(2, #server:requests(2))
  end)

  it("is told as unclaimed when its task was cancelled too", function()
    local session = open(LOGIN, answer({ success = "ok", order_id = 77 }, 0.1,
      COOKIE))
    local job = placed_in(session)
    under_way(session)
    job:cancel()
    session:close()
    local stop, found = core.now() + 20, nil
    while not found and core.now() < stop do
      shopwire.tick(0.01)
      for _, event in ipairs(events) do
        found = event.event == "unclaimed" and event.result or found
      end
    end
    assert.equal(77, found.order_id)
  end)

  it("was never sent where the session was closed before", function()
    local session = open(answer({ success = "ok", api_token = "tok1" }, 0.1,
      COOKIE), answer { success = "ok", order_id = 77 })
    local job = placed_in(session)
    shopwire.tick(0)
    session:close()
    local result, err = job:wait()
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    assert.equal("the session was closed", err.message)
    assert.equal(1, #server:requests(1))
  end)

  it("says so when its session is closed before its second part", function()
    local session = open(LOGIN, answer({ products = core.array {},
      vouchers = core.array {}, totals = core.array {} }, 0.1))
    assert(session:login())
    local job = shopwire.spawn(function()
      return session.voucher:add { code = "c1", from_name = "Ada",
        from_email = "a@example.com", to_name = "Bo",
        to_email = "b@example.com", amount = "10.00",
        voucher_theme_id = 6 }
    end)
    shopwire.tick(0)
    session:close()
    local result, err = job:wait()
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    assert.equal("the session was closed", err.message)
  end)

  for what, token in pairs { ["a token past all measure"] = ("t"):rep(9000),
    ["control characters"] = "a\1b\r\nX: y" } do
    it("is not sent when a login answers " .. what, function()
      local session = open(answer { success = "ok", api_token = token })
      local result, err = session.reward:maximum()
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.equal("login", err.endpoint)
      assert.is_nil(tostring(err):find("ttttt", 1, true))
      assert.equal(1, #server:requests(1))
    end)
  end
end)

describe("one session in one task", function()
  local shop

  local jit = rawget(_G, "jit") -- compiled code calls no hooks

  setup(function()
    shop = till.open()
    if jit then
      jit.off()
      jit.flush()
    end
  end)
  teardown(function()
    shop:close()
    if jit then
      jit.on()
    end
  end)
  before_each(function() shop:reset() end)
  after_each(function() debug.sethook() end)

  local function waits_in_main(level)
    local thread, is_main = coroutine.running()
    return (thread == nil or is_main == true)
      and debug.getinfo(level + 1, "S").source:find("driver/block", 1, true)
  end

  -- Runs f at the n-th line of the main task's wait for the session's call.
  local function while_under_way(session, n, f)
    debug.sethook(function()
      if type(session.state.caller.token) == "number" and waits_in_main(2) then
        n = n - 1
        if n == 0 then
          debug.sethook()
          f()
        end
      end
    end, "l")
  end

  local function pieces(session)
    local sum = 0
    for _, line in ipairs(assert(session.cart:products()).products) do
      sum = sum + line.quantity
    end
    return sum
  end

  -- Where a function is interrupted: beside another task, or alone.
  local function interrupted(n, beside)
    local told = {}
    local session = shop:session { log = function(event)
      told[#told + 1] = event.event
    end }
    assert(session:login())
    shop:fault("api/cart/add", { delay = 0.03 })
    local job = beside and shopwire.spawn(function()
      while true do
        require "shopwire.driver.block".sleep(0.005)
      end
    end)
    while_under_way(session, n, function() error("interrupted!", 0) end)
    local ok, why = pcall(function()
      assert(session.cart:add { product_id = 40, quantity = 3 })
    end)
    debug.sethook()
    assert.is_true(ok or why == "interrupted!", why)
    assert(session.cart:add { product_id = 40, quantity = 1 })
    assert.equal(4, pieces(session))
    shop:expire() -- the journal has both
    assert.equal(4, pieces(session))
    if job then
      job:cancel()
    end
    local unclaimed = 0
    for _, event in ipairs(told) do
      unclaimed = unclaimed + (event == "unclaimed" and 1 or 0)
    end
    assert.equal(ok and 0 or 1, unclaimed)
  end

  it("lets a call land that was interrupted, then makes the next", function()
    for n = 1, 7 do
      interrupted(n, false)
    end
  end)

  it("does so beside other tasks", function()
    for n = 1, 36, 3 do
      interrupted(n, true)
    end
  end)

  it("refuses a call inside a call, which goes on", function()
    local session = shop:session()
    assert(session:login())
    local results = {}
    local function inside()
      results[1], results[2] = session.cart:products()
    end
    for n = 1, 4 do
      shop:fault("api/cart/add", { delay = 0.03 })
      while_under_way(session, n, inside)
      assert(session.cart:add { product_id = 40 })
      assert.is_nil(results[1])
      assert.equal("unsupported", results[2].kind)
      assert.truthy(results[2].message:find("under way in this very task"))
      assert.equal("build", results[2].stage)
    end
    assert.equal(4, pieces(session))
    assert.equal(1, shop:count "login")
  end)

  it("refuses it to a transport, whatever thread that runs in", function()
    local box = fake.new {}
    local carry = require "shopwire.fake.transport"(box)
    local session, in_task, kinds = nil, false, {}
    local function ask()
      local _, err = session:with { retries = 0 }.cart:products()
      kinds[#kinds + 1] = err and err.kind or "none"
    end
    session = invotide.Session { url = "https://shop.example", blocking = true,
      key = box.keys.shop_key, transport = function(request)
        ask()
        if not in_task then
          coroutine.wrap(ask)()
        end
        return carry(request)
      end }
    assert(session.currency:set "EUR")
    in_task = true
    local job = shopwire.spawn(function()
      local result, err = session.currency:set "USD"
      return result, err
    end)
    assert(job:wait())
    for _, kind in ipairs(kinds) do
      assert.equal("unsupported", kind)
    end
  end)

  it("refuses it in another client's log function", function()
    local session = shop:session()
    assert(session:login())
    local kind
    local other = shop:session { log = function(event)
      if event.event == "unclaimed" then
        local _, err = session.cart:products()
        kind = err and err.kind
      end
    end }
    assert(other:login())
    shop:fault("api/cart/products", { delay = 0.03 })
    shop:fault("api/cart/add", { delay = 0.3 })
    local job = shopwire.spawn(function() return other.cart:products() end)
    shopwire.tick(0)
    job:cancel()
    assert(session.cart:add { product_id = 40 })
    assert.equal("unsupported", kind)
    assert.equal(1, pieces(session))
  end)

  it("is not locked by a coroutine that a host dropped", function()
    local engine = core.engine()
    local server = scripted.answering {
      answer { success = "ok", api_token = "tok1" },
      answer({ maximum = 1 }, 0.05), answer { maximum = 2 } }
    local session = invotide.Session { url = server.origin, key = "k" }
    local real, extra = core.now, 0
    core.now = function() return real() + extra end
    shopwire.use { usable = function() return true end,
      park = function(token) return coroutine.yield(token) end,
      sleep = function() return coroutine.yield() end }
    finally(function()
      core.now = real
      shopwire.use(nil)
      server:stop()
    end)
    local into = { 0 }
    local function run(co)
      local ok, token = coroutine.resume(co)
      while coroutine.status(co) ~= "dead" do
        assert(extra < 600, "it is never its turn")
        if not token then
          extra = extra + 0.1 -- a sleep, without its waiting
          ok, token = coroutine.resume(co)
        else
          assert(engine:step(20000, 1, into) == 1 and into[1] == token)
          ok, token = coroutine.resume(co, true)
        end
      end
      return ok, token
    end
    assert(run(coroutine.create(function() assert(session:login()) end)))
    local dropped = coroutine.create(function()
      return session.reward:maximum()
    end)
    assert(coroutine.resume(dropped))
    assert.equal(1, engine:step(20000, 1, into)) -- it landed, and is left
    local ok, result = run(coroutine.create(function()
      return (session.reward:maximum())
    end))
    assert.is_true(ok, result)
    assert.is_not_nil(result)
    assert.is_true(extra < 120)
  end)
end)
