-- A TCP server that plays a script, for specs that need bytes no proper server
-- sends. lua wire_server.lua SCRIPT DIRECTORY
--
-- SCRIPT is a Lua file that returns {tls = {cert =, key =} or nil,
-- connections = {STEPS, …}}: the n-th connection plays the n-th list, later
-- ones the last. A step is {"read"} a whole request, {"read_head"},
-- {"send", bytes}, {"send_port", bytes with @PORT@ for its own}, {"flood",
-- bytes, times}, {"drip", bytes, seconds between two of them}, {"pause",
-- seconds}, {"close"}, {"reset"}, {"hold"} until the peer ends it, {"relay",
-- port} of this machine, {"again"} from the first step. After the last step
-- the connection is closed.
--
-- Prints `port N`. DIRECTORY gets request-N with the raw bytes of each request
-- and connection-N for each connection.

local socket = require "socket"

local script_path, directory = arg[1], arg[2]
local script = assert(dofile(script_path))
local listener = assert(socket.bind("127.0.0.1", 0, 512))
local waiting_read, waiting_write, sleepers = {}, {}, {}
local connection_count, request_count = 0, 0

local function record(kind, number, bytes)
  local path = string.format("%s/%s-%d", directory, kind, number)
  local file = assert(io.open(path .. ".part", "wb"))
  file:write(bytes)
  file:close()
  assert(os.rename(path .. ".part", path))
end

local function resume(thread)
  local ok, problem = coroutine.resume(thread)
  if not ok then
    io.stderr:write(tostring(problem), "\n")
  end
end

local function wait_read(peer)
  waiting_read[peer] = coroutine.running()
  coroutine.yield()
end

local function wait_write(peer)
  waiting_write[peer] = coroutine.running()
  coroutine.yield()
end

local function pause(seconds)
  sleepers[coroutine.running()] = socket.gettime() + seconds
  coroutine.yield()
end

-- More bytes into the connection's buffer; false at the end.
local function more(state)
  while true do
    local bytes, why, partial = state.peer:receive(65536)
    bytes = bytes or partial
    if bytes and #bytes > 0 then
      state.buffer = state.buffer .. bytes
      return true
    end
    if why ~= "timeout" and why ~= "wantread" then
      return false
    end
    wait_read(state.peer)
  end
end

local function head_of(state)
  while not state.buffer:find("\r\n\r\n", 1, true) do
    if not more(state) then
      return nil
    end
  end
  return select(2, state.buffer:find("\r\n\r\n", 1, true))
end

local function take(state, length)
  request_count = request_count + 1
  record("request", request_count, state.buffer:sub(1, length))
  state.buffer = state.buffer:sub(length + 1)
end

local function length_of(state, head_end)
  local head = state.buffer:sub(1, head_end):lower()
  if head:find("\r\ntransfer%-encoding:%s*chunked") then
    local _, last = state.buffer:find("\r\n0\r\n\r\n", head_end - 1, true)
    return last
  end
  local length = tonumber(head:match("\r\ncontent%-length:%s*(%d+)") or 0)
  return #state.buffer >= head_end + length and head_end + length or nil
end

local steps = {}

function steps.read_head(state)
  local head_end = head_of(state)
  if not head_end then
    return false
  end
  take(state, head_end)
  return true
end

function steps.read(state)
  local head_end = head_of(state)
  local length = head_end and length_of(state, head_end)
  while head_end and not length do
    if not more(state) then
      return false
    end
    length = length_of(state, head_end)
  end
  if not length then
    return false
  end
  take(state, length)
  return true
end

function steps.send(state, bytes)
  local at = 1
  while at <= #bytes do
    local last, why, partial = state.peer:send(bytes, at)
    at = (last or partial or at - 1) + 1
    if not last then
      if why ~= "timeout" and why ~= "wantwrite" then
        return false
      end
      wait_write(state.peer)
    end
  end
  return true
