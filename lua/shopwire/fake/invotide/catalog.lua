-- What the shop sells and to whom: the demo data of a fresh installation with
-- the additions that the recorded exchanges show. Prices are the store's
-- currency (USD). Must not know: calls, sessions.

local catalog = {}

local function value(id, name, price, more)
  local result = {id = id, name = name, price = price or 0, points = 0,
    quantity = 1000, subtract = false}
  for key, item in pairs(more or {}) do
    result[key] = item
  end
  return result
end

local cinema_options = {
  {id = "217", name = "Select", type = "select", required = true, values = {
    value("4", "Red", 4), value("3", "Blue", 3), value("1", "Green", 1),
    value("2", "Yellow", 2)}},
  {id = "218", name = "Radio", type = "radio", required = true, values = {
    value("5", "Small", 10), value("6", "Medium", 20),
    value("7", "Large", 30)}},
  {id = "223", name = "Checkbox", type = "checkbox", required = true,
    values = {value("8", "Checkbox 1", 10), value("9", "Checkbox 2", 20),
      value("10", "Checkbox 3", 30), value("11", "Checkbox 4", 40)}},
  {id = "208", name = "Text", type = "text", required = true},
  {id = "209", name = "Textarea", type = "textarea", required = true},
  {id = "222", name = "File", type = "file", required = true},
  {id = "219", name = "Date", type = "date", required = true},
  {id = "221", name = "Time", type = "time", required = true},
  {id = "220", name = "Date &amp; Time", type = "datetime", required = true},
}

local function product(id, name, model, price, quantity, more)
  local result = {
    id = id, name = name, model = model, price = price, quantity = quantity,
    points = 0, reward = 0, minimum = 1, shipping = true, tax = "9",
    options = {},
  }
  for key, item in pairs(more or {}) do
    result[key] = item
  end
  return result
end

--- A fresh stock of products by id.
function catalog.products()
  local list = {
    product("28", "HTC Touch HD", "Product 1", 100, 939,
      {points = 200, reward = 400}),
    product("29", "Palm Treo Pro", "Product 2", 279.99, 999),
    product("30", "Canon EOS 5D", "Product 3", 80, 7, {reward = 200,
      options = {{id = "226", name = "Select", type = "select",
        required = true, values = {value("15", "Red", 0, {quantity = 2,
          subtract = true}), value("16", "Blue", 0, {quantity = 5,
          subtract = true})}}}}),
    product("31", "Nikon D300", "Product 4", 80, 1000),
    product("33", "Samsung SyncMaster 941BW", "Product 6", 200, 1000),
    product("36", "iPod Nano", "Product 9", 100, 994, {reward = 100}),
    product("40", "iPhone", "product 11", 101, 970),
    product("41", "iMac", "Product 14", 100, 977),
    product("42", "Apple Cinema 30&quot;", "Product 15", 90, 990,
      {points = 400, reward = 100, minimum = 2, options = cinema_options}),
    product("43", "MacBook", "Product 16", 500, 929, {reward = 600}),
    product("46", "Sony VAIO", "Product 19", 1000, 1000),
    product("48", "iPod Classic", "product 20", 100, 995),
    product("49", "Samsung Galaxy Tab 10.1", "SAM1", 199.99, 0,
      {reward = 1000}),
    product("50", "User Manual (PDF)", "DOWNLOAD1", 10, 1000,
      {shipping = false, tax = "0"}),
  }
  local by_id = {}
  for _, item in ipairs(list) do
    by_id[item.id] = item
  end
  return by_id
end

catalog.currencies = {
  GBP = {id = "1", left = "\194\163", right = "", rate = 0.61250001},
  USD = {id = "2", left = "$", right = "", rate = 1},
  EUR = {id = "3", left = "", right = "\226\130\172", rate = 0.78460002},
}

catalog.languages = {["en-gb"] = "1", ["ru-ru"] = "2"}

