-- Finds the row of a request by verb and path. Literal segments win over
-- arguments. Must not know: state, one service's rows, sockets.

local form = require "shopwire.fake.form"

local router = {}
router.__index = router

local function split(path)
  local segments = {}
  for segment in path:gmatch("([^/]*)/") do
    segments[#segments + 1] = segment
  end
  return segments
end

--- Name under which a row is known here: "links.create", "debug".
---@param row table
---@return string
function router.name(row)
  if row.group == nil or row.group == "" then
    return row.name
  end
  return row.group .. "." .. row.name
end

---@param rows table[] core.rows()
---@param base fun(row: table): string prefix of a row's path; ends in "/"
function router.new(rows, base)
  local self = setmetatable({routes = {}}, router)
  for _, row in ipairs(rows) do
    if row.path ~= "" then
      table.insert(self.routes, {
        row = row, name = router.name(row),
        segments = split(base(row) .. row.path),
      })
    end
  end
  return self
end

local function match(route, segments)
  if #route.segments ~= #segments then
    return nil
  end
  local args, literals = {}, 0
  for i, pattern in ipairs(route.segments) do
    local name = pattern:match("^{(.+)}$")
    if name then
      if segments[i] == "" then
        return nil
      end
      args[name] = form.unescape_path(segments[i])
    elseif pattern == segments[i] then
      literals = literals + 1
    else
      return nil
    end
  end
  return args, literals
end

--- A path in "/" is looked up; of several, the most literal wins.
---@param verb string
---@param path string raw, as on the wire
---@return table? route with row and name
---@return table? args the decoded path arguments
---@return boolean known the path exists for some other verb
function router:find(verb, path)
  local segments = split(path)
  local best, best_args, best_literals = nil, nil, -1
  local known = false
  for _, route in ipairs(self.routes) do
    local args, literals = match(route, segments)
    if args then
      known = true
      if route.row.verb == verb and literals > best_literals then
        best, best_args, best_literals = route, args, literals
      end
    end
  end
  return best, best_args, known
end

return router
