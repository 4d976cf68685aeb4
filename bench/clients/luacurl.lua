-- Debian's lua-curl (an old binding, easy interface only) with lua-cjson under
-- the meter: the handle is reused, as its users would.
-- Usage: LUA luacurl.lua URL CALLS WARM

local curl = require "curl"
local cjson = require "cjson"

local url, calls, warm = arg[1], tonumber(arg[2]), tonumber(arg[3])
local easy = curl.easy_init()
local chunks = {}

easy:setopt(curl.OPT_URL, url)
easy:setopt(curl.OPT_NOSIGNAL, 1)
easy:setopt(curl.OPT_HTTPHEADER, {
  "X-Api-Key: bench-key", "X-Auth-Token: bench-token",
})
easy:setopt(curl.OPT_WRITEFUNCTION, function(bytes, size)
  chunks[#chunks + 1] = bytes
  return size
end)

-- This binding cannot tell the status, so libcurl itself refuses a bad one.
easy:setopt(curl.OPT_FAILONERROR, 1)

local function call()
  chunks = {}
  local code, words = easy:perform()
  assert(code == 0, words)
  local reply = cjson.decode(table.concat(chunks))
  assert(#reply.payments == 5)
end

local function tell(line)
  collectgarbage()
  collectgarbage()
  io.stdout:write(line, "\n")
  io.stdout:flush()
  assert(io.stdin:read(), "the meter is gone")
end

for _ = 1, warm do
  call()
end
tell "ready"
for _ = 1, calls do
  call()
end
tell("done " .. calls)
