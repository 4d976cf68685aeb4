--- Instamojo: sell products, ask for payments, refund them, set the values of
--- a store's script. `require "instamojo"` opens no socket.

local client = require "instamojo.client"

local instamojo = {
  Client = client.new,
  webhook = require "instamojo.webhook",
}

return instamojo
