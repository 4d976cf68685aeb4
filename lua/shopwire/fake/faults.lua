-- What may go wrong on purpose: read from a header or a control call, kept by
-- row, turned into a reply. Must not know: state, sockets.

local values = require "shopwire.fake.values"

local faults = {}
faults.__index = faults

-- Least, most and, in words, what is expected: whole numbers.
local counts = {
  status = {200, 599, "an HTTP status from 200 to 599"},
  ["retry-after"] = {0, 1e9, "whole seconds from 0 to 1000000000"},
  truncate = {0, 1e12, "whole bytes from 0 to 1000000000000"},
}
-- Most, and what is expected: decimal numbers from 0.
local numbers = {
  delay = {600, "seconds from 0 to 600"}, bomb = {4096, "MiB from 0 to 4096"},
}
local flags = {html = true, after = true, fatal = true, maintenance = true}
local truths = {
  [""] = true, ["true"] = true, ["1"] = true, on = true,
  ["false"] = false, ["0"] = false, off = false,
}
local words_of = {
  reset = {before = true, after = true},
  die = {before = true, after = true},
  ["php-noise"] = {on = true, off = true},
  smtp = {refused = true, silent = true},
  expire = {session = true, token = true, cart = true},
  database = {down = true},
}

local function amount(value, most)
  if type(value) == "string" and not value:find("^%d+%.?%d*$") then
    return nil
  end
  local number = type(value) ~= "table" and tonumber(value)
  return number and number >= 0 and number <= most and number or nil
end

-- One of the words that a fault may have, by name.
local function choice(name)
  local list = {}
  for word in pairs(words_of[name]) do
    list[#list + 1] = word
  end
  table.sort(list)
  return table.concat(list, " or ")
end

-- What `value` means for the fault `name`, or what is expected instead.
local function understood(name, value)
  if counts[name] then
    local least, most, expected = counts[name][1], counts[name][2],
      counts[name][3]
    return values.count(value, least, most), expected
  elseif numbers[name] then
    return amount(value, numbers[name][1]), numbers[name][2]
  elseif flags[name] then
    return truths[tostring(value)], "1 or 0"
  end
  return words_of[name][value] and value or nil, choice(name)
end

local function read_one(plan, given, value)
  local name = tostring(given):lower():gsub("_", "-")
  if not (counts[name] or numbers[name] or flags[name] or words_of[name]) then
    return "no such fault: " .. tostring(given)
  end
  local meant, expected = understood(name, value)
  if meant == nil then
    return name .. ": " .. expected .. " expected"
  end
  plan[name] = meant or nil -- a flag that is off is none
  return nil
end

-- What goes with another fault only, and then says nothing by itself.
local function plan_problem(plan)
  local answered = plan.status or plan.html
  if plan["retry-after"] and not answered then
    return "retry-after goes with status or html"
  elseif plan.after and not (answered or plan.fatal) then
    return "after goes with status, html or fatal"
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
  local problem = plan_problem(plan)
  return not problem and plan or nil, problem
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
  local problem = plan_problem(plan)
  if not next(plan) then
    problem = "say what is to go wrong, such as status=503 or delay=2"
  end
  return not problem and plan or nil, problem
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
