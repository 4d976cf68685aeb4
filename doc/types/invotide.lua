-- What `require "invotide"` gives, for editors that read LuaCATS; its calls
-- are in invotide_calls.lua. Types only: no code here runs.
---@meta invotide
---@diagnostic disable: unused-local, missing-return

---@class invotide.CallOptions
---@field deadline? number seconds, from name look-up to the last retry
---@field retries? integer 0 to 10
---@field headers? table<string, string> not the credentials' own
---@field extra? table<string, any> fields that the call's row lacks
---@field raw? boolean the reply's body as text

---@class invotide.OrderOptions: invotide.CallOptions
---@field reference? string ends the comment; by it an order is found whose
--- answer was lost

---@class invotide.RequestOptions: invotide.CallOptions
---@field query? table<string, string|integer>

---@class invotide.SessionOptions
---@field url? string the shop's address
---@field username? string of the API user; Default
---@field key? string|userdata of the API user
---@field store_id? integer|string
---@field rebuild? boolean a lost session is built again; true
---@field strict? boolean names of countries and zones are refused
---@field cookies? boolean a jar of the session's own; true
---@field deadline? number seconds of one call; 30, an order 60
---@field retries? integer 0 to 10; 2
---@field proxy? string
---@field ca_file? string
---@field app_info? string goes into the user agent
---@field log? fun(event: table)
---@field transport? fun(request: table): table?, string?, boolean?
---@field blocking? boolean wait even where other coroutines would stand
---@field raise? boolean errors are raised instead of returned
---@field fake? true|table a shop in this process, no network
---@field tls? { insecure: boolean }

---@alias invotide.ShippingMethods table<string, invotide.ShippingMethod>
---@alias invotide.PaymentMethods table<string, invotide.PaymentMethod>

---@class invotide.CheckoutOptions
---@field currency? string code in capitals
---@field customer? invotide.CustomerSet
---@field cart? invotide.CartReplaceEntry[] the session's own unless given
---@field address? invotide.PaymentAddress of both shipping and payment
---@field shipping_address? invotide.ShippingAddress
---@field payment_address? invotide.PaymentAddress
---@field coupon? string
---@field voucher? string a gift voucher to pay with
---@field reward? integer points to pay with
---@field shipping? string|fun(methods: invotide.ShippingMethods): string?
---@field payment? string|fun(methods: invotide.PaymentMethods): string?
---@field comment? string kept with the order
---@field reference? string your own name of the order, to find it by
---@field order_status_id? integer
---@field affiliate_id? integer
---@field confirm? fun(plan: invotide.Plan): boolean? false stops

---@class invotide.Step
---@field name string what err.stage says
---@field what string in words
---@field done boolean
---@field skipped boolean nothing asks for it

---@class invotide.Plan
---@field order_id? integer of the order, once it is placed
---@field basket? invotide.Cart as last read
---@field warnings string[] what answers warned of
local Plan = {}

---What the plan would do, in order.
---@return invotide.Step[]
function Plan:steps() end

---Changes options; `false` takes one back. What depends on them is done again
---by the next run. Raises once an order was sent.
---@param changes invotide.CheckoutOptions
---@return invotide.Plan
function Plan:set(changes) end

---Does what is not done yet; err.stage is the step that failed. After a
---success the same order; never a second one.
---@return invotide.Placed|nil order, shopwire.Error|nil err
function Plan:run() end

---@class invotide.Session
---@field currency invotide.Currency
---@field customer invotide.Customer
---@field cart invotide.CartCalls
---@field coupon invotide.Coupon
---@field voucher invotide.Voucher
---@field reward invotide.Reward
---@field shipping invotide.Shipping
---@field payment invotide.Payment
---@field order invotide.OrderCalls
---@field fake? table the shop of fake = true
local Session = {}

---A purchase as a plan; sends nothing yet.
---@param options invotide.CheckoutOptions
---@return invotide.Plan
function Session:checkout(options) end

---Any other call, once only.
---@param route string such as "api/any/route"
---@param fields? table nested tables become PHP brackets
---@param options? invotide.RequestOptions
---@return any result, shopwire.Error|nil err
function Session:request(route, fields, options) end

---A view of this session with other options for its calls.
---@param options invotide.CallOptions
---@return invotide.Session
function Session:with(options) end

---The call as a curl line without secrets, its retry class and its row;
---nothing is sent.
---@param name string "cart.add", "login"
---@param ... any the call's own arguments
---@return string line, string class, table row
function Session:explain(name, ...) end

---Forgets token, key and what was set.
function Session:close() end

---@class invotide
local invotide = {}

---A session; it logs in at its first call.
---@param options invotide.SessionOptions
---@return invotide.Session
function invotide.Session(options) end

return invotide
