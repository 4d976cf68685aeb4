-- Requests as they leave the core: headers, address and body of a row, what
-- is refused on the way, what a host's own transport is given.
-- src/lrequest.c, src/lfields.c, src/field.c, src/url.c

local core = require "shopwire.core"

local rows = {}
for _, row in ipairs(core.rows "instamojo") do
  rows[row.full_name] = row
end

local function view(more)
  local given = {
    endpoint = "https://shop.test/api/1.1/",
    v2_endpoint = "https://shop.test/v2/", api_key = "the-api-key",
    auth_token = "the-auth-token", access_token = "the-access-token",
    user_agent = "spec",
  }
  for name, value in pairs(more or {}) do
    given[name] = value or nil
  end
  return core.view("instamojo", given)
end

local function build(name, ...)
  return core.request(view(), 0, rows[name].id, false, ...)
end

local function refused(name, ...)
  local ok, problem = pcall(build, name, ...)
  assert.is_false(ok)
  return problem
end

local function has(list, line)
  for _, value in ipairs(list) do
    if value == line then
      return true
    end
  end
  return false
end

describe("a request", function()
  it("has its row's verb, address and credentials", function()
    local verb, url, lines, body = build("debug"):export()
    assert.equal("GET", verb)
    assert.equal("https://shop.test/api/1.1/debug/", url)
    assert.is_nil(body)
    assert.is_true(has(lines, "X-Api-Key: the-api-key"))
    assert.is_true(has(lines, "X-Auth-Token: the-auth-token"))

    verb, url, lines = build("script_values.get", "app"):export()
    assert.equal("GET", verb)
    assert.equal("https://shop.test/v2/store/scriptvalues/app/", url)
    assert.is_true(has(lines, "Authorization: Bearer the-access-token"))
    assert.is_false(has(lines, "X-Api-Key: the-api-key"))
  end)

  it("has its fields in the query or in the body", function()
    local _, url = build("links.list", {page = 2, limit = 3}):export()
    assert.matches("/links/%?", url)
    assert.matches("page=2", url)
    assert.matches("limit=3", url)
    local verb, where, lines, body = build("links.create", {
      title = "a & b", description = "é", base_price = 0, quantity = 0,
      enable_pwyw = false, enable_sign = true}):export()
    assert.equal("POST", verb)
    assert.equal("https://shop.test/api/1.1/links/", where)
    assert.is_true(has(lines,
      "Content-Type: application/x-www-form-urlencoded"))
    body = "&" .. body .. "&"
    for _, pair in ipairs {"title=a+%26+b", "description=%C3%A9",
      "base_price=0", "quantity=0", "enable_pwyw=false", "enable_sign=true",
      "currency=INR"} do
      assert.truthy(body:find("&" .. pair .. "&", 1, true), pair)
    end
  end)

  it("is JSON where its row says so", function()
    local _, _, lines, body = build("script_values.update", "app",
      {{variable_id = "v", value = "x"}}):export()
    assert.is_true(has(lines, "Content-Type: application/json"))
    assert.same({values = {{variable_id = "v", value = "x"}}},
      core.json_decode(body))
  end)

  it("says how often it may be sent", function()
    local _, class = build("links.create", {title = "t", description = "d",
      base_price = 1}):state()
    assert.equal("once", class)
    _, class = build("debug"):state()
    assert.equal("safe", class)
    _, class = build("links.delete", "a"):state()
    assert.equal("idempotent", class)
    _, class = build("script_values.update", "app",
      {{id = "1", value = "x"}}):state()
    assert.equal("idempotent", class)
    local attempts
    attempts, class = build("script_values.update", "app",
      {{id = "1", value = "x"}, {variable_id = "v", value = "y"}}):state()
    assert.equal("once", class)
    assert.equal(0, attempts)
  end)

  it("takes a pair more for an uploaded file", function()
    local one = build("links.create", {title = "t", description = "d",
      base_price = 1})
    local two = one:with_field("file_upload_json", '{"a":"b c"}')
    local _, _, _, before = one:export()
    local _, _, _, after = two:export()
    assert.equal(before .. "&file_upload_json=%7B%22a%22%3A%22b+c%22%7D",
      after)
    assert.is_nil(two:file())
  end)

  it("names everything that is wrong, at once", function()
    local problem = refused("links.create", {titel = "x", base_price = {},
      quantity = "many"})
    for _, words in ipairs {"links.create: ", "titel", "did you mean title",
      "base_price", "quantity", "description"} do
      assert.truthy(problem:find(words, 1, true), words .. ": " .. problem)
    end
  end)

  it("refuses path arguments that lead elsewhere", function()
    for _, slug in ipairs {"", ".", "..", "a/b", "a\\b", "a\rb", "a\nb",
      "a\0b", "a?b", "a#b"} do
      assert.truthy(refused("links.get", slug):find("slug", 1, true))
    end
    refused("links.get")
    refused("links.get", {})
    refused("links.get", 1.5)
    refused("links.get", true)
    local _, url = build("links.get", "a b;c%"):export()
    assert.equal("https://shop.test/api/1.1/links/a%20b%3Bc%25/", url)
    _, url = build("links.get", 41):export()
    assert.equal("https://shop.test/api/1.1/links/41/", url)
  end)

  it("refuses headers that are not the script's to set", function()
    for _, name in ipairs {"Authorization", "x-api-key", "X-Auth-Token",
      "Cookie", "Host", "Content-Length", "Transfer-Encoding", "a b", "a:b",
      "", "a\r\nb"} do
      refused("debug", {headers = {[name] = "x"}})
    end
    refused("debug", {headers = {["X-Own"] = "a\r\nX-Other: b"}})
    local _, _, lines = build("debug", {headers = {["X-Own"] = "a"}}):export()
    assert.is_true(has(lines, "X-Own: a"))
  end)

  it("refuses too many arguments and options among the fields", function()
    assert.truthy(refused("debug", {}, {}):find("too many", 1, true))
    assert.truthy(refused("links.create", {title = "t", description = "d",
      base_price = 1, deadline = 3}):find("deadline", 1, true))
  end)

  it("refuses a body that is too long", function()
    local problem = refused("links.create", {title = "t", base_price = 1,
      description = ("x"):rep(33 * 1024 * 1024)})
    assert.truthy(problem:find("too long", 1, true), problem)
    problem = refused("links.get", ("x"):rep(70000))
    assert.truthy(problem:find("too long", 1, true), problem)
  end)

  it("refuses a call whose key is not there", function()
    local ok, problem = pcall(core.request, view {auth_token = false}, 0,
      rows.debug.id, false)
    assert.is_false(ok)
    assert.truthy(problem:find("auth_token", 1, true), problem)
  end)

  it("refuses free calls that lead elsewhere", function()
    local function free(verb, path, fields, options)
      return core.free_request(view(), 0, verb, path, false, fields, options)
    end
    for _, path in ipairs {"", "/debug/", "http://a/", "//a", "a//b", "a/../b",
      "a?b", "a#b", "a b", "a\rb", "a\nb", "a\0b", "a%2e%2e/", "a\\b"} do
      assert.is_false((pcall(free, "GET", path)), path)
    end
    assert.is_false((pcall(free, "TRACE", "debug/")))
    assert.is_false((pcall(free, "get", "debug/")))
    assert.is_false((pcall(free, nil, "debug/")))
    local verb, url = free("GET", "links/", {page = 1}):export()
    assert.equal("GET", verb)
    assert.equal("https://shop.test/api/1.1/links/?page=1", url)
    local _, class = free("PUT", "links/", {a = "b"}):state()
    assert.equal("once", class)
    local _, where, lines, body = free("POST", "things/", {a = {1, true}},
      {json = true, v2 = true}):export()
    assert.equal("https://shop.test/v2/things/", where)
    assert.equal('{"a":[1,true]}', body)
    assert.is_true(has(lines, "Authorization: Bearer the-access-token"))
  end)

  it("explains itself without a key", function()
    local line, class = core.request(view(), 0, rows["links.create"].id, true,
      {title = "it's", description = "d", base_price = 1}):explain()
    assert.equal("once", class)
    assert.truthy(line:find("X-Api-Key: [secret]", 1, true), line)
    assert.is_nil(line:find("the-", 1, true))
    assert.matches("^curl %-X POST ", line)
  end)

  it("refuses a receiver that is none", function()
    for _, name in ipairs {"export", "state", "explain", "file", "outcome",
      "meta", "accept", "reject", "with_field"} do
      assert.has_error(function()
        build("debug")[name]({})
      end)
      assert.has_error(function()
        build("debug")[name](view())
      end)
    end
  end)
end)
