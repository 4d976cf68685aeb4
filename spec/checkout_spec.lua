-- session:checkout: steps, order, changes, choosers, and every trouble at
-- every call: never two orders, the plan goes on, and the user is told.
-- (lua/invotide/checkout.lua, lua/invotide/plan.lua)

local core = require "shopwire.core"
local errors = require "shopwire.errors"
local fake = require "shopwire.fake"
local faults = require "shopwire.fake.faults"
local invotide = require "invotide"
local shopwire = require "shopwire"
local transport_of = require "shopwire.fake.transport"

local ADDRESS = { firstname = "Asha", lastname = "Rao",
  address_1 = "1 High Street", city = "Watford", postcode = "WD17 2AA",
  country_id = 222, zone_id = 3563 }
local CUSTOMER = { firstname = "Asha", lastname = "Rao",
  email = "asha@example.com", telephone = "12345" }

local function with(more, without)
  local options = { currency = "USD", customer = CUSTOMER,
    cart = { { product_id = 40, quantity = 2 } }, address = ADDRESS,
    shipping = "flat.flat", payment = "cod" }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  for _, name in ipairs(without or {}) do
    options[name] = nil
  end
  return options
end

-- A shop in process, a session of it, and what was called. `trouble(n,
-- route)` may give a fault's text for the n-th request, or a reply, or
-- "dead" when nobody listens.
local function open(more)
  local it = fake.new { seed = 3, origin = "http://shop.example" }
  local through = transport_of(it)
  local self = { fake = it, routes = {}, n = 0 }
  local function transport(request)
    local route = request.url:match("route=api/([%w/]+)")
    self.n = self.n + 1
    local plan = self.trouble and self.trouble(self.n, route)
    if plan == "dead" then
      return nil, "Connection refused", true
    elseif type(plan) == "table" then
      return plan
    elseif plan then
      it.faults:add(nil, 1, assert(faults.parse(plan)))
    end
    self.routes[#self.routes + 1] = route
    return through(request)
  end
  local options = { url = "http://shop.example", retries = 0,
    username = it.keys.shop_username, key = it.keys.shop_key,
    transport = transport }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  self.session = invotide.Session(options)
  function self.orders()
    local count = 0
    for _ in pairs(it.invotide.orders.list) do
      count = count + 1
    end
    return count
  end
  function self.count(route)
    local count = 0
    for _, one in ipairs(self.routes) do
      count = count + (one == route and 1 or 0)
    end
    return count
  end
  function self.forget()
    self.routes = {}
  end
  return self
end

local function names(steps, f)
  local list = {}
  for _, step in ipairs(steps) do
    if f(step) then
      list[#list + 1] = step.name
    end
  end
  return table.concat(list, " ")
end

local function left(plan)
  return names(plan:steps(), function(step)
    return not step.done and not step.skipped
  end)
end

local function message(f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  return tostring(why)
end

describe("a plan", function()
  it("says what it would do, and sends nothing", function()
    local shop = open()
    local plan = shop.session:checkout(with { reference = "A-1" })
    local steps = plan:steps()
    assert.equal("currency customer cart shipping_address shipping_methods "
      .. "shipping_method payment_address payment_methods payment_method "
      .. "review order", left(plan))
    assert.equal("coupon voucher reward", names(steps, function(step)
      return step.skipped
    end))
    assert.equal("fill the cart with 1 line, and read it", steps[3].what)
    assert.equal("place the order, once, as A-1", steps[#steps].what)
    assert.equal("invotide.Plan: 0 steps done, 11 to do", tostring(plan))
    assert.equal(0, shop.n)
  end)

  it("places the order in the only order that works", function()
    local shop = open()
    local plan = shop.session:checkout(with { coupon = "2222",
      voucher = "VOU-7271", comment = "Ring twice.", reference = "A-1" })
    local order = assert(plan:run())
    assert.equal("number", type(order.order_id))
    assert.equal("string", type(order.success))
    assert.equal(order.order_id, plan.order_id)
    assert.same({ "login", "currency", "customer", "cart/add",
      "cart/products", "coupon", "voucher", "shipping/address",
      "shipping/methods", "shipping/method", "payment/address",
      "payment/methods", "payment/method", "cart/products", "order/add" },
      shop.routes)
    local stored = assert(shop.session.order:info(order.order_id))
    assert.equal("Ring twice.\nA-1", stored.comment)
    assert.equal("asha@example.com", stored.email)
    assert.equal(40, plan.basket.products[1].product_id)
    assert.is_truthy(plan.basket.totals[1])
  end)

  it("returns the same order again, and orders no more", function()
    local shop = open()
    local plan = shop.session:checkout(with())
    local order = assert(plan:run())
    shop.forget()
    assert.equal(order, plan:run())
    assert.equal(0, #shop.routes)
    assert.equal(1, shop.orders())
    assert.is_truthy(message(plan.set, plan, { payment = "cod" })
      :find("its order is placed", 1, true))
  end)

  it("ships nothing that cannot be shipped", function()
    local shop = open()
    local plan = shop.session:checkout(with {
      cart = { { product_id = 50 } }, payment = "bank_transfer" })
    assert(plan:run())
    assert.equal(0, shop.count("shipping/address"))
    assert.equal(0, shop.count("shipping/methods"))
    assert.equal("coupon voucher reward shipping_address shipping_methods "
      .. "shipping_method", names(plan:steps(), function(step)
        return step.skipped
      end))
    assert.equal(1, shop.orders())
  end)

  it("orders bought vouchers alone", function()
    local shop = open()
    assert(shop.session.customer:set(CUSTOMER))
    assert(shop.session.voucher:add { from_name = "A", to_name = "B",
      from_email = "a@example.com", to_email = "b@example.com",
      amount = "25.00" })
    local plan = shop.session:checkout { payment_address = ADDRESS,
      payment = "bank_transfer" }
    assert(plan:run())
    assert.equal(0, shop.count("cart/add"))
    assert.equal(0, shop.count("shipping/address"))
    assert.equal(1, shop.orders())
  end)

  it("takes what the session holds already", function()
    local shop = open()
    local session = shop.session
    assert(session.customer:set(CUSTOMER))
    assert(session.cart:add { product_id = 28 })
    assert(session.shipping:address(ADDRESS))
    assert(session.shipping:methods())
    assert(session.shipping:method "flat.flat")
    assert(session.payment:address(ADDRESS))
    shop.forget()
    assert(session:checkout { payment = "cod" }:run())
    assert.same({ "cart/products", "payment/methods", "payment/method",
      "cart/products", "order/add" }, shop.routes)
  end)
end)

describe("a mistake in a plan", function()
  it("is told at the caller's line, all at once, before anything", function()
    local shop = open()
    local why = message(function()
      shop.session:checkout(with({ shiping = "flat.flat", payment = 5,
        customer = { firstname = "A", emial = "x" }, currency = "usd",
        reference = "two\nlines", confirm = true }))
    end)
    for _, text in ipairs { "^spec/checkout_spec.lua:%d+: checkout: ",
      "shiping is not an option %(did you mean shipping%?%)",
      "payment must be a code or a function, not a number", "email",
      "lastname", "currency", "reference must be", "confirm must be" } do
      assert(why:find(text), text .. " in " .. why)
    end
    assert.equal(0, shop.n)
    assert.is_truthy(message(shop.session.checkout, shop.session, 5)
      :find("must be a table", 1, true))
  end)

  it("is told by set as by checkout", function()
    local plan = open().session:checkout(with())
    local why = message(function()
      plan:set { adress = ADDRESS }
    end)
    assert(why:find("^spec/checkout_spec.lua:%d+: checkout: adress is not an "
      .. "option %(did you mean address%?%)"), why)
    assert(message(plan.run):find("call it with a colon", 1, true))
  end)
end)

describe("a chooser", function()
  it("chooses from what the shop offers, between waits", function()
    local shop, seen = open(), nil
    local plan = shop.session:checkout(with {
      shipping = function(methods)
        local list = shopwire.quotes(methods)
        seen = #list
        return list[2].code
      end,
      payment = function(methods)
        assert(methods.cod)
        return "cod"
      end })
    assert(plan:run())
    assert.equal(2, seen)
  end)

  it("may fail: the plan stops there and goes on with another", function()
    local cases = {
      { function() error("no idea") end, "the shipping function failed: " },
      { function() return nil, "too dear" end,
        "the shipping function chose nothing: too dear" },
      { "flat", "flat is not offered" },
    }
    for _, case in ipairs(cases) do
      local shop = open()
      local plan = shop.session:checkout(with { shipping = case[1] })
      local order, err = plan:run()
      assert.is_nil(order)
      assert.equal("shipping_method", err.stage)
      assert.equal("invalid", err.kind)
      assert(err.message:find(case[2], 1, true), err.message)
      assert(err.hint:find("offered: flat.flat (Flat Shipping Rate, ", 1,
        true), err.hint)
      assert.is_truthy(err.fields.shipping[1])
      shop.forget()
      assert(plan:set { shipping = "flat.flat" }:run())
      assert.equal("shipping/method", shop.routes[1])
      assert.equal(1, shop.orders())
    end
  end)

  it("that is missing gets the list of offers", function()
    local plan = open().session:checkout(with({}, { "payment" }))
    local _, err = plan:run()
    assert.equal("payment_method", err.stage)
    assert(err.hint:find("cod (Cash On Delivery)", 1, true), err.hint)
    assert(plan:set { payment = "cod" }:run())
  end)

  it("that confirms has the last word", function()
    local shop, total = open(), nil
    local plan = shop.session:checkout(with { confirm = function(plan)
      total = plan.basket.totals[#plan.basket.totals].text
      return false
    end })
    local _, err = plan:run()
    assert.equal("order", err.stage)
    assert.equal("cancelled", err.kind)
    assert(total:find("^%$"))
    assert.equal(0, shop.count("order/add"))
    plan:set { confirm = function() error("disk full") end }
    _, err = plan:run()
    assert(err.message:find("disk full", 1, true))
    assert(plan:set { confirm = false }:run())
    assert.equal(1, shop.orders())
  end)
end)

describe("a changed plan", function()
  it("does again what stands on the change, and nothing else", function()
    local shop = open()
    local stop = function() return false end
    local plan = shop.session:checkout(with { confirm = stop })
    plan:run()
    local cases = {
      { { payment = "cod" }, "payment_method review order" },
      { { shipping = "pickup.pickup" }, "shipping_method payment_methods "
        .. "payment_method review order" },
      { { payment_address = ADDRESS }, "payment_address payment_methods "
        .. "payment_method review order" },
      { { coupon = "2222" }, "coupon payment_methods payment_method review "
        .. "order" },
      { { cart = { { product_id = 28 } } }, "cart coupon shipping_address "
        .. "shipping_methods shipping_method payment_methods payment_method "
        .. "review order" },
      { { comment = "Thanks." }, "order" },
    }
    for _, case in ipairs(cases) do
      plan:set(case[1])
      assert.equal(case[2], left(plan))
      local _, err = plan:run()
      assert.equal("cancelled", err.kind)
    end
    assert(plan:set { confirm = false }:run())
    assert.equal(1, shop.orders())
  end)

  it("leaves out what is set to false, unless the shop has it", function()
    local shop = open()
    local plan = shop.session:checkout(with { coupon = "NOPE" })
    local _, err = plan:run()
    assert.equal("coupon", err.stage)
    assert.equal("invalid", err.kind)
    plan:set { coupon = "2222", confirm = function() return false end }
    plan:run()
    assert(message(plan.set, plan, { coupon = false })
      :find("cannot take it back", 1, true))
    assert(plan:set { confirm = false }:run())
  end)

  it("lets no guest follow an account", function()
    local shop = open()
    local account = { firstname = "Rita", lastname = "Reward",
      email = "rita@example.com", telephone = "12345", customer_id = 1 }
    local plan = shop.session:checkout(with { customer = account,
      reward = 100, cart = { { product_id = 28 } },
      confirm = function() return false end })
    plan:run()
    assert(message(plan.set, plan, { customer = CUSTOMER })
      :find("a guest cannot follow an account", 1, true))
    assert(plan:set { confirm = false }:run())
  end)

  it("is filled again when the cart's lines have died", function()
    local shop, moment = open(), nil
    local plan = shop.session:checkout(with { confirm = function()
      return false
    end })
    plan:run()
    shop.trouble = function()
      moment = moment or "expire=cart"
      local now = moment
      moment = ""
      return now ~= "" and now or nil
    end
    shop.forget()
    assert(plan:set { confirm = false }:run())
    assert.equal(1, shop.count("cart/add"))
    assert.equal(1, shop.orders())
    local stored = shop.fake.invotide.orders.list[1]
    assert.is_truthy(stored)
  end)
end)

describe("what the shop refuses", function()
  local function stopped(more)
    local shop = open()
    local plan = shop.session:checkout(with(more))
    local order, err = plan:run()
    assert.is_nil(order)
    assert.is_true(errors.is_error(err))
    assert.equal(0, shop.orders())
    return err, plan, shop
  end

  it("is told by its step", function()
    local err = stopped { customer = { firstname = "A", lastname = "B",
      email = "nonsense", telephone = "12345" } }
    assert.equal("customer", err.stage)
    assert.is_truthy(err.fields.email)
    err = stopped { cart = { { product_id = 999 } } }
    assert.equal("cart", err.stage)
    assert.equal("not_found", err.kind)
    assert(err.message:find("product 999 is not in the cart", 1, true))
    err = stopped { cart = { { product_id = 40 }, { product_id = 999 } } }
    assert.equal("conflict", err.kind)
    err = stopped { currency = "ABC" }
    assert.equal("currency", err.stage)
    err = stopped { address = { firstname = "A", lastname = "B",
      address_1 = "1 High Street", city = "Watford", country_id = 222,
      zone_id = 3563 } }
    assert.equal("shipping_address", err.stage)
    assert.is_truthy(err.fields.postcode)
  end)

  it("is told of an order with what the cart complained of", function()
    local err, plan, shop = stopped { cart = { { product_id = 49 } } }
    assert.equal("order", err.stage)
    assert.equal("conflict", err.kind)
    assert.is_false(err.ambiguous == true)
    assert(err.hint, tostring(err))
    assert(plan:set { cart = { { product_id = 40 } } }:run())
    assert.equal(1, shop.orders())
  end)

  it("is raised where the session raises", function()
    local shop = open { raise = true }
    local plan = shop.session:checkout(with { currency = "ABC" })
    local ok, err = pcall(plan.run, plan)
    assert.is_false(ok)
    assert.is_true(errors.is_error(err))
    assert.equal("currency", err.stage)
    assert(plan:set { currency = "EUR" }:run())
  end)

  it("warns of places that are names", function()
    local place = {}
    for name, value in pairs(ADDRESS) do
      place[name] = value
    end
    place.country_id, place.zone_id = "RUS", "KGD"
    local plan = open().session:checkout(with { address = place })
    plan:run()
    assert(plan.warnings[1], "no warning")
    assert(plan.warnings[1]:find("shipping.address: ", 1, true))
    assert(plan.warnings[1]:find("country_id", 1, true))
  end)
end)

-- {====== trouble at every call ======

local HTML = "<!DOCTYPE html><html><body><h1>Come back later</h1></body>"

local TROUBLES = {
  { "nobody listens", "dead" },
  { "the server dies before it did anything", "reset=before" },
  { "the answer is lost", "reset=after" },
  { "the answer is cut", "truncate=7" },
  { "maintenance", { status = 503, body = HTML,
    headers = { ["Content-Type"] = "text/html" } } },
  { "a proxy's page", { status = 200, body = HTML,
    headers = { ["Content-Type"] = "text/html" } } },
  { "the database is down", { status = 500, body = "", headers = {} } },
  { "the session's data are gone", "expire=session" },
  { "the token is gone", "expire=token" },
  { "a bad gateway", { status = 502, body = HTML, headers = {} } },
}

local STAGES = {}
for _, step in ipairs(open().session:checkout(with()):steps()) do
  STAGES[step.name] = true
end

-- What a person reads must say where and what, on one line, without secrets.
local function check_words(shop, err)
  local text = tostring(err)
  assert(STAGES[err.stage], "no step: " .. tostring(err.stage))
  assert.is_truthy(err.kind)
  assert(#err.message > 0)
  assert.is_nil(text:find("\n"))
  assert.is_nil(text:find(shop.fake.keys.shop_key, 1, true))
  assert.is_nil(text:find("api_token=%w", 1))
end

-- Runs a plan with trouble at the n-th request of a run that has `clean` of
-- them. Gives the outcome.
local function suffer(trouble, n, reference)
  local shop = open()
  local plan = shop.session:checkout(with { reference = reference })
  shop.trouble = function(at)
    return at == n and trouble or nil
  end
  local order, err, runs = nil, nil, 0
  while not order and runs < 5 do
    order, err = plan:run()
    runs = runs + 1
    if not order then
      check_words(shop, err)
      if err.ambiguous then
        assert.equal("order", err.stage)
      end
    end
  end
  return shop, order, err, runs
end

describe("trouble at each call", function()
  local clean = open()
  assert(clean.session:checkout(with { reference = "R-1" }):run())
  local count, last = clean.n, clean.n

  it("is tried at all of them", function()
    assert.equal(13, count)
    assert.equal("order/add", clean.routes[last])
  end)

  for _, trouble in ipairs(TROUBLES) do
    it("makes no second order: " .. trouble[1], function()
      for n = 1, count do
        local shop, order, err = suffer(trouble[2], n, "R-1")
        local where = trouble[1] .. " at " .. n .. ": " .. tostring(err)
        assert(shop.orders() <= 1, where)
        assert(shop.count("order/add") <= 1
          or (tostring(trouble[2]):find("^expire")), where)
        if order then
          assert(shop.orders() == 1, where)
        else
          -- only an order that was sent may stay unknown, and it is not there
          assert(n == last and err.ambiguous, where)
          assert(shop.orders() == 0, where)
        end
      end
    end)
  end

  it("finds an order whose answer was lost by its reference", function()
    local shop, order = suffer("reset=after", last, "R-1")
    assert.equal(1, order.order_id)
    assert.equal(1, shop.orders())
    assert.equal(1, shop.count("order/add"))
  end)

  it("never orders again without a reference, however often", function()
    local shop, order, err = suffer("reset=after", last)
    assert.is_nil(order)
    assert.is_true(err.ambiguous)
    assert.equal(1, shop.orders())
    assert.equal(1, shop.count("order/add"))
    assert.equal(1, #err.evidence.candidates)
    assert(tostring(err):find("may have been carried out", 1, true))
  end)

  it("finds it later: the shop was dead for a while", function()
    local shop = open()
    local plan = shop.session:checkout(with { reference = "R-7" })
    local dead = false
    shop.trouble = function(n)
      if n == last then
        dead = true
        return "reset=after"
      end
      return dead and "dead" or nil
    end
    local _, err = plan:run()
    assert.is_true(err.ambiguous)
    _, err = plan:run()
    assert.is_true(err.ambiguous)
    assert(message(plan.set, plan, { comment = "x" })
      :find("may have been placed", 1, true))
    shop.trouble = nil
    local order = assert(plan:run())
    assert.equal(1, order.order_id)
    assert.equal(order, plan:run())
    assert.equal(1, shop.orders())
    assert.equal(1, shop.count("order/add"))
  end)

  it("finds an order that the shop stored while its mail failed", function()
    local shop = open()
    assert.is_nil(shop.fake.invotide:set { smtp = "refused" })
    local plan = shop.session:checkout(with { reference = "R-2" })
    local order = plan:run() or plan:run()
    assert.equal(1, order.order_id)
    assert.equal(0, order.order_status_id)
    assert.equal(1, shop.orders())
    assert.equal(1, shop.count("order/add"))
  end)

  it("begins anew where the session may not be built again", function()
    for n = 3, count do
      local shop = open { rebuild = false }
      local plan = shop.session:checkout(with { reference = "R-3" })
      shop.trouble = function(at)
        return at == n and "expire=session" or nil
      end
      local order, err = plan:run()
      if not order then
        assert.equal("session_lost", err.kind)
        assert(shop.session:login())
        order, err = plan:run()
      end
      assert(order, n .. ": " .. tostring(err))
      assert.equal(1, shop.orders())
    end
  end)

  it("lasts: one call in seventeen fails, and all is well in the end", function()
    local kinds, n = { "dead", "reset=before", "expire=token" }, 0
    local shop = open()
    local plan = shop.session:checkout(with { reference = "R-4" })
    shop.trouble = function(_, route)
      n = n + 1
      return route ~= "order/add" and n % 17 == 5
        and kinds[n % #kinds + 1] or nil
    end
    local order
    for _ = 1, 60 do
      order = order or plan:run()
    end
    assert.is_truthy(order)
    assert.equal(1, shop.orders())
  end)
end)

-- }======

describe("two runs of one plan", function()
  it("place one order", function()
    local shop = open()
    local plan = shop.session:checkout(with { reference = "R-5" })
    local first, second, begun
    plan:set { payment = function()
      if not begun then
        begun = true
        second = { plan:run() } -- as another coroutine would
      end
      return "cod"
    end }
    first = { plan:run() }
    assert.equal(1, shop.orders())
    assert.equal(1, shop.count("order/add"))
    assert(first[1] or second[1])
  end)

  it("of which the older was abandoned on its way, never order twice",
    function()
      local shop = open()
      local plan = shop.session:checkout(with())
      local task = coroutine.create(function() plan:run() end)
      shop.trouble = function(_, route)
        if route == "order/add" and coroutine.running() == task then
          coroutine.yield()
        end
      end
      shop.session.blocking = true
      shop.session.calm.blocking = true
      shop.session.state.caller.blocking = true
      assert(coroutine.resume(task))
      assert.equal("suspended", coroutine.status(task))
      assert.is_true(plan.sent)
      shop.trouble = nil
      local calm = { look_for_order = function()
        return nil, { candidates = {} }
      end }
      plan.session = calm
      local order, err = plan:run()
      assert.is_nil(order)
      assert.is_true(err.ambiguous)
      assert.equal("order", err.stage)
      assert.equal(0, shop.count("order/add"))
    end)
end)

describe("a reference", function()
  it("is checked as a part of the comment", function()
    local session = open().session
    local why = message(function()
      session:checkout(with { comment = "smile \240\159\152\128" })
    end)
    assert(why:find("comment", 1, true), why)
    assert(core.show(why))
  end)
end)
