/* Secrets and open files as userdata: bytes without a string form.
   Must not know: the services. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "lshop.h"
#include "secret.h"

/* core.secret(text) → secret. May raise. */
static int secret(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  struct sw_secret *s = sw_new(L, sizeof *s, SW_UP_SECRET);
  s->bytes = sw_malloc(n + 1);
  if (s->bytes == NULL) {
    return sw_nomem(L);
  }
  memcpy(s->bytes, bytes, n);
  s->n = n;
  return 1;
}

static struct sw_secret *check_secret(lua_State *L) {
  return sw_check(L, 1, SW_UP_SECRET, "secret");
}

static int secret_gc(lua_State *L) {
  struct sw_secret *s = check_secret(L);
  if (s->bytes != NULL) {
    sw_wipe(s->bytes, s->n);
    sw_free(s->bytes);
    s->bytes = NULL;
    s->n = 0;
  }
  return 0;
}

/* secret:reveal() → the bytes: the only way to them. May raise. */
static int secret_reveal(lua_State *L) {
  struct sw_secret *s = check_secret(L);
  lua_pushlstring(L, s->bytes != NULL ? s->bytes : "", s->n);
  return 1;
}

static int secret_tostring(lua_State *L) {
  check_secret(L);
  lua_pushliteral(L, "[secret]");
  return 1;
}

static int secret_concat(lua_State *L) {
  return luaL_error(L, "a secret has no text; secret:reveal() gives its "
                       "bytes");
}

const luaL_Reg sw_secret_functions[] = {{"secret", secret}, {NULL, NULL}};
const luaL_Reg sw_secret_methods[] = {
  {"reveal", secret_reveal},       {"__gc", secret_gc},
  {"__tostring", secret_tostring}, {"__concat", secret_concat},
  {NULL, NULL},
};

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* core.open_file(path) → file, or nil and why not. May raise. */
static int open_file(lua_State *L) {
  size_t n;
  const char *path = luaL_checklstring(L, 1, &n);
  struct stat st;
  struct sw_file *f = sw_new(L, sizeof *f, SW_UP_FILE);
  if (strlen(path) != n) {
    lua_pushnil(L);
    lua_pushliteral(L, "the path holds a NUL byte");
    return 2;
  }
  f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  f->opened = f->fd >= 0;
  if (!f->opened || fstat(f->fd, &st) != 0) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  if (!S_ISREG(st.st_mode)) {
    close(f->fd);
    f->opened = 0;
    lua_pushnil(L);
    lua_pushliteral(L, "it is not a regular file");
    return 2;
  }
  f->size = (uint64_t)st.st_size;
  f->path = sw_malloc(n + 1);
  if (f->path == NULL) {
    return sw_nomem(L);
  }
  memcpy(f->path, path, n + 1);
  f->name = base_name(f->path);
  return 1;
}

static struct sw_file *check_file(lua_State *L) {
  return sw_check(L, 1, SW_UP_FILE, "file");
}

static int file_close(lua_State *L) {
  struct sw_file *f = check_file(L);
  if (f->opened) {
    close(f->fd);
  }
  f->opened = 0;
  sw_free(f->path);
  f->path = NULL;
  f->name = NULL;
  return 0;
}

static int file_size(lua_State *L) {
  struct sw_file *f = check_file(L);
  sw_pushcount(L, f->size);
  return 1;
}

const luaL_Reg sw_file_functions[] = {{"open_file", open_file}, {NULL, NULL}};
const luaL_Reg sw_file_methods[] = {
  {"size", file_size}, {"close", file_close}, {"__gc", file_close},
  {NULL, NULL},
};
