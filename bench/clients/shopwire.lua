-- Our client under the meter.
-- Usage: LUA shopwire.lua MODE ENDPOINT CALLS WARM CA|- [FILE]
-- Modes: sequential, raw-body, parallel64, parallel64-raw-body: payments;
-- fresh: a once-only POST, which has a connection of its own by the retry law;
-- upload: one product with FILE.

local instamojo = require "instamojo"
local shopwire = require "shopwire"

local mode, endpoint = arg[1], arg[2]
local calls, warm = tonumber(arg[3]), tonumber(arg[4])
local ca, file = arg[5], arg[6]

local client = instamojo.Client {
  api_key = "bench-key",
  auth_token = "bench-token",
  endpoint = endpoint,
  ca_file = ca ~= "-" and ca or nil,
}
local payments = client.payments

local function check(value, err)
  if not value then
    error(tostring(err), 0)
  end
  return value
end

local function tables()
  local page = check(payments:list {})
  if #page ~= 5 then
    error("5 payments expected", 0)
  end
end

local raw_options = { raw = true }
local size = #check(payments:list({}, raw_options))

local function raw_body()
  local text = check(payments:list({}, raw_options))
  if #text ~= size then
    error("the text has another length", 0)
  end
end

local function fresh()
  local link = check(client.links:create {
    title = "bench", description = "bench", base_price = "10.00",
    currency = "INR",
  })
  if link.slug ~= "bench" then
    error("another link came back", 0)
  end
end

local function upload()
  local link = check(client.links:create {
    title = "bench", description = "bench", base_price = "10.00",
    currency = "INR", file_upload = file,
  })
  if link.slug ~= "bench" then
    error("another link came back", 0)
  end
end

local function one_by_one(f)
  return function(n)
    for _ = 1, n do
      f()
    end
  end
end

local function at_once(f)
  local function counted()
    f()
    return true
  end
  return function(n)
    local list = {}
    for i = 1, n do
      list[i] = i
    end
    check(shopwire.map(list, counted, { limit = 64 }))
  end
end

local modes = {
  ["sequential"] = one_by_one(tables),
  ["raw-body"] = one_by_one(raw_body),
  ["parallel64"] = at_once(tables),
  ["parallel64-raw-body"] = at_once(raw_body),
  ["fresh"] = one_by_one(fresh),
  ["upload"] = one_by_one(upload),
}

local function tell(line)
  collectgarbage()
  collectgarbage()
  io.stdout:write(line, "\n")
  io.stdout:flush()
  assert(io.stdin:read(), "the meter is gone")
end

local page = check(payments:list {})
assert(shopwire.meta(page).status == 200 and #page == 5)
if warm > 0 then
  modes[mode](warm)
end
tell "ready"
modes[mode](calls)
tell("done " .. calls)
