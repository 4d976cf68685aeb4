-- What is known about a result beside its data. (lua/shopwire/meta.lua)

local instamojo = require "instamojo"
local meta = require "shopwire.meta"

describe("meta", function()
  it("is made once, and only when somebody asks", function()
    local made = 0
    local request = {meta = function()
      made = made + 1
      return {status = 200}
    end}
    local result = {}
    meta.keep(result, request)
    assert.equal(0, made)
    assert.equal(200, meta.of(result).status)
    assert.equal(meta.of(result), meta.of(result))
    assert.equal(1, made)
  end)

  it("knows nothing of other values", function()
    for _, value in ipairs {{}, "text", 5, true} do
      assert.is_nil(meta.of(value))
    end
    assert.is_nil(meta.of(nil))
  end)

  it("goes over to a result that was rebuilt", function()
    local from, to = {}, {}
    meta.keep(from, {meta = function()
      return {status = 201}
    end})
    meta.copy(from, to)
    assert.equal(201, meta.of(to).status)
  end)

  it("keeps no result alive", function()
    local client = instamojo.Client {fake = true}
    local weak = setmetatable({}, {__mode = "v"})
    local function ask()
      local answer = assert(client:debug())
      weak[1] = answer
      assert.equal(200, meta.of(answer).status)
    end
    ask()
    for _ = 1, 3 do
      collectgarbage()
    end
    assert.is_nil(weak[1])
  end)

  it("tells of what was repaired", function()
    local client = instamojo.Client {api_key = "k", auth_token = "t",
      transport = function()
        return {status = 200, headers = {["X-B"] = "2"},
          body = '{"success":true,"message":"a\255\\ud800"}'}
      end}
    local answer = assert(client:debug())
    assert.equal("a\239\191\189\239\191\189", answer.message)
    local known = meta.of(answer)
    assert.equal("2", known.headers["x-b"])
    assert.equal(1, #known.warnings)
    assert.truthy(known.warnings[1]:find("2 characters", 1, true))
  end)
end)
