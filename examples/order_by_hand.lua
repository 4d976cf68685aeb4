-- Every call of a session, one by one: what session:checkout does for you,
-- and what it leaves to you. For a sandbox; it places two orders.
--   ./run demo examples/order_by_hand.lua

local invotide = require "invotide"
local shopwire = require "shopwire"

local must = shopwire.assert
local session = invotide.Session {
  url = os.getenv "INVOTIDE_URL",
  username = os.getenv "INVOTIDE_USERNAME",
  key = os.getenv "INVOTIDE_KEY",
}

-- The first call would log in by itself.
must(session:login())
must(session.currency:set "USD")
-- An account (customer_id) comes before the cart: it empties it.
must(session.customer:set { customer_id = 1, firstname = "Rita",
  lastname = "Reward", email = "rita@example.com", telephone = "12345" })

-- The cart. `replace` fills it at once and may be repeated; `add` adds.
must(session.cart:replace { { product_id = 28, quantity = 2 } })
must(session.cart:add { product_id = 30, quantity = 1,
  option = { [226] = 15 } })
must(session.cart:add { product_id = 40 })
for _, line in ipairs(must(session.cart:products()).products) do
  if line.product_id == 40 then
    must(session.cart:edit { key = line.cart_id, quantity = 3 })
  elseif line.product_id == 30 then
    must(session.cart:remove(line.cart_id))
  end
end

-- What makes it cheaper.
must(session.coupon:apply "2222")
must(session.voucher:apply "VOU-7271")
local points = must(session.reward:available()).points
local most = must(session.reward:maximum()).maximum
print(string.format("%d points, %d can be spent", points, most))
must(session.reward:apply(math.min(points, most, 100)))

-- Where it goes and who pays. Methods are listed before one is chosen.
local address = { firstname = "Rita", lastname = "Reward",
  address_1 = "1 High Street", city = "Watford", postcode = "WD17 2AA",
  country_id = 222, zone_id = 3563 }
must(session.shipping:address(address))
for _, method in ipairs(shopwire.quotes(must(session.shipping:methods()))) do
  print("ships by " .. method.title)
end
must(session.shipping:method "flat.flat")
must(session.payment:address(address))
must(session.payment:methods())
must(session.payment:method "cod")

local order = must(session.order:add({ comment = "Ring twice." },
  { reference = "by-hand-1" }))
print("order " .. order.order_id .. " is placed")

-- Afterwards.
must(session.order:history(order.order_id, { order_status_id = 2,
  comment = "Packed.", notify = false }))
print(must(session.order:info(order.order_id)).order_status)

-- A change of the order: the session holds all of it but the cart.
must(session.cart:replace { { product_id = 40, quantity = 1 } })
must(session.shipping:methods())
must(session.payment:methods())
must(session.order:edit(order.order_id, { shipping_method = "flat.flat",
  payment_method = "cod" }))

-- Gift vouchers are bought like goods; nothing is shipped.
local gift = invotide.Session {
  url = os.getenv "INVOTIDE_URL",
  username = os.getenv "INVOTIDE_USERNAME",
  key = os.getenv "INVOTIDE_KEY",
}
must(gift.customer:set { firstname = "Mina", lastname = "Member",
  email = "mina@example.com", telephone = "12345" })
must(gift.voucher:add { from_name = "Mina", from_email = "mina@example.com",
  to_name = "Asha", to_email = "asha@example.com", amount = "25.00" })
must(gift.voucher:replace { { code = "GIFT-1", from_name = "Mina",
  from_email = "mina@example.com", to_name = "Asha",
  to_email = "asha@example.com", voucher_theme_id = 7, message = "",
  amount = "30.00" } })
must(gift.payment:address(address))
must(gift.payment:methods())
local second = must(gift.order:add { payment_method = "bank_transfer" })
print("order " .. second.order_id .. " is placed, a gift")

must(session.order:delete(second.order_id))
print "and deleted again"
session:close()
gift:close()
