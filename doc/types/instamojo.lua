-- What `require "instamojo"` gives, for editors that read LuaCATS; its calls
-- are in calls.lua. Types only: no code here runs.
---@meta instamojo
---@diagnostic disable: unused-local, missing-return

---@class instamojo.CallOptions
---@field deadline? number seconds, from name look-up to the last retry
---@field retries? integer 0 to 10
---@field headers? table<string, string> not the credentials' own
---@field extra? table<string, any> fields that the call's row lacks
---@field raw? boolean the reply's body as text

---@class instamojo.RequestOptions: instamojo.CallOptions
---@field json? boolean fields go out as JSON
---@field v2? boolean to the v2 endpoint

---@class instamojo.ClientOptions
---@field api_key? string|userdata
---@field auth_token? string|userdata
---@field access_token? string|userdata for script values (v2)
---@field refresh_token? string|userdata v2; kept, but nothing is refreshed yet
---@field client_id? string|userdata v2; kept, but no token is fetched yet
---@field client_secret? string|userdata v2; as client_id
---@field store? table v2; taken, but nothing is kept in it yet
---@field token_url? string v2; taken, but not asked yet
---@field authorize_url? string v2; taken, but not asked yet
---@field endpoint? string production unless told
---@field test? boolean Instamojo's own sandbox
---@field v2_endpoint? string beside endpoint unless told
---@field deadline? number seconds of one call with its retries; 30
---@field retries? integer 0 to 10; 2
---@field proxy? string
---@field ca_file? string
---@field app_info? string goes into the user agent
---@field log? fun(event: table)
---@field transport? fun(request: table): table?, string?, boolean?
---@field blocking? boolean wait even where other coroutines would stand
---@field raise? boolean errors are raised instead of returned
---@field fake? true|table an account in this process, no network
---@field tls? { insecure: boolean } refused for Instamojo's own hosts

---{ variable_id, value } adds, { id, value } changes,
---{ id, is_active = false } removes.
---@class instamojo.ScriptItem
---@field id? string|integer
---@field variable_id? string|integer
---@field value? string
---@field is_active? false

---@class instamojo.Client
---@field links instamojo.Links
---@field payments instamojo.Payments
---@field payment_requests instamojo.PaymentRequests
---@field refunds instamojo.Refunds
---@field script_values instamojo.ScriptValues
---@field fake? table the account of fake = true: keys, handle
local Client = {}

---@class instamojo.ScriptValues
local ScriptValues = {}

---One item of update: a variable gets a value.
---@param app_id string
---@param variable_id string|integer
---@param value string
---@param options? instamojo.CallOptions
---@return instamojo.Script|nil result, shopwire.Error|nil err
function ScriptValues:add(app_id, variable_id, value, options) end

---One item of update: a value changes.
---@param app_id string
---@param id string|integer
---@param value string
---@param options? instamojo.CallOptions
---@return instamojo.Script|nil result, shopwire.Error|nil err
function ScriptValues:set(app_id, id, value, options) end

---One item of update: a value goes.
---@param app_id string
---@param id string|integer
---@param options? instamojo.CallOptions
---@return instamojo.Script|nil result, shopwire.Error|nil err
function ScriptValues:remove(app_id, id, options) end

---Any other call. Sent once, unless the verb is GET.
---@param verb string
---@param path string relative to the endpoint
---@param fields? table
---@param options? instamojo.RequestOptions
---@return any result, shopwire.Error|nil err
function Client:request(verb, path, fields, options) end

---A view of this client with other options for its calls.
---@param options instamojo.CallOptions
---@return instamojo.Client
function Client:with(options) end

---What a call would send, without its secrets; nothing is sent. Groups have
---it too: client.links:explain("create", …).
---@param name string such as "link_create"
---@param ... any the call's arguments
---@return string curl, string class, table row
function Client:explain(name, ...) end

---Forgets the keys. Calls of the client and its views are refused then.
function Client:close() end

---@class instamojo
local instamojo = {}

---A table of options, or api_key, auth_token and endpoint and nothing else.
---@param options instamojo.ClientOptions
---@return instamojo.Client
---@overload fun(key: string, token: string, url?: string): instamojo.Client
function instamojo.Client(options) end

---@class instamojo.webhook
instamojo.webhook = {}

---@class instamojo.VerifyOptions
---text or shopwire.secret(text); both during a rotation, { new, old }
---@field salt string|userdata|(string|userdata)[]

---Checks the signature of a webhook, in constant time.
---@param raw_body string the request's body as it came
---@param options instamojo.VerifyOptions
---@return table<string, string>|nil fields, shopwire.Error|nil err
---@return integer|nil number of the salt that fits
function instamojo.webhook.verify(raw_body, options) end

return instamojo
