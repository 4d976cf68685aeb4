-- Routes of the customer, of addresses and of methods. A route that fails has
-- dropped what was set before. Must not know: sockets, faults.

local cart = require "shopwire.fake.invotide.cart"
local catalog = require "shopwire.fake.invotide.catalog"
local email = require "shopwire.fake.invotide.email"
local listed = require "shopwire.fake.invotide.listed"
local php = require "shopwire.fake.invotide.php"
local totals = require "shopwire.fake.invotide.totals"

local checkout = {}

-- {====== fields ======

-- Lengths are those of the escaped text.
local function check_length(call, name, label, least, most)
  local text = call:scalar(call.post:get(name) or "")
  local length = php.length(text)
  if length < least or length > most then
    call:fail_in(name, string.format(
      "%s must be between %d and %d characters!", label, least, most))
  end
end

local function check_custom_fields(call, place, group)
  local given = call.post:get("custom_field") or php.array()
  for _, field in ipairs(catalog.custom_fields) do
    if field.place == place and field.groups[group] then
      local value = php.is_array(given) and given:get(field.id) or nil
      local good = php.truthy(value)
      if good and field.pattern then
        good = call:scalar(value):find(field.pattern) ~= nil
      end
      if not good then
        call:fail_in("custom_field" .. field.id, field.name .. " required!")
      end
    end
  end
end

local function field_map(call, names)
  local map = php.array()
  for _, name in ipairs(names) do
    map:set(name, call:scalar(call.post:get(name) or ""))
  end
  return map
end

local function custom_fields_of(call)
  local given = call.post:get("custom_field")
  return php.is_array(given) and given or php.array()
end

-- }======

-- {====== customer ======

-- Logs an account into the session; it stays there whatever comes after.
local function log_in(call)
  local id = call:scalar(call.post:get("customer_id") or "")
  if not php.truthy(id) then
    return
  end
  id = string.format("%.0f", php.int(id))
  if not call.shop.customers[id] then
    return call:fail_in("warning", "You must select a customer!")
  end
  call.one.data.customer_id = id
end

function checkout.customer(call)
  call:unset("customer")
  if not call:allowed() then
    return call:fail_in("warning", call.no_permission)
  end
  log_in(call)
  check_length(call, "firstname", "First Name", 1, 32)
  check_length(call, "lastname", "Last Name", 1, 32)
  if not email.is_valid(call:scalar(call.post:get("email") or "")) then
    call:fail_in("email", email.problem)
  end
  check_length(call, "telephone", "Telephone", 3, 32)
  local group = call:scalar(call.post:get("customer_group_id") or "")
  if not catalog.groups[group] then
    group = call.one.group
  end
  check_custom_fields(call, "account", group)
  if call.json:get("error") then
    return
  end
  local customer = field_map(call, {"customer_id", "firstname", "lastname",
    "email", "telephone"})
  customer:set("customer_group_id", group)
  customer:set("custom_field", custom_fields_of(call))
  call.one.data.customer = customer
  call.json:set("success", "You have successfully modified customers")
end

-- }======

-- {====== addresses ======

local address_fields = {"firstname", "lastname", "company", "address_1",
  "address_2", "postcode", "city", "zone_id", "country_id"}

local function id_text(value)
  return string.format("%.0f", php.int(value))
end

local function check_address(call, longest_city)
  check_length(call, "firstname", "First Name", 1, 32)
  check_length(call, "lastname", "Last Name", 1, 32)
  check_length(call, "address_1", "Address 1", 3, 128)
  local city = php.length(call:scalar(call.post:get("city") or ""))
  if city < 2 or city > longest_city then
    call:fail_in("city", "City must be between 3 and 128 characters!")
  end
  local id = call:scalar(call.post:get("country_id") or "")
  local country = catalog.countries[id_text(id)]
  local length = php.length(call:scalar(call.post:get("postcode") or ""))
  if country and country.postcode and (length < 2 or length > 10) then
    call:fail_in("postcode",
      "Postcode must be between 2 and 10 characters for this country!")
  end
  if id == "" then
    call:fail_in("country", "Please select a country!")
  end
  if call:scalar(call.post:get("zone_id") or "") == "" then
    call:fail_in("zone", "Please select a region / state!")
  end
  check_custom_fields(call, "address", call.one.group)
end

-- An id that is unknown is taken, with empty names.
local function make_address(call)
  local address = field_map(call, address_fields)
  local country = catalog.countries[id_text(address:get("country_id"))] or {}
  local zone = catalog.zones[id_text(address:get("zone_id"))] or {}
  address:set("zone", zone.name or "")
  address:set("zone_code", zone.code or "")
  address:set("country", country.name or "")
  address:set("iso_code_2", country.iso2 or "")
  address:set("iso_code_3", country.iso3 or "")
  address:set("address_format", "")
  return address:set("custom_field", custom_fields_of(call))
end

local function take_address(call, side, longest_city)
  if not call:allowed() then
    return call:fail_in("warning", call.no_permission)
  end
  check_address(call, longest_city)
  if call.json:get("error") then
    return
  end
  call.one.data[side .. "_address"] = make_address(call)
  call.json:set("success", "Success: "
    .. (side == "payment" and "Payment" or "Shipping")
    .. " address has been set!")
end

checkout["payment/address"] = function(call)
  call:unset("payment_address", "payment_methods", "payment_method")
  take_address(call, "payment", 32)
end

-- The cart is asked before the token: nothing to send is [] for anybody.
checkout["shipping/address"] = function(call)
  call:unset("shipping_address", "shipping_methods", "shipping_method")
  if cart.ships(call:goods()) then
    take_address(call, "shipping", 128)
  end
end

-- }======

