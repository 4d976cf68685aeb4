-- Cart lines as rows of a database, and the goods behind them.
-- Must not know: routes, money as text, sockets.

local php = require "shopwire.fake.invotide.php"

local cart = {}
cart.__index = cart

local LINE_SECONDS = 3600 -- since the line was added; edits do not count
local MAX_INT = 2147483647

---@param o table clock, products
function cart.new(o)
  return setmetatable({
    clock = o.clock, products = o.products, lines = {}, last = 0,
  }, cart)
end

-- Lines belong to an API user, an account and a session, all three.
local function owner_of(one)
  return (one.data.api_id or "0") .. " "
    .. (one.data.customer_id or "0") .. " " .. one.id
end

local function clamp(number)
  return math.max(-MAX_INT - 1, math.min(MAX_INT, number))
end

--- Deletes the lines that are too old, whoever's they are.
function cart:sweep()
  local now = self.clock()
  for i = #self.lines, 1, -1 do
    if self.lines[i].added + LINE_SECONDS < now then
      table.remove(self.lines, i)
    end
  end
end

--- Deletes every line of a session, whoever was logged into it.
function cart:expire(id)
  for i = #self.lines, 1, -1 do
    if self.lines[i].owner:match("%S+$") == id then
      table.remove(self.lines, i)
    end
  end
end

-- Takes out the lines of a session that `match` names (default: all).
local function take_out(self, one, match)
  local owner = owner_of(one)
  for i = #self.lines, 1, -1 do
    local line = self.lines[i]
    if line.owner == owner and (not match or match(line)) then
      table.remove(self.lines, i)
    end
  end
end

function cart:clear(one)
  take_out(self, one)
end

function cart:remove(one, key)
  local id = php.int(key)
  take_out(self, one, function(line)
    return line.id == id
  end)
end

--- Looks for a line of the same product and options; the function that it
--- returns adds to what was found, or makes a line. Two calls that both look
--- before either writes make two lines, and the next one adds to both (seen).
--- Nothing is checked, a quantity may be zero or negative.
---@return function write
function cart:add(one, product_id, quantity, option)
  local owner, text = owner_of(one), php.encode(option)
  local product = string.format("%.0f", php.int(product_id))
  quantity = php.int(quantity)
  local function equal_lines()
    local list = {}
    for _, line in ipairs(self.lines) do
      if line.owner == owner and line.product == product
        and line.text == text then
        list[#list + 1] = line
      end
    end
    return list
  end
  local found = #equal_lines() > 0
  return function()
    if found then
      for _, line in ipairs(equal_lines()) do
        line.quantity = clamp(line.quantity + quantity)
      end
      return
    end
    self.last = self.last + 1
    table.insert(self.lines, {
      id = self.last, owner = owner, product = product, text = text,
      option = option, quantity = clamp(quantity), added = self.clock(),
    })
  end
end

--- Sets a line's quantity; an unknown key changes nothing.
function cart:update(one, key, quantity)
  local id, owner = php.int(key), owner_of(one)
  for _, line in ipairs(self.lines) do
    if line.id == id and line.owner == owner then
      line.quantity = clamp(php.int(quantity))
    end
  end
end

-- {====== goods ======

local has_values = {select = true, radio = true, checkbox = true}
local plain = {text = true, textarea = true, file = true, date = true,
  datetime = true, time = true}

local function find(list, id)
  for _, item in ipairs(list) do
    if item.id == id then
      return item
    end
  end
  return nil
end

local function shown_option(option, id, text)
  return php.map("product_option_id", option.id,
    "product_option_value_id", id, "name", option.name, "value", text,
    "type", option.type)
end

-- Adds one chosen value to the goods; an unknown one is passed over.
local function choose(goods, option, id)
  local value = type(id) == "string"
    and find(option.values, string.format("%.0f", php.int(id)))
  if not value then
    return
  end
  goods.option:push(shown_option(option, value.id, value.name))
  goods.extra = goods.extra + value.price
  goods.points = goods.points + value.points
  table.insert(goods.values, value)
  if value.subtract and value.quantity < goods.quantity then
    goods.stock = false
  end
end

local function add_option(goods, option, chosen)
  if option.type == "checkbox" then
    if php.is_array(chosen) then
      for _, id in chosen:each() do
        choose(goods, option, id)
      end
    end
  elseif has_values[option.type] then
    choose(goods, option, chosen)
  elseif plain[option.type] and type(chosen) == "string" then
    goods.option:push(shown_option(option, "", chosen))
  end
end

local function goods_of(line, product)
  local goods = {
    line = line, product = product, quantity = line.quantity,
    option = php.array(), values = {}, extra = 0, points = product.points,
    stock = product.quantity >= line.quantity and product.quantity > 0,
  }
  for id, chosen in line.option:each() do
    local option = find(product.options, id)
    if option then
      add_option(goods, option, chosen)
    end
  end
  goods.price = product.price + goods.extra
  goods.total = goods.price * goods.quantity
  goods.points = product.points > 0 and goods.points * goods.quantity or 0
  goods.reward = product.reward * goods.quantity
  return goods
end

--- The goods of a session. Lines of nothing, and those whose product is gone,
--- are deleted by looking at them.
function cart:goods(one)
  local owner, list = owner_of(one), {}
  take_out(self, one, function(line)
    return line.quantity <= 0 or not self.products[line.product]
  end)
  for _, line in ipairs(self.lines) do
    if line.owner == owner then
      list[#list + 1] = goods_of(line, self.products[line.product])
    end
  end
  -- the order of the table's index, not that of adding
  table.sort(list, function(a, b)
    local x, y = tonumber(a.product.id), tonumber(b.product.id)
    if x == y then
      return a.line.id < b.line.id
    end
    return x < y
  end)
  return list
end

--- Whether something in the list has to be sent.
function cart.ships(list)
  for _, goods in ipairs(list) do
    if goods.product.shipping then
      return true
    end
  end
  return false
end

function cart.in_stock(list)
  for _, goods in ipairs(list) do
    if not goods.stock then
      return false
    end
  end
  return true
end

--- Goods of which fewer than the least number are in the list.
function cart.too_few(list)
  local counts, few = {}, {}
  for _, goods in ipairs(list) do
    local id = goods.product.id
    counts[id] = (counts[id] or 0) + goods.quantity
  end
  for _, goods in ipairs(list) do
    if counts[goods.product.id] < goods.product.minimum then
      few[#few + 1] = goods
    end
  end
  return few
end

-- }======

return cart
