-- PHP as the shop's client meets it: ordered arrays, forms with brackets,
-- casts, json_encode. Must not know: the shop, sockets.

local form = require "shopwire.fake.form"

local php = {}

--- The JSON null.
php.null = setmetatable({}, {__tostring = function()
  return "null"
end})

-- {====== arrays ======

-- Keys are text in the order of their arrival; `next` is the next free index.
local array = {}
array.__index = array

local function key_text(key)
  return type(key) == "number" and string.format("%.0f", key) or key
end

---@return table
function php.array()
  return setmetatable({keys = {}, values = {}, next = 0}, array)
end

--- An array of name, value, name, value, …
function php.map(...)
  local result = php.array()
  for i = 1, select("#", ...), 2 do
    local key, value = select(i, ...)
    result:set(key, value)
  end
  return result
end

--- An array of a Lua sequence.
function php.list(sequence)
  local result = php.array()
  for _, value in ipairs(sequence) do
    result:push(value)
  end
  return result
end

function php.is_array(value)
  return getmetatable(value) == array
end

function array:get(key)
  return self.values[key_text(key)]
end

function array:set(key, value)
  key = key_text(key)
  if self.values[key] == nil then
    self.keys[#self.keys + 1] = key
  end
  self.values[key] = value
  local index = key:find("^%d+$") and #key < 16 and tonumber(key)
  if index and index >= self.next then
    self.next = index + 1
  end
  return self
end

function array:push(value)
  return self:set(self.next, value)
end

function array:remove(key)
  key = key_text(key)
  if self.values[key] == nil then
    return
  end
  self.values[key] = nil
  for i, name in ipairs(self.keys) do
    if name == key then
      table.remove(self.keys, i)
      return
    end
  end
end

function array:count()
  return #self.keys
end

--- Iterates over keys and values in order.
function array:each()
  local i = 0
  return function()
    i = i + 1
    local key = self.keys[i]
    return key, key and self.values[key]
  end
end

--- A copy of the first level.
function array:copy()
  local result = php.array()
  for key, value in self:each() do
    result:set(key, value)
  end
  return result
end

function array:is_list()
  for i, key in ipairs(self.keys) do
    if key ~= key_text(i - 1) then
      return false
    end
  end
  return true
end

-- }======

-- {====== text and numbers ======

local sequences = {
  "[\194-\223][\128-\191]", "\224[\160-\191][\128-\191]",
  "[\225-\236\238\239][\128-\191][\128-\191]",
  "\237[\128-\159][\128-\191]",
  "\240[\144-\191][\128-\191][\128-\191]",
  "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]",
}

function php.is_utf8(text)
  for _, sequence in ipairs(sequences) do
    text = text:gsub(sequence, ".")
  end
  return not text:find("[\128-\255]")
end

--- Characters of UTF-8 text.
function php.length(text)
  local _, tails = text:gsub("[\128-\191]", "")
  return #text - tails
end

--- The first `count` characters.
function php.cut(text, count)
  local at = 0
  for first in text:gmatch("()[^\128-\191]") do
    at = at + 1
    if at > count then
      return text:sub(1, first - 1)
    end
  end
  return text
end

--- trim(): blanks, tabs, line ends, NUL and vertical tab.
function php.trim(text)
  local first, last = 1, #text
  local blank = {[32] = true, [9] = true, [10] = true, [13] = true,
    [0] = true, [11] = true}
  while first <= last and blank[text:byte(first)] do
    first = first + 1
  end
  while last >= first and blank[text:byte(last)] do
    last = last - 1
  end
  return text:sub(first, last)
end

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;"}

--- What the shop makes of a value on arrival: escaped, trimmed; text that is
--- no UTF-8 becomes empty. Keys of arrays too.
function php.clean(value)
  if php.is_array(value) then
    local result = php.array()
    for key, inner in value:each() do
      result:set(php.clean(key), php.clean(inner))
    end
    return result
  end
  if not php.is_utf8(value) then
    return ""
  end
  return php.trim((value:gsub('[&<>"]', entities)))
end

local function leading_number(text)
  text = text:match("^[ \t\n\r\v\f]*(.*)$")
  local number = text:match("^[+-]?%d+%.?%d*") or text:match("^[+-]?%.%d+")
  if not number then
    return nil, text
  end
  local exponent = text:sub(#number + 1):match("^[eE][+-]?%d+") or ""
  return tonumber((number .. exponent):match("^%+?(.*)$")),
    text:sub(#number + #exponent + 1)
end

--- Whether text is a number, blanks around it allowed.
function php.is_numeric(text)
  local number, rest = leading_number(text)
  return number ~= nil and not rest:find("[^ \t\n\r\v\f]")
end

--- The number that text begins with; 0 if it begins with none.
function php.number(value)
  if php.is_array(value) then
    return value:count() > 0 and 1 or 0
  elseif type(value) == "string" then
    return leading_number(value) or 0
  end
  return value or 0
end

--- (int): towards zero.
function php.int(value)
  local number = php.number(value)
  if number < 0 then
    return -math.floor(-number)
  end
  return math.floor(number)
end

function php.truthy(value)
  if php.is_array(value) then
    return value:count() > 0
  end
  return value ~= nil and value ~= false and value ~= php.null
    and value ~= "" and value ~= "0" and value ~= 0
end

--- PHP 8's a < b where b is a number: text that is no number compares as
--- text; an array is greater than anything.
function php.less(a, b)
  if php.is_array(a) then
    return false
  elseif type(a) == "string" and not php.is_numeric(a) then
    return a < key_text(b)
  end
  return php.number(a) < b
end

function php.greater(a, b)
  if php.is_array(a) then
    return true
  elseif type(a) == "string" and not php.is_numeric(a) then
    return a > key_text(b)
  end
  return php.number(a) > b
end

-- }======

-- {====== forms ======

-- "a[b][]" → {"a", "b", ""}; nil: no name at all.
local function name_path(name)
  name = name:match("^ *(.*)$")
  local open = name:find("[", 2, true)
  local close = open and name:find("]", open, true)
  if not close then
    name = name:gsub("[%. %[]", "_")
    return name ~= "" and {name} or nil
  end
  local path = {(name:sub(1, open - 1):gsub("[%. %[]", "_"))}
  local at = open
  while name:sub(at, at) == "[" do
    close = name:find("]", at, true)
    if not close then
      break
    end
    path[#path + 1] = name:sub(at + 1, close - 1)
    at = close + 1
  end
  return path
end

local function put(fields, path, value)
  local here = fields
  for i = 1, #path - 1 do
    local key = path[i]
    local inner = key ~= "" and here:get(key) or nil
    if not php.is_array(inner) then
      inner = php.array()
      if key == "" and i > 1 then
        here:push(inner)
      else
        here:set(key, inner)
      end
    end
    here = inner
  end
  local last = path[#path]
  if last == "" and #path > 1 then
    here:push(value)
  else
    here:set(last, value)
  end
end

--- Fields of a list of {name, value}. What comes after `limit` (PHP's
--- max_input_vars) is dropped without a word.
function php.fields(pairs_list, limit)
  local fields = php.array()
  for i, pair in ipairs(pairs_list) do
    if i > limit then
      break
    end
    local path = name_path(pair[1])
    if path then
      put(fields, path, pair[2])
    end
  end
  return fields
end

--- Fields of a query or a form body.
---@param text string
---@param limit integer
function php.parse(text, limit)
  local list = {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    list[#list + 1] = {form.unescape(name), form.unescape(value)}
    if #list > limit then
      break
    end
  end
  return php.fields(list, limit)
end

-- }======

-- {====== json_encode ======

local shorts = {["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\",
  ["/"] = "\\/"}

local function escape_byte(char)
  return shorts[char] or string.format("\\u%04x", char:byte())
end

local function escape_wide(char)
  local first = char:byte()
  local code = first < 224 and first - 192 or first < 240 and first - 224
    or first - 240
  for i = 2, #char do
    code = code * 64 + char:byte(i) - 128
  end
  if code < 65536 then
    return string.format("\\u%04x", code)
  end
  code = code - 65536
  return string.format("\\u%04x\\u%04x", 55296 + math.floor(code / 1024),
    56320 + code % 1024)
end

local function quote(text)
  text = text:gsub('[%c"\\/]', function(char)
    return char ~= "\127" and escape_byte(char) or nil
  end)
  return '"' .. text:gsub("[\194-\244][\128-\191]+", escape_wide) .. '"'
end

local function number_text(number)
  if number == math.floor(number) and math.abs(number) < 1e15 then
    return string.format("%.0f", number)
  end
  return string.format("%.15g", number)
end

local encode

local function encode_array(value)
  local parts, is_list = {}, value:is_list()
  for key, inner in value:each() do
    parts[#parts + 1] = (is_list and "" or quote(key) .. ":")
      .. encode(inner)
  end
  local text = table.concat(parts, ",")
  return is_list and "[" .. text .. "]" or "{" .. text .. "}"
end

--- json_encode() with its default flags: an empty array is [].
function encode(value)
  if php.is_array(value) then
    return encode_array(value)
  elseif type(value) == "string" then
    return quote(value)
  elseif type(value) == "number" then
    return number_text(value)
  elseif value == php.null or value == nil then
    return "null"
  end
  return tostring(value)
end

php.encode = encode

-- }======

return php
