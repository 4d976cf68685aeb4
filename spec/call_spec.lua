-- One call from its request to its result, on a transport: attempts, the log,
-- what a transport may say. The real network is in wire_spec.
-- (lua/shopwire/call.lua)

local errors = require "shopwire.errors"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local OK = {status = 200, headers = {},
  body = '{"success":true,"message":"hi"}'}

-- A client that gets these replies, and what it was asked and told.
local function client_of(replies, options)
  local asked, events = {}, {}
  local all = {api_key = "k", auth_token = "t", access_token = "a",
    transport = function(request)
      asked[#asked + 1] = request
      local reply = replies[#asked] or replies[#replies]
      if type(reply) == "function" then
        return reply(request)
      end
      return reply
    end, log = function(event)
      events[#events + 1] = event
    end}
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return instamojo.Client(all), asked, events
end

local function quick(status)
  return {status = status, headers = {["Retry-After"] = "0"}, body = ""}
end

describe("a call", function()
  it("is sent again where the retry law says so", function()
    local client, asked, events = client_of {quick(503), quick(429), OK}
    assert.equal("hi", client:debug().message)
    assert.equal(3, #asked)
    assert.equal("retry", events[1].event)
    assert.equal(503, events[1].error.status)
    assert.is_true(errors.is_error(events[1].error))
    assert.is_true(events[1].wait >= 0)
    assert.equal("retry", events[2].event)
    assert.equal(2, #events)
  end)

  it("ends with its retries", function()
    for retries = 0, 2 do
      local client, asked = client_of({quick(503)}, {retries = retries})
      local result, err = client:debug()
      assert.is_nil(result)
      assert.equal("server", err.kind)
      assert.equal(retries + 1, err.attempts)
      assert.equal(retries + 1, #asked)
      assert.is_true(err.retryable)
    end
    local client, asked = client_of {quick(503)}
    assert.is_nil((client:debug {retries = 0}))
    assert.equal(1, #asked)
  end)

  it("tells its log of the error, which the log may fail at", function()
    local client, _, events = client_of {quick(404)}
    local _, err = client:debug()
    assert.equal(1, #events)
    assert.equal("error", events[1].event)
    assert.equal(err, events[1].error)
    client = client_of({quick(404)}, {log = function()
      error("mine")
    end})
    _, err = client:debug()
    assert.equal("not_found", err.kind)
  end)

  it("hands a transport all there is", function()
    local client, asked = client_of {OK}
    client.links:edit("a", {title = "x y"}, {headers = {["X-B"] = "1"}})
    assert.equal("PATCH", asked[1].verb)
    assert.equal("https://www.instamojo.com/api/1.1/links/a/", asked[1].url)
    assert.equal("title=x+y", asked[1].body)
    assert.equal("1", asked[1].headers["X-B"])
    assert.equal("t", asked[1].headers["X-Auth-Token"])
    assert.equal("application/x-www-form-urlencoded",
      asked[1].headers["Content-Type"])
    assert.is_nil(asked[1].upload)
  end)

  it("takes a transport's failure for one of the network", function()
    local client, asked = client_of({function()
      return nil, "cable cut"
    end}, {retries = 1})
    local result, err = client:debug()
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.truthy(err.message:find("cable cut", 1, true))
    assert.equal(2, #asked)
    result, err = client.links:create {title = "t", description = "d",
      base_price = 1}
    assert.is_nil(result)
    assert.is_true(err.ambiguous)
    -- one create and the looks at the list
    local posts = 0
    for _, request in ipairs(asked) do
      posts = posts + (request.verb == "POST" and 1 or 0)
    end
    assert.equal(1, posts)
    assert.truthy(err.evidence.unread)
  end)

  it("does not use a transport's reply that is none", function()
    for _, reply in ipairs {{}, {status = "200"}, {status = 200.5},
      {status = 200, body = {}}, {status = 200, body = 1},
      {status = 200, headers = "x: y"}} do
      local client = client_of {reply}
      local link, err = client.links:create {title = "t", description = "d",
        base_price = 1}
      assert.is_nil(link)
      assert.is_true(err.ambiguous)
      assert.truthy(err.message:find("the transport's reply", 1, true))
    end
  end)

  it("sends again what a transport did not touch", function()
    local client, asked = client_of {function()
      return nil, "no socket", true
    end, {status = 201, headers = {},
      body = '{"success":true,"link":{"slug":"t"}}'}}
    local link = assert(client.links:create {title = "t", description = "d",
      base_price = 1})
    assert.equal("t", link.slug)
    assert.equal(2, #asked)
    assert.equal(2, shopwire.meta(link).attempts)
  end)

  it("keeps its counts whole", function()
    local client = client_of({{status = 429,
      headers = {["Retry-After"] = "7"}, body = ""}}, {deadline = 1})
    local result, err = client:debug()
    assert.is_nil(result)
    assert.equal("rate_limit", err.kind)
    assert.equal("7", tostring(err.retry_after))
    assert.equal("429", tostring(err.status))
    assert.equal("1", tostring(err.attempts))
    assert.is_true(err.elapsed >= 0)
  end)

  it("lets an error of the transport through", function()
    local client = client_of {function()
      error("the transport's own mistake", 0)
    end}
    assert.equal("the transport's own mistake",
      shop.error_of(client.debug, client))
  end)

  describe("with a file that is sent at once", function()
    local dir = process.directory()

    setup(function()
      process.write(dir .. "/small", "small")
    end)

    teardown(function()
      process.remove(dir)
    end)

    -- What comes of a product with that progress function, and the verbs
    -- and paths of all that was asked.
    local function create(server, progress)
      local client = server:client()
      local link, err = client.links:create {title = "t", description = "d",
        base_price = 1, file_upload = shopwire.file(dir .. "/small",
          {progress = progress})}
      return link, err
    end

    local function answers()
      return shop.answering {
        {{"read"}, {"send_port", "HTTP/1.1 200 OK\r\nContent-Type: "
          .. "application/json\r\nConnection: close\r\n\r\n"
          .. '{"success":true,"upload_url":"http://127.0.0.1:@PORT@/up"}'}},
        shop.reply("200 OK", {url = "u"}),
        shop.reply("201 Created", {success = true, link = {slug = "t"}}),
      }
    end

    it("is stopped by progress, late as it is", function()
      for name, progress in pairs {false_ = function()
        return false
      end, error_ = function()
        error("my bug", 0)
      end} do
        local server = answers()
        local link, err = create(server, progress)
        assert.is_nil(link)
        assert.equal("cancelled", err.kind)
        assert.is_nil(err.ambiguous)
        assert.truthy(err.hint:find(name == "false_" and "returned false"
          or "my bug", 1, true))
        assert.equal(2, #server:requests(2)) -- and no create
        server:stop()
      end
    end)

    it("goes on otherwise", function()
      local server = answers()
      local seen
      local link = create(server, function(sent, total)
        seen = {sent >= 5, total >= 5}
      end)
      assert.equal("t", link.slug)
      assert.same({true, true}, seen)
      server:stop()
    end)

    it("tells progress of a fake's or transport's uploads too", function()
      local client = instamojo.Client {fake = true}
      local calls, stop = {}, nil
      local fields = {title = "t", description = "d", base_price = 1,
        file_upload = shopwire.file(dir .. "/small",
          {progress = function(sent, total)
            calls[#calls + 1] = sent .. "/" .. total
            return stop
          end})}
      assert(client.links:create(fields))
      assert.same({"5/5"}, calls)
      stop = false
      local link, err = client.links:create(fields)
      assert.is_nil(link)
      assert.equal("cancelled", err.kind)
      assert.equal(1, #client.links:list())
    end)
  end)
end)
