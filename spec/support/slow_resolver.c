/* A resolver that hangs: names that end in .hang.test take a minute and are
   then not found; all others go to the system. To be preloaded, or
   included by a test program. Must not know: what is tested. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int (*resolver)(const char *, const char *, const struct addrinfo *,
                        struct addrinfo **);

/* Look-ups of hanging names begun and ended so far. Other threads read it. */
int slow_resolver_begun;
int slow_resolver_ended;

/* Visible, so that libraries of the program find it before the system's. */
__attribute__((visibility("default")))
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  static const char hanging[] = ".hang.test";
  size_t n = name == NULL ? 0 : strlen(name);
  resolver next;
  void *found;
  if (n >= sizeof hanging &&
      strcmp(name + n + 1 - sizeof hanging, hanging) == 0) {
    __atomic_add_fetch(&slow_resolver_begun, 1, __ATOMIC_SEQ_CST);
    sleep(60);
    __atomic_add_fetch(&slow_resolver_ended, 1, __ATOMIC_SEQ_CST);
    return EAI_NONAME;
  }
  found = dlsym(RTLD_NEXT, "getaddrinfo");
  if (found == NULL) {
    return EAI_FAIL;
  }
  memcpy(&next, &found, sizeof next);
  return next(name, service, hints, result);
}
