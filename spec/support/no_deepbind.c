/* A dlopen that leaves RTLD_DEEPBIND out, so that what else is preloaded
   reaches libcurl below the engine. To be preloaded. Must not know: what is
   tested. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT, RTLD_DEEPBIND */
#endif
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

typedef void *(*loader)(const char *, int);

void *dlopen(const char *path, int flags) {
  loader next;
  void *found = dlsym(RTLD_NEXT, "dlopen");
  if (found == NULL) {
    return NULL;
  }
  memcpy(&next, &found, sizeof next);
#ifdef RTLD_DEEPBIND
  flags &= ~RTLD_DEEPBIND;
#endif
  return next(path, flags);
}
