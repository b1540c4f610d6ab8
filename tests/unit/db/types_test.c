/* Every field type there and back, and every way in which a column can be wrong. */
#include "db_helper.h"

#include <math.h>

static const char *const colour_names[] = { "red", "green" };
static NAMES(colours, colour_names);

struct all {
    struct str s;
    int64_t i;
    double f;
    int64_t e2;
    bool b;
    int64_t t;
    int32_t colour;
    struct list marks, words;
    struct str json, blob;
    int64_t id;
};
#define ALL_FIELDS(flags_)                                                                         \
    FIELD_I64(struct all, id), FIELD_STR(struct all, s, .flags = (flags_)),                        \
        FIELD_I64(struct all, i, .flags = (flags_)), FIELD_F64(struct all, f, .flags = (flags_)),  \
        FIELD_E2(struct all, e2, .flags = (flags_)), FIELD_BOOL(struct all, b, .flags = (flags_)), \
        FIELD_TIME(struct all, t, .flags = (flags_)),                                              \
        FIELD_ENUM(struct all, colour, .flags = (flags_), .names = &colours),                      \
        FIELD_MAP_E2(struct all, marks, .flags = (flags_)),                                        \
        FIELD_LIST(struct all, words, .flags = (flags_)),                                          \
        FIELD_JSON(struct all, json, .flags = (flags_)),                                           \
        FIELD_BLOB(struct all, blob, .flags = (flags_))
static const struct field open_fields[] = { ALL_FIELDS(FIELD_NULL) };
static const struct field strict_fields[] = { ALL_FIELDS(0) };
static SCHEMA(open_schema, "AllOpen", struct all, open_fields);
static SCHEMA(strict_schema, "AllStrict", struct all, strict_fields);

#define ALL_TABLE                                                                                  \
    "CREATE TABLE a (id BIGINT PRIMARY KEY, s TEXT, i BIGINT, f DOUBLE PRECISION, "                \
    "e2 DOUBLE PRECISION, b BOOLEAN, t TIMESTAMPTZ, colour VARCHAR(10), marks JSONB, "             \
    "words JSONB, json JSONB, blob BYTEA)"
#define COLUMNS "id, s, i, f, e2, b, t, colour, marks, words, json, blob"
static const struct query put = { .sql =
                                      "INSERT INTO a (" COLUMNS ") VALUES (:id, :s, :i, :f, :e2, "
                                      ":b, :t, :colour, :marks, :words, :json, :blob)",
                                  .in = &open_schema };
/* Columns in another order than the fields; one more than there are fields. */
static const struct query get_open = { .sql =
                                           "SELECT 1 AS extra, blob, json, words, marks, colour, "
                                           "t, b, e2, f, i, s, id FROM a WHERE id = :id",
                                       .in = &open_schema,
                                       .out = &open_schema };
static const struct query get_strict = { .sql = "SELECT " COLUMNS " FROM a WHERE id = :id",
                                         .in = &open_schema,
                                         .out = &strict_schema };
static const struct query list_all = { .sql = "SELECT " COLUMNS " FROM a ORDER BY id",
                                       .out = &open_schema };

static int open_db(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, ALL_TABLE));
    assert_ok(c, exec(c, N_TABLE));
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}
static struct ctx *ctx_of(void **state)
{
    return test_db_next(*state);
}

static err put_fn(struct ctx *c, struct tx *tx, void *arg)
{
    int64_t changed = 0;
    TRY(query_run(c, tx, &put, arg, &changed));
    assert_int_equal(changed, 1);
    return ERR_OK;
}
static err get_open_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &get_open, arg, arg);
}
static err get_strict_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &get_strict, arg, arg);
}

static struct e2_pair two_marks[] = { { S_INIT("SAT \"new\""), 123456 }, { S_INIT("AP"), -50 } };
static struct str two_words[] = { S_INIT("caf\303\251, \"x\""), S_INIT("") };

static struct all full(int64_t id)
{
    return (struct all){ .id = id,
                         .s = S("o'brien"),
                         .i = INT64_MAX,
                         .f = 0.1,
                         .e2 = 8615,
                         .b = true,
                         .t = INT64_C(1770091506000001),
                         .colour = 1,
                         .marks = { two_marks, 2 },
                         .words = { two_words, 2 },
                         .json = S("{\"a\":[1,null]}"),
                         .blob = S("\0\1\377") };
}

