-- An answer that is lost at any step: nothing more is written on that token,
-- the step is told as it is, and what was set is there again.

local till = require "spec.support.till"

describe("an answer lost", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  -- A proxy that lost the shop, and a reply that is cut. (A connection that
  -- dies without a byte may be used again by libcurl itself.)
  local ways = { before = { status = 504 }, after = { truncate = 12 } }

  for i, step in ipairs(till.steps) do
    for when, fault in pairs(ways) do
      it("at " .. step[1] .. ", " .. when .. " it was done", function()
        local session = shop:session()
        assert(session:login())
        for k = 1, i - 1 do
          assert(till.steps[k][2](session))
        end
        shop:fault("api/" .. step[1], { status = fault.status,
          truncate = fault.truncate })
        local result, err = step[2](session)
        assert.is_nil(result)
        assert.equal(when == "after" and "network" or "server", err.kind)
        assert.is_falsy(err.ambiguous)
        local sent = #shop:routes()
        assert(step[2](session))
        assert.equal("login", shop:routes()[sent + 1])
        for k = i + 1, #till.steps do
          assert(till.steps[k][2](session))
        end
        local order = assert(session.order:add {})
        assert.equal(1, #shop:orders())
        local stored = assert(session.order:info(order.order_id))
        assert.equal("ada@example.com", stored.email)
        assert.equal("cod", stored.payment_code)
      end)
    end
  end

  local broken = {
    { "a page of the maintenance", { maintenance = true } },
    { "the database down", { database = "down" } },
    { "a fatal error of PHP", { fatal = true } },
    { "a proxy's page", { status = 502 } },
    { "a page that is no answer", { html = true } },
  }

  for _, case in ipairs(broken) do
    it("to " .. case[1] .. " leaves the session usable", function()
      for i, step in ipairs(till.steps) do
        shop:reset()
        local session = shop:session()
        assert(session:login())
        for k = 1, i - 1 do
          assert(till.steps[k][2](session))
        end
        local fault = {}
        for name, value in pairs(case[2]) do
          fault[name] = value == true and "1" or value
        end
        shop:fault("api/" .. step[1], fault)
        local result, err = step[2](session)
        assert.is_nil(result, step[1])
        assert.is_falsy(err.ambiguous)
        for k = i, #till.steps do
          assert(till.steps[k][2](session))
        end
        assert(session.order:add {})
        assert.equal(1, #shop:orders())
      end
    end)
  end

  it("while a session is built again is told, and then it goes on",
    function()
      local session = shop:session()
      assert(till.fill(session))
      shop:expire()
      shop:fault("api/payment/address", { truncate = 12 })
      local result, err = session.cart:products()
      assert.is_nil(result)
      assert.equal("network", err.kind)
      assert.equal("payment.address", err.endpoint)
      assert.equal(1, #assert(session.cart:products()).products)
      assert(session.order:add {})
      assert.equal(1, #shop:orders())
    end)

  it("goes on after the server was away", function()
    local session = shop:session()
    assert(till.fill(session))
    shop:set { database = "down" }
    for _ = 1, 2 do
      local result, err = session.cart:products()
      assert.is_nil(result)
      assert.equal("server", err.kind)
    end
    shop:set { database = "up" }
    assert.equal(1, #assert(session.cart:products()).products)
    assert(session.order:add {})
  end)
end)
