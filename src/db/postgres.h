/* db/postgres.h: what the PostgreSQL driver's files share. Private to them.
 * Commands are queued in libpq's pipeline and answered together: pg_queue… adds one, pg_settle
 * sends all that is queued and reads to the last answer. BEGIN, SAVEPOINT and locks are only
 * queued, so they travel with the statement that follows; the COMMIT of a read is sent and not
 * waited for. Thread rule: as the connection. */
#ifndef ENIGMA_DB_POSTGRES_H
#define ENIGMA_DB_POSTGRES_H

#include <libpq-fe.h>

#include "db/driver.h"

enum {
    PG_CONNECT_S = 5,   /* to each host, when the url says nothing */
    PG_OPEN_MS = 10000, /* for the first answer, which a pooler may keep waiting */
    PG_ROLLBACK_MS = 5000,
    PG_GRACE_MS = 1000,      /* for a statement to be ended by the server, past its deadline */
    PG_COMMIT_MS = 30000,    /* for the answer to a COMMIT */
    PG_FETCH_ROWS = 256,     /* of a cursor at a time */
    PG_IN_FLIGHT = 256,      /* commands between two answers, … */
    PG_SENT_BYTES = 1 << 20, /* … and what the changes among them may hold, roughly */
    PG_DROPPED_MAX = DB_CACHE_MAX * 2,
    PG_LOST_TIMEOUT_MS = 30000, /* unanswered packets on the network */
    PG_OPTIONS_MAX = 64,        /* of a connection string */
};

/* Types that the program sends or reads (pg_type.dat). */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_NAME = 19,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_JSON = 114,
    PG_FLOAT4 = 700,
    PG_FLOAT8 = 701,
    PG_UNKNOWN = 705,
    PG_BPCHAR = 1042,
    PG_VARCHAR = 1043,
    PG_DATE = 1082,
    PG_TIMESTAMP = 1114,
    PG_TIMESTAMPTZ = 1184,
    PG_NUMERIC = 1700,
    PG_JSONB = 3802,
};

/* WANTED: begun in the program, not yet on the server. LONE: its one query has run by itself.
 * FAILED: the server takes only a rollback. */
enum pg_state { PG_IDLE, PG_WANTED, PG_LONE, PG_OPEN, PG_FAILED };
/* Statements that every transaction needs: named where names may stay. */
enum pg_fixed {
    PG_FIXED_READ,
    PG_FIXED_WRITE,
    PG_FIXED_COMMIT,
    PG_FIXED_LOCK,
    PG_FIXED_LOCK_SHARED,
    PG_FIXED_COUNT_,
};

struct pg_conn {
    struct db_conn base; /* first: the room knows the connection by it */
    PGconn *h;
    enum db_target target;
    bool pooled; /* nothing may outlive a transaction */
    enum pg_state state;
    enum tx_mode mode;
    size_t queued;     /* commands since the last sync */
    size_t syncs;      /* whose answers have not been read */
    size_t sent_bytes; /* of changes whose answers were not waited for; 0: there are none */
    bool opening, committing;
    bool cursors_whole; /* cursors are planned for all of their rows */
    int64_t timeout_ms; /* in force in the session; -1: not known */
    uint32_t last_name, last_cursor;
    uint32_t dropped[PG_DROPPED_MAX]; /* named statements that nobody uses */
    size_t n_dropped;
};

/* One value of a parameter. */
struct pg_value {
    const char *p; /* NULL: SQL NULL */
    int n;
    char fixed[8];
    char *own; /* a copy, kept for the next */
    size_t own_cap;
};

struct pg_stmt {
    struct pg_conn *conn;
    char *sql;     /* with $n */
    char *names;   /* of the parameters, each with its NUL */
    uint32_t name; /* of the named statement; 0: none */
    bool used;     /* once at least */
    bool changes, selects, numbered;
    size_t n_params, n_columns;
    const char *param[DB_PARAMS_MAX];
    Oid param_type[DB_PARAMS_MAX];
    struct pg_value value[DB_PARAMS_MAX];
    PGresult *shape; /* its columns */
    /* While it runs. */
    PGresult *rows;
    int row, n_rows;
    bool ran, streams;
    uint32_t cursor; /* 0: none */
};

struct pg_conn *pg_conn_of(struct db_conn *conn);

/* postgres_open.c */
err pg_open(struct ctx *c, struct db *db);
void pg_close(struct db *db);
err pg_connect(struct ctx *c, struct db *db, enum db_target target, struct db_conn **ret);
void pg_disconnect(struct db_conn *base);

/* postgres_wire.c */
/* One command without parameters, or with n texts. */
err pg_queue(struct ctx *c, struct pg_conn *conn, const char *sql);
/* One command that the caller has handed to libpq; sent: what libpq said. */
err pg_queued(struct ctx *c, struct pg_conn *conn, int sent);
/* Sends all that is queued, reads every answer. The last command's result, or the first error as
 * a fault. ret NULL: nobody wants it. */
