-- Views: the account behind a client, as userdata; endpoints in one form.
-- src/lview.c, src/target.c, src/url.c

local core = require "shopwire.core"
local instamojo = require "instamojo"
local invotide = require "invotide"

describe("a view", function()
  local function make(more)
    local given = {api_key = "key", auth_token = "token",
      endpoint = "https://shop.test/api/1.1/",
      v2_endpoint = "https://shop.test/v2/"}
    for name, value in pairs(more or {}) do
      given[name] = value
    end
    return core.view("instamojo", given)
  end

  it("tells where it goes, not who it is", function()
    local view = make()
    local v1, v2 = view:endpoint()
    assert.equal("https://shop.test/api/1.1/", v1)
    assert.equal("https://shop.test/v2/", v2)
    assert.equal("client of https://shop.test/api/1.1/", tostring(view))
    assert.is_false(getmetatable(view))
    assert.is_nil(view.api_key)
  end)

  it("takes text and secrets for keys, and new ones later", function()
    local id
    for _, row in ipairs(core.rows "instamojo") do
      id = row.full_name == "debug" and row.id or id
    end
    local view = make {auth_token = core.secret "hidden"}
    local function header(name)
      local _, _, lines = core.request(view, 0, id, false):export()
      for _, line in ipairs(lines) do
        local value = line:match("^" .. name:gsub("%-", "%%-") .. ": (.*)$")
        if value then
          return value
        end
      end
    end
    assert.equal("key", header "X-Api-Key")
    assert.equal("hidden", header "X-Auth-Token")
    view:set_secret("auth_token", core.secret "newer")
    assert.equal("newer", header "X-Auth-Token")
    view:set_secret("auth_token", "newest")
    assert.equal("newest", header "X-Auth-Token")
    assert.has_error(function()
      view:set_secret("password", "x")
    end)
  end)

  it("takes no key that would be more than one line of a header", function()
    local view = make()
    for _, bytes in ipairs {"a\r\nX-Evil: y", "a\nb", "a\0b", "a\tb",
      "a\127", "evil\r", ("evil"):rep(2049)} do
      for _, value in ipairs {bytes, core.secret(bytes)} do
        for _, name in ipairs {"api_key", "auth_token", "access_token",
          "cookie", "api_token"} do
          local ok, problem = pcall(view.set_secret, view, name, value)
          assert.is_false(ok)
          assert.truthy(problem:find(name, 1, true), problem)
          assert.is_nil(problem:find("[Ee]vil"), problem)
        end
        assert.is_false(pcall(make, {auth_token = value}))
      end
      local ok, problem = pcall(function()
        instamojo.Client {api_key = "k", auth_token = core.secret(bytes)}
      end)
      assert.is_false(ok)
      assert.truthy(problem:find("view_spec.lua", 1, true), problem)
      assert.truthy(problem:find("auth_token", 1, true), problem)
      ok, problem = pcall(function()
        invotide.Session {url = "https://shop.test", key = core.secret(bytes)}
      end)
      assert.is_false(ok)
      assert.truthy(problem:find("view_spec.lua", 1, true), problem)
    end
    assert.has_no_error(function()
      view:set_secret("auth_token", ("e"):rep(8192))
      view:set_secret("auth_token", "caf\195\169")
      view:set_secret("auth_token", "")
      view:set_secret("auth_token", nil)
    end)
  end)

  it("is closed once and for all", function()
    local view = make()
    view:close()
    view:close()
    assert.has_error(function()
      view:endpoint()
    end)
    assert.truthy(tostring(view):find("closed", 1, true))
    local client = instamojo.Client {api_key = "k", auth_token = "t",
      endpoint = "http://127.0.0.1:1/api/1.1/"}
    client:close()
    local ok, problem = pcall(client.debug, client)
    assert.is_false(ok)
    assert.truthy(problem:find("closed", 1, true), problem)
  end)

  it("keeps requests good that were made before it closed", function()
    local id
    for _, row in ipairs(core.rows "instamojo") do
      id = row.full_name == "debug" and row.id or id
    end
    local view = make()
    local request = core.request(view, 0, id, false)
    view:close()
    request:accept(401, "HTTP/1.1 401 No\r\n\r\n",
      '{"success":false,"message":"the key was key, the token token."}')
    local result, err = request:outcome()
    assert.is_nil(result)
    assert.equal("auth", err.kind)
  end)

  it("is of a service that there is", function()
    assert.has_error(function()
      core.view("nobody", {})
    end)
    assert.has_error(function()
      core.view("instamojo")
    end)
  end)
end)

describe("an endpoint", function()
  for given, normal in pairs {
    ["https://www.instamojo.com/api/1.1"] =
      "https://www.instamojo.com/api/1.1/",
    ["HTTPS://Shop.Test/api/"] = "https://shop.test/api/",
    ["http://127.0.0.1:8080/api/1.1/"] = "http://127.0.0.1:8080/api/1.1/",
    ["http://localhost/api/"] = "http://localhost/api/",
    ["http://[::1]:81/api/"] = "http://[::1]:81/api/",
  } do
    it("has one form: " .. given, function()
      assert.equal(normal, (core.endpoint(given)))
    end)
  end

  for _, given in ipairs {"", "shop.test", "ftp://shop.test/", "https://",
    "http://shop.test/api/", "https://user:pass@shop.test/",
    "https://shop.test/?a=b", "https://shop.test/#a",
    "https://shop.test/\r\nX: y", "https://shop.test:99999/",
    "https://shop.test/a b/", "http://127.0.0.1.evil.test/"} do
    it("is refused: " .. given:gsub("%c", "?"), function()
      local normal, wrong = core.endpoint(given)
      assert.is_nil(normal)
      assert.equal("string", type(wrong))
      assert.is_nil(wrong:find("pass", 1, true))
    end)
  end
end)

describe("an upload address", function()
  local own = "https://shop.test/api/1.1/"
  local here = "http://127.0.0.1:8080/api/1.1/"

  it("may be https anywhere, or the endpoint's own origin", function()
    assert.is_nil(core.upload_wrong("https://store.test/up?sign=1", own))
    assert.is_nil(core.upload_wrong("http://127.0.0.1:8080/up", here))
    assert.is_nil(core.upload_wrong("https://127.0.0.1:8443/up", here))
  end)

  for _, address in ipairs {"http://store.test/up", "ftp://store.test/",
    "https://user@store.test/", "https://127.0.0.1/up", "https://10.0.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/",
    "https://[::1]/", "https://localhost/", "/up", "", "javascript:alert(1)",
    "https://store.test/\r\nX: y"} do
    it("is refused: " .. address:gsub("%c", "?"), function()
      assert.equal("string", type(core.upload_wrong(address, own)))
    end)
  end
end)
