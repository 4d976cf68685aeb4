-- application/x-www-form-urlencoded, both ways, and paths.
-- Must not know: rows, the service, sockets.

local form = {}

local function from_hex(hex)
  return string.char(tonumber(hex, 16))
end

local function to_hex(char)
  return string.format("%%%02X", char:byte())
end

--- Decodes one component; `+` is a space.
---@param text string
---@return string
function form.unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", from_hex))
end

--- Decodes one path segment; `+` stays.
---@param text string
---@return string
function form.unescape_path(text)
  return (text:gsub("%%(%x%x)", from_hex))
end

--- Encodes one component.
---@param text string
---@return string
function form.escape(text)
  return (text:gsub("[^%w%-%._ ]", to_hex):gsub(" ", "+"))
end

--- Decodes a body or a query. Of a repeated name the last value stays, as in
--- Django's QueryDict.
---@param text string?
---@return table<string, string>
function form.decode(text)
  local fields = {}
  for pair in (text or ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    fields[form.unescape(name)] = form.unescape(value)
  end
  return fields
end

--- Encodes fields, names in order.
---@param fields table<string, string>
---@return string
function form.encode(fields)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    names[i] = form.escape(name) .. "=" .. form.escape(fields[name])
  end
  return table.concat(names, "&")
end

return form
