-- Options against a list of what there is. (lua/shopwire/options.lua)

local options = require "shopwire.options"
local shopwire = require "shopwire"

local KNOWN = {name = "text", key = "secret", on = "boolean", f = "callable",
  t = "table", wait = "seconds", tries = "count", fake = "fake"}

local function wrong(given, also)
  local ok, message = pcall(options.check, given, KNOWN, "Thing", 1, also)
  assert.is_false(ok)
  return message
end

describe("options.check", function()
  it("takes every kind", function()
    assert.has_no_error(function()
      options.check({name = "a b", key = "k", on = false, f = print, t = {},
        wait = 0.5, tries = 0, fake = true}, KNOWN, "Thing", 1)
      options.check({key = shopwire.secret "k", fake = {}, tries = 10,
        wait = 86400}, KNOWN, "Thing", 1)
      options.check({}, KNOWN, "Thing", 1)
    end)
  end)

  it("names every mistake, in a settled order", function()
    local message = wrong {nam = 1, name = "", on = 0, f = {}, t = "x",
      wait = 0, tries = 1.5, fake = false, key = "a\127"}
    local found = {}
    for part in message:gsub("^.-Thing: ", ""):gmatch("[^;]+") do
      found[#found + 1] = part:gsub("^ ", "")
    end
    local sorted = {}
    for i, part in ipairs(found) do
      sorted[i] = part
    end
    table.sort(sorted)
    assert.same(sorted, found)
    assert.equal(9, #found)
    assert.truthy(message:find("nam is not an option (did you mean name?)",
      1, true))
  end)

  it("tells other problems too, and shows no control character", function()
    assert.matches("^.*Thing: other$", wrong({}, {"other"}))
    local message = wrong {["a\27[2J\n"] = 1}
    assert.is_nil(message:find("[%z\1-\31]"))
    assert.truthy(wrong {[1] = 1}:find("a key that is a number", 1, true))
    assert.truthy(wrong {[print] = 1}:find("a key that is a function", 1,
      true))
  end)

  it("raises at the level that is told", function()
    local function public(given)
      options.check(given, KNOWN, "Thing", 2)
    end
    local ok, message = pcall(function()
      public {nam = 1}
    end)
    assert.is_false(ok)
    assert.matches("options_spec.lua:%d+: Thing: nam", message)
    local line = debug.getinfo(public, "S").lastlinedefined + 2
    assert.truthy(message:find(":" .. line .. ":", 1, true), message)
  end)

  it("tells no secret", function()
    local message = wrong {key = "top\nsecret", name = {}}
    assert.is_nil(message:find("secret", 1, true), message)
  end)
end)

describe("what clients and sessions have in common", function()
  it("is whether certificates are checked", function()
    local problems = {}
    assert.is_false(options.is_insecure({}, problems))
    assert.is_false(options.is_insecure({tls = {insecure = false}}, problems))
    assert.is_true(options.is_insecure({tls = {insecure = true}}, problems))
    assert.is_false(options.is_insecure({tls = "off"}, problems))
    assert.same({}, problems) -- the kind of value is options.check's
    options.is_insecure({tls = {insecure = 1}}, problems)
    options.is_insecure({tls = {verify = false}}, problems)
    assert.equal(2, #problems)
    assert.truthy(problems[1]:find("insecure = true or false", 1, true))
  end)

  it("is what carries the requests", function()
    assert.is_nil((options.transport {}))
    local function own() end
    assert.equal(own, (options.transport {transport = own}))
    local transport, fake = options.transport {fake = true}
    assert.equal("function", type(transport))
    local other, given = options.transport {fake = fake, transport = own}
    assert.equal("function", type(other))
    assert.are_not.equal(own, other)
    assert.equal(fake, given)
  end)

  it("is the agent", function()
    assert.matches("^shopwire/%d+%.%d+$", options.user_agent {})
    assert.matches("^shopwire/%S+ my%-shop/1%.2$",
      options.user_agent {app_info = "my-shop/1.2"})
  end)
end)
