/* The fork mark: see mark.h. */
#include "mark.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef MADV_WIPEONFORK

static volatile char *new_page(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return NULL;
  }
  if (madvise(page, size, MADV_WIPEONFORK) != 0) {
    munmap(page, size);
    return NULL;
  }
  *page = 1;
  return page;
}

static void free_page(volatile char *page) {
  munmap((void *)page, (size_t)sysconf(_SC_PAGESIZE));
}

#else

static volatile char *new_page(void) {
  return NULL;
}

static void free_page(volatile char *page) {
  (void)page;
}

#endif

void sw_mark_open(struct sw_mark *m) {
  m->pid = getpid();
  m->page = new_page();
}

void sw_mark_close(struct sw_mark *m) {
  if (m->page != NULL) {
    free_page(m->page);
    m->page = NULL;
  }
}

int sw_mark_foreign(const struct sw_mark *m) {
  if (m->page != NULL) {
    return *m->page == 0;
  }
  return m->pid != getpid();
}
