-- A shop whose process is killed and comes back: the sandbox with its state
-- in a file, on one port, and sessions of it. For the rest it is a till.

local call = require "shopwire.call"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local socket = require "socket"
local till = require "spec.support.till"

local mortal = {}

local methods = setmetatable({}, { __index = till.methods })
methods.__index = methods

local send, log = call.send, call.log

-- A port below those that the system gives to clients: nobody takes it while
-- the shop is dead, and no client can connect to itself there.
local function free_port()
  local first = 20000 + math.floor(socket.gettime() * 1000) % 10000
  for port = first, first + 1000 do
    local peer = socket.bind("127.0.0.1", port)
    if peer then
      peer:close()
      return port
    end
  end
  error("no port is free")
end

--- A living shop. `before(n, route)` is called when the n-th call of a
--- session is about to be sent, `after(n)` when it is over, `again()` when it
--- failed and waits to be sent again: a session's own log hears that later.
function mortal.open()
  local self = setmetatable({ dir = process.directory(), n = 0, children = {},
    port = free_port() }, methods)
  function call.send(caller, request, ...)
    local _, url = request:export()
    local route = url:match("route=api/([%w/]+)")
    self.n = self.n + 1
    local n = self.n
    if self.before then
      self.before(n, route)
    end
    local result, err = send(caller, request, ...)
    if self.after then
      self.after(n)
    end
    return result, err
  end
  function call.log(caller, event)
    if self.again and event.event == "retry" then
      self.again()
    end
    return log(caller, event)
  end
  self:start()
  return self
end

function methods:path(name)
  return self.dir .. "/" .. name
end

--- The sandbox's arguments; `state` is the name of its file from now on.
function methods:arguments(state)
  self.state = state or self.state or "state"
  return "--seed 7 --port " .. self.port .. " --dir " .. self.dir
    .. " --state " .. self:path(self.state)
end

--- Starts the process and waits for it.
function methods:start(state)
  self.box = shop.open(self:arguments(state))
  table.insert(self.children, self.box.child)
end

--- The process is killed.
function methods:kill()
  self.box.child:signal "KILL"
  return self:bury()
end

--- Waits for its end, whoever killed it.
function methods:bury()
  local status = self.box.child:wait()
  process.remove(self.box.child.dir)
  self.box = nil
  assert(status == 137, "it was not killed: " .. tostring(status))
end

function methods:restart(state)
  self:kill()
  self:start(state)
end

--- What the lives so far have left behind: processes and directories.
function methods:remains()
  local left = {}
  for _, child in ipairs(self.children) do
    local output = process.run("kill -0 " .. string.format("%d", child.pid)
      .. " 2>/dev/null && echo process; ls -d " .. child.dir .. " 2>/dev/null")
    left[#left + 1] = output ~= "" and output or nil
  end
  left[#left + 1] = process.run("ls -d " .. self.dir .. " 2>/dev/null")
    :match("%S.*")
  return left
end

--- Forgets all that was called, ordered and planned.
function methods:renew()
  self.before, self.after, self.again, self.n = nil, nil, nil, 0
  self.box:reset()
end

--- A fault for the next call of a route, such as { die = "before" }.
function methods:fault(route, fields)
  fields.row, fields.times = "api/" .. route, 1
  self.box:control("fault", fields)
end

--- Ends it for good; nothing is left of it.
function methods:close()
  call.send, call.log = send, log
  if self.box then
    self.box.stop()
  end
  process.remove(self.dir)
end

--- A session; options win.
function methods:session(options)
  local all = { deadline = 60 }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return till.methods.session(self, all)
end

return mortal
