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
};

struct db_conn;
struct bulk;

/* What a column held when it was asked for as a certain type. */
enum db_got { DB_GOT, DB_GOT_NULL, DB_GOT_OTHER };

/* One row per engine. `stmt` is the engine's own statement; parameters and columns count from 0.
 * Every function that fails has recorded the fault. */
struct db_driver {
    const char *name;
    const struct dialect *dialect;
    /* One connection writes and commits for many; false: each writer leases its own. */
    bool one_writer;

    /* Checks the url, makes or checks the database, sets db->engine. */
    err (*open)(struct ctx *c, struct db *db);
    void (*close)(struct db *db); /* after all connections are gone */
    err (*connect)(struct ctx *c, struct db *db, enum tx_mode mode, struct db_conn **ret);
    void (*disconnect)(struct db_conn *conn);
    /* Reads the whole file (doctor). */
    err (*check)(struct ctx *c, struct db_conn *conn);

    err (*begin)(struct ctx *c, struct db_conn *conn, enum tx_mode mode);
    err (*commit)(struct ctx *c, struct db_conn *conn);
    void (*rollback)(struct db_conn *conn);
    bool (*in_tx)(struct db_conn *conn);
    err (*savepoint)(struct ctx *c, struct db_conn *conn);
    err (*release)(struct ctx *c, struct db_conn *conn);
    void (*rollback_to)(struct db_conn *conn); /* and forgets the savepoint */

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

    /* Every statement of a script, in order. */
    err (*exec)(struct ctx *c, struct db_conn *conn, struct str script);
    err (*has_table)(struct ctx *c, struct db_conn *conn, struct str name, bool *ret);
    err (*bulk_open)(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
                     struct bulk **ret);
    err (*bulk_row)(struct ctx *c, struct bulk *b, const void *row);
    err (*bulk_close)(struct ctx *c, struct bulk *b);
};
extern const struct db_driver db_driver_sqlite;

struct db_conn {
    struct db *db;
    struct stmt_cache cache;
    struct buf scratch; /* JSON of a parameter, on the heap, reused */
    struct bulk *bulks; /* open in this transaction */
    bool again;         /* the engine said: try the transaction again */
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct db_conn **idle; /* `max` places, last in first out */
    size_t n_idle, n_open, max;
};

struct group_member;
/* The writers' queue. Whoever leads holds the writer connection. */
struct group {
    pthread_mutex_t lock;
    struct group_member *head, *tail;
    size_t n;
    bool led;
    size_t last_n;          /* of the leader: how many the last commit served, … */
    int64_t last_commit_us; /* … and how long it took */
};

struct db {
    const struct db_driver *drv;
    struct db_options o; /* url points to our copy */
    char *url;
    void *engine;
    struct pool readers;
    struct group group;
    struct db_conn *writer; /* with one_writer; NULL when read_only */
    atomic_bool stopped;    /* an fsync failed: nothing is written until a restart */
    struct {
        atomic_int_least64_t reads, writes, commits, group_rows, busy_retries;
    } stats;
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
err pool_init(struct ctx *c, struct db *db);
void pool_done(struct db *db);
/* Waits for a connection until the context's deadline. */
err pool_lease(struct ctx *c, struct db *db, struct db_conn **ret);
void pool_give(struct db *db, struct db_conn *conn);

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

/* bulk.c: bulk rows as a prepared insert. */
err bulk_insert_open(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
                     struct bulk **ret);
err bulk_insert_row(struct ctx *c, struct bulk *b, const void *row);
err bulk_insert_close(struct ctx *c, struct bulk *b);
/* Gives up what a failed unit of work left open. */
void bulk_abandon(struct db_conn *conn);

#endif
