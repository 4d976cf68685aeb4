-- What may go wrong on purpose: read from a header or a control call, kept by
-- row, turned into a reply. Must not know: state, sockets.

local faults = {}
faults.__index = faults

local numbers = {
  delay = 600, status = 599, ["retry-after"] = 1e9, truncate = 1e12,
  bomb = 4096,
}
local flags = {html = true, after = true, fatal = true, maintenance = true}
local words_of = {
  reset = {before = true, after = true},
  die = {before = true, after = true},
  ["php-noise"] = {on = true, off = true},
  smtp = {refused = true, silent = true},
  expire = {session = true, token = true, cart = true},
  database = {down = true},
}

local function read_one(plan, name, value)
  name = name:lower():gsub("_", "-")
  if numbers[name] then
    local number = tonumber(value)
    if not number or number < 0 or number > numbers[name] then
      return name .. ": a number from 0 to " .. numbers[name] .. " expected"
    end
    plan[name] = number
  elseif flags[name] then
    local text = tostring(value)
    plan[name] = text ~= "false" and text ~= "0"
  elseif words_of[name] and words_of[name][value] then
    plan[name] = value
  else
    return "no such fault: " .. name
  end
  return nil
end

--- Reads the header's text: `delay=2; status=429; retry-after=1; html;
--- truncate=20; reset=before; die=after; after; bomb=64`, and for Invotide
--- `php_noise=on; fatal; maintenance; database=down; smtp=refused;
--- expire=session`.
---@param text string
---@return table? plan
---@return string? problem
function faults.parse(text)
  local plan = {}
  for item in text:gmatch("[^;]+") do
    local name, value = item:match("^%s*([%w_-]+)%s*=?%s*(.-)%s*$")
    local problem = name and read_one(plan, name, value)
      or (not name and item:find("%S") and "not a fault: " .. item)
    if problem then
      return nil, problem
    end
  end
  return plan
end

--- Reads the fields of a control call, without `row` and `times`.
---@param fields table
---@return table? plan
---@return string? problem
function faults.from_fields(fields)
  local plan = {}
  for name, value in pairs(fields) do
    if name ~= "row" and name ~= "times" then
      local problem = read_one(plan, name, value)
      if problem then
        return nil, problem
      end
    end
  end
  return plan
end

---@return table
function faults.new()
  return setmetatable({waiting = {}}, faults)
end

--- Lays a fault in wait for the next `times` calls of a row (nil: any row).
function faults:add(row, times, plan)
  table.insert(self.waiting, {row = row, times = times, plan = plan})
end

--- The fault for this call, if one waits; uses it up.
function faults:take(row)
  for i, entry in ipairs(self.waiting) do
    if entry.row == nil or entry.row == row then
      entry.times = entry.times - 1
      if entry.times <= 0 then
        table.remove(self.waiting, i)
      end
      return entry.plan
    end
  end
  return nil
end

local reasons = {
  [500] = "Internal Server Error", [502] = "Bad Gateway",
  [503] = "Service Unavailable", [504] = "Gateway Time-out",
}

local function html(status)
  local words = reasons[status] or "Unexpected page"
  return {
    status = status,
    headers = {["Content-Type"] = "text/html"},
    body = "<html>\r\n<head><title>" .. string.format("%d ", status) .. words
      .. "</title></head>\r\n<body>\r\n<center><h1>"
      .. string.format("%d ", status) .. words
      .. "</h1></center>\r\n<hr><center>nginx</center>\r\n"
      .. "</body>\r\n</html>\r\n",
  }
end

local words = {
  [401] = "Invalid Auth Token.",
  [403] = "You do not have permission to perform this action.",
  [404] = "Not found.",
  [408] = "Request Time-out.",
  [429] = "Request was throttled.",
}

--- The reply of a plan that answers in the service's place; nil: it does not.
--- `refuse(status, text)` makes an error in the service's own shape.
function faults.answer(plan, refuse)
  if not plan.status and not plan.html then
    return nil
  end
  local status = plan.status or 200
  local reply
  if plan.html or status >= 500 then
    reply = html(status)
  else
    reply = refuse(status, words[status] or "The request was refused.")
  end
  if plan["retry-after"] then
    reply.headers["Retry-After"] = string.format("%d", plan["retry-after"])
  end
  return reply
end

local function pack_bits(bits)
  return (bits:gsub("%d%d%d%d%d%d%d%d", function(byte)
    return string.char(tonumber(byte:reverse(), 2))
  end))
end

--- gzip of about `mib` MiB of spaces, 159 times smaller than what it unpacks
--- to: a fixed Huffman block with one literal, then copies of 258 bytes. Eight
--- copies fill 13 bytes, which repeat. The checksum is left wrong: whoever
--- gets so far has unpacked it all.
---@param mib number
---@return string
function faults.bomb(mib)
  local copies = math.max(1, math.floor(mib * 1048576 / 2064))
  local bits = "110" .. "01010000" .. ("1100010100000"):rep(24)
  local bytes = pack_bits(bits:sub(1, 8 * 28))
  local period = bytes:sub(3, 15)
  return "\31\139\8\0\0\0\0\0\0\3" .. bytes:sub(1, 2)
    .. period:rep(copies - 1) .. period:sub(1, 12) .. "\0\0"
    .. ("\0"):rep(8)
end

--- Adds to a reply what concerns its bytes: `reply.fault` has delay (seconds),
--- truncate (bytes), reset and die (booleans). Who cannot die resets.
function faults.finish(plan, reply)
  if plan.bomb then
    reply.body = faults.bomb(plan.bomb)
    reply.file = nil
    reply.headers["Content-Encoding"] = "gzip"
  end
  if plan.delay or plan.truncate or plan.reset or plan.die then
    reply.fault = {
      delay = reply.fault and reply.fault.delay or plan.delay,
      truncate = plan.truncate,
      reset = (plan.reset or plan.die) and true or nil,
      die = plan.die and true or nil,
    }
  end
  return reply
end

return faults
