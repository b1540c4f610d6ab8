/* Arenas: blocks that grow by doubling, freed together; the first block survives a reset, and more
 * of them where the owner asked for it. */
#include "base/arena.h"

#include <stdint.h>

#if !defined(__SANITIZE_ADDRESS__) && defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { BLOCK_MIN = 4096, BLOCK_MAX = 256 * 1024, ALIGN_MAX = 16 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGN_MAX) char data[];
};
struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *arg;
};
struct arena {
    struct block *first, *cur;
    size_t cap, held, next_size, keep;
    struct deferred *deferred;
    struct arena *parent, *children, *prev, *next;
};

static _Noreturn void out_of_memory(const char *why)
{
    fprintf(stderr, "enigma: %s\n", why);
    abort();
}

struct arena *arena_open(struct arena *parent, size_t cap)
{
    struct arena *a = calloc(1, sizeof(*a));
    if (!a)
        out_of_memory("out of memory");
    a->cap = cap;
    a->next_size = BLOCK_MIN;
    a->parent = parent;
    if (parent) {
        a->next = parent->children;
        if (a->next)
            a->next->prev = a;
        parent->children = a;
    }
    return a;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->arg);
    }
}

static void free_blocks_after(struct arena *a, struct block *keep)
{
    struct block *b = keep ? keep->next : a->first;
    while (b) {
        struct block *next = b->next;
        a->held -= b->size;
        UNPOISON(b->data, b->size);
        free(b);
        b = next;
    }
    if (keep)
        keep->next = NULL;
    else
        a->first = NULL;
    a->cur = keep;
}

void arena_keep(struct arena *a, size_t bytes)
{
    a->keep = bytes;
}

/* The last of the blocks that a reset keeps: the first, and those behind it that fit the wish. */
static struct block *last_kept(struct arena *a)
{
    struct block *last = a->first;
    if (!last || last->size > (a->keep > BLOCK_MAX ? a->keep : BLOCK_MAX))
        return NULL;
    size_t bytes = last->size;
    while (last->next && bytes + last->next->size <= a->keep) {
        last = last->next;
        bytes += last->size;
    }
    return last;
}

void arena_reset(struct arena *a)
{
    while (a->children)
        arena_close(a->children);
    run_deferred(a);
    struct block *last = last_kept(a);
    free_blocks_after(a, last);
    a->cur = a->first;
    for (struct block *b = a->first; b; b = b->next) {
        b->used = 0;
        POISON(b->data, b->size);
    }
    if (last)
        a->next_size = last->size * 2 < BLOCK_MAX ? last->size * 2 : BLOCK_MAX;
    else
        a->next_size = BLOCK_MIN;
}

void arena_close(struct arena *a)
{
    if (!a)
        return;
    while (a->children)
        arena_close(a->children);
    run_deferred(a);
    free_blocks_after(a, NULL);
    if (a->prev)
        a->prev->next = a->next;
    else if (a->parent)
        a->parent->children = a->next;
    if (a->next)
        a->next->prev = a->prev;
    free(a);
}

/* A block that holds at least `need` bytes, or NULL past the cap. */
static struct block *grow(struct arena *a, size_t need)
{
    struct block *kept = a->cur ? a->cur->next : NULL;
    if (kept && kept->size >= need)
        return a->cur = kept;
    if (kept)
        free_blocks_after(a, a->cur);
    size_t size = a->next_size > need ? a->next_size : need;
    if (size > a->cap - a->held)
        size = need;
    if (need > a->cap || size > a->cap - a->held)
        return NULL;
    struct block *b = malloc(sizeof(*b) + size);
    if (!b)
        return NULL;
    b->next = NULL;
    b->size = size;
    b->used = 0;
    POISON(b->data, size);
    if (a->cur)
        a->cur->next = b;
    else
        a->first = b;
    a->cur = b;
    a->held += size;
    if (a->next_size < BLOCK_MAX)
        a->next_size *= 2;
    return b;
}

/* Room for n times size bytes, as they happen to be, and how many they are. */
static void *take(struct arena *a, size_t n, size_t size, size_t align, size_t *ret_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2 || align > ALIGN_MAX)
        return NULL;
    if (bytes == 0)
        bytes = 1;
    struct block *b = a->cur;
    size_t at = b ? (b->used + align - 1) & ~(align - 1) : 0;
    if (!b || at > b->size || bytes > b->size - at) {
        b = grow(a, bytes);
        if (!b)
            return NULL;
        at = 0;
    }
    UNPOISON(b->data + at, bytes);
    b->used = at + bytes;
    *ret_bytes = bytes;
    return b->data + at;
}

void *arena_try(struct arena *a, size_t n, size_t size, size_t align)
{
    size_t bytes = 0;
    void *p = take(a, n, size, align, &bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *arena_try_dirty(struct arena *a, size_t n, size_t size, size_t align)
{
    size_t bytes;
    return take(a, n, size, align, &bytes);
}

void *arena_raw(struct arena *a, size_t n, size_t size, size_t align)
{
    void *p = arena_try(a, n, size, align);
    if (!p)
        out_of_memory("an arena passed its limit, or memory is out");
    return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = arena_new(a, struct deferred);
    d->fn = fn;
    d->arg = arg;
    d->next = a->deferred;
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->held;
}
