--- Whose turn it is: one call at a time, first come, first served. A task
--- that was stopped or raised while it waited is passed over; one that owned
--- the turn gives it back, as soon as its call has landed.
--- Must not know: HTTP, sessions, what a turn is taken for.

local Turn = {}
Turn.__index = Turn

local turn = {}

local POLL = 0.005 -- seconds between looks where a driver has no events
local SILENT = 5   -- seconds without a look after which a waiter is gone

--- Makes a turn that nobody has.
---@param keeper table { in_flight() → boolean: a call of the owner is under
--- way that lands later, abandoned(): the owner ended in the midst }
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

--- The owner ended and its call has landed: the turn passes on.
function Turn:landed()
  if self.owner and self.owner.dead then
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

-- A driver without events: look now and then, and pass over whoever stopped
-- looking.
local function look(self, ticket)
  while self.owner ~= ticket do
    ticket.seen = (ticket.seen or 0) + POLL
    local owner = self.owner
    if owner and owner.seen and not owner.taken then
      owner.silent = (owner.silent or 0) + POLL
      if owner.silent > SILENT then
        owner.dead = true
        pass(self)
      end
    end
    if self.owner ~= ticket then
      ticket.driver.sleep(POLL)
    end
  end
  ticket.taken = true
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

--- Waits until it is the caller's turn.
---@param driver table park, sleep, and where it has them wait, signal, guard
--- and current
---@return table ticket for release
function Turn:take(driver)
  local job = driver.current and driver.current() or nil
  local owner = self.owner
  if owner and job and owner.job == job then
    -- this task raised in the midst of an earlier call
    owner.dead = true
    self.keeper.abandoned()
    pass(self)
  end
  local ticket = { driver = driver, job = job, event = {} }
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
