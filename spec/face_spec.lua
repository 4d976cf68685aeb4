-- Methods made from rows: that each row has its own, under all its names.
-- What they do is in api/. (lua/shopwire/face.lua)

local core = require "shopwire.core"
local face = require "shopwire.face"
local instamojo = require "instamojo"

local rows = core.rows("instamojo")

-- The design's list, so that a row that gets lost is noticed.
local METHODS = {
  links = "list each get create edit delete",
  payments = "list each get",
  payment_requests = "create list each get payment enable disable",
  refunds = "create list each get",
  script_values = "get update add set remove",
}

local FLAT = "links_list link_detail link_create link_edit link_delete "
  .. "payments_list payment_detail debug auth"

local function sorted(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

describe("the face", function()
  local client = instamojo.Client {fake = true}

  it("has the methods of the design", function()
    for group, names in pairs(METHODS) do
      for name in names:gmatch("%S+") do
        assert.equal("function", type(client[group][name]),
          group .. "." .. name)
      end
      assert.equal("function", type(client[group].explain))
    end
    for name in FLAT:gmatch("%S+") do
      assert.equal("function", type(client[name]), name)
    end
    for name in ("request with explain close"):gmatch("%S+") do
      assert.equal("function", type(client[name]), name)
    end
  end)

  it("has one for every row, under the old name too", function()
    for _, row in ipairs(rows) do
      local home = row.group == "" and client or client[row.group]
      if row.inner then
        assert.is_nil(home[row.name])
      else
        assert.equal("function", type(home[row.name]), row.full_name)
        if row.paged then
          assert.equal("function", type(home.each), row.full_name)
        end
      end
      if row.flat then
        assert.equal(home[row.name], client[row.flat])
      end
    end
  end)

  it("explains every row, by its name and its old name", function()
    local samples = {text = "x", int = 1, money = "10", choice = "RFD",
      items = {{id = 1, value = "x"}}}
    for _, row in ipairs(rows) do
      if not row.inner then
        local arguments, fields = {}, {}
        for i in ipairs(row.args) do
          arguments[i] = "a" .. i
        end
        for _, field in ipairs(row.fields) do
          if field.required and not field.preset then
            fields[field.name] = samples[field.kind]
            if row.positional then
              arguments[#arguments + 1] = samples[field.kind]
            end
          end
        end
        if row.verb == "PATCH" and not row.positional then
          fields.title = "x"
        end
        if #row.fields > 0 and not row.positional then
          arguments[#arguments + 1] = fields
        end
        local unpack = rawget(_G, "unpack") or table.unpack -- luacheck: ignore
        local line, class, told = client:explain(row.full_name,
          unpack(arguments))
        assert.matches("^curl %-X " .. row.verb .. " ", line)
        assert.equal(row.retry, class)
        assert.equal(row.full_name, told.full_name)
        if row.flat then
          assert.equal(line, (client:explain(row.flat, unpack(arguments))))
        end
      end
    end
  end)

  it("explains which files go before a call", function()
    local fields = {title = "t", description = "d", base_price = 1}
    local line = client.links:explain("create", fields)
    assert.is_nil(line:find("#", 1, true))
    fields.file_upload = "a\nrm b.zip"
    fields.cover_image = {path = "c.png"}
    local told, class = client:explain("link_create", fields)
    assert.equal("once", class)
    assert.equal(line, told:sub(1, #line))
    assert.equal(" # before it, for each of file_upload (a\\nrm b.zip), "
      .. "cover_image (c.png): links.upload_url, then links.upload, whose "
      .. "answer goes along as file_upload_json, cover_image_json",
      told:sub(#line + 1))
    told = client.links:explain("edit", "slug", {cover_image = "c.png"})
    assert.truthy(told:find(" # before it, for each of cover_image (c.png): ",
      1, true))
    -- an option of client:with changes nothing of that
    assert.equal(told, (client:with {deadline = 5}.links:explain("edit",
      "slug", {cover_image = "c.png"})))
  end)

  it("makes the same methods each time, apart from each other", function()
    local one, two = face.of("instamojo"), face.of("instamojo")
    assert.same(sorted(one.groups), sorted(two.groups))
    assert.not_equal(one.groups.links, two.groups.links)
    assert.is_false((pcall(face.of, "nobody")))
  end)

  it("keeps clients apart", function()
    local other = instamojo.Client {fake = true}
    assert.not_equal(client.links, other.links)
    assert(client.links:create {title = "Tea", description = "d",
      base_price = 1})
    assert.equal(0, #other.links:list())
    assert.equal(1, #client.links:list())
  end)
end)
