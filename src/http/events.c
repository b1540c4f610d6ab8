/* Server-sent events: a handler that is run again for each tick, and a heartbeat between. */
#include "base/str.h"
#include "http/access.h"
#include "http/dispatch.h"
#include "http/loop.h"
#include "http/reply.h"

#include <string.h>

static void keep_event_id(struct exchange *x, struct str id)
{
    if (id.n >= EVENT_ID_MAX)
        return;
    memmove(x->event_id, id.p ? id.p : "", id.n);
    x->event_id[id.n] = '\0';
}

/* A fresh context and call in an arena of the tick's own. */
static void begin_tick(struct exchange *x)
{
    if (!x->tick_mem) {
        x->tick_mem = arena_open(x->mem, EXCHANGE_MEM_MAX);
        keep_event_id(x, request_header(&x->request, "Last-Event-ID"));
    }
    arena_reset(x->tick_mem);
    uint64_t trace = x->ctx.trace;
    struct str remote = x->ctx.remote;
    int64_t budget_us = (int64_t)x->site->o->limits.request_ms * 1000;
    ctx_init(&x->ctx, x->tick_mem, x->site->o->deps, budget_us);
    x->ctx.trace = trace;
    x->ctx.remote = remote;
    x->call = (struct call){ .last_event_id = str_of(x->event_id) };
}

void events_work(struct exchange *x)
{
    begin_tick(x);
    struct arena *mem = x->mem;
    x->mem = x->tick_mem; /* what is decoded lives as long as the tick */
    bool first = !x->events_open;
    err e = first ? (dispatch_admit(x) ? ERR_OK : ERR_FORBIDDEN) : access_check(x);
    bool refused = first && e != ERR_OK;
    if (e == ERR_OK)
        e = dispatch_handle(x);
    x->failed = e != ERR_OK;
    if (x->failed && first && !refused)
        reply_fault(x, e);
    if (e == ERR_OK && first) {
        reply_success(x);
        x->reply.content_type = "text/event-stream; charset=utf-8";
        x->reply.no_store = true;
        x->reply.close = true;
        reply_header(&x->reply, S("X-Accel-Buffering"), S("no"));
    }
    if (e == ERR_OK)
        keep_event_id(x, x->call.last_event_id);
    x->mem = mem;
}

static void on_end_sent(struct conn *conn, void *arg, int status)
{
    (void)arg;
    if (status >= 0 && !conn->closing)
        conn_finish(conn);
}

static void put_chunk(struct exchange *x, struct str bytes, struct buf *out)
{
    if (bytes.n == 0)
        return;
    if (x->head.minor == 0) {
        buf_str(out, bytes);
        return;
    }
    buf_fmt(out, "%zx\r\n", bytes.n);
    buf_str(out, bytes);
    buf_lit(out, "\r\n");
}

/* Sends what stands in the loop's buffer; at the end of the stream also goodbye. */
static void flush(struct conn *conn, bool last)
{
    struct loop *l = conn->loop;
    struct exchange *x = conn->x;
    if (last && x->head.minor == 1)
        buf_lit(&l->out, "0\r\n\r\n");
    conn->close_after = true;
    if (l->out.n)
        conn->sent_at = uv_now(&l->uv);
    bool fine = buf_ok(&l->out);
    conn->state = last ? CONN_WRITE : CONN_EVENTS;
    enum conn_sent sent =
        fine ? conn_send(conn, buf_view(&l->out), S(""), last ? on_end_sent : NULL, NULL)
             : CONN_LOST;
    if (sent == CONN_LOST || (!last && conn->eof)) {
        conn_close(conn);
    } else if (last && sent == CONN_SENT) {
        conn_finish(conn);
    } else if (last) {
        conn_watch_write(conn);
    } else {
        conn_start_reading(conn);
        conn_timer(conn, CONN_TIMER_EVENTS);
    }
}

void events_taken_back(struct conn *conn)
{
    struct loop *l = conn->loop;
    struct exchange *x = conn->x;
    if (x->failed && !x->events_open) {
        conn_reply(conn);
        return;
    }
    buf_clear(&l->out);
    if (!x->events_open) {
        x->events_open = true;
        x->reply.chunked = true;
        x->reply.body = (struct str){ 0 };
        reply_write_head(x, (struct str){ l->block, l->block_n }, false, &l->out);
    }
    if (!x->failed)
        put_chunk(x, x->call.raw, &l->out);
    flush(conn, x->failed || x->call.last_event || l->draining);
}

static bool is_stalled(struct conn *conn)
{
    size_t left = conn_unsent(conn);
    const struct http_limits *limits = &conn->loop->server->options.limits;
    if (left == 0)
        return false;
    return left > limits->unsent_max ||
           uv_now(&conn->loop->uv) - conn->sent_at > CONN_HEARTBEAT_MS + limits->write_ms;
}

void events_due(struct conn *conn)
{
    struct loop *l = conn->loop;
    if (conn->state != CONN_EVENTS)
        return;
    if (is_stalled(conn)) {
        conn_close(conn);
        return;
    }
    buf_clear(&l->out);
    if (l->draining) {
        flush(conn, true);
        return;
    }
    if (conn_unsent(conn) == 0 && uv_now(&l->uv) - conn->sent_at >= CONN_HEARTBEAT_MS) {
        put_chunk(conn->x, S(": still here\n\n"), &l->out);
        flush(conn, false);
        if (conn->closing)
            return;
    }
    if (!loop_submit(l, conn->x)) { /* busy: this tick is left out */
        conn_timer(conn, CONN_TIMER_EVENTS);
        return;
    }
    conn->busy = true;
    conn->state = CONN_WORK;
    conn_timer(conn, CONN_TIMER_NONE);
}
