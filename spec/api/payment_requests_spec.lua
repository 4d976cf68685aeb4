-- Payment requests: every call of client.payment_requests, on the wire and at
-- the sandbox. (src/instamojo.c)

local shop = require "spec.support.shop"

local REQUEST = {id = "92e5", purpose = "FIFA 16", amount = "2500.00"}

describe("payment requests on the wire", function()
  local server, client

  before_each(function()
    server = shop.answering {shop.reply("201 Created",
      {success = true, payment_request = REQUEST})}
    client = server:client()
  end)

  after_each(function()
    server:stop()
  end)

  it("create sends every field in its form", function()
    local made = assert(client.payment_requests:create {purpose = "FIFA 16",
      amount = 2500, buyer_name = "Asha Example", email = "foo@example.com",
      phone = "+919999999999", send_email = true, send_sms = false,
      redirect_url = "http://shop.example/done?a=b",
      webhook = "https://shop.example/hook", allow_repeated_payments = false})
    assert.equal("92e5", made.id)
    local request = server:request()
    assert.equal("POST", request.verb)
    assert.equal("/api/1.1/payment-requests/", request.target)
    assert.same({purpose = "FIFA 16", amount = "2500",
      buyer_name = "Asha Example", email = "foo@example.com",
      phone = "+919999999999", send_email = "true", send_sms = "false",
      redirect_url = "http://shop.example/done?a=b",
      webhook = "https://shop.example/hook",
      allow_repeated_payments = "false"}, request.fields)
  end)

  it("create keeps to what was given", function()
    assert(client.payment_requests:create {purpose = "x", amount = "9"})
    assert.equal("purpose=x&amount=9", server:request().body)
  end)

  it("phone may be a number", function()
    assert(client.payment_requests:create {purpose = "x", amount = 10,
      phone = 9999999999})
    assert.equal("9999999999", server:request().fields.phone)
  end)

  it("get, payment, enable and disable have paths of their own", function()
    local r = client.payment_requests
    assert(r:get("92e5"))
    assert(r:payment("92e5", "MOJO1"))
    assert(r:enable("92e5"))
    assert(r:disable("92e5"))
    local seen = server:requests(4)
    assert.equal("GET /api/1.1/payment-requests/92e5/",
      seen[1].verb .. " " .. seen[1].target)
    assert.equal("GET /api/1.1/payment-requests/92e5/MOJO1/",
      seen[2].verb .. " " .. seen[2].target)
    assert.equal("POST /api/1.1/payment-requests/92e5/enable/",
      seen[3].verb .. " " .. seen[3].target)
    assert.equal("POST /api/1.1/payment-requests/92e5/disable/",
      seen[4].verb .. " " .. seen[4].target)
    assert.equal("", seen[3].body)
    assert.equal("0", seen[3].headers["content-length"])
  end)

  it("list has the four filters of time", function()
    server:stop()
    server = shop.answering {shop.reply("200 OK",
      {success = true, payment_requests = {REQUEST}})}
    client = server:client()
    assert(client.payment_requests:list {page = 1, limit = 10,
      min_created_at = "2015-10-29T12:51:36Z", max_created_at = "2015-11-02",
      min_modified_at = "2015-07-02T00:00:00+05:30",
      max_modified_at = "2015-07-02"})
    local target = server:request().target
    assert.equal("/api/1.1/payment-requests/?page=1&limit=10"
      .. "&min_created_at=2015-10-29T12%3A51%3A36Z"
      .. "&max_created_at=2015-11-02"
      .. "&min_modified_at=2015-07-02T00%3A00%3A00%2B05%3A30"
      .. "&max_modified_at=2015-07-02", target)
  end)
end)

describe("payment requests at the sandbox", function()
  local sandbox, client

  setup(function()
    sandbox = shop.open()
    client = sandbox:client()
  end)

  teardown(function()
    sandbox.stop()
  end)

  before_each(function()
    sandbox:reset()
  end)

  local function create(fields)
    local all = {purpose = "Tea", amount = "10.00"}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return assert(client.payment_requests:create(all))
  end

  it("are made, paid and read with their payments", function()
    local made = create()
    assert.equal("Pending", made.status)
    assert.is_nil(made.shorturl)
    assert.is_nil(made.expires_at)
    local payment = sandbox:pay {payment_request = made.id}
    local read = assert(client.payment_requests:get(made.id))
    assert.equal("Completed", read.status)
    assert.equal(payment.payment_id, read.payments[1].payment_id)
    read = assert(client.payment_requests:payment(made.id,
      payment.payment_id))
    assert.equal("Credit", read.payment.status)
    assert.is_nil(read.payments)
    read = assert(client:payment_request_status(made.id))
    assert.equal(made.id, read.id)
    read = assert(client:payment_request_payment_status(made.id,
      payment.payment_id))
    assert.equal("10.00", read.payment.amount)
  end)

  it("are switched off and on", function()
    local made = create()
    assert.is_true(client.payment_requests:disable(made.id))
    local ok = pcall(sandbox.pay, sandbox, {payment_request = made.id})
    assert.is_false(ok)
    assert.is_true(client.payment_requests:enable(made.id))
    assert(sandbox:pay {payment_request = made.id})
    local done, err = client.payment_requests:enable("none")
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("payment request's id", 1, true))
  end)

  it("are listed, filtered and walked", function()
    create {purpose = "one"}
    create {purpose = "two"}
    local three = create {purpose = "three"}
    local list = assert(client:payment_requests_list {limit = 2})
    assert.equal(2, #list)
    assert.is_nil(list[1].payments)
    assert.equal(1, #list:next())
    assert.equal(3, #client.payment_requests:list {
      min_created_at = "2015-07-02"})
    assert.same({}, client.payment_requests:list {
      max_created_at = "2015-07-02"})
    local found = {}
    for request in client.payment_requests:each {limit = 1,
      min_created_at = three.created_at} do
      found[#found + 1] = request.purpose
    end
    assert.same({"three"}, found)
  end)

  it("say which field the service refuses", function()
    local made, err = client:payment_request_create {purpose = "x",
      amount = 10, send_email = true}
    assert.is_nil(made)
    assert.equal("invalid", err.kind)
    assert.truthy(err.fields.email[1]:find("required", 1, true))
  end)
end)
