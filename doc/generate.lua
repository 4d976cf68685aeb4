--- Writes doc/reference.md, doc/invotide.md and what is generated under
--- doc/types from the rows of the core and from doc/records*.lua:
--- `./run lua doc/generate.lua`, from the root of the tree. A spec compares.
--- Must not know: how a row is carried out.

local core = require "shopwire.core"

local generate = {}

-- What is known of each service beside its rows.
local services = {
  instamojo = dofile("doc/records.lua"),
  invotide = dofile("doc/records_invotide.lua"),
}
local records = services.instamojo -- the service that is being written

local TYPES = {
  text = "string", int = "integer", money = "string|number",
  bool = "boolean", url = "string", when = "string", time = "string",
  file = "string|shopwire.File", items = "instamojo.ScriptItem[]",
  id = "integer|string", flag = "boolean", place = "integer|string",
  code = "string", options = "table<integer|string, any>",
  map = "table<integer|string, any>",
}

local UNITS = {
  text = "characters", int = "", money = "units of the currency",
}

local KINDS = {
  text = "text", int = "integer", money = "money", bool = "true or false",
  url = "http or https address", when = "`YYYY-MM-DD HH:mm`",
  time = "ISO 8601 date-time or date", file = "path or `shopwire.file`",
  items = "list of items", id = "number of the shop", flag = "true or false",
  place = "number of the shop", code = "code in capitals", options = "map",
  map = "map", list = "list",
}

local SOURCES = {
  documented = "documented by Instamojo",
  ["read from a client"] = "read from Instamojo's own clients",
  inferred = "inferred", ["seen on a real shop"] = "seen on a real shop",
}

local function by_group()
  local groups = {}
  for _, group in ipairs(records.groups) do
    groups[group] = {}
  end
  for _, row in ipairs(core.rows(records.service)) do
    if not row.inner then
      table.insert(groups[row.group], row)
    end
  end
  return groups
end

