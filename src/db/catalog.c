/* What the catalogue of an engine says: tables in the order of their foreign keys, columns as the
 * fields of a schema. */
#include "db/catalog.h"

#include "base/str.h"
#include "db/postgres.h"

enum { COLUMNS_MAX = 64, CATALOG_COLUMNS_MAX = 8192, CATALOG_SQL_MAX = 16384, SLOT_BYTES = 16 };
_Static_assert(sizeof(struct str) <= SLOT_BYTES, "every value fits into its slot");

struct column_row {
    struct str table_name, column_name, type;
    bool nullable, numbered;
};
static const struct field column_fields[] = {
    FIELD_STR(struct column_row, table_name), FIELD_STR(struct column_row, column_name),
    FIELD_STR(struct column_row, type),       FIELD_BOOL(struct column_row, nullable),
    FIELD_BOOL(struct column_row, numbered),
};
static SCHEMA(column_schema, "CatalogColumn", struct column_row, column_fields);

struct reference_row {
    struct str table_name, target;
};
static const struct field reference_fields[] = {
    FIELD_STR(struct reference_row, table_name),
    FIELD_STR(struct reference_row, target),
};
static SCHEMA(reference_schema, "CatalogReference", struct reference_row, reference_fields);

static const struct field fact_fields[] = {
    FIELD_STR(struct db_fact, name),
    FIELD_STR(struct db_fact, value),
};
static SCHEMA(fact_schema, "CatalogFact", struct db_fact, fact_fields);

struct number_row {
    int64_t n;
};
static const struct field number_fields[] = { FIELD_I64(struct number_row, n) };
static SCHEMA(number_schema, "CatalogNumber", struct number_row, number_fields);

/* The questions that each engine is asked in its own words. @TABLE@ and @COLUMN@ are names from
 * its catalogue, made of plain letters only. */
struct catalog {
    const char *engine;
    const char *columns, *references, *facts, *about;
    const char *renumber; /* NULL: the engine needs no telling */
};
#define PRAGMA_FACT(name) " UNION ALL SELECT '" name "', CAST(" name " AS TEXT) FROM pragma_" name
static const struct catalog catalogs[] = {
    {
        .engine = "sqlite",
        .columns = "SELECT s.name AS table_name, p.name AS column_name, p.type AS type,"
                   " p.\"notnull\" = 0 AND p.pk = 0 AS nullable,"
                   " p.pk = 1 AND upper(p.type) = 'INTEGER' AS numbered"
                   " FROM sqlite_schema s, pragma_table_info(s.name) p"
                   " WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite?_%' ESCAPE '?'"
                   " ORDER BY s.name, p.cid",
        .references = "SELECT s.name AS table_name, f.\"table\" AS target"
                      " FROM sqlite_schema s, pragma_foreign_key_list(s.name) f"
                      " WHERE s.type = 'table'",
        .facts = "SELECT 'version' AS name, sqlite_version() AS value" PRAGMA_FACT("journal_mode")
            PRAGMA_FACT("page_size") PRAGMA_FACT("page_count") PRAGMA_FACT("freelist_count"),
        .about = "SELECT coalesce(max(rowid) - min(rowid) + 1, 0) AS n FROM @TABLE@",
    },
    {
        .engine = "postgres",
        .columns = "SELECT CAST(c.relname AS TEXT) AS table_name,"
                   " CAST(a.attname AS TEXT) AS column_name, CAST(t.typname AS TEXT) AS type,"
                   " NOT a.attnotnull AS nullable, a.attidentity <> '' AS numbered"
                   " FROM pg_class c"
                   " JOIN pg_namespace n ON n.oid = c.relnamespace"
                   " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                   " AND NOT a.attisdropped"
                   " JOIN pg_type t ON t.oid = a.atttypid"
                   " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
                   " AND NOT c.relispartition"
                   " ORDER BY c.relname, a.attnum",
        .references = "SELECT CAST(c.relname AS TEXT) AS table_name,"
                      " CAST(r.relname AS TEXT) AS target"
                      " FROM pg_constraint k"
                      " JOIN pg_class c ON c.oid = k.conrelid"
                      " JOIN pg_class r ON r.oid = k.confrelid"
                      " JOIN pg_namespace n ON n.oid = c.relnamespace"
                      " WHERE k.contype = 'f' AND n.nspname = current_schema()",
        .facts = "SELECT name, setting AS value FROM pg_settings WHERE name IN"
                 " ('server_version', 'server_version_num', 'server_encoding', 'max_connections',"
                 " 'superuser_reserved_connections', 'default_transaction_isolation', 'fsync',"
                 " 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names',"
                 " 'wal_level', 'default_transaction_read_only', 'TimeZone')"
                 " UNION ALL SELECT 'in_recovery', CAST(pg_is_in_recovery() AS TEXT)"
                 " UNION ALL SELECT 'connections', CAST(count(*) AS TEXT) FROM pg_stat_activity"
                 " WHERE datname = current_database()"
                 " UNION ALL SELECT 'database_bytes',"
                 " CAST(pg_database_size(current_database()) AS TEXT)"
                 " UNION ALL SELECT 'now_us', CAST(CAST(extract(epoch FROM clock_timestamp())"
                 " * 1000000 AS BIGINT) AS TEXT)",
        /* Statistics come late: what they do not know yet is counted, up to a bound. */
        .about = "SELECT CAST(greatest(coalesce(max(greatest(k.reltuples, s.n_live_tup)), 0),"
                 " (SELECT count(*) FROM (SELECT 1 FROM @TABLE@ LIMIT 1000) AS x)) AS BIGINT)"
                 " AS n FROM pg_class k JOIN pg_stat_user_tables s ON s.relid = k.oid"
                 " WHERE k.oid = to_regclass('@TABLE@')",
        .renumber = "SELECT setval(pg_get_serial_sequence('@TABLE@', '@COLUMN@'),"
                    " max(@COLUMN@)) AS n FROM @TABLE@ HAVING max(@COLUMN@) >= 1",
    },
};

