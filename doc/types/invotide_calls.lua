-- The calls of invotide.Session.
-- Written by doc/generate.lua; do not edit.
---@meta

---@class invotide.Session
local Session = {}

---Begin a session with the shop's user name and key. Source: seen on a real
---shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Session:login(options) end

---@class invotide.Currency the session's currency
local Currency = {}

---Set the session's currency. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param currency string code, such as USD
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Currency:set(currency, options) end

---@class invotide.CustomerSet
---@field firstname string first name; 1 to 32 characters
---@field lastname string last name; 1 to 32 characters
---@field email string e-mail address; no IDN; 1 to 96 characters
---@field telephone string telephone number; 3 to 32 characters
---an account of the shop; logs it in and empties the cart
---@field customer_id? integer|string
---@field customer_group_id? integer|string if the shop shows groups
---@field custom_field? table<integer|string, any> map from number to value

---@class invotide.Customer who buys
local Customer = {}

---Set who buys: a guest, or an account by its customer_id. Source: seen on a
---real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.CustomerSet
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Customer:set(fields, options) end

---@class invotide.CartAdd
---@field product_id integer|string the product's number
---@field quantity? integer pieces, 1 unless told; 1 to 2147483647
---map from product_option_id to value or list of values
---@field option? table<integer|string, any>

---@class invotide.CartReplaceEntry
---@field product_id integer|string the product's number
---@field quantity? integer pieces, 1 unless told; 1 to 2147483647
---map from product_option_id to value or list of values
---@field option? table<integer|string, any>

---@class invotide.CartEdit
---@field key integer|string the line's cart_id
---pieces; 0 removes the line, as a missing one would; at most 2147483647
---@field quantity integer

---@class invotide.CartCalls what is bought
local CartCalls = {}

---Add pieces of a product; to an equal line if there is one. Source: seen on a
---real shop.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.CartAdd
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function CartCalls:add(fields, options) end

---Empty the cart and fill it; options are not checked. Source: seen on a real
---shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param lines invotide.CartReplaceEntry[] list of lines
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function CartCalls:replace(lines, options) end

---Set the pieces of a line. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.CartEdit
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function CartCalls:edit(fields, options) end

---Remove a line or a bought voucher. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param key string a line's cart_id or a bought voucher's code
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function CartCalls:remove(key, options) end

---Read lines, bought vouchers and totals. Source: seen on a real shop.
---Retry: a read: sent again when no byte of it had left; where its answer was
---lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return invotide.Cart|nil result, shopwire.Error|nil err
function CartCalls:products(options) end

---@class invotide.Coupon coupons
local Coupon = {}

---Apply a coupon. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param code string its code
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Coupon:apply(code, options) end

---@class invotide.VoucherAdd
---@field from_name string who gives it; 1 to 64 characters
---@field from_email string e-mail address; 1 to 96 characters
---@field to_name string who gets it; 1 to 64 characters
---@field to_email string e-mail address; 1 to 96 characters
---in the session's currency, within the shop's bounds
---@field amount string|number
---@field voucher_theme_id? integer|string the picture on it
---@field message? string printed on it

---@class invotide.VoucherReplaceEntry
---@field code string the code that it will have; not empty
---@field from_name string who gives it; 1 to 64 characters
---@field from_email string e-mail address; 1 to 96 characters
---@field to_name string who gets it; 1 to 64 characters
---@field to_email string e-mail address; 1 to 96 characters
---@field voucher_theme_id integer|string the picture on it
---@field message string printed on it; may be empty
---@field amount string|number in the session's currency

---@class invotide.Voucher gift vouchers, paid with or bought
local Voucher = {}

---Pay with a gift voucher. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param code string its code
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Voucher:apply(code, options) end

---Buy a gift voucher; the shop makes its code. Source: seen on a real shop.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.VoucherAdd
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Voucher:add(fields, options) end

---Buy these gift vouchers instead of all before. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---list of vouchers; the shop skips an entry that lacks a field
---@param vouchers invotide.VoucherReplaceEntry[]
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Voucher:replace(vouchers, options) end

---@class invotide.Reward reward points
local Reward = {}

---Pay with reward points. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param points integer points to spend
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Reward:apply(points, options) end

---Read how many points this cart takes. Source: seen on a real shop.
---Retry: a read: sent again when no byte of it had left; where its answer was
---lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return { maximum: integer }|nil result, shopwire.Error|nil err
function Reward:maximum(options) end

---Read how many points the account has. Source: seen on a real shop.
---Retry: a read: sent again when no byte of it had left; where its answer was
---lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return { points: integer? }|nil result, shopwire.Error|nil err
function Reward:available(options) end

