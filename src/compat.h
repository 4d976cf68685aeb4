/* The only file that tests versions: Lua 5.1 to 5.4 and LuaJIT look alike
   behind it. Included by l*.c only. */
#ifndef SW_COMPAT_H
#define SW_COMPAT_H

#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, i) lua_objlen((L), (i))
#define lua_absindex(L, i) \
  ((i) > 0 || (i) <= LUA_REGISTRYINDEX ? (i) : lua_gettop(L) + (i) + 1)
static inline void sw_setfuncs(lua_State *L, const luaL_Reg *l, int nup) {
  int i;
  luaL_checkstack(L, nup + 2, "too many upvalues");
  for (; l->name != NULL; l++) {
    for (i = 0; i < nup; i++) {
      lua_pushvalue(L, -nup);
    }
    lua_pushcclosure(L, l->func, nup);
    lua_setfield(L, -(nup + 2), l->name);
  }
  lua_pop(L, nup);
}
#else
#define sw_setfuncs(L, l, nup) luaL_setfuncs((L), (l), (nup))
#endif

/* A userdata with one user value, always a table or nil. */
#if LUA_VERSION_NUM >= 504
#define sw_newuserdata(L, size) lua_newuserdatauv((L), (size), 1)
#define sw_setuservalue(L, i) ((void)lua_setiuservalue((L), (i), 1))
#define sw_getuservalue(L, i) ((void)lua_getiuservalue((L), (i), 1))
#elif LUA_VERSION_NUM >= 502
#define sw_newuserdata(L, size) lua_newuserdata((L), (size))
#define sw_setuservalue(L, i) lua_setuservalue((L), (i))
#define sw_getuservalue(L, i) lua_getuservalue((L), (i))
#else
#define sw_newuserdata(L, size) lua_newuserdata((L), (size))
#define sw_setuservalue(L, i) ((void)lua_setfenv((L), (i)))
#define sw_getuservalue(L, i) lua_getfenv((L), (i))
#endif

/* 64-bit integers of 5.3 and later; elsewhere a number holds 53 bits. A count
   is an integer wherever Lua has them. */
#if LUA_VERSION_NUM >= 503
#define SW_LUA_INTEGERS 1
#define sw_isinteger(L, i) lua_isinteger((L), (i))
#define sw_pushcount(L, n) lua_pushinteger((L), (lua_Integer)(n))
#else
#define SW_LUA_INTEGERS 0
#define sw_isinteger(L, i) 0
#define sw_pushcount(L, n) lua_pushnumber((L), (lua_Number)(n))
#endif

/* Refuses a library that was built for another Lua. May raise. */
#if LUA_VERSION_NUM >= 502
#define sw_checkversion(L) luaL_checkversion(L)
#else
#define sw_checkversion(L) ((void)(L))
#endif

/* How engine.so is loaded: bound to its own libcurl and OpenSSL, whatever the
   host exports. Sanitizers cannot live with DEEPBIND. */
#if defined(__SANITIZE_ADDRESS__)
#define SW_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SW_SANITIZED 1
#endif
#endif
#if defined(RTLD_DEEPBIND) && !defined(SW_SANITIZED)
#define SW_DLOPEN_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#else
#define SW_DLOPEN_FLAGS (RTLD_NOW | RTLD_LOCAL)
#endif

#endif
