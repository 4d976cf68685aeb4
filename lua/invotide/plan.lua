--- A plan: named steps in the only order that works. Each is carried out
--- once, and again when something that it stands on was changed. It stops
--- where a step fails and runs on from there. The last step is never sent
--- twice. Must not know: what the steps do; checkout hands them over.

local core = require "shopwire.core"
local errors = require "shopwire.errors"

local plan = {}

---@class invotide.Plan
---@field order_id integer|nil of the order, once it is placed
---@field basket table|nil products, vouchers and totals as last read
---@field warnings string[] what answers warned of, such as a country_id that
--- is no number
local Plan = {}
Plan.__index = Plan

-- A step: { name, reads = options, after = steps, wanted(plan) → boolean,
-- what(plan) → text, act(plan) → true, or "again", or nil and an error }

-- Forgets that a step was done, and with it what stands on it.
local function undo(self, name)
  local undone = { [name] = true }
  for _, step in ipairs(self.list) do
    for i = 1, #step.after do
      undone[step.name] = undone[step.name] or undone[step.after[i]]
    end
    if undone[step.name] then
      self.done[step.name] = nil
    end
  end
end

local function undo_all(self)
  for _, step in ipairs(self.list) do
    self.done[step.name] = nil
  end
end

--- Forgets that a step was done, and with it what stands on it.
---@param name string
function Plan:undo(name)
  undo(self, name)
end

local function check_self(self, name)
  if getmetatable(self) ~= Plan then
    error("plan." .. name .. ": call it with a colon: plan:" .. name
      .. "(…)", 3)
  end
end

--- What the plan would do, in order: { name, what, done, skipped }. A step
--- is `skipped` when nothing asks for it, or nothing is to be shipped.
---@return table[]
function Plan:steps()
  check_self(self, "steps")
  local list = {}
  for i, step in ipairs(self.list) do
    local done = self.done[step.name] == true
    list[i] = { name = step.name, what = step.what(self), done = done,
      skipped = not done and not step.wanted(self) }
  end
  return list
end

-- An error of a step: where it stood, and whether all must be done again: the
-- session is lost, or it lacks what was done, which nothing was sent for.
local function stop(self, step, err)
  if errors.is_error(err) then
    local lacks = err.kind == "conflict" and err.stage == "build"
    err.stage = step.name
    if lacks or (err.kind == "session_lost" and not err.ambiguous) then
      undo_all(self)
    end
  end
end

local function taken_over(step)
  return nil, errors.new { kind = "cancelled", endpoint = "checkout",
    stage = step.name, message = "another run of this plan has taken over" }
end

-- A lost session that could not be built again as it was is no reason to
-- stop: the plan builds it. But an order waits for the script's word.
local function begins_anew(self, step, err)
  return step ~= self.list[#self.list] and errors.is_error(err)
    and err.kind == "session_lost" and not err.ambiguous
end

-- Goes through the steps that are to be done. Two runs at once would send
-- steps twice: the older one ends at its next step.
local function go(self)
  local run, anew = self.runs, false
  local i = 1
  while i <= #self.list do
    local step = self.list[i]
    i = i + 1
    if not self.done[step.name] and step.wanted(self) then
      if self.runs ~= run then
        return taken_over(step)
      end
      self.taken[step.name] = nil
      local outcome, err = step.act(self)
      if err ~= nil then
        stop(self, step, err)
        if anew or not begins_anew(self, step, err) then
          return nil, err
        end
        anew, outcome = true, "again"
      end
      if self.runs ~= run and not self.result then
        return taken_over(step)
      end
      if outcome == "again" then
        i = 1
      else
        self.done[step.name] = true
        self.taken[step.name] = true
      end
    end
  end
  return self.result
end

--- Carries out what is not done yet. After a success: the same order again.
--- After an order whose answer was lost: looks for the order, and never
--- sends it again.
---@return table|nil order { order_id, success }
---@return shopwire.Error|nil err err.stage is the name of the step
function Plan:run()
  check_self(self, "run")
  local result, err
  if self.result then
    return self.result
  elseif self.sent then
    result, err = self.look(self)
  else
    self.runs = self.runs + 1
    undo(self, self.list[#self.list - 1].name) -- what is read is read anew
    result, err = go(self)
  end
  if err ~= nil and self.raise then
    error(err, 0)
  end
  return result, err
end

local function refuse_change(self, level)
  local why = self.result and "its order is placed"
    or self.sent and "its order was sent and may have been placed"
  if why then
    error("plan:set: " .. why .. ": make a new plan for another", level + 1)
  end
end

--- Changes options; `false` takes one back. The steps that depend on them
--- are done again by the next run. Raises as session:checkout does.
---@param changes table
---@return invotide.Plan
function Plan:set(changes)
  check_self(self, "set")
  refuse_change(self, 2)
  local given = {}
  for name, value in pairs(self.given) do
    given[name] = value
  end
  if type(changes) == "table" then
    for name, value in pairs(changes) do
      given[name] = value or nil
    end
  end
  self.check(self, changes, given, 2)
  self.given = given
  for _, step in ipairs(self.list) do
    for _, name in ipairs(step.reads) do
      if changes[name] ~= nil then
        undo(self, step.name)
      end
    end
  end
  return self
end

function Plan:__tostring()
  local done, left = 0, 0
  for _, step in ipairs(self:steps()) do
    done = done + (step.done and 1 or 0)
    left = left + (not step.done and not step.skipped and 1 or 0)
  end
  return string.format("invotide.Plan: %d steps done, %d to do", done, left)
end

--- Makes a plan.
---@param made table { list, given, check, look, raise, session }
---@return invotide.Plan
function plan.new(made)
  made.done = {}
  made.taken = {} -- done, and nothing else since: undoing does not change it
  made.runs = 0
  return setmetatable(made, Plan)
end

--- Is this word an option, and if not, which was meant?
---@param name any
---@param known string[]
---@return string|nil problem
function plan.unknown(name, known)
  for _, word in ipairs(known) do
    if word == name then
      return nil
    end
  end
  local near = type(name) == "string" and core.suggest(name, known)
  return core.show(tostring(name), 60) .. " is not an option"
    .. (near and " (did you mean " .. near .. "?)" or "")
end

return plan
