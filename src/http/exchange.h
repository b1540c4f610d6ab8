/* http/exchange.h: one request and its answer, from head to last byte.
 * Thread rule: one owner at a time: the loop, or the worker that it was handed to. */
#ifndef ENIGMA_HTTP_EXCHANGE_H
#define ENIGMA_HTTP_EXCHANGE_H

#include "http/body.h"
#include "http/site.h"
#include "os/handback.h"
#include "os/pool.h"

enum {
    EXCHANGE_KEEP_MAX = 32 * 1024, /* arena bytes with which an exchange may go to the free list */
    EXCHANGE_MEM_MAX = 96 * 1024 * 1024,
    REPLY_MAX = 32 * 1024 * 1024,
    REPLY_HEADERS_MAX = CALL_HEADERS_MAX + 8,
    EVENT_ID_MAX = 128,
};

struct reply {
    int status;
    struct str body;
    const char *content_type; /* NULL: no body is described */
    struct header headers[REPLY_HEADERS_MAX];
    size_t n_headers;
    bool close; /* the connection ends after this answer */
    bool no_store;
    bool chunked; /* the body's length is not known yet */
    bool vary_encoding, vary_accept;
};

struct conn;
struct stream;
struct exchange {
    struct pool_job job;
    struct handback_item back;
    struct exchange *next; /* free list */
    struct conn *conn;
    struct site *site;
    struct arena *mem;
    struct arena *tick_mem; /* ROUTE_EVENTS: one tick */
    struct stream *stream;
    const struct route *route;
    const struct asset *asset;
    struct router_hit hit;
    struct request request;
    struct ctx ctx;
    struct call call;
    struct reply reply;
    struct body body;
    struct buf body_bytes;
    int spool_fd; /* -1: the body is in memory */
    bool early;   /* the answer stands before the body was read */
    bool on_loop; /* runs on the loop's thread: nothing that may block is asked */
    bool admitted, by_cookie;
    bool admitting;         /* at a worker, before the body of an upload is read */
    bool events_open;       /* the head of the event stream was sent */
    bool failed;            /* a stream that broke off after its head was sent */
    _Atomic uint32_t *slot; /* of uploads, streams or events; given back at the end */
    int64_t start_us;
    char event_id[EVENT_ID_MAX];
    char peer[NET_TEXT_MAX];
    struct head head; /* last: the biggest */
};

void exchange_end(struct exchange *x);
/* Readies a blank exchange with its arena for a request; the head is filled afterwards. */
void exchange_begin(struct exchange *x, struct site *site);

#endif
