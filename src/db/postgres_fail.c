/* What the PostgreSQL server says as faults: plain sentences, names of columns at most, never
 * values. The SQLSTATE decides, so the server's language does not matter. */
#include "base/str.h"
#include "db/postgres.h"

static const char *field(const PGresult *res, int which)
{
    const char *text = PQresultErrorField(res, which);
    return text != NULL ? text : "";
}

static bool is(const char *state, const char *code)
{
    return strncmp(state, code, strlen(code)) == 0;
}

/* Another try on another connection may do; until COMMIT is sent nothing can have happened. */
static err unreachable(struct ctx *c, struct pg_conn *conn)
{
    conn->base.dead = true;
    conn->base.stale_others = true;
    if (conn->committing)
        return db_unavailable(c, "the outcome of the last change is not known");
    conn->base.again = true;
    return db_unavailable(c, "the database is not reachable");
}

err pg_lost(struct ctx *c, struct pg_conn *conn)
{
    return unreachable(c, conn);
}

err pg_late(struct ctx *c, struct pg_conn *conn)
{
    conn->base.dead = true;
    if (conn->committing)
        return db_unavailable(c, "the outcome of the last change is not known");
    return db_unavailable(c, "the database took too long");
}

/* DETAIL begins "Key (a, b)=(values)" in every language: a, b become table.a, table.b. */
static bool key_columns(const PGresult *res, struct buf *b)
{
    const char *detail = field(res, PG_DIAG_MESSAGE_DETAIL);
    const char *open = strchr(detail, '(');
    const char *close = open != NULL ? strstr(open, ")=(") : NULL;
    if (close == NULL)
        return false;
    struct str rest = { open + 1, (size_t)(close - open - 1) };
    for (bool first = true; rest.p != NULL && rest.n > 0; first = false) {
        struct str column;
        rest = str_cut(rest, ',', &column);
        column = str_trim(column);
        buf_fmt(b, "%s%s.%.*s", first ? "" : ", ", field(res, PG_DIAG_TABLE_NAME), STR_ARG(column));
    }
    return buf_ok(b);
}

static err fail_unique(struct ctx *c, const PGresult *res)
{
    char text[FAULT_TEXT_MAX];
    struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
    if (key_columns(res, &b))
        return FAIL(c, CONFLICT, "not unique: %.*s", (int)b.n, b.p);
    return FAIL(c, CONFLICT, "not unique: %s", field(res, PG_DIAG_CONSTRAINT_NAME));
}

static err fail_constraint(struct ctx *c, const PGresult *res, const char *state)
{
    if (is(state, "23505"))
        return fail_unique(c, res);
    if (is(state, "23502"))
        return FAIL(c, INTERNAL, "NOT NULL constraint failed: %s.%s",
                    field(res, PG_DIAG_TABLE_NAME), field(res, PG_DIAG_COLUMN_NAME));
    if (is(state, "23503"))
        return FAIL(c, INTERNAL, "a foreign key refused the change");
    if (is(state, "23514"))
        return FAIL(c, INTERNAL, "a check refused the change");
    return FAIL(c, INTERNAL, "a constraint refused the change");
}

/* Serialization, deadlock, lock timeout: all of it is rolled back, so it may be run again. */
static bool worth_again(const char *state)
{
    return is(state, "40001") || is(state, "40P01") || is(state, "55P03");
}

/* The server ends or refuses the connection, or is no longer the one that writes. */
static bool connection_ended(const struct pg_conn *conn, const char *state)
{
    return is(state, "57P") || is(state, "08") || (is(state, "25006") && conn->mode == TX_WRITE);
}

/* A statement that the session no longer knows, or whose columns have changed (0A000, as a standby
 * says when it is asked for a transaction that writes). */
static bool statement_stale(const char *state)
{
    return is(state, "26000") || is(state, "42P05") || is(state, "0A000");
}

