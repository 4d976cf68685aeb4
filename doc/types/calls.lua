-- The calls of instamojo.Client.
-- Written by doc/generate.lua; do not edit.
---@meta

---@class instamojo.Client
local Client = {}

---Check the keys. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden rate_limit server protocol
---cancelled unsupported.
---@param options? instamojo.CallOptions
---@return table|nil result, shopwire.Error|nil err
function Client:debug(options) end

---Trade user name and password for the client's auth token. Source: read from
---Instamojo's own clients.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param username string account name
---@param password string its password
---@param options? instamojo.CallOptions
---@return userdata|nil result, shopwire.Error|nil err
function Client:auth(username, password, options) end

---@class instamojo.LinksList
---@field page? integer page number, from 1; at least 1
---@field limit? integer rows a page, 50 unless told; 1 to 500

---@class instamojo.LinksCreate
---@field title string name of the product; 1 to 200 characters
---@field description string Markdown subset; not empty
---@field base_price string|number price; 0 is free
---@field currency? "INR"|"USD" INR, the default, or USD
---@field quantity? integer stock; 0 is unlimited
---@field file_upload? string|shopwire.File path of the file to sell
---@field cover_image? string|shopwire.File path of the cover image
---@field note? string shown and mailed after payment
---@field start_date? string event: YYYY-MM-DD HH:mm
---@field end_date? string event: YYYY-MM-DD HH:mm
---@field venue? string event: where
---@field timezone? string event: such as Asia/Kolkata
---@field redirect_url? string where the buyer lands
---@field webhook_url? string told of each payment
---@field enable_pwyw? boolean pay what you want
---@field enable_sign? boolean only signed links may pay
---@field socialpay_platforms? string comma list of twitter, facebook, linkedin

---@class instamojo.LinksEdit
---@field title? string name of the product; 1 to 200 characters
---@field description? string Markdown subset; not empty
---@field base_price? string|number price; 0 is free
---@field currency? "INR"|"USD" INR, the default, or USD
---@field quantity? integer stock; 0 is unlimited
---@field file_upload? string|shopwire.File path of the file to sell
---@field cover_image? string|shopwire.File path of the cover image
---@field note? string shown and mailed after payment
---@field start_date? string event: YYYY-MM-DD HH:mm
---@field end_date? string event: YYYY-MM-DD HH:mm
---@field venue? string event: where
---@field timezone? string event: such as Asia/Kolkata
---@field redirect_url? string where the buyer lands
---@field webhook_url? string told of each payment
---@field enable_pwyw? boolean pay what you want
---@field enable_sign? boolean only signed links may pay
---@field socialpay_platforms? string comma list of twitter, facebook, linkedin

---@class instamojo.Links products
local Links = {}

---@class instamojo.ProductPage: shopwire.Page
---@field [integer] instamojo.Product
---@field next fun(self): instamojo.ProductPage|nil, shopwire.Error|nil

---List products. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields? instamojo.LinksList
---@param options? instamojo.CallOptions
---@return instamojo.ProductPage|nil result, shopwire.Error|nil err
function Links:list(fields, options) end

---All rows of all pages. Raises errors.
---@param fields? instamojo.LinksList
---@param options? instamojo.CallOptions
---@return fun(): instamojo.Product|nil
function Links:each(fields, options) end

---Read one product. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param slug string
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Links:get(slug, options) end

---Create a product, with its file and cover image. Source: read from
---Instamojo's own clients.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields instamojo.LinksCreate
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Links:create(fields, options) end

---Change the given fields of a product. Source: read from Instamojo's own
---clients.
---Retry: the same twice as once: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found invalid rate_limit
---server protocol cancelled unsupported.
---@param slug string
---@param fields instamojo.LinksEdit
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Links:edit(slug, fields, options) end

---Archive a product: its public address answers 404. Source: read from
---Instamojo's own clients.
---Retry: the same twice as once: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param slug string
---@param options? instamojo.CallOptions
---@return true|nil result, shopwire.Error|nil err
function Links:delete(slug, options) end

---Ask for a one-time address to upload a file to. Source: read from
---Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden rate_limit server protocol
---cancelled unsupported.
---@param options? instamojo.CallOptions
---@return string|nil result, shopwire.Error|nil err
function Links:upload_url(options) end

---@class instamojo.PaymentsList
---@field page? integer page number, from 1; at least 1
---@field limit? integer rows a page, 50 unless told; 1 to 500

---@class instamojo.Payments payments
local Payments = {}

---@class instamojo.PaymentPage: shopwire.Page
---@field [integer] instamojo.Payment
---@field next fun(self): instamojo.PaymentPage|nil, shopwire.Error|nil

