-- What a script sees of every answer that is no success: the seven shapes of
-- errors, answers that are no answer, replies too big, too deep or broken.
-- All through sockets.

local instamojo = require "instamojo"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local socket = require "socket"
local wire = require "spec.support.wire"

describe("an answer over the wire", function()
  local servers = {}

  after_each(function()
    for i = #servers, 1, -1 do
      servers[i]:stop()
      servers[i] = nil
    end
  end)

  -- Every connection plays the same steps.
  local function serve(...)
    local server = wire.start {connections = {{...}}}
    servers[#servers + 1] = server
    return server
  end

  local function client_of(address, more)
    local given = {
      api_key = "wire-api-key", auth_token = "wire-auth-token",
      access_token = "wire-access-token", endpoint = address .. "api/1.1/",
      deadline = 20, retries = 0,
    }
    for name, value in pairs(more or {}) do
      given[name] = value
    end
    return instamojo.Client(given)
  end

  local function answering(bytes, more)
    local server = serve({"read"}, {"send", bytes}, {"again"})
    return client_of(server.url, more), server
  end

  local product = {title = "t", description = "d", base_price = "9"}

  describe("in the shape", function()
    local function shape(status, body, headers)
      return answering(wire.reply(status, body, headers))
    end

    it("E1: success false and a text", function()
      local client = shape("401 Unauthorized",
        '{"success":false,"message":"Invalid Auth Token."}',
        "X-Request-Id: abc-1\r\n")
      local result, err = client:debug()
      assert.is_nil(result)
      assert.equal("auth", err.kind)
      assert.equal("Invalid Auth Token.", err.message)
      assert.equal(401, err.status)
      assert.equal("debug", err.endpoint)
      assert.equal(1, err.attempts)
      assert.equal("abc-1", err.request_id)
      assert.is_false(err.retryable)
      assert.is_nil(err.ambiguous)
      assert.truthy(err.hint:find("api_key", 1, true), err.hint)
      assert.is_true(err:is "auth")
      assert.is_nil(tostring(err):find("\n"))

      client = shape("403 Forbidden", '{"success":false,"message":"You do not '
        .. 'have permission to perform this action."}')
      result, err = client.links:list {}
      assert.is_nil(result)
      assert.equal("forbidden", err.kind)
      assert.equal("links.list", err.endpoint)
    end)

    it("E2: success false and a map of fields", function()
      local client = shape("400 Bad Request", '{"success":false,"message":'
        .. '{"amount":["Amount cannot be less than INR 9.00."],'
        .. '"email":["Enter a valid email address.","Too long."]}}')
      local _, err = client.payment_requests:create {purpose = "x",
        amount = "9"}
      assert.equal("invalid", err.kind)
      assert.same({"Amount cannot be less than INR 9.00."}, err.fields.amount)
      assert.same({"Enter a valid email address.", "Too long."},
        err.fields.email)
      assert.truthy(err.message:find("amount", 1, true), err.message)
      assert.is_nil(err.ambiguous)
    end)

    it("E3: a map of fields and nothing else", function()
      local client = shape("400 Bad Request",
        '{"currency":["This field is required."]}')
      local _, err = client.links:create(product)
      assert.equal("invalid", err.kind)
      assert.same({currency = {"This field is required."}}, err.fields)
    end)

    it("E4: an error that is a code", function()
      local client = shape("401 Unauthorized", '{"error":"invalid_client"}')
      local _, err = client:debug()
      assert.equal("auth", err.kind)
      assert.equal("invalid_client", err.code)
      assert.truthy(err.hint:find("client_secret", 1, true), err.hint)
    end)

    it("E5: an error that is a sentence", function()
      local client = shape("401 Unauthorized",
        '{"error":"Invalid Client Id"}')
      local _, err = client.script_values:get("app")
      assert.equal("auth", err.kind)
      assert.equal("Invalid Client Id", err.message)
      assert.truthy(err.hint:find("access_token", 1, true), err.hint)

      client = shape("404 Not Found", '{"error":"Invalid Account Id"}')
      _, err = client.script_values:get("app")
      assert.equal("not_found", err.kind)
      assert.truthy(err.hint:find("app id", 1, true), err.hint)
    end)

    it("E6: the gateway's own", function()
      local client = shape("404 Not Found",
        '{"message":"no Route matched with those values"}')
      local _, err = client:request("GET", "nowhere/")
      assert.equal("not_found", err.kind)
      assert.truthy(err.hint:find("path", 1, true), err.hint)
    end)

    it("E7: no JSON at all", function()
      local client = shape("502 Bad Gateway",
        "<html><head><title>502 Bad Gateway</title></head></html>",
        "X-Test: 1\r\n")
      local _, err = client:debug()
      assert.equal("server", err.kind)
      assert.equal(502, err.status)
      assert.truthy(err.message:find("502", 1, true), err.message)
      assert.truthy(err.body:find("<html>", 1, true))
      assert.is_true(err.retryable)
    end)

    it("E7: an empty 204, which is a success", function()
      local client = answering("HTTP/1.1 204 No Content\r\n\r\n")
      assert.is_true(client.links:delete("a"))
    end)
  end)

  it("says false at 200, and is an error", function()
    local client = answering(wire.reply("200 OK",
      '{"success":false,"message":"Something is wrong."}'))
    local result, err = client.links:list {}
    assert.is_nil(result)
    assert.equal("Something is wrong.", err.message)
    assert.equal(200, err.status)
    assert.is_nil(err.ambiguous)
  end)

  it("says text that is not fit to print", function()
    local client = answering(wire.reply("400 Bad Request",
      '{"success":false,"message":"\\u001b[31mred\\r\\n\\u0000'
      .. ("x"):rep(5000) .. '\\ud800"}'))
    local _, err = client:debug()
    assert.is_nil(err.message:find("[%z\1-\31\127]"))
    assert.is_true(#err.message < 600)
    assert.is_nil(tostring(err):find("[%z\1-\31\127]"))
    assert.is_nil(err.body:find("[%z\1-\8\11-\31\127]"))
    assert.is_true(#err.body < 2200)
  end)

  it("is raised when the client says so", function()
    local client = answering(wire.reply("404 Not Found",
      '{"success":false,"message":"Not found."}'), {raise = true})
    local ok, err = pcall(client.links.get, client.links, "a")
    assert.is_false(ok)
    assert.equal("not_found", err.kind)
  end)

  describe("that is damaged", function()
    it("loses nothing but the bad bytes of UTF-8", function()
      local client = answering(wire.reply("200 OK", '{"success":true,"links":'
        .. '[{"slug":"a","title":"caf\233"},{"slug":"b","title":"\\ud83d"}]}'))
      local links = assert(client.links:list {})
      assert.equal("caf\239\191\189", links[1].title)
      assert.equal("\239\191\189", links[2].title)
      local warnings = shopwire.meta(links).warnings
      assert.truthy(warnings[1]:find("2 characters", 1, true), warnings[1])
    end)

    for name, body in pairs {
      ["nested too deep"] = ("["):rep(200) .. ("]"):rep(200),
      ["cut JSON of full length"] = '{"success":true,"links":[{"slug":"a"',
      ["JSON with more behind it"] = '{"success":true,"links":[]} x',
      ["not an object"] = '"fine"',
      ["HTML"] = "<html><title>Welcome</title></html>",
    } do
      it("is a protocol error: " .. name, function()
        local client, server = answering(wire.reply("200 OK", body),
          {retries = 2})
        local result, err = client.links:list {}
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.equal("decode", err.stage)
        assert.equal(1, err.attempts)
        assert.equal(1, #server:requests())
        result, err = client.links:create(product)
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.is_true(err.ambiguous)
        assert.truthy(err.evidence.unread)
      end)
    end

    it("lacks what it promises", function()
      local client = answering(wire.reply("200 OK", '{"success":true}'))
      local result, err = client.links:list {}
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.truthy(err.message:find('"links"', 1, true), err.message)
      result, err = client.links:create(product)
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.truthy(err.hint:find("look before", 1, true), err.hint)
    end)

    for _, value in ipairs {"null", "5", '"x"', "[1]"} do
      it("holds " .. value .. " where a result should be", function()
        local client, server = answering(wire.reply("200 OK",
          '{"success":true,"link":' .. value .. ',"links":' .. value .. "}",
          "X-Request-Id: abc-2\r\n"), {retries = 2})
        local result, err = client.links:get "a"
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.equal("abc-2", err.request_id)
        assert.equal("number", type(err.elapsed))
        assert.equal("string", type(err.reason))
        assert.is_false(err.retryable)
        assert.truthy(err.body:find('"link":', 1, true), err.body)
        local ok, raised = pcall(function()
          client.links:each()()
        end)
        assert.is_false(ok)
        assert.equal("protocol", raised.kind)
        assert.equal(2, #server:requests())
        result, err = client.links:create(product)
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.is_true(err.ambiguous)
        assert.truthy(err.hint:find("look before", 1, true), err.hint)
        assert.truthy(err.evidence.unread)
        assert.equal(4, #server:requests()) -- the last one is the evidence
      end)
    end

    it("is empty where a list or a token should be", function()
      local client = answering("HTTP/1.1 204 No Content\r\n\r\n")
      local ok, raised = pcall(function()
        client.links:each()()
      end)
      assert.is_false(ok)
      assert.equal("protocol", raised.kind)
      local result, err = client:auth("user", "password")
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
    end)

    it("brings a token that would be a header of its own", function()
      local client, server = answering(wire.reply("200 OK",
        '{"success":true,"token":"evil\\r\\nX-Evil: y"}'))
      local result, err = client:auth("user", "password")
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.is_nil(tostring(err):find("[Ee]vil"), tostring(err))
      assert.is_nil(err.body)
      client:debug()
      local second = assert(server:requests(2)[2])
      assert.truthy(second:find("X-Auth-Token: wire-auth-token", 1, true))
      assert.is_nil(second:find("[Ee]vil"), second)
    end)

    it("is larger than allowed", function()
      local server = serve({"read"}, {"send", "HTTP/1.1 200 OK\r\n"
        .. "Content-Length: 80000000\r\n\r\n"},
        {"flood", (" "):rep(1000000), 80})
      local result, err = client_of(server.url, {retries = 2}).links:list {}
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.equal(1, err.attempts)
      assert.truthy(err.hint:find("limit", 1, true), err.hint)
    end)

    it("has broken compression", function()
      local client = answering(wire.reply("200 OK", "this is not gzip",
        "Content-Encoding: gzip\r\n"))
      local result, err = client.links:list {}
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.truthy(err.message:find("decompressed", 1, true), err.message)
    end)

    it("is no HTTP", function()
      local server = serve({"read"}, {"send", "hello, who is there?\r\n"})
      local client = client_of(server.url, {retries = 2})
      local result, err = client:debug()
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.equal(1, err.attempts)
      assert.truthy(err.hint:find("endpoint", 1, true), err.hint)
      result, err = client.links:create(product)
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
    end)

    it("has endless headers", function()
      local server = serve({"read"}, {"send", "HTTP/1.1 200 OK\r\n"},
        {"flood", "X-Filler: " .. ("x"):rep(1000) .. "\r\n", 400})
      local result, err = client_of(server.url):debug()
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
    end)

    it("comes in plain text on a port that should speak TLS", function()
      local server = serve({"send", wire.reply("400 Bad Request", "plain")},
        {"hold"})
      local client = client_of((server.url:gsub("^http:", "https:")))
      local result, err = client.links:create(product)
      assert.is_nil(result)
      assert.equal("tls", err.kind)
      assert.equal("tls", err.stage)
      assert.is_nil(err.ambiguous)
      assert.truthy(err.hint:find("without TLS", 1, true), err.hint)
    end)
  end)

  it("drips past the deadline and is given up then", function()
    local bytes = (" "):rep(300)
    local drip = {{"read"}, {"send", "HTTP/1.1 200 OK\r\n"
      .. "Content-Length: 300\r\n\r\n"}, {"drip", bytes, 0.1}}
    -- the third is the look for evidence
    local server = wire.start {connections = {drip, drip,
      {{"read"}, {"send", wire.reply("404 Not Found", "{}")}}}}
    servers[#servers + 1] = server
    local client = client_of(server.url, {deadline = 3, retries = 5})
    local result, err = client:debug()
    assert.is_nil(result)
    assert.equal("timeout", err.kind)
    assert.equal("receive", err.stage)
    assert.equal(1, err.attempts)
    assert.is_true(err.elapsed < #bytes * 0.1 / 2)
    result, err = client.links:create(product)
    assert.is_nil(result)
    assert.equal("timeout", err.kind)
    assert.is_true(err.ambiguous)
  end)

  describe("that redirects", function()
    for _, status in ipairs {"301 Moved Permanently", "302 Found",
      "307 Temporary Redirect"} do
      it("is not followed: " .. status, function()
        local target = serve({"read"}, {"send", wire.reply("200 OK",
          '{"success":true}')})
        local client, server = answering(wire.reply(status, "",
          "Location: " .. target.url .. "api/1.1/debug/\r\n"), {retries = 2})
        local result, err = client:debug()
        assert.is_nil(result)
        assert.equal("protocol", err.kind)
        assert.truthy(err.hint:find("set endpoint to", 1, true)
          or err.hint:find("set url to", 1, true), err.hint)
        assert.truthy(err.hint:find(target.url, 1, true), err.hint)
        assert.equal(1, #server:requests())
        assert.equal(0, target:connections())
      end)
    end

    it("leaves a form in doubt when it is a 302", function()
      local client = answering(wire.reply("302 Found", "",
        "Location: http://127.0.0.1:1/x/\r\n"))
      local _, err = client.links:create(product)
      assert.equal("protocol", err.kind)
      assert.is_true(err.ambiguous)
    end)
  end)

  it("never comes: nobody listens", function()
    local holder = assert(socket.tcp()) -- bound, so that nobody listens
    assert(holder:bind("127.0.0.1", 0))
    local port = select(2, holder:getsockname())
    local result, err = client_of(string.format("http://127.0.0.1:%d/",
      port)):debug()
    holder:close()
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.equal("connect", err.stage)
    assert.truthy(err.message:find("cannot connect", 1, true), err.message)
    assert.truthy(err.hint:find("server is running", 1, true), err.hint)
  end)

  it("never comes: no such host", function()
    local client = instamojo.Client {api_key = "k", auth_token = "t",
      endpoint = "https://no-such-host.invalid/api/1.1/", retries = 0}
    local result, err = client:debug()
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.equal("dns", err.stage)
    assert.truthy(err.message:find("no-such-host.invalid", 1, true))
  end)

  describe("of the sandbox", function()
    local shop, client

    setup(function()
      shop = process.sandbox()
      client = instamojo.Client {api_key = shop.api_key,
        auth_token = shop.auth_token, endpoint = shop.endpoint,
        deadline = 20, retries = 0}
    end)

    teardown(function()
      shop.stop()
    end)

    it("unpacks to more than allowed", function()
      local result, err = client:debug {
        headers = {["X-Sandbox-Fault"] = "bomb=80"}}
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.truthy(err.message:find("larger", 1, true), err.message)
    end)

    it("unpacks to less than allowed and is HTML", function()
      local result, err = client:debug {
        headers = {["X-Sandbox-Fault"] = "html"}}
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
    end)
  end)
end)
