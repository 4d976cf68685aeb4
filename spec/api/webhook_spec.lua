-- webhook.verify: all published and own vectors, salts in rotation, and a
-- failure that says which mistake it looks like. (lua/instamojo/webhook.lua,
-- src/lwebhook.c)

local core = require "shopwire.core"
local form = require "shopwire.fake.form"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"
local webhook = require("instamojo").webhook

local vectors = assert(core.json_decode(assert(process.read(
  "spec/wire/instamojo-crypto-vectors.json"))))

local SALT = "private-salt-1"
local FIELDS = {payment_id = "MOJO1", amount = "9.00", buyer = "a@b.example",
  status = "Credit", buyer_name = ""}
local MESSAGE = "9.00|a@b.example||MOJO1|Credit"

local function body_of(fields, salt, message)
  local all = {mac = core.hmac_sha1(salt or SALT, message or MESSAGE)}
  for name, value in pairs(fields or FIELDS) do
    all[name] = value
  end
  return form.encode(all)
end

local function refused(body, options)
  local fields, err = webhook.verify(body, options or {salt = SALT})
  assert.is_nil(fields)
  assert.equal("signature", err.kind)
  assert.is_false(err.retryable)
  assert.truthy(err.message)
  for _, text in ipairs {err.message, err.hint, tostring(err)} do
    assert.is_nil(text:find(SALT, 1, true))
  end
  return err
end

describe("webhook.verify", function()
  local count = 0
  for _, vector in ipairs(vectors) do
    if vector.kind == "webhook_mac" then
      count = count + 1
      it("takes " .. vector.name, function()
        local fields, err, number = webhook.verify(vector.body,
          {salt = vector.salt})
        assert.is_nil(err)
        assert.equal(1, number)
        assert.equal(vector.mac, fields.mac)
        for name, value in pairs(vector.fields) do
          assert.equal(value, fields[name])
        end
        assert.equal(vector.mac, core.hmac_sha1(vector.salt, vector.message))
        refused(vector.body, {salt = vector.salt .. "x"})
      end)
    end
  end

  it("has vectors to take", function()
    assert.equal(5, count)
  end)

  it("takes either salt during a rotation and says which", function()
    local body = body_of()
    local _, _, number = webhook.verify(body, {salt = {"new", SALT}})
    assert.equal(2, number)
    _, _, number = webhook.verify(body, {salt = {SALT, "old"}})
    assert.equal(1, number)
    _, _, number = webhook.verify(body,
      {salt = {shopwire.secret("new"), shopwire.secret(SALT)}})
    assert.equal(2, number)
    _, _, number = webhook.verify(body, {salt = shopwire.secret(SALT)})
    assert.equal(1, number)
  end)

  it("takes a mac in capitals and keys in any order", function()
    local mac = core.hmac_sha1(SALT, "1|2|3")
    assert.truthy(webhook.verify("b=2&C=3&a=1&mac=" .. mac:upper(),
      {salt = SALT}))
  end)

  it("refuses any change of a value", function()
    local body = body_of()
    assert.truthy(webhook.verify(body, {salt = SALT}))
    refused((body:gsub("9%.00", "9.01")))
    refused((body:gsub("Credit", "credit")))
    refused(body .. "&note=x")
  end)

  it("refuses a field that stands twice, whatever its case", function()
    local err = refused(body_of() .. "&Amount=1.00")
    assert.truthy(err.message:find("twice", 1, true))
    err = refused(body_of() .. "&mac=x")
    assert.truthy(err.message:find("twice", 1, true))
  end)

  it("says which mistake it looks like", function()
    for body, words in pairs {
      [""] = "empty", ["  \n"] = "empty",
      ['{"payment_id":"x"}'] = "JSON", ["payment_id=1"] = "no mac",
      ["payment_id=1&mac="] = "no mac", ["mac=" .. ("0"):rep(41)] = "no mac",
      ["mac=" .. ("g"):rep(40)] = "does not fit",
    } do
      local err = refused(body)
      assert.truthy(err.message:find(words, 1, true), err.message)
      assert.truthy(#err.hint > 10)
    end
    local err = refused((body_of():gsub("%%40", "@")),
      {salt = "another salt"})
    assert.truthy(err.hint:find("decoded already", 1, true))
    err = refused(body_of(), {salt = " " .. SALT .. "\n"})
    assert.truthy(err.hint:find("white space", 1, true))
    err = refused(body_of(), {salt = "salt of the other host"})
    assert.truthy(err.hint:find("sandbox and production", 1, true))
    err = refused(("a=b&"):rep(2000) .. "mac=" .. ("0"):rep(40))
    assert.truthy(err.message:find("larger", 1, true))
    err = refused("a=" .. ("b"):rep(2 ^ 21) .. "&mac=" .. ("0"):rep(40))
    assert.truthy(err.message:find("larger", 1, true))
  end)

  it("reads bytes as they are", function()
    local bytes = "\0\1\255|&=+ \195\169"
    local mac = core.hmac_sha1(SALT, bytes)
    local fields = assert(webhook.verify(form.encode {a = bytes, mac = mac},
      {salt = SALT}))
    assert.equal(bytes, fields.a)
  end)

  it("raises at the caller's line when it is called wrongly", function()
    local body = body_of()
    for _, wrong in ipairs {
      {body}, {body, {}}, {body, "salt"}, {body, {salt = {}}},
      {body, {salt = ""}}, {body, {salt = 5}}, {body, {salt = {SALT, ""}}},
      {body, {salt = {5}}}, {nil, {salt = SALT}}, {FIELDS, {salt = SALT}},
    } do
      local message = shop.error_of(function()
        webhook.verify(wrong[1], wrong[2])
      end)
      assert.truthy(message:find("webhook.verify", 1, true), message)
      assert.truthy(message:find("webhook_spec.lua", 1, true), message)
    end
  end)

  it("takes what the sandbox sends", function()
    local sandbox = shop.open()
    local client = sandbox:client()
    local request = assert(client.payment_requests:create {purpose = "Tea",
      amount = 10, webhook = "http://127.0.0.1:9/hook"})
    local payment, hook = sandbox:pay {payment_request = request.id}
    local fields = assert(webhook.verify(hook.body, {salt = sandbox.salt}))
    assert.equal(payment.payment_id, fields.payment_id)
    assert.equal(request.id, fields.payment_request_id)
    refused(hook.body, {salt = sandbox.salt .. "x"})
    sandbox.stop()
  end)
end)
