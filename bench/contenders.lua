-- Who is measured, with which command and how often.
-- Must not know: how results are judged and shown.

local contenders = {}

local setting = {
  dir = os.getenv "BENCH_DIR",
  here = os.getenv "BENCH_HERE",
  build = os.getenv "BENCH_BUILD",
  pin = os.getenv "BENCH_PIN" or "",
  plain = os.getenv "BENCH_PLAIN",
  tls = os.getenv "BENCH_TLS",
  slow = os.getenv "BENCH_SLOW",
}
contenders.setting = setting

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function words(list)
  local out = {}
  for i, word in ipairs(list) do
    out[i] = quote(word)
  end
  return table.concat(out, " ")
end

local function succeeds(command)
  return (os.execute(command .. " >/dev/null 2>&1"))
end
contenders.succeeds = succeeds

-- The environment with which one Lua finds our modules. Set outside the
-- meter, so that it is no part of what is measured.
local function modules(lua)
  local folder = lua == "luajit" and "luajit" or lua:match "%d.%d"
  local cpath = setting.build .. "/lua/" .. folder .. "/?.so;;"
  local path = setting.here .. "/../lua/?.lua;" .. setting.here
    .. "/../lua/?/init.lua;;"
  return "env -u LUA_PATH_5_4 " .. words {
    "LUA_PATH=" .. path, "LUA_CPATH=" .. cpath, "LUA_CPATH_5_4=" .. cpath,
  }
end
contenders.modules = modules

local python = "/usr/bin/python3"
local list_path = "/api/1.1/payments/"
local ca = setting.dir .. "/ca.pem"

local function meter(seconds, list)
  return setting.pin .. " " .. quote(setting.build .. "/bench/meter") .. " "
    .. seconds .. " " .. words(list)
end

local function ours(lua, mode, origin, file)
  return function(calls, warm)
    return modules(lua) .. " " .. meter(90, {
      lua, setting.here .. "/clients/shopwire.lua", mode,
      origin .. "/api/1.1/", calls, warm, origin == setting.tls and ca or "-",
      file or "",
    })
  end
end

local function raw_easy(origin, kind)
  return function(calls, warm)
    return meter(60, { setting.build .. "/bench/raw_easy",
      origin .. list_path, calls, warm, origin == setting.tls and ca or "-",
      kind })
  end
end

local function raw_multi(calls, warm)
  return meter(60, { setting.build .. "/bench/raw_multi",
    setting.plain .. list_path, calls, warm, "-", 64 })
end

local function raw_sessions(calls, warm)
  return meter(60, { setting.build .. "/bench/raw_multi", setting.slow
    .. "/index.php?route=api/cart/products&api_token=" .. ("0"):rep(26),
    calls, warm, "-", 8, "" })
end

local function sessions(lua)
  return function(calls, warm)
    return modules(lua) .. " " .. meter(60, { lua,
      setting.here .. "/clients/sessions.lua", setting.slow, calls, warm, 8 })
  end
end

local function luacurl(lua)
  return function(calls, warm)
    return meter(60, { lua, setting.here .. "/clients/luacurl.lua",
      setting.plain .. list_path, calls, warm })
  end
end

local function requests(mode, origin)
  return function(calls, warm)
    return meter(60, { python, setting.here .. "/clients/requests_client.py",
      mode, origin .. list_path, calls, warm, ca })
  end
end

local function whole(prefix, list)
  return function(runs)
    return prefix .. " " .. setting.pin .. " "
      .. quote(setting.build .. "/bench/meter") .. " --whole " .. runs .. " "
      .. words(list)
  end
end

local function json(lua)
  return function(rounds, repeats)
    return modules(lua) .. " " .. setting.pin .. " " .. words { lua,
      setting.here .. "/json_bench.lua", setting.dir .. "/payments-1mb.json",
      rounds, repeats }
  end
end

local has_luajit = "luajit -v"
local has_curl = ' -e \'require "cjson" assert(require "curl".easy_init)\''
local has_requests = python .. " -c 'import requests'"
local sparse = setting.dir .. "/sparse-1g.bin"

