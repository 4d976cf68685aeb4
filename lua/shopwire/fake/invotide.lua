-- The shop of Invotide's storefront API (OpenCart 3.0.5.1) in process: one
-- request in, one answer out, with the quirks of the real one. What was not
-- seen on a real shop says so. Must not know: sockets.

local cart = require "shopwire.fake.invotide.cart"
local catalog = require "shopwire.fake.invotide.catalog"
local basket = require "shopwire.fake.invotide.basket"
local checkout = require "shopwire.fake.invotide.checkout"
local orders = require "shopwire.fake.invotide.orders"
local pages = require "shopwire.fake.invotide.pages"
local php = require "shopwire.fake.invotide.php"
local session = require "shopwire.fake.invotide.session"
local totals = require "shopwire.fake.invotide.totals"
local values = require "shopwire.fake.values"

---@class shopwire.fake.invotide
---@field keys table username and key of the API user that may come in
---@field settings table what the shop's owner set; see `set`
local invotide = {}
invotide.__index = invotide

-- max_input_vars, PHP's default; of a form, one more gets through (seen).
local INPUT_VARS = 1000
local HOME = "127.0.0.1"
local MOST_ADVANCE = 1e9 -- seconds, some 30 years

--- Routes under `api/`. `X/index` is the same as `X`.
invotide.routes = {}
for _, part in ipairs {basket, checkout, orders} do
  for name, serve in pairs(part) do
    invotide.routes[name] = serve
  end
end

local choices = {
  php_noise = {natural = true, on = true, off = true},
  smtp = {ok = true, refused = true, silent = true},
  database = {up = true, down = true},
  maintenance = {on = true, off = true},
  shipping = {on = true, off = true},
  buffer = {on = true, off = true},
}

local function fresh_settings()
  return {php_noise = "natural", smtp = "ok", database = "up",
    maintenance = "off", shipping = "on", buffer = "on"}
end

-- A second user that is disabled and a third without an address, as the
-- recorded shop had.
local function make_users(keys)
  return {
    {id = "1", name = keys.username, key = keys.key, enabled = true,
      ips = {[HOME] = true}},
    {id = "2", name = "Disabled", key = ("d"):rep(256), enabled = false,
      ips = {[HOME] = true}},
    {id = "3", name = "NoIp", key = ("n"):rep(256), enabled = true,
      ips = {}},
  }
end

--- A fresh shop.
---
--- Options: `ids` (values.ids), `clock` (seconds since 1970), `origin` (a
--- function), `keys` {username, key}, `now` (a clock with fractions: delays
--- are waited for by it, so that calls can overlap; without it nothing does).
---@param o table
---@return shopwire.fake.invotide
function invotide.new(o)
  local self = setmetatable({}, invotide)
  self.ids, self.origin, self.now = o.ids, o.origin, o.now
  self.keys = o.keys
  self.shift = 0
  self.clock = function()
    return o.clock() + self.shift
  end
  self.users = make_users(o.keys)
  self.products = catalog.products()
  self.coupons, self.vouchers = catalog.coupons(), catalog.vouchers()
  self.customers = catalog.customers()
  self.sessions = session.new {ids = o.ids, clock = self.clock}
  self.cart = cart.new {clock = self.clock, products = self.products}
  self.orders = {list = {}, last = 0}
  self.settings = fresh_settings()
  self.later = {}
  return self
end

-- What is wrong with one setting.
local function setting_problem(self, name, value)
  if name == "advance" then
    local seconds = values.count(value, 0, MOST_ADVANCE)
    if not seconds or self.shift + seconds > MOST_ADVANCE then
      return "advance: whole seconds expected, at most 1000000000 in all"
    end
  elseif name == "ips" then
    if type(value) ~= "string" or value:find("[^%x%.:,%s]") then
      return "ips: addresses with commas between expected"
    end
  elseif not (choices[name] and choices[name][value]) then
    return "no such setting: " .. tostring(name) .. " = " .. tostring(value)
  end
  return nil
end

--- Changes what the owner sets: php_noise = natural|on|off, smtp =
--- ok|refused|silent, database = up|down, maintenance, shipping and buffer =
--- on|off, ips = addresses with commas between, advance = seconds by which the
--- shop's clock goes on. All of it or, when something is wrong, nothing.
---@return string? problem
function invotide:set(fields)
  if not next(fields) then
    return "say what to set, such as maintenance=on"
  end
  for name, value in pairs(fields) do
    local problem = setting_problem(self, name, value)
    if problem then
      return problem
    end
  end
  for name, value in pairs(fields) do
    if name == "advance" then
      self.shift = self.shift + tonumber(value)
    elseif name == "ips" then
      self.users[1].ips = {}
      for ip in value:gmatch("[^,%s]+") do
        self.users[1].ips[ip] = true
      end
    else
      self.settings[name] = value
    end
  end
  return nil
end

