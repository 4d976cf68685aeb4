-- Covers the script `run`: arguments, exit codes, which Lua gets which
-- modules. It must not install anything: the suite has done that.
local root = os.getenv("SHOPWIRE_ROOT") or "."

-- Runs a command line; returns its output (both streams) and exit status.
local function sh(line)
  local pipe = assert(io.popen("timeout 300 " .. root .. "/run " .. line
    .. " 2>&1; echo \"status $?\""))
  local text = pipe:read("*a")
  pipe:close()
  local output, status = text:match("^(.*)status (%d+)\n$")
  return output, tonumber(status)
end

describe("run #once #slow", function()
  local script

  before_each(function()
    script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write("print(_VERSION, jit and 'jit', arg[1], arg[2], ",
      "package.cpath)\nrequire 'shopwire.core'\nos.exit(7)\n")
    file:close()
  end)

  after_each(function()
    os.remove(script)
  end)

  it("passes arguments and the exit status through", function()
    local output, status = sh("lua " .. script .. " 'a b' c")
    assert.equal(7, status, output)
    assert.truthy(output:find("Lua 5.4\tnil\ta b\tc", 1, true), output)
  end)

  for _, name in ipairs { "5.1", "5.2", "5.3", "5.4", "luajit" } do
    it("gives " .. name .. " its own modules", function()
      local output, status = sh("lua --lua " .. name .. " " .. script)
      assert.equal(7, status, output)
      assert.truthy(output:find("/lua/" .. name .. "/?.so", 1, true), output)
      assert.equal(name == "luajit", output:find("\tjit\t", 1, true) ~= nil)
    end)
  end

  it("refuses a Lua that it does not know", function()
    local output, status = sh("lua --lua 4.0 " .. script)
    assert.equal(1, status)
    assert.truthy(output:find("no such Lua: 4.0", 1, true), output)
  end)

  it("refuses an unknown command and shows the known ones", function()
    local output, status = sh("frobnicate")
    assert.equal(1, status)
    assert.truthy(output:find("no such command: frobnicate", 1, true))
    assert.truthy(output:find("./run demo", 1, true))
  end)

  it("refuses to fuzz what there is not, and says what there is", function()
    for line, words in pairs {
      ["fuzz 1 nope"] = "no such target: nope (there are fail field ",
      ["fuzz abc"] = "no such target: abc (there are fail field ",
      ["fuzz 1 json nope"] = "no such target: nope",
      ["fuzz 1 'json text'"] = "no such target: json text",
      ["fuzz 1 ''"] = "no such target:", ["fuzz -1"] = "no such target: -1",
      ["fuzz 0"] = "1 at least, not 0", ["fuzz 1.5"] = "not 1.5",
      ["fuzz 5x json"] = "not 5x", ["fuzz 99999999999999999999"] = "not 9999",
    } do
      local output, status = sh(line)
      assert.equal(1, status, line)
      assert.truthy(output:find(words, 1, true), output)
    end
  end)

  it("refuses a port that is none", function()
    local output, status = sh("sandbox --port 1.5")
    assert.equal(2, status)
    assert.truthy(output:find("a whole number from 0 to 65535", 1, true),
      output)
  end)

  it("hands its process to the sandbox, so that signals arrive", function()
    local process = require "spec.support.process"
    sh("lua " .. script)
    local child = process.start(root .. "/run sandbox --port 0")
    local ok, output = pcall(child.expect, child, "\nready\n", 60)
    local status = child:stop("TERM")
    assert.truthy(ok, output)
    assert.equal(0, status)
  end)

  it("says nothing of its own when everything is built", function()
    sh("lua " .. script)
    local output = sh("lua " .. script)
    assert.truthy(output:find("^Lua 5.4"), output)
  end)
end)
