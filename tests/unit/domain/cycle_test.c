/* Cycles: dates in order, and when applications are accepted. */
#include "domain/cycle.h"

#include "vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 1 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static void dates_must_be_in_order(void **state)
{
    (void)state;
    struct cycle_new n = { .start_date = 100, .end_date = 200, .result_date = 200 };
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_OK);
    n.end_date = 100;
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_INVALID);
    assert_int_equal(fx.c.fault.n_issues, 1);
    assert_true(str_eq(fx.c.fault.issues[0].loc, S("[\"body\"]")));
    assert_true(str_eq(fx.c.fault.issues[0].type, S("value_error")));
    assert_true(json_valid(fx.c.fault.issues[0].input, fx.mem));
}

static void a_result_before_the_end_is_refused(void **state)
{
    (void)state;
    struct cycle_new n = { .start_date = 100, .end_date = 200, .result_date = 199 };
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_INVALID);
    fault_clear(&fx.c);
    n = (struct cycle_new){ .start_date = 300, .end_date = 200, .result_date = 100 };
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_INVALID);
    assert_int_equal(fx.c.fault.n_issues, 2);
}

static void an_update_may_leave_dates_out(void **state)
{
    (void)state;
    struct cycle_new n = { .end_date = 200 };
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_OK);
    n = (struct cycle_new){ .start_date = 500 };
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_OK);
}

static void accepts_only_while_open_in_dates(void **state)
{
    (void)state;
    struct cycle cy = { .is_open = true, .start_date = 100, .end_date = 200 };
    assert_false(cycle_accepts(&cy, 99));
    assert_true(cycle_accepts(&cy, 100));
    assert_true(cycle_accepts(&cy, 200));
    assert_false(cycle_accepts(&cy, 201));
    cy.phase = PHASE_FROZEN;
    assert_false(cycle_accepts(&cy, 150));
    cy.phase = PHASE_SUBMISSION;
    cy.is_open = false;
    assert_false(cycle_accepts(&cy, 150));
}

static void bodies_are_held_to_their_bounds(void **state)
{
    (void)state;
    struct cycle_new n;
    struct str good = S("{\"cycle_name\":\"Fall 2026\",\"max_seats\":40,"
                        "\"start_date\":\"2026-01-01T00:00:00Z\",\"end_date\":\"2026-02-01\","
                        "\"result_date\":\"2026-03-01T00:00:00Z\"}");
    assert_int_equal(schema_decode(&fx.c, &cycle_new_schema, good, &n, NULL), ERR_OK);
    assert_int_equal(n.max_seats, 40);
    assert_int_equal(cycle_new_check(&fx.c, &n), ERR_OK);
    struct str bad = S("{\"cycle_name\":\"F\",\"max_seats\":0,\"start_date\":\"x\","
                       "\"end_date\":\"2026-02-01\"}");
    assert_int_equal(schema_decode(&fx.c, &cycle_new_schema, bad, &n, NULL), ERR_INVALID);
    assert_int_equal(fx.c.fault.n_issues, 4);
}

static void a_closed_cycle_shows_nulls(void **state)
{
    (void)state;
    struct admission_info info = { .seats_available = SCHEMA_NULL_I64,
                                   .max_seats = SCHEMA_NULL_I64,
                                   .current_seats = SCHEMA_NULL_I64,
                                   .message = S("No cycle is open.") };
    struct buf b;
    buf_init(&b, fx.mem, 4096);
    schema_encode(&admission_info_schema, &info, &b);
    assert_true(
        str_eq(buf_view(&b), S("{\"is_open\":false,\"cycle_name\":null,\"seats_available\":null,"
                               "\"max_seats\":null,\"current_seats\":null,\"start_date\":null,"
                               "\"end_date\":null,\"result_date\":null,"
                               "\"message\":\"No cycle is open.\"}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dates_must_be_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_result_before_the_end_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_update_may_leave_dates_out, setup, teardown),
        cmocka_unit_test_setup_teardown(accepts_only_while_open_in_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_are_held_to_their_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_cycle_shows_nulls, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
