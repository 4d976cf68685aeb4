-- Places 200 standing orders through eight sessions, and none of them twice:
-- not after kill -9, not after a power cut of the shop.
--   flock -n FILE.lock ./run lua examples/reorder_nightly.lua FILE [LAST]
-- FILE is the journal, a new one for each night. What is about to be ordered
-- stands in it before it is sent, under a reference of its own. Run it again
-- to go on: an order that was sent and not answered is looked for in the shop
-- by its reference. One that is surely not there is sent again, but only after
-- ten minutes, since the shop may still be at work on it. Every other one is
-- reported, and the exit status is 1.
-- LAST is the newest order number that the shop shows. It spares a search the
-- numbers before, and tells it how far it has to go.

local invotide = require "invotide"
local shopwire = require "shopwire"

local SESSIONS = 8
local PATIENCE = 600 -- seconds
local MISSES = 50    -- this many absent numbers in a row end a search
local SORRY = 3      -- this many failures in a row end a session's work

local path = assert(arg[1], "which journal?")
local LAST = arg[2] and assert(tonumber(arg[2]:match "^[1-9]%d*$"),
  "LAST must be an order number")
local today = os.date "!%Y-%m-%d"

local function give_up(...)
  io.stderr:write(string.format(...), "\n")
  os.exit(1)
end

-- Who gets what. Yours comes from a file or a database. The run is in each
-- reference: the same customer's order of last night is another order.
local function orders_of(run)
  local orders = {}
  for i = 1, 200 do
    orders[i] = { reference = string.format("standing-%03d-%s", i, run),
      email = string.format("customer%03d@example.com", i),
      product_id = ({ 40, 28, 43 })[i % 3 + 1], quantity = i % 4 + 1 }
  end
  return orders
end

-- A name that no other run has. The time alone would do for one machine.
local function new_run()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(4)
  file:close()
  return os.date "!%Y%m%dT%H%M%S-" .. bytes:gsub(".", function(byte)
    return string.format("%02x", byte:byte())
  end)
end

-- {====== the journal: one line a fact, only ever appended ======

--   TIME begin RUN [LAST];
--   TIME sending REFERENCE;
--   TIME placed REFERENCE NUMBER;
--   TIME refused REFERENCE;
-- A line without its semicolon was cut off, by a full disk perhaps. It is no
-- fact: what it would have said is found out again.

-- The text of the journal. It must be a regular file: a device takes all that
-- is written and keeps nothing, or can be read for ever.
local function read_text()
  local file, why = io.open(path, "a+")
  local ok, size, text
  if file then
    ok, why = file:write "\n"
    if ok then
      size, why = file:seek "end" -- writes what is in the buffer, too
    end
    if size and size > 0 and file:seek "set" then
      text = file:read(size)
    end
    file:close()
  end
  return text or give_up("%s cannot be the journal, which must be a regular "
    .. "file with room to grow: %s", path, why or "it keeps nothing")
end

-- State by reference, { what, when, last }; the run; the newest order number
-- that is known. Numbers grow: an order that was sent when number `last` was
-- known has a higher one.
local function read_journal()
  local known, run, newest = {}, nil, nil
  local text = read_text()
  for line in text:gmatch "[^\n]+" do
    local when, what, reference, id = line:match "^(%d+) (%l+) (%S+) ?(%d*);$"
    if what == "begin" then
      run = run or reference
    elseif what then
      known[reference] = { what = what, when = tonumber(when), last = newest }
    end
    if tonumber(id) then
      newest = math.max(newest or 0, tonumber(id))
    end
  end
  if not run and text:find " sending " then
    give_up("%s names no run: begin another journal", path)
  end
  return known, run, newest
end

local full = false -- a fact could not be written: nothing is sent any more

-- Opened, written, closed: it is out of this process when this returns true.
-- Whoever fears a power cut of this machine puts FILE on a disk that is
-- mounted with `sync`. The first "\n" ends what was cut off before.
local function note(what, reference, id)
  local file, why = io.open(path, "a")
  local ok, closed, late = file, nil, nil
  if file then
    ok, why = file:write(string.format("\n%d %s %s%s;\n", os.time(), what,
      reference, id and string.format(" %d", id) or ""))
    if ok then
      ok, why = file:flush()
    end
    closed, late = file:close()
  end
  if ok and closed then
    return true
  end
  full = true
  print(string.format("'%s %s' cannot be noted, so nothing more is sent: %s",
    what, reference, why or late))
  return false
end

-- }======

