/* The event loop of one thread: rounds, ticks, batches for the pool, and the drain. */
#include "http/loop.h"

#include "http/dispatch.h"
#include "http/ws_socket.h"

#include <string.h>

enum { OUT_MAX = 4 * 1024 * 1024, OUT_KEEP = 256 * 1024 };

void loop_count(_Atomic int64_t *counter, int64_t n)
{
    /* One writer a counter: no locked instruction is needed. */
    int64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + n, memory_order_relaxed);
}

static void hand_over(struct loop *l)
{
    for (int kind = 0; kind < POOL_KINDS; kind++) {
        struct batch *b = &l->batch[kind];
        if (b->n == 0)
            continue;
        pool_hand_over(l->server->pool[kind], b->first, b->last, b->n);
        *b = (struct batch){ NULL, NULL, 0 };
    }
}

/* What this round brought goes out: to the workers, and to the peers of WebSockets. */
static void end_round(struct loop *l)
{
    hand_over(l);
    ws_uncork_all(l);
}

static void on_check(uv_check_t *handle)
{
    end_round(handle->data);
}

/* Timers and closed connections come behind the check, and nothing waits through a poll. */
static void on_prepare(uv_prepare_t *handle)
{
    end_round(handle->data);
}

static void work(struct pool_job *job)
{
    struct exchange *x = (struct exchange *)(void *)((char *)job - offsetof(struct exchange, job));
    struct loop *l = x->conn->loop;
    if (x->admitting)
        (void)dispatch_admit(x);
    else if ((x->route->flags & ROUTE_EVENTS) && x->head.method != HTTP_M_HEAD)
        events_work(x);
    else
        dispatch_run(x);
    handback_post(&l->back, &x->back);
}

bool loop_submit(struct loop *l, struct exchange *x)
{
    enum pool_kind kind = x->route && (x->route->flags & ROUTE_SLOW) ? POOL_SLOW : POOL_QUICK;
    struct batch *b = &l->batch[kind];
    if (!pool_reserve(l->server->pool[kind]))
        return false;
    x->job.run = work;
    x->back.taken = conn_taken_back;
    x->job.next = NULL;
    if (b->last)
        b->last->next = &x->job;
    else
        b->first = &x->job;
    b->last = &x->job;
    b->n++;
    l->in_flight++;
    return true;
}

struct exchange *loop_take_exchange(struct loop *l)
{
    struct exchange *x = l->free;
    if (x) {
        l->free = x->next;
        l->n_free--;
    } else {
        x = malloc(sizeof(*x));
        if (!x)
            return NULL;
        x->mem = arena_open(NULL, EXCHANGE_MEM_MAX);
    }
    exchange_begin(x, l->site);
    return x;
}

void loop_give_exchange(struct loop *l, struct exchange *x)
{
    exchange_end(x);
    if (l->n_free >= LOOP_FREE_MAX || arena_used(x->mem) > EXCHANGE_KEEP_MAX) {
        arena_close(x->mem);
        free(x);
        return;
    }
    x->next = l->free;
    l->free = x;
    l->n_free++;
}

static void refresh_block(struct loop *l)
{
    const struct deps *d = l->site->o->deps;
    const struct clock_port *clock = d && d->clock ? d->clock : &clock_system;
    int64_t now_us = clock->now_us(clock->self);
    if (now_us / 1000000 == l->block_second && l->block_n)
        return;
    l->block_second = now_us / 1000000;
    l->block_n = site_write_block(l->site, now_us, l->block);
}

static void expire(struct loop *l)
{
    uint64_t now = uv_now(&l->uv);
    for (int kind = CONN_TIMER_NONE + 1; kind < CONN_TIMER_COUNT_; kind++) {
        struct timer_list *t = &l->timers[kind];
        while (t->first && t->first->timer_due <= now) {
            struct conn *conn = t->first;
            conn_timer(conn, CONN_TIMER_NONE);
            conn_expired(conn, (enum conn_timer)kind);
        }
    }
}

static void begin_drain(struct loop *l)
{
    l->draining = true;
    l->drain_at = uv_now(&l->uv);
    listener_close(l);
}

static bool is_idle(const struct conn *conn)
{
    return conn->state == CONN_HEAD && conn->in_n == 0;
}

