-- What stays of a call when its result was taken: the story of a table, and
-- memory that the next call uses, without anything of the last one in it.
-- src/lticket.c

local core = require "shopwire.core"
local instamojo = require "instamojo"

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
