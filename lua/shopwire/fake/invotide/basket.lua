-- Routes of login, currency, cart, coupons, vouchers and reward points. Each
-- takes the call and fills its answer. Must not know: sockets, faults.

local cart = require "shopwire.fake.invotide.cart"
local catalog = require "shopwire.fake.invotide.catalog"
local email = require "shopwire.fake.invotide.email"
local php = require "shopwire.fake.invotide.php"
local totals = require "shopwire.fake.invotide.totals"

local basket = {}

local CART_DONE = "Success: You have modified your shopping cart!"
local CART_FILE = "catalog/controller/api/cart.php"

-- What the goods decide is asked for anew when they change.
local function forget_methods(call)
  call:unset("shipping_method", "shipping_methods", "payment_method",
    "payment_methods")
end

-- {====== login, currency ======

-- Name and key compare as the database does: without regard to case.
local function find_user(call)
  local name = call:scalar(call.post:get("username"))
  local key = call:scalar(call.post:get("key"))
  if not php.truthy(key) then
    return nil
  end
  name = php.truthy(name) and name or "Default"
  for _, user in ipairs(call.shop.users) do
    if user.enabled and user.name:lower() == name:lower()
      and user.key:lower() == key:lower() then
      return user
    end
  end
  return nil
end

function basket.login(call)
  local user = find_user(call)
  if not user then
    return -- an empty list and no word of an error
  end
  if not user.ips[call.remote] then
    call:fail_in("ip", "Warning: Your IP " .. call.remote
      .. " is not allowed to access this API!")
    call:fail_in("key", "Warning: Incorrect API Key!")
    return
  end
  local one = call.shop.sessions:login(user.id)
  call.shop.sessions:save(one)
  call.json:set("success", "Success: API session successfully started!")
  call.json:set("api_token", one.id)
end

function basket.currency(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local code = call:scalar(call:need("currency",
    "catalog/controller/api/currency.php", 13))
  if not catalog.currencies[code:upper()] then
    return call:fail("Warning: Currency code is invalid!")
  end
  -- stored as it came: in small letters the next call does not find it
  call.one.data.currency = code
  call:unset("shipping_method", "shipping_methods")
  call.json:set("success", "Success: Your currency has been changed!")
end

-- }======

-- {====== cart ======

local function add_bulk(call, list)
  local shop = call.shop
  shop.cart:clear(call.one)
  if not php.is_array(list) then
    call:warn("foreach() argument must be of type array|object, string given",
      CART_FILE, 14)
    list = php.array()
  end
  for _, entry in list:each() do
    if not php.is_array(entry) then
      call.die()
    end
    for _, name in ipairs {"product_id", "quantity"} do
      if entry:get(name) == nil then
        call:warn('Undefined array key "' .. name .. '"', CART_FILE, 21)
      end
    end
    local option = entry:get("option") or php.array()
    shop.cart:add(call.one, entry:get("product_id"), entry:get("quantity"),
      php.is_array(option) and option or php.array())()
  end
end

-- The options given, without those that PHP takes for empty.
local function options_of(call)
  local given, kept = call.post:get("option") or php.array(), php.array()
  if not php.is_array(given) then
    call.die()
  end
  for id, value in given:each() do
    if php.truthy(value) then
      kept:set(id, value)
    end
  end
  return kept
end

-- false: an option is missing, which is told.
local function add_single(call)
  local id = string.format("%.0f", php.int(call.post:get("product_id")))
  local product = call.shop.products[id]
  if not product then
    call:fail_in("store",
      "Product can not be bought from the store you have choosen!")
    return false
  end
  local option, missing = options_of(call), php.array()
  for _, one in ipairs(product.options) do
    if one.required and option:get(one.id) == nil then
      missing:set(one.id, one.name .. " required!")
    end
  end
  if missing:count() > 0 then
    call:fail_in("option", missing)
    return false
  end
  call.shop:after(call.plan.delay, call.shop.cart:add(call.one, id,
    call.post:get("quantity") or "1", option))
  return true
end

basket["cart/add"] = function(call)
  if not call:allowed() then
    return call:fail_in("warning", call.no_permission)
  end
  local list = call.post:get("product")
  if list ~= nil then
    add_bulk(call, list)
  elseif call.post:get("product_id") == nil or not add_single(call) then
    return
  end
  call.json:set("success", CART_DONE)
  forget_methods(call)
end

basket["cart/edit"] = function(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local key = call:need("key", CART_FILE, 84)
  local quantity = call:need("quantity", CART_FILE, 84)
  call.shop.cart:update(call.one, key, quantity)
  call.json:set("success", CART_DONE)
  forget_methods(call)
  call:unset("reward")
end

basket["cart/remove"] = function(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local key, data = call.post:get("key"), call.one.data
  if key == nil then
    return
  end
  call.shop.cart:remove(call.one, key)
  if data.vouchers then
    data.vouchers = data.vouchers:copy()
    data.vouchers:remove(call:scalar(key))
  end
  call.json:set("success", CART_DONE)
  forget_methods(call)
  call:unset("reward")
end

local function show_goods(call, goods)
  local one, code = call.one, totals.currency(call.one)
  local price = totals.taxed(one, goods.price, goods.product.tax)
  return php.map(
    "cart_id", string.format("%d", goods.line.id),
    "product_id", goods.product.id, "name", goods.product.name,
    "model", goods.product.model, "option", goods.option,
    "quantity", string.format("%d", goods.quantity), "stock", goods.stock,
    "shipping", goods.product.shipping and "1" or "0",
    "price", totals.format(price, code),
    "total", totals.format(price * goods.quantity, code),
    "reward", goods.reward)
end

local function show_vouchers(call)
  local list, code = php.array(), totals.currency(call.one)
  for _, voucher in (call.one.data.vouchers or php.array()):each() do
    local shown = php.array()
    for name, value in voucher:each() do
      if name == "amount" then
        shown:set("price", totals.format(value, code))
      end
      shown:set(name, value)
    end
    list:push(shown)
  end
  return list
end

basket["cart/products"] = function(call)
  if not call:allowed() then
    return call:fail_in("warning", call.no_permission)
  end
  local list, products = call:goods(), php.array()
  if not cart.in_stock(list) then
    call:fail_in("stock", "Products marked with *** are not available in the"
      .. " desired quantity or not in stock!")
  end
  local few = php.array()
  for _, goods in ipairs(cart.too_few(list)) do
    few:push(string.format("Minimum order amount for %s is %d!",
      goods.product.name, goods.product.minimum))
  end
  if few:count() > 0 then
    call:fail_in("minimum", few)
  end
  for _, goods in ipairs(list) do
    products:push(show_goods(call, goods))
  end
  local lines, code = php.array(), totals.currency(call.one)
  for _, line in ipairs(totals.lines(call.shop, call.one, list)) do
    lines:push(php.map("title", line.title,
      "text", totals.format(line.value, code)))
  end
  call.json:set("products", products)
  call.json:set("vouchers", show_vouchers(call))
  call.json:set("totals", lines)
end

-- }======

-- {====== coupon, voucher ======

function basket.coupon(call)
  call:unset("coupon")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local code = call:scalar(call.post:get("coupon") or "")
  if not call.shop:find_coupon(call.one, code, call:goods()) then
    return call:fail("Warning: Coupon is either invalid, expired or reached"
      .. " it's usage limit!")
  end
  call.one.data.coupon = code
  call.json:set("success",
    "Success: Your coupon discount has been applied!")
end

function basket.voucher(call)
  call:unset("voucher")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local code = call:scalar(call.post:get("voucher") or "")
  if not call.shop:find_voucher(code) then
    return call:fail("Warning: Gift Voucher is either invalid or the balance"
      .. " has been used up!")
  end
  call.one.data.voucher = code
  call.json:set("success",
    "Success: Your gift voucher discount has been applied!")
end

local voucher_fields = {"from_name", "from_email", "to_name", "to_email",
  "voucher_theme_id", "message"}

local function make_voucher(call, code, fields)
  local amount, currency = fields:get("amount"), totals.currency(call.one)
  if php.is_array(amount) or (not php.is_numeric(amount)
    and not amount:find("^%s*[%d.+-]")) then
    call.die()
  end
  if not php.is_numeric(amount) then
    for _ = 1, 2 do
      call:warn("A non-numeric value encountered",
        "system/library/cart/currency.php", 81)
    end
  end
  amount = totals.convert(php.number(amount), currency)
  local voucher = php.map("code", code, "description",
    totals.format(amount, currency) .. " Gift Certificate for "
      .. call:scalar(fields:get("to_name")))
  for _, name in ipairs(voucher_fields) do
    voucher:set(name, fields:get(name))
  end
  return voucher:set("amount", amount)
end

local function voucher_problems(call)
  local post = call.post
  for _, side in ipairs {{"from", "Your Name"}, {"to", "Recipient's Name"}} do
    local name = call:scalar(post:get(side[1] .. "_name") or "")
    if php.length(name) < 1 or php.length(name) > 64 then
      call:fail_in(side[1] .. "_name", side[2]
        .. " must be between 1 and 64 characters!")
    end
    local address = call:scalar(post:get(side[1] .. "_email") or "")
    if not email.is_valid(address) then
      call:fail_in(side[1] .. "_email", email.problem)
    end
  end
  local amount, code = post:get("amount") or "", totals.currency(call.one)
  if php.less(amount, 1) or php.greater(amount, 1000) then
    call:fail_in("amount", "Amount must be between "
      .. totals.format(1, code) .. " and " .. totals.format(1000, code)
      .. "!")
  end
end

local function add_voucher(call)
  voucher_problems(call)
  if call.json:get("error") then
    return false
  end
  local post, data = call.post:copy(), call.one.data
  for _, name in ipairs(voucher_fields) do
    post:set(name, post:get(name) or "")
  end
  -- the given `code` is not looked at
  local code = tonumber(call.shop.ids(9, "123456789"))
  data.vouchers = (data.vouchers or php.array()):copy()
  data.vouchers:set(code, make_voucher(call, code, post))
  return true
end

local function is_whole(entry)
  if not php.is_array(entry) or entry:get("code") == nil
    or entry:get("amount") == nil then
    return false
  end
  for _, name in ipairs(voucher_fields) do
    if entry:get(name) == nil then
      return false
    end
  end
  return true
end

local function replace_vouchers(call, list)
  local kept = php.array()
  call.one.data.vouchers = kept
  if not php.is_array(list) then
    return call:warn("foreach() argument must be of type array|object,"
      .. " string given", "catalog/controller/api/voucher.php", 65)
  end
  for _, entry in list:each() do
    if is_whole(entry) then
      local code = call:scalar(entry:get("code"))
      kept:set(code, make_voucher(call, code, entry))
    end
  end
end

basket["voucher/add"] = function(call)
  if not call:allowed() then
    return call:fail_in("warning", call.no_permission)
  end
  local list = call.post:get("voucher")
  if list ~= nil then
    replace_vouchers(call, list)
  elseif not add_voucher(call) then
    return
  end
  call.json:set("success", CART_DONE)
  forget_methods(call)
end

-- }======

-- {====== reward points ======

local function points_of(call)
  local account = call.shop:account(call.one)
  return account and account.points
end

function basket.reward(call)
  call:unset("reward")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local most, have = totals.points(call:goods()), points_of(call)
  local asked = call.post:get("reward")
  if asked == nil then
    for _, line in ipairs {27, 31} do
      call:warn('Undefined array key "reward"',
        "catalog/controller/api/reward.php", line)
    end
    asked = ""
  end
  if not php.truthy(asked) then
    call:fail("Warning: Please enter the amount of reward points to use!")
  end
  if asked ~= "" and php.greater(asked, have or 0) then
    call:fail(string.format("Warning: You don't have %s reward points!",
      php.is_array(asked) and "Array" or asked))
  end
  if asked ~= "" and php.greater(asked, most) then
    call:fail(string.format("Warning: The maximum number of points that can"
      .. " be applied is %.0f!", most))
  end
  if not call.json:get("error") then
    call.one.data.reward = math.abs(php.number(asked))
    call.json:set("success",
      "Success: Your reward points discount has been applied!")
  end
end

basket["reward/maximum"] = function(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  call.json:set("maximum", totals.points(call:goods()))
end

basket["reward/available"] = function(call)
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local points = points_of(call)
  call.json:set("points", points and string.format("%.0f", points)
    or php.null)
end

-- }======

return basket
