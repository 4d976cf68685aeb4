--- What a session holds: each slot set, unset or unknown, and what it was set
--- to, so that a lost session can be built again. What a call needs, sets and
--- drops stands in its row. Order calls are never in here.
--- Must not know: HTTP, tokens, waiting.

local core = require "shopwire.core"
local lines = require "invotide.lines"
local vouchers = require "invotide.vouchers"

local Journal = {}
Journal.__index = Journal

local journal = {}

local SLOTS = core.slots("invotide")

-- Slot → the call that sets it again.
local SETTERS = {
  currency = "currency.set", customer = "customer.set", cart = "cart.replace",
  vouchers = "voucher.replace", coupon = "coupon.apply",
  voucher = "voucher.apply", reward = "reward.apply",
  ship_to = "shipping.address", ship_methods = "shipping.methods",
  ship_method = "shipping.method", bill_to = "payment.address",
  pay_methods = "payment.methods", pay_method = "payment.method",
}

local WITHOUT_VALUE = { ship_methods = true, pay_methods = true }
local OF_LISTS = { cart = true, vouchers = true }

--- A journal of an empty session.
function journal.new()
  local self = setmetatable({}, Journal)
  self:clear()
  return self
end

function Journal:clear()
  self.slots, self.values = {}, {}
  self.lines, self.vouchers = {}, {}
  self.keys = {}       -- every key that the shop handed out → its line
  self.unlearnt = false -- keys were handed out that are not among these
  self.shippable = nil -- nil: not known
  self.seen = nil      -- lines and totals that the script read last
  self.blind = false
  self.account = nil   -- that the shop's session is logged into
  self.accounts = {}   -- those that it was
  for _, slot in ipairs(SLOTS) do
    self.slots[slot.name] = "unset"
  end
end

--- A deep copy: what a script changes later is none of the journal's.
function journal.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local result = {}
  for name, part in pairs(value) do
    result[name] = journal.copy(part)
  end
  return result
end

