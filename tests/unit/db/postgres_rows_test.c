/* Rows in number: pipelines, COPY, cursors inside one another; and the types of the server's own
 * answers. */
#include "postgres_helper.h"

enum { MANY = 1000 };

static int open_db(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

struct batch {
    struct n_row rows[MANY];
    size_t n;
};
static void fill(struct batch *b, int64_t from)
{
    b->n = MANY;
    for (int i = 0; i < MANY; i++)
        b->rows[i] = (struct n_row){ from + i, i };
}
static err many_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct batch *b = arg;
    return query_many(c, tx, &n_insert, b->rows, b->n);
}

static void test_many(void **state)
{
    static struct batch b;
    struct ctx *c = test_db_next(*state);
    fill(&b, 0);
    assert_ok(c, tx_run(c, TX_WRITE, many_fn, &b));
    assert_int_equal(n_total(c), MANY);
    fill(&b, MANY);
    b.rows[700].id = 3; /* in the third pipeline */
    assert_fault(c, tx_run(c, TX_WRITE, many_fn, &b), CONFLICT, "not unique: n.id");
    assert_int_equal(n_total(c), MANY);
    b.rows[700].id = MANY + 700;
    assert_ok(c, tx_run(c, TX_WRITE, many_fn, &b));
    assert_int_equal(n_total(c), 2 * MANY);
}

struct pair_row {
    int64_t id;
    struct str note;
};
static const struct field pair_fields[] = { FIELD_I64(struct pair_row, id),
                                            FIELD_STR(struct pair_row, note, .flags = FIELD_NULL) };
static SCHEMA(pair_schema, "Pair", struct pair_row, pair_fields);

/* Two tables at once, the second refers to the first; a look between rows sees them all. */
static err copy_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const int64_t *n = arg;
    static char text[4000];
    struct bulk *parents, *children;
    memset(text, 'x', sizeof(text));
    TRY(bulk_open(c, tx, "n", &n_schema, &parents));
    TRY(bulk_open(c, tx, "note", &pair_schema, &children));
    for (int64_t i = 0; i < *n; i++) {
        struct pair_row child = { i, i % 2 == 0 ? (struct str){ text, sizeof(text) }
                                                : (struct str){ 0 } };
        struct n_row seen = { 0 };
        TRY(bulk_row(c, parents, &(struct n_row){ i, 1 }));
        TRY(bulk_row(c, children, &child));
        if (i == 10) {
            TRY(query_one(c, tx, &n_count, NULL, &seen));
            assert_int_equal(seen.id, 11);
        }
    }
    TRY(bulk_close(c, &children));
    return bulk_close(c, &parents);
}

static void test_copy(void **state)
{
    struct ctx *c = test_db_next(*state);
    int64_t n = 2000; /* several times what is gathered */
    assert_ok(c, exec(c, "CREATE TABLE note (id BIGINT PRIMARY KEY REFERENCES n (id), note TEXT)"));
    assert_ok(c, tx_run(c, TX_WRITE, copy_fn, &n));
    assert_int_equal(n_total(c), n);
    assert_ok(c, exec(c, "DELETE FROM note WHERE note IS NULL OR length(note) = 4000"));
    assert_ok(c, exec(c, "DELETE FROM n WHERE id >= 10"));
    assert_fault(c, tx_run(c, TX_WRITE, copy_fn, &n), CONFLICT, "not unique: n.id");
    assert_int_equal(n_total(c), 10);
    assert_ok(c, exec(c, "DROP TABLE note; DELETE FROM n;"
                         "CREATE TABLE note (id BIGINT PRIMARY KEY, note JSONB)"));
    assert_fault(c, tx_run(c, TX_WRITE, copy_fn, &n), INTERNAL, "note");
}

/* Rows that a failed part has gathered go with it. */
static err copy_part_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)tx;
    TRY(bulk_row(c, *(struct bulk **)arg, &(struct n_row){ 2, 1 }));
    return FAIL(c, PHASE, "no");
}
static err copy_try_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct bulk *b;
    (void)arg;
    TRY(bulk_open(c, tx, "n", &n_schema, &b));
    TRY(bulk_row(c, b, &(struct n_row){ 1, 1 }));
    assert_int_equal(tx_try(c, tx, copy_part_fn, &b), ERR_PHASE);
    fault_clear(c);
    TRY(bulk_row(c, b, &(struct n_row){ 3, 1 }));
    return bulk_close(c, &b);
}

