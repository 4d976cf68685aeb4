-- Every file of examples/ does in the sandbox what it says, as a program of
-- its own: exit status and what it printed. (examples/*.lua)

local instamojo = require "instamojo"
local invotide = require "invotide"
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

  -- Command line of an example against the sandbox.
  local function command_of(name, arguments, more)
    local words = { "env" }
    for _, key in ipairs { "api_key", "auth_token", "endpoint", "salt",
      "v2_endpoint", "access_token", "app_id" } do
      words[#words + 1] = "INSTAMOJO_" .. key:upper() .. "="
        .. process.quote(shop[key])
    end
    for _, key in ipairs { "url", "username", "key" } do
      words[#words + 1] = "INVOTIDE_" .. key:upper() .. "="
        .. process.quote(shop["shop_" .. key])
    end
    words[#words + 1] = more or "SHOPWIRE_SANDBOX=1"
    words[#words + 1] = process.lua("examples/" .. name .. ".lua", arguments)
    return table.concat(words, " ")
  end

  -- Runs an example against the sandbox; output, exit status.
  local function run(name, arguments, more)
    return process.run(command_of(name, arguments, more) .. " 2>&1", 60)
  end

  -- The orders of the shop, and how often each comment's last word is there.
  local function orders()
    local list = assert(door:request("GET", "orders/")).orders
    local count = {}
    for _, order in ipairs(list) do
      local reference = order.comment:match("(%S+)$") or ""
      count[reference] = (count[reference] or 0) + 1
    end
    return list, count
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
    local day = os.date "!%Y-%m-%d"
    local output, status = run("ask_for_payment", "300.50 Dinner a@b.example")
    assert.equal(0, status, output)
    has("pay here: " .. shop.origin .. "/@acme/", output)
    has("status: Pending, payments: 0", output)
    if os.date "!%Y-%m-%d" == day then -- midnight did not pass meanwhile
      has("asked today: 1", output)
    end
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

  it("place_an_order places one, and asks before in a real shop", function()
    local output, status = run("place_an_order", "28 2")
    assert.equal(0, status, output)
    has(" 3. fill the cart with 1 line, and read it", output)
    has("2 x HTC Touch HD at $", output)
    has("Order 1 is placed, Total $", output)
    assert.equal(1, #orders())
    output, status = run("place_an_order", "28 2", "SHOPWIRE_SANDBOX=0")
    assert.equal(0, status, output)
    has("Nothing was sent.", output)
    assert.equal(1, #orders())
    output, status = run("place_an_order", "28 --yes", "SHOPWIRE_SANDBOX=0")
    assert.equal(0, status, output)
    assert.equal(2, #orders())
    output, status = run("place_an_order", "999")
    assert.equal(1, status, output)
    has("no order, at step cart: ", output)
    has("product 999 is not in the cart", output)
  end)

  it("place_an_order says when nobody knows", function()
    assert(door:request("POST", "fault/", { row = "api/order/add",
      reset = "after" }))
    local output, status = run("place_an_order")
    assert.equal(1, status, output)
    has("no order, at step order: ", output)
    has("It may have been placed: look", output)
    assert.equal(1, #orders())
    assert(door:request("POST", "reset/"))
    assert(door:request("POST", "fault/", { row = "api/order/add",
      reset = "after" }))
    output, status = run("place_an_order", "40", "SHOPWIRE_SANDBOX=1 "
      .. "ORDER_REFERENCE=A-77")
    assert.equal(0, status, output)
    has("Order 1 is placed", output)
    assert.equal(1, #orders())
  end)

  it("order_by_hand makes every call", function()
    local output, status = run("order_by_hand")
    assert.equal(0, status, output)
    has("500 points, 400 can be spent", output)
    has("order 1 is placed\nProcessing\n", output)
    has("order 2 is placed, a gift\nand deleted again", output)
    assert.equal(1, #orders())
  end)

  describe("reorder_nightly #once", function()
    local journal

    before_each(function()
      journal = dir .. "/journal"
      os.remove(journal)
    end)

    -- All facts of the journal become `seconds` older.
    local function age(seconds)
      process.write(journal, (process.read(journal):gsub("%f[^\n%z]%d+ ",
        function(when)
          return string.format("%d ", tonumber(when) - seconds)
        end)))
    end

    local function placed()
      local _, count = (process.read(journal) or ""):gsub(" placed ", "")
      return count
    end

    -- Each order of the journal's run is in the shop once; `among` orders.
    local function all_once(among)
      local list, count = orders()
      local run_id = process.read(journal):match "begin (%S-)[; ]"
      assert.equal(among or 200, #list)
      for i = 1, 200 do
        assert.equal(1, count[string.format("standing-%03d-%s", i, run_id)])
      end
    end

    -- Puts `count` orders into the shop, and takes all but the first `kept`
    -- of them away again: their numbers stay used.
    local function use_numbers(count, kept)
      local session = invotide.Session { url = shop.shop_url,
        username = shop.shop_username, key = shop.shop_key }
      local plan = { currency = "USD", cart = { { product_id = 40 } },
        customer = { firstname = "A", lastname = "B", email = "a@b.example",
          telephone = "+44 20 7946 0000" },
        address = { firstname = "A", lastname = "B", address_1 = "Street 1",
          city = "Watford", postcode = "WD17 2AA", country_id = 222,
          zone_id = 3563 },
        shipping = "flat.flat", payment = "cod" }
      for i = 1, count do
        local done = assert(session:checkout(plan):run())
        if i > kept then
          assert(session.order:delete(done.order_id))
        end
      end
      session:close()
    end

    -- Starts it and kills it when `ready()` is true.
    local function kill_when(ready, arguments)
      local child = process.start(command_of("reorder_nightly",
        journal .. " " .. (arguments or "")))
      assert(process.wait(function()
        return ready() or child:status()
      end))
      assert.is_nil(child:status(), "it ended before it was killed")
      child:signal("KILL")
      child:wait()
      process.remove(child.dir)
    end

    it("places 200 orders, and none of them again", function()
      local output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has("200 placed now, 0 failed, 0 unsure, of 200", output)
      all_once()
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has("0 placed now, 0 failed, 0 unsure", output)
      all_once()
    end)

    it("goes on after kill -9, again and again, without a double", function()
      for _ = 1, 3 do
        local before = placed()
        kill_when(function()
          return placed() >= before + 25
        end)
        age(700) -- what is not there now will not come any more
      end
      local list, count = orders()
      assert(#list < 200 and #list >= placed())
      for _, times in pairs(count) do
        assert.equal(1, times)
      end
      local output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has(" placed now, 0 failed, 0 unsure, of 200", output)
      all_once()
    end)

    it("looks for what was sent, and waits ten minutes", function()
      use_numbers(1, 1)
      local now = os.time()
      process.write(journal, string.format("%d begin RUN 1;\n"
        .. "%d sending standing-001-RUN;\n\n%d sending standing-002-RUN;\n"
        .. "%d refused standing-003-RUN;\n%d sending standing-004-RU",
        now, now, now, now, now))
      local output, status = run("reorder_nightly", journal)
      assert.equal(1, status, output)
      has("standing-001-RUN was sent 0 s ago and is not there: not sent again "
        .. "yet", (output:gsub("sent %d+ s", "sent 0 s")))
      has("198 placed now, 0 failed, 2 unsure, of 200", output)
      age(700)
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has("2 placed now, 0 failed, 0 unsure", output)
      all_once(201)
    end)

    it("takes an order that is there as placed", function()
      assert(door:request("POST", "fault/", { row = "order.add",
        reset = "after", times = "8" }))
      local output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      all_once()
      local text = process.read(journal)
      process.write(journal, (text:gsub("%d+ placed standing%-010%S* %d+;\n",
        "")))
      age(700)
      output, status = run("reorder_nightly", journal .. " 1")
      assert.equal(0, status, output)
      has("standing-010-", output)
      has(" was placed after all: order ", output)
      all_once()
    end)

    it("does not take absent numbers for an absent order", function()
      for _, kept in ipairs { 0, 2 } do
        assert(door:request("POST", "reset/"))
        os.remove(journal)
        use_numbers(60, kept)
        assert(door:request("POST", "fault/", { row = "order.add",
          delay = "1" }))
        kill_when(function()
          return #orders() > kept
        end)
        age(700)
        local output, status = run("reorder_nightly", journal)
        assert.equal(1, status, output)
        has("nobody knows whether it is there", output)
        has("199 placed now, 0 failed, 1 unsure, of 200", output)
        output, status = run("reorder_nightly", journal)
        assert.equal(0, status, output)
        has(" was placed after all: order 61\n", output)
        has("0 placed now, 0 failed, 0 unsure", output)
        all_once(200 + kept)
      end
    end)

    it("searches as far as LAST, also when numbers are absent", function()
      use_numbers(60, 2)
      local output, status = run("reorder_nightly", journal .. " 60")
      assert.equal(1, status, output)
      has("the shop has no order 60", output)
      assert.is_nil((process.read(journal):find "%S"))
      output, status = run("reorder_nightly", journal .. " x")
      assert.equal(1, status, output)
      has("LAST must be an order number", output)
      -- All are there, and the journal does not say where.
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      process.write(journal, (process.read(journal):gsub(
        "%d+ placed %S+ %d+;\n", "")))
      age(700)
      output, status = run("reorder_nightly", journal)
      assert.equal(1, status, output)
      has("0 placed now, 0 failed, 200 unsure, of 200", output)
      output, status = run("reorder_nightly", journal .. " 260")
      assert.equal(0, status, output)
      has("0 placed now, 0 failed, 0 unsure, of 200", output)
      all_once(202)
    end)

    it("orders again the next night", function()
      local output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      os.remove(journal)
      kill_when(function()
        return placed() >= 25
      end)
      process.write(journal, (process.read(journal):gsub(
        "%d+ placed standing%-010%S* %d+;\n", "")))
      age(700)
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has(" placed now, 0 failed, 0 unsure, of 200", output)
      all_once(400)
    end)

    it("stops when the disk is full, and goes on without a double", function()
      local full = "trap '' XFSZ; ulimit -f 4; " -- a file of 2 KiB at most
      local output, status = process.run(full
        .. command_of("reorder_nightly", journal) .. " 2>&1", 60)
      assert.equal(1, status, output)
      has("cannot be noted, so nothing more is sent: ", output)
      assert.is_truthy(process.read(journal):find "[^\n]$") -- it was cut off
      local before = #orders()
      assert.is_true(before > 0 and before < 200)
      for i = 1, 2 do -- the second time there is no room from the start
        output, status = process.run(full
          .. command_of("reorder_nightly", journal) .. " 2>&1", 60)
        assert.equal(1, status, i .. output)
        has("cannot be the journal", output)
        assert.equal(before, #orders())
      end
      age(700)
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      all_once()
    end)

    it("takes no fact from a line that was cut off", function()
      use_numbers(1, 1)
      local now = os.time()
      process.write(journal, string.format("%d begin RU\n%d begin RUN 1;\n"
        .. "%d placed standing-001-RUN\n%d s%d sending standing-002-RUN;\n"
        .. "%d placed standing-003-RUN 9", now, now, now, now, now, now))
      local output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      has("200 placed now, 0 failed, 0 unsure, of 200", output)
      process.write(journal, (process.read(journal):gsub("begin RU\n", "")))
      all_once(201)
    end)

    it("has a regular file for a journal", function()
      for _, path in ipairs { "/dev/full", "/dev/null", "/dev/zero", dir } do
        local output, status = run("reorder_nightly", path)
        assert.equal(1, status, output)
        has(path .. " cannot be the journal, which must be a regular file",
          output)
        assert.is_nil(output:find "traceback")
      end
      process.write(journal, os.time() .. " sending standing-001\n")
      local output, status = run("reorder_nightly", journal)
      assert.equal(1, status, output)
      has("names no run", output)
      assert.equal(0, #orders())
    end)

    it("gives up when the shop is down, and says so", function()
      assert(door:request("POST", "shop/", { maintenance = "on" }))
      local output, status = run("reorder_nightly", journal)
      assert.equal(1, status, output)
      has("0 placed now, 200 failed, 0 unsure, of 200", output)
      assert(door:request("POST", "shop/", { maintenance = "off" }))
      assert.equal(0, #orders())
      output, status = run("reorder_nightly", journal)
      assert.equal(0, status, output)
      all_once()
    end)
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
    assert.is_true(count >= 12)
  end)
end)
