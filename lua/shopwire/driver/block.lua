--- The blocking driver and the coroutines that it runs: a plain script has
--- no event loop, so whoever waits here steps the engine for everybody.
--- Exactly one party steps; it wakes the others. Must not know: the services.

local core = require "shopwire.core"

local running = coroutine.running
local isyieldable = rawget(coroutine, "isyieldable") -- not in 5.1 and 5.2
local yield = coroutine.yield
local resume = coroutine.resume
local status = coroutine.status

local TURN = 64 -- landed calls handed out at once: no host waits here

local block = { name = "block" }

local engine = core.engine()
local step = engine.step
local landed = {} -- filled by engine:step, reused: room is made once
for i = 1, TURN do
  landed[i] = 0
end
local handed, count = 0, 0 -- of the landed: given to their jobs, in all
local claimed = {}  -- token → the job that will take it, or MAIN
local arrived = {}  -- token or event that has come → whose it is
local untold = {}   -- tokens of landed calls whose waiter has ended
local telling = false
local ready = {}    -- jobs to resume, first in first out
local first, last = 1, 0
local timers = {}   -- { when, job }, few and unordered
local jobs = setmetatable({}, { __mode = "k" }) -- coroutine → job
local on_unclaimed  -- function(token), set by shopwire.call
local living = 0    -- tasks that have not ended

local MAIN = { name = "main" }

-- What a task yields when it waits for an event, and when it only tries
-- whether it could.
local PARK, PROBE = {}, {}

local function this_job()
  local co = running()
  return co and jobs[co] or MAIN
end

--- May a call wait here? Only the main thread and our own tasks can, and a
--- task not inside a C function: there it raises (Lua 5.1 and 5.2), or there
--- is a reason.
---@return boolean usable, string|nil reason, string|nil hint
function block.usable()
  if telling then
    return false, "a log function that is told of a call's end must not wait "
      .. "for another", "note the event, and make the call later"
  end
  local co, is_main = running()
  if co == nil or is_main == true then
    return true
  elseif not jobs[co] then
    return false
  elseif not isyieldable then
    yield(PROBE)
    return true
  elseif isyieldable() then
    return true
  end
  return false, "a task cannot wait inside a C function, such as string.gsub "
    .. "or table.sort with a function of yours", "make the call before or "
    .. "after it"
end

-- Here and below, what may raise for memory comes before what forgets: then
-- the next turn does it again.
local function push(job)
  ready[last + 1] = job
  last = last + 1
end

--- The event that a job waits for has come.
local function arrive(event, job)
  arrived[event] = job
  if job ~= MAIN and job.parked == event then
    push(job)
    job.parked = nil
  end
end

-- Tells of a landed call that nobody waits for.
local function tell(token)
  if on_unclaimed then
    telling = true
    local ok, err = pcall(on_unclaimed, token)
    telling = false
    if not ok then
      error(err, 0)
    end
  end
end

