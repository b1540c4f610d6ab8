/* The SQLite row of the driver table: transactions, statements, values, scripts. */
#include "base/str.h"
#include "codec/time.h"
#include "db/sqlite.h"

static struct sqlite_conn *conn_of(struct db_conn *conn)
{
    return (struct sqlite_conn *)conn;
}

static void engine_close(struct db *db)
{
    sqlite_checkpoint_stop(db);
    free(db->engine);
    db->engine = NULL;
}

static int run_fixed(struct sqlite_conn *conn, enum sqlite_fixed which)
{
    int rc = sqlite3_step(conn->fixed[which]);
    (void)sqlite3_reset(conn->fixed[which]);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static err run_or_fail(struct ctx *c, struct db_conn *base, enum sqlite_fixed which)
{
    int rc = run_fixed(conn_of(base), which);
    return rc == SQLITE_OK ? ERR_OK : sqlite_fail(c, conn_of(base), rc);
}

static err tx_begin(struct ctx *c, struct db_conn *base, enum tx_mode mode)
{
    struct sqlite_conn *conn = conn_of(base);
    int64_t busy_us = (int64_t)base->db->o.busy_ms * 1000;
    int64_t left_us = ctx_left_us(c);
    conn->wait_us = busy_us < left_us ? busy_us : left_us;
    conn->waited = false;
    return run_or_fail(c, base, mode == TX_WRITE ? FIXED_BEGIN_WRITE : FIXED_BEGIN);
}

static err tx_commit(struct ctx *c, struct db_conn *conn)
{
    return run_or_fail(c, conn, FIXED_COMMIT);
}

static bool tx_open(struct db_conn *conn)
{
    return sqlite3_get_autocommit(conn_of(conn)->h) == 0;
}

static void tx_rollback(struct db_conn *conn)
{
    if (tx_open(conn))
        (void)run_fixed(conn_of(conn), FIXED_ROLLBACK);
}

static err tx_savepoint(struct ctx *c, struct db_conn *conn)
{
    return run_or_fail(c, conn, FIXED_SAVEPOINT);
}

static err tx_release(struct ctx *c, struct db_conn *conn)
{
    return run_or_fail(c, conn, FIXED_RELEASE);
}

/* When even this fails, the whole transaction is given up: nothing half done is ever committed. */
static void tx_rollback_to(struct db_conn *conn)
{
    int rc = run_fixed(conn_of(conn), FIXED_ROLLBACK_TO);
    if (rc == SQLITE_OK)
        rc = run_fixed(conn_of(conn), FIXED_RELEASE);
    if (rc != SQLITE_OK)
        tx_rollback(conn);
}

static int64_t changes_total(struct db_conn *base)
{
    return sqlite3_total_changes64(conn_of(base)->h) + conn_of(base)->schema_changes;
}

static err stmt_prepare(struct ctx *c, struct db_conn *base, const struct query *q, const char *sql,
                        void **ret_stmt)
{
    (void)q;
    struct sqlite_conn *conn = conn_of(base);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(conn->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc == SQLITE_ERROR)
        return FAIL(c, INTERNAL, "a query cannot be prepared: %s", sqlite3_errmsg(conn->h));
    if (rc != SQLITE_OK)
        return sqlite_fail(c, conn, rc);
    if (stmt == NULL)
        return FAIL(c, INTERNAL, "a query is empty");
    *ret_stmt = stmt;
    return ERR_OK;
}

static void stmt_finalize(void *stmt)
{
    (void)sqlite3_finalize(stmt);
}

static size_t stmt_params(void *stmt)
{
    return (size_t)sqlite3_bind_parameter_count(stmt);
}

static const char *stmt_param_name(void *stmt, size_t i)
{
    const char *name = sqlite3_bind_parameter_name(stmt, (int)i + 1);
    return name != NULL && name[0] == ':' ? name + 1 : NULL;
}

static size_t stmt_columns(void *stmt)
{
    return (size_t)sqlite3_column_count(stmt);
}

static const char *stmt_column_name(void *stmt, size_t i)
{
    const char *name = sqlite3_column_name(stmt, (int)i);
    return name != NULL ? name : "";
}

static bool stmt_changes(void *stmt)
{
    return sqlite3_stmt_readonly(stmt) == 0;
}

static bool bind_null(void *stmt, size_t i)
{
    return sqlite3_bind_null(stmt, (int)i + 1) == SQLITE_OK;
}

static bool bind_i64(void *stmt, size_t i, int64_t v)
{
    return sqlite3_bind_int64(stmt, (int)i + 1, v) == SQLITE_OK;
}

static bool bind_f64(void *stmt, size_t i, double v)
{
    return sqlite3_bind_double(stmt, (int)i + 1, v) == SQLITE_OK;
}

static bool bind_bool(void *stmt, size_t i, bool v)
{
    return sqlite3_bind_int(stmt, (int)i + 1, v) == SQLITE_OK;
}

static bool bind_text(void *stmt, size_t i, struct str v, bool copy)
{
    return sqlite3_bind_text64(stmt, (int)i + 1, v.p, v.n, copy ? SQLITE_TRANSIENT : SQLITE_STATIC,
                               SQLITE_UTF8) == SQLITE_OK;
}

static bool bind_blob(void *stmt, size_t i, struct str v)
{
    return sqlite3_bind_blob64(stmt, (int)i + 1, v.p, v.n, SQLITE_STATIC) == SQLITE_OK;
}

/* Always six digits, so that the order of texts is the order of times. */
static bool bind_time(void *stmt, size_t i, int64_t us)
{
    char text[TIME_TEXT_MAX];
    struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
    time_write_full(&b, us);
    return buf_ok(&b) && bind_text(stmt, i, buf_view(&b), true);
}

/* Changes rows, which SQLite counts; other writing statements change the schema. */
static bool counts_rows(sqlite3_stmt *stmt)
{
    static const char *const verbs[] = { "INSERT", "UPDATE", "DELETE", "WITH" };
    const char *sql = sqlite3_sql(stmt);
    for (size_t i = 0; sql != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strncmp(sql, verbs[i], strlen(verbs[i])) == 0)
            return true;
    return false;
}

static err stmt_step(struct ctx *c, struct db_conn *conn, void *stmt, bool *ret_row)
{
    if (sqlite3_stmt_readonly(stmt) == 0 && !counts_rows(stmt))
        conn_of(conn)->schema_changes++;
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return sqlite_fail(c, conn_of(conn), rc);
    *ret_row = rc == SQLITE_ROW;
    return ERR_OK;
}

static int64_t stmt_changed(struct db_conn *conn, void *stmt)
{
    (void)stmt;
    return sqlite3_changes64(conn_of(conn)->h);
}

static void stmt_reset(void *stmt)
{
    (void)sqlite3_reset(stmt);
}

static enum db_got other_than(int type)
{
    return type == SQLITE_NULL ? DB_GOT_NULL : DB_GOT_OTHER;
}

static enum db_got column_i64(void *stmt, size_t i, int64_t *ret)
{
    int type = sqlite3_column_type(stmt, (int)i);
    if (type != SQLITE_INTEGER)
        return other_than(type);
    *ret = sqlite3_column_int64(stmt, (int)i);
    return DB_GOT;
}

static enum db_got column_f64(void *stmt, size_t i, double *ret)
{
    int type = sqlite3_column_type(stmt, (int)i);
    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return other_than(type);
    *ret = sqlite3_column_double(stmt, (int)i);
    return DB_GOT;
}

static enum db_got column_bool(void *stmt, size_t i, bool *ret)
{
    int64_t v = 0;
    enum db_got got = column_i64(stmt, i, &v);
    if (got == DB_GOT && v != 0 && v != 1)
        return DB_GOT_OTHER;
    *ret = v == 1;
    return got;
}

/* Never absent: SQLite has no address for empty bytes. */
static struct str bytes(const void *p, int n)
{
    return (struct str){ p != NULL ? p : "", p != NULL ? (size_t)n : 0 };
}

static enum db_got column_text(void *stmt, size_t i, struct str *ret)
{
    int type = sqlite3_column_type(stmt, (int)i);
    if (type != SQLITE_TEXT)
        return other_than(type);
    const void *p = sqlite3_column_text(stmt, (int)i);
    *ret = bytes(p, sqlite3_column_bytes(stmt, (int)i));
    return DB_GOT;
}

/* A JSON number alone becomes a number in a column of that affinity. */
static enum db_got column_json(void *stmt, size_t i, struct str *ret)
{
    int type = sqlite3_column_type(stmt, (int)i);
    if (type == SQLITE_NULL || type == SQLITE_BLOB)
        return other_than(type);
    const void *p = sqlite3_column_text(stmt, (int)i);
    *ret = bytes(p, sqlite3_column_bytes(stmt, (int)i));
    return DB_GOT;
}

static enum db_got column_blob(void *stmt, size_t i, struct str *ret)
{
    int type = sqlite3_column_type(stmt, (int)i);
    if (type != SQLITE_BLOB)
        return other_than(type);
    const void *p = sqlite3_column_blob(stmt, (int)i);
    *ret = bytes(p, sqlite3_column_bytes(stmt, (int)i));
    return DB_GOT;
}

static enum db_got column_time(void *stmt, size_t i, int64_t *ret_us)
{
    struct str v;
    enum db_got got = column_text(stmt, i, &v);
    if (got == DB_GOT && !time_read(v, ret_us))
        return DB_GOT_OTHER;
    return got;
}

static err exec_step(struct ctx *c, struct sqlite_conn *conn, sqlite3_stmt *stmt)
{
    int rc;
    do
        rc = sqlite3_step(stmt);
    while (rc == SQLITE_ROW);
    if (rc == SQLITE_DONE)
        return ERR_OK;
    if ((rc & 0xff) == SQLITE_ERROR)
        return FAIL(c, INTERNAL, "a script failed: %s", sqlite3_errmsg(conn->h));
    return sqlite_fail(c, conn, rc);
}

/* SQLite itself knows where a statement ends, triggers and strings included. */
static err exec_script(struct ctx *c, struct db_conn *base, struct str script)
{
    struct sqlite_conn *conn = conn_of(base);
    const char *at = script.p;
    conn->schema_changes++;
    const char *end = script.p + script.n;
    while (at < end) {
        sqlite3_stmt *stmt = NULL;
        const char *tail = end;
        int rc = sqlite3_prepare_v2(conn->h, at, (int)(end - at), &stmt, &tail);
        if (rc == SQLITE_ERROR)
            return FAIL(c, INTERNAL, "a script failed: %s", sqlite3_errmsg(conn->h));
        if (rc != SQLITE_OK)
            return sqlite_fail(c, conn, rc);
        if (stmt == NULL && tail <= at) /* blanks and comments to the end */
            return ERR_OK;
        err e = stmt != NULL ? exec_step(c, conn, stmt) : ERR_OK;
        (void)sqlite3_finalize(stmt);
        TRY(e);
        at = tail;
    }
    return ERR_OK;
}

static err has_table(struct ctx *c, struct db_conn *base, struct str name, bool *ret)
{
    static const char sql[] = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :name";
    struct sqlite_conn *conn = conn_of(base);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(conn->h, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text64(stmt, 1, name.p, name.n, SQLITE_STATIC, SQLITE_UTF8);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return sqlite_fail(c, conn, rc);
    *ret = rc == SQLITE_ROW;
    return ERR_OK;
}

const struct db_driver db_driver_sqlite = {
    .name = "sqlite",
    .dialect = &dialect_sqlite,
    .one_writer = true,
    .open = sqlite_engine_open,
    .close = engine_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .check = sqlite_check,
    .forget = sqlite_forget,
    .begin = tx_begin,
    .commit = tx_commit,
    .rollback = tx_rollback,
    .in_tx = tx_open,
    .savepoint = tx_savepoint,
    .release = tx_release,
    .rollback_to = tx_rollback_to,
    .changes_total = changes_total,
    .prepare = stmt_prepare,
    .finalize = stmt_finalize,
    .params = stmt_params,
    .param_name = stmt_param_name,
    .columns = stmt_columns,
    .column_name = stmt_column_name,
    .changes = stmt_changes,
    .bind_null = bind_null,
    .bind_i64 = bind_i64,
    .bind_f64 = bind_f64,
    .bind_bool = bind_bool,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .bind_time = bind_time,
    .bind_json = bind_text,
    .step = stmt_step,
    .changed = stmt_changed,
    .reset = stmt_reset,
    .column_i64 = column_i64,
    .column_f64 = column_f64,
    .column_bool = column_bool,
    .column_text = column_text,
    .column_json = column_json,
    .column_blob = column_blob,
    .column_time = column_time,
    .exec = exec_script,
    .has_table = has_table,
};
