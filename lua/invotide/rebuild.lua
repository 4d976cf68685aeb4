--- A session that was lost, built again in a new login: the login, the
--- journal replayed in the order of the slots with the bulk forms, the probe
--- that tells whether a token lives, keys translated, lines and totals
--- compared. Runs while the turn is held.
--- Must not know: what call needs it, turns.

local errors = require "shopwire.errors"
local journal = require "invotide.journal"
local lines = require "invotide.lines"
local vouchers = require "invotide.vouchers"
local wire = require "invotide.wire"

local rebuild = {}

local ROOM = 990 -- form fields of one call; PHP drops what is past 1000

--- Forgets the token: the next call logs in anew.
function rebuild.forget(state)
  state.live, state.built = false, false
end

--- Logs in: a new and empty session on the server.
---@param request userdata|nil built by the caller of session:login
---@return shopwire.Error|nil err
function rebuild.login(state, request)
  rebuild.forget(state)
  wire.set_secret(state, "api_token", nil)
  wire.set_secret(state, "cookie", nil)
  state.cookie = nil
  if state.jar then
    state.jar:empty()
  end
  local secret, err
  if request then
    secret, err = wire.send(state, request)
  else
    secret, err = wire.call(state, "login", {})
  end
  err = err or wire.closed(state, wire.row "login") -- closed meanwhile?
  if err ~= nil then
    return err
  end
  wire.set_secret(state, "api_token", secret)
  state.live, state.begun = true, true
  state.built = state.journal:is_empty()
  return nil
end

--- Does the token live? The only error of reward.maximum is permission.
---@return boolean|nil alive nil: it could not be told
---@return shopwire.Error|nil err
function rebuild.probe(state)
  local _, err = wire.call(state, "reward.maximum", {})
  if err == nil then
    return true
  elseif err.kind == "session_lost" then
    return false
  end
  return nil, err
end

