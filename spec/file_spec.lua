-- Files of a call before they are sent: opened, refused, closed. The sending
-- is in api/uploads_spec. (lua/shopwire/file.lua)

local core = require "shopwire.core"
local file = require "shopwire.file"
local process = require "spec.support.process"

local ROW = {full_name = "links.create", fields = {
  {name = "title", kind = "text"}, {name = "file_upload", kind = "file"},
  {name = "cover_image", kind = "file"},
}}

describe("files", function()
  local dir, path

  setup(function()
    dir = process.directory()
    path = process.write(dir .. "/a", "12345")
  end)

  teardown(function()
    process.remove(dir)
  end)

  it("are a path and perhaps a progress function", function()
    assert.same({path = "a"}, file.new "a")
    assert.same({path = "a", progress = print},
      file.new("a", {progress = print}))
    assert.same({path = "a"}, file.new("a", {}))
  end)

  it("are opened in the row's order", function()
    local files = assert(file.open_all(ROW, {title = "t", cover_image = path,
      file_upload = file.new(path, {progress = print})}))
    assert.equal(2, #files)
    assert.equal("file_upload", files[1].name)
    assert.equal(print, files[1].progress)
    assert.equal("cover_image", files[2].name)
    assert.is_nil(files[2].progress)
    assert.equal("5", tostring(files[1].opened:size()))
    file.close_all(files)
    file.close_all(files)
    assert.same({}, file.open_all(ROW, {title = "t"}))
  end)

  it("are all closed when one cannot be read", function()
    local files, err = file.open_all(ROW, {file_upload = path,
      cover_image = dir .. "/none"})
    assert.is_nil(files)
    assert.equal("invalid", err.kind)
    assert.equal("build", err.stage)
    assert.equal("links.create", err.endpoint)
    assert.matches("^cover_image: ", err.message)
    local pid = process.read("/proc/self/stat"):match("^%d+")
    local output = process.run("ls -l /proc/" .. pid .. "/fd")
    assert.is_nil(output:find(path, 1, true))
  end)

  it("must be regular files", function()
    for _, name in ipairs {dir, "/dev/null", "/dev/zero", ""} do
      local opened, why = core.open_file(name)
      assert.is_nil(opened, name)
      assert.equal("string", type(why))
    end
    -- a FIFO without a writer would hold up an open that waits
    process.run("mkfifo " .. dir .. "/fifo")
    assert.is_nil((core.open_file(dir .. "/fifo")))
  end)
end)
