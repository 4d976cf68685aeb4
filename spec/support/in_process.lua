-- The fake in process, as specs use it: a fresh one, one exchange, a product,
-- a sale.

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local form = require "shopwire.fake.form"

local FORM = "application/x-www-form-urlencoded"

local calls = {}

--- A fake with seed 7 and a clock that goes on a second each time.
function calls.make()
  local now = 1445000000
  return fake.new {
    seed = 7, origin = "http://127.0.0.1:1",
    clock = function()
      now = now + 1
      return now
    end,
  }
end

--- One exchange; gives status, decoded body (or text) and the whole reply.
--- Fields go as a form, text as JSON; a header that is false is left out.
function calls.ask(it, verb, path, fields, headers)
  local sent = {
    ["x-api-key"] = it.keys.api_key, ["x-auth-token"] = it.keys.auth_token,
  }
  local body = ""
  if type(fields) == "table" then
    sent["content-type"] = FORM
    body = form.encode(fields)
  elseif type(fields) == "string" then
    sent["content-type"] = "application/json"
    body = fields
  end
  for name, value in pairs(headers or {}) do
    sent[name] = value or nil
  end
  local bare, query = path:match("^([^?]*)%??(.*)$")
  if bare:sub(1, 1) ~= "/" then
    bare = "/api/1.1/" .. bare
  end
  local reply = it:handle {method = verb, path = bare, query = query,
    headers = sent, body = body}
  local value = reply.body ~= "" and core.json_decode(reply.body or "")
  return reply.status, value or reply.body, reply
end

--- Creates a product; returns it.
function calls.product(it, more)
  local fields = {title = "Hello API", description = "x", base_price = "50"}
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  local status, body = calls.ask(it, "POST", "links/", fields)
  assert(status == 201)
  return body.link
end

--- Status and body of a control call to pay.
function calls.sell(it, fields)
  return calls.ask(it, "POST", "/_sandbox/pay", fields)
end

return calls
