/* RFC 8259 in one scan: bytes in, a flat tape of nodes out, no tree, no
   recursion. The tape points into the text and into one unescape buffer.
   Must not know: Lua, libcurl, the services. */
#ifndef SW_JSON_H
#define SW_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define SW_JSON_DEPTH 128
#define SW_JSON_NONE ((size_t)-1)

enum sw_json_type {
  SW_JSON_NULL,
  SW_JSON_FALSE,
  SW_JSON_TRUE,
  SW_JSON_INT,    /* fits int64_t */
  SW_JSON_NUMBER, /* any other number: its text is kept */
  SW_JSON_STRING,
  SW_JSON_ARRAY,
  SW_JSON_OBJECT
};

/* The low bits of a node's `kind`. */
#define SW_JSON_TYPE 7u
#define SW_JSON_MOVED 8u /* a string that lies in `unescaped` */

/* 16 bytes. Read it through the functions below, but for the walker that
   makes Lua values, which is worth the closeness. */
struct sw_json_node {
  uint32_t kind; /* type and MOVED; INT: length of its text << 8 */
  uint32_t size; /* bytes, items or pairs; INT: offset of its text */
  union {
    uint64_t start; /* STRING, NUMBER: offset of the bytes */
    int64_t number; /* INT */
    struct {
      uint32_t after; /* the node behind the last child */
      uint32_t nulls; /* how many of its values are null */
    } box;            /* ARRAY, OBJECT */
  } u;
};

struct sw_json {
  const char *text; /* not owned; must outlive the tape */
  size_t len;
  struct sw_json_node *tape; /* owned */
  size_t used;
  size_t cap;
  char *unescaped; /* owned: strings that needed work */
  size_t unescaped_used;
  size_t unescaped_cap;
  size_t repaired;   /* lone surrogates and bad UTF-8 made U+FFFD */
  size_t at;         /* where the scan stopped */
  const char *error; /* NULL, or a constant sentence */
  int memory;        /* 1: the error is a failed allocation */
};

/* A zeroed struct is valid. Free is idempotent. */
void sw_json_free(struct sw_json *j);
/* Keeps the memory for the next scan unless it grew past 1 MiB. */
void sw_json_reuse(struct sw_json *j);
/* 0, or -1 with error and at set, and an empty tape. Trailing white space is
   fine, any other trailing byte is not. Texts of 4 GiB are refused. */
int sw_json_scan(struct sw_json *j, const char *text, size_t len);

/* Nodes are indexes; 0 is the root. Children of an array follow it; children
   of an object are key, value, key, value … (a key is a string node). */
enum sw_json_type sw_json_type(const struct sw_json *j, size_t node);
size_t sw_json_count(const struct sw_json *j, size_t node); /* items, pairs */
size_t sw_json_first(const struct sw_json *j, size_t node); /* or NONE */
/* The node behind this one and all its children; may be past the parent's
   end: count, do not compare. */
size_t sw_json_after(const struct sw_json *j, size_t node);
/* Value of a key; the last duplicate wins; NONE when absent or no object. */
size_t sw_json_get(const struct sw_json *j, size_t object, const char *key);
/* Bytes of a string or of any number. */
struct sw_str sw_json_str(const struct sw_json *j, size_t node);
int64_t sw_json_int(const struct sw_json *j, size_t node); /* INT only */

#endif
