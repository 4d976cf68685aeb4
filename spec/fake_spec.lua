-- The fake in process: shapes, validation, state, faults, control. Nothing
-- here opens a socket.

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local faults = require "shopwire.fake.faults"
local form = require "shopwire.fake.form"
local mask = require "shopwire.fake.mask"
local router = require "shopwire.fake.router"
local scripts = require "shopwire.fake.scripts"
local shop = require "shopwire.fake.shop"
local values = require "shopwire.fake.values"
local instamojo = require "shopwire.fake.instamojo"
local control = require "shopwire.fake.control"

local FORM = "application/x-www-form-urlencoded"
local null = core.null

local function make()
  local now = 1445000000
  return fake.new {
    seed = 7, origin = "http://127.0.0.1:1",
    clock = function()
      now = now + 1
      return now
    end,
  }
end

-- One exchange; gives status, decoded body (or text) and the whole reply.
local function ask(it, verb, path, fields, headers)
  local sent = {
    ["x-api-key"] = it.keys.api_key, ["x-auth-token"] = it.keys.auth_token,
  }
  local body = ""
  if type(fields) == "table" then
    sent["content-type"] = FORM
    body = form.encode(fields)
  elseif type(fields) == "string" then
    sent["content-type"] = "application/json"
    body = fields
  end
  for name, value in pairs(headers or {}) do
    sent[name] = value or nil
  end
  local bare, query = path:match("^([^?]*)%??(.*)$")
  if bare:sub(1, 1) ~= "/" then
    bare = "/api/1.1/" .. bare
  end
  local reply = it:handle {method = verb, path = bare, query = query,
    headers = sent, body = body}
  local value = reply.body ~= "" and core.json_decode(reply.body or "")
  return reply.status, value or reply.body, reply
end

local function product(it, more)
  local fields = {title = "Hello API", description = "x", base_price = "50"}
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  local status, body = ask(it, "POST", "links/", fields)
  assert.equal(201, status)
  return body.link
end

local function sell(it, fields)
  return ask(it, "POST", "/_sandbox/pay", fields)
end

