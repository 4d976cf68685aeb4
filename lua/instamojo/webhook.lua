--- Webhooks: is this body really Instamojo's, and what does it say?
--- The signature covers values only and has no time in it: act on money only
--- after the payment was read back with client.payments:get.

local core = require "shopwire.core"
local errors = require "shopwire.errors"

local webhook = {}

local function salts_of(options)
  local salt = type(options) == "table" and options.salt
  if type(salt) == "string" or type(salt) == "userdata" then
    salt = { salt }
  end
  if type(salt) ~= "table" or #salt == 0 then
    error("webhook.verify: give { salt = text } or { salt = { new, old } }", 3)
  end
  for _, one in ipairs(salt) do
    local kind = type(one)
    if (kind ~= "string" and kind ~= "userdata") or one == "" then
      error("webhook.verify: a salt must be text that is not empty", 3)
    end
  end
  return salt
end

--- Checks the mac of a webhook in constant time. During a rotation give both
--- salts, the new one first.
---@param raw_body string the request's body as it came, not parsed
---@param options table { salt = string or { new, old } }
---@return table<string, string>|nil fields, shopwire.Error|nil err
---@return integer|nil number of the salt that fits
function webhook.verify(raw_body, options)
  local salts = salts_of(options)
  if type(raw_body) ~= "string" then
    error("webhook.verify: the body must be the raw text of the request, not "
      .. "a " .. type(raw_body), 2)
  end
  local fields, message, hint = core.webhook(raw_body, salts)
  if not fields then
    return nil, errors.new { kind = "signature", message = message,
      hint = hint, stage = "decode", retryable = false }
  end
  return fields, nil, message
end

return webhook
