-- What a session remembers of itself: lua/invotide/journal.lua, and under it
-- lua/invotide/lines.lua and lua/invotide/vouchers.lua.

local core = require "shopwire.core"
local journal = require "invotide.journal"

local rows = {}
for _, row in ipairs(core.rows("invotide")) do
  rows[row.full_name] = row
end

local function done(book, name, ...)
  book:done(rows[name], { args = { ... } })
end

-- A book in which everything up to the payment method is set.
local function full()
  local book = journal.new()
  done(book, "currency.set", "USD")
  done(book, "customer.set", { email = "a@example.com" })
  done(book, "cart.add", { product_id = 40, quantity = 2 })
  done(book, "shipping.address", { city = "Town" })
  done(book, "shipping.methods")
  done(book, "shipping.method", "flat.flat")
  done(book, "payment.address", { city = "Town" })
  done(book, "payment.methods")
  done(book, "payment.method", "cod")
  return book
end

local function names(book)
  local list = {}
  for _, slot in ipairs(journal.slots) do
    if book:setter(slot.name) then
      list[#list + 1] = slot.name
    end
  end
  return table.concat(list, " ")
end

describe("the journal", function()
  it("replays what was set, in the order of the slots", function()
    assert.equal("currency customer cart ship_to ship_methods ship_method "
      .. "bill_to pay_methods pay_method", names(full()))
    assert.is_true(journal.new():is_empty())
  end)

  it("forgets what a call drops", function()
    local book = full()
    done(book, "cart.add", { product_id = 28 })
    assert.equal("currency customer cart ship_to bill_to", names(book))
    book = full()
    done(book, "currency.set", "EUR")
    assert.equal("currency customer cart ship_to bill_to pay_methods "
      .. "pay_method", names(book))
  end)

  it("forgets what a refused call drops", function()
    local book = full()
    book:refused(rows["shipping.address"])
    assert.equal("currency customer cart bill_to pay_methods pay_method",
      names(book))
  end)

  it("knows that an account empties the cart", function()
    local book = full()
    done(book, "customer.set", { customer_id = "7" })
    assert.equal("unset", book.slots.cart)
    done(book, "cart.add", { product_id = 40 })
    done(book, "customer.set", { customer_id = 0 })
    assert.equal("set", book.slots.cart)
  end)

  it("keeps the cart of an account that is set again", function()
    local book = journal.new()
    local function set(id)
      done(book, "customer.set", { customer_id = id })
    end
    set(7)
    done(book, "cart.add", { product_id = 40 })
    set("7")
    assert.equal("set", book.slots.cart)
    assert.equal(1, #book.lines)
    book:refused(rows["customer.set"])
    set(7.0)
    assert.equal(1, #book.lines)
    set(8)
    assert.equal("unset", book.slots.cart)
    assert.equal(0, #book.lines)
    set(7) -- its lines are there again, and nobody knows which
    assert.equal("unknown", book.slots.cart)
    book:lose_sight()
    set(9)
    assert.equal("unknown", book.slots.cart)
    book:rebuilt()
    done(book, "cart.add", { product_id = 40 })
    set(9)
    assert.equal(1, #book.lines)
    book:clear()
    set(9)
    assert.equal("unset", book.slots.cart)
  end)

  it("keeps an order out, and the cart after it", function()
    local book = full()
    done(book, "order.add", {})
    assert.equal("unset", book.slots.cart)
    assert.equal("set", book.slots.pay_method)
    assert.equal(0, #book.lines)
  end)

  it("names the step of a certainly unset need only", function()
    local book = journal.new()
    assert.equal("set the payment address first: "
      .. "session.payment:address{…}", book:missing(rows["payment.methods"],
      {}))
    assert.truthy(book:missing(rows["shipping.method"], {}):find(
      "list shipping methods first: session.shipping:methods()", 1, true))
    assert.is_nil(book:missing(rows["shipping.methods"], {}))
    book:lose_sight()
    assert.is_nil(book:missing(rows["payment.methods"], {}))
    assert.is_nil(book:missing(rows["order.add"], {}))
  end)

  it("never refuses what the shop accepts", function()
    local book = full()
    assert.is_nil(book:missing(rows["order.add"], {}))
    book:drop("pay_method")
    assert.truthy(book:missing(rows["order.add"], {}))
    assert.is_nil(book:missing(rows["order.add"],
      { payment_method = "cod" }))
    book:drop("ship_method")
    assert.truthy(book:missing(rows["order.add"],
      { payment_method = "cod" }))
    assert.is_nil(book:missing(rows["order.add"],
      { payment_method = "cod", shipping_method = "flat.flat" }))
  end)

  it("takes a cart of downloads or of vouchers without shipping", function()
    local book = full()
    book:read { products = { { cart_id = 1, product_id = 40, quantity = 1,
      shipping = 0 } } }
    book:drop("ship_to")
    book:drop("ship_method")
    assert.is_nil(book:missing(rows["order.add"], {}))
    done(book, "voucher.add", { to_email = "b@example.com" })
    done(book, "payment.methods")
    done(book, "payment.method", "cod")
    book:drop("cart")
    assert.is_nil(book:missing(rows["order.add"], {}))
    book:drop("vouchers")
    assert.truthy(book:missing(rows["order.add"], {}):find("cart:add"))
  end)

  it("holds copies", function()
    local fields = { option = { [1] = { 2 } } }
    local copy = journal.copy(fields)
    fields.option[1][1] = 3
    assert.equal(2, copy.option[1][1])
  end)
end)

describe("its lines", function()
  local function shown(id, product, quantity, option)
    return { cart_id = id, product_id = product, quantity = quantity,
      option = option or {}, shipping = 1 }
  end

  it("are merged as the shop merges them", function()
    local book = journal.new()
    done(book, "cart.add", { product_id = 40, quantity = 2 })
    done(book, "cart.add", { product_id = "40" })
    done(book, "cart.add", { product_id = 42, option = { [217] = 4 } })
    done(book, "cart.add", { product_id = 42, option = { [217] = 3 } })
    assert.equal(3, #book.lines)
    assert.equal(3, book.lines[1].quantity)
  end)

  it("follow edits and removals by key", function()
    local book = journal.new()
    done(book, "cart.replace", { { product_id = 40, quantity = 1 },
      { product_id = 28, quantity = 5 } })
    book:read { products = { shown(7, 28, 5), shown(8, 40, 1) } }
    done(book, "cart.edit", { key = 7, quantity = 9 })
    done(book, "cart.remove", "8")
    assert.equal(1, #book.lines)
    assert.equal(28, book.lines[1].product_id)
    assert.equal(9, book.lines[1].quantity)
    done(book, "cart.edit", { key = 7, quantity = 0 })
    assert.equal(0, #book.lines)
    assert.equal("unknown", book.slots.cart)
  end)

  it("are told apart by their options, as shown", function()
    local book = journal.new()
    done(book, "cart.add", { product_id = 42, quantity = 1,
      option = { [217] = 4, [223] = { 9, 8 } } })
    done(book, "cart.add", { product_id = 42, quantity = 2,
      option = { [217] = 3, [223] = { 8 } } })
    book:read { products = {
      shown(2, 42, 2, { { product_option_id = 217, type = "select",
        product_option_value_id = 3 }, { product_option_id = 223,
        product_option_value_id = 8, type = "checkbox" } }),
      shown(1, 42, 1, { { product_option_id = 217, type = "select",
        product_option_value_id = 4 }, { product_option_id = 223,
        product_option_value_id = 8, type = "checkbox" },
        { product_option_id = 223, product_option_value_id = 9,
        type = "checkbox" } }),
    } }
    assert.equal(3, book.keys["2"].option[217])
    assert.equal(4, book.keys["1"].option[217])
  end)

  it("that the shop no longer shows are gone, others are learnt", function()
    local book = journal.new()
    done(book, "cart.add", { product_id = 40 })
    book:read { products = { shown(3, 41, 2, { { product_option_id = 1,
      product_option_value_id = "", value = "text", type = "text" } }) } }
    assert.equal(1, #book.lines)
    assert.equal("text", book.lines[1].option[1])
    book:read { products = {} }
    assert.equal("unset", book.slots.cart)
  end)
end)

describe("its vouchers", function()
  local ONE = { from_name = "a", from_email = "a@example.com", to_name = "b",
    to_email = "b@example.com", amount = 10 }

  it("go back in the bulk form, each with a code", function()
    local book = journal.new()
    done(book, "voucher.add", ONE)
    done(book, "voucher.add", ONE)
    book:read { vouchers = { { code = "55", to_email = "b@example.com",
      from_email = "a@example.com", to_name = "b" },
      { code = "66", to_email = "b@example.com",
      from_email = "a@example.com", to_name = "b" } } }
    done(book, "voucher.add", ONE)
    local _, value = book:setter("vouchers")
    local list = value.args[1]
    assert.equal("55", list[1].code)
    assert.equal("66", list[2].code)
    assert.is_string(list[3].code)
    assert.equal("", list[3].message)
    assert.equal(0, list[3].voucher_theme_id)
    assert.equal(10, list[3].amount)
  end)

  it("are removed by their code", function()
    local book = journal.new()
    done(book, "voucher.replace", { { code = "A1", amount = 1 } })
    done(book, "cart.remove", "A1")
    assert.is_true(book:is_empty())
  end)
end)
