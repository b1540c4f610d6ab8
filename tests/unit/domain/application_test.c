/* Applications: statuses as applicants see them, test scores, the committed payload. */
#include "domain/application.h"

#include "codec/canon.h"
#include "domain/phase.h"
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

static void decisions_hide_until_publication(void **state)
{
    (void)state;
    for (int32_t phase = 0; phase < PHASE_COUNT; phase++) {
        int32_t want = phase < PHASE_PUBLISHED ? (int32_t)APP_SCORED : (int32_t)APP_SELECTED;
        assert_int_equal(application_status_shown(APP_SELECTED, phase), want);
        assert_int_equal(application_status_shown(APP_SUBMITTED, phase), APP_SUBMITTED);
        assert_int_equal(application_status_shown(APP_WITHDRAWN, phase), APP_WITHDRAWN);
    }
    assert_int_equal(application_status_shown(APP_NOT_SELECTED, PHASE_SELECTION), APP_SCORED);
    assert_int_equal(application_status_shown(APP_SHORTLISTED, PHASE_SELECTION), APP_SCORED);
}

static void every_status_has_its_sentence(void **state)
{
    (void)state;
    for (int32_t s = 0; s < APP_STATUS_COUNT; s++) {
        const char *text = application_status_message(s);
        assert_non_null(text);
        assert_int_equal(text[strlen(text) - 1], '.');
    }
    assert_non_null(application_status_message(-1));
    assert_non_null(application_status_message(APP_STATUS_COUNT));
}

static err check(const struct e2_pair *tests, size_t n)
{
    struct application_new a = { .test_scores = { (void *)(uintptr_t)tests, n } };
    fault_clear(&fx.c);
    return application_new_check(&fx.c, &a);
}

static void no_test_is_too_short(void **state)
{
    (void)state;
    assert_int_equal(check(NULL, 0), ERR_INVALID);
    const struct issue *i = fx.c.fault.issues;
    assert_true(str_eq(i->type, S("too_short")));
    assert_true(str_eq(i->loc, S("[\"body\",\"test_scores\"]")));
    assert_true(
        str_eq(i->msg, S("Dictionary should have at least 1 item after validation, not 0")));
    assert_true(
        str_eq(i->ctx, S("{\"field_type\":\"Dictionary\",\"min_length\":1,\"actual_length\":0}")));
}

static void scores_stay_in_their_tests_range(void **state)
{
    (void)state;
    assert_int_equal(check((struct e2_pair[]){ { S_INIT("SAT"), 160000 } }, 1), ERR_OK);
    assert_int_equal(check((struct e2_pair[]){ { S_INIT("sat"), 40000 } }, 1), ERR_OK);
    assert_int_equal(check((struct e2_pair[]){ { S_INIT("SAT"), 160001 } }, 1), ERR_INVALID);
    assert_true(str_eq(fx.c.fault.issues[0].type, S("less_than_equal")));
    assert_true(str_eq(fx.c.fault.issues[0].ctx, S("{\"le\":1600}")));
    assert_true(str_eq(fx.c.fault.issues[0].loc, S("[\"body\",\"test_scores\",\"SAT\"]")));
    assert_true(str_eq(fx.c.fault.issues[0].input, S("1600.01")));
    assert_int_equal(check((struct e2_pair[]){ { S_INIT("Music grade"), -1 } }, 1), ERR_INVALID);
    assert_true(str_eq(fx.c.fault.issues[0].type, S("greater_than_equal")));
    assert_true(str_eq(fx.c.fault.issues[0].msg, S("Input should be greater than or equal to 0")));
    assert_int_equal(check((struct e2_pair[]){ { S_INIT("Music grade"), 10001 } }, 1), ERR_INVALID);
}

static void every_bad_score_is_named(void **state)
{
    (void)state;
    const struct e2_pair tests[] = { { S_INIT("SAT"), 100 },
                                     { S_INIT("ACT"), 3000 },
                                     { S_INIT("IELTS"), 1000 },
                                     { S_INIT("act"), 2000 } };
    assert_int_equal(check(tests, 4), ERR_INVALID);
    assert_int_equal(fx.c.fault.n_issues, 3);
    assert_true(str_eq(fx.c.fault.issues[2].type, S("value_error")));
}