/* JSONB keeps the members of an object in an order of its own. */
static int64_t mark(const struct list *marks, struct str name)
{
    const struct e2_pair *m = marks->v;
    for (size_t i = 0; i < marks->n; i++)
        if (str_eq(m[i].name, name))
            return m[i].e2;
    return SCHEMA_NULL_I64;
}

static void test_round_trip(void **state)
{
    struct ctx *c = ctx_of(state);
    struct all in = full(1);
    struct all out = { .id = 1 };
    assert_ok(c, tx_run(c, TX_WRITE, put_fn, &in));
    assert_ok(c, tx_run(c, TX_READ, get_open_fn, &out));
    assert_true(str_eq(out.s, in.s));
    assert_int_equal(out.i, INT64_MAX);
    assert_true(out.f == in.f);
    assert_int_equal(out.e2, 8615);
    assert_true(out.b);
    assert_int_equal(out.t, in.t);
    assert_int_equal(out.colour, 1);
    assert_int_equal(out.marks.n, 2);
    assert_int_equal(mark(&out.marks, S("SAT \"new\"")), 123456);
    assert_int_equal(mark(&out.marks, S("AP")), -50);
    assert_int_equal(out.words.n, 2);
    const struct str *w = out.words.v;
    assert_true(str_eq(w[0], two_words[0]) && w[1].n == 0 && w[1].p != NULL);
    assert_true(str_eq(out.json, in.json));
    assert_true(str_eq(out.blob, in.blob));
}

/* SQLite keeps it, PostgreSQL's texts cannot. */
static void test_zero_byte(void **state)
{
    struct ctx *c = ctx_of(state);
    struct all in = full(50);
    struct all out = { .id = 50 };
    in.s = S("o'\0brien");
    if (!db_is(c, "sqlite")) {
        assert_fault(c, tx_run(c, TX_WRITE, put_fn, &in), INVALID,
                     "the value of s holds a zero byte");
        return;
    }
    assert_ok(c, tx_run(c, TX_WRITE, put_fn, &in));
    assert_ok(c, tx_run(c, TX_READ, get_open_fn, &out));
    assert_true(str_eq(out.s, in.s));
}

/* The stored forms that other programs and the next engine read. */
static void test_stored_form(void **state)
{
    struct ctx *c = ctx_of(state);
    struct all in = full(2);
    struct form {
        struct str form;
    } out;
    static const struct field fields[] = { FIELD_STR(struct form, form) };
    static SCHEMA(form_schema, "Form", struct form, fields);
    static const struct query on_postgres = {
        .sql = "SELECT pg_typeof(i) || ' ' || e2 || ' ' || pg_typeof(e2) || ' ' || b || ' ' || "
               "(t AT TIME ZONE 'UTC') || ' ' || colour || ' ' || marks || ' ' || words || ' ' || "
               "encode(blob, 'hex') AS form FROM a WHERE id = :id",
        .in = &open_schema,
        .out = &form_schema
    };
    static const struct query on_sqlite = {
        .sql =
            "SELECT typeof(i) || ' ' || e2 || ' ' || typeof(e2) || ' ' || b || ' ' || t || ' ' || "
            "colour || ' ' || marks || ' ' || words || ' ' || hex(blob) AS form FROM a "
            "WHERE id = :id",
        .in = &open_schema,
        .out = &form_schema
    };
    assert_ok(c, tx_run(c, TX_WRITE, put_fn, &in));
    struct tx tx = { .db = c->deps->db, .mode = TX_READ };
    assert_ok(c, pool_lease(c, tx.db, &tx.conn));
    bool sqlite = db_is(c, "sqlite");
    err e = query_one(c, &tx, sqlite ? &on_sqlite : &on_postgres, &in, &out);
    pool_give(tx.db, tx.conn);
    assert_ok(c, e);
    if (sqlite)
        assert_true(str_eq(out.form, S("integer 86.15 real 1 2026-02-03T04:05:06.000001Z green "
                                       "{\"SAT \\\"new\\\"\":1234.56,\"AP\":-0.5} "
                                       "[\"caf\303\251, \\\"x\\\"\",\"\"] 0001FF")));
    else
        assert_true(str_eq(out.form,
                           S("bigint 86.15 double precision true 2026-02-03 04:05:06.000001 green "
                             "{\"AP\": -0.5, \"SAT \\\"new\\\"\": 1234.56} "
                             "[\"caf\303\251, \\\"x\\\"\", \"\"] 0001ff")));
}