-- `postcode`: the country asks for one.
catalog.countries = {
  ["13"] = {name = "Australia", iso2 = "AU", iso3 = "AUS"},
  ["38"] = {name = "Canada", iso2 = "CA", iso3 = "CAN", postcode = true},
  ["74"] = {name = "France, Metropolitan", iso2 = "FR", iso3 = "FRA",
    postcode = true},
  ["81"] = {name = "Germany", iso2 = "DE", iso3 = "DEU", postcode = true},
  ["99"] = {name = "India", iso2 = "IN", iso3 = "IND"},
  ["176"] = {name = "Russian Federation", iso2 = "RU", iso3 = "RUS"},
  ["222"] = {name = "United Kingdom", iso2 = "GB", iso3 = "GBR",
    postcode = true},
  ["223"] = {name = "United States", iso2 = "US", iso3 = "USA"},
}

catalog.zones = {
  ["190"] = {name = "Australian Capital Territory", code = "ACT"},
  ["610"] = {name = "Ontario", code = "ON"},
  ["1256"] = {name = "Berlin", code = "BER"},
  ["1493"] = {name = "Maharashtra", code = "MA"},
  ["2743"] = {name = "Kalinigrad", code = "KA"},
  ["3553"] = {name = "Greater London", code = "LDN"},
  ["3563"] = {name = "Hertfordshire", code = "HRT"},
  ["3624"] = {name = "California", code = "CA"},
}

-- Rates of a tax class in the order of their lines; both hold in one country,
-- for one customer group, by the place that `based` names.
catalog.taxes = {
  ["9"] = {
    {id = "87", name = "Eco Tax (-2.00)", fixed = 2, based = "shipping"},
    {id = "86", name = "VAT (20%)", percent = 20, based = "shipping"},
  },
}
catalog.tax_country = "222"
catalog.tax_group = "1"
catalog.home = {country_id = "222", zone_id = "3563"}

--- Fields that the shop's owner added. `pattern` is a Lua one.
catalog.custom_fields = {
  {id = "1", name = "Tax number", place = "account", groups = {["2"] = true}},
  {id = "2", name = "Dock code", place = "address", groups = {["2"] = true},
    pattern = "^[A-Z][A-Z]%d%d%d%d$"},
}
catalog.groups = {["1"] = true, ["2"] = true}

--- Coupons by lower-case code; `uses` is how often each may be used.
function catalog.coupons()
  return {
    ["2222"] = {code = "2222", percent = 10, minimum = 0, uses = 1000},
    ["1111"] = {code = "1111", fixed = 10, minimum = 10, uses = 1000},
    ["3333"] = {code = "3333", percent = 0, shipping = true, minimum = 100,
      uses = 1000},
    ["once"] = {code = "ONCE", fixed = 5, minimum = 0, uses = 1},
    ["member"] = {code = "MEMBER", percent = 5, minimum = 0, uses = 1000,
      members = true},
    ["expired"] = {code = "EXPIRED", percent = 10, minimum = 0, uses = 0},
  }
end

--- Gift vouchers by lower-case code; `amount` is what is left of each.
function catalog.vouchers()
  return {
    ["vou-7271"] = {code = "VOU-7271", amount = 30},
    ["vou-7177"] = {code = "VOU-7177", amount = 100},
    ["vou-dead"] = {code = "VOU-DEAD", amount = 0},
  }
end

function catalog.customers()
  return {
    ["1"] = {id = "1", firstname = "Rita", lastname = "Reward",
      email = "rita@example.com", group = "1", points = 500},
    ["2"] = {id = "2", firstname = "Mina", lastname = "Member",
      email = "mina@example.com", group = "2"},
  }
end

catalog.statuses = {
  ["1"] = "Pending", ["2"] = "Processing", ["3"] = "Shipped",
  ["5"] = "Complete", ["7"] = "Canceled", ["8"] = "Denied",
  ["9"] = "Canceled Reversal", ["10"] = "Failed", ["11"] = "Refunded",
  ["12"] = "Reversed", ["13"] = "Chargeback", ["14"] = "Expired",
  ["15"] = "Processed", ["16"] = "Voided",
}

--- States in which an order's goods are taken out of the stock.
catalog.confirmed = {["1"] = true, ["2"] = true, ["3"] = true, ["5"] = true,
  ["12"] = true}

return catalog
