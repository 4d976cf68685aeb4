-- Instamojo and Invotide in process: requests in, replies out, no sockets.
-- Stateful; Instamojo's part is driven by the rows of the core, so that a call
-- that exists is a call that is faked. Invotide's is at / and /index.php.
-- Behaves as the reference says that the real service does.
-- Must not know: sockets, clients.

local control = require "shopwire.fake.control"
local faults = require "shopwire.fake.faults"
local form = require "shopwire.fake.form"
local instamojo = require "shopwire.fake.instamojo"
local invotide = require "shopwire.fake.invotide"
local router = require "shopwire.fake.router"
local values = require "shopwire.fake.values"

---@class shopwire.fake
---@field keys table api_key, auth_token, salt, access_token, app_id,
--- username, password; shop_username, shop_key
---@field outbox table[] webhooks to be posted: {id, url, body, state}
local fake = {}
fake.__index = fake

local LOG_LENGTH = 1000
local ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  .. "0123456789"

local function core_json()
  local core = require "shopwire.core"
  return {
    encode = core.json_encode, decode = core.json_decode,
    array = core.array, null = core.null,
  }
end

local function make_keys(ids)
  return {
    api_key = "test_" .. ids(27), auth_token = "test_" .. ids(27),
    salt = ids(32), access_token = ids(40), app_id = ids(16),
    username = "acme", password = "pw",
  }
end

--- A fresh shop.
---
--- Options: `rows` (default: the core's), `seed` (an integer; the same seed
--- gives the same keys and ids), `clock` (returns seconds since 1970),
--- `origin` (scheme, host and port of the addresses that it hands out),
--- `json` and `hmac` (default: the core's), `now` (seconds with fractions, by
--- which delays are waited for, so that Invotide's calls overlap as real ones
--- do; without it a delayed call is over at once).
---@param options table?
---@return shopwire.fake
function fake.new(options)
  options = options or {}
  local rows = options.rows or require("shopwire.core").rows("instamojo")
  local self = setmetatable({}, fake)
  self.ids = values.ids(options.seed or 1)
  self.clock = options.clock or os.time
  self.json = options.json or core_json()
  self.hmac = options.hmac or require("shopwire.core").hmac_sha1
  self.origin = options.origin or "http://127.0.0.1"
  self.user = "acme"
  self.keys = make_keys(self.ids)
  self.shop_ids = values.ids((options.seed or 1) + 1000003)
  self.keys.shop_username = "Default"
  self.keys.shop_key = self.shop_ids(256, ALPHANUMERIC)
  self.now = options.now
  self.router = router.new(rows, instamojo.base)
  self.names = {["links.upload"] = true}
  for _, row in ipairs(rows) do
    self.names[router.name(row)] = true
  end
  for name in pairs(invotide.routes) do
    self.names["api/" .. name] = true
  end
  self:reset()
  return self
end

--- Forgets everything but the keys.
function fake:reset()
  if self.service then
    for _, file in pairs(self.service.shop.files) do
      if file.temporary then
        os.remove(file.path)
      end
    end
  end
  self.service = instamojo.new {
    keys = self.keys, ids = self.ids, clock = self.clock, json = self.json,
    user = self.user,
    origin = function()
      return self.origin
    end,
  }
  self.invotide = invotide.new {
    ids = self.shop_ids, clock = self.clock, now = self.now,
    keys = {username = self.keys.shop_username, key = self.keys.shop_key},
    origin = function()
      return self.origin
    end,
  }
  self.faults = faults.new()
  self.log, self.counts = {}, {}
  self.deliveries, self.outbox = {}, {}
end

--- The shop's process begins anew: what was under way died with the one
--- before, and what became of webhooks nobody knows.
function fake:begin()
  self.invotide.later = {}
  for delivery in self.next_delivery, self do
    delivery.state = "unknown"
    delivery.detail = "the sandbox was started again"
  end
end

local credential_headers = {
  {"x-api-key", "key"}, {"x-auth-token", "token"},
  {"authorization", "bearer"}, {"cookie", "cookie"},
}