-- {====== needs ======

local function has(list, name)
  for _, one in ipairs(list or {}) do
    if one == name then
      return true
    end
  end
  return false
end

-- The slot that a need comes down to for this call, or nil: the shop may
-- accept it without.
local function need_of(self, row, need, fields)
  if need == "cart" and has(row.when, "cart_or_vouchers") then
    return self.slots.vouchers == "unset" and need or nil
  elseif need == "pay_method" and has(row.when, "pay_method_in_field")
    and fields.payment_method ~= nil then
    return "pay_methods"
  elseif not need:find("^ship_") then
    return need
  elseif row.full_name == "shipping.method" then
    return self.shippable ~= false and need or nil
  elseif not self.shippable then
    return nil -- nothing to ship needs no address and no method
  elseif need == "ship_method" and has(row.when, "ship_method_in_field")
    and fields.shipping_method ~= nil then
    return "ship_methods"
  end
  return need
end

--- What is certainly missing for a call, as steps to take first; nil: nothing.
---@param row table
---@param fields table
---@return string|nil
function Journal:missing(row, fields)
  local wanted, steps = {}, {}
  for _, need in ipairs(row.needs or {}) do
    local slot = need_of(self, row, need, fields)
    if slot and self.slots[slot] == "unset" then
      wanted[slot] = true
    end
  end
  for _, slot in ipairs(SLOTS) do
    if wanted[slot.name] then
      steps[#steps + 1] = slot.step
    end
  end
  return steps[1] and table.concat(steps, "; ") or nil
end

-- }======

-- {====== what calls did ======

--- Forgets a slot.
function Journal:drop(slot)
  self.slots[slot] = "unset"
  self.values[slot] = nil
  if slot == "cart" then
    self.lines = lines.clear(self.lines)
  elseif slot == "vouchers" then
    self.vouchers = {}
  end
end

local recorders = {}

recorders["currency.set"] = function(self, value)
  local before = self.values.currency and self.values.currency.args[1]
  if before ~= value.args[1] then
    vouchers.currency_changed(self.vouchers)
  end
end

-- The number of the account that a value of the customer's slot names.
local function account_of(value)
  local id = value and tonumber(value.args[1].customer_id)
  return id ~= 0 and id or nil
end

-- An account has a cart of its own, which stays there while it is not used.
recorders["customer.set"] = function(self, value)
  local id = account_of(value)
  if id == nil or id == self.account then
    return
  end
  local known = not self.blind and not self.accounts[id]
  self:drop("cart")
  self.slots.cart = known and "unset" or "unknown"
  self.shippable = nil
  self.account, self.accounts[id] = id, true
end

local function fuller(self)
  self.shippable = self.shippable or nil
end

local function emptier(self)
  self.shippable = nil
  if #self.lines == 0 and self.slots.cart == "set" then
    self.slots.cart = "unknown"
  end
end

recorders["cart.add"] = function(self, value)
  lines.add(self.lines, value.args[1])
  fuller(self)
end

recorders["cart.replace"] = function(self, value)
  self.lines = lines.clear(self.lines)
  for _, fields in ipairs(value.args[1]) do
    lines.add(self.lines, fields)
  end
  self.shippable = nil
end

recorders["cart.edit"] = function(self, value)
  local line = self.keys[lines.key(value.args[1].key)]
  if line then
    line.quantity = tonumber(value.args[1].quantity)
    if line.quantity < 1 then
      lines.drop(self.lines, line)
    end
  end
  emptier(self)
end

recorders["cart.remove"] = function(self, value)
  local key = lines.key(value.args[1])
  lines.drop(self.lines, self.keys[key])
  vouchers.drop(self.vouchers, key)
  if #self.vouchers == 0 and self.slots.vouchers == "set" then
    self.slots.vouchers = "unknown"
  end
  emptier(self)
end

recorders["voucher.add"] = function(self, value)
  vouchers.add(self.vouchers, value.args[1], value.weight)
end

recorders["voucher.replace"] = function(self, value)
  self.vouchers = {}
  for _, fields in ipairs(value.args[1]) do
    vouchers.add(self.vouchers, fields,
      (value.weight or 0) / #value.args[1])
  end
end

recorders["shipping.address"] = function(self)
  self.shippable = true -- or the shop had taken none
end

--- A call succeeded.
---@param row table
---@param value table { args = copies of what it was given, extra, weight }
---@param nothing_to_ship boolean|nil
function Journal:done(row, value, nothing_to_ship)
  for _, slot in ipairs(row.drops or {}) do
    self:drop(slot)
  end
  if nothing_to_ship then
    self.shippable = false
    return self:refused(row)
  end
  local record = recorders[row.full_name]
  if record then
    record(self, value)
  end
  for _, slot in ipairs(row.sets or {}) do
    self.slots[slot] = "set"
    if not OF_LISTS[slot] then
      self.values[slot] = value
    end
  end
end

--- A call was refused: what a failed one drops is gone.
function Journal:refused(row)
  for _, slot in ipairs(row.fails or {}) do
    self:drop(slot)
  end
end

--- Nobody knows what a call did.
function Journal:uncertain(row)
  for _, list in ipairs { row.sets or {}, row.drops or {}, row.fails or {} } do
    for _, slot in ipairs(list) do
      self.slots[slot] = "unknown"
    end
  end
end

--- A call of which nothing is known was made: from here on every slot may
--- hold anything, and the session cannot be built again.
function Journal:lose_sight()
  for _, slot in ipairs(SLOTS) do
    self.slots[slot.name] = "unknown"
  end
  self.shippable = nil
  self.blind = true
end

--- The shop showed the cart.
---@param basket table of cart.products
function Journal:read(basket)
  local products = basket.products or {}
  self.unlearnt = false
  self.lines = lines.read(self.lines, products, self.keys)
  self.vouchers = vouchers.read(self.vouchers, basket.vouchers or {})
  self.slots.cart = #self.lines > 0 and "set" or "unset"
  self.slots.vouchers = #self.vouchers > 0 and "set" or "unset"
  self.shippable = false
  for _, product in ipairs(products) do
    local flag = product.shipping
    if flag ~= 0 and flag ~= "0" and flag ~= false then
      self.shippable = true
    end
  end
end

-- }======

-- {====== building again ======

--- True when there is nothing to build again.
function Journal:is_empty()
  for _, slot in ipairs(SLOTS) do
    if self:setter(slot.name) then
      return false
    end
  end
  return true
end

--- The call that sets a slot again: its name and value, or nil when the slot
--- held nothing.
---@return string|nil name, table|nil value { args, extra }
function Journal:setter(slot)
  local name, value = SETTERS[slot], self.values[slot]
  if slot == "cart" then
    value = #self.lines > 0 and { args = { lines.bulk(self.lines) } } or nil
  elseif slot == "vouchers" then
    value = #self.vouchers > 0
      and { args = { vouchers.bulk(self.vouchers) } } or nil
  elseif value and WITHOUT_VALUE[slot] then
    value = { args = {} }
  end
  return value and name, value
end

--- The session was built again: no key is good any more.
function Journal:rebuilt()
  self.account = account_of(self.values.customer)
  self.accounts = self.account and { [self.account] = true } or {}
  for _, slot in ipairs(SLOTS) do
    self.slots[slot.name] = self:setter(slot.name) and "set" or "unset"
  end
  for _, line in pairs(self.keys) do
    line.key = nil
  end
end

--- Slots in the order in which they are built again.
journal.slots = SLOTS

-- }======

return journal
