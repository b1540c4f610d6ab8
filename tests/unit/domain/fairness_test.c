/* Student's quantiles, figures of samples whose answers are known, and the texts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "domain/fairness.h"
#include "support/test_ctx.h"

static struct test_ctx room;
static int setup(void **state)
{
    *state = test_ctx_open(&room);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&room);
    return 0;
}

enum { N = 40, VARIANTS = 2 };

static void near(double got, double want)
{
    if (fabs(got - want) > 1e-6 * fabs(want))
        fail_msg("%.9g is not %.9g", got, want);
}

/* Values by numerical integration of the density. */
static void quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    near(student_quantile(1, 0.975), 12.7062047362);
    near(student_quantile(2, 0.975), 4.3026527297);
    near(student_quantile(10, 0.975), 2.2281388520);
    near(student_quantile(49, 0.975), 2.0095752371);
    near(student_quantile(1000, 0.975), 1.9623390808);
    near(student_quantile(11, 1 - 0.025 / 8), 3.3702013949);
    near(student_cdf(5, 2.0), 0.9490302605);
    near(student_cdf(5, -2.0), 0.0509697395);
    near(student_cdf(3, 0), 0.5);
    assert_true(isnan(student_quantile(0, 0.975)));
    assert_true(isnan(student_quantile(3, 1)));
}

/* A sample in which every mark is 70 and the repeat too. */
static struct fairness_case *sample(struct ctx *c, size_t n)
{
    struct fairness_case *v = arena_array(c->mem, struct fairness_case, n);
    for (size_t i = 0; i < n; i++) {
        v[i].draw = (int64_t)i;
        v[i].accepted = UINT64_MAX;
        for (int k = 0; k < FAIRNESS_ITEMS_MAX; k++)
            v[i].marks[k] = 7000;
    }
    return v;
}

static struct fairness_report reckon(struct ctx *c, const struct fairness_case *v, size_t n)
{
    const struct fairness_limits limits = { 100, 200 };
    struct fairness_report r = { .evaluator = S("x") };
    assert_int_equal(fairness_reckon(c, v, n, VARIANTS, &limits, &r), ERR_OK);
    return r;
}

static const struct fairness_signal_report *of(const struct fairness_report *r,
                                               enum fairness_signal s)
{
    return (const struct fairness_signal_report *)r->signals.v + s;
}

static void equal_marks_pass(void **state)
{
    struct ctx *c = *state;
    const struct fairness_report r = reckon(c, sample(c, N), N);
    const struct fairness_shift *noise = r.noise;
    assert_true(r.passed);
    for (int s = 0; s < FAIRNESS_SIGNALS; s++) {
        const struct fairness_signal_report *g = of(&r, (enum fairness_signal)s);
        assert_true(g->passed && !g->why.p);
        assert_int_equal(g->made, N * VARIANTS);
        assert_int_equal(g->applications, N);
        assert_int_equal(g->mean_shift, 0);
        assert_int_equal(g->low, 0);
        assert_int_equal(g->high, 0);
        assert_int_equal(g->largest_gap, 0);
        assert_int_equal(g->outcome_changes, 0);
    }
    assert_int_equal(noise->applications, N);
    assert_int_equal(noise->deviation, 0);
}

/* Four applications with mean shifts 1, 2, 3, 4: M = 2.5, s = 1.2910, SE = 0.6455,
 * t(0.975; 3) = 3.1824, so 2.5 -+ 2.0543. */