static void test_copy_in_savepoint(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct n_row row = { 0 };
    assert_ok(c, tx_run(c, TX_WRITE, copy_try_fn, NULL));
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    assert_int_equal(row.id, 2);
}

static const struct query n_from = { .sql = "SELECT id, v FROM n WHERE id >= :id ORDER BY id",
                                     .in = &n_schema,
                                     .out = &n_schema };
static const struct query n_more = { .sql = "UPDATE n SET v = v + 1 WHERE id = :id",
                                     .in = &n_schema };
struct nested {
    struct tx *tx;
    int64_t outer, inner;
};
static err inner_row(struct ctx *c, const void *row, void *arg)
{
    (void)c, (void)row;
    ((struct nested *)arg)->inner++;
    return ERR_OK;
}
/* The same query inside its own rows, and a change. */
static err outer_row(struct ctx *c, const void *row, void *arg)
{
    struct nested *k = arg;
    const struct n_row *r = row;
    assert_int_equal(r->id, k->outer);
    k->outer++;
    if (r->id % 100 == 0)
        TRY(query_each(c, k->tx, &n_from, &(struct n_row){ MANY - 300, 0 }, inner_row, k));
    assert_int_equal(r->v, r->id); /* still the row that was handed out */
    return k->tx->mode == TX_WRITE ? query_run(c, k->tx, &n_more, row, NULL) : ERR_OK;
}
static err nested_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct nested *k = arg;
    *k = (struct nested){ .tx = tx };
    return query_each(c, tx, &n_from, &(struct n_row){ 0, 0 }, outer_row, k);
}

static void test_cursors_nest(void **state)
{
    static struct batch b;
    struct ctx *c = test_db_next(*state);
    struct nested k;
    fill(&b, 0);
    assert_ok(c, tx_run(c, TX_WRITE, many_fn, &b));
    for (int mode = TX_READ; mode <= TX_WRITE; mode++) {
        assert_ok(c, tx_run(c, mode, nested_fn, &k));
        assert_int_equal(k.outer, MANY);
        assert_int_equal(k.inner, 300 * MANY / 100);
    }
    struct n_row row;
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    assert_int_equal(row.v, MANY * (MANY - 1) / 2 + MANY); /* each row changed once */
}

struct number_row {
    int64_t i;
    double f;
};
static const struct field number_fields[] = { FIELD_I64(struct number_row, i),
                                              FIELD_F64(struct number_row, f) };
static SCHEMA(number_schema, "Number", struct number_row, number_fields);
static err number_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct query *q = arg;
    struct number_row row;
    TRY(query_one(c, tx, q, NULL, &row));
    if ((double)row.i != row.f)
        return FAIL(c, PHASE, "%lld is not %.17g", (long long)row.i, row.f);
    return ERR_OK;
}

static void test_numbers(void **state)
{
    static const char *const same[] = {
        "SELECT CAST(7 AS SMALLINT) AS i, CAST(7 AS REAL) AS f",
        "SELECT -7 AS i, -7 AS f",
        "SELECT sum(x) AS i, avg(x) AS f FROM (VALUES (CAST(0 AS BIGINT))) t (x)",
        "SELECT CAST(9007199254740992 AS NUMERIC) AS i, 9007199254740992.0 AS f",
        "SELECT CAST(-120000000 AS NUMERIC) AS i, CAST(-120000000 AS NUMERIC) AS f",
        "SELECT CAST(-9223372036854775808 AS NUMERIC) AS i, -9223372036854775808.0 AS f",
        "SELECT CAST(10000 AS NUMERIC) AS i, 10000.0 AS f",
    };
    static const char *const other[] = {
        "SELECT 1.5 AS i, 1 AS f",
        "SELECT 9223372036854775808 AS i, 1 AS f",
        "SELECT CAST('NaN' AS NUMERIC) AS i, 1 AS f",
        "SELECT 1 AS i, 'x' AS f",
        "SELECT TRUE AS i, 1 AS f",
    };
    struct ctx *c = test_db_next(*state);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct query q = { .sql = same[i], .out = &number_schema };
        assert_ok(c, tx_run(c, TX_READ, number_fn, &q));
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        struct query q = { .sql = other[i], .out = &number_schema };
        assert_fault(c, tx_run(c, TX_READ, number_fn, &q), INTERNAL, "does not hold");
    }
    struct query tenth = { .sql = "SELECT 1 AS i, 123456.0625 AS f", .out = &number_schema };
    assert_fault(c, tx_run(c, TX_READ, number_fn, &tenth), PHASE, "1 is not 123456.0625");
}

