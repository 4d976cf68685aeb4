--- session:checkout{…}: what a purchase takes, as a plan over the session's
--- own methods, in the only order that the shop takes it.
--- Must not know: tokens, slots, how a lost session is built again.
--- In Lua 5.1 nothing may wait under pcall. So in a coroutine there an error
--- of a chooser or of confirm goes through run to whoever called it.

local call = require "shopwire.call"
local core = require "shopwire.core"
local meta = require "shopwire.meta"
local order_evidence = require "invotide.order_evidence"
local plan = require "invotide.plan"

local checkout = {}

---@class invotide.CheckoutOptions
---@field currency? string code in capitals
---@field customer? table fields of session.customer:set
---@field cart? table[] lines; the session's own cart unless given
---@field address? table of both shipping and payment
---@field shipping_address? table
---@field payment_address? table
---@field coupon? string
---@field voucher? string a gift voucher to pay with
---@field reward? integer points to pay with
---@field shipping? string|fun(methods: table): string? a quote's code. The
--- function may make calls; an error in it stops the plan there, and in a
--- coroutine of Lua 5.1 goes on to the caller of run, which may run again
---@field payment? string|fun(methods: table): string? a method's code
---@field comment? string kept with the order
---@field reference? string your own name of the order, to find it by
---@field order_status_id? integer
---@field affiliate_id? integer
---@field confirm? fun(plan: invotide.Plan): boolean? called with the totals
--- in plan.basket right before the order is sent; false stops

local ids = {}
for _, row in ipairs(core.rows("invotide")) do
  ids[row.full_name] = row.id
end

-- Option → the call that says whether it is well made.
local CALLS = {
  currency = "currency.set", customer = "customer.set", cart = "cart.replace",
  coupon = "coupon.apply", voucher = "voucher.apply", reward = "reward.apply",
  shipping_address = "shipping.address", payment_address = "payment.address",
}

local KNOWN = { "currency", "customer", "cart", "address", "shipping_address",
  "payment_address", "coupon", "voucher", "reward", "shipping", "payment",
  "comment", "reference", "order_status_id", "affiliate_id", "confirm" }

