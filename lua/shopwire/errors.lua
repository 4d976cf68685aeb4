--- The error record: what `nil, err` carries. It is a table with fields, and
--- it can stand where a string is expected: tostring(err), err .. "".
--- Must not know: the services.

---@alias shopwire.ErrorKind
---| "network" | "timeout" | "tls" | "auth" | "forbidden" | "not_found"
---| "invalid" | "conflict" | "rate_limit" | "server" | "protocol"
---| "signature" | "session_lost" | "cancelled" | "unsupported"

---@class shopwire.Error
---@field kind shopwire.ErrorKind
---@field message string what was wrong, in one sentence
---@field hint string|nil what to do about it
---@field status integer|nil HTTP status, when a reply arrived
---@field code string|nil the service's own code
---@field fields table<string, string[]>|nil the service's complaints by field
---@field endpoint string|nil the call, such as "links.create"
---@field stage string|nil build dns connect tls send wait receive decode
---@field attempts integer|nil how often the request was sent
---@field elapsed number|nil seconds from the first attempt
---@field retryable boolean|nil true: the same call may be made again
---@field retry_after number|nil seconds that the service asks to wait
---@field ambiguous boolean|nil true: it may have been carried out
---@field evidence table|nil what could be read about an ambiguous call
---@field upload string|nil the file field whose file did not arrive
---@field reason string|nil why it was or was not sent again
---@field request_id string|nil the service's name for the exchange
---@field body string|nil an excerpt of the reply, safe to print
---@field noise string|nil text that stood before the JSON
local Error = {}
Error.__index = Error

--- True when the error is of that kind.
---@param kind string
---@return boolean
function Error:is(kind)
  return self.kind == kind
end

function Error:__tostring()
  local parts = {}
  if self.endpoint then
    parts[#parts + 1] = self.endpoint .. ": "
  end
  parts[#parts + 1] = self.kind or "error"
  if self.status then
    parts[#parts + 1] = " (" .. tostring(self.status) .. ")"
  end
  parts[#parts + 1] = ": " .. (self.message or "no message")
  if self.ambiguous then
    parts[#parts + 1] = " [it may have been carried out]"
  end
  if self.hint then
    parts[#parts + 1] = " (" .. self.hint .. ")"
  end
  return table.concat(parts)
end

function Error.__concat(left, right)
  return tostring(left) .. tostring(right)
end

local errors = {}

--- Makes a plain table an error record, in place.
---@param record table
---@return shopwire.Error
function errors.new(record)
  return setmetatable(record, Error)
end

---@param value any
---@return boolean
function errors.is_error(value)
  return getmetatable(value) == Error
end

return errors
