-- Sets the values of a script in a merchant's store (v2, access token).
--   ./run lua examples/script_values.lua [KEY=TEXT …]
-- Instamojo gives an app its variables; a merchant's store has their values.

local instamojo = require "instamojo"
local shopwire = require "shopwire"

local app_id = assert(os.getenv "INSTAMOJO_APP_ID", "set INSTAMOJO_APP_ID")
local client = instamojo.Client {
  access_token = os.getenv "INSTAMOJO_ACCESS_TOKEN",
  v2_endpoint = os.getenv "INSTAMOJO_V2_ENDPOINT",
}

local wanted = {}
for _, word in ipairs(arg) do
  local key, text = word:match "^([%w_]+)=(.*)$"
  wanted[assert(key, "KEY=TEXT expected, not " .. word)] = text
end

local script = shopwire.assert(client.script_values:get(app_id))
local items = {}
for _, value in ipairs(script.values) do
  local text = wanted[value.key]
  wanted[value.key] = nil
  if text and text ~= value.value then
    items[#items + 1] = { id = value.id, value = text } -- ids as they came
  end
end
for key in pairs(wanted) do
  print("the script has no variable " .. key)
end

-- One call for all of them. Single ones: script_values:set(app_id, id, text),
-- :add(app_id, variable_id, text), :remove(app_id, id).
if #items > 0 then
  script = shopwire.assert(client.script_values:update(app_id, items))
end
print(script.title .. ": " .. script.template)
for _, value in ipairs(script.values) do
  print(string.format("  %-12s %q", value.key, value.value))
end
