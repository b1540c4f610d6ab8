/* A database whole: the engine by its url, opening, closing, probing, counting. */
#include "db/db.h"

#include "base/str.h"
#include "db/driver.h"

static err driver_of(struct ctx *c, struct str url, const struct db_driver **ret)
{
    *ret = &db_driver_postgres;
    if (str_starts(url, S("postgresql:")) || str_starts(url, S("postgres:")) ||
        str_starts(url, S("postgresql+psycopg2:")))
        return ERR_OK;
    if (!str_starts(url, S("sqlite:")))
        return FAIL(c, INVALID, "the database url must begin with sqlite: or postgresql:");
    *ret = &db_driver_sqlite;
    return ERR_OK;
}

static uint32_t or_default(uint32_t v, uint32_t preset, uint32_t max)
{
    if (v == 0)
        return preset;
    return v < max ? v : max;
}

/* Our own copy of a url, or an absent view. */
static err keep_url(struct ctx *c, struct str *url)
{
    if (url->p == NULL || url->n == 0) {
        *url = (struct str){ 0 };
        return ERR_OK;
    }
    url->p = strndup(url->p, url->n);
    return url->p != NULL ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
}

static err keep_urls(struct ctx *c, struct db_options *o)
{
    struct str main = o->url;
    struct str direct = o->direct_url;
    struct str replica = o->replica_url;
    o->url = o->direct_url = o->replica_url = (struct str){ 0 };
    TRY(keep_url(c, &main));
    o->url = main;
    TRY(keep_url(c, &direct));
    o->direct_url = direct;
    TRY(keep_url(c, &replica));
    o->replica_url = replica;
    return ERR_OK;
}

/* Urls hold passwords: nothing of them stays in memory. */
static void drop_url(struct str *url)
{
    char *p = (char *)(uintptr_t)url->p;
    if (p != NULL)
        explicit_bzero(p, url->n);
    free(p);
}

static err open_pools(struct ctx *c, struct db *db)
{
    bool one_writer = db->drv->one_writer;
    size_t max = one_writer ? db->o.readers_max : db->o.pool_max;
    TRY(pool_init(c, db, &db->readers, one_writer ? TARGET_READ : TARGET_WRITE, max));
    if (!one_writer && db->o.replica_url.n > 0)
        TRY(pool_init(c, db, &db->replica, TARGET_REPLICA, max));
    if (one_writer && !db->o.read_only)
        TRY(db->drv->connect(c, db, TARGET_WRITE, &db->writer));
    return ERR_OK;
}

static err db_setup(struct ctx *c, const struct db_options *o, struct db *db)
{
    TRY(driver_of(c, o->url, &db->drv));
    db->o = *o;
    TRY(keep_urls(c, &db->o));
    db->o.readers_max = or_default(o->readers_max, DB_READERS_DEFAULT, DB_READERS_HARD_MAX);
    db->o.group_max = or_default(o->group_max, DB_GROUP_DEFAULT, DB_GROUP_HARD_MAX);
    db->o.busy_ms = or_default(o->busy_ms, DB_BUSY_MS_DEFAULT, INT32_MAX);
    db->o.pool_max = or_default(o->pool_max, DB_POOL_DEFAULT, DB_POOL_HARD_MAX);
    db->o.pool_wait_ms = or_default(o->pool_wait_ms, DB_POOL_WAIT_MS_DEFAULT, INT32_MAX);
    db->o.statement_ms = or_default(o->statement_ms, DB_STATEMENT_MS_DEFAULT, INT32_MAX);
    if (!db->drv->one_writer) { /* processes of one database have others */
        uint32_t first = 0;
        ctx_random(c, &first, sizeof(first));
        atomic_init(&db->lanes, first);
    }
    TRY(db->drv->open(c, db));
    return open_pools(c, db);
}

err db_open(struct ctx *c, const struct db_options *o, struct db **ret)
{
    struct db *db = calloc(1, sizeof(*db));
    if (db == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    group_init(&db->group);
    err e = db_setup(c, o, db);
    if (e != ERR_OK) {
        db_close(db);
        return e;
    }
    *ret = db;
    return ERR_OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    pool_done(db, &db->readers);
    pool_done(db, &db->replica);
    if (db->writer != NULL)
        db->drv->disconnect(db->writer);
    if (db->engine != NULL)
        db->drv->close(db);
    group_done(&db->group);
    drop_url(&db->o.url);
    drop_url(&db->o.direct_url);
    drop_url(&db->o.replica_url);
    free(db);
}

struct probe_row {
    int64_t one;
};
static const struct field probe_fields[] = { FIELD_I64(struct probe_row, one) };
static SCHEMA(probe_schema, "Probe", struct probe_row, probe_fields);
static const struct query probe_query = { .sql = "SELECT 1 AS one", .out = &probe_schema };

err db_probe(struct ctx *c, struct db *db)
{
    struct tx tx = { .db = db, .mode = TX_READ };
    struct probe_row row;
    TRY(pool_lease(c, db, &tx.conn));
    err e = query_one(c, &tx, &probe_query, NULL, &row);
    pool_give(db, tx.conn);
    return e;
}

err db_check_file(struct ctx *c, struct db *db)
{
    struct db_conn *conn;
    TRY(pool_lease(c, db, &conn));
    err e = db->drv->check(c, conn);
    pool_give(db, conn);
    return e;
}

err db_forget(struct ctx *c, struct db *db, bool rebuild)
{
    if (db->o.read_only)
        return FAIL(c, INVALID, "the database is open for reading only");
    return db->drv->forget ? db->drv->forget(c, db, rebuild) : ERR_OK;
}

err db_check_query(struct ctx *c, struct db *db, const struct query *q)
{
    struct db_conn *conn;
    struct db_stmt *s;
    TRY(pool_lease(c, db, &conn));
    err e = stmt_take(c, conn, q, &s);
    if (e == ERR_OK)
        stmt_give(conn, s);
    pool_give(db, conn);
    return e;
}

void db_stats(struct db *db, struct db_stats *ret)
{
    pthread_mutex_lock(&db->readers.lock);
    int64_t open = (int64_t)db->readers.n_open;
    pthread_mutex_unlock(&db->readers.lock);
    *ret = (struct db_stats){
        .reads = atomic_load(&db->stats.reads),
        .writes = atomic_load(&db->stats.writes),
        .commits = atomic_load(&db->stats.commits),
        .group_rows = atomic_load(&db->stats.group_rows),
        .busy_retries = atomic_load(&db->stats.busy_retries),
        .readers_open = open,
    };
}
