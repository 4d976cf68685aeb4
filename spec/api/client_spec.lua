-- The client itself: debug, auth, request, with, explain, its options and its
-- end. (lua/instamojo/client.lua, lua/instamojo/init.lua)

local core = require "shopwire.core"
local instamojo = require "instamojo"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local HELLO = shop.reply("200 OK", {success = true, message = "Hello acme!"})
local LINKS = shop.reply("200 OK", {success = true, links = core.array {}})

local function message_of(f, ...)
  return shop.error_of(f, ...)
end

local function has(text, part)
  assert.truthy(tostring(text):find(part, 1, true), tostring(text)
    .. " lacks " .. part)
end

describe("the client", function()
  local server

  local function serving(...)
    server = shop.answering {...}
    return server
  end

  after_each(function()
    if server then
      server:stop()
      server = nil
    end
  end)

  describe("debug", function()
    it("returns the message", function()
      local client = serving(HELLO):client()
      assert.same({message = "Hello acme!"}, client:debug())
      local request = server:request()
      assert.equal("GET /api/1.1/debug/",
        request.verb .. " " .. request.target)
      assert.equal("test_api_key", request.headers["x-api-key"])
    end)

    it("takes {success = false} for an error at any status", function()
      local client = serving(shop.reply("200 OK", {success = false,
        message = "API works, but user authentication failed. "
          .. "Got a token?"})):client()
      local result, err = client:debug()
      assert.is_nil(result)
      assert.equal("auth", err.kind)
      assert.equal(200, err.status)
      has(err.message, "Got a token?")
      has(err.hint, "auth_token")
    end)
  end)

  describe("auth", function()
    it("trades a password for the token that it uses from then on",
      function()
        local client = serving(shop.reply("200 OK", {success = true,
          auth_token = {auth_token = "fresh-token-0001"}}), HELLO)
          :client {auth_token = false or nil}
        local token = assert(client:auth("acme", "p w&"))
        assert.equal("[secret]", tostring(token))
        assert.equal("fresh-token-0001", token:reveal())
        assert(client:debug())
        local seen = server:requests(2)
        assert.equal("POST /api/1.1/auth/",
          seen[1].verb .. " " .. seen[1].target)
        assert.equal("username=acme&password=p+w%26", seen[1].body)
        assert.equal("test_api_key", seen[1].headers["x-api-key"])
        assert.is_nil(seen[1].headers["x-auth-token"])
        assert.equal("fresh-token-0001", seen[2].headers["x-auth-token"])
      end)

    it("reads the older shape of the answer", function()
      local client = serving(shop.reply("200 OK", {success = true,
        token = "older-token-0001"})):client()
      assert.equal("older-token-0001", client:auth("a", "b"):reveal())
    end)

    it("keeps the password out of a refusal", function()
      local client = serving(shop.reply("401 Unauthorized",
        {success = false, message = "Invalid username or password. hunter22"}
      )):client()
      local token, err = client:auth("acme", "hunter22")
      assert.is_nil(token)
      assert.equal("auth", err.kind)
      for _, text in ipairs {tostring(err), err.message, err.body} do
        assert.is_nil(text:find("hunter22", 1, true), text)
      end
      has(err.message, "Invalid username or password.")
    end)

    it("knows a success without a token", function()
      local client = serving(shop.reply("200 OK", {success = true})):client()
      local token, err = client:auth("acme", "pw")
      assert.is_nil(token)
      assert.equal("protocol", err.kind)
      has(err.message, "auth_token")
    end)

    it("works at the sandbox", function()
      local sandbox = shop.open()
      local client = sandbox:client()
      local bare = instamojo.Client {endpoint = sandbox.endpoint,
        api_key = sandbox.api_key}
      has(message_of(bare.debug, bare), "this call needs auth_token")
      assert(bare:auth("acme", "pw"))
      assert.equal(client:debug().message, bare:debug().message)
      local token, err = bare:auth("acme", "no")
      assert.is_nil(token)
      assert.equal("auth", err.kind)
      assert(bare:debug())
      sandbox.stop()
    end)
  end)

  describe("request", function()
    it("sends any call under the endpoint", function()
      local client = serving(shop.reply("200 OK", {success = true,
        tokens = core.array {}})):client()
      assert.same({tokens = {}}, client:request("GET", "tokens/",
        {page = 2}))
      assert(client:request("DELETE", "auth/abc/"))
      assert(client:request("POST", "links/", {title = "a b", live = true,
        n = 3}))
      assert(client:request("PUT", "x/", {a = {1, 2}}, {json = true}))
      assert(client:request("GET", "payments/", nil, {v2 = true}))
      assert(client:request("HEAD", "payments/"))
      local seen = server:requests(6)
      assert.equal("GET /api/1.1/tokens/?page=2",
        seen[1].verb .. " " .. seen[1].target)
      assert.equal("test_auth_token", seen[1].headers["x-auth-token"])
      assert.equal("DELETE /api/1.1/auth/abc/",
        seen[2].verb .. " " .. seen[2].target)
      assert.same({title = "a b", live = "true", n = "3"}, seen[3].fields)
      assert.equal("PUT", seen[4].verb)
      assert.equal("application/json", seen[4].headers["content-type"])
      assert.equal('{"a":[1,2]}', seen[4].body)
      assert.equal("/v2/payments/", seen[5].target)
      assert.equal("Bearer test_access_token",
        seen[5].headers.authorization)
      assert.is_nil(seen[5].headers["x-api-key"])
      assert.equal("HEAD", seen[6].verb)
    end)

    it("is sent once unless it reads", function()
      local client = serving(shop.reply("502 Bad Gateway", "<html>"), HELLO)
        :client {retries = 3}
      local result, err = client:request("POST", "links/", {a = "b"})
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.equal("request", err.endpoint)
      assert.equal(1, #server:requests(1))
      server:stop()
      client = serving(shop.reply("502 Bad Gateway", "<html>"), HELLO)
        :client {retries = 3}
      assert(client:request("GET", "debug/"))
      assert.equal(2, #server:requests(2))
    end)

    it("refuses a path that leads elsewhere", function()
      local client = serving(HELLO):client()
      for path, words in pairs {
        ["http://a.example/"] = "scheme", ["//a.example/"] = "relative",
        ["/links/"] = "relative", ["links//x/"] = "//",
        ["../1/links/"] = "..", ["a/../b/"] = "..", ["links/?a=b"] = "query",
        ["links/#a"] = "fragment", ["a\r\nb"] = "control",
        ["a\nb"] = "control", ["a\0b"] = "control", [""] = "empty",
        ["a b"] = "space", ["caf\195\169"] = "ASCII",
        ["a/%2e%2e/b"] = "escaped", ["a/%2fb"] = "escaped",
        ["a\\b"] = "backslash", ["a/%252e"] = "escaped",
        ["\0"] = "empty",
      } do
        local message = message_of(function()
          client:request("GET", path)
        end)
        has(message, "request: the path ")
        has(message, words)
        has(message, "client_spec.lua")
      end
      for _, path in ipairs {5, {}, false} do
        has(message_of(client.request, client, "GET", path), "the path")
      end
      assert.equal(0, #server:requests(0))
    end)

    it("refuses other wrong arguments, all at once", function()
      local client = serving(HELLO):client()
      local message = message_of(function()
        client:request("TRACE", "../x", {a = {}}, {deadlin = 3})
      end)
      has(message, "deadlin is not an option (did you mean deadline?)")
      has(message, "the verb must be GET")
      has(message, "the path holds")
      has(message, "a must be text, an integer or a boolean")
      message = message_of(function()
        client:request("get", "links/")
      end)
      has(message, "the verb must be GET")
      message = message_of(function()
        client:request("POST", "links/", "title=x")
      end)
      has(message, "the fields must be a table")
      message = message_of(function()
        client:request("POST", "links/", {[1] = "x"})
      end)
      has(message, "a key that is not text")
      message = message_of(function()
        client.request("POST", "links/")
      end)
      has(message, "call it with a colon")
      has(message, "client_spec.lua")
      assert.equal(0, #server:requests(0))
    end)
  end)

  describe("with", function()
    it("is a view with other options", function()
      local client = serving(LINKS):client()
      local traced = client:with {headers = {["X-Trace"] = "7"}}
      assert(traced.links:list())
      assert(traced:links_list({page = 2}))
      assert(traced:with {deadline = 5}.links:list({}, {retries = 1}))
      assert(client.links:list())
      local seen = server:requests(4)
      for i = 1, 3 do
        assert.equal("7", seen[i].headers["x-trace"])
      end
      assert.is_nil(seen[4].headers["x-trace"])
    end)

    it("reaches every kind of call", function()
      local client = serving(
        shop.reply("200 OK", {success = true, auth_token = "abcdefgh"}),
        LINKS,
        shop.reply("200 OK", {success = true,
          links = {{slug = "a"}}}),
        LINKS,
        shop.reply("200 OK", {success = true, links = {{slug = "a"}}}),
        LINKS):client()
      local traced = client:with {headers = {["X-Trace"] = "7"}}
      assert(traced:auth("u", "p"))
      assert(traced:request("GET", "links/"))
      assert(traced.links:list()):next()
      assert.truthy(traced.links:each()())
      assert(traced.script_values:get("app"))
      for _, request in ipairs(server:requests(6)) do
        assert.equal("7", request.headers["x-trace"], request.target)
      end
      has(traced.links:explain("list"), "X-Trace: 7")
      has((traced.script_values:explain("remove", "app", 1)), "X-Trace: 7")
    end)

    it("yields to the call's own options", function()
      local text = '{"success":true,"links":[]}'
      local client = serving(shop.reply("200 OK", text)):client()
      local raw = client:with {raw = true}
      assert.equal(text, raw.links:list())
      assert.equal("table", type(raw.links:list({}, {raw = false})))
      has(message_of(function()
        raw.links:each()
      end), "raw does not go with a walk")
    end)

    it("refuses wrong options at the caller's line", function()
      local client = serving(HELLO):client()
      local message = message_of(function()
        client:with {deadlin = 3, retries = -1}
      end)
      has(message, "client_spec.lua")
      has(message, "with: ")
      has(message, "deadlin is not an option (did you mean deadline?)")
      has(message, "retries must be an integer from 0 to 10")
      has(message_of(function()
        client:with("x")
      end), "must be a table")
      has(message_of(function()
        client:with {headers = {Host = "a"}}
      end), "header Host is set by the client itself")
      has(message_of(function()
        client.with {deadline = 3}
      end), "call it with a colon")
    end)
  end)

  describe("explain", function()
    it("shows a redacted curl line, the class and the row", function()
      local client = serving(HELLO):client()
      local line, class, row = client.links:explain("create", {
        title = "it's", description = "$(reboot) `x` \"y\"",
        base_price = 5, file_upload = "/nonexistent"})
      has(line, "curl -X POST -H 'X-Api-Key: [secret]' "
        .. "-H 'X-Auth-Token: [secret]'")
      has(line, "'" .. server.origin .. "/api/1.1/links/'")
      has(line, "title=it%27s&description=%24%28reboot%29+%60x%60+%22y%22")
      assert.is_nil(line:find("test_api_key", 1, true))
      assert.equal("once", class)
      assert.equal("links.create", row.full_name)
      assert.equal("POST", row.verb)
      local same = client:explain("link_create", {title = "it's",
        description = "$(reboot) `x` \"y\"", base_price = 5})
      -- with a file the same line, and behind it what goes before
      assert.equal(same, line:sub(1, #same))
      has(line:sub(#same + 1), "file_upload")
      line, class = client:explain("links.get", "hello api")
      has(line, "curl -X GET ")
      has(line, "/links/hello%20api/'")
      assert.equal("safe", class)
      line = client:explain("auth", "acme", "hunter22")
      assert.is_nil(line:find("hunter22", 1, true))
      has(line, "username=acme")
      assert.equal("idempotent",
        select(2, client.links:explain("delete", "a")))
      assert.equal(0, #server:requests(0))
    end)

    it("shows a line that a shell takes apart as it was", function()
      local process = require "spec.support.process"
      local client = serving(HELLO):client()
      local line = client.payment_requests:explain("list",
        {min_created_at = "2015-07-02"}, {headers = {["X-It"] = "it's $HOME"}})
      local output = process.run("set -- " .. line .. "; printf '%s\\n' "
        .. "\"$@\"")
      has(output, "\nX-It: it's $HOME\n")
      has(output, "/payment-requests/?min_created_at=2015-07-02\n")
    end)

    it("works without keys", function()
      local client = instamojo.Client {}
      local line = client.links:explain("list")
      has(line, "'https://www.instamojo.com/api/1.1/links/'")
    end)

    it("refuses as the call itself does", function()
      local client = serving(HELLO):client()
      for _, wrong in ipairs {
        {function()
          client.links:explain("create", {titel = "x"})
        end, "titel is not a field of this call (did you mean title?)"},
        {function()
          client.links:explain("lst")
        end, "links.explain: there is no call lst (did you mean list?)"},
        {function()
          client:explain("link_creat")
        end, "client.explain: there is no call link_creat"
          .. " (did you mean link_create?)"},
        {function()
          client.script_values:explain("add", "app", 1, 2)
        end, "script_values.add: value must be text, not a number"},
        {function()
          client.script_values:explain("ad")
        end, "there is no call ad"},
        {function()
          client.links:explain(nil)
        end, "there is no call nil"},
        {function()
          client.links.explain("list")
        end, "colon"},
      } do
        local message = message_of(wrong[1])
        has(message, wrong[2])
        has(message, "client_spec.lua")
      end
    end)
  end)

  describe("options", function()
    it("may be three arguments", function()
      serving(HELLO)
      local client = instamojo.Client("test_api_key", "test_auth_token",
        server.origin .. "/api/1.1/")
      assert(client:debug())
      assert.equal("test_auth_token",
        server:request().headers["x-auth-token"])
    end)

    it("choose the hosts", function()
      local function places(options)
        local client = instamojo.Client(options)
        return client.links:explain("list"):match("'(http[^']*)'$"),
          client.script_values:explain("get", "a"):match("'(http[^']*)'$")
      end
      local function expect(v1, v2, options)
        local a, b = places(options)
        assert.equal(v1 .. "links/", a)
        assert.equal(v2 .. "store/scriptvalues/a/", b)
      end
      expect("https://www.instamojo.com/api/1.1/",
        "https://api.instamojo.com/v2/", {})
      expect("https://test.instamojo.com/api/1.1/",
        "https://test.instamojo.com/v2/", {test = true})
      expect("https://test.instamojo.com/api/1.1/",
        "https://test.instamojo.com/v2/",
        {endpoint = "https://test.instamojo.com/api/1.1"})
      expect("https://www.instamojo.com/api/1.1/",
        "https://api.instamojo.com/v2/",
        {endpoint = "HTTPS://WWW.Instamojo.com/api/1.1/"})
      expect("http://127.0.0.1:8080/api/1.1/", "http://127.0.0.1:8080/v2/",
        {endpoint = "http://127.0.0.1:8080/api/1.1/"})
      expect("https://www.instamojo.com/api/1.1/",
        "https://shop.example/v2/",
        {v2_endpoint = "https://shop.example/v2"})
    end)

    it("secrets may be secrets", function()
      serving(HELLO)
      local client = server:client {
        api_key = shopwire.secret("k-in-a-secret"),
        auth_token = shopwire.secret("t-in-a-secret")}
      assert(client:debug())
      local headers = server:request().headers
      assert.equal("k-in-a-secret", headers["x-api-key"])
      assert.equal("t-in-a-secret", headers["x-auth-token"])
    end)

    it("app_info goes into the User-Agent", function()
      serving(HELLO)
      assert(server:client {app_info = "my-shop/1.2"}:debug())
      assert.matches("^shopwire/%S+ my%-shop/1%.2$",
        server:request().headers["user-agent"])
    end)

    it("raise turns nil, err into an error", function()
      serving(shop.reply("404 Not Found",
        {success = false, message = "Not found."}))
      local client = server:client {raise = true}
      local err = message_of(client.links.get, client.links, "x")
      assert.equal("not_found", err.kind)
      assert.is_true(err:is "not_found")
      has("caught: " .. err, "caught: links.get: not_found (404)")
      err = message_of(client.request, client, "GET", "x/")
      assert.equal("not_found", err.kind)
      err = message_of(client.links.create, client.links, {title = "t",
        description = "d", base_price = 1, file_upload = "/nonexistent/x"})
      assert.equal("invalid", err.kind)
      assert.equal("build", err.stage)
    end)

    it("log is told of errors and retries, and may fail", function()
      serving(shop.reply("503 Service Unavailable", "", "Retry-After: 0\r\n"),
        shop.reply("404 Not Found", {success = false, message = "Nope"}))
      local events = {}
      local client = server:client {retries = 2, log = function(event)
        events[#events + 1] = event
        error("the log itself fails")
      end}
      local link, err = client.links:get("x")
      assert.is_nil(link)
      assert.equal(2, err.attempts)
      assert.equal("retry", events[1].event)
      assert.equal(503, events[1].error.status)
      assert.equal("number", type(events[1].wait))
      assert.equal("error", events[2].event)
      assert.equal(err, events[2].error)
      assert.equal(2, #events)
    end)

    it("transport stands in for the network", function()
      local asked
      local client = instamojo.Client {api_key = "k", auth_token = "t",
        transport = function(request)
          asked = request
          return {status = 200, headers = {["X-Request-Id"] = "r1"},
            body = '{"success":true,"message":"hi"}'}
        end}
      local answer = assert(client:debug())
      assert.equal("hi", answer.message)
      assert.equal("GET", asked.verb)
      assert.equal("https://www.instamojo.com/api/1.1/debug/", asked.url)
      assert.equal("k", asked.headers["X-Api-Key"])
      assert.is_nil(asked.body)
      assert.equal("r1", shopwire.meta(answer).headers["x-request-id"])
    end)

    it("a fake needs no keys and no network", function()
      local client = instamojo.Client {fake = true}
      assert.truthy(client:debug().message)
      local link = assert(client.links:create {title = "Tea",
        description = "d", base_price = 1})
      assert.equal("tea", link.slug)
      assert.equal(1, client.fake.counts["links.create"])
    end)
  end)

  describe("close", function()
    it("ends the client and its views", function()
      local client = serving(HELLO):client()
      local view = client:with {deadline = 3}
      has(tostring(client), server.origin)
      client:close()
      client:close()
      has(tostring(client), "closed")
      for _, call in ipairs {
        function()
          client:debug()
        end, function()
          view.links:list()
        end, function()
          client:request("GET", "debug/")
        end, function()
          client.script_values:add("a", 1, "x")
        end, function()
          client:with {deadline = 1}
        end, function()
          client.links:each()
        end, function()
          client.links:explain("list")
        end, function()
          client.links:create {titel = "x"}
        end,
      } do
        local message = message_of(call)
        has(message, "this client is closed: make a new one")
        has(message, "client_spec.lua")
      end
      assert.equal(0, #server:requests(0))
    end)

    it("lets a page and a walk say so too", function()
      local client = serving(shop.reply("200 OK", {success = true,
        links = {{slug = "a"}}})):client()
      local page = assert(client.links:list())
      local each = client.links:each()
      client:close()
      has(message_of(page.next, page), "closed")
      has(message_of(each), "closed")
    end)

    it("is what Lua 5.4 calls at the end of a block", function()
      if _VERSION ~= "Lua 5.4" then
        return assert.truthy(instamojo.Client {fake = true}.close)
      end
      serving(HELLO)
      local source = "local client = ... do local c <close> = client end "
        .. "return pcall(client.debug, client)"
      local ok, message = assert(load(source))(server:client())
      assert.is_false(ok)
      has(message, "closed")
    end)
  end)
end)
