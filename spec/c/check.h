/* Checks for the plain C tests. Each test file is one program: CHECK lines,
   then `return check_done();`. A failed check is printed and counted, and the
   program goes on. Must not know: what is tested. */
#ifndef SW_CHECK_H
#define SW_CHECK_H

#include <stdio.h>
#include <string.h>

/* This program's counts: a test is one translation unit. */
static int check_passed;
static int check_failed;

#if defined(__GNUC__)
#define CHECK_MAYBE __attribute__((unused))
#else
#define CHECK_MAYBE
#endif

/* Each takes place and source text, and returns whether the check held. */
static CHECK_MAYBE int check_true(int ok, const char *file, int line,
                                  const char *text) {
  if (ok) {
    check_passed++;
    return 1;
  }
  check_failed++;
  fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
  return 0;
}

static CHECK_MAYBE int check_int(long long got, long long want,
                                 const char *file, int line,
                                 const char *text) {
  if (got == want) {
    check_passed++;
    return 1;
  }
  check_failed++;
  fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, text, got,
          want);
  return 0;
}

static CHECK_MAYBE void check_print(const char *p, size_t n) {
  size_t i;
  if (p == NULL) {
    fputs("NULL", stderr);
    return;
  }
  fputc('"', stderr);
  for (i = 0; i < n; i++) {
    unsigned char c = (unsigned char)p[i];
    if (c < 32 || c > 126)
      fprintf(stderr, "\\x%02X", c);
    else
      fputc(c, stderr);
  }
  fputc('"', stderr);
}

static CHECK_MAYBE int check_bytes(const char *got, size_t got_n,
                                   const char *want, size_t want_n,
                                   const char *file, int line,
                                   const char *text) {
  int same = got_n == want_n && (got == NULL) == (want == NULL);
  if (same && got_n > 0 && got != NULL)
    same = memcmp(got, want, got_n) == 0;
  if (same) {
    check_passed++;
    return 1;
  }
  check_failed++;
  fprintf(stderr, "%s:%d: %s is ", file, line, text);
  check_print(got, got_n);
  fputs(", not ", stderr);
  check_print(want, want_n);
  fputc('\n', stderr);
  return 0;
}

static CHECK_MAYBE int check_str(const char *got, const char *want,
                                 const char *file, int line,
                                 const char *text) {
  return check_bytes(got, got == NULL ? 0 : strlen(got), want,
                     want == NULL ? 0 : strlen(want), file, line, text);
}

/* The last line of main. 0 when all held and there was at least one. */
static CHECK_MAYBE int check_done(void) {
  printf("%d passed, %d failed\n", check_passed, check_failed);
  return check_failed > 0 || check_passed == 0;
}

#define CHECK(cond) check_true((cond) != 0, __FILE__, __LINE__, #cond)
/* got, want */
#define CHECK_INT(a, b)                                                       \
  check_int((long long)(a), (long long)(b), __FILE__, __LINE__, #a)
/* got, want: both end in NUL; NULL equals NULL only. */
#define CHECK_STR(a, b) check_str((a), (b), __FILE__, __LINE__, #a)
/* Counted bytes against text that ends in NUL. */
#define CHECK_STRN(p, n, b)                                                   \
  check_bytes((p), (n), (b), strlen(b), __FILE__, __LINE__, #p)
/* Counted bytes against counted bytes. */
#define CHECK_MEM(p, n, q, m)                                                 \
  check_bytes((p), (n), (q), (m), __FILE__, __LINE__, #p)

#endif