local function tell_all()
  while untold[1] and not telling do
    tell(untold[#untold])
    untold[#untold] = nil
  end
end

-- Nobody waits for this any more. A call under way is told when it lands.
local function abandon(event)
  if type(event) == "number" then
    if arrived[event] and not claimed[event] then
      untold[#untold + 1] = event
    end
    claimed[event] = nil
  end
  arrived[event] = nil
end

local function abandon_all(job)
  for event, owner in pairs(arrived) do
    if owner == job then
      abandon(event)
    end
  end
end

local function finish(job, ok, ...)
  if next(arrived) then
    abandon_all(job)
  end
  if ok then
    job.outcome = { n = select("#", ...), ... }
  else
    job.failure = { (...) }
  end
  job.done, job.parked = true, nil
  if running() == job.task then
    job.lingers = true -- it stopped itself and runs to its next wait
  else
    jobs[job.task] = nil -- 5.1 would keep the pair: the job holds the task
    living = living - 1
  end
  local guard = job.guard
  if guard then
    job.guard = nil
    guard()
  end
  if job.on_done then
    job.on_done(job)
  end
end

local function after(job, ok, what, ...)
  if job.done then
    if job.lingers then
      job.lingers = nil
      jobs[job.task] = nil
      living = living - 1
    end
  elseif ok and what == PARK then
    return
  elseif ok and what == PROBE then
    return after(job, resume(job.task))
  elseif not ok or status(job.task) == "dead" then
    return finish(job, ok, what, ...)
  else
    job.parked = nil
    push(job) -- it yielded of its own accord: let the others have a turn
  end
end

--- Resumes what is ready now, not what becomes ready meanwhile. A task may
--- come here again by block.tick.
local function drain()
  local left = last - first + 1
  while left > 0 and first <= last do
    local job = ready[first]
    ready[first] = nil
    first = first + 1
    if first > last then
      first, last = 1, 0
    end
    left = left - 1
    if job and not job.done and status(job.task) == "suspended" then
      after(job, resume(job.task))
    end
  end
end

-- Those that are due together wake in the order of their times.
local function fire_timers()
  local now = core.now()
  local due
  repeat
    due = nil
    for i = 1, #timers do
      local when = timers[i].when
      if when <= now and not (due and timers[due].when <= when) then
        due = i
      end
    end
    if due then
      arrive(timers[due].event, timers[due].job)
      table.remove(timers, due)
    end
  until not due
end

local function until_next_timer(seconds)
  local now = core.now()
  for i = 1, #timers do
    local left = timers[i].when - now
    if not seconds or left < seconds then
      seconds = left
    end
  end
  return seconds
end

-- Who waits for nothing but this call goes on at once.
local function hand_out()
  while handed < count do
    local token = landed[handed + 1]
    local job = claimed[token]
    if not job or job.done then
      tell(token)
      claimed[token] = nil
      handed = handed + 1
    elseif job.parked == token then
      claimed[token] = nil
      handed = handed + 1
      job.parked = nil
      after(job, resume(job.task))
    else
      arrive(token, job)
      claimed[token] = nil
      handed = handed + 1
    end
  end
end

--- One turn: wait at most `seconds` (nil: until something lands), wake those
--- whose call landed or whose time came.
local function turn(seconds)
  if first <= last then
    seconds = 0
  elseif #timers > 0 then
    seconds = until_next_timer(seconds)
  end
  local wait_ms = -1
  if seconds then
    wait_ms = seconds > 0 and math.ceil(seconds * 1000) or 0
  end
  if handed == count then
    handed, count = 0, 0 -- in this order: step may raise
    count = step(engine, wait_ms, TURN, landed)
  end
  hand_out()
  if untold[1] then
    tell_all()
  end
  if #timers > 0 then
    fire_timers()
  end
  if first <= last then
    drain()
  end
end

-- A wait that nothing can end is a mistake, and no reason to spin for ever.
local function check_alive()
  if first > last and #timers == 0 and handed == count
    and engine:pending() == 0 then
    error("shopwire: this wait cannot end: nothing is under way", 0)
  end
end

local function step_until(event)
  while not arrived[event] do
    check_alive()
    turn(nil)
  end
end

local function wait_event(job, event)
  if job == MAIN then
    local ok, err = pcall(step_until, event) -- nothing yields in there
    if not ok then
      abandon(event)
      error(err, 0)
    end
  else
    job.parked = event
    yield(PARK)
  end
  arrived[event] = nil
end

-- Nothing but this one call is under way: no turns need to be shared out.
local function wait_alone(token)
  while step(engine, -1, 1, landed) == 0 do -- 0: the wait was interrupted
    check_alive()
  end
  if landed[1] ~= token then
    handed, count = 0, 1
    claimed[token] = MAIN
    hand_out()
    wait_event(MAIN, token)
  end
  return true
end

local function add_timer(job, seconds, event)
  timers[#timers + 1] =
    { when = core.now() + seconds, job = job, event = event }
end

local function drop_timer(event)
  for i = #timers, 1, -1 do
    if timers[i].event == event then
      table.remove(timers, i)
    end
  end
end

--- Waits until the call has landed, or `seconds` went by. A token that did
--- not land stays claimed: park again.
---@param token integer
---@param seconds number|nil
---@return boolean landed
function block.park(token, seconds)
  if arrived[token] then
    arrived[token] = nil -- while the caller did something else
    return true
  end
  if living == 0 and #timers == 0 and handed == count and not seconds then
    return wait_alone(token)
  end
  local job = this_job()
  claimed[token] = job
  if not seconds then
    wait_event(job, token)
    return true
  end
  add_timer(job, seconds, token)
  wait_event(job, token)
  drop_timer(token)
  return claimed[token] == nil
end

--- Lets `seconds` go by; other tasks go on.
---@param seconds number
function block.sleep(seconds)
  local job = this_job()
  local event = {}
  add_timer(job, seconds, event)
  wait_event(job, event)
end

--- Starts f in a task of its own at the next turn.
---@param f function
---@param on_done function|nil told the job when it has ended
---@return table job { done, outcome = {n, …} or failure = {message} }
function block.spawn(f, on_done)
  local task = coroutine.create(f)
  local job = { on_done = on_done, task = task }
  jobs[task] = job
  living = living + 1
  push(job)
  return job
end

--- Forgets a task: it is not resumed again. What it has in flight goes on.
---@param job table
---@param reason string
function block.stop(job, reason)
  if not job.done then
    for i = #timers, 1, -1 do
      if timers[i].job == job then
        table.remove(timers, i)
      end
    end
    finish(job, false, reason)
    tell_all()
  end
end

--- The running task; the same table each time.
---@return table
function block.current()
  return this_job()
end

--- Tells f when the running task ends before block.guard(nil): it was stopped
--- or it raised.
---@param f function|nil
function block.guard(f)
  this_job().guard = f
end

--- Waits until block.signal(event); `event` is a fresh table.
---@param event table
function block.wait(event)
  local job = this_job()
  event.job = job
  if event.signalled then
    return
  end
  wait_event(job, event)
end

---@param event table
function block.signal(event)
  event.signalled = true
  if event.job then
    arrive(event, event.job)
  end
end

--- Does what can be done now for at most about `seconds`; waits for nothing.
---@param seconds number
---@return integer pending what is still under way
function block.tick(seconds)
  local stop = core.now() + seconds
  if telling then
    return block.pending()
  end
  repeat
    local before = engine:pending()
    turn(0)
    local idle = first > last and engine:pending() == before
  until idle or core.now() >= stop
  return block.pending()
end

--- Calls in flight, tasks that are ready and timers that run.
---@return integer
function block.pending()
  return engine:pending() + (last - first + 1) + #timers + #untold
end

--- Who is told of a landed call that nobody waits for. It may raise as long
--- as it has not taken the call: then it is told again.
---@param f function
function block.set_unclaimed(f)
  on_unclaimed = f
end

return block
