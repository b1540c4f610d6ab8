/* http/body.h: the body of a request as it comes: llhttp decodes, a strict check of the chunk
 * framing goes before it. Thread rule: one owner. No sockets, so fuzzers can drive it. */
#ifndef ENIGMA_HTTP_BODY_H
#define ENIGMA_HTTP_BODY_H

#include "http/chunk.h"
#include "http/head.h"

#include <llhttp.h>

struct body {
    llhttp_t parser;
    struct chunk_check chunk;
    bool chunked, headers_done, done;
    uint64_t max;  /* bytes allowed; more is 413 */
    uint64_t size; /* decoded so far */
    /* Takes decoded bytes; false: cannot keep them, see status and why. */
    bool (*sink)(void *arg, const char *p, size_t n);
    void *arg;
    int status;
    const char *why;
};

/* Shows the head to llhttp, which must read it as head_parse did. max may be changed until the
 * first body_feed. HEAD_OK, and b->done says whether there is no body at all. */
struct head_verdict body_begin(struct body *b, const struct head *h, const char *head, size_t n);
/* Takes bytes after the head: HEAD_OK when the body is whole, HEAD_MORE, or a status. *ret_used
 * bytes belonged to this message. */
struct head_verdict body_feed(struct body *b, const char *p, size_t n, size_t *ret_used);

#endif
