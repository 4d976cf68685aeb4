-- The turn: first come first served, and nobody's end locks it.

local block = require "shopwire.driver.block"
local shopwire = require "shopwire"
local turn = require "invotide.turn"

local function new(keeper)
  return turn.new(keeper or { in_flight = function() return false end,
    abandoned = function() end })
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
    local a = taker(one, order, "a", 0.01)
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
