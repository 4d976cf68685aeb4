-- Wrong arguments, all of them before anything is sent: one clear message at
-- the caller's line. (src/lfields.c, src/lrequest.c, lua/shopwire/options.lua)

local instamojo = require "instamojo"
local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local sent = 0
local client

-- A client that may not send: a call that does fails its test.
local function fresh(options)
  local all = {api_key = "k-0001-secret", auth_token = "t-0001-secret",
    access_token = "a-0001-secret", transport = function()
      sent = sent + 1
      return {status = 500, headers = {}, body = ""}
    end}
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return instamojo.Client(all)
end

-- The message of the error that f raises, without its position; checks that
-- this is the line of f's own call and that no secret is in it.
local function refused(f, ...)
  local message = shop.error_of(f, ...)
  assert.equal("string", type(message))
  local rest = message:match("^[%w_./]*bad_input_spec%.lua:%d+: (.*)$")
  assert.truthy(rest, "no position of the caller: " .. message)
  assert.is_nil(message:find("-0001-secret", 1, true), message)
  assert.is_nil(message:find("[%z\1-\31\127]"), message)
  return rest
end

local function has(text, ...)
  for _, part in ipairs {...} do
    assert.truthy(text:find(part, 1, true), text .. "\nlacks: " .. part)
  end
end

local function product(more)
  local fields = {title = "t", description = "d", base_price = 1}
  for name, value in pairs(more) do
    fields[name] = value
  end
  return fields
end

