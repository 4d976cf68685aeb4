-- Our JSON against lua-cjson over random documents. SEED=n repeats a run.
-- Known differences, each checked below: lua-cjson (2.1.0) reads integers as
-- floats, refuses a text with a lone surrogate, keeps broken UTF-8, takes NaN,
-- hexadecimal and raw control characters, and gives nulls in objects a key.
local core = require "shopwire.core"
local cjson = require("cjson").new()

local seed = (tonumber(os.getenv("SEED")) or os.time()) % 2147483646 + 1
local rounds = 400

local state = seed
-- 1 … n, the same on every Lua
local function random(n)
  state = state * 16807 % 2147483647
  return state % n + 1
end

local function pick(list)
  return list[random(#list)]
end

local pieces = { "a", "key", " ", "0123456789abcdef", "\\n", "\\\"", "\\\\",
  "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\195\169", "\226\130\172",
  "\240\159\152\128", "\127", "\\u0000", "}", "],", ":", "\\b\\f\\r\\t" }
local numbers = { "0", "-1", "12", "1.5", "-0.25", "1e3", "2E-2", "123456789",
  "9007199254740992", "-9007199254740991", "0.1", "1e22", "3.14159265358979",
  "1234567.891" }
local spaces = { "", "", "", " ", "\n", "\t ", "\r\n" }

local function quoted()
  local parts = {}
  for i = 1, random(6) - 1 do
    parts[i] = pick(pieces)
  end
  return '"' .. table.concat(parts) .. '"'
end

local document

local function list(depth)
  local parts = {}
  for i = 1, random(6) - 1 do
    parts[i] = pick(spaces) .. document(depth - 1) .. pick(spaces)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function object(depth)
  local parts = {}
  for i = 1, random(8) - 1 do
    local key = random(4) == 1 and quoted() or '"k' .. random(9) .. '"'
    parts[i] = pick(spaces) .. key .. pick(spaces) .. ":" .. pick(spaces)
      .. document(depth - 1) .. pick(spaces)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function document(depth)
  local kind = random(depth > 0 and 10 or 6)
  if kind == 1 then
    return "null"
  elseif kind == 2 then
    return pick { "true", "false" }
  elseif kind <= 4 then
    return pick(numbers)
  elseif kind <= 6 then
    return quoted()
  elseif kind <= 8 then
    return list(depth)
  end
  return object(depth)
end

-- cjson's reading in our terms: no key for a null. A list is known by ours.
local function same(ours, theirs, path)
  if type(theirs) ~= "table" or type(ours) ~= "table" then
    if ours ~= theirs then
      return nil, path .. ": " .. tostring(ours) .. " / " .. tostring(theirs)
    end
    return true
  end
  local is_list = #theirs > 0
  for key, value in pairs(theirs) do
    local mine = ours[key]
    if value == cjson.null and not is_list then
      value = nil
    end
    local ok, why = same(mine, value, path .. "." .. tostring(key))
    if not ok then
      return nil, why
    end
  end
  for key in pairs(ours) do
    if theirs[key] == nil then
      return nil, path .. ": extra " .. tostring(key)
    end
  end
  return true
end

local function check(ok, why, text)
  if not ok then
    error(("seed %d: %s in\n%s"):format(seed, tostring(why), text), 2)
  end
end

describe("against lua-cjson, SEED=" .. seed - 1, function()
  it("reads the same values", function()
    for _ = 1, rounds do
      local text = pick(spaces) .. document(5) .. pick(spaces)
      local ours, why = core.json_decode(text)
      check(ours ~= nil, why, text)
      check(same(ours, cjson.decode(text), "value"))
    end
  end)

  it("shares the null", function()
    assert.equal(cjson.null, core.null)
    assert.equal("null", core.json_encode(cjson.null))
    assert.equal("[null]", cjson.encode(core.json_decode "[null]"))
  end)

  it("writes what lua-cjson reads as the same", function()
    for _ = 1, rounds do
      local text = document(5)
      local ours = core.json_decode(text)
      local written, why = core.json_encode(ours)
      check(written, why, text)
      check(same(ours, cjson.decode(written), "value"))
      check(same(core.json_decode(written), cjson.decode(written), "value"))
    end
  end)

  it("reads what lua-cjson writes", function()
    for _ = 1, rounds do
      local text = document(4)
      local theirs = cjson.decode(text)
      local written = cjson.encode(theirs)
      local ours, why = core.json_decode(written)
      check(ours ~= nil, why, written)
      check(same(ours, cjson.decode(written), "value"))
    end
  end)

  it("takes and refuses the same broken texts", function()
    local broken = { "", ",", ":", "[", "]", "{", "}", '"', "\\", "x", "0",
      "-", ".", "e", " ", "null", "1 1" }
    local taken = 0
    for _ = 1, rounds * 5 do
      local text = document(3)
      local at = random(#text + 1)
      local rest = text:sub(at + random(2) - 1)
      text = text:sub(1, at - 1) .. pick(broken) .. rest
      local ours, why = core.json_decode(text)
      local fine, theirs = pcall(cjson.decode, text)
      taken = taken + (fine and 1 or 0)
      if fine and ours == nil then
        -- theirs leaves numbers to strtod
        check(why:find("number", 1, true) or why:find("behind the value", 1,
          true) or text:find("0x", 1, true), why, text)
      elseif not fine and ours ~= nil then
        check(text:find("\\u[dD]"), theirs, text)
      end
    end
    assert.is_true(taken > 0)
  end)

  it("differs where it should", function()
    assert.is_false(pcall(cjson.decode, [=[["\ud800"]]=]))
    assert.equal("\239\191\189", core.json_decode([=[["\ud800"]]=])[1])
    assert.equal("\239\191\189", core.json_decode('["\255"]')[1])
    for _, text in ipairs { "[NaN]", "[0x10]", "[Infinity]", '["\1"]',
      "[01]", "[1.]", "[-]" } do
      assert.is_nil((core.json_decode(text)))
    end
    assert.equal(cjson.null, cjson.decode('{"a":null}').a)
    assert.is_nil(core.json_decode('{"a":null}').a)
    local odd = "9007199254740993"
    assert.equal(odd, tostring(core.json_decode(odd)))
    assert.equal("1e999", core.json_decode "1e999")
    assert.is_nil((core.json_encode(0 / 0)))
    assert.equal("123456789.123", core.json_encode(123456789.123))
  end)
end)
