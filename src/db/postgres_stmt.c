/* Statements of the PostgreSQL driver: described once, run unnamed the first time and named from
 * the second (never through a pooler), as a cursor when many rows may come. */
#include "base/str.h"
#include "db/postgres.h"

enum { OWN_KEPT_MAX = 4096, NAME_MAX_BYTES = 16 };

static void stmt_free(struct pg_stmt *s)
{
    for (size_t i = 0; i < DB_PARAMS_MAX; i++)
        free(s->value[i].own);
    PQclear(s->shape);
    PQclear(s->rows);
    free(s->sql);
    free(s->names);
    free(s);
}

static err take_types(struct ctx *c, const struct query *q, struct pg_stmt *s)
{
    for (size_t i = 0; i < s->n_params; i++) {
        const struct field *f = NULL;
        for (size_t k = 0; q->in != NULL && k < q->in->n; k++)
            if (strcmp(q->in->fields[k].name, s->param[i]) == 0)
                f = &q->in->fields[k];
        if (f == NULL)
            return FAIL(c, INTERNAL, "the query of %s has no field for the parameter %s",
                        q->out != NULL  ? q->out->name
                        : q->in != NULL ? q->in->name
                                        : "nothing",
                        s->param[i]);
        s->param_type[i] = pg_type_of(f);
    }
    return ERR_OK;
}

static err describe(struct ctx *c, struct pg_conn *conn, struct pg_stmt *s)
{
    TRY(pg_usable(c, conn));
    TRY(pg_queued(c, conn, PQsendPrepare(conn->h, "", s->sql, (int)s->n_params, s->param_type)));
    TRY(pg_queued(c, conn, PQsendDescribePrepared(conn->h, "")));
    TRY(pg_settle(c, conn, &s->shape));
    s->n_columns = (size_t)PQnfields(s->shape);
    return ERR_OK;
}

err pg_prepare(struct ctx *c, struct db_conn *base, const struct query *q, const char *sql,
               void **ret_stmt)
{
    struct pg_conn *conn = pg_conn_of(base);
    struct pg_stmt *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    s->conn = conn;
    err e = pg_rewrite(c, sql, s);
    if (e == ERR_OK)
        e = take_types(c, q, s);
    if (e == ERR_OK)
        e = describe(c, conn, s);
    if (e != ERR_OK) {
        stmt_free(s);
        return e;
    }
    *ret_stmt = s;
    return ERR_OK;
}

void pg_finalize(void *stmt)
{
    struct pg_stmt *s = stmt;
    struct pg_conn *conn = s->conn;
    if (s->name != 0 && conn->n_dropped < PG_DROPPED_MAX)
        conn->dropped[conn->n_dropped++] = s->name;
    stmt_free(s);
}

struct values {
    const char *p[DB_PARAMS_MAX];
    int n[DB_PARAMS_MAX], format[DB_PARAMS_MAX];
};

static void gather(const struct pg_stmt *s, struct values *ret)
{
    for (size_t i = 0; i < s->n_params; i++) {
        ret->p[i] = s->value[i].p;
        ret->n[i] = s->value[i].n;
        ret->format[i] = 1;
    }
}

static err queue_text(struct ctx *c, struct pg_stmt *s, const char *sql, const struct values *v)
{
    PGconn *h = s->conn->h;
    return pg_queued(
        c, s->conn,
        PQsendQueryParams(h, sql, (int)s->n_params, s->param_type, v->p, v->n, v->format, 1));
}

/* The name is given in the same message flow as its first use. A name that a failure keeps from
 * being made would be taken for one that is there, so it counts only once it has been answered. */
static err queue_named(struct ctx *c, struct pg_stmt *s, const struct values *v)
{
    struct pg_conn *conn = s->conn;
    char name[NAME_MAX_BYTES];
    if (s->name == 0) {
        snprintf(name, sizeof(name), "s%u", ++conn->last_name);
        TRY(pg_queued(c, conn,
                      PQsendPrepare(conn->h, name, s->sql, (int)s->n_params, s->param_type)));
        TRY(pg_settle(c, conn, NULL));
        s->name = conn->last_name;
    }
    snprintf(name, sizeof(name), "s%u", s->name);
    return pg_queued(
        c, conn, PQsendQueryPrepared(conn->h, name, (int)s->n_params, v->p, v->n, v->format, 1));
}

err pg_queue_stmt(struct ctx *c, struct pg_stmt *s)
{
    struct values v;
    gather(s, &v);
    if (s->conn->pooled || !s->used) {
        s->used = true;
        return queue_text(c, s, s->sql, &v);
    }
    return queue_named(c, s, &v);
}

/* A cursor that is read to its end is planned as one, not for its first rows. */
static err queue_cursor(struct ctx *c, struct pg_stmt *s)
{
    struct pg_conn *conn = s->conn;
    struct buf sql;
    struct values v;
    gather(s, &v);
    if (!conn->cursors_whole)
        TRY(pg_queue(c, conn, "SELECT set_config('cursor_tuple_fraction', '1', true)"));
    conn->cursors_whole = true;
    s->cursor = ++conn->last_cursor;
    buf_init(&sql, NULL, strlen(s->sql) + 64);
    buf_fmt(&sql, "DECLARE c%u NO SCROLL CURSOR FOR %s", s->cursor, s->sql);
    buf_c(&sql, '\0');
    err e = buf_ok(&sql) ? queue_text(c, s, sql.p, &v) : FAIL(c, INTERNAL, "out of memory");
    buf_done(&sql);
    return e;
}