-- key, what a reader calls it, calls per round, calls to warm up, command,
-- what must succeed for it to be there at all
local groups = {
  { name = "sequential", title = "plain HTTP, one call after another",
    base = "raw", alternate = true,
    { "raw", "libcurl in C, body thrown away", 10000, 500,
      raw_easy(setting.plain, "reuse") },
    { "ours_5.4", "shopwire, lua5.4, tables", 10000, 500,
      ours("lua5.4", "sequential", setting.plain) },
    { "ours_raw_body", "shopwire, lua5.4, raw = true", 10000, 500,
      ours("lua5.4", "raw-body", setting.plain) },
    { "ours_luajit", "shopwire, luajit, tables", 10000, 500,
      ours("luajit", "sequential", setting.plain), has_luajit },
    { "luacurl_luajit", "lua-curl + lua-cjson, luajit", 10000, 500,
      luacurl "luajit", "luajit" .. has_curl },
    { "luacurl_5.1", "lua-curl + lua-cjson, lua5.1", 10000, 500,
      luacurl "lua5.1", "lua5.1" .. has_curl },
    { "python_session", "python3-requests, a session", 600, 20,
      requests("session", setting.plain), has_requests },
    { "python_official", "python3-requests, requests.get each", 400, 20,
      requests("official", setting.plain), has_requests } },
  { name = "tls", title = "TLS, one call after another", base = "raw_tls",
    alternate = true,
    { "raw_tls", "libcurl in C, body thrown away", 10000, 500,
      raw_easy(setting.tls, "reuse") },
    { "ours_tls", "shopwire, lua5.4, tables", 10000, 500,
      ours("lua5.4", "sequential", setting.tls) },
    { "ours_tls_fresh", "shopwire, lua5.4, a connection per POST", 300, 5,
      ours("lua5.4", "fresh", setting.tls) },
    { "raw_tls_fresh", "libcurl in C, a handle per call", 30, 2,
      raw_easy(setting.tls, "fresh") },
    { "python_official_tls", "python3-requests, requests.get each", 30, 2,
      requests("official", setting.tls), has_requests } },
  { name = "parallel", title = "plain HTTP, 64 in flight", base = "raw_multi",
    alternate = true,
    { "raw_multi", "libcurl multi in C, bodies thrown away", 20000, 1000,
      raw_multi },
    { "ours_64", "shopwire.map, lua5.4, tables", 20000, 1000,
      ours("lua5.4", "parallel64", setting.plain) },
    { "ours_64_raw_body", "shopwire.map, lua5.4, raw = true", 20000, 1000,
      ours("lua5.4", "parallel64-raw-body", setting.plain) },
    { "ours_64_luajit", "shopwire.map, luajit, tables", 20000, 1000,
      ours("luajit", "parallel64", setting.plain), has_luajit } },
  { name = "sessions", title = "8 sessions, a shop that answers after 5 ms",
    base = "raw_sessions", alternate = true,
    { "raw_sessions", "libcurl multi in C, 8 connections", 4000, 80,
      raw_sessions },
    { "sessions_8", "8 invotide.Session, lua5.4, tables", 4000, 80,
      sessions "lua5.4" },
    { "sessions_8_luajit", "8 invotide.Session, luajit, tables", 4000, 80,
      sessions "luajit", has_luajit } },
  { name = "require", title = "whole processes", alternate = true,
    whole = true,
    { "lua_bare", "lua5.4, nothing", 20, 0,
      whole("", { "lua5.4", "-e", "" }) },
    { "lua_require", 'lua5.4, require "instamojo"', 20, 0,
      whole(modules "lua5.4", { "lua5.4", "-e", 'require "instamojo"' }) },
    { "python_bare", "python3, nothing", 5, 0,
      whole("", { python, "-c", "" }), has_requests },
    { "python_import", "python3, import requests", 5, 0,
      whole("", { python, "-c", "import requests" }), has_requests } },
  { name = "json", title = "1 MB payment list to tables", json = true,
    { "json", "lua5.4", 8, 0, json "lua5.4" },
    { "json_luajit", "luajit", 8, 0, json "luajit", has_luajit } },
  { name = "upload", title = "1 GiB upload of a sparse file", once = true,
    { "upload", "shopwire, lua5.4", 1, 0,
      ours("lua5.4", "upload", setting.plain, sparse) } },
  { name = "soak", title = "100,000 calls", once = true,
    { "soak", "shopwire, lua5.4, tables", 100000, 5000,
      ours("lua5.4", "sequential", setting.plain) } },
}

for _, group in ipairs(groups) do
  for i, row in ipairs(group) do
    group[i] = { key = row[1], label = row[2], calls = row[3], warm = row[4],
      command = row[5], needs = row[6], results = {} }
  end
end
contenders.groups = groups

return contenders