-- {====== what happens after the answer's time ======

--- Runs `act` when `seconds` went by, at once when nothing waits here.
function invotide:after(seconds, act)
  if not self.now or not seconds or seconds <= 0 then
    return act()
  end
  table.insert(self.later, {due = self.now() + seconds, act = act})
  table.sort(self.later, function(a, b)
    return a.due < b.due
  end)
end

--- Does what is due by now.
function invotide:settle()
  local now = self.now and self.now()
  while self.later[1] and self.later[1].due <= now do
    table.remove(self.later, 1).act()
  end
end

-- }======

-- {====== what routes ask of the shop ======

--- The account of a session; nil: a guest.
function invotide:account(one)
  return self.customers[one.data.customer_id or ""]
end

local function key_of(code)
  return type(code) == "string" and code:lower() or nil
end

--- A coupon that this session may use now.
function invotide:find_coupon(one, code, list)
  local coupon = self.coupons[key_of(code)]
  if not coupon or coupon.uses <= 0
    or coupon.minimum > totals.goods_sum(list)
    or (coupon.members and not one.data.customer_id) then
    return nil
  end
  return coupon
end

function invotide:find_voucher(code)
  local voucher = self.vouchers[key_of(code)]
  return voucher and voucher.amount > 0 and voucher or nil
end

-- }======

-- {====== one call ======

---@class shopwire.fake.invotide.call
---@field shop shopwire.fake.invotide
---@field one table the session: id, data, group
---@field get table fields of the query
---@field post table fields of the body
---@field json table what will be answered
local call = {}
call.__index = call

function call:allowed()
  return self.one.data.api_id ~= nil
end

--- `error` as text, and as a map of names.
function call:fail(text)
  self.json:set("error", text)
end

function call:fail_in(name, value)
  local map = self.json:get("error") or php.array()
  map:set(name, value)
  self.json:set("error", map)
end

call.no_permission = "Warning: You do not have permission to access the API!"

--- A PHP warning: shown ahead of the answer unless the owner turned it off.
function call:warn(text, file, line)
  if self.noise ~= "off" then
    table.insert(self.notes, pages.warning(text, file, line))
  end
end

--- A field of the body; without it, a warning and an empty text.
function call:need(name, file, line)
  local value = self.post:get(name)
  if value == nil then
    self:warn('Undefined array key "' .. name .. '"', file, line)
  end
  return value or ""
end

--- Ends the call as PHP does on a type error.
function call.die()
  error({fatal = true}, 0)
end

--- A value that must not be an array.
function call:scalar(value)
  if php.is_array(value) then
    self.die()
  end
  return value
end

function call:goods()
  return self.shop.cart:goods(self.one)
end

function call:unset(...)
  for _, name in ipairs {...} do
    self.one.data[name] = nil
  end
end

-- }======

