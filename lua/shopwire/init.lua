--- What both services share: many calls at once, files, money, what is known
--- about a result. `require "shopwire"` opens no socket and starts nothing.

local core = require "shopwire.core"
local drivers = require "shopwire.drivers"
local file = require "shopwire.file"
local meta = require "shopwire.meta"
local parallel = require "shopwire.parallel"
local quotes = require "shopwire.quotes"

local shopwire = {
  map = parallel.map,
  all = parallel.all,
  spawn = parallel.spawn,
  tick = parallel.tick,
  use = drivers.use,
  file = file.new,
  meta = meta.of,
  quotes = quotes,
  null = core.null, -- cjson.null
  secret = core.secret,
}

--- An amount as decimal text with at most two places, and its hundredths.
--- Raises when it is none: 0.1 + 0.2 is none.
---@param value string|number
---@return string text, integer hundredths
function shopwire.money(value)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    error("an amount must be text or a number, not a " .. kind, 2)
  end
  local text, hundredths = core.money(value)
  if not text then
    error("the amount " .. hundredths
      .. "; give decimal text such as \"12.50\"", 2)
  end
  return text, hundredths
end

--- The value, or the error raised as it is.
---@generic T
---@param value T|nil
---@param err any
---@return T
function shopwire.assert(value, err, ...)
  if value == nil and err ~= nil then
    error(err, 0)
  end
  return value, err, ...
end

return shopwire
