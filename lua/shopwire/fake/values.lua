-- Small things that the fake's parts share: seeded ids, times, money.
-- Must not know: rows, JSON, sockets.

local values = {}

local floor = math.floor

--- A seeded source of ids (Park and Miller's minimal generator: products stay
--- below 2^53, so every Lua gives the same row). Not for real secrets.
---@param seed integer
---@return fun(n: integer, alphabet?: string): string
function values.ids(seed)
  local state = floor(seed) % 2147483646 + 1
  return function(n, alphabet)
    alphabet = alphabet or "0123456789abcdef"
    local out = {}
    for i = 1, n do
      state = state * 16807 % 2147483647
      local at = floor(state / 128) % #alphabet + 1
      out[i] = alphabet:sub(at, at)
    end
    return table.concat(out)
  end
end

--- Whole number as text, without the `.0` of newer Luas.
---@param number number
---@return string
function values.whole(number)
  return string.format("%.0f", number)
end

--- Decimal text to hundredths; nil when it is no such text.
---@param text any
---@return number? hundredths
---@return string? problem
function values.cents(text)
  text = tostring(text)
  local sign, whole, part = text:match("^(%-?)(%d+)%.?(%d*)$")
  if not whole or #whole > 12 then
    return nil, "A valid number is required."
  end
  if #part > 2 and part:sub(3):find("[1-9]") then
    return nil, "Ensure that there are no more than 2 decimal places."
  end
  local cents = tonumber(whole) * 100 + tonumber((part .. "00"):sub(1, 2))
  return sign == "-" and -cents or cents
end

--- Hundredths as the service prints money: two places.
---@param cents number
---@return string
function values.money(cents)
  local sign = cents < 0 and "-" or ""
  cents = math.abs(cents)
  return string.format("%s%.0f.%02.0f", sign, floor(cents / 100), cents % 100)
end

local function days_from_civil(year, month, day)
  local shifted = month <= 2 and year - 1 or year
  local era = floor(shifted / 400)
  local of_era = shifted - era * 400
  local of_year = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  local days = of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year
  return era * 146097 + days - 719468
end

local lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

local function real_date(year, month, day)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  local last = month == 2 and leap and 29 or lengths[month]
  return last ~= nil and day >= 1 and day <= last
end

local function real_time(hour, minute, second)
  return hour <= 23 and minute <= 59 and second <= 59
end

local function offset_seconds(zone)
  if zone == "" or zone == "Z" then
    return 0
  end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then
    return nil
  end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "-" and -seconds or seconds
end

--- ISO 8601 date or date-time to microseconds since 1970, UTC: whole numbers,
--- which every Lua holds exactly. What is smaller is cut off.
---@param text string
---@return integer? micros nil: no such time
---@return boolean whole_day a date without a time
function values.micros(text)
  local y, m, d, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  y, m, d = tonumber(y), tonumber(m), tonumber(d)
  if not y or not real_date(y, m, d) then
    return nil, false
  end
  local day = days_from_civil(y, m, d) * 86400
  if rest == "" then
    return day * 1000000, true
  end
  local hour, minute, tail = rest:match("^[T ](%d%d):(%d%d)(.*)$")
  if not hour then
    return nil, false
  end
  local second, part, zone = tail:match("^:(%d%d)%.?(%d*)(.*)$")
  local offset = offset_seconds(zone or tail)
  second = tonumber(second or 0)
  hour, minute = tonumber(hour), tonumber(minute)
  if not offset or not real_time(hour, minute, second) then
    return nil, false
  end
  local whole = day + hour * 3600 + minute * 60 + second - offset
  return whole * 1000000 + tonumber(((part or "") .. "000000"):sub(1, 6)),
    false
end

--- Microseconds since 1970 as the service prints times: UTC, six places.
---@param micros integer
---@return string
function values.stamp(micros)
  local part = micros % 1000000
  return os.date("!%Y-%m-%dT%H:%M:%S", floor((micros - part) / 1000000))
    .. string.format(".%06dZ", part)
end

--- A whole number that somebody gave, as digits or as JSON's number.
---@param value any
---@param least integer
---@param most integer
---@return integer? number nil: it is none, or out of bounds
function values.count(value, least, most)
  local kind = type(value)
  if kind ~= "number" and (kind ~= "string" or not value:find("^%d+$")) then
    return nil
  end
  local number = tonumber(value)
  if number >= least and number <= most and number % 1 == 0 then
    return floor(number)
  end
  return nil
end

--- Characters of UTF-8 text; a broken byte counts as one.
---@param text string
---@return integer
function values.characters(text)
  local _, tails = text:gsub("[\128-\191]", "")
  return #text - tails
end

--- HMAC-SHA1 message of a webhook: every value but `mac`, by name folded to
--- lower case, joined by `|`. Source: instamojo.zendesk.com 207816249.
---@param fields table<string, string>
---@return string
function values.mac_message(fields)
  local names = {}
  for name in pairs(fields) do
    if name ~= "mac" then
      names[#names + 1] = name
    end
  end
  table.sort(names, function(a, b)
    local x, y = a:lower(), b:lower()
    if x == y then
      return a < b
    end
    return x < y
  end)
  for i, name in ipairs(names) do
    names[i] = fields[name]
  end
  return table.concat(names, "|")
end

--- Whether an address names this machine in so many words.
---@param url string
---@return boolean
function values.is_loopback(url)
  local authority = url:match("^https?://([^/?#]+)")
  if not authority or authority:find("[@\\]") then
    return false
  end
  local host = authority:match("^(%[[%x:]+%])") or authority:match("^[^:]+")
  host = host and host:lower()
  return host == "localhost" or host == "[::1]"
    or (host ~= nil and host:find("^127%.%d+%.%d+%.%d+$") ~= nil)
end

return values
