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

/* The database whose unit of work runs on this thread: a second one inside it would wait for locks
 * that the first holds. */
static _Thread_local const struct db *writing;

static err commit_alone(struct ctx *c, struct tx *tx)
{
    const struct db_fault_port *port = tx->db->o.faults;
    err e = port != NULL && tx->mode == TX_WRITE ? port->before(port->self, "commit") : ERR_OK;
    if (e == ERR_BUSY)
        return db_busy(c);
    if (e != ERR_OK)
        return fault_set(c, e, __FILE__, __LINE__, "disk error");
    return tx->db->drv->commit(c, tx->conn);
}

/* On a connection of its own. */
static err run_alone(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg)
{
    const struct db_driver *drv = tx->db->drv;
    TRY(drv->begin(c, tx->conn, tx->mode));
    if (tx->mode == TX_WRITE)
        writing = tx->db;
    err e = fn(c, tx, arg);
    if (tx->mode == TX_WRITE)
        writing = NULL;
    bulk_abandon(tx->conn);
    if (e == ERR_OK)
        e = query_later_flush(c, tx);
    later_drop(tx->conn);
    if (e == ERR_OK)
        e = commit_alone(c, tx);
    if (e != ERR_OK)
        drv->rollback(tx->conn);
    return e;
}

enum { HABIT_UNKNOWN, HABIT_LONE, HABIT_MORE };
_Static_assert(DB_HABITS == 256, "the hash keeps its eight highest bits");

/* NULL: others have the place. */
static atomic_int *habit_of(struct db *db, tx_fn *fn)
{
    uint64_t h = (uint64_t)(uintptr_t)fn * UINT64_C(0x9e3779b97f4a7c15);
    tx_fn *there = NULL;
    struct db_habit *place = &db->habits[h >> 56];
    if (atomic_compare_exchange_strong(&place->fn, &there, fn) || there == fn)
        return &place->habit;
    return NULL;
}

static void learn(atomic_int *habit, const struct db_conn *conn)
{
    int unknown = HABIT_UNKNOWN;
    if (conn->not_lone || !conn->alone)
        atomic_store_explicit(habit, HABIT_MORE, memory_order_relaxed);
    else
        (void)atomic_compare_exchange_strong(habit, &unknown, HABIT_LONE);
}

static err run_on(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg, bool *ret_again)
{
    bool asks = tx->mode == TX_READ && !tx->db->drv->one_writer;
    atomic_int *habit = asks ? habit_of(tx->db, fn) : NULL;
    int known = habit != NULL ? atomic_load_explicit(habit, memory_order_relaxed) : HABIT_MORE;
    tx->conn->again = false;
    tx->conn->lone = known == HABIT_LONE;
    err e = run_alone(c, tx, fn, arg);
    if (known != HABIT_MORE && (e == ERR_OK || tx->conn->not_lone))
        learn(habit, tx->conn);
    *ret_again = e == ERR_BUSY && (tx->conn->again || tx->conn->not_lone);
    return e;
}

static err run_leased(struct ctx *c, struct db *db, enum tx_mode mode, tx_fn *fn, void *arg,
                      bool *ret_again)
{
    struct tx tx = { .db = db, .mode = mode };
    if (mode == TX_READ && c->replica_ok)
        TRY(pool_lease_replica(c, db, &tx.conn));
    else
        TRY(pool_lease(c, db, &tx.conn));
    err e = run_on(c, &tx, fn, arg, ret_again);
    if (tx.conn->dead)
        pool_rest(c, tx.conn->pool);
    pool_give(db, tx.conn);
    atomic_fetch_add_explicit(mode == TX_READ ? &db->stats.reads : &db->stats.writes, 1,
                              memory_order_relaxed);
    if (mode == TX_WRITE && e == ERR_OK)
        atomic_fetch_add_explicit(&db->stats.commits, 1, memory_order_relaxed);
    return e;
}

/* On a connection that goes past the pooler and is closed afterwards. */
static err run_direct(struct ctx *c, struct db *db, tx_fn *fn, void *arg, bool *ret_again)
{
    struct tx tx = { .db = db, .mode = TX_WRITE };
    TRY(db->drv->connect(c, db, TARGET_DIRECT, &tx.conn));
    err e = run_on(c, &tx, fn, arg, ret_again);
    db->drv->disconnect(tx.conn);
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

enum way { WAY_GROUP, WAY_LEASED, WAY_DIRECT };

static err run_until_done(struct ctx *c, enum way way, enum tx_mode mode, tx_fn *fn, void *arg)
{
    struct db *db = c->deps->db;
    if (mode == TX_WRITE && db->o.read_only)
        return FAIL(c, INTERNAL, "the database is open for reading only");
    if (mode == TX_WRITE && writing == db)
        return FAIL(c, INTERNAL, "a write transaction inside another");
    if (mode == TX_WRITE && ctx_left_us(c) == 0)
        return db_busy(c);
    for (unsigned tries = 0;; tries++) {
        bool again = false;
        err e = way == WAY_GROUP    ? group_run(c, db, fn, arg, &again)
                : way == WAY_DIRECT ? run_direct(c, db, fn, arg, &again)
                                    : run_leased(c, db, mode, fn, arg, &again);
        if (!again || tries + 1 == TX_TRIES_MAX || !tx_pause(c, tries))
            return e;
        atomic_fetch_add_explicit(&db->stats.busy_retries, 1, memory_order_relaxed);
        fault_clear(c);
    }
}

err tx_run(struct ctx *c, enum tx_mode mode, tx_fn *fn, void *arg)
{
    bool group = mode == TX_WRITE && c->deps->db->drv->one_writer;
    return run_until_done(c, group ? WAY_GROUP : WAY_LEASED, mode, fn, arg);
}

err tx_run_direct(struct ctx *c, tx_fn *fn, void *arg)
{
    bool one_writer = c->deps->db->drv->one_writer;
    return run_until_done(c, one_writer ? WAY_GROUP : WAY_DIRECT, TX_WRITE, fn, arg);
}

err tx_try(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg)
{
    const struct db_driver *drv = tx->db->drv;
    TRY(query_later_flush(c, tx));
    TRY(drv->savepoint(c, tx->conn));
    err e = fn(c, tx, arg);
    if (e == ERR_OK)
        e = query_later_flush(c, tx);
    if (e == ERR_OK && drv->settle != NULL) /* what fails must fail inside */
        e = drv->settle(c, tx->conn);
    if (e == ERR_OK)
        return drv->release(c, tx->conn);
    later_drop(tx->conn);
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

uint32_t tx_lane(const struct tx *tx)
{
    return tx->db->drv->one_writer ? 0 : tx->conn->lane;
}
