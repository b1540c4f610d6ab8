/* Transactions of the PostgreSQL driver: begun with their first statement, timeouts set on the way,
 * locks with names, scripts, what the server can be asked about itself. */
#include "base/str.h"
#include "crypto/hash.h"
#include "db/postgres.h"

enum { TIMEOUT_TEXT_MAX = 24, TIMEOUT_BITS = 3 };

/* A statement's time: the context's, if that is shorter than the option. Rounded down to three
 * binary digits, so that the requests of a server agree on one value and rarely have to set it. */
static int64_t timeout_ms(const struct ctx *c, const struct pg_conn *conn)
{
    int64_t most = conn->base.db->o.statement_ms;
    int64_t left = ctx_left_us(c) / 1000;
    if (conn->target == TARGET_DIRECT)
        return 0;
    if (left < most)
        most = left < 1 ? 1 : left;
    int drop = 64 - TIMEOUT_BITS - __builtin_clzll((uint64_t)most);
    return drop > 0 ? most >> drop << drop : most;
}

static err queue_texts(struct ctx *c, struct pg_conn *conn, const char *sql, int n,
                       const char *const *texts)
{
    return pg_queued(c, conn, PQsendQueryParams(conn->h, sql, n, NULL, texts, NULL, NULL, 1));
}

/* Through a pooler a setting lives as long as the transaction; on a connection of our own it stays
 * until another value is needed. */
static err queue_timeouts(struct ctx *c, struct pg_conn *conn)
{
    static const char session[] = "SELECT set_config('statement_timeout', $1, false), "
                                  "set_config('lock_timeout', $2, false)";
    static const char local[] = "SELECT set_config('statement_timeout', $1, true), "
                                "set_config('lock_timeout', $2, true)";
    char statement[TIMEOUT_TEXT_MAX], lock[TIMEOUT_TEXT_MAX];
    const char *texts[] = { statement, lock };
    int64_t ms = timeout_ms(c, conn);
    if (!conn->pooled && ms == conn->timeout_ms)
        return ERR_OK;
    int64_t lock_ms = conn->target == TARGET_DIRECT ? 0 : conn->base.db->o.busy_ms;
    snprintf(statement, sizeof(statement), "%lld", (long long)ms);
    snprintf(lock, sizeof(lock), "%lld", (long long)lock_ms);
    TRY(queue_texts(c, conn, conn->pooled ? local : session, 2, texts));
    conn->timeout_ms = ms;
    return ERR_OK;
}

/* Statements that nobody uses any more; their names would stay with the session. */
static err queue_dropped(struct ctx *c, struct pg_conn *conn)
{
    char sql[48];
    while (conn->n_dropped > 0) {
        snprintf(sql, sizeof(sql), "DEALLOCATE s%u", conn->dropped[--conn->n_dropped]);
        TRY(pg_queue(c, conn, sql));
    }
    return ERR_OK;
}

