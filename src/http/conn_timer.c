/* Deadlines of connections: one first-in first-out list a kind, so that setting, renewing and
 * expiring cost the same however many connections wait. */
#include "http/loop.h"

static void unlink_timer(struct loop *l, struct conn *conn)
{
    struct timer_list *t = &l->timers[conn->timer];
    if (conn->timer_prev)
        conn->timer_prev->timer_next = conn->timer_next;
    else
        t->first = conn->timer_next;
    if (conn->timer_next)
        conn->timer_next->timer_prev = conn->timer_prev;
    else
        t->last = conn->timer_prev;
    conn->timer_prev = conn->timer_next = NULL;
    conn->timer = CONN_TIMER_NONE;
}

void conn_timer(struct conn *conn, enum conn_timer kind)
{
    struct loop *l = conn->loop;
    if (conn->timer != CONN_TIMER_NONE)
        unlink_timer(l, conn);
    if (kind == CONN_TIMER_NONE)
        return;
    struct timer_list *t = &l->timers[kind];
    conn->timer = (uint8_t)kind;
    conn->timer_due = uv_now(&l->uv) + t->ms;
    conn->timer_prev = t->last;
    if (t->last)
        t->last->timer_next = conn;
    else
        t->first = conn;
    t->last = conn;
}

/* Slower than the least rate over the last window. */
static bool body_is_slow(const struct conn *conn)
{
    uint64_t got = conn->x->body.size - conn->mark;
    uint64_t rate = conn->loop->server->options.limits.body_min_bytes_per_s;
    return got * 1000 < rate * conn->loop->timers[CONN_TIMER_BODY].ms;
}

void conn_expired(struct conn *conn, enum conn_timer kind)
{
    switch (kind) {
    case CONN_TIMER_HEAD:
        if (conn->state == CONN_HEAD && conn->in_n)
            conn_refuse(conn, 408, "Request took too long");
        else if (conn->state == CONN_HEAD)
            conn_close(conn);
        return;
    case CONN_TIMER_IDLE:
        if (conn->state == CONN_HEAD)
            conn_close(conn);
        return;
    case CONN_TIMER_BODY:
        if (conn->state != CONN_BODY)
            return;
        if (body_is_slow(conn)) {
            conn_refuse(conn, 408, "Request body came too slowly");
            return;
        }
        conn->mark = conn->x->body.size;
        conn_timer(conn, CONN_TIMER_BODY);
        return;
    case CONN_TIMER_WRITE:
        if (conn_unsent(conn) == 0)
            return;
        if (conn_sent_total(conn) == conn->mark)
            conn_close(conn);
        else
            conn_watch_write(conn);
        return;
    case CONN_TIMER_EVENTS:
        events_due(conn);
        return;
    case CONN_TIMER_WS:
        ws_look(conn);
        return;
    case CONN_TIMER_LINGER:
    case CONN_TIMER_WS_END:
        conn_close(conn);
        return;
    case CONN_TIMER_NONE:
    case CONN_TIMER_COUNT_:
        return;
    }
}
