-- What can be read about a call that may have been carried out.
-- (lua/shopwire/evidence.lua)

local core = require "shopwire.core"
local evidence = require "shopwire.evidence"
local instamojo = require "instamojo"

local lookup = {}
for _, row in ipairs(core.rows("instamojo")) do
  lookup[row.full_name] = row
end

-- A client whose list is this; notes the deadline of each look.
local function client_of(rows, status)
  return instamojo.Client {api_key = "k", auth_token = "t", retries = 0,
    transport = function()
      return {status = status or 200, headers = {}, body =
        assert(core.json_encode {success = not status, links = rows,
          refunds = rows, payment_requests = rows, message = "Nope"})}
    end}
end

local function read(rows, name, fields, status)
  return evidence.read(client_of(core.array(rows), status), lookup[name],
    fields)
end

describe("evidence", function()
  it("is every row that carries what was sent", function()
    local rows = {
      {slug = "a", title = "Tea", base_price = "1.00"},
      {slug = "b", title = "Coffee", base_price = "1.00"},
      {slug = "c", title = "Tea", base_price = "2.00"},
    }
    local found = read(rows, "links.list", {title = "Tea", base_price = 1})
    assert.equal(2, #found.candidates)
    assert.equal("a", found.candidates[1].slug)
    assert.equal("c", found.candidates[2].slug)
  end)

  it("compares amounts as amounts, the rest as text", function()
    local rows = {{id = "1", purpose = "x", amount = "10.00"},
      {id = "2", purpose = "x", amount = "10.01"}}
    for _, amount in ipairs {10, "10", "10.0", 10.00} do
      local found = read(rows, "payment_requests.list",
        {purpose = "x", amount = amount})
      assert.equal(1, #found.candidates)
      assert.equal("1", found.candidates[1].id)
    end
    rows = {{id = "C1", payment_id = "MOJO1", type = "RFD"}}
    assert.equal(1, #read(rows, "refunds.list", {payment_id = "MOJO1",
      type = "RFD", body = "x"}).candidates)
    assert.equal(0, #read(rows, "refunds.list", {payment_id = "MOJO2",
      type = "RFD", body = "x"}).candidates)
  end)

  it("is nothing when nothing can be compared", function()
    assert.same({candidates = {}}, read({{slug = "a"}}, "links.list",
      {description = "x"}))
    assert.same({candidates = {}}, read({}, "links.list", {title = "x"}))
  end)

  it("says when the list could not be read", function()
    local found = read({}, "links.list", {title = "x"}, 403)
    assert.is_nil(found.candidates)
    assert.truthy(found.unread:find("Nope", 1, true))
  end)
end)
