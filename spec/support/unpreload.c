/* Preloaded last beside a sanitizer's runtime: takes LD_PRELOAD away again,
   so that children which are not ours (curl, sh) start without it. Must not
   know: anything else. */
#include <stdlib.h>

static __attribute__((constructor)) void unpreload(void) {
  unsetenv("LD_PRELOAD");
}
