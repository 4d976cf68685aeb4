-- What the torture program runs: each flow is prepared in peace, run while
-- memory fails, and judged in peace. `first` flows are prepared with nothing
-- loaded. The shop answers the same for every run: see shop.c.

local flows = {}
local list = {}

-- name, and a function of (address, file) that gives the function to run. A
-- name that starts with "no: " is that of a flow which ends in a refusal.
local function flow(name, prepare, again)
  list[#list + 1] = { name = name, prepare = prepare, again = again }
end

-- The blocking driver takes no pause before a repeat.
local function be_quick()
  require("shopwire.driver.block").sleep = function() end
end

local function new_client(address)
  return require("instamojo").Client {
    api_key = "key", auth_token = "token", access_token = "access",
    endpoint = address .. "api/1.1/", v2_endpoint = address .. "v2/",
    log = function() end,
  }
end

local function client_of(address)
  local client = new_client(address)
  be_quick()
  return client
end

flow("require", function()
  return function()
    return require("instamojo") ~= nil and require("shopwire") ~= nil
  end
end)

flow("client", function(address)
  require "instamojo"
  be_quick()
  return function()
    local client = new_client(address)
    local said, err = client:debug()
    client:close()
    return said, err
  end
end)

-- A flow of one call of a client.
local function call(name, f)
  flow(name, function(address, path)
    local client = client_of(address)
    return function()
      return f(client, path)
    end
  end)
end

local product = { title = "Zoë's book", description = "*Long*",
  base_price = "9.90", quantity = 0, enable_pwyw = true,
  start_date = "2024-01-02 03:04", webhook_url = "https://x.test/hook" }

call("links.list", function(client)
  return client.links:list { page = 1, limit = 2 }
end)

call("links.create", function(client)
  return client.links:create(product)
end)

call("links.create, file", function(client, path)
  local fields = { file_upload = path }
  for name, value in pairs(product) do
    fields[name] = value
  end
  return client.links:create(fields)
end)

call("links.edit", function(client)
  return client.links:edit("book-1", { base_price = 12, note = "a & b" },
    { headers = { ["X-Trace"] = "1" }, extra = { more = "yes" } })
end)

call("links.delete", function(client)
  return client.links:delete("book-1")
end)

call("payments, next page", function(client)
  local page, err = client.payments:list()
  if not page then
    return nil, err
  end
  local second
  second, err = page:next()
  if not second then
    return nil, err or "the second page is missing"
  end
  return { first = page, second = second }
end)

call("payments.each", function(client)
  local ids = {}
  for payment in client.payments:each() do
    ids[#ids + 1] = payment.payment_id
  end
  return ids
end)

call("payments.get, raw and meta", function(client)
  local text, err = client.payments:get("MOJO1", { raw = true })
  if not text then
    return nil, err
  end
  local payment
  payment, err = client.payments:get("MOJO1")
  if not payment then
    return nil, err
  end
  local meta = require("shopwire").meta(payment)
  return { text = text, payment = payment, status = meta.status,
    id = meta.headers["x-request-id"], warnings = meta.warnings }
end)

call("no: 400 with fields", function(client)
  return client.payment_requests:create { purpose = "FIFA 16",
    amount = "2500.00", email = "nobody" }
end)

call("no: 404", function(client)
  return client.payments:get("MOJO9")
end)

call("no: 502, a reading row", function(client)
  return client.refunds:list {}
end)

call("no: 502, a row that counts", function(client)
  return client.refunds:create { payment_id = "MOJO1", type = "RFD",
    body = "late", refund_amount = 5 }
end)

call("auth", function(client)
  local secret, err = client:auth("acme", "pw")
  return secret and secret:reveal(), err
end)

call("script_values.update", function(client)
  return client.script_values:set("app", "7", "v\n\"w\"")
end)

call("with, explain, request", function(client)
  local view = client:with { deadline = 5 }
  local line = view.links:explain("create", product)
  local reply, err = view:request("GET", "debug/", {})
  if not reply then
    return nil, err
  end
  return { line = line, reply = reply }
end)

call("a field that is wrong", function(client)
  local ok, why = pcall(client.links.create, client.links, {
    titel = "x", base_price = 0.1 + 0.2, currency = "EUR" })
  if ok or not why:find("did you mean title", 1, true) then
    error(why, 0)
  end
  return (why:gsub("^.-: ", ""))
end)

call("map", function(client)
  local shopwire = require "shopwire"
  return shopwire.map({ "MOJO1", "MOJO1", "MOJO1" }, function(id)
    return client.payments:get(id)
  end, { limit = 2 })
end)

local BODY = "payment_id=1212&buyer=foo%40bar.com&amount=100"
  .. "&mac=61544dd438c58b9943302892ede4fcac815bd29f"

flow("webhook.verify", function()
  local webhook = require("instamojo").webhook
  local core = require "shopwire.core"
  local salts = { "new", core.secret "old" }
  local body = BODY:gsub("mac=%x+", "mac=" .. core.hmac_sha1("old",
    "100|foo@bar.com|1212"))
  return function()
    return webhook.verify(body, { salt = salts })
  end
end)

flow("no: webhook.verify, forged", function()
  local webhook = require("instamojo").webhook
  require("shopwire.core").engine_version()
  return function()
    return webhook.verify(BODY, { salt = "wrong " })
  end
end)

local function document()
  local rows = {}
  for i = 1, 40 do
    rows[i] = string.format('{"id":%d,"name":"n\\u00e9\\ud83d\\ude00%d",'
      .. '"price":%d.5,"none":null,"list":[1,[],{},null,"%s"],"yes":true}',
      i, i, i, ("x"):rep(i * 7))
  end
  return '{"rows":[' .. table.concat(rows, ",") .. '],"deep":'
    .. ("["):rep(60) .. ("]"):rep(60) .. ',"' .. ("k"):rep(50) .. '":1e3}'
end

flow("json_decode", function()
  local core = require "shopwire.core"
  local text = document()
  return function()
    return core.json_decode(text)
  end
end)

flow("json_encode", function()
  local core = require "shopwire.core"
  local value = core.json_decode(document())
  return function()
    return core.json_encode(value)
  end
end)

-- A reply that has landed is not lost to a lack of memory: taken once more,
-- it is there. The second take is that of `again`.
local function landed(name, build)
  local engine, token
  flow(name, function(address)
    local core = require "shopwire.core"
    local client = client_of(address)
    engine = core.engine()
    token = engine:submit(build(core, client.view))
    local into = { 0 }
    while engine:step(1000, 1, into) == 0 do -- luacheck: ignore 542
    end
    return function()
      return engine:take(token)
    end
  end, function()
    return engine:take(token)
  end)
end

local function row_id(name)
  for _, row in ipairs(require("shopwire.core").rows("instamojo")) do
    if row.full_name == name then
      return row.id
    end
  end
end

landed("take, a created link", function(core, view)
  return core.request(view, 1, row_id "links.create", false, product)
end)

landed("take, a list", function(core, view)
  return core.request(view, 1, row_id "payments.list", false)
end)

landed("take, raw", function(core, view)
  return core.request(view, 1, row_id "payments.list", false, {},
    { raw = true })
end)

landed("no: take, a refusal", function(core, view)
  return core.request(view, 1, row_id "payment_requests.create", false,
    { purpose = "FIFA 16", amount = "2500.00" })
end)

landed("take, a secret", function(core, view)
  return core.request(view, 1, row_id "auth", false, "acme", "pw")
end)

function flows.count()
  return #list
end

--- Bytecode of every Lua module that is loaded, by name.
function flows.compiled()
  local codes = {}
  for name in pairs(package.loaded) do
    local path = package.searchpath(name, package.path) -- luacheck: ignore
    if path and (name:find("^shopwire") or name:find("^instamojo")) then
      codes[name] = string.dump(assert(loadfile(path)))
    end
  end
  return codes
end

function flows.name(i)
  return list[i].name
end

--- Gives the function to run while memory fails.
function flows.prepare(i, address, file)
  return list[i].prepare(address, file)
end

-- Text of a value, the same for equal values. What differs from run to run is
-- left out, and what a shortage may change that was got over.
local passing = { elapsed = true, attempts = true, evidence = true }

local function text_of(value)
  if type(value) == "userdata" and tostring(value) == "[secret]" then
    return "secret " .. value:reveal()
  end
  if type(value) ~= "table" then
    return type(value) == "userdata" and "null"
      or type(value) .. " " .. tostring(value):gsub("/r%d+/", "/r/")
        :gsub("127%.0%.0%.1:%d+", "HOST")
  end
  local parts = {}
  for key, item in pairs(value) do
    if not passing[key] then
      parts[#parts + 1] = tostring(key) .. "=" .. text_of(item)
    end
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

-- Lua says "stack overflow" when a stack cannot be made larger.
local function is_lack(text)
  return type(text) == "string" and (text:find("memory", 1, true)
    or text:find("stack overflow", 1, true)) ~= nil
end

-- A sentence about the outcome, starting with what it was:
--   right …   a result, and its text
--   lack …    the memory was short, said so
--   doubt …   the same, and the call may have been carried out
--   wrong …   anything else
local function judge(name, ran, value, err)
  if not ran then
    if type(value) == "table" then
      return judge(name, true, nil, value) -- raised by each
    end
    return (is_lack(value) and "lack " or "wrong raised: ")
      .. text_of(value)
  end
  if value ~= nil then
    return (name:find("^no: ") and "wrong " or "right ") .. text_of(value)
  end
  if type(err) == "table" and (err.kind == "unsupported"
    or err.kind == "network") and is_lack((err.message or "")
    :lower()) then
    return (err.ambiguous and "doubt " or "lack ") .. err.message
  end
  if is_lack(err) then
    return "lack " .. err
  end
  if err == nil then
    return "wrong nothing: nil without a reason"
  end
  return (name:find("^no: ") and "right " or "wrong ") .. text_of(err)
end

function flows.judge(i, ran, value, err)
  if ran and list[i].name == "json_encode" and type(value) == "string" then
    value = require("shopwire.core").json_decode(value)
  end
  return judge(list[i].name, ran, value, err)
end

--- What must hold afterwards: nil, or "right …" that is compared as well.
function flows.again(i)
  if list[i].again then
    return judge(list[i].name, pcall(list[i].again))
  end
end

--- Is the state as good as new? nil, or what is wrong.
function flows.recovers(address)
  local ran, said, err = pcall(function()
    return client_of(address):debug()
  end)
  if not ran or not said or said.user ~= "acme" then
    return "afterwards client:debug() gives " .. text_of(err or said)
  end
end

return flows
