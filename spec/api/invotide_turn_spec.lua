-- One session, many coroutines: one call at a time, nothing lost, and no dead
-- coroutine locks it.

local process = require "spec.support.process"
local shopwire = require "shopwire"
local till = require "spec.support.till"

describe("one session in many coroutines", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  local function pieces(session)
    local sum = 0
    for _, line in ipairs(assert(session.cart:products()).products) do
      sum = sum + line.quantity
    end
    return sum
  end

  it("puts fifty pieces into the cart, each once", function()
    local session = shop:session()
    local list = {}
    for i = 1, 50 do
      list[i] = i
    end
    assert(shopwire.map(list, function()
      return session.cart:add { product_id = 40 }
    end, { limit = 50 }))
    assert.equal(50, pieces(session))
    assert.equal(1, shop:count "login")
    assert.equal(50, shop:count "cart/add")
  end)

  it("keeps every value that five setters set at once", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40, quantity = 2 })
    assert(shopwire.all {
      function() return session.customer:set(till.CUSTOMER) end,
      function() return session.payment:address(till.ADDRESS) end,
      function() return session.shipping:address(till.ADDRESS) end,
      function() return session.coupon:apply "1111" end,
      function() return session.currency:set "EUR" end,
    })
    assert(session.shipping:methods())
    assert(session.payment:methods())
    local order = assert(session.order:add { payment_method = "cod",
      shipping_method = "flat.flat" })
    local stored = assert(session.order:info(order.order_id))
    assert.equal("ada@example.com", stored.email)
    assert.equal("EUR", stored.currency_code)
  end)

  it("serves them first come, first served", function()
    local session = shop:session()
    assert(session:login())
    local jobs, order = {}, {}
    for i = 1, 10 do
      jobs[i] = shopwire.spawn(function()
        assert(session.reward:maximum())
        order[#order + 1] = i
      end)
    end
    for i = 1, 10 do
      jobs[i]:wait()
    end
    assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, order)
  end)

  it("goes on when waiters are killed", function()
    local session = shop:session()
    assert(session:login())
    local jobs = {}
    for i = 1, 30 do
      jobs[i] = shopwire.spawn(function()
        return session.cart:add { product_id = 40 }
      end)
    end
    shopwire.tick(0) -- all have come; one has the turn
    for i = 2, 30, 2 do
      jobs[i]:cancel()
    end
    for i = 1, 29, 2 do
      assert(jobs[i]:wait())
    end
    assert.equal(15, pieces(session))
    assert.equal(15, shop:count "cart/add")
  end)

  it("lets a killed owner's call end, and keeps what it did", function()
    local events = {}
    local session = shop:session { log = function(event)
      events[#events + 1] = event.event
    end }
    assert(session:login())
    shop:fault("api/cart/add", { delay = 1 })
    local owner = shopwire.spawn(function()
      return session.cart:add { product_id = 40, quantity = 3 }
    end)
    local other = shopwire.spawn(function()
      return session.cart:add { product_id = 28, quantity = 4 }
    end)
    shopwire.tick(0.02)
    owner:cancel()
    assert(other:wait())
    assert.equal(7, pieces(session))
    assert.equal(2, shop:count "cart/add")
    assert.equal("unclaimed", events[2])
    shop:expire() -- the journal has both
    assert.equal(7, pieces(session))
  end)

  it("survives the death of whoever logs in or builds again", function()
    local session = shop:session()
    shop:fault("api/login", { delay = 1 })
    local first = shopwire.spawn(function()
      return session.cart:add { product_id = 40 }
    end)
    local second = shopwire.spawn(function()
      return session.cart:add { product_id = 40 }
    end)
    shopwire.tick(0.02)
    first:cancel()
    assert(second:wait())
    assert.equal(1, pieces(session))

    shop:expire()
    shop:fault("api/cart/add", { delay = 1 })
    first = shopwire.spawn(function() return session.cart:products() end)
    assert.truthy(process.wait(function()
      shopwire.tick(0)
      return shop:count "cart/add" == 2
    end))
    first:cancel()
    assert.equal(1, pieces(session))
  end)

  it("takes back a call that landed for a task killed just then", function()
    local core = require "shopwire.core"
    local unclaimed = 0
    local function log(event)
      unclaimed = unclaimed + (event.event == "unclaimed" and 1 or 0)
    end
    local sessions = { shop:session { log = log }, shop:session {
      log = log } }
    assert(sessions[1]:login())
    assert(sessions[2]:login())
    local jobs = {}
    for i = 1, 2 do
      jobs[i] = shopwire.spawn(function()
        assert(sessions[i].cart:add { product_id = 40 })
        jobs[3 - i]:cancel() -- whoever is first
        return true
      end)
    end
    shopwire.tick(0)
    local both = core.now() + 0.1
    repeat until core.now() > both -- so that both land in one step
    local first, second = jobs[1]:wait(), jobs[2]:wait()
    assert.is_true((first or second) == true)
    for i = 1, 2 do
      assert.equal(1, pieces(sessions[i]))
    end
    assert.equal((first and second) and 0 or 1, unclaimed)
    assert.equal(2, shop:count "cart/add")
  end)

  it("goes on when tasks raise", function()
    local session = shop:session { raise = true }
    assert(session.cart:add { product_id = 40 })
    local jobs = {}
    for i = 1, 10 do
      jobs[i] = shopwire.spawn(function()
        if i % 2 == 0 then
          return session.coupon:apply "NONE"
        end
        return session.cart:add { product_id = 40 }
      end)
    end
    for i = 1, 10 do
      local result, err = jobs[i]:wait()
      assert.equal(i % 2 == 0, result == nil and err:is "invalid")
    end
    assert.equal(6, pieces(session))
  end)

  it("runs no function of the script's while the turn is held", function()
    local session
    local inside = {}
    session = shop:session { log = function(event)
      if event.event == "error" then
        inside[#inside + 1] = session.state.turn.owner == nil
      end
    end }
    assert.is_nil((session.coupon:apply "NONE"))
    assert.same({ true }, inside)
  end)

  it("runs other sessions side by side", function()
    local sessions = {}
    for i = 1, 8 do
      sessions[i] = shop:session()
      assert(sessions[i]:login())
    end
    shop:fault("api/cart/add", { delay = 1, times = 8 })
    local core = require "shopwire.core"
    local begun = core.now()
    assert(shopwire.map(sessions, function(session)
      return session.cart:add { product_id = 40 }
    end, { limit = 8 }))
    assert.is_true(core.now() - begun < 8 * 1)
    for _, session in ipairs(sessions) do
      assert.equal(1, pieces(session))
    end
  end)
end)