static err fail_data(struct ctx *c, const char *state)
{
    if (is(state, "22021") || is(state, "22P05"))
        return FAIL(c, INVALID, "a text holds bytes that the database does not take");
    return FAIL(c, INTERNAL, "a value does not fit (SQLSTATE %s)", state);
}

static err fail_state(struct ctx *c, const PGresult *res, const char *state)
{
    if (is(state, "23"))
        return fail_constraint(c, res, state);
    if (is(state, "57014"))
        return db_unavailable(c, "the database took too long");
    if (is(state, "53100"))
        return db_unavailable(c, "disk is full");
    if (is(state, "53"))
        return db_unavailable(c, "the database is out of resources");
    if (is(state, "22"))
        return fail_data(c, state);
    if (is(state, "25006"))
        return FAIL(c, INTERNAL, "the database is open for reading only");
    if (is(state, "25P02"))
        return FAIL(c, INTERNAL, "the transaction has ended by an earlier error");
    if (is(state, "42501"))
        return FAIL(c, INTERNAL, "the database user may not do that");
    if (is(state, "42")) /* names and words of our own text */
        return FAIL(c, INTERNAL, "a query cannot be prepared: %s",
                    field(res, PG_DIAG_MESSAGE_PRIMARY));
    if (is(state, "P0001")) /* a trigger's own words */
        return FAIL(c, INTERNAL, "%s", field(res, PG_DIAG_MESSAGE_PRIMARY));
    if (is(state, "3D000"))
        return FAIL(c, NOT_FOUND, "the server has no database of that name");
    if (is(state, "28"))
        return FAIL(c, FORBIDDEN, "the database refuses this user name or password");
    if (is(state, "54"))
        return FAIL(c, TOO_LARGE, "a value is too large");
    return FAIL(c, INTERNAL, "database error: SQLSTATE %s", state);
}

err pg_fail(struct ctx *c, struct pg_conn *conn, const PGresult *res)
{
    const char *state = field(res, PG_DIAG_SQLSTATE);
    if (state[0] == '\0' || connection_ended(conn, state))
        return unreachable(c, conn);
    if (worth_again(state)) {
        conn->base.again = true;
        return db_busy(c);
    }
    if (statement_stale(state)) {
        conn->base.dead = conn->base.stale_others = conn->base.again = true;
        (void)FAIL(c, BUSY, "the database refused a statement (SQLSTATE %s)", state);
        c->fault.retry_after_s = DB_RETRY_AFTER_S;
        return ERR_BUSY;
    }
    return fail_state(c, res, state);
}

err pg_fail_script(struct ctx *c, struct pg_conn *conn, const PGresult *res)
{
    const char *state = field(res, PG_DIAG_SQLSTATE);
    if (is(state, "42") || is(state, "2BP01"))
        return FAIL(c, INTERNAL, "a script failed: %s", field(res, PG_DIAG_MESSAGE_PRIMARY));
    return pg_fail(c, conn, res);
}

/* libpq gives no SQLSTATE of a refused connection: the words of an English server are known, and
 * of another one the plain sentence says less. */
err pg_fail_connect(struct ctx *c, PGconn *h)
{
    static const char *const refused[] = { "password authentication failed",
                                           "no password supplied",
                                           "pg_hba.conf",
                                           "no such user",
                                           "auth failed",
                                           "SASL authentication failed" };
    const char *text = h != NULL ? PQerrorMessage(h) : "";
    const char *missing = strstr(text, "does not exist");
    bool no_role = missing != NULL && strstr(text, "role \"") != NULL;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        no_role = no_role || strstr(text, refused[i]) != NULL;
    if (no_role)
        return FAIL(c, FORBIDDEN, "the database refuses this user name or password");
    if ((missing != NULL && strstr(text, "database \"") != NULL) ||
        strstr(text, "no such database") != NULL)
        return FAIL(c, NOT_FOUND, "the server has no database of that name");
    if (strstr(text, "SSL") != NULL || strstr(text, "certificate") != NULL)
        return db_unavailable(c, "the database cannot be reached by TLS as the url asks");
    return db_unavailable(c, "the database is not reachable");
}
