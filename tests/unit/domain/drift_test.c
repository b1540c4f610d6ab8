/* Drift figures against values computed by hand, or printed with the formula's source. */
#include "domain/drift.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
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

static void near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("got %.9f, want %.9f", got, want);
}

static void distributions(void **state)
{
    (void)state;
    for (int i = 1; i <= 40; i++) {
        const double x = i * 0.25;
        near(gamma_cdf(1, 2, x), 1 - exp(-2 * x), 1e-13);       /* exponential */
        near(gamma_cdf(2, 1, x), 1 - (1 + x) * exp(-x), 1e-13); /* Erlang */
        near(gamma_cdf(0.5, 1, x), erf(sqrt(x)), 1e-13);        /* chi-square, one degree */
        near(gamma_cdf(3, 2, gamma_quantile(3, 2, i / 41.0)), i / 41.0, 1e-12);
    }
    near(gamma_cdf(0.5, 0.5, 3.841458821), 0.95, 1e-9);
    near(gamma_cdf(5, 0.5, 18.307038053), 0.95, 1e-9);
    near(gamma_quantile(1, 1, 0.5), log(2), 1e-12);
    near(gamma_cdf(300, 1, 300), 0.5076777, 1e-6); /* 1/2 + 1/(3 sqrt(2 pi 300)) */
    assert_true(gamma_cdf(3, 1, 0) == 0 && gamma_cdf(3, 1, -1) == 0);
    assert_true(isnan(gamma_cdf(0, 1, 1)) && isnan(gamma_quantile(1, 1, 1)));
    near(normal_cdf(0), 0.5, 1e-15);
    near(normal_cdf(1.959963985), 0.975, 1e-9);
    near(normal_cdf(-1.959963985), 0.025, 1e-9);
}

static void fisher(void **state)
{
    (void)state;
    near(fisher_exact(3, 1, 1, 3), 0.485714285714, 1e-10); /* the lady tasting tea */
    near(fisher_exact(1, 9, 11, 3), 0.002759456185, 1e-10);
    near(fisher_exact(18, 42, 30, 30), 0.039875413, 1e-8);
    near(fisher_exact(5, 5, 5, 5), 1, 1e-12);
    near(fisher_exact(0, 0, 0, 0), 1, 1e-12);
    assert_true(isnan(fisher_exact(-1, 1, 1, 1)));
}

/* Mean 4/20 = 0.2; (0.8 - 0.2) / (20 - 200/20) = 0.06, so b = 0.2/0.06 and a = 0.2 b. */
static void incident_rate(void **state)
{
    (void)state;
    const struct drift_exposure pool[] = { { 0, 20, 10 }, { 4, 20, 10 } };
    const struct drift_prior p = drift_prior_fit(pool, 2);
    near(p.mean, 0.2, 1e-12);
    near(p.b, 10 / 3.0, 1e-9);
    near(p.a, 2 / 3.0, 1e-9);
    struct drift_rate r = drift_rate(&p, &pool[1]);
    assert_true(r.sample.enough);
    near(r.rate, (4 + 2 / 3.0) / (10 + 10 / 3.0), 1e-9);
    near(r.p_double, 0.3269596, 1e-6);
    near(gamma_cdf(p.a + 4, p.b + 10, r.low), 0.025, 1e-9);
    near(gamma_cdf(p.a + 4, p.b + 10, r.high), 0.975, 1e-9);
    assert_true(r.low < r.rate && r.rate < r.high);
    const struct drift_exposure few = { 9, 4, 2 };
    r = drift_rate(&p, &few);
    assert_false(r.sample.enough);
    assert_true(isnan(r.rate) && isnan(r.p_double));
    assert_true(
        str_eq(drift_sample_text(t.mem, &r.sample, "interviews"), S("needs 5 interviews, has 4")));
}

static void pools_without_spread(void **state)
{
    (void)state;
    const struct drift_exposure same[] = { { 2, 9, 10 }, { 2, 9, 10 }, { 2, 9, 10 } };
    struct drift_prior p = drift_prior_fit(same, 3);
    near(p.mean, 0.2, 1e-12);
    near(p.b, 30, 1e-9); /* as heavy as the pool */
    const struct drift_exposure none[] = { { 0, 9, 10 }, { 0, 9, 10 } };
    p = drift_prior_fit(none, 2);
    near(p.mean, 0.5 / 20, 1e-12);
    assert_true(p.a > 0 && p.b > 0);
    p = drift_prior_fit(NULL, 0);
    assert_true(p.a > 0 && p.b > 0);
}

