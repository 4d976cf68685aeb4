/* Measures another program from outside: wall time, CPU time and memory
   between the two lines that it prints. One ruler for clients in every
   language, so that no client is timed by its own clock.

     meter SECONDS PROGRAM ARG ...     the client's side: print "ready", read a
                                       line, work, print "done N", read a line
     meter --whole RUNS PROGRAM ARG ...  whole processes, start to end

   Prints one JSON line. Must not know: what is measured. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct child {
  pid_t pid;
  clockid_t cpu;
  FILE *from;
  int to;
};

struct reading {
  double wall;
  double cpu;
  long rss_kib;
  long peak_kib;
};

static double seconds(clockid_t clock) {
  struct timespec t = {0, 0};
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const char *what) {
  fprintf(stderr, "meter: %s\n", what);
  return 1;
}

/* The number of KiB behind `name` in /proc/PID/FILE; -1 when not there. */
static long proc_kib(pid_t pid, const char *file, const char *name) {
  char line[256];
  long kib = -1;
  snprintf(line, sizeof line, "/proc/%ld/%s", (long)pid, file);
  FILE *f = fopen(line, "r");
  if (f == NULL)
    return -1;
  while (kib < 0 && fgets(line, sizeof line, f) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0)
      kib = strtol(line + strlen(name), NULL, 10);
  }
  fclose(f);
  return kib;
}

/* The peak since start becomes the peak since now, where Linux lets us. */
static void forget_peak(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/clear_refs", (long)pid);
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return;
  if (write(fd, "5", 1) != 1)
    fail("the peak could not be reset");
  close(fd);
}

/* smaps_rollup is exact, status may lag by some pages per CPU. */
static void read_memory(pid_t pid, struct reading *r) {
  r->rss_kib = proc_kib(pid, "smaps_rollup", "Rss:");
  if (r->rss_kib < 0)
    r->rss_kib = proc_kib(pid, "status", "VmRSS:");
  r->peak_kib = proc_kib(pid, "status", "VmHWM:");
}

/* Starts argv with its output and input on pipes; it dies by SIGALRM when it
   takes longer than `limit` seconds. 0, or -1. */
static int start(struct child *c, unsigned limit, char **argv) {
  int out[2];
  int in[2];
  if (pipe(out) != 0 || pipe(in) != 0)
    return -1;
  c->pid = fork();
  if (c->pid < 0)
    return -1;
  if (c->pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    close(out[1]);
    alarm(limit);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  c->to = in[1];
  c->from = fdopen(out[0], "r");
  if (c->from == NULL)
    return -1;
  return clock_getcpuclockid(c->pid, &c->cpu);
}

static int expect(struct child *c, const char *word, long *number) {
  char line[256];
  size_t n = strlen(word);
  if (fgets(line, sizeof line, c->from) == NULL)
    return -1;
  if (strncmp(line, word, n) != 0)
    return -1;
  if (number != NULL)
    *number = strtol(line + n, NULL, 10);
  return 0;
}

static int go_on(struct child *c) {
  return write(c->to, "\n", 1) == 1 ? 0 : -1;
}

static int measure(unsigned limit, char **argv) {
  struct child c;
  struct reading a;
  struct reading z;
  long calls = 0;
  int status = 0;
  if (start(&c, limit, argv) != 0)
    return fail("cannot start the client");
  if (expect(&c, "ready", NULL) != 0)
    return fail("the client did not get ready");
  forget_peak(c.pid);
  read_memory(c.pid, &a);
  a.cpu = seconds(c.cpu);
  a.wall = seconds(CLOCK_MONOTONIC);
  if (go_on(&c) != 0 || expect(&c, "done", &calls) != 0 || calls < 1)
    return fail("the client did not finish");
  z.wall = seconds(CLOCK_MONOTONIC);
  z.cpu = seconds(c.cpu);
  read_memory(c.pid, &z);
  go_on(&c);
  if (waitpid(c.pid, &status, 0) != c.pid || status != 0)
    return fail("the client ended badly");
  printf("{\"calls\":%ld,\"seconds\":%.6f,\"cpu_seconds\":%.6f,"
         "\"rss_before_kib\":%ld,\"rss_kib\":%ld,"
         "\"peak_before_kib\":%ld,\"peak_kib\":%ld}\n",
         calls, z.wall - a.wall, z.cpu - a.cpu, a.rss_kib, z.rss_kib,
         a.peak_kib, z.peak_kib);
  return 0;
}

static int whole(long runs, char **argv) {
  struct rusage u;
  double wall = seconds(CLOCK_MONOTONIC);
  for (long i = 0; i < runs; i++) {
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
      return fail("cannot start the program");
    if (pid == 0) {
      alarm(60);
      execvp(argv[0], argv);
      _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
      return fail("the program ended badly");
  }
  wall = seconds(CLOCK_MONOTONIC) - wall;
  getrusage(RUSAGE_CHILDREN, &u);
  double cpu = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec
      + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
  printf("{\"calls\":%ld,\"seconds\":%.6f,\"cpu_seconds\":%.6f,"
         "\"peak_kib\":%ld}\n", runs, wall, cpu, u.ru_maxrss);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 3 && strcmp(argv[1], "--whole") == 0)
    return whole(strtol(argv[2], NULL, 10), argv + 3);
  if (argc > 2)
    return measure((unsigned)strtoul(argv[1], NULL, 10), argv + 2);
  return fail("usage: meter SECONDS PROGRAM ... | --whole RUNS PROGRAM ...");
}
