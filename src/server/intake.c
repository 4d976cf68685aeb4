/* Bodies as they arrive: small ones into memory, large ones and uploads into
   files, so that memory stays constant. Must not know: Lua, routes. */
#include "intake.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../alloc.h"

#define PROCESSOR_BYTES ((size_t)64 * 1024)
#define MAX_PARTS 64

/* Statuses of a body that cannot be kept. */
enum {
  REFUSE_BAD = 400,
  REFUSE_LARGE = 413,
  REFUSE_FAILED = 500,
  REFUSE_STORAGE = 507
};

static char *copy_text(const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = sw_malloc(n);
  if (copy != NULL) {
    memcpy(copy, text, n);
  }
  return copy;
}

static int write_all(int fd, const char *data, size_t n) {
  while (n > 0) {
    ssize_t done = write(fd, data, n);
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done <= 0) {
      return -1;
    }
    data += done;
    n -= (size_t)done;
  }
  return 0;
}

static void close_sink(struct sw_http_request *r) {
  if (r->sink >= 0) {
    close(r->sink);
    r->sink = -1;
  }
}

/* The last part, which is the one that is being filled; NULL: none. */
static struct sw_http_part *last_part(struct sw_http_request *r) {
  struct sw_http_part *p = r->parts;
  while (p != NULL && p->next != NULL) {
    p = p->next;
  }
  return p;
}

static struct sw_http_part *new_part(struct sw_http_request *r,
                                     const char *name, const char *filename,
                                     const char *type) {
  struct sw_http_part *p = sw_malloc(sizeof(*p));
  if (p == NULL) {
    return NULL;
  }
  memset(p, 0, sizeof(*p));
  sw_buf_init(&p->text, SW_HTTP_MEMORY);
  *r->tail = p;
  r->tail = &p->next;
  p->name = copy_text(name);
  if (filename != NULL) {
    p->filename = copy_text(filename);
  }
  if (type != NULL) {
    p->type = copy_text(type);
  }
  if (p->name == NULL || (filename != NULL && p->filename == NULL) ||
      (type != NULL && p->type == NULL)) {
    return NULL;
  }
  close_sink(r);
  if (filename != NULL) {
    r->sink = sw_http_file(r->server, "upload", &p->path);
    if (r->sink < 0) {
      return NULL;
    }
  }
  return p;
}

static size_t count_parts(const struct sw_http_request *r) {
  const struct sw_http_part *p;
  size_t n = 0;
  for (p = r->parts; p != NULL; p = p->next) {
    n++;
  }
  return n;
}

/* 1: the bytes belong to `p`. The processor may announce a part with no bytes
   at all before the first ones, both at offset 0. */
static int goes_on(const struct sw_http_part *p, const char *name,
                   const char *filename, uint64_t offset) {
  if (p == NULL) {
    return 0;
  }
  if (offset > 0) {
    return 1;
  }
  if (p->size > 0 || strcmp(p->name, name) != 0) {
    return 0;
  }
  if (p->filename == NULL || filename == NULL) {
    return p->filename == filename;
  }
  return strcmp(p->filename, filename) == 0;
}

static enum MHD_Result on_part(void *cls, enum MHD_ValueKind kind,
                               const char *name, const char *filename,
                               const char *type, const char *encoding,
                               const char *data, uint64_t offset,
                               size_t size) {
  struct sw_http_request *r = cls;
  struct sw_http_part *p = last_part(r);
  (void)kind;
  (void)encoding;
  name = name == NULL ? "" : name;
  if (!goes_on(p, name, filename, offset)) {
    if (count_parts(r) >= MAX_PARTS) {
      r->refused = REFUSE_LARGE;
      return MHD_NO;
    }
    p = new_part(r, name, filename, type);
    if (p == NULL) {
      r->refused = REFUSE_FAILED;
      return MHD_NO;
    }
  }
  p->size += size;
  if (p->filename != NULL) {
    if (write_all(r->sink, data, size) != 0) {
      r->refused = REFUSE_STORAGE;
      return MHD_NO;
    }
    return MHD_YES;
  }
  r->part_bytes += size;
  if (r->part_bytes > SW_HTTP_MEMORY || sw_buf_add(&p->text, data, size)) {
    r->refused = REFUSE_LARGE;
    return MHD_NO;
  }
  return MHD_YES;
}

int sw_intake_begin(struct sw_http_request *r) {
  static const char multipart[] = "multipart/form-data";
  const char *type = MHD_lookup_connection_value(
      r->connection, MHD_HEADER_KIND, "Content-Type");
  if (type == NULL ||
      strncasecmp(type, multipart, sizeof(multipart) - 1) != 0) {
    return 0;
  }
  /* NULL also means a Content-Type without a boundary: kept as plain text */
  r->processor = MHD_create_post_processor(r->connection, PROCESSOR_BYTES,
                                           on_part, r);
  return 0;
}

/* Moves what is in memory to a file and goes on there. */
static void spill(struct sw_http_request *r) {
  r->sink = sw_http_file(r->server, "body", &r->body_path);
  if (r->sink < 0) {
    r->refused = REFUSE_FAILED;
    return;
  }
  if (r->body.len > 0 && write_all(r->sink, r->body.data, r->body.len) != 0) {
    r->refused = REFUSE_STORAGE;
  }
  sw_buf_free(&r->body);
}

void sw_intake_feed(struct sw_http_request *r, const char *data, size_t n) {
  r->body_size += n;
  if (r->refused != 0) {
    return;
  }
  if (r->processor != NULL) {
    if (MHD_post_process(r->processor, data, n) != MHD_YES &&
        r->refused == 0) {
      r->refused = REFUSE_BAD;
    }
    return;
  }
  if (r->sink < 0 && r->body.len + n > SW_HTTP_MEMORY) {
    spill(r);
  }
  if (r->refused != 0) {
    return;
  }
  if (r->sink >= 0) {
    if (write_all(r->sink, data, n) != 0) {
      r->refused = REFUSE_STORAGE;
    }
  } else if (sw_buf_add(&r->body, data, n) != 0) {
    r->refused = REFUSE_FAILED;
  }
}

void sw_intake_end(struct sw_http_request *r) {
  if (r->processor != NULL) {
    if (MHD_destroy_post_processor(r->processor) != MHD_YES &&
        r->refused == 0) {
      r->refused = REFUSE_BAD;
    }
    r->processor = NULL;
  }
  close_sink(r);
}

void sw_intake_free(struct sw_http_request *r) {
  sw_intake_end(r);
  while (r->parts != NULL) {
    struct sw_http_part *p = r->parts;
    r->parts = p->next;
    if (p->path != NULL) {
      (void)unlink(p->path);
    }
    sw_buf_free(&p->text);
    sw_free(p->name);
    sw_free(p->filename);
    sw_free(p->type);
    sw_free(p->path);
    sw_free(p);
  }
  if (r->body_path != NULL) {
    (void)unlink(r->body_path);
    sw_free(r->body_path);
    r->body_path = NULL;
  }
  sw_buf_free(&r->body);
}
