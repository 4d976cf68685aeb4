-- Taxes, totals and money as text: good enough for the recorded sums, not a
-- tax adviser. Must not know: routes, sockets.

local catalog = require "shopwire.fake.invotide.catalog"
local cart = require "shopwire.fake.invotide.cart"
local php = require "shopwire.fake.invotide.php"

local totals = {}

local floor = math.floor

-- {====== money ======

--- The currency that a session really has: exact code, or the store's.
function totals.currency(one)
  local code = one.data.currency
  return catalog.currencies[code] and code or "USD"
end

local function thousands(text)
  local count
  repeat
    text, count = text:gsub("^(%d+)(%d%d%d)", "%1,%2")
  until count == 0
  return text
end

--- Money of the store's currency as text in another: "$-30.30", "96.66€".
function totals.format(amount, code)
  local currency = catalog.currencies[code]
  local cents = floor(math.abs(amount * currency.rate) * 100 + 0.5 + 1e-7)
  local text = thousands(string.format("%.0f", floor(cents / 100)))
    .. string.format(".%02d", cents % 100)
  if amount < 0 and cents > 0 then
    text = "-" .. text
  end
  return currency.left .. text .. currency.right
end

--- From a session's currency into the store's.
function totals.convert(amount, code)
  return amount / catalog.currencies[code].rate
end

-- }======

-- {====== taxes ======

local function country_for(one, based)
  local address = one.data[based .. "_address"]
  if address then
    return address:get("country_id")
  end
  return based == "shipping" and catalog.home.country_id or ""
end

--- Rates that hold for a tax class in this session.
local function rates(one, class)
  local group = one.group or "1"
  local list = {}
  for _, rate in ipairs(catalog.taxes[class] or {}) do
    if group == catalog.tax_group
      and country_for(one, rate.based) == catalog.tax_country then
      list[#list + 1] = rate
    end
  end
  return list
end

local function tax_of(rate, amount)
  return rate.fixed or amount * rate.percent / 100
end

--- A price with its taxes.
function totals.taxed(one, amount, class)
  local result = amount
  for _, rate in ipairs(rates(one, class)) do
    result = result + tax_of(rate, amount)
  end
  return result
end

local function add_tax(taxes, rate, amount)
  if not taxes[rate.id] then
    taxes[#taxes + 1] = rate
  end
  taxes[rate.id] = (taxes[rate.id] or 0) + amount
end

local function goods_taxes(one, list)
  local taxes = {}
  for _, goods in ipairs(list) do
    for _, rate in ipairs(rates(one, goods.product.tax)) do
      add_tax(taxes, rate, tax_of(rate, goods.price) * goods.quantity)
    end
  end
  return taxes
end

-- A discount takes its share of the percent rates along.
local function untax(one, taxes, class, discount)
  for _, rate in ipairs(rates(one, class)) do
    if rate.percent then
      add_tax(taxes, rate, -discount * rate.percent / 100)
    end
  end
end

-- }======

-- {====== the lines ======

local function add(sum, code, title, value)
  sum[#sum + 1] = {code = code, title = title, value = value}
end

function totals.goods_sum(list)
  local sum = 0
  for _, goods in ipairs(list) do
    sum = sum + goods.total
  end
  return sum
end

--- Points that the goods cost at most.
function totals.points(list)
  local points = 0
  for _, goods in ipairs(list) do
    points = points + goods.points
  end
  return points
end

local function sub_total(sum, one, list)
  local value = totals.goods_sum(list)
  for _, voucher in (one.data.vouchers or php.array()):each() do
    value = value + voucher:get("amount")
  end
  add(sum, "sub_total", "Sub-Total", value)
  sum.total = value
end

local function reward(sum, shop, one, list)
  local asked = one.data.reward
  local account = shop:account(one)
  if not asked or not account or asked > (account.points or 0) then
    return
  end
  local most, discount = totals.points(list), 0
  local points = math.min(asked, most)
  for _, goods in ipairs(list) do
    if goods.points > 0 then
      local part = goods.total * (points / most)
      untax(one, sum.taxes, goods.product.tax, part)
      discount = discount + part
    end
  end
  if most > 0 then
    add(sum, "reward", string.format("Reward Points (%.0f)", asked),
      -discount)
    sum.total = sum.total - discount
  end
end

local function shipping(sum, one, list)
  local method = one.data.shipping_method
  if not method or not cart.ships(list) then
    return
  end
  local cost = php.number(method:get("cost"))
  add(sum, "shipping", method:get("title"), cost)
  for _, rate in ipairs(rates(one, tostring(method:get("tax_class_id")))) do
    add_tax(sum.taxes, rate, tax_of(rate, cost))
  end
  sum.total = sum.total + cost
end

local function coupon_discount(sum, one, list, coupon)
  local goods_sum, discount = totals.goods_sum(list), 0
  local fixed = coupon.fixed and math.min(coupon.fixed, goods_sum)
  for _, goods in ipairs(list) do
    local part = fixed and fixed * goods.total / goods_sum
      or goods.total * (coupon.percent or 0) / 100
    untax(one, sum.taxes, goods.product.tax, part)
    discount = discount + part
  end
  local method = one.data.shipping_method
  if coupon.shipping and method and cart.ships(list) then
    untax(one, sum.taxes, tostring(method:get("tax_class_id")),
      php.number(method:get("cost")))
    discount = discount + php.number(method:get("cost"))
  end
  return math.min(discount, sum.total)
end

local function coupon(sum, shop, one, list)
  local found = one.data.coupon
    and shop:find_coupon(one, one.data.coupon, list)
  local discount = found and coupon_discount(sum, one, list, found) or 0
  if discount > 0 then
    add(sum, "coupon", "Coupon (" .. one.data.coupon .. ")", -discount)
    sum.total = sum.total - discount
  end
end

local function tax(sum)
  for _, rate in ipairs(sum.taxes) do
    local value = sum.taxes[rate.id]
    if value > 0 then
      add(sum, "tax", rate.name, value)
      sum.total = sum.total + value
    end
  end
end

local function voucher(sum, shop, one)
  local found = one.data.voucher and shop:find_voucher(one.data.voucher)
  local amount = found and math.min(found.amount, sum.total) or 0
  if amount <= 0 then
    one.data.voucher = nil -- spent: it does not come back by itself
    return
  end
  add(sum, "voucher", "Gift Certificate (" .. one.data.voucher .. ")",
    -amount)
  sum.total = sum.total - amount
end

--- The lines of a session's sum, `total` beside them. `shop` has account(),
--- find_coupon() and find_voucher().
---@return table lines {code, title, value}
function totals.lines(shop, one, list)
  local sum = {total = 0, taxes = goods_taxes(one, list)}
  sub_total(sum, one, list)
  reward(sum, shop, one, list)
  shipping(sum, one, list)
  coupon(sum, shop, one, list)
  tax(sum)
  voucher(sum, shop, one)
  add(sum, "total", "Total", math.max(0, sum.total))
  return sum
end

-- }======

return totals
