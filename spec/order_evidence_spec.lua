-- An order whose answer was lost is never sent twice, and looked for.

local order_evidence = require "invotide.order_evidence"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local till = require "spec.support.till"

describe("an order without an answer", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  local function ready(options)
    local session = shop:session(options)
    assert(till.fill(session))
    return session
  end

  it("is the result when its reference is found", function()
    local session = ready()
    shop:fault("api/order/add", { reset = "after" })
    local order, err = session.order:add({ comment = "Ring twice" },
      { reference = "line-7" })
    assert.is_nil(err)
    assert.equal(1, order.order_id)
    assert.equal(1, #shop:orders())
    assert.equal("Ring twice\nline-7",
      (shop:orders()[1].comment:gsub("\r", "")))
    assert.truthy(shopwire.meta(order).warnings[1]:find("reference"))
    assert.equal(1, shop:count "order/add")
  end)

  it("is told with evidence without a reference", function()
    local session = ready()
    shop:fault("api/order/add", { reset = "after" })
    local order, err = session.order:add {}
    assert.is_nil(order)
    assert.is_true(err.ambiguous)
    assert.is_true(err.evidence.cart_empty)
    assert.same({}, err.evidence.vouchers)
    assert.equal(1, #err.evidence.candidates)
    assert.equal(1, err.evidence.candidates[1].order_id)
    assert.equal(1, shop:count "order/add")
    assert.equal(1, #shop:orders())
  end)

  it("tells that nothing is there", function()
    local session = ready()
    shop:fault("api/order/add", { reset = "before" })
    local order, err = session.order:add({}, { reference = "line-8" })
    assert.is_nil(order)
    assert.is_true(err.ambiguous)
    assert.is_false(err.evidence.cart_empty)
    assert.same({}, err.evidence.candidates)
    assert.equal(0, #shop:orders())
  end)

  it("never writes on the suspect token again", function()
    local session = ready()
    shop:fault("api/order/add", { reset = "after" })
    session.order:add {}
    local before = #shop:routes()
    local reads = { ["cart/products"] = true, ["order/info"] = true }
    local all, at = shop:routes(), nil
    for i, route in ipairs(all) do
      at = route == "order/add" and i or at
      assert.is_true(not at or i == at or reads[route] == true, route)
    end
    assert(session.coupon:apply "2222")
    assert.equal("login", shop:routes()[before + 1])
  end)

  it("stored at status 0 when the mail server refused", function()
    local session = ready()
    shop:fault("api/order/add", { smtp = "refused" })
    local order, err = session.order:add {}
    assert.is_nil(order)
    assert.equal("server", err.kind)
    assert.is_true(err.ambiguous)
    assert.is_false(err.evidence.cart_empty)
    assert.equal(0, err.evidence.candidates[1].order_status_id)
    assert.equal(1, #shop:orders())

    shop:reset()
    session = ready()
    shop:fault("api/order/add", { smtp = "refused" })
    order = assert(session.order:add({}, { reference = "line-9" }))
    assert.equal(0, order.order_status_id)
    local warnings = shopwire.meta(order).warnings
    assert.truthy(warnings[#warnings]:find("status 0"))
    assert.equal(1, #shop:orders())
    assert.equal(0, #assert(session.cart:products()).products)
  end)

  it("still running is told, and found by a later look", function()
    local session = ready()
    shop:fault("api/order/add", { delay = 2 })
    local order, err = session.order:add({}, { deadline = 1,
      reference = "line-10" })
    if not order then
      assert.is_true(err.ambiguous)
      assert.equal("timeout", err.kind)
      order = process.wait(function()
        return (order_evidence.look(session, { reference = "line-10",
          before = err.evidence }))
      end, 30)
    end
    assert.equal(1, order.order_id)
    assert.equal(1, #shop:orders())
    assert.equal(1, shop:count "order/add")
  end)

  it("is found among many, above the highest id known", function()
    local session = ready()
    for _ = 1, 12 do
      assert(session.order:add {})
      assert(session.cart:add { product_id = 40 })
      assert(session.shipping:methods())
      assert(session.shipping:method "flat.flat")
      assert(session.payment:methods())
      assert(session.payment:method "cod")
    end
    local known = shop:count "order/info"
    shop:fault("api/order/add", { reset = "after" })
    local order = assert(session.order:add({}, { reference = "r13" }))
    assert.equal(13, order.order_id)
    assert.equal(4, shop:count "order/info" - known)

    local fresh = ready()
    shop:fault("api/order/add", { reset = "after" })
    order = assert(fresh.order:add({}, { reference = "r14" }))
    assert.equal(14, order.order_id)
  end)

  it("is no older one to which the same reference was given", function()
    local first = assert(ready().order:add({}, { reference = "DAILY" }))
    local session = ready()
    shop:fault("api/order/add", { reset = "before" })
    local order, err = session.order:add({}, { reference = "DAILY" })
    assert.is_nil(order)
    assert.is_true(err.ambiguous)
    assert.is_false(err.evidence.cart_empty)
    assert.equal(first.order_id, err.evidence.candidates[1].order_id)
    local found, evidence = order_evidence.look(session,
      { reference = "DAILY", before = err.evidence })
    assert.is_nil(found)
    assert.equal(1, #evidence.candidates)
    assert.equal(1, #shop:orders())
  end)

  it("is found where only vouchers were bought", function()
    local session = shop:session()
    assert(session.customer:set(till.CUSTOMER))
    assert(session.voucher:add { from_name = "A", to_name = "B", amount = 25,
      from_email = "a@example.com", to_email = "b@example.com" })
    assert(session.payment:address(till.ADDRESS))
    assert(session.payment:methods())
    assert(session.payment:method "bank_transfer")
    shop:fault("api/order/add", { reset = "after" })
    local order = assert(session.order:add({}, { reference = "line-11" }))
    assert.equal(1, order.order_id)
  end)

  it("is none that was there before it was sent", function()
    local session = ready()
    assert(session.order:add({}, { reference = "DAILY" }))
    assert(till.fill(session))
    shop:fault("api/order/add", { reset = "after" })
    local order = assert(session.order:add({}, { reference = "DAILY" }))
    assert.equal(2, order.order_id)
    assert(till.fill(session))
    shop:fault("api/order/add", { reset = "before" })
    local err
    order, err = session.order:add({}, { reference = "DAILY" })
    assert.is_nil(order)
    assert.same({}, err.evidence.candidates)
    assert.equal(2, #shop:orders())
  end)

  it("is none of another customer or of another total", function()
    for _, other in ipairs {
      { function(s)
        local customer = { email = "charles@example.com" }
        for name, value in pairs(till.CUSTOMER) do
          customer[name] = customer[name] or value
        end
        return s.customer:set(customer)
      end, true },
      { function(s)
        return s.cart:replace { { product_id = 40, quantity = 1 } }
      end },
    } do
      shop:reset()
      local first = shop:session()
      assert(till.fill(first))
      assert(other[1](first))
      for i = other[2] and 99 or 5, #till.steps do
        assert(till.steps[i][2](first))
      end
      shop:fault("api/order/add", { smtp = "refused" })
      assert(first.order:add({}, { reference = "DAILY" }))
      local session = ready()
      shop:fault("api/order/add", { reset = "before" })
      local order, err = session.order:add({}, { reference = "DAILY" })
      assert.is_nil(order)
      assert.is_true(err.ambiguous)
      assert.equal(1, #err.evidence.candidates)
    end
  end)

  it("puts the reference behind any comment that can be sent", function()
    local comment = order_evidence.comment
    assert.equal("R-1", comment(nil, "R-1"))
    assert.equal("R-1", comment("", "R-1"))
    assert.equal("a\nR-1", comment("a", "R-1"))
    assert.equal("42\nR-1", comment(42, "R-1"))
    assert.equal("42\nR-1", comment(42.0, "R-1"))
    assert.equal("1.5\nR-1", comment(1.5, "R-1"))
    assert.is_true(comment(true, "R-1"))
    assert.equal(42, comment(42))
    assert(ready().order:add({ comment = 42 }, { reference = "R-1" }))
    assert.equal("42\nR-1", (shop:orders()[1].comment:gsub("\r", "")))
  end)

  it("goes by the whole reference at the comment's end", function()
    local has = order_evidence.has_reference
    assert.is_true(has({ comment = "x\nline-1" }, "line-1"))
    assert.is_true(has({ comment = "line-1" }, "line-1"))
    assert.is_false(has({ comment = "x\nline-11" }, "line-1"))
    assert.is_false(has({ comment = "inline-1" }, "line-1"))
    assert.is_false(has({ comment = "line-1 y" }, "line-1"))
    assert.is_false(has({}, "line-1"))
  end)

  it("takes a reference of one line only", function()
    local session = ready()
    for _, bad in ipairs { "", " a", "a ", "a\nb", 7, ("x"):rep(300) } do
      local ok, why = pcall(function()
        local order = session.order:add({}, { reference = bad })
        return order
      end)
      assert.is_false(ok)
      assert.truthy(tostring(why):find("order_evidence_spec.lua", 1, true))
    end
  end)

  it("leaves other once-only calls with evidence too", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40, quantity = 2 })
    shop:fault("api/cart/add", { reset = "after" })
    local result, err = session.cart:add { product_id = 40, quantity = 3 }
    assert.is_nil(result)
    assert.is_true(err.ambiguous)
    assert.equal(5, err.evidence.pieces)
    assert.equal(2, err.evidence.pieces_before)
    assert.equal(2, assert(session.cart:products()).products[1].quantity)

    shop:fault("api/voucher/add", { reset = "after" })
    result, err = session.voucher:add { from_name = "A", to_name = "B",
      from_email = "a@example.com", to_email = "b@example.com", amount = 5 }
    assert.is_nil(result)
    assert.equal(1, #err.evidence.vouchers)
    assert.equal(0, #assert(session.cart:products()).vouchers)
  end)

  it("reads the order after an uncertain history", function()
    local session = ready()
    local order = assert(session.order:add {})
    shop:fault("api/order/history", { reset = "after" })
    local result, err = session.order:history(order.order_id,
      { order_status_id = 5 })
    assert.is_nil(result)
    assert.is_true(err.ambiguous)
    assert.equal(5, err.evidence.order_status_id)
    assert.equal(1, shop:count "order/history")
  end)
end)
