-- Covers doc/, README.md and the rows' cover: what is generated is current,
-- what is printed runs, and no row lacks an example, a fake route or a test.

local core = require "shopwire.core"
local instamojo = require "instamojo"
local invotide = require "invotide"
local process = require "spec.support.process"

local read = process.read
local compile = loadstring or load -- luacheck: ignore

local function listed(command)
  local names = {}
  for line in process.run(command):gmatch("[^\n]+") do
    names[#names + 1] = line
  end
  assert(#names > 0, command)
  return names
end

local function joined(paths)
  local texts = {}
  for i, path in ipairs(paths) do
    texts[i] = assert(read(path), path)
  end
  return table.concat(texts, "\n")
end

-- Lua blocks of a page, in their order.
local function blocks(path)
  local found = {}
  for block in assert(read(path)):gmatch("\n```lua\n(.-)\n```") do
    found[#found + 1] = block
  end
  return found
end

local function escaped(name)
  return (name:gsub("%p", "%%%0"))
end

-- Does a text call the row: by group, by flat name, or through each?
local function calls(text, row)
  local names = { row.name, row.paged and "each" or nil }
  local home = row.group == "" and "%f[%a]%a+" or escaped(row.group)
  for _, name in ipairs(names) do
    if text:find(home .. ":" .. name .. "[%s%({\"]") then
      return true
    end
  end
  return row.flat and text:find("client:" .. row.flat .. "[%s%({]") ~= nil
end

local rows = core.rows("instamojo")
local shop_rows = core.rows("invotide")

-- Runs f(row, service) for every row of both services.
local function each_row(f)
  for _, row in ipairs(rows) do
    f(row, "instamojo")
  end
  for _, row in ipairs(shop_rows) do
    f(row, "invotide")
  end
end

local PAGES = { instamojo = { "doc/reference.md", "doc/types/calls.lua" },
  invotide = { "doc/invotide.md", "doc/types/invotide_calls.lua" } }

describe("generated pages", function()
  it("are what the generator makes now", function()
    local generate = dofile("doc/generate.lua")
    local count = 0
    for name, make in pairs(generate.files) do
      count = count + 1
      assert(read("doc/" .. name) == make(), "doc/" .. name
        .. " is old: ./run lua doc/generate.lua")
    end
    assert.equal(6, count)
  end)

  it("name every row, every field and every old name", function()
    each_row(function(row, service)
      local page, stub = read(PAGES[service][1]), read(PAGES[service][2])
      if not row.inner then
        assert(page:find("\n### " .. row.full_name .. "\n", 1, true),
          row.full_name)
        assert(stub:find(":" .. row.name .. "(", 1, true), row.full_name)
        for _, field in ipairs(row.fields) do
          if not field.internal then
            assert(page:find("`" .. field.name .. "`", 1, true)
              or row.positional, field.name)
            assert(stub:find(" " .. field.name .. "%??%s")
              or row.positional, field.name)
          end
          for _, part in ipairs(field.parts or {}) do
            assert(page:find("`[i]." .. part.name .. "`", 1, true), part.name)
          end
        end
        if row.flat then
          assert(page:find("`" .. row.flat .. "`", 1, true), row.flat)
          assert(stub:find("Client:" .. row.flat .. "(", 1, true), row.flat)
        end
      end
    end)
  end)

  it("show no field that scripts may not set", function()
    local page = read("doc/reference.md") .. read("doc/types/calls.lua")
    assert.is_nil(page:find("file_upload_json", 1, true))
    assert.is_nil(page:find("fileUpload", 1, true))
  end)

  it("are types that every Lua can read", function()
    for _, path in ipairs(listed("ls doc/types/*.lua")) do
      assert(compile(read(path), "@" .. path))
    end
  end)
end)

describe("links between pages", function()
  it("lead to files", function()
    for _, path in ipairs { "README.md", "doc/errors.md",
      "doc/reference.md", "doc/invotide.md" } do
      local folder = path:match("^(.*/)") or ""
      for target in read(path):gmatch("%]%(([^)#]+)[^)]*%)") do
        local _, status = process.run("test -e "
          .. process.quote(folder .. target))
        assert.equal(0, status, path .. ": " .. target)
      end
    end
  end)
end)

describe("the README", function()
  it("has Lua that compiles, as doc/errors.md has", function()
    for _, path in ipairs { "README.md", "doc/errors.md" } do
      local found = blocks(path)
      assert(#found >= 2, path)
      for i, block in ipairs(found) do
        assert(compile(block, "=" .. path .. " block " .. i))
      end
    end
  end)

  it("names only options that there are, as the types do", function()
    local names = { "api_key", "auth_token", "test", "deadline", "retries",
      "log" }
    local more = read("README.md"):match("More options:(.-)%(refused")
    for name in more:gmatch("`([%l%d_]+)") do
      names[#names + 1] = name
    end
    local class = read("doc/types/instamojo.lua")
      :match("%-%-%-@class instamojo%.ClientOptions\n(.-)\n\n")
    for name in class:gmatch("%-%-%-@field ([%l%d_]+)%?") do
      names[#names + 1] = name
    end
    assert.is_true(#names > 25)
    for _, name in ipairs(names) do
      local _, why = pcall(instamojo.Client, { [name] = 1 / 3, wrong = 1 })
      assert(why:find("wrong is not an option", 1, true), why)
      assert.is_nil(why:find(name .. " is not an option", 1, true), name)
    end
  end)

  it("names only options of a session that there are", function()
    local names = {}
    local class = read("doc/types/invotide.lua")
      :match("%-%-%-@class invotide%.SessionOptions\n(.-)\n\n")
    for name in class:gmatch("%-%-%-@field ([%l%d_]+)%?") do
      names[#names + 1] = name
    end
    assert.is_true(#names > 15)
    local part = read("README.md"):match("\n## Invotide\n(.-)\n## ")
    for name in part:match("More options:(.-)%."):gmatch("`([%l%d_]+)") do
      names[#names + 1] = name
    end
    for _, name in ipairs(names) do
      local _, why = pcall(invotide.Session, { [name] = 1 / 3, wrong = 1 })
      assert(why:find("wrong is not an option", 1, true), why)
      assert.is_nil(why:find(name .. " is not an option", 1, true), name)
    end
  end)

  it("names only options of a checkout that there are", function()
    local session = invotide.Session { fake = true }
    local class = read("doc/types/invotide.lua")
      :match("%-%-%-@class invotide%.CheckoutOptions\n(.-)\n\n")
    local count = 0
    for name in class:gmatch("%-%-%-@field ([%l%d_]+)%?") do
      count = count + 1
      local _, why = pcall(session.checkout, session, { [name] = 1 / 3,
        wrong = 1 })
      assert(why:find("wrong is not an option", 1, true), why)
      assert.is_nil(why:find(name .. " is not an option", 1, true), name)
    end
    assert.equal(16, count)
  end)

  it("maps every old name", function()
    local text = read("README.md")
    for _, row in ipairs(rows) do
      if row.flat then
        assert(text:find("`client:" .. row.flat .. "[%({]"), row.flat)
      end
    end
  end)

  describe("#slow", function()
    local shop

    setup(function()
      shop = process.sandbox()
    end)

    teardown(function()
      shop.stop()
    end)

    it("has a first screen that runs as it is printed", function()
      local first = blocks("README.md")[1]
      local _, lines = (first .. "\n"):gsub("\n", "")
      assert.equal(10, lines)
      local path = process.write(os.tmpname(), first)
      local output, status = process.run("env INSTAMOJO_API_KEY="
        .. shop.api_key .. " INSTAMOJO_AUTH_TOKEN=" .. shop.auth_token
        .. " INSTAMOJO_ENDPOINT=" .. shop.endpoint .. " "
        .. process.lua(path) .. " 2>&1", 20)
      os.remove(path)
      assert.equal("on sale: " .. shop.origin .. "/acme/sunset-a-poster/\n"
        .. "Sunset, a poster\n", output)
      assert.equal(0, status)
    end)
  end)
end)

describe("each row", function()
  local examples = joined(listed("ls examples/*.lua"))
    .. table.concat(blocks("README.md"), "\n")

  -- Steps of a create with a file: no script calls them.
  local steps = { ["links.upload_url"] = true, ["links.upload"] = true }

  it("has an example", function()
    each_row(function(row)
      local name = row.full_name
      assert(calls(examples, row)
        or (steps[name] and examples:find("file_upload = ", 1, true)), name)
    end)
  end)

  it("has a route in the fake", function()
    local fake = require "shopwire.fake.instamojo"
    for _, row in ipairs(rows) do
      assert(fake.calls[row.full_name] or row.path == "", row.full_name)
    end
    local shop = require "shopwire.fake.invotide"
    for _, row in ipairs(shop_rows) do
      assert(shop.routes[row.path:match("^api/([%l/]+)")], row.full_name)
    end
  end)

  it("has a test", function()
    local paths = {}
    for _, path in ipairs(listed("find spec -name '*_spec.lua'")) do
      if not path:find("doc_spec", 1, true) then
        paths[#paths + 1] = path
      end
    end
    local specs = joined(paths)
    each_row(function(row)
      assert(calls(specs, row)
        or specs:find("[\"']" .. escaped(row.full_name) .. "[\"']"),
        row.full_name)
    end)
  end)
end)
