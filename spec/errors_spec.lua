-- The error record. (lua/shopwire/errors.lua)

local errors = require "shopwire.errors"
local shopwire = require "shopwire"

describe("an error record", function()
  it("is one line as text", function()
    local err = errors.new {kind = "invalid", message = "amount is too low",
      endpoint = "links.create", status = 400, hint = "raise it"}
    assert.equal("links.create: invalid (400): amount is too low (raise it)",
      tostring(err))
    assert.equal("network: no message",
      tostring(errors.new {kind = "network"}))
    assert.equal("error: no message", tostring(errors.new {}))
    err.ambiguous = true
    assert.truthy(tostring(err):find("it may have been carried out", 1, true))
  end)

  it("goes where a string goes", function()
    local err = errors.new {kind = "tls", message = "m"}
    assert.equal("a: tls: m", "a: " .. err)
    assert.equal("tls: m!", err .. "!")
    assert.equal("tls: mtls: m", err .. err)
    assert.equal("1tls: m", 1 .. err)
  end)

  it("knows its kind", function()
    local err = errors.new {kind = "timeout"}
    assert.is_true(err:is "timeout")
    assert.is_false(err:is "network")
    assert.is_false(err:is(nil))
    assert.is_true(errors.is_error(err))
    assert.is_false(errors.is_error {kind = "timeout"})
    assert.is_false(errors.is_error "timeout")
    assert.is_false(errors.is_error(nil))
  end)

  it("is what shopwire.assert raises, as it is", function()
    local err = errors.new {kind = "timeout"}
    local ok, raised = pcall(shopwire.assert, nil, err)
    assert.is_false(ok)
    assert.equal(err, raised)
    assert.same({1, 2, 3}, {shopwire.assert(1, 2, 3)})
    assert.is_nil((shopwire.assert(nil)))
    assert.is_false((shopwire.assert(false, "no")))
  end)
end)
