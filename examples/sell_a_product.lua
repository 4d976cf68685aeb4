-- Sells a product from its creation to its refund; `./run demo` runs it.
-- In the sandbox it does everything. With the keys of a real account
-- (INSTAMOJO_API_KEY, INSTAMOJO_AUTH_TOKEN, INSTAMOJO_ENDPOINT) it only reads
-- and says what it leaves out.

local instamojo = require "instamojo"
local shopwire = require "shopwire"

local endpoint = os.getenv "INSTAMOJO_ENDPOINT"
-- `./run` says so when it started a sandbox; the address must agree.
local sandbox = os.getenv "SHOPWIRE_SANDBOX" == "1"
  and (endpoint or ""):match "^http://127%.0%.0%.1:%d+/"

if not os.getenv "INSTAMOJO_API_KEY" or not os.getenv "INSTAMOJO_AUTH_TOKEN"
then
  io.stderr:write("set INSTAMOJO_API_KEY and INSTAMOJO_AUTH_TOKEN, ",
    "or type ./run demo\n")
  os.exit(1)
end

-- Whatever the service refuses ends the script and says why.
local must = shopwire.assert

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = endpoint, app_info = "demo/1",
}

local step = 0
local function say(...)
  step = step + 1
  print(string.format("%2d. %s", step, string.format(...)))
end

local function cut(text, width)
  text = tostring(text or "")
  return #text > width and text:sub(1, width - 2) .. ".." or text
end

-- A small table: columns are { title, key, width }.
local function show(columns, rows)
  local function line(cell)
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = string.format("%-" .. column[3] .. "s",
        cut(cell(column), column[3]))
    end
    print("      " .. table.concat(cells, "  "):gsub("%s+$", ""))
  end
  line(function(column) return column[1] end)
  line(function(column) return ("-"):rep(column[3]) end)
  for i = 1, math.min(#rows, 5) do
    line(function(column) return rows[i][column[2]] end)
  end
  if #rows > 5 then
    print("      … and " .. #rows - 5 .. " more")
  end
end

local function show_products(products)
  show({ { "slug", "slug", 24 }, { "title", "title", 24 },
    { "price", "base_price", 10 }, { "sold", "quantity_sold", 4 } }, products)
end

local function show_payments(payments)
  show({ { "payment", "payment_id", 24 }, { "buyer", "buyer_name", 24 },
    { "amount", "amount", 10 }, { "status", "status", 6 } }, payments)
end

-- A file of `size` bytes that takes no room on the disk.
local function make_file(path, size, head)
  local file = assert(io.open(path, "wb"))
  file:write(head or "")
  file:seek("set", size - 1)
  file:write("\0")
  file:close()
end

-- A line that counts up, where a person is looking.
local terminal = os.execute "test -t 1"
terminal = terminal == true or terminal == 0
local function progress(sent, total)
  if terminal and total > 0 then
    io.stdout:write(string.format("\r      sending %3d %% of %.0f MB ",
      math.floor(sent / total * 100), total / 1e6),
      sent == total and "\n" or "")
    io.stdout:flush()
  end
end

local function create()
  local base = os.tmpname()
  local album, cover = base .. ".zip", base .. ".png"
  make_file(album, 40000000, "PK\3\4")
  make_file(cover, 64000, "\137PNG\r\n\26\n")
  local product, err = client.links:create {
    title = "Songs of the monsoon",
    description = "Twelve songs, *recorded live*.",
    base_price = "499.00", quantity = 0, note = "Thank you!",
    file_upload = shopwire.file(album, { progress = progress }),
    cover_image = cover,
  }
  os.remove(base)
  os.remove(album)
  os.remove(cover)
  return must(product, err)
end

-- No real service has this door: the sandbox buys the product for us.
local function buy(product)
  local door = instamojo.Client {
    api_key = os.getenv "INSTAMOJO_API_KEY",
    auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
    endpoint = sandbox .. "_sandbox/",
  }
  return must(door:request("POST", "pay/", { link = product.slug })).payment
end

local function main()
  local greeting = must(client:debug())
  say("The keys are good. The service says: %s", greeting.message)
  if not sandbox then
    say("The newest products:")
    show_products(must(client.links:list { limit = 5 }))
    say("The newest payments:")
    show_payments(must(client.payments:list { limit = 5 }))
    say("Left out, since this is not the sandbox: creating a product with "
      .. "its file,\n    selling it, changing its price, refunding, deleting.")
    return
  end
  local product = create()
  say("Created %q with a file of 40 MB and a cover: %s", product.title,
    product.url)
  say("All products:")
  show_products(must(client.links:list {}))
  local sale = buy(product)
  say("Somebody bought it: payment %s", sale.payment_id)
  show_payments { must(client.payments:get(sale.payment_id)) }
  product = must(client.links:edit(product.slug, { base_price = "449.00" }))
  say("The price is now %s %s", product.currency, product.base_price)
  local refund = must(client.refunds:create { payment_id = sale.payment_id,
    type = "QFL", body = "The buyer did not like the third song." })
  say("Refunded %s of %s: refund %s is %q", refund.refund_amount,
    refund.total_amount, refund.id, refund.status)
  must(client.links:delete(product.slug))
  say("Deleted the product; %d left.", #must(client.links:list {}))
end

main()
