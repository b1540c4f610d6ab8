/* Bytes in and out of one connection: libuv below, TLS between, back-pressure above. */
#include "http/loop.h"

#include <string.h>

/* A write that could not be finished at once. */
struct pending {
    uv_write_t req;
    struct conn *conn;
    conn_sent_fn *fn;
    void *arg;
    char copy[];
};

size_t conn_unsent(const struct conn *conn)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&conn->tcp);
}

uint64_t conn_sent_total(const struct conn *conn)
{
    return conn->queued - conn_unsent(conn);
}

void conn_watch_write(struct conn *conn)
{
    conn->mark = conn_sent_total(conn);
    conn_timer(conn, CONN_TIMER_WRITE);
}

static void on_written(uv_write_t *req, int status)
{
    struct pending *p = (struct pending *)(void *)req;
    struct conn *conn = p->conn;
    if (p->fn)
        p->fn(conn, p->arg, status);
    if (status < 0)
        conn_close(conn);
    free(p);
}

struct sending {
    uv_buf_t bufs[2];
    conn_sent_fn *fn;
    void *arg;
};

/* The first buffer belongs to the loop, so what is left of it is copied. */
static enum conn_sent queue_rest(struct conn *conn, struct sending *s, size_t done)
{
    size_t head = s->bufs[0].len, from = done < head ? done : head;
    size_t left = head - from;
    struct pending *p = malloc(sizeof(*p) + left);
    if (!p)
        return CONN_LOST;
    p->conn = conn;
    p->fn = s->fn;
    p->arg = s->arg;
    if (left)
        memcpy(p->copy, s->bufs[0].base + from, left);
    uv_buf_t rest[2] = { uv_buf_init(p->copy, (unsigned)left), s->bufs[1] };
    rest[1].base += done - from;
    rest[1].len -= done - from;
    unsigned first = left ? 0 : 1, n = rest[1].len ? 2 - first : 1 - first;
    if (n == 0) { /* nothing of it is left, but earlier bytes are: keep the order */
        first = 0;
        n = 1;
    }
    if (uv_write(&p->req, (uv_stream_t *)&conn->tcp, rest + first, n, on_written) != 0) {
        free(p);
        return CONN_LOST;
    }
    return CONN_QUEUED;
}

static enum conn_sent send_raw(struct conn *conn, struct sending *s)
{
    size_t total = s->bufs[0].len + s->bufs[1].len;
    unsigned n = s->bufs[1].len ? 2 : 1;
    if (total == 0) /* only the order matters: after all that waits */
        return conn_unsent(conn) ? queue_rest(conn, s, 0) : CONN_SENT;
    int sent = uv_try_write((uv_stream_t *)&conn->tcp, s->bufs, n);
    if (sent < 0 && sent != UV_EAGAIN)
        return CONN_LOST;
    size_t done = sent > 0 ? (size_t)sent : 0;
    loop_count(&conn->loop->stats.bytes_out, (int64_t)total);
    conn->queued += total;
    return done == total ? CONN_SENT : queue_rest(conn, s, done);
}

/* uv_buf_t is not const, but libuv only reads what it sends. */
static uv_buf_t buf_of(struct str s)
{
    union {
        const char *in;
        char *out;
    } p = { .in = s.p };
    return uv_buf_init(p.out, (unsigned)s.n);
}

static enum conn_sent send_tls(struct conn *conn, conn_sent_fn *fn, void *arg)
{
    struct buf cipher;
    buf_init(&cipher, NULL, SIZE_MAX / 2);
    tls_session_take(conn->tls, &cipher);
    struct sending s = { { buf_of(buf_view(&cipher)), buf_of(S("")) }, fn, arg };
    enum conn_sent sent = send_raw(conn, &s);
    buf_done(&cipher);
    return sent;
}

enum conn_sent conn_send(struct conn *conn, struct str head, struct str body, conn_sent_fn *fn,
                         void *arg)
{
    if (conn->closing)
        return CONN_LOST;
    if (!conn->tls) {
        struct sending s = { { buf_of(head), buf_of(body) }, fn, arg };
        return send_raw(conn, &s);
    }
    if (!tls_session_write(conn->tls, head.p, head.n) ||
        !tls_session_write(conn->tls, body.p, body.n))
        return CONN_LOST;
    return send_tls(conn, fn, arg);
}

void conn_pump_tls(struct conn *conn)
{
    struct loop *l = conn->loop;
    while (conn->state == CONN_HEAD || conn->state == CONN_BODY || conn->state == CONN_LINGER ||
           conn->state == CONN_EVENTS || conn->state == CONN_SOCKET) {
        size_t n = 0;
        enum tls_step step = tls_session_read(conn->tls, l->plain, sizeof(l->plain), &n);
        if (step == TLS_OK) {
            conn_bytes(conn, l->plain, n);
            continue;
        }
        if (send_tls(conn, NULL, NULL) == CONN_LOST || step == TLS_BROKEN)
            conn_close(conn);
        else if (step == TLS_CLOSED)
            conn_end_of_input(conn);
        else if (conn->timer == CONN_TIMER_HEAD && tls_session_ready(conn->tls) &&
                 conn->state == CONN_HEAD && conn->in_n == 0)
            conn_timer(conn, CONN_TIMER_IDLE);
        return;
    }
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    (void)wanted;
    struct conn *conn = handle->data;
    *ret = uv_buf_init(conn->loop->read, LOOP_READ_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    if (n == 0)
        return;
    if (n == UV_EOF) {
        conn->reading = false;
        conn->eof = true;
        conn_end_of_input(conn);
        return;
    }
    if (n < 0) {
        conn_close(conn);
        return;
    }
    loop_count(&conn->loop->stats.bytes_in, n);
    if (!conn->tls) {
        conn_bytes(conn, buf->base, (size_t)n);
        return;
    }
    if (!tls_session_feed(conn->tls, buf->base, (size_t)n)) {
        conn_close(conn);
        return;
    }
    if (conn->state == CONN_WORK || conn->state == CONN_WRITE)
        conn_stop_reading(conn);
    else
        conn_pump_tls(conn);
}

void conn_start_reading(struct conn *conn)
{
    if (conn->reading || conn->eof || conn->closing)
        return;
    conn->reading = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) == 0;
    if (!conn->reading)
        conn_close(conn);
}

void conn_stop_reading(struct conn *conn)
{
    if (conn->reading)
        uv_read_stop((uv_stream_t *)&conn->tcp);
    conn->reading = false;
}

bool conn_start(struct conn *conn)
{
    conn->reading = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) == 0;
    return conn->reading;
}

static void on_shut(uv_shutdown_t *req, int status)
{
    (void)status;
    free(req);
}

void conn_linger(struct conn *conn)
{
    conn->state = CONN_LINGER;
    free(conn->in);
    conn->in = NULL;
    conn->in_n = conn->in_cap = 0;
    if (conn->tls) {
        tls_session_shut(conn->tls);
        (void)send_tls(conn, NULL, NULL);
    }
    uv_shutdown_t *req = malloc(sizeof(*req));
    if (!req || conn->eof || conn->closing ||
        uv_shutdown(req, (uv_stream_t *)&conn->tcp, on_shut) != 0) {
        free(req);
        conn_close(conn);
        return;
    }
    conn_timer(conn, CONN_TIMER_LINGER);
    conn_start_reading(conn);
}
