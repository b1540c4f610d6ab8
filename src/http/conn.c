/* The life of a connection: heads and bodies in, exchanges through the site, answers out. */
#include "http/conn.h"

#include "base/str.h"
#include "http/dispatch.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/stream.h"
#include "os/file.h"

#include <string.h>
#include <unistd.h>

static void free_conn(struct conn *conn)
{
    if (conn->x)
        loop_give_exchange(conn->loop, conn->x);
    tls_session_close(conn->tls);
    free(conn->in);
    free(conn);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    struct loop *l = conn->loop;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        l->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    l->n_conns--;
    loop_count(&l->stats.open, -1);
    atomic_fetch_sub_explicit(&l->server->connections, 1, memory_order_relaxed);
    address_give(l->server->addresses, &conn->ip);
    conn->closed = true;
    if (!conn->busy) /* otherwise when the worker gives the exchange back */
        free_conn(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->closing)
        return;
    conn->closing = true;
    conn->state = CONN_CLOSED;
    conn_timer(conn, CONN_TIMER_NONE);
    if (conn->x && conn->x->stream)
        stream_gone(conn->x->stream);
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

static void link_conn(struct loop *l, struct conn *conn)
{
    conn->next = l->conns;
    if (conn->next)
        conn->next->prev = conn;
    l->conns = conn;
    l->n_conns++;
    loop_count(&l->stats.accepted, 1);
    loop_count(&l->stats.open, 1);
}

void conn_open(struct loop *l, int fd, const struct net_ip *ip)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (!conn || uv_tcp_init(&l->uv, &conn->tcp) != 0) {
        free(conn);
        close(fd);
        atomic_fetch_sub_explicit(&l->server->connections, 1, memory_order_relaxed);
        address_give(l->server->addresses, ip);
        return;
    }
    conn->loop = l;
    conn->tcp.data = conn;
    conn->ip = *ip;
    link_conn(l, conn);
    if (uv_tcp_open(&conn->tcp, fd) != 0) {
        close(fd);
        conn_close(conn);
        return;
    }
    if (l->server->tls)
        conn->tls = tls_session_open(l->server->tls);
    if ((l->server->tls && !conn->tls) || !conn_start(conn)) {
        conn_close(conn);
        return;
    }
    conn_timer(conn, conn->tls ? CONN_TIMER_HEAD : CONN_TIMER_IDLE);
}

static void account(struct conn *conn)
{
    struct exchange *x = conn->x;
    struct loop *l = conn->loop;
    const struct server_options *o = l->site->o;
    int class = x->reply.status / 100;
    loop_count(&l->stats.requests, 1);
    loop_count(&l->stats.by_class[class < 6 ? class : 5], 1);
    if (o->port && o->port->done)
        o->port->done(o->deps, x->route, x->reply.status, site_mono_us(l->site) - x->start_us,
                      x->ctx.trace);
}

void conn_finish(struct conn *conn)
{
    struct exchange *x = conn->x;
    if (conn->closing || !x)
        return;
    account(conn);
    conn->x = NULL;
    loop_give_exchange(conn->loop, x);
    if (conn->close_after) {
        conn_linger(conn);
        return;
    }
    conn->state = CONN_HEAD;
    conn->scan = (struct head_scan){ 0 };
    conn->skipped_line = false;
    conn_timer(conn, CONN_TIMER_IDLE);
}

static void on_reply_sent(struct conn *conn, void *arg, int status)
{
    (void)arg;
    if (status < 0 || conn->closing)
        return;
    conn_finish(conn);
    conn_resume(conn);
}

