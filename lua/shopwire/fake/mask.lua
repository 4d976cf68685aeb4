-- Checks what a call sent against the fields of its row, and words the
-- refusals as Django REST framework does.
-- The words for `amount` were seen in users' reports; the others are inferred
-- from the framework. Must not know: state, sockets.

local values = require "shopwire.fake.values"

local mask = {}

local truths = {
  ["true"] = true, ["t"] = true, ["1"] = true, ["yes"] = true,
  ["false"] = false, ["f"] = false, ["0"] = false, ["no"] = false,
}

local function bounded(number, low, high, shown)
  if low and number < low then
    return "Ensure this value is greater than or equal to " .. shown(low)
      .. "."
  end
  if high and high > 0 and number > high then
    return "Ensure this value is less than or equal to " .. shown(high) .. "."
  end
  return nil
end

local checks = {}

function checks.text(value, field)
  if type(value) ~= "string" and type(value) ~= "number" then
    return nil, "Not a valid string."
  end
  local text = type(value) == "number" and values.whole(value) or value
  local max = field.max or 0
  if max > 0 and values.characters(text) > max then
    return nil, "Ensure this field has no more than " .. values.whole(max)
      .. " characters."
  end
  return text
end

function checks.int(value, field)
  local text = type(value) == "number" and values.whole(value) or value
  if type(text) ~= "string" or not text:find("^%-?%d+$") or #text > 15 then
    return nil, "A valid integer is required."
  end
  local number = tonumber(text)
  local problem = bounded(number, field.min, field.max, values.whole)
  if problem then
    return nil, problem
  end
  return number
end

local function amount_problem(cents, field)
  local name = field.name == "amount" and "Amount"
  if name and cents < (field.min or 0) * 100 then
    return "Amount cannot be less than INR " .. values.money(field.min * 100)
      .. "."
  end
  if name and (field.max or 0) > 0 and cents > field.max * 100 then
    return "Amount cannot be greater than INR "
      .. values.money(field.max * 100) .. "."
  end
  return bounded(cents / 100, field.min, field.max, values.whole)
end

function checks.money(value, field)
  if type(value) == "number" then
    value = string.format("%.14g", value)
  end
  local cents, problem = values.cents(value)
  if cents then
    problem = amount_problem(cents, field)
  end
  if problem then
    return nil, problem
  end
  return values.money(cents)
end

function checks.bool(value)
  if type(value) == "boolean" then
    return value
  end
  local truth = truths[tostring(value):lower()]
  if truth == nil then
    return nil, '"' .. tostring(value) .. '" is not a valid boolean.'
  end
  return truth
end

function checks.url(value)
  if type(value) ~= "string"
    or not value:find("^https?://[%w%[%]%.:%-]+[^%s]*$") then
    return nil, "Enter a valid URL."
  end
  return value
end

function checks.when(value)
  if type(value) ~= "string"
    or not value:find("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d$")
    or not values.micros(value) then
    return nil, "Datetime has wrong format. Use one of these formats"
      .. " instead: YYYY-MM-DD hh:mm."
  end
  return value
end

function checks.time(value)
  if type(value) ~= "string" or not values.micros(value) then
    return nil, "Datetime has wrong format. Use one of these formats"
      .. " instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
  end
  return value
end

function checks.choice(value, field)
  for _, choice in ipairs(field.choices or {}) do
    if value == choice then
      return value
    end
  end
  return nil, '"' .. tostring(value) .. '" is not a valid choice.'
end

function checks.items(value)
  if type(value) ~= "table" then
    return nil, "Expected a list of items."
  end
  return value
end

-- One field's value as it will be kept, or the words that refuse it.
local function read_one(field, value)
  local check = checks[field.kind]
  -- a file's field is never sent: its upload's answer is, under another name
  if not check then
    return nil
  end
  if value == nil then
    return nil, field.required and "This field is required." or nil
  end
  if value == "" then
    if field.required or (field.min or 0) > 0 then
      return nil, "This field may not be blank."
    end
    if field.kind ~= "text" then
      return nil
    end
  end
  return check(value, field)
end

--- Reads the fields of a row out of what was sent. Names that the row does not
--- have are ignored, as the framework does.
---@param row table one of core.rows()
---@param sent table name to value
---@param null any JSON's null
---@return table clean
---@return table<string, string[]>? problems
function mask.read(row, sent, null)
  local clean, problems = {}, nil
  for _, field in ipairs(row.fields or {}) do
    local value = sent[field.name]
    if value == null then
      value = nil
    end
    local good, problem = read_one(field, value)
    clean[field.name] = good
    if problem then
      problems = problems or {}
      problems[field.name] = {problem}
    end
  end
  return clean, problems
end

return mask