struct time_row {
    int64_t t;
};
static const struct field time_fields[] = { FIELD_TIME(struct time_row, t) };
static SCHEMA(time_schema, "Time", struct time_row, time_fields);
static err time_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct query *q = arg;
    struct time_row row;
    TRY(query_one(c, tx, q, NULL, &row));
    assert_int_equal(row.t, INT64_C(1770091506000001) / 1000000 * 1000000);
    return ERR_OK;
}

static void test_times(void **state)
{
    static const char *const same[] = {
        "SELECT CAST('2026-02-03 05:05:06+01' AS TIMESTAMPTZ) AS t",
        "SELECT CAST('2026-02-03 04:05:06' AS TIMESTAMP) AS t",
        "SELECT '2026-02-03T04:05:06Z' AS t",
    };
    struct ctx *c = test_db_next(*state);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct query q = { .sql = same[i], .out = &time_schema };
        assert_ok(c, tx_run(c, TX_READ, time_fn, &q));
    }
    struct query never = { .sql = "SELECT CAST('infinity' AS TIMESTAMPTZ) AS t",
                           .out = &time_schema };
    assert_fault(c, tx_run(c, TX_READ, time_fn, &never), INTERNAL, "does not hold");
}

/* One query, or two that must agree though a writer comes between them. */
struct looks {
    struct test_db *t;
    int tries;
    bool two;
};
static void *add_one(void *arg)
{
    struct ctx c;
    test_db_thread_ctx(((const struct looks *)arg)->t, &c);
    static _Atomic int64_t id = 500;
    err e = tx_run(&c, TX_WRITE, n_insert_fn, &(struct n_row){ id++, 1 });
    test_db_thread_ctx_close(&c);
    return e == ERR_OK ? arg : NULL;
}
static err look_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct looks *k = arg;
    struct n_row first, second;
    pthread_t thread;
    void *fine;
    k->tries++;
    TRY(query_one(c, tx, &n_count, NULL, &first));
    if (!k->two)
        return ERR_OK;
    pthread_create(&thread, NULL, add_one, k);
    pthread_join(thread, &fine);
    assert_non_null(fine);
    TRY(query_one(c, tx, &n_count, NULL, &second));
    assert_int_equal(first.id, second.id);
    return ERR_OK;
}

/* A reader that always was one query goes without a transaction, until it asks a second. */
static void test_habits(void **state)
{
    struct test_db *t = *state;
    struct looks k = { .t = t };
    struct ctx *c = test_db_next(t);
    for (int i = 0; i < 3; i++)
        assert_ok(c, tx_run(c, TX_READ, look_fn, &k));
    assert_int_equal(k.tries, 3);
    k = (struct looks){ .t = t, .two = true };
    assert_ok(c, tx_run(c, TX_READ, look_fn, &k));
    assert_int_equal(k.tries, test_server_pooled() ? 1 : 2);
    k.tries = 0;
    assert_ok(c, tx_run(c, TX_READ, look_fn, &k));
    assert_int_equal(k.tries, 1);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, open_db, close_db)
    const struct CMUnitTest tests[] = {
        WITH(test_many),         WITH(test_copy),    WITH(test_copy_in_savepoint),
        WITH(test_cursors_nest), WITH(test_numbers), WITH(test_times),
        WITH(test_habits),
    };
    end_without_server();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
