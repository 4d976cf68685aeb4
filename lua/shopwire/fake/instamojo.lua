-- Instamojo's calls, one function a row: v1.1 and script values. Answers in
-- the shapes of the reference; what is inferred says so.
-- Must not know: sockets, faults.

local form = require "shopwire.fake.form"
local mask = require "shopwire.fake.mask"
local scripts = require "shopwire.fake.scripts"
local shop = require "shopwire.fake.shop"
local values = require "shopwire.fake.values"

local instamojo = {}
instamojo.__index = instamojo

-- A larger limit is capped, not refused: inferred.
local PAGE_DEFAULT, PAGE_MAX = 50, 500

--- Where rows live: script values are v2, all others v1.1.
function instamojo.base(row)
  return row.auth == "bearer" and "/v2/" or "/api/1.1/"
end

---@param o table keys, ids, clock, json, hmac, origin, user
function instamojo.new(o)
  local self = setmetatable({}, instamojo)
  for name, value in pairs(o) do
    self[name] = value
  end
  self.null = o.json.null
  self.array = o.json.array
  self.shop = shop.new {
    ids = o.ids, clock = o.clock, null = o.json.null, array = o.json.array,
    origin = o.origin, user = o.user,
  }
  self.scripts = scripts.new {ids = o.ids, array = o.json.array,
    null = o.json.null}
  self.token = "valid"
  return self
end

-- {====== replies ======

function instamojo:reply(status, value)
  return {
    status = status,
    headers = {["Content-Type"] = "application/json"},
    body = assert(self.json.encode(value)),
  }
end

--- The v1.1 error: `message` is text, or a table of lists by field.
function instamojo:refuse(status, message)
  return self:reply(status, {success = false, message = message})
end

function instamojo:refuse_field(name, text)
  return self:refuse(400, {[name] = {text}})
end

function instamojo:ok(key, value, status)
  return self:reply(status or 200, {success = true, [key] = value})
end

function instamojo:not_found()
  return self:refuse(404, "Not found.")
end

-- }======

-- {====== who asks ======

local function same(a, b)
  return type(a) == "string" and a == b
end

function instamojo:pair_is_good(headers)
  return same(headers["x-api-key"], self.keys.api_key)
    and same(headers["x-auth-token"], self.keys.auth_token)
end

-- The four documented refusals of the store API.
function instamojo:bearer_problem(row, request, args)
  local token = (request.headers.authorization or ""):match("^Bearer (.+)$")
  if not same(token, self.keys.access_token) then
    return self:reply(401, {error = "Invalid Client Id"})
  end
  if self.token == "expired" then
    return self:reply(401, {error = "Invalid or expired Client Id Exp"})
  end
  if self.token == "none"
    or (self.token == "readonly" and row.verb ~= "GET") then
    return self:reply(403, {error = "Invalid scopes"})
  end
  if args.app_id and args.app_id ~= self.keys.app_id then
    return self:reply(404, {error = "Invalid Account Id"})
  end
  return nil
end

--- The refusal of a caller without the row's credentials; nil: let in.
function instamojo:stop(row, request, args)
  if row.auth == "bearer" then
    return self:bearer_problem(row, request, args)
  end
  if row.auth == "pair" and not self:pair_is_good(request.headers) then
    if row.name == "debug" and row.group == "" then
      -- documented for v1 with status 200; that of v1.1 is unknown
      return self:refuse(200,
        "API works, but user authentication failed. Got a token?")
    end
    return self:refuse(401, "Invalid Auth Token.")
  end
  if row.auth == "key"
    and not same(request.headers["x-api-key"], self.keys.api_key) then
    return self:refuse(401, "Invalid Auth Token.")
  end
  return nil
end

-- }======

