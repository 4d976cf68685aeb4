--- instamojo.Client: Instamojo's v1.1 API, and of v2 the script values.

local call = require "shopwire.call"
local core = require "shopwire.core"
local face = require "shopwire.face"
local options = require "shopwire.options"

local HOSTS = {
  production = { v1 = "https://www.instamojo.com/api/1.1/",
    v2 = "https://api.instamojo.com/v2/" },
  test = { v1 = "https://test.instamojo.com/api/1.1/",
    v2 = "https://test.instamojo.com/v2/" },
}

local KNOWN = {
  api_key = "secret", auth_token = "secret", access_token = "secret",
  refresh_token = "secret", client_id = "secret", client_secret = "secret",
  endpoint = "text", v2_endpoint = "text", token_url = "text",
  authorize_url = "text", test = "boolean", store = "table",
  deadline = "seconds", retries = "count", proxy = "text", ca_file = "text",
  app_info = "text", log = "callable", transport = "callable",
  blocking = "boolean", raise = "boolean", fake = "fake", tls = "table",
}

local made = face.of("instamojo")

---@class instamojo.Client
---@field links table products
---@field payments table
---@field payment_requests table
---@field refunds table
---@field script_values table values of a store's script app (v2)
local Client = made.root
Client.__index = Client

local function origin_of(address)
  return address:match("^(https?://[^/]+/)")
end

-- Where the calls go, from endpoint, test and v2_endpoint.
local function endpoints(given, problems)
  local known = given.test and HOSTS.test or HOSTS.production
  local v1 = given.endpoint
  local result = { v1 = known.v1, v2 = known.v2 }
  if v1 and given.test then
    problems[#problems + 1] = "give endpoint or test = true, not both"
  elseif type(v1) == "string" then
    local normal, wrong = core.endpoint(v1)
    if not normal then
      problems[#problems + 1] = "endpoint " .. wrong
    else
      result.v1 = normal
      if normal:find(origin_of(HOSTS.test.v1), 1, true) == 1 then
        result.v2 = HOSTS.test.v2
      elseif normal:find(origin_of(HOSTS.production.v1), 1, true) ~= 1 then
        result.v2 = origin_of(normal) .. "v2/"
      end
    end
  end
  if type(given.v2_endpoint) == "string" then
    local normal, wrong = core.endpoint(given.v2_endpoint)
    result.v2 = normal
    if not normal then
      problems[#problems + 1] = "v2_endpoint " .. wrong
    end
  end
  return result
end

local function is_production(address)
  return address == HOSTS.production.v1 or address == HOSTS.production.v2
    or (address or ""):find("://[%w.-]*%.?instamojo%.com[:/]") ~= nil
end

local function is_insecure(given, where, problems)
  local bare = options.is_insecure(given, problems)
  if bare and (is_production(where.v1) or is_production(where.v2)) then
    problems[#problems + 1] = "tls.insecure is refused for Instamojo's own "
      .. "hosts: it would show your keys to anybody on the way"
  end
  return bare
end

local function open(given, level)
  local problems = {}
  local where = endpoints(given, problems)
  local bare = is_insecure(given, where, problems)
  options.check(given, KNOWN, "instamojo.Client", level + 1, problems)
  local transport, fake = options.transport(given,
    origin_of(where.v1):sub(1, -2))
  local keys = fake and fake.keys or given
  local view = core.view("instamojo", {
    endpoint = where.v1, v2_endpoint = where.v2,
    api_key = given.api_key or keys.api_key,
    auth_token = given.auth_token or keys.auth_token,
    access_token = given.access_token or keys.access_token,
    refresh_token = given.refresh_token, client_id = given.client_id,
    client_secret = given.client_secret,
    deadline = given.deadline, retries = given.retries,
    proxy = given.proxy, ca_file = given.ca_file, insecure = bare,
    user_agent = options.user_agent(given),
  })
  return face.dress(setmetatable({
    view = view, deadline = given.deadline or 30,
    transport = transport or false, fake = fake, log = given.log or false,
    raise = given.raise or false, blocking = given.blocking or false,
    -- of call.send and of client:with; false is found faster than nothing
    landed = false, defaults = false,
  }, Client), made)
end

--- Any other call: a path relative to the endpoint, fields as a table. It is
--- sent once, unless the verb is GET. Options json = true and v2 = true send
--- JSON, and to the v2 endpoint.
---@param verb string
---@param path string
---@param fields table|nil
---@param call_options table|nil
function Client:request(verb, path, fields, call_options)
  face.check(self, "request")
  local request = core.free_request(self.view, 2, verb, path, false, fields,
    face.options(self, call_options))
  return call.run(self, request)
end

--- A view of this client with other options for its calls: deadline,
--- retries, headers, extra, raw.
---@param call_options table
---@return instamojo.Client
function Client:with(call_options)
  face.check(self, "with")
  core.check_options(self.view, 2, call_options)
  return face.with(self, made, call_options)
end

--- Forgets the keys. Calls of this client and its views are refused then.
function Client:close()
  face.check(self, "close")
  self.view:close()
end

Client.__close = Client.close

function Client:__tostring()
  return "instamojo.Client: " .. tostring(self.view)
end

local items = require "instamojo.items"
items.extend(made.groups.script_values, made.beneath "script_values")

local client = {}

--- Makes a client: Client{ api_key = …, auth_token = … } or
--- Client(api_key, auth_token, endpoint), without other options.
---@return instamojo.Client
function client.new(given, auth_token, endpoint, ...)
  if type(given) ~= "table" then
    if select("#", ...) > 0 then
      error("instamojo.Client takes api_key, auth_token and endpoint, or one "
        .. "table with all options: instamojo.Client{ api_key = …, "
        .. "auth_token = …, endpoint = …, deadline = … }", 2)
    end
    given = { api_key = given, auth_token = auth_token, endpoint = endpoint }
  elseif auth_token ~= nil or endpoint ~= nil or select("#", ...) > 0 then
    error("instamojo.Client takes one table, or api_key, auth_token and "
      .. "endpoint", 2)
  end
  local made_client = open(given, 2)
  return made_client
end

return client
