-- Places an order in a shop, in one call; `./run demo` runs it too.
--   ./run lua examples/place_an_order.lua [PRODUCT_ID [QUANTITY]] [--yes]
-- With INVOTIDE_URL, INVOTIDE_KEY and INVOTIDE_USERNAME of a real shop it
-- shows what it would do and stops, unless --yes is there.

local invotide = require "invotide"
local shopwire = require "shopwire"

local numbers, yes = {}, os.getenv "SHOPWIRE_SANDBOX" == "1"
for _, word in ipairs(arg) do
  yes = yes or word == "--yes"
  numbers[#numbers + 1] = tonumber(word)
end

if not os.getenv "INVOTIDE_URL" or not os.getenv "INVOTIDE_KEY" then
  io.stderr:write("set INVOTIDE_URL and INVOTIDE_KEY, or type ./run demo\n")
  os.exit(1)
end
local session = invotide.Session {
  url = os.getenv "INVOTIDE_URL",
  username = os.getenv "INVOTIDE_USERNAME",
  key = os.getenv "INVOTIDE_KEY",
}

-- The cheapest way to ship that costs anything, so that nobody must come.
local function shipped(methods)
  local best
  for _, quote in ipairs(shopwire.quotes(methods)) do
    local cost = tonumber(quote.cost)
    if cost > 0 and (not best or cost < tonumber(best.cost)) then
      best = quote
    end
  end
  return best and best.code
end

local plan = session:checkout {
  currency = "USD",
  customer = { firstname = "Asha", lastname = "Rao",
    email = "asha@example.com", telephone = "+44 20 7946 0000" },
  cart = { { product_id = numbers[1] or 40, quantity = numbers[2] or 1 } },
  address = { firstname = "Asha", lastname = "Rao",
    address_1 = "1 High Street", city = "Watford", postcode = "WD17 2AA",
    country_id = 222, zone_id = 3563 }, -- numbers of the shop, not names
  shipping = shipped,
  payment = "cod",
  reference = os.getenv "ORDER_REFERENCE",
}

local shown = 0
for _, step in ipairs(plan:steps()) do
  if not step.skipped then
    shown = shown + 1
    print(string.format("%2d. %s", shown, step.what))
  end
end
if not yes then
  print "Nothing was sent. With --yes it orders."
  return
end

local order, err = plan:run()
if not order and err.stage == "payment_method" then
  print(tostring(err)) -- it names what the shop offers
  order, err = plan:set { payment = "bank_transfer" }:run()
end
if not order then
  print("no order, at step " .. tostring(err.stage) .. ": " .. err)
  if err.ambiguous then
    print "It may have been placed: look in the shop before you try again."
  end
  os.exit(1)
end

for _, line in ipairs(plan.basket.products) do
  print(string.format("    %d x %s at %s", line.quantity, line.name,
    line.price))
end
local last = plan.basket.totals[#plan.basket.totals]
print(string.format("Order %d is placed, %s %s.", order.order_id, last.title,
  last.text))
