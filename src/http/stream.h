/* http/stream.h: a body that a worker writes while the loop sends it, with back-pressure.
 * Thread rule: the worker writes; the loop pumps and ends; a lock is between them. */
#ifndef ENIGMA_HTTP_STREAM_H
#define ENIGMA_HTTP_STREAM_H

#include "http/exchange.h"

struct loop;
/* For a connection; lives in the exchange's arena. most: bytes that may wait unsent. */
struct stream *stream_open(struct exchange *x, struct loop *loop, size_t most);
/* For the loopback: everything goes into a buffer. */
struct stream *stream_open_sink(struct exchange *x, struct buf *sink);
/* Whether the handler wrote anything: the head of the answer then stands. */
bool stream_started(const struct stream *s);
/* On the loop: sends what is there. False: the connection is lost. */
bool stream_pump(struct stream *s);
/* On the loop: nobody reads any more; a waiting worker wakes. */
void stream_gone(struct stream *s);

#endif
