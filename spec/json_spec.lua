-- JSON to Lua and back through the core: values, refusals, what survives a
-- hostile collector. For ljson.c and ljson_encode.c. Must not know: how the
-- scan works.
local core = require "shopwire.core"
local process = require "spec.support.process"

local decode, encode, null = core.json_decode, core.json_encode, core.null
local math = rawget(_G, "math") -- what it holds depends on the version
local integers = math.type ~= nil
local exact = 2 ^ 53

local function refused(text)
  local value, message, position = decode(text)
  assert.is_nil(value)
  assert.is_string(message)
  assert.is_number(position)
  return message, position
end

local function unwritten(value)
  local text, message = encode(value)
  assert.is_nil(text)
  assert.is_string(message)
  return message
end

-- Calls `act` whenever the collector finds an unreachable object.
local function on_collect(act)
  if rawget(_G, "newproxy") then
    local proxy = newproxy(true) -- luacheck: ignore
    getmetatable(proxy).__gc = act
  else
    setmetatable({}, { __gc = act })
  end
end

-- Decodes while the collector never rests; says "whole" when nothing is lost.
local RESTLESS = [[
local decode = require "shopwire.core".json_decode
local record = '{"k":"v","n":{"x":[1,"\\n",null]}},'
local text = '{"list":[' .. record:rep(300) .. '{}],"last":true}'
collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000)
for i = 1, 20 do
  local value = decode((text:gsub("v", "v" .. i)))
  assert(#value.list == 301 and value.last == true)
  assert(value.list[300].k == "v" .. i)
  assert(value.list[1].n.x[2] == "\n")
end
print "whole"
]]

