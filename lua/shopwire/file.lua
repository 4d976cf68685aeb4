--- Files to upload, and the three steps that bring one to the service: ask
--- for an address, send the file there, put the answer into the call.
--- Must not know: the services; the caller names the rows.

local call = require "shopwire.call"
local core = require "shopwire.core"

local file = {}

local SLOWEST = 64 * 1024 -- bytes a second that an upload may fall to

--- A file with a progress function: progress(sent, total) is called about
--- every tenth of a second, in the caller's coroutine; false cancels.
---@param path string
---@param options table|nil { progress = function(sent, total) }
---@return table
function file.new(path, options)
  if type(path) ~= "string" then
    error("a path must be text, not a " .. type(path), 2)
  end
  if options ~= nil and type(options) ~= "table" then
    error("the options of a file must be a table, not a " .. type(options), 2)
  end
  for name, value in pairs(options or {}) do
    if name ~= "progress" then
      error(core.show(tostring(name), 60) .. " is not an option of a file: "
        .. "there is only progress", 2)
    elseif type(value) ~= "function" then
      error("progress must be a function, not a " .. type(value), 2)
    end
  end
  return { path = path, progress = options and options.progress }
end

local function path_of(value)
  return type(value) == "table" and value.path or value
end

local function unreadable(name, path, why, endpoint)
  return { kind = "invalid", stage = "build", endpoint = endpoint,
    message = name .. ": " .. core.show(path, 200) .. " cannot be read: "
      .. tostring(why),
    hint = "give the path of a file that this program may read",
    retryable = false }
end

--- Opens every file that the fields name, before anything is sent.
---@return table[]|nil files, table|nil err
function file.open_all(row, fields)
  local files = {}
  for _, field in ipairs(row.fields) do
    local value = field.kind == "file" and fields[field.name]
    if value then
      local opened, why = core.open_file(path_of(value))
      if not opened then
        file.close_all(files)
        return nil, unreadable(field.name, path_of(value), why, row.full_name)
      end
      files[#files + 1] = { name = field.name, opened = opened,
        progress = type(value) == "table" and value.progress or nil }
    end
  end
  return files
end

function file.close_all(files)
  for _, entry in ipairs(files) do
    entry.opened:close()
  end
end

local function refused_address(why, endpoint)
  return { kind = "protocol", stage = "decode", endpoint = endpoint,
    message = "the service's upload address " .. why .. ": no file was sent",
    hint = "is the endpoint really this service's?" }
end

-- The one clock of a call that was told a deadline: seconds that are left, or
-- nothing for a call that was not, whose steps have their own time then.
local function clock_of(options)
  local ends = options.deadline and core.now() + options.deadline
  return function()
    return ends and ends - core.now()
  end
end

local function too_late(row)
  return { kind = "timeout", stage = "build", endpoint = row.full_name,
    message = "the deadline passed before " .. row.full_name .. " was sent",
    hint = "nothing has changed: give the call a longer deadline",
    retryable = true }
end

-- How long one upload may take that was told nothing: as long as a slow line
-- needs.
local function patience(client, opened)
  return math.min(86400, math.max(client.deadline, opened:size() / SLOWEST))
end

local function ask_address(client, row, left, options)
  local address, err = call.send(client, core.request(client.view, 0, row.id,
    false, { deadline = left, retries = options.retries }))
  if address == nil then
    return nil, err
  end
  if type(address) ~= "string" then
    return nil, refused_address("is not text", row.full_name)
  end
  local wrong = core.upload_wrong(address, (client.view:endpoint()))
  if wrong then
    return nil, refused_address(wrong, row.full_name)
  end
  return address
end

-- One file on its way; returns the upload host's answer as text.
local function send(client, steps, entry, clock, options)
  local left = clock()
  if left and left <= 0 then
    return nil, too_late(steps.address)
  end
  local address, err = ask_address(client, steps.address, left, options)
  if not address then
    return nil, err
  end
  left = clock()
  if left and left <= 0 then
    return nil, too_late(steps.upload)
  end
  local request = core.upload(client.view, 0, steps.upload.id, address,
    entry.opened, left or patience(client, entry.opened), options.retries)
  return call.send(client, request, entry.progress)
end

-- Whatever became of the file, the call that names it was not sent: nothing
-- is in doubt, and another try does no harm.
local function settle(err, entry, steps)
  local stopped = err.kind == "cancelled" and entry.progress
  -- an answer that cannot be used is one more way not to know
  local doubt = err.ambiguous or (err.kind == "protocol"
    and err.endpoint == steps.upload.full_name and err.stage ~= "connect")
  if doubt or not err.hint then
    err.retryable = err.retryable or doubt and not stopped
    err.hint = stopped and err.hint or "this file did not arrive, so the "
      .. "call itself was not sent and nothing has changed"
      .. (err.retryable and ": it may be made again" or "")
  end
  err.ambiguous = nil
  err.endpoint = err.endpoint or steps.upload.full_name
  err.upload = entry.name
  return err
end

-- All files on their way, one after the other: the answers by field name.
local function send_all(client, steps, files, clock, options)
  local answers = {}
  for i, entry in ipairs(files) do
    local answer, err = send(client, steps, entry, clock, options)
    if answer == nil then
      return nil, settle(err, entry, steps)
    end
    answers[i] = answer
  end
  return answers
end

--- Sends the files, then the call that names them.
---@param client table
---@param steps table { address = row, upload = row }
---@param row table of the call
---@param build function(left) the call without its files, as a request with
--- that many seconds; nil stands for its own deadline
---@param files table[] of open_all; closed at the end
---@param options table|nil of the call: its deadline is one clock for all
--- steps, its retries are those of each
---@return any result, table|nil err
function file.send_with(client, steps, row, build, files, options)
  options = options or {}
  local clock = clock_of(options)
  local answers, err = send_all(client, steps, files, clock, options)
  file.close_all(files)
  if not answers then
    return nil, err
  end
  local left = clock()
  if left and left <= 0 then
    return nil, too_late(row)
  end
  local request = build(left)
  for i, entry in ipairs(files) do
    request = request:with_field(entry.name .. "_json", answers[i])
  end
  return call.send(client, request)
end

--- What an explained call does before its own line, as a comment of the
--- shell behind that; nothing for a call without files.
---@param row table
---@param fields table
---@param steps table { address = row, upload = row }
---@return string
function file.explain(row, fields, steps)
  local sent, answers = {}, {}
  for _, field in ipairs(row.fields) do
    local value = field.kind == "file" and fields[field.name]
    if value then
      sent[#sent + 1] = field.name .. " (" .. core.show(path_of(value), 200)
        .. ")"
      answers[#answers + 1] = field.name .. "_json"
    end
  end
  if #sent == 0 then
    return ""
  end
  return " # before it, for each of " .. table.concat(sent, ", ") .. ": "
    .. steps.address.full_name .. ", then " .. steps.upload.full_name
    .. ", whose answer goes along as " .. table.concat(answers, ", ")
end

return file
