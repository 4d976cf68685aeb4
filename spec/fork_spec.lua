-- A process that forks before, between and in the middle of its calls: the
-- child has connections of its own, the parent's go on as if nothing had been.
-- src/lengine.c, src/engine/engine.c

local process = require "spec.support.process"
local wire = require "spec.support.wire"

local FINE = wire.reply("200 OK", '{"success":true}')
local MADE = wire.reply("201 Created",
  '{"success":true,"link":{"slug":"t-1","title":"t"}}')

-- What every script starts with. `fork()` returns the child's id, and nil in
-- the child; `join(id)` waits for its good end.
local PRELUDE = [[
local endpoint, ca_file = arg[1], arg[2]
local instamojo = require "instamojo"
local shopwire = require "shopwire"
local client = instamojo.Client {
  api_key = "fork-api-key", auth_token = "fork-auth-token",
  endpoint = endpoint .. "api/1.1/", retries = 0, deadline = 20,
  ca_file = ca_file,
}
local function fork()
  local id = os.getenv "SPEC_FORK"
  assert(tonumber(id) >= 0)
  if id == "0" then
    return nil
  end
  return id
end
local function join(id)
  local status = os.getenv("SPEC_WAIT " .. id)
  assert(status == "0", "the child ended with " .. tostring(status))
end
-- This process's open descriptors of that kind.
local function descriptors(kind)
  -- popen's own descriptor may be closed while ls looks at it
  local pipe = io.popen("ls -l /proc/$PPID/fd 2>/dev/null")
  local text = pipe:read("*a")
  pipe:close()
  local found = {}
  for name in text:gmatch("%-> " .. kind) do
    found[#found + 1] = name
  end
  return found
end
-- The same for TCP connections; libcurl has other sockets for itself.
local function connections()
  local file = io.open("/proc/self/net/tcp", "rb")
  local known, found = {}, {}
  for line in file:lines() do
    local inode = line:match("^ *%d+:" .. (" %S+"):rep(3)
      .. (" +%S+"):rep(5) .. " (%d+)")
    known[inode or ""] = true
  end
  file:close()
  for _, inode in ipairs(descriptors("socket:%[(%d+)%]")) do
    found[#found + 1] = known[inode] and inode
  end
  return found
end
]]

describe("a fork", function()
  local dir, made, servers

  setup(function()
    made = wire.certificates()
  end)

  teardown(function()
    made.remove()
  end)

  before_each(function()
    dir = process.directory()
    servers = {}
  end)

  after_each(function()
    for _, server in ipairs(servers) do
      server:stop()
    end
    process.remove(dir)
  end)

  -- Every connection answers request after request.
  local function serve(tls, ...)
    local first = {...}
    first[#first + 1] = {{"read"}, {"send", FINE}, {"again"}}
    local server = wire.start {tls = tls, connections = first}
    servers[#servers + 1] = server
    return server
  end

  local function run(server, script)
    process.write(dir .. "/script.lua", PRELUDE .. script)
    local output, status = process.run(process.lua(dir .. "/script.lua",
      process.quote(server.url) .. " " .. process.quote(made.ca) .. " "
      .. process.quote(server.dir .. "/request-1"),
      process.support "forker") .. " 2>&1", 30)
    assert.equal(0, status, output)
    return output
  end

  for name, tls in pairs {["plain HTTP"] = false, ["TLS"] = true} do
    describe("over " .. name, function()
      local function fresh(...)
        return serve(tls and made.good or nil, ...)
      end

      it("before the first call: each has its own connection", function()
        local server = fresh()
        run(server, [[
          local child = fork()
          assert(client:debug() == true)
          if child then
            join(child)
            assert(client:debug() == true)
          end
        ]])
        assert.equal(3, #server:requests())
        assert.equal(2, server:connections())
      end)

      it("after a call: the parent's connection stays the parent's",
        function()
          local server = fresh()
          local output = run(server, [[
            assert(client:debug() == true)
            local child = fork()
            if child then
              join(child)
              assert(client:debug() == true)
            else
              assert(client:debug() == true)
              assert(client:debug() == true)
            end
            print("connections " .. #connections())
            print("pollers " .. #descriptors("anon_inode:%[(eventpoll)%]"))
          ]])
          assert.equal(4, #server:requests())
          assert.equal(2, server:connections())
          assert.equal(("connections 1\npollers 1\n"):rep(2), output)
        end)

      it("whose child does nothing but end leaves all as it was", function()
        local server = fresh()
        run(server, [[
          assert(client:debug() == true)
          local child = fork()
          if child then
            join(child)
            assert(client:debug() == true)
          end
        ]])
        assert.equal(2, #server:requests())
        assert.equal(1, server:connections())
      end)

      it("shares no descriptor", function()
        local server = fresh()
        local output = run(server, [[
          assert(client:debug() == true)
          local child = fork()
          if child then
            join(child)
          else
            assert(client:debug() == true)
          end
          print(table.concat(connections(), " "))
        ]])
        local a, b = output:match("^(%d+)\n(%d+)\n$")
        assert.truthy(a, output)
        assert.not_equal(a, b)
      end)

      it("in mid-call: it lands once, in the parent", function()
        local server = fresh({{"read"}, {"pause", 1}, {"send", MADE},
          {"hold"}})
        local output = run(server, [[
          local job = shopwire.spawn(function()
            return client.links:create {title = "t", description = "d",
              base_price = "1"}
          end)
          repeat
            shopwire.tick(0.01)
            local file = io.open(arg[3], "rb")
          until file
          local child = fork()
          if child then
            join(child)
            local link, err = job:wait()
            assert(err == nil, tostring(err))
            print("parent " .. link.slug)
          else
            local link, err = job:wait()
            assert(link == nil)
            print("child " .. err.kind .. " " .. tostring(err.ambiguous))
            assert(client:debug() == true)
          end
        ]])
        assert.equal("child cancelled true\nparent t-1\n", output)
        local posts = 0
        for _, bytes in ipairs(server:requests()) do
          posts = posts + (bytes:find("^POST ") and 1 or 0)
        end
        assert.equal(1, posts)
      end)
    end)
  end

  it("before a byte has left: the parent may send it yet", function()
    local server = serve() -- says nothing of what was made: no matter here
    local output = run(server, [[
      local job = shopwire.spawn(function()
        return client.links:create {title = "t", description = "d",
          base_price = "1"}
      end)
      shopwire.tick(0) -- it has been submitted, and hardly more
      local child = fork()
      if child then
        join(child)
        job:wait()
      else
        local link, err = job:wait()
        print(link, err.kind, err.ambiguous, err.retryable)
      end
    ]])
    assert.equal("nil\tcancelled\ttrue\tfalse\n", output)
  end)

  it("of a child that forks again", function()
    local server = serve()
    run(server, [[
      assert(client:debug() == true)
      local child = fork()
      assert(client:debug() == true)
      if not child then
        local grandchild = fork()
        assert(client:debug() == true)
        if grandchild then
          join(grandchild)
        end
      else
        join(child)
        assert(client:debug() == true)
      end
    ]])
    assert.equal(3, server:connections())
    assert.equal(6, #server:requests())
  end)
end)
