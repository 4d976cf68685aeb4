--- The gift vouchers that a session buys, as it remembers them: the fields of
--- the bulk form, and the code once the shop has told it.
--- Must not know: HTTP, logins, the other slots.

local vouchers = {}

local FIELDS = { "from_name", "from_email", "to_name", "to_email",
  "voucher_theme_id", "message", "amount" }

-- Bytes of a session's 64 KiB that its vouchers may take, about.
vouchers.ROOM = 57344

--- Remembers one.
---@param list table
---@param fields table as given to the call
---@param weight number|nil bytes that it takes in the session
function vouchers.add(list, fields, weight)
  local entry = { weight = weight or 0, code = fields.code }
  for _, name in ipairs(FIELDS) do
    entry[name] = fields[name]
  end
  list[#list + 1] = entry
end

--- Forgets the one of that code.
function vouchers.drop(list, code)
  for i = #list, 1, -1 do
    if list[i].code ~= nil and tostring(list[i].code) == code then
      table.remove(list, i)
    end
  end
end

--- The amounts were of another currency: they are not known until they are
--- read.
function vouchers.currency_changed(list)
  for _, entry in ipairs(list) do
    entry.stale = true
  end
end

local function find(list, taken, shown)
  local near
  for _, entry in ipairs(list) do
    if not taken[entry] then
      if entry.code ~= nil and tostring(entry.code) == tostring(shown.code)
      then
        return entry
      end
      if entry.code == nil and not near and entry.to_email == shown.to_email
        and entry.from_email == shown.from_email
        and entry.to_name == shown.to_name then
        near = entry
      end
    end
  end
  return near
end

-- In the session's currency where the formatted price tells it.
local function amount_of(shown)
  return shown.price_decimal or shown.amount
end

--- What is bought after the shop showed it.
---@param list table what was remembered
---@param shown table vouchers of cart.products
---@return table list
function vouchers.read(list, shown)
  local seen, taken = {}, {}
  for i, one in ipairs(shown) do
    local entry = find(list, taken, one)
    if not entry then
      entry = { weight = 0 }
      for _, name in ipairs(FIELDS) do
        entry[name] = one[name]
      end
      entry.amount = amount_of(one)
    elseif entry.stale then
      entry.amount = amount_of(one)
    end
    entry.stale = nil
    entry.code = one.code
    taken[entry] = true
    seen[i] = entry
  end
  return seen
end

local function theme_of(entry)
  local theme = entry.voucher_theme_id
  return (theme == nil or theme == "") and 0 or theme
end

--- The list as the bulk form takes it; a code that is not known yet is made.
function vouchers.bulk(list)
  local result, used = {}, {}
  for _, entry in ipairs(list) do
    used[tostring(entry.code)] = true
  end
  local next_code = 1000000001
  for i, entry in ipairs(list) do
    local fields = {}
    for _, name in ipairs(FIELDS) do
      fields[name] = entry[name]
    end
    while not entry.code and used[string.format("%d", next_code)] do
      next_code = next_code + 1
    end
    fields.code = tostring(entry.code or string.format("%d", next_code))
    used[fields.code] = true
    fields.message = entry.message or ""
    fields.voucher_theme_id = theme_of(entry)
    result[i] = fields
  end
  return result
end

--- True when an amount is of a currency that is not the session's any more.
function vouchers.are_stale(list)
  for _, entry in ipairs(list) do
    if entry.stale then
      return true
    end
  end
  return false
end

--- Bytes that they take in the session, about.
function vouchers.weight(list)
  local sum = 0
  for _, entry in ipairs(list) do
    sum = sum + (entry.weight or 0)
  end
  return sum
end

return vouchers