describe("json_decode", function()
  it("reads words, strings and numbers at the root", function()
    assert.is_true(decode "true")
    assert.is_false(decode " false ")
    assert.equal(null, (decode "null"))
    assert.equal("text", decode '"text"')
    assert.equal("", decode '""')
    assert.equal(41, decode "41")
    assert.equal(-0.25, decode "-25e-2")
  end)

  it("returns one value on success", function()
    assert.equal(1, select("#", decode "{}"))
    assert.equal(1, select("#", decode "null"))
  end)

  it("keeps integers integers and floats floats", function()
    assert.equal(12345, decode '{"id":12345}'.id)
    if integers then
      assert.equal("integer", math.type(decode "12345"))
      assert.equal("integer", math.type(decode "-0"))
      assert.equal("float", math.type(decode "1.0"))
      assert.equal("float", math.type(decode "1e2"))
    end
  end)

  it("gives integers that do not fit as text", function()
    assert.equal(exact, decode "9007199254740992")
    assert.equal(-exact, decode "-9007199254740992")
    if integers then
      assert.equal("9007199254740993", tostring(decode "9007199254740993"))
      assert.equal(math.maxinteger, decode "9223372036854775807")
      assert.equal(math.mininteger, decode "-9223372036854775808")
    else
      assert.equal("9007199254740993", decode "9007199254740993")
      assert.equal("-9007199254740993", decode "-9007199254740993")
    end
    assert.equal("9223372036854775808", decode "9223372036854775808")
    assert.equal("-9223372036854775809", decode "-9223372036854775809")
    local huge = ("9"):rep(500)
    assert.equal(huge, decode(huge))
  end)

  it("gives floats that are out of range as text", function()
    assert.equal("1e400", decode "1e400")
    assert.equal("-1E+999999999999", decode "-1E+999999999999")
    assert.equal("1e-400", decode "1e-400")
    assert.equal(0, decode "0e400")
    assert.equal(1.7976931348623157e308, decode "1.7976931348623157e308")
  end)

  it("leaves no key for a null, whatever came before", function()
    local value = decode '{"a":null,"b":1,"c":null}'
    assert.same({ b = 1 }, value)
    assert.same({ b = 2 }, decode '{"a":1,"b":2,"a":null}')
    assert.same({ a = 3 }, decode '{"a":null,"a":3}')
    assert.same({ a = 3 }, decode '{"a":1,"a":null,"a":3}')
    assert.same({}, decode '{"a":{"x":1},"a":null}')
    local long = ("k"):rep(60)
    assert.same({}, decode('{"' .. long .. '":1,"' .. long .. '":null}'))
  end)

  it("lets the last of duplicate keys win", function()
    assert.same({ a = 2, b = 1 }, decode '{"a":1,"b":1,"a":2}')
  end)

  it("keeps nulls in lists as the sentinel", function()
    local list = decode "[null,1,null]"
    assert.equal(3, #list)
    assert.equal(null, list[1])
    assert.equal(1, list[2])
    assert.equal(null, list[3])
  end)

  it("marks an empty list, and nothing else", function()
    assert.equal(core.array_mt, getmetatable(decode "[]"))
    assert.equal(core.array_mt, getmetatable(decode '{"a":[]}'.a))
    assert.is_nil(getmetatable(decode "[1]"))
    assert.is_nil(getmetatable(decode "{}"))
  end)

  it("reads strings with everything in them", function()
    assert.equal('"\\/\b\f\n\r\t', decode [["\"\\\/\b\f\n\r\t"]])
    assert.equal("a\0b", decode [["a\u0000b"]])
    assert.equal("\240\159\152\128", decode [["\ud83d\uDE00"]])
    assert.equal("caf\195\169", decode '"caf\195\169"')
    assert.equal("a\239\191\189b", decode [["a\ud800b"]])
    assert.equal("\239\191\189", decode '"\255"')
    local long = ("0123456789"):rep(1000)
    assert.equal(long .. "\n" .. long, decode('"' .. long .. "\\n" .. long
      .. '"'))
  end)

  it("reads keys with escapes, empty and long ones", function()
    local long = ("k"):rep(41)
    local text = '{"":1,"\\u0061":2,"a\\u0000b":3,"' .. long .. '":4}'
    for _ = 1, 2 do
      assert.same({ [""] = 1, a = 2, ["a\0b"] = 3, [long] = 4 },
        decode(text))
    end
  end)

  it("nests 128 deep and no deeper", function()
    local value = decode(("["):rep(128) .. ("]"):rep(128))
    local depth = 0
    while value do
      depth = depth + 1
      value = value[1]
    end
    assert.equal(128, depth)
    local message = refused(("["):rep(129) .. ("]"):rep(129))
    assert.truthy(message:find("deeper than 128", 1, true))
    value = decode(('{"a":'):rep(128) .. "1" .. ("}"):rep(128))
    for _ = 1, 128 do
      value = value.a
    end
    assert.equal(1, value)
  end)

  it("says what is wrong and at which byte", function()
    local message, position = refused '{"a":tru}'
    assert.equal("a value expected at byte 6", message)
    assert.equal(6, position)
    message, position = refused ""
    assert.truthy(message:find("the text ends", 1, true))
    assert.equal(1, position)
    message = refused "[1] x"
    assert.equal("text behind the value at byte 5", message)
    refused "NaN"
    refused "[01]"
    refused '"\n"'
    refused "\239\187\191{}"
  end)

  it("raises for anything but a string", function()
    assert.has_error(function() decode(nil) end)
    assert.has_error(function() decode(41) end)
    assert.has_error(function() decode() end)
  end)

  it("is not confused by many keys, many shapes, shared homes", function()
    local parts, want = {}, {}
    for i = 1, 3000 do
      local key = "key" .. i % 1000
      local record = ('{"id":%d,"%s":"%s","common":{"%s":[{"%s":%d}]}}')
        :format(i, key, key, key, key, i)
      if i % 7 == 0 then
        record = ('{"common":null,"%s":%d,"id":%d}'):format(key, i, i)
      end
      parts[i] = record
      want[i] = i % 7 == 0 and { [key] = i, id = i }
        or { id = i, [key] = key, common = { [key] = { { [key] = i } } } }
    end
    local text = "[" .. table.concat(parts, ",") .. "]"
    for _ = 1, 2 do
      assert.same(want, decode(text))
    end
  end)

  it("tells keys of one length apart, wherever they differ", function()
    for n = 1, 50 do
      for at = 1, n do
        local one = ("k"):rep(n)
        local other = one:sub(1, at - 1) .. "x" .. one:sub(at + 1)
        local got = decode(('[{"%s":1},{"%s":2},{"%s":3,"%s":null}]')
          :format(one, other, one, other))
        assert.equal(1, got[1][one])
        assert.equal(2, got[2][other])
        assert.is_nil(got[2][one])
        assert.equal(3, got[3][one])
      end
    end
  end)

  it("survives a collector that never rests", function()
    -- In a process of its own: on Lua 5.3 such a collector walks the whole
    -- heap at each allocation, and busted's heap is not small.
    local dir = process.directory()
    process.write(dir .. "/restless.lua", RESTLESS)
    local output, status = process.run(process.lua(dir .. "/restless.lua",
      "2>&1"), 60)
    process.remove(dir)
    assert.equal("whole\n", output)
    assert.equal(0, status)
  end)

  it("can be entered again by a finalizer", function()
    local inside, entered = false, 0
    local small = '{"other":["\\t",{"keys":"here"}],"id":null}'
    local function act()
      local value = decode(small)
      assert(value.other[1] == "\t" and value.other[2].keys == "here")
      assert(encode { value.other[2] } == '[{"keys":"here"}]')
      if inside then
        entered = entered + 1
      end
    end
    local text = "[" .. ('{"id":1,"name":"a\\tb","more":["x"]},'):rep(500)
      .. "0]"
    for round = 1, 200 do
      collectgarbage("stop") -- it works in decode only: finalizers run there
      for _ = 1, 20 do
        on_collect(act)
      end
      inside = true
      collectgarbage("restart")
      local value = decode(text)
      collectgarbage("stop")
      inside = false
      for i = 1, 500 do
        local record = value[i]
        if record.id ~= 1 or record.name ~= "a\tb"
          or record.more[1] ~= "x" then
          error("record " .. i .. " of round " .. round .. " is wrong")
        end
      end
      if entered > 5 then
        break
      end
    end
    collectgarbage("restart")
    collectgarbage()
    assert.is_true(entered > 0)
  end)
end)

describe("json_encode", function()
  it("writes words, strings and numbers", function()
    assert.equal("true", encode(true))
    assert.equal("false", encode(false))
    assert.equal("null", encode(null))
    assert.equal('"a/b"', encode "a/b")
    assert.equal('"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f"',
      encode '"\\\b\f\n\r\t\0\31')
    assert.equal('"caf\195\169\127"', encode "caf\195\169\127")
    assert.equal("41", encode(41))
    assert.equal("41", encode(41.0))
    assert.equal("-1", encode(-1))
  end)

  it("writes numbers that read back the same", function()
    assert.equal("0.1", encode(0.1))
    assert.equal("0.30000000000000004", encode(0.1 + 0.2))
    assert.equal("9007199254740992", encode(exact))
    assert.equal("9007199254740991", encode(exact - 1))
    assert.equal("1e+300", encode(1e300))
    if integers then
      assert.equal("9223372036854775807", encode(math.maxinteger))
      assert.equal("-9223372036854775808", encode(math.mininteger))
      assert.equal("9007199254740993", encode(decode "9007199254740993"))
    end
    for _, number in ipairs { 1 / 3, 1e-7, 123456.789, 2 ^ 60, 5e-324 } do
      assert.equal(number, decode(encode(number)))
    end
  end)

  it("tells lists from objects", function()
    assert.equal("[1,2,3]", encode { 1, 2, 3 })
    assert.equal('{"a":[{"b":{}}]}', encode { a = { { b = {} } } })
    assert.equal("{}", encode {})
    assert.equal("[]", encode(core.array {}))
    assert.equal("[1]", encode(core.array { 1 }))
    assert.equal('{"a":[]}', encode(decode '{"a":[]}'))
    assert.equal("{}", encode(decode '{"a":null}'))
    assert.equal("[null,1,null]", encode(decode "[null,1,null]"))
  end)

  it("marks the table that it is given", function()
    local list = {}
    assert.equal(list, core.array(list))
    assert.equal(core.array_mt, getmetatable(list))
    assert.has_error(function() core.array(1) end)
  end)

  it("refuses what has no exact JSON, and says where", function()
    assert.equal("value: a function has no JSON", unwritten(print))
    assert.equal("value: a nil has no JSON", unwritten(nil))
    assert.equal("value.a[2].b: a thread has no JSON", unwritten {
      a = { 1, { b = coroutine.create(function() end) } } })
    assert.equal("value.x: an infinity or NaN has no JSON",
      unwritten { x = 0 / 0 })
    unwritten(1 / 0)
    unwritten(-1 / 0)
    unwritten { io.stdout }
    assert.equal("value.t: byte 3 of the text is not UTF-8",
      unwritten { t = "ab\255" })
    unwritten { ["\255"] = 1 }
    unwritten "\237\160\128"
  end)

  it("refuses keys that are no strings, and holes", function()
    assert.equal("value.a: a key of an object is a number, not a string",
      unwritten { a = { [7] = true } })
    assert.equal("value: a key of an object is a boolean, not a string",
      unwritten { [true] = 1 })
    local holes = "value: a list with holes or with keys beside 1 to n"
    assert.equal(holes, unwritten { 1, 2, x = 3 })
    assert.equal(holes, unwritten(core.array { x = 3 }))
    assert.equal(holes, unwritten { 1, 2, 3, [5] = 5 })
    assert.is_nil((encode { 1, nil, 3 }))
    assert.equal(holes, unwritten { 1, 2, [2.5] = 3 })
  end)

  it("keeps control bytes and length out of its sentences", function()
    local message = unwritten { ["a\27b" .. ("k"):rep(500)] = print }
    assert.is_nil(message:find("%c"))
    assert.is_true(#message < 250)
    local deep = print
    for _ = 1, 100 do
      deep = { [("long"):rep(20)] = deep }
    end
    assert.is_true(#unwritten(deep) < 250)
  end)

  it("stops at depth 128, so at a cycle too", function()
    local function nest(n)
      local value = {}
      for _ = 2, n do
        value = { value }
      end
      return value
    end
    assert.equal(("["):rep(127) .. "{}" .. ("]"):rep(127),
      encode(nest(128)))
    local message = unwritten(nest(129))
    assert.truthy(message:find("nested deeper than 128", 1, true))
    local cycle = {}
    cycle.self = cycle
    message = unwritten(cycle)
    assert.truthy(message:find("or in itself", 1, true))
  end)

  it("runs no metamethod", function()
    local function bad()
      error("a metamethod ran")
    end
    local value = setmetatable({ a = 1 }, { __index = bad, __pairs = bad,
      __len = bad, __tostring = bad })
    assert.equal('{"a":1}', encode(value))
  end)

  it("works on after a refusal and after a large text", function()
    unwritten { a = print }
    assert.equal('{"a":1}', encode { a = 1 })
    local large = ("x"):rep(3000000)
    assert.equal(3000002, #encode(large))
    assert.equal('["y"]', encode { "y" })
  end)

  it("raises without an argument", function()
    assert.has_error(function() encode() end)
  end)

  it("can be entered again by a finalizer", function()
    local inside, entered = false, 0
    local function act()
      assert(encode { other = ("z"):rep(5000) }:sub(1, 9) == '{"other":')
      if inside then
        entered = entered + 1
      end
    end
    local value = { ("a"):rep(2000), 0 }
    for _ = 1, 2000 do
      for _ = 1, 5 do
        on_collect(act)
      end
      -- nothing else allocates here, so the collector runs in there; each
      -- text is new, because an old one would cost no memory
      inside = true
      for _ = 1, 20 do
        value[2] = value[2] + 1
        local text = encode(value)
        if text:find("z", 1, true) or #text < 2006 then
          error("a finalizer changed the text")
        end
      end
      inside = false
      if entered > 3 then
        break
      end
    end
    collectgarbage()
    assert.is_true(entered > 0)
  end)
end)