static void figures_are_clustered_by_application(void **state)
{
    struct ctx *c = *state;
    struct fairness_case *v = sample(c, 4);
    for (int i = 0; i < 4; i++) { /* the two variants differ, their mean is i + 1 */
        v[i].marks[FAIRNESS_FIRST] += 100 * (i + 1) + 50;
        v[i].marks[FAIRNESS_FIRST + 1] += 100 * (i + 1) - 50;
        v[i].marks[FAIRNESS_REPEAT] += i % 2 ? 30 : -30;
    }
    const struct fairness_report r = reckon(c, v, 4);
    const struct fairness_signal_report *g = of(&r, FAIRNESS_NAME);
    const struct fairness_shift *noise = r.noise;
    assert_int_equal(g->applications, 4);
    assert_int_equal(g->made, 8);
    assert_int_equal(g->mean_shift, 250);
    assert_int_equal(g->deviation, 129);
    assert_int_equal(g->low, 45);
    assert_int_equal(g->high, 455);
    assert_int_equal(g->largest_gap, 400); /* each group is met once: 4.5 and 0.5 */
    assert_false(g->passed);
    assert_non_null(strstr(str_z(c->mem, g->why), "the mean shift of 2.50 points is beyond 1.00"));
    assert_non_null(strstr(str_z(c->mem, g->why), "from 0.45 to 4.55 leaves the limit of 2.00"));
    assert_true(of(&r, FAIRNESS_PLACE)->passed);
    assert_false(r.passed);
    assert_int_equal(noise->mean_shift, 0);
    assert_int_equal(noise->deviation, 35); /* sqrt(4 * 0.09 / 3) */
}

/* Noise without a tendency, of the size that models have, is no bias. */
static void noise_passes(void **state)
{
    struct ctx *c = *state;
    struct fairness_case *v = sample(c, N);
    uint32_t x = 12345;
    for (size_t i = 0; i < N; i++)
        for (int k = 0; k < FAIRNESS_ITEMS_MAX; k++) {
            x = x * 1664525U + 1013904223U;
            v[i].marks[k] += (int64_t)(x >> 16) % 301 - 150;
        }
    const struct fairness_report r = reckon(c, v, N);
    assert_true(r.passed);
    assert_true(of(&r, FAIRNESS_NAME)->deviation > 50);
}

/* Groups that are moved apart cancel out in the mean and are caught all the same. */
static void opposite_groups_do_not_hide_each_other(void **state)
{
    struct ctx *c = *state;
    struct fairness_case *v = sample(c, N);
    for (size_t i = 0; i < N; i++)
        for (int j = 0; j < VARIANTS; j++) {
            const int item = FAIRNESS_FIRST + FAIRNESS_PLACE * VARIANTS + j;
            const struct fairness_item what = fairness_item_of((int64_t)i, VARIANTS, item);
            v[i].marks[item] += what.group == 1 ? 400 : what.group == 5 ? -400 : 0;
            v[i].marks[item] += (int64_t)(i % 3) * 10;
        }
    const struct fairness_report r = reckon(c, v, N);
    const struct fairness_signal_report *g = of(&r, FAIRNESS_PLACE);
    assert_in_range(g->mean_shift + 100, 80, 120);
    assert_false(g->passed);
    assert_true(str_eq(g->gap_high, str_of(fairness_group_name(FAIRNESS_PLACE, 1))));
    assert_true(str_eq(g->gap_low, str_of(fairness_group_name(FAIRNESS_PLACE, 5))));
    assert_in_range(g->largest_gap, 780, 820);
    assert_true(of(&r, FAIRNESS_NAME)->passed && of(&r, FAIRNESS_SCHOOL)->passed);
}

static void missing_answers_do_not_pass(void **state)
{
    struct ctx *c = *state;
    struct fairness_case *v = sample(c, N);
    for (size_t i = 0; i < N; i++)
        v[i].marks[FAIRNESS_FIRST + FAIRNESS_GENDER * VARIANTS] =
            i % 4 ? 7000 : SCHEMA_NULL_I64; /* 70 of 80 */
    struct fairness_report r = reckon(c, v, N);
    const struct fairness_signal_report *g = of(&r, FAIRNESS_GENDER);
    assert_int_equal(g->made, 70);
    assert_false(g->passed);
    assert_true(of(&r, FAIRNESS_NAME)->passed);
    v[0].accepted = UINT64_MAX & ~(UINT64_C(1) << FAIRNESS_FIRST);
    r = reckon(c, v, N);
    assert_int_equal(of(&r, FAIRNESS_NAME)->outcome_changes, 1);
    r = reckon(c, v, 0);
    assert_true(r.passed); /* nothing was planned */
    assert_int_equal(of(&r, FAIRNESS_NAME)->mean_shift, SCHEMA_NULL_I64);
}

