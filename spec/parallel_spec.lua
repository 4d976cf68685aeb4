-- Many calls at once from a plain script: map, all, spawn, and that nothing
-- that may have moved money is aborted or forgotten.
-- (lua/shopwire/parallel.lua)

local errors = require "shopwire.errors"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local PRODUCT = {title = "Tea", description = "d", base_price = 1}

describe("map", function()
  it("keeps the order and gives the index", function()
    local results = assert(shopwire.map({"a", "b", "c"}, function(item, i)
      return item .. i
    end))
    assert.same({"a1", "b2", "c3", n = 3}, results)
    assert.same({n = 0}, shopwire.map({}, error))
  end)

  it("keeps holes apart from the end", function()
    local results = assert(shopwire.map({1, 2, 3}, function(item)
      return item == 3 and "three" or nil
    end))
    assert.equal(3, results.n)
    assert.is_nil(results[1])
    assert.equal("three", results[3])
  end)

  it("runs `limit` at once, no more", function()
    local sandbox = shop.open()
    local client = sandbox:client {retries = 0}
    for _, limit in ipairs {1, 3, 8} do
      sandbox:reset()
      local running, most = 0, 0
      local results, err = shopwire.map({1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
        function(page)
          running = running + 1
          most = math.max(most, running)
          local links, why = client.links:list({page = page},
            {headers = {["X-Sandbox-Fault"] = "delay=0.05"}})
          running = running - 1
          return links, why
        end, {limit = limit})
      assert(results, tostring(err))
      assert.equal(limit, most)
      assert.equal(10, #sandbox:log())
    end
    sandbox.stop()
  end)

  it("takes a limit that is no integer, and a large one", function()
    assert(shopwire.map({1, 2, 3}, tostring, {limit = 2.5}))
    assert(shopwire.map({1, 2, 3}, tostring, {limit = 1e9}))
    assert(shopwire.map({1, 2, 3}, tostring, {limit = math.huge}))
    assert(shopwire.map({1, 2, 3}, tostring, {}))
  end)

  it("starts nothing after a failure, and tells every outcome", function()
    local begun = {}
    local results, err, outcomes = shopwire.map({1, 2, 3, 4, 5, 6},
      function(item)
        begun[#begun + 1] = item
        if item == 2 then
          return nil, "two is bad"
        end
        return item * 10
      end, {limit = 1})
    assert.is_nil(results)
    assert.equal("two is bad", err)
    assert.same({1, 2}, begun)
    assert.equal(10, outcomes[1][1])
    assert.same({nil, "two is bad"}, {outcomes[2][1], outcomes[2][2]})
    for i = 3, 6 do
      assert.is_nil(outcomes[i][1])
      assert.equal("cancelled", outcomes[i][2].kind)
      assert.truthy(outcomes[i][2].message:find("not_started", 1, true))
      assert.is_true(outcomes[i][2].retryable)
    end
  end)

  it("takes an error that is raised for a failure", function()
    for _, value in ipairs {"text", {}, errors.new {kind = "tls"}} do
      local results, err, outcomes = shopwire.map({1, 2}, function(item)
        if item == 2 then
          error(value, 0)
        end
        return item
      end, {limit = 1})
      assert.is_nil(results)
      assert.equal(value, err)
      assert.equal(1, outcomes[1][1])
      assert.equal(value, outcomes[2][2])
    end
    for _, raise in ipairs {function()
      error()
    end, function()
      error(false)
    end} do
      local results, err = shopwire.map({1}, raise)
      assert.is_nil(results)
      assert.truthy(err)
    end
  end)

  it("may stand in another's task", function()
    local results = assert(shopwire.map({1, 2, 3}, function(item)
      return shopwire.map({1, 2}, function(inner)
        return item * inner
      end)
    end))
    assert.equal(6, results[3][2])
  end)

  it("lets a sibling finish what it began", function()
    local sandbox = shop.open()
    local client = sandbox:client()
    local results, err, outcomes = shopwire.map({"slow", "bad", "never"},
      function(item)
        if item == "bad" then
          return client.links:get("nope")
        end
        return client.links:create({title = item, description = "d",
          base_price = 1}, {headers = {["X-Sandbox-Fault"] = "delay=1"}})
      end, {limit = 2})
    assert.is_nil(results)
    assert.equal("not_found", err.kind)
    assert.equal("slow", outcomes[1][1].slug)
    assert.equal(err, outcomes[2][2])
    assert.truthy(outcomes[3][2].message:find("not_started", 1, true))
    assert.equal(1, #client.links:list())
    sandbox.stop()
  end)
end)

describe("all", function()
  it("calls every function at once", function()
    local order = {}
    local results = assert(shopwire.all {
      function()
        order[#order + 1] = "a"
        coroutine.yield()
        order[#order + 1] = "b"
        return 1
      end, function()
        order[#order + 1] = "c"
        return 2
      end})
    assert.same({"a", "c", "b"}, order)
    assert.same({1, 2, n = 2}, results)
    assert.same({n = 0}, shopwire.all {})
  end)

  it("gives the first failure and all outcomes", function()
    local results, err, outcomes = shopwire.all {
      function()
        return "fine"
      end, function()
        coroutine.yield()
        return nil, "bad"
      end, function()
        return "fine too"
      end}
    assert.is_nil(results)
    assert.equal("bad", err)
    assert.equal("fine", outcomes[1][1])
    assert.equal("fine too", outcomes[3][1])
  end)
end)

describe("a job", function()
  it("gives what its function returned, as often as asked", function()
    local job = shopwire.spawn(function()
      return 1, nil, 3, nil
    end)
    for _ = 1, 2 do
      assert.equal(4, select("#", job:wait()))
      assert.same({1, nil, 3}, {job:wait()})
    end
  end)

  it("gives nil and the error that it raised", function()
    local job = shopwire.spawn(function()
      error("oops", 0)
    end)
    local result, err = job:wait()
    assert.is_nil(result)
    assert.equal("oops", err)
  end)

  it("goes on whenever something waits", function()
    local sandbox = shop.open()
    local client = sandbox:client()
    local job = shopwire.spawn(function()
      return client.links:create(PRODUCT)
    end)
    assert.same({}, client.links:list {page = 9})
    local link = assert(job:wait())
    assert.equal("tea", link.slug)
    sandbox.stop()
  end)

  it("can be waited for by others, and by one that comes late", function()
    local job = shopwire.spawn(function()
      coroutine.yield()
      return "done"
    end)
    assert.equal("done", shopwire.all {function()
      return job:wait()
    end}[1])
    assert.equal("done", job:wait())
  end)

  it("is driven by tick", function()
    local steps = 0
    local job = shopwire.spawn(function()
      for _ = 1, 3 do
        steps = steps + 1
        coroutine.yield()
      end
    end)
    assert.truthy(process.wait(function()
      return shopwire.tick(0) == 0
    end))
    assert.equal(3, steps)
    job:wait()
  end)

  it("that is cancelled is not resumed, and says so", function()
    local begun, resumed = false, false
    local job = shopwire.spawn(function()
      begun = true
      coroutine.yield()
      resumed = true
    end)
    shopwire.tick(0)
    assert.is_true(begun)
    job:cancel()
    local result, err = job:wait()
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    shopwire.tick(0)
    assert.is_false(resumed)
    job:cancel()
    local done = shopwire.spawn(function()
      return 5
    end)
    assert.equal(5, done:wait())
    done:cancel()
    assert.equal(5, done:wait())
  end)

  it("may cancel itself", function()
    local job
    job = shopwire.spawn(function()
      job:cancel()
      return "too late"
    end)
    local result, err = job:wait()
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    assert.same({1, n = 1}, shopwire.map({1}, function(item)
      return item
    end))
  end)

  it("waited for by two has both go on", function()
    local job = shopwire.spawn(function()
      coroutine.yield()
      return "done"
    end)
    local results = assert(shopwire.all {function()
      return job:wait()
    end, function()
      return job:wait()
    end})
    assert.same({"done", "done", n = 2}, results)
  end)
end)

describe("a once-only call that nobody waits for", function()
  local sandbox, events

  before_each(function()
    sandbox = shop.open()
    events = {}
  end)

  after_each(function()
    sandbox.stop()
  end)

  local function note(event)
    events[#events + 1] = event
  end

  -- Starts a create in a job and waits until its request has arrived.
  local function begin(fault)
    local job
    do
      local client = sandbox:client {log = note}
      job = shopwire.spawn(function()
        return client.links:create(PRODUCT,
          {headers = {["X-Sandbox-Fault"] = fault}})
      end)
    end
    assert.truthy(process.wait(function()
      shopwire.tick(0)
      return #sandbox:log() == 1
    end))
    return job
  end

  local function finish()
    assert.truthy(process.wait(function()
      shopwire.tick(0)
      return #events > 0
    end))
    assert.equal(1, #events)
    return events[1]
  end

  it("runs to its end and is told as unclaimed", function()
    local job = begin("delay=1")
    job:cancel()
    local _, err = job:wait()
    assert.equal("cancelled", err.kind)
    assert.same({}, events)
    local event = finish()
    assert.equal("unclaimed", event.event)
    assert.equal("tea", event.result.slug)
    assert.is_nil(event.error)
    assert.equal(1, #sandbox:log())
    assert.equal(1, #sandbox:client().links:list())
  end)

  it("also when job and client are garbage by then", function()
    begin("delay=1"):cancel()
    for _ = 1, 3 do
      collectgarbage()
    end
    assert.equal("tea", finish().result.slug)
  end)

  it("is told with its error too", function()
    begin("delay=1; status=502"):cancel()
    local event = finish()
    assert.equal("unclaimed", event.event)
    assert.is_nil(event.result)
    assert.equal("server", event.error.kind, tostring(event.error))
    assert.is_true(event.error.ambiguous)
    assert.is_true(event.error:is "server")
  end)
end)
