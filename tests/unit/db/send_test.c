/* Changes that nobody waits for: seen by what follows, refused by the end of the unit of work. */
#include "db_helper.h"

enum { MANY = 700 };

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

static err send(struct ctx *c, struct tx *tx, int64_t id)
{
    const struct n_row row = { id, 1 };
    return query_send(c, tx, &n_insert, &row, 1);
}

static err count_in(struct ctx *c, struct tx *tx, int64_t *ret)
{
    struct n_row row = { 0 };
    TRY(query_one(c, tx, &n_count, NULL, &row));
    *ret = row.id;
    return ERR_OK;
}

static err seen_fn(struct ctx *c, struct tx *tx, void *arg)
{
    int64_t n = -1;
    (void)arg;
    TRY(send(c, tx, 1));
    TRY(send(c, tx, 2));
    TRY(count_in(c, tx, &n));
    assert_int_equal(n, 2);
    return send(c, tx, 3);
}

static void what_follows_sees_them(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_ok(c, tx_run(c, TX_WRITE, seen_fn, NULL));
    assert_int_equal(n_total(c), 3);
}

static err many_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row rows[MANY];
    (void)arg;
    for (int64_t i = 0; i < MANY; i++)
        rows[i] = (struct n_row){ i, 1 };
    return query_send(c, tx, &n_insert, rows, MANY);
}

static void more_than_one_flight(void **state)
{
    struct ctx *c = test_db_next(*state);
    for (int i = 0; i < 3; i++) { /* described, named, run */
        assert_ok(c, tx_run(c, TX_WRITE, many_fn, NULL));
        assert_int_equal(n_total(c), MANY);
        assert_ok(c, exec(c, "DELETE FROM n"));
    }
}

struct twice {
    int tries;
    bool asks;
};
static err twice_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct twice *t = arg;
    int64_t n = -1;
    t->tries++;
    TRY(send(c, tx, 8));
    TRY(send(c, tx, 9));
    TRY(send(c, tx, 9));
    TRY(send(c, tx, 10));
    return t->asks ? count_in(c, tx, &n) : ERR_OK;
}

/* The unit of work fails as a whole and is not run again. */
static void a_refusal_comes_out(void **state)
{
    struct ctx *c = test_db_next(*state);
    for (int i = 0; i < 4; i++) {
        struct twice t = { .asks = i % 2 };
        assert_fault(c, tx_run(c, TX_WRITE, twice_fn, &t), CONFLICT, "not unique");
        assert_int_equal(t.tries, 1);
        assert_int_equal(n_total(c), 0);
    }
    assert_ok(c, tx_run(c, TX_WRITE, seen_fn, NULL));
    assert_int_equal(n_total(c), 3);
}

static err fail_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(send(c, tx, 1));
    return FAIL(c, BAD_REQUEST, "no");
}

static void a_failed_transaction_leaves_none(void **state)
{
    struct ctx *c = test_db_next(*state);
    for (int i = 0; i < 3; i++)
        assert_fault(c, tx_run(c, TX_WRITE, fail_fn, NULL), BAD_REQUEST, "no");
    assert_int_equal(n_total(c), 0);
}

static err inner_twice(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(send(c, tx, 20));
    return send(c, tx, 20);
}
static err inner_once(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return send(c, tx, 21);
}
static err try_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(send(c, tx, 1));
    assert_int_equal(tx_try(c, tx, inner_twice, NULL), ERR_CONFLICT);
    fault_clear(c);
    TRY(tx_try(c, tx, inner_once, NULL));
    return send(c, tx, 2);
}

static void a_refusal_inside_stays_inside(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_ok(c, tx_run(c, TX_WRITE, try_fn, NULL));
    assert_int_equal(n_total(c), 3);
}

static err lane_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row row = { 0 };
    uint32_t *lane = arg;
    *lane = tx_lane(tx);
    return query_one(c, tx, &n_count, NULL, &row);
}

/* One after another has the same connection, so the same lane. */
static void lanes_are_of_connections(void **state)
{
    struct ctx *c = test_db_next(*state);
    uint32_t first = 1, second = 2;
    assert_ok(c, tx_run(c, TX_WRITE, lane_fn, &first));
    assert_ok(c, tx_run(c, TX_WRITE, lane_fn, &second));
    assert_int_equal(first, second);
}

int main(void)
{
#define TEST(fn_) cmocka_unit_test_setup_teardown(fn_, open_db, close_db)
    const struct CMUnitTest tests[] = {
        TEST(what_follows_sees_them),        TEST(more_than_one_flight),
        TEST(a_refusal_comes_out),           TEST(a_failed_transaction_leaves_none),
        TEST(a_refusal_inside_stays_inside), TEST(lanes_are_of_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
