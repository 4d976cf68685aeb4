-- The sandbox: the fake behind a real HTTP server on 127.0.0.1, for any
-- client.
--
--   lua sandbox.lua --port N [--dir D] [--seed N] [--state FILE]
--     [--allow-remote] [--cert FILE --key FILE]
--
-- Prints `name value` lines, then `ready`; ends on SIGTERM and SIGINT. The
-- account is user `acme`, password `pw`. Webhooks go to this machine only,
-- unless --allow-remote is given. With --state it goes on where the sandbox
-- before it ended, however that ended, with its keys; only the bytes of
-- uploaded files are gone.
-- Must not know: what the service does; that is the fake's.

local core = require "shopwire.core"
local fake = require "shopwire.fake"
local server = require "shopwire.server"
local state = require "shopwire.fake.state"
local values = require "shopwire.fake.values"

local WEBHOOK_SECONDS = 5 -- the service's own bound, from its guide of 2015
local TURN_MS = 1000
local MOST_SEED = 2147483646

local takes_value = {
  ["--port"] = "port", ["--dir"] = "dir", ["--seed"] = "seed",
  ["--cert"] = "cert", ["--key"] = "key", ["--state"] = "state",
}

local function stop(text)
  io.stderr:write("sandbox: ", text, "\n")
  os.exit(2, true)
end

local function read_arguments(list)
  local options = {}
  local i = 1
  while list[i] do
    local name = takes_value[list[i]]
    if name then
      i = i + 1
      options[name] = list[i] or stop(list[i - 1] .. " needs a value")
    elseif list[i] == "--allow-remote" then
      options.allow_remote = true
    else
      stop("what is " .. list[i] .. "?")
    end
    i = i + 1
  end
  options.port = values.count(options.port or 0, 0, 65535)
    or stop("--port: a whole number from 0 to 65535 expected")
  options.seed = options.seed and (values.count(options.seed, 0, MOST_SEED)
    or stop("--seed: a whole number from 0 to 2147483646 expected"))
  return options
end

local function read_file(path)
  local file, why = io.open(path, "rb")
  if not file then
    stop(why)
  end
  local text = file:read("*a")
  file:close()
  return text
end

-- Without --seed, each start has keys of its own.
local function fresh_seed()
  local seed = os.time()
  local file = io.open("/dev/urandom", "rb")
  if file then
    for byte in (file:read(4) or ""):gmatch(".") do
      seed = (seed * 256 + byte:byte()) % 2147483646
    end
    file:close()
  end
  return seed
end

local function show(name, value)
  io.stdout:write(name, value and " " or "", value or "", "\n")
  io.stdout:flush()
end

local function show_banner(shop)
  show("endpoint", shop.origin .. "/api/1.1/")
  show("api_key", shop.keys.api_key)
  show("auth_token", shop.keys.auth_token)
  show("salt", shop.keys.salt)
  show("v2_endpoint", shop.origin .. "/v2/")
  show("access_token", shop.keys.access_token)
  show("app_id", shop.keys.app_id)
  show("shop_url", shop.origin)
  show("shop_username", shop.keys.shop_username)
  show("shop_key", shop.keys.shop_key)
  show("ready")
end

-- Starts the webhooks that wait; nothing here waits for them.
local function send_webhooks(http, shop, flying, allow_remote)
  local delivery = shop:next_delivery()
  while delivery do
    if not allow_remote and not values.is_loopback(delivery.url) then
      delivery.state = "refused"
      delivery.detail = "not to this machine: start with --allow-remote"
    else
      local id, why = http:post(delivery.url, delivery.body, WEBHOOK_SECONDS)
      delivery.state = id and "sent" or "failed"
      delivery.detail = why
      if id then
        flying[id] = delivery
      end
    end
    delivery = shop:next_delivery()
  end
end

local function take_webhooks(http, flying)
  local id, status, detail = http:posted()
  while id do
    local delivery = flying[id]
    flying[id] = nil
    delivery.state = status and "delivered" or "failed"
    delivery.status = status
    delivery.detail = detail
    id, status, detail = http:posted()
  end
end

-- Ends this process as a crash does: a shell's parent is who called it.
local function die()
  os.execute("kill -KILL $PPID")
end

-- A reply of the fake in the server's terms.
local function answer(request, reply)
  local fault = reply.fault or {}
  if fault.die then
    die()
  end
  return request:reply {
    status = reply.status, headers = reply.headers, body = reply.body,
    file = reply.file, truncate = fault.truncate, reset = fault.reset,
  }
end

-- Runs f; a mistake of the fake is a 500 and no end of the sandbox.
local function safely(request, f)
  local done, problem = pcall(f)
  if not done then
    io.stderr:write("sandbox: ", tostring(problem), "\n")
    request:reply {status = 500, body = "the sandbox failed\n"}
  end
end

-- One request. A delayed answer is held here, not in the server: what the
-- shop does meanwhile is kept before it leaves.
local function serve(request, shop, book, held)
  safely(request, function()
    book:request(request)
    local reply = shop:handle(request)
    local delay = reply.fault and reply.fault.delay or 0
    if delay > 0 then
      table.insert(held, {due = core.now() + delay, request = request,
        reply = reply})
    else
      answer(request, reply)
    end
  end)
end

-- Sends the answers that are due. Gives milliseconds to the next.
local function send_held(shop, book, held)
  local soonest, i = TURN_MS, 1
  while held[i] do
    local left = (held[i].due - core.now()) * 1000
    if left <= 0 then
      local one = table.remove(held, i)
      safely(one.request, function()
        book:settle(shop)
        answer(one.request, one.reply)
      end)
    else
      soonest, i = math.min(soonest, math.ceil(left)), i + 1
    end
  end
  return soonest
end

local function loop(http, shop, book, allow_remote)
  local flying, held = {}, {}
  while not http:stopped() do
    local request = http:next(send_held(shop, book, held))
    if request then
      serve(request, shop, book, held)
    end
    send_webhooks(http, shop, flying, allow_remote)
    take_webhooks(http, flying)
  end
end

local function main(list)
  local options = read_arguments(list)
  local book, problem = state.open(options.state,
    options.seed or fresh_seed())
  if not book then
    stop("--state: " .. problem)
  end
  local http, why = server.open {
    port = options.port, parent = options.dir, signals = true,
    cert = options.cert and read_file(options.cert),
    key = options.key and read_file(options.key),
  }
  if not http then
    stop(why)
  end
  local clock, now = book:clocks()
  local shop = fake.new {
    seed = book.seed, clock = clock, now = now,
    origin = (options.cert and "https" or "http") .. "://127.0.0.1:"
      .. string.format("%d", http:port()),
  }
  book:begin(shop)
  show_banner(shop)
  loop(http, shop, book, options.allow_remote)
  http:close()
end

main(arg)
