-- Which driver may wait where. (lua/shopwire/drivers.lua)

local block = require "shopwire.driver.block"
local drivers = require "shopwire.drivers"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

-- Runs f in a coroutine that no driver of ours knows, to its end.
local function elsewhere(f)
  local task = coroutine.create(f)
  local results = {coroutine.resume(task)}
  assert(results[1], results[2])
  assert.equal("dead", coroutine.status(task))
  return results[2], results[3], results[4]
end

describe("the drivers", function()
  after_each(function()
    shopwire.use(nil)
  end)

  it("block in a plain script", function()
    assert.equal(block, (drivers.pick()))
    assert.equal(block, (drivers.pick(true)))
  end)

  it("refuse a coroutine of an unknown scheduler", function()
    local server = shop.answering {shop.reply("200 OK",
      {success = true, message = "hi"})}
    local client = server:client()
    local result, err = elsewhere(function()
      return client:debug()
    end)
    assert.is_nil(result)
    assert.equal("unsupported", err.kind)
    assert.equal("build", err.stage)
    assert.truthy(err.hint:find("shopwire.use", 1, true))
    assert.truthy(err.hint:find("blocking = true", 1, true))
    result, err = elsewhere(function()
      return client.links:create {title = "t", description = "d",
        base_price = 1}
    end)
    assert.is_nil(result)
    assert.equal("unsupported", err.kind)
    assert.is_nil(err.ambiguous)
    assert.equal(0, #server:requests(0))
    server:stop()
  end)

  it("block there when the client says so", function()
    local server = shop.answering {shop.reply("200 OK",
      {success = true, message = "hi"})}
    local client = server:client {blocking = true}
    local result = elsewhere(function()
      return client:debug()
    end)
    assert.equal("hi", result.message)
    local view = client:with {deadline = 5}
    result = elsewhere(function()
      return view:debug()
    end)
    assert.equal("hi", result.message)
    assert.equal(2, #server:requests(2))
    server:stop()
  end)

  it("refuse map and wait there, and begin nothing", function()
    local called = 0
    local function count()
      called = called + 1
    end
    local results, err, outcomes = elsewhere(function()
      return shopwire.map({1, 2}, count)
    end)
    assert.is_nil(results)
    assert.equal("unsupported", err.kind)
    assert.equal(2, #outcomes)
    assert.equal("cancelled", outcomes[1][2].kind)
    local job = shopwire.spawn(count)
    results, err = elsewhere(function()
      return job:wait()
    end)
    assert.is_nil(results)
    assert.equal("unsupported", err.kind)
    assert.equal(0, called)
    job:wait()
    assert.equal(1, called)
    assert(elsewhere(function()
      return shopwire.map({1, 2}, count, {blocking = true})
    end))
    assert.equal(3, called)
  end)

  it("refuse nginx, unless blocking is wanted", function()
    local dir = process.directory()
    local file = process.write(dir .. "/nginx.lua", [[
      ngx = {} -- there before any module, as in nginx
      local instamojo = require "instamojo"
      local client = instamojo.Client {fake = true}
      local result, err = client:debug()
      assert(result == nil and err.kind == "unsupported")
      assert(err.message:find("nginx", 1, true))
      local ok, raised = pcall(client.links:each())
      assert(not ok and raised.kind == "unsupported")
      assert(instamojo.Client {fake = true, blocking = true}:debug())
      print "refused"
    ]])
    local output = process.run(process.lua(file) .. " 2>&1")
    process.remove(dir)
    assert.equal("refused\n", output)
  end)

  it("are the host's own when one is told", function()
    local parked, slept = 0, 0
    local usable = true
    shopwire.use {name = "mine", usable = function()
      return usable
    end, park = function(token, seconds)
      parked = parked + 1
      return block.park(token, seconds)
    end, sleep = function(seconds)
      slept = slept + 1
      return block.sleep(seconds)
    end}
    local server = shop.answering {
      shop.reply("503 Service Unavailable", "", "Retry-After: 0\r\n"),
      shop.reply("200 OK", {success = true, message = "hi"})}
    assert(server:client {retries = 2}:debug())
    assert.equal(2, parked)
    assert.equal(1, slept)
    local results, err = shopwire.map({1}, print)
    assert.is_nil(results)
    assert.equal("unsupported", err.kind)
    usable = false
    assert(server:client():debug())
    assert.equal(2, parked)
    server:stop()
  end)

  it("must be whole", function()
    for _, driver in ipairs {5, "x", {}, {usable = print},
      {usable = print, park = print}} do
      assert.is_false((pcall(shopwire.use, driver)))
    end
    assert.equal(block, (drivers.pick()))
  end)
end)
