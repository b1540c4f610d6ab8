/* A growing byte buffer with a stated maximum and sticky overflow. */
#include "base/buf.h"

#include <stdarg.h>

void buf_init(struct buf *b, struct arena *mem, size_t max)
{
    *b = (struct buf){ .mem = mem, .max = max };
}

void buf_done(struct buf *b)
{
    if (!b->mem)
        free(b->p);
    *b = (struct buf){ .mem = b->mem, .max = b->max };
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->over = false;
}

static bool grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    if (cap > b->max)
        cap = b->max;
    char *p;
    if (b->mem) {
        p = arena_try(b->mem, cap, 1, 1);
        if (p && b->n)
            memcpy(p, b->p, b->n);
    } else {
        p = realloc(b->p, cap);
    }
    if (!p)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->over || n > b->max || b->n > b->max - n) {
        b->over = true;
        return NULL;
    }
    if (b->cap - b->n < n && !grow(b, b->n + n)) {
        b->over = true;
        return NULL;
    }
    return b->p ? b->p + b->n : NULL; /* no room asked of a buffer that holds nothing */
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    char *room = buf_room(b, n);
    if (!room)
        return;
    memcpy(room, p, n);
    b->n += n;
}

void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

void buf_c(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_i64(struct buf *b, int64_t v)
{
    char t[24];
    size_t at = sizeof(t);
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        t[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        t[--at] = '-';
    buf_put(b, t + at, sizeof(t) - at);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *room = n >= 0 ? buf_room(b, (size_t)n + 1) : NULL;
    if (room) {
        vsnprintf(room, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

struct str buf_view(const struct buf *b)
{
    return (struct str){ b->p ? b->p : "", b->n };
}

bool buf_ok(const struct buf *b)
{
    return !b->over;
}
