-- What the specs of the calls need: the sandbox as a process, and a server
-- that gives one answer per connection and keeps what arrived.

local core = require "shopwire.core"
local form = require "shopwire.fake.form"
local http = require "socket.http"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local wire = require "spec.support.wire"

local shop = {}

local methods = {}
local meta = {__index = methods}

-- {====== the sandbox ======

--- Starts a sandbox; the result has its banner, client(), control(), log(),
--- counts(), reset(), stop().
function shop.open(arguments)
  local self = process.sandbox(arguments)
  return setmetatable(self, meta)
end

--- A client of it; options win over its keys.
function methods:client(options)
  local all = {
    endpoint = self.endpoint, v2_endpoint = self.v2_endpoint,
    api_key = self.api_key, auth_token = self.auth_token,
    access_token = self.access_token,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return instamojo.Client(all)
end

--- A control call: POST when there are fields. The decoded answer.
function methods:control(path, fields)
  local texts = {}
  for name, value in pairs(fields or {}) do
    texts[name] = type(value) == "number" and string.format("%d", value)
      or value
  end
  local body = fields and form.encode(texts)
  local text, status = http.request(self.origin .. "/_sandbox/" .. path, body)
  assert(text, status)
  local answer = core.json_decode(text)
  assert(answer and answer.success, text)
  return answer
end

--- Sells; returns the payment and the webhook, if there was one.
function methods:pay(fields)
  local answer = self:control("pay", fields)
  return answer.payment, answer.webhook
end

function methods:reset()
  self:control("reset", {a = "b"})
end

--- Requests since the last reset: {method, path, query, row, credentials}.
function methods:log()
  return self:control("log").requests
end

--- Names of the rows that were called since the last reset, in order.
function methods:rows()
  local names = {}
  for i, entry in ipairs(self:log()) do
    names[i] = entry.row
  end
  return names
end

-- }======

-- {====== scripted answers ======

--- An answer: reply("200 OK", text) or reply("200 OK", {…}) as JSON.
function shop.reply(status, body, headers)
  if type(body) == "table" then
    body = assert(core.json_encode(body))
  end
  return wire.reply(status, body or "", "Connection: close\r\n"
    .. (headers or ""))
end

--- A raw request taken apart: verb, target, path, query, headers (lower-case
--- names), body, lines (of the head), fields (of a form), sent (in order).
function shop.parse(raw)
  local head, body = raw:match("^(.-)\r\n\r\n(.*)$")
  local verb, target = head:match("^(%u+) (%S+) HTTP/1%.1\r?\n?")
  local headers, lines = {}, {}
  for line in head:gmatch("\r\n([^\r]+)") do
    lines[#lines + 1] = line
    local name, value = line:match("^([^:]+):%s*(.*)$")
    headers[name:lower()] = value
  end
  local path, query = target:match("^([^?]*)%??(.*)$")
  local request = {verb = verb, target = target, path = path, query = query,
    headers = headers, body = body, lines = lines}
  local kind = headers["content-type"]
  if kind == "application/x-www-form-urlencoded" then
    request.fields = form.decode(body)
  end
  return request
end

local answering = {}
local answering_meta = {__index = answering}

--- A server that answers the n-th request with the n-th answer, the last one
--- again and again. An answer of several steps is a list of wire.lua's steps.
function shop.answering(answers)
  local connections = {}
  for i, answer in ipairs(answers) do
    connections[i] = type(answer) == "table" and answer
      or {{"read"}, {"send", answer}}
  end
  local server = wire.start {connections = connections}
  return setmetatable({server = server, origin = server.url:sub(1, -2),
    taken = 0}, answering_meta)
end

--- A client of it.
function answering:client(options)
  local all = {
    endpoint = self.origin .. "/api/1.1/", api_key = "test_api_key",
    auth_token = "test_auth_token", access_token = "test_access_token",
    retries = 0,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return instamojo.Client(all)
end

--- The requests that came since the last call, `n` at least, parsed.
function answering:requests(n)
  local all = self.server:requests(self.taken + (n or 1))
  local fresh = {}
  for i = self.taken + 1, #all do
    fresh[#fresh + 1] = shop.parse(all[i])
  end
  self.taken = #all
  return fresh
end

--- The one request that came since the last call.
function answering:request()
  local list = self:requests(1)
  assert(#list == 1, #list .. " requests, one expected")
  return list[1]
end

function answering:stop()
  self.server:stop()
end

-- }======

--- Which kind of number it is: "integer" or "float" where Lua tells.
function shop.number_type(value)
  local tell = math.type -- luacheck: ignore
  if tell then
    return tell(value)
  end
  return type(value) == "number" and value % 1 == 0 and "integer" or "float"
end

--- Runs f and gives the message of the error that it raises.
function shop.error_of(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "no error was raised")
  return message
end

return shop
