-- Uses an installed tree: its files and not the source's, and one call that
-- cannot succeed, so that the engine has to load to say why.
local where = assert(arg[1])

local instamojo = require "instamojo"
local source = debug.getinfo(instamojo.Client, "S").source
assert(source:find(where, 1, true) or source == "=[C]", source)

local client = instamojo.Client({
  api_key = "key", auth_token = "token",
  endpoint = "http://127.0.0.1:1/api/1.1/", retries = 0,
})
local result, err = client:debug()
assert(result == nil and err.kind == "network", tostring(err))
print("installed: " .. tostring(err))