static void drain(struct loop *l)
{
    uint64_t since = uv_now(&l->uv) - l->drain_at;
    bool force = since >= l->server->options.limits.drain_ms;
    if (since >= LOOP_DRAIN_GRACE_MS) {
        struct conn *next;
        for (struct conn *conn = l->conns; conn; conn = next) {
            next = conn->next;
            if (force || is_idle(conn))
                conn_close(conn);
            else if (conn->ws)
                ws_end(conn->ws, WS_GOING_AWAY, "the server goes away");
        }
    }
    bool empty = l->n_conns == 0 && l->in_flight == 0;
    l->forced = l->forced || (force && !empty);
    if (empty || since >= (uint64_t)l->server->options.limits.drain_ms + LOOP_FORCED_MS)
        uv_stop(&l->uv);
}

static void on_tick(uv_timer_t *handle)
{
    struct loop *l = handle->data;
    refresh_block(l);
    expire(l);
    listener_tick(l);
    if (l->out.cap > OUT_KEEP)
        buf_done(&l->out);
    if (l->draining)
        drain(l);
    const struct server_options *o = &l->server->options;
    if (o->tick)
        o->tick(o->tick_arg, l->index);
}

static void on_wake(uv_async_t *handle)
{
    struct loop *l = handle->data;
    (void)handback_take_all(&l->back);
    if (!l->draining && atomic_load(&l->server->stop))
        begin_drain(l);
}

static void set_timers(struct loop *l)
{
    const struct http_limits *limits = &l->server->options.limits;
    uint32_t window = limits->head_ms < CONN_BODY_WINDOW_MS ? limits->head_ms : CONN_BODY_WINDOW_MS;
    l->timers[CONN_TIMER_HEAD].ms = limits->head_ms;
    l->timers[CONN_TIMER_IDLE].ms = limits->idle_ms;
    l->timers[CONN_TIMER_BODY].ms = window;
    l->timers[CONN_TIMER_WRITE].ms = limits->write_ms;
    l->timers[CONN_TIMER_EVENTS].ms = CONN_EVENTS_MS;
    l->timers[CONN_TIMER_LINGER].ms = CONN_LINGER_MS;
    l->timers[CONN_TIMER_WS].ms = limits->ws_ping_ms / CONN_WS_LOOKS + 1;
    l->timers[CONN_TIMER_WS_END].ms = limits->ws_close_ms;
}

int loop_open(struct loop *l, struct server *s, int listen_fd)
{
    l->server = s;
    l->site = s->site;
    l->listen_fd = listen_fd;
    l->spare_fd = -1;
    buf_init(&l->out, NULL, OUT_MAX);
    set_timers(l);
    int bad = uv_loop_init(&l->uv);
    if (bad)
        return bad;
    l->check.data = l->prepare.data = l->tick.data = l;
    bad = handback_open(&l->back, &l->uv, on_wake);
    l->back.wake.data = l;
    if (!bad)
        bad = uv_check_init(&l->uv, &l->check);
    if (!bad)
        bad = uv_prepare_init(&l->uv, &l->prepare);
    if (!bad)
        bad = uv_timer_init(&l->uv, &l->tick);
    if (!bad)
        bad = uv_check_start(&l->check, on_check);
    if (!bad)
        bad = uv_prepare_start(&l->prepare, on_prepare);
    if (!bad)
        bad = uv_timer_start(&l->tick, on_tick, LOOP_TICK_MS, LOOP_TICK_MS);
    if (!bad)
        bad = listener_open(l);
    refresh_block(l);
    return bad;
}

void loop_wake(struct loop *l)
{
    uv_async_send(&l->back.wake);
}

void loop_run(struct loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close(struct loop *l)
{
    listener_close(l);
    for (struct conn *conn = l->conns; conn; conn = conn->next)
        conn_close(conn);
    uv_walk(&l->uv, close_handle, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&l->uv);
    while (l->free) {
        struct exchange *x = l->free;
        l->free = x->next;
        arena_close(x->mem);
        free(x);
    }
    free(l->sockets.v);
    ws_corks_done(&l->corks);
    ws_spare_done(&l->ws_spare);
    buf_done(&l->out);
}
