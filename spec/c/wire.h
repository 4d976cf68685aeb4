/* A small HTTP server in a thread of the test, with a fault for each path.
   It listens on a free port of 127.0.0.1 and reads whole requests.
     /ok /echo /204      whole replies; echo sends the request back
     /hang /stall        nothing; ten bytes of a hundred, then nothing
     /close /reset       the request is read, then the connection ends
     /short /chunkcut    a reply that ends before its announced end
     /http09 /bomb /badgzip /bighead /interim /trailer /redirect
   The first TLS hello is answered in plain HTTP, later ones not at all.
   Must not know: what is tested. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

struct wire;

struct wire *wire_open(void); /* NULL when it cannot be had */
void wire_close(struct wire *w);
int wire_port(const struct wire *w);
/* Whole requests read, and connections accepted, so far. */
int wire_requests(struct wire *w);
int wire_connections(struct wire *w);
/* Bytes of the last whole request, body included. */
unsigned long long wire_bytes(struct wire *w);
/* Ends every connection, as a server does after a while; returns when they
   are closed. */
void wire_drop_all(struct wire *w);

#endif
