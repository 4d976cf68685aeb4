-- What the shop says when it does not speak JSON: PHP's warnings and fatal
-- errors, HTML pages. Must not know: sessions, routes, sockets.

local pages = {}

local ROOT = "/var/www/shop/"
local HTML = "text/html; charset=UTF-8"

--- A warning as the shop prints it ahead of its answer.
function pages.warning(text, file, line)
  return "<b>Warning</b>: " .. text .. " in <b>" .. ROOT .. file
    .. "</b> on line <b>" .. line .. "</b>"
end

-- "Done!" and "A mistake!"
local DONE = "\208\147\208\190\209\130\208\190\208\178\208\190!"
local MISTAKE = "\208\158\209\136\208\184\208\177\208\186\208\176!"

--- A message in the store's other language: no word of the first is left.
function pages.translate(text)
  return (text:find("^Success") or text:find("success", 1, true)) and DONE
    or MISTAKE
end

local function html(status, body)
  return {status = status, headers = {["Content-Type"] = HTML}, body = body}
end

function pages.text(text)
  return html(200, text)
end

--- 500 without a word: the database is down, or display_errors is off.
function pages.empty()
  return html(500, "")
end

--- A PHP fatal error: 500 with whatever was printed before; with
--- display_errors on it is 200 and tells.
function pages.fatal(shown, before)
  if shown then
    return html(200, before .. "<br />\n<b>Fatal error</b>:  Uncaught "
      .. "TypeError: Argument #1 must be of type string, array given in "
      .. ROOT .. "system/engine/action.php:79\nStack trace:\n#0 {main}\n"
      .. "  thrown in <b>" .. ROOT .. "system/engine/action.php</b> on line "
      .. "<b>79</b><br />\n")
  end
  return html(500, before)
end

function pages.not_found()
  local title = "The page you requested cannot be found!"
  local reply = html(404, "<!DOCTYPE html>\n<html><head><title>" .. title
    .. "</title></head><body><h1>" .. title .. "</h1></body></html>\n")
  reply.headers["Content-Type"] = "text/html; charset=utf-8"
  return reply
end

--- The web server's page while the shop is being worked on.
function pages.maintenance()
  local reply = html(503, "<!DOCTYPE html>\n<html><head><title>Maintenance"
    .. "</title></head><body><h1>We are currently performing some scheduled "
    .. "maintenance.</h1></body></html>\n")
  reply.headers["Retry-After"] = "3600"
  return reply
end

return pages
