/* Memory fails: for each flow of flows.lua, for each heap, for n = 1, 2, 3 …
   the n-th request for memory is refused, until a run needs fewer. Each run
   must end in a result that is right or in a clean refusal, leave no block
   and no descriptor behind, and send nothing twice.
   Must not know: libcurl, shopwire's C. */
#include <dirent.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <lualib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"
#include "shop.h"

enum { MOST = 3000, LOOKS = 200, PATIENCE = 60, TEXT = 32768, COMPLAINTS = 5 };

/* Which requests of a run fail, from the n-th on. */
enum mode {
  MODE_ONE,  /* it alone: Lua collects in an emergency and asks again */
  MODE_TWO,  /* it and the next: Lua's second try fails as well */
  MODE_REST, /* it and all that follow */
  MODES
};

static const char *const heap_names[] = {"ours", "Lua's", "libcurl's"};
static const char *const mode_names[] = {"one", "two", "the rest"};

struct series {
  const char *script;
  struct shop *shop;
  lua_State *keeper; /* holds the modules' bytecode; NULL at first */
  const char *file;  /* to upload */
  int flow;
  char name[80];
  enum heap_name heap;
  enum mode mode;
  long n;
  char right[TEXT]; /* what the flow says in peace */
  long peace;       /* that run */
  char said[TEXT];
  int complaints;
};

/* What a crash or a hang is reported with. */
static char place[200];

static void give_up(int signal_number) {
  static const char text[] = "torture: crash or hang in ";
  ssize_t n = write(2, text, sizeof text - 1);
  n += write(2, place, strlen(place));
  n += write(2, "\n", 1);
  _exit(signal_number > 0 && n > 0 ? 2 : 3);
}

static void complain(struct series *s, const char *what) {
  if (s->complaints++ < COMPLAINTS) {
    fprintf(stderr, "%s, n = %ld: %s\n", place, s->n, what);
  }
}

static int open_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  int n = 0;
  if (dir == NULL) {
    return 0;
  }
  while (readdir(dir) != NULL) {
    n++;
  }
  closedir(dir);
  return n;
}

static void die(lua_State *L, const char *what) {
  fprintf(stderr, "torture: %s: %s: %s\n", place, what,
          lua_tostring(L, -1) != NULL ? lua_tostring(L, -1) : "?");
  exit(3);
}

/* Calls flows[name] with the arguments on top. Never while memory fails. */
static void ask(lua_State *L, const char *name, int args, int results) {
  lua_getfield(L, 1, name);
  lua_insert(L, -1 - args);
  if (lua_pcall(L, args, results, 0) != LUA_OK) {
    die(L, name);
  }
}

/* Compiled modules spare each run the compiler; flow 1 loads the files. */
static void preload(const struct series *s, lua_State *L) {
  lua_State *from = s->keeper;
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushnil(from);
  while (lua_next(from, 2) != 0) {
    size_t n;
    const char *code = lua_tolstring(from, -1, &n);
    const char *name = lua_tostring(from, -2);
    if (luaL_loadbuffer(L, code, n, name) != LUA_OK) {
      die(L, name);
    }
    lua_setfield(L, -2, name);
    lua_pop(from, 1);
  }
  lua_pop(L, 2);
}

/* A new state with flows.lua at stack position 1. */
static lua_State *new_state(const struct series *s) {
  lua_State *L = lua_newstate(heap_lua, NULL);
  if (L == NULL) {
    exit(3);
  }
  luaL_openlibs(L);
  if (luaL_loadfile(L, s->script) != LUA_OK ||
      lua_pcall(L, 0, 1, 0) != LUA_OK) {
    die(L, s->script);
  }
  if (s->keeper != NULL && s->flow > 1) {
    preload(s, L);
  }
  return L;
}

static void keep_text(lua_State *L, char text[TEXT]) {
  const char *said = lua_tostring(L, -1);
  snprintf(text, TEXT, "%s", said != NULL ? said : "");
  lua_pop(L, 1);
}

static void push_address(lua_State *L, const struct series *s, long run) {
  lua_pushfstring(L, "http://127.0.0.1:%d/r%d/", s->shop->port, (int)run);
}

