/* Many rows into one table: one insert, prepared once, built from the schema's names; where the
 * engine has something faster (COPY) the rows are gathered for it. */
#include <stdio.h>

#include "base/str.h"
#include "db/driver.h"

enum {
    BULK_SQL_MAX = 16384,
    BULK_FLUSH_BYTES = 512 << 10, /* gathered, then sent */
    BULK_DATA_MAX = BULK_FLUSH_BYTES + (16 << 20),
};

/* Table and column names are ours; still, nothing else is ever put into a statement. */
static bool name_plain(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return n > 0 && name[n] == '\0';
}

/* The columns with their brackets stand at *ret_columns in the text. */
static err insert_text(struct ctx *c, const char *table, const struct schema *row, struct buf *b,
                       size_t *ret_columns, size_t *ret_columns_n)
{
    if (!name_plain(table))
        return FAIL(c, INTERNAL, "a bulk insert has a bad table name");
    buf_fmt(b, "INSERT INTO %s ", table);
    *ret_columns = b->n;
    buf_lit(b, "(");
    for (size_t i = 0; i < row->n; i++) {
        if (!name_plain(row->fields[i].name))
            return FAIL(c, INTERNAL, "a bulk insert into %s has a bad column name", table);
        buf_fmt(b, "%s%s", i > 0 ? ", " : "", row->fields[i].name);
    }
    buf_lit(b, ")");
    *ret_columns_n = b->n - *ret_columns;
    buf_lit(b, " VALUES (");
    for (size_t i = 0; i < row->n; i++)
        buf_fmt(b, "%s:%s", i > 0 ? ", " : "", row->fields[i].name);
    buf_lit(b, ")");
    buf_c(b, '\0');
    return buf_ok(b) ? ERR_OK : FAIL(c, TOO_LARGE, "a bulk insert has too many columns");
}

static void bulk_free(struct bulk *b)
{
    if (b->stmt != NULL)
        stmt_give(b->tx.conn, b->stmt);
    buf_done(&b->data);
    free(b->sql);
    free(b);
}

static err bulk_prepare(struct ctx *c, struct bulk *b, const char *table, const struct schema *row)
{
    struct buf text;
    size_t columns = 0;
    buf_init(&text, NULL, BULK_SQL_MAX);
    err e = insert_text(c, table, row, &text, &columns, &b->columns_n);
    if (e == ERR_OK)
        b->sql = strdup(text.p);
    buf_done(&text);
    TRY(e);
    if (b->sql == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    b->columns = b->sql + columns;
    snprintf(b->table, sizeof(b->table), "%s", table);
    const struct query q = { .sql = b->sql, .in = row };
    return stmt_take(c, b->tx.conn, &q, &b->stmt);
}

err bulk_open(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
              struct bulk **ret)
{
    struct bulk *b = calloc(1, sizeof(*b));
    if (b == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    b->tx = *tx;
    buf_init(&b->data, NULL, BULK_DATA_MAX);
    err e = bulk_prepare(c, b, table, row);
    if (e == ERR_OK && tx->db->drv->bulk_begin != NULL)
        e = tx->db->drv->bulk_begin(c, b);
    if (e != ERR_OK) {
        bulk_free(b);
        return e;
    }
    struct bulk **end = &tx->conn->bulks;
    while (*end != NULL)
        end = &(*end)->next;
    *end = b;
    *ret = b;
    return ERR_OK;
}

/* Rows of one table may refer to those of another: the one that was opened first goes first. */
err bulk_flush_all(struct ctx *c, struct db_conn *conn)
{
    for (struct bulk *b = conn->bulks; b != NULL; b = b->next)
        if (b->data.n > 0)
            TRY(conn->db->drv->bulk_flush(c, b));
    return ERR_OK;
}

static err insert_row(struct ctx *c, struct bulk *b)
{
    const struct db_driver *drv = b->tx.db->drv;
    bool more;
    err e = drv->step(c, b->tx.conn, b->stmt->handle, &more);
    drv->reset(b->stmt->handle);
    return e;
}

err bulk_row(struct ctx *c, struct bulk *b, const void *row)
{
    const struct db_driver *drv = b->tx.db->drv;
    TRY(tx_before_statement(c, &b->tx));
    TRY(stmt_bind(c, b->tx.conn, b->stmt, row));
    if (drv->bulk_row == NULL)
        return insert_row(c, b);
    err e = drv->bulk_row(c, b);
    drv->reset(b->stmt->handle);
    if (e == ERR_OK && b->data.n >= BULK_FLUSH_BYTES)
        e = bulk_flush_all(c, b->tx.conn);
    return e;
}

err bulk_close(struct ctx *c, struct bulk **b)
{
    struct bulk *closing = *b;
    *b = NULL;
    if (closing == NULL)
        return ERR_OK;
    err e = bulk_flush_all(c, closing->tx.conn);
    struct bulk **at = &closing->tx.conn->bulks;
    while (*at != closing)
        at = &(*at)->next;
    *at = closing->next;
    bulk_free(closing);
    return e;
}

void bulk_abandon(struct db_conn *conn)
{
    while (conn->bulks != NULL) {
        struct bulk *b = conn->bulks;
        conn->bulks = b->next;
        bulk_free(b);
    }
}