static void test_null_round_trip(void **state)
{
    struct ctx *c = ctx_of(state);
    struct all in = {
        .id = 3, .i = SCHEMA_NULL_I64, .f = (double)NAN, .e2 = SCHEMA_NULL_I64, .colour = -1
    };
    struct all out = full(3);
    assert_ok(c, tx_run(c, TX_WRITE, put_fn, &in));
    assert_ok(c, tx_run(c, TX_READ, get_open_fn, &out));
    assert_null(out.s.p);
    assert_int_equal(out.i, SCHEMA_NULL_I64);
    assert_true(isnan(out.f));
    assert_int_equal(out.e2, SCHEMA_NULL_I64);
    assert_false(out.b);
    assert_int_equal(out.t, 0);
    assert_int_equal(out.colour, -1);
    assert_null(out.marks.v);
    assert_null(out.words.v);
    assert_null(out.json.p);
    assert_null(out.blob.p);
    struct all strict = full(3);
    assert_fault(c, tx_run(c, TX_READ, get_strict_fn, &strict), INTERNAL, "column s is NULL");
    assert_int_equal(strict.i, INT64_MAX); /* nothing written on failure */
}

static void test_empty_is_not_null(void **state)
{
    struct ctx *c = ctx_of(state);
    struct all in = full(4);
    in.s = S("");
    in.blob = S("");
    in.marks = (struct list){ two_marks, 0 };
    in.words = (struct list){ two_words, 0 };
    in.json = S("12");
    struct all out = { .id = 4 };
    assert_ok(c, tx_run(c, TX_WRITE, put_fn, &in));
    assert_ok(c, tx_run(c, TX_READ, get_strict_fn, &out));
    assert_true(out.s.p != NULL && out.s.n == 0);
    assert_true(out.blob.p != NULL && out.blob.n == 0);
    assert_true(out.marks.v != NULL && out.marks.n == 0);
    assert_true(out.words.v != NULL && out.words.n == 0);
    assert_true(str_eq(out.json, S("12")));
}

/* 1970-01-01 itself is a time where NULL is not allowed. */
static void test_epoch(void **state)
{
    struct ctx *c = ctx_of(state);
    struct n_time {
        int64_t id, v;
    };
    static const struct field fields[] = { FIELD_I64(struct n_time, id),
                                           FIELD_TIME(struct n_time, v) };
    static SCHEMA(schema, "NTime", struct n_time, fields);
    static const struct query q = { .sql = "SELECT 1 AS id, :v AS v",
                                    .in = &schema,
                                    .out = &schema };
    struct tx tx = { .db = c->deps->db, .mode = TX_READ };
    assert_ok(c, pool_lease(c, tx.db, &tx.conn));
    struct n_time in = { 0 };
    struct n_time out = { .v = 7 };
    err e = query_one(c, &tx, &q, &in, &out);
    pool_give(tx.db, tx.conn);
    assert_ok(c, e);
    assert_int_equal(out.v, 0);
}

