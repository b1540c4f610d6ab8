/* Many rows into one table: one insert, prepared once, built from the schema's names. */
#include "base/str.h"
#include "db/driver.h"

enum { BULK_SQL_MAX = 16384 };

struct bulk {
    struct tx tx;
    struct db_stmt *stmt;
    struct bulk *next; /* open ones of the connection */
    char *sql;
};

/* Table and column names are ours; still, nothing else is ever put into a statement. */
static bool name_plain(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return n > 0 && name[n] == '\0';
}

static err insert_text(struct ctx *c, const char *table, const struct schema *row, struct buf *b)
{
    if (!name_plain(table))
        return FAIL(c, INTERNAL, "a bulk insert has a bad table name");
    buf_fmt(b, "INSERT INTO %s (", table);
    for (size_t i = 0; i < row->n; i++) {
        if (!name_plain(row->fields[i].name))
            return FAIL(c, INTERNAL, "a bulk insert into %s has a bad column name", table);
        buf_fmt(b, "%s%s", i > 0 ? ", " : "", row->fields[i].name);
    }
    buf_lit(b, ") VALUES (");
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
    free(b->sql);
    free(b);
}

static err bulk_prepare(struct ctx *c, struct bulk *b, const char *table, const struct schema *row)
{
    struct buf text;
    buf_init(&text, NULL, BULK_SQL_MAX);
    err e = insert_text(c, table, row, &text);
    if (e == ERR_OK)
        b->sql = strdup(text.p);
    buf_done(&text);
    TRY(e);
    if (b->sql == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    const struct query q = { .sql = b->sql, .in = row };
    TRY(stmt_take(c, b->tx.conn, &q, &b->stmt));
    return ERR_OK;
}

err bulk_insert_open(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
                     struct bulk **ret)
{
    struct bulk *b = calloc(1, sizeof(*b));
    if (b == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    b->tx = *tx;
    err e = bulk_prepare(c, b, table, row);
    if (e != ERR_OK) {
        bulk_free(b);
        return e;
    }
    b->next = tx->conn->bulks;
    tx->conn->bulks = b;
    *ret = b;
    return ERR_OK;
}

err bulk_insert_row(struct ctx *c, struct bulk *b, const void *row)
{
    const struct db_driver *drv = b->tx.db->drv;
    bool more;
    TRY(tx_before_statement(c, &b->tx));
    TRY(stmt_bind(c, b->tx.conn, b->stmt, row));
    err e = drv->step(c, b->tx.conn, b->stmt->handle, &more);
    drv->reset(b->stmt->handle);
    return e;
}

err bulk_insert_close(struct ctx *c, struct bulk *b)
{
    (void)c;
    for (struct bulk **at = &b->tx.conn->bulks; *at != NULL; at = &(*at)->next) {
        if (*at != b)
            continue;
        *at = b->next;
        bulk_free(b);
        break;
    }
    return ERR_OK;
}

void bulk_abandon(struct db_conn *conn)
{
    while (conn->bulks != NULL) {
        struct bulk *b = conn->bulks;
        conn->bulks = b->next;
        bulk_free(b);
    }
}

err bulk_open(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
              struct bulk **ret)
{
    return tx->db->drv->bulk_open(c, tx, table, row, ret);
}

err bulk_row(struct ctx *c, struct bulk *b, const void *row)
{
    return b->tx.db->drv->bulk_row(c, b, row);
}

err bulk_close(struct ctx *c, struct bulk **b)
{
    struct bulk *closing = *b;
    *b = NULL;
    return closing != NULL ? closing->tx.db->drv->bulk_close(c, closing) : ERR_OK;
}
