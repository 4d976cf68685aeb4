-- The retry law through sockets: what is sent again and what never, counted
-- where it arrives; what is known about a call in doubt. src/retry.c,
-- lua/shopwire/evidence.lua, lua/shopwire/call.lua

local core = require "shopwire.core"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local socket = require "socket"
local wire = require "spec.support.wire"

local product = {title = "t", description = "d", base_price = "9"}
local LISTED = wire.reply("200 OK", '{"success":true,"links":['
  .. '{"slug":"t-1","title":"t"},{"slug":"o","title":"other"}]}')
local MADE = wire.reply("201 Created",
  '{"success":true,"link":{"slug":"t-1","title":"t"}}')
local FINE = wire.reply("200 OK", '{"success":true}')
local HTML = "<html><title>Oops</title></html>"

local function answer(bytes)
  return {{"read"}, {"send", bytes}}
end

local RESET = {{"read"}, {"reset"}}
local CLOSED = {{"read"}, {"close"}}
local CUT = {{"read"}, {"send", "HTTP/1.1 201 Created\r\nContent-Length: 90"
  .. "\r\n\r\n{\"success\":true,"}, {"close"}}

describe("the retry law", function()
  local server, events

  -- One list of steps for each connection; the last serves all later ones.
  local function serve(...)
    server = wire.start {connections = {...}}
  end

  local function client_of(more)
    events = {}
    local given = {
      api_key = "wire-api-key", auth_token = "wire-auth-token",
      access_token = "wire-access-token",
      endpoint = server.url .. "api/1.1/", deadline = 30, retries = 2,
      log = function(event)
        events[#events + 1] = event
      end,
    }
    for name, value in pairs(more or {}) do
      given[name] = value
    end
    return instamojo.Client(given)
  end

  -- How many requests with this verb arrived.
  local function arrived(verb)
    local n = 0
    for _, bytes in ipairs(server:requests()) do
      if bytes:find("^" .. verb .. " ") then
        n = n + 1
      end
    end
    return n
  end

  local function retries()
    local waits = {}
    for _, event in ipairs(events) do
      if event.event == "retry" then
        waits[#waits + 1] = event.wait
      end
    end
    return waits
  end

  after_each(function()
    if server then
      server:stop()
    end
    server = nil
  end)

  describe("reads again", function()
    for name, first in pairs {
      ["a reset"] = RESET, ["a closed connection"] = CLOSED,
      ["a reply cut off"] = CUT,
      ["a 500"] = answer(wire.reply("500 Internal Server Error", HTML)),
      ["a 502"] = answer(wire.reply("502 Bad Gateway", HTML)),
      ["a 503"] = answer(wire.reply("503 Service Unavailable", HTML)),
      ["a 504"] = answer(wire.reply("504 Gateway Timeout", "{}")),
      ["a 429"] = answer(wire.reply("429 Too Many Requests", "{}")),
      ["a 408"] = answer(wire.reply("408 Request Timeout", "{}")),
    } do
      it("after " .. name, function()
        serve(first, answer(LISTED))
        local links = assert(client_of().links:list {})
        assert.equal("t-1", links[1].slug)
        assert.equal(2, shopwire.meta(links).attempts)
        assert.equal(2, arrived "GET")
        assert.equal(1, #retries())
      end)
    end

    it("as often as it may, then says what it saw", function()
      serve(answer(wire.reply("500 Internal Server Error", HTML)))
      local result, err = client_of().links:list {}
      assert.is_nil(result)
      assert.equal("server", err.kind)
      assert.equal(3, err.attempts)
      assert.is_true(err.retryable)
      assert.is_nil(err.ambiguous)
      assert.equal(3, arrived "GET")
    end)

    it("not after what will be the same again", function()
      for _, status in ipairs {"400 Bad Request", "401 Unauthorized",
        "403 Forbidden", "404 Not Found", "409 Conflict",
        "501 Not Implemented"} do
        serve(answer(wire.reply(status, "{}")))
        local result, err = client_of().links:list {}
        assert.is_nil(result)
        assert.equal(1, err.attempts, status)
        assert.is_false(err.retryable)
        server:stop()
      end
      server = nil
    end)

    it("not without retries", function()
      serve(RESET)
      local _, err = client_of {retries = 0}.links:list {}
      assert.equal(1, err.attempts)
      assert.equal("network", err.kind)
      assert.is_true(err.retryable)
    end)

    it("as the call's own option says", function()
      serve(RESET, RESET, RESET, RESET, answer(LISTED))
      local client = client_of {retries = 0}
      local links = assert(client.links:list({}, {retries = 5}))
      assert.equal(5, shopwire.meta(links).attempts)
    end)
  end)

  it("edits, enables and disables again: twice is as good as once", function()
    serve(RESET, answer(MADE), RESET, answer(FINE), RESET, answer(FINE))
    local client = client_of()
    assert.equal("t-1", assert(client.links:edit("t-1", {title = "t"})).slug)
    assert.is_true(client.payment_requests:enable("a"))
    assert.is_true(client.payment_requests:disable("a"))
    assert.equal(2, arrived "PATCH")
    assert.equal(4, arrived "POST")
  end)

  describe("never sends a creation twice", function()
    for name, first in pairs {
      ["a reset"] = RESET, ["a closed connection"] = CLOSED,
      ["a reply cut off"] = CUT,
      ["a 500"] = answer(wire.reply("500 Internal Server Error", HTML)),
      ["a 502"] = answer(wire.reply("502 Bad Gateway", HTML)),
      ["a 503 without Retry-After"] = answer(wire.reply(
        "503 Service Unavailable", HTML)),
      ["a 504"] = answer(wire.reply("504 Gateway Timeout", "{}")),
      ["HTML at 200"] = answer(wire.reply("200 OK", HTML)),
    } do
      it("after " .. name .. ", and reads what there is", function()
        serve(first, answer(LISTED))
        local result, err = client_of().links:create(product)
        assert.is_nil(result)
        assert.is_true(err.ambiguous)
        assert.is_false(err.retryable)
        assert.equal(1, err.attempts)
        assert.truthy(err.hint:find("look before", 1, true), err.hint)
        assert.equal(1, arrived "POST")
        assert.equal(1, arrived "GET")
        assert.is_nil(err.evidence.unread)
        assert.equal(1, #err.evidence.candidates)
        assert.equal("t-1", err.evidence.candidates[1].slug)
        assert.truthy(tostring(err):find("may have been carried out", 1,
          true))
      end)
    end

    it("and says when nothing could be read", function()
      serve(CLOSED)
      local _, err = client_of().links:create(product)
      assert.is_true(err.ambiguous)
      assert.equal("string", type(err.evidence.unread))
      assert.is_nil(err.evidence.candidates)
      assert.equal(1, arrived "POST")
    end)

    it("nor a refund, a payment request, a new script value, a free call",
      function()
        serve(CLOSED)
        local client = client_of {retries = 1}
        local function doubtful(result, err)
          assert.is_nil(result)
          assert.is_true(err.ambiguous)
          assert.equal(1, err.attempts)
        end
        doubtful(client.refunds:create {payment_id = "p", type = "QFL",
          body = "b"})
        doubtful(client.payment_requests:create {purpose = "x",
          amount = "10"})
        doubtful(client.script_values:add("app", "v", "x"))
        doubtful(client:request("POST", "links/", {title = "t"}))
        doubtful(client:auth("user", "a password"))
        assert.equal(4, arrived "POST")
        assert.equal(1, arrived "PATCH")
      end)

    -- libcurl repeats by itself what it sent on a connection that had been
    -- used before; spec/c/engine_test.c shows it.
    it("when the pool is warm and the server takes the body and closes",
      function()
        local served = {{"read"}, {"send", FINE}, {"read"}, {"close"}}
        serve(served, served, served, served, CLOSED)
        local client = client_of()
        local function debug()
          return client:debug()
        end
        assert(shopwire.all {debug, debug, debug, debug})
        local warm = server:connections()
        local result, err = client.links:create(product)
        assert.is_nil(result)
        assert.is_true(err.ambiguous)
        assert.equal(1, arrived "POST")
        assert.is_true(server:connections() > warm)
      end)
  end)

  describe("sends a creation again when the service did nothing", function()
    for _, status in ipairs {"429 Too Many Requests", "408 Request Timeout",
      "503 Service Unavailable"} do
      it(status, function()
        serve(answer(wire.reply(status, "{}", "Retry-After: 0\r\n")),
          answer(MADE))
        local link = assert(client_of().links:create(product))
        assert.equal("t-1", link.slug)
        assert.equal(2, shopwire.meta(link).attempts)
        assert.equal(2, arrived "POST")
      end)
    end

    it("waits as long as Retry-After says", function()
      serve(answer(wire.reply("429 Too Many Requests", "{}",
        "Retry-After: 1\r\n")), answer(MADE))
      local before = core.now()
      assert(client_of().links:create(product))
      assert.same({1}, retries())
      assert.is_true(core.now() - before >= 0.99)
    end)

    it("and returns when that is past the deadline", function()
      serve(answer(wire.reply("429 Too Many Requests", "{}",
        "Retry-After: 3600\r\n")))
      local result, err = client_of().links:create(product)
      assert.is_nil(result)
      assert.equal("rate_limit", err.kind)
      assert.equal(3600, err.retry_after)
      assert.equal(1, err.attempts)
      assert.is_true(err.retryable)
      assert.is_nil(err.ambiguous)
      assert.equal(1, arrived "POST")
    end)

    it("and when nothing listens: no byte left", function()
      local holder = assert(socket.tcp()) -- bound, so that nobody listens
      assert(holder:bind("127.0.0.1", 0))
      local port = select(2, holder:getsockname())
      serve(CLOSED)
      local client = client_of {endpoint =
        string.format("http://127.0.0.1:%d/api/1.1/", port)}
      local result, err = client.links:create(product)
      holder:close()
      assert.is_nil(result)
      assert.equal("network", err.kind)
      assert.equal("connect", err.stage)
      assert.equal(3, err.attempts)
      assert.is_nil(err.ambiguous)
      assert.is_nil(err.evidence)
      assert.is_true(err.retryable)
    end)
  end)

  it("does not forget that an attempt before may have done it", function()
    -- the second attempt is refused, but it was not the first
    serve(answer(wire.reply("429 Too Many Requests", "{}")), CLOSED,
      answer(LISTED))
    local result, err = client_of().links:create(product)
    assert.is_nil(result)
    assert.equal(2, err.attempts)
    assert.is_true(err.ambiguous)
    assert.equal("t-1", err.evidence.candidates[1].slug)
    assert.equal(2, arrived "POST")
  end)

  it("takes a 404 on a repeated delete for success, on the first not",
    function()
      local gone = answer(wire.reply("404 Not Found",
        '{"success":false,"message":"Not found."}'))
      serve(RESET, gone)
      assert.is_true(client_of().links:delete("a"))
      assert.equal(2, arrived "DELETE")
      server:stop()
      serve(gone)
      local result, err = client_of().links:delete("a")
      assert.is_nil(result)
      assert.equal("not_found", err.kind)
    end)

  it("has one deadline for all attempts and the waits between", function()
    serve(answer(wire.reply("500 Internal Server Error", HTML)))
    local deadline = 1
    local _, err = client_of {deadline = deadline, retries = 10}.links:list {}
    assert.is_true(err.attempts < 11)
    -- without it ten waits would take some 25 seconds
    assert.is_true(err.elapsed < 8 * deadline)
    server:stop()
    serve({{"read"}, {"hold"}})
    _, err = client_of {deadline = 3, retries = 10}.links:list {}
    assert.equal("timeout", err.kind)
    assert.equal("wait", err.stage)
    assert.equal(1, err.attempts)
    server:requests(1)
    assert.equal(1, arrived "GET")
  end)

  it("uses one connection for reads", function()
    serve({{"read"}, {"send", FINE}, {"again"}})
    local client = client_of()
    for _ = 1, 20 do
      assert(client:debug())
    end
    assert.equal(20, arrived "GET")
    assert.equal(1, server:connections())
  end)

  describe("with the sandbox", function()
    local shop, client

    setup(function()
      shop = process.sandbox()
      client = instamojo.Client {api_key = shop.api_key,
        auth_token = shop.auth_token, endpoint = shop.endpoint,
        deadline = 30}
    end)

    teardown(function()
      shop.stop()
    end)

    local function control(path, data)
      return core.json_decode((process.run("curl -s " .. process.quote(
        shop.origin .. "/_sandbox/" .. path) .. (data and " -d "
        .. process.quote(data) or ""))))
    end

    before_each(function()
      process.run("curl -s -X POST " .. shop.origin .. "/_sandbox/reset")
    end)

    it("finds what was made before the connection broke", function()
      control("fault", "row=links.create&times=1&reset=after")
      local result, err = client.links:create(product)
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.equal(1, #err.evidence.candidates)
      assert.equal("t", err.evidence.candidates[1].title)
      assert.equal(1, control("log").counts["links.create"])
    end)

    it("finds nothing when nothing was made", function()
      control("fault", "row=links.create&times=1&reset=before")
      local result, err = client.links:create(product)
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.same({}, err.evidence.candidates)
    end)

    it("shows the refunds of the payment in doubt", function()
      local link = assert(client.links:create(product))
      local paid = control("pay", "link=" .. link.slug).payment
      control("fault", "row=refunds.create&times=1&status=502&after=1")
      local result, err = client.refunds:create {
        payment_id = paid.payment_id, type = "QFL", body = "b"}
      assert.is_nil(result)
      assert.is_true(err.ambiguous)
      assert.equal(1, #err.evidence.candidates)
      assert.equal(paid.payment_id, err.evidence.candidates[1].payment_id)
    end)

    it("deletes once though the answer was lost", function()
      local link = assert(client.links:create(product))
      control("fault", "row=links.delete&times=1&reset=after")
      assert.is_true(client.links:delete(link.slug))
      assert.equal(2, control("log").counts["links.delete"])
      assert.equal(0, #assert(client.links:list {}))
    end)

    it("is killed in mid-call: a read fails, a creation is in doubt",
      function()
        local doomed = process.sandbox()
        local other = instamojo.Client {api_key = doomed.api_key,
          auth_token = doomed.auth_token, endpoint = doomed.endpoint,
          deadline = 30, retries = 1}
        local slow = {headers = {["X-Sandbox-Fault"] = "delay=60"}}
        local read = shopwire.spawn(function()
          return other:debug(slow)
        end)
        local made = shopwire.spawn(function()
          return other.links:create(product, slow)
        end)
        assert.truthy(process.wait(function()
          shopwire.tick(0.01)
          local log = core.json_decode((process.run("curl -s "
            .. doomed.origin .. "/_sandbox/log")))
          return log and log.counts["debug"] and log.counts["links.create"]
        end))
        doomed.child:stop("KILL")
        local result, err = read:wait()
        assert.is_nil(result)
        assert.equal("network", err.kind)
        assert.equal(2, err.attempts)
        result, err = made:wait()
        assert.is_nil(result)
        assert.equal("network", err.kind)
        assert.equal(1, err.attempts)
        assert.is_true(err.ambiguous)
        assert.truthy(err.evidence.unread)
      end)
  end)
end)