-- {====== methods ======

local function payment(code, title, order)
  return php.map("code", code, "title", title, "terms", "",
    "sort_order", order)
end

checkout["payment/methods"] = function(call)
  call:unset("payment_methods", "payment_method")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  local address = call.one.data.payment_address
  if not address then
    return call:fail("Warning: Payment address required!")
  end
  local list, methods = call:goods(), php.array()
  local lines = totals.lines(call.shop, call.one, list)
  if lines.total < 0.005 then
    methods:set("free_checkout",
      payment("free_checkout", "Free Checkout", "1"))
  elseif lines.total >= 0.01 then
    methods:set("bank_transfer",
      payment("bank_transfer", "Bank Transfer", "2"))
    if id_text(address:get("country_id")) == catalog.tax_country then
      methods:set("cheque", payment("cheque", "Cheque / Money Order", "3"))
    end
    if cart.ships(list) then
      methods:set("cod", payment("cod", "Cash On Delivery", "5"))
    end
  end
  call.json:set("payment_methods", methods)
  if methods:count() == 0 then
    return call:fail("Warning: No Payment options are available!")
  end
  call.one.data.payment_methods = methods
end

-- Takes a method that was listed. `what` is payment or shipping.
local function choose(call, what)
  local data, code = call.one.data, call.post:get(what .. "_method")
  local title = listed.titles[what]
  if not data[what .. "_address"] then
    call:fail("Warning: " .. title .. " address required!")
  end
  if not php.truthy(data[what .. "_methods"]) then
    call:fail("Warning: No " .. title .. " options are available!")
  elseif code == nil or not listed[what](call, code) then
    call:fail("Warning: " .. title .. " method required!")
  end
  if not call.json:get("error") then
    data[what .. "_method"] = listed[what](call, code)
    call.json:set("success", "Success: " .. title
      .. " method has been set!")
  end
end

checkout["payment/method"] = function(call)
  call:unset("payment_method")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  choose(call, "payment")
end

local function shipping(name, title, quote_title, cost, class, text, order)
  local quote = php.map("code", name .. "." .. name, "title", quote_title,
    "cost", cost, "tax_class_id", class, "text", text)
  return php.map("title", title, "quote", php.map(name, quote),
    "sort_order", order, "error", false)
end

local function shipping_methods(call)
  local methods, code = php.array(), totals.currency(call.one)
  if call.shop.settings.shipping == "on" then
    methods:set("flat", shipping("flat", "Flat Rate", "Flat Shipping Rate",
      "5.00", "9", totals.format(totals.taxed(call.one, 5, "9"), code), "1"))
    methods:set("pickup", shipping("pickup", "Pickup", "Pickup From Store",
      0, 0, totals.format(0, code), "2"))
  end
  return methods
end

checkout["shipping/methods"] = function(call)
  call:unset("shipping_methods", "shipping_method")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  if not cart.ships(call:goods()) then
    call.json:set("shipping_methods", php.array())
    return
  end
  if not call.one.data.shipping_address then
    return call:fail("Warning: Shipping address required!")
  end
  local methods = shipping_methods(call)
  call.json:set("shipping_methods", methods)
  if methods:count() == 0 then
    return call:fail("Warning: No Shipping options are available!")
  end
  call.one.data.shipping_methods = methods
end

checkout["shipping/method"] = function(call)
  call:unset("shipping_method")
  if not call:allowed() then
    return call:fail(call.no_permission)
  end
  if not cart.ships(call:goods()) then
    return
  end
  choose(call, "shipping")
end

-- }======

return checkout
