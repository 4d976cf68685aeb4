-- Methods as a list, in the shop's order.

local shopwire = require "shopwire"

describe("quotes", function()
  it("lists shipping quotes by sort_order", function()
    local list = shopwire.quotes {
      b = { title = "B", sort_order = 2, quote = {
        y = { code = "b.y", title = "Y" }, x = { code = "b.x" } } },
      a = { title = "A", sort_order = "1", quote = { a = { code = "a.a" } } },
      none = { title = "N", sort_order = 0, quote = {} },
    }
    assert.equal(3, #list)
    assert.equal("a.a", list[1].code)
    assert.equal("A", list[1].method)
    assert.equal("b.x", list[2].code)
    assert.equal("b.y", list[3].code)
  end)

  it("lists payment methods by sort_order", function()
    local list = shopwire.quotes { cod = { code = "cod", sort_order = 5 },
      cheque = { code = "cheque", sort_order = 3 } }
    assert.equal("cheque", list[1].code)
    assert.equal("cod", list[2].code)
  end)

  it("is empty for nothing, and wants a map", function()
    assert.same({}, shopwire.quotes {})
    assert.has_error(function() shopwire.quotes(nil) end)
  end)
end)