static void names_of_tests_are_short(void **state)
{
    (void)state;
    char longest[51];
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(check((struct e2_pair[]){ { { longest, 50 }, 100 } }, 1), ERR_OK);
    assert_int_equal(check((struct e2_pair[]){ { { longest, 51 }, 100 } }, 1), ERR_INVALID);
    assert_true(str_eq(fx.c.fault.issues[0].type, S("string_too_long")));
    assert_int_equal(check((struct e2_pair[]){ { S_INIT(""), 100 } }, 1), ERR_INVALID);
    assert_true(str_eq(fx.c.fault.issues[0].type, S("string_too_short")));
}

static void the_payload_is_canonical(void **state)
{
    (void)state;
    struct e2_pair tests[] = { { S_INIT("SAT"), 142000 }, { S_INIT("ACT"), 3100 } };
    struct list list = { tests, 2 };
    struct buf b;
    buf_init(&b, fx.mem, 4096);
    application_payload_canon(&b, 372, &list, S("Line\n\"two\" caf\xc3\xa9"), S("2nd place"));
    assert_true(
        str_eq(buf_view(&b), S("{\"achievements\":\"2nd place\",\"essay\":\"Line\\n\\\"two\\\" "
                               "caf\xc3\xa9\",\"gpa_e2\":372,"
                               "\"test_scores_e2\":{\"ACT\":3100,\"SAT\":142000}}")));
    assert_true(canon_valid(buf_view(&b)));
    buf_clear(&b);
    application_payload_canon(&b, 400, &(struct list){ NULL, 0 }, S(""), S(""));
    assert_true(canon_valid(buf_view(&b)));
}

static void identity_fields_are_marked(void **state)
{
    (void)state;
    static const char *const pii[] = { "name", "email", "phone", "address" };
    size_t marked = 0;
    for (size_t i = 0; i < application_new_schema.n; i++)
        marked += (application_new_schema.fields[i].flags & FIELD_PII) != 0;
    assert_int_equal(marked, 4);
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < application_new_schema.n; i++)
            if (str_eq(str_of(application_new_schema.fields[i].name), str_of(pii[k])))
                assert_true(application_new_schema.fields[i].flags & FIELD_PII);
    /* What staff and results show is never of that kind. */
    for (size_t i = 0; i < application_row_schema.n; i++)
        assert_false(application_row_schema.fields[i].flags & FIELD_PII);
    for (size_t i = 0; i < result_schema.n; i++)
        assert_false(result_schema.fields[i].flags & FIELD_PII);
}

static void bodies_are_held_to_their_bounds(void **state)
{
    (void)state;
    struct application_new a;
    struct str bad = S("{\"name\":\"A\",\"email\":\"nobody\",\"gpa\":4.01,\"test_scores\":{},"
                       "\"essay\":\"short\",\"achievements\":\"few\"}");
    assert_int_equal(schema_decode(&fx.c, &application_new_schema, bad, &a, NULL), ERR_INVALID);
    assert_int_equal(fx.c.fault.n_issues, 6);
    fault_clear(&fx.c);
    struct buf b;
    buf_init(&b, fx.mem, 8192);
    buf_lit(&b, "{\"name\":\"Zo\xc3\xab\",\"email\":\"z@example.org\",\"gpa\":3.7,"
                "\"test_scores\":{\"SAT\":1450},\"achievements\":\"Ten letters\",\"essay\":\"");
    for (int i = 0; i < 100; i++)
        buf_c(&b, 'e');
    buf_lit(&b, "\"}");
    assert_int_equal(schema_decode(&fx.c, &application_new_schema, buf_view(&b), &a, NULL), ERR_OK);
    assert_int_equal(a.gpa, 370);
    assert_null(a.phone.p);
    assert_int_equal(application_new_check(&fx.c, &a), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decisions_hide_until_publication, setup, teardown),
        cmocka_unit_test_setup_teardown(every_status_has_its_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(no_test_is_too_short, setup, teardown),
        cmocka_unit_test_setup_teardown(scores_stay_in_their_tests_range, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bad_score_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(names_of_tests_are_short, setup, teardown),
        cmocka_unit_test_setup_teardown(the_payload_is_canonical, setup, teardown),
        cmocka_unit_test_setup_teardown(identity_fields_are_marked, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies_are_held_to_their_bounds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
