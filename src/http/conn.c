/* The life of a connection: opened, answered, refused, closed. */
#include "http/conn.h"

#include "base/str.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/stream.h"

#include <unistd.h>

void conn_free(struct conn *conn)
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
    if (conn->ws)
        ws_gone(conn);
    if (!conn->moved) {
        atomic_fetch_sub_explicit(&l->server->connections, 1, memory_order_relaxed);
        address_give(l->server->addresses, &conn->ip);
    }
    conn->closed = true;
    if (!conn->busy) /* otherwise when the worker gives the exchange back */
        conn_free(conn);
}

void conn_close(struct conn *conn)
{
    if (!conn->closing && conn->ws)
        ws_leave(conn);
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
    loop_count(&l->stats.open, 1);
}

struct conn *conn_adopt(struct loop *l, int fd, const struct net_ip *ip, struct tls_session *tls)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (!conn || uv_tcp_init(&l->uv, &conn->tcp) != 0) {
        free(conn);
        close(fd);
        tls_session_close(tls);
        atomic_fetch_sub_explicit(&l->server->connections, 1, memory_order_relaxed);
        address_give(l->server->addresses, ip);
        return NULL;
    }
    conn->loop = l;
    conn->tcp.data = conn;
    conn->ip = *ip;
    conn->tls = tls;
    link_conn(l, conn);
    if (uv_tcp_open(&conn->tcp, fd) != 0) {
        close(fd);
        conn_close(conn);
        return NULL;
    }
    return conn;
}

void conn_open(struct loop *l, int fd, const struct net_ip *ip)
{
    struct conn *conn = conn_adopt(l, fd, ip, NULL);
    loop_count(&l->stats.accepted, 1);
    if (!conn)
        return;
    if (l->server->tls)
        conn->tls = tls_session_open(l->server->tls);
    if ((l->server->tls && !conn->tls) || !conn_start(conn)) {
        conn_close(conn);
        return;
    }
    conn_timer(conn, conn->tls ? CONN_TIMER_HEAD : CONN_TIMER_IDLE);
}

void conn_account(struct conn *conn)
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
    conn_account(conn);
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

void conn_reply_sent(struct conn *conn, void *arg, int status)
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
    switch (conn_send(conn, buf_view(&l->out), body, conn_reply_sent, NULL)) {
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

bool conn_begin(struct conn *conn)
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
    if (!conn_begin(conn)) {
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
