--- The cookies of one session: what the shop's host set, to be sent back to
--- it. The language and the currency are the script's business, so cookies
--- of that name are left out: a `currency` cookie changes a new session's
--- currency (seen on a real shop). Must not know: HTTP, the session.

local Jar = {}
Jar.__index = Jar

local jar = {}

local LEFT_OUT = { language = true, currency = true }
local COUNT, SIZE = 30, 4096
local LINE = 8000 -- bytes sent, about; servers take 8 KiB of a header

--- An empty jar of the shop at this address.
---@param base string "https://shop.example/"
---@return table
function jar.new(base)
  local scheme, host = base:match("^(%a+)://([^/:]+)")
  return setmetatable({ host = (host or ""):lower(), cookies = {}, order = {},
    secure = scheme == "https" }, Jar)
end

local function attributes_of(text)
  local found = {}
  for part in text:gmatch("[^;]+") do
    local name, value = part:match("^%s*([^=%s]+)%s*=?%s*(.-)%s*$")
    if name then
      found[name:lower()] = value
    end
  end
  return found
end

local MONTHS = { jan = 1, feb = 2, mar = 3, apr = 4, may = 5, jun = 6,
  jul = 7, aug = 8, sep = 9, oct = 10, nov = 11, dec = 12 }

-- "Mon, 21 Dec 2026 20:58:58 GMT" is over when its day is.
local function is_past(expires)
  local day, month, year = expires:match("(%d%d?)[ -](%a%a%a)[ -](%d+)")
  month = month and MONTHS[month:lower()]
  if not month then
    return false
  end
  local now = os.date("!*t")
  local then_day = (tonumber(year) * 12 + month) * 31 + tonumber(day)
  return then_day < (now.year * 12 + now.month) * 31 + now.day
end

local function is_over(about)
  local age = tonumber(about["max-age"])
  if age then
    return age <= 0
  end
  return about.expires ~= nil and is_past(about.expires)
end

-- A cookie for another host is none of ours; one for a domain above is.
local function is_ours(self, about)
  local domain = (about.domain or ""):lower():gsub("^%.", "")
  if domain == "" or domain == self.host then
    return true
  end
  return domain:find(".", 1, true) ~= nil
    and not self.host:find("^[%d.]+$")
    and self.host:sub(-#domain - 1) == "." .. domain
end

local function forget(self, name)
  self.cookies[name] = nil
  for i = #self.order, 1, -1 do
    if self.order[i] == name then
      table.remove(self.order, i)
    end
  end
end

--- Keeps, changes or forgets one cookie as a Set-Cookie value says.
---@param value string "OCSESSID=…; path=/"
function Jar:set(value)
  local pair, rest = value:match("^([^;]*);?(.*)$")
  local name, content = pair:match("^%s*([^=%s]+)%s*=%s*(.-)%s*$")
  if not name or LEFT_OUT[name:lower()] or #pair > SIZE
    or pair:find("[%c\127-\255,\"\\]") then
    return
  end
  local about = attributes_of(rest)
  if not is_ours(self, about) or (about.secure and not self.secure) then
    return
  end
  if is_over(about) then
    forget(self, name)
  elseif self.cookies[name] then
    self.cookies[name] = content
  elseif #self.order < COUNT then
    self.cookies[name] = content
    self.order[#self.order + 1] = name
  end
end

--- The line to send, or nil when the jar is empty. Past 8000 bytes the newest
--- are left out, as past the thirtieth: the first ones know the session.
---@return string|nil "a=b; c=d"
function Jar:line()
  local parts, size = {}, 0
  for _, name in ipairs(self.order) do
    local pair = name .. "=" .. self.cookies[name]
    if size + #pair <= LINE then
      parts[#parts + 1] = pair
      size = size + #pair + 2
    end
  end
  return parts[1] and table.concat(parts, "; ") or nil
end

--- Forgets everything: a login begins a new session.
function Jar:empty()
  self.cookies, self.order = {}, {}
end

return jar
