/* From :name to $n, and what a statement's words say of it. */
#include "db_helper.h"

#include "db/postgres.h"

static void free_stmt(struct pg_stmt *s)
{
    free(s->sql);
    free(s->names);
}

static void test_names(void **state)
{
    static const struct {
        const char *sql, *want;
        size_t n;
        bool changes, selects;
    } rows[] = {
        { "SELECT :a", "SELECT $1", 1, false, true },
        { "SELECT :a, :b, :a", "SELECT $1, $2, $1", 2, false, true },
        { "SELECT :ab, :a", "SELECT $1, $2", 2, false, true },
        { "SELECT ':a', \":b\", ''':c', :d", "SELECT ':a', \":b\", ''':c', $1", 1, false, true },
        { "SELECT x::text, :a::int8", "SELECT x::text, $1::int8", 1, false, true },
        { "SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, $1", 1, false, true },
        { "SELECT /* :a /* :b */ ' */ :c", "SELECT /* :a /* :b */ ' */ $1", 1, false, true },
        { "SELECT a[1:2] ", "SELECT a[1$1] ", 1, false, true },
        { "VALUES (:a)", "VALUES ($1)", 1, false, true },
        { "insert into t (v) values (:v)", "insert into t (v) values ($1)", 1, true, false },
        { "UPDATE t SET v = :v", "UPDATE t SET v = $1", 1, true, false },
        { "DELETE FROM t", "DELETE FROM t", 0, true, false },
        { "WITH k AS (SELECT 1) UPDATE t SET v = 1", "WITH k AS (SELECT 1) UPDATE t SET v = 1", 0,
          true, false },
        { "WITH k AS (SELECT 1) SELECT 1", "WITH k AS (SELECT 1) SELECT 1", 0, false, true },
        { "SELECT v FROM t FOR UPDATE SKIP LOCKED", "SELECT v FROM t FOR UPDATE SKIP LOCKED", 0,
          false, true },
        { "SELECT 'insert', (SELECT 1)", "SELECT 'insert', (SELECT 1)", 0, false, true },
    };
    struct test_db t;
    (void)state;
    test_db_dir(&t);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pg_stmt s = { 0 };
        assert_ok(&t.c, pg_rewrite(&t.c, rows[i].sql, &s));
        assert_string_equal(s.sql, rows[i].want);
        assert_int_equal(s.n_params, rows[i].n);
        assert_int_equal(s.changes, rows[i].changes);
        assert_int_equal(s.selects, rows[i].selects);
        free_stmt(&s);
    }
    struct pg_stmt s = { 0 };
    assert_ok(&t.c, pg_rewrite(&t.c, "SELECT :first, :second_2, :first", &s));
    assert_string_equal(s.param[0], "first");
    assert_string_equal(s.param[1], "second_2");
    free_stmt(&s);
    test_db_close(&t);
}

static void test_refused(void **state)
{
    struct test_db t;
    (void)state;
    test_db_dir(&t);
    struct pg_stmt s = { 0 };
    struct str many = S("SELECT 0");
    for (int i = 0; i <= DB_PARAMS_MAX; i++)
        many = str_fmt(t.mem, "%.*s, :p%d", STR_ARG(many), i);
    assert_fault(&t.c, pg_rewrite(&t.c, "SELECT $1", &s), INTERNAL, "without a name");
    assert_fault(&t.c, pg_rewrite(&t.c, "", &s), INTERNAL, "empty");
    assert_fault(&t.c, pg_rewrite(&t.c, " -- nothing", &s), INTERNAL, "empty");
    assert_fault(&t.c, pg_rewrite(&t.c, str_z(t.mem, many), &s), INTERNAL, "too many parameters");
    assert_ok(&t.c, pg_rewrite(&t.c, "SELECT '$1'", &s));
    free_stmt(&s);
    test_db_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
