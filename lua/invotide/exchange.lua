--- One call of a session from its turn to its result: slots that are missing,
--- the login and the rebuilding before it, the probe, the second sending and
--- the evidence after it. Must not know: how methods are made.

local call = require "shopwire.call"
local core = require "shopwire.core"
local drivers = require "shopwire.drivers"
local errors = require "shopwire.errors"
local journal = require "invotide.journal"
local lines = require "invotide.lines"
local meta = require "shopwire.meta"
local order_evidence = require "invotide.order_evidence"
local rebuild = require "invotide.rebuild"
local turn = require "invotide.turn"
local vouchers = require "invotide.vouchers"
local wire = require "invotide.wire"

local exchange = {}

-- These read or change orders, whatever the session holds.
local ALONE = { ["order.info"] = true, ["order.delete"] = true,
  ["order.history"] = true }
-- These make an order of what the session holds.
local ORDERING = { ["order.add"] = true, ["order.edit"] = true }

local SLOW = 60   -- seconds that the slowest row may take unless told
local LOOK = 0.05 -- seconds between looks at a call that was left
local INSIDE = "a call of this session is under way in this very task: a "
  .. "transport, a finalizer or another function that runs inside it cannot "
  .. "use the session too"

local engine = core.engine()

-- {====== before the call ======

local function lost_for_good(state, op)
  return wire.refusal("session_lost", op.row, state.journal.blind
    and "the session was lost after a request whose effect is not known, so "
    .. "it cannot be built again"
    or "the session was lost, and rebuild = false",
    "session:login() begins a new, empty one")
end

-- A token, and the slots behind it. Gives what stands in the way, and true
-- when the new session was lost as well.
local function build_up(state, op)
  local before = state.calls
  if not state.live then
    if state.begun and (state.journal.blind or not state.rebuild) then
      return lost_for_good(state, op)
    end
    local err = rebuild.login(state)
    if err then
      return err
    end
  end
  if state.built or ALONE[op.row.full_name] then
    return nil
  end
  local err, lost = rebuild.replay(state, before - (op.spent or 0))
  if not err and ORDERING[op.row.full_name] then
    err, lost = rebuild.verify(state, op.row)
  end
  return err, lost
end

-- Two tokens were refused: it is no lost session.
local function forbidden(err)
  err.kind = "forbidden"
  err.hint = "a new login was refused the same way: is this address on the "
    .. "API user's list, and the user enabled? If they are, the shop loses "
    .. "its sessions: try again later"
  return err
end

local function ready(state, op)
  local err, lost = build_up(state, op)
  if lost and not op.again then
    op.again = true
    err, lost = build_up(state, op)
  end
  return lost and forbidden(err) or err
end

local function refused_here(state, op)
  local err = wire.closed(state, op.row)
  if err then
    return err
  end
  local steps = state.journal:missing(op.row, op.fields)
  if steps then
    return wire.refusal("conflict", op.row, steps,
      "the shop would refuse this call; nothing was sent")
  end
  local sum = vouchers.weight(state.journal.vouchers) + (op.weight or 0)
  if op.row.full_name == "voucher.add" and sum > vouchers.ROOM then
    return wire.refusal("invalid", op.row, string.format("with this voucher "
      .. "the vouchers of this session would take about %.0f bytes; past 64 "
      .. "KiB the shop destroys the session", sum),
      "place an order first, or use another session")
  end
  return nil
end

-- }======

