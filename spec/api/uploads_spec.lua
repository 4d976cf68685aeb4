-- Files of a product: the three steps, their order, progress and cancel, an
-- upload host that misbehaves, files that cannot be read.
-- (lua/shopwire/file.lua, src/lsecret.c)

local core = require "shopwire.core"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local PRODUCT = {title = "Hello API", description = "d", base_price = 50}

local function product(more)
  local fields = {}
  for _, list in ipairs {PRODUCT, more or {}} do
    for name, value in pairs(list) do
      fields[name] = value
    end
  end
  return fields
end

local function address(url)
  return shop.reply("200 OK", {success = true, upload_url = url})
end

local MADE = shop.reply("201 Created", {success = true,
  link = {slug = "hello-api"}})

describe("uploads", function()
  local dir

  setup(function()
    dir = process.directory()
  end)

  teardown(function()
    process.remove(dir)
  end)

  local function file(name, text)
    return process.write(dir .. "/" .. name, text)
  end

  describe("at the sandbox", function()
    local sandbox, client

    setup(function()
      sandbox = shop.open("--dir " .. dir)
      client = sandbox:client()
    end)

    teardown(function()
      sandbox.stop()
    end)

    before_each(function()
      sandbox:reset()
    end)

    local function stored(slug, which)
      local url = sandbox:control("links/" .. slug)[which].url
      return "curl -s " .. process.quote(url)
    end

    it("of 40 MB arrive byte for byte, with progress", function()
      local path = dir .. "/forty"
      process.run("head -c 40000000 /dev/urandom > " .. path)
      local last, total, calls, went_back = 0, nil, 0, false
      local link, err = client.links:create(product {
        file_upload = shopwire.file(path, {progress = function(sent, all)
          calls = calls + 1
          went_back = went_back or sent < last
          last, total = sent, all
        end})})
      assert(link, tostring(err))
      assert.is_true(calls >= 1)
      assert.is_false(went_back)
      -- the body is the file and the lines around it
      assert.is_true(last >= 40000000)
      assert.is_true(total >= 40000000)
      local _, same = process.run(stored(link.slug, "file") .. " | cmp - "
        .. path)
      assert.equal(0, same)
      os.remove(path)
    end)

    it("of file and cover take five calls, the file first", function()
      local link = assert(client.links:create(product {
        file_upload = file("book.txt", "the book"),
        cover_image = shopwire.file(file("cover.png", "\137PNG\0"))}))
      assert.same({"links.upload_url", "links.upload", "links.upload_url",
        "links.upload", "links.create"}, sandbox:rows())
      local log = sandbox:log()
      assert.equal("", log[2].credentials)
      assert.equal("key token", log[1].credentials)
      assert.equal("the book", process.run(stored(link.slug, "file")))
      assert.equal("\137PNG\0", process.run(stored(link.slug, "cover")))
      assert.truthy(link.cover_image)
      local files = sandbox:control("files").files
      assert.equal("book.txt", files[1].filename)
      assert.equal("cover.png", files[2].filename)
    end)

    it("go with an edit, and may be empty", function()
      assert(client.links:create(product()))
      sandbox:control("log")
      local link = assert(client:link_edit("hello-api",
        {file_upload = file("empty", "")}))
      assert.equal("hello-api", link.slug)
      assert.equal("", process.run(stored("hello-api", "file")))
      assert.equal("links.edit", sandbox:rows()[4])
    end)

    it("keep names that need care", function()
      assert(client.links:create(product {
        file_upload = file("caf\195\169 50% + 1;.txt", "x"),
        cover_image = file("a \"b\".png", "y")}))
      local files = sandbox:control("files").files
      assert.equal("caf\195\169 50% + 1;.txt", files[1].filename)
      -- as browsers write it
      assert.equal("a %22b%22.png", files[2].filename)
    end)

    it("end when progress says false or fails", function()
      local path = dir .. "/large"
      process.run("truncate -s 300000000 " .. path)
      for words, progress in pairs {
        ["returned false"] = function()
          return false
        end,
        ["my own mistake"] = function()
          error("my own mistake")
        end,
      } do
        sandbox:reset()
        -- the slow host makes sure that there is time to say so
        sandbox:control("fault", {row = "links.upload", delay = 5})
        local link, err = client.links:create(product {
          file_upload = shopwire.file(path, {progress = progress})})
        assert.is_nil(link)
        assert.equal("cancelled", err.kind)
        assert.is_nil(err.ambiguous)
        assert.is_false(err.retryable)
        assert.equal("file_upload", err.upload)
        assert.truthy(err.hint:find(words, 1, true), err.hint)
        local rows = sandbox:rows()
        assert.equal("links.upload_url", rows[1])
        assert.not_equal("links.create", rows[#rows])
        assert.same({}, client.links:list())
      end
      os.remove(path)
    end)

    it("that the service refuses are told with the host's words", function()
      sandbox:control("fault", {row = "links.upload_url", status = 403})
      local link, err = client.links:create(product {
        file_upload = file("a", "a")})
      assert.is_nil(link)
      assert.equal("forbidden", err.kind)
      assert.equal("links.upload_url", err.endpoint)
      assert.equal("file_upload", err.upload)
      assert.same({"links.upload_url"}, sandbox:rows())
    end)

    local function slow(row, seconds)
      sandbox:control("fault", {row = row, delay = seconds})
    end

    -- A creation that has to end in time, before or after its own sending.
    local function late(result, err)
      assert.is_nil(result)
      assert.equal("timeout", err.kind)
      return err
    end

    it("obey the call's deadline in each step", function()
      for _, row in ipairs {"links.upload_url", "links.upload"} do
        for _, create in ipairs {
          function(fields)
            return client.links:create(fields, {deadline = 0.5})
          end,
          function(fields)
            return client:with {deadline = 0.5}.links:create(fields)
          end,
        } do
          sandbox:reset()
          slow(row, "5")
          local err = late(create(product {file_upload = file("a", "a")}))
          assert.is_nil(err.ambiguous)
          assert.is_true(err.retryable)
          assert.is_nil(err.hint:find("nobody knows", 1, true))
          assert.equal("file_upload", err.upload)
          assert.not_equal("links.create", err.endpoint)
          assert.same({}, client.links:list())
        end
      end
    end)

    it("have one deadline for all steps", function()
      slow("links.upload_url", "0.8")
      slow("links.upload", "0.8")
      slow("links.create", "0.8")
      late(client.links:create(product {file_upload = file("a", "a")},
        {deadline = 2}))
    end)

    it("are not followed by a call that has no time left", function()
      local asked = {}
      local own = instamojo.Client {api_key = "k", auth_token = "t",
        endpoint = "http://127.0.0.1:8080/api/1.1/",
        transport = function(request)
          asked[#asked + 1] = request.verb
          local ends = core.now() + 0.05
          while request.upload and core.now() < ends do -- luacheck: ignore
          end
          return {status = 200, headers = {}, body = core.json_encode {
            success = true, upload_url = "http://127.0.0.1:8080/up"}}
        end}
      local err = late(own.links:create(product {
        file_upload = file("a", "a")}, {deadline = 0.04}))
      assert.same({"GET", "POST"}, asked)
      assert.equal("links.create", err.endpoint)
      assert.equal("build", err.stage)
      assert.is_nil(err.ambiguous)
      assert.is_true(err.retryable)
      assert.truthy(err.hint:find("nothing has changed", 1, true))
    end)

    it("send what the call was given, whatever becomes of its tables",
      function()
        local fields = product()
        local options = {deadline = 30, headers = {["X-Trace"] = "1"}}
        fields.file_upload = shopwire.file(file("a", "a"), {
          progress = function()
            fields.title, fields.quantity = nil, "none"
            options.headers.Host = "other"
          end})
        local link = assert(client.links:create(fields, options))
        assert.equal("Hello API", link.title)
        assert.is_nil(fields.title)
      end)

    it("are asked for once when there is to be no repeat", function()
      for _, one in ipairs {{client, {retries = 0}},
        {client:with {retries = 0}}} do
        sandbox:reset()
        sandbox:control("fault", {row = "links.upload_url", status = 500,
          times = 2})
        local link, err = one[1].links:create(product {
          file_upload = file("a", "a")}, one[2])
        assert.is_nil(link)
        assert.equal("server", err.kind)
        assert.equal(1, err.attempts)
        assert.same({"links.upload_url"}, sandbox:rows())
      end
    end)
  end)

  describe("on the wire", function()
    local server

    after_each(function()
      if server then
        server:stop()
        server = nil
      end
    end)

    -- The address step, with an upload address at the server itself.
    local function own_address(path)
      return {{"read"}, {"send_port", "HTTP/1.1 200 OK\r\nContent-Type: "
        .. "application/json\r\nConnection: close\r\n\r\n{\"success\":true,"
        .. "\"upload_url\":\"http://127.0.0.1:@PORT@" .. path .. "\"}"}}
    end

    it("send one part, no credential, and the answer's very text", function()
      local answer = '{ "url" : "x",  "n": 1.0, "note":"caf\195\169 +&=" }\n'
      local path = file("Padme.jpg", "\255\216bytes\r\n--x")
      server = shop.answering {own_address("/store?key=K&p=P"),
        shop.reply("200 OK", answer), MADE}
      assert(server:client().links:create(product {file_upload = path}))
      local seen = server:requests(3)
      assert.equal("GET /api/1.1/links/get_file_upload_url/",
        seen[1].verb .. " " .. seen[1].target)
      local sent = seen[2]
      assert.equal("POST", sent.verb)
      assert.equal("/store?key=K&p=P", sent.target)
      for _, name in ipairs {"x-api-key", "x-auth-token", "authorization",
        "cookie", "expect", "transfer-encoding"} do
        assert.is_nil(sent.headers[name])
      end
      assert.equal(tostring(#sent.body), sent.headers["content-length"])
      local boundary = sent.headers["content-type"]:match(
        "^multipart/form%-data; boundary=(%S+)$")
      local head, content = sent.body:match("^(.-)\r\n\r\n(.*)$")
      assert.equal("--" .. boundary, head:match("^[^\r]+"))
      assert.truthy(head:find('name="fileUpload"; filename="Padme.jpg"', 1,
        true))
      assert.equal("\255\216bytes\r\n--x\r\n--" .. boundary .. "--\r\n",
        content)
      assert.equal(answer, seen[3].fields.file_upload_json)
      assert.is_nil(seen[3].fields.file_upload)
      assert.equal("Hello API", seen[3].fields.title)
    end)

    it("are sent once when there is to be no repeat", function()
      local busy = shop.reply("429 Too Many Requests", "",
        "Retry-After: 0\r\n")
      for _, wanted in ipairs {{0, 2}, {1, 3}} do
        server = shop.answering {own_address("/up"), busy, busy}
        local link, err = server:client().links:create(product {
          file_upload = file("a", "a")}, {retries = wanted[1]})
        assert.is_nil(link)
        assert.equal("rate_limit", err.kind)
        assert.equal(wanted[2], #server:requests(wanted[2]))
        server:stop()
      end
      server = nil
    end)

    -- One create against an upload host that gives this answer.
    local function upload_to(reply)
      server = shop.answering {own_address("/up"), reply, MADE}
      local link, err = server:client {retries = 2}.links:create(product {
        file_upload = file("a", "a")})
      assert.is_nil(link)
      assert.equal(2, #server:requests(2))
      server:stop()
      assert.equal("file_upload", err.upload)
      assert.equal("links.upload", err.endpoint)
      assert.is_nil(err.ambiguous)
      assert.is_nil(err.evidence)
      if err.kind == "forbidden" then
        assert.is_false(err.retryable)
      else -- nothing was made: another try does no harm
        assert.is_true(err.retryable)
        assert.truthy(err.hint:find("nothing has changed", 1, true), err.hint)
      end
      return err
    end

    for name, case in pairs {
      ["HTML"] = {shop.reply("200 OK", "<html>Thank you</html>"),
        "protocol"},
      ["HTML of a broken host"] = {shop.reply("503 Service Unavailable",
        "<html>maintenance</html>"), "server"},
      ["a list"] = {shop.reply("200 OK", "[1]"), "protocol"},
      ["a text"] = {shop.reply("200 OK", '"text"'), "protocol"},
      ["half an object"] = {shop.reply("200 OK", '{"cut": '), "protocol"},
      ["nothing"] = {shop.reply("200 OK", ""), "protocol"},
      ["a redirect"] = {shop.reply("302 Found", "",
        "Location: http://127.0.0.1:1/\r\n"), "protocol"},
      ["a refusal"] = {shop.reply("403 Forbidden", {error = "expired"}),
        "forbidden"},
      ["a reset"] = {{{"read"}, {"reset"}}, "network"},
    } do
      it("take " .. name .. " for no file", function()
        assert.equal(case[2], upload_to(case[1]).kind)
        server = shop.answering {MADE}
      end)
    end

    it("go to no hostile address", function()
      local client, url
      local function refuses(options, list)
        for _, one in ipairs(list) do
          url = one
          client = instamojo.Client(options)
          local link, err = client.links:create(product {
            file_upload = file("a", "a")})
          assert.is_nil(link, tostring(url))
          assert.equal("protocol", err.kind, tostring(url))
          -- what is no address is no result to begin with
          local words = type(url) ~= "string" and '"upload_url" is '
            or "no file was sent"
          assert.truthy(err.message:find(words, 1, true),
            tostring(url) .. ": " .. err.message)
        end
      end
      local asked = 0
      local options = {api_key = "k", auth_token = "t",
        transport = function(request)
          asked = asked + 1
          assert(request.verb == "GET", "sent to " .. tostring(url))
          return {status = 200, headers = {}, body = core.json_encode {
            success = true, upload_url = url}}
        end}
      local hostile = {
        "http://shop.example/up", "http://www.instamojo.com/up",
        "https://user:pw@shop.example/up", "https://user@shop.example/",
        "https://127.0.0.1/up", "https://localhost/", "https://[::1]/",
        "https://10.0.0.1/up", "https://192.168.1.1/", "https://0/",
        "https://169.254.169.254/latest/", "https://[fe80::1]/",
        "https://172.16.0.1/", "https://[::ffff:10.0.0.1]/",
        "https://2130706433/", "https://0x7f000001/", "https://127.1/",
        "https://[fd00::1]/", "ftp://shop.example/up",
        "file:///etc/passwd", "//shop.example/", "javascript:alert(1)", "",
        "https://", "https:///up", "https://shop.example/a\nb",
        "https://shop.example/a b", "https://shop.example\\@127.0.0.1/",
      }
      refuses(options, hostile)
      refuses(options, {5, {1}, true})
      assert.equal(#hostile + 3, asked)
      options.endpoint = "http://127.0.0.1:8080/api/1.1/"
      refuses(options, {"http://127.0.0.1:8081/up", "http://localhost:8080/",
        "https://10.0.0.1/", "http://a@127.0.0.1:8080/"})
      server = shop.answering {address("http://127.0.0.1:1/up"), MADE}
      local link, err = server:client().links:create(product {
        file_upload = file("a", "a")})
      assert.is_nil(link)
      assert.equal("protocol", err.kind)
      assert.equal(1, #server:requests(1))
    end)

    it("of a file that shrinks are an error, and nothing is made", function()
      local path = dir .. "/shrinking"
      process.run("head -c 20000000 /dev/zero > " .. path)
      server = shop.answering {own_address("/up"),
        {{"read_head"}, {"pause", 1}, {"hold"}}, MADE}
      local cut = false
      local link, err = server:client().links:create(product {
        file_upload = shopwire.file(path, {progress = function()
          if not cut then
            cut = true
            file("shrinking", "short")
          end
        end})})
      assert.is_true(cut)
      assert.is_nil(link)
      assert.equal("invalid", err.kind)
      assert.equal("links.upload", err.endpoint)
      assert.is_nil(err.ambiguous)
      assert.equal(2, #server:requests(2))
    end)

    it("of files that cannot be read send nothing at all", function()
      server = shop.answering {MADE}
      local client = server:client()
      local missing = dir .. "/none\27[31m"
      local link, err = client.links:create(product {file_upload = missing})
      assert.is_nil(link)
      assert.equal("invalid", err.kind)
      assert.equal("build", err.stage)
      assert.equal("links.create", err.endpoint)
      assert.truthy(err.message:find("file_upload", 1, true))
      assert.truthy(err.message:find("No such file", 1, true))
      assert.is_nil(err.message:find("\27", 1, true))
      assert.is_nil(err.ambiguous)
      link, err = client.links:edit("a", {
        cover_image = shopwire.file(dir)})
      assert.is_nil(link)
      assert.truthy(err.message:find("not a regular file", 1, true))
      process.run("mkfifo " .. dir .. "/fifo")
      link, err = client.links:edit("a", {cover_image = dir .. "/fifo"})
      assert.is_nil(link)
      assert.truthy(err.message:find("not a regular file", 1, true))
      link, err = client.links:edit("a", {cover_image = "a\0b"})
      assert.is_nil(link)
      assert.truthy(err.message:find("NUL", 1, true))
      link, err = client.links:edit("a", {file_upload = file("fine", "x"),
        cover_image = ""})
      assert.is_nil(link)
      assert.equal("invalid", err.kind)
      assert.equal(0, #server:requests(0))
    end)

    it("close every file that they opened", function()
      local pid = process.read("/proc/self/stat"):match("^%d+")
      local function open_files()
        local output = process.run("ls -l /proc/" .. pid .. "/fd")
        return select(2, output:gsub(dir:gsub("%p", "%%%0"), ""))
      end
      local held = io.open(file("held", "x"))
      assert.equal(1, open_files())
      held:close()
      server = shop.answering {MADE}
      local client = server:client()
      for _ = 1, 3 do
        client.links:create(product {file_upload = file("fine", "x"),
          cover_image = dir .. "/none"})
        client.links:create(product {file_upload = file("fine", "x")})
        client.links:create(product {file_upload = dir})
      end
      assert.equal(0, open_files())
    end)
  end)
end)
