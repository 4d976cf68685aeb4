/* How a request's body is kept. Shared by the two halves of the server.
   Must not know: Lua, connections' lives. */
#ifndef SW_SERVER_INTAKE_H
#define SW_SERVER_INTAKE_H

#include "http.h"

/* A new file in the server's directory, "PREFIX-NUMBER". The path is
   allocated; -1 on failure. */
int sw_http_file(struct sw_http *h, const char *prefix, char **path);

/* Decides by the headers between memory, file and parts. 0, or -1. */
int sw_intake_begin(struct sw_http_request *r);
/* Failures are remembered in r->refused. */
void sw_intake_feed(struct sw_http_request *r, const char *data, size_t n);
void sw_intake_end(struct sw_http_request *r);
/* Frees all and unlinks the files that nobody moved away. */
void sw_intake_free(struct sw_http_request *r);

#endif
