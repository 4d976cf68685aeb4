-- Thousands of calls, good and bad, finished and forgotten: memory and open
-- descriptors stay as they are. (What the sanitizers cannot see: what is still
-- held by somebody.) src/lengine.c, lua/shopwire/call.lua

local process = require "spec.support.process"

local SCRIPT = [[
local instamojo = require "instamojo"
local shopwire = require "shopwire"
local endpoint, api_key, auth_token = arg[1], arg[2], arg[3]

local client = instamojo.Client {
  api_key = api_key, auth_token = auth_token, endpoint = endpoint,
  retries = 0, deadline = 20, log = function() end,
}
local broken = {headers = {["X-Sandbox-Fault"] = "status=502"}}
local cut = {headers = {["X-Sandbox-Fault"] = "truncate=5"}}
local product = {title = "t", description = "d", base_price = 1}

local function good()
  assert(client:debug())
  assert(client.links:list {limit = 5})
  shopwire.meta(client.links:list {limit = 1})
end

local function refused()
  local result, err = client.links:get "none"
  assert(result == nil and err.kind == "not_found")
  assert(not pcall(client.links.create, client.links, {titel = 1}))
  result, err = client.links:list({}, cut)
  assert(result == nil and err.kind == "network")
end

local function in_doubt()
  local result, err = client.links:create(product, broken)
  assert(result == nil and err.ambiguous and err.evidence)
end

local function forgotten()
  local jobs = {}
  for i = 1, 4 do
    jobs[i] = shopwire.spawn(function()
      return client:debug()
    end)
  end
  shopwire.tick(0)
  jobs[1]:cancel()
  jobs[2]:cancel()
  jobs[3]:wait()
  assert(jobs[4]:wait())
end

local function other_client()
  local own = instamojo.Client(api_key, "wrong", endpoint)
  local result, err = own:debug()
  assert(result == nil and err.kind == "auth")
  own:close()
end

local function round(i)
  good()
  refused()
  if i % 5 == 0 then
    in_doubt()
    forgotten()
    other_client()
  end
end

local function measure()
  while shopwire.tick(0.01) > 0 do
    collectgarbage "step"
  end
  collectgarbage()
  collectgarbage()
  local file = io.open("/proc/self/statm", "rb")
  local pages = tonumber(file:read("*a"):match("^%d+ (%d+)"))
  file:close()
  local pipe = io.popen("ls /proc/$PPID/fd | wc -l")
  local count = tonumber(pipe:read("*l"))
  pipe:close()
  return pages * 4, count, collectgarbage "count"
end

for i = 1, 500 do -- fills every pool
  round(i)
end
local memory, count, heap = measure()
for i = 1, 1000 do
  round(i)
end
local memory_now, count_now, heap_now = measure()
print(string.format("%.0f %.0f %.0f", memory_now - memory, count_now - count,
  heap_now - heap))
]]

describe("a long run #slow", function()
  it("leaves memory and descriptors as they were", function()
    local shop = process.sandbox()
    local dir = process.directory()
    process.write(dir .. "/script.lua", SCRIPT)
    local output, status = process.run(process.lua(dir .. "/script.lua",
      table.concat({shop.endpoint, shop.api_key, shop.auth_token}, " "))
      .. " 2>&1", 120)
    process.remove(dir)
    shop.stop()
    assert.equal(0, status, output)
    local memory, descriptors, heap = output:match(
      "^(%-?%d+) (%-?%d+) (%-?%d+)\n$")
    -- KiB over more than 7,000 calls; one request is about one
    assert.is_true(tonumber(memory) < 1024, output)
    assert.is_true(tonumber(heap) < 256, output)
    -- the pool breathes; one lost in each creation would be 200
    assert.is_true(tonumber(descriptors) < 20, output)
  end)
end)