-- Which credentials came along, by kind, never the credentials.
local function credentials(headers)
  local kinds = {}
  for _, pair in ipairs(credential_headers) do
    if headers[pair[1]] then
      kinds[#kinds + 1] = pair[2]
    end
  end
  return table.concat(kinds, " ")
end

function fake:note(request, name)
  local count = (self.counts[name] or 0) + 1
  self.counts[name] = count
  local entry = {
    method = request.method, path = request.path,
    query = request.query and (request.query:gsub("(api_token=)[^&]+",
      "%1*")),
    row = name, count = count, credentials = credentials(request.headers),
  }
  table.insert(self.log, entry)
  if #self.log > LOG_LENGTH then
    table.remove(self.log, 1)
  end
  return entry
end

-- A product's public page: there until the product is archived.
function fake:public_page(path)
  local slug = path:match("^/" .. self.user .. "/([^/]+)/$")
  local link = slug and self.service.shop:link(form.unescape_path(slug))
  if not link then
    return nil
  end
  local title = link.shown.title:gsub("[&<>]", {["&"] = "&amp;",
    ["<"] = "&lt;", [">"] = "&gt;"})
  return {
    status = 200, headers = {["Content-Type"] = "text/html; charset=utf-8"},
    body = "<!DOCTYPE html><title>" .. title .. "</title><h1>" .. title
      .. "</h1>\n",
  }
end

function fake:without_row(request, known)
  local service, path = self.service, request.path
  if known then
    return service:refuse(405, 'Method "' .. request.method
      .. '" not allowed.')
  end
  if path:find("^/v2/") then
    -- the gateway's words, seen in a report
    return service:reply(404, {message = "no Route matched with those values"})
  end
  return self:public_page(path) or service:not_found()
end

-- Every path of the API ends in "/"; without it the server redirects.
local function slash_missing(path)
  return (path:find("^/api/1%.1/.") or path:find("^/v2/."))
    and path:sub(-1) ~= "/"
end

function fake:add_slash(request)
  local query = request.query or ""
  return {
    status = 301, body = "",
    headers = {
      ["Location"] = self.origin .. request.path .. "/"
        .. (query ~= "" and "?" .. query or ""),
    },
  }
end

-- The row's own answer, without faults.
function fake:serve(request, route, args, known)
  if not route then
    return self:without_row(request, known)
  end
  local service = self.service
  return service:stop(route.row, request, args)
    or service:call(route.name, route.row, request, args)
end

-- What goes wrong with this call: the header's fault before the waiting one.
function fake:plan(request, name)
  local text = request.headers["x-sandbox-fault"]
  if text then
    return faults.parse(text)
  end
  return self.faults:take(name)
end

function fake:with_fault(plan, serve, refuse)
  refuse = refuse or function(status, text)
    return self.service:refuse(status, text)
  end
  local before = plan.reset == "before" or plan.die == "before"
  local instead = faults.answer(plan, refuse)
  local reply
  if before or (instead and not plan.after) then
    reply = instead or {status = 200, headers = {}, body = ""}
  else
    reply = serve()
    reply = instead or reply
  end
  return faults.finish(plan, reply)
end

local function refuse_as_page(status, text)
  return {status = status, headers = {["Content-Type"] = "text/html"},
    body = "<html><body><h1>" .. text .. "</h1></body></html>\n"}
end

-- Invotide's door. A bad X-Sandbox-Fault is the caller's mistake: 400.
function fake:handle_invotide(request)
  local route = invotide.route_of(request.query)
  local name = self.names[route] and route or "none"
  local entry = self:note(request, name)
  local plan, problem = self:plan(request, name)
  local reply
  if problem then
    reply = refuse_as_page(400, "X-Sandbox-Fault: " .. problem)
  else
    reply = self:with_fault(plan or {}, function()
      return self.invotide:handle(request, plan)
    end, refuse_as_page)
  end
  if not (reply.fault and reply.fault.reset) then
    entry.status = reply.status
  end
  return reply
end

local function is_upload(request)
  return request.path:find("^/_sandbox/upload/") ~= nil
end

--- Answers one request.
---
--- request: `method`, `path` (raw), `query` (raw, "" when none), `headers`
--- (lower-case names), `body` (text) or `parts` (list of {name, filename,
--- type, size, path or value}).
--- reply: `status`, `headers`, `body` (text) or `file` (a path), and `fault`
--- when the bytes are to be harmed: {delay = seconds, truncate = bytes,
--- reset = true, die = true}.
---@param request table
---@return table reply
function fake:handle(request)
  local path = request.path
  if path:find("^/_sandbox/") and not is_upload(request) then
    return control.handle(self, request)
  elseif path == "/" or path == "/index.php" then
    return self:handle_invotide(request)
  end
  local verb = request.method == "HEAD" and "GET" or request.method
  local route, args, known = self.router:find(verb, path)
  local name = route and route.name or "none"
  if is_upload(request) then
    name = "links.upload"
  end
  local entry = self:note(request, name)
  local plan, problem = self:plan(request, name)
  local function serve()
    if name == "links.upload" then
      return control.handle(self, request)
    end
    if slash_missing(path) then
      return self:add_slash(request)
    end
    return self:serve(request, route, args, known)
  end
  local reply
  if problem then
    reply = self.service:refuse(400, "X-Sandbox-Fault: " .. problem)
  elseif plan then
    reply = self:with_fault(plan, serve)
  else
    reply = serve()
  end
  if not (reply.fault and reply.fault.reset) then
    entry.status = reply.status
  end
  return reply
end

--- Takes the next webhook to be posted, or nil. Whoever posts it sets its
--- `state` ("delivered", "failed", "refused"), `status` and `detail`.
---@return table? delivery
function fake:next_delivery()
  return table.remove(self.outbox, 1)
end

return fake
