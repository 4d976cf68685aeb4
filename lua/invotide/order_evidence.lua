--- What can be read about a once-only call whose answer was lost. Any session
--- can read any order (seen on a real shop), so an order that may have been
--- placed is looked for among the newest ones.
--- Must not know: turns, how a session is built again.

local core = require "shopwire.core"
local lines = require "invotide.lines"
local wire = require "invotide.wire"

local order_evidence = {}

local MISSES = 3     -- ids in a row without an order: the end
local READS = 200    -- orders read in one look, at most
local LOOK = 10      -- seconds for one read
local SPAN = 60      -- seconds for one look in all
local ZONES = 54000  -- seconds that a shop's clock may be off: its time zone
local BACK = 8       -- newest orders looked at when no id is known
local QUARTER = 900  -- seconds; zones differ by whole quarters of an hour
local CLOCK = 60     -- seconds that the shop's clock and ours may differ
local LASTS = 180    -- seconds that the shop may take to store an order

-- {====== reading orders ======

local function read_order(state, id)
  local order, err, signs = wire.call(state, "order.info", id,
    { deadline = LOOK })
  state.looked = state.looked + 1
  if order then
    state.highest = math.max(state.highest or 0, id)
    return order
  end
  if err.status ~= 200 or signs.suspect then
    return nil, err
  end
  return nil
end

local function may_look(state, stop)
  return state.looked < READS and core.now() < stop
end

-- Is there an order at id or just behind it?
local function any_from(state, id)
  for i = id, id + MISSES - 1 do
    local order, err = read_order(state, i)
    if order or err then
      return order ~= nil, err
    end
  end
  return false
end

-- The newest id, found by doubling and halving: no route lists orders.
local function newest(state, stop)
  local low, high = 0, 1
  while may_look(state, stop) do
    local found, err = any_from(state, high)
    if err then
      return nil, err
    elseif not found then
      break
    end
    low, high = high, high * 2
  end
  while high - low > 1 and may_look(state, stop) do
    local middle = math.floor((low + high) / 2)
    local found, err = any_from(state, middle)
    if err then
      return nil, err
    elseif found then
      low = middle
    else
      high = middle
    end
  end
  return math.max(low, state.highest or 0)
end

-- Orders from an id upward until three misses.
local function upward(state, id, stop)
  local found, misses = {}, 0
  while misses < MISSES and may_look(state, stop) do
    local order, err = read_order(state, id)
    if err then
      return found, err
    end
    misses = order and 0 or misses + 1
    found[#found + 1] = order
    id = id + 1
  end
  return found
end

-- }======

-- {====== telling orders apart ======

--- The comment that goes out: with the reference, if there is one, in the
--- last line. What is no comment is left to whoever checks it.
---@param comment any
---@param reference string|nil
---@return any
function order_evidence.comment(comment, reference)
  local kind = type(comment)
  if not reference then
    return comment
  elseif comment == nil or comment == "" then
    return reference
  elseif kind == "number" and comment - comment == 0 then
    local whole = comment % 1 == 0 and math.abs(comment) < 2 ^ 53
    comment = whole and string.format("%.0f", comment) or tostring(comment)
  elseif kind ~= "string" then
    return comment
  end
  return comment .. "\n" .. reference
end

--- True when a stored comment ends with the reference.
function order_evidence.has_reference(order, reference)
  local comment = tostring(order.comment or ""):gsub("%s+$", "")
  if comment == reference then
    return true
  end
  local before = comment:sub(1, -#reference - 1)
  return comment:sub(-#reference) == reference and before:find("%s$") ~= nil
end

local function same_mail(order, what)
  local mail = what.customer and what.customer.email
  return mail == nil or tostring(order.email):lower()
    == tostring(mail):lower()
end

-- Seconds since 1970 of "2026-11-21 20:58:58", as if it were of no zone.
local function seconds_of(text)
  local y, m, d, h, min, s = tostring(text):match(
    "^(%d+)-(%d+)-(%d+)[ T](%d+):(%d+):(%d+)")
  if not y then
    return nil
  end
  return os.time { year = y, month = m, day = d, hour = h, min = min, sec = s }
end

-- Seconds from the sending to the order's date; nil: not known. The shop
-- writes its own time without a zone.
local function age(order, what)
  local stored = seconds_of(order.date_added)
  return stored and what.sent
    and stored - os.time(os.date("!*t", what.sent)) or nil
end

local function same_day(order, what)
  local seconds = age(order, what)
  return seconds == nil or math.abs(seconds) <= ZONES
end

-- In some time zone the order was stored right after the sending.
local function same_moment(order, what)
  local seconds = age(order, what)
  return seconds ~= nil
    and (seconds + CLOCK) % QUARTER <= LASTS + 2 * CLOCK
end

local function decimal_total(basket)
  local list = basket and basket.totals or {}
  local last = list[#list]
  return last and tonumber(last.text_decimal)
end

-- The total is stored in the shop's currency, with the rate that was used.
local function same_total(order, what)
  local wanted = decimal_total(what.basket)
  local total, rate = tonumber(order.total), tonumber(order.currency_value)
  if not wanted or not total or not rate then
    return true
  end
  return math.abs(total * rate - wanted) < 0.011
end

-- An order like ours that has our reference: is it ours, or an earlier one to
-- which the same reference was given? The shop empties the cart after an
-- order, unless its mail failed: then the order has the status 0.
local function is_ours(order, what, evidence)
  local id, goods = tonumber(order.order_id), nil
  if what.goods then
    goods = evidence.cart_empty -- of vouchers alone it is empty anyway
  end
  if what.newest and id and id > what.newest then
    return true -- it was not there at the first look
  elseif goods == true then
    return true
  elseif goods == false then
    return tonumber(order.order_status_id) == 0
  end
  return what.known ~= nil or same_moment(order, what)
end

-- Was it there before ours was sent?
local function is_older(order, what)
  local id = tonumber(order.order_id)
  return what.known ~= nil and id ~= nil and id <= what.known
end

local function candidates_of(orders, what, evidence)
  local found, like, ours = {}, 0, nil
  for _, order in ipairs(orders) do
    local older = is_older(order, what)
    local fits = not older and same_mail(order, what)
      and same_day(order, what) and same_total(order, what)
    local named = not older and what.reference
      and order_evidence.has_reference(order, what.reference)
    if named or (fits and not what.reference) then
      found[#found + 1] = order
    end
    if named and fits then
      like, ours = like + 1, order
    end
  end
  return found, like == 1 and is_ours(ours, what, evidence) and ours or nil
end

-- What is looked for, with what was known of it when it was sent: the look is
-- for the order that this session sent last, unless its reference is another.
local function recall(state, what)
  local asked = state.asked
  if not asked or asked.reference ~= what.reference then
    return what, {}
  end
  local all = {}
  for name, value in pairs(asked) do
    all[name] = value
  end
  for name, value in pairs(what) do
    all[name] = value
  end
  return all, asked
end

-- }======

--- Looks for an order: reads only. The turn is held and a token is there.
---@param state table
---@param what table { reference, customer, basket, sent = time }
---@param evidence table to be filled
---@return table|nil order the only one with the reference that is like it, if
--- it cannot have been there before
function order_evidence.find(state, what, evidence)
  local stop = core.now() + SPAN
  local all, asked = recall(state, what)
  state.looked = 0
  local from, err = state.highest, nil
  if from then
    from = from + 1
  else
    from, err = newest(state, stop)
    from = from and math.max(1, from - BACK)
  end
  local orders = {}
  if from then
    orders, err = upward(state, state.unclear or from, stop)
  end
  -- what may be there later is looked for from the same id again
  state.unclear = state.unclear or from
  evidence.unread = err and tostring(err.message) or nil
  local order
  evidence.candidates, order = candidates_of(orders, all, evidence)
  if from and not err and not asked.newest then
    asked.newest = state.highest or 0
  end
  return order
end

-- "order 7 is" or "orders 7, 8 are".
local function named(orders, one, many)
  local ids = {}
  for i, order in ipairs(orders) do
    ids[i] = lines.key(order.order_id)
  end
  return (ids[2] and "orders " or "order ") .. table.concat(ids, ", ")
    .. (ids[2] and many or one)
end

--- What a person reads about an order that may have been placed: what was
--- found, and what a plan does next.
---@param evidence table|nil
---@param reference string|nil
---@return string
function order_evidence.advice(evidence, reference)
  evidence = evidence or {}
  local found = evidence.candidates or {}
  local name = reference and "the reference " .. core.show(reference, 60)
  if evidence.unread then
    return "the shop could not be read (" .. core.show(evidence.unread, 200)
      .. "): run the plan again later; it looks for the order and never "
      .. "sends it twice"
  elseif found[1] then
    return (name and named(found, " has ", " have ") .. name
      or named(found, " looks", " look") .. " like this one")
      .. ", see err.evidence.candidates: this plan never sends it twice"
  end
  return "no order " .. (name and "with " .. name or "like this one")
    .. " is there now" .. (evidence.cart_empty == false
    and ", and the cart was still full" or "") .. ": run the plan again to "
    .. "look again, it never sends it twice; if the shop's own list shows "
    .. "none either, make a new plan"
end

--- What the cart of the session that the call was made in holds.
local function basket_of(state, evidence)
  local basket, err = wire.call(state, "cart.products",
    { deadline = LOOK })
  if err ~= nil then
    evidence.unread = tostring(err.message)
    return nil, err
  end
  evidence.cart_empty = #(basket.products or {}) == 0
  evidence.products = basket.products
  evidence.vouchers = basket.vouchers
  return basket
end

-- What is known of an order whose answer is lost, for this look and later
-- ones.
local function remember(state, op)
  local customer = state.journal.values.customer
  state.asked = { reference = op.reference, sent = op.sent_at,
    customer = customer and customer.args[1], basket = state.basket,
    goods = #state.journal.lines > 0, known = state.highest }
end

-- An order: evidence, and the order itself when the reference tells.
local function look_for_order(state, op, login)
  local evidence = {}
  remember(state, op)
  local _, err = basket_of(state, evidence)
  if err and err.kind == "session_lost" then
    err = login(state)
    if err then
      return { unread = err.message, candidates = {} }
    end
  elseif err and err.status ~= 200 then
    -- nothing can be read now: do not wait for more of the same
    evidence.candidates = {}
    return evidence
  end
  return evidence, order_evidence.find(state, { reference = op.reference },
    evidence)
end

local function pieces_of(products, fields)
  local wanted, sum = lines.new(fields), 0
  for _, product in ipairs(products or {}) do
    if lines.key(product.product_id) == lines.key(wanted.product_id) then
      sum = sum + (tonumber(product.quantity) or 0)
    end
  end
  return sum
end

local function known_pieces(state, fields)
  local sum = 0
  for _, line in ipairs(state.journal.lines) do
    if lines.key(line.product_id) == lines.key(fields.product_id) then
      sum = sum + line.quantity
    end
  end
  return sum
end

local readers = {}

readers["order.add"] = look_for_order

readers["cart.add"] = function(state, op)
  local evidence = {}
  if basket_of(state, evidence) then
    local fields = op.value.args[1]
    evidence.pieces = pieces_of(evidence.products, fields)
    evidence.pieces_before = known_pieces(state, fields)
  end
  return evidence
end

readers["voucher.add"] = function(state)
  local evidence = { vouchers_before = #state.journal.vouchers }
  basket_of(state, evidence)
  return evidence
end

local function read_one(state, op)
  local order, err = wire.call(state, "order.info", op.order_id,
    { deadline = LOOK })
  if err ~= nil then
    return { unread = tostring(err.message) }
  end
  return { order = order, order_status_id = order.order_status_id }
end

readers["order.history"] = read_one
readers["order.edit"] = read_one

--- Reads what can be read about an uncertain call, on the token that it used:
--- reads only.
---@param state table
---@param op table
---@param login function for orders, when that token is dead
---@return table|nil evidence, table|nil order
function order_evidence.read(state, op, login)
  local reader = readers[op.row.full_name]
  if not reader then
    return nil
  end
  return reader(state, op, login)
end

--- Looks again for an order whose answer was lost, without sending anything.
---@param session table
---@param what table { reference, customer, basket, before = err.evidence }
---@return table|nil result { order_id, success }, table|nil evidence
function order_evidence.look(session, what)
  return session:look_for_order(what)
end

return order_evidence