/* Runs the flow once, with the n-th request failing (0: none), and leaves
   its verdict in s->said. Returns how many requests failed. */
static long run_flow(struct series *s, lua_State *L, long run) {
  long to = s->mode == MODE_ONE ? s->n : s->n + 1;
  int ran;
  if (s->mode == MODE_REST) {
    to = LONG_MAX;
  }
  lua_pushinteger(L, s->flow);
  push_address(L, s, run);
  lua_pushstring(L, s->file);
  ask(L, "prepare", 3, 1);
  heap_arm(s->heap, s->n, to);
  ran = lua_pcall(L, 0, 2, 0) == LUA_OK;
  heap_disarm();
  if (!ran) {
    lua_pushnil(L);
  }
  lua_pushinteger(L, s->flow);
  lua_pushboolean(L, ran);
  lua_rotate(L, -4, 2);
  ask(L, "judge", 4, 1);
  keep_text(L, s->said);
  return heaps[s->heap].hits;
}

static void check_verdict(struct series *s, long run) {
  const struct shop_book *book = s->shop->book;
  int posts = book->posts[run][SHOP_CREATE];
  if (strcmp(s->said, s->right) == 0) {
    if (book->sums[run] != book->sums[s->peace]) {
      complain(s, "success, but another request arrived");
    }
    return;
  }
  if (strncmp(s->said, "lack ", 5) != 0 &&
      strncmp(s->said, "doubt ", 6) != 0) {
    complain(s, s->said);
  }
  /* an error record that is sure of itself, though the call has arrived */
  if (posts > 0 && strncmp(s->said, "lack out of memory during", 25) == 0) {
    complain(s, "the call was carried out and the error hides it");
  }
}

static void check_afterwards(struct series *s, lua_State *L, long run) {
  char text[TEXT];
  if (strcmp(s->said, s->right) != 0) {
    lua_pushinteger(L, s->flow);
    ask(L, "again", 1, 1);
    keep_text(L, text);
    if (text[0] != '\0' && strcmp(text, s->right) != 0) {
      complain(s, "once more, and it is still not right:");
      complain(s, text);
    }
  }
  push_address(L, s, run);
  ask(L, "recovers", 1, 1);
  keep_text(L, text);
  if (text[0] != '\0') {
    complain(s, text);
  }
}

/* Are all blocks and descriptors given back? Lack of memory may send libcurl
   to its resolver's thread, which ends by itself: it is given some time. */
static void check_left(struct series *s, const long live[HEAPS],
                       int descriptors) {
  char text[120];
  int i, patience = 30000;
  while (patience-- > 0 && (heap_live(HEAP_CURL) != live[HEAP_CURL] ||
                            open_descriptors() != descriptors)) {
    poll(NULL, 0, 1);
  }
  for (i = 0; i < HEAPS; i++) {
    long left = heap_live((enum heap_name)i) - live[i];
    if (left != 0) {
      snprintf(text, sizeof text, "%ld blocks of %s are left (%.60s)", left,
               heap_names[i], s->said);
      complain(s, text);
    }
  }
  if (open_descriptors() != descriptors) {
    complain(s, "descriptors are left open");
  }
}

/* One state, one flow, one failure. Returns how many requests failed. */
static long run_once(struct series *s, long run) {
  long live[HEAPS], hits;
  int i, descriptors = open_descriptors();
  lua_State *L;
  for (i = 0; i < HEAPS; i++) {
    live[i] = heap_live((enum heap_name)i);
  }
  alarm(PATIENCE);
  L = new_state(s);
  hits = run_flow(s, L, run);
  if (s->n > 0) {
    check_verdict(s, run);
    check_afterwards(s, L, run);
  }
  lua_close(L);
  alarm(0);
  check_left(s, live, descriptors);
  return hits;
}

/* How far apart the failures of a series are: every one, unless a flow asks
   more than MOST times. */
static long stride_of(long asked) {
  return asked > MOST ? asked / LOOKS : 1;
}

