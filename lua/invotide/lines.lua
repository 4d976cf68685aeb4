--- The lines of a cart as a session remembers them: product, options and
--- quantity, and which key the shop has given to each at present.
--- Must not know: HTTP, logins, the other slots.

local lines = {}

-- "226=15" for each value chosen, sorted: what tells lines of one product
-- apart. The shop counts an empty value and a 0 as missing.
local function marks_of(option)
  local marks = {}
  local function add(id, value)
    value = tostring(value)
    if value ~= "" and value ~= "0" then
      marks[#marks + 1] = tostring(id) .. "=" .. value
    end
  end
  for id, value in pairs(option or {}) do
    if type(value) == "table" then
      for _, one in ipairs(value) do
        add(id, one)
      end
    else
      add(id, value)
    end
  end
  table.sort(marks)
  return marks
end

--- A number or its digits as text: 7, 7.0 and "7" name the same.
---@return string
function lines.key(value)
  if type(value) == "number" then
    return string.format("%.0f", value)
  end
  return tostring(value)
end

-- What cart.products shows of a line, as the call that would make it.
local function from_shown(shown)
  local option
  for _, part in ipairs(shown.option or {}) do
    option = option or {}
    local id, value = part.product_option_id, part.product_option_value_id
    if value == nil or value == "" or value == 0 then
      value = part.value
    end
    if part.type == "checkbox" then
      option[id] = option[id] or {}
      table.insert(option[id], value)
    else
      option[id] = value
    end
  end
  return { product_id = shown.product_id, quantity = shown.quantity,
    option = option }
end

local function mark(line)
  line.marks = marks_of(line.option)
  line.name = lines.key(line.product_id) .. "|"
    .. table.concat(line.marks, "|")
  return line
end

--- A line of its own, from fields that were given to a call.
function lines.new(fields)
  return mark { product_id = fields.product_id, option = fields.option,
    quantity = tonumber(fields.quantity or 1) }
end

--- Adds pieces, to an equal line if there is one, as the shop does.
function lines.add(list, fields)
  local fresh = lines.new(fields)
  for _, line in ipairs(list) do
    if line.name == fresh.name then
      line.quantity = line.quantity + fresh.quantity
      return
    end
  end
  list[#list + 1] = fresh
end

--- Takes a line out; a key of it is good no more.
function lines.drop(list, line)
  if line then
    line.gone = true
  end
  for i = #list, 1, -1 do
    if list[i] == line then
      table.remove(list, i)
    end
  end
end

--- Takes all lines out.
---@return table list an empty one
function lines.clear(list)
  for _, line in ipairs(list) do
    line.gone = true
  end
  return {}
end

local function holds(marks, wanted)
  local have = {}
  for _, text in ipairs(marks) do
    have[text] = true
  end
  for _, text in ipairs(wanted) do
    if not have[text] then
      return false
    end
  end
  return true
end

-- The line that a shown one is: equal, or the one of that product that holds
-- what is shown (the shop ignores options that it does not know), or the only
-- one of it.
local function find(list, taken, shown)
  local near, alone, count = nil, nil, 0
  for _, line in ipairs(list) do
    if not taken[line] and lines.key(line.product_id)
      == lines.key(shown.product_id) then
      if line.name == shown.name then
        return line
      end
      if not near and holds(line.marks, shown.marks) then
        near = line
      end
      alone, count = line, count + 1
    end
  end
  return near or (count == 1 and alone or nil)
end

--- What the cart holds after the shop showed it; `keys` learns the keys.
---@param list table what was remembered
---@param products table of cart.products
---@param keys table<string, table> key → line
---@return table list
function lines.read(list, products, keys)
  local seen, taken = {}, {}
  for i, product in ipairs(products) do
    local shown = mark(from_shown(product))
    local line = find(list, taken, shown) or shown
    taken[line] = true
    line.quantity = product.quantity
    line.key = lines.key(product.cart_id)
    keys[line.key] = line
    seen[i] = line
  end
  for _, line in ipairs(list) do
    line.gone = not taken[line] or nil
  end
  return seen
end

--- The list as the bulk form takes it.
function lines.bulk(list)
  local result = {}
  for i, line in ipairs(list) do
    result[i] = { product_id = line.product_id, quantity = line.quantity,
      option = line.option }
  end
  return result
end

--- The first lines of a bulk list that fit into `room` form fields, and the
--- rest.
---@return table head, table rest
function lines.split(list, room)
  local head, rest = {}, {}
  for _, fields in ipairs(list) do
    room = room - 2 - #marks_of(fields.option)
    local part = room >= 0 and head or rest
    part[#part + 1] = fields
  end
  return head, rest
end

--- A text that is the same when lines, vouchers and totals are.
---@param basket table of cart.products
---@return string
function lines.snapshot(basket)
  local parts = {}
  for _, product in ipairs(basket.products or {}) do
    parts[#parts + 1] = mark(from_shown(product)).name .. " x "
      .. lines.key(product.quantity) .. " " .. tostring(product.total)
  end
  for _, voucher in ipairs(basket.vouchers or {}) do
    parts[#parts + 1] = "voucher " .. tostring(voucher.to_email) .. " "
      .. tostring(voucher.price)
  end
  table.sort(parts)
  for _, total in ipairs(basket.totals or {}) do
    parts[#parts + 1] = tostring(total.title) .. ": " .. tostring(total.text)
  end
  return table.concat(parts, "\n")
end

return lines
