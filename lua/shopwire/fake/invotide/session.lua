-- Sessions as rows of a database: data are read at the start of a call and
-- written back whole at its end, without a lock. Tokens are rows of their own.
-- Must not know: routes, sockets.

local php = require "shopwire.fake.invotide.php"

local session = {}
session.__index = session

local TOKEN_SECONDS = 3600 -- api_session, since the token was last used
local IDLE_SECONDS = 1440  -- session.gc_maxlifetime, PHP's default
local COLUMN_BYTES = 65535 -- the column is a TEXT

---@param o table ids, clock
function session.new(o)
  return setmetatable({
    ids = o.ids, clock = o.clock, rows = {}, tokens = {},
  }, session)
end

--- Whether text may be the id of a session.
function session.is_id(text)
  return #text >= 22 and #text <= 52 and not text:find("[^%w,%-]")
end

local function copy(data)
  local result = {}
  for name, value in pairs(data) do
    result[name] = value
  end
  return result
end

--- Reads a session; without id, or with one that is not known, it is empty.
---@return table session id and data; the data are the caller's own
function session:start(id)
  id = id or self.ids(26)
  local row = self.rows[id]
  if not row or row.broken or row.expires < self.clock() then
    return {id = id, data = {}}
  end
  return {id = id, data = copy(row.data)}
end

local function size_of(data)
  local size = 2
  for name, value in pairs(data) do
    size = size + #name + 4 + #php.encode(value)
  end
  return size
end

--- Writes a session's data over whatever is there. What does not fit into
--- the column is cut, and cut JSON is no session any more.
function session:save(one)
  local broken = size_of(one.data) > COLUMN_BYTES
  self.rows[one.id] = {
    data = broken and {} or copy(one.data), broken = broken,
    expires = self.clock() + IDLE_SECONDS,
  }
end

--- Makes an API session.
---@return table session
function session:login(api_id)
  local one = self:start()
  one.data.api_id = api_id
  self.tokens[one.id] = {api_id = api_id, used = self.clock()}
  return one
end

--- The API user of a token, if it lives. Deletes the tokens that died.
function session:token(id)
  local now = self.clock()
  for name, row in pairs(self.tokens) do
    if row.used + TOKEN_SECONDS < now then
      self.tokens[name] = nil
    end
  end
  local row = self.tokens[id]
  return row and row.api_id
end

function session:touch(id)
  self.tokens[id].used = self.clock()
end

--- Ends a session on purpose: its data, or its token.
function session:expire(id, what)
  local kind = what == "token" and self.tokens or self.rows
  kind[id] = nil
end

return session