static const struct catalog *catalog_of(const struct tx *tx)
{
    size_t i = 0;
    while (strcmp(catalogs[i].engine, tx->db->drv->name) != 0)
        i++;
    return &catalogs[i];
}

/* Type names of the migrations, and PostgreSQL's own for the same. */
static const struct {
    const char *name;
    enum field_type type;
} types[] = {
    { "varchar", F_STR },  { "text", F_STR },  { "bigint", F_I64 },       { "integer", F_I64 },
    { "int8", F_I64 },     { "int4", F_I64 },  { "double", F_F64 },       { "float8", F_F64 },
    { "boolean", F_BOOL }, { "bool", F_BOOL }, { "timestamptz", F_TIME }, { "jsonb", F_JSON },
    { "bytea", F_BLOB },
};

/* The first word decides: VARCHAR(50), DOUBLE PRECISION. */
static bool type_find(struct str declared, enum field_type *ret)
{
    size_t n = 0;
    while (n < declared.n && declared.p[n] != '(' && declared.p[n] != ' ')
        n++;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (str_eqi(str_sub(declared, 0, n), str_of(types[i].name))) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}

static bool name_plain(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '_' && !(name.p[i] >= 'a' && name.p[i] <= 'z') &&
            !(name.p[i] >= '0' && name.p[i] <= '9'))
            return false;
    return name.n > 0;
}

static err column_field(struct ctx *c, const struct column_row *r, size_t at, struct field *ret)
{
    enum field_type type;
    if (!name_plain(r->table_name) || !name_plain(r->column_name))
        return FAIL(c, INTERNAL, "the database has a table or column with an odd name");
    if (!type_find(r->type, &type) || (type == F_BOOL && r->nullable))
        return FAIL(c, INTERNAL, "%.*s.%.*s is of a type that cannot be carried over",
                    STR_ARG(r->table_name), STR_ARG(r->column_name));
    *ret = (struct field){ .name = str_z(c->mem, r->column_name),
                           .type = type,
                           .flags = r->nullable ? FIELD_NULL : 0,
                           .offset = (uint32_t)(at * SLOT_BYTES) };
    return ERR_OK;
}

