-- What a landed call becomes: result, error record, metadata. Through the
-- seam of a transport, so that every byte of the answer is the spec's.
-- src/lreply.c, src/fail.c, src/fail_reply.c

local core = require "shopwire.core"
local instamojo = require "instamojo"
local shopwire = require "shopwire"

-- A client whose every call gets this answer (or nil and the two reasons).
local function client_of(reply, why, untouched)
  local calls = {}
  local client = instamojo.Client {
    api_key = "k", auth_token = "t", access_token = "a",
    endpoint = "https://shop.test/api/1.1/", retries = 0,
    transport = function(request)
      calls[#calls + 1] = request
      return reply, why, untouched
    end,
  }
  return client, calls
end

local function answer(status, body, headers)
  return client_of {status = status, body = body, headers = headers}
end

local product = {title = "t", description = "d", base_price = 1}

describe("a reply", function()
  it("is unwrapped", function()
    local link = assert(answer(200, '{"success":true,"link":{"slug":"a",'
      .. '"quantity":41,"price":"1.50","note":null,"tags":[]}}')
      .links:get "a")
    assert.equal("a", link.slug)
    assert.equal("41", tostring(link.quantity))
    assert.equal("1.50", link.price)
    assert.is_nil(rawget(link, "note"))
    assert.same({}, link.tags)
    assert.equal("[]", core.json_encode(link.tags))
  end)

  it("is a list that stays one", function()
    local links = assert(answer(200, '{"success":true,"links":[]}')
      .links:list {})
    assert.equal(0, #links)
    links = assert(answer(200, '{"success":true,"links":[{"slug":"a"},null]}')
      .links:list {})
    assert.equal("a", links[1].slug)
    assert.equal(shopwire.null, links[2])
  end)

  it("is true, or what it says beside success", function()
    assert.is_true(answer(200, '{"success":true}'):debug())
    assert.is_true(answer(204, ""):debug())
    assert.is_true(answer(200, ""):debug())
    assert.same({message = "fine"},
      answer(200, '{"success":true,"message":"fine"}'):debug())
    assert.same({a = 1}, answer(200, '{"a":1}'):debug())
  end)

  it("is its own bytes when raw was asked for", function()
    local body = '{"success":true,"links":[ ]}'
    assert.equal(body, answer(200, body).links:list({}, {raw = true}))
    local long = '{"success":true,"x":"' .. ("y"):rep(5000) .. '"}'
    assert.equal(long, answer(200, long):debug {raw = true})
    local result, err = answer(200, '{"success":false,"message":"no"}')
      :debug {raw = true}
    assert.is_nil(result)
    assert.equal("no", err.message)
    result, err = answer(404, "nothing"):debug {raw = true}
    assert.is_nil(result)
    assert.equal("not_found", err.kind)
  end)

  it("has its story in the meta", function()
    local links = assert(answer(200, '{"success":true,"links":[]}',
      {["X-Request-Id"] = "r-1", ["Content-Type"] = "application/json"})
      .links:list {})
    local meta = shopwire.meta(links)
    assert.equal(200, meta.status)
    assert.equal(1, meta.attempts)
    assert.equal("r-1", meta.headers["x-request-id"])
    assert.same({}, meta.warnings)
    assert.equal("table", type(meta.timings))
    assert.equal(meta, shopwire.meta(links))
    assert.is_nil(shopwire.meta {})
    assert.is_nil(shopwire.meta "text")
  end)

  for status, kind in pairs {
    [400] = "invalid", [401] = "auth", [403] = "forbidden",
    [404] = "not_found", [409] = "conflict", [410] = "not_found",
    [422] = "invalid", [429] = "rate_limit", [500] = "server",
    [503] = "server", [301] = "protocol", [304] = "protocol",
  } do
    it("of status " .. status .. " is " .. kind, function()
      local result, err = answer(status,
        '{"success":false,"message":"words"}'):debug()
      assert.is_nil(result)
      assert.equal(kind, err.kind)
      assert.equal(status, err.status)
      assert.equal("debug", err.endpoint)
      assert.equal(1, err.attempts)
      assert.is_true(err.elapsed >= 0)
      assert.equal("string", type(err.message))
      assert.equal("string", type(err.reason))
      assert.equal("boolean", type(err.retryable))
      assert.truthy(tostring(err):find("debug: " .. kind, 1, true))
      assert.equal("x" .. tostring(err), "x" .. err)
    end)
  end

  it("that never came is a failure of the network", function()
    local client, calls = client_of(nil, "no route\27[31m")
    local result, err = client.links:create(product)
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.equal("wait", err.stage)
    assert.is_true(err.ambiguous)
    assert.is_nil(err.message:find("\27", 1, true))
    assert.equal("string", type(err.evidence.unread))
    assert.equal(2, #calls)

    client, calls = client_of(nil, "refused", true)
    result, err = client.links:create(product)
    assert.is_nil(result)
    assert.equal("connect", err.stage)
    assert.is_nil(err.ambiguous)
    assert.equal(1, #calls)
  end)

  it("that is a credential never becomes text", function()
    for _, body in ipairs {'{"success":true,"auth_token":"hidden-token"}',
      '{"success":true,"auth_token":{"auth_token":"hidden-token"}}',
      '{"success":true,"token":"hidden-token"}'} do
      local client, calls = answer(200, body)
      local token = assert(client:auth("user", "password"))
      assert.equal("userdata", type(token))
      assert.equal("hidden-token", token:reveal())
      client:debug()
      assert.equal("hidden-token", calls[2].headers["X-Auth-Token"])
    end
    local result, err = answer(200, '{"success":true,"auth_token":7}')
      :auth("user", "password")
    assert.is_nil(result)
    assert.equal("protocol", err.kind)
    assert.is_nil(err.body)
  end)

  it("cannot be had before it landed", function()
    local id
    for _, row in ipairs(core.rows "instamojo") do
      id = row.full_name == "debug" and row.id or id
    end
    local request = core.request(client_of {}.view, 0, id, false)
    assert.has_error(function()
      request:outcome()
    end)
    request:reject("gone", true)
    local result, err = request:outcome()
    assert.is_nil(result)
    assert.equal(1, err.attempts)
    request:accept(200, "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n", "{}")
    assert.same({}, request:outcome())
    assert.equal("b", request:meta().headers["x-a"])
    assert.equal(2, request:meta().attempts)
  end)

  it("survives headers without end or sense", function()
    for _, head in ipairs {"", "x", "HTTP/1.1", "HTTP/1.1 200\r\n:\r\n: x\r\n",
      "\0\0\0", ("a"):rep(500) .. ": b\r\n", "HTTP/1.1 200 \r\nA\r\n b\r\n"} do
      local id
      for _, row in ipairs(core.rows "instamojo") do
        id = row.full_name == "debug" and row.id or id
      end
      local request = core.request(client_of {}.view, 0, id, false)
      request:accept(200, head, '{"success":true}')
      assert.is_true(request:outcome())
      assert.equal("table", type(request:meta().headers))
    end
  end)
end)
