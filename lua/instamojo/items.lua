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

local taken = { add = 2, set = 2, remove = 1 }

-- add(app_id, variable_id, value, options) → update(app_id, items, options)
local function arguments(name, ...)
  local n = taken[name]
  local app_id, a, b, c = ...
  if n == 1 then
    return app_id, forms[name](a), b
  end
  return app_id, forms[name](a, b), c
end

--- Gives the group its methods add, set and remove, and their explanation.
---@param methods table of the group
---@param beneath table the same for a caller further up
function items.extend(methods, beneath)
  for name in pairs(forms) do
    methods[name] = function(self, ...)
      local result, err = beneath.update(self, arguments(name, ...))
      return result, err
    end
  end
  function methods.explain(self, name, ...)
    local line, class, row
    if forms[name] then
      line, class, row = beneath.explain(self, "update",
        arguments(name, ...))
    else
      line, class, row = beneath.explain(self, name, ...)
    end
    return line, class, row
  end
end

return items
