/* Modes of selection: what a request may ask, the combined score half up, ties at the cut-off. */
#include "domain/selection.h"

#include "crypto/commit.h"
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

static err read_plan(const char *json, struct selection_plan *ret)
{
    struct selection_request r;
    fault_clear(&fx.c);
    TRY(schema_decode(&fx.c, &selection_request_schema, str_of(json), &r, NULL));
    return selection_plan_make(&fx.c, &r, ret);
}

static void requests_have_defaults(void **state)
{
    (void)state;
    struct selection_plan p;
    assert_int_equal(selection_plan_make(&fx.c, NULL, &p), ERR_OK);
    assert_int_equal(p.mode, SELECT_DIRECT);
    assert_int_equal(selection_places(&p, 7), 7);
    assert_int_equal(read_plan("{}", &p), ERR_OK);
    assert_int_equal(p.mode, SELECT_DIRECT);
    assert_int_equal(read_plan("{\"factor\":5}", &p), ERR_OK);
    assert_int_equal(selection_places(&p, 7), 7); /* a factor alone makes no shortlist */
    assert_int_equal(read_plan("{\"mode\":\"shortlist\"}", &p), ERR_OK);
    assert_int_equal(p.mode, SELECT_SHORTLIST);
    assert_int_equal(p.factor, 2);
    assert_int_equal(p.weights.application, 50);
    assert_int_equal(p.weights.interview, 50);
    assert_int_equal(selection_places(&p, 7), 14);
    assert_int_equal(read_plan("{\"mode\":\"shortlist\",\"factor\":10,\"weights\":{\"application\":"
                               "0.3,\"interview\":0.7},\"tie_break\":[\"gpa\"]}",
                               &p),
                     ERR_OK);
    assert_int_equal(selection_places(&p, 7), 70);
    assert_int_equal(p.weights.application, 30);
    assert_int_equal(p.weights.interview, 70);
}

static void bad_requests_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *loc;
    } bad[] = {
        { "{\"mode\":\"lottery\"}", "[\"body\",\"mode\"]" },
        { "{\"mode\":null}", "[\"body\",\"mode\"]" },
        { "{\"factor\":0}", "[\"body\",\"factor\"]" },
        { "{\"factor\":11}", "[\"body\",\"factor\"]" },
        { "{\"factor\":1.5}", "[\"body\",\"factor\"]" },
        { "{\"weights\":{\"application\":0.5}}", "[\"body\",\"weights\",\"interview\"]" },
        { "{\"weights\":{\"application\":-0.5,\"interview\":1.5}}",
          "[\"body\",\"weights\",\"application\"]" },
        { "{\"weights\":{\"application\":0.5,\"interview\":0.48}}", "[\"body\",\"weights\"]" },
        { "{\"weights\":{\"application\":0.5,\"interview\":0.52}}", "[\"body\",\"weights\"]" },
        { "{\"weights\":{\"application\":0,\"interview\":0}}", "[\"body\",\"weights\"]" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct selection_plan p;
        assert_int_equal(read_plan(bad[i].json, &p), ERR_INVALID);
        assert_true(fx.c.fault.n_issues > 0);
        assert_true(str_eq(fx.c.fault.issues[0].loc, str_of(bad[i].loc)));
    }
    struct selection_plan p;
    assert_int_equal(read_plan("{\"weights\":{\"application\":0.5,\"interview\":0.49}}", &p),
                     ERR_OK);
    assert_int_equal(read_plan("{\"weights\":{\"application\":0,\"interview\":1}}", &p), ERR_OK);
}

static void scores_combine_half_up(void **state)
{
    (void)state;
    const struct selection_weights half = { 50, 50 }, mine = { 30, 70 }, odd = { 50, 49 };
    const struct selection_weights alone = { 0, 100 };
    assert_int_equal(interview_mean_e2(1000, 1000, 1000), 1000);
    assert_int_equal(interview_mean_e2(700, 800, 800), 767);
    assert_int_equal(interview_mean_e2(700, 700, 800), 733);
    assert_int_equal(combined_e2(&half, 8000, 600), 7000);
    assert_int_equal(combined_e2(&half, 8001, 600), 7001); /* 70.005 */
    assert_int_equal(combined_e2(&half, 0, 0), 0);
    assert_int_equal(combined_e2(&half, 10000, 1000), 10000);
    assert_int_equal(combined_e2(&mine, 8615, 767), 7954); /* 79.535 */
    assert_int_equal(combined_e2(&alone, 8615, 767), 7670);
    assert_int_equal(combined_e2(&odd, 10000, 1000), 10000); /* a sum of 0.99 keeps the range */
    assert_int_equal(combined_e2(&half, INT64_MAX, INT64_MAX), 10000);
    assert_int_equal(combined_e2(&half, INT64_MIN, INT64_MIN), 0);
}

/* The final selection uses the same ordering on combined scores: ties go by the seed. */
static void combined_ties_go_by_the_seed(void **state)
{
    (void)state;
    const struct selection_weights half = { 50, 50 };
    static const struct {
        const char *id;
        int64_t final, interview;
    } in[] = { { "ANON_A", 9000, 500 },
               { "ANON_B", 5000, 900 },
               { "ANON_C", 7000, 700 },
               { "ANON_D", 9000, 600 },
               { "ANON_E", 6000, 799 } };
    struct candidate rows[5];
    for (size_t i = 0; i < 5; i++)
        rows[i] =
            (struct candidate){ .anonymized_id = str_of(in[i].id),
                                .final_e2 = combined_e2(&half, in[i].final, in[i].interview) };
    struct selection_outcome o;
    assert_int_equal(select_top(&fx.c, rows, 5, 3, S("5eed"), &o), ERR_OK);
    assert_int_equal(o.cutoff_e2, 7000);
    assert_int_equal(o.tied_at_cutoff, 3); /* A, B and C for two seats */
    assert_true(str_eq(rows[0].anonymized_id, S("ANON_D")));
    assert_true(str_eq(rows[4].anonymized_id, S("ANON_E")));
    for (size_t i = 1; i < 3; i++) {
        const struct hash x = tiebreak_key(S("5eed"), rows[i].anonymized_id);
        const struct hash y = tiebreak_key(S("5eed"), rows[i + 1].anonymized_id);
        assert_true(memcmp(x.b, y.b, SHA256_N) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_have_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_requests_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(scores_combine_half_up, setup, teardown),
        cmocka_unit_test_setup_teardown(combined_ties_go_by_the_seed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
