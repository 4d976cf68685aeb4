-- The turn: first come first served, and nobody's end locks it.

local block = require "shopwire.driver.block"
local shopwire = require "shopwire"
local turn = require "invotide.turn"

local function nothing()
  return nil
end

local function new(keeper)
  local whole = { in_flight = nothing, abandoned = nothing, await = nothing,
    reap = nothing, due = nothing, stands = nothing }
  for name, f in pairs(keeper or {}) do
    whole[name] = f
  end
  return turn.new(whole)
end

-- A task that takes the turn, notes its name and waits a little.
local function taker(one, order, name, seconds)
  return shopwire.spawn(function()
    local ticket = one:take(block)
    order[#order + 1] = name
    block.sleep(seconds or 0.001)
    one:release(ticket)
    return name
  end)
end

describe("the turn", function()
  it("goes first come, first served, one at a time", function()
    local one, order, inside = new(), {}, 0
    local jobs = {}
    for i = 1, 20 do
      jobs[i] = shopwire.spawn(function()
        local ticket = one:take(block)
        inside = inside + 1
        assert(inside == 1)
        order[#order + 1] = i
        block.sleep(0.001)
        inside = inside - 1
        one:release(ticket)
        return i
      end)
    end
    for i = 1, 20 do
      assert.equal(i, (jobs[i]:wait()))
      assert.equal(i, order[i])
    end
  end)

  it("passes over a waiter that was stopped", function()
    local one, order = new(), {}
    local a = taker(one, order, "a", 0.2)
    local b = taker(one, order, "b")
    local c = taker(one, order, "c")
    shopwire.tick(0)
    b:cancel()
    assert.equal("a", (a:wait()))
    assert.equal("c", (c:wait()))
    assert.same({ "a", "c" }, order)
    assert.is_nil(one.owner)
  end)

  it("passes on when its owner was stopped or raised", function()
    local ended = 0
    local one, order = new { in_flight = function() return false end,
      abandoned = function() ended = ended + 1 end }, {}
    local a = taker(one, order, "a", 10)
    local b = shopwire.spawn(function()
      one:take(block)
      error("on purpose")
    end)
    local c = taker(one, order, "c")
    shopwire.tick(0)
    a:cancel()
    assert.equal("c", (c:wait()))
    assert.is_nil((b:wait()))
    assert.equal(2, ended)
    assert.is_nil(one.owner)
  end)

  it("stays while a dead owner's call is under way", function()
    local flying = true
    local one, order = new { in_flight = function() return flying end,
      abandoned = function() end }, {}
    local a = taker(one, order, "a", 10)
    local b = taker(one, order, "b")
    shopwire.tick(0)
    a:cancel()
    shopwire.tick(0.005)
    assert.same({ "a" }, order)
    flying = false
    one:landed()
    assert.equal("b", (b:wait()))
  end)

  it("is had again by a task whose earlier call raised", function()
    local one = new()
    one:take(block)
    local ticket = one:take(block)
    assert.equal(ticket, one.owner)
    one:release(ticket)
    assert.is_nil(one.owner)
  end)

  it("is not given to a caller inside a call", function()
    local inside = false
    local one = new { stands = function() return inside end }
    local ticket = one:take(block)
    inside = true
    assert.is_nil((one:take(block)))
    assert.equal(ticket, one.owner)
    one:release(ticket)
    assert.is_nil(one.owner)
  end)

  it("waits for what a task left under way when it raised", function()
    local steps = {}
    local function note(name)
      return function() steps[#steps + 1] = name end
    end
    local one = new { await = note "await", abandoned = note "abandoned" }
    one:take(block)
    local b = shopwire.spawn(function()
      local ticket = one:take(block)
      steps[#steps + 1] = "b"
      one:release(ticket)
    end)
    shopwire.tick(0)
    local ticket = one:take(block)
    assert.same({ "await", "abandoned", "b" }, steps)
    one:release(ticket)
    b:wait()
    assert.is_nil(one.owner)
  end)

  describe("of a driver that tells of no end", function()
    local core = require "shopwire.core"
    local real, clock = core.now, nil

    before_each(function()
      clock = 100
      core.now = function() return clock end
    end)
    after_each(function() core.now = real end)

    -- Takes the turn of an owner that never ends; the seconds it took.
    local function waited(keeper, stall)
      local ended = 0
      keeper.abandoned = function() ended = ended + 1 end
      local one = new(keeper)
      local sleeps = 0
      local plain = { sleep = function(seconds)
        sleeps = sleeps + 1
        clock = clock + (sleeps == 3 and stall or seconds)
      end }
      coroutine.wrap(function()
        one:take(plain)
        coroutine.yield()
      end)()
      local ticket
      coroutine.wrap(function() ticket = one:take(plain) end)()
      assert.equal(ticket, one.owner)
      assert.equal(1, ended)
      return clock - 100
    end

    it("passes over an owner that is silent", function()
      local seconds = waited {}
      assert.is_true(seconds > 4.9 and seconds < 5.1, seconds)
    end)

    it("is patient while the owner may wait to send again", function()
      local seconds = waited { due = function() return 140 end }
      assert.is_true(seconds > 44.9 and seconds < 45.1, seconds)
    end)

    it("is patient while the owner's call is under way", function()
      local seconds = waited { in_flight = function() return clock < 130 end }
      assert.is_true(seconds > 34.9 and seconds < 35.1, seconds)
    end)

    it("takes a call that landed long ago", function()
      local flying = true
      local seconds = waited { due = function() return 120 end,
        in_flight = function() return flying end,
        reap = function() flying = false end }
      assert.is_true(seconds > 29.9 and seconds < 30.1, seconds)
    end)

    it("does not take the host's own standing still for silence", function()
      local seconds = waited({}, 60)
      assert.is_true(seconds > 64 and seconds < 65, seconds)
    end)
  end)

  it("does without events where a driver has none", function()
    local one, order = new(), {}
    local plain = { sleep = block.sleep }
    local jobs = {}
    for i = 1, 5 do
      jobs[i] = shopwire.spawn(function()
        local ticket = one:take(plain)
        order[#order + 1] = i
        block.sleep(0.001)
        one:release(ticket)
      end)
    end
    for i = 1, 5 do
      jobs[i]:wait()
    end
    assert.same({ 1, 2, 3, 4, 5 }, order)
  end)
end)
