-- Script values of the store API (v2): one app with two values.
-- Documented: the three item forms, the four errors, the keys of the answer.
-- Inferred: the 400 body, that a mixed list is taken whole or not at all.
-- Must not know: HTTP, sockets.

local scripts = {}
scripts.__index = scripts

---@param o table ids, array, null
function scripts.new(o)
  return setmetatable({
    ids = o.ids, array = o.array, null = o.null,
    -- the second variable has numbers: ids are opaque
    variables = {
      {variable_id = "1B", key = "name", title = "Name",
        description = "Your Name"},
      {variable_id = 72, key = "shop", title = "Shop",
        description = "Name of the shop"},
    },
    values = {
      {id = "1A", variable = 1, value = ""},
      {id = 71, variable = 2, value = ""},
    },
  }, scripts)
end

local function same(a, b)
  return a ~= nil and (a == b or tostring(a) == tostring(b))
end

function scripts:answer()
  local list = {}
  for i, entry in ipairs(self.values) do
    local variable = self.variables[entry.variable]
    list[i] = {
      id = entry.id, value = entry.value, key = variable.key,
      title = variable.title, description = variable.description,
      variable_id = variable.variable_id,
    }
  end
  return {
    version = 1, title = "Alert Script", description = "Your Name",
    template = "<script>alert('Hi {name}, How are you'));</script>",
    section = 1, tags = self.array {"google", "analytics", "seo"},
    page_type = 5, app_status = "pending", values = self.array(list),
  }
end

local function position(list, key, wanted)
  for i, entry in ipairs(list) do
    if same(entry[key], wanted) then
      return i
    end
  end
  return nil
end

-- One item on a copied list; a sentence when it is wrong.
function scripts:apply(list, item)
  if type(item) ~= "table" then
    return "An item is an object."
  end
  if item.variable_id ~= nil then
    local variable = position(self.variables, "variable_id",
      item.variable_id)
    if not variable then
      return "Invalid variable_id."
    end
    if type(item.value) ~= "string" then
      return "value is required."
    end
    local at = position(list, "variable", variable)
    local id = at and list[at].id or self.ids(4)
    list[at or #list + 1] =
      {id = id, variable = variable, value = item.value}
    return nil
  end
  local at = position(list, "id", item.id)
  if not at then
    return "Invalid id."
  end
  if item.is_active == false then
    table.remove(list, at)
    return nil
  end
  if type(item.value) ~= "string" then
    return "value is required."
  end
  list[at] = {id = list[at].id, variable = list[at].variable,
    value = item.value}
  return nil
end

--- Takes all items or none.
---@return string? problem
function scripts:update(items)
  if type(items) ~= "table" or #items == 0 then
    return "A list of items is required."
  end
  local list = {}
  for i, entry in ipairs(self.values) do
    list[i] = entry
  end
  for _, item in ipairs(items) do
    local problem = self:apply(list, item)
    if problem then
      return problem
    end
  end
  self.values = list
  return nil
end

return scripts
