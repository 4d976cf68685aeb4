-- Marked keys go through everything that a script can do, against a server
-- that throws them back; then every text that can be reached is searched.
-- src/lsecret.c, src/lview.c, src/target.c, src/fail_redact.c

local core = require "shopwire.core"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local wire = require "spec.support.wire"

-- What a client knows at every call; and the rest.
local KNOWN = {"api_key", "auth_token", "access_token", "refresh_token",
  "client_id", "client_secret"}
local NAMES = {"api_key", "auth_token", "access_token", "refresh_token",
  "client_id", "client_secret", "password", "new_token", "salt", "proxy"}

local function mark(name)
  return "mArKeD-" .. name .. "/+ü%-&<\"'>k3y"
end

local function quoted(text)
  return (text:gsub("[^%w_.-]", function(char)
    return string.format("%%%02X", char:byte())
  end))
end

-- As a page has it: with names, with numbers, or each byte as a number.
local ENTITIES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;", ["'"] = "&#039;"}
local PAGES = {
  names = function(text)
    return (text:gsub(".", ENTITIES))
  end,
  numbers = function(text)
    return (text:gsub("[&<>\"'/+%%]", function(char)
      return "&#x" .. string.format("%x", char:byte()) .. ";"
    end))
  end,
  bytes = function(text)
    return (text:gsub(".", function(char)
      return "&#" .. char:byte() .. ";"
    end))
  end,
}

