/* A resolver that leads inside: names that end in .inner.test are this
   machine; all others go to the system. To be preloaded. Must not know: what
   is tested. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

typedef int (*resolver)(const char *, const char *, const struct addrinfo *,
                        struct addrinfo **);

/* Visible, so that libraries of the program find it before the system's. */
__attribute__((visibility("default")))
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  static const char inner[] = ".inner.test";
  size_t n = name == NULL ? 0 : strlen(name);
  void *found = dlsym(RTLD_NEXT, "getaddrinfo");
  resolver next;
  if (found == NULL) {
    return EAI_FAIL;
  }
  memcpy(&next, &found, sizeof next);
  if (n >= sizeof inner &&
      strcmp(name + n + 1 - sizeof inner, inner) == 0) {
    name = "127.0.0.1";
  }
  return next(name, service, hints, result);
}
