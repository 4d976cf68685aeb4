-- Trades user name and password for an auth token, once.
--   INSTAMOJO_USERNAME=… INSTAMOJO_PASSWORD=… ./run lua examples/get_token.lua
-- The token is a secret: it prints as [secret] wherever it turns up, until a
-- script asks for its bytes.

local instamojo = require "instamojo"

local username = assert(os.getenv "INSTAMOJO_USERNAME",
  "set INSTAMOJO_USERNAME")
local password = assert(os.getenv "INSTAMOJO_PASSWORD",
  "set INSTAMOJO_PASSWORD")

local client = instamojo.Client {
  api_key = os.getenv "INSTAMOJO_API_KEY",
  endpoint = os.getenv "INSTAMOJO_ENDPOINT",
}

local token, err = client:auth(username, password)
if not token then
  print("no token: " .. err)
  os.exit(1)
end
print("got " .. tostring(token))

-- The client has it already.
print(assert(client:debug()).message)

-- To keep it, ask for its bytes and put them where only you can read.
if arg[1] then
  local file = assert(io.open(arg[1], "w"))
  file:write(token:reveal(), "\n")
  file:close()
end
