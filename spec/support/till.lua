-- A sandbox as a process and sessions of its shop: what the specs of Invotide
-- share.

local invotide = require "invotide"
local shop = require "spec.support.shop"

local till = {}

local methods = {}
methods.__index = methods
till.methods = methods -- for what is a till and more

till.ADDRESS = { firstname = "Ada", lastname = "Byron",
  address_1 = "12 Square", city = "London", postcode = "W1 2AB",
  country_id = 222, zone_id = 3513 }
till.CUSTOMER = { firstname = "Ada", lastname = "Byron",
  email = "ada@example.com", telephone = "123456" }

function till.open()
  return setmetatable({ box = shop.open() }, methods)
end

function methods:close()
  self.box:stop()
end

--- A session; options win.
function methods:session(options)
  local all = { url = self.box.shop_url, username = self.box.shop_username,
    key = self.box.shop_key, deadline = 60, retries = 0 }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return invotide.Session(all)
end

--- Forgets what was called and ordered.
function methods:reset()
  self.box:reset()
end

--- Settings of the shop's owner, such as { advance = 1500 }.
function methods:set(fields)
  self.box:control("shop", fields)
end

--- A fault that waits for one call of a route, such as "api/order/add".
function methods:fault(route, fields)
  fields.row, fields.times = route, fields.times or 1
  fields.delay = fields.delay and tostring(fields.delay)
  self.box:control("fault", fields)
end

--- The routes that were called, without "api/".
function methods:routes()
  local list = {}
  for i, row in ipairs(self.box:rows()) do
    list[i] = row:gsub("^api/", "")
  end
  return list
end

function methods:count(route)
  local n = 0
  for _, name in ipairs(self:routes()) do
    n = n + (name == route and 1 or 0)
  end
  return n
end

function methods:orders()
  return self.box:control("orders").orders
end

--- The session's data are gone, as after 24 idle minutes.
function methods:expire()
  self:set { advance = 1500 }
end

--- The steps of an order up to order:add, each a function of the session.
till.steps = {
  { "currency", function(s) return s.currency:set "USD" end },
  { "customer", function(s) return s.customer:set(till.CUSTOMER) end },
  { "cart/add", function(s)
    return s.cart:replace { { product_id = 40, quantity = 2 } }
  end },
  { "coupon", function(s) return s.coupon:apply "1111" end },
  { "shipping/address", function(s)
    return s.shipping:address(till.ADDRESS)
  end },
  { "shipping/methods", function(s) return s.shipping:methods() end },
  { "shipping/method", function(s) return s.shipping:method "flat.flat" end },
  { "payment/address", function(s)
    return s.payment:address(till.ADDRESS)
  end },
  { "payment/methods", function(s) return s.payment:methods() end },
  { "payment/method", function(s) return s.payment:method "cod" end },
  { "cart/products", function(s) return s.cart:products() end },
}

--- Takes all steps; the last result, or nil and the first error.
function till.fill(session)
  local result, err
  for _, step in ipairs(till.steps) do
    result, err = step[2](session)
    if err then
      return nil, err
    end
  end
  return result
end

return till
