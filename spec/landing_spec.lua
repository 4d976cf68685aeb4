-- Calls whose waiter cannot wait, ends, or looks away: none is sent in vain,
-- none that landed is hidden. (lua/shopwire/driver/block.lua,
-- lua/shopwire/call.lua)

local block = require "shopwire.driver.block"
local core = require "shopwire.core"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local MADE = shop.reply("201 Created",
  {success = true, payment_request = {id = "PR1"}})
local LATE = {{"read"}, {"pause", 0.3}, {"send", MADE}}
local ASKED = {purpose = "p", amount = "10.00"}

-- Lua 5.1 and 5.2 cannot be asked whether a wait is possible.
local TOLD = rawget(coroutine, "isyieldable") ~= nil

describe("a landing", function()
  local server, events

  local function client_of(answers)
    events = {}
    server = shop.answering(answers)
    return server:client {log = function(event)
      events[#events + 1] = event
    end}
  end

  local function event_of(name)
    for _, event in ipairs(events) do
      if event.event == name then
        return event
      end
    end
  end

  local function unclaimed()
    return process.wait(function()
      shopwire.tick(0)
      return event_of "unclaimed"
    end)
  end

  after_each(function()
    process.wait(function()
      return shopwire.tick(0) == 0
    end)
    server:stop()
  end)

  it("is not begun where a task cannot wait: inside a C function", function()
    local client = client_of {MADE}
    local ok, result, err
    local job = shopwire.spawn(function()
      ok = pcall(function()
        return (("x"):gsub("x", function()
          result, err = client.payment_requests:create(ASKED)
        end))
      end)
      return "its own end"
    end)
    assert.equal("its own end", job:wait())
    if TOLD then
      assert.is_true(ok)
      assert.is_nil(result)
      assert.equal("unsupported", err.kind)
      assert.equal("build", err.stage)
      assert.truthy(err.message:find("C function", 1, true))
    else
      assert.is_false(ok)
    end
    shopwire.tick(0)
    assert.equal(0, #server:requests(0))
    -- elsewhere it is fine
    assert.equal("PR1", client.payment_requests:create(ASKED).id)
  end)

  it("comes inside a C function of the main thread", function()
    local client = client_of {MADE}
    assert.equal("PR1", (("x"):gsub("x", function()
      return client.payment_requests:create(ASKED).id
    end)))
  end)

  it("is told when its task stopped itself before it waited", function()
    local client = client_of {LATE}
    local resumed = false
    local job
    job = shopwire.spawn(function()
      job:cancel()
      client.payment_requests:create(ASKED)
      resumed = true
    end)
    assert.equal("cancelled", select(2, job:wait()).kind)
    if TOLD then
      assert.truthy(unclaimed())
      assert.equal("PR1", event_of "unclaimed".result.id)
    else -- it went no further than to ask whether it could wait
      shopwire.tick(0)
      assert.equal(0, #server:requests(0))
    end
    assert.is_false(resumed)
  end)

  it("of a task that stopped while its look-in was due leaves no trace",
    function()
      local client = client_of {LATE, MADE}
      local view = client.view
      local token = core.engine():submit(core.free_request(view, 1, "GET",
        "x/", false))
      local real, clock = core.now, 100
      finally(function()
        core.now = real
      end)
      core.now = function()
        return clock
      end
      local waiter = block.spawn(function()
        block.park(token, 1)
      end)
      block.spawn(function()
        coroutine.yield() -- behind the waiter, whose timer falls due now
        clock = clock + 2
        coroutine.yield()
        block.stop(waiter, "enough")
      end)
      for _ = 1, 6 do
        block.tick(0)
      end
      core.now = real
      assert.is_true(waiter.done)
      assert.is_true(process.wait(function()
        block.tick(0)
        return core.engine():pending() == 0
      end))
      -- the number is free again; its next call waits for its own landing
      local job = shopwire.spawn(function()
        return client.payment_requests:create(ASKED)
      end)
      assert.equal("PR1", assert(job:wait()).id)
    end)

  it("is told when its task ended while it did something else", function()
    local client = client_of {LATE}
    local told = {}
    local token = core.engine():submit(core.free_request(client.view, 1,
      "GET", "x/", false))
    local job = block.spawn(function()
      block.park(token, 0) -- claims it, and looks away
      block.sleep(60)
    end)
    assert.truthy(process.wait(function()
      block.tick(0)
      return core.engine():pending() == 0
    end))
    told[1] = type(core.engine():request(token)) == "userdata"
    block.stop(job, "enough")
    told[2] = type(core.engine():request(token)) == "userdata"
    assert.same({true, false}, told) -- taken by whoever tells of it
  end)

  it("is told again when memory failed while it was taken", function()
    server = shop.answering {LATE}
    local dir = process.directory()
    local file = process.write(dir .. "/take.lua", [[
      local core = require "shopwire.core"
      local methods = debug.getmetatable(core.engine()).__index
      local real, failures = methods.take, 1
      methods.take = function(...)
        if failures > 0 then
          failures = failures - 1
          error("not enough memory", 0)
        end
        return real(...)
      end
      local instamojo = require "instamojo"
      local shopwire = require "shopwire"
      local told
      local client = instamojo.Client {api_key = "k", auth_token = "t",
        endpoint = arg[1], log = function(event)
          told = event.event .. " " .. event.result.id
        end}
      local job = shopwire.spawn(function()
        return client.payment_requests:create {purpose = "p",
          amount = "10.00"}
      end)
      shopwire.tick(0)
      job:cancel()
      local stop = core.now() + 30
      while not told and core.now() < stop do
        local ok, why = pcall(shopwire.tick, 0)
        if not ok then
          print(why)
        end
      end
      print(told)
    ]])
    local output = process.run(process.lua(file, server.origin .. "/api/1.1/")
      .. " 2>&1", 40)
    process.remove(dir)
    assert.equal("not enough memory\nunclaimed PR1\n", output)
  end)

  it("is told when the main thread's wait was broken", function()
    local client = client_of {LATE}
    local job = shopwire.spawn(function()
      block.guard(function()
        error("interrupted", 0)
      end)
    end)
    local ok, why = pcall(client.payment_requests.create,
      client.payment_requests, ASKED)
    assert.is_false(ok)
    assert.equal("interrupted", why)
    assert.truthy(unclaimed())
    assert.equal("PR1", event_of "unclaimed".result.id)
    assert.truthy(job)
  end)

  it("that is told must not wait for another call", function()
    local client = client_of {LATE}
    local refused
    local other = server:client {log = function(event)
      if event.event == "unclaimed" then
        refused = {client:debug()}
        refused.pending = shopwire.tick(1)
      end
    end}
    local job = shopwire.spawn(function()
      return other.payment_requests:create(ASKED)
    end)
    shopwire.tick(0)
    job:cancel()
    assert.truthy(process.wait(function()
      shopwire.tick(0)
      return refused
    end))
    assert.equal("unsupported", refused[2].kind)
    assert.truthy(refused[2].message:find("log function", 1, true))
    assert.equal(1, #server:requests(1))
  end)
end)
