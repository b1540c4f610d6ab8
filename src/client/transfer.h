/* client/transfer.h: one exchange as libcurl sees it: the request that is kept, the bounded answer,
 * and how it ended. Private to the room. One owner at a time: the caller of start, then the I/O
 * thread. */
#ifndef ENIGMA_CLIENT_TRANSFER_H
#define ENIGMA_CLIENT_TRANSFER_H

#include <curl/curl.h>

#include "base/buf.h"
#include "client/allow.h"

struct transfer {
    struct transfer *prev, *next; /* of the client's list */
    uint64_t id;
    size_t origin_index;
    struct origin origin;
    CURL *easy;
    CURLU *url;
    struct curl_slist *request_headers;
    char *sent; /* a copy of the request's body, wiped at the end */
    size_t sent_n;
    struct buf head, body; /* on the heap: head holds "Name: value" lines, one after the other */
    size_t head_seen;      /* bytes of all heads */
    bool too_large, refused, fresh, cancelled, once;
    int64_t begin_us, deadline_us; /* of CLOCK_MONOTONIC */
    client_done *done;
    void *arg;
};

struct transfer_rules {
    const char *ca_file; /* NULL: the system's */
    int64_t connect_ms;
};

/* Checks form, origin and limits; copies everything. */
err transfer_make(struct ctx *c, const struct allow *allow, const struct client_request *r,
                  struct transfer **ret);
/* On the I/O thread: the handle with all its options; NULL: memory is out. */
CURL *transfer_begin(struct transfer *t, const struct transfer_rules *rules);
/* On the I/O thread, handle out of the multi: calls done and frees everything. */
void transfer_end(struct transfer *t, enum client_outcome outcome);
enum client_outcome transfer_outcome(const struct transfer *t, CURLcode code);
void transfer_free(struct transfer *t);

#endif
