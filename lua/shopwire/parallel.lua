--- Many calls at once from a plain script: tasks that the blocking driver
--- runs. Nothing that may have moved money is aborted or forgotten.
--- Must not know: the services.

local block = require "shopwire.driver.block"
local core = require "shopwire.core"
local drivers = require "shopwire.drivers"
local errors = require "shopwire.errors"

local parallel = {}

local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore

local LIMIT = 8

local function not_started()
  return { nil, errors.new { kind = "cancelled", stage = "build",
    message = "not_started: an earlier one failed first", retryable = true },
    n = 2 }
end

-- What all workers of one map share.
local function new_batch(list, f)
  return { list = list, f = f, count = #list, next = 1, results = {},
    outcomes = {}, settled = {}, workers = 0 }
end

-- What f returned for an item; a table is made only where a value is not all.
local function note(batch, i, value, err, ...)
  if value == nil and err then
    batch.outcomes[i] = { nil, err, n = 2 }
    batch.failure = batch.failure or err
    return
  end
  batch.results[i] = value
  if err ~= nil or select("#", ...) > 0 then
    batch.outcomes[i] = { value, err, n = select("#", ...) + 2, ... }
  end
end

-- A worker takes item after item. It is a task; f may wait in it. Its end is
-- seen by the driver, so that no pcall stands around a wait.
local function work(batch)
  local job = block.current()
  while not batch.failure and batch.next <= batch.count do
    local i = batch.next
    batch.next = i + 1
    job.item = i
    note(batch, i, batch.f(batch.list[i], i))
  end
end

local function settle(batch, job)
  if job.failure then
    local err = job.failure[1] or "error without a message"
    if job.item then -- it had begun an item
      batch.outcomes[job.item] = { nil, err, n = 2 }
    end
    batch.failure = batch.failure or err
  end
  batch.workers = batch.workers - 1
  if batch.workers == 0 then
    block.signal(batch.settled)
  end
end

local function results_of(batch)
  batch.results.n = batch.count
  return batch.results
end

-- One outcome an item, also of those that were not begun.
local function outcomes_of(batch)
  for i = 1, batch.count do
    if not batch.outcomes[i] then
      batch.outcomes[i] = i < batch.next and { batch.results[i], n = 2 }
        or not_started()
    end
  end
  return batch.outcomes
end

-- These raise where the public function was called.
local function check_list(who, list)
  if type(list) ~= "table" then
    error(who .. ": a list is wanted, not a " .. type(list), 3)
  end
end

local function check_function(who, f, i)
  if type(f) ~= "function" then
    error(who .. ": a function is wanted" .. (i and " at " .. i or "")
      .. ", not a " .. type(f), 3)
  end
end

local function check_limit(options)
  if options ~= nil and type(options) ~= "table" then
    error("map: the options must be a table, not a " .. type(options), 3)
  end
  for name in pairs(options or {}) do
    if name ~= "limit" and name ~= "blocking" then
      error("map: " .. core.show(tostring(name), 60) .. " is not an option: "
        .. "there are limit and blocking", 3)
    end
  end
  local limit = options and options.limit or LIMIT
  if type(limit) ~= "number" or limit ~= limit or limit < 1 then
    error("map: limit must be a number, 1 at least", 3)
  end
  return math.floor(limit)
end

-- Tasks run on the blocking driver: where that may not wait, neither may
-- they.
local function waiting(blocking)
  local driver, refused = drivers.pick(blocking)
  if driver and driver ~= block then
    return nil, errors.new { kind = "unsupported", stage = "build",
      message = "map and spawn wait with the blocking driver only, and "
        .. "another one waits here",
      hint = "make the calls in the host's own coroutines" }
  end
  return driver, refused
end

--- Calls f(item, i) for each item, some at once, and waits for all of them.
--- The first failure starts no further item; what has begun runs to its end.
---@param list table
---@param f function returns a result, or nil and an error
---@param options table|nil { limit = 8, blocking = false }
---@return table|nil results in the list's order
---@return any err the first failure
---@return table|nil outcomes one { result } or { nil, err } for each item
function parallel.map(list, f, options)
  check_list("map", list)
  check_function("map", f)
  local limit = check_limit(options)
  local driver, refused = waiting(options and options.blocking)
  if not driver then
    return nil, refused, outcomes_of(new_batch(list, f))
  end
  local batch = new_batch(list, f)
  local workers = math.min(limit, batch.count)
  batch.workers = workers
  for _ = 1, workers do
    block.spawn(function() work(batch) end,
      function(job) settle(batch, job) end)
  end
  if workers > 0 then
    block.wait(batch.settled)
  end
  if not batch.failure then
    return results_of(batch)
  end
  return nil, batch.failure, outcomes_of(batch)
end

--- Calls all functions at once and waits for all of them.
---@param functions function[]
---@return table|nil results, any err, table|nil outcomes as of map
function parallel.all(functions)
  check_list("all", functions)
  for i = 1, #functions do
    check_function("all", functions[i], i)
  end
  return parallel.map(functions, function(f) return f() end,
    { limit = math.max(1, #functions) })
end

local Job = {}
Job.__index = Job

--- Waits for the end: what the function returned, or nil and its error.
function Job:wait()
  if not self.state.done then
    local driver, refused = waiting()
    if not driver then
      return nil, refused
    end
    local event = {} -- of this waiter: there may be several
    table.insert(self.waiters, event)
    block.wait(event)
  end
  local state = self.state
  if state.failure then
    return nil, state.failure[1]
  end
  return unpack(state.outcome, 1, state.outcome.n)
end

--- Resumes the function no more. A call that it has in flight goes on to its
--- end and is told to the client's log as unclaimed.
function Job:cancel()
  block.stop(self.state, errors.new { kind = "cancelled", stage = "wait",
    message = "the job was cancelled" })
end

--- Starts f beside the running code; it goes on whenever something waits.
---@param f function
---@return table job job:wait(), job:cancel()
function parallel.spawn(f)
  check_function("spawn", f)
  local job = setmetatable({ waiters = {} }, Job)
  job.state = block.spawn(f, function()
    for _, event in ipairs(job.waiters) do
      block.signal(event)
    end
  end)
  return job
end

--- Does what can be done now for at most about `seconds`; waits for nothing.
---@param seconds number|nil 0 unless told
---@return integer pending what is still under way
function parallel.tick(seconds)
  if seconds ~= nil and type(seconds) ~= "number" then
    error("tick: seconds must be a number, not a " .. type(seconds), 2)
  end
  return (block.tick(seconds or 0))
end

return parallel