describe("wrong arguments", function()
  before_each(function()
    sent = 0
    client = fresh()
  end)

  after_each(function()
    assert.equal(0, sent)
  end)

  it("are told all at once, with what was meant", function()
    local message = refused(function()
      client.links:create({titel = "x", description = 5.5, quantity = "3",
        base_price = 0.1 + 0.2, deadline = 3, currency = "EUR",
        enable_pwyw = "yes", start_date = "tomorrow", venue = ("x"):rep(9),
        redirect_url = "ftp://x"}, {foo = 1})
    end)
    has(message, "links.create: ",
      "titel is not a field of this call (did you mean title?)",
      "title is missing", "description must be text, not a float",
      "quantity must be an integer, not text",
      "base_price is 0.30000000000000004",
      "deadline is an option, not a field: it belongs into the table after",
      "currency must be one of INR USD (it is \"EUR\")",
      "enable_pwyw must be true or false, not text", "start_date ",
      "redirect_url ", "foo is not an option")
    assert.is_nil(message:find("venue", 1, true))
  end)

  it("that are missing are named", function()
    assert.equal("links.create: title is missing; description is missing; "
      .. "base_price is missing", refused(function()
        client.links:create {}
      end))
    has(refused(function()
      client.links:create()
    end), "title is missing", "description is missing")
    has(refused(function()
      client.links:create(nil, {deadline = 3})
    end), "title is missing")
    has(refused(function()
      client.links:get()
    end), "links.get: slug is missing")
    has(refused(function()
      client.payment_requests:payment("a")
    end), "payment_id is missing")
    has(refused(function()
      client.payment_requests:payment(nil, "b")
    end), "id is missing")
    has(refused(function()
      client:auth("u")
    end), "auth: password is missing")
    has(refused(function()
      client:auth()
    end), "username is missing", "password is missing")
    has(refused(function()
      client.refunds:create {payment_id = "x"}
    end), "type is missing", "body is missing")
    for _, edit in ipairs {{}, false} do
      has(refused(function()
        client.links:edit("a", edit or nil)
      end), "links.edit: there is no field to change")
    end
  end)

  it("that are unknown get the nearest name", function()
    for wrong, meant in pairs {titel = "title", Title = "title",
      desciption = "description", ["base-price"] = "base_price",
      price = false, quanttiy = "quantity", webhook = "webhook_url",
      file_uplod = "file_upload", zzz = false} do
      local message = refused(function()
        client.links:edit("a", {[wrong] = 1})
      end)
      has(message, wrong .. " is not a field of this call")
      if meant then
        has(message, "(did you mean " .. meant .. "?)")
      else
        assert.is_nil(message:find("did you mean", 1, true), message)
      end
    end
    has(refused(function()
      client.links:edit("a", {"x", [true] = 1})
    end), "a key that is a number", "a key that is a boolean")
    has(refused(function()
      client.links:edit("a", {["\27[2J\n" .. ("x"):rep(500)] = 1})
    end), "is not a field of this call")
    has(refused(function()
      client.links:edit("a", {file_upload_json = "{}"})
    end), "file_upload_json is not a field of this call")
  end)

  it("of the wrong type or form are told apart", function()
    local function wrong(name, value, words)
      has(refused(function()
        client.links:create(product {[name] = value})
      end), name .. " ", words)
    end
    wrong("title", {}, "must be text, not a table")
    wrong("title", true, "must be text, not a boolean")
    wrong("title", print, "must be text, not a function")
    wrong("title", "", "is empty")
    wrong("title", "a\0b", "NUL")
    wrong("title", "\255", "not valid UTF-8")
    wrong("quantity", 1.5, "must be an integer, not a float")
    wrong("quantity", -1, "must be at least 0")
    wrong("quantity", 0 / 0, "must be an integer")
    wrong("quantity", 1 / 0, "must be an integer")
    wrong("enable_sign", 1, "must be true or false, not an integer")
    wrong("webhook_url", "javascript:alert(1)", "http")
    wrong("webhook_url", "https://a b/", "webhook_url")
    wrong("webhook_url", 5, "must be text, not an integer")
    wrong("start_date", "2026-13-01 00:00", "start_date")
    wrong("start_date", "2026-02-30 00:00", "start_date")
    wrong("start_date", 20260101, "must be text")
    wrong("file_upload", 5, "must be a path or shopwire.file(path)")
    wrong("file_upload", {}, "must be a path or shopwire.file(path)")
    wrong("cover_image", {path = 5}, "must be a path or shopwire.file(path)")
    wrong("currency", true, "must be text, not a boolean")
    has(refused(function()
      client.payments:list {page = 0, limit = 501}
    end), "page must be at least 1", "limit may be at most 500")
    has(refused(function()
      client.payment_requests:list {min_created_at = "yesterday"}
    end), "min_created_at")
    has(refused(function()
      client.refunds:create {payment_id = "x", type = "NOT", body = "y",
        transaction_id = "a b"}
    end), "type must be one of RFD TNR QFL QNR EWN TAN PTH",
      "transaction_id may hold letters, digits, - and _ only")
  end)

  it("that are too long are measured in characters", function()
    has(refused(function()
      client.links:create(product {title = ("\195\169"):rep(201)})
    end), "title may have at most 200 characters, it has 201")
    local line = client.links:explain("create", product {
      title = ("\195\169"):rep(200)})
    assert.truthy(line)
    has(refused(function()
      client.payment_requests:create {purpose = ("x"):rep(31), amount = 10}
    end), "purpose may have at most 30 characters, it has 31")
    has(refused(function()
      client.links:create(product {description = ("x"):rep(33 * 2 ^ 20)})
    end), "too long", "32 MiB")
    has(refused(function()
      client.links:get(("x"):rep(70000))
    end), "links.get: ", "")
  end)

  it("that are money must be exact", function()
    for _, amount in ipairs {0.1 + 0.2, 1 / 3, 0 / 0, 1 / 0, -1 / 0, -1,
      "1.234", "1,50", "", " 1", "1e3", "0x10", "abc", "-1", "1.", "+1",
      "1\0", ("9"):rep(60)} do
      local message = refused(function()
        client.links:create(product {base_price = amount})
      end)
      has(message, "base_price ")
    end
    for _, amount in ipairs {{}, true, print} do
      has(refused(function()
        client.links:create(product {base_price = amount})
      end), "base_price must be an amount such as \"12.50\"")
    end
    has(refused(function()
      client.payment_requests:create {purpose = "x", amount = 8.99}
    end), "amount must be at least 9")
    has(refused(function()
      client.payment_requests:create {purpose = "x", amount = "200000.01"}
    end), "amount may be at most 200000")
    for _, amount in ipairs {0.1, 0.07, 1.1, 99.99, 12345678.91, 1e2} do
      assert.truthy(client.links:explain("create",
        product {base_price = amount}))
    end
  end)

  it("in a path lead nowhere else", function()
    for value, words in pairs {["a/b"] = "slash", ["/"] = "slash",
      [".."] = "dot segment", ["."] = "dot segment", ["a\rb"] = "line break",
      ["a\nb"] = "line break", ["a\r\nHost: x"] = "line break",
      ["a\0b"] = "NUL", [""] = "empty", ["a\127"] = "control",
      ["a\\..\\b"] = ""} do
      for _, f in ipairs {
        function()
          client.links:get(value)
        end, function()
          client.links:edit(value, {title = "x"})
        end, function()
          client:link_delete(value)
        end, function()
          client.payment_requests:payment("fine", value)
        end, function()
          client.script_values:get(value)
        end, function()
          client.script_values:remove(value, 1)
        end,
      } do
        if words ~= "" then
          has(refused(f), words)
        end
      end
    end
    for _, value in ipairs {1.5, true, {}, print, 0 / 0, 2 ^ 60} do
      has(refused(function()
        client.links:get(value)
      end), "slug must be text or an integer")
    end
    local line = client.links:explain("get", "a%2F..;&")
    has(line, "/links/a%252F..%3B%26/'")
  end)

  it("in headers inject nothing", function()
    local function wrong(headers, ...)
      has(refused(function()
        client.links:list({}, {headers = headers})
      end), ...)
    end
    wrong({["X-A"] = "b\r\nX-Evil: 1"}, "header X-A contains a line break")
    wrong({["X-A"] = "b\nc"}, "header X-A")
    wrong({["X-A"] = "b\0c"}, "header X-A")
    wrong({["X-A\r\nX-Evil"] = "1"}, "no header name may have")
    wrong({["X A"] = "1"}, "no header name may have")
    wrong({["X:A"] = "1"}, "no header name may have")
    wrong({[""] = "1"}, "header ")
    wrong({["X-A"] = 5}, "headers must map names to text")
    wrong({"X-A: 1"}, "headers must map names to text")
    wrong("X-A: 1", "headers must be a table")
    for _, name in ipairs {"Authorization", "X-Api-Key", "x-auth-token",
      "COOKIE", "Host", "Content-Length", "Transfer-Encoding",
      "Content-Type", "Expect", "Connection"} do
      wrong({[name] = "x"}, "header " .. name
        .. " is set by the client itself")
    end
  end)

  it("in options are refused", function()
    local function wrong(options, ...)
      has(refused(function()
        client.links:list({}, options)
      end), ...)
    end
    wrong({dedline = 3}, "dedline is not an option (did you mean deadline?)")
    wrong({deadline = 0}, "deadline must be seconds")
    wrong({deadline = -1}, "deadline must be seconds")
    wrong({deadline = "3"}, "deadline must be seconds")
    wrong({deadline = 1 / 0}, "deadline must be seconds")
    wrong({deadline = 0 / 0}, "deadline must be seconds")
    wrong({retries = 11}, "retries must be an integer from 0 to 10")
    wrong({retries = 1.5}, "retries must be")
    wrong({retries = "1"}, "retries must be")
    wrong({raw = 1}, "raw must be true or false")
    wrong({json = true}, "json is for client:request only")
    wrong({v2 = true}, "v2 is for client:request only")
    wrong({extra = 5}, "extra must be a table")
    wrong({extra = {a = {}}}, "a must be text, an integer or a boolean")
    wrong({extra = {1}}, "extra has a key that is not text")
    wrong({"raw"}, "a key that is a number is not an option")
    wrong("raw", "the options must be a table, not a string")
    wrong(5, "the options must be a table, not a number")
    has(refused(function()
      client.links:list("page")
    end), "the fields must be a table, not a string")
    has(refused(function()
      client.links:list({}, {}, 3)
    end), "too many arguments: 2 at most, options included")
    has(refused(function()
      client.links:get("a", {}, {})
    end), "too many arguments: 2 at most")
    has(refused(function()
      client:debug({}, 1)
    end), "too many arguments: 1 at most")
    has(refused(function()
      client:debug {page = 1}
    end), "page is not an option")
    has(refused(function()
      client.links:list {headers = {}}
    end), "headers is an option, not a field")
  end)

  it("in script values are refused but for the three forms", function()
    for _, item in ipairs {
      {id = 71, is_active = true}, {id = 71, is_active = 0},
      {id = 71, is_active = "false"}, {variable_id = 1, is_active = false},
      {id = 71, value = "x", is_active = true}, {is_active = false},
      {id = 71, variable_id = 1}, {id = 71, value = "x", title = "y"},
    } do
      has(refused(function()
        client.script_values:update("a", {{id = 1, value = "x"}, item})
      end), "values[2] must be {variable_id, value} to add, {id, value} to ",
        "{id, is_active = false} to remove")
    end
  end)

  it("of another service's option say whose it is", function()
    has(refused(function()
      client.links:create(product {}, {reference = "A-1"})
    end), "reference is not an option here: only a call that places an order")
    has(refused(function()
      client.links:create(product {reference = "A-1"})
    end), "reference is not a field: it is an option of a call that places")
    has(refused(function()
      local view = client:with {reference = "A-1"}
      view:close()
    end), "reference is not an option here")
  end)

  it("in each are refused where each is called", function()
    has(refused(function()
      client.links:each {pgae = 2}
    end), "pgae is not a field of this call (did you mean page?)")
    has(refused(function()
      client.payments:each({}, {raw = true})
    end), "raw does not go with a walk")
    has(refused(function()
      client.payments:each("x")
    end), "the fields must be a table")
    has(refused(function()
      client.payments:each({}, "raw")
    end), "the options must be a table")
  end)

  it("run no metamethod of the script", function()
    local trap = setmetatable({}, {__index = function()
      error("a metamethod was called")
    end, __pairs = function()
      error("a metamethod was called")
    end, __len = function()
      error("a metamethod was called")
    end})
    has(refused(function()
      client.links:create(trap)
    end), "title is missing")
    has(refused(function()
      client.script_values:update("a", trap)
    end), "values must be a list of one item or more")
  end)

  it("and a call with a dot", function()
    for _, f in ipairs {
      function()
        client.links.list()
      end, function()
        client.links.create {title = "x"}
      end, function()
        client.links.get("hello-api")
      end, function()
        client.payments.each()
      end, function()
        client.auth("u", "p")
      end, function()
        client.script_values.add("a", 1, "x")
      end, function()
        client.debug()
      end, function()
        client.close()
      end,
    } do
      has(refused(f), "call it with a colon: client")
    end
    has(refused(function()
      client.links.list()
    end), "links.list: call it with a colon: client.links:list(")
  end)

  it("and a call without its keys", function()
    local bare = instamojo.Client {}
    has(refused(function()
      bare.links:list()
    end), "this call needs api_key: give it to instamojo.Client")
    has(refused(function()
      bare.script_values:get("a")
    end), "this call needs access_token")
    has(refused(function()
      bare:request("GET", "links/")
    end), "this call needs api_key")
  end)

  it("stand at the caller's line through any number of calls", function()
    local function here()
      client.links:get("a/b") return nil
    end
    local first = shop.error_of(here):match(":(%d+):")
    assert.equal(first, shop.error_of(here):match(":(%d+):"))
    local line = debug.getinfo(here, "S").linedefined + 1
    assert.equal(tostring(line), first)
    -- a tail call leaves no line to point at; the message stays
    local message = shop.error_of(function()
      return client.links:get("a/b")
    end)
    has(message, "links.get: slug contains a slash")
  end)
end)

