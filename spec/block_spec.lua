-- The blocking driver and its tasks: order, timers, signals, ends. Calls in
-- parallel are in parallel_spec. (lua/shopwire/driver/block.lua)

local block = require "shopwire.driver.block"
local core = require "shopwire.core"
local process = require "spec.support.process"
local wire = require "spec.support.wire"

-- Runs the tasks until none is left.
local function settle()
  assert.truthy(process.wait(function()
    return block.tick(0) == 0
  end))
end

describe("the blocking driver", function()
  it("is usable in the main thread and in its own tasks", function()
    assert.is_true(block.usable())
    local inside
    block.spawn(function()
      inside = block.usable()
    end)
    settle()
    assert.is_true(inside)
    local outside
    coroutine.wrap(function()
      outside = block.usable()
    end)()
    assert.is_false(outside)
  end)

  it("starts tasks at the next turn, first in first out", function()
    local order = {}
    for i = 1, 3 do
      block.spawn(function()
        order[#order + 1] = i
        coroutine.yield()
        order[#order + 1] = i + 10
      end)
    end
    assert.same({}, order)
    settle()
    assert.same({1, 2, 3, 11, 12, 13}, order)
  end)

  it("wakes sleepers in the order of their time", function()
    local order = {}
    local real, clock = core.now, 100
    finally(function()
      core.now = real
    end)
    core.now = function()
      return clock
    end
    local function sleepers()
      order = {}
      for i, seconds in ipairs {0.06, 0.02, 0.04} do
        block.spawn(function()
          block.sleep(seconds)
          order[#order + 1] = i
        end)
      end
      block.tick(0)
    end
    sleepers()
    for _, woken in ipairs {{}, {2}, {2, 3}, {2, 3, 1}} do
      block.tick(0)
      assert.same(woken, order)
      clock = clock + 0.025
    end
    sleepers()
    clock = clock + 1 -- all are due at once
    block.tick(0)
    assert.same({2, 3, 1}, order)
    assert.equal(0, block.pending())
  end)

  it("sleeps no less than it is told", function()
    local before = core.now()
    block.sleep(0.03)
    assert.is_true(core.now() - before >= 0.03)
    block.sleep(0)
    assert.equal(0, block.pending())
  end)

  it("may be stepped by a task", function()
    local order = {}
    block.spawn(function()
      order[#order + 1] = "a"
      block.tick(0)
      order[#order + 1] = "A"
    end)
    for _, name in ipairs {"b", "c"} do
      block.spawn(function()
        order[#order + 1] = name
        coroutine.yield()
        order[#order + 1] = name:upper()
      end)
    end
    settle()
    assert.same({"a", "b", "c", "A", "B", "C"}, order)
    block.spawn(function()
      order[#order + 1] = "d"
    end)
    settle()
    assert.equal("d", order[#order])
    assert.equal(0, block.pending())
  end)

  it("keeps a signal for who waits later", function()
    local event = {}
    block.signal(event)
    block.wait(event)
    local woken = {}
    event = {}
    block.spawn(function()
      block.wait(event)
      woken[#woken + 1] = "task"
    end)
    block.tick(0)
    assert.same({}, woken)
    block.signal(event)
    settle()
    assert.same({"task"}, woken)
  end)

  it("tells on_done of an end, a failure and a stop, once each", function()
    local ends = {}
    local function note(job)
      ends[#ends + 1] = job
    end
    local one = block.spawn(function()
      return 1, nil
    end, note)
    local two = block.spawn(function()
      error("oops", 0)
    end, note)
    local three = block.spawn(function()
      block.sleep(60)
    end, note)
    block.tick(0)
    block.stop(three, "enough")
    block.stop(three, "again")
    assert.equal(0, block.pending())
    assert.same({one, two, three}, ends)
    assert.equal(2, one.outcome.n)
    assert.equal("oops", two.failure[1])
    assert.equal("enough", three.failure[1])
    assert.is_true(three.done)
  end)

  it("says so when a wait cannot end", function()
    settle()
    local ok, message = pcall(block.wait, {})
    assert.is_false(ok)
    assert.truthy(message:find("cannot end", 1, true))
  end)

  -- The token of a call that lands after a while, and its server.
  local function slow_call()
    local server = wire.start {connections = {
      {{"read"}, {"pause", 1}, {"send", wire.reply("200 OK", "{}")}}}}
    local view = core.view("instamojo", {endpoint = server.url,
      v2_endpoint = server.url, api_key = "k", auth_token = "t"})
    return core.engine():submit(core.free_request(view, 1, "GET", "x/",
      false)), server
  end

  it("parks for a while, and again", function()
    local token, server = slow_call()
    assert.is_false(block.park(token, 0.01))
    assert.is_false(block.park(token, 0.01))
    assert.is_true(block.park(token))
    assert.same({}, core.engine():take(token))
    server:stop()
  end)

  it("parks a task for a while, and tells when the call landed", function()
    local token, server = slow_call()
    local parked = {}
    block.spawn(function()
      parked[1] = block.park(token, 0.01)
      parked[2] = block.park(token, 60)
      parked[3] = core.engine():take(token)
    end)
    settle()
    assert.same({false, true, {}}, parked)
    server:stop()
  end)

  it("pending counts calls, ready tasks and timers", function()
    settle()
    block.spawn(function()
      block.sleep(0.01)
    end)
    assert.equal(1, block.pending())
    block.tick(0)
    assert.equal(1, block.pending())
    settle()
    assert.equal(0, block.pending())
  end)
end)
