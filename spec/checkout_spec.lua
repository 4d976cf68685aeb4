-- session:checkout: steps, their order, choosers, mistakes, what the shop
-- refuses. Trouble on the way is plan_spec's. (lua/invotide/checkout.lua)

local core = require "shopwire.core"
local errors = require "shopwire.errors"
local purchase = require "spec.support.purchase"
local shopwire = require "shopwire"

local ADDRESS, CUSTOMER = purchase.ADDRESS, purchase.CUSTOMER
local open, with, message = purchase.open, purchase.with, purchase.message

local left, names = purchase.left, purchase.names

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

  it("makes calls of its own in a task", function()
    local shop, other = open(), open()
    local function ask(code)
      return function()
        require("shopwire.driver.block").sleep(0.001)
        assert(other.session.reward:maximum())
        return code
      end
    end
    local plan = shop.session:checkout(with { shipping = ask "flat.flat",
      payment = ask "cod", confirm = ask(true) })
    assert(shopwire.map({ 1 }, function() return plan:run() end))
    assert.equal(3, other.count("reward/maximum"))
    assert.equal(1, shop.orders())
  end)

  it("may raise in a task: the plan runs on afterwards", function()
    for _, name in ipairs { "shipping", "payment", "confirm" } do
      local shop, failed = open(), false
      local plan = shop.session:checkout(with { [name] = function()
        if not failed then
          failed = true
          error("no idea", 0)
        end
        return name == "shipping" and "flat.flat" or "cod"
      end })
      local done, err = shopwire.spawn(function() return plan:run() end):wait()
      assert.is_nil(done)
      assert.truthy(tostring(err):find("no idea", 1, true))
      assert(plan:run())
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

describe("a plan of a closed session", function()
  local CLOSED = "the session was closed"

  it("is refused once, at the caller's line", function()
    local shop = open()
    local plan = shop.session:checkout(with())
    shop.session:close()
    for _, f in ipairs { function() plan:set { payment = "cod" } end,
      function() shop.session:checkout(with()) end } do
      local why = message(f)
      assert(why:find("^spec/checkout_spec.lua:%d+: checkout: this session is "
        .. "closed: make a new one$"), why)
    end
  end)

  it("sends nothing and says where it stood", function()
    local shop = open()
    local plan = shop.session:checkout(with())
    shop.session:close()
    local order, err = plan:run()
    assert.is_nil(order)
    assert.equal("cancelled", err.kind)
    assert.equal(CLOSED, err.message)
    assert.equal("currency", err.stage)
    assert.equal(0, shop.n)
  end)

  it("orders nothing, wherever it was closed", function()
    for _, name in ipairs { "shipping", "payment", "confirm" } do
      local shop = open()
      local plan = shop.session:checkout(with { [name] = function()
        shop.session:close()
        return name == "shipping" and "flat.flat" or "cod"
      end })
      for _ = 1, 2 do
        local order, err = plan:run()
        assert.is_nil(order)
        assert.equal("cancelled", err.kind)
        assert.equal(CLOSED, err.message)
        assert.is_false(err.ambiguous)
        assert.is_nil(plan.sent)
      end
      assert.equal(0, shop.count("order/add"))
    end
    local lost = open()
    local plan = lost.session:checkout(with { reference = "R-3" })
    lost.trouble = function(_, route)
      if route == "order/add" then
        lost.session:close()
        return "reset=after"
      end
    end
    plan:run()
    local _, unread = plan:run()
    assert.is_true(unread.ambiguous)
    assert(unread.hint:find("the session was closed", 1, true))
    assert.equal(1, lost.count("order/add"))
    local count = open()
    assert(count.session:checkout(with()):run())
    for i = 1, count.n - 1 do
      local shop = open()
      shop.trouble = function(n)
        if n == i then
          shop.session:close()
        end
      end
      local order, err = shop.session:checkout(with()):run()
      assert.is_nil(order)
      assert.equal("cancelled", err.kind, tostring(err))
      assert.is_string(err.stage)
      assert.equal(0, shop.count("order/add"))
    end
  end)
end)

describe("a plan of a session whose answers are text", function()
  it("reads them all the same", function()
    local shop = open()
    local order = assert(shop.session:with { raw = true }
      :checkout(with()):run())
    assert.equal(1, order.order_id)
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

describe("a reference", function()
  it("is found behind a comment that is a number", function()
    local shop = open()
    local plan = shop.session:checkout(with { comment = 2026,
      reference = "R-2" })
    local order = assert(plan:run())
    assert.equal("2026\nR-2",
      assert(shop.session.order:info(order.order_id)).comment)
    assert(message(plan.session.checkout, plan.session,
      with { comment = true, reference = "R-2" }):find("comment", 1, true))
  end)

  it("is checked as a part of the comment", function()
    local session = open().session
    local why = message(function()
      session:checkout(with { comment = "smile \240\159\152\128" })
    end)
    assert(why:find("comment", 1, true), why)
    assert(core.show(why))
  end)
end)