-- One slot that the shop did not take again.
local function note(refused, slot, err)
  refused[#refused + 1] = slot .. " (" .. tostring(err.message) .. ")"
end

local REFUSALS = { invalid = true, conflict = true, not_found = true }

-- The shop answered, and its answer is no: the slot is lost, not the session.
local function is_refusal(err)
  local answered = err.status ~= nil and err.status >= 200
    and err.status <= 299
  return REFUSALS[err.kind] and (answered or err.stage == "build")
end

-- A cart past what one form can carry: the rest goes in line by line.
local function fill_cart(state, list)
  local head, rest = lines.split(list, ROOM)
  local result, err, signs = wire.call(state, "cart.replace", head)
  for _, fields in ipairs(rest) do
    if err ~= nil then
      break
    end
    result, err, signs = wire.call(state, "cart.add", fields)
  end
  return result, err, signs
end

-- Is a refusal, or "nothing to ship", really that of a session that was lost
-- once more? Then no slot is to be given up for it. Gives the error that ends
-- the whole.
local function lost_again(state, err, signs)
  if not signs.doubt then
    return nil
  end
  local alive, unknown = rebuild.probe(state)
  if alive == false then
    return errors.new { kind = "session_lost", stage = "build",
      endpoint = "login", attempts = 0, ambiguous = false, retryable = true,
      message = "the session was lost again while it was built anew: "
        .. (err and err.message or "the shop does not know it") }
  end
  return unknown
end

-- Replays one slot. Gives an error that ends the whole.
local function replay_slot(state, slot, refused)
  local book = state.journal
  local name, value = book:setter(slot)
  if not name then
    return nil
  end
  local row = wire.row(name)
  if slot == "vouchers" and vouchers.are_stale(book.vouchers) then
    book:drop(slot)
    note(refused, slot, { message = "they were bought in another currency" })
    return nil
  end
  local args = journal.copy(value.args)
  args[#args + 1] = value.extra and { extra = value.extra } or nil
  local result, err, signs
  if slot == "cart" then
    result, err, signs = fill_cart(state, args[1])
  else
    result, err, signs = wire.call(state, name,
      (unpack or table.unpack)(args)) -- luacheck: ignore
  end
  local fatal = lost_again(state, err, signs)
  if fatal then
    return fatal
  elseif err == nil then
    if signs.nothing_to_ship or result == nil then
      book:refused(row)
      book:drop(slot)
    end
    return nil
  end
  if not is_refusal(err) then
    return err
  end
  note(refused, slot, err)
  book:refused(row)
  book:drop(slot)
  return nil
end

local function lost_slots(refused)
  return errors.new { kind = "session_lost", stage = "build",
    endpoint = "login", attempts = 0, ambiguous = false, retryable = true,
    message = "the session was lost, and the shop did not take everything "
      .. "again: " .. table.concat(refused, ", "),
    hint = "set these again; the rest is as it was" }
end

-- Without a cart there is nothing to ship or pay, and filling one drops the
-- methods: they are left out.
local function leave_methods(book)
  if #book.lines > 0 or #book.vouchers > 0 then
    return
  end
  for _, slot in ipairs { "ship_methods", "ship_method", "pay_methods",
    "pay_method" } do
    book:drop(slot)
  end
end

--- Replays the journal into the present login.
---@param before integer calls made when the loss was found
---@return shopwire.Error|nil err, boolean|nil lost the new session is gone too
function rebuild.replay(state, before)
  -- kept until it can be told: the replay may break off and begin again
  local refused = state.refused or {}
  state.refused, state.building = refused, true
  leave_methods(state.journal)
  for _, slot in ipairs(journal.slots) do
    local err = replay_slot(state, slot.name, refused)
    if err then
      state.building = false
      rebuild.forget(state)
      return err, err.kind == "session_lost"
    end
  end
  state.refused, state.building, state.built = nil, false, true
  state.journal:rebuilt()
  wire.tell(state, { event = "session_rebuilt", calls = state.calls - before })
  return refused[1] and lost_slots(refused) or nil
end

--- Reads the cart and learns its keys.
---@return table|nil basket, shopwire.Error|nil err
function rebuild.read(state)
  local basket, err, signs = wire.call(state, "cart.products", {})
  if err ~= nil then
    return nil, err, signs
  end
  state.journal:read(basket)
  return basket, nil, signs
end

--- Is what was built again what the script saw last? An order is sent only
--- then.
---@return shopwire.Error|nil err, boolean|nil lost the new session is gone too
function rebuild.verify(state, row)
  local basket, err = rebuild.read(state)
  if err ~= nil then
    rebuild.forget(state)
    return err, err.kind == "session_lost"
  end
  local seen = state.journal.seen
  if seen and seen == lines.snapshot(basket) then
    return nil
  end
  local lost = wire.refusal("session_lost", row, seen
    and "the session was lost and built again, but its lines or totals are "
    .. "not those that you read last; nothing was ordered"
    or "the session was lost and built again, and its lines and totals were "
    .. "never read; nothing was ordered",
    "read session.cart:products(), then order")
  lost.retryable = true
  return lost
end

-- The line of a key. One that was handed out in a raw answer is read again.
local function line_of(state, key)
  local book = state.journal
  if not book.keys[key] and book.unlearnt then
    local _, err, signs = rebuild.read(state)
    if err ~= nil then
      return nil, err, signs
    end
  end
  return book.keys[key]
end

--- What to send for a key that the script holds: itself, or the key that the
--- line has in a session that was built again.
---@return string|nil key, shopwire.Error|nil err
function rebuild.key(state, row, given)
  local book, key = state.journal, lines.key(given)
  if book.blind then
    return key
  end
  for _, entry in ipairs(book.vouchers) do
    if row.full_name == "cart.remove" and tostring(entry.code) == key then
      return key
    end
  end
  local line, unread, marks = line_of(state, key)
  if unread then
    return nil, unread, marks
  elseif not line then
    return nil, wire.refusal("not_found", row, "this session never saw the "
      .. "key " .. key:sub(1, 40):gsub("[^%w%p ]", "?") .. ": the shop would "
      .. "answer success and change nothing",
      "read session.cart:products() first; a line's key is its cart_id")
  end
  if not line.key and not line.gone then
    local _, err, signs = rebuild.read(state)
    if err ~= nil then
      return nil, err, signs
    end
  end
  if not line.key or line.gone then
    return nil, wire.refusal("not_found", row, "the line of this key is not "
      .. "in the cart any more", "read session.cart:products() again")
  end
  return line.key
end

return rebuild
