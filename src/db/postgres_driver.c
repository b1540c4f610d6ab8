/* The PostgreSQL row of the driver table. */
#include "db/postgres.h"

static size_t stmt_params(void *stmt)
{
    return ((const struct pg_stmt *)stmt)->n_params;
}

static const char *stmt_param_name(void *stmt, size_t i)
{
    return ((const struct pg_stmt *)stmt)->param[i];
}

static size_t stmt_columns(void *stmt)
{
    return ((const struct pg_stmt *)stmt)->n_columns;
}

static const char *stmt_column_name(void *stmt, size_t i)
{
    const char *name = PQfname(((const struct pg_stmt *)stmt)->shape, (int)i);
    return name != NULL ? name : "";
}

static bool stmt_changes(void *stmt)
{
    return ((const struct pg_stmt *)stmt)->changes;
}

/* The tag of a change ends with its number of rows. */
static int64_t stmt_changed(struct db_conn *conn, void *stmt)
{
    int64_t n = 0;
    PGresult *rows = ((const struct pg_stmt *)stmt)->rows;
    (void)conn;
    for (const char *p = rows != NULL ? PQcmdTuples(rows) : ""; *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (*p - '0');
    return n;
}

const struct db_driver db_driver_postgres = {
    .name = "postgres",
    .dialect = &dialect_postgres,
    .one_writer = false,
    .no_zero_byte = true,
    .open = pg_open,
    .close = pg_close,
    .connect = pg_connect,
    .disconnect = pg_disconnect,
    .alive = pg_alive,
    .check = pg_check,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .in_tx = pg_in_tx,
    .savepoint = pg_savepoint,
    .release = pg_release,
    .rollback_to = pg_rollback_to,
    .lock = pg_lock,
    .prepare = pg_prepare,
    .finalize = pg_finalize,
    .params = stmt_params,
    .param_name = stmt_param_name,
    .columns = stmt_columns,
    .column_name = stmt_column_name,
    .changes = stmt_changes,
    .bind_null = pg_bind_null,
    .bind_i64 = pg_bind_i64,
    .bind_f64 = pg_bind_f64,
    .bind_bool = pg_bind_bool,
    .bind_text = pg_bind_text,
    .bind_blob = pg_bind_blob,
    .bind_time = pg_bind_time,
    .bind_json = pg_bind_json,
    .stream = pg_stream,
    .step = pg_step,
    .changed = stmt_changed,
    .reset = pg_reset,
    .column_i64 = pg_column_i64,
    .column_f64 = pg_column_f64,
    .column_bool = pg_column_bool,
    .column_text = pg_column_text,
    .column_json = pg_column_json,
    .column_blob = pg_column_blob,
    .column_time = pg_column_time,
    .many = pg_many,
    .send = pg_send,
    .settle = pg_settle_sent,
    .exec = pg_exec,
    .has_table = pg_has_table,
    .bulk_begin = pg_bulk_begin,
    .bulk_row = pg_bulk_row,
    .bulk_flush = pg_bulk_flush,
};
