/* The fork mark, with the kernel's help and without. */
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/engine/mark.h"
#include "check.h"

/* What the mark says in a child. */
static int in_child(const struct sw_mark *m) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    _exit(sw_mark_foreign(m) ? 7 : 3);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) {
    return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
  struct sw_mark m;
  sw_mark_open(&m);
  CHECK(!sw_mark_foreign(&m));
  CHECK_INT(in_child(&m), 7);
  CHECK(!sw_mark_foreign(&m));
  sw_mark_close(&m);
  CHECK(m.page == NULL);
  CHECK(!sw_mark_foreign(&m));
  CHECK_INT(in_child(&m), 7);
  sw_mark_close(&m);
  return check_done();
}