-- {====== what is asked for ======

local function address_of(given, kind)
  return given[kind .. "_address"] or given.address
end

local function order_fields(given)
  return { comment = given.comment, affiliate_id = given.affiliate_id,
    order_status_id = given.order_status_id }
end

-- What a call would refuse to send, as text; nil: nothing.
local function fault(session, name, ...)
  local ok, why = pcall(core.request, session.view, 0, ids[name], true, ...)
  return not ok and tostring(why) or nil
end

local function check_plain(given, problems)
  local reference = given.reference
  if reference ~= nil and (type(reference) ~= "string" or #reference > 200
    or not reference:find("^[^%c%s]") or reference:find("[%c]")
    or reference:find("%s$")) then
    problems[#problems + 1] = "reference must be text of one line, without "
      .. "space at its ends and of 200 bytes at most"
  end
  for _, name in ipairs { "shipping", "payment" } do
    local kind = type(given[name])
    if kind ~= "nil" and kind ~= "string" and kind ~= "function" then
      problems[#problems + 1] = name .. " must be a code or a function, not a "
        .. kind
    end
  end
  if given.confirm ~= nil and type(given.confirm) ~= "function" then
    problems[#problems + 1] = "confirm must be a function, not a "
      .. type(given.confirm)
  end
end

local function check_values(session, given, problems)
  for _, name in ipairs(KNOWN) do
    local value = given[name]
    if name:find("address$") and name ~= "address" then
      value = address_of(given, name:match("^(%l+)_"))
    end
    if CALLS[name] and value ~= nil then
      problems[#problems + 1] = fault(session, CALLS[name], value)
    end
  end
  local fields = order_fields(given)
  if type(given.reference) == "string" then
    fields.comment = order_evidence.comment(fields.comment, given.reference)
  end
  problems[#problems + 1] = fault(session, "order.add", fields)
  check_plain(given, problems)
end

-- What was given to the session cannot be taken back from it.
local function check_taken(self, changes, problems)
  for _, name in ipairs { "coupon", "voucher", "reward" } do
    if changes[name] == false and self.taken[name] then
      problems[#problems + 1] = name .. " is applied and the shop cannot take "
        .. "it back: check out in a new session"
    end
  end
  local before = self.given.customer
  local account = self.taken.customer and before and before.customer_id
  if account and tonumber(account) ~= 0 and changes.customer ~= nil
    and tonumber((changes.customer or {}).customer_id or 0) == 0 then
    problems[#problems + 1] = "a guest cannot follow an account in one "
      .. "session: check out in a new session"
  end
end

-- Raises at `level` with everything that is wrong.
local function check(self, changes, given, level)
  local who = "checkout: "
  if type(changes) ~= "table" then
    error(who .. "the options must be a table, not a " .. type(changes),
      level + 1)
  end
  if self.session.state.closed then
    error(who .. "this session is closed: make a new one", level + 1)
  end
  local problems = {}
  for name in pairs(changes) do
    problems[#problems + 1] = plan.unknown(name, KNOWN)
  end
  check_values(self.session, given, problems)
  check_taken(self, changes, problems)
  if #problems > 0 then
    table.sort(problems)
    error(who .. table.concat(problems, "; "), level + 1)
  end
end

-- }======

-- {====== steps ======

local function refuse(self, kind, message, hint, fields)
  return nil, call.record(self.session, { kind = kind, message = message,
    hint = hint, fields = fields, endpoint = "checkout", attempts = 0,
    retryable = false })
end

-- A closed session raises at whoever calls it: that would be here.
local function closed(self)
  if self.session.state.closed then
    return call.record(self.session, { kind = "cancelled",
      message = "the session was closed", endpoint = "checkout",
      hint = "nothing more was sent: make a new session, and the plan anew",
      attempts = 0, retryable = false, ambiguous = false })
  end
end

-- Calls one method of the session.
local function ask_shop(self, group, method, ...)
  local err = closed(self)
  if err then
    return nil, err
  end
  local home = self.calls[group]
  return home[method](home, ...)
end

-- Hands one option to one method; keeps what the answer warns of.
local function hand(self, group, method, value)
  local result, err = ask_shop(self, group, method, value)
  local about = type(result) == "table" and meta.of(result) or {}
  for _, warning in ipairs(about.warnings or {}) do
    self.warnings[#self.warnings + 1] = group .. "." .. method .. ": "
      .. warning
  end
  return result, err
end

local function plain(name, group, method, what, after)
  return { name = name, reads = { name }, after = after or {},
    wanted = function(self)
      return self.given[name] ~= nil
    end,
    what = function(self)
      return what .. " " .. core.show(tostring(self.given[name]), 60)
    end,
    act = function(self)
      return hand(self, group, method, self.given[name])
    end }
end

local function number_of(value)
  return string.format("%.0f", tonumber(value) or 0)
end

-- Pieces by product, of lines that were asked for or came back.
local function pieces(lines)
  local count = {}
  for _, line in ipairs(lines) do
    local id = number_of(line.product_id)
    count[id] = (count[id] or 0) + (tonumber(line.quantity) or 1)
  end
  return count
end

-- What the cart lacks or has too many of; the bulk form checks nothing.
local function difference(asked, basket)
  local want, have = pieces(asked), pieces(basket.products or {})
  local list = {}
  for id, count in pairs(want) do
    if have[id] ~= count then
      list[#list + 1] = have[id] and string.format(
        "product %s: %.0f in the cart, %.0f asked for", id, have[id], count)
        or "product " .. id .. " is not in the cart"
    end
  end
  table.sort(list)
  return list[1] and table.concat(list, "; "), have
end

local function ships(basket)
  for _, line in ipairs(basket.products or {}) do
    local flag = line.shipping
    if flag ~= 0 and flag ~= "0" and flag ~= false then
      return true
    end
  end
  return false
end

local function read_basket(self)
  local basket, err = ask_shop(self, "cart", "products")
  if err ~= nil then
    return nil, err
  end
  self.basket = basket
  return basket
end

local cart = { name = "cart", reads = { "cart" }, after = { "customer" } }

function cart.wanted()
  return true
end

function cart.what(self)
  local lines = self.given.cart
  if not lines then
    return "read the session's cart"
  end
  return string.format("fill the cart with %d line%s, and read it", #lines,
    #lines == 1 and "" or "s")
end

function cart.act(self)
  local asked = self.given.cart
  if asked then
    local _, err = hand(self, "cart", "replace", asked)
    if err ~= nil then
      return nil, err
    end
  end
  local basket, err = read_basket(self)
  if err ~= nil then
    return nil, err
  end
  local missing, have = difference(asked or {}, basket)
  if missing then
    return refuse(self, next(have) and "conflict" or "not_found", missing,
      "the shop leaves out what it does not know, has disabled or does not "
      .. "sell in this store", { cart = { missing } })
  elseif not next(have) and not (basket.vouchers or {})[1] then
    return refuse(self, "conflict", "the cart is empty",
      "give cart = { {product_id = …, quantity = …} }")
  end
  self.filled = self.runs
  self.nothing_to_ship = not ships(basket)
  return true
end

local function customer_name(self)
  local customer = self.given.customer or {}
  return "set the customer "
    .. core.show(tostring(customer.email or ""), 60)
end

local function address_step(kind, what, after)
  return { name = kind .. "_address", reads = { "address",
    kind .. "_address" }, after = after,
    wanted = function(self)
      return address_of(self.given, kind) ~= nil
        and not (kind == "shipping" and self.nothing_to_ship)
    end,
    what = function(self)
      local address = address_of(self.given, kind) or {}
      return what .. " " .. core.show(tostring(address.city or ""), 60)
    end,
    act = function(self)
      local result, err = hand(self, kind, "address",
        address_of(self.given, kind))
      if err == nil and type(result) == "table"
        and (meta.of(result) or {}).nothing_to_ship then
        self.nothing_to_ship = true
      end
      return result, err
    end }
end

-- Code and words of everything that the shop offers, by code.
local function offers(kind, methods)
  local list = {}
  local function add(entry)
    if type(entry) == "table" and type(entry.code) == "string" then
      list[#list + 1] = { code = entry.code, words = core.show(entry.code
        .. " (" .. tostring(entry.title)
        .. (entry.text and ", " .. tostring(entry.text) or "") .. ")", 120) }
      list[entry.code] = true
    end
  end
  for _, method in pairs(methods) do
    if kind == "payment" then
      add(method)
    elseif type(method) == "table" then
      for _, quote in pairs(method.quote or {}) do
        add(quote)
      end
    end
  end
  table.sort(list, function(a, b) return a.code < b.code end)
  return list
end

local function words_of(list)
  local words = {}
  for i, offer in ipairs(list) do
    words[i] = offer.words
  end
  return table.concat(words, ", ")
end

-- Does pcall let a function wait?
local waits_in_pcall = coroutine.wrap(function()
  return pcall(coroutine.yield, true)
end)()

-- Runs a function of the script's, which may make calls and wait.
local function run_theirs(f, ...)
  if waits_in_pcall or not coroutine.running() then
    return pcall(f, ...)
  end
  return true, f(...)
end

-- The code that the script wants, or nil and why there is none.
local function wanted_code(chooser, kind, methods)
  if type(chooser) ~= "function" then
    return chooser, "no " .. kind .. " method is chosen"
  end
  local ok, code, why = run_theirs(chooser, methods)
  if not ok then
    return nil, "the " .. kind .. " function failed: "
      .. core.show(tostring(code), 300)
  elseif type(code) ~= "string" then
    return nil, "the " .. kind .. " function chose nothing"
      .. (why and ": " .. core.show(tostring(why), 300) or "")
  end
  return code
end

local function choose(self, kind)
  local methods = self[kind .. "_offers"]
  local list = offers(kind, methods)
  local code, why = wanted_code(self.given[kind], kind, methods)
  if code and not list[code] then
    why = core.show(code, 60) .. " is not offered"
  elseif code then
    return hand(self, kind, "method", code)
  end
  return refuse(self, "invalid", why, "offered: " .. words_of(list)
    .. "; plan:set{" .. kind .. " = code}, then plan:run()",
    { [kind] = { why } })
end

local function methods_wanted(kind)
  return function(self)
    local given = self.given
    if kind == "shipping" and self.nothing_to_ship then
      return false
    end
    return given[kind] ~= nil or given.cart ~= nil
      or address_of(given, kind) ~= nil
      or (kind == "shipping" and given.currency ~= nil)
  end
end

local function list_step(kind, after)
  return { name = kind .. "_methods", reads = {}, after = after,
    wanted = methods_wanted(kind),
    what = function()
      return "list the " .. kind .. " methods"
    end,
    act = function(self)
      local methods, err = ask_shop(self, kind, "methods")
      if err ~= nil then
        return nil, err
      end
      self[kind .. "_offers"] = methods
      if kind == "shipping" and (meta.of(methods) or {}).nothing_to_ship then
        self.nothing_to_ship = true
      end
      return true
    end }
end

local function choice_step(kind)
  return { name = kind .. "_method", reads = { kind },
    after = { kind .. "_methods" }, wanted = methods_wanted(kind),
    what = function(self)
      local chooser = self.given[kind]
      if type(chooser) == "function" then
        return "let your function choose the " .. kind .. " method"
      end
      return "choose the " .. kind .. " method "
        .. core.show(tostring(chooser or "(none is given yet)"), 60)
    end,
    act = function(self)
      return choose(self, kind)
    end }
end

local review = { name = "review", reads = {}, after = {} }

function review.wanted()
  return true
end

function review.what()
  return "read lines and totals once more"
end

-- Lines die in the shop an hour after they were added: the cart is filled
-- again when that happened since an earlier run.
function review.act(self)
  local basket, err = read_basket(self)
  if err ~= nil then
    return nil, err
  end
  local asked = self.given.cart
  local missing, have = difference(asked or {}, basket)
  local empty = not next(have) and not (basket.vouchers or {})[1]
  if not missing and not empty then
    return true
  end
  local fresh = self.filled == self.runs
  self:undo("cart")
  if asked and not fresh then
    return "again"
  end
  return refuse(self, "conflict", missing or "the cart is empty",
    "the cart changed meanwhile: does anything else use this session?")
end

local order = { name = "order", reads = { "comment", "reference",
  "order_status_id", "affiliate_id", "confirm" }, after = {} }

function order.wanted()
  return true
end

function order.what(self)
  local reference = self.given.reference
  return "place the order, once"
    .. (reference and ", as " .. core.show(reference, 60) or "")
end

-- What cart/products complained about is why an order is refused.
local function explain(self, err)
  local warnings = (meta.of(self.basket) or {}).warnings
  if err.kind == "conflict" and warnings and warnings[1] and not err.hint then
    err.hint = core.show(table.concat(warnings, "; "), 300)
  end
end

-- The script has the last word, before anything is sent. nil: it goes on.
local function ask(self)
  local confirm = self.given.confirm
  if not confirm then
    return nil
  end
  local ok, go_on = run_theirs(confirm, self)
  if not ok then
    return "the confirm function failed: " .. core.show(tostring(go_on), 300)
  end
  return go_on == false and "the confirm function returned false" or nil
end

function order.act(self)
  local reference = self.given.reference
  local stopped = ask(self)
  if stopped then
    return refuse(self, "cancelled", stopped)
  end
  local err = closed(self)
  if err then
    return nil, err
  end
  self.sent, self.sent_at = true, os.time()
  local result
  result, err = ask_shop(self, "order", "add", order_fields(self.given),
    reference and { reference = reference } or nil)
  if err == nil then
    self.result = result
    self.order_id = type(result) == "table" and result.order_id or nil
    return true
  end
  if err.ambiguous then
    self.lost = err
    err.hint = order_evidence.advice(err.evidence, reference)
  else
    self.sent = nil
    explain(self, err)
  end
  return nil, err
end

local STEPS = {
  plain("currency", "currency", "set", "set the currency to"),
  plain("customer", "customer", "set", "set the customer"),
  cart,
  plain("coupon", "coupon", "apply", "apply the coupon",
    { "customer", "cart" }),
  plain("voucher", "voucher", "apply", "pay with the gift voucher",
    { "customer" }),
  plain("reward", "reward", "apply", "pay with reward points:",
    { "customer", "cart" }),
  address_step("shipping", "ship to", { "cart" }),
  list_step("shipping", { "currency", "customer", "cart",
    "shipping_address" }),
  choice_step("shipping"),
  address_step("payment", "bill", {}),
  list_step("payment", { "currency", "customer", "cart", "coupon", "voucher",
    "reward", "shipping_method", "payment_address" }),
  choice_step("payment"),
  review,
  order,
}
STEPS[2].what = customer_name
for i = 1, #STEPS - 2 do
  review.after[i] = STEPS[i].name
end
order.after[1] = "review"

-- }======

-- After an order whose answer was lost: is it there? Reads only.
local function look(self)
  local lost = self.lost or call.record(self.session, { kind = "network",
    message = "the order was sent, and its answer was not seen here",
    hint = "look for it in the shop before you order again",
    endpoint = "order.add", stage = "order", ambiguous = true,
    retryable = false, attempts = 1 })
  self.lost = lost
  if self.calls.state.closed then
    lost.hint = "the session was closed, so nothing can be read through it: "
      .. "look for the order in the shop before you order again"
    return nil, lost
  end
  local found, evidence = order_evidence.look(self.session, {
    reference = self.given.reference, basket = self.basket,
    customer = self.given.customer, sent = self.sent_at,
    before = lost.evidence })
  if found then
    self.result, self.order_id = found, found.order_id
    return found
  end
  lost.evidence = evidence or lost.evidence
  lost.hint = order_evidence.advice(lost.evidence, self.given.reference)
  return nil, lost
end

--- Makes the plan of a purchase; sends nothing. Raises where the caller of
--- session:checkout stands.
---@param session invotide.Session
---@param given invotide.CheckoutOptions
---@return invotide.Plan
function checkout.new(session, given)
  local calls = session.calm or session
  local made = plan.new { list = STEPS, given = {}, check = check,
    look = look, raise = session.raise, session = session, calls = calls,
    warnings = {} }
  check(made, given, type(given) == "table" and given or {}, 3)
  for name, value in pairs(given) do
    made.given[name] = value or nil
  end
  if (session.defaults or {}).raw then
    made.calls = calls:with { raw = false } -- the plan reads the answers
  end
  return made
end

return checkout
