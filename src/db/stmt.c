/* Prepared statements of one connection: found by the address of the text, planned once. */
#include "db/driver.h"

#include "base/str.h"

enum { SCRATCH_MAX = 1 << 20 };

void conn_init(struct db_conn *conn, struct db *db)
{
    conn->db = db;
    conn->lane = atomic_fetch_add_explicit(&db->lanes, 1, memory_order_relaxed);
    buf_init(&conn->scratch, NULL, SCRATCH_MAX);
}

static void stmt_close(struct db_conn *conn, struct db_stmt *s)
{
    if (s->handle != NULL)
        conn->db->drv->finalize(s->handle);
    free(s->row);
    free(s->text);
    free(s);
}

/* Empties the cache of what is not running; running ones become loose. */
static void cache_clear(struct db_conn *conn)
{
    struct stmt_cache *cache = &conn->cache;
    for (size_t i = 0; cache->slots != NULL && i < DB_CACHE_SLOTS; i++) {
        struct db_stmt *s = cache->slots[i];
        cache->slots[i] = NULL;
        if (s != NULL && s->in_use)
            s->loose = true;
        else if (s != NULL)
            stmt_close(conn, s);
    }
    cache->n = 0;
}

void conn_done(struct db_conn *conn)
{
    bulk_abandon(conn);
    later_drop(conn);
    cache_clear(conn);
    free(conn->cache.slots);
    conn->cache.slots = NULL;
    buf_done(&conn->scratch);
}

/* The slot of the query, or the free one where it belongs. Different tables over one text, as
 * the linker makes of equal literals, are different entries. */
static struct db_stmt **cache_slot(struct stmt_cache *cache, const struct query *q)
{
    uint64_t h = (uint64_t)(uintptr_t)q->sql ^ ((uint64_t)(uintptr_t)q->out << 1) ^
                 ((uint64_t)(uintptr_t)q->in << 2);
    h *= UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = h >> 54;; i = (i + 1) % DB_CACHE_SLOTS) {
        struct db_stmt *s = cache->slots[i];
        if (s == NULL || (s->key == q->sql && s->in == q->in && s->out == q->out))
            return &cache->slots[i];
    }
}
enum { STATEMENT_MAX = 65536 };
_Static_assert(DB_CACHE_SLOTS == 1 << 10, "the hash keeps its ten highest bits");

static const char *query_name(const struct query *q)
{
    if (q->out != NULL)
        return q->out->name;
    return q->in != NULL ? q->in->name : "nothing";
}

static int field_find(const struct schema *s, const char *name)
{
    for (int i = 0; s != NULL && i < s->n; i++)
        if (strcmp(s->fields[i].name, name) == 0)
            return i;
    return -1;
}

/* Nested structs have no place in one column. */
static bool field_storable(const struct field *f)
{
    return f->type != F_OBJ && (f->type != F_LIST || f->of == NULL);
}

static err plan_params(struct ctx *c, const struct db_driver *drv, const struct query *q,
                       struct db_stmt *s)
{
    size_t n = drv->params(s->handle);
    if (n > DB_PARAMS_MAX)
        return FAIL(c, INTERNAL, "the query of %s has too many parameters", query_name(q));
    for (size_t i = 0; i < n; i++) {
        const char *name = drv->param_name(s->handle, i);
        int at = name != NULL ? field_find(q->in, name) : -1;
        if (at < 0)
            return FAIL(c, INTERNAL, "the query of %s has no field for the parameter %s",
                        query_name(q), name != NULL ? name : "without a name");
        if (!field_storable(&q->in->fields[at]))
            return FAIL(c, INTERNAL, "the query of %s cannot bind the field %s", query_name(q),
                        name);
        s->param_field[i] = (uint8_t)at;
    }
    s->n_params = (uint8_t)n;
    return ERR_OK;
}

static int column_find(const struct db_driver *drv, void *handle, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(drv->column_name(handle, i), name) == 0)
            return (int)i;
    return -1;
}

static err plan_columns(struct ctx *c, const struct db_driver *drv, const struct query *q,
                        struct db_stmt *s)
{
    size_t n = drv->columns(s->handle);
    if (q->out == NULL)
        return ERR_OK;
    if (n > DB_COLUMNS_MAX)
        return FAIL(c, INTERNAL, "the query of %s has too many columns", query_name(q));
    for (size_t i = 0; i < q->out->n; i++) {
        const struct field *f = &q->out->fields[i];
        int at = column_find(drv, s->handle, n, f->name);
        if (at < 0)
            return FAIL(c, INTERNAL, "the query of %s has no column for the field %s",
                        query_name(q), f->name);
        if (!field_storable(f))
            return FAIL(c, INTERNAL, "the query of %s cannot read the field %s", query_name(q),
                        f->name);
        s->field_column[i] = (uint8_t)at;
    }
    s->row = calloc(1, q->out->size);
    return s->row != NULL ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
}

static err stmt_prepare(struct ctx *c, struct db_conn *conn, const struct query *q,
                        void **ret_handle)
{
    const struct db_driver *drv = conn->db->drv;
    struct buf sql;
    buf_init(&sql, NULL, STATEMENT_MAX);
    err e = dialect_sql(c, drv->dialect, q->sql, &sql);
    if (e == ERR_OK)
        e = drv->prepare(c, conn, q, sql.p, ret_handle);
    buf_done(&sql);
    return e;
}

static err stmt_open(struct ctx *c, struct db_conn *conn, const struct query *q,
                     struct db_stmt **ret)
{
    const struct db_driver *drv = conn->db->drv;
    struct db_stmt *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    *s = (struct db_stmt){ .key = q->sql, .in = q->in, .out = q->out, .text = strdup(q->sql) };
    err e = s->text != NULL ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
    if (e == ERR_OK)
        e = stmt_prepare(c, conn, q, &s->handle);
    if (e == ERR_OK)
        e = plan_params(c, drv, q, s);
    if (e == ERR_OK)
        e = plan_columns(c, drv, q, s);
    if (e != ERR_OK) {
        stmt_close(conn, s);
        return e;
    }
    s->changes = drv->changes(s->handle);
    *ret = s;
    return ERR_OK;
}

static err cache_ready(struct ctx *c, struct db_conn *conn)
{
    struct stmt_cache *cache = &conn->cache;
    if (cache->slots == NULL)
        cache->slots = calloc(DB_CACHE_SLOTS, sizeof(struct db_stmt *));
    if (cache->slots == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    if (cache->n >= DB_CACHE_MAX)
        cache_clear(conn);
    return ERR_OK;
}

err stmt_take(struct ctx *c, struct db_conn *conn, const struct query *q, struct db_stmt **ret)
{
    TRY(cache_ready(c, conn));
    struct db_stmt **slot = cache_slot(&conn->cache, q);
    struct db_stmt *s = *slot;
    if (s != NULL && !s->in_use && strcmp(s->text, q->sql) == 0) {
        conn->cache.hits++;
        s->in_use = true;
        *ret = s;
        return ERR_OK;
    }
    conn->cache.misses++;
    TRY(stmt_open(c, conn, q, &s));
    s->in_use = true;
    if (*slot == NULL) {
        conn->cache.n++;
        *slot = s;
    } else if ((*slot)->in_use) { /* a query inside its own rows */
        s->loose = true;
    } else { /* the address holds another text now */
        stmt_close(conn, *slot);
        *slot = s;
    }
    *ret = s;
    return ERR_OK;
}

void stmt_give(struct db_conn *conn, struct db_stmt *s)
{
    conn->db->drv->reset(s->handle);
    s->in_use = false;
    if (s->loose)
        stmt_close(conn, s);
}
