-- JSON to tables: our decoder against lua-cjson on one text, alternating.
-- Usage: LUA json_bench.lua FILE ROUNDS REPEATS → one JSON line with the
-- medians of MB/s (of CPU time, collector included) and of their ratio.

local cjson = require "cjson"
local core = require "shopwire.core"

local file = assert(io.open(arg[1], "rb"))
local text = file:read "*a"
file:close()
local rounds, repeats = tonumber(arg[2]), tonumber(arg[3])

local function speed(decode)
  collectgarbage()
  collectgarbage()
  local start = os.clock()
  for _ = 1, repeats do
    decode(text)
  end
  return #text * repeats / 1e6 / (os.clock() - start)
end

local function median(list)
  table.sort(list)
  local n = #list
  local half = math.floor(n / 2)
  if n % 2 == 1 then
    return list[half + 1]
  end
  return (list[half] + list[half + 1]) / 2
end

local function ours(s)
  return assert(core.json_decode(s))
end

local mine, theirs = ours(text), cjson.decode(text)
assert(#mine.payments == #theirs.payments)
for i, payment in ipairs(mine.payments) do
  assert(payment.payment_id == theirs.payments[i].payment_id)
end
assert(tostring(mine.payments[1].quantity) == "2", "an integer is expected")

local us, them, ratio = {}, {}, {}
for i = 0, rounds do
  local a, b
  if i % 2 == 0 then
    a, b = speed(ours), speed(cjson.decode)
  else
    b = speed(cjson.decode)
    a = speed(ours)
  end
  if i > 0 then -- the first one warms up
    us[i], them[i], ratio[i] = a, b, a / b
  end
end
print(('{"ours":%.1f,"cjson":%.1f,"ratio":%.4f}'):format(median(us),
  median(them), median(ratio)))
