/* One file as one part of multipart/form-data, read piece by piece.
   Exactly the announced number of bytes goes out: a file that grows is cut
   there, a file that shrinks ends the exchange. Must not know: sockets, the
   multi handle, Lua, the services. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "flight.h"

static size_t on_read(char *to, size_t size, size_t n, void *flight) {
  struct sw_flight *f = flight;
  struct sw_transfer *t = f->transfer;
  uint64_t left = t->file_size - f->offset;
  ssize_t got;
  n *= size;
  if (n > left) {
    n = (size_t)left;
  }
  if (n == 0) {
    return 0;
  }
  do {
    got = pread(t->file, to, n, (off_t)f->offset);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    f->fault = SW_FAULT_FILE;
    return CURL_READFUNC_ABORT;
  }
  f->offset += (uint64_t)got;
  t->sent = f->offset;
  return (size_t)got;
}

/* libcurl goes back to the start before it repeats a request. */
static int on_seek(void *flight, curl_off_t offset, int origin) {
  struct sw_flight *f = flight;
  if (origin != SEEK_SET || offset < 0 ||
      (uint64_t)offset > f->transfer->file_size) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  f->offset = (uint64_t)offset;
  f->transfer->sent = f->offset;
  return CURL_SEEKFUNC_OK;
}

int sw_upload_dress(struct sw_flight *f, const struct sw_transfer *t) {
  curl_mimepart *part;
  int bad = 0;
  if (t->file_size > (uint64_t)INT64_MAX) {
    return -1;
  }
  f->form = curl_mime_init(f->easy);
  if (f->form == NULL) {
    return -1;
  }
  part = curl_mime_addpart(f->form);
  if (part == NULL) {
    return -1;
  }
  bad |= (int)curl_mime_name(part, t->file_field);
  bad |= (int)curl_mime_filename(part, t->file_name);
  bad |= (int)curl_mime_type(part, "application/octet-stream");
  bad |= (int)curl_mime_data_cb(part, (curl_off_t)t->file_size, on_read,
                                on_seek, NULL, f);
  bad |= (int)curl_easy_setopt(f->easy, CURLOPT_MIMEPOST, f->form);
  return bad;
}
