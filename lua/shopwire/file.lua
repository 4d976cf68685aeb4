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

-- How long one upload may take: as long as a slow line needs, unless told.
local function upload_deadline(client, options, opened)
  local told = options and options.deadline
  return told or math.min(86400,
    math.max(client.deadline, opened:size() / SLOWEST))
end

-- One file on its way; returns the upload host's answer as text.
local function send(client, steps, entry, options)
  local ask = core.request(client.view, 0, steps.address.id)
  local address, err = call.send(client, ask)
  if address == nil then
    return nil, err
  end
  if type(address) ~= "string" then
    return nil, refused_address("is not text", steps.address.full_name)
  end
  local wrong = core.upload_wrong(address, (client.view:endpoint()))
  if wrong then
    return nil, refused_address(wrong, steps.address.full_name)
  end
  local request = core.upload(client.view, 0, steps.upload.id, address,
    entry.opened, upload_deadline(client, options, entry.opened))
  return call.send(client, request, entry.progress)
end

-- All files on their way, one after the other.
local function send_all(client, steps, request, files, options)
  for _, entry in ipairs(files) do
    local answer, err = send(client, steps, entry, options)
    if answer == nil then
      -- whatever became of the file, the call that names it was not sent
      err.ambiguous = nil
      err.upload = entry.name
      return nil, err
    end
    request = request:with_field(entry.name .. "_json", answer)
  end
  return request
end

--- Sends the files, then the call that names them.
---@param client table
---@param steps table { address = row, upload = row }
---@param request userdata the call, without its files
---@param files table[] of open_all; closed at the end
---@param options table|nil of the call
---@return any result, table|nil err
function file.send_with(client, steps, request, files, options)
  local whole, err = send_all(client, steps, request, files, options)
  file.close_all(files)
  if whole == nil then
    return nil, err
  end
  return call.send(client, whole)
end

return file
