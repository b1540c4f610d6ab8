/* Severity of evaluators' marks, and how far two of them agree. */
#include <math.h>

#include "base/str.h"
#include "domain/drift.h"

static struct drift_sample sample(int64_t n, int64_t least)
{
    return (struct drift_sample){ n, least, n >= least };
}

static err check_marks(struct ctx *c, const struct drift_mark *marks, size_t n,
                       uint32_t n_evaluators)
{
    if (n > DRIFT_OBSERVATIONS_MAX || n_evaluators > DRIFT_OBSERVATIONS_MAX)
        return FAIL(c, TOO_LARGE, "more than %d marks", DRIFT_OBSERVATIONS_MAX);
    for (size_t i = 0; i < n; i++)
        if (marks[i].evaluator >= n_evaluators || !isfinite(marks[i].merit) ||
            !isfinite(marks[i].score))
            return FAIL(c, INVALID, "mark %zu has no evaluator or is no number", i);
    return ERR_OK;
}

/* Least squares; with one merit for all the line is level. */
static void fit_line(const struct drift_mark *marks, size_t n, struct drift_fit *fit)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        x += marks[i].merit / (double)n;
        y += marks[i].score / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (marks[i].merit - x) * (marks[i].merit - x);
        xy += (marks[i].merit - x) * (marks[i].score - y);
    }
    fit->slope = xx > 0 ? xy / xx : 0;
    fit->intercept = y - fit->slope * x;
}

static double residual(const struct drift_fit *fit, const struct drift_mark *m)
{
    return m->score - (fit->intercept + fit->slope * m->merit);
}

struct group {
    int64_t n;
    double mean;
};

/* Variance components of a one-way layout of unequal groups, by moments (Searle, Casella and
 * McCulloch 1992): s_e^2 = MSW, s_u^2 = (MSB - MSW) / n0. */
static void components(const struct drift_mark *marks, size_t n, const struct group *groups,
                       uint32_t n_groups, struct drift_fit *fit)
{
    double within = 0, between = 0, squares = 0;
    int64_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const double off = residual(fit, &marks[i]) - groups[marks[i].evaluator].mean;
        within += off * off;
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        const double of = (double)groups[g].n;
        between += of * groups[g].mean * groups[g].mean; /* residuals have the mean 0 */
        squares += of * of;
        k += groups[g].n > 0;
    }
    const double all = (double)n;
    fit->var_within = (int64_t)n > k ? within / (double)((int64_t)n - k) : 0;
    if (k < 2)
        return;
    const double n0 = (all - squares / all) / (double)(k - 1);
    const double excess = between / (double)(k - 1) - fit->var_within;
    fit->var_between = n0 > 0 && excess > 0 ? excess / n0 : 0;
}

/* Best linear unbiased prediction of a random intercept: u = n / (n + s_e^2 / s_u^2) x mean. */
static struct drift_severity shrink(const struct drift_fit *fit, const struct group *g)
{
    static const double far = 0.5; /* of s_e */
    struct drift_severity s = { .sample = sample(g->n, DRIFT_INTERVIEWS_LEAST),
                                .u = (double)NAN,
                                .sd = (double)NAN,
                                .p_far = (double)NAN };
    s.sample.enough = s.sample.enough && fit->sample.enough;
    if (!s.sample.enough)
        return s;
    const double e = fit->var_within, u = fit->var_between, n = (double)g->n;
    const double share = u > 0 ? n * u / (n * u + e) : 0;
    s.u = share * g->mean;
    s.sd = sqrt(u * (1 - share));
    const double bound = far * sqrt(e);
    if (s.sd > 0)
        s.p_far = normal_cdf((-bound - s.u) / s.sd) + 1 - normal_cdf((bound - s.u) / s.sd);
    else
        s.p_far = fabs(s.u) > bound ? 1 : 0;
    return s;
}

err drift_severity(struct ctx *c, const struct drift_mark *marks, size_t n, uint32_t n_evaluators,
                   struct drift_fit *ret_fit, struct drift_severity *ret_each)
{
    struct drift_fit fit = { .sample = sample((int64_t)n, DRIFT_FIT_LEAST) };
    TRY(check_marks(c, marks, n, n_evaluators));
    struct group *groups =
        arena_try(c->mem, (size_t)n_evaluators + 1, sizeof(*groups), _Alignof(struct group));
    if (!groups)
        return FAIL(c, TOO_LARGE, "too many evaluators");
    if (n > 0)
        fit_line(marks, n, &fit);
    for (size_t i = 0; i < n; i++) {
        groups[marks[i].evaluator].n++;
        groups[marks[i].evaluator].mean += residual(&fit, &marks[i]);
    }
    for (uint32_t g = 0; g < n_evaluators; g++)
        groups[g].mean = groups[g].n > 0 ? groups[g].mean / (double)groups[g].n : 0;
    if (n > 0)
        components(marks, n, groups, n_evaluators, &fit);
    for (uint32_t g = 0; g < n_evaluators; g++)
        ret_each[g] = shrink(&fit, &groups[g]);
    *ret_fit = fit;
    return ERR_OK;
}