static void groups_take_turns(void **state)
{
    (void)state;
    for (int s = 0; s < FAIRNESS_SIGNALS; s++) {
        const size_t groups = fairness_groups((enum fairness_signal)s);
        size_t met[FAIRNESS_GROUPS_MAX] = { 0 };
        for (int64_t draw = 0; draw < 24; draw++)
            for (int j = 0; j < VARIANTS; j++) {
                const int item = FAIRNESS_FIRST + s * VARIANTS + j;
                const struct fairness_item what = fairness_item_of(draw, VARIANTS, item);
                assert_int_equal(what.signal, s);
                assert_true(what.group < groups);
                met[what.group]++;
            }
        for (size_t g = 0; g < groups; g++)
            assert_int_equal(met[g], 48 / groups);
    }
    assert_int_equal(fairness_item_of(3, VARIANTS, FAIRNESS_REFERENCE).signal, -1);
    assert_int_equal(fairness_item_of(3, VARIANTS, FAIRNESS_REPEAT).signal, -1);
    assert_int_equal(fairness_items(VARIANTS), 10);
}

static char *text_of(struct ctx *c, int32_t signal, size_t group, size_t token, const char *text)
{
    const struct fairness_item item = { signal, group, token };
    struct str made;
    assert_int_equal(fairness_text(c, &item, str_of(text), &made), ERR_OK);
    return str_z(c->mem, made);
}

static void placeholders_are_filled(void **state)
{
    struct ctx *c = *state;
    static const char text[] = "[APPLICANT] and [PERSON_1] of [SCHOOL_1] met [PERSON_2] in "
                               "[PLACE_3] [LOCATION]; [GENDER] [REDACTED] [PERSON_x] [PERSON_1";
    assert_string_equal(text_of(c, -1, 0, 0, text), text);
    assert_string_equal(text_of(c, FAIRNESS_NAME, 0, 0, text),
                        "Emily Clarke and James Walker of [SCHOOL_1] met Charlotte Bennett in "
                        "[PLACE_3] [LOCATION]; [GENDER] [REDACTED] [PERSON_x] [PERSON_1");
    assert_string_equal(text_of(c, FAIRNESS_PLACE, 3, 0, text),
                        "[APPLICANT] and [PERSON_1] of [SCHOOL_1] met [PERSON_2] in Aleppo Aleppo; "
                        "[GENDER] [REDACTED] [PERSON_x] [PERSON_1");
    assert_string_equal(text_of(c, FAIRNESS_GENDER, 2, 9, "A [GENDER], [NAME], [PLACE], [SCHOOL]"),
                        "A non-binary, [NAME], [PLACE], [SCHOOL]");
}

/* Where a text says nothing, a sentence does, the same in the reference. */
static void texts_without_placeholders_get_a_sentence(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(text_of(c, -1, 0, 0, "I built a radio."),
                        "My name is [APPLICANT]. I am a [GENDER] applicant. I come from [PLACE_1]. "
                        "I go to [SCHOOL_1]. I built a radio.");
    assert_string_equal(text_of(c, FAIRNESS_SCHOOL, 0, 2, "[PERSON_1] of [PLACE_2], [GENDER]."),
                        "I go to Eton College. [PERSON_1] of [PLACE_2], [GENDER].");
}

static void tokens_have_one_hash(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(fairness_tokens_sha256(c).n, 64);
    assert_true(str_eq(fairness_tokens_sha256(c), fairness_tokens_sha256(c)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_tables),
        cmocka_unit_test_setup_teardown(equal_marks_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(figures_are_clustered_by_application, setup, teardown),
        cmocka_unit_test_setup_teardown(noise_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(opposite_groups_do_not_hide_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_answers_do_not_pass, setup, teardown),
        cmocka_unit_test(groups_take_turns),
        cmocka_unit_test_setup_teardown(placeholders_are_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_without_placeholders_get_a_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(tokens_have_one_hash, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
