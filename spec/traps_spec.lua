-- The traps of libcurl, each sprung on purpose: a resolver that hangs, cookies
-- in pooled handles, Expect, netrc, proxies, connections without bound. (The
-- CA path is in tls_spec.lua, the repeated POST in wire/retry_spec.lua.)
-- src/engine/flight.c, src/engine/sockets.c, src/engine/upload.c

local instamojo = require "instamojo"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local socket = require "socket"
local wire = require "spec.support.wire"

local FINE = wire.reply("200 OK", '{"success":true}')
local MADE = wire.reply("201 Created",
  '{"success":true,"link":{"slug":"t-1","title":"t"}}')

local function keys_of(endpoint, more)
  local given = {
    api_key = "trap-api-key", auth_token = "trap-auth-token",
    endpoint = endpoint .. "api/1.1/", deadline = 20, retries = 0,
  }
  for name, value in pairs(more or {}) do
    given[name] = value
  end
  return given
end

local function head_of(bytes)
  return bytes:match("^.-\r\n\r\n")
end

describe("libcurl's trap", function()
  local servers, dir

  before_each(function()
    servers = {}
    dir = process.directory()
  end)

  after_each(function()
    for _, server in ipairs(servers) do
      server:stop()
    end
    process.remove(dir)
  end)

  local function serve(script)
    local server = wire.start(script)
    servers[#servers + 1] = server
    return server
  end

  local function answering(bytes)
    return serve {connections = {{{"read"}, {"send", bytes}, {"again"}}}}
  end

  -- Runs a script with a client in a process of its own; `environment` stands
  -- before the command. Gives what it printed.
  local function child(environment, given, script, libraries)
    local lines = {"local instamojo = require 'instamojo'",
      "local client = instamojo.Client {"}
    for name, value in pairs(given) do
      lines[#lines + 1] = name .. " = " .. (type(value) == "string"
        and string.format("%q", value) or tostring(value)) .. ","
    end
    lines[#lines + 1] = "}\n" .. script
    process.write(dir .. "/child.lua", table.concat(lines, "\n"))
    local output, status = process.run(environment .. " "
      .. process.lua(dir .. "/child.lua", "", libraries) .. " 2>&1", 30)
    assert.equal(0, status, output)
    return output
  end

  describe("the resolver that hangs for a minute", function()
    local HANGS = 60 -- seconds, spec/support/slow_resolver.c
    local preload

    before_each(function()
      preload = process.support("slow_resolver", "no_deepbind")
    end)

    it("does not hold up the deadline, nor the end of the process",
      function()
        local before = socket.gettime()
        local output = child("", keys_of("https://a.hang.test/",
          {deadline = 1}), [[
            local result, err = client:debug()
            assert(result == nil)
            print(err.kind, err.stage, err.elapsed)
          ]], preload)
        local whole = socket.gettime() - before
        local kind, stage, elapsed = output:match("(%S+)\t(%S+)\t(%S+)")
        assert.equal("timeout", kind)
        assert.equal("dns", stage)
        assert.is_true(tonumber(elapsed) < HANGS - 1)
        assert.is_true(whole < HANGS, whole)
      end)

    it("does not hold up other calls, nor the end in mid-call", function()
      local server = answering(FINE)
      local before = socket.gettime()
      local output = child("", keys_of(server.url), [[
        local shopwire = require "shopwire"
        local other = instamojo.Client {api_key = "k", auth_token = "t",
          endpoint = "https://b.hang.test/api/1.1/"}
        shopwire.spawn(function() other:debug() end)
        shopwire.tick(0.05)
        for _ = 1, 5 do
          assert(client:debug())
        end
        print("others: " .. shopwire.tick(0))
        collectgarbage()
      ]], preload)
      assert.equal("others: 1\n", output)
      assert.is_true(socket.gettime() - before < HANGS)
      assert.equal(5, #server:requests())
    end)
  end)

  it("the cookie engine: nobody gets another's session", function()
    local server = answering(wire.reply("200 OK", '{"success":true}',
      "Set-Cookie: session=somebody; Path=/\r\n"))
    for _ = 1, 3 do
      local client = instamojo.Client(keys_of(server.url))
      assert(client:debug())
      assert(client:debug())
      assert(client.links:list {} == nil)
    end
    local requests = server:requests(9)
    assert.equal(9, #requests)
    for _, bytes in ipairs(requests) do
      assert.is_nil(bytes:lower():find("\r\ncookie:", 1, true))
    end
  end)

  it("Expect: a long form goes at once", function()
    local server = answering(MADE)
    local client = instamojo.Client(keys_of(server.url))
    local text = ("long "):rep(500000)
    assert(client.links:create {title = "t", description = text,
      base_price = "1"})
    local bytes = server:requests(1)[1]
    assert.is_true(#bytes > #text)
    assert.is_nil(bytes:lower():find("\r\nexpect:", 1, true))
  end)

  it("Expect, credentials and cookies: none go to the upload host",
    function()
      local made = wire.certificates()
      local host = serve {tls = made.good, connections = {{{"read"},
        {"send", wire.reply("200 OK", '{"url":"u","size":3}',
          "Set-Cookie: session=upload; Path=/\r\n")}}}}
      local api = serve {connections = {
        {{"read"}, {"send", wire.reply("200 OK", '{"success":true,'
          .. '"upload_url":"' .. host.url .. 'up?sign=1"}')}},
        {{"read"}, {"send", MADE}},
      }}
      local path = process.write(dir .. "/file.bin", ("b"):rep(2000000))
      local client = instamojo.Client(keys_of(api.url, {ca_file = made.ca}))
      local link, err = client.links:create {title = "t", description = "d",
        base_price = "1", file_upload = path}
      made.remove()
      assert.is_nil(err)
      assert.equal("t-1", link.slug)
      assert.equal(2, #api:requests(2))
      local requests = host:requests(1)
      assert.equal(1, #requests)
      local head = head_of(requests[1]):lower()
      assert.truthy(head:find("^post /up%?sign=1 http/1%.1\r\n"))
      for _, name in ipairs {"expect", "x-api-key", "x-auth-token",
        "authorization", "cookie"} do
        assert.is_nil(head:find("\r\n" .. name .. ":", 1, true), name)
      end
      assert.is_nil(requests[1]:find("trap-", 1, true))
    end)

  describe("a name that means this machine:", function()
    local made, preload

    before_each(function()
      made = wire.certificates()
      preload = process.support("inner_names", "no_deepbind")
    end)

    after_each(function()
      made.remove()
    end)

    -- A service that names this upload address, with @PORT@ for its own.
    local function naming(address, ...)
      local body = '{"success":true,"upload_url":"' .. address .. '"}'
      local connections = {{{"read"}, {"send_port", "HTTP/1.1 200 OK\r\n"
        .. "Content-Type: application/json\r\nConnection: close\r\n\r\n"
        .. body}, {"close"}}}
      for i = 1, select("#", ...) do
        connections[i + 1] = {{"read"}, {"send", (select(i, ...))},
          {"close"}}
      end
      return serve {tls = made.good, connections = connections}
    end

    -- Makes a product with a file; the service is called by a name.
    local function create(api)
      local path = process.write(dir .. "/file.bin", "a file to send")
      return child("", keys_of("https://127.0.0.1:1/"), string.format([[
        client = instamojo.Client {api_key = "k", auth_token = "t",
          endpoint = "https://shop.inner.test:%d/api/1.1/", retries = 2,
          deadline = 20, tls = {insecure = true}, log = function() end}
        local link, err = client.links:create {title = "t",
          description = "d", base_price = "1", file_upload = %q}
        print(link and link.slug, err and err.message)
        if err then
          print(err.kind, err.endpoint, err.stage, err.upload, err.ambiguous,
            err.attempts, err.retryable, err.hint)
        end
      ]], api.port, path), preload)
    end

    it("no upload goes there", function()
      local host = serve {tls = made.good, connections = {{{"close"}}}}
      local api = naming("https://files.inner.test:"
        .. string.format("%d", host.port) .. "/up?sign=1")
      local lines = {}
      for line in create(api):gmatch("[^\n]+") do
        lines[#lines + 1] = line
      end
      assert.equal("nil\tthe service named an upload host whose address is "
        .. "private or this machine's own: no file was sent to "
        .. "files.inner.test:" .. string.format("%d", host.port), lines[1])
      assert.matches("^protocol\tlinks%.upload\tconnect\tfile_upload\tnil\t1\t"
        .. "false\t[^\t]*endpoint[^\t]*$", lines[2])
      assert.equal(0, host:connections())
      assert.equal(1, #api:requests(1))
    end)

    it("an upload to the endpoint's own host does", function()
      local api = naming("https://shop.inner.test:@PORT@/up?sign=1",
        wire.reply("200 OK", '{"url":"u","size":14}'), MADE)
      assert.equal("t-1\tnil\n", create(api))
      local requests = api:requests(3)
      assert.equal(3, #requests)
      assert.truthy(requests[2]:find("^POST /up%?sign=1 HTTP/1%.1\r\n"))
      assert.truthy(requests[2]:find("a file to send", 1, true))
    end)
  end)

  it("netrc: a password in the home directory stays there", function()
    local server = answering(FINE)
    process.write(dir .. "/.netrc",
      "machine 127.0.0.1\nlogin somebody\npassword hush\n"
      .. "default login somebody password hush\n")
    child("env HOME=" .. process.quote(dir), keys_of(server.url),
      "assert(client:debug())")
    local bytes = server:requests(1)[1]
    assert.is_nil(bytes:lower():find("\r\nauthorization:", 1, true))
    assert.truthy(bytes:find("\r\nX-Api-Key: trap-api-key\r\n", 1, true))
  end)

  describe("proxies:", function()
    local REFUSED = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"

    local function variables(proxy)
      local url = process.quote(proxy.url)
      return "env -u no_proxy -u NO_PROXY http_proxy=" .. url .. " all_proxy="
        .. url .. " https_proxy=" .. url .. " HTTP_PROXY=" .. url
        .. " ALL_PROXY=" .. url .. " HTTPS_PROXY=" .. url
    end

    it("the environment's is not for plain http", function()
      local server, proxy = answering(FINE), answering(REFUSED)
      child(variables(proxy), keys_of(server.url),
        "assert(client:debug())")
      assert.equal(0, proxy:connections())
      assert.equal(1, #server:requests())
    end)

    it("the environment's is for https, and sees no key", function()
      local proxy = answering(REFUSED)
      local output = child(variables(proxy), keys_of("https://shop.test/"), [[
        local result, err = client:debug()
        assert(result == nil)
        print(err.kind, err.ambiguous, err.hint)
      ]])
      assert.matches("^network\tnil\t.*proxy", output)
      local bytes = proxy:requests(1)[1]
      assert.truthy(bytes:find("^CONNECT shop%.test:443 HTTP/1%.1\r\n"))
      assert.is_nil(bytes:find("trap-", 1, true))
    end)

    it("no_proxy is obeyed", function()
      local proxy = answering(REFUSED)
      local server = serve {connections = {{{"close"}}}}
      local output = child(variables(proxy) .. " no_proxy=127.0.0.1",
        keys_of((server.url:gsub("^http:", "https:"))), [[
          local result, err = client:debug()
          assert(result == nil)
          print(err.kind)
        ]])
      assert.equal(0, proxy:connections())
      assert.truthy(output:find("^%a+\n"))
      assert.is_true(server:connections() > 0)
    end)

    it("the option's is for both, whatever the environment says", function()
      local asked, other = answering(FINE), answering(REFUSED)
      child(variables(other) .. " no_proxy='*'", keys_of(
        "http://127.0.0.1:1/", {proxy = asked.url}),
        "assert(client:debug())")
      assert.equal(0, other:connections())
      assert.truthy(asked:requests(1)[1]:find(
        "^GET http://127%.0%.0%.1:1/api/1%.1/debug/ HTTP/1%.1\r\n"))

      local tunnel = answering(REFUSED)
      local client = instamojo.Client(keys_of("https://shop.test/",
        {proxy = tunnel.url}))
      local result, err = client.links:create {title = "t",
        description = "d", base_price = "1"}
      assert.is_nil(result)
      assert.equal("network", err.kind)
      assert.is_nil(err.ambiguous)
      assert.truthy(err.hint:find("proxy", 1, true), err.hint)
      local bytes = tunnel:requests(1)[1]
      assert.truthy(bytes:find("^CONNECT shop%.test:443 "))
      assert.is_nil(bytes:find("trap-", 1, true))
    end)

    it("the tunnel carries the call", function()
      local made = wire.certificates()
      local server = serve {tls = made.good, connections = {
        {{"read"}, {"send", FINE}}}}
      local proxy = serve {connections = {{{"read"},
        {"send", "HTTP/1.1 200 Connection established\r\n\r\n"},
        {"relay", server.port}}}}
      local client = instamojo.Client(keys_of(server.url,
        {proxy = proxy.url, ca_file = made.ca}))
      local result, err = client:debug()
      made.remove()
      assert.is_nil(err)
      assert.is_true(result)
      assert.is_nil(proxy:requests(1)[1]:find("trap-", 1, true))
      assert.truthy(server:requests(1)[1]:find("trap-api-key", 1, true))
    end)

    it("a tunnel that ends is a failure of the network", function()
      local proxy = serve {connections = {{{"read"},
        {"send", "HTTP/1.1 200 Connection established\r\n\r\n"},
        {"close"}}}}
      local client = instamojo.Client(keys_of("https://shop.test/",
        {proxy = proxy.url}))
      local result, err = client.links:create {title = "t",
        description = "d", base_price = "1"}
      assert.is_nil(result)
      assert.equal("network", err.kind)
      assert.is_nil(err.ambiguous)
    end)
  end)

  it("connections without bound: 64 to a host at most", function()
    local server = serve {connections = {{{"read"}, {"hold"}}}}
    local client = instamojo.Client(keys_of(server.url))
    local jobs = {}
    for i = 1, 100 do
      jobs[i] = shopwire.spawn(function()
        return client:debug()
      end)
    end
    assert.truthy(process.wait(function()
      shopwire.tick(0.01)
      return #server:requests() >= 64
    end))
    for _ = 1, 20 do
      shopwire.tick(0.01)
    end
    assert.equal(64, server:connections())
    server:stop()
    table.remove(servers)
    for i = 1, 100 do
      local result, err = jobs[i]:wait()
      assert.is_nil(result)
      assert.equal("network", err.kind)
    end
  end)
end)
