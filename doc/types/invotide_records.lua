-- What Invotide's calls return.
-- Written by doc/generate.lua; do not edit.
---@meta

---@class invotide.Success what a call that sets something returns
---@field success string in the shop's language

---@class invotide.Cart what is in the cart, and what it comes to
---@field products invotide.Line[]
---@field vouchers invotide.BoughtVoucher[]
---@field totals invotide.Total[] the last one is the total

---@class invotide.Line one line of the cart
---@field cart_id integer the key of edit and remove
---@field product_id integer
---@field name string
---@field model string
---product_option_id, product_option_value_id, name, value, type
---@field option table[]
---@field quantity integer
---@field stock boolean there is enough
---@field shipping integer 1: has to be shipped
---@field price string as shown, with the currency's sign
---@field price_decimal string? where it can be read without doubt
---@field total string as shown
---@field total_decimal string?
---@field reward integer points that it earns

---@class invotide.BoughtVoucher a gift voucher in the cart
---@field code string the key of remove
---@field description string
---@field from_name string
---@field from_email string
---@field to_name string
---@field to_email string
---@field voucher_theme_id integer
---@field message string
---@field price string as shown
---@field amount string|number

---@class invotide.Total one line of the sum
---@field title string in the shop's language
---@field text string as shown
---@field text_decimal string? where it can be read without doubt

---@class invotide.ShippingMethod one way to ship
---@field title string
---@field quote table<string, invotide.Quote>
---@field sort_order integer|string
---@field error string|boolean false, or why there is no quote

---@class invotide.Quote what it costs
---@field code string what shipping:method takes: flat.flat
---@field title string
---@field cost string|number in the shop's currency, before tax
---@field tax_class_id integer|string
---@field text string as shown, with tax

---@class invotide.PaymentMethod one way to pay
---@field code string what payment:method takes: cod
---@field title string
---@field terms string
---@field sort_order integer|string

---@class invotide.Placed an order that was placed
---@field order_id integer
---@field success string
---0: found, but the shop's mail failed and it is hidden until order:history
---gives it a status
---@field order_status_id integer?

---@class invotide.Order an order's header
---@field order_id integer
---@field order_status_id integer 0: not confirmed, hidden in the shop
---@field order_status string? absent for status 0
---@field email string
---@field firstname string
---@field lastname string
---@field telephone string
---@field customer_id integer 0: a guest
---@field comment string ends with the reference, if one was given
---@field total string decimal text in the shop's own currency
---@field currency_code string
---@field currency_value string rate from the shop's currency
---@field payment_method string its title
---@field payment_code string
---@field shipping_method string its title
---@field shipping_code string
---@field date_added string the shop's time, without a zone
---@field date_modified string
