-- What is refused before the wire, what never is, and vouchers by code.

local shopwire = require "shopwire"
local till = require "spec.support.till"

describe("a missing step", function()
  local shop

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  local function refused(words, result, err)
    assert.is_nil(result)
    assert.equal("conflict", err.kind)
    assert.truthy(tostring(err):find(words, 1, true), tostring(err))
  end

  it("is named, and nothing is sent", function()
    local session = shop:session()
    assert(session.cart:add { product_id = 40 })
    assert(session.shipping:address(till.ADDRESS))
    local before = #shop:routes()
    refused("list shipping methods first: session.shipping:methods()",
      session.shipping:method "flat.flat")
    refused("set the payment address first", session.payment:methods())
    refused("list payment methods first: session.payment:methods()",
      session.payment:method "cod")
    refused("set the customer first: session.customer:set{…}",
      session.order:add {})
    refused("choose a payment method first", session.order:edit(1, {}))
    assert.equal(before, #shop:routes())
  end)

  it("comes back when a later call drops a slot", function()
    local session = shop:session()
    assert(till.fill(session))
    assert(session.cart:add { product_id = 40 })
    refused("choose a shipping method first", session.order:add {})
    assert(session.shipping:methods())
    assert(session.payment:methods())
    assert(session.order:add { payment_method = "cod",
      shipping_method = "flat.flat" })
    assert.equal(1, #shop:orders())
  end)

  it("is none for vouchers only", function()
    local session = shop:session()
    assert(session.customer:set(till.CUSTOMER))
    assert(session.voucher:add { from_name = "A", to_name = "B",
      from_email = "a@example.com", to_email = "b@example.com",
      amount = 25 })
    assert(session.payment:address(till.ADDRESS))
    local offered = shopwire.quotes(assert(session.payment:methods()))
    assert(session.payment:method(offered[1].code))
    assert(session.order:add {})
    assert.equal(1, #shop:orders())
  end)

  it("is the cart after an account was set", function()
    local session = shop:session()
    assert(till.fill(session))
    local account = { customer_id = 1 }
    for name, value in pairs(till.CUSTOMER) do
      account[name] = value
    end
    assert(session.customer:set(account))
    refused("put something into the cart first", session.order:add {})
  end)

  it("is told again by the shop when it knows more", function()
    local session = shop:session()
    assert(till.fill(session))
    shop:set { advance = 3000 } -- the session lives by what follows
    assert(session.cart:products())
    assert.equal("set", session.state.journal.slots.cart)
  end)
end)

describe("a voucher with a code", function()
  local shop
  local GIFT = { from_name = "A", to_name = "B", from_email =
    "a@example.com", to_email = "b@example.com", amount = 20,
    voucher_theme_id = 8 }

  setup(function() shop = till.open() end)
  teardown(function() shop:close() end)
  before_each(function() shop:reset() end)

  local function with_code(code)
    local fields = { code = code }
    for name, value in pairs(GIFT) do
      fields[name] = value
    end
    return fields
  end

  local function codes(session)
    local list = {}
    for i, voucher in ipairs(assert(session.cart:products()).vouchers) do
      list[i] = voucher.code
    end
    table.sort(list)
    return list
  end

  it("goes through the bulk form beside those that are there", function()
    local session = shop:session()
    assert(session.voucher:add(GIFT))
    assert(session.voucher:add(with_code "XMAS-1"))
    assert(session.voucher:add(with_code "XMAS-2"))
    local list = codes(session)
    assert.equal(3, #list)
    assert.same({ "XMAS-1", "XMAS-2" }, { list[2], list[3] })
    shop:expire()
    assert.same(list, codes(session))
  end)

  it("is refused twice, and when a field is missing", function()
    local session = shop:session()
    assert(session.voucher:add(with_code "ONE"))
    local result, err = session.voucher:add(with_code "ONE")
    assert.is_nil(result)
    assert.equal("conflict", err.kind)
    local ok, why = pcall(function()
      local added = session.voucher:add { code = "TWO" }
      return added
    end)
    assert.is_false(ok)
    assert.truthy(tostring(why):find("invotide_slots_spec.lua", 1, true))
    assert.same({ "ONE" }, codes(session))
  end)

  it("keeps the whole within the session's 64 KiB", function()
    local session = shop:session()
    local long = {}
    for name, value in pairs(GIFT) do
      long[name] = value
    end
    long.message = ("x"):rep(9000)
    local added, err = 0, nil
    for _ = 1, 8 do
      local result
      result, err = session.voucher:add(long)
      if not result then
        break
      end
      added = added + 1
    end
    assert.equal("invalid", err.kind)
    assert.truthy(err.message:find("64 KiB", 1, true))
    assert.is_true(added >= 5)
    assert.equal(added, #codes(session))
    assert(shopwire.meta(assert(session.cart:products())))
  end)
end)
