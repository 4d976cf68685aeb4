-- Writes last month's payments to a CSV file.
--   ./run lua examples/export_payments.lua [FILE] [YYYY-MM]
-- v1.1 cannot filter payments by date, so the script does; each{} walks over
-- all pages and never shows a payment twice.

local instamojo = require "instamojo"

local path = arg[1] or "payments.csv"
local now = os.date "!*t"
local month = arg[2] or os.date("!%Y-%m",
  os.time { year = now.year, month = now.month - 1, day = 1, hour = 12 })

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  auth_token = os.getenv "INSTAMOJO_AUTH_TOKEN",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local columns = { "payment_id", "created_at", "status", "amount", "currency",
  "fees", "buyer_name", "buyer_email", "link_title" }

-- A spreadsheet runs cells that begin like a formula: they get a quote.
local function cell(value)
  local text = tostring(value or ""):gsub('"', '""')
  if text:find "^[=+@\t\r-]" then
    text = "'" .. text
  end
  return '"' .. text .. '"'
end

local file = assert(io.open(path, "w"))
file:write(table.concat(columns, ","), "\r\n")
local count = 0
for payment in client.payments:each { limit = 500 } do
  if payment.created_at:sub(1, 7) == month then
    local cells = {}
    for i, name in ipairs(columns) do
      cells[i] = cell(payment[name])
    end
    file:write(table.concat(cells, ","), "\r\n")
    count = count + 1
  end
end
assert(file:close())
print(count .. " payments of " .. month .. " are in " .. path)