describe("wrong options of a client", function()
  local function wrong(options, ...)
    has(refused(function()
      local made = instamojo.Client(options)
      made:close()
    end), "instamojo.Client", ...)
  end

  it("are told all at once", function()
    wrong({api_kye = "x", deadline = -1, retries = 11, log = 5,
      endpoint = "ftp://x", raise = "yes"},
      "api_kye is not an option (did you mean api_key?)",
      "deadline must be seconds, above 0 and at most 86400",
      "retries must be an integer from 0 to 10", "log must be a function",
      "endpoint is not an http:// or https:// address",
      "raise must be true or false")
  end)

  it("of each kind", function()
    wrong({api_key = ""}, "api_key must be text of one line")
    wrong({api_key = "a\r\nX-Evil: 1"}, "api_key must be text of one line")
    wrong({auth_token = 5}, "auth_token must be text of one line")
    wrong({auth_token = "a\0b"}, "auth_token must be text of one line")
    wrong({api_key = io.stdout}, "api_key must be text of one line")
    wrong({proxy = {}}, "proxy must be text of one line")
    wrong({app_info = "a\r\nb"}, "app_info must be text of one line")
    wrong({deadline = 0 / 0}, "deadline must be seconds")
    wrong({deadline = "3"}, "deadline must be seconds")
    wrong({transport = {}}, "transport must be a function")
    wrong({blocking = 1}, "blocking must be true or false")
    wrong({test = "yes"}, "test must be true or false")
    wrong({fake = 1}, "fake must be true or a fake of shopwire.fake")
    wrong({tls = true}, "tls must be a table")
    wrong({tls = {verify = false}}, "tls may hold insecure")
    wrong({tls = {insecure = 1}}, "tls may hold insecure")
    wrong({"key", "token"}, "a key that is a number is not an option")
    wrong(5, "api_key must be text of one line")
  end)

  it("of its addresses", function()
    wrong({endpoint = 5}, "endpoint must be text of one line")
    wrong({v2_endpoint = 5}, "v2_endpoint must be text of one line")
    for _, address in ipairs {"", "www.instamojo.com/api/1.1/", "http://",
      "https:///api/", "https://u:p@www.instamojo.com/api/1.1/",
      "https://www.instamojo.com/api/1.1/?a=b", "https://a.example/#x",
      "http://www.instamojo.com/api/1.1/", "http://shop.example/",
      "https://a.example/\r\nX: 1", "https://a b/", "file:///etc/passwd",
      "https://a.example:99999/", "https://a.example/../"} do
      wrong({endpoint = address}, "endpoint ")
      wrong({v2_endpoint = address}, "v2_endpoint ")
    end
    wrong({endpoint = "https://test.instamojo.com/api/1.1/", test = true},
      "give endpoint or test = true, not both")
  end)

  it("of TLS that would show the keys", function()
    for _, options in ipairs {
      {}, {test = true},
      {endpoint = "https://www.instamojo.com/api/1.1/"},
      {endpoint = "https://WWW.INSTAMOJO.COM:443/api/1.1/"},
      {endpoint = "https://instamojo.com/api/1.1/"},
      {endpoint = "https://127.0.0.1/api/1.1/",
        v2_endpoint = "https://api.instamojo.com/v2/"},
    } do
      options.tls = {insecure = true}
      wrong(options, "tls.insecure is refused")
    end
    assert.truthy(instamojo.Client {tls = {insecure = true},
      endpoint = "https://127.0.0.1:4443/api/1.1/"})
    assert.truthy(instamojo.Client {tls = {insecure = false}})
  end)

  it("and arguments beside them", function()
    has(refused(function()
      local made = instamojo.Client({api_key = "k"}, "token")
      made:close()
    end), "instamojo.Client takes one table, or api_key, auth_token and")
    has(refused(function()
      local made = instamojo.Client({api_key = "k"}, nil, nil, {deadline = 1})
      made:close()
    end), "instamojo.Client takes one table, or api_key, auth_token and")
    for _, beside in ipairs {{deadline = 1}, 5, "x", false} do
      has(refused(function()
        local made = instamojo.Client("k-0001-secret", "t-0001-secret",
          "https://test.instamojo.com/api/1.1/", beside)
        made:close()
      end), "one table with all options: instamojo.Client{ api_key = …")
    end
  end)
end)

