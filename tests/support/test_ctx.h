/* support/test_ctx.h: a context on a clock that stands still and a seeded random source.
 * Use: struct test_ctx t; struct ctx *c = test_ctx_open(&t); … test_ctx_close(&t); */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_CTX_H
#define ENIGMA_TESTS_SUPPORT_TEST_CTX_H

#include <string.h>

#include "base/ctx.h"

/* 2026-02-03T04:05:06Z */
#define TEST_NOW_US INT64_C(1770091506000000)
enum { TEST_ARENA_CAP = 64 << 20 };

/* Wall time and monotonic time move only when the test moves them. */
struct fake_clock {
    int64_t now_us;
    int64_t mono_us;
};
static inline int64_t fake_clock_now(void *self)
{
    return ((struct fake_clock *)self)->now_us;
}
static inline int64_t fake_clock_mono(void *self)
{
    return ((struct fake_clock *)self)->mono_us;
}
static inline void fake_clock_pass(struct fake_clock *k, int64_t us)
{
    k->now_us += us;
    k->mono_us += us;
}
static inline struct clock_port fake_clock_port(struct fake_clock *k)
{
    return (struct clock_port){ .self = k, .now_us = fake_clock_now, .mono_us = fake_clock_mono };
}

/* splitmix64: the same seed gives the same bytes. One thread. */
struct fake_random {
    uint64_t seed;
};
static inline void fake_random_fill(void *self, void *p, size_t n)
{
    struct fake_random *r = self;
    unsigned char *out = p;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t z = (r->seed += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
        memcpy(out + i, &z, n - i < 8 ? n - i : 8);
    }
}
static inline struct random_port fake_random_port(struct fake_random *r)
{
    return (struct random_port){ .self = r, .fill = fake_random_fill };
}

struct test_ctx {
    struct fake_clock time;
    struct fake_random seed;
    struct clock_port clock;
    struct random_port random;
    struct deps deps; /* fill in what the test needs */
    struct arena *mem;
    struct ctx c;
};
static inline struct ctx *test_ctx_open(struct test_ctx *t)
{
    memset(t, 0, sizeof(*t));
    t->time = (struct fake_clock){ .now_us = TEST_NOW_US, .mono_us = 1000000 };
    t->seed = (struct fake_random){ .seed = 1 };
    t->clock = fake_clock_port(&t->time);
    t->random = fake_random_port(&t->seed);
    t->deps = (struct deps){ .clock = &t->clock, .random = &t->random };
    t->mem = arena_open(NULL, TEST_ARENA_CAP);
    ctx_init(&t->c, t->mem, &t->deps, 0);
    return &t->c;
}
/* The next request: an empty arena, no fault, time read again. */
static inline struct ctx *test_ctx_next(struct test_ctx *t)
{
    arena_reset(t->mem);
    ctx_init(&t->c, t->mem, &t->deps, 0);
    return &t->c;
}
static inline void test_ctx_close(struct test_ctx *t)
{
    arena_close(t->mem);
    memset(t, 0, sizeof(*t));
}

#endif