static void test_wrong_storage(void **state)
{
    static const struct {
        const char *set, *says;
        bool untyped; /* only columns without a type can hold it */
    } rows[] = {
        { "s = x'00'", "column s does not hold", true },
        { "i = 'x'", "column i does not hold", true },
        { "i = 1.5", "column i does not hold", true },
        { "f = 'x'", "column f does not hold", true },
        { "e2 = 0.125", "column e2 does not hold hundredths", false },
        { "e2 = 86.150001", "column e2 does not hold hundredths", false },
        { "e2 = 1e300", "column e2 does not hold hundredths", false },
        { "e2 = 'x'", "column e2 does not hold", true },
        { "b = 2", "column b does not hold", true },
        { "t = 'yesterday'", "column t does not hold", true },
        { "t = 5", "column t does not hold", true },
        { "colour = 'blue'", "column colour holds an unknown name", false },
        { "marks = '[]'", "column marks does not hold", false },
        { "marks = '{\"a\":0.001}'", "column marks does not hold", false },
        { "marks = '{\"a\":1'", "column marks does not hold", true },
        { "words = '[1]'", "column words does not hold", false },
        { "words = '[\"a\"'", "column words does not hold", true },
        { "json = x'7b7d'", "column json does not hold", true },
        { "blob = 'text'", "column blob does not hold", true },
        { "i = NULL", "column i is NULL", false },
        { "t = NULL", "column t is NULL", false },
        { "blob = NULL", "column blob is NULL", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ctx *c = ctx_of(state);
        char sql[128];
        if (rows[i].untyped && !db_is(c, "sqlite"))
            continue;
        struct all row = full(100 + (int64_t)i);
        assert_ok(c, tx_run(c, TX_WRITE, put_fn, &row));
        snprintf(sql, sizeof(sql), "UPDATE a SET %s WHERE id = %d", rows[i].set, 100 + (int)i);
        assert_ok(c, exec(c, sql));
        assert_fault(c, tx_run(c, TX_READ, get_strict_fn, &row), INTERNAL, rows[i].says);
    }
    struct ctx *c = ctx_of(state);
    assert_ok(c, exec(c, "DELETE FROM a WHERE id >= 100"));
}

static void test_plan_refuses(void **state)
{
    struct ctx *c = ctx_of(state);
    struct db *db = c->deps->db;
    static const struct field nested_fields[] = { FIELD_NAMED(struct all, s, "s", F_OBJ,
                                                              struct str) };
    static SCHEMA(nested, "Nested", struct all, nested_fields);
    const struct query no_field = { .sql = "SELECT id, v FROM n WHERE id = :ident",
                                    .in = &n_schema,
                                    .out = &n_schema };
    const struct query no_in = { .sql = "SELECT id, v FROM n WHERE id = :id", .out = &n_schema };
    const struct query no_name = { .sql = db_is(c, "sqlite") ? "SELECT id, v FROM n WHERE id = ?1"
                                                             : "SELECT id, v FROM n WHERE id = $1",
                                   .in = &n_schema,
                                   .out = &n_schema };
    const struct query no_column = { .sql = "SELECT id FROM n", .out = &n_schema };
    const struct query bad_sql = { .sql = "SELECT id FROM nowhere", .out = &n_schema };
    const struct query empty = { .sql = " ", .out = &n_schema };
    const struct query object = { .sql = "SELECT '' AS s", .out = &nested };
    const struct query quoted = { .sql = "SELECT 1 AS id, \"text\" AS v", .out = &n_schema };
    assert_fault(c, db_check_query(c, db, &no_field), INTERNAL,
                 "query of N has no field for the parameter ident");
    assert_fault(c, db_check_query(c, db, &no_in), INTERNAL, "no field for the parameter id");
    assert_fault(c, db_check_query(c, db, &no_name), INTERNAL, "without a name");
    assert_fault(c, db_check_query(c, db, &no_column), INTERNAL,
                 "query of N has no column for the field v");
    assert_fault(c, db_check_query(c, db, &bad_sql), INTERNAL, "nowhere");
    assert_fault(c, db_check_query(c, db, &empty), INTERNAL, "empty");
    assert_fault(c, db_check_query(c, db, &object), INTERNAL, "cannot read the field s");
    assert_fault(c, db_check_query(c, db, &quoted), INTERNAL, "text");
    assert_ok(c, db_check_query(c, db, &n_get));
    assert_ok(c, db_check_query(c, db, &n_insert));
}

struct fill {
    int64_t from, to;
};
static err fill_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct fill *f = arg;
    struct bulk *b;
    TRY(bulk_open(c, tx, "n", &n_schema, &b));
    for (int64_t i = f->from; i < f->to; i++) {
        struct n_row row = { i, i * 2 };
        TRY(bulk_row(c, b, &row));
    }
    TRY(bulk_close(c, &b));
    assert_null(b);
    return bulk_close(c, &b);
}

static err bulk_bad_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct bulk *b;
    return bulk_open(c, tx, arg, &n_schema, &b);
}

static void test_bulk(void **state)
{
    struct ctx *c = ctx_of(state);
    struct fill f = { 0, 5000 };
    char bad[] = "n; DROP TABLE n";
    char missing[] = "n_missing";
    size_t before = 0;
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    assert_int_equal(n_total(c), 5000);
    before = arena_used(c->mem);
    f = (struct fill){ 5000, 9000 };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    assert_int_equal(arena_used(c->mem), before); /* nothing a row */
    f = (struct fill){ 9000, 9010 };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    f = (struct fill){ 9005, 9999 }; /* left open by its error, taken back whole */
    assert_fault(c, tx_run(c, TX_WRITE, fill_fn, &f), CONFLICT, "n.id");
    assert_int_equal(n_total(c), 9010);
    assert_fault(c, tx_run(c, TX_WRITE, bulk_bad_fn, bad), INTERNAL, "bad table name");
    assert_fault(c, tx_run(c, TX_WRITE, bulk_bad_fn, missing), INTERNAL, "n_missing");
    f = (struct fill){ 9010, 9011 };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    assert_ok(c, exec(c, "DELETE FROM n"));
}