describe("the fake", function()
  local it_is
  before_each(function()
    it_is = make()
  end)

  it("has a call for every row that has a path", function()
    for _, row in ipairs(core.rows "instamojo") do
      if row.path ~= "" then
        assert.is_function(instamojo.calls[router.name(row)],
          router.name(row))
      end
    end
  end)

  it("is the same twice for the same seed, different for another", function()
    local other = fake.new {seed = 8}
    assert.same(make().keys, it_is.keys)
    assert.not_equal(other.keys.api_key, it_is.keys.api_key)
    assert.not_equal(other.keys.salt, it_is.keys.salt)
  end)

  describe("at the door", function()
    it("greets good keys", function()
      local status, body = ask(it_is, "GET", "debug/")
      assert.equal(200, status)
      assert.is_true(body.success)
      assert.matches("^Hello acme!", body.message)
    end)

    it("says 200 and success false to debug without keys", function()
      local status, body = ask(it_is, "GET", "debug/", nil,
        {["x-api-key"] = false, ["x-auth-token"] = false})
      assert.equal(200, status)
      assert.is_false(body.success)
      assert.matches("authentication failed", body.message)
    end)

    it("refuses wrong, swapped and missing keys", function()
      for _, headers in ipairs {
        {["x-api-key"] = "no"}, {["x-auth-token"] = "no"},
        {["x-auth-token"] = false}, {["x-api-key"] = it_is.keys.auth_token},
      } do
        local status, body = ask(it_is, "GET", "links/", nil, headers)
        assert.equal(401, status)
        assert.same({success = false, message = "Invalid Auth Token."}, body)
      end
    end)

    it("trades name and password for the token", function()
      local status, body = ask(it_is, "POST", "auth/",
        {username = "acme", password = "pw"}, {["x-auth-token"] = false})
      assert.equal(200, status)
      assert.equal(it_is.keys.auth_token, body.auth_token.auth_token)
      status, body = ask(it_is, "POST", "auth/",
        {username = "acme", password = "no"})
      assert.equal(401, status)
      assert.equal("Invalid username or password.", body.message)
    end)

    it("redirects a path without its slash, query kept", function()
      local status, _, reply = ask(it_is, "POST", "links?page=2", {a = "b"})
      assert.equal(301, status)
      assert.equal("http://127.0.0.1:1/api/1.1/links/?page=2",
        reply.headers.Location)
    end)

    it("answers unknown paths and verbs in shape", function()
      local status, body = ask(it_is, "GET", "nothing/")
      assert.equal(404, status)
      assert.same({success = false, message = "Not found."}, body)
      status, body = ask(it_is, "GET", "/v2/nothing/")
      assert.equal(404, status)
      assert.same({message = "no Route matched with those values"}, body)
      status = ask(it_is, "PUT", "links/")
      assert.equal(405, status)
    end)

    it("refuses broken JSON and unknown media types", function()
      assert.equal(400, (ask(it_is, "POST", "links/", "{")))
      assert.equal(400, (ask(it_is, "POST", "links/", "1")))
      assert.equal(415, (ask(it_is, "POST", "links/", {a = "b"},
        {["content-type"] = "text/plain"})))
    end)
  end)

  describe("products", function()
    local keys = {
      "title", "description", "slug", "url", "currency", "base_price",
      "quantity_sold", "requires_shipping", "status", "enable_pwyw",
      "enable_sign", "socialpay_platforms",
    }

    it("are created with every key, and read back", function()
      local link = product(it_is, {quantity = "0", enable_pwyw = "True",
        enable_sign = "1", start_date = "2016-08-03 16:30",
        note = "Thanks & bye"})
      for _, key in ipairs(keys) do
        assert.is_not_nil(link[key], key)
      end
      assert.equal("hello-api", link.slug)
      assert.equal("50.00", link.base_price)
      assert.equal("INR", link.currency)
      assert.equal(0, link.quantity)
      assert.is_true(link.enable_pwyw)
      assert.is_true(link.enable_sign)
      assert.equal("2016-08-03 16:30", link.start_date)
      assert.equal("Thanks & bye", link.note)
      assert.is_nil(link.shorturl)
      local _, body = ask(it_is, "GET", "links/hello-api/")
      assert.matches("^https://", body.link.shorturl)
      link.shorturl = body.link.shorturl
      assert.same(link, body.link)
    end)

    it("get slugs of their own", function()
      local seen = {}
      for _, title in ipairs {"A b", "A b", "A  B!", "///", "///"} do
        local slug = product(it_is, {title = title}).slug
        assert.is_nil(seen[slug])
        assert.matches("^[%w%-]+$", slug)
        seen[slug] = true
      end
    end)

    it("take the three ways to write true and false", function()
      for text, truth in pairs {["true"] = true, True = true, ["1"] = true,
        ["false"] = false, False = false, ["0"] = false} do
        assert.equal(truth, product(it_is, {enable_sign = text}).enable_sign)
      end
    end)

    it("are validated field by field, all at once", function()
      local status, body = ask(it_is, "POST", "links/", {
        title = ("x"):rep(201), base_price = "1.234", currency = "EUR",
        quantity = "-1", start_date = "2016-13-01 10:00",
        redirect_url = "ftp://x", enable_pwyw = "maybe",
      })
      assert.equal(400, status)
      assert.is_false(body.success)
      local words = {
        title = "no more than 200 characters", base_price = "2 decimal",
        currency = '"EUR" is not a valid choice', quantity = "greater than",
        start_date = "wrong format", redirect_url = "valid URL",
        enable_pwyw = "not a valid boolean",
        description = "field is required",
      }
      for name, text in pairs(words) do
        assert.truthy(body.message[name], name)
        assert.truthy(body.message[name][1]:find(text, 1, true),
          body.message[name][1])
        words[name] = nil
        body.message[name] = nil
      end
      assert.same({}, body.message)
      local _, list = ask(it_is, "GET", "links/")
      assert.same({}, list.links)
    end)

    it("are edited by the given fields only", function()
      product(it_is, {note = "old"})
      local status, body = ask(it_is, "PATCH", "links/hello-api/",
        {base_price = "60"})
      assert.equal(200, status)
      assert.equal("60.00", body.link.base_price)
      assert.equal("old", body.link.note)
      assert.equal("Hello API", body.link.title)
      status, body = ask(it_is, "PATCH", "links/hello-api/", {title = ("x")
        :rep(201)})
      assert.equal(400, status)
      assert.truthy(body.message.title)
      assert.equal(404, (ask(it_is, "PATCH", "links/none/", {note = "x"})))
    end)

    it("are archived: 204, then 404 everywhere", function()
      product(it_is)
      assert.equal(200, (ask(it_is, "GET", "/acme/hello-api/")))
      local status, body = ask(it_is, "DELETE", "links/hello-api/")
      assert.equal(204, status)
      assert.equal("", body)
      assert.equal(404, (ask(it_is, "DELETE", "links/hello-api/")))
      assert.equal(404, (ask(it_is, "GET", "links/hello-api/")))
      assert.equal(404, (ask(it_is, "GET", "/acme/hello-api/")))
      local _, list = ask(it_is, "GET", "links/")
      assert.same({}, list.links)
    end)

    it("come in pages of 50, newest first, at most 500", function()
      for i = 1, 60 do
        product(it_is, {title = "Item " .. i})
      end
      local _, first = ask(it_is, "GET", "links/")
      assert.equal(50, #first.links)
      assert.equal("item-60", first.links[1].slug)
      local _, second = ask(it_is, "GET", "links/?page=2")
      assert.equal(10, #second.links)
      assert.equal("item-1", second.links[10].slug)
      local _, few = ask(it_is, "GET", "links/?page=3&limit=7")
      assert.equal(7, #few.links)
      assert.equal("item-46", few.links[1].slug)
      local status, all = ask(it_is, "GET", "links/?limit=100000")
      assert.equal(200, status)
      assert.equal(60, #all.links)
      local _, _, past = ask(it_is, "GET", "links/?page=9")
      assert.truthy(past.body:find('"links":[]', 1, true))
      assert.equal(400, (ask(it_is, "GET", "links/?page=0")))
      assert.equal(400, (ask(it_is, "GET", "links/?limit=x")))
    end)
  end)

  describe("uploads", function()
    local function send(url, part, headers)
      local path = url:match("^http://127%.0%.0%.1:1(/.*)$")
      local reply = it_is:handle {method = "POST", path = path, query = "",
        headers = headers or {}, parts = {part}}
      return reply.status, core.json_decode(reply.body), reply.body
    end

    local function url()
      local _, body = ask(it_is, "GET", "links/get_file_upload_url/")
      return body.upload_url
    end

    it("are kept and named by the product", function()
      local path = os.tmpname()
      local status, body, text = send(url(), {name = "fileUpload",
        filename = "song.mp3", size = 3, path = path})
      assert.equal(200, status)
      local link = product(it_is, {file_upload_json = text,
        cover_image_json = text})
      assert.equal(body.url, link.cover_image)
      local _, shown = ask(it_is, "GET", "/_sandbox/links/" .. link.slug)
      assert.equal(body.key, shown.file.key)
      local _, _, file = ask(it_is, "GET", "/_sandbox/files/" .. body.key)
      assert.equal(path, file.file)
      os.remove(path)
    end)

    it("work once, and only with the right part", function()
      local address = url()
      local part = {name = "fileUpload", filename = "a", size = 1,
        value = "x"}
      assert.equal(400, (send(address, {name = "other", filename = "a",
        size = 1, value = "x"})))
      assert.equal(200, (send(address, part)))
      assert.equal(403, (send(address, part)))
      assert.equal(403, (send(address:gsub("upload/.*", "upload/nope/"),
        part)))
    end)

    it("are logged with the credentials that came along", function()
      send(url(), {name = "fileUpload", filename = "a", size = 1,
        value = "x"}, {["x-api-key"] = "secret"})
      local _, log = ask(it_is, "GET", "/_sandbox/log")
      local last = log.requests[#log.requests]
      assert.equal("links.upload", last.row)
      assert.equal("key", last.credentials)
      assert.is_nil(core.json_encode(log):find("secret", 1, true))
    end)

    it("must be JSON objects in the product's fields", function()
      for _, text in ipairs {"<html>", "[1]", '"x"', "12"} do
        local status, body = ask(it_is, "POST", "links/", {title = "t",
          description = "d", base_price = "1", file_upload_json = text})
        assert.equal(400, status)
        assert.same({"Value must be valid JSON."},
          body.message.file_upload_json)
      end
    end)
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
        {{type = "XXX"}, "type"}, {{refund_amount = "50.01"},
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

  describe("faults", function()
    local function with(text, verb, path, fields)
      return ask(it_is, verb or "GET", path or "links/", fields,
        {["x-sandbox-fault"] = text})
    end
    local hello = {title = "t", description = "d", base_price = "1"}

    local function links()
      local _, body = ask(it_is, "GET", "links/")
      return #body.links
    end

    it("answer in the service's place, nothing done", function()
      local status, body, reply = with("status=429; retry-after=1", "POST",
        nil, hello)
      assert.equal(429, status)
      assert.is_false(body.success)
      assert.equal("1", reply.headers["Retry-After"])
      status, body, reply = with("status=502", "POST", nil, hello)
      assert.equal(502, status)
      assert.matches("502 Bad Gateway", body)
      assert.equal("text/html", reply.headers["Content-Type"])
      status, body = with("html")
      assert.equal(200, status)
      assert.matches("^<html>", body)
      assert.equal(0, links())
      status = with("status=500; after", "POST", nil, hello)
      assert.equal(500, status)
      assert.equal(1, links())
    end)

    it("reset before or after the change", function()
      local _, _, reply = with("reset=before", "POST", nil, hello)
      assert.is_true(reply.fault.reset)
      assert.equal(0, links())
      _, _, reply = with("reset=after", "POST", nil, hello)
      assert.is_true(reply.fault.reset)
      assert.equal(1, links())
    end)

    it("hold back and cut", function()
      local _, _, reply = with("delay=2; truncate=20")
      assert.same({delay = 2, truncate = 20}, reply.fault)
      assert.equal(200, reply.status)
    end)

    it("wait for a row, so many times", function()
      assert.equal(200, (ask(it_is, "POST", "/_sandbox/fault",
        {row = "links.create", times = "2", status = "503"})))
      assert.equal(200, (ask(it_is, "GET", "links/")))
      assert.equal(503, (ask(it_is, "POST", "links/", hello)))
      assert.equal(503, (ask(it_is, "POST", "links/", hello)))
      assert.equal(201, (ask(it_is, "POST", "links/", hello)))
      ask(it_is, "POST", "/_sandbox/fault", '{"retry_after":3,"status":429}')
      local status, _, reply = ask(it_is, "GET", "payments/")
      assert.equal(429, status)
      assert.equal("3", reply.headers["Retry-After"])
    end)

    it("are refused when they are none", function()
      assert.equal(400, (with("explode")))
      assert.equal(400, (with("delay=-1")))
      assert.equal(400, (with("reset=maybe")))
      assert.equal(400, (ask(it_is, "POST", "/_sandbox/fault",
        {row = "links.nothing"})))
      assert.equal(400, (ask(it_is, "POST", "/_sandbox/fault",
        {times = "0", html = "1"})))
    end)

    it("read every word of the header", function()
      assert.same({delay = 0.5, status = 429, ["retry-after"] = 1,
        html = true, truncate = 20, reset = "after", after = true},
        faults.parse("delay=0.5;status=429 ; retry-after=1; html;"
          .. " truncate=20;reset=after; after;"))
    end)

    it("make a bomb of gzip's own form", function()
      local _, _, reply = with("bomb=1")
      assert.equal("gzip", reply.headers["Content-Encoding"])
      assert.equal("\31\139\8", reply.body:sub(1, 3))
      assert.is_true(#reply.body < 7000)
    end)
  end)

  describe("the control calls", function()
    it("log requests by row, without credentials", function()
      ask(it_is, "GET", "links/?page=1")
      ask(it_is, "GET", "nothing/")
      ask(it_is, "GET", "links/")
      local _, log, reply = ask(it_is, "GET", "/_sandbox/log")
      assert.equal(3, #log.requests)
      assert.equal(2, log.counts["links.list"])
      assert.equal(2, log.requests[3].count)
      assert.equal("page=1", log.requests[1].query)
      assert.equal("key token", log.requests[1].credentials)
      assert.is_nil(reply.body:find(it_is.keys.api_key, 1, true))
      assert.is_nil(reply.body:find(it_is.keys.auth_token, 1, true))
    end)

    it("reset to a fresh shop with the same keys", function()
      product(it_is)
      local keys = it_is.keys.api_key
      ask(it_is, "POST", "/_sandbox/fault", {status = "500"})
      assert.equal(200, (ask(it_is, "POST", "/_sandbox/reset")))
      assert.equal(keys, it_is.keys.api_key)
      local status, body = ask(it_is, "GET", "links/")
      assert.equal(200, status)
      assert.same({}, body.links)
    end)

    it("answer 404 to what is none", function()
      assert.equal(404, (ask(it_is, "GET", "/_sandbox/pay")))
      assert.equal(404, (ask(it_is, "GET", "/_sandbox/files/none")))
      local reply = control.handle(it_is, {method = "POST", headers = {},
        path = "/_sandbox/nothing", query = ""})
      assert.equal(404, reply.status)
    end)
  end)
end)

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
    assert.equal(0, (values.seconds "1970-01-01"))
    assert.equal(951782400, (values.seconds "2000-02-29"))
    assert.is_nil((values.seconds "1900-02-29"))
    assert.equal(1444253794.5, (values.seconds "2015-10-07T21:36:34.5Z"))
    assert.equal(1444253794 - 19800,
      (values.seconds "2015-10-07T21:36:34+05:30"))
    assert.is_nil((values.seconds "2015-10-07T25:00Z"))
    assert.equal("2015-10-07T21:36:34.500000Z", values.stamp(1444253794.5))
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
