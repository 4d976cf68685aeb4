--- The fake behind a client without a socket: a transport that hands the
--- request over and harms the reply as a fault says. Delays are not waited
--- for. Must not know: sockets, clients.

local function lower(headers)
  local result = {}
  for name, value in pairs(headers) do
    result[name:lower()] = value
  end
  return result
end

local function parts_of(upload)
  if not upload then
    return nil
  end
  return { { name = upload.field, filename = upload.name,
    path = upload.path, size = upload.size } }
end

local function body_of(reply)
  if not reply.file then
    return reply.body or ""
  end
  local handle = assert(io.open(reply.file, "rb"))
  local body = handle:read("*a")
  handle:close()
  return body
end

--- Makes the transport of a fake.
---@param fake table of shopwire.fake
---@return function transport(request) → reply, or nil and what happened
return function(fake)
  return function(request)
    local path, query = request.url:match("^%a+://[^/]+([^?]*)%??(.*)$")
    local reply = fake:handle {
      method = request.verb, path = path, query = query,
      headers = lower(request.headers), body = request.body,
      parts = parts_of(request.upload),
    }
    local fault = reply.fault or {}
    if fault.reset then
      return nil, "Connection reset by peer"
    elseif fault.truncate then
      return nil, "the connection was closed before the whole reply was here"
    end
    return { status = reply.status, headers = reply.headers,
      body = body_of(reply) }
  end
end