-- {====== the call ======

-- The request with the present token; with another key where the session was
-- built again; made anew where it takes reading first.
local function request_of(state, op)
  if op.build then
    return op.build(state, op)
  end
  local key, err, signs
  if op.key ~= nil then
    key, err, signs = rebuild.key(state, op.row, op.key)
    if not key then
      return nil, err, signs
    end
  end
  if op.key == nil or key == lines.key(op.key) then
    if op.version == state.version and not state.closed then
      return op.request
    end
    return wire.renew(state, op)
  elseif op.row.full_name == "cart.remove" then
    return wire.build(state, "cart.remove", key, op.options)
  end
  return wire.build(state, op.row.full_name, { key = key,
    quantity = op.fields.quantity }, op.options)
end

local function attempt(state, op)
  local request, err, signs = request_of(state, op)
  if not request then
    return nil, err, signs or {}
  end
  op.sent_at = os.time()
  state.main = request
  local result
  result, err, signs = wire.send(state, request)
  state.main = nil
  return result, err, signs
end

-- Is the session gone? Gives the error that says so; where it could not be
-- told, that error and true.
local function loss(state, op, err, signs)
  if err and err.kind == "session_lost" then
    return err
  elseif not signs.doubt or state.closed then
    return nil -- after its end a session asks nothing more
  end
  local alive, unknown = rebuild.probe(state)
  if alive == nil then
    return unknown, true
  end
  return not alive and (err or wire.refusal("session_lost", op.row,
    "the shop answered as it does when a session is dead")) or nil
end

-- Sends, and tells a dead token from a refusal. A permission answer: nothing
-- was done, so after a new login the call is sent once more, whatever its
-- class.
local function carry(state, op)
  local stopped = refused_here(state, op) or ready(state, op)
  if stopped then
    return nil, stopped, { stopped = true }
  end
  op.started = state.calls
  local result, err, signs = attempt(state, op)
  if signs.suspect then
    return result, err, signs
  end
  local lost, untold = loss(state, op, err, signs)
  if not lost then
    return result, err, signs
  end
  rebuild.forget(state)
  if untold then
    return nil, lost, { stopped = true }
  elseif op.again then
    return nil, forbidden(lost), { stopped = true }
  end
  op.again = true
  op.spent = state.calls - op.started - 1
  return carry(state, op)
end

-- }======

-- {====== after the call ======

local function highest(state, id)
  id = tonumber(id)
  if id and id > (state.highest or 0) then
    state.highest = id
  end
end

local learners = {}

learners["cart.products"] = function(state, _, result)
  state.journal:read(result)
  state.journal.seen = lines.snapshot(result)
  state.basket = result
end

learners["order.add"] = function(state, _, result)
  highest(state, result.order_id)
  state.unclear = nil
end

learners["order.info"] = function(state, op)
  highest(state, op.order_id)
end

-- The call succeeded.
local function done(state, op, result, signs)
  local row = op.row
  if #(row.sets or {}) > 0 or #(row.drops or {}) > 0 then
    state.basket = nil
  end
  if state.closed then
    return
  end
  op.value.weight = op.weight
  state.journal:done(row, op.value, signs.nothing_to_ship)
  local learn = learners[row.full_name]
  if learn and type(result) == "table" then
    learn(state, op, result)
  elseif row.full_name == "cart.products" then
    state.journal.unlearnt = true -- the answer is a text
  end
end

-- The order that has the reference is the result.
local function found_order(state, op, order)
  local id = tonumber(order.order_id)
  local result = { order_id = order.order_id,
    success = "the answer was lost; the order was found by its reference" }
  local about = { status = 200, headers = {}, attempts = 1, timings = {},
    warnings = { "order.add was answered by no success; order "
      .. tostring(order.order_id) .. " was found by its reference" } }
  if tonumber(order.order_status_id) == 0 then
    result.order_status_id = 0
    table.insert(about.warnings, "this order has the status 0, which hides it "
      .. "in the shop: session.order:history gives it one")
  end
  meta.note(result, about)
  highest(state, id)
  state.unclear = nil
  for _, slot in ipairs { "cart", "coupon", "voucher", "reward" } do
    state.journal:drop(slot) -- they were this order's
  end
  state.basket = nil
  rebuild.forget(state) -- the old cart may still stand there
  wire.tell(state, { event = "order_found", order_id = order.order_id,
    reference = op.reference })
  return result
end

local function again_hint(state, err)
  if state.rebuild and not state.journal.blind then
    err.hint = "the next call begins a new session and builds it as it was "
      .. "before this call: compare the evidence, then call again"
  end
end

-- Nobody knows what the call did.
local function uncertain(state, op, err, signs)
  local order
  if err.ambiguous then
    err.evidence, order = order_evidence.read(state, op, rebuild.login)
    if not ORDERING[op.row.full_name] and op.row.full_name ~= "order.history"
    then
      again_hint(state, err)
    end
  end
  if signs.suspect or (state.rebuild and not state.journal.blind) then
    rebuild.forget(state)
  else
    state.journal:uncertain(op.row)
  end
  if order then
    return found_order(state, op, order)
  end
  return nil, err
end

-- The shop's answer is no answer: it broke down in the midst.
local function broke(err, row)
  local broken = err.kind == "server" or err.kind == "protocol"
  return broken and err.status ~= 503 and row.retry ~= "safe"
end

local function settle(state, op, result, err, signs)
  if signs.stopped then
    return nil, err
  elseif err == nil then
    done(state, op, result, signs)
    return result
  elseif signs.suspect or err.ambiguous or broke(err, op.row) then
    return uncertain(state, op, err, signs)
  end
  if err.status and err.status <= 299 then
    state.journal:refused(op.row)
  end
  return nil, err
end

-- }======

