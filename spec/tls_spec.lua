-- Trust, with real certificates: which are taken, what is said of the others,
-- that nothing is sent to them, and what a new TLS connection costs.
-- src/engine/flight.c, src/hint.c

local instamojo = require "instamojo"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local wire = require "spec.support.wire"

local FINE = wire.reply("200 OK", '{"success":true}')

describe("TLS", function()
  local made, server

  setup(function()
    made = wire.certificates()
  end)

  teardown(function()
    made.remove()
  end)

  after_each(function()
    if server then
      server:stop()
    end
    server = nil
  end)

  -- A server with that certificate; the last steps serve all connections.
  local function serve(certificate, ...)
    local steps = {...}
    if #steps == 0 then
      steps = {{{"read"}, {"send", FINE}, {"again"}}}
    end
    server = wire.start {tls = certificate, connections = steps}
    return server
  end

  local function client_of(more)
    local given = {
      api_key = "tls-api-key", auth_token = "tls-auth-token",
      endpoint = server.url .. "api/1.1/", deadline = 20, retries = 2,
      ca_file = made.ca,
    }
    for name, value in pairs(more or {}) do
      given[name] = value or nil
    end
    return instamojo.Client(given)
  end

  it("takes a certificate of the authority in ca_file", function()
    serve(made.good)
    local client = client_of()
    assert.is_true(client:debug())
    assert.is_true(client:debug())
    assert.equal(1, server:connections())
  end)

  for name, case in pairs {
    ["self_signed"] = {words = "ca_file"},
    ["expired"] = {words = "out of date"},
    ["wrong_host"] = {words = "another host"},
    ["good"] = {words = "authority", ca_file = false},
  } do
    it("refuses a certificate: " .. (case.ca_file == false
      and "unknown authority" or name), function()
      serve(made[name])
      local client = client_of {ca_file = case.ca_file}
      local result, err = client:debug()
      assert.is_nil(result)
      assert.equal("tls", err.kind)
      assert.equal("tls", err.stage)
      assert.equal(1, err.attempts)
      assert.is_false(err.retryable)
      assert.truthy(err.hint:find(case.words, 1, true), err.hint)
      assert.truthy(err.message:find("127.0.0.1", 1, true), err.message)
      result, err = client.links:create {title = "t", description = "d",
        base_price = "9"}
      assert.is_nil(result)
      assert.equal("tls", err.kind)
      assert.is_nil(err.ambiguous)
      assert.equal(0, #server:requests())
    end)
  end

  it("says that ca_file is no use", function()
    serve(made.good)
    for _, path in ipairs {made.dir .. "/none.pem", made.good.key} do
      local result, err = client_of {ca_file = path}:debug()
      assert.is_nil(result)
      assert.equal("tls", err.kind)
      assert.truthy(err.hint:find("ca_file", 1, true), err.hint)
    end
  end)

  it("can be left unverified here, not at the production hosts", function()
    serve(made.self_signed)
    local client = client_of {tls = {insecure = true}, ca_file = false}
    assert.is_true(client:debug())
    for _, endpoint in ipairs {
      "https://www.instamojo.com/api/1.1/",
      "https://test.instamojo.com/api/1.1/",
      "https://WWW.Instamojo.com/api/1.1/",
      "https://instamojo.com/api/1.1/",
    } do
      assert.has_error(function()
        client_of {endpoint = endpoint, tls = {insecure = true}}
      end)
    end
    local ok, problem = pcall(client_of, {endpoint =
      "https://www.instamojo.com/api/1.1/", tls = {insecure = true}})
    assert.is_false(ok)
    assert.truthy(problem:find("insecure is refused", 1, true), problem)
    assert.has_error(function()
      client_of {v2_endpoint = "https://api.instamojo.com/v2/",
        tls = {insecure = true}}
    end)
  end)

  it("does not lend an unverified connection to who verifies", function()
    serve(made.self_signed)
    assert.is_true(client_of {tls = {insecure = true}}:debug())
    local result, err = client_of():debug()
    assert.is_nil(result)
    assert.equal("tls", err.kind)
  end)

  it("breaks off in the handshake and is tried again", function()
    serve(made.good)
    local plain = wire.start {connections = {{{"reset"}}}}
    local result, err = client_of {endpoint = plain.url:gsub("^http:",
      "https:") .. "api/1.1/"}:debug()
    plain:stop()
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.equal(3, err.attempts)
  end)

  it("times out in the handshake", function()
    serve(made.good)
    local plain = wire.start {connections = {{{"hold"}}}}
    local result, err = client_of {deadline = 1, endpoint =
      plain.url:gsub("^http:", "https:") .. "api/1.1/"}:debug()
    plain:stop()
    assert.is_nil(result)
    assert.equal("timeout", err.kind)
    -- libcurl does not tell the two apart before the handshake has ended
    assert.truthy(err.stage == "tls" or err.stage == "connect", err.stage)
    assert.is_nil(err.ambiguous)
  end)

  -- With a CA path set, libcurl parses the whole bundle for each connection:
  -- then every new connection costs what the first one did.
  it("is cheap after the first connection, with a bundle of authorities",
    function()
      serve(made.good, {{"read"}, {"send", FINE}, {"close"}})
      local bundle = made.dir .. "/bundle.pem"
      process.run("cat /etc/ssl/certs/ca-certificates.crt "
        .. process.quote(made.ca) .. " > " .. process.quote(bundle))
      local client = client_of {ca_file = bundle}
      local function cost()
        local before = os.clock()
        local result = assert(client:debug())
        assert.is_true(result)
        return os.clock() - before
      end
      local first = cost()
      local rest = 0
      for _ = 2, 20 do
        rest = rest + cost()
      end
      assert.equal(20, server:connections())
      assert.is_true(rest / 19 < first / 2, string.format(
        "first %.2f ms, then %.2f ms each", first * 1e3, rest / 19 * 1e3))
    end)

  it("tells how long the handshake took", function()
    serve(made.good, {{"read"}, {"send", wire.reply("200 OK",
      '{"success":true,"links":[]}')}})
    local links = assert(client_of().links:list {})
    local timings = shopwire.meta(links).timings
    assert.is_true(timings.tls > 0)
    assert.is_true(timings.connect <= timings.tls)
    assert.is_true(timings.tls <= timings.first_byte)
    assert.is_true(timings.first_byte <= timings.total)
  end)
end)
