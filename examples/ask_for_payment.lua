-- Asks somebody for a payment, looks whether it was paid, closes the request.
--   ./run lua examples/ask_for_payment.lua AMOUNT PURPOSE [E-MAIL]

local instamojo = require "instamojo"
local shopwire = require "shopwire"

local amount, purpose = arg[1] or "250.00", arg[2] or "Two tickets"
local email = arg[3]

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local request, err = client.payment_requests:create {
  purpose = purpose, amount = shopwire.money(amount),
  email = email, send_email = email ~= nil,
  allow_repeated_payments = false,
}
if not request then
  print("not asked: " .. err)
  for field, texts in pairs(err.fields or {}) do
    print("  " .. field .. ": " .. table.concat(texts, " "))
  end
  os.exit(1)
end
print("pay here: " .. request.longurl)

-- Later: what became of it? `get` has the payments, `payment` one of them.
local now = shopwire.assert(client.payment_requests:get(request.id))
print("status: " .. now.status .. ", payments: " .. #now.payments)
for _, payment in ipairs(now.payments) do
  local one = shopwire.assert(
    client.payment_requests:payment(request.id, payment.payment_id)).payment
  print("paid by " .. one.buyer_name .. ": " .. one.amount)
end

-- Nobody can pay while it is disabled.
shopwire.assert(client.payment_requests:disable(request.id))
shopwire.assert(client.payment_requests:enable(request.id))

-- The requests of today, all pages; dates are inclusive.
local count = 0
for _ in client.payment_requests:each {
  min_created_at = os.date "!%Y-%m-%d" } do
  count = count + 1
end
print("asked today: " .. count)