static const struct {
    const char *name, *sql;
    int n_params;
} fixed[PG_FIXED_COUNT_] = {
    [PG_FIXED_READ] = { "tr", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0 },
    [PG_FIXED_WRITE] = { "tw", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", 0 },
    [PG_FIXED_COMMIT] = { "tc", "COMMIT", 0 },
    [PG_FIXED_LOCK] = { "tl", "SELECT pg_advisory_xact_lock($1::int8)", 1 },
    [PG_FIXED_LOCK_SHARED] = { "ts", "SELECT pg_advisory_xact_lock_shared($1::int8)", 1 },
};

err pg_prepare_fixed(struct ctx *c, struct pg_conn *conn)
{
    if (conn->pooled)
        return ERR_OK;
    for (int i = 0; i < PG_FIXED_COUNT_; i++)
        TRY(pg_queued(c, conn, PQsendPrepare(conn->h, fixed[i].name, fixed[i].sql, 0, NULL)));
    return pg_settle(c, conn, NULL);
}

static err queue_fixed(struct ctx *c, struct pg_conn *conn, enum pg_fixed which,
                       const char *const *texts)
{
    if (conn->pooled)
        return queue_texts(c, conn, fixed[which].sql, fixed[which].n_params, texts);
    return pg_queued(c, conn,
                     PQsendQueryPrepared(conn->h, fixed[which].name, fixed[which].n_params, texts,
                                         NULL, NULL, 1));
}

err pg_usable(struct ctx *c, const struct pg_conn *conn)
{
    return conn->state == PG_FAILED
               ? FAIL(c, INTERNAL, "the transaction has ended by an earlier error")
               : ERR_OK;
}

/* A second command after one that was thought to be the only one: what it saw is of another
 * moment, so the unit of work begins anew in a transaction. */
static err not_lone(struct ctx *c, struct pg_conn *conn)
{
    conn->base.not_lone = true;
    return db_busy(c);
}

err pg_begun(struct ctx *c, struct pg_conn *conn)
{
    TRY(pg_usable(c, conn));
    conn->base.alone = false;
    if (conn->state == PG_LONE)
        return not_lone(c, conn);
    if (conn->state != PG_WANTED)
        return ERR_OK;
    TRY(queue_fixed(c, conn, conn->mode == TX_WRITE ? PG_FIXED_WRITE : PG_FIXED_READ, NULL));
    conn->state = PG_OPEN;
    conn->cursors_whole = false;
    TRY(queue_dropped(c, conn));
    return queue_timeouts(c, conn);
}

err pg_begun_query(struct ctx *c, struct pg_conn *conn, bool *ret_lone)
{
    bool first = conn->state == PG_WANTED;
    *ret_lone = first && conn->base.lone && !conn->pooled;
    if (*ret_lone) {
        TRY(queue_timeouts(c, conn));
        conn->state = PG_LONE;
    } else {
        TRY(pg_begun(c, conn));
    }
    conn->base.alone = first;
    return ERR_OK;
}

err pg_begin(struct ctx *c, struct db_conn *base, enum tx_mode mode)
{
    struct pg_conn *conn = pg_conn_of(base);
    if (conn->state != PG_IDLE)
        return FAIL(c, INTERNAL, "a transaction is open already");
    conn->state = PG_WANTED;
    conn->mode = mode;
    conn->base.alone = conn->base.not_lone = false;
    return ERR_OK;
}

/* Nobody waits for the end of a read: its answer is read before the next use. */
static err end_read(struct ctx *c, struct pg_conn *conn)
{
    conn->state = PG_IDLE;
    TRY(queue_fixed(c, conn, PG_FIXED_COMMIT, NULL));
    return pg_send_off(c, conn);
}

/* With what was not waited for: when one of them fails the server does not come to the COMMIT. */
static err end_write(struct ctx *c, struct pg_conn *conn)
{
    PGresult *res = NULL;
    if (!pg_alive(&conn->base))
        return pg_lost(c, conn);
    TRY(queue_fixed(c, conn, PG_FIXED_COMMIT, NULL));
    conn->committing = true;
    err e = pg_settle(c, conn, &res);
    conn->committing = false;
    if (e == ERR_OK)
        conn->state = PG_IDLE;
    if (e == ERR_OK && strcmp(PQcmdStatus(res), "COMMIT") != 0)
        e = FAIL(c, INTERNAL, "the transaction had ended by an earlier error");
    PQclear(res);
    return e;
}

err pg_commit(struct ctx *c, struct db_conn *base)
{
    struct pg_conn *conn = pg_conn_of(base);
    if (conn->state == PG_WANTED || conn->state == PG_LONE) { /* nothing is open there */
        conn->state = PG_IDLE;
        return ERR_OK;
    }
    TRY(pg_usable(c, conn));
    return conn->mode == TX_READ ? end_read(c, conn) : end_write(c, conn);
}

/* The fault that made us roll back is the one that counts, so these have a context of their own.
 * What was queued goes first: one that fails would take the rollback with it. */
static err quiet_settle(struct pg_conn *conn, const char *sql)
{
    const struct deps deps = { .clock = &clock_system, .random = &random_system };
    struct ctx c;
    ctx_init(&c, NULL, &deps, PG_ROLLBACK_MS * INT64_C(1000));
    if (conn->queued > 0 && pg_settle(&c, conn, NULL) != ERR_OK && conn->base.dead)
        return ERR_BUSY;
    fault_clear(&c);
    TRY(pg_queue(&c, conn, sql));
    return pg_settle(&c, conn, NULL);
}

void pg_rollback(struct db_conn *base)
{
    struct pg_conn *conn = pg_conn_of(base);
    bool open = conn->state == PG_OPEN || conn->state == PG_FAILED;
    conn->state = PG_IDLE;
    conn->timeout_ms = -1; /* a setting goes with its transaction */
    if (!open || base->dead)
        return;
    if (quiet_settle(conn, "ROLLBACK") != ERR_OK || PQtransactionStatus(conn->h) != PQTRANS_IDLE)
        base->dead = true;
}

bool pg_in_tx(struct db_conn *base)
{
    return pg_conn_of(base)->state != PG_IDLE && !base->dead;
}

/* What waits before it fails before it: going back to the savepoint would not help. */
err pg_savepoint(struct ctx *c, struct db_conn *base)
{
    if (pg_conn_of(base)->queued > 0)
        TRY(pg_settle(c, pg_conn_of(base), NULL));
    TRY(pg_begun(c, pg_conn_of(base)));
    TRY(bulk_flush_all(c, base));
    return pg_queue(c, pg_conn_of(base), "SAVEPOINT part");
}

err pg_release(struct ctx *c, struct db_conn *base)
{
    TRY(pg_begun(c, pg_conn_of(base)));
    TRY(bulk_flush_all(c, base));
    return pg_queue(c, pg_conn_of(base), "RELEASE SAVEPOINT part");
}

/* When even this fails, the whole transaction is given up. Rows that were gathered in the part are
 * of the part. */
void pg_rollback_to(struct db_conn *base)
{
    struct pg_conn *conn = pg_conn_of(base);
    for (struct bulk *b = base->bulks; b != NULL; b = b->next)
        buf_clear(&b->data);
    err e = quiet_settle(conn, "ROLLBACK TO SAVEPOINT part");
    if (e == ERR_OK)
        e = quiet_settle(conn, "RELEASE SAVEPOINT part");
    conn->state = e == ERR_OK ? PG_OPEN : PG_FAILED;
    conn->timeout_ms = -1;
}

/* Locks of one database share one space of 64-bit numbers: ours are hashes of a name. */
static int64_t lock_number(struct str name)
{
    static const char head[] = "enigma-lock-v1\n";
    char text[256];
    struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
    buf_put(&b, head, sizeof(head) - 1);
    buf_str(&b, name);
    struct hash h = sha256(buf_view(&b));
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | h.b[i];
    return (int64_t)n;
}

/* Only queued: the statement that follows runs after the lock is held, and fails with it. */
err pg_lock(struct ctx *c, struct db_conn *base, struct str name, enum lock_mode mode)
{
    struct pg_conn *conn = pg_conn_of(base);
    char number[TIMEOUT_TEXT_MAX];
    const char *texts[] = { number };
    TRY(pg_begun(c, conn));
    TRY(bulk_flush_all(c, base));
    snprintf(number, sizeof(number), "%lld", (long long)lock_number(name));
    return queue_fixed(c, conn, mode == LOCK_SHARED ? PG_FIXED_LOCK_SHARED : PG_FIXED_LOCK, texts);
}

/* Every result of a script to its end; the first error counts. */
static err read_script(struct ctx *c, struct pg_conn *conn)
{
    err e = ERR_OK;
    for (;;) {
        PGresult *res;
        TRY(pg_next(c, conn, &res));
        if (res == NULL)
            return e != ERR_OK || PQstatus(conn->h) == CONNECTION_OK ? e : pg_lost(c, conn);
        if (e == ERR_OK && PQresultStatus(res) == PGRES_FATAL_ERROR) {
            if (conn->state == PG_OPEN)
                conn->state = PG_FAILED;
            e = pg_fail_script(c, conn, res);
        }
        PQclear(res);
    }
}

err pg_exec(struct ctx *c, struct db_conn *base, struct str script)
{
    struct pg_conn *conn = pg_conn_of(base);
    TRY(pg_begun(c, conn));
    TRY(pg_leave_pipeline(c, conn));
    char *text = strndup(script.p, script.n);
    err e = text != NULL ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
    if (e == ERR_OK && PQsendQuery(conn->h, text) == 0)
        e = pg_lost(c, conn);
    if (e == ERR_OK)
        e = read_script(c, conn);
    free(text);
    if (!base->dead)
        TRY(pg_enter_pipeline(c, conn));
    return e;
}

err pg_has_table(struct ctx *c, struct db_conn *base, struct str name, bool *ret)
{
    struct pg_conn *conn = pg_conn_of(base);
    char text[128];
    const char *texts[] = { text };
    PGresult *res = NULL;
    snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
    TRY(pg_begun(c, conn));
    TRY(queue_texts(c, conn, "SELECT count(to_regclass($1))", 1, texts));
    TRY(pg_settle(c, conn, &res));
    *ret = pg_result_i64(res, 0) > 0;
    PQclear(res);
    return ERR_OK;
}

/* What a server can be asked without its extensions: checksums that failed, and indexes and
 * constraints that were never finished. */
err pg_check(struct ctx *c, struct db_conn *base)
{
    static const char sql[] =
        "SELECT (SELECT coalesce(sum(checksum_failures), 0)::int8 FROM pg_stat_database WHERE "
        "datname = current_database()), (SELECT count(*) FROM pg_index i JOIN pg_class t ON t.oid "
        "= i.indrelid WHERE t.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid), "
        "(SELECT count(*) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace "
        "AND NOT convalidated)";
    struct pg_conn *conn = pg_conn_of(base);
    PGresult *res = NULL;
    TRY(pg_begun(c, conn));
    TRY(pg_queue(c, conn, sql));
    TRY(pg_settle(c, conn, &res));
    int64_t pages = pg_result_i64(res, 0);
    int64_t indexes = pg_result_i64(res, 1);
    int64_t constraints = pg_result_i64(res, 2);
    PQclear(res);
    if (pages > 0)
        return FAIL(c, INTERNAL, "the database has damaged pages: checksums failed");
    if (indexes > 0)
        return FAIL(c, INTERNAL, "the database has an index that is not valid");
    if (constraints > 0)
        return FAIL(c, INTERNAL, "the database has a constraint that is not valid");
    return ERR_OK;
}
