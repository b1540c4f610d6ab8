/* The six ways to run a statement. */
#include "base/str.h"
#include "db/driver.h"

enum { LIST_START = 16, EACH_ARENA_CAP = 8 << 20 };

err tx_before_statement(struct ctx *c, struct tx *tx)
{
    const struct db_fault_port *port = tx->db->o.faults;
    if (port == NULL || tx->mode != TX_WRITE)
        return ERR_OK;
    err e = port->before(port->self, "statement");
    if (e == ERR_OK)
        return ERR_OK;
    if (e == ERR_BUSY) {
        tx->conn->again = true;
        return db_busy(c);
    }
    return fault_set(c, e, __FILE__, __LINE__, "disk error");
}

/* Ready to step. On success the caller gives the statement back. */
static err start(struct ctx *c, struct tx *tx, const struct query *q, const void *in,
                 struct db_stmt **ret)
{
    struct db_stmt *s;
    TRY(tx_before_statement(c, tx));
    TRY(bulk_flush_all(c, tx->conn));
    TRY(stmt_take(c, tx->conn, q, &s));
    err e = stmt_bind(c, tx->conn, s, in);
    if (e != ERR_OK) {
        stmt_give(tx->conn, s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

/* To the end: a change that returns rows is finished only then. */
static err finish(struct ctx *c, struct tx *tx, struct db_stmt *s)
{
    bool more = true;
    while (more)
        TRY(tx->db->drv->step(c, tx->conn, s->handle, &more));
    return ERR_OK;
}

static err first_row(struct ctx *c, struct tx *tx, struct db_stmt *s, bool *ret_found)
{
    bool found;
    TRY(tx->db->drv->step(c, tx->conn, s->handle, &found));
    if (found)
        TRY(stmt_read(c, tx->conn, s, c->mem, c->mem, s->row));
    if (found && s->changes)
        TRY(finish(c, tx, s));
    *ret_found = found;
    return ERR_OK;
}

err query_find(struct ctx *c, struct tx *tx, const struct query *q, const void *in, void *ret_row,
               bool *ret_found)
{
    struct db_stmt *s;
    bool found = false;
    if (q->out == NULL)
        return FAIL(c, INTERNAL, "a query without columns was asked for a row");
    TRY(start(c, tx, q, in, &s));
    err e = first_row(c, tx, s, &found);
    if (e == ERR_OK && found)
        memcpy(ret_row, s->row, q->out->size);
    if (e == ERR_OK)
        *ret_found = found;
    stmt_give(tx->conn, s);
    return e;
}

err query_one(struct ctx *c, struct tx *tx, const struct query *q, const void *in, void *ret_row)
{
    bool found;
    TRY(query_find(c, tx, q, in, ret_row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "no row");
}

struct rows {
    char *v;
    size_t n, cap, size, limit;
};

static err rows_room(struct ctx *c, struct rows *r)
{
    if (r->n < r->cap)
        return ERR_OK;
    size_t cap = r->cap == 0 ? LIST_START : r->cap * 2;
    if (cap > r->limit)
        cap = r->limit;
    char *v = arena_try(c->mem, cap, r->size, 16);
    if (v == NULL)
        return FAIL(c, TOO_LARGE, "too many rows for one request");
    if (r->n > 0)
        memcpy(v, r->v, r->n * r->size);
    r->v = v;
    r->cap = cap;
    return ERR_OK;
}

static err all_rows(struct ctx *c, struct tx *tx, struct db_stmt *s, struct rows *r)
{
    bool row = true;
    while (r->n < r->limit) {
        TRY(tx->db->drv->step(c, tx->conn, s->handle, &row));
        if (!row)
            return ERR_OK;
        TRY(rows_room(c, r));
        TRY(stmt_read(c, tx->conn, s, c->mem, c->mem, r->v + r->n * r->size));
        r->n++;
    }
    return s->changes ? finish(c, tx, s) : ERR_OK;
}

/* Whoever is handed rows may pass them on, to a client for instance, and so could not be run again
 * should a second query follow. */
static void not_lone(struct tx *tx)
{
    tx->conn->lone = false;
}

err query_list(struct ctx *c, struct tx *tx, const struct query *q, const void *in, size_t limit,
               struct list *ret_rows)
{
    struct db_stmt *s;
    if (q->out == NULL)
        return FAIL(c, INTERNAL, "a query without columns was asked for rows");
    not_lone(tx);
    TRY(start(c, tx, q, in, &s));
    struct rows r = { .size = q->out->size, .limit = limit };
    err e = all_rows(c, tx, s, &r);
    stmt_give(tx->conn, s);
    if (e == ERR_OK)
        *ret_rows = (struct list){ .v = r.v, .n = r.n };
    return e;
}

err query_run(struct ctx *c, struct tx *tx, const struct query *q, const void *in,
              int64_t *ret_changed)
{
    struct db_stmt *s;
    TRY(start(c, tx, q, in, &s));
    err e = finish(c, tx, s);
    if (e == ERR_OK && ret_changed != NULL)
        *ret_changed = s->changes ? tx->db->drv->changed(tx->conn, s->handle) : 0;
    stmt_give(tx->conn, s);
    return e;
}

typedef err many_fn(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows,
                    size_t n);

static err many_at_once(struct ctx *c, struct tx *tx, const struct query *q, many_fn *fn,
                        const void *rows, size_t n)
{
    struct db_stmt *s;
    if (n == 0)
        return ERR_OK;
    TRY(tx_before_statement(c, tx));
    TRY(bulk_flush_all(c, tx->conn));
    TRY(stmt_take(c, tx->conn, q, &s));
    err e = fn(c, tx, s, rows, n);
    stmt_give(tx->conn, s);
    return e;
}

err query_many(struct ctx *c, struct tx *tx, const struct query *q, const void *rows, size_t n)
{
    if (q->in == NULL)
        return FAIL(c, INTERNAL, "a statement without parameters was given rows");
    if (tx->db->drv->many != NULL)
        return many_at_once(c, tx, q, tx->db->drv->many, rows, n);
    for (size_t i = 0; i < n; i++)
        TRY(query_run(c, tx, q, (const char *)rows + i * q->in->size, NULL));
    return ERR_OK;
}

err query_send(struct ctx *c, struct tx *tx, const struct query *q, const void *rows, size_t n)
{
    if (tx->db->drv->send == NULL || q->in == NULL)
        return query_many(c, tx, q, rows, n);
    return many_at_once(c, tx, q, tx->db->drv->send, rows, n);
}

/* Only JSON columns need memory while a row is handed out; the rest borrows. */
static bool row_needs_memory(const struct schema *out)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->fields[i].type == F_MAP_E2 || out->fields[i].type == F_LIST)
            return true;
    return false;
}

static err each_row(struct ctx *c, struct tx *tx, struct db_stmt *s, struct arena *mem, row_fn *fn,
                    void *arg)
{
    bool row;
    for (;;) {
        TRY(tx->db->drv->step(c, tx->conn, s->handle, &row));
        if (!row)
            return ERR_OK;
        TRY(stmt_read(c, tx->conn, s, NULL, mem, s->row));
        TRY(fn(c, s->row, arg));
        if (mem != NULL)
            arena_reset(mem);
    }
}

err query_each(struct ctx *c, struct tx *tx, const struct query *q, const void *in, row_fn *fn,
               void *arg)
{
    struct db_stmt *s;
    if (q->out == NULL)
        return FAIL(c, INTERNAL, "a query without columns was asked for rows");
    not_lone(tx);
    TRY(start(c, tx, q, in, &s));
    if (tx->db->drv->stream != NULL)
        tx->db->drv->stream(s->handle);
    struct arena *mem = row_needs_memory(q->out) ? arena_open(NULL, EACH_ARENA_CAP) : NULL;
    err e = each_row(c, tx, s, mem, fn, arg);
    arena_close(mem);
    stmt_give(tx->conn, s);
    return e;
}
