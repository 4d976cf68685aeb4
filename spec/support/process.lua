-- Child processes for specs: started, watched and ended, every wait bounded.
-- A child is put under a shell that notes its id and its exit status.

local socket = require "socket"

local process = {}

local methods = {}
local meta = {__index = methods}

local LIMIT = 60 -- seconds for any single wait

-- A sanitizer's runtime is for Lua children only: others get slow by it.
local preload = os.getenv("LD_PRELOAD")
local BARE = preload and "unset LD_PRELOAD; " or ""

--- Waits until `ready()` gives something true; nil when time is up.
function process.wait(ready, seconds)
  local limit = socket.gettime() + (seconds or LIMIT)
  local result = ready()
  while not result and socket.gettime() < limit do
    socket.sleep(0.01)
    result = ready()
  end
  return result
end

function process.quote(text)
  return "'" .. tostring(text):gsub("'", [['\'']]) .. "'"
end

--- Content of a file; nil when there is none.
function process.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

function process.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

--- A new directory; `process.remove` takes it away.
function process.directory()
  local pipe = assert(io.popen(BARE .. "mktemp -d"))
  local path = pipe:read("*l")
  pipe:close()
  return assert(path, "no directory could be made")
end

function process.remove(path)
  assert(#path > 5)
  os.execute(BARE .. "rm -rf " .. process.quote(path))
end

--- Output and exit status of a command that may take `seconds`.
function process.run(command, seconds)
  local shell = " sh -c " .. process.quote(command .. "; echo \"status $?\"")
  local pipe = assert(io.popen(BARE .. "timeout " .. (seconds or LIMIT)
    .. shell))
  local text = pipe:read("*a")
  pipe:close()
  local output, status = text:match("^(.*)status (%d+)\n$")
  return output or text, tonumber(status)
end

--- The interpreter that runs this spec.
function process.interpreter()
  local name = os.getenv("SHOPWIRE_LUA")
  if name then
    return name
  end
  if rawget(_G, "jit") then
    return "luajit"
  end
  return "lua" .. _VERSION:match("%d%.%d")
end

--- Environment words that give a Lua child the paths of this one.
function process.environment(libraries)
  local suffix = _VERSION:match("5%.[234]")
  suffix = suffix and "_" .. suffix:gsub("%.", "_") or ""
  local first = (preload or "") .. " " .. (libraries or "")
  local runtime = first:find("%S") and " LD_PRELOAD=" .. process.quote(first)
    or ""
  return "env" .. runtime .. " LUA_PATH" .. suffix .. "="
    .. process.quote(package.path) .. " LUA_CPATH" .. suffix .. "="
    .. process.quote(package.cpath)
end

--- Files of those libraries of spec/support, for process.lua to preload.
function process.support(...)
  local paths = {}
  for i, name in ipairs {...} do
    paths[i] = (os.getenv "SHOPWIRE_BUILD" or "build") .. "/support/"
      .. name .. ".so"
    assert(process.read(paths[i]), paths[i]
      .. ": configure with SHOPWIRE_TESTS")
  end
  return table.concat(paths, " ")
end

--- Command line that runs a Lua file with the same Lua and paths, and with
--- those libraries preloaded.
function process.lua(file, arguments, libraries)
  return process.environment(libraries) .. " " .. process.interpreter() .. " "
    .. process.quote(file) .. " " .. (arguments or "")
end

--- File of a Lua module on the path.
function process.find(name)
  for template in package.path:gmatch("[^;]+") do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
  end
  error("no module " .. name, 2)
end

-- Number of the process that runs this spec.
local function own_id()
  local pipe = assert(io.popen("echo $PPID"))
  local id = pipe:read("*n")
  pipe:close()
  return string.format("%d", id)
end

-- The shell script around a child: notes its id, then its exit status. A child
-- whose spec has died is ended too, and the directory with it.
local script = [[
env --default-signal=INT,TERM,QUIT COMMAND </dev/null &
child=$!
echo $child > DIR/pid.part
mv DIR/pid.part DIR/pid
(
  while kill -0 OWNER; do sleep 1; done
  kill -TERM $child
  sleep 2
  kill -KILL $child
) >/dev/null 2>&1 &
watcher=$!
wait $child
echo $? > DIR/status.part
kill $watcher
mv DIR/status.part DIR/status
kill -0 OWNER 2>/dev/null || rm -rf DIR
]]

--- Starts a command. It takes both signals, whatever the caller's shell
--- ignores.
function process.start(command)
  local dir = process.directory()
  local self = setmetatable({dir = dir}, meta)
  local words = {COMMAND = command, DIR = dir, OWNER = own_id()}
  process.write(dir .. "/run", (script:gsub("%u%u%u+", words)))
  os.execute(BARE .. "sh " .. dir .. "/run > " .. dir .. "/out 2> " .. dir
    .. "/err &")
  self.pid = process.wait(function()
    return tonumber(process.read(dir .. "/pid"))
  end)
  assert(self.pid, "the child did not start")
  return self
end

function methods:output()
  return process.read(self.dir .. "/out") or ""
end

function methods:errors()
  return process.read(self.dir .. "/err") or ""
end

--- Exit status once it ended, else nil.
function methods:status()
  return tonumber(process.read(self.dir .. "/status"))
end

--- Waits for a line of output that matches; returns all output so far.
function methods:expect(pattern, seconds)
  local found = process.wait(function()
    return self:output():find(pattern) or self:status()
  end, seconds)
  local output = self:output()
  if not found or not output:find(pattern) then
    error("expected " .. pattern .. ", got: " .. output .. self:errors(),
      2)
  end
  return output
end

function methods:signal(name)
  os.execute(BARE .. "kill -" .. name .. " " .. string.format("%d", self.pid)
    .. " 2>/dev/null")
end

--- Exit status, waited for; nil when it does not end in time.
function methods:wait(seconds)
  return process.wait(function()
    return self:status()
  end, seconds)
end

--- Ends it, by force if it must be; returns the exit status.
function methods:stop(name)
  if not self:status() then
    self:signal(name or "TERM")
    if not self:wait() then
      self:signal("KILL")
      self:wait()
    end
  end
  local status = self:status()
  process.remove(self.dir)
  return status
end

--- Starts a sandbox on a free port and reads its banner: the result has
--- endpoint, api_key and so on, `origin`, and `stop()`.
function process.sandbox(arguments)
  local file = process.find("shopwire.sandbox")
  local child = process.start(process.lua(file,
    "--port 0 " .. (arguments or "")))
  local ok, output = pcall(child.expect, child, "\nready\n")
  if not ok then
    child:stop("KILL")
    error(output, 2)
  end
  local banner = {child = child, output = output}
  for name, value in output:gmatch("([%w_]+) ([^\n]+)\n") do
    banner[name] = value
  end
  banner.origin = banner.endpoint:match("^(https?://[^/]+)")
  function banner.stop()
    return child:stop()
  end
  return banner
end

return process
