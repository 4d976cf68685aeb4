-- The engine as Lua sees it: loaded late, one for the state, tokens in and
-- out, nothing lost. src/lengine.c, src/engine/engine.c, src/engine/poller.c

local core = require "shopwire.core"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local wire = require "spec.support.wire"

local FINE = wire.reply("200 OK", '{"success":true}')

describe("the engine", function()
  local engine = core.engine()
  local server, client

  before_each(function()
    server = wire.start {connections = {{{"read"}, {"send", FINE},
      {"again"}}}}
    client = instamojo.Client {api_key = "k", auth_token = "t",
      endpoint = server.url .. "api/1.1/", retries = 0}
  end)

  after_each(function()
    server:stop()
  end)

  local function request(more)
    local rows = core.rows "instamojo"
    for _, row in ipairs(rows) do
      if row.full_name == "debug" then
        return core.request((more or client).view, 0, row.id, false)
      end
    end
  end

  -- Steps until something lands; the tokens.
  local function landed()
    local into = {0, 0, 0, 0, 0, 0, 0, 0}
    local tokens = {}
    for i = 1, engine:step(10000, 8, into) do
      tokens[i] = into[i]
    end
    return tokens
  end

  it("is one for the state, also after a second require", function()
    assert.equal(engine, core.engine())
    local loaded = package.loaded["shopwire.core"]
    package.loaded["shopwire.core"] = nil
    local again = require "shopwire.core"
    package.loaded["shopwire.core"] = loaded
    assert.equal(engine, again.engine())
    local token = again.engine():submit(request())
    assert.same({token}, landed())
    assert.is_true(engine:take(token))
  end)

  it("is not loaded by require, and opens nothing before a call #once",
    function()
      local dir = process.directory()
      process.write(dir .. "/script.lua", [[
        local function read(path)
          local file = io.open(path, "rb")
          local text = file:read("*a")
          file:close()
          return text
        end
        local function descriptors()
          -- popen's own descriptor may be closed while ls looks at it
          local pipe = io.popen("ls -l /proc/$PPID/fd 2>/dev/null"
            .. " | grep -c -E 'socket|eventpoll|timerfd'")
          local count = pipe:read("*l")
          pipe:close()
          return count
        end
        local inherited = descriptors()
        local instamojo = require "instamojo"
        local shopwire = require "shopwire"
        local client = instamojo.Client {api_key = "k", auth_token = "t",
          endpoint = arg[1] .. "api/1.1/"}
        client.links:explain("list", {page = 1})
        shopwire.tick(0)
        local before = read "/proc/self/maps"
        print(before:find("libcurl", 1, true),
          before:find("engine.so", 1, true),
          before:find("libcrypto", 1, true))
        print(descriptors() == inherited)
        assert(client:debug())
        local after = read "/proc/self/maps"
        print(after:find("libcurl", 1, true) ~= nil)
        print(descriptors() ~= inherited)
      ]])
      local output = process.run(process.lua(dir .. "/script.lua",
        server.url) .. " 2>&1")
      process.remove(dir)
      assert.equal("nil\tnil\tnil\ntrue\ntrue\ntrue\n", output)
    end)

  it("says what it is made of", function()
    assert.matches("^libcurl/%d", core.engine_version())
  end)

  it("hands tokens out and takes each once", function()
    local one, two = engine:submit(request()), engine:submit(request())
    assert.not_equal(one, two)
    assert.equal(2, engine:pending())
    local got = {}
    while not (got[one] and got[two]) do
      for _, token in ipairs(landed()) do
        got[token] = true
      end
    end
    assert.equal(0, engine:pending())
    assert.is_true(engine:take(one))
    assert.has_error(function()
      engine:take(one)
    end)
    assert.is_true(engine:take(two))
    for _, token in ipairs {0, -1, 99, 2 ^ 30} do
      assert.has_error(function()
        engine:take(token)
      end)
    end
  end)

  it("refuses to take what flies, and to submit it again", function()
    local one = request()
    local token = engine:submit(one)
    assert.has_error(function()
      engine:take(token)
    end)
    assert.has_error(function()
      engine:submit(one)
    end)
    assert.equal(one, engine:request(token))
    assert.same({token}, landed())
    assert.is_true(engine:take(token))
    assert.equal(1, #server:requests(1))
  end)

  it("keeps a request alive that nobody holds", function()
    local token = engine:submit(request())
    collectgarbage()
    collectgarbage()
    assert.same({token}, landed())
    assert.is_true(engine:take(token))
  end)

  it("hands out no more than it is asked for, and no less later", function()
    local got = 0
    for _ = 1, 20 do
      engine:submit(request())
    end
    local into = {0, 0, 0}
    while got < 20 do
      local count = engine:step(10000, 64, into)
      assert.is_true(count <= 3)
      assert.is_true(count > 0)
      for i = 1, count do
        assert.is_true(engine:take(into[i]))
        got = got + 1
      end
    end
    assert.equal(0, engine:step(0, 3, into))
  end)

  it("waits for nothing when nothing flies", function()
    local before = core.now()
    assert.equal(0, engine:step(-1, 8, {0, 0}))
    assert.equal(0, engine:step(0, 8, {0, 0}))
    assert.is_true(core.now() - before < 5)
  end)

  it("cancels: the call lands as cancelled, once", function()
    server:stop()
    server = wire.start {connections = {{{"read"}, {"hold"}}}}
    local slow = instamojo.Client {api_key = "k", auth_token = "t",
      endpoint = server.url .. "api/1.1/", retries = 0}
    local token = engine:submit(request(slow))
    engine:cancel(token)
    engine:cancel(token)
    assert.equal(1, engine:pending())
    assert.same({token}, landed())
    local result, err = engine:take(token)
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    engine:cancel(token)
    engine:cancel(12345)
    assert.equal(0, engine:pending())
  end)

  it("has one descriptor that can be watched", function()
    local fd = engine:fd()
    assert.is_true(fd > 2)
    assert.equal(fd, engine:fd())
    local token = engine:submit(request())
    assert.same({token}, landed())
    assert.is_true(engine:take(token))
  end)

  it("refuses a receiver and arguments of other kinds", function()
    for _, name in ipairs {"submit", "step", "take", "cancel", "progress",
      "request", "fd", "pending"} do
      assert.has_error(function()
        engine[name]({}, 1)
      end)
      assert.has_error(function()
        engine[name](client.view, 1)
      end)
    end
    assert.has_error(function()
      engine:submit(client.view)
    end)
    assert.has_error(function()
      engine:step(0, 1)
    end)
    assert.is_false(getmetatable(engine))
  end)

  it("ends with the state, whatever is in flight #once", function()
    server:stop()
    server = wire.start {connections = {{{"read"}, {"hold"}}}}
    local dir = process.directory()
    process.write(dir .. "/script.lua", [[
      local instamojo = require "instamojo"
      local shopwire = require "shopwire"
      local client = instamojo.Client {api_key = "k", auth_token = "t",
        endpoint = arg[1] .. "api/1.1/"}
      for _ = 1, 10 do
        shopwire.spawn(function() client:debug() end)
      end
      shopwire.tick(0.05)
      print(shopwire.tick(0) > 0)
    ]])
    local output, status = process.run(process.lua(dir .. "/script.lua",
      server.url) .. " 2>&1")
    process.remove(dir)
    assert.equal("true\n", output)
    assert.equal(0, status)
  end)
end)
