/* Uploads: the form's shape, files that change meanwhile, constant memory.
   Must not know: Lua. */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rig.h"

static int file_of(unsigned long long size) {
  char name[] = "/tmp/shopwire-upload-XXXXXX";
  int fd = mkstemp(name);
  if (!CHECK(fd >= 0)) {
    exit(check_done());
  }
  unlink(name);
  CHECK_INT(ftruncate(fd, (off_t)size), 0);
  return fd;
}

static void ask_upload(struct rig *r, struct sw_transfer *t, const char *path,
                       int fd, unsigned long long size) {
  ask(r, t, path);
  t->verb = "POST";
  t->file = fd;
  t->file_size = size;
  t->file_name = "a \"b\".pdf";
  t->file_field = "fileUpload";
  t->fresh = 1;
}

static void test_upload(struct rig *r) {
  struct sw_transfer t;
  int fd = file_of(0);
  CHECK_INT(write(fd, "%PDF-1.4 and more", 17), 17);
  ask_upload(r, &t, "/echo", fd, 8); /* it has grown since */
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 200);
  CHECK_INT(t.sent, 8);
  CHECK_INT(sw_buf_seal(&t.reply), 0);
  CHECK(strstr(t.reply.data, "\r\nContent-Type: multipart/form-data; boundary")
        != NULL);
  CHECK(strstr(t.reply.data, "name=\"fileUpload\"; filename=\"a %22b%22.pdf\"")
        != NULL);
  CHECK(strstr(t.reply.data, "\r\n\r\n%PDF-1.4\r\n--") != NULL);
  CHECK(strstr(t.reply.data, "Expect") == NULL);
  sw_transfer_reset(&t);
  t.file_size = 20; /* it has shrunk since */
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_FILE);
  CHECK_INT(t.byte_left, 1);
  sw_transfer_reset(&t);
  t.file_size = 0;
  CHECK(fly(r, &t));
  CHECK_INT(t.status, 200);
  CHECK_INT(t.sent, 0);
  sw_transfer_reset(&t);
  close(fd);
  fd = open("/dev/null", O_WRONLY);
  ask_upload(r, &t, "/echo", fd, 8); /* not readable */
  CHECK(fly(r, &t));
  CHECK_INT(t.fault, SW_FAULT_FILE);
  sw_transfer_reset(&t);
  close(fd);
}

static long peak_kib(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss;
}

static void test_big_upload(struct rig *r) {
  const unsigned long long size = 64ull << 20;
  struct sw_transfer t;
  int fd = file_of(size);
  long before = peak_kib();
  ask_upload(r, &t, "/ok", fd, size);
  t.deadline_ms = 60000;
  CHECK_INT(r->api->submit(r->engine, &t), 0);
  while (r->api->pending(r->engine) > 0) {
    struct sw_transfer *landed[1];
    (void)r->api->step(r->engine, 1000, landed, 1);
    CHECK(t.sent <= size);
  }
  CHECK_INT(t.fault, SW_FAULT_NONE);
  CHECK_INT(t.sent, size);
  CHECK(wire_bytes(r->wire) > size);
  CHECK(peak_kib() - before < 4096);
  sw_transfer_reset(&t);
  close(fd);
}

int main(void) {
  struct rig r;
  rig_open(&r);
  test_upload(&r);
  test_big_upload(&r);
  rig_close(&r);
  return check_done();
}
