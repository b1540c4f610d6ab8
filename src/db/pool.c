/* Connections to one target: opened when first needed, leased last in first out so that few stay
 * warm, never more than max. A dead one is closed, not given out. */
#include "db/driver.h"
#include "os/mono.h"

enum { WAIT_MAX_US = 60 * 1000 * 1000, DOWN_US = 5 * 1000 * 1000 };

err pool_init(struct ctx *c, struct db *db, struct pool *p, enum db_target target, size_t max)
{
    (void)db;
    p->max = max;
    p->target = target;
    p->idle = calloc(p->max, sizeof(struct db_conn *)); /* NOLINT(bugprone-sizeof-expression) */
    if (p->idle == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->freed, NULL);
    return ERR_OK;
}

void pool_done(struct db *db, struct pool *p)
{
    if (p->idle == NULL)
        return;
    for (size_t i = 0; i < p->n_idle; i++)
        db->drv->disconnect(p->idle[i]);
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
    free(p->idle);
    p->idle = NULL;
}

/* The moment on CLOCK_MONOTONIC at which the context gives up waiting. */
static struct timespec wait_until(const struct ctx *c, const struct db *db)
{
    int64_t left = ctx_left_us(c);
    int64_t most = db->drv->one_writer ? WAIT_MAX_US : (int64_t)db->o.pool_wait_ms * 1000;
    return mono_in_us(left < most ? left : most);
}

/* Under the lock: waits until there is an idle connection or room for a new one. */
static bool pool_wait(struct ctx *c, struct db *db, struct pool *p)
{
    if (p->n_idle > 0 || p->n_open < p->max)
        return true;
    struct timespec until = wait_until(c, db);
    while (p->n_idle == 0 && p->n_open == p->max)
        if (pthread_cond_clockwait(&p->freed, &p->lock, CLOCK_MONOTONIC, &until) != 0)
            return p->n_idle > 0 || p->n_open < p->max;
    return true;
}

static void pool_forget(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->n_open--;
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

/* A connection to come, or an idle one that lives. *ret NULL: there is room for a new one. */
static err pool_take(struct ctx *c, struct db *db, struct pool *p, struct db_conn **ret)
{
    for (;;) {
        struct db_conn *conn = NULL;
        pthread_mutex_lock(&p->lock);
        bool got = pool_wait(c, db, p);
        if (got && p->n_idle > 0)
            conn = p->idle[--p->n_idle];
        else if (got)
            p->n_open++;
        pthread_mutex_unlock(&p->lock);
        if (!got)
            return db_busy(c);
        *ret = conn;
        if (conn == NULL || db->drv->alive == NULL || db->drv->alive(conn))
            return ERR_OK;
        db->drv->disconnect(conn);
        pool_forget(p);
    }
}

static err lease_from(struct ctx *c, struct db *db, struct pool *p, struct db_conn **ret)
{
    struct db_conn *conn;
    TRY(pool_take(c, db, p, &conn));
    if (conn == NULL) {
        err e = db->drv->connect(c, db, p->target, &conn);
        if (e != ERR_OK) {
            pool_forget(p);
            return e;
        }
        conn->pool = p;
    }
    *ret = conn;
    return ERR_OK;
}

err pool_lease(struct ctx *c, struct db *db, struct db_conn **ret)
{
    return lease_from(c, db, &db->readers, ret);
}

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

void pool_rest(struct ctx *c, struct pool *p)
{
    atomic_store(&p->down_until_us, mono_us(c) + DOWN_US);
}

err pool_lease_replica(struct ctx *c, struct db *db, struct db_conn **ret)
{
    struct pool *p = &db->replica;
    if (p->max == 0 || mono_us(c) < atomic_load(&p->down_until_us))
        return pool_lease(c, db, ret);
    err e = lease_from(c, db, p, ret);
    if (e == ERR_OK)
        return ERR_OK;
    fault_clear(c);
    pool_rest(c, p);
    return pool_lease(c, db, ret);
}

/* All that are idle: their server is gone or no longer the one that writes. */
static void pool_empty(struct db *db, struct pool *p)
{
    for (;;) {
        pthread_mutex_lock(&p->lock);
        struct db_conn *conn = p->n_idle > 0 ? p->idle[--p->n_idle] : NULL;
        if (conn != NULL)
            p->n_open--;
        pthread_mutex_unlock(&p->lock);
        if (conn == NULL)
            return;
        db->drv->disconnect(conn);
    }
}

void pool_give(struct db *db, struct db_conn *conn)
{
    struct pool *p = conn->pool;
    if (conn->dead) {
        bool all = conn->stale_others;
        db->drv->disconnect(conn);
        if (all)
            pool_empty(db, p);
        pool_forget(p);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->idle[p->n_idle++] = conn;
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}
