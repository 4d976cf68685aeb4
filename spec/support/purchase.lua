-- A purchase in a shop in process, as the specs of checkout use it: options,
-- a session whose transport can be troubled, what was called and ordered.

local fake = require "shopwire.fake"
local faults = require "shopwire.fake.faults"
local invotide = require "invotide"
local transport_of = require "shopwire.fake.transport"

local purchase = {}

purchase.ADDRESS = { firstname = "Asha", lastname = "Rao",
  address_1 = "1 High Street", city = "Watford", postcode = "WD17 2AA",
  country_id = 222, zone_id = 3563 }
purchase.CUSTOMER = { firstname = "Asha", lastname = "Rao",
  email = "asha@example.com", telephone = "12345" }

--- Options of a checkout, with more and without some.
function purchase.with(more, without)
  local options = { currency = "USD", customer = purchase.CUSTOMER,
    cart = { { product_id = 40, quantity = 2 } }, address = purchase.ADDRESS,
    shipping = "flat.flat", payment = "cod" }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  for _, name in ipairs(without or {}) do
    options[name] = nil
  end
  return options
end

--- A shop in process, a session of it, and what was called. `trouble(n,
--- route)` may give a fault's text for the n-th request, or a reply, or
--- "dead" when nobody listens.
function purchase.open(more)
  local it = fake.new { seed = 3, origin = "http://shop.example" }
  local through = transport_of(it)
  local self = { fake = it, routes = {}, n = 0 }
  local function transport(request)
    local route = request.url:match("route=api/([%w/]+)")
    self.n = self.n + 1
    local plan = self.trouble and self.trouble(self.n, route)
    if plan == "dead" then
      return nil, "Connection refused", true
    elseif type(plan) == "table" then
      return plan
    elseif plan then
      it.faults:add(nil, 1, assert(faults.parse(plan)))
    end
    self.routes[#self.routes + 1] = route
    return through(request)
  end
  local options = { url = "http://shop.example", retries = 0,
    username = it.keys.shop_username, key = it.keys.shop_key,
    transport = transport }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  self.session = invotide.Session(options)
  function self.orders()
    local count = 0
    for _ in pairs(it.invotide.orders.list) do
      count = count + 1
    end
    return count
  end
  function self.count(route)
    local count = 0
    for _, one in ipairs(self.routes) do
      count = count + (one == route and 1 or 0)
    end
    return count
  end
  function self.forget()
    self.routes = {}
  end
  return self
end

--- Names of the steps for which f is true.
function purchase.names(steps, f)
  local list = {}
  for _, step in ipairs(steps) do
    if f(step) then
      list[#list + 1] = step.name
    end
  end
  return table.concat(list, " ")
end

--- Names of the steps that are to be done.
function purchase.left(plan)
  return purchase.names(plan:steps(), function(step)
    return not step.done and not step.skipped
  end)
end

--- What f raises, as text.
function purchase.message(f, ...)
  local ok, why = pcall(f, ...)
  assert(not ok, "nothing was raised")
  return tostring(why)
end

return purchase
