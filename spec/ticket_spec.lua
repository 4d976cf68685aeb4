-- What stays of a call when its result was taken: the story of a table, and
-- memory that the next call uses, without anything of the last one in it.
-- src/lticket.c

local core = require "shopwire.core"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local wire = require "spec.support.wire"

local view = instamojo.Client {
  api_key = "k", auth_token = "t", endpoint = "https://shop.test/api/1.1/",
}.view
local ids = {}
for _, row in ipairs(core.rows "instamojo") do
  ids[row.full_name] = row.id
end

local function request_of(name, ...)
  return core.request(view, 0, ids[name], false, ...)
end

local function answered(request, body, headers)
  request:accept(200, "HTTP/1.1 200 OK\r\n" .. (headers or "") .. "\r\n",
    body)
  return request:outcome()
end

describe("a request whose result was taken", function()
  it("tells its story, and nothing else", function()
    local request = request_of "debug"
    assert.same({ a = 1 }, answered(request, '{"a":1}', "X-A: b\r\n"))
    for _ = 1, 2 do
      local about = request:meta()
      assert.equal(200, about.status)
      assert.equal(1, about.attempts)
      assert.same({ ["x-a"] = "b" }, about.headers)
      assert.same({}, about.warnings)
      assert.equal(0, about.timings.total)
    end
    for _, method in ipairs { "outcome", "explain", "export", "state", "file",
      "weight", "signs" } do
      assert.error_matches(function()
        request[method](request)
      end, "taken already")
    end
    assert.error_matches(function()
      core.engine():submit(request)
    end, "taken already")
  end)

  it("keeps its story while others use the memory", function()
    local first = request_of "debug"
    answered(first, '{"a":1}', "X-A: first\r\n")
    for i = 1, 200 do
      local request = request_of "debug"
      answered(request, '{"b":2}', "X-A: " .. i .. "\r\nX-B: c\r\n")
      assert.equal(tostring(i), request:meta().headers["x-a"])
    end
    assert.same({ ["x-a"] = "first" }, first:meta().headers)
  end)

  it("warns of what was mended in this reply only", function()
    local request = request_of "debug"
    answered(request, '{"a":"\255"}')
    assert.equal(1, #request:meta().warnings)
    request = request_of "debug"
    answered(request, '{"a":"b"}')
    assert.equal(0, #request:meta().warnings)
  end)
end)

describe("memory that is used again", function()
  it("tells nothing of the call before to one that was not sent", function()
    answered(request_of("debug", { raw = true }), '{"success":true}',
      "X-A: b\r\n")
    local about = request_of "debug":meta()
    assert.same({}, about.headers)
    assert.equal(0, about.status)
    assert.equal(0, about.attempts)
  end)

  it("holds nothing of the call before", function()
    local long = ("x"):rep(20000)
    for i = 1, 300 do
      local body = '{"success":true,"x":"' .. long:sub(1, i * 60) .. '"}'
      assert.equal(body, answered(request_of("debug", { raw = true }), body))
      local verb, _, lines, sent = request_of("debug"):export()
      assert.equal("GET", verb)
      assert.equal(2, #lines)
      assert.is_nil(sent)
      assert.is_true(answered(request_of "debug", '{"success":true}'))
      verb, _, lines, sent = request_of("links.create", { title = "a",
        description = long:sub(1, i), base_price = 1 }):export()
      assert.equal("POST", verb)
      assert.equal(3, #lines)
      assert.equal("title=a&description=" .. long:sub(1, i)
        .. "&base_price=1&currency=INR", sent)
    end
  end)

  it("is lent to one call at a time", function()
    local open = {}
    for i = 1, 150 do
      open[i] = request_of("links.get", "slug-" .. i)
    end
    for i = 1, 150, 2 do
      assert.equal(i, answered(open[i], '{"link":{"n":' .. i .. '}}').n)
    end
    for i = 2, 150, 2 do
      local _, url = open[i]:export()
      assert.matches("slug%-" .. i .. "/$", url)
    end
  end)

  it("is used again after a failure too", function()
    for i = 1, 100 do
      local request = request_of "debug"
      request:reject("gone " .. i, false)
      local result, err = request:outcome()
      assert.is_nil(result)
      assert.matches("gone " .. i, err.message)
      assert.equal(1, err.attempts)
      if i % 10 == 0 then
        collectgarbage()
      end
    end
  end)
end)

describe("a finalizer at the end of the state", function()
  -- What each child begins with: goodbye(f) has f called at the end, in the
  -- opposite order of making.
  local HEAD = [[
    local kept = {}
    function goodbye(f)
      local object
      if newproxy then
        object = newproxy(true)
        getmetatable(object).__gc = f
      else
        object = setmetatable({}, {__gc = f})
      end
      kept[#kept + 1] = object
      KEPT = kept
    end
    function told(...)
      local ok, result, err = pcall(...)
      print(ok, tostring(result):match("[^:]*$"), err and err.kind)
    end
    function clients()
      local instamojo = require "instamojo"
      local function client_of(url)
        return instamojo.Client {api_key = "k", auth_token = "t",
          retries = 0, endpoint = url .. "api/1.1/"}
      end
      return client_of(arg[1]), client_of "http://127.0.0.1:1/"
    end
    -- Four calls that landed, three of them not handed out; two that were
    -- cancelled; one that is under way.
    function leave_calls(alive, dead)
      local core = require "shopwire.core"
      local engine = core.engine()
      local id
      for _, row in ipairs(core.rows "instamojo") do
        id = row.full_name == "links.create" and row.id or id
      end
      local function submit(client, size)
        return engine:submit(core.request(client.view, 0, id, false,
          {title = "a", description = ("x"):rep(size), base_price = "9"}))
      end
      for i = 1, 4 do
        submit(dead, 1 + i % 2 * 800)
      end
      assert(engine:step(10000, 1, {0}) == 1)
      for i = 1, 2 do
        engine:cancel(submit(alive, 1 + i % 2 * 800))
      end
      submit(alive, 1)
    end
  ]]
  local FINE = wire.reply("200 OK", '{"success":true}')

  -- Output and exit status of a child that runs the script.
  local function child(script)
    local server = wire.start {connections = {{{"read"}, {"send", FINE},
      {"again"}}}}
    local dir = process.directory()
    process.write(dir .. "/script.lua", HEAD .. script)
    local output, status = process.run(process.lua(dir .. "/script.lua",
      server.url) .. " 2>&1", 60)
    process.remove(dir)
    server:stop()
    return output, status
  end

  it("calls, whatever calls were left when they had landed", function()
    local output, status = child [[
      local alive, dead = clients()
      goodbye(function()
        told(alive.debug, alive)
        told(dead.debug, dead)
        told(alive.links.list, alive.links)
      end)
      leave_calls(alive, dead)
    ]]
    assert.equal("true\ttrue\tnil\ntrue\tnil\tnetwork\n"
      .. "true\tnil\tprotocol\n", output)
    assert.equal(0, status)
  end)

  it("calls by a transport, after the younger objects went", function()
    local output, status = child [[
      local instamojo = require "instamojo"
      local client = instamojo.Client {api_key = "k", auth_token = "t",
        endpoint = "https://shop.test/api/1.1/", transport = function()
          return {status = 200, body = '{"success":true}'}
        end}
      goodbye(function()
        told(client.debug, client)
      end)
      for _ = 1, 3 do
        assert(client:debug())
      end
    ]]
    assert.equal("true\ttrue\tnil\n", output)
    assert.equal(0, status)
  end)

  it("is told that the engine has ended, and nothing crashes", function()
    local output, status = child [[
      local alive, dead, shopwire, core
      goodbye(function()
        told(alive.debug, alive)
        told(clients)
        told(core.engine().fd, core.engine())
        told(core.engine().step, core.engine(), 0, 1, {0})
        told(core.engine().take, core.engine(), 2)
        print(core.engine():pending(), (shopwire.money "1.00"))
      end)
      shopwire = require "shopwire"
      core = require "shopwire.core"
      alive, dead = clients()
      assert(alive:debug())
      leave_calls(alive, dead)
    ]]
    local ending = "false\t make them before its end, not in a finalizer"
    assert.equal(table.concat({"false\t make a new one", ending, ending,
      "true\t0", "false\tno call of this number has landed", ""},
      "\tnil\n") .. "0\t1.00\n", output)
    assert.equal(0, status)
  end)

  it("leaves nothing behind that only ends", function()
    local output, status = child [[
      leave_calls(clients())
      print "done"
    ]]
    assert.equal("done\n", output)
    assert.equal(0, status)
  end)
end)
