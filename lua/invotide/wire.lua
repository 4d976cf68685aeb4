--- One request of a session and its answer: rows by name, requests built
--- again for another token, the cookie jar, events that wait for the turn to
--- end. Must not know: turns, slots, what a lost session is.

local call = require "shopwire.call"
local core = require "shopwire.core"
local errors = require "shopwire.errors"

local wire = {}

local ROWS = {}
for _, row in ipairs(core.rows("invotide")) do
  ROWS[row.full_name] = row
end

--- The row of a call, such as "cart.add".
function wire.row(name)
  return ROWS[name]
end

--- What stands in the way of every further call of a closed session.
---@return shopwire.Error|nil
function wire.closed(state, row)
  return state.closed
    and wire.refusal("cancelled", row, "the session was closed") or nil
end

--- A request of our own, not at a caller's line.
---@param state table
---@param name string "cart.replace"
---@return userdata|nil request, shopwire.Error|nil err
function wire.build(state, name, ...)
  local closed = wire.closed(state, ROWS[name])
  if closed then
    return nil, closed
  end
  local ok, request = pcall(core.request, state.view, 0, ROWS[name].id, false,
    ...)
  if ok then
    return request
  end
  return nil, errors.new { kind = "invalid", message = tostring(request),
    endpoint = name, stage = "build", retryable = false }
end

--- A request that was built earlier, with the present token and cookies.
---@return userdata|nil request, shopwire.Error|nil err
function wire.renew(state, op)
  local closed = wire.closed(state, op.row)
  if closed then
    return nil, closed
  end
  return (op.request:renew(state.view))
end

--- Sends a request, once the view's present token is in it.
---@param state table
---@param request userdata
---@return any result, shopwire.Error|nil err, table signs { doubt, suspect,
--- nothing_to_ship }
function wire.send(state, request)
  state.sending = request
  state.due = core.now() + state.patience
  state.calls = state.calls + 1
  local result, err = call.send(state.caller, request)
  state.sending = nil
  wire.keep_cookies(state, request)
  local signs = {}
  signs.doubt, signs.suspect, signs.nothing_to_ship = request:signs()
  return result, err, signs
end

--- Builds and sends.
function wire.call(state, name, ...)
  local request, wrong = wire.build(state, name, ...)
  if not request then
    return nil, wrong, {}
  end
  return wire.send(state, request)
end

--- Sets a token or a cookie: requests built before are out of date. A closed
--- session keeps none.
function wire.set_secret(state, name, value)
  if state.closed then
    return
  end
  state.view:set_secret(name, value)
  state.version = state.version + 1
end

local function keep_cookies(state, request)
  for _, cookie in ipairs(request:set_cookies() or {}) do
    state.jar:set(cookie)
  end
  local line = state.jar:line()
  if line ~= state.cookie then
    state.cookie = line
    wire.set_secret(state, "cookie", line)
  end
end

--- Keeps what the shop's host set. A call has landed: whatever goes wrong with
--- a cookie must not hide what the call did.
function wire.keep_cookies(state, request)
  if state.jar and not state.closed then
    pcall(keep_cookies, state, request)
  end
end

--- An event for the log, told when the turn is over: no function of the
--- script's runs while it is held.
function wire.tell(state, event)
  state.events[#state.events + 1] = event
end

--- Tells the log what happened.
function wire.flush(state)
  while state.events[1] do
    local event = table.remove(state.events, 1)
    call.log(state.session, event)
  end
end

--- An error of a session, about a call that did nothing.
---@param kind shopwire.ErrorKind
function wire.refusal(kind, row, message, hint)
  return errors.new { kind = kind, message = message, hint = hint,
    endpoint = row.full_name, stage = "build", attempts = 0,
    ambiguous = false, retryable = false }
end

return wire
