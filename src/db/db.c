/* A database whole: the engine by its url, opening, closing, probing, counting. */
#include "db/db.h"

#include "base/str.h"
#include "db/driver.h"

static err driver_of(struct ctx *c, struct str url, const struct db_driver **ret)
{
    if (str_starts(url, S("postgresql:")) || str_starts(url, S("postgres:")))
        return FAIL(c, INVALID, "the database url names PostgreSQL, which this build lacks");
    if (!str_starts(url, S("sqlite:")))
        return FAIL(c, INVALID, "the database url must begin with sqlite:");
    *ret = &db_driver_sqlite;
    return ERR_OK;
}

static uint32_t or_default(uint32_t v, uint32_t preset, uint32_t max)
{
    if (v == 0)
        return preset;
    return v < max ? v : max;
}

static err db_setup(struct ctx *c, const struct db_options *o, struct db *db)
{
    TRY(driver_of(c, o->url, &db->drv));
    db->o = *o;
    db->o.readers_max = or_default(o->readers_max, DB_READERS_DEFAULT, DB_READERS_HARD_MAX);
    db->o.group_max = or_default(o->group_max, DB_GROUP_DEFAULT, DB_GROUP_HARD_MAX);
    db->o.busy_ms = or_default(o->busy_ms, DB_BUSY_MS_DEFAULT, INT32_MAX);
    db->url = strndup(o->url.p, o->url.n);
    if (db->url == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    db->o.url = str_of(db->url);
    TRY(db->drv->open(c, db));
    TRY(pool_init(c, db));
    if (db->drv->one_writer && !o->read_only)
        TRY(db->drv->connect(c, db, TX_WRITE, &db->writer));
    return ERR_OK;
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
    pool_done(db);
    if (db->writer != NULL)
        db->drv->disconnect(db->writer);
    if (db->engine != NULL)
        db->drv->close(db);
    group_done(&db->group);
    free(db->url);
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
