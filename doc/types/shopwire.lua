-- What `require "shopwire"` gives, errors and pages, for editors that read
-- LuaCATS. Types only: no code here runs.
---@meta shopwire
---@diagnostic disable: unused-local, missing-return

---@alias shopwire.ErrorKind
---| "network" | "timeout" | "tls" | "auth" | "forbidden" | "not_found"
---| "invalid" | "conflict" | "rate_limit" | "server" | "protocol"
---| "signature" | "session_lost" | "cancelled" | "unsupported"

---What `nil, err` carries. tostring(err) is one line.
---@class shopwire.Error
---@field kind shopwire.ErrorKind
---@field message string what was wrong, in one sentence
---@field hint? string what to do about it
---@field status? integer HTTP status, when a reply arrived
---@field code? string the service's own code
---@field fields? table<string, string[]> the service's complaints by field
---@field endpoint? string the call, such as "links.create"
---@field stage? string build dns connect tls send wait receive decode
---@field attempts? integer how often the request was sent
---@field elapsed? number seconds from the first attempt
---@field retryable? boolean true: the same call may be made again
---@field retry_after? number seconds that the service asks to wait
---@field ambiguous? boolean true: it may have been carried out
---@field evidence? shopwire.Evidence what could be read about it
---@field upload? string the file field whose file did not arrive
---@field reason? string why it was or was not sent again
---@field request_id? string the service's name for the exchange
---@field body? string an excerpt of the reply, safe to print
---@field noise? string text that stood before the JSON
local Error = {}

---True when the error is of that kind.
---@param kind shopwire.ErrorKind
---@return boolean
function Error:is(kind) end

---What was read after a call of which nobody knows whether it happened.
---@class shopwire.Evidence
---@field candidates? table[] rows that carry all that was sent
---@field now? table what stands there now
---@field unread? string why nothing could be read

---A list as it came, with the way to the next one. nil is the end; nil and
---an error a failure.
---@class shopwire.Page
---@field close fun(self)

---@class shopwire.File
---@field path string
---@field progress? fun(sent: integer, total: integer): boolean?

---@class shopwire.Meta
---@field status integer
---@field headers table<string, string>
---@field attempts integer
---@field timings table<string, number> seconds
---@field warnings string[]

---@class shopwire.Job
local Job = {}

---Waits for its end: what the function returned, or nil and its error.
---@return any result, any err, any ...
function Job:wait() end

---The function goes on no more; a call in flight ends by itself.
function Job:cancel() end

---@class shopwire
---@field null userdata cjson.null
local shopwire = {}

---@class shopwire.MapOptions
---@field limit? number how many at once; 8 unless told, 1 at least
---@field blocking? boolean wait even where other coroutines would stand

---f(item, i) for each item, some at once. The first failure starts no
---further item; what has begun runs to its end.
---@param list any[]
---@param f fun(item: any, i: integer): any, any
---@param options? shopwire.MapOptions
---@return any[]|nil results, any err, table[]|nil outcomes
function shopwire.map(list, f, options) end

---All functions at once.
---@param functions function[]
---@return any[]|nil results, any err, table[]|nil outcomes
function shopwire.all(functions) end

---@param f function
---@return shopwire.Job
function shopwire.spawn(f) end

---Does what can be done now for what is under way, for at most about so many
---seconds; waits for nothing.
---@param seconds? number 0 unless told
---@return integer pending what is still under way
function shopwire.tick(seconds) end

---Makes a host's own driver the one that waits.
---@param driver? table { name, usable, park, sleep }
function shopwire.use(driver) end

---Shipping or payment methods as a list, by the shop's own order: of a
---shipping map one entry a quote, of a payment map one a method.
---@param map invotide.ShippingMethods|invotide.PaymentMethods
---@return table[] list each with code and title; a quote with cost and text
function shopwire.quotes(map) end

---@param path string
---@param options? { progress?: fun(sent: integer, total: integer): boolean? }
---@return shopwire.File
function shopwire.file(path, options) end

---Decimal text and hundredths. Raises when it is no amount.
---@param value string|number
---@return string text, integer hundredths
function shopwire.money(value) end

---What is known about a result beside its data.
---@param result table
---@return shopwire.Meta|nil
function shopwire.meta(result) end

---Hides text: no string form, wiped when it is collected.
---@param text string
---@return userdata
function shopwire.secret(text) end

---The value, or the error raised as it is.
---@generic T
---@param value T|nil
---@param err any
---@return T
function shopwire.assert(value, err, ...) end

return shopwire
