-- Refunds a payment and never twice.
--   ./run lua examples/refund.lua PAYMENT_ID [AMOUNT]
-- When the answer was lost, nobody knows whether the refund exists. It is not
-- sent again; the error carries what could be read about it afterwards.

local instamojo = require "instamojo"

local payment_id = arg[1] or "MOJO0000000000000000"
local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local function refund_of(id)
  for refund in client.refunds:each {} do
    if refund.payment_id == id then
      return refund
    end
  end
end

local refund, err = client.refunds:create {
  payment_id = payment_id, refund_amount = arg[2],
  type = "QFL", body = "the buyer was not satisfied",
}

if not refund and err.ambiguous then
  print("the answer was lost: " .. err)
  refund = (err.evidence.candidates or {})[1]
  if not refund and err.evidence.unread then
    -- Could not look at once: look later, before anything is sent again.
    refund = refund_of(payment_id)
  end
elseif not refund and err:is "invalid" then
  refund = refund_of(payment_id)
  if refund then
    print "it was refunded before"
  end
end

if not refund then
  print("not refunded: " .. err)
  os.exit(1)
end
refund = client.refunds:get(refund.id) or refund
print(string.format("refund %s of %s: %s", refund.id, refund.refund_amount,
  refund.status))
