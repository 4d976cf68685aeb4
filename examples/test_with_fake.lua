-- Tests your own code without a network and without an account: fake = true
-- is an Instamojo in this process that remembers what it was told.
--   ./run lua examples/test_with_fake.lua

local instamojo = require "instamojo"

-- The code to be tested: the price of everything goes up by a tenth.
local function raise_prices(client)
  local raised = 0
  for product in client.links:each {} do
    local price = math.floor(tonumber(product.base_price) * 110 + 0.5) / 100
    local _, err = client.links:edit(product.slug, { base_price = price })
    if err then
      return nil, err
    end
    raised = raised + 1
  end
  return raised
end

local client = instamojo.Client { fake = true, retries = 0 }
for i = 1, 3 do
  assert(client.links:create { title = "Cup " .. i, description = "Clay.",
    base_price = i * 100 })
end
assert(raise_prices(client) == 3)
assert(client.links:get("cup-2").base_price == "220.00")

-- Trouble on demand: the next edit answers 500.
local door = instamojo.Client { fake = client.fake,
  endpoint = "http://127.0.0.1/_sandbox/" }
assert(door:request("POST", "fault/", { row = "links.edit", status = 500 }))
local raised, err = raise_prices(client)
assert(raised == nil and err:is "server", tostring(err))

print "all good"