-- Base64 of "before .. text .. !"; and the part of it that text alone decides.
local function in_base64(text, before)
  local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    .. "0123456789+/"
  local bits = (before .. text .. "!"):gsub(".", function(char)
    local byte, out = char:byte(), ""
    for _ = 1, 8 do
      out = byte % 2 .. out
      byte = math.floor(byte / 2)
    end
    return out
  end)
  local coded = (bits .. ("0"):rep(-#bits % 6)):gsub("%d%d%d%d%d%d",
    function(six)
      local at = tonumber(six, 2) + 1
      return digits:sub(at, at)
    end)
  return coded .. ("="):rep(-#coded % 4),
    coded:sub(math.ceil(#before * 4 / 3) + 1,
      math.floor((#before + #text) * 4 / 3))
end

-- Keys as they are and in the escapes of addresses; and of JSON, unless the
-- text is put into JSON itself.
local function thrown_back(names, bare)
  local parts = {}
  for _, name in ipairs(names) do
    local key = mark(name)
    parts[#parts + 1] = key
    parts[#parts + 1] = quoted(key)
    parts[#parts + 1] = (quoted(key):gsub("%%%x%x", string.lower))
    if bare then
      parts[#parts + 1] = (key:gsub("/", "\\/"):gsub("ü", "\\u00fc"))
    end
  end
  return table.concat(parts, " ")
end

-- Runs in a process of its own: the keys come from a file, so that no text of
-- the program holds them.
local SCRIPT = [[
local directory, endpoint, own, dead = arg[1], arg[2], arg[3], arg[4]
local instamojo = require "instamojo"
local shopwire = require "shopwire"
local core = require "shopwire.core"
local seen = {}

local function note(...)
  for i = 1, select("#", ...) do
    seen[#seen + 1] = (select(i, ...))
  end
end

local function key(name)
  local file = assert(io.open(directory .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function make(more)
  local given = {
    api_key = key "api_key", auth_token = key "auth_token",
    access_token = key "access_token", refresh_token = key "refresh_token",
    client_id = key "client_id", client_secret = key "client_secret",
    endpoint = endpoint .. "api/1.1/", retries = 0, deadline = 20,
    log = function(event) note(event) end,
  }
  for name, value in pairs(more or {}) do
    given[name] = value
  end
  return instamojo.Client(given)
end

local product = {title = "t", description = "d", base_price = "1"}

local function everything(client)
  note(client:debug())
  note(client.links:list {})
  note(client.links:create(product))
  note(client.links:edit("a", {title = "b"}))
  note(client.links:delete "a")
  note(client.payments:get "MOJO1")
  note(client.payment_requests:create {purpose = "x", amount = 10})
  note(client.refunds:create {payment_id = "p", type = "QFL", body = "b"})
  note(client.script_values:get "app")
  note(client.script_values:add("app", "v", "x"))
  note(client:request("GET", "links/", {page = 1}))
  note(client:request("POST", "links/", {title = "t"}))
  note(pcall(client.links.create, client.links, {titel = "x"}))
  note(pcall(client.links.get, client.links, "a/../b"))
  note(client:with {deadline = 4}.links:list {})
end

local function explanations(client)
  note(client.links:explain("create", product))
  note(client:explain("debug"))
  note(client:explain("auth", "user", key "password"))
  note(client.script_values:explain("add", "app", "v", "x"))
end

local function broken_options()
  note(pcall(make, {api_key = key "api_key" .. "\n"}))
  note(pcall(make, {auth_token = {key "auth_token"}}))
  note(pcall(make, {endpoint = "ftp://" .. key "client_id"}))
  note(pcall(make, {deadline = "long"}))
end

local function webhooks()
  note(instamojo.webhook.verify("amount=1&mac=abc", {salt = key "salt"}))
  note(instamojo.webhook.verify("amount=1", {salt = {key "salt",
    core.secret(key "salt")}}))
end

local client = make()
note(client, tostring(client), client.view, tostring(client.view))
everything(client)
explanations(client)
broken_options()
webhooks()
client = make {endpoint = own .. "api/1.1/"}
local token, err = client:auth("user", key "password")
note(token, err, tostring(token))
note(pcall(function() return token .. "x" end))
note(pcall(string.format, "%s", token))
everything(make {endpoint = dead .. "api/1.1/"})
local name = key("proxy"):gsub("[^%w]", "")
note(make {proxy = "http://user:" .. name .. "@127.0.0.1:1"}:debug())
local closed = make()
closed:close()
note(pcall(closed.debug, closed), tostring(closed))
client.view:endpoint()
token = nil

collectgarbage()
collectgarbage()

-- Every text that can be reached: tables, metatables, upvalues, user values,
-- what the registry holds; and what userdata say of themselves.
local visited, texts = {}, {}
local visit

local function visit_function(f)
  for i = 1, 255 do
    local _, value = debug.getupvalue(f, i)
    if _ == nil then
      break
    end
    visit(value)
  end
  local env = rawget(_G, "getfenv")
  visit(env and env(f))
end

function visit(value)
  local kind = type(value)
  if kind == "string" then
    texts[#texts + 1] = value
  end
  if value == nil or kind == "number" or kind == "boolean"
    or kind == "string" or visited[value] then
    return
  end
  visited[value] = true
  visit(debug.getmetatable(value))
  if kind == "table" then
    for k, v in next, value do
      visit(k)
      visit(v)
    end
  elseif kind == "userdata" then
    local ok, text = pcall(tostring, value)
    visit(ok and text)
    visit((debug.getuservalue or debug.getfenv)(value))
  elseif kind == "function" then
    visit_function(value)
  end
end

for _, value in ipairs(seen) do
  if type(value) == "table" then
    visit(tostring(value))
    local ok, meta = pcall(shopwire.meta, value)
    visit(ok and meta)
  end
end
visit(seen)
visit(debug.getregistry())
visit(_G)
local file = assert(io.open(directory .. "/texts", "wb"))
for _, text in ipairs(texts) do
  file:write(text, "\n")
end
file:close()
print(#seen, #texts)
]]

local function json_text(text)
  return (core.json_encode {text}):sub(2, -2)
end

describe("a secret", function()
  local dir, server, own

  setup(function()
    dir = process.directory()
    for _, name in ipairs(NAMES) do
      process.write(dir .. "/" .. name, mark(name))
    end
  end)

  teardown(function()
    process.remove(dir)
  end)

  after_each(function()
    server:stop()
    own:stop()
  end)

  local function search(where, text)
    assert.is_true(#text > 0, where)
    for _, name in ipairs(NAMES) do
      local key = mark(name)
      local forms = {key, (key:gsub("[^%w]", "")), quoted(key),
        key:sub(1, 12)}
      for _, page in pairs(PAGES) do
        forms[#forms + 1] = page(key:sub(1, 12))
        forms[#forms + 1] = page(key:sub(-12))
      end
      for before = 0, 2 do
        local _, own_part = in_base64(key, ("x"):rep(before))
        forms[#forms + 1] = own_part:sub(1, 12)
        forms[#forms + 1] = own_part:sub(-12)
        forms[#forms + 1] = own_part:sub(-12):gsub("/", "_"):gsub("%+", "-")
      end
      for _, form in ipairs(forms) do
        local at = text:find(form, 1, true)
        assert(not at, at and where .. " holds " .. name .. ": "
          .. text:sub(math.max(1, at - 100), at + 60))
      end
    end
  end

  -- `connections` for all calls but those of auth, which get `reply`.
  local function run(connections, reply)
    server = wire.start {connections = connections}
    own = wire.start {connections = {{{"read"}, {"send", reply
      or wire.reply("200 OK", '{"success":true,"auth_token":{"auth_token":'
        .. json_text(mark "new_token") .. '}}')}, {"again"}}}}
    process.write(dir .. "/script.lua", SCRIPT)
    local output, status = process.run(process.lua(dir .. "/script.lua",
      process.quote(dir) .. " " .. server.url .. " " .. own.url
      .. " http://127.0.0.1:1/")
      .. " 2>&1", 60)
    assert.equal(0, status, output)
    local seen, texts = output:match("^(%d+)\t(%d+)\n$")
    assert.truthy(seen, output)
    assert.is_true(tonumber(seen) > 60)
    assert.is_true(tonumber(texts) > 1000)
    return output .. process.read(dir .. "/texts")
  end

  local function answering(status, body, headers)
    return {{{"read"}, {"send", wire.reply(status, body, headers)},
      {"again"}}}
  end

  it("is in no text when the service refuses and throws it back", function()
    local text = run(answering("401 Unauthorized",
      '{"success":false,"message":' .. json_text(thrown_back(KNOWN))
      .. ',"code":' .. json_text(mark "api_key") .. '}',
      "X-Request-Id: " .. quoted(mark "auth_token") .. "\r\n"))
    assert.truthy(text:find("[secret]", 1, true))
    search("a text", text)
  end)

  it("is in no text when the service complains of fields", function()
    search("a text", run(answering("400 Bad Request",
      '{"success":false,"message":{"title":[' .. json_text(mark "api_key")
      .. ',' .. json_text(thrown_back(KNOWN)) .. '],'
      .. json_text(mark "auth_token") .. ':["x"]}}')))
  end)

  it("is in no text when a proxy shows the request as HTML", function()
    search("a text", run(answering("502 Bad Gateway", "<html><title>"
      .. mark "api_key" .. "</title>" .. thrown_back(KNOWN, true)
      .. "</html>")))
  end)

  for how, page in pairs(PAGES) do
    it("is in no text when a page writes it with " .. how, function()
      local keys = {}
      for _, name in ipairs(KNOWN) do
        keys[#keys + 1] = page(mark(name))
      end
      keys = table.concat(keys, " ")
      assert.is_true(#keys < 1600) -- all of it within the caps
      local text = run(answering("502 Bad Gateway", "<html>" .. keys))
      assert.truthy(text:find("<html>[secret] [secret] [secret] [secret] "
        .. "[secret] [secret]", 1, true))
      search("a text", text)
    end)
  end

  -- On any byte of three, so that the head around it does not matter.
  local function heads(separator)
    local parts = {}
    for _, name in ipairs(KNOWN) do
      for before = 0, 2 do
        parts[#parts + 1] = (in_base64(mark(name), ("x"):rep(before)))
      end
    end
    return table.concat(parts, separator)
  end

  it("is in no text when base64 of the head is shown", function()
    search("a text", run(answering("502 Bad Gateway", heads "\n")))
  end)

  it("is in no text when base64 for addresses is shown in JSON", function()
    local text = heads(":"):gsub("/", "_"):gsub("%+", "-")
    search("a text", run(answering("400 Bad Request",
      '{"success":false,"message":' .. json_text(text) .. '}')))
  end)

  for name, body in pairs {
    ["in JSON"] = '{"success":false,"message":{"password":['
      .. json_text(thrown_back {"password"}) .. ']}}',
    ["as text"] = thrown_back({"password"}, true),
    ["in JSON of a page"] = '{"success":false,"message":'
      .. json_text(PAGES.names(mark "password") .. " "
        .. PAGES.numbers(mark "password") .. " "
        .. in_base64(mark "password", "u:")) .. '}',
    ["cut off"] = ("x"):rep(2035) .. mark "password",
  } do
    it("is in no text when a password is thrown back " .. name, function()
      local text = run(answering("200 OK", '{"success":true}'),
        wire.reply("400 Bad Request", body))
      search("a text", text)
      assert.truthy(text:find("[secret]", 1, true))
    end)
  end

  it("is in no text when a redirect carries it", function()
    search("a text", run(answering("302 Found", "", "Location: "
      .. "http://127.0.0.1:1/x?key=" .. quoted(mark "api_key") .. "&token="
      .. quoted(mark "auth_token") .. "\r\n")))
  end)

  it("is in no text when all goes well, nor is a token that came", function()
    search("a text", run(answering("200 OK", '{"success":true,"links":[],'
      .. '"link":{"slug":"a"},"payment":{},"payment_request":{},'
      .. '"refund":{}}')))
  end)

  it("does go where it belongs", function()
    run(answering("200 OK", '{"success":true,"links":[],"link":{},'
      .. '"payment":{},"payment_request":{},"refund":{}}'))
    local all = table.concat(server:requests())
      .. table.concat(own:requests())
    for _, name in ipairs {"api_key", "auth_token", "access_token"} do
      assert.truthy(all:find(": " .. mark(name), 1, true)
        or all:find("Bearer " .. mark(name), 1, true), name)
    end
    assert.truthy(all:find("password=" .. quoted(mark "password"), 1, true))
    for _, name in ipairs {"refresh_token", "client_id", "client_secret",
      "salt"} do
      assert.is_nil(all:find(mark(name), 1, true))
    end
  end)
end)

describe("the name of a field that was complained of", function()
  local key = "q7Zp2mX4kL9vT1sB8wR3yN6cD0fG5hJ_"

  -- No six bytes of the key stand in the error's message or field names.
  local function check(err)
    local texts = {err.message}
    for name in pairs(err.fields) do
      texts[#texts + 1] = name
    end
    local all = table.concat(texts, "\n")
    assert.truthy(all:find("xxx", 1, true))
    for at = 1, #key - 5 do
      assert.is_nil(all:find(key:sub(at, at + 5), 1, true), all)
    end
  end

  local function refuse(body)
    return function()
      return {status = 400, body = body, headers = {}}
    end
  end

  -- Wherever the name is cut, inside the key or around it.
  for _, shape in ipairs {"{%s:[%s]}", '{"outer":{%s:[%s]}}',
    '{%s:{"inner":[%s]}}'} do
    it("shows no part of a key, as in " .. shape, function()
      for before = 36, 84 do
        local name = '"' .. ("x"):rep(before) .. key .. '"'
        local fields = shape:format(name, '"is bad"')
        local client = require "instamojo".Client {
          api_key = key, auth_token = "t", retries = 0,
          endpoint = "https://shop.test/api/1.1/",
          transport = refuse('{"success":false,"message":' .. fields .. "}"),
        }
        local result, err = client:debug()
        assert.is_nil(result)
        check(err)
        local session = require "invotide".Session {
          url = "https://shop.test/", username = "u", key = key, retries = 0,
          transport = refuse('{"error":' .. fields .. "}"),
        }
        result, err = session:login()
        assert.is_nil(result)
        if err.fields then
          check(err)
        end
      end
    end)
  end
end)

describe("shopwire.secret", function()
  it("has no text but by reveal", function()
    local secret = shopwire.secret "a long secret"
    assert.equal("[secret]", tostring(secret))
    assert.equal("a long secret", secret:reveal())
    assert.equal("", shopwire.secret(""):reveal())
    assert.equal("a\0b", shopwire.secret("a\0b"):reveal())
    local ok, problem = pcall(function()
      return secret .. ""
    end)
    assert.is_false(ok)
    assert.truthy(problem:find("reveal", 1, true), problem)
    assert.is_nil(problem:find("a long", 1, true))
    assert.has_error(function()
      shopwire.secret(nil)
    end)
    assert.has_error(function()
      shopwire.secret({})
    end)
    assert.is_false(getmetatable(secret))
  end)

  it("refuses a receiver that is none", function()
    local secret = shopwire.secret "x"
    assert.has_error(function()
      secret.reveal(nil)
    end)
    assert.has_error(function()
      secret.reveal(io.stdout)
    end)
    assert.has_error(function()
      secret.reveal(core.engine())
    end)
  end)
end)