struct walk {
    struct tx *tx;
    int64_t seen, stop_at;
    const struct query *inner;
};
static err walk_row(struct ctx *c, const void *row, void *arg)
{
    struct walk *w = arg;
    const struct n_row *n = row;
    struct n_row again = { 0 };
    if (n->id == w->stop_at)
        return FAIL(c, PHASE, "far enough");
    TRY(query_one(c, w->tx, w->inner, n, &again)); /* another query, then the same inside itself */
    w->seen += again.v == n->v;
    return ERR_OK;
}
static const struct query n_all = { .sql = "SELECT id, v FROM n WHERE id >= :id ORDER BY id",
                                    .in = &n_schema,
                                    .out = &n_schema };
static err walk_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct walk *w = arg;
    struct n_row from = { 0 };
    w->tx = tx;
    return query_each(c, tx, &n_all, &from, walk_row, w);
}

static void test_each(void **state)
{
    struct ctx *c = ctx_of(state);
    struct fill f = { 0, 1000 };
    struct walk w = { .stop_at = -1, .inner = &n_get };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    assert_ok(c, tx_run(c, TX_READ, walk_fn, &w));
    assert_int_equal(w.seen, 1000);
    w = (struct walk){ .stop_at = 10, .inner = &n_all };
    assert_fault(c, tx_run(c, TX_READ, walk_fn, &w), PHASE, "far enough");
    assert_int_equal(w.seen, 10);
    assert_ok(c, exec(c, "DELETE FROM n"));
}

static err each_json_row(struct ctx *c, const void *row, void *arg)
{
    const struct all *a = row;
    size_t *n = arg;
    (void)c;
    *n += a->words.n + a->marks.n;
    return ERR_OK;
}
static err each_json_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_each(c, tx, &list_all, NULL, each_json_row, arg);
}

static void test_each_is_flat(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_ok(c, exec(c, "DELETE FROM a"));
    for (int i = 0; i < 200; i++) {
        struct all row = full(i);
        assert_ok(c, tx_run(c, TX_WRITE, put_fn, &row));
    }
    c = ctx_of(state);
    size_t before = arena_used(c->mem);
    size_t n = 0;
    assert_ok(c, tx_run(c, TX_READ, each_json_fn, &n));
    assert_int_equal(n, 800);
    assert_int_equal(arena_used(c->mem), before);
}

static err list_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct list *ret = arg;
    struct n_row from = { 0 };
    return query_list(c, tx, &n_all, &from, ret->n, ret);
}
static err find_fn(struct ctx *c, struct tx *tx, void *arg)
{
    bool found = true;
    struct n_row row = { .id = -5 };
    (void)arg;
    TRY(query_find(c, tx, &n_get, &row, &row, &found));
    assert_false(found);
    assert_int_equal(row.id, -5);
    return query_one(c, tx, &n_get, &row, &row);
}

static void test_list_and_find(void **state)
{
    struct ctx *c = ctx_of(state);
    struct fill f = { 0, 1000 };
    struct list rows = { .n = 100 };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    assert_ok(c, tx_run(c, TX_READ, list_fn, &rows));
    assert_int_equal(rows.n, 100);
    rows.n = 5000;
    assert_ok(c, tx_run(c, TX_READ, list_fn, &rows));
    assert_int_equal(rows.n, 1000);
    for (size_t i = 0; i < rows.n; i++)
        assert_int_equal(((const struct n_row *)rows.v)[i].v, i * 2);
    rows.n = 0;
    assert_ok(c, tx_run(c, TX_READ, list_fn, &rows));
    assert_int_equal(rows.n, 0);
    assert_fault(c, tx_run(c, TX_READ, find_fn, NULL), NOT_FOUND, "no row");
    assert_ok(c, exec(c, "DELETE FROM n"));
}

static void test_arena_limit(void **state)
{
    struct ctx *c = ctx_of(state);
    struct fill f = { 0, 5000 };
    struct list rows = { .n = 5000 };
    assert_ok(c, tx_run(c, TX_WRITE, fill_fn, &f));
    struct arena *mem = c->mem;
    c->mem = arena_open(NULL, 20000);
    assert_fault(c, tx_run(c, TX_READ, list_fn, &rows), TOO_LARGE, "too many rows");
    arena_close(c->mem);
    c->mem = mem;
    assert_ok(c, exec(c, "DELETE FROM n"));
}

static const struct query n_returning = {
    .sql = "INSERT INTO n (id, v) VALUES (:id, :v) RETURNING id, v + 1 AS v",
    .in = &n_schema,
    .out = &n_schema
};
static err returning_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &n_returning, arg, arg);
}

