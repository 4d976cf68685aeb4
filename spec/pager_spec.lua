-- Pages and walks, on lists that a function gives: the cap, options, closing,
-- coroutines. What a server does to a walk is in api/payments_spec.
-- (lua/shopwire/pager.lua)

local instamojo = require "instamojo"
local pager = require "shopwire.pager"
local shopwire = require "shopwire"

local ROW = {group = "things", full_name = "things.list", row_id = "id"}

-- A list of n rows by pages of two; notes what it was asked.
local function list_of(n)
  local asked = {}
  return function(_, fields, options)
    local page = fields and fields.page or 1
    asked[#asked + 1] = {page = page, fields = fields, options = options}
    local rows = {}
    for i = (page - 1) * 2 + 1, math.min(page * 2, n) do
      rows[#rows + 1] = {id = i}
    end
    return rows
  end, asked
end

local function walk(client, fetch, fields, options)
  local seen = {}
  for row in pager.each(client, ROW, fetch, fields, options) do
    seen[#seen + 1] = row.id
  end
  return seen
end

describe("the pager", function()
  it("walks to the empty page and keeps fields and options", function()
    local fetch, asked = list_of(5)
    local fields, options = {limit = 2}, {deadline = 3}
    assert.same({1, 2, 3, 4, 5}, walk({}, fetch, fields, options))
    assert.equal(4, #asked)
    assert.equal(2, asked[4].fields.limit)
    assert.same(options, asked[4].options)
    assert.is_nil(fields.page)
  end)

  it("asks for nothing before the first row is wanted", function()
    local fetch, asked = list_of(5)
    local iterator = pager.each({}, ROW, fetch)
    assert.equal(0, #asked)
    assert.equal(1, iterator().id)
    assert.equal(2, iterator().id)
    assert.equal(1, #asked)
  end)

  it("stays at its end", function()
    local fetch, asked = list_of(1)
    local iterator = pager.each({}, ROW, fetch)
    assert.equal(1, iterator().id)
    assert.is_nil(iterator())
    assert.is_nil(iterator())
    assert.equal(2, #asked)
  end)

  it("gives rows without an id as they are", function()
    local pages = {{{a = 1}, {a = 1}}, {{a = 1}}, {}}
    local n, count = 0, 0
    for _ in pager.each({}, ROW, function()
      n = n + 1
      return pages[n]
    end) do
      count = count + 1
    end
    assert.equal(3, count)
  end)

  it("stops after 10,000 pages with an error of the protocol", function()
    local n, count = 0, 0
    local events = {}
    local client = {log = function(event)
      events[#events + 1] = event
    end}
    local ok, err = pcall(function()
      for _ in pager.each(client, ROW, function()
        n = n + 1
        return {{id = n}}
      end) do
        count = count + 1
      end
    end)
    assert.is_false(ok)
    assert.equal("protocol", err.kind)
    assert.equal("things.list", err.endpoint)
    assert.equal(10000, n)
    assert.equal(10000, count)
    assert.truthy(err.message:find("10000 pages", 1, true))
    assert.equal(1, #events)
  end)

  it("stops there through a client's own call too", function()
    local n = 0
    local client = instamojo.Client {api_key = "k", auth_token = "t",
      transport = function()
        n = n + 1
        return {status = 200, headers = {},
          body = '{"success":true,"links":[{"slug":"s' .. n .. '"}]}'}
      end}
    local ok, err = pcall(function()
      for link in client.links:each() do
        assert(link.slug)
      end
    end)
    assert.is_false(ok)
    assert.equal("protocol", err.kind)
    assert.equal(10000, n)
  end)

  it("a page asks for the one behind it", function()
    local fetch, asked = list_of(3)
    local client = {}
    local page = pager.page(fetch(client), client, fetch, nil, {retries = 1})
    local second = page:next()
    assert.equal(3, second[1].id)
    assert.equal(2, asked[2].page)
    assert.equal(1, asked[2].options.retries)
    assert.is_nil(second:next())
    assert.equal(1, #second)
    assert.equal(3, page:next()[1].id)
  end)

  it("a page asks with what its list was asked with", function()
    local fetch, asked = list_of(9)
    local fields, options = {page = 1, limit = 2}, {retries = 1}
    local page = pager.page(fetch({}, fields), {}, fetch, fields, options)
    fields.page, fields.limit, options.retries = 7, 5, 9
    local second = assert(page:next())
    assert.equal(3, second[1].id)
    assert.same({page = 2, limit = 2}, asked[2].fields)
    assert.same({retries = 1}, asked[2].options)
    assert.equal(5, second:next()[1].id)
    assert.same({page = 3, limit = 2}, asked[3].fields)
    assert.same({page = 7, limit = 5}, fields)
    assert.same({retries = 9}, options)
  end)

  it("so does one whose list was asked with an empty table", function()
    local fetch, asked = list_of(9)
    local fields = {}
    local page = pager.page(fetch({}, fields), {}, fetch, fields)
    fields.page = 7
    assert.equal(3, page:next()[1].id)
    assert.same({page = 2}, asked[2].fields)
  end)

  it("walks with what it was begun with", function()
    local fetch, asked = list_of(5)
    local fields, options = {page = 1, limit = 2}, {retries = 1}
    local seen = {}
    local iterator = pager.each({}, ROW, fetch, fields, options)
    fields.page, options.retries = 3, 9
    for row in iterator do
      seen[#seen + 1] = row.id
      fields.limit = 7
    end
    assert.same({1, 2, 3, 4, 5}, seen)
    assert.same({page = 2, limit = 2}, asked[2].fields)
    assert.same({retries = 1}, asked[1].options)
  end)

  it("keeps to its fields through a client's own call", function()
    local urls = {}
    local client = instamojo.Client {api_key = "k", auth_token = "t",
      transport = function(request)
        urls[#urls + 1] = request.url
        return {status = 200,
          body = '{"success":true,"links":[{"slug":"s' .. #urls .. '"}]}'}
      end}
    local fields = {page = 1}
    local page = assert(client.links:list(fields))
    fields.page = 7
    assert(page:next())
    assert.truthy(urls[2]:find("page=2", 1, true), urls[2])
  end)

  it("an empty page asks for nothing", function()
    local fetch, asked = list_of(0)
    local page = pager.page({}, {}, fetch)
    assert.is_nil(page:next())
    assert.equal(0, #asked)
  end)

  it("does not walk in a coroutine of Lua 5.1", function()
    local client = instamojo.Client {fake = true}
    local ok, seen = pcall(function()
      return shopwire.all {function()
        local count = 0
        for _ in client.links:each() do
          count = count + 1
        end
        return count
      end}
    end)
    assert.is_true(ok)
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
      assert.is_nil(seen)
      local _, err = shopwire.all {function()
        client.links:each()
      end}
      assert.truthy(tostring(err):find("page:next()", 1, true), err)
      assert.truthy(tostring(err):find("pager_spec.lua", 1, true), err)
    else
      assert.equal(0, seen[1])
    end
  end)
end)
