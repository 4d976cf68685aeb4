-- shopwire.money and the rest of the module's own face.
-- (lua/shopwire/init.lua)

local cjson = require "cjson"
local process = require "spec.support.process"
local shopwire = require "shopwire"

describe("shopwire.money", function()
  it("gives decimal text and hundredths", function()
    for _, case in ipairs {
      {"12.50", "12.50", 1250}, {"12.5", "12.5", 1250}, {"0", "0", 0},
      {50, "50", 5000}, {12.5, "12.50", 1250}, {0.07, "0.07", 7},
      {1.1, "1.10", 110}, {"-3.20", "-3.20", -320}, {-3, "-3", -300},
      {99.99, "99.99", 9999}, {1e3, "1000", 100000},
    } do
      local text, hundredths = shopwire.money(case[1])
      assert.equal(case[3], hundredths)
      assert.equal(case[2], text)
      local back, same = shopwire.money(text)
      assert.equal(text, back)
      assert.equal(hundredths, same)
      assert.equal(string.format("%d", case[3]), tostring(hundredths))
    end
  end)

  it("refuses what no amount is", function()
    for _, value in ipairs {0.1 + 0.2, "1.234", "1,5", "", "x", 1 / 3, 0 / 0,
      1 / 0, {}, true, print, "0x1", "1e2", " 1"} do
      local ok, message = pcall(shopwire.money, value)
      assert.is_false(ok, tostring(value))
      assert.truthy(message:find("amount", 1, true), message)
    end
    assert.is_false((pcall(shopwire.money)))
  end)

  it("adds up without a float", function()
    local sum = 0
    for _, price in ipairs {"0.10", "0.20", 0.3, 0.4} do
      local _, hundredths = shopwire.money(price)
      sum = sum + hundredths
    end
    assert.equal("100", tostring(sum))
  end)
end)

describe("shopwire", function()
  it("has cjson's null", function()
    assert.equal(cjson.null, shopwire.null)
  end)

  it("keeps secrets without a text", function()
    local secret = shopwire.secret("tell-nobody")
    assert.equal("[secret]", tostring(secret))
    assert.equal("tell-nobody", secret:reveal())
    assert.is_false((pcall(function()
      return "a" .. secret
    end)))
    assert.is_false(getmetatable(secret))
  end)

  it("opens nothing and loads no engine when it is required", function()
    local dir = process.directory()
    local file = process.write(dir .. "/quiet.lua", [[
local function sockets()
  local pid = assert(io.open("/proc/self/stat")):read("*l"):match("^%d+")
  -- popen's own descriptor may be closed while ls looks at it
  local list = io.popen("ls -l /proc/" .. pid .. "/fd 2>/dev/null"):read("*a")
  return select(2, list:gsub("socket:", "")), list
end
local before = sockets() -- those of whoever started this
require "shopwire"
require "instamojo"
local maps = assert(io.open("/proc/self/maps")):read("*a")
assert(not maps:find("libcurl", 1, true), "libcurl is loaded")
assert(not maps:find("libcrypto", 1, true), "OpenSSL is loaded")
assert(maps:find("core.so", 1, true))
for name in pairs(_G) do
  if name == "shopwire" or name == "instamojo" then
    error("a global " .. name)
  end
end
local after, list = sockets()
assert(before == after, list)
assert(not list:find("eventpoll", 1, true), list)
print "quiet"
]])
    local output = process.run(process.lua(file) .. " 2>&1")
    assert.equal("quiet\n", output)
    process.remove(dir)
  end)
end)
