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

-- What a look for a lost call of this group finds.
local function read(rows, group, fields, status)
  return evidence.read(client_of(core.array(rows), status),
    lookup[group .. ".list"], lookup[group .. ".create"], fields)
end

-- How many of these rows carry what was sent.
local function count(rows, group, fields)
  return #read(rows, group, fields).candidates
end

describe("evidence", function()
  it("is every row that carries what was sent", function()
    local rows = {
      {slug = "a", title = "Tea", base_price = "1.00"},
      {slug = "b", title = "Coffee", base_price = "1.00"},
      {slug = "c", title = "Tea", base_price = "2.00"},
      {slug = "d", title = "Tea", base_price = "1"},
    }
    local found = read(rows, "links", {title = "Tea", base_price = 1})
    assert.equal(2, #found.candidates)
    assert.equal("a", found.candidates[1].slug)
    assert.equal("d", found.candidates[2].slug)
  end)

  it("compares amounts as amounts", function()
    local rows = {{id = "1", purpose = "x", amount = "10.00"},
      {id = "2", purpose = "x", amount = "10.01"}}
    for _, amount in ipairs {10, "10", "10.0", 10.00} do
      local found = read(rows, "payment_requests",
        {purpose = "x", amount = amount})
      assert.equal(1, #found.candidates)
      assert.equal("1", found.candidates[1].id)
    end
    -- what is no amount says nothing
    assert.equal(1, count({{purpose = "x", amount = "Free"}},
      "payment_requests", {purpose = "x", amount = 10}))
  end)

  it("compares every field of a refund", function()
    local row = {id = "C1", payment_id = "MOJO1", type = "RFD", body = "why",
      refund_amount = "5.00", transaction_id = "t-1"}
    local sent = {payment_id = "MOJO1", type = "RFD", body = "why",
      refund_amount = "5", transaction_id = "t-1"}
    assert.equal(1, count({row}, "refunds", sent))
    for name, other in pairs {payment_id = "MOJO2", type = "QFL",
      body = "other", refund_amount = 6, transaction_id = "t-2"} do
      local mine = sent[name]
      sent[name] = other
      assert.equal(0, count({row}, "refunds", sent), name)
      -- a field that was not sent, or does not come back, hides nothing
      sent[name] = nil
      assert.equal(1, count({row}, "refunds", sent), name)
      sent[name] = mine
      local kept = row[name]
      row[name] = nil
      assert.equal(1, count({row}, "refunds", sent), name)
      row[name] = kept
    end
  end)

  it("compares text, numbers, truths and addresses of a product", function()
    local row = {title = "Tea", description = "one\r\ntwo", base_price = "1",
      currency = "INR", quantity = 0, note = "", venue = "Kochi",
      enable_sign = false, redirect_url = "https://shop.example/"}
    local function with(name, value)
      return count({row}, "links", {title = "Tea", [name] = value})
    end
    assert.equal(1, with("description", " one\ntwo\n"))
    assert.equal(0, with("description", "one two"))
    assert.equal(1, with("currency", "INR"))
    assert.equal(0, with("currency", "USD"))
    assert.equal(1, with("quantity", 0))
    assert.equal(0, with("quantity", 3))
    assert.equal(1, with("note", ""))
    assert.equal(0, with("note", "thanks"))
    assert.equal(0, with("venue", "kochi"))
    assert.equal(1, with("enable_sign", false))
    assert.equal(0, with("enable_sign", true))
    assert.equal(1, with("redirect_url", "https://shop.example"))
    assert.equal(0, with("redirect_url", "https://shop.example/a"))
    row.title = "7"
    assert.equal(1, count({row}, "links", {title = 7}))
  end)

  it("leaves out what the service writes in its own way", function()
    local row = {purpose = "x", phone = "+919999999999"}
    assert.equal(1, count({row}, "payment_requests",
      {purpose = "x", phone = "9999999999"}))
    row = {title = "x", start_date = "2026-08-03T16:30:00Z",
      socialpay_platforms = "facebook,twitter", quantity = {}}
    assert.equal(1, count({row}, "links", {title = "x", quantity = 1,
      start_date = "2026-08-03 16:30", file_upload = "/a",
      socialpay_platforms = "twitter, facebook"}))
  end)

  it("is nothing when nothing can be compared", function()
    assert.same({candidates = {}}, read({{slug = "a"}}, "links",
      {description = "x"}))
    assert.same({candidates = {}}, read({}, "links", {title = "x"}))
  end)

  it("says when the list could not be read", function()
    local found = read({}, "links", {title = "x"}, 403)
    assert.is_nil(found.candidates)
    assert.truthy(found.unread:find("Nope", 1, true))
  end)
end)