/* Residual means -1 and +1; MSW = 20/18, n0 = 10, s_u^2 = (20 - MSW)/10, share = 17/18. */
static void severity(void **state)
{
    (void)state;
    struct drift_mark m[20];
    struct drift_fit fit;
    struct drift_severity each[3];
    for (uint32_t i = 0; i < 20; i++)
        m[i] = (struct drift_mark){ i / 10, 50, (i / 10 ? 7 : 5) + (i % 2 ? 1 : -1) };
    assert_int_equal(drift_severity(&t.c, m, 20, 3, &fit, each), ERR_OK);
    near(fit.slope, 0, 1e-12);
    near(fit.intercept, 6, 1e-12);
    near(fit.var_within, 20 / 18.0, 1e-9);
    near(fit.var_between, (20 - 20 / 18.0) / 10, 1e-9);
    near(each[0].u, -17 / 18.0, 1e-9);
    near(each[1].u, 17 / 18.0, 1e-9);
    near(each[1].sd, 0.3239418, 1e-6);
    near(each[1].p_far, normal_cdf((0.9444444 - 0.5270463) / 0.3239418), 1e-4);
    assert_false(each[2].sample.enough); /* has marked nobody */
    assert_true(isnan(each[2].u));
}

/* score = 1 + merit/10 exactly: all that is left is the evaluator's. */
static void severity_leaves_merit_out(void **state)
{
    (void)state;
    struct drift_mark m[40];
    struct drift_fit fit;
    struct drift_severity each[4];
    for (uint32_t i = 0; i < 40; i++)
        m[i] = (struct drift_mark){ i % 4, (double)(i / 4 * 7 % 50), 0 };
    for (uint32_t i = 0; i < 40; i++)
        m[i].score = 1 + m[i].merit / 10 + (i % 4 == 0 ? -1 : i % 4 == 1 ? 1 : 0);
    assert_int_equal(drift_severity(&t.c, m, 40, 4, &fit, each), ERR_OK);
    near(fit.slope, 0.1, 1e-9);
    near(fit.intercept, 1, 1e-9);
    near(each[0].u, -1, 1e-6);
    near(each[1].u, 1, 1e-6);
    near(each[2].u, 0, 1e-6);
    m[3].evaluator = 4;
    assert_int_equal(drift_severity(&t.c, m, 40, 4, &fit, each), ERR_INVALID);
    fault_clear(&t.c);
    m[3].evaluator = 3;
    m[3].score = (double)NAN;
    assert_int_equal(drift_severity(&t.c, m, 40, 4, &fit, each), ERR_INVALID);
    fault_clear(&t.c);
    assert_int_equal(drift_severity(&t.c, NULL, 0, 4, &fit, each), ERR_OK);
    assert_false(each[0].sample.enough);
}

static void charts(void **state)
{
    (void)state;
    double r[40];
    for (int i = 0; i < 40; i++)
        r[i] = i < 10 ? (i % 2 ? 1 : -1) : 5;
    struct drift_chart k = drift_chart_scores(r, 11); /* z = 5 / sqrt(10/9) */
    near(k.ewma, 0.2 * 5 / sqrt(10 / 9.0), 1e-12);
    near(k.limit, 0.6, 1e-12);
    assert_int_equal(k.first_beyond, 10);
    assert_false(drift_chart_scores(r, 10).sample.enough);
    for (int i = 10; i < 40; i++)
        r[i] = i % 2 ? 1 : -1;
    k = drift_chart_scores(r, 40);
    assert_int_equal(k.first_beyond, -1);
    near(k.limit, 3 * sqrt(0.2 / 1.8 * (1 - pow(0.8, 60))), 1e-12);
    const int64_t points[] = { 3, 3, 3, 1, 1 }; /* 0.4, 0.72, 0.976 against 0.6, 0.768, 0.859 */
    k = drift_chart_points(points, 5, 1);
    assert_int_equal(k.first_beyond, 2);
    near(k.ewma, 0.976 * 0.64, 1e-12);
    assert_int_equal(drift_chart_points(points, 4, 1).first_beyond, -1); /* too few to show */
}

/* Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section D: four observers,
 * twelve units, missing data; interval 0.849. Shrout and Fleiss 1979, table 2: ICC(1) 0.17. */