-- {====== the turn ======

-- The owner was stopped or raised while its call was under way: the call has
-- landed now.
local function landed(state, request, result, err)
  if state.sending ~= request then
    -- of an owner before this one: its token was forgotten when it was left
    if not state.turn.owner then
      wire.flush(state)
    end
    return
  end
  local op, signs = state.op, {}
  signs.doubt, signs.suspect, signs.nothing_to_ship = request:signs()
  state.caller.token = nil
  if op and state.main == request and err == nil and not signs.doubt then
    done(state, op, result, signs)
  elseif not (op and state.main == request and err and not signs.suspect
    and not err.ambiguous) then
    rebuild.forget(state)
  end
  wire.keep_cookies(state, request)
  state.main, state.sending, state.op = nil, nil, nil
  state.turn:landed()
  wire.flush(state)
end

-- The owner ended with nothing under way that lands.
local function abandoned(state)
  if state.building or state.sending then
    rebuild.forget(state)
  end
  state.caller.token = nil
  state.main, state.sending, state.op, state.building = nil, nil, nil, false
end

-- Does the engine still hold the owner's call? A number is used again, so
-- what it stands for is compared.
local function in_flight(state)
  local token = state.caller.token
  return type(token) == "number" and state.sending ~= nil
    and rawequal(engine:request(token), state.sending)
end

-- Takes the call of an owner that is gone, if it has landed.
local function reap(state)
  local ok, result, err = pcall(engine.take, engine, state.caller.token)
  if ok then
    wire.tell(state, { event = "unclaimed", result = result,
      error = err and errors.new(err) or nil })
    landed(state, state.sending, result, err)
  end
end

-- The same, and waits until it has landed. A driver that runs tasks may have
-- the landing in hand: it is asked first.
local function await(state, driver)
  local request = state.sending
  while request and state.sending == request and in_flight(state) do
    if driver.current then
      driver.park(state.caller.token, LOOK)
    else
      driver.sleep(LOOK)
    end
    if state.sending == request and in_flight(state) then
      reap(state)
    end
  end
end

-- A level of a thread (nil: the running one), and the session when it is a
-- call of one.
local function frame(thread, level)
  local info, session, _
  if thread then
    info = debug.getinfo(thread, level, "f")
    if info and info.func == exchange.in_turn then
      _, session = debug.getlocal(thread, level, 1)
    end
  else
    level = level + 1
    info = debug.getinfo(level, "f")
    if info and info.func == exchange.in_turn then
      _, session = debug.getlocal(level, 1)
    end
  end
  return info, session
end

-- Is a call of this session on the stack of a thread (nil: on that of the
-- running one, besides the one that asks)? An error takes it away from there:
-- nothing else tells a call that raised from one that waits.
local function stands(state, thread)
  if not (debug and debug.getinfo and debug.getlocal)
    or (thread and coroutine.status(thread) == "dead") then
    return false
  end
  local level, asks = 0, not thread
  repeat
    local info, session = frame(thread, level)
    if session and session.state == state then
      if not asks then
        return true
      end
      asks = false
    end
    level = level + 1
  until not info
  return false
end

--- Gives the state its turn and its way to send.
---@param state table
---@param how table { transport, blocking, log }
function exchange.prepare(state, how)
  state.turn = turn.new {
    in_flight = function() return in_flight(state) end,
    abandoned = function() abandoned(state) end,
    await = function(driver) await(state, driver) end,
    reap = function() reap(state) end,
    stands = function(thread) return stands(state, thread) end,
    due = function(flying)
      if flying or type(state.caller.token) ~= "number" then
        return state.sending and state.due
      end
    end,
  }
  state.caller = {
    transport = how.transport, blocking = how.blocking,
    log = how.log and function(event) wire.tell(state, event) end or nil,
    landed = function(request, result, err)
      landed(state, request, result, err)
    end,
  }
end

-- The seconds within which whatever this call sends has ended.
local function patience_of(session, op)
  local defaults, given = session.defaults or {}, op.options or {}
  return math.max(SLOW, session.deadline, defaults.deadline or 0,
    given.deadline or 0)
end

--- Runs f(state) in its turn.
---@return any result, shopwire.Error|nil err
function exchange.in_turn(session, f, op)
  local state = session.state
  local driver, refused = drivers.pick(session.blocking)
  if not driver then
    return call.fail(session, refused)
  end
  local ticket = state.turn:take(driver)
  if not ticket then
    return call.fail(session, wire.refusal("unsupported", op.row, INSIDE,
      "note what is to be done, and do it when that call is over"))
  end
  state.op = op
  state.patience = patience_of(session, op)
  local result, err = f(state, op)
  state.op = nil
  state.turn:release(ticket)
  wire.flush(state)
  if err ~= nil then
    return call.fail(session, err)
  end
  return result
end

local function whole(state, op)
  local result, err, signs = carry(state, op)
  return settle(state, op, result, err, signs)
end

--- Carries out a call of a row.
---@param session table
---@param op table { row, request, value = { args, extra }, fields, options,
--- key, order_id, reference, weight, build, version = state.version when the
--- request was built }
---@return any result, shopwire.Error|nil err
function exchange.run(session, op)
  return exchange.in_turn(session, whole, op)
end

local function log_in(state, op)
  local err = wire.closed(state, op.row)
  if err then
    return nil, err
  end
  state.journal:clear()
  state.basket, state.refused = nil, nil
  err = rebuild.login(state, op.request)
  if err then
    return nil, err
  end
  return { success = "logged in" }
end

--- session:login: a new and empty session.
function exchange.login(session, op)
  return exchange.in_turn(session, log_in, op)
end

-- A request of which nothing is known.
local function blindly(state, op)
  local stopped = wire.closed(state, op.row) or ready(state, op)
  if stopped then
    return nil, stopped
  end
  local request, closed = wire.renew(state, op)
  if not request then
    return nil, closed
  end
  state.journal:lose_sight()
  state.basket = nil
  local result, err, signs = wire.send(state, request)
  if signs.suspect or (err and err.kind == "session_lost") then
    rebuild.forget(state)
  end
  if err and err.status == 404 and op.near then
    err.hint = "did you mean " .. op.near .. "? "
      .. (err.hint or "the shop has no such route")
  end
  return result, err
end

--- session:request: once only; nothing is known of the session after it.
function exchange.free(session, op)
  return exchange.in_turn(session, blindly, op)
end

-- Looks for an order with whatever token there is.
local function look(state, op)
  local evidence = journal.copy(op.what.before or {})
  if not state.live then
    local err = rebuild.login(state)
    if err then
      evidence.unread = err.message
      return { evidence = evidence }
    end
  end
  local order = order_evidence.find(state, op.what, evidence)
  if order then
    return { order = found_order(state, { reference = op.what.reference },
      order) }
  end
  return { evidence = evidence }
end

--- Looks again for an order whose answer was lost.
---@return table|nil result, table|nil evidence
function exchange.look(session, what)
  local found = exchange.in_turn(session, look, { what = what,
    row = wire.row "order.info" })
  if not found then
    return nil, what.before
  end
  return found.order, found.evidence
end

-- }======

-- {====== a voucher with a code ======

--- Makes the request of voucher:add{code = …}: the bulk form, with what is
--- bought already. The single form ignores the code (seen on a real shop).
function exchange.with_code(state, op)
  local _, err, signs = rebuild.read(state)
  if err ~= nil then
    return nil, err, signs
  end
  local list = vouchers.bulk(state.journal.vouchers)
  for _, fields in ipairs(list) do
    if fields.code == tostring(op.fields.code) then
      return nil, wire.refusal("conflict", op.row,
        "this session buys a voucher of this code already")
    end
  end
  list[#list + 1] = op.fields
  op.value = { args = { list }, extra = op.value.extra }
  local request
  request, err = wire.build(state, "voucher.replace", list, op.options)
  if request then
    op.weight = request:weight()
  end
  return request, err
end

-- }======


return exchange
