/* fork and wait for Lua scripts, without a word of Lua: to be preloaded. In
   os.getenv "SPEC_FORK" the process forks; the child reads "0", the parent the
   child's id. os.getenv "SPEC_WAIT id" waits for that child and reads its
   exit status, or "-signal". Must not know: what is tested. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef char *(*reader)(const char *);

static char *system_getenv(const char *name) {
  reader next;
  void *found = dlsym(RTLD_NEXT, "getenv");
  if (found == NULL) {
    return NULL;
  }
  memcpy(&next, &found, sizeof next);
  return next(name);
}

/* The environment owns the text. */
static char *answer(long number) {
  char text[32];
  (void)snprintf(text, sizeof text, "%ld", number);
  return setenv("SPEC_ANSWER", text, 1) == 0 ? system_getenv("SPEC_ANSWER")
                                             : NULL;
}

static char *wait_for(const char *id) {
  int status = 0;
  if (waitpid((pid_t)strtol(id, NULL, 10), &status, 0) < 0) {
    return NULL;
  }
  return answer(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

char *getenv(const char *name) {
  static const char waiting[] = "SPEC_WAIT ";
  if (strcmp(name, "SPEC_FORK") == 0) {
    return answer(fork());
  }
  if (strncmp(name, waiting, sizeof waiting - 1) == 0) {
    return wait_for(name + sizeof waiting - 1);
  }
  return system_getenv(name);
}