/* A unit's part of both disagreements; sums of squares do for the interval metric. */
struct spread {
    double n, sum, squares;
    double within; /* sum over pairs of (v - w)^2, over m - 1 */
};

static struct spread spread_of(const struct drift_unit *unit)
{
    struct spread s = { 0 };
    if (unit->n < 2)
        return s;
    const double m = (double)unit->n, origin = unit->v[0];
    double sum = 0, squares = 0;
    for (size_t i = 0; i < unit->n; i++) {
        s.sum += unit->v[i];
        s.squares += unit->v[i] * unit->v[i];
        sum += unit->v[i] - origin;
        squares += (unit->v[i] - origin) * (unit->v[i] - origin);
    }
    s.n = m;
    s.within = (m * squares - sum * sum) / (m - 1);
    return s;
}

static void spread_add(struct spread *all, const struct spread *s)
{
    all->n += s->n;
    all->sum += s->sum;
    all->squares += s->squares;
    all->within += s->within;
}

static double alpha_from(const struct spread *all)
{
    const double pairs = all->n * all->squares - all->sum * all->sum;
    return pairs > 0 ? 1 - (all->n - 1) * all->within / pairs : (double)NAN;
}

double krippendorff_alpha(const struct drift_unit *units, size_t n)
{
    struct spread all = { 0 };
    for (size_t i = 0; i < n; i++) {
        const struct spread s = spread_of(&units[i]);
        spread_add(&all, &s);
    }
    return alpha_from(&all);
}

static double mean_of(const double *v, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += v[i];
    return sum / (double)k;
}

double icc_one(const struct drift_unit *units, size_t n, size_t k)
{
    double mean = 0, between = 0, within = 0;
    size_t rated = 0;
    for (size_t i = 0; i < n; i++) {
        if (units[i].n < k)
            continue;
        mean += mean_of(units[i].v, k);
        rated++;
    }
    if (rated < 2 || k < 2)
        return (double)NAN;
    mean /= (double)rated;
    for (size_t i = 0; i < n; i++) {
        if (units[i].n < k)
            continue;
        const double m = mean_of(units[i].v, k);
        between += (double)k * (m - mean) * (m - mean);
        for (size_t j = 0; j < k; j++)
            within += (units[i].v[j] - m) * (units[i].v[j] - m);
    }
    between /= (double)rated - 1;
    within /= (double)rated * ((double)k - 1);
    const double whole = between + ((double)k - 1) * within;
    return whole > 0 ? (between - within) / whole : (double)NAN;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t below(uint64_t *seed, uint32_t n)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint32_t)(((z >> 32) * n) >> 32);
}

enum { RESAMPLES = 1000, LOW_AT = 25, HIGH_AT = 974 };

/* The percentiles of alpha over units drawn with replacement. */
static void bootstrap(const struct spread *v, size_t n, uint64_t seed, struct drift_agreement *ret)
{
    double alphas[RESAMPLES];
    size_t kept = 0;
    for (int r = 0; r < RESAMPLES; r++) {
        struct spread all = { 0 };
        for (size_t i = 0; i < n; i++)
            spread_add(&all, &v[below(&seed, (uint32_t)n)]);
        const double alpha = alpha_from(&all);
        if (!isnan(alpha))
            alphas[kept++] = alpha;
    }
    qsort(alphas, kept, sizeof(alphas[0]), compare);
    if (kept == 0)
        return;
    ret->alpha_low = alphas[LOW_AT * kept / RESAMPLES];
    ret->alpha_high = alphas[HIGH_AT * kept / RESAMPLES];
}

err drift_agreement(struct ctx *c, const struct drift_unit *units, size_t n, uint64_t seed,
                    struct drift_agreement *ret)
{
    const double nan = (double)NAN;
    struct drift_agreement r = { .alpha = nan, .alpha_low = nan, .alpha_high = nan, .icc1 = nan };
    if (n > DRIFT_OBSERVATIONS_MAX)
        return FAIL(c, TOO_LARGE, "more than %d units", DRIFT_OBSERVATIONS_MAX);
    struct spread *v = arena_try(c->mem, n + 1, sizeof(*v), _Alignof(struct spread));
    if (!v)
        return FAIL(c, TOO_LARGE, "too many units");
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (units[i].n >= 2)
            v[k++] = spread_of(&units[i]);
    }
    r.sample = sample((int64_t)k, DRIFT_DOUBLE_LEAST);
    if (r.sample.enough) {
        r.alpha = krippendorff_alpha(units, n);
        r.icc1 = icc_one(units, n, 2);
        bootstrap(v, k, seed, &r);
    }
    *ret = r;
    return ERR_OK;
}
