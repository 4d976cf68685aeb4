--- Pages of a list, and the walk over all of them.
--- Must not know: the services.

local call = require "shopwire.call"

local pager = {}

local CAP = 10000 -- pages of one walk

local Page = {}

local function close(page)
  local state = getmetatable(page)
  state.fields, state.client = nil, nil
end

-- A page's metatable is its own: it holds what the next page is asked with.
local function new_page(rows, client, fetch, fields, options)
  return setmetatable(rows, {
    __index = Page, __close = close,
    client = client, fetch = fetch, fields = fields, options = options,
  })
end

-- What a list is asked with stays so, whatever the script puts into its table
-- later. An empty one asks for nothing.
local function copy(given)
  if given == nil or next(given) == nil then
    return nil
  end
  local own = {}
  for name, value in next, given do
    own[name] = value
  end
  return own
end

local function after(fields)
  local next_fields = {}
  for name, value in pairs(fields or {}) do
    next_fields[name] = value
  end
  next_fields.page = (next_fields.page or 1) + 1
  return next_fields
end

--- The page behind this one: nil at the end; nil, err on failure.
---@return table|nil page, shopwire.Error|nil err
function Page:next()
  local state = getmetatable(self)
  if not state.client then
    error("this page is closed: ask for the list again", 2)
  end
  if #self == 0 then
    return nil
  end
  local fields = after(state.fields)
  local rows, err = state.fetch(state.client, fields, state.options)
  if rows == nil then
    if err.status == 404 then
      return nil -- past the last page
    end
    return call.fail(state.client, err)
  end
  if #rows == 0 then
    return nil
  end
  return new_page(rows, state.client, state.fetch, fields, state.options)
end

--- Forgets what the next page would need.
function Page:close()
  close(self)
end

--- Makes a list a page.
---@param rows table the rows
---@param client table
---@param fetch function(client, fields, options) → rows or nil, err
function pager.page(rows, client, fetch, fields, options)
  return new_page(rows, client, fetch, copy(fields), copy(options))
end

local function too_long(walk)
  return { kind = "protocol", endpoint = walk.name, stage = "decode",
    message = "the list has more than " .. CAP .. " pages: the walk was "
      .. "stopped",
    hint = "ask for page after page with list{page = …}" }
end

-- The ids of a page, and whether any of them was not on the page before.
local function ids_of(page, key, before)
  local ids, fresh = {}, false
  for i = 1, #page do
    local id = page[i][key]
    if id ~= nil then
      ids[id] = true
      fresh = fresh or not before[id]
    else
      fresh = true
    end
  end
  return ids, fresh
end

-- Fetches the next page of a walk into it. Raises what goes wrong.
local function turn_page(walk)
  walk.pages = walk.pages + 1
  if walk.pages > CAP then
    error(call.record(walk.client, too_long(walk)), 0)
  end
  local page, err = walk.fetch(walk.client, walk.fields, walk.options)
  if page == nil then
    if err.status == 404 and walk.pages > 1 then
      return false
    end
    error(call.record(walk.client, err), 0)
  end
  local ids, fresh = ids_of(page, walk.key, walk.ids)
  if #page == 0 then
    return false
  end
  if not fresh then
    call.log(walk.client, { event = "page_repeated", endpoint = walk.name,
      page = walk.fields and walk.fields.page })
    return false
  end
  walk.before, walk.ids = walk.ids, ids
  walk.page, walk.at = page, 0
  walk.fields = after(walk.fields)
  return true
end

local function cannot_yield()
  local co, main = coroutine.running()
  return _VERSION == "Lua 5.1" and not rawget(_G, "jit") and co ~= nil
    and not main
end

--- An iterator over all rows of a list. Raises errors.
---@param client table
---@param row table the list's row
---@param fetch function(client, fields, options) → rows or nil, err
---@return function
function pager.each(client, row, fetch, fields, options)
  if cannot_yield() then
    error("each cannot wait inside a coroutine of Lua 5.1: take "
      .. row.group .. ":list{} and page:next()", 3)
  end
  local walk = { client = client, fetch = fetch, fields = copy(fields),
    options = copy(options), key = row.row_id, name = row.full_name,
    pages = 0, ids = {}, before = {}, page = {}, at = 0 }
  return function()
    while true do
      walk.at = walk.at + 1
      local item = walk.page[walk.at]
      if item == nil then
        if walk.ended or not turn_page(walk) then
          walk.ended, walk.page = true, {}
          return nil
        end
      else
        local id = item[walk.key]
        if id == nil or not walk.before[id] then
          return item
        end
      end
    end
  end
end

return pager
