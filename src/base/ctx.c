/* Contexts, and the system's clock and randomness behind their ports. */
#include "base/ctx.h"

#include <errno.h>
#include <sys/random.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t) != 0)
        abort();
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_now(void *self)
{
    (void)self;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *self)
{
    (void)self;
    return read_clock(CLOCK_MONOTONIC);
}

/* Small requests are served from a per-thread block, so that ids and nonces do not cost a system
 * call each; bytes are wiped as they are handed out. */
enum { RANDOM_BLOCK = 512 };
static _Thread_local struct {
    unsigned char b[RANDOM_BLOCK];
    size_t left;
} pool;

static void fill_from_kernel(unsigned char *p, size_t n)
{
    while (n) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        p += got;
        n -= (size_t)got;
    }
}

static void system_fill(void *self, void *p, size_t n)
{
    (void)self;
    if (n > RANDOM_BLOCK / 4) {
        fill_from_kernel(p, n);
        return;
    }
    if (pool.left < n) {
        fill_from_kernel(pool.b, RANDOM_BLOCK);
        pool.left = RANDOM_BLOCK;
    }
    unsigned char *from = pool.b + (RANDOM_BLOCK - pool.left);
    memcpy(p, from, n);
    explicit_bzero(from, n);
    pool.left -= n;
}

const struct clock_port clock_system = { .now_us = system_now, .mono_us = system_mono };
const struct random_port random_system = { .fill = system_fill };

void ctx_init(struct ctx *c, struct arena *mem, const struct deps *deps, int64_t budget_us)
{
    *c = (struct ctx){ .mem = mem, .deps = deps };
    const struct clock_port *clock = deps && deps->clock ? deps->clock : &clock_system;
    c->now_us = clock->now_us(clock->self);
    c->deadline_us = budget_us > 0 ? clock->mono_us(clock->self) + budget_us : 0;
}

int64_t ctx_left_us(const struct ctx *c)
{
    if (c->deadline_us == 0)
        return INT64_MAX;
    const struct clock_port *clock = c->deps && c->deps->clock ? c->deps->clock : &clock_system;
    int64_t left = c->deadline_us - clock->mono_us(clock->self);
    return left > 0 ? left : 0;
}

void ctx_random(struct ctx *c, void *p, size_t n)
{
    const struct random_port *r = c->deps && c->deps->random ? c->deps->random : &random_system;
    r->fill(r->self, p, n);
}
