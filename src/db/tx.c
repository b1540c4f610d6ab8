/* The unit of work: lease, begin, run, commit; again with jitter when the engine asks for it. */
#include "db/driver.h"

enum { TX_TRIES_MAX = 5, TX_PAUSE_US = 1000 };

err db_unavailable(struct ctx *c, const char *text)
{
    (void)FAIL(c, BUSY, "%s", text);
    if (c->fault.kind == ERR_BUSY)
        c->fault.retry_after_s = DB_RETRY_AFTER_S;
    return ERR_BUSY;
}

err db_busy(struct ctx *c)
{
    return db_unavailable(c, "the database is busy");
}

/* On a connection of its own. */
static err run_alone(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg)
{
    const struct db_driver *drv = tx->db->drv;
    TRY(drv->begin(c, tx->conn, tx->mode));
    err e = fn(c, tx, arg);
    bulk_abandon(tx->conn);
    if (e == ERR_OK)
        e = drv->commit(c, tx->conn);
    if (e != ERR_OK)
        drv->rollback(tx->conn);
    return e;
}

static err run_leased(struct ctx *c, struct db *db, enum tx_mode mode, tx_fn *fn, void *arg,
                      bool *ret_again)
{
    struct tx tx = { .db = db, .mode = mode };
    TRY(pool_lease(c, db, &tx.conn));
    tx.conn->again = false;
    err e = run_alone(c, &tx, fn, arg);
    *ret_again = e == ERR_BUSY && tx.conn->again;
    pool_give(db, tx.conn);
    atomic_fetch_add_explicit(&db->stats.reads, 1, memory_order_relaxed);
    return e;
}

/* Half of 1, 2, 4, 8 ms and a random part of the other half; false: the deadline comes first. */
static bool tx_pause(struct ctx *c, unsigned tries)
{
    uint32_t dice;
    ctx_random(c, &dice, sizeof(dice));
    int64_t half = (int64_t)TX_PAUSE_US << tries >> 1;
    int64_t us = half + (int64_t)(dice % (uint64_t)half);
    if (ctx_left_us(c) <= us)
        return false;
    struct timespec t = { .tv_nsec = us * 1000 };
    nanosleep(&t, NULL);
    return true;
}

err tx_run(struct ctx *c, enum tx_mode mode, tx_fn *fn, void *arg)
{
    struct db *db = c->deps->db;
    if (mode == TX_WRITE && db->o.read_only)
        return FAIL(c, INTERNAL, "the database is open for reading only");
    for (unsigned tries = 0;; tries++) {
        bool again = false;
        err e = mode == TX_WRITE && db->drv->one_writer ? group_run(c, db, fn, arg, &again)
                                                        : run_leased(c, db, mode, fn, arg, &again);
        if (!again || tries + 1 == TX_TRIES_MAX || !tx_pause(c, tries))
            return e;
        atomic_fetch_add_explicit(&db->stats.busy_retries, 1, memory_order_relaxed);
        fault_clear(c);
    }
}

err tx_try(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg)
{
    const struct db_driver *drv = tx->db->drv;
    TRY(drv->savepoint(c, tx->conn));
    err e = fn(c, tx, arg);
    if (e == ERR_OK)
        return drv->release(c, tx->conn);
    if (drv->in_tx(tx->conn))
        drv->rollback_to(tx->conn);
    return e;
}

err tx_lock(struct ctx *c, struct tx *tx, struct str name, enum lock_mode mode)
{
    const struct db_driver *drv = tx->db->drv;
    if (tx->mode != TX_WRITE)
        return FAIL(c, INTERNAL, "a lock was asked for in a reading transaction");
    return drv->lock == NULL ? ERR_OK : drv->lock(c, tx->conn, name, mode);
}
