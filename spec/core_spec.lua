-- What the core gives to Lua beside calls: the rows, money, suggestions, the
-- clock, safe text, open files. src/lcore.c, src/lsecret.c, src/instamojo.c

local core = require "shopwire.core"
local process = require "spec.support.process"

describe("the core", function()
  it("shows its rows, each whole", function()
    local rows = core.rows "instamojo"
    assert.is_true(#rows > 20)
    local seen = {}
    for i, row in ipairs(rows) do
      assert.equal(i - 1, row.id)
      assert.is_nil(seen[row.full_name])
      seen[row.full_name] = row
      assert.equal(row.group ~= "" and row.group .. "." .. row.name
        or row.name, row.full_name)
      assert.is_true(#row.help > 0 and #row.help <= 80, row.full_name)
      assert.truthy(row.path == "" or row.path:find("^[%w{][%w{}/_-]*/$"),
        row.path)
      for _, field in ipairs(row.fields) do
        assert.equal("string", type(field.help))
        assert.equal("string", type(field.kind))
      end
    end
    for _, row in ipairs(rows) do
      assert.truthy(row.lookup == nil or seen[row.lookup], row.lookup)
    end
    assert.same({"id", "payment_id"}, seen["payment_requests.payment"].args)
    assert.same({"INR", "USD"}, seen["links.create"].fields[4].choices)
    assert.not_equal(rows, core.rows "instamojo")
    assert.has_error(function()
      core.rows "nobody"
    end)
  end)

  it("has a clock that does not go back", function()
    local last = core.now()
    for _ = 1, 1000 do
      local now = core.now()
      assert.is_true(now >= last)
      last = now
    end
  end)

  it("guesses what was meant", function()
    local names = {"title", "description", "base_price"}
    assert.equal("title", core.suggest("titel", names))
    assert.equal("base_price", core.suggest("baseprice", names))
    assert.is_nil(core.suggest("zzzzzz", names))
    assert.is_nil(core.suggest("", {}))
    assert.has_error(function()
      core.suggest("a", {{}})
    end)
  end)

  it("reads money without a float", function()
    for given, text in pairs {["12.5"] = "12.5", ["0"] = "0",
      ["12.50"] = "12.50", ["007"] = false, ["1e3"] = false, [""] = false,
      ["1.234"] = false, [" 1"] = false,
      ["1,5"] = false} do
      local result = core.money(given)
      assert.equal(text, result or false, given)
    end
    assert.equal("9.99", (core.money(9.99)))
    local _, hundredths = core.money(9.99)
    assert.equal(999, hundredths)
    assert.is_nil((core.money(0.1 + 0.2)))
    assert.is_nil((core.money(0 / 0)))
    assert.is_nil((core.money(math.huge)))
    assert.has_error(function()
      core.money {}
    end)
  end)

  it("makes any text fit to print", function()
    assert.equal("a\\x1b[31mb", core.show("a\27[31mb"):lower())
    assert.equal("é", core.show("é"))
    assert.is_nil(core.show("\255\0\r\n"):find("[%z\r\n\255]"))
    assert.is_true(#core.show(("x"):rep(1000), 10) < 20)
    assert.equal("", core.show "")
  end)

  -- Some Luas collect before they copy the bytes that they are to push.
  it("answers right when a finalizer asks too, meanwhile", function()
    local dir = process.directory()
    process.write(dir .. "/script.lua", [[
      local core = require "shopwire.core"
      local instamojo = require "instamojo"
      local view = instamojo.Client {api_key = "k", auth_token = "t",
        endpoint = "https://shop.test/api/1.1/"}.view
      local id
      for _, row in ipairs(core.rows "instamojo") do
        id = row.full_name == "links.get" and row.id or id
      end
      local function request(slug)
        return core.request(view, 0, id, true, slug)
      end
      local long = ("b"):rep(3000)
      local other = request(long)
      local asked, running = 0, true
      local function arm()
        local function finalize()
          if running then
            asked = asked + 1
            core.show(long, 3000)
            core.endpoint("https://" .. ("c"):rep(60) .. ".test/" .. long)
            other:explain()
            core.json_decode("nul")
            arm()
          end
        end
        if newproxy then
          getmetatable(newproxy(true)).__gc = finalize
        else
          setmetatable({}, {__gc = finalize})
        end
      end
      arm()
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 1000000)
      collectgarbage()
      local right = 0
      for i = 1, 100 do
        local one = request("slug-" .. i)
        local base = "https://shop" .. i .. ".test/"
        if core.show("text " .. i) == "text " .. i
          and core.endpoint(base) == base
          and select(3, core.json_decode("[1, 2" .. i)) == 6 + #tostring(i)
          and one:explain():find("/slug-" .. i .. "/'", 1, true) then
          right = right + 1
        end
      end
      running = false
      print(right, asked > 0)
    ]])
    local output, status = process.run(process.lua(dir .. "/script.lua")
      .. " 2>&1", 60)
    process.remove(dir)
    assert.equal("100\ttrue\n", output)
    assert.equal(0, status)
  end)

  describe("opens files that", function()
    local dir

    setup(function()
      dir = process.directory()
    end)

    teardown(function()
      process.remove(dir)
    end)

    it("are there and regular, with their size", function()
      local file = assert(core.open_file(process.write(dir .. "/a", "12345")))
      assert.equal(5, file:size())
      file:close()
      file:close()
      assert.has_error(function()
        file.size({})
      end)
    end)

    it("says why not", function()
      process.run("mkfifo " .. dir .. "/pipe")
      for _, path in ipairs {dir .. "/none", dir, dir .. "/pipe", "",
        dir .. "/a\0b"} do
        local file, why = core.open_file(path)
        assert.is_nil(file)
        assert.equal("string", type(why))
      end
    end)
  end)
end)
