/* A request between its head and its answer: body, worker, stream, and back. */
#include "http/conn.h"

#include "base/str.h"
#include "http/dispatch.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/stream.h"
#include "os/file.h"

/* A place among the uploads, streams or event streams; false: 503 stands. */
static bool take_slot(struct conn *conn)
{
    struct exchange *x = conn->x;
    struct server *s = conn->loop->server;
    const struct http_limits *limits = &s->options.limits;
    uint32_t flags = x->route ? x->route->flags : 0, most;
    _Atomic uint32_t *slot;
    if (x->early)
        return true;
    if (flags & ROUTE_UPLOAD) {
        slot = &s->uploads;
        most = limits->uploads_max;
    } else if (flags & ROUTE_STREAM) {
        slot = &s->streams;
        most = limits->streams_max;
    } else if (flags & ROUTE_EVENTS) {
        slot = &s->events;
        most = limits->events_max;
    } else {
        return true;
    }
    if (atomic_fetch_add_explicit(slot, 1, memory_order_relaxed) < most) {
        x->slot = slot;
        return true;
    }
    atomic_fetch_sub_explicit(slot, 1, memory_order_relaxed);
    reply_status(x, 503, "Too many transfers at once");
    x->early = true;
    return false;
}

static void submit(struct conn *conn)
{
    conn->state = CONN_WORK;
    conn_timer(conn, CONN_TIMER_NONE);
    if (loop_submit(conn->loop, conn->x)) {
        conn->busy = true;
        return;
    }
    loop_count(&conn->loop->stats.queue_full, 1);
    conn->x->reply.close = !conn->x->body.done;
    reply_status(conn->x, 503, "Service unavailable");
    conn_reply(conn);
}

/* The body is whole: run it here, or hand it over. */
void conn_run(struct conn *conn)
{
    struct exchange *x = conn->x;
    x->request.body = buf_view(&x->body_bytes);
    if (x->spool_fd >= 0 &&
        file_map(&x->ctx, x->mem, x->spool_fd, (size_t)x->body.size, &x->request.body) != ERR_OK) {
        reply_fault(x, ERR_INTERNAL);
        x->early = true;
    }
    if (x->early) {
        conn_reply(conn);
        return;
    }
    if (x->on_loop) {
        dispatch_run(x);
        conn_reply(conn);
        return;
    }
    if (x->route->flags & ROUTE_STREAM)
        x->stream = stream_open(x, conn->loop, conn->loop->server->options.limits.unsent_max);
    submit(conn);
}

static bool keep_bytes(void *arg, const char *p, size_t n)
{
    struct exchange *x = arg;
    if (x->spool_fd >= 0)
        return file_write_all(&x->ctx, x->spool_fd, (struct str){ p, n }) == ERR_OK;
    if (x->body_bytes.n == 0 && x->head.content_length > 0)
        (void)buf_room(&x->body_bytes, (size_t)x->head.content_length);
    buf_put(&x->body_bytes, p, n);
    return buf_ok(&x->body_bytes);
}

/* From here on body bytes are read; waiting: none of them came with the head. */
static void begin_body(struct conn *conn, bool waiting)
{
    struct exchange *x = conn->x;
    conn->state = CONN_BODY;
    conn->mark = 0;
    buf_init(&x->body_bytes, x->mem, (size_t)x->body.max + 1);
    x->body.sink = x->early ? NULL : keep_bytes;
    x->body.arg = x;
    conn_timer(conn, CONN_TIMER_BODY);
    if (!waiting || !x->head.expect_continue)
        return;
    if (conn_send(conn, S("HTTP/1.1 100 Continue\r\n\r\n"), S(""), NULL, NULL) == CONN_LOST)
        conn_close(conn);
}

/* The worker let the sender of an upload in, or did not. */
static void upload_admitted(struct conn *conn)
{
    struct exchange *x = conn->x;
    x->admitting = false;
    if (!x->admitted) {
        conn_reply(conn);
        return;
    }
    struct str dir = x->site->o->spool_dir;
    if (file_spool(&x->ctx, dir.n ? str_z(x->mem, dir) : P_tmpdir, &x->spool_fd) != ERR_OK) {
        reply_fault(x, ERR_INTERNAL);
        conn_reply(conn);
        return;
    }
    begin_body(conn, conn->in_n == 0);
    conn_resume(conn);
}

void conn_head_done(struct conn *conn, bool more)
{
    struct exchange *x = conn->x;
    if (!take_slot(conn)) {
        x->reply.close = !x->body.done;
        conn_reply(conn);
        return;
    }
    if (x->body.done) {
        conn_run(conn);
        return;
    }
    if (x->early && (x->reply.close || x->head.expect_continue)) {
        conn_reply(conn);
        return;
    }
    if (!x->early && (x->route->flags & ROUTE_UPLOAD)) {
        x->admitting = true;
        submit(conn);
        return;
    }
    begin_body(conn, !more);
}

/* The handler of a stream is done: the last chunk, then the next request. */
static void end_stream(struct conn *conn)
{
    struct exchange *x = conn->x;
    if (!stream_pump(x->stream) || x->failed) {
        conn_account(conn);
        conn_close(conn); /* without the last chunk the client knows that it is not whole */
        return;
    }
    conn->state = CONN_WRITE;
    bool chunked = x->head.minor == 1 && reply_has_body(x);
    switch (conn_send(conn, chunked ? S("0\r\n\r\n") : S(""), S(""), conn_reply_sent, NULL)) {
    case CONN_SENT:
        conn_finish(conn);
        return;
    case CONN_QUEUED:
        conn_watch_write(conn);
        return;
    default:
        conn_close(conn);
    }
}

void conn_taken_back(struct handback_item *item)
{
    struct exchange *x =
        (struct exchange *)(void *)((char *)item - offsetof(struct exchange, back));
    struct conn *conn = x->conn;
    conn->loop->in_flight--;
    conn->busy = false;
    if (conn->closed) {
        conn_free(conn);
        return;
    }
    if (conn->closing)
        return;
    if (x->admitting) {
        upload_admitted(conn);
        if (conn->state == CONN_BODY)
            return;
    } else if ((x->route->flags & ROUTE_EVENTS) && x->head.method != HTTP_M_HEAD) {
        events_taken_back(conn);
    } else if (x->stream && stream_started(x->stream)) {
        end_stream(conn);
    } else if (x->reply.status == 101) {
        ws_begin(conn);
        return;
    } else {
        conn_reply(conn);
    }
    conn_resume(conn);
}
