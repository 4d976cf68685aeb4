-- Refunds: every call of client.refunds, on the wire and at the sandbox.
-- (src/instamojo.c)

local shop = require "spec.support.shop"

describe("refunds on the wire", function()
  it("create, list and get", function()
    local refund = {id = "C5c0", payment_id = "MOJO1"}
    local server = shop.answering {
      shop.reply("201 Created", {success = true, refund = refund}),
      shop.reply("200 OK", {success = true, refunds = {refund}}),
      shop.reply("200 OK", {success = true, refund = refund}),
    }
    local client = server:client()
    assert.equal("C5c0", client.refunds:create {payment_id = "MOJO1",
      type = "QFL", body = "Did not satisfy, alas", refund_amount = 12.5,
      transaction_id = "rf-0001"}.id)
    assert.equal("C5c0", client.refunds:list {limit = 50, page = 2}[1].id)
    assert.equal("C5c0", client.refunds:get("C5c0").id)
    local seen = server:requests(3)
    assert.equal("POST /api/1.1/refunds/",
      seen[1].verb .. " " .. seen[1].target)
    assert.equal("payment_id=MOJO1&type=QFL&body=Did+not+satisfy%2C+alas"
      .. "&refund_amount=12.50&transaction_id=rf-0001", seen[1].body)
    assert.equal("/api/1.1/refunds/?page=2&limit=50", seen[2].target)
    assert.equal("/api/1.1/refunds/C5c0/", seen[3].target)
    server:stop()
  end)
end)

describe("refunds at the sandbox", function()
  local sandbox, client, payment

  setup(function()
    sandbox = shop.open()
    client = sandbox:client()
  end)

  teardown(function()
    sandbox.stop()
  end)

  before_each(function()
    sandbox:reset()
    assert(client.links:create {title = "Tea", description = "d",
      base_price = "50.00"})
    payment = sandbox:pay {link = "tea"}
  end)

  it("are made in part, then of the rest", function()
    local refund = assert(client.refunds:create {
      payment_id = payment.payment_id, type = "RFD", body = "twice",
      refund_amount = "20"})
    assert.equal("Refunded", refund.status)
    assert.equal("20.00", refund.refund_amount)
    assert.equal("50.00", refund.total_amount)
    assert.equal(refund.id, client:refund_detail(refund.id).id)
    assert.equal(refund.id, client:refunds_list()[1].id)
    local seen = {}
    for one in client.refunds:each() do
      seen[#seen + 1] = one.id
    end
    assert.same({refund.id}, seen)
  end)

  it("of all when no amount is told", function()
    local refund = assert(client:refund_create {
      payment_id = payment.payment_id, type = "PTH", body = "x"})
    assert.equal("50.00", refund.refund_amount)
    local more, err = client:refund_create {
      payment_id = payment.payment_id, type = "PTH", body = "x"}
    assert.is_nil(more)
    assert.equal("invalid", err.kind)
    assert.is_nil(err.ambiguous)
  end)

  it("of a payment that is not there", function()
    local refund, err = client.refunds:create {payment_id = "MOJOnone",
      type = "RFD", body = "x"}
    assert.is_nil(refund)
    assert.equal("invalid", err.kind)
    assert.truthy(err.fields.payment_id)
    refund, err = client.refunds:get("C5none")
    assert.is_nil(refund)
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("refund", 1, true))
  end)

  it("that got lost are ambiguous, with what can be read", function()
    sandbox:control("fault", {row = "refunds.create", reset = "after"})
    local refund, err = client.refunds:create {
      payment_id = payment.payment_id, type = "RFD", body = "twice"}
    assert.is_nil(refund)
    assert.equal("network", err.kind)
    assert.is_true(err.ambiguous)
    assert.is_false(err.retryable)
    assert.equal(1, #err.evidence.candidates)
    assert.equal(payment.payment_id,
      err.evidence.candidates[1].payment_id)
    local sent = 0
    for _, row in ipairs(sandbox:rows()) do
      sent = sent + (row == "refunds.create" and 1 or 0)
    end
    assert.equal(1, sent)
    sandbox:reset()
    sandbox:control("fault", {row = "refunds.create", status = 502})
    refund, err = client.refunds:create {
      payment_id = payment.payment_id, type = "RFD", body = "twice"}
    assert.is_nil(refund)
    assert.is_true(err.ambiguous)
    assert.same({}, err.evidence.candidates)
  end)

  it("that got lost are not taken for one of another amount", function()
    assert(client.refunds:create {payment_id = payment.payment_id,
      type = "RFD", body = "twice", refund_amount = 20})
    local function lost(amount)
      sandbox:control("fault", {row = "refunds.create", reset = "before"})
      local refund, err = client.refunds:create {
        payment_id = payment.payment_id, type = "RFD", body = "twice",
        refund_amount = amount}
      assert.is_nil(refund)
      assert.is_true(err.ambiguous)
      return #err.evidence.candidates
    end
    assert.equal(0, lost(30))
    assert.equal(1, lost("20.0"))
  end)
end)
