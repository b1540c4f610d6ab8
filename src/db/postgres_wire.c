/* Bytes to and from the PostgreSQL server: sends what is queued, waits with a deadline, reads the
 * answers in order. */
#include <errno.h>
#include <poll.h>

#include "db/postgres.h"

struct pg_conn *pg_conn_of(struct db_conn *conn)
{
    return (struct pg_conn *)conn;
}

/* How long one wait may last: the context's deadline and a grace for the server to say so itself;
 * without a deadline the statement's time. The answer to a COMMIT is worth a longer wait. */
static int wait_ms(const struct ctx *c, const struct pg_conn *conn)
{
    int64_t most = (int64_t)conn->base.db->o.statement_ms + conn->base.db->o.busy_ms + PG_GRACE_MS;
    if (conn->committing)
        return PG_COMMIT_MS;
    if (conn->opening)
        most = PG_OPEN_MS;
    else if (conn->target == TARGET_DIRECT)
        return -1; /* a migration takes what it takes */
    int64_t left = ctx_left_us(c) / 1000;
    if (left + PG_GRACE_MS < most && left < INT32_MAX)
        most = left + PG_GRACE_MS;
    return most < INT32_MAX ? (int)most : INT32_MAX;
}

err pg_wait(struct ctx *c, struct pg_conn *conn, short events)
{
    struct pollfd p = { .fd = PQsocket(conn->h), .events = events };
    if (p.fd < 0)
        return pg_lost(c, conn);
    int n = poll(&p, 1, wait_ms(c, conn));
    while (n < 0 && errno == EINTR)
        n = poll(&p, 1, wait_ms(c, conn));
    if (n <= 0)
        return pg_late(c, conn);
    if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && PQconsumeInput(conn->h) == 0)
        return PQstatus(conn->h) == CONNECTION_BAD ? ERR_OK : pg_lost(c, conn);
    return ERR_OK;
}

err pg_next(struct ctx *c, struct pg_conn *conn, PGresult **ret)
{
    for (;;) {
        int more = PQflush(conn->h);
        if (PQisBusy(conn->h) == 0 || more < 0)
            break;
        TRY(pg_wait(c, conn, more > 0 ? POLLIN | POLLOUT : POLLIN));
        if (PQstatus(conn->h) == CONNECTION_BAD)
            break; /* what it said last may still be read */
    }
    *ret = PQgetResult(conn->h);
    return ERR_OK;
}

err pg_queued(struct ctx *c, struct pg_conn *conn, int sent)
{
    if (sent == 0)
        return PQstatus(conn->h) == CONNECTION_BAD ? pg_lost(c, conn)
                                                   : FAIL(c, INTERNAL, "out of memory");
    conn->queued++;
    return ERR_OK;
}

err pg_queue(struct ctx *c, struct pg_conn *conn, const char *sql)
{
    return pg_queued(c, conn, PQsendQueryParams(conn->h, sql, 0, NULL, NULL, NULL, NULL, 1));
}

struct answers {
    PGresult *last, *failed;
};

static void take_answer(struct answers *a, PGresult *res, bool ours)
{
    ExecStatusType status = PQresultStatus(res);
    bool failed = status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
    if (ours && failed && a->failed == NULL) {
        a->failed = res;
    } else if (ours && !failed && status != PGRES_PIPELINE_ABORTED) {
        PQclear(a->last);
        a->last = res;
    } else {
        PQclear(res);
    }
}

/* To the last sync. What was not waited for comes first; its errors concern nobody. */
static err read_answers(struct ctx *c, struct pg_conn *conn, struct answers *a)
{
    while (conn->syncs > 0) {
        PGresult *res;
        TRY(pg_next(c, conn, &res));
        if (res == NULL) {
            if (PQstatus(conn->h) == CONNECTION_BAD)
                return ERR_OK;
        } else if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            conn->syncs--;
            PQclear(res);
        } else {
            take_answer(a, res, conn->syncs == 1);
        }
    }
    return ERR_OK;
}

static err send_sync(struct ctx *c, struct pg_conn *conn)
{
    conn->queued = conn->sent_bytes = 0;
    if (PQpipelineSync(conn->h) == 0)
        return pg_lost(c, conn);
    conn->syncs++;
    return ERR_OK;
}

static err judge(struct ctx *c, struct pg_conn *conn, const struct answers *a)
{
    bool gone = PQstatus(conn->h) == CONNECTION_BAD;
    if (conn->state == PG_OPEN && (a->failed != NULL || gone))
        conn->state = PG_FAILED;
    if (gone)
        return pg_lost(c, conn);
    return a->failed != NULL ? pg_fail(c, conn, a->failed) : ERR_OK;
}

err pg_settle(struct ctx *c, struct pg_conn *conn, PGresult **ret)
{
    struct answers a = { 0 };
    TRY(send_sync(c, conn));
    err e = read_answers(c, conn, &a);
    if (e == ERR_OK)
        e = judge(c, conn, &a);
    PQclear(a.failed);
    if (e == ERR_OK && ret != NULL)
        *ret = a.last;
    else
        PQclear(a.last);
    return e;
}

err pg_send_off(struct ctx *c, struct pg_conn *conn)
{
    TRY(send_sync(c, conn));
    int more = PQflush(conn->h);
    while (more > 0) {
        TRY(pg_wait(c, conn, POLLIN | POLLOUT));
        more = PQflush(conn->h);
    }
    return more == 0 ? ERR_OK : pg_lost(c, conn);
}

err pg_leave_pipeline(struct ctx *c, struct pg_conn *conn)
{
    if (conn->queued > 0 || conn->syncs > 0)
        TRY(pg_settle(c, conn, NULL));
    return PQexitPipelineMode(conn->h) == 1 ? ERR_OK : pg_lost(c, conn);
}

err pg_enter_pipeline(struct ctx *c, struct pg_conn *conn)
{
    return PQenterPipelineMode(conn->h) == 1 ? ERR_OK : pg_lost(c, conn);
}

/* Reads what has come by itself, a farewell for instance; never waits. */
bool pg_alive(struct db_conn *base)
{
    enum { ROUNDS_MAX = 8 };
    struct pg_conn *conn = pg_conn_of(base);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        struct pollfd p = { .fd = PQsocket(conn->h), .events = POLLIN };
        if (p.fd < 0 || PQstatus(conn->h) == CONNECTION_BAD)
            return false;
        if (poll(&p, 1, 0) <= 0)
            return true;
        if (PQconsumeInput(conn->h) == 0)
            return false;
    }
    return PQstatus(conn->h) == CONNECTION_OK;
}
