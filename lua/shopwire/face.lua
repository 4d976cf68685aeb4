--- Makes a client's methods from its service's rows: client.group:name(…),
--- the flat names of the old document, explain and with.
--- Must not know: any one service.

local call = require "shopwire.call"
local core = require "shopwire.core"
local evidence = require "shopwire.evidence"
local file = require "shopwire.file"
local pager = require "shopwire.pager"

local face = {}

local build = core.request
local run = call.run

-- The caller of a method, seen from core.request: 1 is the method itself.
local CALLER = 2

-- Position of the options behind the path arguments and the fields.
local function options_at(row)
  local n = #row.args
  if row.positional then
    return n + #row.fields + 1
  end
  return n + (#row.fields > 0 and 1 or 0) + 1
end

local function merged(defaults, given)
  local options = {}
  for name, value in pairs(defaults) do
    options[name] = value
  end
  for name, value in pairs(given or {}) do
    options[name] = value
  end
  return options
end

-- The same arguments, with the options of client:with under the call's own.
local function with_defaults(row, defaults, ...)
  local at = options_at(row)
  local args = { ... }
  if args[at] ~= nil and type(args[at]) ~= "table" then
    return ... -- refused where everything is
  end
  args[at] = merged(defaults, args[at])
  return (unpack or table.unpack)(args, 1, -- luacheck: ignore
    math.max(at, select("#", ...)))
end

-- The client behind a method's self; a call with a dot has another self.
local function client_of(self, row, level)
  local client = type(self) == "table" and self.client
  if not client or not client.view then
    error(row.full_name .. ": call it with a colon: client"
      .. (row.group ~= "" and "." .. row.group or "") .. ":" .. row.name
      .. "(…)", level + 1)
  end
  return client
end

local function fields_of(row, ...)
  local fields = select(#row.args + 1, ...)
  return type(fields) == "table" and fields or {}
end

-- Reading a row whose look-up row takes the same path arguments tells what
-- stands there now.
local function look(client, row, lookup, ...)
  if #lookup.args == 0 then
    return evidence.read(client, lookup, fields_of(row, ...))
  end
  local now, err = call.send(client, build(client.view, 0, lookup.id, false,
    (select(1, ...))))
  return now and { now = now } or { unread = err.message }
end

local function settle(client, row, lookup, result, err, ...)
  if err == nil then
    return result
  end
  if err.ambiguous and lookup then
    err.evidence = look(client, row, lookup, ...)
  end
  return call.fail(client, err)
end

-- The request of a row, with the options of client:with under the call's own.
-- A leaf's caller counts one level less than it does here.
local function request_of(client, row, level, ...)
  if client.defaults then
    return (build(client.view, level + 1, row.id, false,
      with_defaults(row, client.defaults, ...)))
  end
  return (build(client.view, level + 1, row.id, false, ...))
end

-- What stands in a method's way once for all: kind of row by kind of row.
local makers = {}

function makers.plain(row, level)
  return function(self, ...)
    local client = client_of(self, row, level)
    return run(client, request_of(client, row, level, ...))
  end
end

-- The reply is a credential: the client uses it from then on.
function makers.credential(row, level)
  return function(self, ...)
    local client = client_of(self, row, level)
    local secret, err = run(client, request_of(client, row, level, ...))
    if err == nil then
      client.view:set_secret(row.reply, secret)
    end
    return secret, err
  end
end

function makers.list(row, level)
  local id = row.id
  local function fetch(client, fields, options)
    if client.defaults then
      options = merged(client.defaults, options)
    end
    return call.send(client, build(client.view, 0, id, false, fields,
      options))
  end
  local function list(self, fields, options, ...)
    local client = client_of(self, row, level)
    local request = client.defaults
      and request_of(client, row, level, fields, options, ...)
      or build(client.view, level, id, false, fields, options, ...)
    local result, err = call.send(client, request)
    if err ~= nil then
      return call.fail(client, err)
    end
    if type(result) ~= "table" then
      return result -- raw
    end
    return pager.page(result, client, fetch, fields, options)
  end
  local function each(self, fields, options, ...)
    local client = client_of(self, row, level)
    request_of(client, row, level, fields, options, ...) -- checks
    if (options and options.raw) or (client.defaults and
      client.defaults.raw) then
      error(row.group .. ".each: raw does not go with a walk over rows", 2)
    end
    return pager.each(client, row, fetch, fields, options)
  end
  return list, each
end

-- A call that may be ambiguous, and what is read then; with files first.
function makers.careful(row, level, lookup, steps)
  local at = #row.args + 1
  return function(self, ...)
    local client = client_of(self, row, level)
    local request = request_of(client, row, level, ...)
    local result, err
    if steps then
      local files, unread = file.open_all(row, fields_of(row, ...))
      if not files then
        return call.fail(client, unread)
      end
      result, err = file.send_with(client, steps, request, files,
        (select(at + 1, ...)))
    else
      result, err = call.send(client, request)
    end
    return settle(client, row, lookup, result, err, ...)
  end
end

local function has_files(row)
  for _, field in ipairs(row.fields) do
    if field.kind == "file" then
      return true
    end
  end
  return false
end

-- What a service of its own kind of method needs from here.
local tools = { client_of = client_of, request_of = request_of }

local function make(row, by_name, level, own)
  if own then
    return own(row, level, tools)
  end
  if row.paged then
    return makers.list(row, level)
  end
  if row.secret_reply then
    return makers.credential(row, level)
  end
  local lookup = row.lookup and by_name[row.lookup]
  local steps = has_files(row) and { address = by_name["links.upload_url"],
    upload = by_name["links.upload"] } or nil
  if lookup or steps then
    return makers.careful(row, level, lookup, steps)
  end
  return makers.plain(row, level)
end

local function suggestion(name, names)
  local near = core.suggest(tostring(name), names)
  return near and " (did you mean " .. near .. "?)" or ""
end

-- explain("create", …) of a group, explain("link_create", …) of the client.
local function explainer(rows, what, level)
  local names = {}
  for name in pairs(rows) do
    names[#names + 1] = name
  end
  table.sort(names)
  local own = { name = "explain", group = what ~= "client" and what or "",
    full_name = what .. ".explain" }
  return function(self, name, ...)
    local client = client_of(self, own, level)
    local row = rows[name]
    if not row then
      error(what .. ".explain: there is no call " .. tostring(name)
        .. suggestion(name, names), level)
    end
    local request
    if client.defaults then
      request = build(client.view, level, row.id, true,
        with_defaults(row, client.defaults, ...))
    else
      request = build(client.view, level, row.id, true, ...)
    end
    local line, class = request:explain()
    return line, class, row
  end
end

--- The methods of a service's rows.
---@param service string
---@param own function|nil own(row, level, tools) → method, for a service that
--- carries out its calls in its own way
---@return table { root = methods, groups = name → methods, rows = by name,
--- beneath(group) = its methods for functions that call them for a caller of
--- their own }
function face.of(service, own)
  local made = { root = {}, groups = {}, rows = {} }
  local rows = core.rows(service)
  for _, row in ipairs(rows) do
    made.rows[row.full_name] = row
  end
  local flat, grouped = {}, {}
  for _, row in ipairs(rows) do
    if not row.inner then
      local group = row.group ~= "" and row.group or nil
      local home = made.root
      if group then
        made.groups[group] = made.groups[group] or {}
        grouped[group] = grouped[group] or {}
        grouped[group][row.name] = row
        home = made.groups[group]
      end
      local method, each = make(row, made.rows, CALLER, own)
      home[row.name] = method
      if each then
        home.each = each
      end
      if row.flat then
        made.root[row.flat] = method
        flat[row.flat] = row
      end
      flat[row.full_name] = row
    end
  end
  for group, methods in pairs(made.groups) do
    methods.explain = explainer(grouped[group], group, CALLER)
    methods.__index = methods
  end
  made.root.explain = explainer(flat, "client", CALLER)
  function made.beneath(group)
    local methods = { explain = explainer(grouped[group], group, CALLER + 1) }
    for name, row in pairs(grouped[group]) do
      methods[name] = make(row, made.rows, CALLER + 1, own)
    end
    return methods
  end
  return made
end

--- Raises at the caller's caller when a method was called with a dot.
---@param self any
---@param name string
function face.check(self, name)
  if type(self) ~= "table" or not rawget(self, "view") then
    error(name .. ": call it with a colon: client:" .. name .. "(…)", 3)
  end
end

--- A call's options with those of client:with under them.
---@param client table
---@param given any refused where everything is, unless a table or nil
function face.options(client, given)
  if client.defaults and (given == nil or type(given) == "table") then
    return merged(client.defaults, given)
  end
  return given
end

--- Gives an object its groups.
function face.dress(client, made)
  client.client = client
  for group, methods in pairs(made.groups) do
    client[group] = setmetatable({ client = client }, methods)
  end
  return client
end

--- A view of the client with other options for its calls.
function face.with(client, made, options)
  local view = {}
  for name, value in pairs(client) do
    view[name] = value
  end
  view.defaults = merged(client.defaults or {}, options)
  return face.dress(setmetatable(view, getmetatable(client)), made)
end

return face
