-- A plan: what is done again after a change, and every trouble at every call:
-- never two orders, the plan goes on, and the user is told.
-- (lua/invotide/plan.lua)

local purchase = require "spec.support.purchase"

local ADDRESS, CUSTOMER = purchase.ADDRESS, purchase.CUSTOMER
local open, with, message = purchase.open, purchase.with, purchase.message
local left = purchase.left

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

  it("lasts: one call in seventeen fails, and all ends well", function()
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
