--- Many calls at once from a plain script: tasks that the blocking driver
--- runs. Nothing that may have moved money is aborted or forgotten.
--- Must not know: the services.

local block = require "shopwire.driver.block"
local errors = require "shopwire.errors"

local parallel = {}

local LIMIT = 8

local function outcome_of(ok, value, err, ...)
  if not ok then
    return { nil, value == nil and "error without a message" or value, n = 2 }
  end
  if value == nil and err ~= nil then
    return { nil, err, n = 2 }
  end
  return { value, err, n = select("#", ...) + 2, ... }
end

local function failed(outcome)
  return outcome[1] == nil and outcome[2] ~= nil
end

local function not_started()
  return { nil, errors.new { kind = "cancelled", stage = "build",
    message = "not_started: an earlier one failed first", retryable = true },
    n = 2 }
end

-- What all workers of one map share.
local function new_batch(list, f)
  return { list = list, f = f, count = #list, next = 1, outcomes = {},
    settled = {}, workers = 0 }
end

-- A worker takes item after item. It is a task; f may wait in it. Its end is
-- seen by the driver, so that no pcall stands around a wait.
local function work(batch)
  while not batch.failure and batch.next <= batch.count do
    local i = batch.next
    batch.next = i + 1
    batch.at[coroutine.running()] = i
    local outcome = outcome_of(true, batch.f(batch.list[i], i))
    batch.outcomes[i] = outcome
    if failed(outcome) and not batch.failure then
      batch.failure = outcome[2]
    end
  end
end

local function settle(batch, job)
  if job.failure then
    local outcome = outcome_of(false, job.failure[1])
    batch.outcomes[batch.at[job.task]] = outcome
    batch.failure = batch.failure or outcome[2]
  end
  batch.workers = batch.workers - 1
  if batch.workers == 0 then
    block.signal(batch.settled)
  end
end

local function results_of(batch)
  local results = { n = batch.count }
  for i = 1, batch.count do
    results[i] = batch.outcomes[i][1]
  end
  return results
end

--- Calls f(item, i) for each item, some at once, and waits for all of them.
--- The first failure starts no further item; what has begun runs to its end.
---@param list table
---@param f function returns a result, or nil and an error
---@param options table|nil { limit = 8 }
---@return table|nil results in the list's order
---@return any err the first failure
---@return table|nil outcomes one { result } or { nil, err } for each item
function parallel.map(list, f, options)
  local limit = options and options.limit or LIMIT
  if type(limit) ~= "number" or limit < 1 then
    error("limit must be a number, 1 at least", 2)
  end
  local batch = new_batch(list, f)
  batch.at = setmetatable({}, { __mode = "k" })
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
  for i = 1, batch.count do
    batch.outcomes[i] = batch.outcomes[i] or not_started()
  end
  return nil, batch.failure, batch.outcomes
end

--- Calls all functions at once and waits for all of them.
---@param functions function[]
---@return table|nil results, any err, table|nil outcomes as of map
function parallel.all(functions)
  return parallel.map(functions, function(f) return f() end,
    { limit = math.max(1, #functions) })
end

local Job = {}
Job.__index = Job

--- Waits for the end: what the function returned, or nil and its error.
function Job:wait()
  if not self.state.done then
    self.event = self.event or {}
    block.wait(self.event)
  end
  local state = self.state
  if state.failure then
    return nil, state.failure[1]
  end
  return (unpack or table.unpack)(state.outcome, 1, state.outcome.n) -- luacheck: ignore
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
  local job = setmetatable({}, Job)
  job.state = block.spawn(f, function()
    if job.event then
      block.signal(job.event)
    end
  end)
  return job
end

parallel.tick = block.tick

return parallel
