-- Eight sessions side by side under the meter: each reads its cart.
-- Usage: LUA sessions.lua URL CALLS WARM SESSIONS

local invotide = require "invotide"
local shopwire = require "shopwire"

local url = arg[1]
local calls, warm, count = tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])

local sessions = {}
for i = 1, count do
  sessions[i] = invotide.Session { url = url, key = "bench-key" }
end

local function read_carts(n)
  local left = n
  shopwire.assert(shopwire.map(sessions, function(session)
    while left > 0 do
      left = left - 1
      local cart, err = session.cart:products()
      if not cart then
        return nil, err
      elseif cart.products[1].product_id ~= 40 then
        error("another cart came back", 0)
      end
    end
    return true
  end, { limit = count }))
end

local function tell(line)
  collectgarbage()
  collectgarbage()
  io.stdout:write(line, "\n")
  io.stdout:flush()
  assert(io.stdin:read(), "the meter is gone")
end

read_carts(math.max(warm, count)) -- logs in
tell "ready"
read_carts(calls)
tell("done " .. calls)
