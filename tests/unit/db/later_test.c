/* Changes that wait for the end of their transaction: copied, in order, never lost, never kept. */
#include "db_helper.h"

enum { MANY = 1700, BLOB_N = 3 << 20 };

struct note_row {
    int64_t id;
    struct str text;
};
static const struct field note_fields[] = {
    FIELD_I64(struct note_row, id),
    FIELD_STR(struct note_row, text, .flags = FIELD_NULL),
};
static SCHEMA(note_schema, "Note", struct note_row, note_fields);
static const struct query note_put = { .sql =
                                           "INSERT INTO notes (note_id, text) VALUES (:id, :text)",
                                       .in = &note_schema };
static const struct query note_list = { .sql = "SELECT note_id AS id, text FROM notes"
                                               " ORDER BY place",
                                        .out = &note_schema };
static const struct query note_count = { .sql = "SELECT COUNT(*) AS id, NULL AS text FROM notes",
                                         .out = &note_schema };

static int open_db(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, "CREATE TABLE notes (place INTEGER PRIMARY KEY, note_id BIGINT NOT NULL,"
                         " text TEXT)"));
    assert_ok(c, exec(c, N_TABLE));
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

static int64_t notes_in(struct ctx *c, struct tx *tx)
{
    struct note_row row;
    assert_ok(c, query_one(c, tx, &note_count, NULL, &row));
    return row.id;
}
static err count_fn(struct ctx *c, struct tx *tx, void *arg)
{
    *(int64_t *)arg = notes_in(c, tx);
    return ERR_OK;
}
static int64_t notes(struct ctx *c)
{
    int64_t n = -1;
    assert_ok(c, tx_run(c, TX_READ, count_fn, &n));
    return n;
}
static err put(struct ctx *c, struct tx *tx, int64_t id, struct str text)
{
    const struct note_row row = { id, text };
    return query_later(c, tx, &note_put, &row);
}

/* The caller's buffer is another text by the time the row is written. */
static err many_fn(struct ctx *c, struct tx *tx, void *arg)
{
    char text[32];
    for (int64_t i = 0; i < MANY; i++) {
        int n = snprintf(text, sizeof(text), "note %lld", (long long)i);
        TRY(put(c, tx, i, i % 7 ? (struct str){ text, (size_t)n } : (struct str){ 0 }));
    }
    memset(text, 'x', sizeof(text));
    *(int64_t *)arg = notes_in(c, tx);
    return ERR_OK;
}
static err check_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct list rows;
    (void)arg;
    TRY(query_list(c, tx, &note_list, NULL, 2 * MANY, &rows));
    const struct note_row *r = rows.v;
    assert_int_equal(rows.n, MANY);
    for (size_t i = 0; i < rows.n; i++) {
        assert_int_equal(r[i].id, i);
        struct str want = str_fmt(c->mem, "note %zu", i);
        assert_true(i % 7 ? str_eq(r[i].text, want) : r[i].text.p == NULL);
    }
    return ERR_OK;
}

static void rows_are_copied_and_written_in_order(void **state)
{
    struct ctx *c = test_db_next(*state);
    int64_t before = -1;
    assert_ok(c, tx_run(c, TX_WRITE, many_fn, &before));
    assert_true(before < MANY); /* some waited for the commit … */
    assert_true(before > 0);    /* … and not without a limit */
    assert_ok(c, tx_run(c, TX_READ, check_fn, NULL));
}

static err flush_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(put(c, tx, 1, S("a")));
    assert_int_equal(notes_in(c, tx), 0);
    TRY(query_later_flush(c, tx));
    assert_int_equal(notes_in(c, tx), 1);
    TRY(query_later_flush(c, tx));
    TRY(put(c, tx, 2, S("b")));
    const struct n_row other = { 7, 7 };
    TRY(query_later(c, tx, &n_insert, &other)); /* another statement: the first goes before it */
    assert_int_equal(notes_in(c, tx), 2);
    return ERR_OK;
}

static void a_flush_shows_them(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_ok(c, tx_run(c, TX_WRITE, flush_fn, NULL));
    assert_int_equal(notes(c), 2);
}

static err fail_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(put(c, tx, 1, S("a")));
    return FAIL(c, BAD_REQUEST, "no");
}
static err nothing_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)c, (void)tx, (void)arg;
    return ERR_OK;
}

static void a_failed_transaction_leaves_none(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_fault(c, tx_run(c, TX_WRITE, fail_fn, NULL), BAD_REQUEST, "no");
    assert_ok(c, tx_run(c, TX_WRITE, nothing_fn, NULL)); /* on the same connection */
    assert_int_equal(notes(c), 0);
}

static err inner_ok(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return put(c, tx, 3, S("inner"));
}
static err try_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(put(c, tx, 2, S("outer")));
    assert_int_equal(tx_try(c, tx, fail_fn, NULL), ERR_BAD_REQUEST);
    fault_clear(c);
    assert_int_equal(notes_in(c, tx), 1);
    TRY(tx_try(c, tx, inner_ok, NULL));
    assert_int_equal(notes_in(c, tx), 2);
    return put(c, tx, 4, S("outer"));
}

static void a_savepoint_takes_back_its_own(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_ok(c, tx_run(c, TX_WRITE, try_fn, NULL));
    assert_int_equal(notes(c), 3);
}

static err twice_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct n_row row = { 5, 5 };
    (void)arg;
    TRY(query_later(c, tx, &n_insert, &row));
    return query_later(c, tx, &n_insert, &row);
}

static void a_refusal_comes_out_at_the_commit(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_int_equal(tx_run(c, TX_WRITE, twice_fn, NULL), ERR_CONFLICT);
    fault_clear(c);
    int64_t n = -1;
    assert_ok(c, tx_run(c, TX_READ, count_fn, &n));
}

static err large_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct str *text = arg;
    for (int64_t i = 0; i < 4; i++)
        TRY(put(c, tx, i, *text));
    text->n = 2 * (size_t)BLOB_N;
    assert_fault(c, put(c, tx, 9, *text), TOO_LARGE, "too large to wait");
    return ERR_OK;
}

static void memory_is_bounded(void **state)
{
    struct ctx *c = test_db_next(*state);
    char *p = arena_array(c->mem, char, 2 * (size_t)BLOB_N);
    memset(p, 'z', 2 * (size_t)BLOB_N);
    struct str text = { p, BLOB_N };
    assert_ok(c, tx_run(c, TX_WRITE, large_fn, &text));
    assert_int_equal(notes(c), 4);
}

struct map_row {
    struct list map;
};
static const struct field map_fields[] = { FIELD_MAP_E2(struct map_row, map) };
static SCHEMA(map_schema, "Map", struct map_row, map_fields);
static const struct query map_put = { .sql = "INSERT INTO notes (note_id, text) VALUES (1, :map)",
                                      .in = &map_schema };
static err map_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct map_row row = { { NULL, 0 } };
    (void)arg;
    return query_later(c, tx, &map_put, &row);
}

static void lists_cannot_wait(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_fault(c, tx_run(c, TX_WRITE, map_fn, NULL), INTERNAL, "lists");
}

int main(void)
{
#define TEST(fn_) cmocka_unit_test_setup_teardown(fn_, open_db, close_db)
    const struct CMUnitTest tests[] = {
        TEST(rows_are_copied_and_written_in_order),
        TEST(a_flush_shows_them),
        TEST(a_failed_transaction_leaves_none),
        TEST(a_savepoint_takes_back_its_own),
        TEST(a_refusal_comes_out_at_the_commit),
        TEST(memory_is_bounded),
        TEST(lists_cannot_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
