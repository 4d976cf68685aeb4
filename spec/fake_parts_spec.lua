-- The fake's small parts, each alone.
-- Covers: shopwire/fake/form.lua shopwire/fake/mask.lua
-- shopwire/fake/router.lua shopwire/fake/scripts.lua shopwire/fake/shop.lua
-- shopwire/fake/values.lua

local core = require "shopwire.core"
local form = require "shopwire.fake.form"
local mask = require "shopwire.fake.mask"
local router = require "shopwire.fake.router"
local scripts = require "shopwire.fake.scripts"
local shop = require "shopwire.fake.shop"
local values = require "shopwire.fake.values"

local null = core.null

describe("the fake's parts", function()
  it("form: both ways", function()
    local fields = {["a b"] = "c&d=e+f", ["\195\171"] = "%", empty = ""}
    assert.same(fields, form.decode(form.encode(fields)))
    assert.same({a = "2", b = ""}, form.decode("a=1&&a=2&b"))
    assert.equal("a+b", form.unescape_path("a+b"))
  end)

  it("mask: null is absent, 0 is not", function()
    local row = {fields = {{name = "n", kind = "int", required = true,
      min = 0, max = 5}}}
    assert.same({n = 0}, (mask.read(row, {n = 0}, null)))
    local _, problems = mask.read(row, {n = null}, null)
    assert.same({n = {"This field is required."}}, problems)
    _, problems = mask.read(row, {n = "6"}, null)
    assert.truthy(problems.n[1]:find("less than or equal to 5", 1, true))
  end)

  it("router: literals win, segments are decoded", function()
    local it_is = router.new({
      {group = "a", name = "one", verb = "GET", path = "a/{id}/"},
      {group = "a", name = "two", verb = "GET", path = "a/fixed/"},
    }, function()
      return "/"
    end)
    assert.equal("a.two", it_is:find("GET", "/a/fixed/").name)
    local route, args = it_is:find("GET", "/a/x%2Fy/")
    assert.equal("a.one", route.name)
    assert.equal("x/y", args.id)
    local none, _, known = it_is:find("POST", "/a/fixed/")
    assert.is_nil(none)
    assert.is_true(known)
    assert.is_nil((it_is:find("GET", "/a//")))
  end)

  it("scripts and shop: ids stay what they were", function()
    local state = scripts.new {ids = values.ids(1), array = core.array}
    assert.is_nil(state:update {{id = "71", value = "x"}})
    assert.equal(71, state:answer().values[2].id)
    assert.equal("x", state:answer().values[2].value)
    local one = shop.new {ids = values.ids(1), null = null,
      array = core.array, user = "acme", clock = os.time,
      origin = function()
        return "http://127.0.0.1"
      end}
    local first, second = one:now(), one:now()
    assert.not_equal(first, second)
  end)

  it("values: money without floats' noise", function()
    assert.equal(1010, (values.cents "10.1"))
    assert.is_nil((values.cents ".01"))
    assert.equal("0.05", values.money(5))
    assert.equal("-1.50", values.money(-150))
    assert.equal("199999.99", values.money((values.cents "199999.99")))
    assert.is_nil((values.cents "1e3"))
    assert.is_nil((values.cents ""))
    assert.is_nil((values.cents "1.005"))
  end)

  it("values: times to the microsecond", function()
    assert.equal(0, (values.micros "1970-01-01"))
    assert.equal(951782400e6, (values.micros "2000-02-29"))
    assert.is_nil((values.micros "1900-02-29"))
    assert.equal(1444253794500000, (values.micros "2015-10-07T21:36:34.5Z"))
    assert.equal((1444253794 - 19800) * 1e6,
      (values.micros "2015-10-07T21:36:34+05:30"))
    assert.equal(1444253760e6, (values.micros "2015-10-07T21:36"))
    assert.is_nil((values.micros "2015-10-07T25:00Z"))
    assert.is_nil((values.micros "2015-10-07T21:36:60Z"))
    assert.equal("2015-10-07T21:36:34.500000Z",
      values.stamp(1444253794500000))
  end)

  it("values: a printed time is that very time", function()
    for part = 0, 999999, 997 do
      local micros = 1795325763000000 + part
      assert.equal(micros, (values.micros(values.stamp(micros))))
    end
  end)

  it("values: whole numbers, within bounds", function()
    assert.equal(7, values.count("7", 1, 9))
    assert.equal(7, values.count(7.0, 1, 9))
    assert.equal("9", string.format("%d", values.count("09", 1, 9)))
    for _, value in ipairs {"", "0", "10", "-1", "1.5", "1.0", "1e0", "0x1",
      " 1", "1e400", ("9"):rep(400), 1.5, 1 / 0, 0 / 0, true, {}} do
      assert.is_nil(values.count(value, 1, 9), tostring(value))
    end
  end)

  it("values: the published MAC message", function()
    assert.equal("2|3|1", values.mac_message {foo = "1", bar = "2",
      baz = "3", mac = "x"})
    assert.equal("a|b", values.mac_message {data_field_1 = "a",
      Data_name = "b"})
  end)

  it("values: what is this machine", function()
    for url, truth in pairs {
      ["http://127.0.0.1/x"] = true, ["http://localhost:80"] = true,
      ["https://[::1]:8/"] = true, ["http://127.0.0.1.example.com/"] = false,
      ["http://127.0.0.1@example.com/"] = false,
      ["http://example.com/127.0.0.1"] = false, ["ftp://localhost/"] = false,
      ["http://localhost.example.com/"] = false,
    } do
      assert.equal(truth, values.is_loopback(url), url)
    end
  end)
end)
