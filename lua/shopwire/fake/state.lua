-- What a sandbox was told, in a file: every request on a line of its own,
-- written before it is served. A later start goes through them again, each at
-- its own time, and has the same shop. Must not know: sockets, what the
-- requests mean.

local core = require "shopwire.core"
local form = require "shopwire.fake.form"

---@class shopwire.fake.state
---@field seed integer of the shop that the file is about
local state = {}
state.__index = state

local KEPT = {"method", "path", "query", "body", "headers", "parts"}

-- A request may hold any byte, JSON may not.
local function escape(text)
  return (text:gsub("[%%\128-\255]", function(char)
    return string.format("%%%02X", char:byte())
  end))
end

local function each_text(value, change)
  if type(value) == "string" then
    return change(value)
  elseif type(value) ~= "table" then
    return value
  end
  local result = {}
  for name, part in pairs(value) do
    result[name] = each_text(part, change)
  end
  return result
end

-- A line that was cut short counts for nothing: its answer never left.
local function read(file)
  local entries = {}
  for line in file:lines() do
    local entry = core.json_decode(line)
    if #entries == 0 and not (type(entry) == "table" and entry.seed) then
      return nil, "not the file of a sandbox"
    end
    entries[#entries + 1] = entry and each_text(entry, form.unescape_path)
  end
  return entries
end

--- Opens a file, new or old. Without a path nothing is kept.
---@param path string?
---@param seed integer of a new shop
---@return shopwire.fake.state? book
---@return string? problem
function state.open(path, seed)
  local self = setmetatable({seed = seed, entries = {}}, state)
  local old = path and io.open(path, "rb")
  if old then
    local entries, why = read(old)
    old:close()
    if not entries then
      return nil, path .. ": " .. why
    end
    self.entries = entries
    self.seed = entries[1] and entries[1].seed or seed
  end
  if path then
    local file, why = io.open(path, "ab")
    if not file then
      return nil, why
    end
    self.file = file
    -- ends what the process before could not
    file:write(#self.entries > 0 and "\n" or "")
  end
  return self
end

-- The shop's time stands still while it serves: then it is the same again
-- when the entry is gone through.
local function note(self, entry)
  self.moment = {clock = os.time(), now = core.now()}
  if self.file and entry then
    entry.clock, entry.now = self.moment.clock, self.moment.now
    local text = assert(core.json_encode(each_text(entry, escape)))
    assert(self.file:write(text, "\n"))
    assert(self.file:flush())
  end
end

--- The two clocks of the shop, for shopwire.fake.new.
function state:clocks()
  return function() return self.moment.clock end,
    function() return self.moment.now end
end

--- A request is about to be served. Raises when it cannot be kept.
---@param request table as of shopwire.fake:handle
function state:request(request)
  local entry
  if request.method ~= "GET" or not request.path:find("^/_sandbox/") then
    entry = {request = {}}
    for _, name in ipairs(KEPT) do
      entry.request[name] = request[name]
    end
  end
  note(self, entry)
end

--- Time went by, and what is due by now is done.
function state:settle(shop)
  note(self, {})
  shop.invotide:settle()
end

--- Makes the shop what it was, and notes that it begins anew.
function state:begin(shop)
  for _, entry in ipairs(self.entries) do
    self.moment = entry
    if entry.seed then
      shop:begin()
    elseif entry.request then
      pcall(shop.handle, shop, entry.request)
    else
      shop.invotide:settle()
    end
  end
  shop:begin()
  self.entries = nil
  note(self, {seed = self.seed})
end

return state