local function open()
  return invotide.Session {
    url = os.getenv "INVOTIDE_URL",
    username = os.getenv "INVOTIDE_USERNAME",
    key = os.getenv "INVOTIDE_KEY",
  }
end

-- Whether the shop has that order; stops when it cannot say.
local function is_there(session, id)
  local order, err = session.order:info(id)
  if not order and not err:is "not_found" then
    give_up("whether order %d is there is not known: %s", id, tostring(err))
  end
  return order
end

-- Reference → number of all orders from number `id` on, and the highest
-- number. Old orders may be deleted, many in a row: absent numbers end the
-- search only behind `newest`.
local function references_from(session, id, newest)
  local found, highest, missed = {}, 0, 0
  while missed < MISSES or id <= newest do
    local order = is_there(session, id)
    missed = order and 0 or missed + 1
    if order then
      found[(order.comment or ""):match "(%S+)%s*$" or ""] = id
      highest = id
    end
    id = id + 1
  end
  return found, highest
end

-- What is to be ordered now. Sent and unanswered ones are looked for first.
local function to_do(session, orders, known, newest)
  local list, unanswered, unsure, from = {}, {}, 0, newest or 1
  for _, order in ipairs(orders) do
    local state = known[order.reference]
    if not state or state.what == "refused" then
      list[#list + 1] = order
    elseif state.what == "sending" then
      unanswered[#unanswered + 1] = order
      from = math.min(from, state.last or 1)
    end
  end
  if #unanswered == 0 then
    return list, unsure
  end
  -- Not found is not there only if the search got to where orders are now. It
  -- did not when nothing is at the newest known number or behind it.
  local found, highest = references_from(session, from, newest or 0)
  local sure = newest and highest >= newest
  for _, order in ipairs(unanswered) do
    local id = found[order.reference]
    local age = os.time() - known[order.reference].when
    if id then
      note("placed", order.reference, id)
      print(order.reference .. " was placed after all: order " .. id)
    elseif sure and age > PATIENCE then
      list[#list + 1] = order
    else
      unsure = unsure + 1
      print(string.format("%s was sent %d s ago and %s: not sent again yet",
        order.reference, age, sure and "is not there"
          or "nobody knows whether it is there (run again, with LAST)"))
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
      sent = note("sending", order.reference)
      return sent -- false: it is not sent
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

local known, run, newest = read_journal()
local sessions = {}
for i = 1, SESSIONS do
  sessions[i] = open()
end
if LAST and not is_there(sessions[1], LAST) then
  give_up("the shop has no order %d: LAST is the newest number that it shows; "
    .. "leave it out when it shows none", LAST)
end
if LAST or not run then -- the run's name is kept for whoever goes on with it
  run = run or new_run()
  if not note("begin", run, LAST) then
    os.exit(1)
  end
end
local orders = orders_of(run)
newest = LAST or newest
local list, unsure = to_do(sessions[1], orders, known, newest)
local placed, failed, at = 0, 0, 0

-- One session places one order after another, or only until one is placed.
local function work(session, one)
  local sorry, enough = 0, false
  while at < #list and sorry < SORRY and not full and not enough do
    at = at + 1
    local ok, ambiguous = place(session, list[at])
    enough = one and ok
    sorry = ok and 0 or sorry + 1
    placed = placed + (ok and 1 or 0)
    unsure = unsure + (ambiguous and 1 or 0)
    failed = failed + (not ok and not ambiguous and 1 or 0)
  end
  return true
end

-- The first order goes alone: behind its number are all the others. Then the
-- eight go side by side.
if not newest then
  work(sessions[1], true)
end
shopwire.assert(shopwire.map(sessions, function(session)
  return work(session, false)
end, { limit = SESSIONS }))

failed = failed + #list - at
print(string.format("%d placed now, %d failed, %d unsure, of %d", placed,
  failed, unsure, #orders))
os.exit(failed + unsure == 0 and not full and 0 or 1)