-- {====== what was sent ======

local function part_fields(parts)
  local fields = {}
  for _, part in ipairs(parts) do
    if part.value and not part.filename then
      fields[part.name] = part.value
    end
  end
  return fields
end

--- The fields of a body, whatever of the three encodings it has.
---@return table? fields
---@return table? refusal
function instamojo:fields_of(request)
  if request.parts then
    return part_fields(request.parts)
  end
  local body = request.body or ""
  if body == "" then
    return {}
  end
  local kind = (request.headers["content-type"] or ""):lower()
    :match("^%s*([^;%s]*)")
  if kind == "application/json" then
    local value = self.json.decode(body)
    if type(value) ~= "table" then
      return nil, self:refuse(400, "JSON parse error - Expecting value")
    end
    return value
  end
  if kind == "application/x-www-form-urlencoded" then
    return form.decode(body)
  end
  return nil, self:refuse(415, 'Unsupported media type "' .. kind
    .. '" in request.')
end

-- The upload host's answer inside a form field; must be a JSON object.
function instamojo:upload_of(fields, name)
  local text = fields[name .. "_json"]
  if text == nil or text == "" then
    return nil
  end
  local value = self.json.decode(text)
  if type(value) ~= "table" or not text:find("^%s*{") then
    return nil, "Value must be valid JSON."
  end
  return value
end

--- Both uploads of a product.
---@return table? uploads
---@return table? refusal
function instamojo:uploads_of(fields)
  local uploads = {}
  for _, name in ipairs {"file_upload", "cover_image"} do
    local upload, problem = self:upload_of(fields, name)
    uploads[name] = upload
    if problem then
      return nil, self:refuse_field(name .. "_json", problem)
    end
  end
  return uploads
end

--- One page of entries. Default 50, at most 500; past the end it is empty.
function instamojo:page(key, entries, fields, show)
  local limit = fields.limit or PAGE_DEFAULT
  local first = ((fields.page or 1) - 1) * limit
  local list = {}
  for i = first + 1, math.min(first + limit, #entries) do
    list[#list + 1] = show and show(entries[i]) or entries[i].shown
  end
  return self:ok(key, self.array(list))
end

-- }======

-- {====== the rows ======

local calls = {}
instamojo.calls = calls

function calls.debug(self)
  return self:ok("message",
    "Hello " .. self.user .. "! Everything looks peachy here.")
end

function calls.auth(self, fields)
  if fields.username ~= self.keys.username
    or fields.password ~= self.keys.password then
    return self:refuse(401, "Invalid username or password.")
  end
  return self:ok("auth_token", {auth_token = self.keys.auth_token})
end

calls["links.list"] = function(self, fields)
  return self:page("links", self.shop:live_links(), fields, function(link)
    return self.shop:read(link)
  end)
end

calls["links.get"] = function(self, _, args)
  local link = self.shop:link(args.slug)
  return link and self:ok("link", self.shop:read(link)) or self:not_found()
end

calls["links.create"] = function(self, fields)
  local uploads, refusal = self:uploads_of(fields)
  if not uploads then
    return refusal
  end
  local link = self.shop:create_link(fields, uploads)
  return self:ok("link", link.shown, 201)
end

calls["links.edit"] = function(self, fields, args)
  local link = self.shop:link(args.slug)
  if not link then
    return self:not_found()
  end
  local uploads, refusal = self:uploads_of(fields)
  if not uploads then
    return refusal
  end
  self.shop:apply(link, fields, uploads)
  return self:ok("link", self.shop:read(link))
end

calls["links.delete"] = function(self, _, args)
  local link = self.shop:link(args.slug)
  if not link then
    return self:not_found()
  end
  link.hidden.archived = true
  return {status = 204, headers = {}, body = ""}
end

calls["links.upload_url"] = function(self)
  return self:ok("upload_url", self.shop:upload_url())
end

calls["payments.list"] = function(self, fields)
  return self:page("payments", self.shop.payments, fields)
end

calls["payments.get"] = function(self, _, args)
  local payment = self.shop:payment(args.payment_id)
  return payment and self:ok("payment", payment.shown) or self:not_found()
end

calls["payment_requests.create"] = function(self, fields)
  for channel, need in pairs {send_email = "email", send_sms = "phone"} do
    if fields[channel] and (fields[need] or "") == "" then
      return self:refuse_field(need,
        "This field is required if " .. channel .. " is true.")
    end
  end
  local request = self.shop:create_request(fields)
  return self:ok("payment_request", request.shown, 201)
end

calls["payment_requests.list"] = function(self, fields)
  local found = self.shop:filter_requests(fields)
  return self:page("payment_requests", found, fields, function(request)
    return self.shop:read(request)
  end)
end

-- A copy with one more key.
local function with(object, key, value)
  local copy = {[key] = value}
  for name, old in pairs(object) do
    copy[name] = old
  end
  return copy
end

calls["payment_requests.get"] = function(self, _, args)
  local request = self.shop:request(args.id)
  if not request then
    return self:not_found()
  end
  local list = {}
  for i, payment in ipairs(request.hidden.payments) do
    list[i] = payment.shown
  end
  return self:ok("payment_request",
    with(self.shop:read(request), "payments", self.array(list)))
end

calls["payment_requests.payment"] = function(self, _, args)
  local request = self.shop:request(args.id)
  local payment = self.shop:payment(args.payment_id)
  if not request or not payment or payment.hidden.request ~= request then
    return self:not_found()
  end
  return self:ok("payment_request",
    with(self.shop:read(request), "payment", payment.shown))
end

local function switch(enabled)
  return function(self, _, args)
    local request = self.shop:request(args.id)
    if not request then
      return self:not_found()
    end
    request.hidden.enabled = enabled
    self.shop:touch(request)
    return self:reply(200, {success = true})
  end
end

calls["payment_requests.enable"] = switch(true)
calls["payment_requests.disable"] = switch(false)

calls["refunds.create"] = function(self, fields)
  local payment = self.shop:payment(fields.payment_id)
  local cents = fields.refund_amount and values.cents(fields.refund_amount)
  local name, problem = shop.refund_problem(payment, cents)
  if name then
    return self:refuse_field(name, problem)
  end
  return self:ok("refund", self.shop:create_refund(payment, fields).shown,
    201)
end

calls["refunds.list"] = function(self, fields)
  return self:page("refunds", self.shop.refunds, fields)
end

calls["refunds.get"] = function(self, _, args)
  local refund = self.shop:refund(args.id)
  return refund and self:ok("refund", refund.shown) or self:not_found()
end

calls["script_values.get"] = function(self)
  return self:reply(200, self.scripts:answer())
end

calls["script_values.update"] = function(self, fields)
  local problem = self.scripts:update(fields.values)
  if problem then
    return self:reply(400, {values = {problem}})
  end
  return self:reply(200, self.scripts:answer())
end

-- }======

-- The bodies' refusals have the v2 shape on v2: bare fields.
function instamojo:refuse_fields(row, problems)
  if row.auth == "bearer" then
    return self:reply(400, problems)
  end
  return self:refuse(400, problems)
end

--- Carries out one row for a caller that was let in.
function instamojo:call(name, row, request, args)
  local sent, refusal
  if row.body == "query" then
    sent = form.decode(request.query)
    if (tonumber(sent.limit) or 0) > PAGE_MAX then
      sent.limit = tostring(PAGE_MAX)
    end
  elseif row.body == "none" then
    sent = {}
  else
    sent, refusal = self:fields_of(request)
  end
  if not sent then
    return refusal
  end
  local fields, problems = mask.read(row, sent, self.null)
  if problems then
    return self:refuse_fields(row, problems)
  end
  return calls[name](self, fields, args)
end

return instamojo
