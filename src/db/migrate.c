/* The schema's history: what this binary knows against what the database has had applied. */
#include "db/migrate.h"

#include "base/str.h"
#include "crypto/hash.h"
#include "db/driver.h"

enum { HISTORY_MAX = 10000, SCRIPT_MAX = 4 << 20 };

static const struct field state_fields[] = {
    FIELD_I64(struct migration_state, version, .doc = "Number of the migration."),
    FIELD_STR(struct migration_state, name, .doc = "Its name."),
    FIELD_STR(struct migration_state, sha256, .doc = "SHA-256 of its text."),
    FIELD_TIME(struct migration_state, applied_at, .flags = FIELD_NULL,
               .doc = "When it was applied; null while pending."),
    FIELD_I64(struct migration_state, took_us, .doc = "How long that took, in microseconds."),
    FIELD_STR(struct migration_state, state, .doc = "applied, pending, changed or unknown."),
};
SCHEMA(migration_state_schema, "MigrationState", struct migration_state, state_fields);

/* A row of schema_migrations: all but the state. */
static const struct field row_fields[] = {
    FIELD_I64(struct migration_state, version), FIELD_STR(struct migration_state, name),
    FIELD_STR(struct migration_state, sha256),  FIELD_TIME(struct migration_state, applied_at),
    FIELD_I64(struct migration_state, took_us),
};
static SCHEMA(row_schema, "MigrationRow", struct migration_state, row_fields);

static const char create_text[] = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                  "version BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL, "
                                  "sha256 VARCHAR(64) NOT NULL, applied_at TIMESTAMPTZ NOT NULL, "
                                  "took_us BIGINT NOT NULL)";
static const struct query list_query = {
    .sql = "SELECT version, name, sha256, applied_at, took_us FROM schema_migrations "
           "ORDER BY version",
    .out = &row_schema,
};
static const struct query insert_query = {
    .sql = "INSERT INTO schema_migrations (version, name, sha256, applied_at, took_us) "
           "VALUES (:version, :name, :sha256, :applied_at, :took_us)",
    .in = &row_schema,
};
static const struct query delete_query = {
    .sql = "DELETE FROM schema_migrations WHERE version = :version",
    .in = &row_schema,
};

/* What is known; the embedded table, or a test's. */
struct known {
    const struct migration *v;
    size_t n;
};

static struct known known_embedded(void)
{
    return (struct known){ .v = migrations_embedded(), .n = migration_count };
}

static const struct migration *known_find(struct known k, int64_t version)
{
    for (size_t i = 0; i < k.n; i++)
        if (k.v[i].version == version)
            return &k.v[i];
    return NULL;
}

static struct str digest(struct arena *a, const struct migration *m)
{
    struct hash h = sha256(m->up);
    return hash_hex(a, &h);
}

static err load_applied(struct ctx *c, struct tx *tx, struct list *ret)
{
    bool there = false;
    TRY(tx->db->drv->has_table(c, tx->conn, S("schema_migrations"), &there));
    *ret = (struct list){ 0 };
    if (!there)
        return ERR_OK;
    return query_list(c, tx, &list_query, NULL, HISTORY_MAX, ret);
}

static struct str state_of(struct arena *a, struct known k, const struct migration_state *row)
{
    const struct migration *m = known_find(k, row->version);
    if (m == NULL)
        return S("unknown");
    if (!str_eq(row->sha256, digest(a, m)) || !str_eq(row->name, str_of(m->name)))
        return S("changed");
    return S("applied");
}

static struct migration_state pending(struct arena *a, const struct migration *m)
{
    return (struct migration_state){ .version = m->version,
                                     .name = str_of(m->name),
                                     .sha256 = digest(a, m),
                                     .state = S("pending") };
}

/* Both lists into one, by version. */
static err load_states(struct ctx *c, struct tx *tx, struct known k, struct list *ret)
{
    struct list applied;
    TRY(load_applied(c, tx, &applied));
    const struct migration_state *row = applied.v;
    const struct migration_state *end = row + applied.n;
    struct migration_state *all = arena_array(c->mem, struct migration_state, applied.n + k.n);
    size_t n = 0, i = 0;
    while (row < end || i < k.n) {
        if (row < end && (i == k.n || row->version <= k.v[i].version)) {
            i += i < k.n && row->version == k.v[i].version;
            all[n] = *row++;
            all[n].state = state_of(c->mem, k, &all[n]);
            n++;
        } else {
            all[n++] = pending(c->mem, &k.v[i++]);
        }
    }
    *ret = (struct list){ .v = all, .n = n };
    return ERR_OK;
}

