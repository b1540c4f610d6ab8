/* The catalogue of a migrated database: every table, its order, rows of a shape known only now. */
#include "db_helper.h"

#include "db/catalog.h"

static int open_db(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    test_db_open_with(&t);
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

static err tables_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return catalog_tables(c, tx, arg);
}

static int place(const struct list *tables, const char *name)
{
    const struct db_table *t = tables->v;
    for (size_t i = 0; i < tables->n; i++)
        if (str_eq(t[i].name, str_of(name)))
            return (int)i;
    return -1;
}

static void test_every_table_in_order(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list tables = { 0 };
    assert_ok(c, tx_run(c, TX_READ, tables_fn, &tables));
    assert_true(tables.n >= 24);
    assert_true(place(&tables, "schema_migrations") >= 0);
    assert_true(place(&tables, "admin_users") < place(&tables, "admission_cycles"));
    assert_true(place(&tables, "admission_cycles") < place(&tables, "applications"));
    assert_true(place(&tables, "worker_results") < place(&tables, "judge_results"));
    assert_true(place(&tables, "jobs") < place(&tables, "job_chunks"));
    const struct db_table *t = tables.v;
    for (size_t i = 0; i < tables.n; i++)
        assert_false(str_starts(t[i].name, S("sqlite_")));
}

static void test_fields_follow_the_columns(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list tables = { 0 };
    assert_ok(c, tx_run(c, TX_READ, tables_fn, &tables));
    const struct db_table *entry =
        (const struct db_table *)tables.v + place(&tables, "audit_entry");
    static const struct {
        const char *name;
        enum field_type type;
        bool null;
    } want[] = { { "idx", F_I64, false },   { "ts", F_I64, false },    { "act", F_STR, false },
                 { "actor", F_STR, false }, { "subj", F_STR, true },   { "cycle_id", F_STR, true },
                 { "leaf", F_BLOB, false }, { "entry", F_BLOB, false } };
    assert_int_equal(entry->row.n, sizeof(want) / sizeof(want[0]));
    for (size_t i = 0; i < entry->row.n; i++) {
        assert_string_equal(entry->row.fields[i].name, want[i].name);
        assert_int_equal(entry->row.fields[i].type, want[i].type);
        assert_int_equal((entry->row.fields[i].flags & FIELD_NULL) != 0, want[i].null);
    }
    assert_true(str_eq(entry->numbered, S("idx")));
    const struct db_table *admin =
        (const struct db_table *)tables.v + place(&tables, "admin_users");
    assert_null(admin->numbered.p);
}

struct carried {
    struct list tables;
    const struct db_table *t;
    struct bulk *bulk;
    int64_t n, about;
};

static err carry_row(struct ctx *c, const void *row, void *arg)
{
    struct carried *to = arg;
    to->n++;
    return bulk_row(c, to->bulk, row);
}

/* Rows of `a` into `b`, a table of the same shape. */
static err carry_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct carried *to = arg;
    TRY(catalog_tables(c, tx, &to->tables));
    to->t = (const struct db_table *)to->tables.v + place(&to->tables, "a");
    TRY(bulk_open(c, tx, "b", &to->t->row, &to->bulk));
    TRY(catalog_each(c, tx, to->t, carry_row, to));
    TRY(bulk_close(c, &to->bulk));
    TRY(catalog_about(c, tx, S("b"), &to->about));
    return catalog_count(c, tx, (const struct db_table *)to->tables.v + place(&to->tables, "b"),
                         &to->n);
}

struct same_row {
    int64_t same;
};
static const struct field same_fields[] = { FIELD_I64(struct same_row, same) };
static SCHEMA(same_schema, "Same", struct same_row, same_fields);
static err same_fn(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query q = {
        .sql = "SELECT count(*) AS same FROM (SELECT * FROM a INTERSECT SELECT * FROM b) x",
        .out = &same_schema,
    };
    return query_one(c, tx, &q, NULL, arg);
}

#define SHAPE                                                                                      \
    "(i BIGINT PRIMARY KEY, s VARCHAR(9), d DOUBLE PRECISION, o BOOLEAN NOT NULL, t TIMESTAMPTZ,"  \
    " j JSONB, y BYTEA);"

static void test_rows_of_every_type_arrive(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct carried to = { 0 };
    struct same_row same = { 0 };
    assert_ok(c,
              exec(c, "CREATE TABLE a " SHAPE "CREATE TABLE b " SHAPE
                      "INSERT INTO a VALUES (1, 'one', 0.1, TRUE, '2026-02-03T04:05:06.000007Z',"
                      " '{\"k\":[1,2]}', x'00ff');"
                      "INSERT INTO a VALUES (-9223372036854775807, '', -1e300, FALSE, NULL, NULL,"
                      " x'');"
                      "INSERT INTO a VALUES (3, NULL, NULL, TRUE, NULL, '7', NULL);"));
    assert_ok(c, tx_run(c, TX_WRITE, carry_fn, &to));
    assert_int_equal(to.n, 3);
    assert_true(to.about >= 3);
    assert_ok(c, tx_run(c, TX_READ, same_fn, &same));
    assert_int_equal(same.same, 3);
}

static void test_what_cannot_be_carried_is_named(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list tables = { 0 };
    assert_ok(c, exec(c, "CREATE TABLE odd (b BOOLEAN)"));
    assert_fault(c, tx_run(c, TX_READ, tables_fn, &tables), INTERNAL, "odd.b");
    assert_ok(c, exec(c, "DROP TABLE odd; CREATE TABLE odd (n NUMERIC(9) NOT NULL)"));
    assert_fault(c, tx_run(c, TX_READ, tables_fn, &tables), INTERNAL, "odd.n");
    assert_ok(c, exec(c, "DROP TABLE odd; CREATE TABLE \"Odd\" (n BIGINT)"));
    assert_fault(c, tx_run(c, TX_READ, tables_fn, &tables), INTERNAL, "odd name");
    assert_ok(c, exec(c, "DROP TABLE \"Odd\"; CREATE TABLE p (x BIGINT PRIMARY KEY, y BIGINT"
                         " REFERENCES q (y)); CREATE TABLE q (y BIGINT PRIMARY KEY, x BIGINT"
                         " REFERENCES p (x))"));
    assert_fault(c, tx_run(c, TX_READ, tables_fn, &tables), INTERNAL, "circle");
}

static err facts_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return catalog_facts(c, tx, arg);
}

static void test_facts(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list facts = { 0 };
    assert_ok(c, tx_run(c, TX_READ, facts_fn, &facts));
    assert_true(str_eq(catalog_fact(&facts, S("journal_mode")), S("wal")));
    assert_true(str_eq(catalog_fact(&facts, S("page_size")), S("8192")));
    assert_null(catalog_fact(&facts, S("no_such_fact")).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_table_in_order, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_fields_follow_the_columns, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_rows_of_every_type_arrive, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_carried_is_named, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_facts, open_db, close_db),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
