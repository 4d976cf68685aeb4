-- Payments: list, each, detail; the walk's rules on a server that plays
-- tricks. (lua/shopwire/pager.lua by way of client.payments)

local shop = require "spec.support.shop"

local function rows(first, last)
  local list = {}
  for i = first, last do
    list[#list + 1] = {payment_id = "MOJO" .. string.format("%03d", i),
      amount = "50.00", quantity = 41}
  end
  return list
end

local function page(first, last)
  return shop.reply("200 OK", {success = true,
    payments = first and rows(first, last) or
      require("shopwire.core").array {}})
end

local NOT_FOUND = shop.reply("404 Not Found",
  {success = false, message = "Not found."})

-- Walks to the end; the numbers that came, and the error that was raised.
local function walk(client, fields)
  local seen = {}
  local ok, err = pcall(function()
    for payment in client.payments:each(fields) do
      seen[#seen + 1] = tonumber(payment.payment_id:match("%d+"))
    end
  end)
  return seen, not ok and err or nil
end

describe("payments on the wire", function()
  local server

  after_each(function()
    server:stop()
  end)

  it("list and get", function()
    server = shop.answering {page(1, 2), shop.reply("200 OK",
      {success = true, payment = rows(3, 3)[1]})}
    local client = server:client()
    local list = assert(client.payments:list {limit = 50, page = 2})
    assert.equal(2, #list)
    assert.equal("41", tostring(list[1].quantity))
    assert.equal("integer", shop.number_type(list[1].quantity))
    assert.equal("50.00", list[1].amount)
    local payment = assert(client.payments:get("MOJO003"))
    assert.equal("MOJO003", payment.payment_id)
    local seen = server:requests(2)
    assert.equal("/api/1.1/payments/?page=2&limit=50", seen[1].target)
    assert.equal("/api/1.1/payments/MOJO003/", seen[2].target)
  end)

  it("a short page is not the end, an empty one is", function()
    server = shop.answering {page(1, 3), page(4, 4), page(5, 7), page()}
    local seen, err = walk(server:client(), {limit = 3})
    assert.is_nil(err)
    assert.same({1, 2, 3, 4, 5, 6, 7}, seen)
    local queries = {}
    for i, request in ipairs(server:requests(4)) do
      queries[i] = request.query:match("page=(%d+)") or "none"
    end
    assert.same({"none", "2", "3", "4"}, queries)
  end)

  it("a 404 past the first page is the end", function()
    server = shop.answering {page(1, 2), NOT_FOUND}
    local seen, err = walk(server:client())
    assert.is_nil(err)
    assert.same({1, 2}, seen)
  end)

  it("a 404 on the first page is an error, and told to the log", function()
    server = shop.answering {NOT_FOUND}
    local events = {}
    local seen, err = walk(server:client {log = function(event)
      events[#events + 1] = event
    end})
    assert.same({}, seen)
    assert.equal("not_found", err.kind)
    assert.equal("payments.list", err.endpoint)
    assert.equal("error", events[1].event)
    assert.equal(err, events[1].error)
  end)

  it("rows of the page before are skipped", function()
    server = shop.answering {page(1, 4), page(3, 6), page(6, 8), page()}
    local seen, err = walk(server:client())
    assert.is_nil(err)
    assert.same({1, 2, 3, 4, 5, 6, 7, 8}, seen)
  end)

  it("a page with nothing new ends the walk and is told", function()
    server = shop.answering {page(1, 3), page(1, 3)}
    local events = {}
    local seen, err = walk(server:client {log = function(event)
      events[#events + 1] = event
    end})
    assert.is_nil(err)
    assert.same({1, 2, 3}, seen)
    assert.equal(2, #server:requests(2))
    assert.equal(1, #events)
    assert.equal("page_repeated", events[1].event)
    assert.equal("payments.list", events[1].endpoint)
    assert.equal(2, events[1].page)
  end)

  it("a failing page raises what went wrong, once", function()
    server = shop.answering {page(1, 2), shop.reply("403 Forbidden",
      {success = false, message = "You do not have permission."}), page()}
    local seen, err = walk(server:client())
    assert.same({1, 2}, seen)
    assert.equal("forbidden", err.kind)
    assert.equal(403, err.status)
  end)

  it("walks from the page that is asked for", function()
    server = shop.answering {page(5, 6), page()}
    local seen = walk(server:client(), {page = 3, limit = 2})
    assert.same({5, 6}, seen)
    local list = server:requests(2)
    assert.equal("/api/1.1/payments/?page=3&limit=2", list[1].target)
    assert.equal("/api/1.1/payments/?page=4&limit=2", list[2].target)
  end)

  it("next() is nil at the end, nil and an error on failure", function()
    server = shop.answering {page(1, 2), NOT_FOUND, page(1, 2), page(),
      page(1, 2), shop.reply("401 Unauthorized",
        {success = false, message = "Invalid Auth Token."}),
      page()}
    local client = server:client()
    for _ = 1, 2 do
      local first = assert(client.payments:list())
      local second, err = first:next()
      assert.is_nil(second)
      assert.is_nil(err)
    end
    local second, err = assert(client.payments:list()):next()
    assert.is_nil(second)
    assert.equal("auth", err.kind)
    local taken = #server:requests(6)
    local empty = assert(client.payments:list())
    assert.is_nil(empty:next())
    assert.equal(taken + 1, 6 + #server:requests(1))
  end)

  it("a page is a plain array that can be closed", function()
    server = shop.answering {page(1, 2)}
    local first = assert(server:client().payments:list())
    local keys = {}
    for key in pairs(first) do
      keys[#keys + 1] = key
    end
    assert.same({1, 2}, keys)
    first:close()
    first:close()
    local message = shop.error_of(function()
      first:next()
    end)
    assert.truthy(message:find("payments_spec.lua", 1, true), message)
    assert.truthy(message:find("closed", 1, true))
  end)
end)

describe("payments at the sandbox", function()
  local sandbox, client

  setup(function()
    sandbox = shop.open()
    client = sandbox:client()
  end)

  teardown(function()
    sandbox.stop()
  end)

  it("are those that were made", function()
    assert.same({}, client.payments:list())
    assert(client.links:create {title = "Tea", description = "d",
      base_price = "12.50"})
    local made = sandbox:pay {link = "tea", quantity = 2}
    sandbox:pay {link = "tea", status = "Failed"}
    local list = assert(client:payments_list())
    assert.equal(2, #list)
    local payment = assert(client:payment_detail(made.payment_id))
    assert.equal("Credit", payment.status)
    assert.equal("25.00", payment.amount)
    assert.equal("2", tostring(payment.quantity))
    assert.same({}, payment.variants)
    assert.is_nil(payment.discount_code)
    local none, err = client.payments:get("MOJOnone")
    assert.is_nil(none)
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("payment request's id", 1, true))
  end)
end)
