-- Makes a v1.1 payment list of any length, always the same bytes.
-- Usage: lua5.4 payments.lua COUNT > FILE, or require it.
-- Must not know: shopwire, any JSON library.

local payments = {}

local names = { "Asha Rao", "Vikram Patel", "Meera Iyer", "Rohan Gupta" }
local titles = { "Guide to Goa", "Tamil Recipes", "Icon pack", "Course" }

-- Real keys of a v1.1 payment, in the order in which the service sends them.
local shape = '{"payment_id":"MOJO%010d","quantity":%d,"status":"Credit",'
  .. '"link_slug":"item-%d","link_title":"%s","buyer_name":"%s",'
  .. '"buyer_phone":"+9198%08d","buyer_email":"buyer%d@example.com",'
  .. '"currency":"INR","unit_price":"%d.50","amount":"%d.50","fees":"%d.%02d",'
  .. '"shipping_address":null,"discount_code":null,"variants":[],'
  .. '"custom_fields":{},"affiliate_commission":0,'
  .. '"created_at":"2015-10-%02dT12:%02d:36.%03dZ"}'

local function one(i)
  local price = 100 + i % 900
  return (shape:format(5 * 10 ^ 9 + i * 7919, 1 + i % 3, i,
    titles[i % 4 + 1], names[i % 4 + 1], i * 104729 % 10 ^ 8, i,
    price, price * (1 + i % 3), i % 40, i % 100,
    1 + i % 28, i % 60, i * 37 % 1000))
end

function payments.body(count)
  local list = {}
  for i = 1, count do
    list[i] = one(i)
  end
  return '{"success":true,"payments":[' .. table.concat(list, ",") .. "]}"
end

if arg and arg[1] and arg[0] and arg[0]:find("payments%.lua$") then
  io.write(payments.body(tonumber(arg[1])))
end

return payments