err pg_settle(struct ctx *c, struct pg_conn *conn, PGresult **ret);
/* Sends all that is queued and lets the answers come. */
err pg_send_off(struct ctx *c, struct pg_conn *conn);
/* Outside the pipeline: the next result of a simple command, NULL at its end. */
err pg_next(struct ctx *c, struct pg_conn *conn, PGresult **ret);
/* Waits until the socket takes or has bytes. */
err pg_wait(struct ctx *c, struct pg_conn *conn, short events);
/* In and out of the pipeline, between commands. */
err pg_leave_pipeline(struct ctx *c, struct pg_conn *conn);
err pg_enter_pipeline(struct ctx *c, struct pg_conn *conn);
bool pg_alive(struct db_conn *base);

/* postgres_tx.c */
/* What a connection of our own is told once. */
err pg_prepare_fixed(struct ctx *c, struct pg_conn *conn);
/* Refuses a transaction that has failed. */
err pg_usable(struct ctx *c, const struct pg_conn *conn);
/* Before a command: queues BEGIN when the server has not heard of the transaction. */
err pg_begun(struct ctx *c, struct pg_conn *conn);
/* The same before a query: *ret_lone: it runs by itself. */
err pg_begun_query(struct ctx *c, struct pg_conn *conn, bool *ret_lone);
err pg_begin(struct ctx *c, struct db_conn *base, enum tx_mode mode);
err pg_commit(struct ctx *c, struct db_conn *base);
void pg_rollback(struct db_conn *base);
bool pg_in_tx(struct db_conn *base);
err pg_savepoint(struct ctx *c, struct db_conn *base);
err pg_release(struct ctx *c, struct db_conn *base);
void pg_rollback_to(struct db_conn *base);
err pg_lock(struct ctx *c, struct db_conn *base, struct str name, enum lock_mode mode);
err pg_exec(struct ctx *c, struct db_conn *base, struct str script);
err pg_has_table(struct ctx *c, struct db_conn *base, struct str name, bool *ret);
err pg_check(struct ctx *c, struct db_conn *base);

/* postgres_text.c: `:name` becomes $n, the same name the same number. s->sql, names, param and
 * n_params are set; what the text does is read from its words. */
err pg_rewrite(struct ctx *c, const char *sql, struct pg_stmt *s);

/* postgres_stmt.c */
extern const struct db_driver db_driver_postgres;
err pg_prepare(struct ctx *c, struct db_conn *base, const struct query *q, const char *sql,
               void **ret_stmt);
void pg_finalize(void *stmt);
err pg_step(struct ctx *c, struct db_conn *base, void *stmt, bool *ret_row);
void pg_reset(void *stmt);
void pg_stream(void *stmt);
/* The statement with its values, queued. */
err pg_queue_stmt(struct ctx *c, struct pg_stmt *s);
err pg_many(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n);
err pg_send(struct ctx *c, struct tx *tx, const struct db_stmt *s, const void *rows, size_t n);
err pg_settle_sent(struct ctx *c, struct db_conn *base);

/* postgres_types.c */
Oid pg_type_of(const struct field *f);
bool pg_bind_null(void *stmt, size_t i);
bool pg_bind_i64(void *stmt, size_t i, int64_t v);
bool pg_bind_f64(void *stmt, size_t i, double v);
bool pg_bind_bool(void *stmt, size_t i, bool v);
bool pg_bind_text(void *stmt, size_t i, struct str v, bool copy);
bool pg_bind_blob(void *stmt, size_t i, struct str v);
bool pg_bind_time(void *stmt, size_t i, int64_t us);
bool pg_bind_json(void *stmt, size_t i, struct str v, bool copy);
enum db_got pg_column_i64(void *stmt, size_t i, int64_t *ret);
enum db_got pg_column_f64(void *stmt, size_t i, double *ret);
enum db_got pg_column_bool(void *stmt, size_t i, bool *ret);
enum db_got pg_column_text(void *stmt, size_t i, struct str *ret);
enum db_got pg_column_json(void *stmt, size_t i, struct str *ret);
enum db_got pg_column_blob(void *stmt, size_t i, struct str *ret);
enum db_got pg_column_time(void *stmt, size_t i, int64_t *ret_us);
/* The integer in a binary result of the driver's own; 0 when there is none. */
int64_t pg_result_i64(const PGresult *res, int column);

/* postgres_bulk.c */
err pg_bulk_begin(struct ctx *c, struct bulk *b);
err pg_bulk_row(struct ctx *c, struct bulk *b);
err pg_bulk_flush(struct ctx *c, struct bulk *b);

/* postgres_fail.c: what the server said as a fault; marks the connection. */
err pg_fail(struct ctx *c, struct pg_conn *conn, const PGresult *res);
/* The same for our own scripts, whose words may be shown. */
err pg_fail_script(struct ctx *c, struct pg_conn *conn, const PGresult *res);
/* The connection is gone. */
err pg_lost(struct ctx *c, struct pg_conn *conn);
/* Not answered in time: what it does is no longer known, so it is given up. */
err pg_late(struct ctx *c, struct pg_conn *conn);
/* Could not be made; h may be NULL. */
err pg_fail_connect(struct ctx *c, PGconn *h);

#endif
