-- Every file of examples/ does in the sandbox what it says, as a program of
-- its own: exit status and what it printed. (examples/*.lua)

local instamojo = require "instamojo"
local process = require "spec.support.process"

describe("the example #slow", function()
  local shop, dir, client, door

  setup(function()
    dir = process.directory()
    shop = process.sandbox("--dir " .. dir)
    client = instamojo.Client { api_key = shop.api_key,
      auth_token = shop.auth_token, endpoint = shop.endpoint }
    door = instamojo.Client { api_key = shop.api_key,
      auth_token = shop.auth_token, endpoint = shop.origin .. "/_sandbox/" }
  end)

  teardown(function()
    shop.stop()
    process.remove(dir)
  end)

  before_each(function()
    assert(door:request("POST", "reset/"))
  end)

  -- Runs an example against the sandbox; output, exit status.
  local function run(name, arguments, more)
    local words = { "env" }
    for _, key in ipairs { "api_key", "auth_token", "endpoint", "salt",
      "v2_endpoint", "access_token", "app_id" } do
      words[#words + 1] = "INSTAMOJO_" .. key:upper() .. "="
        .. process.quote(shop[key])
    end
    words[#words + 1] = more or "SHOPWIRE_SANDBOX=1"
    words[#words + 1] = process.lua("examples/" .. name .. ".lua", arguments)
    return process.run(table.concat(words, " ") .. " 2>&1", 60)
  end

  local function has(text, output)
    assert(output:find(text, 1, true), "no " .. text .. " in:\n" .. output)
  end

  local function sell()
    local product = assert(client.links:create { title = "A cup",
      description = "Clay.", base_price = "120.00" })
    return assert(door:request("POST", "pay/",
      { link = product.slug })).payment, product
  end

  it("sell_a_product sells, refunds and deletes", function()
    local output, status = run("sell_a_product")
    assert.equal(0, status, output)
    has("Hello acme!", output)
    has("with a file of 40 MB and a cover", output)
    has("The price is now INR 449.00", output)
    has("Refunded 499.00 of 499.00", output)
    has("Deleted the product; 0 left.", output)
    local log = assert(door:request("GET", "log/")).counts
    assert.equal(2, log["links.upload_url"])
    assert.equal(2, log["links.upload"])
    assert.equal(1, log["refunds.create"])
  end)

  it("sell_a_product only reads where there is no sandbox", function()
    sell()
    local before = assert(door:request("GET", "log/")).counts
    local output, status = run("sell_a_product", "", "SHOPWIRE_SANDBOX=0")
    assert.equal(0, status, output)
    has("Left out", output)
    has("a-cup", output)
    local after = assert(door:request("GET", "log/")).counts
    for _, name in ipairs { "links.create", "links.edit", "links.delete",
      "refunds.create", "links.upload" } do
      assert.equal(before[name], after[name], name)
    end
    assert.is_truthy(after["payments.list"])
  end)

  it("sell_a_product draws its progress on a terminal", function()
    local command = "env SHOPWIRE_SANDBOX=1 INSTAMOJO_API_KEY=" .. shop.api_key
      .. " INSTAMOJO_AUTH_TOKEN=" .. shop.auth_token .. " INSTAMOJO_ENDPOINT="
      .. shop.endpoint .. " "
      .. process.lua("examples/sell_a_product.lua")
    local output, status = process.run("script -qec "
      .. process.quote(command) .. " /dev/null </dev/null", 60)
    assert.equal(0, status, output)
    has("\r      sending 100 % of 40 MB", output)
  end)

  it("export_payments writes a month", function()
    local payment = sell()
    local path = dir .. "/payments.csv"
    local output, status = run("export_payments", path .. " "
      .. payment.created_at:sub(1, 7))
    assert.equal(0, status, output)
    has("1 payments of", output)
    local text = process.read(path)
    has("payment_id,created_at,status,amount", text)
    has('"' .. payment.payment_id .. '"', text)
    has('"120.00"', text)
    output = run("export_payments", path .. " 1999-01")
    has("0 payments of 1999-01", output)
  end)

  it("ask_for_payment asks and looks", function()
    local output, status = run("ask_for_payment", "300.50 Dinner a@b.example")
    assert.equal(0, status, output)
    has("pay here: " .. shop.origin .. "/@acme/", output)
    has("status: Pending, payments: 0", output)
    has("asked today: 1", output)
    output, status = run("ask_for_payment", "300.50 'Dinner' ''")
    assert.equal(1, status)
    has("email", output)
  end)

  it("refund refunds once, whatever happens to the answer", function()
    local payment = sell()
    assert(door:request("POST", "fault/", { row = "refunds.create",
      reset = "after" }))
    local output, status = run("refund", payment.payment_id)
    assert.equal(0, status, output)
    has("the answer was lost", output)
    has("120.00: Refunded", output)
    local log = assert(door:request("GET", "log/")).counts
    assert.equal(1, log["refunds.create"])
    output, status = run("refund", payment.payment_id)
    assert.equal(0, status, output)
    has("it was refunded before", output)
    output, status = run("refund", "MOJO1")
    assert.equal(1, status)
    has("not refunded", output)
  end)

  it("script_values sets what was asked", function()
    local output, status = run("script_values", "name=Asha nope=1")
    assert.equal(0, status, output)
    has('name         "Asha"', output)
    has("no variable nope", output)
  end)

  it("webhook believes a signature and asks for the money", function()
    local request = assert(client.payment_requests:create { purpose = "Tea",
      amount = "40", webhook = "http://192.0.2.1/hook" })
    local sold = assert(door:request("POST", "pay/",
      { payment_request = request.id }))
    local path = process.write(dir .. "/body", sold.webhook.body)
    local output, status = run("webhook", path)
    assert.equal(0, status, output)
    has("200: deliver to asha@example.com, paid 40.00 INR", output)
    process.write(path, (sold.webhook.body:gsub("40%.00", "90.00")))
    output, status = run("webhook", path)
    assert.equal(1, status)
    has("400: ", output)
  end)

  it("create_many creates them all, or says which not", function()
    local output, status = run("create_many")
    assert.equal(0, status, output)
    has("created 300 products", output)
    assert(door:request("POST", "reset/"))
    assert(door:request("POST", "fault/", { row = "links.create",
      status = 502, html = "1", after = "1" }))
    output, status = run("create_many")
    assert.equal(1, status, output)
    has(" 1 unsure, ", output)
    has("look whether it is there: Drawing no.", output)
  end)

  it("get_token gets one and shows it to nobody", function()
    local output, status = run("get_token", dir .. "/token",
      "INSTAMOJO_USERNAME=acme INSTAMOJO_PASSWORD=pw")
    assert.equal(0, status, output)
    has("got [secret]", output)
    assert.equal(shop.auth_token .. "\n", process.read(dir .. "/token"))
    assert.is_nil(output:find(shop.auth_token, 1, true))
    output, status = run("get_token", "",
      "INSTAMOJO_USERNAME=acme INSTAMOJO_PASSWORD=wrong")
    assert.equal(1, status)
    has("no token", output)
  end)

  it("test_with_fake needs no sandbox", function()
    local output, status = run("test_with_fake")
    assert.equal(0, status, output)
    assert.equal("all good\n", output)
  end)

  it("may be any file: ./run demo FILE is in a sandbox #once", function()
    local path = process.write(dir .. "/any.lua", [[
      assert(require "instamojo".Client(os.getenv "INSTAMOJO_API_KEY",
        os.getenv "INSTAMOJO_AUTH_TOKEN", os.getenv "INSTAMOJO_ENDPOINT")
        :debug())
      print(os.getenv "SHOPWIRE_SANDBOX", arg[1])
      os.exit(3)]])
    local output, status = process.run("env -u SHOPWIRE_BUILD "
      .. "INSTAMOJO_API_KEY=real INSTAMOJO_AUTH_TOKEN=real ./run demo "
      .. process.quote(path) .. " 'a b' 2>&1", 300)
    assert.equal("1\ta b\n", output)
    assert.equal(3, status)
  end)

  it("is run here, each of them", function()
    local listed = process.run("ls examples")
    local text = process.read("spec/examples_spec.lua")
    local count = 0
    for name in listed:gmatch("([%w_]+)%.lua\n") do
      count = count + 1
      assert(text:find('run("' .. name .. '"', 1, true), name)
    end
    assert.is_true(count >= 9)
  end)
end)
