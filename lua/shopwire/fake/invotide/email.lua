-- E-mail addresses as PHP's FILTER_VALIDATE_EMAIL takes them: ASCII only.
-- Must not know: calls.

local email = {}

email.problem = "E-Mail Address does not appear to be valid!"

local function labels_are_good(host)
  for label in (host .. "."):gmatch("([^.]*)%.") do
    if not label:find("^%w[%w-]*$") or label:sub(-1) == "-"
      or #label > 63 then
      return false
    end
  end
  return host:find(".", 1, true) ~= nil
end

--- At most 96 characters, a local part without odd dots, a host with a dot.
function email.is_valid(text)
  local name, host = text:match("^([%w!#$%%&'*+/=?^_`{|}~.-]+)@([%w.-]+)$")
  if not name or #text > 96 or #name > 64 or name:find("^%.")
    or name:find("%.$") or name:find("..", 1, true) then
    return false
  end
  return labels_are_good(host)
end

return email