describe("wrong arguments of what both services share", function()
  it("money", function()
    for _, value in ipairs {0.1 + 0.2, "1.234", {}, true, 0 / 0} do
      has(refused(function()
        local text = shopwire.money(value)
        return text
      end), "amount")
    end
  end)

  it("file", function()
    has(refused(function()
      local made = shopwire.file(5)
      return made
    end), "a path must be text, not a number")
    has(refused(function()
      local made = shopwire.file("a", {progres = print})
      return made
    end), "progres is not an option of a file")
    has(refused(function()
      local made = shopwire.file("a", {progress = 5})
      return made
    end), "progress must be a function")
    has(refused(function()
      local made = shopwire.file("a", 5)
      return made
    end), "options")
  end)

  it("map, all, spawn", function()
    has(refused(function()
      local r = shopwire.map({}, print, {limit = 0})
      return r
    end), "limit must be")
    has(refused(function()
      local r = shopwire.map({}, print, {limit = 0 / 0})
      return r
    end), "limit must be")
    has(refused(function()
      local r = shopwire.map({}, print, {limt = 1})
      return r
    end), "limt is not an option")
    has(refused(function()
      local r = shopwire.map(5, print)
      return r
    end), "list")
    has(refused(function()
      local r = shopwire.map({1}, 5)
      return r
    end), "function")
    has(refused(function()
      local r = shopwire.all {1}
      return r
    end), "function")
    has(refused(function()
      local r = shopwire.all()
      return r
    end), "list")
    has(refused(function()
      local r = shopwire.spawn(5)
      return r
    end), "function")
    has(refused(function()
      local r = shopwire.tick("x")
      return r
    end), "seconds")
    has(refused(function()
      shopwire.use {usable = print}
    end), "driver")
  end)
end)
