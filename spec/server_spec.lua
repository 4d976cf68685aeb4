-- shopwire.server against curl and bare sockets: what it hands over, what it
-- sends back, resets, cuts, delays.
-- Of src/server/: src/server/http.c, src/server/intake.c, src/server/post.c,
-- src/server/lserver.c

local process = require "spec.support.process"
local server = require "shopwire.server"
local socket = require "socket"
local wire = require "spec.support.wire"

local curl = "curl -s --max-time 20 "

describe("the server", function()
  local http, url, dir

  before_each(function()
    dir = process.directory()
    http = assert(server.open {parent = dir})
    url = string.format("http://127.0.0.1:%d", http:port())
  end)

  after_each(function()
    http:close()
    process.remove(dir)
  end)

  -- The next request, or an error when none comes.
  local function take()
    local request = process.wait(function()
      return http:next(100)
    end)
    assert(request, "no request came")
    return request
  end

  -- Starts curl, lets `answer` deal with its request, gives its output.
  local function exchange(arguments, answer)
    local child = process.start(curl .. arguments)
    local request = take()
    answer(request)
    process.wait(function()
      http:next(20)
      return child:status()
    end)
    local output = child:output()
    return output, child:stop(), request
  end

  -- A bare connection that has sent `bytes`.
  local function connect(bytes)
    local peer = assert(socket.connect("127.0.0.1", http:port()))
    peer:settimeout(0)
    peer:send(bytes)
    return peer
  end

  -- All that comes on a bare connection, and why it ended. Further requests
  -- are answered with 400.
  local function drain(peer)
    local all, ended = "", nil
    process.wait(function()
      local request = http:next(5)
      if request then
        request:reply {status = 400}
      end
      local bytes, why, part = peer:receive(65536)
      all = all .. (bytes or part or "")
      ended = why ~= "timeout" and why or nil
      return ended
    end)
    peer:close()
    return all, ended
  end

  it("hands a request over as it was on the wire", function()
    local output, status, request = exchange(process.quote(url
      .. "/a%2Fb/%C3%AB/?x=1&y=%20+") .. " -H 'X-One: 1' -H 'x-one: 2'"
      .. " -H 'X-Empty;'", function(request)
        request:reply {headers = {["X-Back"] = "yes"}, body = "hello"}
      end)
    assert.equal("hello", output)
    assert.equal(0, status)
    assert.equal("GET", request.method)
    assert.equal("/a%2Fb/%C3%AB/", request.path)
    assert.equal("x=1&y=%20+", request.query)
    assert.equal("/a%2Fb/%C3%AB/?x=1&y=%20+", request.target)
    assert.equal("1, 2", request:header("X-ONE"))
    assert.equal("", request.headers["x-empty"])
    assert.equal("", request.body)
    local seen = {}
    for _, pair in ipairs(request.header_list) do
      seen[#seen + 1] = pair[1] .. "=" .. pair[2]
    end
    assert.truthy(table.concat(seen, ";"):find("X-One=1;x-one=2", 1, true))
  end)

  it("keeps small bodies in memory, larger ones in a file", function()
    local small = ("x"):rep(1024 * 1024)
    for _, bytes in ipairs {small, small .. "y", ""} do
      local path = process.write(dir .. "/sent", bytes)
      local got, kept
      exchange("--data-binary @" .. path .. " -X PATCH " .. url,
        function(request)
          got = request.body or process.read(request.body_path)
          kept = request.body_path
          assert.equal(#bytes, request.body_size)
          request:reply {}
        end)
      assert.is_true(got == bytes)
      assert.equal(#bytes > 1024 * 1024, kept ~= nil)
    end
  end)

  it("writes uploaded files down byte for byte", function()
    local bytes = {}
    for i = 1, 3000 do
      bytes[i] = string.char(i % 256) .. "\r\n--\r\n" .. ("\0"):rep(i % 700)
    end
    local text = "\r\n--" .. table.concat(bytes) .. "\r\n-"
    local path = process.write(dir .. "/a b;c", text)
    local empty = process.write(dir .. "/empty", "")
    exchange("-F note='some text' -F 'fileUpload=@\"" .. path .. "\"'"
      .. " -F 'none=@" .. empty .. ";type=image/png' -F blank= " .. url,
      function(request)
        local parts = request.parts
        assert.equal(4, #parts)
        assert.equal("some text", parts[1].value)
        assert.equal("fileUpload", parts[2].name)
        assert.equal("a b;c", parts[2].filename)
        assert.equal(#text, parts[2].size)
        assert.is_true(process.read(parts[2].path) == text)
        assert.equal("image/png", parts[3].type)
        assert.equal(0, parts[3].size)
        assert.equal("", process.read(parts[3].path))
        assert.equal("", parts[4].value)
        assert.is_nil(request.body)
        request:reply {}
      end)
  end)

  it("removes the files of a request, and its directory at last", function()
    local path = process.write(dir .. "/sent", ("x"):rep(2000000))
    local kept
    exchange("-F f=@" .. path .. " " .. url, function(request)
      kept = request.parts[1].path
      request:reply {}
    end)
    collectgarbage()
    collectgarbage()
    assert.is_nil(process.read(kept))
    local own = http:dir()
    process.write(own .. "/left", "x")
    http:close()
    local _, status = process.run("test -e " .. own)
    assert.equal(1, status)
  end)

  it("waits for the body after 100 Continue", function()
    local peer = connect("POST / HTTP/1.1\r\nHost: a\r\nExpect:"
      .. " 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
    local head = ""
    process.wait(function()
      http:next(5)
      local bytes, _, part = peer:receive(65536)
      head = head .. (bytes or part or "")
      return head:find("\r\n\r\n", 1, true)
    end)
    assert.matches("^HTTP/1.1 100 ", head)
    peer:send("body")
    local request = take()
    assert.equal("body", request.body)
    request:reply {body = "done"}
    assert.matches("\r\n\r\ndone$", (drain(peer)))
  end)

  it("takes chunked bodies", function()
    local peer = connect("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:"
      .. " chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n"
      .. "0\r\n\r\n")
    local request = take()
    assert.equal("abcde", request.body)
    request:reply {status = 204}
    assert.matches("^HTTP/1.1 204 ", (drain(peer)))
  end)

  it("answers HEAD without a body", function()
    local output = exchange("-I " .. url, function(request)
      assert.equal("HEAD", request.method)
      request:reply {body = "hello"}
    end)
    assert.matches("Content%-Length: 5\r\n", output)
    assert.is_nil(output:find("hello"))
  end)

  it("serves several requests on one connection", function()
    local one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    local two = "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    local peer = connect(one .. two)
    take():reply {body = "first"}
    local request = take()
    assert.equal("/2", request.path)
    request:reply {body = "second"}
    local all = drain(peer)
    assert.matches("first.*second$", all)
  end)

  it("cuts a reply short, in memory and from a file", function()
    local path = process.write(dir .. "/big", ("z"):rep(300000))
    local output, status = exchange(url, function(request)
      request:reply {body = "0123456789", truncate = 4}
    end)
    assert.equal("0123", output)
    assert.equal(18, status)
    output, status = exchange(url, function(request)
      request:reply {file = path, truncate = 200000}
    end)
    assert.equal(200000, #output)
    assert.equal(18, status)
    output, status = exchange(url, function(request)
      request:reply {file = path}
    end)
    assert.equal(300000, #output)
    assert.equal(0, status)
  end)

  -- LuaSocket calls a reset "closed"; curl tells it (56) from an end (52).
  it("resets the connection, at once or amid the body", function()
    local output, status = exchange("-S " .. url .. " 2>&1", function(request)
      request:reply {reset = true, body = "never"}
    end)
    assert.equal(56, status)
    assert.matches("reset by peer", output)
    output, status = exchange(url, function(request)
      request:reply {reset = true, body = "0123456789", truncate = 3}
    end)
    assert.equal(56, status)
    assert.equal("012", output)
  end)

  it("resets what nobody answers", function()
    local child = process.start(curl .. url)
    take()
    collectgarbage()
    collectgarbage()
    process.wait(function()
      http:next(20)
      return child:status()
    end)
    assert.equal(56, child:stop())
  end)

  it("holds back one answer without holding up others", function()
    local slow = connect("GET /slow HTTP/1.1\r\nHost: a\r\n"
      .. "Connection: close\r\n\r\n")
    local request, start = take(), socket.gettime()
    request:reply {body = "slow", delay = 0.4}
    local quick = connect("GET /quick HTTP/1.1\r\nHost: a\r\n"
      .. "Connection: close\r\n\r\n")
    take():reply {body = "quick"}
    assert.matches("quick$", (drain(quick)))
    local between = socket.gettime() - start
    assert.matches("slow$", (drain(slow)))
    assert.is_true(between < socket.gettime() - start)
    assert.is_true(socket.gettime() - start > 0.35)
  end)

  it("has 150 requests in hand at once", function()
    local peers, requests = {}, {}
    for i = 1, 150 do
      peers[i] = connect("GET /" .. i .. " HTTP/1.1\r\nHost: a\r\n"
        .. "Connection: close\r\n\r\n")
    end
    for i = 1, 150 do
      requests[i] = take()
    end
    for i = 150, 1, -1 do
      requests[i]:reply {body = "to " .. requests[i].path}
    end
    for i = 1, 150 do
      assert.matches("to /" .. i .. "$", (drain(peers[i])))
    end
  end)

  it("answers once, and not to who has gone", function()
    local peer = connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    local request = take()
    assert.is_true(request:reply {})
    local done, why = request:reply {}
    assert.is_nil(done)
    assert.equal("answered before", why)
    peer:close()
    local late = connect("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    local held = take()
    http:close()
    done, why = held:reply {body = "x"}
    assert.is_nil(done)
    assert.is_string(why)
    late:close()
  end)

  it("refuses mistakes in a reply, and may be asked again", function()
    local peer = connect("GET / HTTP/1.1\r\nHost: a\r\n"
      .. "Connection: close\r\n\r\n")
    local request = take()
    for _, bad in ipairs {
      {status = 99}, {status = 1000}, {delay = -1}, {truncate = "x"},
      {headers = {["A\r\nB"] = "c"}}, {headers = {A = "b\r\nC: d"}},
      {headers = {["A b"] = "c"}}, {file = dir .. "/none"},
    } do
      assert.is_false((pcall(request.reply, request, bad)))
    end
    assert.is_false((pcall(request.reply, request)))
    request:reply {status = 201, body = "x", headers = {{"A", "1"},
      {"A", "2"}}}
    local all = drain(peer)
    assert.matches("^HTTP/1.1 201 ", all)
    assert.matches("A: 1\r\nA: 2\r\n", all)
  end)

  it("lives through bytes that are no HTTP", function()
    for _, bytes in ipairs {"\0\1\2\3\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n", ("A"):rep(300000),
      "GET / HTTP/1.1\r\n" .. ("X: y\r\n"):rep(30000),
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data;"
        .. " boundary=b\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
        .. "nonsense!"} do
      local peer = connect(bytes)
      peer:shutdown("send")
      local request = http:next(30)
      if request then
        request:reply {status = 400}
      end
      drain(peer)
    end
    local output = exchange(url, function(request)
      request:reply {body = "alive"}
    end)
    assert.equal("alive", output)
  end)

  it("listens on this machine only, and says so when it cannot", function()
    local port = http:port()
    local other, why = server.open {port = port, parent = dir}
    assert.is_nil(other)
    assert.matches("listen", why)
    local _, hosts = process.run("ss -ltnH 2>/dev/null | grep -v 127.0.0.1"
      .. " | grep -q ':" .. string.format("%d", port) .. " '")
    assert.not_equal(0, hosts)
    other, why = server.open {parent = dir .. "/none"}
    assert.is_nil(other)
    assert.matches("directory", why)
    assert.is_false((pcall(server.open, {cert = "x"})))
    assert.is_nil((server.open {cert = "x", key = "y", parent = dir}))
    assert.is_false((pcall(server.open, {port = 70000})))
  end)

  it("is closed once and for all", function()
    http:close()
    http:close()
    assert.is_false((pcall(http.next, http, 0)))
    assert.is_false((pcall(http.port, http)))
    assert.is_false((pcall(http.next, io.stdout)))
  end)

  it("speaks TLS with a given certificate", function()
    local made = wire.certificates()
    local secure = assert(server.open {parent = dir,
      cert = process.read(made.good.cert),
      key = process.read(made.good.key)})
    local child = process.start(curl .. "--cacert " .. made.ca
      .. string.format(" https://127.0.0.1:%d/x", secure:port()))
    local request = process.wait(function()
      return secure:next(50)
    end)
    assert.equal("/x", request.path)
    request:reply {body = "secret"}
    process.wait(function()
      secure:next(20)
      return child:status()
    end)
    assert.equal("secret", child:output())
    assert.equal(0, child:stop())
    secure:close()
    made.remove()
  end)

  describe("posting by itself", function()
    local function outcome()
      return process.wait(function()
        http:next(10)
        local id, status, detail = http:posted()
        return id and {id = id, status = status, detail = detail}
      end)
    end

    it("sends a form and tells the status", function()
      local peer = wire.start {connections = {{{"read"},
        {"send", wire.reply("202 Accepted", "ok")}}}}
      local id = assert(http:post(peer.url .. "hook?x=1", "a=1&b=%20"))
      assert.same({id = id, status = 202, detail = ""}, outcome())
      local sent = peer:requests(1)[1]
      assert.matches("^POST /hook%?x=1 HTTP/1.1\r\n", sent)
      assert.matches("\r\n\r\na=1&b=%%20$", sent)
      assert.truthy(sent:lower():find(
        "content-type: application/x-www-form-urlencoded", 1, true))
      peer:stop()
      assert.is_nil((http:posted()))
    end)

    it("gives up in its time and tells why", function()
      local peer = wire.start {connections = {{{"read"}, {"hold"}}}}
      assert(http:post(peer.url, "a=1", 0.3))
      local told = outcome()
      assert.is_nil(told.status)
      assert.is_true(#told.detail > 0)
      peer:stop()
    end)

    it("survives being closed with a post under way", function()
      local peer = wire.start {connections = {{{"read"}, {"hold"}}}}
      assert(http:post(peer.url, "a=1", 5))
      http:next(10)
      http:close()
      peer:stop()
    end)
  end)
end)