/* One table from its columns, which stand together. */
static err table_of(struct ctx *c, const struct column_row *v, size_t n, struct db_table *ret)
{
    if (n > COLUMNS_MAX)
        return FAIL(c, INTERNAL, "%.*s has more than %d columns", STR_ARG(v->table_name),
                    COLUMNS_MAX);
    struct field *fields = arena_array(c->mem, struct field, n);
    struct str numbered = { 0 };
    for (size_t i = 0; i < n; i++) {
        TRY(column_field(c, &v[i], i, &fields[i]));
        if (v[i].numbered)
            numbered = v[i].column_name;
    }
    const char *name = str_z(c->mem, v->table_name);
    *ret = (struct db_table){ .name = str_of(name),
                              .name_z = name,
                              .row = { .name = name,
                                       .fields = fields,
                                       .size = (uint32_t)(n * SLOT_BYTES),
                                       .n = (uint8_t)n },
                              .numbered = numbered };
    return ERR_OK;
}

static err read_tables(struct ctx *c, struct tx *tx, struct db_table *ret, size_t *ret_n)
{
    const struct query q = { .sql = catalog_of(tx)->columns, .out = &column_schema };
    struct list rows;
    size_t n = 0;
    TRY(query_list(c, tx, &q, NULL, CATALOG_COLUMNS_MAX, &rows));
    const struct column_row *v = rows.v;
    for (size_t from = 0, to; from < rows.n; from = to, n++) {
        for (to = from; to < rows.n && str_eq(v[to].table_name, v[from].table_name);)
            to++;
        if (n == CATALOG_TABLES_MAX)
            return FAIL(c, INTERNAL, "the database has more than %d tables", CATALOG_TABLES_MAX);
        TRY(table_of(c, v + from, to - from, &ret[n]));
    }
    *ret_n = n;
    return ERR_OK;
}

/* Does the table wait for one that has not been placed yet? */
static bool waits(const struct db_table *t, const struct list *references,
                  const struct db_table *left, const bool *placed, size_t n)
{
    const struct reference_row *r = references->v;
    for (size_t i = 0; i < references->n; i++) {
        if (!str_eq(r[i].table_name, t->name) || str_eq(r[i].target, t->name))
            continue;
        for (size_t k = 0; k < n; k++)
            if (!placed[k] && str_eq(left[k].name, r[i].target))
                return true;
    }
    return false;
}

static err in_order(struct ctx *c, const struct db_table *all, size_t n,
                    const struct list *references, struct db_table *ret)
{
    bool placed[CATALOG_TABLES_MAX] = { false };
    for (size_t done = 0; done < n; done++) {
        size_t next = 0;
        while (next < n && (placed[next] || waits(&all[next], references, all, placed, n)))
            next++;
        if (next == n)
            return FAIL(c, INTERNAL, "the foreign keys of the database form a circle");
        placed[next] = true;
        ret[done] = all[next];
    }
    return ERR_OK;
}

err catalog_tables(struct ctx *c, struct tx *tx, struct list *ret_tables)
{
    const struct query q = { .sql = catalog_of(tx)->references, .out = &reference_schema };
    struct db_table *all = arena_array(c->mem, struct db_table, CATALOG_TABLES_MAX);
    struct list references;
    size_t n = 0;
    TRY(read_tables(c, tx, all, &n));
    TRY(query_list(c, tx, &q, NULL, CATALOG_COLUMNS_MAX, &references));
    struct db_table *ordered = arena_array(c->mem, struct db_table, n);
    TRY(in_order(c, all, n, &references, ordered));
    *ret_tables = (struct list){ .v = ordered, .n = n };
    return ERR_OK;
}

