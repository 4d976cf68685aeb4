--- What can be read about a call of which nobody knows whether it was carried
--- out: rows of its look-up list that carry what was sent.
--- Must not know: the services; the rows say where to look.

local call = require "shopwire.call"
local core = require "shopwire.core"

local evidence = {}

local DEADLINE = 10 -- seconds for one look

-- Fields by which a sent call and a stored row are compared.
local TELLING = { "title", "purpose", "payment_id", "amount", "email", "type",
  "variable_id" }

local function equal(sent, stored)
  local a = core.money(tostring(sent))
  local b = a and core.money(tostring(stored))
  if a and b then
    local _, x = core.money(a)
    local _, y = core.money(b)
    return x == y
  end
  return tostring(sent) == tostring(stored)
end

local function matches(fields, stored)
  local compared = 0
  for _, name in ipairs(TELLING) do
    if fields[name] ~= nil and stored[name] ~= nil then
      compared = compared + 1
      if not equal(fields[name], stored[name]) then
        return false
      end
    end
  end
  return compared > 0
end

local function candidates(fields, rows)
  local found = {}
  for _, stored in ipairs(rows) do
    if matches(fields, stored) then
      found[#found + 1] = stored
    end
  end
  return found
end

--- Reads the look-up list of an ambiguous call once.
---@param client table
---@param lookup table the row of the list
---@param fields table what was sent
---@return table { candidates = {…} } or { unread = sentence }
function evidence.read(client, lookup, fields)
  local request = core.request(client.view, 0, lookup.id, false, {},
    { deadline = DEADLINE })
  local rows, err = call.send(client, request)
  if rows == nil then
    return { unread = err.message or "the list could not be read" }
  end
  return { candidates = candidates(fields, rows) }
end

return evidence