/* Refuses, by name, every history that this binary cannot continue. */
static err refuse_strange(struct ctx *c, struct known k, const struct list *states)
{
    const struct migration_state *v = states->v;
    int64_t newest = k.n > 0 ? k.v[k.n - 1].version : 0;
    for (size_t i = 0; i < states->n; i++) {
        int version = (int)v[i].version;
        if (str_eq(v[i].state, S("changed")))
            return FAIL(c, PRECONDITION, "migration %04d_%.*s was changed after it was applied",
                        version, STR_ARG(v[i].name));
        if (str_eq(v[i].state, S("unknown")) && v[i].version > newest)
            return FAIL(c, PRECONDITION,
                        "the database is newer than this program: it has migration %04d_%.*s",
                        version, STR_ARG(v[i].name));
        if (str_eq(v[i].state, S("unknown")))
            return FAIL(c, PRECONDITION, "the database has migration %04d_%.*s, unknown here",
                        version, STR_ARG(v[i].name));
        bool gap =
            i > 0 && str_eq(v[i - 1].state, S("pending")) && !str_eq(v[i].state, S("pending"));
        if (gap)
            return FAIL(c, PRECONDITION, "migration %04d_%.*s is missing below applied ones",
                        (int)v[i - 1].version, STR_ARG(v[i - 1].name));
    }
    return ERR_OK;
}

static int64_t mono_us(const struct ctx *c)
{
    const struct clock_port *clock = c->deps->clock;
    return clock->mono_us(clock->self);
}

static err run_script(struct ctx *c, struct tx *tx, struct str script)
{
    struct buf text;
    buf_init(&text, NULL, SCRIPT_MAX);
    err e = dialect_text(c, tx->db->drv->dialect, script, &text);
    if (e == ERR_OK)
        e = tx->db->drv->exec(c, tx->conn, buf_view(&text));
    buf_done(&text);
    return e;
}

static err apply(struct ctx *c, struct tx *tx, const struct migration *m)
{
    int64_t began = mono_us(c);
    TRY(run_script(c, tx, m->up));
    struct migration_state row = pending(c->mem, m);
    row.applied_at = c->now_us;
    row.took_us = mono_us(c) - began;
    return query_run(c, tx, &insert_query, &row, NULL);
}

struct work {
    struct known known;
    struct list states;
    size_t steps, done;
    bool discard_data;
};

/* A table in use makes everybody wait who comes after: not for long. The transaction is tried again
 * a few times by tx_run. Not before the lock of the migrations, which may rightly take longer. */
static err bound_waits(struct ctx *c, struct tx *tx)
{
    if (tx->db->drv->one_writer)
        return ERR_OK;
    return tx->db->drv->exec(c, tx->conn, S("SET LOCAL lock_timeout = '3s'"));
}

static err up_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct work *w = arg;
    w->done = 0;
    TRY(tx_lock(c, tx, S("migrations"), LOCK_EXCLUSIVE));
    TRY(bound_waits(c, tx));
    TRY(tx->db->drv->exec(c, tx->conn, str_of(create_text)));
    TRY(load_states(c, tx, w->known, &w->states));
    TRY(refuse_strange(c, w->known, &w->states));
    const struct migration_state *v = w->states.v;
    for (size_t i = 0; i < w->states.n; i++) {
        const struct migration *m = known_find(w->known, v[i].version);
        if (m == NULL || !str_eq(v[i].state, S("pending")))
            continue;
        TRY(apply(c, tx, m));
        w->done++;
    }
    return ERR_OK;
}

static err up(struct ctx *c, struct known k, size_t *ret_applied)
{
    struct work w = { .known = k };
    TRY(tx_run_direct(c, up_fn, &w));
    *ret_applied = w.done;
    return ERR_OK;
}

static err status_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct work *w = arg;
    return load_states(c, tx, w->known, &w->states);
}

static err status(struct ctx *c, struct known k, struct list *ret_states)
{
    struct work w = { .known = k };
    TRY(tx_run(c, TX_READ, status_fn, &w));
    *ret_states = w.states;
    return ERR_OK;
}

static err check(struct ctx *c, struct known k)
{
    struct list states;
    TRY(status(c, k, &states));
    TRY(refuse_strange(c, k, &states));
    const struct migration_state *v = states.v;
    for (size_t i = 0; i < states.n; i++)
        if (!str_eq(v[i].state, S("applied")))
            return FAIL(c, PRECONDITION, "migration %04d_%.*s is not applied", (int)v[i].version,
                        STR_ARG(v[i].name));
    return ERR_OK;
}

/* The next word of letters, digits and '_', or an absent view. */
static struct str next_word(struct str *rest)
{
    size_t i = 0;
    size_t n = 0;
    while (i < rest->n && rest->p[i] != '_' && !(rest->p[i] >= '0' && rest->p[i] <= '9') &&
           !((rest->p[i] | 32) >= 'a' && (rest->p[i] | 32) <= 'z'))
        i++;
    while (i + n < rest->n &&
           (rest->p[i + n] == '_' || (rest->p[i + n] >= '0' && rest->p[i + n] <= '9') ||
            ((rest->p[i + n] | 32) >= 'a' && (rest->p[i + n] | 32) <= 'z')))
        n++;
    struct str word = n > 0 ? str_sub(*rest, i, n) : (struct str){ 0 };
    *rest = str_sub(*rest, i + n, rest->n);
    return word;
}

