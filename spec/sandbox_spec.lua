-- The sandbox as a program, driven by clients that are not ours: curl, bare
-- sockets, python3-requests. (lua/shopwire/sandbox.lua)

local core = require "shopwire.core"
local form = require "shopwire.fake.form"
local process = require "spec.support.process"
local socket = require "socket"
local values = require "shopwire.fake.values"
local wire = require "spec.support.wire"

describe("the sandbox", function()
  local shop, dir

  setup(function()
    dir = process.directory()
    shop = process.sandbox("--dir " .. dir)
  end)

  teardown(function()
    shop.stop()
    process.remove(dir)
  end)

  before_each(function()
    process.run("curl -s -X POST " .. shop.origin .. "/_sandbox/reset")
  end)

  local function keys()
    return " -H X-Api-Key:" .. shop.api_key .. " -H X-Auth-Token:"
      .. shop.auth_token .. " "
  end

  -- curl with the keys; body, HTTP status, curl's own status.
  local function curl(arguments)
    local text, status = process.run("curl -s --max-time 20"
      .. " -w '\\n%{http_code}'" .. keys() .. arguments, 25)
    local body, code = text:match("^(.*)\n(%d+)$")
    return body, tonumber(code), status
  end

  local function json(arguments)
    local body, code = curl(arguments)
    return assert(core.json_decode(body), body), code
  end

  local function endpoint(path)
    return process.quote(shop.endpoint .. path)
  end

  local function create(more)
    return json(endpoint("links/") .. " -d 'title=Hello API&description=x"
      .. "&base_price=50" .. (more or "") .. "'")
  end

  it("prints its banner, one name and value a line", function()
    local names = {}
    for line in shop.output:gmatch("[^\n]+") do
      names[#names + 1] = line:match("^%S+")
    end
    assert.same({"endpoint", "api_key", "auth_token", "salt", "v2_endpoint",
      "access_token", "app_id", "shop_url", "shop_username", "shop_key",
      "ready"}, names)
    assert.matches("^http://127%.0%.0%.1:%d+/api/1%.1/$", shop.endpoint)
    assert.matches("^http://127%.0%.0%.1:%d+/v2/$", shop.v2_endpoint)
  end)

  it("sells, refunds and deletes for curl", function()
    local body, code = json(endpoint("debug/"))
    assert.equal(200, code)
    assert.is_true(body.success)
    body, code = create()
    assert.equal(201, code)
    assert.equal("hello-api", body.link.slug)
    body = json(shop.origin .. "/_sandbox/pay -d link=hello-api")
    local id = body.payment.payment_id
    body = json(endpoint("payments/" .. id .. "/"))
    assert.equal("50.00", body.payment.amount)
    body, code = json(endpoint("refunds/") .. " -d 'type=RFD&body=twice"
      .. "&payment_id=" .. id .. "'")
    assert.equal(201, code)
    assert.equal("Refunded", body.refund.status)
    local text
    text, code = curl("-X DELETE " .. endpoint("links/hello-api/"))
    assert.equal(204, code)
    assert.equal("", text)
    text, code = curl(endpoint("links/hello-api"))
    assert.equal(301, code)
    assert.equal("", text)
  end)

  it("keeps 40 MB of upload byte for byte", function()
    local path = dir .. "/big"
    process.run("head -c 40000000 /dev/urandom > " .. path)
    local body = json(endpoint("links/get_file_upload_url/"))
    local answer = process.run("curl -s -F fileUpload=@" .. path .. " "
      .. process.quote(body.upload_url))
    local file = assert(core.json_decode(answer), answer)
    assert.equal(40000000, file.size)
    assert.equal("big", file.filename)
    process.write(dir .. "/answer", answer)
    local made, code = json(endpoint("links/") .. " -d title=t -d"
      .. " description=d -d base_price=1 --data-urlencode file_upload_json@"
      .. dir .. "/answer")
    assert.equal(201, code)
    local shown = json(shop.origin .. "/_sandbox/links/" .. made.link.slug)
    local _, same = process.run("curl -s " .. shown.file.url .. " | cmp - "
      .. path)
    assert.equal(0, same)
  end)

  it("serves python's requests, with session and JSON", function()
    process.write(dir .. "/client.py", [[
import sys, requests
base, key, token = sys.argv[1:4]
s = requests.Session()
s.headers.update({"X-Api-Key": key, "X-Auth-Token": token})
r = s.post(base + "payment-requests/", json={"purpose": "x", "amount": 10,
    "allow_repeated_payments": False})
assert r.status_code == 201, r.text
id = r.json()["payment_request"]["id"]
r = s.get(base + "payment-requests/" + id + "/")
assert r.json()["payment_request"]["amount"] == "10.00", r.text
r = s.post(base + "links/", data={"title": ""})
assert r.status_code == 400 and "title" in r.json()["message"], r.text
u = s.get(base + "links/get_file_upload_url/").json()["upload_url"]
r = requests.post(u, files={"fileUpload": ("n\u00e9.txt", b"abc")})
assert r.status_code == 200 and r.json()["size"] == 3, r.text
print("fine")
]])
    local output = process.run("python3 " .. dir .. "/client.py "
      .. endpoint("") .. " " .. shop.api_key .. " " .. shop.auth_token
      .. " 2>&1", 30)
    assert.equal("fine\n", output)
  end)

  it("has script values behind the bearer token", function()
    local body = json(process.quote(shop.v2_endpoint .. "store/scriptvalues/"
      .. shop.app_id .. "/") .. " -X PATCH -H 'Authorization: Bearer "
      .. shop.access_token .. "' -H 'Content-Type: application/json'"
      .. " -d '{\"values\":[{\"id\":\"1A\",\"value\":\"Tarun\"}]}'")
    assert.equal("Tarun", body.values[1].value)
  end)

  describe("with faults", function()
    local function faulty(text, more)
      return curl("-H 'X-Sandbox-Fault: " .. text .. "' " .. (more
        or endpoint("links/")))
    end
    local hello = " -d 'title=t&description=d&base_price=1'"

    local function counted(row)
      return json(shop.origin .. "/_sandbox/log").counts[row]
    end

    it("throttles, breaks and speaks HTML", function()
      local body, code = faulty("status=429; retry-after=7",
        "-i " .. endpoint("links/"))
      assert.equal(429, code)
      assert.matches("Retry%-After: 7\r\n", body)
      body, code = faulty("status=502")
      assert.equal(502, code)
      assert.matches("^<html>", body)
      body, code = faulty("html")
      assert.equal(200, code)
      assert.matches("^<html>", body)
    end)

    it("cuts the body", function()
      local body, _, status = faulty("truncate=20")
      assert.equal(20, #body)
      assert.equal(18, status)
    end)

    it("resets before the change and after it", function()
      local _, _, status = faulty("reset=before", endpoint("links/") .. hello)
      assert.equal(56, status)
      assert.same({}, json(endpoint("links/")).links)
      _, _, status = faulty("reset=after", endpoint("links/") .. hello)
      assert.equal(56, status)
      assert.equal(1, #json(endpoint("links/")).links)
      assert.equal(2, counted "links.create")
    end)

    it("cuts off a bare socket without a byte", function()
      local port = tonumber(shop.origin:match(":(%d+)$"))
      local peer = assert(socket.connect("127.0.0.1", port))
      peer:settimeout(10)
      peer:send("GET /api/1.1/debug/ HTTP/1.1\r\nHost: a\r\n"
        .. "X-Sandbox-Fault: reset=before\r\n\r\n")
      local _, why, part = peer:receive("*a")
      assert.equal("", part or "")
      assert.not_equal("timeout", why)
      peer:close()
    end)

    it("sends a gzip bomb that unpacks", function()
      local body = process.run("curl -s --compressed"
        .. " -H 'X-Sandbox-Fault: bomb=4' " .. endpoint("debug/")
        .. " | wc -c")
      assert.is_true(tonumber(body) > 4000000)
    end)

    it("waits for a row, by control call", function()
      json(shop.origin .. "/_sandbox/fault -d 'row=links.create&times=1"
        .. "&status=500'")
      local _, code = curl(endpoint("links/") .. hello)
      assert.equal(500, code)
      _, code = curl(endpoint("links/") .. hello)
      assert.equal(201, code)
    end)

    it("delays many side by side, and nobody else", function()
      local start = socket.gettime()
      process.run("for i in $(seq 1 40); do curl -s --max-time 90" .. keys()
        .. "-H 'X-Sandbox-Fault: delay=3' " .. endpoint("debug/")
        .. " > /dev/null & done; sleep 0.5; curl -s --max-time 90" .. keys()
        .. endpoint("debug/") .. " -o " .. dir .. "/quick; date +%s.%N > "
        .. dir .. "/when; wait", 150)
      local all = socket.gettime() - start
      assert.matches("success", process.read(dir .. "/quick"))
      -- one after another they would take 120 s
      assert.is_true(all < 60)
      local quick = tonumber(process.read(dir .. "/when")) - start
      assert.is_true(quick < all)
      assert.equal(41, counted "debug")
    end)
  end)

  describe("webhooks", function()
    local function deliveries()
      return json(shop.origin .. "/_sandbox/deliveries").deliveries
    end

    local function ended()
      return process.wait(function()
        local last = deliveries()[1]
        return last and last.state ~= "waiting" and last.state ~= "sent"
          and last
      end)
    end

    it("arrive, signed with the salt", function()
      local peer = wire.start {connections = {{{"read"},
        {"send", wire.reply("200 OK", "")}}}}
      create("&webhook_url=" .. peer.url .. "hook")
      json(shop.origin .. "/_sandbox/pay -d link=hello-api")
      local sent = peer:requests(1)[1]
      local fields = form.decode(sent:match("\r\n\r\n(.*)$"))
      assert.equal(core.hmac_sha1(shop.salt, values.mac_message(fields)),
        fields.mac)
      assert.equal("hello-api", fields.offer_slug)
      local last = ended()
      assert.equal("delivered", last.state)
      assert.equal(200, last.status)
      peer:stop()
    end)

    it("hold up nobody when the shop does not answer", function()
      local peer = wire.start {connections = {{{"read"}, {"hold"}}}}
      create("&webhook_url=" .. peer.url)
      json(shop.origin .. "/_sandbox/pay -d link=hello-api")
      peer:requests(1)
      local _, code = curl(endpoint("debug/"))
      assert.equal(200, code)
      assert.equal("sent", deliveries()[1].state)
      peer:stop()
      assert.equal("failed", ended().state)
    end)

    it("go to this machine only", function()
      create("&webhook_url=http://192.0.2.1/hook")
      json(shop.origin .. "/_sandbox/pay -d link=hello-api")
      assert.equal("refused", ended().state)
    end)
  end)

  describe("as a program", function()
    it("ends cleanly on both signals and leaves nothing", function()
      for _, name in ipairs {"TERM", "INT"} do
        local own = process.directory()
        local one = process.sandbox("--dir " .. own)
        assert.equal(0, one.child:stop(name))
        local left = process.run("ls " .. own)
        assert.equal("", left)
        process.remove(own)
      end
    end)

    it("has the same keys for the same seed, others without", function()
      local one = process.sandbox("--seed 5")
      local two = process.sandbox("--seed 5")
      local three = process.sandbox()
      assert.equal(one.api_key, two.api_key)
      assert.not_equal(one.api_key, three.api_key)
      assert.equal(0, one.stop())
      assert.equal(0, two.stop())
      assert.equal(0, three.stop())
    end)

    it("speaks TLS", function()
      local made = wire.certificates()
      local one = process.sandbox("--cert " .. made.good.cert .. " --key "
        .. made.good.key)
      assert.matches("^https://", one.endpoint)
      local output = process.run("curl -s --cacert " .. made.ca .. " "
        .. one.endpoint .. "debug/")
      assert.matches("success", output)
      assert.equal(0, one.stop())
      made.remove()
    end)

    it("explains what it cannot do", function()
      local file = process.find "shopwire.sandbox"
      for arguments, words in pairs {
        ["--port x"] = "number", ["--port 1.5"] = "whole number",
        ["--port 65536"] = "65535", ["--port 0x50"] = "whole number",
        ["--port -1"] = "whole number", ["--seed 1e400"] = "whole number",
        ["--seed 1.5"] = "whole number", ["--frobnicate"] = "what is",
        ["--port"] = "needs a value", ["--cert /none --key /none"] = "/none",
        ["--port " .. shop.origin:match("%d+$")] = "listen",
      } do
        local output, status = process.run(process.lua(file, arguments)
          .. " 2>&1")
        assert.equal(2, status)
        assert.truthy(output:find(words, 1, true), output)
      end
    end)
  end)
end)
