-- The law of the tree, read from its files: rings, includes, form, words.
-- Every test names all offenders at once. Must not know: what the code does.

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function list(command)
  local pipe = assert(io.popen(command))
  local names = {}
  for line in pipe:lines() do
    names[#names + 1] = (line:gsub("^%./", ""))
  end
  pipe:close()
  table.sort(names)
  return names
end

local skipped = "-not -path './.git*/*' -not -path './build/*' "
  .. "-not -path './build.luarocks/*'"
local every = list("find . -type f " .. skipped)

local function matching(...)
  local found = {}
  for _, path in ipairs(every) do
    for _, pattern in ipairs { ... } do
      if path:find(pattern) then
        found[#found + 1] = path
        break
      end
    end
  end
  return found
end

local c_files = matching("^src/.*%.[ch]$")
local lua_files = matching("%.lua$", "^%.busted$", "^%.luacheckrc$")
local code = matching("%.[ch]$", "%.lua$", "%.sh$", "^run$", "%.ci/run$",
  "CMakeLists%.txt$", "%.awk$", "%.py$")

local function lines(text)
  local at, number = 1, 0
  return function()
    if at > #text then
      return nil
    end
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    at = stop + 1
    number = number + 1
    return number, line
  end
end

local function blank(text)
  return (text:gsub("[^\n]", " "))
end

-- C without comments and the insides of literals; lines keep their numbers.
local function bare(text)
  local out, at = {}, 1
  while at <= #text do
    local two, one = text:sub(at, at + 1), text:sub(at, at)
    local stop
    if two == "/*" then
      stop = select(2, text:find("*/", at + 2, true)) or #text
      out[#out + 1] = blank(text:sub(at, stop))
    elseif two == "//" then
      stop = (text:find("\n", at, true) or #text + 1) - 1
      out[#out + 1] = blank(text:sub(at, stop))
    elseif one == '"' or one == "'" then
      stop = at + 1
      while stop <= #text and text:sub(stop, stop) ~= one do
        stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
      end
      out[#out + 1] = one .. blank(text:sub(at + 1, stop - 1)) .. one
    else
      stop = (text:find("[/\"']", at + 1) or #text + 1) - 1
      out[#out + 1] = text:sub(at, stop)
    end
    at = stop + 1
  end
  return table.concat(out)
end

local function without_preprocessor(text)
  text = text:gsub("\\\n", " \n")
  local out, continued = {}, false
  local kept = text:gmatch("([^\n]*)\n?")
  for line in kept do
    if continued or line:find("^%s*#") then
      continued = line:find(" $") ~= nil and line:find("\\") ~= nil
      line = ""
    end
    out[#out + 1] = line
  end
  return table.concat(out, "\n")
end

-- Statements at file scope: {line, head, body, last}. `body` is what stands
-- between the braces, nil if there are none.
local function statements(path)
  local text = without_preprocessor(bare(read(path):gsub("\\\n", "  ")))
  local found, depth, line = {}, 0, 1
  local head, body, started, opened = {}, nil, nil, nil
  local function finish()
    found[#found + 1] = {
      line = started or line, opened = opened, last = line,
      head = table.concat(head):gsub("%s+", " "):gsub("^ ", ""),
      body = body and table.concat(body),
    }
    head, body, started, opened = {}, nil, nil, nil
  end
  for char in text:gmatch(".") do
    if char == "}" then
      depth = depth - 1
    end
    if depth > 0 then
      body[#body + 1] = char
    elseif char == "}" then
      local text_of_head = table.concat(head)
      if text_of_head:find("%)%s*$") and not text_of_head:find("=") then
        finish()
      end
    elseif char == ";" then
      finish()
    elseif char ~= "{" then
      head[#head + 1] = char
      if not started and char:find("%S") then
        started = line
      end
    end
    if char == "{" then
      depth = depth + 1
      if depth == 1 then
        body = {}
        opened = line
      end
    end
    if char == "\n" then
      line = line + 1
    end
  end
  return found
end

local function includes(path)
  local found = {}
  for number, line in lines(read(path)) do
    local name = line:match('^%s*#%s*include%s+[<"]([^>"]+)[>"]')
    if name then
      found[#found + 1] = { name = name, line = number }
    end
  end
  return found
end

local function base(path)
  return path:match("([^/]+)$")
end

-- The Lua ring: its sources, and the headers they share.
local function speaks_lua(path)
  return base(path):find("^l[%w_]*%.[ch]$") ~= nil
end

local known = {}
for _, path in ipairs(every) do
  known[path] = true
end

-- The file of ours that an include means; nil for a system header.
local function resolve(path, name)
  local folder = path:match("^(.*/)")
  while name:find("^%.%./") do
    name = name:sub(4)
    folder = folder:gsub("[^/]+/$", "")
  end
  if known[folder .. name] then
    return folder .. name
  end
  return known["src/" .. name] and "src/" .. name or nil
end

local lua_headers = {
  ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true,
  ["luajit.h"] = true,
}

local function library(path, name)
  if lua_headers[name] or resolve(path, name) == "src/compat.h" then
    return "lua"
  end
  if name == "microhttpd.h" then
    return "microhttpd"
  end
  return name:match("^(curl)/") or name:match("^(openssl)/")
end

local function none(offenders, law)
  assert(#offenders == 0, law .. ":\n  " .. table.concat(offenders, "\n  "))
end

-- Offenders of a check that looks at one line at a time.
local function each_line(paths, check, text_of)
  local offenders = {}
  for _, path in ipairs(paths) do
    for number, line in lines((text_of or read)(path)) do
      local what = check(line, path)
      if what then
        offenders[#offenders + 1] = path .. ":" .. number .. ": " .. what
      end
    end
  end
  return offenders
end

local function bare_file(path)
  return bare(read(path))
end

describe("the include law #style", function()
  it("finds sources to judge", function()
    assert(#c_files > 10 and #lua_files > 10, "the tree was not found")
  end)

  it("lets a file know at most one of Lua, curl, openssl, microhttpd",
    function()
      local offenders = {}
      for _, path in ipairs(c_files) do
        local seen, names = {}, {}
        for _, include in ipairs(includes(path)) do
          local which = library(path, include.name)
          if which and not seen[which] then
            seen[which] = true
            names[#names + 1] = which
          end
        end
        if #names > 1 then
          offenders[#offenders + 1] = path .. ": " .. table.concat(names, " ")
        end
      end
      none(offenders, "one library a file")
    end)

  it("lets only l* files include Lua, and only through compat.h", function()
    local offenders = {}
    for _, path in ipairs(c_files) do
      for _, include in ipairs(includes(path)) do
        local direct = lua_headers[include.name]
        local through = resolve(path, include.name) == "src/compat.h"
        if (direct and path ~= "src/compat.h")
          or (through and not speaks_lua(path)) then
          offenders[#offenders + 1] = path .. ":" .. include.line
        end
      end
    end
    none(offenders, "only l* files include compat.h, only compat.h lua.h")
  end)

  it("lets only compat.h test versions", function()
    local names = { "LUA_VERSION", "LUAJIT_", "OPENSSL_VERSION",
      "LIBCURL_VERSION", "CURL_AT_LEAST_VERSION", "MHD_VERSION" }
    none(each_line(c_files, function(line, path)
      for _, name in ipairs(names) do
        if base(path) ~= "compat.h" and line:find(name, 1, true) then
          return name
        end
      end
    end), "versions are tested in compat.h")
  end)

  it("keeps no mutable at file scope but a pthread_once_t", function()
    local offenders = {}
    for _, path in ipairs(c_files) do
      for _, statement in ipairs(statements(path)) do
        local head = statement.head
        local declared = head:match("^[^=]*")
        local variable = not declared:find("%(")
          and not declared:find("^typedef ") and not declared:find("^extern ")
          and not declared:find("^%s*$")
          and not declared:find("^struct [%w_]+ ?$")
          and not declared:find("^union [%w_]+ ?$")
          and not declared:find("^enum ?[%w_]* ?$")
        local constant = declared:find("%* ?const ")
          or (declared:find("const ") and not declared:find("%*"))
          or (declared:find("^static const .*%[") and declared:find("%*const"))
        if variable and not constant
          and not declared:find("pthread_once_t ") then
          offenders[#offenders + 1] = path .. ":" .. statement.line .. ": "
            .. declared
        end
        if statement.body and statement.body:find("%f[%w_]static%f[^%w_]")
          and not statement.body:find("static const ") then
          offenders[#offenders + 1] = path .. ":" .. statement.line
            .. ": a static inside " .. head
        end
      end
    end
    none(offenders, "nothing mutable outlives a call but its owner's memory")
  end)

  it("points arrows down", function()
    local offenders = {}
    -- What a ring may include besides itself, and the core's Lua part.
    local function down(path, target)
      local from = path:match("^src/(%w+)/") or "core"
      local into = target:match("^src/(%w+)/") or "core"
      if base(target):find("^l") and not speaks_lua(path) then
        return false
      end
      if from == "engine" and into == "core" then
        return target:find("^src/transfer%.h$") or target:find("^src/buf%.h$")
          or target:find("^src/secret%.h$") or target:find("^src/alloc%.h$")
      end
      if from == "core" and into == "engine" then
        return speaks_lua(path) and target == "src/engine/engine.h"
      end
      return from == into or into ~= "server"
    end
    for _, path in ipairs(c_files) do
      for _, include in ipairs(includes(path)) do
        local target = resolve(path, include.name)
        if target and not down(path, target) then
          offenders[#offenders + 1] = path .. ":" .. include.line .. ": "
            .. target
        end
      end
    end
    none(offenders, "an include goes up or across")
  end)

  it("has no circle of headers", function()
    local graph, offenders, state = {}, {}, {}
    for _, path in ipairs(matching("^src/.*%.h$")) do
      graph[path] = {}
      for _, include in ipairs(includes(path)) do
        table.insert(graph[path], resolve(path, include.name))
      end
    end
    local function visit(node, trail)
      if state[node] == "open" then
        offenders[#offenders + 1] = trail .. " " .. node
      elseif not state[node] then
        state[node] = "open"
        for _, to in ipairs(graph[node]) do
          visit(to, trail .. node .. " -> ")
        end
        state[node] = "done"
      end
    end
    for node in pairs(graph) do
      visit(node, "")
    end
    none(offenders, "headers include each other in a circle")
  end)

  it("keeps the faces out of shopwire and apart", function()
    none(each_line(matching("^lua/.*%.lua$"), function(line, path)
      local name = line:match("require%s*%(?%s*[\"']([%w_%.]+)")
      local face = name and (name:match("^instamojo")
        or name:match("^invotide"))
      if face and not path:find("^lua/" .. face) then
        return "requires " .. name
      end
    end), "an arrow goes up")
  end)
end)

describe("the form #style", function()
  it("stays within 79 columns, without tabs and trailing blanks", function()
    none(each_line(code, function(line)
      local _, columns = line:gsub("[^\128-\191]", "")
      if columns > 79 then
        return columns .. " columns"
      end
      if line:find("\t") then
        return "a tab"
      end
      if line:find("%s$") then
        return "trailing blank"
      end
    end), "79 columns, no tabs, no trailing blanks")
  end)

  it("keeps files at 650 lines at most, each ending its last line",
    function()
      local offenders = {}
      for _, path in ipairs(code) do
        local text = read(path)
        local _, count = text:gsub("\n", "")
        if count > 650 or text:sub(-1) ~= "\n" then
          offenders[#offenders + 1] = path .. ": " .. count .. " lines"
        end
      end
      none(offenders, "650 lines a file, a newline at its end")
    end)

  it("keeps C functions under 50 lines", function()
    local offenders = {}
    for _, path in ipairs(c_files) do
      for _, statement in ipairs(statements(path)) do
        local height = statement.opened
          and statement.last - statement.opened - 1 or 0
        if height >= 50 and statement.head:find("%) ?$") then
          offenders[#offenders + 1] = path .. ":" .. statement.line .. ": "
            .. height .. " lines, " .. statement.head
        end
      end
    end
    none(offenders, "functions under 50 lines")
  end)

  it("keeps Lua functions under 50 lines", function()
    local offenders = {}
    for _, path in ipairs(matching("^lua/.*%.lua$")) do
      local open = {}
      for number, line in lines(read(path)) do
        local indent = line:match("^(%s*)local function%f[^%w_]")
          or line:match("^(%s*)function%f[^%w_]")
          or line:match("^(%s*)[%w_%.%[%]\"]+ = function%(")
        if indent and not line:find("%f[%w_]end%s*$") then
          open[#indent] = number
        end
        indent = line:match("^(%s*)end%f[^%w_]")
        if indent and open[#indent] then
          if number - open[#indent] > 50 then
            offenders[#offenders + 1] = path .. ":" .. open[#indent] .. ": "
              .. number - open[#indent] - 1 .. " lines"
          end
          open[#indent] = nil
        end
      end
    end
    none(offenders, "functions under 50 lines")
  end)

  it("opens every file with a comment", function()
    local offenders = {}
    for _, path in ipairs(matching("%.[ch]$", "%.lua$", "%.sh$", "^run$",
      "%.py$")) do
      local text = read(path):gsub("^#![^\n]*\n", "")
      if not (text:find("^/%*") or text:find("^%-%-") or text:find("^#")
        or text:find('^"""')) then
        offenders[#offenders + 1] = path
      end
    end
    none(offenders, "a file opens with what it does")
  end)

  it("keeps structs without typedef", function()
    local offenders = {}
    for _, path in ipairs(c_files) do
      for _, statement in ipairs(statements(path)) do
        if statement.head:find("^typedef struct") then
          offenders[#offenders + 1] = path .. ":" .. statement.line
        end
      end
    end
    none(offenders, "no typedef struct")
  end)

  -- A struct that lives on the C stack for one call may carry the state.
  it("stores no Lua state in memory that outlives a call", function()
    local offenders, whole = {}, {}
    for _, path in ipairs(c_files) do
      whole[#whole + 1] = bare_file(path)
    end
    whole = table.concat(whole, "\n")
    for _, path in ipairs(c_files) do
      for _, statement in ipairs(statements(path)) do
        local name = statement.head:match("^struct ([%w_]+) ?$")
        if name and statement.body and statement.body:find("lua_State")
          and (whole:find("sizeof ?%(struct " .. name .. "%)")
            or whole:find("\n  struct " .. name .. " [%w_]+;[^{}]*};")) then
          offenders[#offenders + 1] = path .. ":" .. statement.line
        end
      end
    end
    none(offenders, "no stored Lua state")
  end)

  it("calls no banned function", function()
    local banned = {}
    for name in ([[strcpy strcat sprintf vsprintf gets atoi atol strtok
      alloca luaL_ref lua_yieldk lua_callk lua_pcallk lua_yield
      curl_global_cleanup setlocale]]):gmatch("%S+") do
      banned[name] = "everywhere"
    end
    for name in ("malloc calloc realloc free strdup strndup"):gmatch("%S+") do
      banned[name] = "heap"
    end
    none(each_line(c_files, function(line, path)
      for name in line:gmatch("%f[%w_]([%w_]+)%s*%(") do
        local heap = banned[name] == "heap" and path ~= "src/alloc.h"
        if banned[name] == "everywhere" or heap then
          return name
        end
      end
    end, bare_file), "banned: the heap is alloc.h's")
  end)

  it("assigns nothing in a condition", function()
    none(each_line(c_files, function(line)
      local condition = line:match("%f[%w]if%s*(%b())")
        or line:match("%f[%w]while%s*(%b())")
      if condition and condition:gsub("[=!<>]=", ""):find("=") then
        return condition
      end
    end, bare_file), "no assignment in a condition")
  end)

  it("is Lua that 5.1 can read", function()
    local quoted = {}
    for _, path in ipairs(lua_files) do
      quoted[#quoted + 1] = "'" .. path .. "'"
    end
    local complaints = list("for f in " .. table.concat(quoted, " ")
      .. "; do luac5.1 -p \"$f\" 2>&1; done")
    none(complaints, "syntax that Lua 5.1 lacks")
  end)
end)

describe("the tree #style", function()
  it("has only the folders and files of the design at its top", function()
    local allowed = {}
    for name in ([[run shopwire-scm-0.rockspec CMakeLists.txt README.md
      CHANGELOG.md LICENSE DEVELOPERS.md .ci src lua spec examples bench doc
      nginx .busted .luacheckrc .editorconfig .gitignore .clang-format .git
      build build.luarocks]]):gmatch("%S+") do
      allowed[name] = true
    end
    local offenders = {}
    for _, name in ipairs(list("find . -mindepth 1 -maxdepth 1")) do
      if not allowed[name] then
        offenders[#offenders + 1] = name
      end
    end
    none(offenders, "not in the layout")
  end)

  it("has a spec for every source", function()
    local specs = matching("^spec/.*_spec%.lua$", "^spec/c/.*_test%.c$",
      "^spec/torture/")
    local named, heads = {}, {}
    for _, path in ipairs(specs) do
      named[base(path):gsub("_spec%.lua$", ""):gsub("_test%.c$", "")] = true
      local head = {}
      for number, line in lines(read(path)) do
        if number > 12 then
          break
        end
        head[#head + 1] = line
      end
      heads[#heads + 1] = table.concat(head, "\n")
    end
    local all_heads = table.concat(heads, "\n")
    local offenders = {}
    for _, path in ipairs(matching("^src/.*%.c$", "^lua/.*%.lua$")) do
      local short = path:gsub("^src/", ""):gsub("^lua/", "")
      local name = short:gsub("%.%w+$", ""):gsub("/init$", "")
      if not named[base(name)] and not named[(name:gsub("/", "_"))]
        and not named[(name:gsub("^shopwire/", ""):gsub("/", "_"))]
        and not named[(base(name):gsub("^l", ""))]
        and not all_heads:find(short, 1, true) then
        offenders[#offenders + 1] = path
      end
    end
    none(offenders, "no spec has its name, nor names it in its first lines")
  end)

  it("says nothing of unfinished work, machines and registries", function()
    local words = { "TO" .. "DO", "FIX" .. "ME" }
    local texts = { "/wo" .. "rk/", "/tmp/br" .. "ief", "/tmp/bu" .. "ild",
      "/ro" .. "ot/", "deb.deb" .. "ian.org", "luaro" .. "cks.org",
      "py" .. "pi.org", "npm" .. "js." }
    local text_files = matching("%.[ch]$", "%.lua$", "%.sh$", "^run$",
      "%.md$", "%.txt$", "%.py$", "%.awk$", "%.in$", "%.rockspec$", "%.conf$")
    none(each_line(text_files, function(line)
      for _, word in ipairs(words) do
        if line:find("%f[%w_]" .. word .. "%f[^%w_]") then
          return word
        end
      end
      for _, text in ipairs(texts) do
        if line:find(text, 1, true) then
          return text
        end
      end
    end), "words that do not belong here")
  end)
end)
