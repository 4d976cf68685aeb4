-- What to do with a webhook: is it real, and was the money really paid?
--   ./run lua examples/webhook.lua FILE     the raw body of the request
-- INSTAMOJO_SALT is the private salt of the account; during a change of salts
-- INSTAMOJO_OLD_SALT is the one before.

local instamojo = require "instamojo"

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local file = assert(io.open(assert(arg[1], "which file?"), "rb"))
local body = file:read "*a"
file:close()

local fields, err = instamojo.webhook.verify(body, {
  salt = { assert(os.getenv "INSTAMOJO_SALT", "set INSTAMOJO_SALT"),
    os.getenv "INSTAMOJO_OLD_SALT" },
})
if not fields then
  print("400: " .. err) -- answer 400, do nothing
  os.exit(1)
end

-- The signature has no time in it, and an old webhook can come again. So the
-- payment is read back, and the order book must know it only once.
local payment
payment, err = client.payments:get(fields.payment_id)
if not payment then
  print("500: " .. err) -- answer 500: Instamojo may call again
  os.exit(1)
end
if payment.status ~= "Credit" then
  print("200: not paid, " .. payment.status)
elseif payment.amount ~= fields.amount then
  print("200: the amounts differ, a person must look")
else
  print("200: deliver to " .. payment.buyer_email .. ", paid "
    .. payment.amount .. " " .. payment.currency)
end
