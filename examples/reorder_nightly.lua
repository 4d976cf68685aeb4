-- Places 200 standing orders through eight sessions, and none of them twice:
-- not after kill -9, not after a power cut of the shop.
--   flock -n FILE.lock ./run lua examples/reorder_nightly.lua FILE [LAST]
-- FILE is the journal. What is about to be ordered stands in it before it is
-- sent, under a reference of its own. Run it again to go on: an order that
-- was sent and not answered is looked for in the shop by its reference, from
-- order number LAST on (1, or the newest number in the journal). One that is
-- not found is sent again only after ten minutes, since the shop may still
-- be at work on it. Until then it is reported, and the exit status is 1.

local invotide = require "invotide"
local shopwire = require "shopwire"

local SESSIONS = 8
local PATIENCE = 600 -- seconds
local MISSES = 10    -- this many absent numbers in a row end a search
local SORRY = 3      -- this many failures in a row end a session's work

local path = assert(arg[1], "which journal?")
local today = os.date "!%Y-%m-%d"

-- Who gets what. Yours comes from a file or a database.
local orders = {}
for i = 1, 200 do
  orders[i] = { reference = string.format("standing-%03d", i),
    email = string.format("customer%03d@example.com", i),
    product_id = ({ 40, 28, 43 })[i % 3 + 1], quantity = i % 4 + 1 }
end

-- {====== the journal: one line a fact, only ever appended ======

-- State by reference: { what, when, last }. Numbers grow: an order that was
-- sent after number `last` was known has a higher one. A last line that was
-- cut off is no fact: what it would have said is found out again.
local function read_journal()
  local known, last = {}, tonumber(arg[2]) or 1
  local file = io.open(path, "r")
  if file then
    local text = file:read "*a"
    for line in text:gmatch "([^\n]*)\n" do
      local when, what, reference, id =
        line:match "^(%d+) (%l+) (%S+) ?(%d*)$"
      if what then
        known[reference] = { what = what, when = tonumber(when), last = last }
        last = math.max(last, tonumber(id) or 1)
      end
    end
    file:close()
    if text:find "[^\n]$" then -- the next fact gets a line of its own
      file = assert(io.open(path, "a"))
      assert(file:write "\n")
      assert(file:close())
    end
  end
  return known
end

-- Opened, written, closed: it is out of this process when this returns.
-- Whoever fears a power cut of this machine puts FILE on a disk that is
-- mounted with `sync`.
local function note(what, reference, id)
  local file = assert(io.open(path, "a"))
  assert(file:write(string.format("%d %s %s%s\n", os.time(), what, reference,
    id and string.format(" %d", id) or "")))
  assert(file:close())
end

-- }======

local function open()
  return invotide.Session {
    url = os.getenv "INVOTIDE_URL",
    username = os.getenv "INVOTIDE_USERNAME",
    key = os.getenv "INVOTIDE_KEY",
  }
end

-- Reference → number of all orders from number `id` on.
local function references_from(session, id)
  local found, missed = {}, 0
  while missed < MISSES do
    local order, err = session.order:info(id)
    if order then
      missed = 0
      found[(order.comment or ""):match "(%S+)%s*$" or ""] = id
    elseif err:is "not_found" then
      missed = missed + 1
    else
      return nil, err
    end
    id = id + 1
  end
  return found
end

-- What is to be ordered now. Sent and unanswered ones are looked for first.
local function to_do(session)
  local known, from = read_journal(), math.huge
  local list, unanswered, unsure = {}, {}, 0
  for _, order in ipairs(orders) do
    local state = known[order.reference]
    if not state or state.what == "refused" then
      list[#list + 1] = order
    elseif state.what == "sending" then
      unanswered[#unanswered + 1] = order
      from = math.min(from, state.last)
    end
  end
  local found = #unanswered > 0
    and shopwire.assert(references_from(session, from)) or {}
  for _, order in ipairs(unanswered) do
    local id = found[order.reference]
    local age = os.time() - known[order.reference].when
    if id then
      note("placed", order.reference, id)
      print(order.reference .. " was placed after all: order " .. id)
    elseif age > PATIENCE then
      list[#list + 1] = order
    else
      unsure = unsure + 1
      print(string.format("%s was sent %d s ago and is not there: not sent "
        .. "again yet", order.reference, age))
    end
  end
  return list, unsure
end

local function place(session, order)
  local sent = false
  local plan = session:checkout {
    currency = "USD",
    customer = { firstname = "Standing", lastname = "Order",
      email = order.email, telephone = "+44 20 7946 0000" },
    cart = { { product_id = order.product_id, quantity = order.quantity } },
    address = { firstname = "Standing", lastname = "Order",
      address_1 = "1 High Street", city = "Watford", postcode = "WD17 2AA",
      country_id = 222, zone_id = 3563 },
    shipping = "flat.flat", payment = "cod",
    comment = "Standing order of " .. today, reference = order.reference,
    confirm = function() -- the last moment before it is sent
      note("sending", order.reference)
      sent = true
    end,
  }
  local done, err = plan:run()
  if done then
    note("placed", order.reference, done.order_id)
    return true
  end
  if sent and not err.ambiguous then
    note("refused", order.reference)
  end
  print(order.reference .. ", at step " .. tostring(err.stage) .. ": " .. err)
  return false, err.ambiguous
end

local sessions = {}
for i = 1, SESSIONS do
  sessions[i] = open()
end
local list, unsure = to_do(sessions[1])
local placed, failed, at = 0, 0, 0

-- One session places one order after another; the eight go side by side.
shopwire.assert(shopwire.map(sessions, function(session)
  local sorry = 0
  while at < #list and sorry < SORRY do
    at = at + 1
    local ok, ambiguous = place(session, list[at])
    sorry = ok and 0 or sorry + 1
    placed = placed + (ok and 1 or 0)
    unsure = unsure + (ambiguous and 1 or 0)
    failed = failed + (not ok and not ambiguous and 1 or 0)
  end
  return true
end, { limit = SESSIONS }))

failed = failed + #list - at
print(string.format("%d placed now, %d failed, %d unsure, of %d", placed,
  failed, unsure, #orders))
os.exit(failed + unsure == 0 and 0 or 1)
