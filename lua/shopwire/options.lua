--- Options of a client or a session, checked against a list of what there is:
--- all mistakes in one sentence, at the caller's line.
--- Must not know: the services; they hand their list over.

local core = require "shopwire.core"

local options = {}

local VERSION = "0.1"

local function is_secret(value)
  return type(value) == "userdata" and tostring(value) == "[secret]"
end

local checks = {
  text = function(value)
    return type(value) == "string" and value ~= "" and not
      value:find("[%z\r\n]"), "must be text of one line"
  end,
  secret = function(value)
    return is_secret(value) or (type(value) == "string" and value ~= ""
      and not value:find("[%z\1-\31\127]")), "must be text of one line"
  end,
  boolean = function(value)
    return type(value) == "boolean", "must be true or false"
  end,
  callable = function(value)
    return type(value) == "function", "must be a function"
  end,
  table = function(value)
    return type(value) == "table", "must be a table"
  end,
  seconds = function(value)
    return type(value) == "number" and value > 0 and value <= 86400,
      "must be seconds, above 0 and at most 86400"
  end,
  count = function(value)
    return type(value) == "number" and value >= 0 and value <= 10
      and value % 1 == 0, "must be an integer from 0 to 10"
  end,
  fake = function(value)
    return value == true or type(value) == "table",
      "must be true or a fake of shopwire.fake"
  end,
}

local function names_of(known)
  local names = {}
  for name in pairs(known) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function unknown(name, known)
  local shown = type(name) == "string" and core.show(name, 60)
    or "a key that is a " .. type(name)
  local near = type(name) == "string"
    and core.suggest(name, names_of(known))
  return shown .. " is not an option"
    .. (near and " (did you mean " .. near .. "?)" or "")
end

--- Raises at `level` when anything is wrong; changes nothing.
---@param given table
---@param known table<string, string> name → kind of checks
---@param who string "instamojo.Client"
---@param level integer of the caller, as of error()
---@param also string[]|nil further problems
function options.check(given, known, who, level, also)
  local problems = also or {}
  for name, value in pairs(given) do
    local kind = known[name]
    if not kind then
      problems[#problems + 1] = unknown(name, known)
    else
      local ok, why = checks[kind](value)
      if not ok then
        problems[#problems + 1] = name .. " " .. why
      end
    end
  end
  if #problems > 0 then
    table.sort(problems)
    error(who .. ": " .. table.concat(problems, "; "), level + 1)
  end
end

--- Whether certificates are not to be checked: tls = { insecure = true }.
---@param given table
---@param problems string[] gets what is wrong
---@return boolean
function options.is_insecure(given, problems)
  local tls = type(given.tls) == "table" and given.tls or {}
  for name, value in pairs(tls) do
    if name ~= "insecure" or type(value) ~= "boolean" then
      problems[#problems + 1] = "tls may hold insecure = true or false only"
    end
  end
  return tls.insecure == true
end

--- What carries the requests instead of the engine: the option transport, or
--- that of a fake; nil for the engine.
---@param given table
---@param origin string|nil of the addresses that a new fake gives
---@return function|nil transport, table|nil fake
function options.transport(given, origin)
  local fake = given.fake
  if fake == nil then
    return given.transport
  end
  if fake == true then
    fake = require("shopwire.fake").new { origin = origin }
  end
  return require("shopwire.fake.transport")(fake), fake
end

--- The User-Agent of a client: ours, and the script's app_info behind it.
---@param given table
---@return string
function options.user_agent(given)
  return "shopwire/" .. VERSION
    .. (given.app_info and " " .. given.app_info or "")
end

return options
