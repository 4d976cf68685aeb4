--- What can be read about a call of which nobody knows whether it was carried
--- out: rows of its look-up list that carry all that was sent, as far as it
--- comes back and can be compared without doubt.
--- Must not know: the services; the rows say where to look.

local call = require "shopwire.call"
local core = require "shopwire.core"

local evidence = {}

-- Seconds for one look, whatever is left of the call's own: to know whether
-- money moved is worth them.
evidence.DEADLINE = 10

-- Fields that come back in the service's own form: a phone number gets its
-- country, a list may change its order.
local REWRITTEN = { phone = true, socialpay_platforms = true }

-- Without what a form and a store may do to text: blanks around it, and the
-- ends of its lines.
local function plain(text)
  return (text:gsub("\r\n?", "\n"):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function text_of(value)
  if type(value) == "number" and value % 1 == 0 then
    return string.format("%d", value)
  end
  return type(value) == "string" and plain(value) or nil
end

local function address_of(value)
  return type(value) == "string" and (plain(value):gsub("/$", "")) or nil
end

local function amount_of(value)
  if type(value) ~= "string" and type(value) ~= "number" then
    return nil
  end
  local text, hundredths = core.money(value)
  return text and hundredths
end

local function truth_of(value)
  if type(value) == "boolean" then
    return value
  end
end

-- Kind of field → what is compared of a value; nil when it says nothing.
-- Times are not here: they come back in another form.
local comparable = { text = text_of, choice = text_of, int = tonumber,
  money = amount_of, bool = truth_of, url = address_of }

-- Whether two values are the same; nil when that cannot be said.
local function same(field, sent, stored)
  local form = comparable[field.kind]
  if not form or REWRITTEN[field.name] or sent == nil or stored == nil then
    return nil
  end
  local a, b = form(sent), form(stored)
  if a == nil or b == nil then
    return nil
  end
  return a == b
end

local function matches(row, fields, stored)
  local compared = 0
  for _, field in ipairs(row.fields) do
    local equal = same(field, fields[field.name], stored[field.name])
    if equal == false then
      return false
    elseif equal then
      compared = compared + 1
    end
  end
  return compared > 0
end

local function candidates(row, fields, rows)
  local found = {}
  for _, stored in ipairs(rows) do
    if matches(row, fields, stored) then
      found[#found + 1] = stored
    end
  end
  return found
end

--- Reads the look-up list of an ambiguous call once.
---@param client table
---@param lookup table the row of the list
---@param row table of the ambiguous call
---@param fields table what was sent
---@return table { candidates = {…} } or { unread = sentence }
function evidence.read(client, lookup, row, fields)
  local request = core.request(client.view, 0, lookup.id, false, {},
    { deadline = evidence.DEADLINE })
  local rows, err = call.send(client, request)
  if rows == nil then
    return { unread = err.message or "the list could not be read" }
  end
  return { candidates = candidates(row, fields, rows) }
end

return evidence