local function shown_fields(row)
  local shown = {}
  for _, field in ipairs(row.fields) do
    if not field.internal then
      shown[#shown + 1] = field
    end
  end
  return shown
end

-- "1 to 30 characters", "at most 500", "" when there is no bound.
local function bounds(field)
  local unit = UNITS[field.kind]
  if not unit or (field.min == 0 and not field.max) then
    return ""
  end
  if field.kind == "text" and not field.max then
    return "not empty"
  end
  local text
  if field.max and field.min > 0 then
    text = string.format("%d to %d", field.min, field.max)
  elseif field.max then
    text = string.format("at most %d", field.max)
  else
    text = string.format("at least %d", field.min)
  end
  return unit == "" and text or text .. " " .. unit
end

local function type_of(field)
  if field.choices and field.kind ~= "int" then
    local words = {}
    for i, word in ipairs(field.choices) do
      words[i] = '"' .. word .. '"'
    end
    return table.concat(words, "|")
  end
  if field.kind == "list" then
    return "table[]"
  end
  return TYPES[field.kind]
end

local function joined(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if text and text ~= "" then
      parts[#parts + 1] = text
    end
  end
  return table.concat(parts, "; ")
end

-- The kinds of error that a call can return.
local function kinds_of(row)
  local kinds = { "network", "timeout", "tls", "auth", "forbidden" }
  if #row.args > 0 then
    kinds[#kinds + 1] = "not_found"
  end
  if #row.fields > 0 then
    kinds[#kinds + 1] = "invalid"
  end
  for _, kind in ipairs(records.kinds) do
    kinds[#kinds + 1] = kind
  end
  return kinds
end

-- Names of the arguments in their order.
local function arguments(row)
  local names = {}
  for _, name in ipairs(row.args) do
    names[#names + 1] = name
  end
  if row.positional then
    for _, field in ipairs(shown_fields(row)) do
      names[#names + 1] = records.aliases[row.full_name] or field.name
    end
  elseif #row.fields > 0 then
    names[#names + 1] = "fields"
  end
  names[#names + 1] = "options"
  return names
end

-- {====== the reference page ======

local function signature(row, name, literal)
  local home = records.object .. (row.group == "" and ":"
    or "." .. row.group .. ":")
  local names = arguments(row)
  table.remove(names)
  if #names > 0 and names[#names] == "fields" then
    names[#names] = literal or "{…}"
    if #names == 1 then
      return home .. (name or row.name) .. names[1]
    end
  end
  return home .. (name or row.name) .. "(" .. table.concat(names, ", ") .. ")"
end

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function field_table(row, add)
  local fields = shown_fields(row)
  if #fields == 0 then
    return
  end
  add("| field | kind | must | |")
  add("| --- | --- | --- | --- |")
  local function line(field, name)
    local kind = field.choices and field.kind ~= "int"
      and table.concat(field.choices, " ") or KINDS[field.kind]
    add("| `" .. name .. "` | " .. cell(kind) .. " | "
      .. (field.required and "yes" or "") .. " | "
      .. cell(joined(field.help, bounds(field))) .. " |")
    for _, part in ipairs(field.parts or {}) do
      line(part, "[i]." .. part.name)
    end
  end
  for _, field in ipairs(fields) do
    line(field, row.positional and records.aliases[row.full_name]
      or field.name)
  end
  add("")
end

local function returns_line(row)
  local what = records.returns[row.full_name]
  local name = what:match("^" .. records.service .. "%.(%w+)")
  local text
  if row.paged then
    text = "a page: a list of [" .. name .. "](#" .. name:lower() .. "), with "
      .. "`page:next()`"
  elseif name then
    text = "a [" .. name .. "](#" .. name:lower() .. ")"
  elseif what == "true" then
    text = "`true`"
  elseif what == "string" then
    text = "text"
  end
  local note = records.notes[row.full_name]
  if text and note then
    return text .. ". " .. note
  end
  return (text and text .. "." or note)
end

-- The slots of a session that a call stands on and changes.
local function slot_lines(row, add)
  local function line(title, list)
    if list and #list > 0 then
      add("- " .. title .. ": " .. table.concat(list, ", "):gsub("_", " "))
    end
  end
  line("Needs", row.needs)
  line("Sets", row.sets)
  line("Drops", row.drops)
  line("Drops when it fails", row.fails)
end

local function call_section(row, add)
  add("### " .. row.full_name)
  add("")
  add("`" .. signature(row) .. "`" .. (row.paged and ", `"
    .. signature(row, "each") .. "`" or ""))
  add("")
  add(row.help .. (row.flat and " Old name: `" .. row.flat .. "`." or ""))
  add("")
  field_table(row, add)
  add("- Sends: `" .. row.verb .. " " .. records.route .. row.path .. "`")
  add("- Returns: " .. returns_line(row))
  slot_lines(row, add)
  add("- Retry: " .. records.retry[row.retry] .. "."
    .. (row.adds_are_once and " With an item that adds a value: never sent "
      .. "twice." or ""))
  add("- Errors: `" .. table.concat(kinds_of(row), "` `") .. "`")
  add("- Source: " .. SOURCES[row.evidence] .. ".")
  add("")
end

local function record_section(name, add)
  add("### " .. name)
  add("")
  add("Is " .. records.help[name] .. ". Source: " .. records.source[name]
    .. ".")
  add("")
  add("| field | type | |")
  add("| --- | --- | --- |")
  for _, field in ipairs(records.fields[name]) do
    add("| `" .. field[1] .. "` | " .. cell(field[2]) .. " | "
      .. cell(field[3]) .. " |")
  end
  add("")
end

-- The reference page of the service that is being written.
local function page()
  local lines = {}
  local function add(line)
    lines[#lines + 1] = line
  end
  add(records.intro)
  add("")
  local groups = by_group()
  for _, group in ipairs(records.groups) do
    local title = records.classes[group]
    add("## " .. records.object .. (group == "" and "" or "." .. group)
      .. ": " .. title)
    add("")
    for _, row in ipairs(groups[group]) do
      call_section(row, add)
    end
    if records.after[group] then
      add(records.after[group])
      add("")
    end
  end
  add("## What comes back")
  add("")
  for _, name in ipairs(records.order) do
    record_section(name, add)
  end
  lines[#lines] = nil -- one newline ends the page
  return table.concat(lines, "\n") .. "\n"
end

-- }======

-- {====== the stubs ======

-- A comment that is too long for a line goes on in the next.
local function comment(add, text)
  local line = "---"
  for word in text:gmatch("%S+") do
    if #line + #word + 1 > 79 then
      add(line)
      line = "---"
    end
    line = line .. (line == "---" and "" or " ") .. word
  end
  add(line)
end

-- An annotation; where its text has no room, the text stands above it.
local function annotate(add, tag, text)
  if text == "" then
    add(tag)
  elseif #tag + #text + 1 <= 79 then
    add(tag .. " " .. text)
  else
    comment(add, text)
    add(tag)
  end
end

-- payment_requests → PaymentRequests
local function camel(name)
  return (("_" .. name):gsub("[%._](%a)", string.upper))
end

local function table_of(group)
  return group == "" and records.class or records.names[group]
    or camel(group)
end

local function field_line(field, add)
  annotate(add, "---@field " .. field.name .. (field.required and "" or "?")
    .. " " .. type_of(field), joined(field.help, bounds(field)))
end

-- One entry of a list that a call takes.
local function entry_class(row, add)
  for _, field in ipairs(row.fields) do
    if field.parts then
      add("---@class " .. records.service .. "." .. camel(row.full_name)
        .. "Entry")
      for _, part in ipairs(field.parts) do
        field_line(part, add)
      end
      add("")
    end
  end
end

local function fields_class(row, add)
  local fields = shown_fields(row)
  entry_class(row, add)
  if #fields == 0 or row.positional then
    return
  end
  add("---@class " .. records.service .. "." .. camel(row.full_name))
  for _, field in ipairs(fields) do
    field_line(field, add)
  end
  add("")
end

local function parameters(row, add)
  for _, name in ipairs(row.args) do
    add("---@param " .. name .. " " .. records.argument)
  end
  if row.positional then
    for _, field in ipairs(shown_fields(row)) do
      local kind = field.parts and records.service .. "."
        .. camel(row.full_name) .. "Entry[]" or type_of(field)
      annotate(add, "---@param " .. (records.aliases[row.full_name]
        or field.name) .. " " .. kind, field.help)
    end
  elseif #row.fields > 0 then
    add("---@param fields" .. ((row.paged or records.optional[row.full_name])
      and "? " or " ") .. records.service .. "." .. camel(row.full_name))
  end
  add("---@param options? " .. records.service .. "."
    .. (records.options[row.full_name] or "CallOptions"))
end

local function method(row, home, name, add)
  comment(add, row.help .. " Source: " .. SOURCES[row.evidence] .. ".")
  if name == row.name then
    comment(add, "Retry: " .. records.retry[row.retry]:gsub("`", "") .. ".")
    comment(add, "Errors: " .. table.concat(kinds_of(row), " ") .. ".")
  end
  parameters(row, add)
  local what = records.types[row.full_name] or records.returns[row.full_name]
  if row.paged then
    what = what:gsub("%[%]$", "Page")
  end
  add("---@return " .. what .. "|nil result, shopwire.Error|nil err")
  add("function " .. home .. ":" .. name .. "("
    .. table.concat(arguments(row), ", ") .. ") end")
  add("")
end

local function each_method(row, home, add)
  comment(add, "All rows of all pages. Raises errors.")
  parameters(row, add)
  add("---@return fun(): "
    .. records.returns[row.full_name]:gsub("%[%]$", "") .. "|nil")
  add("function " .. home .. ":each("
    .. table.concat(arguments(row), ", ") .. ") end")
  add("")
end

-- A list's rows with what a page can do.
local function page_class(row, add)
  local record = records.returns[row.full_name]:gsub("%[%]$", "")
  add("---@class " .. record .. "Page: shopwire.Page")
  add("---@field [integer] " .. record)
  add("---@field next fun(self): " .. record
    .. "Page|nil, shopwire.Error|nil")
  add("")
end

local function group_part(group, rows, add)
  local home = table_of(group)
  for _, row in ipairs(rows) do
    fields_class(row, add)
  end
  add("---@class " .. records.service .. "." .. home
    .. (group == "" and "" or " " .. records.classes[group]))
  add("local " .. home .. " = {}")
  add("")
  for _, row in ipairs(rows) do
    if row.paged then
      page_class(row, add)
    end
    method(row, home, row.name, add)
    if row.paged then
      each_method(row, home, add)
    end
  end
end

local function file_of(what, write_into)
  local lines = { "-- " .. what,
    "-- Written by doc/generate.lua; do not edit.", "---@meta", "" }
  write_into(function(line)
    lines[#lines + 1] = line
  end)
  lines[#lines] = nil -- one newline ends the file
  return table.concat(lines, "\n") .. "\n"
end

-- The calls, for editors that read LuaCATS.
local function calls()
  local what = "The calls of " .. records.service .. "." .. records.class
    .. "."
  return file_of(what, function(add)
    local groups = by_group()
    for _, group in ipairs(records.groups) do
      group_part(group, groups[group], add)
    end
    for _, group in ipairs(records.groups) do
      for _, row in ipairs(groups[group]) do
        if row.flat and group ~= "" then
          method(row, records.class, row.flat, add)
        end
      end
    end
  end)
end

-- What comes back, for editors that read LuaCATS.
local function results()
  return file_of("What " .. records.title .. "'s calls return.",
    function(add)
      for _, name in ipairs(records.order) do
        annotate(add, "---@class " .. records.service .. "." .. name,
          records.help[name])
        for _, field in ipairs(records.fields[name]) do
          annotate(add, "---@field " .. field[1] .. " " .. field[2], field[3])
        end
        add("")
      end
    end)
end

-- }======

local function of(service, make)
  return function()
    records = services[service]
    return make()
  end
end

--- Every generated file under doc/ and what makes it.
generate.files = {
  ["reference.md"] = of("instamojo", page),
  ["types/calls.lua"] = of("instamojo", calls),
  ["types/records.lua"] = of("instamojo", results),
  ["invotide.md"] = of("invotide", page),
  ["types/invotide_calls.lua"] = of("invotide", calls),
  ["types/invotide_records.lua"] = of("invotide", results),
}

local folder = arg and tostring(arg[0]):match("^(.*/)generate%.lua$")
if folder then
  for name, make in pairs(generate.files) do
    local file = assert(io.open(folder .. name, "wb"))
    file:write(make())
    file:close()
  end
end

return generate
