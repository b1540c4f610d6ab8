/* Opens, runs and stops the loops; numbers for metrics. */
#include "http/server.h"

#include "base/str.h"
#include "http/loop.h"

#include <string.h>
#include <unistd.h>

enum { SERVER_MEM_MAX = 64 * 1024 * 1024, SERVER_WORKERS_DEFAULT = 8, SLOW_WORKERS_DEFAULT = 8 };

const struct http_limits http_limits_default = {
    .line_max = 8 * 1024,
    .head_max = 32 * 1024,
    .fields_max = HEADER_FIELDS_MAX,
    .connections_max = 20000,
    .connections_per_address_max = 4096,
    .head_ms = 10 * 1000,
    .idle_ms = 75 * 1000,
    .write_ms = 30 * 1000,
    .body_min_bytes_per_s = 1024,
    .unsent_max = 1024 * 1024,
    .uploads_max = 2,
    .streams_max = 4,
    .events_max = 256,
    .queue_max = 1024,
    .drain_ms = 20 * 1000,
    .request_ms = 30 * 1000,
    .throttle_percent = 100,
    .ws_ping_ms = 20 * 1000,
    .ws_dead_ms = 45 * 1000,
    .ws_close_ms = 5 * 1000,
};

/* Options with every text copied, so that the caller's may go. */
static void keep_options(struct server *s, const struct server_options *o)
{
    struct arena *mem = s->mem;
    s->options = *o;
    s->options.listen = str_keep(mem, o->listen);
    s->options.cors_origins = str_keep(mem, o->cors_origins);
    s->options.trusted_proxies = str_keep(mem, o->trusted_proxies);
    s->options.spool_dir = str_keep(mem, o->spool_dir);
    s->options.public_origin = str_keep(mem, o->public_origin);
    if (s->options.loops == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        s->options.loops = cores > 0 ? (uint32_t)cores : 1;
    }
    if (s->options.loops > SERVER_LOOPS_MAX)
        s->options.loops = SERVER_LOOPS_MAX;
    if (s->options.workers == 0)
        s->options.workers = SERVER_WORKERS_DEFAULT;
    if (s->options.slow_workers == 0)
        s->options.slow_workers = SLOW_WORKERS_DEFAULT;
    if (s->options.limits.fields_max > HEADER_FIELDS_MAX)
        s->options.limits.fields_max = HEADER_FIELDS_MAX;
}

static err open_loops(struct ctx *c, struct server *s)
{
    s->loops = arena_array(s->mem, struct loop *, s->options.loops);
    for (uint32_t i = 0; i < s->options.loops; i++) {
        int fd;
        TRY(net_listen(c, s->options.listen, &s->port, &fd));
        struct loop *l = calloc(1, sizeof(*l));
        if (l)
            l->index = i;
        int bad = l ? loop_open(l, s, fd) : UV_ENOMEM;
        if (l)
            s->loops[s->n_loops++] = l;
        else
            close(fd);
        if (bad)
            return FAIL(c, INTERNAL, "event loop: %s", uv_strerror(bad));
    }
    return ERR_OK;
}

static err open_parts(struct ctx *c, struct server *s)
{
    const struct server_options *o = &s->options;
    uint64_t seed;
    ctx_random(c, &seed, sizeof(seed));
    TRY(site_open(c, s->mem, o, &s->site));
    s->site->throttle = throttle_open(s->mem, seed);
    s->addresses = address_open(o->limits.connections_max);
    if (!s->site->throttle || !s->addresses)
        return FAIL(c, INTERNAL, "out of memory");
    if (o->tls_cert.n || o->tls_key.n)
        TRY(tls_open(c, o->tls_cert, o->tls_key, &s->tls));
    s->pool[POOL_QUICK] = pool_open(o->workers, o->limits.queue_max);
    s->pool[POOL_SLOW] = pool_open(o->slow_workers, o->limits.queue_max);
    if (!s->pool[POOL_QUICK] || !s->pool[POOL_SLOW])
        return FAIL(c, INTERNAL, "worker threads cannot be made");
    return open_loops(c, s);
}

err server_open(struct ctx *c, const struct server_options *o, struct server **ret)
{
    struct server *s = calloc(1, sizeof(*s));
    if (!s)
        return FAIL(c, INTERNAL, "out of memory");
    s->mem = arena_open(NULL, SERVER_MEM_MAX);
    keep_options(s, o);
    err e = open_parts(c, s);
    if (e != ERR_OK) {
        server_close(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

uint16_t server_port(const struct server *s)
{
    return s->port;
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

bool server_run(struct server *s)
{
    uint32_t started = 1;
    for (; started < s->n_loops; started++) {
        struct loop *l = s->loops[started];
        if (pthread_create(&l->thread, NULL, run_loop, l) != 0)
            break;
    }
    /* A loop without a thread must not go on taking connections that nobody serves. */
    for (uint32_t i = started; i < s->n_loops; i++)
        listener_close(s->loops[i]);
    loop_run(s->loops[0]);
    bool drained = !s->loops[0]->forced;
    for (uint32_t i = 1; i < started; i++) {
        pthread_join(s->loops[i]->thread, NULL);
        drained = drained && !s->loops[i]->forced;
    }
    return drained;
}

void server_stop(struct server *s)
{
    atomic_store(&s->stop, true);
    for (uint32_t i = 0; i < s->n_loops; i++)
        loop_wake(s->loops[i]);
}

err server_reload_tls(struct ctx *c, struct server *s)
{
    return s->tls ? tls_reload(c, s->tls) : ERR_OK;
}

/* The workers are gone. What they gave back may go from loop to loop before it comes to its end,
 * and to a closed loop nothing is posted. */
static void settle_loops(struct server *s)
{
    enum { ROUNDS_MAX = 64 };
    bool any = true;
    for (int round = 0; round < ROUNDS_MAX && any; round++) {
        any = false;
        for (uint32_t i = 0; i < s->n_loops; i++)
            any = handback_take_all(&s->loops[i]->back) || any;
    }
}

void server_close(struct server *s)
{
    if (!s)
        return;
    atomic_store(&s->stop, true); /* no socket moves to another loop any more */
    for (uint32_t i = 0; i < s->n_loops; i++) {
        for (struct conn *conn = s->loops[i]->conns; conn; conn = conn->next)
            conn_close(conn); /* wakes workers that wait for a slow reader */
    }
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        pool_close(s->pool[kind]);
        s->pool[kind] = NULL; /* sockets that close below may still ask for work */
    }
    settle_loops(s);
    for (uint32_t i = 0; i < s->n_loops; i++) {
        loop_close(s->loops[i]);
        free(s->loops[i]);
    }
    tls_close(s->tls);
    address_close(s->addresses);
    arena_close(s->mem);
    free(s);
}

void server_stats(const struct server *s, struct server_stats *ret)
{
    *ret = (struct server_stats){ .queue_depth = pool_depth(s->pool[POOL_QUICK]) +
                                                 pool_depth(s->pool[POOL_SLOW]) };
    for (uint32_t i = 0; i < s->n_loops; i++) {
        const struct loop_stats *t = &s->loops[i]->stats;
#define ADD(field) ret->field += atomic_load_explicit(&t->field, memory_order_relaxed)
        ADD(accepted);
        ADD(open);
        ADD(requests);
        ADD(queue_full);
        ADD(bytes_in);
        ADD(bytes_out);
        ADD(refused);
        ADD(websockets);
        for (int k = 0; k < 6; k++)
            ADD(by_class[k]);
#undef ADD
    }
}