/* The table that the words at the head of `rest` would take something from, or an absent view:
 * DROP TABLE [IF EXISTS] t, DELETE FROM t, ALTER TABLE t DROP. */
static struct str table_at_risk(struct str first, struct str rest)
{
    struct str second = next_word(&rest);
    struct str table = next_word(&rest);
    if (str_eqi(first, S("drop")) && str_eqi(second, S("table"))) {
        if (str_eqi(table, S("if"))) {
            (void)next_word(&rest);
            table = next_word(&rest);
        }
        return table;
    }
    if (str_eqi(first, S("delete")) && str_eqi(second, S("from")))
        return table;
    if (str_eqi(first, S("alter")) && str_eqi(second, S("table")) &&
        str_eqi(next_word(&rest), S("drop")))
        return table;
    return (struct str){ 0 };
}

struct found_row {
    bool found;
};
static const struct field found_fields[] = { FIELD_BOOL(struct found_row, found) };
static SCHEMA(found_schema, "MigrationFound", struct found_row, found_fields);

/* The name is a word of our own script: letters, digits and '_' only. */
static err has_rows(struct ctx *c, struct tx *tx, struct str table, bool *ret)
{
    struct found_row row = { .found = false };
    bool there = false;
    TRY(tx->db->drv->has_table(c, tx->conn, table, &there));
    if (there) {
        struct str sql =
            str_fmt(c->mem, "SELECT EXISTS (SELECT 1 FROM %.*s) AS found", STR_ARG(table));
        const struct query q = { .sql = str_z(c->mem, sql), .out = &found_schema };
        TRY(query_one(c, tx, &q, NULL, &row));
    }
    *ret = row.found;
    return ERR_OK;
}

static err refuse_loss(struct ctx *c, struct tx *tx, const struct migration *m, struct str script)
{
    struct str rest = script;
    for (struct str word = next_word(&rest); word.p != NULL; word = next_word(&rest)) {
        struct str table = table_at_risk(word, rest);
        bool rows = false;
        if (table.p != NULL)
            TRY(has_rows(c, tx, table, &rows));
        if (rows)
            return FAIL(c, CONFLICT,
                        "taking back %04d_%s would drop rows of %.*s; --discard-data allows it",
                        m->version, m->name, STR_ARG(table));
    }
    return ERR_OK;
}

static err take_back(struct ctx *c, struct tx *tx, const struct migration *m, bool discard_data)
{
    struct buf text;
    struct migration_state row = pending(c->mem, m);
    buf_init(&text, c->mem, SCRIPT_MAX);
    TRY(dialect_text(c, tx->db->drv->dialect, m->down, &text));
    if (!discard_data)
        TRY(refuse_loss(c, tx, m, buf_view(&text)));
    TRY(tx->db->drv->exec(c, tx->conn, buf_view(&text)));
    return query_run(c, tx, &delete_query, &row, NULL);
}

static err down_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct work *w = arg;
    w->done = 0;
    TRY(tx_lock(c, tx, S("migrations"), LOCK_EXCLUSIVE));
    TRY(bound_waits(c, tx));
    TRY(load_states(c, tx, w->known, &w->states));
    TRY(refuse_strange(c, w->known, &w->states));
    const struct migration_state *v = w->states.v;
    for (size_t i = w->states.n; i > 0 && w->done < w->steps; i--) {
        const struct migration *m = known_find(w->known, v[i - 1].version);
        if (m == NULL || !str_eq(v[i - 1].state, S("applied")))
            continue;
        TRY(take_back(c, tx, m, w->discard_data));
        w->done++;
    }
    return ERR_OK;
}

static err down(struct ctx *c, struct known k, size_t steps, bool discard_data, size_t *ret_undone)
{
    struct work w = { .known = k, .steps = steps, .discard_data = discard_data };
    TRY(tx_run_direct(c, down_fn, &w));
    *ret_undone = w.done;
    return ERR_OK;
}

err migrate_status(struct ctx *c, struct list *ret_states)
{
    return status(c, known_embedded(), ret_states);
}

err migrate_up(struct ctx *c, size_t *ret_applied)
{
    return up(c, known_embedded(), ret_applied);
}

err migrate_down(struct ctx *c, size_t steps, bool discard_data, size_t *ret_undone)
{
    return down(c, known_embedded(), steps, discard_data, ret_undone);
}

err migrate_check(struct ctx *c)
{
    return check(c, known_embedded());
}
