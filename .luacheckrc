-- Library code uses only what Lua 5.1 to 5.4 and LuaJIT share.
std = "min"
max_line_length = 79
cache = false
exclude_files = { "build", "build.luarocks" }

files["lua/shopwire/driver/ngx.lua"] = { std = "min+ngx_lua" }
files["lua/shopwire/driver/openresty.lua"] = { std = "min+ngx_lua" }
files["spec"] = { std = "min+busted" }
files[".busted"] = { std = "min" }
files["*.rockspec"] = { std = "rockspec" }