---List payments. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields? instamojo.PaymentsList
---@param options? instamojo.CallOptions
---@return instamojo.PaymentPage|nil result, shopwire.Error|nil err
function Payments:list(fields, options) end

---All rows of all pages. Raises errors.
---@param fields? instamojo.PaymentsList
---@param options? instamojo.CallOptions
---@return fun(): instamojo.Payment|nil
function Payments:each(fields, options) end

---Read one payment. Source: documented by Instamojo.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param payment_id string
---@param options? instamojo.CallOptions
---@return instamojo.Payment|nil result, shopwire.Error|nil err
function Payments:get(payment_id, options) end

---@class instamojo.PaymentRequestsCreate
---@field purpose string what is paid for; 1 to 30 characters
---@field amount string|number 9 to 200000; 9 to 200000 units of the currency
---@field buyer_name? string name of the payer; at most 100 characters
---@field email? string e-mail address of the payer; at most 75 characters
---@field phone? string phone number of the payer; at most 20 characters
---@field send_email? boolean mail the request; needs email
---@field send_sms? boolean text the request; needs phone
---@field redirect_url? string where the payer lands
---@field webhook? string told of each payment; public
---@field allow_repeated_payments? boolean true unless told

---@class instamojo.PaymentRequestsList
---@field page? integer page number, from 1; at least 1
---@field limit? integer rows a page, 50 unless told; 1 to 500
---@field min_created_at? string created then or later
---@field max_created_at? string created then or earlier
---@field min_modified_at? string changed then or later
---@field max_modified_at? string changed then or earlier

---@class instamojo.PaymentRequests payment requests
local PaymentRequests = {}

---Ask somebody for a payment. Source: documented by Instamojo.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields instamojo.PaymentRequestsCreate
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function PaymentRequests:create(fields, options) end

---@class instamojo.PaymentRequestPage: shopwire.Page
---@field [integer] instamojo.PaymentRequest
---@field next fun(self): instamojo.PaymentRequestPage|nil, shopwire.Error|nil

---List payment requests. Source: documented by Instamojo.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields? instamojo.PaymentRequestsList
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequestPage|nil result, shopwire.Error|nil err
function PaymentRequests:list(fields, options) end

---All rows of all pages. Raises errors.
---@param fields? instamojo.PaymentRequestsList
---@param options? instamojo.CallOptions
---@return fun(): instamojo.PaymentRequest|nil
function PaymentRequests:each(fields, options) end

---Read a payment request with its payments. Source: read from Instamojo's own
---clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param id string
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function PaymentRequests:get(id, options) end

---Read a payment request with one of its payments. Source: documented by
---Instamojo.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param id string
---@param payment_id string
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function PaymentRequests:payment(id, payment_id, options) end

---Let a payment request be paid again. Source: read from Instamojo's own
---clients.
---Retry: the same twice as once: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param id string
---@param options? instamojo.CallOptions
---@return true|nil result, shopwire.Error|nil err
function PaymentRequests:enable(id, options) end

---Stop a payment request from being paid. Source: read from Instamojo's own
---clients.
---Retry: the same twice as once: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param id string
---@param options? instamojo.CallOptions
---@return true|nil result, shopwire.Error|nil err
function PaymentRequests:disable(id, options) end

---@class instamojo.RefundsCreate
---@field payment_id string the payment to refund; not empty
---@field type "RFD"|"TNR"|"QFL"|"QNR"|"EWN"|"TAN"|"PTH" the reason's code
---@field body string the reason in words; not empty
---@field refund_amount? string|number part of it; all unless told
---your own number for it; read from a client; 1 to 64 characters
---@field transaction_id? string

---@class instamojo.RefundsList
---@field page? integer page number, from 1; at least 1
---@field limit? integer rows a page, 50 unless told; 1 to 500

---@class instamojo.Refunds refunds
local Refunds = {}

---Refund a payment, in part or whole. Source: read from Instamojo's own
---clients.
---Retry: never sent twice: err.ambiguous when nobody knows.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields instamojo.RefundsCreate
---@param options? instamojo.CallOptions
---@return instamojo.Refund|nil result, shopwire.Error|nil err
function Refunds:create(fields, options) end

---@class instamojo.RefundPage: shopwire.Page
---@field [integer] instamojo.Refund
---@field next fun(self): instamojo.RefundPage|nil, shopwire.Error|nil

