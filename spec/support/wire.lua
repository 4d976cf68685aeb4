-- The scripted TCP server (wire_server.lua) as specs see it, and certificates
-- for it.
--
--   local server = wire.start {connections = {{{"read"}, {"send", "…"}}}}
--   server.url, server.port, server:requests(), server:connections(),
--   server:stop()

local process = require "spec.support.process"

local wire = {}

local methods = {}
local meta = {__index = methods}

local function dump(value)
  if type(value) == "table" then
    local parts = {}
    for key, item in pairs(value) do
      parts[#parts + 1] = "[" .. dump(key) .. "]=" .. dump(item)
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  if type(value) == "string" then
    return (string.format("%q", value):gsub("\r", "\\r"):gsub("\\\n", "\\n")
      :gsub("%z", "\\0"))
  end
  return tostring(value)
end

--- A whole reply. `headers` are further lines.
function wire.reply(status, body, headers)
  return "HTTP/1.1 " .. status .. "\r\nContent-Type: application/json\r\n"
    .. (headers or "") .. "Content-Length: "
    .. string.format("%d", #body) .. "\r\n\r\n" .. body
end

--- Starts a server; `script` as wire_server.lua says.
function wire.start(script)
  local dir = process.directory()
  process.write(dir .. "/script.lua", "return " .. dump(script))
  local child = process.start(process.lua("spec/support/wire_server.lua",
    process.quote(dir .. "/script.lua") .. " " .. process.quote(dir)))
  local ok, output = pcall(child.expect, child, "port %d+\n")
  if not ok then
    child:stop("KILL")
    error(output, 2)
  end
  local port = tonumber(output:match("port (%d+)"))
  return setmetatable({
    child = child, dir = dir, port = port,
    url = (script.tls and "https" or "http") .. "://127.0.0.1:"
      .. string.format("%d", port) .. "/",
  }, meta)
end

local function numbered(dir, kind)
  local list = {}
  while true do
    local bytes = process.read(string.format("%s/%s-%d", dir, kind,
      #list + 1))
    if not bytes then
      return list
    end
    list[#list + 1] = bytes
  end
end

--- Raw bytes of every request so far; waits until there are `n`.
function methods:requests(n)
  process.wait(function()
    return #numbered(self.dir, "request") >= (n or 0)
  end)
  return numbered(self.dir, "request")
end

--- How many connections were taken so far.
function methods:connections()
  return #numbered(self.dir, "connection")
end

function methods:stop()
  self.child:stop()
  process.remove(self.dir)
end

local request = "openssl req -newkey ec -pkeyopt"
  .. " ec_paramgen_curve:prime256v1 -nodes "

-- A certificate signed by the directory's CA.
local function issue(dir, name, subject, names, days)
  local base = process.quote(dir) .. "/" .. name
  process.write(dir .. "/" .. name .. ".ext", "subjectAltName=" .. names)
  return request .. "-keyout " .. base .. ".key -out " .. base
    .. ".csr -subj /CN=" .. subject .. " && openssl x509 -req -in " .. base
    .. ".csr -CA " .. process.quote(dir) .. "/ca.pem -CAkey "
    .. process.quote(dir) .. "/ca.key -CAcreateserial -days " .. days
    .. " -extfile " .. base .. ".ext -out " .. base .. ".pem"
end

--- Makes a CA and certificates in a new directory. The result has `dir`, `ca`
--- (a path), and `good`, `expired`, `wrong_host`, `self_signed`, each
--- {cert =, key =}; `remove()`.
function wire.certificates()
  local dir = process.directory()
  local base = process.quote(dir)
  local good = "IP:127.0.0.1,DNS:localhost"
  local output, status = process.run(table.concat({
    request .. "-x509 -days 2 -subj /CN=spec-ca -keyout " .. base
      .. "/ca.key -out " .. base .. "/ca.pem",
    request .. "-x509 -days 2 -subj /CN=localhost -addext subjectAltName="
      .. good .. " -keyout " .. base .. "/self_signed.key -out " .. base
      .. "/self_signed.pem",
    issue(dir, "good", "localhost", good, 2),
    issue(dir, "expired", "localhost", good, -1),
    issue(dir, "wrong_host", "other.test", "DNS:other.test", 2),
  }, " && "):gsub(" && ", " 2>&1 && ") .. " 2>&1", 30)
  assert(status == 0, output)
  local made = {dir = dir, ca = dir .. "/ca.pem"}
  for _, name in ipairs {"good", "expired", "wrong_host", "self_signed"} do
    made[name] = {
      cert = dir .. "/" .. name .. ".pem", key = dir .. "/" .. name .. ".key",
    }
  end
  function made.remove()
    process.remove(dir)
  end
  return made
end

return wire