end

function steps.send_port(state, bytes)
  local port = string.format("%d", select(2, listener:getsockname()))
  return steps.send(state, (bytes:gsub("@PORT@", port)))
end

function steps.flood(state, bytes, times)
  for _ = 1, times do
    if not steps.send(state, bytes) then
      return false
    end
  end
  return true
end

function steps.drip(state, bytes, seconds)
  for char in bytes:gmatch(".") do
    if not steps.send(state, char) then
      return false
    end
    pause(seconds)
  end
  return true
end

function steps.pause(_, seconds)
  pause(seconds)
  return true
end

function steps.hold(state)
  while more(state) do
    state.buffer = ""
  end
  return false
end

local function copy(from, to)
  while more(from) and steps.send(to, from.buffer) do
    from.buffer = ""
  end
  to.peer:shutdown("send")
end

function steps.relay(state, port)
  local far = assert(socket.connect("127.0.0.1", port))
  far:settimeout(0)
  local there = {peer = far, plain = far, buffer = ""}
  resume(coroutine.create(function()
    copy(there, state)
    far:close()
  end))
  copy(state, there)
  return false
end

function steps.close()
  return false
end

function steps.reset(state)
  state.plain:setoption("linger", {on = true, timeout = 0})
  return false
end

local function shake_hands(plain)
  local ssl = require "ssl"
  local peer, why = ssl.wrap(plain, {
    mode = "server", protocol = "any", certificate = script.tls.cert,
    key = script.tls.key, options = {"all", "no_sslv3"},
  })
  assert(peer, why)
  peer:settimeout(0)
  local done
  repeat
    done, why = peer:dohandshake()
    if why == "wantread" then
      wait_read(peer)
    elseif why == "wantwrite" then
      wait_write(peer)
    elseif not done then
      return nil
    end
  until done
  return peer
end

local function play(plain, list)
  local state = {plain = plain, peer = plain, buffer = ""}
  plain:settimeout(0)
  plain:setoption("tcp-nodelay", true)
  if script.tls then
    state.peer = shake_hands(plain)
  end
  local i = 1
  while state.peer and list[i] do
    local step = list[i]
    if step[1] == "again" then
      i = 0
    elseif not steps[step[1]](state, step[2], step[3]) then
      break
    end
    i = i + 1
  end
  if state.peer then
    state.peer:close()
  end
  plain:close()
end

local function accept()
  local plain = listener:accept()
  if not plain then
    return
  end
  connection_count = connection_count + 1
  record("connection", connection_count, "")
  local lists = script.connections
  local list = lists[connection_count] or lists[#lists]
  local thread = coroutine.create(function()
    play(plain, list)
  end)
  resume(thread)
end

local function wake(ready, waiting)
  for _, peer in ipairs(ready) do
    local thread = waiting[peer]
    if thread then
      waiting[peer] = nil
      resume(thread)
    end
  end
end

local function keys(map, list)
  for key in pairs(map) do
    list[#list + 1] = key
  end
  return list
end

local function wake_sleepers()
  local now, due = socket.gettime(), {}
  for thread, at in pairs(sleepers) do
    if at <= now then
      due[#due + 1] = thread
    end
  end
  for _, thread in ipairs(due) do
    sleepers[thread] = nil
    resume(thread)
  end
end

local function timeout()
  local least = 1
  for _, at in pairs(sleepers) do
    least = math.min(least, math.max(0, at - socket.gettime()))
  end
  return least
end

listener:settimeout(0)
io.stdout:write("port ", string.format("%d", select(2,
  listener:getsockname())), "\n")
io.stdout:flush()
while true do
  local readable, writable = socket.select(keys(waiting_read, {listener}),
    keys(waiting_write, {}), timeout())
  if readable[listener] then
    accept()
  end
  wake(readable, waiting_read)
  wake(writable, waiting_write)
  wake_sleepers()
end
