-- Products: every call of client.links, what goes over the wire and what
-- comes back. (lua/instamojo/client.lua, src/instamojo.c)

local shop = require "spec.support.shop"
local shopwire = require "shopwire"

local LINK = {slug = "hello-api", title = "Hello API"}

describe("links on the wire", function()
  local server

  after_each(function()
    if server then
      server:stop()
      server = nil
    end
  end)

  local function serving(status, body)
    server = shop.answering {shop.reply(status, body)}
    return server:client()
  end

  it("list asks without a query when there are no fields", function()
    local client = serving("200 OK", {success = true, links = {LINK}})
    local list = assert(client.links:list())
    assert.equal("Hello API", list[1].title)
    assert(client.links:list {})
    for _, request in ipairs(server:requests(2)) do
      assert.equal("GET", request.verb)
      assert.equal("/api/1.1/links/", request.target)
      assert.equal("test_api_key", request.headers["x-api-key"])
      assert.equal("test_auth_token", request.headers["x-auth-token"])
      assert.is_nil(request.headers["content-type"])
      assert.is_nil(request.headers.authorization)
      assert.equal("", request.body)
    end
  end)

  it("list puts the query after the slash", function()
    local client = serving("200 OK", {success = true, links = {LINK}})
    assert(client.links:list {page = 2, limit = 500})
    assert.equal("/api/1.1/links/?page=2&limit=500", server:request().target)
  end)

  it("create sends a form: presets, zero, booleans, escapes", function()
    local client = serving("201 Created", {success = true, link = LINK})
    local link = assert(client.links:create {
      title = "Tea & cake = 50% +1", description = "line one\nline two",
      base_price = 0, quantity = 0, enable_pwyw = true, enable_sign = false,
      note = "caf\195\169",
    })
    assert.equal("hello-api", link.slug)
    local request = server:request()
    assert.equal("POST", request.verb)
    assert.equal("/api/1.1/links/", request.target)
    assert.equal("application/x-www-form-urlencoded",
      request.headers["content-type"])
    assert.equal("title=Tea+%26+cake+%3D+50%25+%2B1"
      .. "&description=line+one%0Aline+two&base_price=0&currency=INR"
      .. "&quantity=0&note=caf%C3%A9&enable_pwyw=true&enable_sign=false",
      request.body)
    assert.equal(tostring(#request.body), request.headers["content-length"])
  end)

  it("create takes each form of money, and every field", function()
    local client = serving("201 Created", {success = true, link = LINK})
    local forms = {{"12.50", "12.50"}, {12, "12"}, {12.5, "12.50"},
      {"0.10", "0.10"}, {1e3, "1000"}, {99.99, "99.99"}}
    for _, form in ipairs(forms) do
      assert(client.links:create {title = "t", description = "d",
        base_price = form[1]})
      assert.equal(form[2], server:request().fields.base_price)
    end
    local all = {title = "t", description = "d", base_price = "1",
      currency = "USD", quantity = "3", note = "n",
      start_date = "2026-08-03 16:30", end_date = "2026-08-04 18:14",
      venue = "A galaxy", timezone = "Asia/Kolkata",
      redirect_url = "https://shop.example/done",
      webhook_url = "https://shop.example/hook", enable_pwyw = "true",
      enable_sign = "true", socialpay_platforms = "twitter,facebook"}
    local given = {}
    for name, value in pairs(all) do
      given[name] = value
    end
    given.quantity, given.enable_pwyw, given.enable_sign = 3, true, true
    assert(client.links:create(given))
    assert.same(all, server:request().fields)
  end)

  it("edit sends the given fields only, the slug escaped", function()
    local client = serving("200 OK", {success = true, link = LINK})
    assert(client.links:edit("caf\195\169 au lait", {quantity = 0}))
    local request = server:request()
    assert.equal("PATCH", request.verb)
    assert.equal("/api/1.1/links/caf%C3%A9%20au%20lait/", request.target)
    assert.equal("quantity=0", request.body)
    assert(client.links:edit("a", {title = "New", currency = "USD"}))
    assert.same({title = "New", currency = "USD"}, server:request().fields)
  end)

  it("get and delete name the product in the path", function()
    local client = serving("200 OK", {success = true, link = LINK})
    assert.equal("Hello API", client.links:get("hello-api").title)
    assert(client.links:get(41))
    local list = server:requests(2)
    assert.equal("/api/1.1/links/hello-api/", list[1].target)
    assert.equal("/api/1.1/links/41/", list[2].target)
    server:stop()
    client = serving("204 No Content", "")
    assert.is_true(client.links:delete("hello-api"))
    local request = server:request()
    assert.equal("DELETE", request.verb)
    assert.equal("/api/1.1/links/hello-api/", request.target)
    assert.equal("", request.body)
  end)

  it("delete takes the body of the older API too", function()
    local client = serving("200 OK", {success = true})
    assert.is_true(client.links:delete("hello-api"))
  end)

  it("sends undocumented fields and headers of the options", function()
    local client = serving("200 OK", {success = true, link = LINK})
    assert(client.links:edit("a", {title = "x"},
      {extra = {tracking = 7, fine = true}, headers = {["X-Trace"] = "t 1",
        ["X-Empty"] = ""}}))
    local request = server:request()
    assert.same({title = "x", tracking = "7", fine = "true"}, request.fields)
    assert.equal("t 1", request.headers["x-trace"])
    assert.equal("", request.headers["x-empty"])
  end)

  it("gives the body as text when it is asked to", function()
    local text = '{"success": true, "links": [ ]}'
    local client = serving("200 OK", text)
    assert.equal(text, client.links:list({}, {raw = true}))
    assert.equal(text, client.links:list(nil, {raw = true}))
  end)

  it("an absent key is an error of the protocol", function()
    local client = serving("200 OK", {success = true, offers = {}})
    local list, err = client.links:list()
    assert.is_nil(list)
    assert.equal("protocol", err.kind)
    assert.truthy(err.message:find("links", 1, true))
  end)
end)

describe("links at the sandbox", function()
  local sandbox, client

  setup(function()
    sandbox = shop.open()
    client = sandbox:client()
  end)

  teardown(function()
    sandbox.stop()
  end)

  before_each(function()
    sandbox:reset()
  end)

  local function create(title)
    return assert(client.links:create {title = title or "Hello API",
      description = "An example.", base_price = "50.00"})
  end

  it("are created, read, listed, edited and archived", function()
    assert.same({}, client.links:list())
    local link = create()
    assert.equal("hello-api", link.slug)
    assert.equal("50.00", link.base_price)
    assert.equal("INR", link.currency)
    assert.is_false(link.enable_sign)
    assert.is_nil(rawget(link, "note"))
    assert.is_nil(link.cover_image)
    link = assert(client.links:edit("hello-api", {title = "A New Title",
      quantity = 41}))
    assert.equal("A New Title", link.title)
    assert.equal(41, link.quantity)
    assert.equal("integer", shop.number_type(link.quantity))
    assert.equal("41", tostring(link.quantity))
    link = assert(client.links:get("hello-api"))
    assert.equal("50.00", link.base_price)
    assert.equal(1, #client.links:list())
    assert.is_true(client.links:delete("hello-api"))
    assert.same({}, client.links:list())
    local gone, err = client.links:get("hello-api")
    assert.is_nil(gone)
    assert.equal("not_found", err.kind)
    assert.equal(404, err.status)
    assert.equal("links.get", err.endpoint)
    assert.truthy(err.hint:find("slug", 1, true))
    gone, err = client.links:delete("hello-api")
    assert.is_nil(gone)
    assert.equal("not_found", err.kind)
  end)

  it("keep quantity 0", function()
    local link = create()
    assert(client.links:edit(link.slug, {quantity = 7}))
    link = assert(client.links:edit(link.slug, {quantity = 0}))
    assert.equal("0", tostring(link.quantity))
  end)

  it("answer to the old names", function()
    local link = assert(client:link_create {title = "Old", description = "d",
      base_price = 1})
    assert.equal("Old", client:link_detail(link.slug).title)
    assert.equal("Old 2", client:link_edit(link.slug, {title = "Old 2"}).title)
    assert.equal("Old 2", client:links_list()[1].title)
    assert.equal("Old 2", client:links_list {page = 1}[1].title)
    assert.is_true(client:link_delete(link.slug))
    assert.same({"links.create", "links.get", "links.edit", "links.list",
      "links.list", "links.delete"}, sandbox:rows())
  end)

  it("tell the meta of a result", function()
    create()
    local list = assert(client.links:list())
    local meta = shopwire.meta(list)
    assert.equal(200, meta.status)
    assert.equal(1, meta.attempts)
    assert.equal("application/json", meta.headers["content-type"])
    assert.is_true(meta.timings.total > 0)
    assert.same({}, meta.warnings)
    assert.equal(meta, shopwire.meta(list))
    assert.is_nil(shopwire.meta {})
    assert.is_nil(shopwire.meta(nil))
  end)

  it("say which fields the service refused", function()
    local link, err = client.links:create({title = "t", description = "d",
      base_price = 1}, {extra = {quantity = "many"}})
    assert.is_nil(link)
    assert.equal("invalid", err.kind)
    assert.equal(400, err.status)
    assert.same({quantity = {"A valid integer is required."}}, err.fields)
    assert.truthy(tostring(err):find("quantity", 1, true))
    assert.is_false(err.retryable)
  end)

  it("that got lost are not taken for one of another price", function()
    local function lost(fields)
      sandbox:control("fault", {row = "links.create", reset = "before"})
      fields.title = "Cup"
      local link, err = client.links:create(fields)
      assert.is_nil(link)
      assert.is_true(err.ambiguous)
      return #err.evidence.candidates
    end
    assert(client.links:create {title = "Cup", description = "old",
      base_price = 10})
    assert.equal(0, lost {description = "old", base_price = 99})
    assert.equal(0, lost {description = "new", base_price = 10})
    assert.equal(1, lost {description = "old", base_price = "10.00"})
  end)

  it("page with next() to the end", function()
    for i = 1, 5 do
      create("Product " .. i)
    end
    local page, titles, pages = client.links:list {limit = 2}, {}, 0
    while page do
      pages = pages + 1
      for _, link in ipairs(page) do
        titles[#titles + 1] = link.title
      end
      page = page:next()
    end
    assert.equal(3, pages)
    assert.same({"Product 5", "Product 4", "Product 3", "Product 2",
      "Product 1"}, titles)
    local log = sandbox:log()
    assert.equal("page=4&limit=2", (log[#log].query:gsub(
      "^limit=2&page=4$", "page=4&limit=2")))
    page = client.links:list {limit = 2, page = 3}
    assert.equal(1, #page)
    assert.is_nil(page:next())
  end)

  it("walk with each", function()
    for i = 1, 7 do
      create("Product " .. i)
    end
    local titles = {}
    for link in client.links:each {limit = 3} do
      titles[#titles + 1] = link.title
    end
    assert.equal(7, #titles)
    assert.equal("Product 7", titles[1])
    assert.equal("Product 1", titles[7])
    for _ in client.links:each() do
      titles[#titles + 1] = "again"
    end
    assert.equal(14, #titles)
  end)

  it("refuse wrong keys with a hint", function()
    local other = sandbox:client {auth_token = "nonsense"}
    local list, err = other.links:list()
    assert.is_nil(list)
    assert.equal("auth", err.kind)
    assert.equal(401, err.status)
    assert.truthy(err.hint:find("sandbox keys", 1, true))
    assert.is_nil(tostring(err):find("nonsense", 1, true))
  end)
end)
