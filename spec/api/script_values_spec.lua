-- Script values (v2): the bearer token, the three forms of an item, ids as
-- they were given, the four documented errors. (lua/instamojo/items.lua)

local core = require "shopwire.core"
local shop = require "spec.support.shop"

local APP = {version = 1, title = "Alert Script", values = core.array {}}

describe("script values on the wire", function()
  local server, client, values

  before_each(function()
    server = shop.answering {shop.reply("200 OK", APP)}
    client = server:client()
    values = client.script_values
  end)

  after_each(function()
    server:stop()
  end)

  it("get carries the bearer token and nothing of v1.1", function()
    local app = assert(values:get("app 123"))
    assert.equal("Alert Script", app.title)
    assert.equal("1", tostring(app.version))
    assert.same({}, app.values)
    local request = server:request()
    assert.equal("GET", request.verb)
    assert.equal("/v2/store/scriptvalues/app%20123/", request.target)
    assert.equal("Bearer test_access_token", request.headers.authorization)
    assert.is_nil(request.headers["x-api-key"])
    assert.is_nil(request.headers["x-auth-token"])
  end)

  it("send the three documented forms as JSON", function()
    assert(values:add("app", "1B", "Tarun"))
    assert(values:set("app", "1A", "Bhorhari"))
    assert(values:remove("app", "1A"))
    assert(values:update("app", {{variable_id = "1B", value = "a"},
      {id = "1A", value = "b"}, {id = "1C", is_active = false}}))
    local seen = server:requests(4)
    local bodies = {}
    for i, request in ipairs(seen) do
      assert.equal("PATCH", request.verb)
      assert.equal("/v2/store/scriptvalues/app/", request.target)
      assert.equal("application/json", request.headers["content-type"])
      bodies[i] = assert(core.json_decode(request.body)).values
    end
    assert.same({{variable_id = "1B", value = "Tarun"}}, bodies[1])
    assert.same({{id = "1A", value = "Bhorhari"}}, bodies[2])
    assert.same({{id = "1A", is_active = false}}, bodies[3])
    assert.same({{variable_id = "1B", value = "a"},
      {id = "1A", value = "b"}, {id = "1C", is_active = false}}, bodies[4])
  end)

  it("ids go out as they were given", function()
    assert(values:remove(12, 71))
    local request = server:request()
    assert.equal("/v2/store/scriptvalues/12/", request.target)
    assert.truthy(request.body:find('"id":71[,}]'), request.body)
    assert(values:set("app", "71", "x"))
    assert.truthy(server:request().body:find('"id":"71"', 1, true))
    assert(values:set("app", 0, ""))
    local body = server:request().body
    assert.truthy(body:find('"id":0[,}]'), body)
    assert.truthy(body:find('"value":""', 1, true), body)
  end)

  it("take options after their arguments", function()
    local text = values:add("app", "1B", "x", {raw = true})
    assert.equal("string", type(text))
    assert(values:remove("app", "1B", {headers = {["X-Trace"] = "7"}}))
    local seen = server:requests(2)
    assert.equal("7", seen[2].headers["x-trace"])
  end)

  it("explain add, set and remove too, and send nothing", function()
    for name, class in pairs {add = "once", set = "idempotent"} do
      local line, told, row = values:explain(name, "app", "1B", "it's")
      assert.equal(class, told)
      assert.equal("script_values.update", row.full_name)
      assert.truthy(line:find("^curl %-X PATCH "))
      assert.truthy(line:find("'Authorization: [secret]'", 1, true))
      assert.truthy(line:find([["it'\''s"]], 1, true), line)
    end
    local line, told = values:explain("remove", "app", "1B")
    assert.equal("idempotent", told)
    assert.truthy(line:find("/v2/store/scriptvalues/app/'", 1, true))
    local _, class, row = values:explain("get", "app")
    assert.equal("safe", class)
    assert.equal("script_values.get", row.full_name)
    line, class = client:explain("script_values.update", "app",
      {{id = 1, value = "x"}})
    assert.truthy(line:find("PATCH", 1, true))
    assert.equal("idempotent", class)
    assert.equal(0, #server:requests(0))
  end)

  it("an adding item makes the whole call once-only", function()
    local _, class = values:explain("update", "app", {{id = 1, value = "x"},
      {variable_id = 2, value = "y"}})
    assert.equal("once", class)
  end)

  it("refuse what is none of the three forms, before sending", function()
    local wrong = {
      {}, {{}}, {{id = 1}}, {{id = 1, variable_id = 2, value = "x"}},
      {{value = "x"}}, {{id = 1, value = 2}}, {{id = {}, value = "x"}},
      {{id = 1, is_active = "no"}}, {{id = 1, value = "x", other = 1}},
      {"x"}, "x", 5,
      {{id = 1, value = "x", is_active = false}},
    }
    for i, items in ipairs(wrong) do
      local message = shop.error_of(function()
        values:update("app", items)
      end)
      assert.truthy(message:find("script_values.update: values", 1, true),
        i .. ": " .. message)
      assert.truthy(message:find("script_values_spec.lua", 1, true), message)
    end
    local message = shop.error_of(function()
      values:update("app")
    end)
    assert.truthy(message:find("values is missing", 1, true), message)
    assert.equal(0, #server:requests(0))
  end)

  it("name the caller's own mistakes, all at once", function()
    local traced = client:with {headers = {["X-Trace"] = "1"}}
    local function wrong(name, expected, ...)
      local n, arguments = select("#", ...), {...}
      local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore
      for _, group in ipairs {values, traced.script_values} do
        local message = shop.error_of(function()
          group[name](group, unpack(arguments, 1, n))
        end)
        assert.truthy(message:find("script_values_spec.lua:%d+: script_values."
          .. name .. ": "), message)
        assert.equal(expected, message:match(": script_values%.%w+: (.*)$"))
        message = shop.error_of(function()
          group:explain(name, unpack(arguments, 1, n))
        end)
        assert.equal(expected, message:match("spec%.lua:%d+: "
          .. "script_values%.%w+: (.*)$"))
      end
    end
    wrong("add", "variable_id is missing; value is missing", "app")
    wrong("add", "app_id is missing; variable_id is missing; "
      .. "value is missing")
    wrong("set", "value must be text, not a number", "app", "1A", 2)
    wrong("set", "id must be text or an integer", "app", {}, "x")
    wrong("remove", "id must be text or an integer", "app", 0 / 0)
    wrong("remove", "id must be text or an integer", "app", 1.5)
    wrong("set", "value: byte 2 of the text is not UTF-8", "app", 1, "a\255")
    wrong("set", "deadlin is not an option (did you mean deadline?); "
      .. "value is missing", "app", 1, nil, {deadlin = 1})
    wrong("set", "too many arguments: 4 at most, options included", "app", 1,
      "x", {}, 5)
    wrong("add", "too many arguments: 4 at most, options included", "app", 1,
      "x", nil, 5)
    wrong("remove", "too many arguments: 3 at most, options included", "app",
      1, {}, 5)
    assert.equal(0, #server:requests(0))
    assert(values:set("app", 1, "x", nil, nil))
    local message = shop.error_of(function()
      values.set("app", 1, "x")
    end)
    assert.truthy(message:find("client.script_values:set(", 1, true), message)
  end)

  it("of a closed client are refused where they are written", function()
    client:close()
    local message = shop.error_of(function()
      values:set("app", 1, "x")
    end)
    assert.truthy(message:find("script_values_spec.lua:%d+: this client is "
      .. "closed"), message)
  end)
end)

describe("script values at the sandbox", function()
  local sandbox, client, app_id

  setup(function()
    sandbox = shop.open()
    client = sandbox:client()
    app_id = sandbox.app_id
  end)

  teardown(function()
    sandbox.stop()
  end)

  before_each(function()
    sandbox:reset()
    sandbox:control("token", {state = "valid"})
  end)

  it("change one after the other", function()
    local app = assert(client.script_values:get(app_id))
    assert.equal("", app.values[1].value)
    app = assert(client.script_values:set(app_id, "1A", "Tarun"))
    assert.equal("Tarun", app.values[1].value)
    app = assert(client.script_values:add(app_id, 72, "Tea house"))
    assert.equal("Tea house", app.values[2].value)
    assert.equal("71", tostring(app.values[2].id))
    app = assert(client.script_values:remove(app_id, app.values[2].id))
    assert.equal(1, #app.values)
    app = assert(client.script_values:remove(app_id, "1A"))
    assert.same({}, app.values)
  end)

  it("know the four documented refusals", function()
    local function refused(state, other, call)
      sandbox:control("token", {state = state})
      local client_of = other or client
      local app, err = (call or client_of.script_values.get)(
        client_of.script_values, app_id)
      assert.is_nil(app)
      assert.equal("script_values.get", err.endpoint)
      return err
    end
    local err = refused("valid", sandbox:client {access_token = "other"})
    assert.equal("auth", err.kind)
    assert.equal(401, err.status)
    assert.equal("Invalid Client Id", err.message)
    assert.truthy(err.hint:find("access_token", 1, true))
    err = refused("expired")
    assert.equal("auth", err.kind)
    assert.truthy(err.hint:find("expired", 1, true))
    err = refused("none")
    assert.equal("forbidden", err.kind)
    assert.equal(403, err.status)
    assert.truthy(err.hint:find("script-values:read", 1, true))
    sandbox:control("token", {state = "valid"})
    local app
    app, err = client.script_values:get("nope")
    assert.is_nil(app)
    assert.equal("not_found", err.kind)
    assert.truthy(err.hint:find("app id", 1, true))
  end)

  it("tell what stands there when an answer got lost", function()
    sandbox:control("fault", {row = "script_values.update",
      reset = "after"})
    local app, err = client.script_values:add(app_id, "1B", "Tarun")
    assert.is_nil(app)
    assert.is_true(err.ambiguous)
    assert.equal("Tarun", err.evidence.now.values[1].value)
  end)

  it("a change that may be repeated is", function()
    sandbox:control("fault", {row = "script_values.update",
      reset = "after"})
    local app = assert(client.script_values:set(app_id, "1A", "Tarun"))
    assert.equal("Tarun", app.values[1].value)
    assert.same({"script_values.update", "script_values.update"},
      sandbox:rows())
  end)
end)