static err fetch(struct ctx *c, struct pg_stmt *s)
{
    char sql[48];
    PQclear(s->rows);
    s->rows = NULL;
    s->n_rows = 0;
    s->row = 0;
    snprintf(sql, sizeof(sql), "FETCH %d FROM c%u", PG_FETCH_ROWS, s->cursor);
    TRY(pg_queue(c, s->conn, sql));
    TRY(pg_settle(c, s->conn, &s->rows));
    s->n_rows = PQntuples(s->rows);
    return ERR_OK;
}

static err run(struct ctx *c, struct pg_stmt *s)
{
    struct pg_conn *conn = s->conn;
    bool lone;
    if (s->selects && !s->streams)
        TRY(pg_begun_query(c, conn, &lone));
    else
        TRY(pg_begun(c, conn));
    s->ran = true;
    s->row = 0;
    if (s->streams && s->selects && conn->state == PG_OPEN) {
        TRY(queue_cursor(c, s));
        return fetch(c, s);
    }
    TRY(pg_queue_stmt(c, s));
    TRY(pg_settle(c, conn, &s->rows));
    s->n_rows = PQntuples(s->rows);
    return ERR_OK;
}

err pg_step(struct ctx *c, struct db_conn *base, void *stmt, bool *ret_row)
{
    struct pg_stmt *s = stmt;
    (void)base;
    if (!s->ran)
        TRY(run(c, s));
    else if (s->row + 1 < s->n_rows)
        s->row++;
    else if (s->cursor != 0 && s->n_rows == PG_FETCH_ROWS)
        TRY(fetch(c, s));
    else
        s->row = s->n_rows;
    *ret_row = s->row < s->n_rows;
    return ERR_OK;
}

/* Queued only: it goes with what follows, and with the transaction in any case. */
static void close_cursor(struct pg_stmt *s)
{
    char sql[32];
    struct pg_conn *conn = s->conn;
    snprintf(sql, sizeof(sql), "CLOSE c%u", s->cursor);
    s->cursor = 0;
    if (conn->state == PG_OPEN && !conn->base.dead &&
        PQsendQueryParams(conn->h, sql, 0, NULL, NULL, NULL, NULL, 1) == 1)
        conn->queued++;
}

void pg_reset(void *stmt)
{
    struct pg_stmt *s = stmt;
    if (s->cursor != 0)
        close_cursor(s);
    PQclear(s->rows);
    s->rows = NULL;
    s->ran = s->streams = false;
    s->n_rows = s->row = 0;
    for (size_t i = 0; i < s->n_params; i++) {
        struct pg_value *v = &s->value[i];
        v->p = NULL;
        if (v->own_cap <= OWN_KEPT_MAX)
            continue;
        free(v->own);
        v->own = NULL;
        v->own_cap = 0;
    }
}

void pg_stream(void *stmt)
{
    ((struct pg_stmt *)stmt)->streams = true;
}

static err many_part(struct ctx *c, struct tx *tx, const struct db_stmt *s, const char *rows,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TRY(stmt_bind(c, tx->conn, s, rows + i * s->in->size));
        TRY(pg_queue_stmt(c, s->handle));
    }
    return pg_settle(c, pg_conn_of(tx->conn), NULL);
}

err pg_many(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n)
{
    struct pg_conn *conn = pg_conn_of(tx->conn);
    TRY(pg_begun(c, conn));
    for (size_t at = 0; at < n; at += PG_IN_FLIGHT) {
        size_t part = n - at < PG_IN_FLIGHT ? n - at : PG_IN_FLIGHT;
        const char *first = (const char *)rows + at * s->in->size;
        TRY(many_part(c, tx, s, first, part));
    }
    return ERR_OK;
}

/* Never 0: what was sent is known by it. */
static size_t bytes_of(const struct pg_stmt *s)
{
    size_t n = 1;
    for (size_t i = 0; i < s->n_params; i++)
        n += (size_t)s->value[i].n;
    return n;
}

err pg_send(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n)
{
    struct pg_conn *conn = pg_conn_of(tx->conn);
    TRY(pg_begun(c, conn));
    for (size_t i = 0; i < n; i++) {
        if (conn->queued >= PG_IN_FLIGHT || conn->sent_bytes >= PG_SENT_BYTES)
            TRY(pg_settle(c, conn, NULL));
        TRY(stmt_bind(c, tx->conn, s, (const char *)rows + i * s->in->size));
        TRY(pg_queue_stmt(c, s->handle));
        conn->sent_bytes += bytes_of(s->handle);
    }
    return ERR_OK;
}

err pg_settle_sent(struct ctx *c, struct db_conn *base)
{
    struct pg_conn *conn = pg_conn_of(base);
    return conn->sent_bytes > 0 ? pg_settle(c, conn, NULL) : ERR_OK;
}
