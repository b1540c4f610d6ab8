/* base/buf.h: a growing byte buffer that cannot be made without its maximum.
 * Thread rule: one owner. Errors are sticky: past the maximum the buffer keeps what it holds,
 * drops what comes, and buf_ok says false; check once at the end. */
#ifndef ENIGMA_BASE_BUF_H
#define ENIGMA_BASE_BUF_H

#include "base/arena.h"

struct buf {
    char *p;
    size_t n, cap, max;
    struct arena *mem; /* where it grows; NULL: the heap, given up by buf_done */
    bool over;
};

void buf_init(struct buf *b, struct arena *mem, size_t max);
void buf_done(struct buf *b);  /* frees a heap buffer; harmless on an arena buffer */
void buf_clear(struct buf *b); /* keeps the memory */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_c(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define buf_lit(b, lit) buf_put((b), "" lit, sizeof(lit) - 1)
/* Room for n more bytes, or NULL; the caller then adds to b->n what it wrote. */
char *buf_room(struct buf *b, size_t n);
struct str buf_view(const struct buf *b);
bool buf_ok(const struct buf *b);

#endif
