/* The many-facet model: a design with an answer in closed form, recovery of known severities, and
 * designs that cannot tell. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "domain/drift.h"
#include "support/test_ctx.h"

static struct test_ctx t;
static int setup(void **state)
{
    (void)state;
    test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static double uniform(void)
{
    uint64_t v;
    fake_random_fill(&t.seed, &v, sizeof(v));
    return ((double)(v >> 11) + 0.5) / 9007199254740992.0;
}

/* Pass or fail by two: of those that they disagree on, 40 passed the second alone and 20 the first
 * alone. Joint likelihood gives 2 log(40/20) apart (Andersen 1973), corrected log 2. */
static void two_evaluators(void **state)
{
    (void)state;
    struct drift_rating r[200];
    const struct drift_facets_size size = { 100, 2, 1, 2 };
    struct drift_facets fit;
    struct drift_logit each[2];
    for (uint32_t a = 0; a < 100; a++)
        for (uint32_t e = 0; e < 2; e++) {
            const bool both = a >= 60 && a % 2, second = a < 40;
            r[2 * a + e] = (struct drift_rating){ a, e, 0,
                                                  a >= 60  ? both
                                                  : second ? e == 1
                                                           : e == 0 };
        }
    assert_int_equal(drift_facets(&t.c, r, 200, &size, &fit, each), ERR_OK);
    assert_true(fit.sample.enough && fit.connected && fit.converged);
    assert_int_equal(fit.sample.n, 60);
    assert_true(fabs(each[0].severity - each[1].severity - log(2)) < 1e-5);
    assert_true(fabs(each[0].severity + each[1].severity) < 1e-9);
    assert_true(each[0].se > 0 && each[0].se < 1);
}

/* Four evaluators of known severity, each applicant seen by two of them on three criteria. */
static void recovers_severity(void **state)
{
    (void)state;
    enum { APPLICANTS = 600, RATINGS = APPLICANTS * 6 };
    static const double severity[4] = { -0.6, -0.2, 0.2, 0.6 }, hard[3] = { -0.3, 0, 0.3 };
    static const double step[5] = { 0, -1.2, -0.4, 0.4, 1.2 };
    static struct drift_rating r[RATINGS];
    size_t n = 0;
    for (uint32_t a = 0; a < APPLICANTS; a++) {
        const double ability = sqrt(-2 * log(uniform())) * cos(6.283185307 * uniform());
        for (uint32_t i = 0; i < 6; i++) {
            const uint32_t e = (a + (i / 3) * (1 + a / 4 % 3)) % 4;
            double p[5] = { 1 }, sum = 1, at = uniform();
            for (int k = 1; k < 5; k++)
                sum += p[k] = p[k - 1] * exp(ability - severity[e] - hard[i % 3] - step[k]);
            uint32_t category = 0;
            for (at *= sum; category < 4 && at > p[category]; category++)
                at -= p[category];
            r[n++] = (struct drift_rating){ a, e, i % 3, category };
        }
    }
    const struct drift_facets_size size = { APPLICANTS, 4, 3, 5 };
    struct drift_facets fit;
    struct drift_logit each[4];
    assert_int_equal(drift_facets(&t.c, r, n, &size, &fit, each), ERR_OK);
    assert_true(fit.converged);
    for (int e = 0; e < 4; e++)
        if (fabs(each[e].severity - severity[e]) > 0.15)
            fail_msg("evaluator %d: %.3f, made with %.3f", e, each[e].severity, severity[e]);
}

static void what_cannot_tell(void **state)
{
    (void)state;
    struct drift_rating r[160];
    struct drift_facets fit;
    struct drift_logit each[4];
    struct drift_facets_size size = { 80, 4, 1, 3 };
    for (uint32_t a = 0; a < 80; a++) /* two pairs that share nobody */
        for (uint32_t e = 0; e < 2; e++)
            r[2 * a + e] = (struct drift_rating){ a, a % 2 * 2 + e, 0, (a / 2 + e) % 3 };
    assert_int_equal(drift_facets(&t.c, r, 160, &size, &fit, each), ERR_OK);
    assert_true(fit.sample.enough && !fit.connected);
    assert_true(isnan(each[0].severity) && isnan(each[3].se));
    assert_int_equal(drift_facets(&t.c, r, 40, &size, &fit, each), ERR_OK);
    assert_false(fit.sample.enough);
    r[0].category = 3;
    assert_int_equal(drift_facets(&t.c, r, 160, &size, &fit, each), ERR_INVALID);
    fault_clear(&t.c);
    size.categories = 1;
    assert_int_equal(drift_facets(&t.c, r, 160, &size, &fit, each), ERR_INVALID);
    fault_clear(&t.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_evaluators),
        cmocka_unit_test(recovers_severity),
        cmocka_unit_test(what_cannot_tell),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
