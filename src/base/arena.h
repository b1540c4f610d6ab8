/* base/arena.h: memory with one lifetime, and the borrowed string view that lives in it.
 * Thread rule: an arena has one owner at a time; it is not thread-safe. */
#ifndef ENIGMA_BASE_ARENA_H
#define ENIGMA_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; no NUL promised. A NULL p is "absent" (JSON null, SQL NULL). */
struct str {
    const char *p;
    size_t n;
};
#define S(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
/* The same in a static initialiser. */
#define S_INIT(lit)                                                                                \
    {                                                                                              \
        "" lit, sizeof(lit) - 1                                                                    \
    }
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) ((int)(s).n), ((s).p ? (s).p : "")

/* An arena-owned array; the element type is known to the holder. */
struct list {
    void *v;
    size_t n;
};

struct arena;
/* A child closes with its parent (NULL: none). cap: bytes it may ever hold at once. */
struct arena *arena_open(struct arena *parent, size_t cap);
/* Runs deferred calls, newest first, closes children, and keeps the first block for reuse. */
void arena_reset(struct arena *a);
/* A reset keeps further blocks up to so many bytes in all: for loops over like work, which would
 * give memory back and fetch it again each time. */
void arena_keep(struct arena *a, size_t bytes);
void arena_close(struct arena *a); /* NULL is fine */
/* Zeroed and never NULL: for sizes we chose. Passing the cap here ends the process. */
void *arena_raw(struct arena *a, size_t n, size_t size, size_t align);
#define arena_new(a, T)      ((T *)arena_raw((a), 1, sizeof(T), _Alignof(T)))
#define arena_array(a, T, n) ((T *)arena_raw((a), (n), sizeof(T), _Alignof(T)))
/* For sizes the world chose: NULL past the cap or on overflow; answer ERR_TOO_LARGE. */
void *arena_try(struct arena *a, size_t n, size_t size, size_t align);
/* The same, not zeroed: for what is written before it is read. */
void *arena_try_dirty(struct arena *a, size_t n, size_t size, size_t align);
/* Give up a non-memory resource (file, connection) when the arena is reset. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);
/* Bytes held now, for metrics and tests. */
size_t arena_used(const struct arena *a);

#endif
