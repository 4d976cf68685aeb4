-- Methods that the session's lists hold, by the code that a client sends.
-- Must not know: routes, sockets.

local listed = {}

--- What the shop's sentences call them.
listed.titles = { payment = "Payment", shipping = "Shipping" }

--- The listed payment method of a code, or nil.
function listed.payment(call, code)
  return call.one.data.payment_methods:get(call:scalar(code))
end

--- The listed quote of a code like "flat.flat", or nil.
function listed.shipping(call, code)
  local name, quote = call:scalar(code):match("^([^.]*)%.([^.]*)")
  local method = name and call.one.data.shipping_methods:get(name)
  return method and method:get("quote"):get(quote)
end

return listed
