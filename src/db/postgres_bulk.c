/* Many rows into one table by COPY in binary. Rows are gathered and sent as one COPY after another,
 * so that other statements may run between them. */
#include <poll.h>

#include "base/str.h"
#include "db/postgres.h"

enum { PUT_MAX = 64 << 10, SQL_MAX = 20000 };
static const char copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
static const char copy_end[] = "\377\377";

static bool same_bytes(Oid a, Oid b)
{
    bool text_a = a == PG_TEXT || a == PG_VARCHAR;
    bool text_b = b == PG_TEXT || b == PG_VARCHAR;
    return a == b || (text_a && text_b);
}

/* COPY converts nothing, where INSERT would: a column must be of its field's type. */
err pg_bulk_begin(struct ctx *c, struct bulk *b)
{
    struct pg_conn *conn = pg_conn_of(b->tx.conn);
    const struct pg_stmt *s = b->stmt->handle;
    struct buf sql;
    PGresult *res = NULL;
    buf_init(&sql, NULL, SQL_MAX);
    buf_fmt(&sql, "SELECT %.*s FROM %s WHERE FALSE", (int)b->columns_n - 2, b->columns + 1,
            b->table);
    buf_c(&sql, '\0');
    err e = buf_ok(&sql) ? pg_begun(c, conn) : FAIL(c, TOO_LARGE, "a bulk insert is too long");
    if (e == ERR_OK)
        e = pg_queue(c, conn, sql.p);
    if (e == ERR_OK)
        e = pg_settle(c, conn, &res);
    buf_done(&sql);
    TRY(e);
    for (int i = 0; e == ERR_OK && i < PQnfields(res); i++)
        if ((size_t)i >= s->n_params || !same_bytes(PQftype(res, i), s->param_type[i]))
            e = FAIL(c, INTERNAL, "a bulk insert into %s: column %s has another type", b->table,
                     PQfname(res, i));
    PQclear(res);
    return e;
}

static void put_number(struct buf *b, uint32_t v, int n)
{
    for (int i = n - 1; i >= 0; i--)
        buf_c(b, (char)(uint8_t)(v >> (8 * i)));
}

err pg_bulk_row(struct ctx *c, struct bulk *b)
{
    const struct pg_stmt *s = b->stmt->handle;
    put_number(&b->data, (uint32_t)s->n_params, 2);
    for (size_t i = 0; i < s->n_params; i++) {
        const struct pg_value *v = &s->value[i];
        put_number(&b->data, v->p != NULL ? (uint32_t)v->n : UINT32_MAX, 4);
        if (v->p != NULL)
            buf_put(&b->data, v->p, (size_t)v->n);
    }
    return buf_ok(&b->data) ? ERR_OK : FAIL(c, TOO_LARGE, "a row is too large");
}

static err put_bytes(struct ctx *c, struct pg_conn *conn, const char *p, size_t n)
{
    while (n > 0) {
        int part = n < PUT_MAX ? (int)n : PUT_MAX;
        int put = PQputCopyData(conn->h, p, part);
        if (put < 0)
            return pg_lost(c, conn);
        if (put == 0) {
            (void)PQflush(conn->h);
            TRY(pg_wait(c, conn, POLLIN | POLLOUT));
            continue;
        }
        p += part;
        n -= (size_t)part;
    }
    return ERR_OK;
}

/* The first result that is not the answer to COPY's beginning. */
static err copy_result(struct ctx *c, struct pg_conn *conn, ExecStatusType wanted)
{
    PGresult *res;
    TRY(pg_next(c, conn, &res));
    if (res == NULL || PQstatus(conn->h) == CONNECTION_BAD) {
        PQclear(res);
        return pg_lost(c, conn);
    }
    err e = PQresultStatus(res) == wanted ? ERR_OK : pg_fail(c, conn, res);
    PQclear(res);
    return e;
}

static err copy_rows(struct ctx *c, struct pg_conn *conn, const struct bulk *b)
{
    TRY(copy_result(c, conn, PGRES_COPY_IN));
    TRY(put_bytes(c, conn, copy_head, sizeof(copy_head) - 1));
    TRY(put_bytes(c, conn, b->data.p, b->data.n));
    TRY(put_bytes(c, conn, copy_end, sizeof(copy_end) - 1));
    int end = PQputCopyEnd(conn->h, NULL);
    while (end == 0) {
        TRY(pg_wait(c, conn, POLLIN | POLLOUT));
        end = PQputCopyEnd(conn->h, NULL);
    }
    if (end < 0)
        return pg_lost(c, conn);
    return copy_result(c, conn, PGRES_COMMAND_OK);
}

static err copy_all(struct ctx *c, struct pg_conn *conn, const struct bulk *b, const char *sql)
{
    TRY(pg_leave_pipeline(c, conn));
    if (PQsendQuery(conn->h, sql) == 0)
        return pg_lost(c, conn);
    err e = copy_rows(c, conn, b);
    if (e != ERR_OK && conn->state == PG_OPEN)
        conn->state = PG_FAILED;
    while (!conn->base.dead) { /* to the end of the command */
        PGresult *res;
        TRY(pg_next(c, conn, &res));
        if (res == NULL)
            break;
        PQclear(res);
    }
    if (!conn->base.dead)
        TRY(pg_enter_pipeline(c, conn));
    return e;
}

err pg_bulk_flush(struct ctx *c, struct bulk *b)
{
    struct pg_conn *conn = pg_conn_of(b->tx.conn);
    struct buf sql;
    buf_init(&sql, NULL, SQL_MAX);
    buf_fmt(&sql, "COPY %s %.*s FROM STDIN BINARY", b->table, (int)b->columns_n, b->columns);
    buf_c(&sql, '\0');
    err e = buf_ok(&sql) ? pg_begun(c, conn) : FAIL(c, TOO_LARGE, "a bulk insert is too long");
    if (e == ERR_OK)
        e = copy_all(c, conn, b, sql.p);
    buf_done(&sql);
    buf_clear(&b->data);
    return e;
}
