--- One call from its request to its result: submit, wait, take, and again
--- where the retry law says so. The only place that waits for calls.
--- Must not know: the services.

local block = require "shopwire.driver.block"
local core = require "shopwire.core"
local drivers = require "shopwire.drivers"
local errors = require "shopwire.errors"
local meta = require "shopwire.meta"

local call = {}

local engine = core.engine()
local submit, take = engine.submit, engine.take
local pick = drivers.pick
-- request → client, for its log: also when the script dropped both
local clients = setmetatable({}, { __mode = "k" })
local keep = meta.keep

--- Tells the client's log, between waits, whatever happens in it.
---@param client table
---@param event table
function call.log(client, event)
  local log = client.log
  if log then
    pcall(log, event)
  end
end

local function tell_unclaimed(client, request, result, err)
  call.log(client, { event = "unclaimed", result = result,
    error = err and errors.new(err) or nil })
  if client.landed then
    client.landed(request, result, err)
  end
end

-- A call that lands with nobody waiting for it may have moved money. Only the
-- take may raise, for memory: then the call is told again.
block.set_unclaimed(function(token)
  local request = engine:request(token)
  local result, err = take(engine, token)
  local client = clients[request]
  if client then
    pcall(tell_unclaimed, client, request, result, err)
  end
end)

--- Makes a failure an error record and tells the log.
---@return shopwire.Error
function call.record(client, err)
  errors.new(err)
  call.log(client, { event = "error", error = err })
  return err
end

--- Makes a failure of this client what the script sees.
---@return nil, shopwire.Error
function call.fail(client, err)
  call.record(client, err)
  if client.raise then
    error(err, 0)
  end
  return nil, err
end

-- Runs the script's progress function; false or an error cancels. Gives the
-- sentence that says so.
local function report(progress, sent, total)
  local ok, go_on = pcall(progress, sent, total)
  if not ok then
    return "the progress function failed: " .. core.show(tostring(go_on), 300)
  end
  return go_on == false and "the progress function returned false" or nil
end

-- Waits with a progress function; gives the sentence that stopped the call,
-- be it only after the last byte.
local function wait(driver, token, progress)
  while not driver.park(token, 0.1) do
    local stopped = report(progress, engine:progress(token))
    if stopped then
      engine:cancel(token)
      driver.park(token)
      return stopped
    end
  end
  return report(progress, engine:progress(token))
end

-- Headers as one block of lines, as they would come over the wire.
local function head_of(reply)
  local lines = { "HTTP/1.1 " .. tostring(reply.status) .. " \r\n" }
  for name, value in pairs(reply.headers or {}) do
    if type(value) == "table" then
      name, value = value[1], value[2]
    end
    lines[#lines + 1] = name .. ": " .. tostring(value) .. "\r\n"
  end
  return table.concat(lines)
end

-- What is wrong with a transport's reply, if anything is.
local function unusable(reply, why)
  if type(reply) ~= "table" then
    return tostring(why or "the transport gave no reply")
  elseif type(reply.status) ~= "number" or reply.status % 1 ~= 0 then
    return "the transport's reply has no status"
  elseif reply.body ~= nil and type(reply.body) ~= "string" then
    return "the body of the transport's reply is no text"
  elseif reply.headers ~= nil and type(reply.headers) ~= "table" then
    return "the headers of the transport's reply are no table"
  end
end

-- The seam for tests and for a host's own HTTP: no engine is involved.
local function through(client, request, progress)
  local verb, url, lines, body = request:export()
  local headers = {}
  for i = 1, #lines do
    local name, value = lines[i]:match("^([^:]+):%s*(.*)$")
    headers[name] = value
  end
  if client.landed then
    client.token = false
  end
  local upload = request:file()
  local reply, why, untouched = client.transport {
    verb = verb, url = url, headers = headers, body = body, upload = upload,
  }
  client.token = nil
  local wrong = unusable(reply, why)
  if wrong then
    request:reject(wrong, untouched ~= true)
  else
    request:accept(reply.status, head_of(reply), reply.body or "")
  end
  local stopped = progress and upload and not wrong
    and report(progress, upload.size, upload.size) or nil
  local result, err, again = request:outcome()
  return result, err, again, stopped
end

-- One attempt over the engine: result; or nil, err, seconds to wait before
-- the next one, and the sentence of a progress function that stopped it.
local function fly(client, request, driver, progress)
  local landed = client.landed
  local known = landed or client.log
  if known then
    clients[request] = client
  end
  local token = submit(engine, request)
  if landed then
    client.token = token
  end
  local stopped
  if progress then
    stopped = wait(driver, token, progress)
  else
    driver.park(token)
  end
  local ok, result, err, again = pcall(take, engine, token)
  if not ok then
    -- Out of memory, a reply is still there: with the garbage gone it is read
    -- again, so that the end of a call that moved money is not lost.
    collectgarbage()
    result, err, again = take(engine, token)
  end
  if known then
    clients[request] = nil
    client.token = nil
  end
  return result, err, again, stopped
end

-- Stopped when all was sent: the answer is not used.
local function stopped_late()
  return { kind = "cancelled", stage = "receive", retryable = false,
    message = "this side stopped the call when everything was sent" }
end

--- Sends a request until it has an outcome.
---@param client table { transport, blocking, log, raise }; one that makes a
--- single call at a time may have landed(request, result, err), for a call
--- that nobody waits for any more; its token is set while a call is under
--- way, and false when a transport carries it
---@param request userdata
---@param progress function|nil
---@return any result, shopwire.Error|nil err
function call.send(client, request, progress)
  local driver, refused = pick(client.blocking)
  if not driver then
    return nil, refused
  end
  while true do
    local result, err, again, stopped
    if client.transport then
      result, err, again, stopped = through(client, request, progress)
    else
      result, err, again, stopped = fly(client, request, driver, progress)
    end
    if stopped then
      err, again = err or stopped_late(), nil
    end
    if err == nil then
      if type(result) == "table" then
        keep(result, request)
      end
      return result
    end
    if not again then
      err.hint = stopped or err.hint
      return nil, err
    end
    call.log(client, { event = "retry", wait = again, error =
      errors.new(err) })
    driver.sleep(again)
  end
end

--- As call.send, and an error takes the road that the client chose.
function call.run(client, request, progress)
  local result, err = call.send(client, request, progress)
  if err ~= nil then
    return call.fail(client, err)
  end
  return result
end

return call
