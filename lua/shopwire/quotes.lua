--- Shipping or payment methods as a list: the shop gives maps, whose order is
--- in `sort_order`. Must not know: sessions.

local function rank(entry)
  return tonumber(entry.sort_order) or 0
end

local function before(a, b)
  if rank(a) ~= rank(b) then
    return rank(a) < rank(b)
  end
  return tostring(a.code or a.title) < tostring(b.code or b.title)
end

--- A list sorted by sort_order: of a shipping map one entry a quote, with
--- its method's title as `method`; of a payment map one entry a method. A
--- method without a quote is left out.
---@param map table of shipping:methods() or payment:methods()
---@return table[] each with code and title, a quote with cost and text too
return function(map)
  if type(map) ~= "table" then
    error("quotes: the map of shipping:methods() or payment:methods() is "
      .. "wanted, not a " .. type(map), 2)
  end
  local list = {}
  for _, method in pairs(map) do
    if type(method) == "table" and type(method.quote) == "table" then
      for _, quote in pairs(method.quote) do
        local entry = { method = method.title,
          sort_order = method.sort_order }
        for name, value in pairs(quote) do
          entry[name] = value
        end
        list[#list + 1] = entry
      end
    elseif type(method) == "table" and method.code ~= nil then
      list[#list + 1] = method
    end
  end
  table.sort(list, before)
  return list
end
