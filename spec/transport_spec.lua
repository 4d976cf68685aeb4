-- The fake behind a client without a socket: headers, uploads, faults.
-- (lua/shopwire/fake/transport.lua)

local fake = require "shopwire.fake"
local instamojo = require "instamojo"
local process = require "spec.support.process"
local shopwire = require "shopwire"
local transport = require "shopwire.fake.transport"

local PRODUCT = {title = "Tea", description = "d", base_price = 1}

describe("the fake's transport", function()
  local it_is, client

  before_each(function()
    it_is = fake.new {seed = 3, origin = "https://www.instamojo.com"}
    client = instamojo.Client {fake = it_is, retries = 0}
  end)

  local function fault(text)
    return {headers = {["X-Sandbox-Fault"] = text}}
  end

  it("splits the address and folds the header names", function()
    local seen
    local send = transport {handle = function(_, request)
      seen = request
      return {status = 200, headers = {A = "b"}, body = "x"}
    end}
    local reply = send {verb = "GET", url = "https://a.example:8/b/c/?d=e&f",
      headers = {["X-Api-Key"] = "k"}, body = nil}
    assert.equal("GET", seen.method)
    assert.equal("/b/c/", seen.path)
    assert.equal("d=e&f", seen.query)
    assert.equal("k", seen.headers["x-api-key"])
    assert.same({status = 200, headers = {A = "b"}, body = "x"}, reply)
    send {verb = "GET", url = "https://a.example/b/", headers = {}}
    assert.equal("", seen.query)
  end)

  it("gives the client the fake's own keys", function()
    assert.truthy(client:debug().message)
    assert.equal("key token", it_is.log[1].credentials)
    local other = instamojo.Client {fake = it_is, auth_token = "other"}
    local result, err = other.links:list()
    assert.is_nil(result)
    assert.equal("auth", err.kind)
    assert(client:auth("acme", "pw"))
    assert.truthy(client.script_values:get(it_is.keys.app_id))
  end)

  it("keeps what was made, for every client of the fake", function()
    assert(client.links:create(PRODUCT))
    local other = instamojo.Client {fake = it_is}
    assert.equal("tea", other.links:list()[1].slug)
    assert.is_true(other.links:delete "tea")
    assert.same({}, client.links:list())
  end)

  it("resets before the change and after it", function()
    local link, err = client.links:create(PRODUCT, fault "reset=before")
    assert.is_nil(link)
    assert.equal("network", err.kind)
    assert.is_true(err.ambiguous)
    assert.same({}, err.evidence.candidates)
    link, err = client.links:create(PRODUCT, fault "reset=after")
    assert.is_nil(link)
    assert.equal("tea", err.evidence.candidates[1].slug)
    assert.equal(2, it_is.counts["links.create"])
  end)

  it("cuts, and answers with other statuses", function()
    local result, err = client.links:list({}, fault "truncate=5")
    assert.is_nil(result)
    assert.equal("network", err.kind)
    result, err = client.links:list({}, fault "html")
    assert.is_nil(result)
    assert.equal("protocol", err.kind)
    result, err = client.links:list({}, fault "status=429; retry-after=600")
    assert.is_nil(result)
    assert.equal("rate_limit", err.kind)
    assert.equal("600", tostring(err.retry_after))
  end)

  it("does not wait for a delay", function()
    assert.truthy(client.links:list({}, fault "delay=500"))
  end)

  it("takes uploads, and gives back the file", function()
    local dir = process.directory()
    local path = process.write(dir .. "/book.txt", "the book")
    local link = assert(client.links:create {title = "Tea",
      description = "d", base_price = 1, file_upload = shopwire.file(path)})
    local file = it_is.service.shop.file_list[1]
    assert.equal("book.txt", file.filename)
    assert.equal("8", tostring(file.size))
    local send = transport(it_is)
    local reply = send {verb = "GET", headers = {},
      url = it_is.service.shop:file_url(file)}
    assert.equal(200, reply.status)
    assert.equal("the book", reply.body)
    assert.equal("tea", link.slug)
    process.remove(dir)
  end)
end)
