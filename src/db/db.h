/* db/db.h: one face for SQLite and PostgreSQL.
 * Thread rule: struct db is shared by all threads; a struct tx belongs to the thread in tx_run.
 * SQL is written in the portable subset; parameters are :name, bound from the `in` schema's field
 * of that name; columns fill `out` by name (every out field must be among the columns). */
#ifndef ENIGMA_DB_DB_H
#define ENIGMA_DB_DB_H

#include "base/ctx.h"
#include "schema/schema.h"

struct db;
struct tx;
struct query;
enum tx_mode { TX_READ, TX_WRITE };

/* A fault port for simulations and tests: called before each statement and each commit of a
 * writer. Return ERR_OK, or ERR_BUSY / ERR_INTERNAL as if the engine had said so. */
struct db_fault_port {
    void *self;
    err (*before)(void *self, const char *what /* "statement", "commit" */);
};
/* What stands between this program and the PostgreSQL server. Through a pooler in transaction mode
 * nothing may outlive a transaction: no named statements, no settings of the session. */
enum db_pooler { DB_POOLER_AUTO, DB_POOLER_NONE, DB_POOLER_TRANSACTION };
struct db_options {
    struct str url;       /* sqlite:///abs/path, sqlite:path, postgresql://… */
    uint32_t readers_max; /* SQLite: read connections, opened when first needed */
    uint32_t cache_kib;   /* SQLite: page cache of one connection */
    uint32_t mmap_mib;    /* SQLite */
    uint32_t busy_ms;     /* wait for a foreign lock */
    uint32_t group_max;   /* SQLite: transactions in one commit */
    bool read_only;       /* never writes, never creates: verify, doctor */
    /* PostgreSQL only. */
    struct str direct_url;  /* past the pooler, for migrations; absent: url */
    struct str replica_url; /* for reads with ctx.replica_ok; absent: none */
    enum db_pooler pooler;
    uint32_t pool_max;     /* connections, opened when first needed */
    uint32_t pool_wait_ms; /* for a free connection */
    uint32_t statement_ms; /* a statement's time; the context's deadline can only shorten it */
    const struct db_fault_port *faults;
};
/* Opens and checks the file, or reaches the server. One plain sentence in the fault, never a
 * password. ERR_INVALID: the url; ERR_NOT_FOUND: read_only and no file, no such database;
 * ERR_FORBIDDEN: not readable, not writable, no such directory, password refused; ERR_INTERNAL: not
 * an ENIGMA database, damaged; ERR_BUSY: locked by another program, server not reachable.
 * Zeros in the options take defaults. Give up with db_close (NULL is fine). */
err db_open(struct ctx *c, const struct db_options *o, struct db **ret);
void db_close(struct db *db);
/* SELECT 1 on a read connection. */
err db_probe(struct ctx *c, struct db *db);
/* Reads the whole file and its indexes (PostgreSQL: looks for invalid indexes and constraints);
 * ERR_INTERNAL with a plain sentence when it is damaged. */
err db_check_file(struct ctx *c, struct db *db);
/* Takes what was deleted out of the files: SQLite moves its log into the database and empties it,
 * and with `rebuild` writes the whole file anew first. PostgreSQL: nothing, docs/SECURITY.md says
 * what its operator does. ERR_BUSY: a reader holds on to the old state; try again later. */
err db_forget(struct ctx *c, struct db *db, bool rebuild);
/* Prepares and plans without running: every parameter has a field, every out field a column. */
err db_check_query(struct ctx *c, struct db *db, const struct query *q);

/* The unit of work. Must touch nothing outside the transaction, `arg` and c->mem: it is run
 * again on SQLITE_BUSY, 40001, 40P01 and a connection lost before COMMIT. c->mem is not reset
 * between tries; what a try left there is waste until the request ends. A write may run on the
 * thread of another caller while its own sleeps in tx_run, so it holds no lock and uses no
 * thread-local state of its caller. No TX_WRITE inside it (ERR_INTERNAL). */
typedef err tx_fn(struct ctx *c, struct tx *tx, void *arg);
/* Begins, calls fn, commits when fn returns ERR_OK, rolls back otherwise and returns fn's error.
 * TX_WRITE: durable when it returns (SQLite: writers queue, one COMMIT for all that queued; who
 * fails after a change makes the others run again). Past c->deadline_us: ERR_BUSY. */
err tx_run(struct ctx *c, enum tx_mode mode, tx_fn *fn, void *arg);
/* fn in a savepoint of its own inside tx: its error takes back its changes alone. Whoever goes on
 * after the error calls fault_clear. After a refused statement only this lets a transaction go
 * on: PostgreSQL ends it otherwise. */
