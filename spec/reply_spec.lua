-- What a landed call becomes: result, error record, metadata. Through the
-- seam of a transport, so that every byte of the answer is the spec's.
-- src/lreply.c, src/fail.c, src/fail_reply.c

local core = require "shopwire.core"
local instamojo = require "instamojo"
local invotide = require "invotide"
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
    links = assert(answer(200, '{"success":true,"links":[{"slug":"a",'
      .. '"tags":[1,null]}]}').links:list {})
    assert.equal("a", links[1].slug)
    assert.equal(shopwire.null, links[1].tags[2])
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

  it("that is a credential never becomes text when raw is asked for",
    function()
      for _, more in ipairs {"", (" "):rep(4000)} do
        local client, calls = answer(200, '{"success":true,'
          .. '"auth_token":"hidden-token"}' .. more)
        local token = assert(client:auth("user", "password", {raw = true}))
        assert.equal("userdata", type(token))
        client:debug()
        assert.equal("hidden-token", calls[2].headers["X-Auth-Token"])
      end
    end)

  describe("with a credential that fits into no header", function()
    local tokens = {
      ["a line break"] = '"evil\\r\\nX-Evil: y"', ["a line feed"] =
      '"evil\\nb"', ["a NUL"] = '"evil\\u0000b"', ["a tab"] = '"evil\\tb"',
      ["a DEL"] = '"evil\\u007fb"', ["nothing"] = '""', ["a null"] = "null",
      ["a number"] = "17", ["a list"] = '["evil"]', ["an object"] = "{}",
      ["too much"] = '"' .. ("evil"):rep(2049) .. '"',
    }
    for name, token in pairs(tokens) do
      it("is refused and not shown: " .. name, function()
        for _, body in ipairs {'{"success":true,"token":%s}',
          '{"success":true,"auth_token":%s}',
          '{"success":true,"auth_token":{"auth_token":%s}}'} do
          local client, calls = answer(200, (body:gsub("%%s", function()
            return token
          end)))
          local result, err = client:auth("user", "password")
          assert.is_nil(result)
          assert.equal("protocol", err.kind)
          assert.equal("decode", err.stage)
          assert.truthy(err.message:find("token", 1, true), err.message)
          assert.is_nil(tostring(err):find("[Ee]vil"), tostring(err))
          assert.is_nil(err.body)
          client:debug()
          assert.equal("t", calls[2].headers["X-Auth-Token"])
          assert.is_nil(calls[2].headers["X-Evil"])
        end
      end)
    end

    it("is refused when there is no body", function()
      for _, status in ipairs {200, 204} do
        local client, calls = answer(status, "")
        local result, err = client:auth("user", "password")
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        client:debug()
        assert.equal("t", calls[2].headers["X-Auth-Token"])
      end
    end)

    it("is taken from where it is, not from a null", function()
      local token = assert(answer(200,
        '{"success":true,"auth_token":null,"token":"hidden-token"}')
        :auth("user", "password"))
      assert.equal("hidden-token", token:reveal())
    end)
  end)

  describe("without a usable result", function()
    -- What stands behind the row's key; false: the body is empty.
    local things = {["null"] = "no", ["5"] = "not an object",
      ['"x"'] = "not an object", ["false"] = "not an object",
      ["true"] = "not an object", ["[]"] = "not an object",
      ["[{}]"] = "not an object"}
    local lists = {["null"] = "no", ["5"] = "not a list of objects",
      ['"x"'] = "not a list of objects", ["{}"] = "not a list of objects",
      ["true"] = "not a list of objects", ["[1]"] = "not a list of objects",
      ['[{"slug":"a"},null]'] = "not a list of objects",
      ["[[]]"] = "not a list of objects"}

    local function check(err, key, words)
      assert.equal("protocol", err.kind)
      assert.equal("decode", err.stage)
      assert.truthy(err.message:find('"' .. key .. '"', 1, true), err.message)
      assert.truthy(err.message:find(words, 1, true), err.message)
      assert.equal("string", type(err.hint))
      assert.equal("string", type(err.reason))
      assert.is_false(err.retryable)
      assert.is_true(err.elapsed >= 0)
      assert.equal(1, err.attempts)
    end

    for value, words in pairs(things) do
      it("is an error of the protocol: an object that is " .. value,
        function()
          for _, flag in ipairs {'"success":true,', ""} do
            local body = "{" .. flag .. '"link":' .. value .. "}"
            local client = answer(200, body, {["X-Request-Id"] = "r-9"})
            local result, err = client.links:get "a"
            assert.is_nil(result)
            check(err, "link", words)
            assert.equal(200, err.status)
            assert.equal("links.get", err.endpoint)
            assert.equal("r-9", err.request_id)
            assert.equal(body, err.body)
            assert.is_nil(err.ambiguous)
            assert.truthy(err.hint:find("check the endpoint", 1, true))
            assert.is_nil(client.links:edit("a", {title = "b"}))
          end
        end)
    end

    for value, words in pairs(lists) do
      it("is an error of the protocol: a list that is " .. value, function()
        local client = answer(200, '{"success":true,"links":' .. value .. "}")
        local result, err = client.links:list {}
        assert.is_nil(result)
        check(err, "links", words)
        local ok, raised = pcall(function()
          for link in client.links:each() do
            assert(link.slug)
          end
        end)
        assert.is_false(ok)
        check(raised, "links", words)
      end)
    end

    it("is an error of the protocol when there is no body", function()
      for _, status in ipairs {200, 204} do
        for _, body in ipairs {"", " \r\n"} do
          local client = answer(status, body)
          local result, err = client.links:list {}
          assert.is_nil(result)
          check(err, "links", "empty")
          local ok, raised = pcall(function()
            client.links:each()()
          end)
          assert.is_false(ok)
          check(raised, "links", "empty")
          result, err = client.links:get "a"
          assert.is_nil(result)
          check(err, "link", "empty")
          result, err = client.links:create(product)
          assert.is_nil(result)
          check(err, "link", "empty")
          assert.is_true(err.ambiguous)
          -- these promise nothing
          assert.is_true(client.links:delete "a")
          assert.is_true(client.payment_requests:enable "a")
          assert.equal(body, client.links:list({}, {raw = true}))
        end
      end
    end)

    it("is an error of the protocol: an address that is none", function()
      for value, words in pairs {["null"] = "no", ["5"] = "not text",
        ["{}"] = "not text"} do
        local result, err = answer(200, '{"success":true,"upload_url":'
          .. value .. "}").links:upload_url()
        assert.is_nil(result)
        check(err, "upload_url", words)
      end
      assert.equal("https://up.test/x", answer(200,
        '{"success":true,"upload_url":"https://up.test/x"}')
        .links:upload_url())
    end)

    it("leaves a create in doubt: look before sending it again", function()
      for value in pairs(things) do
        local client, calls = answer(200, '{"success":true,"link":' .. value
          .. "}")
        local result, err = client.links:create(product)
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.is_true(err.ambiguous)
        assert.is_false(err.retryable)
        assert.truthy(err.hint:find("look before you send it again", 1, true),
          err.hint)
        assert.equal("string", type(err.evidence.unread))
        assert.equal(2, #calls) -- the second one reads the evidence
      end
    end)

    it("ends a page without a crash", function()
      for value in pairs(lists) do
        local asked = 0
        local client = instamojo.Client {
          api_key = "k", auth_token = "t", retries = 0,
          endpoint = "https://shop.test/api/1.1/",
          transport = function()
            asked = asked + 1
            return {status = 200, body = '{"success":true,"links":'
              .. (asked == 1 and '[{"slug":"a"}]' or value) .. "}"}
          end,
        }
        local page, err = assert(client.links:list {}):next()
        assert.is_nil(page)
        assert.equal("protocol", err.kind)
      end
    end)

    it("says what an upload host said, and puts no call in doubt", function()
      local path = os.tmpname()
      local client = instamojo.Client {
        api_key = "k", auth_token = "t", retries = 0,
        endpoint = "https://shop.test/api/1.1/",
        transport = function(request)
          return {status = 200, body = request.upload and "[1]"
            or '{"success":true,"upload_url":"https://up.test/x"}'}
        end,
      }
      local result, err = client.links:create {title = "t",
        description = "d", base_price = 1, file_upload = path}
      os.remove(path)
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.is_nil(err.ambiguous)
      assert.is_nil(tostring(err):find("(null)", 1, true), tostring(err))
      assert.is_nil(err.hint:find("look before", 1, true), err.hint)
    end)
  end)

  describe("of a shop", function()
    -- A session whose login and whose other calls get these answers.
    local function session_of(login, body)
      local urls = {}
      return invotide.Session {url = "https://shop.test", key = "k",
        retries = 0, transport = function(request)
          urls[#urls + 1] = request.url
          return {status = 200, body =
            request.url:find("api/login", 1, true) and login or body}
        end}, urls
    end

    it("is no token when it holds a control character or nothing", function()
      for token, words in pairs {['"evil\\r\\nX-Evil: y"'] = "control",
        ['""'] = "empty", ["5"] = "not text", ["null"] = "no"} do
        local session, urls = session_of('{"success":"ok","api_token":'
          .. token .. "}", "{}")
        local result, err = session:login()
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.truthy(err.message:find(words, 1, true), err.message)
        assert.is_nil(tostring(err):find("[Ee]vil"), tostring(err))
        assert.is_nil(err.body)
        assert.truthy(err.hint:find("check url", 1, true), err.hint)
        assert.equal(1, #urls)
      end
    end)

    it("is a token of any other marks, escaped in an address", function()
      local session, urls = session_of('{"api_token":"a&b=c d#e%"}',
        '{"maximum":3}')
      assert.equal(3, assert(session.reward:maximum()).maximum)
      assert.truthy(urls[2]:find("&api_token=a%26b%3D", 1, true), urls[2])
      assert.is_nil(urls[2]:find("[ #]"), urls[2])
    end)

    it("is an error of the protocol when its result is none", function()
      for value, words in pairs {["null"] = "no", ["5"] = "not an object",
        ['"x"'] = "not an object", ["[1]"] = "not an object"} do
        local session = session_of('{"api_token":"token-of-the-shop"}',
          '{"order":' .. value .. "}")
        local result, err = session.order:info(7)
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.truthy(err.message:find(words, 1, true), err.message)
        assert.truthy(err.message:find('"order"', 1, true), err.message)
      end
    end)
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
