-- The cookie jar of a session.

local jar = require "invotide.jar"

local function filled(base, ...)
  local one = jar.new(base)
  for _, value in ipairs { ... } do
    one:set(value)
  end
  return one:line()
end

describe("a jar", function()
  local HOST = "https://shop.example.com/"

  it("sends back what it was given, in that order", function()
    assert.equal("a=1; OCSESSID=x9", filled(HOST, "a=1; path=/",
      "OCSESSID=x9; HttpOnly"))
  end)

  it("never keeps language and currency", function()
    assert.is_nil(filled(HOST, "language=en-gb; path=/", "currency=USD",
      "Currency=EUR"))
  end)

  it("changes and forgets", function()
    assert.equal("a=2", filled(HOST, "a=1", "a=2"))
    assert.is_nil(filled(HOST, "a=1", "a=; Max-Age=0"))
    assert.is_nil(filled(HOST, "a=1",
      "a=1; expires=Thu, 01 Jan 1970 00:00:01 GMT"))
    assert.equal("a=1", filled(HOST,
      "a=1; expires=Mon, 21 Dec 2126 20:58:58 GMT"))
  end)

  it("is bound to its host", function()
    assert.is_nil(filled(HOST, "a=1; Domain=other.example"))
    assert.is_nil(filled(HOST, "a=1; Domain=com"))
    assert.is_nil(filled(HOST, "a=1; Domain=op.example.com"))
    assert.equal("a=1; b=2", filled(HOST, "a=1; Domain=.example.com",
      "b=2; Domain=shop.example.com"))
    assert.is_nil(filled("http://10.0.0.1/", "a=1; Domain=0.0.1"))
  end)

  it("keeps a secure cookie off http", function()
    assert.is_nil(filled("http://shop.example/", "a=1; Secure"))
    assert.equal("a=1", filled("https://shop.example/", "a=1; Secure"))
  end)

  it("refuses what is no cookie", function()
    assert.is_nil(filled(HOST, "novalue", "a=\1", "a=b\"c", "",
      "a=" .. ("x"):rep(5000)))
  end)

  it("holds a bounded number", function()
    local one = jar.new(HOST)
    for i = 1, 100 do
      one:set("c" .. i .. "=1")
    end
    local _, count = one:line():gsub("=", "=")
    assert.equal(30, count)
  end)

  it("sends a line that a header has room for: the first ones", function()
    local one = jar.new(HOST)
    one:set("OCSESSID=x9")
    for i = 1, 3 do
      one:set("c" .. i .. "=" .. ("v"):rep(3000))
    end
    one:set("last=1")
    local line = one:line()
    assert.is_true(#line <= 8000)
    local names = {}
    for name in line:gmatch("(%w+)=") do
      names[#names + 1] = name
    end
    assert.same({ "OCSESSID", "c1", "c2", "last" }, names)
  end)

  it("is empty after it was emptied", function()
    local one = jar.new(HOST)
    one:set("a=1")
    one:empty()
    assert.is_nil(one:line())
  end)
end)