err catalog_each(struct ctx *c, struct tx *tx, const struct db_table *t, row_fn *fn, void *arg)
{
    struct buf b;
    buf_init(&b, c->mem, CATALOG_SQL_MAX);
    buf_lit(&b, "SELECT ");
    for (size_t i = 0; i < t->row.n; i++)
        buf_fmt(&b, "%s%s", i ? ", " : "", t->row.fields[i].name);
    buf_fmt(&b, " FROM %s", t->name_z);
    buf_c(&b, '\0');
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "%s has too many columns", t->name_z);
    const struct query q = { .sql = b.p, .out = &t->row };
    return query_each(c, tx, &q, NULL, fn, arg);
}

/* The text with the names put in; they come from the catalogue and are plain. */
static err named(struct ctx *c, const char *text, struct str table, struct str column,
                 const char **ret)
{
    struct buf b;
    struct str rest = str_of(text);
    buf_init(&b, c->mem, CATALOG_SQL_MAX);
    if (!name_plain(table) || (column.p && !name_plain(column)))
        return FAIL(c, INTERNAL, "the database has a table or column with an odd name");
    while (rest.n > 0) {
        struct str name = str_starts(rest, S("@TABLE@"))    ? table
                          : str_starts(rest, S("@COLUMN@")) ? column
                                                            : (struct str){ 0 };
        if (name.p) {
            buf_str(&b, name);
            rest = str_sub(rest, rest.p[1] == 'T' ? 7 : 8, rest.n);
        } else {
            buf_c(&b, rest.p[0]);
            rest = str_sub(rest, 1, rest.n);
        }
    }
    buf_c(&b, '\0');
    *ret = b.p;
    return buf_ok(&b) ? ERR_OK : FAIL(c, TOO_LARGE, "a statement is too long");
}

static err number(struct ctx *c, struct tx *tx, const char *text, struct str table,
                  struct str column, int64_t *ret)
{
    struct query q = { .out = &number_schema };
    struct number_row row = { 0 };
    bool found = false;
    TRY(named(c, text, table, column, &q.sql));
    TRY(query_find(c, tx, &q, NULL, &row, &found));
    *ret = found ? row.n : 0;
    return ERR_OK;
}

err catalog_count(struct ctx *c, struct tx *tx, const struct db_table *t, int64_t *ret_rows)
{
    return number(c, tx, "SELECT count(*) AS n FROM @TABLE@", t->name, (struct str){ 0 }, ret_rows);
}

err catalog_about(struct ctx *c, struct tx *tx, struct str table, int64_t *ret_rows)
{
    return number(c, tx, catalog_of(tx)->about, table, (struct str){ 0 }, ret_rows);
}

err catalog_renumber(struct ctx *c, struct tx *tx, const struct db_table *t)
{
    int64_t last = 0;
    const char *text = catalog_of(tx)->renumber;
    if (text == NULL || t->numbered.p == NULL)
        return ERR_OK;
    return number(c, tx, text, t->name, t->numbered, &last);
}

err catalog_facts(struct ctx *c, struct tx *tx, struct list *ret_facts)
{
    const struct query q = { .sql = catalog_of(tx)->facts, .out = &fact_schema };
    struct list rows;
    TRY(query_list(c, tx, &q, NULL, CATALOG_COLUMNS_MAX, &rows));
    struct db_fact *facts = arena_array(c->mem, struct db_fact, rows.n + 1);
    memcpy(facts, rows.v, rows.n * sizeof(*facts));
    if (tx->db->drv == &db_driver_postgres) { /* only the connection knows */
        bool pooled = pg_conn_of(tx->conn)->pooled;
        facts[rows.n++] = (struct db_fact){ S("pooler"), pooled ? S("transaction") : S("none") };
    }
    *ret_facts = (struct list){ .v = facts, .n = rows.n };
    return ERR_OK;
}

struct str catalog_fact(const struct list *facts, struct str name)
{
    const struct db_fact *f = facts->v;
    for (size_t i = 0; i < facts->n; i++)
        if (str_eq(f[i].name, name))
            return f[i].value;
    return (struct str){ 0 };
}
