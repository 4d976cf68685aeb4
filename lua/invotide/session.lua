--- invotide.Session: a shop's storefront API (OpenCart 3.0.x), one session.

local call = require "shopwire.call"
local checkout = require "invotide.checkout"
local core = require "shopwire.core"
local exchange = require "invotide.exchange"
local face = require "shopwire.face"
local jar = require "invotide.jar"
local journal = require "invotide.journal"
local options = require "shopwire.options"
local order_evidence = require "invotide.order_evidence"
local rebuild = require "invotide.rebuild"

local KNOWN = {
  url = "text", username = "text", key = "secret", store_id = "store_id",
  rebuild = "boolean", strict = "boolean", cookies = "boolean",
  deadline = "seconds", retries = "count", proxy = "text", ca_file = "text",
  app_info = "text", log = "callable", transport = "callable",
  blocking = "boolean", raise = "boolean", fake = "fake", tls = "table",
}

-- {====== methods ======

local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore

-- How many arguments stand before the options.
local function values_of(row)
  if row.positional then
    return #row.args + #row.fields
  end
  return #row.args + (#row.fields > 0 and 1 or 0)
end

local REFERENCE = 200 -- bytes

-- Takes `reference` out of the options of order.add and puts it behind the
-- comment; the rest is checked where everything is.
local function with_reference(row, level, fields, given, ...)
  local reference = type(given) == "table" and given.reference
  if not reference then
    return nil, fields, given, ...
  end
  if type(reference) ~= "string" or #reference > REFERENCE
    or not reference:find("^[^%c%s]") or reference:find("[%c]")
    or reference:find("%s$") then
    error(row.full_name .. ": reference must be text of one line, without "
      .. "space at its ends and of " .. REFERENCE .. " bytes at most",
      level + 1)
  end
  local rest = {}
  for name, value in pairs(given) do
    rest[name] = name ~= "reference" and value or nil
  end
  if type(fields) == "table" or fields == nil then
    fields = journal.copy(fields or {})
    fields.comment = order_evidence.comment(fields.comment, reference)
  end
  return reference, fields, rest, ...
end

-- What a call is, apart from its request: taken before anything waits, for a
-- script may change its tables meanwhile.
local function op_of(session, row, request, ...)
  local count = values_of(row)
  local args = {}
  for i = 1, count do
    args[i] = journal.copy((select(i, ...)))
  end
  local given = select(count + 1, ...)
  given = type(given) == "table" and journal.copy(given) or nil
  local last = args[count]
  local op = { row = row, request = request, options = given,
    version = session.state.version,
    fields = not row.positional and type(last) == "table" and last or {},
    value = { args = args, extra = given and given.extra } }
  if row.full_name == "cart.edit" then
    op.key = op.fields.key
  elseif row.full_name == "cart.remove" then
    op.key = args[1]
  elseif row.args[1] then
    op.order_id = args[1]
  end
  return op
end

local function plain(row, level, tools)
  local weighs = row.group == "voucher"
  return function(self, ...)
    local session = tools.client_of(self, row, level)
    local request = tools.request_of(session, row, level, ...)
    local op = op_of(session, row, request, ...)
    op.weight = weighs and request:weight() or nil
    return exchange.run(session, op)
  end
end

local makers = {}

function makers.login(row, level, tools)
  return function(self, ...)
    local session = tools.client_of(self, row, level)
    local request = tools.request_of(session, row, level, ...)
    return exchange.login(session, { row = row, request = request })
  end
end

makers["order.add"] = function(row, level, tools)
  local function run(session, reference, request, ...)
    local op = op_of(session, row, request, ...)
    op.reference = reference
    return exchange.run(session, op)
  end
  return function(self, ...)
    local session = tools.client_of(self, row, level)
    local given = { with_reference(row, level, ...) }
    local request = tools.request_of(session, row, level,
      unpack(given, 2, 4))
    return run(session, given[1], request, unpack(given, 2, 4))
  end
end

-- With a code it is the bulk form, which takes one; that form's row checks
-- the fields.
makers["voucher.add"] = function(row, level, tools)
  local without = plain(row, level + 1, tools)
  local bulk
  for _, one in ipairs(core.rows("invotide")) do
    bulk = one.full_name == "voucher.replace" and one or bulk
  end
  return function(self, fields, given, ...)
    if type(fields) ~= "table" or fields.code == nil then
      local result, err = without(self, fields, given, ...)
      return result, err
    end
    local session = tools.client_of(self, row, level)
    fields = journal.copy(fields)
    fields.message = fields.message or ""
    local request = tools.request_of(session, bulk, level, { fields }, given,
      ...)
    local op = op_of(session, bulk, request, { fields }, given)
    op.fields, op.build = fields, exchange.with_code
    return exchange.run(session, op)
  end
end

local made = face.of("invotide", function(row, level, tools)
  return (makers[row.full_name] or plain)(row, level, tools)
end)

-- explain takes what the call takes.
local function explain_order(beneath)
  return function(self, name, ...)
    local line, class, row
    if name == "add" then
      local given = { with_reference({ full_name = "order.explain" }, 2,
        ...) }
      line, class, row = beneath.explain(self, name, unpack(given, 2, 4))
    else
      line, class, row = beneath.explain(self, name, ...)
    end
    return line, class, row
  end
end

local function explain_voucher(beneath)
  return function(self, name, fields, ...)
    local line, class, row
    if name == "add" and type(fields) == "table" and fields.code ~= nil then
      fields = journal.copy(fields)
      fields.message = fields.message or ""
      line, class, row = beneath.explain(self, "replace", { fields }, ...)
    else
      line, class, row = beneath.explain(self, name, fields, ...)
    end
    return line, class, row
  end
end

made.groups.order.explain = explain_order(made.beneath "order")
made.groups.voucher.explain = explain_voucher(made.beneath "voucher")

-- }======

