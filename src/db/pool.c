/* The read connections: opened when first needed, leased last in first out so that few stay warm,
 * never more than readers_max. */
#include "db/driver.h"

enum { WAIT_MAX_US = 60 * 1000 * 1000 };

err pool_init(struct ctx *c, struct db *db)
{
    struct pool *p = &db->readers;
    p->max = db->o.readers_max;
    p->idle = calloc(p->max, sizeof(struct db_conn *)); /* NOLINT(bugprone-sizeof-expression) */
    if (p->idle == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->freed, NULL);
    return ERR_OK;
}

void pool_done(struct db *db)
{
    struct pool *p = &db->readers;
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
static struct timespec wait_until(const struct ctx *c)
{
    int64_t left = ctx_left_us(c);
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    if (left > WAIT_MAX_US)
        left = WAIT_MAX_US;
    int64_t ns = t.tv_nsec + left % 1000000 * 1000;
    t.tv_sec += left / 1000000 + ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    return t;
}

/* Under the lock: waits until there is an idle connection or room for a new one. */
static bool pool_wait(struct ctx *c, struct pool *p)
{
    if (p->n_idle > 0 || p->n_open < p->max)
        return true;
    struct timespec until = wait_until(c);
    while (p->n_idle == 0 && p->n_open == p->max)
        if (pthread_cond_clockwait(&p->freed, &p->lock, CLOCK_MONOTONIC, &until) != 0)
            return p->n_idle > 0 || p->n_open < p->max;
    return true;
}

static err pool_connect(struct ctx *c, struct db *db, struct db_conn **ret)
{
    err e = db->drv->connect(c, db, TX_READ, ret);
    if (e == ERR_OK)
        return ERR_OK;
    pthread_mutex_lock(&db->readers.lock);
    db->readers.n_open--;
    pthread_cond_signal(&db->readers.freed);
    pthread_mutex_unlock(&db->readers.lock);
    return e;
}

err pool_lease(struct ctx *c, struct db *db, struct db_conn **ret)
{
    struct pool *p = &db->readers;
    struct db_conn *conn = NULL;
    pthread_mutex_lock(&p->lock);
    bool got = pool_wait(c, p);
    if (got && p->n_idle > 0)
        conn = p->idle[--p->n_idle];
    else if (got)
        p->n_open++;
    pthread_mutex_unlock(&p->lock);
    if (!got)
        return db_busy(c);
    if (conn == NULL)
        return pool_connect(c, db, ret);
    *ret = conn;
    return ERR_OK;
}

void pool_give(struct db *db, struct db_conn *conn)
{
    struct pool *p = &db->readers;
    pthread_mutex_lock(&p->lock);
    p->idle[p->n_idle++] = conn;
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}
