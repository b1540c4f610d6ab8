/* The history of the schema: up, down, up; drift, gaps, newer ones; loss of data. */
#include "db_helper.h"

#include "db/migrate.c"

static int open_db(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    test_db_open_empty(&t);
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

struct dump_row {
    struct str text;
};
static const struct field dump_fields[] = { FIELD_STR(struct dump_row, text) };
static SCHEMA(dump_schema, "Dump", struct dump_row, dump_fields);
static const struct query dump_postgres = {
    .sql = "SELECT text FROM (SELECT 'column ' || r.relname || '.' || a.attname || ' ' ||"
           " format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' ||"
           " a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS text"
           " FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT"
           " a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum"
           " WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind IN ('r', 'v')"
           " UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN"
           " pg_class r ON r.oid = i.indrelid WHERE r.relnamespace = current_schema()::regnamespace"
           " UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' ||"
           " pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace ="
           " current_schema()::regnamespace UNION ALL SELECT 'trigger ' || pg_get_triggerdef(g.oid)"
           " FROM pg_trigger g WHERE NOT g.tgisinternal UNION ALL SELECT 'function ' || proname ||"
           " ' ' || prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace) t"
           " WHERE text NOT LIKE '%schema_migrations%' ORDER BY text",
    .out = &dump_schema
};
static const struct query dump_sqlite = {
    .sql = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS text FROM sqlite_schema "
           "WHERE name <> 'schema_migrations' ORDER BY type, name",
    .out = &dump_schema
};
static err dump_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct list rows;
    struct buf *b = arg;
    bool sqlite = db_is(c, "sqlite");
    TRY(query_list(c, tx, sqlite ? &dump_sqlite : &dump_postgres, NULL, 10000, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        buf_str(b, ((const struct dump_row *)rows.v)[i].text);
        buf_c(b, '\n');
    }
    return ERR_OK;
}
static struct str dump(struct ctx *c)
{
    struct buf b;
    buf_init(&b, c->mem, 1 << 20);
    assert_ok(c, tx_run(c, TX_READ, dump_fn, &b));
    assert_true(buf_ok(&b));
    return buf_view(&b);
}

static void test_up_down_up(void **state)
{
    struct ctx *c = test_db_next(*state);
    size_t n = 99;
    assert_fault(c, migrate_check(c), PRECONDITION, "migration 0001_initial is not applied");
    assert_int_equal(c->mem == NULL, 0);
    assert_ok(c, migrate_up(c, &n));
    assert_int_equal(n, migration_count);
    assert_ok(c, migrate_check(c));
    struct str first = dump(c);
    assert_true(first.n > 5000);
    assert_ok(c, migrate_up(c, &n));
    assert_int_equal(n, 0);
    assert_ok(c, migrate_down(c, 1000, false, &n));
    assert_int_equal(n, migration_count);
    assert_true(dump(c).n < 100); /* at most the index of schema_migrations */
    assert_ok(c, migrate_down(c, 1, false, &n));
    assert_int_equal(n, 0);
    assert_ok(c, migrate_up(c, &n));
    assert_true(str_eq(dump(c), first));
    assert_ok(c, db_check_file(c, c->deps->db));
}

static void test_status(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list states;
    size_t n;
    assert_ok(c, migrate_status(c, &states));
    assert_int_equal(states.n, migration_count);
    const struct migration_state *v = states.v;
    assert_true(str_eq(v[0].state, S("pending")) && v[0].applied_at == 0);
    assert_true(str_eq(v[0].name, S("initial")));
    assert_ok(c, migrate_up(c, &n));
    assert_ok(c, migrate_status(c, &states));
    v = states.v;
    assert_true(str_eq(v[0].state, S("applied")) && v[0].applied_at == c->now_us);
    assert_int_equal(v[0].sha256.n, 64);
    assert_true(v[0].took_us > 0);
}

static void test_data_is_kept(void **state)
{
    struct ctx *c = test_db_next(*state);
    size_t n = 0;
    assert_ok(c, migrate_up(c, &n));
    assert_ok(c, exec(c, "INSERT INTO audit_entry (ts, act, actor, leaf, entry) "
                         "VALUES (1, 'log.init', 'system', '\\x00', '\\x00')"));
    assert_fault(c, migrate_down(c, 1000, false, &n), CONFLICT, "audit_entry");
    assert_ok(c, migrate_check(c)); /* nothing happened */
    assert_fault(c, exec(c, "DELETE FROM audit_entry"), INTERNAL, "append-only");
    assert_fault(c, exec(c, "UPDATE audit_entry SET ts = 2"), INTERNAL, "append-only");
    assert_ok(c, migrate_down(c, 1000, true, &n));
    assert_int_equal(n, migration_count);
    assert_ok(c, migrate_up(c, &n));
}

#define CYCLE_ "'CYC_1', 'A cycle', 'frozen', FALSE, 10, 1, 0"
#define WHEN_  "'2026-01-02T03:04:05.000000Z'"
#define ANON_(id_)                                                                                 \
    "INSERT INTO anonymized_applications (anonymized_id, application_id, admission_cycle_id, "     \
    "scrub_order, gpa, eval_order, redactions, created_at) VALUES ('" id_                          \
    "', 'APP_1', 'CYC_1', 4711, 3.5, 1, 0, " WHEN_ ")"

static err places_fn(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query q = { .sql = "SELECT anonymized_id || ' ' || scrub_order AS text "
                                           "FROM anonymized_applications ORDER BY anonymized_id",
                                    .out = &dump_schema };
    return query_list(c, tx, &q, NULL, 10, arg);
}

/* Rows from before get the place of their application, by which they are found; one for each. */
static void test_places_are_filled(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list rows;
    size_t n = 0, later = migration_count;
    for (size_t i = 0; i < migration_count; i++)
        if (strcmp(migrations_embedded()[i].name, "anonymous_places") == 0)
            later = i;
    assert_true(later < migration_count);
    assert_ok(c, migrate_up(c, &n));
    assert_ok(c, exec(c, "INSERT INTO admin_users (admin_id, username, username_key, "
                         "password_hash, email, role, is_active, created_at) VALUES ('ADM_1', "
                         "'a', 'a', '', 'a@example.org', 'admin', TRUE, " WHEN_ ")"));
    assert_ok(c, exec(c, "INSERT INTO admission_cycles (cycle_id, cycle_name, phase, is_open, "
                         "max_seats, current_seats, selected_count, result_date, start_date, "
                         "end_date, created_at, created_by, version) VALUES (" CYCLE_ ", " WHEN_
                         ", " WHEN_ ", " WHEN_ ", " WHEN_ ", 'ADM_1', 1)"));
    assert_ok(c, exec(c, "INSERT INTO applications (application_id, admission_cycle_id, timestamp,"
                         " gpa, status, scrub_order, created_at, updated_at) VALUES ('APP_1', "
                         "'CYC_1', " WHEN_ ", 3.5, 'finalized', 4711, " WHEN_ ", " WHEN_ ")"));
    assert_ok(c, exec(c, ANON_("ANON_1")));
    assert_ok(c, migrate_down(c, migration_count - later, true, &n));
    assert_ok(c, migrate_up(c, &n));
    assert_int_equal(n, migration_count - later);
    assert_ok(c, tx_run(c, TX_READ, places_fn, &rows));
    assert_int_equal(rows.n, 1);
    assert_true(str_eq(((const struct dump_row *)rows.v)[0].text, S("ANON_1 4711")));
    assert_fault(c, exec(c, ANON_("ANON_2")), CONFLICT, "");
}

#define M(v_, name_, up_, down_)                                                                   \
    {                                                                                              \
        .version = (v_), .name = (name_), .up = S_INIT(up_), .down = S_INIT(down_)                 \
    }
static const struct migration three[] = {
    M(1, "one", "CREATE TABLE t1 (a TEXT); -- x; y\nINSERT INTO t1 VALUES ('a;b');",
      "DROP TABLE t1;"),
    M(2, "two",
      "CREATE TABLE t2 (a @ROWID@);\n-- @sqlite\nCREATE TRIGGER g AFTER INSERT ON t2 BEGIN\n"
      "UPDATE t1 SET a = 'x;'; DELETE FROM t1; END;\n-- @end\n-- @postgres\n"
      "CREATE OR REPLACE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
      "UPDATE t1 SET a = 'x;'; DELETE FROM t1; RETURN NULL; END $$;\n"
      "CREATE TRIGGER g AFTER INSERT ON t2 FOR EACH ROW EXECUTE FUNCTION g();\n-- @end\n",
      "drop table IF EXISTS t2"),
    M(3, "three", "ALTER TABLE t1 ADD COLUMN b TEXT", "ALTER TABLE t1 DROP COLUMN b"),
};
static const struct known k0 = { NULL, 0 }, k1 = { three, 1 }, k2 = { three, 2 }, k3 = { three, 3 };

static void test_steps(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct list states;
    size_t n;
    assert_ok(c, up(c, k1, &n));
    assert_int_equal(n, 1);
    assert_ok(c, up(c, k3, &n));
    assert_int_equal(n, 2);
    assert_ok(c, check(c, k3));
    assert_fault(c, down(c, k3, 1, false, &n), CONFLICT, "0003_three would drop rows of t1");
    assert_ok(c, exec(c, "INSERT INTO t2 DEFAULT VALUES")); /* the trigger empties t1 */
    assert_ok(c, down(c, k3, 1, false, &n));
    assert_fault(c, down(c, k3, 2, false, &n), CONFLICT, "0002_two would drop rows of t2");
    assert_ok(c, status(c, k3, &states));
    const struct migration_state *v = states.v;
    assert_true(str_eq(v[1].state, S("applied")) && str_eq(v[2].state, S("pending")));
    assert_ok(c, down(c, k3, 2, true, &n));
    assert_int_equal(n, 2);
    assert_ok(c, up(c, k3, &n));
    assert_int_equal(n, 3);
}

static void test_strange_histories(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct migration changed[3], gap[3];
    size_t n;
    assert_ok(c, up(c, k3, &n));
    memcpy(changed, three, sizeof(three));
    changed[1].up = S("CREATE TABLE other (a TEXT)");
    const struct known kc = { changed, 3 };
    assert_fault(c, up(c, kc, &n), PRECONDITION, "0002_two was changed after it was applied");
    assert_fault(c, check(c, kc), PRECONDITION, "0002_two was changed");
    assert_fault(c, down(c, kc, 1, true, &n), PRECONDITION, "0002_two was changed");
    assert_fault(c, check(c, k2), PRECONDITION,
                 "newer than this program: it has migration 0003_three");
    assert_fault(c, up(c, k0, &n), PRECONDITION, "newer");
    memcpy(gap, three, sizeof(three));
    gap[1] = three[2]; /* 0002 is applied, but not known */
    const struct known kg = { gap, 2 };
    assert_fault(c, up(c, kg, &n), PRECONDITION, "0002_two, unknown here");
    assert_ok(c, exec(c, "DELETE FROM schema_migrations WHERE version = 2"));
    assert_fault(c, up(c, k3, &n), PRECONDITION, "0002_two is missing below applied ones");
}

static void test_failed_script(void **state)
{
    static const struct migration bad[] = {
        M(1, "good", "CREATE TABLE g (a TEXT)", "DROP TABLE g"),
        M(2, "bad", "CREATE TABLE h (a TEXT); CREATE TABLE h (a TEXT);", "DROP TABLE h"),
    };
    struct ctx *c = test_db_next(*state);
    const struct known k = { bad, 2 };
    size_t n = 7;
    assert_fault(c, up(c, k, &n), INTERNAL, "a script failed");
    assert_int_equal(n, 7);
    assert_int_equal(dump(c).n, 0); /* all or nothing */
}

static void *up_thread(void *arg)
{
    struct ctx c;
    size_t n = 0;
    test_db_thread_ctx(arg, &c);
    err e = migrate_up(&c, &n);
    test_db_thread_ctx_close(&c);
    return (void *)(intptr_t)(e == ERR_OK ? (int)n : -1);
}

enum { AT_ONCE = 10 };
static void test_many_at_once(void **state)
{
    pthread_t threads[AT_ONCE];
    int64_t sum = 0;
    for (int i = 0; i < AT_ONCE; i++)
        pthread_create(&threads[i], NULL, up_thread, *state);
    for (int i = 0; i < AT_ONCE; i++) {
        void *n;
        pthread_join(threads[i], &n);
        assert_true((intptr_t)n >= 0);
        sum += (intptr_t)n;
    }
    assert_int_equal(sum, migration_count);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, open_db, close_db)
    const struct CMUnitTest tests[] = {
        WITH(test_up_down_up),        WITH(test_status),
        WITH(test_data_is_kept),      WITH(test_steps),
        WITH(test_failed_script),     WITH(test_many_at_once),
        WITH(test_strange_histories), WITH(test_places_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
