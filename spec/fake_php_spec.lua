-- PHP as the fake's Invotide speaks it: forms, casts, JSON, e-mail addresses.
-- Covers: shopwire/fake/invotide/php.lua shopwire/fake/invotide/email.lua

local email = require "shopwire.fake.invotide.email"
local php = require "shopwire.fake.invotide.php"

describe("PHP in the fake", function()
  local function parse(text, limit)
    return php.encode(php.parse(text, limit or 1000))
  end

  it("reads brackets", function()
    assert.equal('{"a":{"b":{"c":["1","2"]}}}',
      parse "a[b][c][]=1&a%5Bb%5D%5Bc%5D%5B%5D=2")
    assert.equal('{"option":{"217":"4","223":["8","9"]}}',
      parse "option[217]=4&option[223][]=8&option[223][]=9")
    assert.equal('{"a":"2"}', parse "a=1&a=2")
    assert.equal('{"a":["2"]}', parse "a=1&a[]=2")
    assert.equal('{"a":"","b_c":"d e","f_g":"1"}', parse "a&b.c=d+e&f[g=1")
    assert.equal('{"a":{"5":"x","6":"y"}}', parse "a[5]=x&a[]=y")
    assert.equal('{"a":[["1"],["2"]]}', parse "a[][]=1&a[][]=2")
    assert.equal('{"a":{"b":"1"}}', parse "a[b]c=1")
    assert.equal("[]", parse "=1&&")
  end)

  it("drops what comes after the limit without a word", function()
    assert.equal('["0","1"]', parse("0=0&1=1&2=2", 2))
  end)

  it("escapes and trims on arrival", function()
    assert.equal("A &amp; &quot;B&quot; &lt;c&gt; 'd'",
      php.clean ' A & "B" <c> \'d\'\t\0')
    assert.equal("", php.clean "Zo\235")
    assert.equal("", php.clean "\237\160\128")
    assert.equal("Zo\195\171 \240\159\152\128",
      php.clean "Zo\195\171 \240\159\152\128")
    local nested = php.parse("a[<]=%3E", 9)
    assert.equal('{"a":{"&lt;":"&gt;"}}', php.encode(php.clean(nested)))
  end)

  it("writes JSON as json_encode does", function()
    assert.equal('"a\\/\\u00eb\\ud83d\\ude00\\"\\\\\\n\\u0001\127"',
      php.encode 'a/\195\171\240\159\152\128"\\\n\1\127')
    assert.equal("[]", php.encode(php.array()))
    assert.equal('{"1":null,"3":false}',
      php.encode(php.map(1, php.null, "3", false)))
    assert.equal("[1,2.5,12.7453476231112]",
      php.encode(php.list {1, 2.5, 10 / 0.78460002}))
  end)

  it("casts and compares", function()
    for text, number in pairs {["1.9"] = 1, abc = 0, ["-3"] = -3,
      ["12abc"] = 12, ["1e3"] = 1000, [" 7"] = 7, [""] = 0, [".5"] = 0,
      ["-1.5"] = -1} do
      assert.equal(number, php.int(text))
    end
    assert.is_true(php.greater("abc", 400))
    assert.is_false(php.greater("10,50", 1000))
    assert.is_true(php.greater(php.array(), 1))
    assert.is_true(php.less("", 1))
    assert.is_true(php.is_numeric " 1.5 ")
    assert.is_false(php.is_numeric "1x")
    assert.is_false(php.truthy "0")
    assert.is_true(php.truthy "false")
    assert.equal("\195\171", php.cut("\195\171\195\171", 1))
  end)

  it("knows an e-mail address", function()
    for _, good in ipairs {"a@b.c", "a.b+c@x-y.example.com"} do
      assert.is_true(email.is_valid(good), good)
    end
    for _, bad in ipairs {"", "a", "a@", "@b.c", "a@b", "a..b@c.d", ".a@b.c",
      "a@-b.c", "k\195\164ufer@b.c", ("a"):rep(97) .. "@b.c", "a@b..c"} do
      assert.is_false(email.is_valid(bad), bad)
    end
  end)
end)