---List refunds. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden invalid rate_limit server
---protocol cancelled unsupported.
---@param fields? instamojo.RefundsList
---@param options? instamojo.CallOptions
---@return instamojo.RefundPage|nil result, shopwire.Error|nil err
function Refunds:list(fields, options) end

---All rows of all pages. Raises errors.
---@param fields? instamojo.RefundsList
---@param options? instamojo.CallOptions
---@return fun(): instamojo.Refund|nil
function Refunds:each(fields, options) end

---Read one refund. Source: read from Instamojo's own clients.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param id string
---@param options? instamojo.CallOptions
---@return instamojo.Refund|nil result, shopwire.Error|nil err
function Refunds:get(id, options) end

---@class instamojo.ScriptValues values of a store's script (v2, access_token)
local ScriptValues = {}

---Read an app's script and its values. Source: documented by Instamojo.
---Retry: a read: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found rate_limit server
---protocol cancelled unsupported.
---@param app_id string
---@param options? instamojo.CallOptions
---@return instamojo.Script|nil result, shopwire.Error|nil err
function ScriptValues:get(app_id, options) end

---Add, change and remove values in one call. Source: documented by Instamojo.
---Retry: the same twice as once: sent again when it failed on the way.
---Errors: network timeout tls auth forbidden not_found invalid rate_limit
---server protocol cancelled unsupported.
---@param app_id string
---{variable_id, value}, {id, value} or {id, is_active = false}
---@param values instamojo.ScriptItem[]
---@param options? instamojo.CallOptions
---@return instamojo.Script|nil result, shopwire.Error|nil err
function ScriptValues:update(app_id, values, options) end

---List products. Source: read from Instamojo's own clients.
---@param fields? instamojo.LinksList
---@param options? instamojo.CallOptions
---@return instamojo.ProductPage|nil result, shopwire.Error|nil err
function Client:links_list(fields, options) end

---Read one product. Source: read from Instamojo's own clients.
---@param slug string
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Client:link_detail(slug, options) end

---Create a product, with its file and cover image. Source: read from
---Instamojo's own clients.
---@param fields instamojo.LinksCreate
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Client:link_create(fields, options) end

---Change the given fields of a product. Source: read from Instamojo's own
---clients.
---@param slug string
---@param fields instamojo.LinksEdit
---@param options? instamojo.CallOptions
---@return instamojo.Product|nil result, shopwire.Error|nil err
function Client:link_edit(slug, fields, options) end

---Archive a product: its public address answers 404. Source: read from
---Instamojo's own clients.
---@param slug string
---@param options? instamojo.CallOptions
---@return true|nil result, shopwire.Error|nil err
function Client:link_delete(slug, options) end

---List payments. Source: read from Instamojo's own clients.
---@param fields? instamojo.PaymentsList
---@param options? instamojo.CallOptions
---@return instamojo.PaymentPage|nil result, shopwire.Error|nil err
function Client:payments_list(fields, options) end

---Read one payment. Source: documented by Instamojo.
---@param payment_id string
---@param options? instamojo.CallOptions
---@return instamojo.Payment|nil result, shopwire.Error|nil err
function Client:payment_detail(payment_id, options) end

---Ask somebody for a payment. Source: documented by Instamojo.
---@param fields instamojo.PaymentRequestsCreate
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function Client:payment_request_create(fields, options) end

---List payment requests. Source: documented by Instamojo.
---@param fields? instamojo.PaymentRequestsList
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequestPage|nil result, shopwire.Error|nil err
function Client:payment_requests_list(fields, options) end

---Read a payment request with its payments. Source: read from Instamojo's own
---clients.
---@param id string
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function Client:payment_request_status(id, options) end

---Read a payment request with one of its payments. Source: documented by
---Instamojo.
---@param id string
---@param payment_id string
---@param options? instamojo.CallOptions
---@return instamojo.PaymentRequest|nil result, shopwire.Error|nil err
function Client:payment_request_payment_status(id, payment_id, options) end

---Refund a payment, in part or whole. Source: read from Instamojo's own
---clients.
---@param fields instamojo.RefundsCreate
---@param options? instamojo.CallOptions
---@return instamojo.Refund|nil result, shopwire.Error|nil err
function Client:refund_create(fields, options) end

---List refunds. Source: read from Instamojo's own clients.
---@param fields? instamojo.RefundsList
---@param options? instamojo.CallOptions
---@return instamojo.RefundPage|nil result, shopwire.Error|nil err
function Client:refunds_list(fields, options) end

---Read one refund. Source: read from Instamojo's own clients.
---@param id string
---@param options? instamojo.CallOptions
---@return instamojo.Refund|nil result, shopwire.Error|nil err
function Client:refund_detail(id, options) end
