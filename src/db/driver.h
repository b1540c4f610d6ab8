/* db/driver.h: what an engine must be able to do, and what the room keeps per database and per
 * connection. Private to the room. Thread rule: struct db is shared; a connection and its
 * statements belong to the thread that holds the lease. */
#ifndef ENIGMA_DB_DRIVER_H
#define ENIGMA_DB_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"
#include "db/dialect.h"
#include "db/stmt.h"

enum {
    DB_READERS_DEFAULT = 8,
    DB_READERS_HARD_MAX = 256,
    DB_GROUP_DEFAULT = 64,
    DB_GROUP_HARD_MAX = 4096,
    DB_BUSY_MS_DEFAULT = 5000,
    DB_PATH_MAX = 1024,
    DB_RETRY_AFTER_S = 1,
    DB_POOL_DEFAULT = 20,
    DB_POOL_HARD_MAX = 500,
    DB_POOL_WAIT_MS_DEFAULT = 10000,
    DB_STATEMENT_MS_DEFAULT = 60000,
};

struct db_conn;
struct bulk;
struct later;

/* What a connection is for. */
enum db_target { TARGET_READ, TARGET_WRITE, TARGET_REPLICA, TARGET_DIRECT };

/* What a column held when it was asked for as a certain type. */
enum db_got { DB_GOT, DB_GOT_NULL, DB_GOT_OTHER };

/* One row per engine. `stmt` is the engine's own statement; parameters and columns count from 0.
 * Every function that fails has recorded the fault. */
struct db_driver {
    const char *name;
    const struct dialect *dialect;
    /* One connection writes and commits for many; false: each writer leases its own. */
    bool one_writer;
    bool no_zero_byte; /* in texts */

    /* Checks the url, makes or checks the database, sets db->engine. */
    err (*open)(struct ctx *c, struct db *db);
    void (*close)(struct db *db); /* after all connections are gone */
    err (*connect)(struct ctx *c, struct db *db, enum db_target target, struct db_conn **ret);
    void (*disconnect)(struct db_conn *conn);
    /* NULL: always. false: an idle connection has died; never waits. */
    bool (*alive)(struct db_conn *conn);
    /* Reads the whole file (doctor). */
    err (*check)(struct ctx *c, struct db_conn *conn);
    /* NULL: the engine's own tools do it. Takes deleted content out of the files. */
    err (*forget)(struct ctx *c, struct db *db, bool rebuild);

    err (*begin)(struct ctx *c, struct db_conn *conn, enum tx_mode mode);
    err (*commit)(struct ctx *c, struct db_conn *conn);
    void (*rollback)(struct db_conn *conn);
    bool (*in_tx)(struct db_conn *conn);
    err (*savepoint)(struct ctx *c, struct db_conn *conn);
    err (*release)(struct ctx *c, struct db_conn *conn);
    void (*rollback_to)(struct db_conn *conn); /* and forgets the savepoint */
    /* With one_writer: a number that is another one after anything was changed. */
    int64_t (*changes_total)(struct db_conn *conn);

    /* NULL: writers are alone anyway. */
    err (*lock)(struct ctx *c, struct db_conn *conn, struct str name, enum lock_mode mode);

    /* sql: q's text with its tokens replaced. */
    err (*prepare)(struct ctx *c, struct db_conn *conn, const struct query *q, const char *sql,
                   void **ret_stmt);
    void (*finalize)(void *stmt);
    size_t (*params)(void *stmt);
    const char *(*param_name)(void *stmt, size_t i); /* without the colon */
    size_t (*columns)(void *stmt);
    const char *(*column_name)(void *stmt, size_t i);
    bool (*changes)(void *stmt); /* it writes */

    /* false: out of memory. copy: the bytes do not live until the reset. */
    bool (*bind_null)(void *stmt, size_t i);
    bool (*bind_i64)(void *stmt, size_t i, int64_t v);
    bool (*bind_f64)(void *stmt, size_t i, double v);
    bool (*bind_bool)(void *stmt, size_t i, bool v);
    bool (*bind_text)(void *stmt, size_t i, struct str v, bool copy);
    bool (*bind_blob)(void *stmt, size_t i, struct str v);
    bool (*bind_time)(void *stmt, size_t i, int64_t us);
    bool (*bind_json)(void *stmt, size_t i, struct str v, bool copy);

    /* NULL: nothing to prepare. Many rows may come: they are not to be gathered in memory. */
    void (*stream)(void *stmt);
    /* Runs to the next row or to the end. */
    err (*step)(struct ctx *c, struct db_conn *conn, void *stmt, bool *ret_row);
    int64_t (*changed)(struct db_conn *conn, void *stmt); /* rows of the finished change */
    void (*reset)(void *stmt);

    /* Text and bytes live until the next step or reset. */
    enum db_got (*column_i64)(void *stmt, size_t i, int64_t *ret);
    enum db_got (*column_f64)(void *stmt, size_t i, double *ret); /* integers too */
    enum db_got (*column_bool)(void *stmt, size_t i, bool *ret);
    enum db_got (*column_text)(void *stmt, size_t i, struct str *ret);
    enum db_got (*column_json)(void *stmt, size_t i, struct str *ret); /* text or a number */
    enum db_got (*column_blob)(void *stmt, size_t i, struct str *ret);
    enum db_got (*column_time)(void *stmt, size_t i, int64_t *ret_us);