---@class invotide.Session
---@field currency table
---@field customer table
---@field cart table
---@field coupon table
---@field voucher table
---@field reward table
---@field shipping table
---@field payment table
---@field order table
---@field calm invotide.Session the same session, whose methods never raise
--- what the world said
local Session = made.root
Session.__index = Session

-- {====== making one ======

local function check_store(given, problems)
  local store = given.store_id
  local kind = type(store)
  if store ~= nil and not (kind == "number" and store >= 0 and store % 1 == 0)
    and not (kind == "string" and store:find("^%d+$")) then
    problems[#problems + 1] = "store_id must be the store's number"
  end
end

local function address_of(given, problems)
  local url = given.url
  if url == nil then
    if not given.fake then
      problems[#problems + 1] = "url is missing: the shop's address, such as "
        .. "https://shop.example"
    end
    return "http://127.0.0.1/"
  elseif type(url) ~= "string" then
    return nil
  end
  local normal, wrong = core.endpoint((url:gsub("/index%.php$", "/")), true)
  if not normal then
    problems[#problems + 1] = "url " .. wrong
  end
  return normal
end

-- What the views of one session share.
local function new_state(session, given, base)
  local state = {
    session = session, view = session.view, journal = journal.new(),
    jar = given.cookies ~= false and jar.new(base) or nil,
    rebuild = given.rebuild ~= false, live = false, built = false,
    begun = false, calls = 0, version = 0, events = {},
  }
  exchange.prepare(state, session)
  return state
end

-- The same session for our own callers: its methods return nil, err even
-- where the script wants errors raised.
local function calm_of(session)
  local calm = {}
  for name, value in pairs(session) do
    calm[name] = value
  end
  calm.raise = false
  return face.dress(setmetatable(calm, getmetatable(session)), made)
end

local function open(given, level)
  local problems = {}
  local base = address_of(given, problems)
  local bare = options.is_insecure(given, problems)
  check_store(given, problems)
  if given.key == nil and not given.fake then
    problems[#problems + 1] = "key is missing: the API user's key, from the "
      .. "shop's System, Users, API"
  end
  local known = {}
  for name, value in pairs(given) do
    known[name] = name ~= "store_id" and value or nil
  end
  options.check(known, KNOWN, "invotide.Session", level + 1, problems)
  local transport, fake = options.transport(given)
  local keys = fake and fake.invotide.keys or {}
  local session = setmetatable({
    view = core.view("invotide", {
      endpoint = base, username = given.username or keys.username,
      key = given.key or keys.key, store_id = given.store_id,
      strict = given.strict, deadline = given.deadline,
      retries = given.retries, proxy = given.proxy, ca_file = given.ca_file,
      insecure = bare, user_agent = options.user_agent(given),
    }),
    deadline = given.deadline or 30, transport = transport, fake = fake,
    log = given.log, raise = given.raise, blocking = given.blocking,
  }, Session)
  session.state = new_state(session, given, base)
  face.dress(session, made)
  session.calm = calm_of(session)
  if given.url and base:find("^http:") then
    call.log(session, { event = "warning", message = "url is http: the key, "
      .. "the token and your customers' data go over the wire unprotected" })
  end
  return session
end

-- }======

-- The known route that may be meant by one that the shop does not have.
local ROUTES = {}
for _, row in ipairs(core.rows("invotide")) do
  ROUTES[#ROUTES + 1] = row.path:match("^[^&]+")
end

local function near_route(route)
  local near = type(route) == "string" and core.suggest(route, ROUTES)
  return near and near ~= route and near or nil
end

--- Any other call of the API: once only. Nothing is known of the session
--- after it, so a loss is not made good any more.
---@param route string such as "api/any/route"
---@param fields table|nil nested tables become PHP brackets
---@param call_options table|nil as of every call, and query = { name = value }
---@return any result, shopwire.Error|nil err
function Session:request(route, fields, call_options)
  face.check(self, "request")
  local query
  local rest = face.options(self, call_options)
  if type(rest) == "table" and rest.query ~= nil then
    query, rest = rest.query, journal.copy(rest)
    rest.query = nil
  end
  local request = core.route_request(self.view, 2, route, false, fields, rest,
    query)
  return exchange.free(self, { request = request, near = near_route(route),
    row = { full_name = "request", name = "request" } })
end

--- A purchase as a plan: what it takes, in the order that the shop takes it.
---@param given invotide.CheckoutOptions
---@return invotide.Plan
function Session:checkout(given)
  face.check(self, "checkout")
  local plan = checkout.new(self, given)
  return plan
end

-- For order_evidence.look.
function Session:look_for_order(what)
  return exchange.look(self.calm or self, what)
end

--- A view of this session with other options for its calls: deadline,
--- retries, headers, extra, raw.
---@param call_options table
---@return invotide.Session
function Session:with(call_options)
  face.check(self, "with")
  core.check_options(self.view, 2, call_options)
  local view = face.with(self, made, call_options)
  view.calm = calm_of(view)
  return view
end

--- Forgets token, key and what was set. Calls are refused then; one that is
--- under way goes on to its end.
function Session:close()
  face.check(self, "close")
  local state = self.state
  state.closed = true
  state.journal:clear()
  rebuild.forget(state)
  if state.jar then
    state.jar:empty()
  end
  self.view:close()
end

Session.__close = Session.close

function Session:__tostring()
  return "invotide.Session: " .. tostring(self.view)
end

local session = {}

--- Makes a session; it logs in at its first call.
---@param given table { url, username = "Default", key, … }
---@return invotide.Session
function session.new(given)
  if type(given) ~= "table" then
    error("invotide.Session takes one table: { url = …, key = … }", 2)
  end
  local made_session = open(given, 2)
  return made_session
end

session.look = order_evidence.look

return session
