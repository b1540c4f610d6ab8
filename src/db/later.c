/* Changes that wait in memory for the end of their transaction, so that many go to the engine at
 * once. */
#include "base/str.h"
#include "db/driver.h"

enum { LATER_ROWS_MAX = 512, LATER_BYTES_MAX = 4 << 20 };

struct later {
    const struct query *q; /* of the rows that wait */
    struct arena *mem;     /* the rows and what they point to */
    char *rows;            /* LATER_ROWS_MAX places, NULL: none yet */
    size_t n;
};

void later_drop(struct db_conn *conn)
{
    if (conn->later == NULL)
        return;
    arena_close(conn->later->mem);
    free(conn->later);
    conn->later = NULL;
}

err query_later_flush(struct ctx *c, struct tx *tx)
{
    struct later *l = tx->conn->later;
    if (l == NULL || l->n == 0)
        return ERR_OK;
    err e = query_send(c, tx, l->q, l->rows, l->n);
    l->n = 0;
    l->rows = NULL;
    arena_reset(l->mem);
    return e;
}

static err later_of(struct ctx *c, struct tx *tx, struct later **ret)
{
    struct later *l = tx->conn->later;
    if (l == NULL) {
        l = calloc(1, sizeof(*l));
        if (l == NULL)
            return FAIL(c, INTERNAL, "out of memory");
        l->mem = arena_open(NULL, LATER_BYTES_MAX);
        tx->conn->later = l;
    }
    *ret = l;
    return ERR_OK;
}

static bool keep_text(struct later *l, struct str *s)
{
    if (s->p == NULL)
        return true;
    char *p = arena_try(l->mem, s->n + 1, 1, 1);
    if (p == NULL)
        return false;
    memcpy(p, s->p, s->n);
    s->p = p;
    return true;
}

/* false: no memory left for it. */
static bool keep_row(struct later *l, const struct schema *in, const void *row)
{
    if (l->rows == NULL)
        l->rows = arena_try(l->mem, LATER_ROWS_MAX, in->size, 16);
    if (l->rows == NULL)
        return false;
    char *at = l->rows + l->n * in->size;
    memcpy(at, row, in->size);
    for (size_t i = 0; i < in->n; i++) {
        const enum field_type t = in->fields[i].type;
        struct str *s = (struct str *)(void *)(at + in->fields[i].offset);
        if ((t == F_STR || t == F_JSON || t == F_BLOB) && !keep_text(l, s))
            return false;
    }
    l->n++;
    return true;
}

static bool keepable(const struct query *q)
{
    for (size_t i = 0; q->in != NULL && i < q->in->n; i++) {
        const enum field_type t = q->in->fields[i].type;
        if (t == F_OBJ || t == F_LIST || t == F_MAP_E2)
            return false;
    }
    return q->in != NULL;
}

err query_later(struct ctx *c, struct tx *tx, const struct query *q, const void *row)
{
    struct later *l = NULL;
    if (!keepable(q))
        return FAIL(c, INTERNAL, "rows with lists or without fields cannot wait");
    TRY(later_of(c, tx, &l));
    if (l->q != q || l->n == LATER_ROWS_MAX)
        TRY(query_later_flush(c, tx));
    l->q = q;
    if (keep_row(l, q->in, row))
        return ERR_OK;
    TRY(query_later_flush(c, tx));
    arena_reset(l->mem); /* the try may have begun rows of nothing */
    l->rows = NULL;
    if (keep_row(l, q->in, row))
        return ERR_OK;
    return FAIL(c, TOO_LARGE, "a row of %s is too large to wait", q->in->name);
}
