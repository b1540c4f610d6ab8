/* Bytes of the client: heads and bodies out of them, the rest kept, in order, for later. */
#include "http/conn.h"

#include "base/str.h"
#include "http/dispatch.h"
#include "http/loop.h"

#include <string.h>

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
    if (v.status != HEAD_OK || !conn_begin(conn)) {
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
    conn_head_done(conn, n > head_n);
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
    conn_run(conn);
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
        size_t used = conn->state == CONN_HEAD ? take_head(conn, p, n) : take_body(conn, p, n);
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
    case CONN_SOCKET:
        ws_bytes(conn, p, n);
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
    case CONN_SOCKET:
    case CONN_LINGER:
        conn_close(conn);
        return;
    case CONN_WORK: /* half-closed: the answer is still wanted */
    case CONN_WRITE:
    case CONN_CLOSED:
        return;
    }
}
