-- Runs the contenders in turns, judges the results, shows them.
-- Usage (from run.sh): lua5.4 measure.lua [--json] [--quick] [NAME ...]
-- Must not know: how a contender is started.

package.path = os.getenv "BENCH_HERE" .. "/?.lua;" .. package.path
local cjson = require "cjson"
local contenders = require "contenders"

local as_json, quick, chosen = false, false, nil
for _, word in ipairs(arg) do
  if word == "--json" then
    as_json = true
  elseif word == "--quick" then
    quick = true
  else
    chosen = chosen or {}
    chosen[word] = true
  end
end
local rounds = quick and 3 or 5
local slices = quick and 2 or 4
local failed = false

local function say(...)
  io.stderr:write("bench: ", string.format(...), "\n")
end

local function median(list)
  if #list == 0 then
    return nil
  end
  table.sort(list)
  local half = math.floor(#list / 2)
  if #list % 2 == 1 then
    return list[half + 1]
  end
  return (list[half] + list[half + 1]) / 2
end

-- One run of one contender: the meter's object, or nil and the reason.
local function measure(one, calls, warm)
  local errors = contenders.setting.dir .. "/stderr"
  local command = one.command(calls, warm)
  local pipe = io.popen("exec 2>" .. errors .. "; " .. command)
  local line = pipe:read "*a"
  if pipe:close() and line ~= "" then
    return cjson.decode(line)
  end
  local file = io.open(errors)
  local reason = file and file:read "*l" or "no word"
  if file then
    file:close()
  end
  return nil, reason
end

-- Slices of one round are summed; memory is the most that was seen.
local function add(sum, slice)
  if not sum then
    return slice
  end
  for _, name in ipairs { "calls", "seconds", "cpu_seconds" } do
    sum[name] = sum[name] + slice[name]
  end
  sum.peak_kib = math.max(sum.peak_kib, slice.peak_kib)
  return sum
end

local function attempt(one, round, calls, warm)
  if one.missing then
    return
  end
  local result, reason = measure(one, calls, warm)
  if not result then
    one.missing = "failed: " .. reason
    failed = true
    say("%s (%s) failed: %s", one.key, one.label, reason)
  elseif round > 0 then
    one.results[round] = add(one.results[round], result)
  end
end

local function slice_of(group, one, round)
  if group.whole then
    return round == 0 and 1 or math.ceil(one.calls / slices)
  end
  local calls = quick and one.calls / 3 or one.calls
  return math.ceil(calls / (round == 0 and 10 or slices))
end

-- Round 0 warms the machine up. A round is several slices, each with every
-- contender once, every other slice backwards: what disturbs the machine for
-- a second then falls on all of them.
local function take_turns(group)
  for round = 0, rounds do
    for slice = 1, round == 0 and 1 or slices do
      for i = 1, #group do
        local one = group[slice % 2 == 1 and i or #group + 1 - i]
        attempt(one, round, slice_of(group, one, round), one.warm)
      end
    end
  end
end

local function run(group)
  for _, one in ipairs(group) do
    if one.needs and not contenders.succeeds(one.needs) then
      one.missing = "not installed"
      say("%s (%s) is not installed: left out", one.key, one.label)
    end
  end
  if group.once then
    attempt(group[1], 1, group[1].calls, group[1].warm)
  elseif group.json then
    for _, one in ipairs(group) do
      attempt(one, 1, rounds, quick and 4 or one.calls)
    end
  else
    take_turns(group)
  end
end

local known = {}
for _, group in ipairs(contenders.groups) do
  known[group.name] = true
end
for name in pairs(chosen or {}) do
  if not known[name] then
    say("no such part: %s (sequential tls parallel sessions require json "
      .. "upload soak)", name)
    os.exit(2)
  end
end

local by_key = {}
for _, group in ipairs(contenders.groups) do
  group.skipped = chosen and not chosen[group.name]
  for _, one in ipairs(group) do
    by_key[one.key] = one
  end
  if not group.skipped then
    run(group)
  end
end

local function rate(result)
  return result.calls / result.seconds
end

local function cpu(result)
  return result.cpu_seconds / result.calls
end

-- The median over the rounds of f(results of the keys, in that order).
local function over_rounds(keys, f)
  local list = {}
  for round = 1, rounds do
    local results, complete = {}, true
    for i, key in ipairs(keys) do
      results[i] = by_key[key].results[round]
      complete = complete and results[i] ~= nil
    end
    if complete then
      list[#list + 1] = f(results[1], results[2], results[3],
        results[4])
    end
  end
  return median(list)
end

local function faster(ours, other)
  return over_rounds({ ours, other }, function(a, b)
    return rate(a) / rate(b)
  end)
end

local function dearer(one, other)
  return over_rounds({ one, other }, function(a, b)
    return cpu(a) / cpu(b)
  end)
end

local function overhead_us()
  return over_rounds({ "ours_raw_body", "raw" }, function(a, b)
    return (cpu(a) - cpu(b)) * 1e6
  end)
end

local function require_share()
  return over_rounds(
    { "lua_require", "lua_bare", "python_import", "python_bare" },
    function(a, b, c, d)
      return (cpu(a) - cpu(b)) / (cpu(c) - cpu(d))
    end)
end

local function only(key, f)
  return over_rounds({ key }, f)
end

local function json_ratio(result)
  return result.ratio
end

-- name, value, digits, whether at least or at most, the aim
local ratios = {
  { "sequential_vs_raw", faster("ours_5.4", "raw"), 3, "at least", 0.70 },
  { "sequential_raw_body_vs_raw", faster("ours_raw_body", "raw"), 3,
    "at least", 0.88 },
  { "sequential_tls_vs_raw", faster("ours_tls", "raw_tls"), 3, "at least",
    0.85 },
  { "overhead_us", overhead_us(), 2, "at most", 6 },
  { "sequential_vs_luacurl", faster("ours_luajit", "luacurl_luajit"), 3,
    "at least", 1.2 },
  { "sequential_vs_python_session", faster("ours_5.4", "python_session"), 1,
    "at least", 10 },
  { "tls_vs_official_python", faster("ours_tls", "python_official_tls"), 1,
    "at least", 300 },
  { "parallel64_vs_raw_multi", faster("ours_64", "raw_multi"), 3, "at least",
    0.45 },
  { "parallel64_raw_body_vs_raw_multi", faster("ours_64_raw_body",
    "raw_multi"), 3, "at least", 0.80 },
  { "sessions8_vs_raw_multi", faster("sessions_8", "raw_sessions"), 3,
    "at least", 0.85 },
  { "json_vs_cjson", only("json", json_ratio), 3, "at least", 1.6 },
  { "json_vs_cjson_luajit", only("json_luajit", json_ratio), 3, "at least",
    1.9 },
  { "require_vs_python_requests", require_share(), 4, "at most", 0.1 },
  { "upload_1gib_growth_mib", only("upload", function(r)
    return (r.peak_kib - r.peak_before_kib) / 1024
  end), 2, "at most", 4 },
  { "soak_growth_kib", only("soak", function(r)
    return r.rss_kib - r.rss_before_kib
  end), 0, "at most", 256 },
  { "tls_new_connection_cpu_ms", only("ours_tls_fresh", function(r)
    return cpu(r) * 1000
  end), 3, "at most", 2 },
}

local function number(value, digits)
  return value and ("%." .. digits .. "f"):format(value) or nil
end

local function print_json()
  local parts = {}
  for i, row in ipairs(ratios) do
    parts[i] = ('"%s":%s'):format(row[1], number(row[2], row[3]) or "null")
  end
  print("{" .. table.concat(parts, ",") .. "}")
end

local function cell(one, f, digits)
  return number(over_rounds({ one.key }, f), digits) or "-"
end

local function print_calls(group)
  local line = "  %-40s %8s %12s %9s %7s %8s"
  print(line:format("client", "calls/s", "CPU us/call", "peak MiB",
    group.base and "of raw" or "", group.base and "CPU/raw" or ""))
  for _, one in ipairs(group) do
    if one.missing then
      print(("  %-40s %s"):format(one.label, one.missing))
    else
      print(line:format(one.label, cell(one, rate, 0), cell(one, function(r)
        return cpu(r) * 1e6
      end, 1), cell(one, function(r)
        return r.peak_kib / 1024
      end, 1), group.base and number(faster(one.key, group.base), 3) or "",
        group.base and number(dearer(one.key, group.base), 2) or ""))
    end
  end
end

local function print_json_speed(group)
  local line = "  %-40s %9s %12s %10s"
  print(line:format("Lua", "ours MB/s", "cjson MB/s", "ratio"))
  for _, one in ipairs(group) do
    local r = one.results[1]
    if r then
      print(line:format(one.label, number(r.ours, 0), number(r.cjson, 0),
        number(r.ratio, 2)))
    else
      print(("  %-40s %s"):format(one.label, one.missing))
    end
  end
end

local function verdict(row)
  local value, way, aim = row[2], row[4], row[5]
  if not value then
    return "not measured"
  end
  local met = way == "at least" and value >= aim
    or way == "at most" and value <= aim
  return met and "met" or "MISSED"
end

local function print_words()
  print(("Medians of %d rounds, the contenders taking turns; %s."):format(
    rounds, contenders.setting.pin ~= ""
    and "client on core 0, upstream on core 1" or "nothing pinned"))
  for _, group in ipairs(contenders.groups) do
    if not group.skipped then
      print("\n" .. group.title)
      if group.json then
        print_json_speed(group)
      else
        print_calls(group)
      end
    end
  end
  print(("\n  %-34s %10s   %-14s"):format("figure", "value", "aim"))
  for _, row in ipairs(ratios) do
    print(("  %-34s %10s   %-14s %s"):format(row[1],
      number(row[2], row[3]) or "-", row[4] .. " " .. row[5], verdict(row)))
  end
end

if as_json then
  print_json()
else
  print_words()
end
os.exit(not failed)