    /* NULL: one by one. The change for n rows of s->in at once. */
    err (*many)(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n);
    /* NULL: there is nothing to wait for. The same without its answer; settle: the answers of all
     * that was sent so. */
    err (*send)(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n);
    err (*settle)(struct ctx *c, struct db_conn *conn);
    /* Every statement of a script, in order. */
    err (*exec)(struct ctx *c, struct db_conn *conn, struct str script);
    err (*has_table)(struct ctx *c, struct db_conn *conn, struct str name, bool *ret);
    /* NULL: a row is inserted as it comes. b->stmt is the insert, planned; row: its values are
     * bound; flush: sends what is gathered. */
    err (*bulk_begin)(struct ctx *c, struct bulk *b);
    err (*bulk_row)(struct ctx *c, struct bulk *b);
    err (*bulk_flush)(struct ctx *c, struct bulk *b);
};
extern const struct db_driver db_driver_sqlite, db_driver_postgres;

struct db_conn {
    struct db *db;
    struct stmt_cache cache;
    struct buf scratch;  /* JSON of a parameter, on the heap, reused */
    struct bulk *bulks;  /* open in this transaction, the oldest first */
    struct later *later; /* changes of this transaction that wait */
    bool again;          /* the engine said: try the transaction again */
    uint32_t lane;       /* tx_lane */
    /* Set before begin: the unit of work is thought to be one query, which needs no transaction
     * of its own. Said after it: it was one (alone), it was more after all (not_lone). */
    bool lone, alone, not_lone;
    bool dead;         /* lost, or not to be trusted: closed when it is given back */
    bool stale_others; /* dead by the server's fall: the idle ones are of the same server */
    struct pool *pool;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct db_conn **idle; /* `max` places, last in first out */
    size_t n_idle, n_open, max;
    enum db_target target;
    atomic_int_least64_t down_until_us; /* monotonic; the server was not there: not asked before */
};

struct group_member;
/* The writers' queue. Whoever leads holds the writer connection. */
struct group {
    pthread_mutex_t lock;
    struct group_member *head, *tail;
    size_t n;
    bool led;
    uint32_t careful;       /* of the leader: so many groups more have savepoints; … */
    size_t last_n;          /* … how many the last commit served, … */
    int64_t last_commit_us; /* … and how long it took */
};

/* What is known of units of work that read, by their function: one query only, or more. Told from
 * how they went before; whoever was once more than one query stays so. */
enum { DB_HABITS = 256 };
struct db_habit {
    _Atomic(tx_fn *) fn;
    atomic_int habit;
};

struct db {
    const struct db_driver *drv;
    struct db_options o; /* the urls are our copies */
    void *engine;
    struct pool readers; /* PostgreSQL: all connections to the one that writes */
    struct pool replica; /* max 0: none */
    struct group group;
    struct db_conn *writer; /* with one_writer; NULL when read_only */
    atomic_bool stopped;    /* an fsync failed: nothing is written until a restart */
    struct {
        atomic_int_least64_t reads, writes, commits, group_rows, busy_retries;
    } stats;
    struct db_habit habits[DB_HABITS];
    atomic_uint lanes; /* the next connection's */
};

struct tx {
    struct db *db;
    struct db_conn *conn;
    enum tx_mode mode;
};

/* ERR_BUSY, "the database is busy", with a Retry-After. */
err db_busy(struct ctx *c);
/* ERR_BUSY with another text, with a Retry-After. */
err db_unavailable(struct ctx *c, const char *text);

/* pool.c */
err pool_init(struct ctx *c, struct db *db, struct pool *p, enum db_target target, size_t max);
void pool_done(struct db *db, struct pool *p);
/* Waits for a connection until the context's deadline, at most pool_wait_ms. */
err pool_lease(struct ctx *c, struct db *db, struct db_conn **ret);
/* The same for reads that a replica may serve; falls back to the one that writes. */
err pool_lease_replica(struct ctx *c, struct db *db, struct db_conn **ret);
/* A connection of it was lost: a replica's pool is not asked for a while. */
void pool_rest(struct ctx *c, struct pool *p);
void pool_give(struct db *db, struct db_conn *conn);

/* tx.c: a write past the pooler, for what changes the schema. */
err tx_run_direct(struct ctx *c, tx_fn *fn, void *arg);

/* group.c */
void group_init(struct group *g);
void group_done(struct group *g);
/* One unit of work on the one writer, committed with others. *ret_again: worth a rerun. */
err group_run(struct ctx *c, struct db *db, tx_fn *fn, void *arg, bool *ret_again);
/* Takes the writer out of use, in turn, and gives it back; for checkpoints. */
void group_hold(struct db *db);
void group_release(struct db *db);

/* query.c: asks the fault port, in a writer. */
err tx_before_statement(struct ctx *c, struct tx *tx);

/* bulk.c */
struct bulk {
    struct tx tx;
    struct db_stmt *stmt; /* INSERT INTO table (…) VALUES (…) */
    struct bulk *next;
    char *sql;
    const char *columns; /* in sql: (…) */
    size_t columns_n;
    char table[64];
    struct buf data; /* rows that are gathered */
    bool begun;
};
/* Sends what open bulks have gathered, before a statement that may look for it. */
err bulk_flush_all(struct ctx *c, struct db_conn *conn);
/* Gives up what a failed unit of work left open. */
void bulk_abandon(struct db_conn *conn);

/* later.c: forgets the changes that wait; also at the end, when none do. */
void later_drop(struct db_conn *conn);

#endif
