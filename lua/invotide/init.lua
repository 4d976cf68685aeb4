--- Invotide: a shop's storefront API (OpenCart 3.0.x), from the cart to the
--- order. `require "invotide"` opens no socket.

local session = require "invotide.session"

local invotide = {
  Session = session.new,
}

return invotide