static void test_returning(void **state)
{
    struct ctx *c = ctx_of(state);
    struct n_row row = { 1, 41 };
    assert_ok(c, tx_run(c, TX_WRITE, returning_fn, &row));
    assert_int_equal(row.v, 42);
    assert_int_equal(n_total(c), 1);
    assert_ok(c, exec(c, "DELETE FROM n"));
}

static err cache_fn(struct ctx *c, struct tx *tx, void *arg)
{
    uint64_t *counts = arg;
    struct n_row row = { .id = 1 };
    bool found;
    for (int i = 0; i < 10; i++)
        TRY(query_find(c, tx, &n_get, &row, &row, &found));
    counts[0] = tx->conn->cache.hits;
    counts[1] = tx->conn->cache.misses;
    return ERR_OK;
}

static err cache_turnover_fn(struct ctx *c, struct tx *tx, void *arg)
{
    /* Many texts, and one address that holds a new text each time. */
    char same[64];
    (void)arg;
    for (int i = 0; i < DB_CACHE_MAX * 2; i++) {
        struct n_row row = { 0 };
        struct str sql = str_fmt(c->mem, "SELECT %d AS id, 2 AS v", i);
        const struct query fresh = { .sql = str_z(c->mem, sql), .out = &n_schema };
        TRY(query_one(c, tx, &fresh, NULL, &row));
        assert_int_equal(row.id, i);
        snprintf(same, sizeof(same), "SELECT %d AS id, 3 AS v", i);
        const struct query reused = { .sql = same, .out = &n_schema };
        TRY(query_one(c, tx, &reused, NULL, &row));
        assert_int_equal(row.id, i);
        assert_int_equal(row.v, 3);
    }
    assert_true(tx->conn->cache.n <= DB_CACHE_MAX);
    return ERR_OK;
}

static void test_statement_cache(void **state)
{
    struct ctx *c = ctx_of(state);
    uint64_t first[2], second[2];
    assert_ok(c, tx_run(c, TX_READ, cache_fn, first));
    assert_ok(c, tx_run(c, TX_READ, cache_fn, second));
    assert_int_equal(second[1], first[1]); /* nothing prepared again */
    assert_int_equal(second[0], first[0] + 10);
    assert_ok(c, tx_run(c, TX_READ, cache_turnover_fn, NULL));
    assert_ok(c, tx_run(c, TX_READ, cache_fn, first));
}

static void test_constraints(void **state)
{
    struct ctx *c = ctx_of(state);
    struct n_row row = { 1, 5 };
    assert_ok(c, exec(c, "CREATE TABLE k (a BIGINT, b BIGINT CHECK (b > 0), "
                         "r BIGINT REFERENCES n (id), t TEXT NOT NULL);"
                         "CREATE UNIQUE INDEX uk ON k (a, t)"));
    assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &row));
    assert_fault(c, tx_run(c, TX_WRITE, n_insert_fn, &row), CONFLICT, "n.id");
    assert_ok(c, exec(c, "INSERT INTO k VALUES (1, 1, 1, 'secret')"));
    fault_clear(c);
    assert_int_equal(exec(c, "INSERT INTO k VALUES (1, 1, 1, 'secret')"), ERR_CONFLICT);
    assert_non_null(strstr(c->fault.text, "k.a, k.t"));
    assert_null(strstr(c->fault.text, "secret"));
    assert_fault(c, exec(c, "INSERT INTO k VALUES (2, 0, 1, '')"), INTERNAL, "a check refused");
    assert_fault(c, exec(c, "INSERT INTO k VALUES (2, 1, 9, '')"), INTERNAL, "foreign key");
    assert_fault(c, exec(c, "INSERT INTO k VALUES (2, 1, 1, NULL)"), INTERNAL, "k.t");
    assert_ok(c, exec(c, "DROP TABLE k; DELETE FROM n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_zero_byte),
        cmocka_unit_test(test_stored_form),
        cmocka_unit_test(test_null_round_trip),
        cmocka_unit_test(test_empty_is_not_null),
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_wrong_storage),
        cmocka_unit_test(test_plan_refuses),
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_each_is_flat),
        cmocka_unit_test(test_list_and_find),
        cmocka_unit_test(test_arena_limit),
        cmocka_unit_test(test_returning),
        cmocka_unit_test(test_statement_cache),
        cmocka_unit_test(test_constraints),
    };
    return cmocka_run_group_tests(tests, open_db, close_db);
}
