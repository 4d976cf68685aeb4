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
local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore
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
  return unpack(args, 1, math.max(at, select("#", ...)))
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
    return evidence.read(client, lookup, row, fields_of(row, ...))
  end
  local now, err = call.send(client, build(client.view, 0, lookup.id, false,
    (select(1, ...)), { deadline = evidence.DEADLINE }))
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

-- The arguments of a call as they are now: a script may change its tables
-- while files are under way.
local function kept(row, client, ...)
  local args = { ... }
  local at = #row.args + 1
  args[at] = merged(args[at] or {})
  local options = merged(face.options(client, args[at + 1]) or {})
  options.headers = options.headers and merged(options.headers)
  options.extra = options.extra and merged(options.extra)
  args[at + 1] = options
  return args, options
end

-- A call with files, which go first. It is checked, and they are opened,
-- before anything is sent; what is left of its deadline is its own then.
local function with_files(client, row, level, steps, ...)
  local request = request_of(client, row, level + 1, ...)
  local files, unread = file.open_all(row, fields_of(row, ...))
  if not files then
    return nil, unread
  end
  local args, options = kept(row, client, ...)
  local function again(left)
    if not left then
      return request
    end
    options.deadline = left
    return (build(client.view, 0, row.id, false,
      unpack(args, 1, #row.args + 2)))
  end
  local result, err = file.send_with(client, steps, row, again, files,
    options)
  return result, err
end

-- A call that may be ambiguous, and what is read then; with files first.
function makers.careful(row, level, lookup, steps)
  return function(self, ...)
    local client = client_of(self, row, level)
    local result, err
    if steps then
      result, err = with_files(client, row, level, steps, ...)
    else
      result, err = call.send(client, request_of(client, row, level, ...))
    end
    return settle(client, row, lookup, result, err, ...)
  end
end

-- The rows that bring a file to the service, for a row that takes files.
local function steps_of(row, by_name)
  for _, field in ipairs(row.fields) do
    if field.kind == "file" then
      return { address = by_name["links.upload_url"],
        upload = by_name["links.upload"] }
    end
  end
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
  local steps = steps_of(row, by_name)
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
local function explainer(rows, what, level, by_name)
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
    local steps = steps_of(row, by_name)
    if steps then
      line = line .. file.explain(row, fields_of(row, ...), steps)
    end
    return line, class, row
  end
end

-- check(self, own, name, explain, …): what is wrong with those arguments of
-- that call, without the call's name before it, or nil. For methods that make
-- the arguments of a row out of their own, and tell mistakes in their words.
local function checker(rows)
  return function(self, own, name, explain, ...)
    local client, row = client_of(self, own, CALLER + 1), rows[name]
    local ok, why = pcall(build, client.view, 0, row.id, explain,
      with_defaults(row, client.defaults or {}, ...))
    local head = row.full_name .. ": "
    if not ok and type(why) == "string" and why:sub(1, #head) == head then
      return why:sub(#head + 1)
    end
    -- anything else that is wrong, the call itself says better
  end
end

--- The methods of a service's rows.
---@param service string
---@param own function|nil own(row, level, tools) → method, for a service that
--- carries out its calls in its own way
---@return table { root = methods, groups = name → methods, rows = by name,
--- beneath(group) = its methods for functions that call them for a caller of
--- their own, and check(self, own, name, explain, …) → what is wrong or nil }
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
    methods.explain = explainer(grouped[group], group, CALLER, made.rows)
    methods.__index = methods
  end
  made.root.explain = explainer(flat, "client", CALLER, made.rows)
  function made.beneath(group)
    local methods = { explain = explainer(grouped[group], group, CALLER + 1,
      made.rows) }
    for name, row in pairs(grouped[group]) do
      methods[name] = make(row, made.rows, CALLER + 1, own)
    end
    return methods, checker(grouped[group])
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