void conn_reply(struct conn *conn)
{
    struct loop *l = conn->loop;
    struct exchange *x = conn->x;
    bool keep = x->head.keep_alive && !x->reply.close && !l->draining && !conn->eof && x->body.done;
    struct str body = reply_has_body(x) ? x->reply.body : (struct str){ 0 };
    conn->close_after = !keep;
    buf_clear(&l->out);
    reply_write_head(x, (struct str){ l->block, l->block_n }, keep, &l->out);
    if (body.n <= CONN_COPY_MAX) {
        buf_str(&l->out, body);
        body = (struct str){ 0 };
    }
    conn->state = CONN_WRITE;
    if (!buf_ok(&l->out)) {
        conn_close(conn);
        return;
    }
    switch (conn_send(conn, buf_view(&l->out), body, on_reply_sent, NULL)) {
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

static bool begin_exchange(struct conn *conn)
{
    if (conn->x)
        return true;
    struct exchange *x = loop_take_exchange(conn->loop);
    if (!x)
        return false;
    x->conn = conn;
    conn->x = x;
    return true;
}

void conn_refuse(struct conn *conn, int status, const char *why)
{
    if (!begin_exchange(conn)) {
        conn_close(conn);
        return;
    }
    struct exchange *x = conn->x;
    x->body.done = false;
    reply_status(x, status, why);
    x->reply.close = true;
    loop_count(&conn->loop->stats.refused, 1);
    site_refused(x->site, "bad_request", x->route, status, x->ctx.trace);
    conn_reply(conn);
}

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
static void run(struct conn *conn)
{
    struct exchange *x = conn->x;
    x->request.body = buf_view(&x->body_bytes);
    if (x->spool_fd >= 0 && file_map(&x->ctx, x->mem, x->spool_fd, (size_t)x->body.size,
                                     &x->request.body) != ERR_OK) {
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
    if (file_spool(&x->ctx, dir.n ? str_z(x->mem, dir) : "/tmp", &x->spool_fd) != ERR_OK) {
        reply_fault(x, ERR_INTERNAL);
        conn_reply(conn);
        return;
    }
    begin_body(conn, conn->in_n == 0);
    conn_resume(conn);
}

static void head_done(struct conn *conn, bool more)
{
    struct exchange *x = conn->x;
    if (!take_slot(conn)) {
        x->reply.close = !x->body.done;
        conn_reply(conn);
        return;
    }
    if (x->body.done) {
        run(conn);
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

static size_t take_head(struct conn *conn, const char *p, size_t n)
{
    struct loop *l = conn->loop;
    if (conn->scan.at == 0 && !conn->skipped_line && p[0] == '\r') {
        /* Old clients put an empty line behind a body: one is overlooked. */
        if (n < 2)
            return 0;
        conn->skipped_line = p[1] == '\n';
        if (conn->skipped_line)
            return 2;
    }
    size_t head_n = 0;
    struct head_verdict v = head_scan(&conn->scan, &l->site->head_limits, p, n, &head_n);
    if (v.status == HEAD_MORE)
        return 0;
    if (v.status != HEAD_OK || !begin_exchange(conn)) {
        conn_refuse(conn, v.status ? v.status : 503, v.why);
        return n;
    }
    struct exchange *x = conn->x;
    char *copy = arena_try(x->mem, head_n, 1, 1);
    if (copy)
        memcpy(copy, p, head_n);
    v = copy ? head_parse(&x->head, &l->site->head_limits, copy, head_n)
             : (struct head_verdict){ 503, "Service unavailable" };
    if (v.status == HEAD_OK) {
        dispatch_head(x, conn->ip, conn->tls != NULL);
        v = body_begin(&x->body, &x->head, copy, head_n);
    }
    if (v.status != HEAD_OK) {
        conn_refuse(conn, v.status, v.why);
        return n;
    }
    head_done(conn, n > head_n);
    return head_n;
}

static size_t take_body(struct conn *conn, const char *p, size_t n)
{
    struct exchange *x = conn->x;
    size_t used = 0;
    struct head_verdict v = body_feed(&x->body, p, n, &used);
    if (v.status == HEAD_MORE)
        return used;
    if (v.status != HEAD_OK) {
        conn_refuse(conn, v.status, v.why);
        return n;
    }
    run(conn);
    return used;
}

/* Keeps n bytes at p, which may lie in conn->in itself, for later. */
static void keep_input(struct conn *conn, const char *p, size_t n)
{
    if (n == 0 || conn->state >= CONN_LINGER) {
        free(conn->in);
        conn->in = NULL;
        conn->in_n = conn->in_cap = 0;
        return;
    }
    if (conn->in && p >= conn->in && p < conn->in + conn->in_cap) {
        memmove(conn->in, p, n);
        conn->in_n = (uint32_t)n;
        return;
    }
    size_t need = conn->in_n + n;
    if (need > conn->in_cap) {
        size_t cap = need < 1024 ? 1024 : need * 2;
        char *in = realloc(conn->in, cap);
        if (!in) {
            conn_close(conn);
            return;
        }
        conn->in = in;
        conn->in_cap = (uint32_t)cap;
    }
    memcpy(conn->in + conn->in_n, p, n);
    conn->in_n = (uint32_t)need;
}

static void feed(struct conn *conn, const char *p, size_t n)
{
    while (n && (conn->state == CONN_HEAD || conn->state == CONN_BODY)) {
        size_t used =
            conn->state == CONN_HEAD ? take_head(conn, p, n) : take_body(conn, p, n);
        p += used;
        n -= used;
        if (used == 0)
            break;
    }
    if (conn->closing)
        return;
    keep_input(conn, p, n);
    if (conn->state == CONN_HEAD && n && conn->timer != CONN_TIMER_HEAD)
        conn_timer(conn, CONN_TIMER_HEAD);
    else if (n && (conn->state == CONN_WORK || conn->state == CONN_WRITE))
        conn_stop_reading(conn);
}

void conn_bytes(struct conn *conn, const char *p, size_t n)
{
    switch ((enum conn_state)conn->state) {
    case CONN_HEAD:
    case CONN_BODY:
        if (conn->in_n == 0) {
            feed(conn, p, n);
            return;
        }
        keep_input(conn, p, n);
        if (!conn->closing)
            feed(conn, conn->in, conn->in_n);
        return;
    case CONN_WORK:
    case CONN_WRITE:
        keep_input(conn, p, n);
        conn_stop_reading(conn);
        return;
    case CONN_EVENTS: /* an event stream answers nothing more on this connection */
    case CONN_LINGER:
    case CONN_CLOSED:
        return;
    }
}

void conn_resume(struct conn *conn)
{
    if (conn->closing || (conn->state != CONN_HEAD && conn->state != CONN_BODY))
        return;
    if (conn->in_n)
        feed(conn, conn->in, conn->in_n);
    if (conn->tls && !conn->closing)
        conn_pump_tls(conn);
    if (conn->closing || (conn->state != CONN_HEAD && conn->state != CONN_BODY))
        return;
    if (conn->eof)
        conn_end_of_input(conn);
    else
        conn_start_reading(conn);
}

void conn_end_of_input(struct conn *conn)
{
    conn->eof = true;
    switch ((enum conn_state)conn->state) {
    case CONN_HEAD:
        if (conn->in_n)
            conn_refuse(conn, 400, "Request ends too early");
        else
            conn_close(conn);
        return;
    case CONN_BODY:
        conn_refuse(conn, 400, "Request ends too early");
        return;
    case CONN_EVENTS:
    case CONN_LINGER:
        conn_close(conn);
        return;
    case CONN_WORK: /* half-closed: the answer is still wanted */
    case CONN_WRITE:
    case CONN_CLOSED:
        return;
    }
}

static void on_stream_sent(struct conn *conn, void *arg, int status)
{
    on_reply_sent(conn, arg, status);
}

/* The handler of a stream is done: the last chunk, then the next request. */
static void end_stream(struct conn *conn)
{
    struct exchange *x = conn->x;
    if (!stream_pump(x->stream) || x->failed) {
        account(conn);
        conn_close(conn); /* without the last chunk the client knows that it is not whole */
        return;
    }
    conn->state = CONN_WRITE;
    bool chunked = x->head.minor == 1 && reply_has_body(x);
    switch (conn_send(conn, chunked ? S("0\r\n\r\n") : S(""), S(""), on_stream_sent, NULL)) {
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
    struct exchange *x = (struct exchange *)(void *)((char *)item - offsetof(struct exchange, back));
    struct conn *conn = x->conn;
    conn->loop->in_flight--;
    conn->busy = false;
    if (conn->closed) {
        free_conn(conn);
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
    } else {
        conn_reply(conn);
    }
    conn_resume(conn);
}
