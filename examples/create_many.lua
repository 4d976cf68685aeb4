-- Creates 300 products, sixteen at a time, and says what became of each.
--   ./run lua examples/create_many.lua
-- The first failure starts no further product; what has begun runs to its
-- end, and a product whose answer was lost is named, never sent twice.

local instamojo = require "instamojo"
local shopwire = require "shopwire"

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local drawings = {}
for i = 1, 300 do
  drawings[i] = { title = string.format("Drawing no. %d", i),
    description = "Ink on paper, A4, signed.", base_price = 900 + i }
end

local function create(drawing)
  return client.links:create(drawing)
end

local products, err, outcomes = shopwire.map(drawings, create,
  { limit = 16 })
if products then
  print("created " .. #products .. " products, from " .. products[1].url
    .. " to " .. products[#products].url)
  return
end

-- Which are there, which are not, and which may be?
print("stopped: " .. err)
local made, unsure, missing = 0, 0, 0
for i, outcome in ipairs(outcomes) do
  local product, why = outcome[1], outcome[2]
  if product then
    made = made + 1
  elseif why.ambiguous then
    unsure = unsure + 1
    print("look whether it is there: " .. drawings[i].title)
  else
    missing = missing + 1
  end
end
print(made .. " created, " .. unsure .. " unsure, " .. missing .. " missing")
os.exit(1)
