--- Which driver may wait here: the one that was told, or the blocking one
--- where nothing else runs. Must not know: the services.

local block = require "shopwire.driver.block"
local errors = require "shopwire.errors"

local drivers = {}

local usable = block.usable
local in_nginx = rawget(_G, "ngx") ~= nil -- there from its start
local told

--- Makes a driver of the host's own the one that waits, or nil to forget it.
---@param driver table|nil { name, usable, park, sleep }
function drivers.use(driver)
  if driver ~= nil then
    if type(driver) ~= "table" or not (driver.usable and driver.park
      and driver.sleep) then
      error("a driver is a table with usable, park and sleep", 2)
    end
  end
  told = driver
end

local TEACH = "shopwire.use(driver) teaches it to wait there; blocking = true "
  .. "in the client's options lets it block"

local function refuse(message, hint)
  return nil, errors.new { kind = "unsupported", message = message,
    stage = "build", hint = hint or TEACH }
end

--- The driver for a call made here and now.
---@param blocking boolean|nil the client's own wish
---@return table|nil driver, shopwire.Error|nil refused
function drivers.pick(blocking)
  if told and told.usable() then
    return told
  end
  local able, reason, hint = usable()
  if reason then
    return refuse(reason, hint)
  end
  if able or blocking then
    if in_nginx and not blocking then
      return refuse("a call inside nginx would hold up the whole worker, and "
        .. "there is no driver for nginx")
    end
    return block
  end
  return refuse("a call in a coroutine of an unknown scheduler would hold up "
    .. "everything that it runs")
end

return drivers