static void agreement(void **state)
{
    (void)state;
    static const double v[12][4] = { { 1, 1, 1 },    { 2, 2, 3, 2 }, { 3, 3, 3, 3 }, { 3, 3, 3, 3 },
                                     { 2, 2, 2, 2 }, { 1, 2, 3, 4 }, { 4, 4, 4, 4 }, { 1, 1, 2, 1 },
                                     { 2, 2, 2, 2 }, { 5, 5, 5 },    { 1, 1 },       { 3 } };
    static const size_t m[12] = { 3, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1 };
    static const double judged[6][4] = { { 9, 2, 5, 8 }, { 6, 1, 3, 2 },  { 8, 4, 6, 8 },
                                         { 7, 1, 2, 6 }, { 10, 5, 6, 9 }, { 6, 2, 4, 7 } };
    struct drift_unit units[24], targets[6];
    for (size_t i = 0; i < 24; i++)
        units[i] = (struct drift_unit){ v[i % 12], m[i % 12] };
    for (size_t i = 0; i < 6; i++)
        targets[i] = (struct drift_unit){ judged[i], 4 };
    near(krippendorff_alpha(units, 12), 0.849107, 1e-6);
    near(icc_one(targets, 6, 4), 0.165742, 1e-6);
    struct drift_agreement a, b;
    assert_int_equal(drift_agreement(&t.c, units, 24, 7, &a), ERR_OK);
    assert_int_equal(a.sample.n, 22);
    assert_true(a.sample.enough);
    assert_true(a.alpha_low < a.alpha && a.alpha < a.alpha_high && a.alpha_high <= 1);
    assert_int_equal(drift_agreement(&t.c, units, 24, 7, &b), ERR_OK);
    assert_true(a.alpha_low == b.alpha_low && a.alpha_high == b.alpha_high); /* same seed */
    assert_int_equal(drift_agreement(&t.c, units, 20, 7, &a), ERR_OK);
    assert_int_equal(a.sample.n, 19);
    assert_true(!a.sample.enough && isnan(a.alpha) && isnan(a.icc1));
}

static void no_agreement_without_spread(void **state)
{
    (void)state;
    static const double same[2] = { 4, 4 };
    struct drift_unit units[25];
    struct drift_agreement a;
    for (size_t i = 0; i < 25; i++)
        units[i] = (struct drift_unit){ same, 2 };
    assert_int_equal(drift_agreement(&t.c, units, 25, 1, &a), ERR_OK);
    assert_true(a.sample.enough && isnan(a.alpha) && isnan(a.alpha_low) && isnan(a.icc1));
}

static void impact(void **state)
{
    (void)state;
    struct drift_group g[] = { { 18, 60 }, { 30, 60 }, { 25, 60 } };
    struct drift_impact r = drift_impact(g, 3);
    assert_true(r.sample.enough && r.below_four_fifths);
    assert_int_equal(r.lowest, 0);
    assert_int_equal(r.highest, 1);
    near(r.ratio, 0.6, 1e-12);
    near(r.p, 0.039875413, 1e-8);
    g[0] = (struct drift_group){ 24, 60 }; /* 0.4 / 0.5: the mark itself is not below it */
    assert_false(drift_impact(g, 3).below_four_fifths);
    g[2].applied = 29;
    r = drift_impact(g, 3);
    assert_true(!r.sample.enough && isnan(r.ratio) && isnan(r.p));
    assert_false(drift_impact(g, 1).sample.enough);
    assert_false(drift_impact(NULL, 0).sample.enough);
    const struct drift_group none[] = { { 0, 40 }, { 0, 40 } };
    assert_true(isnan(drift_impact(none, 2).ratio));
}

static void risk(void **state)
{
    (void)state;
    const struct drift_sample ok = { 9, 5, true }, few = { 3, 5, false };
    struct drift_rate rate = { ok, 0.1, 0, 1, 0.3 };
    struct drift_severity sev = { ok, 0.1, 0.1, 0.49 };
    struct drift_chart chart = { ok, 0.3, 0.6, -1 };
    struct drift_risk r = drift_risk(9, &rate, &sev, &chart);
    near(r.score, 49, 1e-9);
    assert_int_equal(r.level, DRIFT_LOW);
    chart.ewma = -0.7; /* beyond the limit, either side */
    r = drift_risk(9, &rate, &sev, &chart);
    near(r.score, 80, 1e-9);
    assert_int_equal(r.level, DRIFT_HIGH);
    chart.sample = few;
    sev.p_far = 0.5;
    r = drift_risk(9, &rate, &sev, &chart);
    near(r.score, 50, 1e-9);
    assert_int_equal(r.level, DRIFT_MEDIUM);
    r = drift_risk(4, &rate, &sev, &chart);
    assert_int_equal(r.level, DRIFT_UNKNOWN);
    assert_true(isnan(r.score));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions),
        cmocka_unit_test(fisher),
        cmocka_unit_test(incident_rate),
        cmocka_unit_test(pools_without_spread),
        cmocka_unit_test(severity),
        cmocka_unit_test(severity_leaves_merit_out),
        cmocka_unit_test(charts),
        cmocka_unit_test(agreement),
        cmocka_unit_test(no_agreement_without_spread),
        cmocka_unit_test(impact),
        cmocka_unit_test(risk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
