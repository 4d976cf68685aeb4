-- A shop as a real process that is killed at any call of a checkout and comes
-- back on its port: never two orders, the plan goes on, and what a person
-- reads. Covers shopwire/fake/state.lua, the sandbox's memory.

local mortal = require "spec.support.mortal"
local process = require "spec.support.process"
local purchase = require "spec.support.purchase"

local with, left = purchase.with, purchase.left

-- The calls of a checkout: route, step, and the method that a person called.
local CALLS = {
  { "login", "currency", "login" },
  { "currency", "currency", "currency.set" },
  { "customer", "customer", "customer.set" },
  { "cart/add", "cart", "cart.replace" },
  { "cart/products", "cart", "cart.products" },
  { "shipping/address", "shipping_address", "shipping.address" },
  { "shipping/methods", "shipping_methods", "shipping.methods" },
  { "shipping/method", "shipping_method", "shipping.method" },
  { "payment/address", "payment_address", "payment.address" },
  { "payment/methods", "payment_methods", "payment.methods" },
  { "payment/method", "payment_method", "payment.method" },
  { "cart/products", "review", "cart.products" },
  { "order/add", "order", "order.add" },
}
local LAST = #CALLS

local function add_routes(list, first, last)
  for i = first, last do
    list[#list + 1] = CALLS[i][1]
  end
  return list
end

local shop

local function open()
  shop = mortal.open()
end

local function close()
  shop:close()
  shop = nil
end

local function checkout(more, options)
  return shop:session(options):checkout(with(more or { reference = "R-1" }))
end

-- The server's own record has one order and it is the plan's.
local function one_order(plan, order, err, where)
  assert(order, where .. ": " .. tostring(err))
  local stored = shop:orders()
  assert.equal(1, #stored, where)
  assert.equal(order.order_id, tonumber(stored[1].order_id), where)
  assert.equal(order, plan:run(), where)
end

-- Does something right before the n-th call.
local function at(n, act)
  shop.before = function(i, route)
    if i == n then
      act(route)
    end
  end
end

-- At the n-th call the process dies, before or after it served it. It comes
-- back at once, or when somebody starts it.
local function die_at(n, when, at_once)
  at(n, function(route)
    shop:fault(route, { die = when })
  end)
  shop.after = function(i)
    if i == n then
      shop:bury()
      shop.before, shop.after = nil, nil
      if at_once then
        shop:start()
      end
    end
  end
end

-- Which words come depends on when the system told the client.
local function broke_off(message)
  for _, words in ipairs { "cannot connect to ",
    "the connection broke before an answer came from ",
    "the connection broke while the request was sent to " } do
    if message:find(words .. "127.0.0.1:" .. shop.port, 1, true) == 1
    then
      return true
    end
  end
  return false
end

local function check_place(err, n)
  assert.equal(CALLS[n][2], err.stage)
  assert.equal(CALLS[n][3], err.endpoint)
  assert.equal("network", err.kind)
end

describe("a killed shop #once", function()
  before_each(open)
  after_each(close)

  describe("between two calls", function()
    it("is not missed when it is back at once", function()
      for n = 1, LAST do
        local where = "before call " .. n
        shop:renew()
        local plan = checkout()
        at(n, function() shop:restart() end)
        local order, err = plan:run()
        one_order(plan, order, err, where)
        assert.same(add_routes({}, 1, LAST), shop:routes(), where)
      end
    end)

    it("is named while it is dead; then the plan goes on where it stood",
      function()
        -- read again: what was read before the order
        local again = { [5] = { "cart/add" }, [13] = { "cart/products" } }
        for n = 1, LAST do
          local where = "before call " .. n
          shop:renew()
          local plan = checkout()
          at(n, function() shop:kill() end)
          local order, err = plan:run()
          assert.is_nil(order, where)
          check_place(err, n)
          assert.equal("cannot connect to 127.0.0.1:" .. shop.port
            .. ": Connection refused", err.message)
          assert.equal("check the endpoint and that the server is running",
            err.hint)
          assert.is_true(err.retryable)
          assert.is_falsy(err.ambiguous)
          assert.equal(CALLS[n][3] .. ": network: " .. err.message .. " ("
            .. err.hint .. ")", tostring(err))
          assert.equal(CALLS[n][2], left(plan):match("^%S+"))
          shop.before = nil
          shop:start()
          order, err = plan:run()
          one_order(plan, order, err, where)
          local routes = add_routes({}, 1, n - 1)
          for _, route in ipairs(again[n] or {}) do
            routes[#routes + 1] = route
          end
          assert.same(add_routes(routes, n, LAST), shop:routes(), where)
        end
      end)

    it("may come back without any session: all is built again", function()
      for n = 1, LAST do
        local where, rebuilt = "before call " .. n, 0
        local past = shop:path(shop.state)
        shop:renew()
        local plan = checkout(nil, { log = function(event)
          rebuilt = rebuilt + (event.event == "session_rebuilt" and 1 or 0)
        end })
        at(n, function() shop:restart("empty" .. n) end)
        local order, err = plan:run()
        one_order(plan, order, err, where)
        assert.equal(n > 2 and 1 or 0, rebuilt, where)
        local told = process.read(past):match(".*/_sandbox/reset(.*)$")
        assert.is_nil(told:find("order/add", 1, true), where)
      end
    end)

    -- Call 13 meets an empty shop; 14 to 26 are the probe, the login, the
    -- slots, the reading and the order of the new session.
    it("may do so again while all is built again", function()
      for n = LAST + 1, 2 * LAST do
        local where = "before calls 13 and " .. n
        shop:renew()
        local plan = checkout()
        shop.before = function(i)
          if i == LAST or i == n then
            shop:restart("empty" .. n .. "-" .. i)
          end
        end
        local order, err = plan:run()
        if not order then
          assert.equal("forbidden", err.kind, where)
          assert.equal("order", err.stage, where)
          assert(err.hint:find("the shop loses its sessions: try again later",
            1, true), where)
          assert.is_falsy(err.ambiguous, where)
          assert.equal(0, #shop:orders(), where)
          order, err = plan:run()
        end
        one_order(plan, order, err, where)
      end
    end)
  end)

  it("that comes back while a call waits to be sent again is not missed",
    function()
      local retries = 0
      local plan = checkout(nil, { retries = 10, deadline = 60 })
      at(6, function()
        shop:kill()
      end)
      shop.again = function()
        retries = retries + 1
        if retries == 1 then
          shop:start()
        end
      end
      local order, err = plan:run()
      one_order(plan, order, err, "meanwhile")
      assert.equal(1, retries)
      assert.same(add_routes({}, 1, LAST), shop:routes())
    end)

  it("while it holds a call makes that call's step again", function()
    for n = 1, LAST - 1 do
      for _, when in ipairs { "before", "after" } do
        local where = when .. " it served call " .. n
        shop:renew()
        local plan = checkout()
        die_at(n, when)
        local order, err = plan:run()
        assert.is_nil(order, where)
        check_place(err, n)
        assert(broke_off(err.message), err.message)
        assert.is_true(err.retryable, where)
        assert.is_falsy(err.ambiguous, where)
        assert.equal(CALLS[n][2], left(plan):match("^%S+"), where)
        shop:start()
        order, err = plan:run()
        one_order(plan, order, err, where)
        assert.equal(1, shop:count "order/add", where)
      end
    end
  end)

  it("lives many lives in one checkout", function()
    local plan = checkout { reference = "R-9", coupon = "2222" }
    local ends = { function() shop:restart() end, function() shop:kill() end,
      function(route) shop:fault(route, { die = "before" }) end,
      function() shop:restart("empty" .. shop.n) end,
      function(route) shop:fault(route, { die = "after" }) end }
    local lives, faulty = 0, false
    shop.before = function(n, route)
      if n % 3 == 0 and route ~= "order/add" and shop.box and lives < 12 then
        local way = lives % #ends + 1
        lives = lives + 1
        faulty = way == 3 or way == 5
        ends[way](route)
      end
    end
    shop.after = function()
      if faulty then
        shop:bury()
        faulty = false
      end
    end
    local order, err
    for _ = 1, 30 do
      order, err = plan:run()
      if order then
        break
      end
      assert.is_falsy(err.ambiguous)
      if not shop.box then
        shop:start()
      end
    end
    assert.equal(12, lives)
    one_order(plan, order, err, "after " .. lives .. " lives")
  end)

  -- {====== while it holds the order ======

  local LOST = "the connection broke before an answer came from "
  local NEVER = "order.add: network: %s [it may have been carried out] (%s)"

  -- An order that nobody knows of, and what is read then.
  local function uncertain(plan, hint)
    local order, err = plan:run()
    assert.is_nil(order)
    check_place(err, LAST)
    assert.equal(1, err.message:find(LOST, 1, true), err.message)
    assert.is_true(err.ambiguous)
    assert.is_false(err.retryable)
    assert.equal(hint, err.hint)
    assert.equal(NEVER:format(err.message, hint), tostring(err))
    return err
  end

  local UNREAD = "the shop could not be read (cannot connect to 127.0.0.1:%d: "
    .. "Connection refused): run the plan again later; it looks for the "
    .. "order and never sends it twice"
  local NONE = "no order %s is there now%s: run the plan again to look "
    .. "again, it never sends it twice; if the shop's own list shows none "
    .. "either, make a new plan"
  local SOME = "order 1 looks like this one, see err.evidence.candidates: "
    .. "this plan never sends it twice"

  it("before it was stored: nothing is ordered, and it is said", function()
    local plan = checkout()
    die_at(LAST, "before")
    local err = uncertain(plan, UNREAD:format(shop.port))
    assert.same({}, err.evidence.candidates)
    uncertain(plan, UNREAD:format(shop.port))
    shop:start()
    for _ = 1, 3 do
      err = uncertain(plan, NONE:format("with the reference R-1", ""))
      assert.same({}, err.evidence.candidates)
    end
    assert.equal(0, #shop:orders())
    assert.equal(1, shop:count "order/add")
    assert(purchase.message(plan.set, plan, { comment = "x" })
      :find("may have been placed", 1, true))
    -- a person looked, and orders anew: in the same session if they like
    local fresh = plan.session:checkout(with { reference = "R-1" })
    local order, why = fresh:run()
    one_order(fresh, order, why, "a new plan")
  end)

  it("before it was stored, and is back at once: the cart tells", function()
    local plan = checkout {}
    die_at(LAST, "before", true)
    local hint = NONE:format("like this one", ", and the cart was still full")
    for _ = 1, 2 do
      local err = uncertain(plan, hint)
      assert.is_false(err.evidence.cart_empty)
      assert.same({}, err.evidence.candidates)
    end
    assert.equal(0, #shop:orders())
    assert.equal(1, shop:count "order/add")
  end)

  it("after it was stored: the order is found by its reference", function()
    local plan = checkout()
    die_at(LAST, "after")
    uncertain(plan, UNREAD:format(shop.port))
    shop:start()
    local order, err = plan:run()
    one_order(plan, order, err, "later")
    assert.equal(1, shop:count "order/add")
    assert(order.success:find("found by its reference", 1, true))
    shop:renew()
    plan = checkout()
    die_at(LAST, "after", true)
    order, err = plan:run()
    one_order(plan, order, err, "at once")
    assert.equal(1, shop:count "order/add")
  end)

  it("after it was stored, without a reference: it is shown, and never "
    .. "ordered again", function()
    for _, at_once in ipairs { true, false } do
      shop:renew()
      local plan = checkout {}
      die_at(LAST, "after", at_once)
      if not at_once then
        uncertain(plan, UNREAD:format(shop.port))
        shop:start()
      end
      for _ = 1, 3 do
        local err = uncertain(plan, SOME)
        assert.equal(1, #err.evidence.candidates)
        assert.equal(1, tonumber(err.evidence.candidates[1].order_id))
        assert.equal(at_once or nil, err.evidence.cart_empty)
      end
      assert.equal(1, #shop:orders())
      assert.equal(1, shop:count "order/add")
    end
  end)

  -- The order's row is there, its state and the empty cart are not yet.
  it("in the midst of it, by somebody's hand", function()
    local plan = checkout()
    shop:fault("order/add", { delay = "60" })
    local hand = process.start("sh -c 'until grep -q route=api/order/add "
      .. shop:path "state" .. "; do sleep 0.01; done; kill -KILL "
      .. string.format("%d", shop.box.child.pid) .. "'")
    local order, err = plan:run()
    hand:stop()
    assert.is_nil(order)
    assert.is_true(err.ambiguous)
    shop:bury()
    shop:start()
    order, err = plan:run()
    one_order(plan, order, err, "later")
    assert.equal(0, order.order_status_id)
    assert.equal(1, shop:count "order/add")
    -- the old cart stands in the shop, and goes into no other order
    local basket = assert(plan.session.cart:products())
    assert.same({}, basket.products)
  end)

  -- }======
end)

describe("a plan whose session was begun anew behind its back #once",
  function()
    before_each(open)
    after_each(close)

    it("does all again, and knows what the shop has", function()
      local plan = checkout { coupon = "2222", confirm = function()
        return false
      end }
      plan:run()
      assert(plan.session:login())
      plan:set { confirm = false }
      local order, err = plan:run()
      assert.is_nil(order)
      assert.equal("payment_methods", err.stage)
      assert.equal("conflict", err.kind)
      assert(purchase.message(plan.set, plan, { coupon = false })
        :find("cannot take it back", 1, true))
      order, err = plan:run()
      one_order(plan, order, err, "again")
      assert.equal("asha@example.com", shop:orders()[1].email)
    end)
  end)

-- What spec/plan_spec.lua shows in process, by the server's own record.
describe("a living shop #once", function()
  before_each(open)
  after_each(close)

  local PAGE = "the service answered %s with an HTML page instead of JSON"
  local TROUBLES = {
    { "in maintenance", { maintenance = "1" }, "server", 503,
      PAGE:format "503 Service Unavailable", "again" },
    { "behind a proxy's page", { html = "1" }, "protocol", 200,
      PAGE:format "200 OK", "unknown" },
    { "without its database", { database = "down" }, "server", 500,
      "the service answered 500 Internal Server Error", "unknown" },
    { "behind a bad gateway", { status = "502" }, "server", 502,
      PAGE:format "502 Bad Gateway", "unknown" },
    { "whose answer is cut", { truncate = "7" }, "network", 200,
      "the reply was cut off by 127.0.0.1:", "found" },
  }

  local function trouble_at(n, fields)
    at(n, function(route)
      local copy = {}
      for name, value in pairs(fields) do
        copy[name] = value
      end
      shop:fault(route, copy)
    end)
  end

  for _, case in ipairs(TROUBLES) do
    local name, fields, kind, status, message, last =
      case[1], case[2], case[3], case[4], case[5], case[6]
    it(name .. " is named, and the plan goes on", function()
      for n = 1, LAST do
        local where = name .. " at call " .. n
        shop:renew()
        local plan = checkout()
        trouble_at(n, fields)
        local order, err = plan:run()
        if n < LAST or last ~= "found" then
          assert.is_nil(order, where)
          assert.equal(CALLS[n][2], err.stage, where)
          assert.equal(CALLS[n][3], err.endpoint, where)
          assert.equal(kind, err.kind, where)
          assert.equal(status, err.status, where)
          assert.equal(1, err.message:find(message, 1, true), err.message)
          assert.equal(n == LAST and last == "unknown",
            err.ambiguous == true, where)
          order, err = plan:run()
        end
        if n == LAST and last == "unknown" then
          assert.is_nil(order, where)
          assert(err.hint:find("no order with the reference R-1 is there",
            1, true), err.hint)
          assert.equal(0, #shop:orders(), where)
          assert.equal(1, shop:count "order/add", where)
        else
          one_order(plan, order, err, where)
        end
      end
    end)
  end

  it("that has lost token or session gets all again, unseen", function()
    for _, what in ipairs { "token", "session" } do
      for n = 1, LAST do
        local where = what .. " at call " .. n
        shop:renew()
        local plan = checkout()
        trouble_at(n, { expire = what })
        local order, err = plan:run()
        one_order(plan, order, err, where)
      end
    end
  end)
end)

describe("the sandbox's memory #once", function()
  before_each(open)
  after_each(close)

  it("goes on with keys, products, orders and the log", function()
    local plan = checkout()
    assert(plan:run())
    local client = shop.box:client()
    local link = assert(client.links:create { title = "B\195\188ch 100%",
      description = "d", base_price = 5 })
    local routes = shop:routes()
    for _, how in ipairs { "KILL", "TERM" } do
      local before = shop.box
      before.child:stop(how)
      shop:start()
      assert.equal(before.output, shop.box.output)
      local log = shop:routes()
      for i, route in ipairs(routes) do
        assert.equal(route, log[i])
      end
      assert.equal("B\195\188ch 100%", client.links:get(link.slug).title)
      assert.equal(1, #shop:orders())
      assert.equal(254.4, tonumber(shop:orders()[1].total))
    end
    -- ids go on, and are no old ones
    local second = shop:session():checkout(with())
    assert.equal(2, assert(second:run()).order_id)
    local tokens = {}
    for line in io.lines(shop:path "state") do
      local token = line:match("api_token=(%x+)")
      tokens[token or ""] = true
    end
    tokens[""] = nil
    assert.is_not_nil(next(tokens, next(tokens)))
  end)

  it("has the shop's settings, faults and clock", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    shop.box:control("shop", { maintenance = "on" })
    shop:restart()
    local result, err = session.cart:products()
    assert.is_nil(result)
    assert.equal(503, err.status)
    shop.box:control("shop", { maintenance = "off" })
    shop:fault("cart/products", { status = "502" })
    shop:restart()
    result, err = session.cart:products()
    assert.is_nil(result)
    assert.equal(502, err.status)
    shop:restart()
    assert.equal(1, #assert(session.cart:products()).products)
    shop.box:control("shop", { advance = 1500 })
    local logins = shop:count "login"
    shop:restart()
    assert.equal(1, #assert(session.cart:products()).products)
    assert.equal(logins + 1, shop:count "login")
  end)

  it("keeps what a slow call did before its answer left", function()
    local session = shop:session()
    shop:fault("currency", { delay = "0.2" })
    assert(session.currency:set "EUR")
    shop:restart()
    local basket = assert(session.cart:products())
    assert(basket.totals[1].text:find("\226\130\172", 1, true))
  end)

  it("forgets a line that was cut short, and nothing else", function()
    local plan = checkout()
    assert(plan:run())
    for _ = 1, 2 do
      shop:kill()
      local path = shop:path "state"
      local text = process.read(path)
      process.write(path, text .. '{"request":{"method":"POST","pa')
      shop:start()
      assert.equal(1, #shop:orders())
      assert(shop:session().currency:set "USD")
    end
    assert.equal(3, shop:count "currency")
  end)

  it("knows nothing more of webhooks that were on their way", function()
    local client = shop.box:client()
    local request = assert(client.payment_requests:create { purpose = "x",
      amount = 10, webhook = "http://192.0.2.1/" })
    shop.box:pay { payment_request = request.id }
    shop:restart()
    local list = shop.box:control("deliveries").deliveries
    assert.equal("unknown", list[1].state)
    assert.equal(1, #list)
  end)

  it("refuses a file that is none of its own, and leaves it alone",
    function()
      local path = process.write(shop:path "other", "dear diary\n")
      local output, status = process.run(process.lua(
        process.find "shopwire.sandbox", "--state " .. path) .. " 2>&1")
      assert.equal(2, status)
      assert(output:find("other: not the file of a sandbox", 1, true), output)
      assert.equal("dear diary\n", process.read(path))
      output, status = process.run(process.lua(
        process.find "shopwire.sandbox", "--state /none/at/all") .. " 2>&1")
      assert.equal(2, status)
      assert(output:find("/none/at/all", 1, true), output)
      assert.is_nil(process.read(shop:path "none"))
    end)

  it("is not there unless asked for, and nothing else is left", function()
    local one = process.sandbox("--dir " .. shop.dir)
    one.child:stop "KILL"
    assert.is_nil(process.read(shop:path "state-none"))
    shop:restart()
    shop:fault("login", { die = "before" })
    local result = shop:session().currency:set "USD"
    assert.is_nil(result)
    shop:bury()
    shop:start()
    local past = shop
    open()
    past:close()
    assert.same({}, past:remains())
  end)
end)
