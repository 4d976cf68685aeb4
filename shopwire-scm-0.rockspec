rockspec_format = "3.0"
package = "shopwire"
version = "scm-0"

source = {
  url = "git+file://.",
}

description = {
  summary = "Clients of Instamojo's and Invotide's web services",
  detailed = [[
    require "instamojo" and require "invotide": typed calls with validation,
    retries that never charge twice, exact JSON, and a sandbox to try them.
    The core is C on libcurl; scripts wait in whatever loop they live in.
  ]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1.0",
}

build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    LUA_INCDIR = "$(LUA_INCDIR)",
    LIBDIR = "$(LIBDIR)",
    LUADIR = "$(LUADIR)",
  },
}