---@class invotide.ShippingAddress
---@field firstname string first name; 1 to 32 characters
---@field lastname string last name; 1 to 32 characters
---@field company? string longer ones are cut silently; at most 60 characters
---@field address_1 string street and number; 3 to 128 characters
---longer ones are cut silently (read); at most 128 characters
---@field address_2? string
---@field city string city; 2 to 128 characters
---2 to 10 characters if the country needs one; at most 10 characters
---@field postcode? string
---@field country_id integer|string number of the country in the shop
---@field zone_id integer|string number of the region in the shop; 0 is none
---@field custom_field? table<integer|string, any> map from number to value

---@class invotide.Shipping where it goes and how
local Shipping = {}

---Set where the goods go. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.ShippingAddress
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Shipping:address(fields, options) end

---List what ships there; one can be chosen then. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return invotide.ShippingMethods|nil result, shopwire.Error|nil err
function Shipping:methods(options) end

---Choose a listed shipping method. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param code string a quote's code, such as flat.flat
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Shipping:method(code, options) end

---@class invotide.PaymentAddress
---@field firstname string first name; 1 to 32 characters
---@field lastname string last name; 1 to 32 characters
---@field company? string longer ones are cut silently; at most 60 characters
---@field address_1 string street and number; 3 to 128 characters
---longer ones are cut silently (read); at most 128 characters
---@field address_2? string
---@field city string city; 2 to 32 characters
---2 to 10 characters if the country needs one; at most 10 characters
---@field postcode? string
---@field country_id integer|string number of the country in the shop
---@field zone_id integer|string number of the region in the shop; 0 is none
---@field custom_field? table<integer|string, any> map from number to value

---@class invotide.Payment who pays and how
local Payment = {}

---Set who is billed. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields invotide.PaymentAddress
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Payment:address(fields, options) end

---List ways to pay; one can be chosen then. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden conflict session_lost rate_limit
---server protocol cancelled unsupported.
---@param options? invotide.CallOptions
---@return invotide.PaymentMethods|nil result, shopwire.Error|nil err
function Payment:methods(options) end

---Choose a listed way to pay. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param code string a method's code, such as cod
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function Payment:method(code, options) end

---@class invotide.OrderAdd
---@field payment_method? string a listed method's code; not empty
---@field shipping_method? string a listed quote's code; not empty
---@field comment? string kept with the order
---@field order_status_id? integer|string the shop's own unless told
---@field affiliate_id? integer|string an affiliate's customer_id

---@class invotide.OrderEdit
---@field payment_method? string a listed method's code; not empty
---@field shipping_method? string a listed quote's code; not empty
---@field comment? string kept with the order
---@field order_status_id? integer|string the shop's own unless told
---@field affiliate_id? integer|string an affiliate's customer_id

---@class invotide.OrderHistory
---the new status; a missing one would hide the order
---@field order_status_id integer|string
---@field notify? boolean mail the customer
---@field override? boolean skip the fraud check
---@field comment? string kept with the status

---@class invotide.OrderCalls orders
local OrderCalls = {}

---Place the order; empties the cart. Source: seen on a real shop.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param fields? invotide.OrderAdd
---@param options? invotide.OrderOptions
---@return invotide.Placed|nil result, shopwire.Error|nil err
function OrderCalls:add(fields, options) end

---Make an order what the session holds. Source: seen on a real shop.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden not_found invalid conflict
---session_lost rate_limit server protocol cancelled unsupported.
---@param order_id integer
---@param fields invotide.OrderEdit
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function OrderCalls:edit(order_id, fields, options) end

---Delete an order. Source: seen on a real shop.
---Retry: the same twice as once: sent again when no byte of it had left; where
---its answer was lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden not_found conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param order_id integer
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function OrderCalls:delete(order_id, options) end

---Read an order's header: no lines, totals or history. Source: seen on a real
---shop.
---Retry: a read: sent again when no byte of it had left; where its answer was
---lost, make it again: that begins a new session.
---Errors: network timeout tls auth forbidden not_found conflict session_lost
---rate_limit server protocol cancelled unsupported.
---@param order_id integer
---@param options? invotide.CallOptions
---@return invotide.Order|nil result, shopwire.Error|nil err
function OrderCalls:info(order_id, options) end

---Give an order a status, with a mail if wanted. Source: seen on a real shop.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden not_found invalid conflict
---session_lost rate_limit server protocol cancelled unsupported.
---@param order_id integer
---@param fields invotide.OrderHistory
---@param options? invotide.CallOptions
---@return invotide.Success|nil result, shopwire.Error|nil err
function OrderCalls:history(order_id, fields, options) end
