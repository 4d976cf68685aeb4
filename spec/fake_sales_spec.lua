-- The fake in process: payments, payment requests, refunds, script values.
-- Nothing here opens a socket.
-- Covers: shopwire/fake/shop.lua shopwire/fake/scripts.lua
-- shopwire/fake/instamojo.lua

local calls = require "spec.support.in_process"
local core = require "shopwire.core"
local fake = require "shopwire.fake"
local form = require "shopwire.fake.form"
local values = require "shopwire.fake.values"

local ask, product, sell = calls.ask, calls.product, calls.sell

describe("the fake", function()
  local it_is
  before_each(function()
    it_is = calls.make()
  end)

  describe("payments", function()
    it("are made by the control call and read back", function()
      product(it_is)
      local status, body = sell(it_is, {link = "hello-api",
        buyer_phone = "9999999990", quantity = "2"})
      assert.equal(201, status)
      local payment = body.payment
      assert.equal("Credit", payment.status)
      assert.equal("100.00", payment.amount)
      assert.equal("50.00", payment.unit_price)
      assert.equal("1.90", payment.fees)
      assert.equal("+919999999990", payment.buyer_phone)
      assert.equal("hello-api", payment.link_slug)
      local _, got = ask(it_is, "GET", "payments/" .. payment.payment_id
        .. "/")
      assert.same(payment, got.payment)
      local _, list = ask(it_is, "GET", "payments/")
      assert.same({payment}, list.payments)
      local _, link = ask(it_is, "GET", "links/hello-api/")
      assert.equal(2, link.link.quantity_sold)
      assert.equal(404, (ask(it_is, "GET", "payments/MOJO0/")))
    end)

    it("keep to stock and price", function()
      product(it_is, {quantity = "1"})
      assert.equal(400, (sell(it_is, {link = "hello-api", quantity = "2"})))
      assert.equal(400, (sell(it_is, {link = "hello-api", amount = "60"})))
      assert.equal(201, (sell(it_is, {link = "hello-api",
        status = "Failed"})))
      assert.equal(201, (sell(it_is, {link = "hello-api"})))
      assert.equal(400, (sell(it_is, {link = "hello-api"})))
      product(it_is, {title = "gift", enable_pwyw = "true"})
      local _, body = sell(it_is, {link = "gift", amount = "75.50"})
      assert.equal("75.50", body.payment.amount)
      product(it_is, {title = "free", base_price = "0"})
      _, body = sell(it_is, {link = "free"})
      assert.equal("Free", body.payment.currency)
    end)

    it("are refused whole when an argument is none", function()
      product(it_is, {base_price = "200000", enable_pwyw = "1"})
      for _, bad in ipairs {
        {quantity = "1e400"}, {quantity = "1e300"}, {quantity = "1e9"},
        {quantity = "1000000001"}, {quantity = "0"}, {quantity = "1.5"},
        {quantity = "-1"}, {quantity = "0x2"}, {quantity = ("9"):rep(400)},
        {quantity = "1000000000"}, -- what they cost is no amount any more
        {amount = "1e400"}, {amount = "-1"}, {amount = "inf"},
        {status = "Maybe"},
      } do
        bad.link = "hello-api"
        local status, body = sell(it_is, bad)
        assert.equal(400, status)
        bad.link = nil
        assert.is_string(body.message[next(bad)][1])
      end
      for name, json in pairs {quantity = '1.5', buyer_name = '{}',
        buyer_email = 'true', buyer_phone = '[1]'} do
        local status, body = ask(it_is, "POST", "/_sandbox/pay",
          '{"link": "hello-api", "' .. name .. '": ' .. json .. '}')
        assert.equal(400, status)
        assert.is_string(body.message[name][1])
      end
      local _, body = ask(it_is, "GET", "links/hello-api/")
      assert.equal(0, body.link.quantity_sold)
      _, body = ask(it_is, "GET", "payments/")
      assert.same({}, body.payments)
    end)

    it("are as large as an amount can be, and refunded", function()
      product(it_is, {base_price = "1"})
      local status, body = sell(it_is, {link = "hello-api",
        quantity = "1000000000"})
      assert.equal(201, status)
      assert.equal("1000000000.00", body.payment.amount)
      assert.equal(201, (ask(it_is, "POST", "refunds/", {type = "RFD",
        body = "x", payment_id = body.payment.payment_id,
        refund_amount = "1000000000"})))
    end)

    it("have a price of two places a piece", function()
      product(it_is, {base_price = "0", enable_pwyw = "1"})
      local _, body = sell(it_is, {link = "hello-api", quantity = "2",
        amount = "1.99"})
      assert.equal("1.00", body.payment.unit_price)
    end)

    it("tell the webhook, signed", function()
      product(it_is, {webhook_url = "http://127.0.0.1:9/hook"})
      local _, body = sell(it_is, {link = "hello-api",
        buyer_name = "Zo\195\171 | Co"})
      local delivery = it_is:next_delivery()
      assert.equal("http://127.0.0.1:9/hook", delivery.url)
      assert.equal(body.webhook.body, delivery.body)
      local fields = form.decode(delivery.body)
      assert.equal("Zo\195\171 | Co", fields.buyer_name)
      assert.equal(core.hmac_sha1(it_is.keys.salt,
        values.mac_message(fields)), fields.mac)
      for _, name in ipairs {"payment_id", "status", "offer_slug",
        "offer_title", "buyer", "buyer_name", "buyer_phone", "currency",
        "quantity", "unit_price", "amount", "fees", "variants",
        "custom_fields"} do
        assert.is_string(fields[name], name)
      end
      assert.is_nil(it_is:next_delivery())
    end)
  end)

  describe("payment requests", function()
    local function request(fields)
      fields.purpose = fields.purpose or "FIFA 16"
      fields.amount = fields.amount or "2500"
      local status, body = ask(it_is, "POST", "payment-requests/", fields)
      assert.equal(201, status)
      return body.payment_request
    end

    it("are created with every key, by form and by JSON", function()
      local made = request {phone = "9999999999", email = "foo@example.com",
        send_email = "True", allow_repeated_payments = "False"}
      assert.equal(32, #made.id)
      assert.equal("+919999999999", made.phone)
      assert.equal("2500.00", made.amount)
      assert.equal("Pending", made.status)
      assert.equal("Pending", made.email_status)
      assert.is_nil(made.sms_status)
      assert.is_false(made.allow_repeated_payments)
      assert.equal("http://127.0.0.1:1/@acme/" .. made.id, made.longurl)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d+Z$",
        made.created_at)
      local status, body = ask(it_is, "POST", "payment-requests/",
        '{"purpose":"x","amount":2500,"allow_repeated_payments":false,'
          .. '"email":null}')
      assert.equal(201, status)
      assert.equal("2500.00", body.payment_request.amount)
      assert.is_false(body.payment_request.allow_repeated_payments)
    end)

    it("keep to their bounds", function()
      local function refused(fields)
        local status, body = ask(it_is, "POST", "payment-requests/", fields)
        assert.equal(400, status)
        return body.message
      end
      assert.same({amount = {"Amount cannot be less than INR 9.00."}},
        refused {purpose = "x", amount = "8.99"})
      assert.truthy(refused {purpose = "x", amount = "200000.01"}.amount)
      assert.truthy(refused {purpose = ("x"):rep(31), amount = "9"}.purpose)
      assert.truthy(refused {purpose = "x", amount = "9",
        send_sms = "true"}.phone)
      request {purpose = ("\195\171"):rep(30), amount = "9"}
      request {amount = "200000"}
    end)

    it("are paid, read with their payments, and completed", function()
      local made = request {webhook = "http://localhost:9/hook"}
      local _, failed = sell(it_is, {payment_request = made.id,
        status = "Failed"})
      assert.equal("Failed", failed.payment.status)
      assert.truthy(failed.payment.failure.reason)
      local _, body = ask(it_is, "GET", "payment-requests/" .. made.id
        .. "/")
      assert.equal("Pending", body.payment_request.status)
      local _, paid = sell(it_is, {payment_request = made.id})
      _, body = ask(it_is, "GET", "payment-requests/" .. made.id .. "/")
      assert.equal("Completed", body.payment_request.status)
      assert.equal(2, #body.payment_request.payments)
      _, body = ask(it_is, "GET", "payment-requests/" .. made.id .. "/"
        .. paid.payment.payment_id .. "/")
      assert.same(paid.payment, body.payment_request.payment)
      assert.is_nil(body.payment_request.payments)
      local fields = form.decode(paid.webhook.body)
      assert.equal(made.id, fields.payment_request_id)
      assert.equal("FIFA 16", fields.purpose)
      assert.equal(404, (ask(it_is, "GET", "payment-requests/none/")))
      assert.equal(404, (ask(it_is, "GET", "payment-requests/" .. made.id
        .. "/MOJO0/")))
    end)

    it("are switched off and on, and paid once if so asked", function()
      local made = request {allow_repeated_payments = "false"}
      local path = "payment-requests/" .. made.id .. "/"
      local status, body = ask(it_is, "POST", path .. "disable/")
      assert.equal(200, status)
      assert.same({success = true}, body)
      assert.equal(400, (sell(it_is, {payment_request = made.id})))
      assert.equal(200, (ask(it_is, "POST", path .. "enable/")))
      assert.equal(201, (sell(it_is, {payment_request = made.id})))
      assert.equal(400, (sell(it_is, {payment_request = made.id})))
      assert.equal(404, (ask(it_is, "POST",
        "payment-requests/none/enable/")))
    end)

    it("are filtered by four inclusive bounds", function()
      local made = {}
      for i = 1, 3 do
        made[i] = request {purpose = "p" .. i}
      end
      local function count(query)
        local status, body = ask(it_is, "GET", "payment-requests/?"
          .. query)
        assert.equal(200, status)
        return #body.payment_requests
      end
      local second = form.escape(made[2].created_at)
      assert.equal(2, count("min_created_at=" .. second))
      assert.equal(2, count("max_created_at=" .. second))
      assert.equal(1, count("min_created_at=" .. second
        .. "&max_created_at=" .. second))
      assert.equal(3, count("min_created_at=2015-10-16"
        .. "&max_created_at=2015-10-16"))
      assert.equal(0, count("max_created_at=2015-10-15"))
      assert.equal(0, count("min_created_at=2015-10-17"))
      sell(it_is, {payment_request = made[1].id})
      assert.equal(1, count("min_modified_at=2015-10-16T12:53:24Z"))
      assert.equal(2, count("max_modified_at=" .. form.escape(
        made[3].created_at)))
      assert.equal(400, (ask(it_is, "GET",
        "payment-requests/?min_created_at=yesterday")))
    end)

    it("are within bounds that are their own times", function()
      local still = 1795325763
      local own = fake.new {seed = 7, clock = function()
        return still
      end}
      for _ = 1, 200 do
        local _, body = ask(own, "POST", "payment-requests/",
          {purpose = "x", amount = "10"})
        local made = body.payment_request
        sell(own, {payment_request = made.id})
        _, body = ask(own, "GET", "payment-requests/" .. made.id .. "/")
        local query = {}
        for _, name in ipairs {"created_at", "modified_at"} do
          local at = form.escape(body.payment_request[name])
          query[#query + 1] = "min_" .. name .. "=" .. at
          query[#query + 1] = "max_" .. name .. "=" .. at
        end
        local _, list = ask(own, "GET", "payment-requests/?"
          .. table.concat(query, "&"))
        assert.equal(1, #list.payment_requests)
        assert.equal(made.id, list.payment_requests[1].id)
      end
    end)
  end)

  describe("refunds", function()
    local payment
    before_each(function()
      product(it_is)
      local _, body = sell(it_is, {link = "hello-api"})
      payment = body.payment
    end)

    local function refund(fields)
      fields.payment_id = fields.payment_id or payment.payment_id
      fields.type = fields.type or "QFL"
      fields.body = fields.body or "not satisfied"
      return ask(it_is, "POST", "refunds/", fields)
    end

    it("are for all of it unless told, once", function()
      local status, body = refund {}
      assert.equal(201, status)
      local made = body.refund
      assert.equal("50.00", made.refund_amount)
      assert.equal("50.00", made.total_amount)
      assert.equal("Refunded", made.status)
      local _, got = ask(it_is, "GET", "refunds/" .. made.id .. "/")
      assert.same(made, got.refund)
      local _, list = ask(it_is, "GET", "refunds/")
      assert.same({made}, list.refunds)
      status, body = refund {}
      assert.equal(400, status)
      assert.truthy(body.message.payment_id)
      assert.equal(404, (ask(it_is, "GET", "refunds/none/")))
    end)

    it("are checked", function()
      local cases = {
        {{type = "NOT"}, "type"}, {{refund_amount = "50.01"},
          "refund_amount"}, {{payment_id = "MOJO0"}, "payment_id"},
        {{body = ""}, "body"}, {{refund_amount = "0"}, "refund_amount"},
      }
      for _, case in ipairs(cases) do
        local status, body = refund(case[1])
        assert.equal(400, status)
        assert.truthy(body.message[case[2]], case[2])
      end
      local status, body = refund {refund_amount = "20.5"}
      assert.equal(201, status)
      assert.equal("20.50", body.refund.refund_amount)
    end)

    it("need a payment that succeeded", function()
      local _, failed = sell(it_is, {link = "hello-api", status = "Failed"})
      assert.equal(400, (refund {payment_id = failed.payment.payment_id}))
    end)
  end)

  describe("script values", function()
    local function call(verb, body, token, app)
      return ask(it_is, verb, "/v2/store/scriptvalues/"
        .. (app or it_is.keys.app_id) .. "/", body,
        {authorization = token ~= false and "Bearer "
          .. (token or it_is.keys.access_token) or false})
    end

    it("are read with all keys", function()
      local status, body = call("GET")
      assert.equal(200, status)
      assert.equal(1, body.version)
      assert.equal("pending", body.app_status)
      assert.same({"google", "analytics", "seo"}, body.tags)
      assert.equal("1A", body.values[1].id)
      assert.equal("1B", body.values[1].variable_id)
      assert.equal("", body.values[1].value)
    end)

    it("take the three forms, mixed, whole or not at all", function()
      local status, body = call("PATCH", '{"values":[{"variable_id":"1B",'
        .. '"value":"a"},{"id":71,"is_active":false}]}')
      assert.equal(200, status)
      assert.equal(1, #body.values)
      assert.equal("a", body.values[1].value)
      local _
      _, body = call("PATCH", '{"values":[{"id":"1A","value":"b"},'
        .. '{"variable_id":72,"value":"c"}]}')
      assert.equal("b", body.values[1].value)
      assert.equal("c", body.values[2].value)
      assert.not_equal(71, body.values[2].id)
      status = call("PATCH", '{"values":[{"id":"1A","value":"z"},'
        .. '{"id":"none","value":"x"}]}')
      assert.equal(400, status)
      _, body = call("GET")
      assert.equal("b", body.values[1].value)
      assert.equal(400, (call("PATCH", '{"values":[]}')))
      assert.equal(400, (call("PATCH", '{}')))
    end)

    it("have the four documented errors", function()
      local function same(status, text, s, body)
        assert.equal(status, s)
        assert.same({error = text}, body)
      end
      same(401, "Invalid Client Id", call("GET", nil, "wrong"))
      same(401, "Invalid Client Id", call("GET", nil, false))
      same(404, "Invalid Account Id", call("GET", nil, nil, "other"))
      ask(it_is, "POST", "/_sandbox/token", {state = "readonly"})
      assert.equal(200, (call("GET")))
      same(403, "Invalid scopes", call("PATCH", '{"values":[]}'))
      ask(it_is, "POST", "/_sandbox/token", {state = "expired"})
      same(401, "Invalid or expired Client Id Exp", call("GET"))
      assert.equal(400, (ask(it_is, "POST", "/_sandbox/token",
        {state = "odd"})))
    end)
  end)
end)
