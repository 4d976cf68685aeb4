--- Whose turn it is: one call at a time, first come, first served. A task
--- that was stopped or raised while it waited is passed over; one that owned
--- the turn gives it back, as soon as its call has landed.
--- Must not know: HTTP, sessions, what a turn is taken for.

local core = require "shopwire.core"

local Turn = {}
Turn.__index = Turn

local turn = {}

local POLL = 0.005 -- seconds between looks where a driver has no events
local SILENT = 5   -- seconds without a sign of life: then an owner is gone
local STALL = 0.5  -- seconds between two looks that count: more, and the host
                   -- itself stood still

--- Makes a turn that nobody has.
---@param keeper table { in_flight() → boolean: a call of the owner is under
--- way that lands later; abandoned(): the owner ended in the midst;
--- stands(thread) → boolean: the thread, or the running one where it is nil,
--- is inside a call already; await(driver): waits until the owner's call has
--- landed; reap(): takes it if it has; due(flying) → the time by which the
--- owner has done what it does now, or nil }
---@return table
function turn.new(keeper)
  return setmetatable({ keeper = keeper, queue = {}, first = 1, last = 0 },
    Turn)
end

-- The next that still waits becomes the owner.
local function pass(self)
  self.owner = nil
  while self.first <= self.last do
    local ticket = self.queue[self.first]
    self.queue[self.first] = nil
    self.first = self.first + 1
    if not ticket.dead then
      self.owner = ticket
      if ticket.driver.signal then
        ticket.driver.signal(ticket.event)
      end
      return
    end
  end
  self.first, self.last = 1, 0
end

--- The owner's call has landed and nobody waited for it: the owner is gone,
--- and the turn passes on.
function Turn:landed()
  if self.owner then
    pass(self)
  end
end

-- The task of a ticket ended without giving it back.
local function died(self, ticket)
  ticket.dead = true
  if self.owner == ticket and not self.keeper.in_flight() then
    self.keeper.abandoned()
    pass(self)
  end
end

-- Passes over an owner that gives no sign of life: it may be a coroutine that
-- its host dropped, and no driver tells of that. One whose call is under way,
-- or that may wait to send it again, first has the time that this may take.
local function watch(self)
  local owner, keeper, now = self.owner, self.keeper, core.now()
  local flying = keeper.in_flight()
  local due = keeper.due(flying)
  local passed = math.min(now - (self.looked or now), STALL)
  self.looked = now
  if flying ~= owner.flying or (due and now < due) then
    owner.flying, owner.silent = flying, 0
    return
  end
  owner.silent = (owner.silent or 0) + passed
  if owner.silent <= SILENT then
    return
  elseif flying then
    keeper.reap()
  else
    died(self, owner)
  end
end

-- A driver without events: look now and then.
local function look(self, ticket)
  while self.owner ~= ticket do
    watch(self)
    if self.owner ~= ticket then
      ticket.driver.sleep(POLL)
    end
  end
end

local function queue_up(self, ticket)
  self.last = self.last + 1
  self.queue[self.last] = ticket
  if ticket.driver.wait then
    ticket.driver.wait(ticket.event)
  else
    look(self, ticket)
  end
end

-- Is the one that asks inside a call of the owner's, or of one that waits? A
-- task may be more than one thread: whatever blocks is the main task.
local function is_inside(self, job, thread)
  local owner, stands = self.owner, self.keeper.stands
  if stands() then
    return true
  elseif not job or owner.job ~= job or owner.thread == thread then
    return false
  end
  return owner.thread == nil or stands(owner.thread)
end

-- The owner's task raised in the midst of a call, and makes another: what it
-- has under way lands first.
local function recover(self, driver)
  local owner = self.owner
  owner.dead = true
  self.keeper.await(driver)
  if self.owner == owner then
    self.keeper.abandoned()
    pass(self)
  end
end

--- Waits until it is the caller's turn.
---@param driver table park, sleep, and where it has them wait, signal, guard
--- and current
---@return table|nil ticket for release; nil: the caller is inside a call
function Turn:take(driver)
  local job = driver.current and driver.current() or nil
  local thread = coroutine.running()
  local owner = self.owner
  if owner then
    if is_inside(self, job, thread) then
      return nil
    elseif owner.thread == thread or (job and owner.job == job) then
      recover(self, driver)
    end
  end
  local ticket = { driver = driver, job = job, thread = thread, event = {} }
  if driver.guard then
    driver.guard(function() died(self, ticket) end)
  end
  if self.owner then
    queue_up(self, ticket)
  else
    self.owner = ticket
  end
  return ticket
end

--- Gives the turn to whoever waits next.
---@param ticket table
function Turn:release(ticket)
  if ticket.driver.guard then
    ticket.driver.guard(nil)
  end
  if self.owner == ticket then
    pass(self)
  end
end

return turn