/* Prints and returns whether all runs were good. */
static int run_series(struct series *s, long *run) {
  long runs = 0, stride, first = *run + 1;
  snprintf(place, sizeof place, "%s, %s, %s", s->name, heap_names[s->heap],
           mode_names[s->mode]);
  s->complaints = 0;
  s->n = 0;
  s->peace = ++*run;
  run_once(s, s->peace); /* in peace: what is right, and how much it needs */
  stride = stride_of(heaps[s->heap].asked);
  memcpy(s->right, s->said, sizeof s->right);
  if (strncmp(s->right, "right ", 6) != 0) {
    complain(s, s->right);
  }
  for (s->n = 1; *run < SHOP_RUNS - 1 && s->complaints < COMPLAINTS;
       s->n += stride) {
    runs++;
    if (run_once(s, ++*run) == 0) {
      break;
    }
  }
  for (; first <= *run; first++) {
    if (s->shop->book->posts[first][SHOP_CREATE] > 1 ||
        s->shop->book->posts[first][SHOP_UPLOAD] > 1) {
      complain(s, "a call arrived twice");
    }
  }
  printf("%s %s: %ld runs, every %ld\n", s->complaints ? "#NOT" : "#", place,
         runs, stride);
  fflush(stdout);
  return s->complaints == 0;
}

static int flow_count(struct series *s) {
  lua_State *L = new_state(s);
  int n;
  ask(L, "count", 0, 1);
  n = (int)lua_tointeger(L, -1);
  lua_close(L);
  return n;
}

static void name_flow(struct series *s) {
  lua_State *L = new_state(s);
  lua_pushinteger(L, s->flow);
  ask(L, "name", 1, 1);
  snprintf(s->name, sizeof s->name, "%s", lua_tostring(L, -1));
  lua_close(L);
}

/* Loads what stays loaded, so that the counts of the runs are their own. The
   keeper's state also keeps the libraries mapped. */
static void warm_up(struct series *s, long *run) {
  lua_State *L = new_state(s);
  int i;
  lua_pushinteger(L, 2);
  push_address(L, s, 0);
  ask(L, "prepare", 2, 0);
  ask(L, "compiled", 0, 1);
  s->keeper = L;
  for (i = 1; i <= 2; i++) {
    s->flow = 2;
    s->n = 0;
    run_once(s, ++*run);
  }
}

static int make_file(char path[], size_t n) {
  int fd;
  snprintf(path, n, "/tmp/torture-XXXXXX");
  fd = mkstemp(path);
  if (fd < 0 || write(fd, "123456789", 9) != 9) {
    return -1;
  }
  return close(fd);
}

/* All series of a flow, or of those whose name holds `only`. */
static void run_all(struct series *s, const char *only, int *passed,
                    int *failed) {
  int flows = flow_count(s);
  long run = 0;
  int heap, mode;
  warm_up(s, &run);
  for (s->flow = 1; s->flow <= flows; s->flow++) {
    name_flow(s);
    for (heap = 0; heap < HEAPS; heap++) {
      for (mode = 0; mode < MODES; mode++) {
        if ((only != NULL && strstr(s->name, only) == NULL) ||
            (heap != HEAP_LUA && mode == MODE_TWO)) {
          continue;
        }
        s->heap = (enum heap_name)heap;
        s->mode = (enum mode)mode;
        if (run_series(s, &run)) {
          ++*passed;
        } else {
          ++*failed;
        }
      }
    }
  }
  lua_close(s->keeper);
}

/* torture FLOWS [NAME]: every flow, or those whose name holds NAME. */
int main(int argc, char **argv) {
  static struct series s;
  struct shop shop;
  char file[64];
  int passed = 0, failed = 0;
  if (argc < 2 || shop_open(&shop) != 0 || heap_start_libcurl() != 0 ||
      make_file(file, sizeof file) != 0) {
    fprintf(stderr, "torture: cannot start\n");
    return 3;
  }
  signal(SIGALRM, give_up);
#ifndef __SANITIZE_ADDRESS__
  signal(SIGSEGV, give_up);
  signal(SIGABRT, give_up);
#endif
  s.script = argv[1];
  s.shop = &shop;
  s.file = file;
  run_all(&s, argc > 2 ? argv[2] : NULL, &passed, &failed);
  unlink(file);
  shop_close(&shop);
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