-- {====== the way in ======

local function cookies_of(text)
  local cookies = {}
  for name, value in (text or ""):gmatch("([^=;%s]+)=([^;]*)") do
    cookies[name] = value
  end
  return cookies
end

local function post_of(request)
  if request.parts then
    local list = {}
    for _, part in ipairs(request.parts) do
      if part.value and not part.filename then
        list[#list + 1] = {part.name, part.value}
      end
    end
    return php.clean(php.fields(list, INPUT_VARS))
  end
  local kind = (request.headers["content-type"] or ""):lower()
  if request.method ~= "POST"
    or not kind:find("application/x-www-form-urlencoded", 1, true) then
    return php.array()
  end
  return php.clean(php.parse(request.body or "", INPUT_VARS + 1))
end

-- The session of a call: the token's, or without any token the cookie's.
local function open_session(self, it)
  local token, cookie = it.get:get("api_token"), it.cookies.OCSESSID
  local none = {id = "", data = {}, unsaved = true}
  if token == nil then
    if cookie and cookie ~= "" and not session.is_id(cookie) then
      return nil
    end
    local one = self.sessions:start(cookie ~= "" and cookie or nil)
    it.set_cookies.OCSESSID = one.id
    return one
  end
  local api_id = type(token) == "string" and self.sessions:token(token)
  local user = api_id and self.users[tonumber(api_id)]
  if not user or not user.enabled or not user.ips[it.remote] then
    return none
  end
  self.sessions:touch(token)
  return self.sessions:start(token)
end

-- The first language of Accept-Language that the shop has; read, not seen.
local function accepted(it)
  local text = (it.request.headers["accept-language"] or ""):lower()
  for tag in text:gmatch("[%a-]+") do
    for code in pairs(catalog.languages) do
      if #tag > 1 and (code == tag or code:match("^%a+") == tag) then
        return code
      end
    end
  end
  return nil
end

-- Language, currency, account: what every call sets up first.
local function start_up(self, it)
  local data, one = it.one.data, it.one
  for _, pair in ipairs {
    {"language", catalog.languages, accepted(it) or "en-gb"},
    {"currency", catalog.currencies, "USD"},
  } do
    local name, known, default = pair[1], pair[2], pair[3]
    local code = data[name]
    if not known[code or ""] then
      code = known[it.cookies[name] or ""] and it.cookies[name] or default
    end
    data[name] = code
    if it.cookies[name] ~= code then
      it.set_cookies[name] = code .. "; Max-Age=2592000"
    end
  end
  if not self.customers[data.customer_id or ""] then
    data.customer_id = nil
  end
  local account = self:account(one)
  one.group = data.customer and data.customer:get("customer_group_id")
    or account and account.group or "1"
  self.cart:sweep()
end

local function make_call(self, request, plan)
  local noise = plan["php-noise"] or self.settings.php_noise
  local own = {} -- a route may make the call longer
  for name, value in pairs(plan) do
    own[name] = value
  end
  local it = setmetatable({
    shop = self, request = request, plan = own, noise = noise,
    remote = request.remote or HOME, cookies = cookies_of(
      request.headers.cookie),
    get = php.clean(php.parse(request.query or "", INPUT_VARS)),
    smtp = plan.smtp or self.settings.smtp,
    set_cookies = {}, notes = {}, json = php.array(),
  }, call)
  it.post = post_of(request)
  if noise == "on" then
    it:warn("Undefined variable $extension",
      "catalog/controller/startup/event.php", 7)
  end
  return it
end

--- The route of a query, "api/cart/add"; "" when it has none.
function invotide.route_of(query)
  local route = php.clean(php.parse(query or "", INPUT_VARS)):get("route")
  return type(route) == "string" and route or ""
end

local function find_route(route)
  local name = route:match("^api/(.+)$")
  return name and (invotide.routes[name]
    or invotide.routes[name:match("^([^/]+)/index$") or ""])
end

local function headers_of(it, kind)
  local headers = {["Content-Type"] = kind}
  for _, name in ipairs {"OCSESSID", "language", "currency"} do
    if it.set_cookies[name] then
      headers[#headers + 1] = {"Set-Cookie", name .. "="
        .. it.set_cookies[name] .. "; path=/"}
    end
  end
  return headers
end

-- Messages in the session's language, whatever the depth of an error.
local function translate(json, name)
  local value = json:get(name)
  if php.is_array(value) then
    for _, key in ipairs(value.keys) do
      translate(value, key)
    end
  elseif type(value) == "string" then
    json:set(name, pages.translate(value))
  end
end

-- Serves and writes the session back, at the end of the call's own time.
local function perform(self, it, serve)
  local ok, problem = pcall(serve, it)
  if not ok and not (type(problem) == "table" and problem.fatal) then
    error(problem, 0)
  end
  local one = it.one
  if not one.unsaved then
    self:after(it.plan.delay, function()
      self.sessions:save(one)
    end)
  end
  local noise = table.concat(it.notes)
  if it.one.data.language ~= "en-gb" then
    translate(it.json, "success")
    translate(it.json, "error")
  end
  local bare = self.settings.buffer == "off"
  local reply
  if not ok or it.plan.fatal then
    reply = pages.fatal(bare, noise)
  else
    reply = {
      status = 200, body = noise .. php.encode(it.json),
      headers = headers_of(it, "application/json"),
    }
  end
  if bare and noise ~= "" then
    reply.headers = {["Content-Type"] = "text/html; charset=UTF-8"}
  end
  reply.fault = it.plan.delay and {delay = it.plan.delay}
  return reply
end

-- Faults of the shop itself that leave no route to serve.
local function outage(self, plan)
  if plan.maintenance or self.settings.maintenance == "on" then
    return pages.maintenance()
  elseif plan.database or self.settings.database == "down" then
    return pages.empty()
  elseif plan.fatal and not plan.after then
    return pages.fatal(self.settings.buffer == "off", "")
  end
  return nil
end

local function expire(self, it)
  local token, what = it.get:get("api_token"), it.plan.expire
  if type(token) ~= "string" then
    return
  elseif what == "cart" then
    self.cart:expire(token)
  elseif what then
    self.sessions:expire(token, what)
  end
end

--- Answers one request for `/` or `/index.php`. `plan`: the faults of this
--- call, see shopwire.fake.faults.
---@param request table as for shopwire.fake:handle; `remote`: its address
---@param plan table?
---@return table reply
function invotide:handle(request, plan)
  plan = plan or {}
  self:settle()
  local instead = outage(self, plan)
  if instead then
    return instead
  end
  local it = make_call(self, request, plan)
  expire(self, it)
  it.one = open_session(self, it)
  if not it.one then
    return pages.text("Error: Invalid session ID!")
  end
  start_up(self, it)
  local serve = find_route(invotide.route_of(request.query))
  if not serve then
    return pages.not_found()
  end
  return perform(self, it, serve)
end

-- }======

return invotide
