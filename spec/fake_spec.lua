-- The fake in process: the door, products, uploads, faults, control calls.
-- Nothing here opens a socket.
-- Covers: shopwire/fake.lua shopwire/fake/instamojo.lua
-- shopwire/fake/control.lua shopwire/fake/faults.lua

local calls = require "spec.support.in_process"
local control = require "shopwire.fake.control"
local core = require "shopwire.core"
local fake = require "shopwire.fake"
local faults = require "shopwire.fake.faults"
local form = require "shopwire.fake.form"
local instamojo = require "shopwire.fake.instamojo"
local router = require "shopwire.fake.router"

local ask, make, product = calls.ask, calls.make, calls.product

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

    it("are refused when the call that they wait for could not have them",
      function()
        local refused = {
          ["status=99"] = "200 to 599", ["status=199"] = "200 to 599",
          ["status=600"] = "200 to 599", ["status=429.5"] = "200 to 599",
          ["status=1e400"] = "200 to 599", ["status=0x1f4"] = "200 to 599",
          ["status="] = "200 to 599",
          ["delay=601"] = "0 to 600", ["delay=1e1"] = "0 to 600",
          ["delay=nan"] = "0 to 600", ["delay=inf"] = "0 to 600",
          ["status=429&retry_after=1.5"] = "whole seconds",
          ["truncate=1.5"] = "whole bytes", ["truncate=-1"] = "whole bytes",
          ["bomb=4097"] = "0 to 4096", ["html=maybe"] = "html: 1 or 0",
          ["reset=maybe"] = "reset: after or before expected",
          ["smtp=x"] = "refused or silent",
          ["explode=1"] = "no such fault: explode",
          [""] = "say what is to go wrong", ["html=0"] = "say what is",
          ["row=links.list&times=2"] = "say what is to go wrong",
          ["retry_after=1"] = "retry-after goes with status or html",
          ["after=1"] = "after goes with status, html or fatal",
          ["html=1&times=1e400"] = "times: an integer from 1",
          ["html=1&times=1.5"] = "times: an integer from 1",
          ["html=1&times=x"] = "times: an integer from 1",
        }
        for text, words in pairs(refused) do
          local status, body = ask(it_is, "POST", "/_sandbox/fault",
            form.decode(text))
          assert.equal(400, status, text)
          local _, list = next(body.message)
          assert.truthy(list[1]:find(words, 1, true), list[1])
        end
        for _, json in ipairs {"[1]", '{"status":[1]}', '{"delay":{}}',
          '{"status":429.5}', '{"html":null}', '{"delay":true}'} do
          assert.equal(400, (ask(it_is, "POST", "/_sandbox/fault", json)))
        end
        assert.equal(200, (ask(it_is, "GET", "links/")))
      end)

    it("are taken as JSON's own numbers and truths", function()
      assert.equal(200, (ask(it_is, "POST", "/_sandbox/fault",
        '{"status":503,"html":true,"after":false,"delay":0.5,"times":1}')))
      local status, _, reply = ask(it_is, "GET", "links/")
      assert.equal(503, status)
      assert.equal(0.5, reply.fault.delay)
      assert.equal(200, (ask(it_is, "GET", "links/")))
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
