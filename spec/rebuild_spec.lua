-- A lost session is built again, in few calls, and says so.

local shopwire = require "shopwire"
local till = require "spec.support.till"

describe("a lost session", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  local function logging(options)
    local events = {}
    options = options or {}
    options.log = function(event)
      if event.event == "session_rebuilt" then
        events[#events + 1] = event
      end
    end
    return shop:session(options), events
  end

  -- Slots set by till.fill: cart and coupon among them.
  local SLOTS = 10

  it("is built again with the bulk forms, in slot order", function()
    local session, events = logging()
    assert(till.fill(session))
    shop:expire()
    local before = #shop:routes()
    assert(session.cart:products())
    local all = shop:routes()
    local calls = {}
    for i = before + 1, #all do
      calls[#calls + 1] = all[i]
    end
    assert.same({ "cart/products", "login", "currency", "customer",
      "cart/add", "coupon", "shipping/address", "shipping/methods",
      "shipping/method", "payment/address", "payment/methods",
      "payment/method", "cart/products" }, calls)
    assert.equal(1, #events)
    assert.equal(SLOTS + 1, events[1].calls)
  end)

  -- An error text of these may be a permission answer: one probe tells.
  local doubtful = {}
  for _, route in ipairs { "currency", "customer", "coupon",
    "shipping/address", "shipping/methods", "shipping/method",
    "payment/methods", "payment/method" } do
    doubtful[route] = true
  end

  it("is found dead at any step, and the step goes on", function()
    for i = 2, #till.steps do
      shop:reset()
      local session, events = logging()
      for k = 1, i - 1 do
        assert(till.steps[k][2](session))
      end
      shop:expire()
      local before = #shop:routes()
      local route = till.steps[i][1]
      assert(till.steps[i][2](session), route)
      assert.equal(1, #events, route)
      -- the refused call, login, the slots, the call; a probe if in doubt
      local most = 3 + (i - 1) + (doubtful[route] and 1 or 0)
      assert.is_true(#shop:routes() - before <= most, route)
      for k = i + 1, #till.steps do
        assert(till.steps[k][2](session))
      end
      local order = assert(session.order:add {})
      assert.equal(order.order_id, shop:orders()[1].order_id + 0)
      assert.equal(1, #shop:orders())
      session:close()
    end
  end)

  it("places an order only when lines and totals are as read", function()
    local session = logging()
    assert(till.fill(session))
    shop:expire()
    local order = assert(session.order:add {})
    assert.equal(1, order.order_id)
    assert.equal(1, #shop:orders())
  end)

  it("orders nothing when they are not, or were not read", function()
    local session = logging()
    for i = 1, #till.steps - 1 do
      assert(till.steps[i][2](session))
    end
    shop:expire()
    local order, err = session.order:add {}
    assert.is_nil(order)
    assert.equal("session_lost", err.kind)
    assert.is_false(err.ambiguous)
    assert.equal(0, #shop:orders())
    assert(session.cart:products())
    assert(session.order:add {})
    assert.equal(1, #shop:orders())
  end)

  it("reads and marks orders without building the cart again", function()
    local session = logging()
    assert(till.fill(session))
    local order = assert(session.order:add {})
    assert(session.cart:add { product_id = 40 })
    shop:expire()
    local before = #shop:routes()
    assert(session.order:info(order.order_id))
    local all = shop:routes()
    assert.equal(before + 4, #all) -- info, probe, login, info
    shop:expire()
    assert(session.order:history(order.order_id, { order_status_id = 5 }))
    assert.equal(5, tonumber(shop:orders()[1].order_status_id))
    assert.equal(1, #assert(session.cart:products()).products)
  end)

  it("keeps the cart of an account that was set again", function()
    local session = logging()
    local function account(telephone)
      return { firstname = "Rita", lastname = "Reward", customer_id = 1,
        email = "rita@example.com", telephone = telephone }
    end
    assert(session.customer:set(account "11111"))
    assert(session.cart:add { product_id = 40, quantity = 2 })
    assert(session.customer:set(account "22222"))
    shop:expire()
    assert.equal(2, assert(session.cart:products()).products[1].quantity)
    for i = 5, #till.steps do
      assert(till.steps[i][2](session))
    end
    assert(session.order:add {})
  end)

  it("knows the keys of an answer that was given as text", function()
    local session = logging()
    assert(session.cart:add { product_id = 40 })
    local text = assert(session:with { raw = true }.cart:products())
    local key = text:match('"cart_id":"?(%d+)')
    local result, err = session.cart:edit { key = 999999, quantity = 2 }
    assert.is_nil(result)
    assert.equal("not_found", err.kind)
    assert(session.cart:edit { key = key, quantity = 5 })
    assert.equal(5, assert(session.cart:products()).products[1].quantity)
  end)

  it("refuses the key of a line that was taken out", function()
    local session = logging()
    for _, take in ipairs {
      function(key) return session.cart:remove(key) end,
      function(key) return session.cart:edit { key = key, quantity = 0 } end,
      function() return session.cart:replace { { product_id = 40 } } end,
    } do
      assert(session.cart:replace { { product_id = 40 } })
      local key = assert(session.cart:products()).products[1].cart_id
      assert(take(key))
      local result, err = session.cart:edit { key = key, quantity = 3 }
      assert.is_nil(result)
      assert.equal("not_found", err.kind)
      assert.truthy(err.message:find("not in the cart any more", 1, true))
    end
  end)

  it("translates keys that were handed out before", function()
    local session = logging()
    assert(session.cart:replace { { product_id = 40, quantity = 1 },
      { product_id = 28, quantity = 2 } })
    local keys = {}
    for _, line in ipairs(assert(session.cart:products()).products) do
      keys[line.product_id] = line.cart_id
    end
    shop:expire()
    assert(session.cart:edit { key = keys[28], quantity = 7 })
    shop:expire()
    assert(session.cart:remove(keys[40]))
    local left = assert(session.cart:products()).products
    assert.equal(1, #left)
    assert.equal(28, left[1].product_id)
    assert.equal(7, left[1].quantity)
    assert.are_not.equal(keys[28], left[1].cart_id)
  end)

  it("refuses a key that this session never saw", function()
    local session = logging()
    assert(session.cart:add { product_id = 40 })
    local before = #shop:routes()
    local result, err = session.cart:edit { key = 999, quantity = 1 }
    assert.is_nil(result)
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("cart:products", 1, true))
    assert.equal(before, #shop:routes())
  end)

  it("brings single vouchers back with the codes that were read", function()
    local session = logging()
    local gift = { from_name = "A", from_email = "a@example.com",
      to_name = "B", to_email = "b@example.com", amount = 20 }
    assert(session.voucher:add(gift))
    assert(session.voucher:add(gift))
    local code = assert(session.cart:products()).vouchers[1].code
    shop:expire()
    assert(session.cart:remove(code))
    local left = assert(session.cart:products()).vouchers
    assert.equal(1, #left)
    assert.are_not.equal(code, left[1].code)
  end)

  it("is filled line by line past what one form can carry", function()
    local session = logging()
    local many = {}
    for i = 1, 320 do
      many[i] = { product_id = 40, quantity = 1, option = { [9000 + i] = 7 } }
    end
    assert(session.cart:replace(many))
    for i = 321, 340 do
      assert(session.cart:add { product_id = 40, option = { [9000 + i] = 7 } })
    end
    shop:expire()
    local sum = 0
    for _, line in ipairs(assert(session.cart:products()).products) do
      sum = sum + line.quantity
    end
    assert.equal(340, sum)
  end)

  it("stays lost with rebuild = false", function()
    local session, events = logging { rebuild = false }
    assert(till.fill(session))
    shop:expire()
    local result, err = session.cart:products()
    assert.is_nil(result)
    assert.equal("session_lost", err.kind)
    assert.equal(1, shop:count "login")
    result, err = session.currency:set "USD"
    assert.is_nil(result)
    assert.equal("session_lost", err.kind)
    assert.equal(1, shop:count "login")
    assert(session:login())
    assert.equal(0, #assert(session.cart:products()).products)
    assert.equal(0, #events)
  end)

  it("tells which slots the shop did not take again", function()
    local session = logging()
    assert(till.fill(session))
    assert(session.coupon:apply "ONCE")
    local other = logging()
    assert(till.fill(other))
    assert(other.coupon:apply "ONCE")
    assert(other.order:add {})
    shop:expire()
    local result, err = session.cart:products()
    assert.is_nil(result)
    assert.equal("session_lost", err.kind)
    assert.truthy(err.message:find("coupon (", 1, true))
    assert.is_true(err.retryable)
    assert.equal(1, #assert(session.cart:products()).products)
  end)

  it("is forbidden when a new login does not help", function()
    local session = logging()
    assert(session.cart:add { product_id = 40 })
    shop:set { ips = "10.9.8.7" }
    local result, err = session.cart:products()
    shop:set { ips = "127.0.0.1" }
    assert.is_nil(result)
    assert.equal("forbidden", err.kind)
    assert(session.cart:products())
  end)

  it("is told from a real refusal by one probe", function()
    local session, events = logging()
    assert(session.cart:add { product_id = 40 })
    local result, err = session.coupon:apply "NONE"
    assert.is_nil(result)
    assert.equal("invalid", err.kind)
    assert.equal(1, shop:count "reward/maximum")
    assert.equal(1, shop:count "login")
    assert.equal(0, #events)
  end)

  it("says nothing to ship only after a probe", function()
    local session = logging()
    assert(session.currency:set "USD")
    local result = assert(session.shipping:address(till.ADDRESS))
    assert.is_true(shopwire.meta(result).nothing_to_ship)
    assert.equal(1, shop:count "reward/maximum")
    shop:expire()
    result = assert(session.shipping:address(till.ADDRESS))
    assert.is_true(shopwire.meta(result).nothing_to_ship)
    assert.equal(2, shop:count "login")
  end)
end)
