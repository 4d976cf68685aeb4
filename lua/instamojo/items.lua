--- The three forms of a script value item: to add, to change, to remove.
--- Source: Instamojo's JavaScript API page (documented). Ids are opaque: they
--- go out as they were given.

local items = {}

local forms = {}

--- A variable gets a value. `variable_id` comes from Instamojo.
function forms.add(variable_id, value)
  return { { variable_id = variable_id, value = value } }
end

--- A value changes.
function forms.set(id, value)
  return { { id = id, value = value } }
end

--- A value goes.
function forms.remove(id)
  return { { id = id, is_active = false } }
end

-- The caller's own arguments behind app_id, in order.
local names = { add = { "variable_id", "value" }, set = { "id", "value" },
  remove = { "id" } }

-- A form's item as it is checked when the caller's own will not do.
local sound = { add = forms.add("1", ""), set = forms.set("1", ""),
  remove = forms.remove("1") }

local function is_id(value)
  return type(value) == "string"
    or type(value) == "number" and value % 1 == 0
end

local function argument_wrong(name, value)
  if value == nil then
    return name .. " is missing"
  elseif name == "value" and type(value) ~= "string" then
    return "value must be text, not a " .. type(value)
  elseif name ~= "value" and not is_id(value) then
    return name .. " must be text or an integer"
  end
end

-- How many arguments there are but for nils at the end.
local function count(...)
  local n = select("#", ...)
  while n > 0 and (select(n, ...)) == nil do
    n = n - 1
  end
  return n
end

-- What is wrong with the caller's own arguments, in a list.
local function wrong_in(name, ...)
  local problems = {}
  for i, argument in ipairs(names[name]) do
    problems[#problems + 1] = argument_wrong(argument, (select(i + 1, ...)))
  end
  local most = #names[name] + 2
  if count(...) > most then
    problems[#problems + 1] = "too many arguments: " .. most
      .. " at most, options included"
  end
  return problems
end

-- add(app_id, variable_id, value, options) → update(app_id, items, options)
local function arguments(name, ...)
  local app_id, a, b, c = ...
  if #names[name] == 1 then
    return app_id, forms[name](a), b
  end
  return app_id, forms[name](a, b), c
end

-- One sentence about all that is wrong, or nil. `found` is what the row's own
-- check says of the rest.
local function sentence(name, problems, found)
  if found then
    table.insert(problems, 1, (found:gsub("value%.values%[1%]%.", "")))
  end
  return #problems > 0 and "script_values." .. name .. ": "
    .. table.concat(problems, "; ") or nil
end

local function checked(name, problems, ...)
  if #problems == 0 then
    return arguments(name, ...)
  end
  local app_id, _, options = arguments(name, ...)
  return app_id, sound[name], options
end

--- Gives the group its methods add, set and remove, and their explanation.
---@param methods table of the group
---@param beneath table the same for a caller further up
---@param check function check(self, own, name, explain, …) of the face
function items.extend(methods, beneath, check)
  for name in pairs(forms) do
    local own = { group = "script_values", name = name,
      full_name = "script_values." .. name }
    methods[name] = function(self, ...)
      local problems = wrong_in(name, ...)
      local wrong = sentence(name, problems, check(self, own, "update", false,
        checked(name, problems, ...)))
      if wrong then
        error(wrong, 2)
      end
      local result, err = beneath.update(self, arguments(name, ...))
      return result, err
    end
  end
  local own = { group = "script_values", name = "explain",
    full_name = "script_values.explain" }
  function methods.explain(self, name, ...)
    local line, class, row
    if forms[name] then
      local problems = wrong_in(name, ...)
      local wrong = sentence(name, problems, check(self, own, "update", true,
        checked(name, problems, ...)))
      if wrong then
        error(wrong, 2)
      end
      line, class, row = beneath.explain(self, "update",
        arguments(name, ...))
    else
      line, class, row = beneath.explain(self, name, ...)
    end
    return line, class, row
  end
end

return items