err tx_try(struct ctx *c, struct tx *tx, tx_fn *fn, void *arg);

/* A lock with a name, held to the end of the write transaction: who holds it exclusively is alone,
 * sharers keep an exclusive one waiting. Where one writer serves all (SQLite) there is nothing to
 * wait for. Take it before the first look at what it guards, the cycle's before the log's. */
enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };
err tx_lock(struct ctx *c, struct tx *tx, struct str name, enum lock_mode mode);

struct query {
    /* Constant; its address is the key of the statement cache. Tokens of db/dialect.c may stand in
     * it: @SKIP_LOCKED@ after a SELECT takes its rows and passes by those that others hold; @NOW@
     * is the time by the clock that all processes share: the server's, which has the transaction
     * begin at it, or on SQLite, where they share the machine, the field `now` of `in`. @IDS@ is a
     * select of the numbers in the text `ids` of `in`, a JSON array: any number of them, one text.
     */
    const char *sql;
    const struct schema *in;  /* NULL: no parameters */
    const struct schema *out; /* NULL: no columns */
};
/* First row into *ret_row (out schema's size); no row: ERR_NOT_FOUND with the text "no row". */
err query_one(struct ctx *c, struct tx *tx, const struct query *q, const void *in, void *ret_row);
/* Like query_one, but *ret_found says whether there was a row, and no row is ERR_OK. */
err query_find(struct ctx *c, struct tx *tx, const struct query *q, const void *in, void *ret_row,
               bool *ret_found);
/* At most `limit` rows in c->mem. */
err query_list(struct ctx *c, struct tx *tx, const struct query *q, const void *in, size_t limit,
               struct list *ret_rows);
/* Runs a change; *ret_changed (may be NULL) is the number of rows. A unique constraint that
 * refuses is ERR_CONFLICT, any other constraint ERR_INTERNAL. */
err query_run(struct ctx *c, struct tx *tx, const struct query *q, const void *in,
              int64_t *ret_changed);
/* The same change for each of n rows, an array of q->in: a pipeline on PostgreSQL, a loop on
 * SQLite. The errors of query_run; after one nothing more may be done in the transaction. */
err query_many(struct ctx *c, struct tx *tx, const struct query *q, const void *rows, size_t n);
/* The same without waiting for the answer, where there is one to wait for (PostgreSQL): what
 * follows sees the change, its error comes out of what follows, at the latest of tx_run or tx_try,
 * and nobody learns how many rows it changed. Changes that end a unit of work so travel with its
 * COMMIT. On SQLite it is query_many. */
err query_send(struct ctx *c, struct tx *tx, const struct query *q, const void *rows, size_t n);
/* The same, but the row is copied and waits: rows of one statement go to the engine together, at
 * the latest before COMMIT and at the ends of tx_try; an error comes out there. No field of the
 * row is a list or an object. */
err query_later(struct ctx *c, struct tx *tx, const struct query *q, const void *row);
/* Writes what waits, for whoever reads it in the same transaction. */
err query_later_flush(struct ctx *c, struct tx *tx);
/* Hands rows one at a time; the row and its strings live only during fn. fn's error ends it. */
typedef err row_fn(struct ctx *c, const void *row, void *arg);
err query_each(struct ctx *c, struct tx *tx, const struct query *q, const void *in, row_fn *fn,
               void *arg);

/* Bulk rows into one table: COPY on PostgreSQL, a prepared insert on SQLite. Columns are the
 * fields of `row`. Rows are inside tx. */
struct bulk;
err bulk_open(struct ctx *c, struct tx *tx, const char *table, const struct schema *row,
              struct bulk **ret);
err bulk_row(struct ctx *c, struct bulk *b, const void *row);
err bulk_close(struct ctx *c, struct bulk **b);

/* A number that no other unit of work of this process has while this one runs, and that others
 * rarely have: for counters that would be waited for otherwise. 0 where there is one writer. */
uint32_t tx_lane(const struct tx *tx);

/* "sqlite" or "postgres": for what only one engine can be asked. */
const char *db_engine(const struct db *db);
/* Writers of this engine work at the same time; otherwise one waits for the other. */
bool db_many_writers(const struct db *db);
bool db_read_only(const struct db *db);

/* Numbers for /metrics. */
struct db_stats {
    int64_t reads, writes, commits, group_rows, busy_retries;
    int64_t readers_open; /* SQLite's read connections, PostgreSQL's connections */
};
void db_stats(struct db *db, struct db_stats *ret);

#endif
