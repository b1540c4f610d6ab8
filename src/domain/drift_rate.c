/* Incident rates drawn towards the pool, control charts, adverse impact and the risk score. */
#include <math.h>

#include "base/str.h"
#include "domain/drift.h"

static const double tail = 0.025; /* of a 95 % interval, at each end */

static struct drift_sample sample(int64_t n, int64_t least)
{
    return (struct drift_sample){ n, least, n >= least };
}

struct str drift_sample_text(struct arena *mem, const struct drift_sample *s, const char *what)
{
    if (s->enough)
        return (struct str){ "", 0 };
    return str_fmt(mem, "needs %lld %s, has %lld", (long long)s->least, what, (long long)s->n);
}

/* Between evaluators: (sum e (r - m)^2 - (k - 1) m) / (E - sum e^2 / E), for rates r over hours e;
 * under Poisson alone the first sum is (k - 1) m (moments as DerSimonian and Laird 1986). */
static double variance_between(const struct drift_exposure *pool, size_t n, double mean,
                               double hours)
{
    double spread = 0, squares = 0;
    int64_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(pool[i].hours > 0))
            continue;
        const double off = (double)pool[i].points / pool[i].hours - mean;
        spread += pool[i].hours * off * off;
        squares += pool[i].hours * pool[i].hours;
        k++;
    }
    const double scale = hours - squares / hours;
    return k < 2 || !(scale > 0) ? 0 : (spread - (double)(k - 1) * mean) / scale;
}

struct drift_prior drift_prior_fit(const struct drift_exposure *pool, size_t n)
{
    static const double jeffreys = 0.5; /* where nobody has a point yet */
    double hours = 0, points = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(pool[i].hours > 0))
            continue;
        hours += pool[i].hours;
        points += (double)pool[i].points;
    }
    if (!(hours > 0))
        return (struct drift_prior){ jeffreys, 1, jeffreys };
    const double mean = points > 0 ? points / hours : jeffreys / hours;
    const double between = variance_between(pool, n, mean, hours);
    const double alike = mean / hours; /* no spread to be seen: the prior weighs like the pool */
    const double b = mean / (between > alike ? between : alike);
    return (struct drift_prior){ mean * b, b, mean };
}

struct drift_rate drift_rate(const struct drift_prior *prior, const struct drift_exposure *one)
{
    const double nan = (double)NAN;
    struct drift_rate r = { sample(one->interviews, DRIFT_INTERVIEWS_LEAST), nan, nan, nan, nan };
    const double a = prior->a + (double)one->points, b = prior->b + one->hours;
    if (!r.sample.enough || !(one->hours > 0))
        return r;
    r.rate = a / b;
    r.low = gamma_quantile(a, b, tail);
    r.high = gamma_quantile(a, b, 1 - tail);
    r.p_double = 1 - gamma_cdf(a, b, 2 * prior->mean);
    return r;
}

/* EWMA (Roberts 1959) with the exact limits of Lucas and Saccucci 1990. */
static const double lambda = 0.2, width = 3.0;

static double chart_limit(int64_t i)
{
    return width * sqrt(lambda / (2 - lambda) * (1 - pow(1 - lambda, 2 * (double)i)));
}

/* One more z; i counts from 1, `at` is the observation's index. */
static void chart_add(struct drift_chart *chart, double z, int64_t i, int64_t at)
{
    chart->ewma = lambda * z + (1 - lambda) * chart->ewma;
    chart->limit = chart_limit(i);
    if (chart->first_beyond < 0 && fabs(chart->ewma) > chart->limit)
        chart->first_beyond = at;
}

struct drift_chart drift_chart_scores(const double *residuals, size_t n)
{
    struct drift_chart chart = { sample((int64_t)n, DRIFT_BASELINE_LEAST + 1), 0, 0, -1 };
    double mean = 0, squares = 0;
    if (!chart.sample.enough)
        return chart;
    for (size_t i = 0; i < DRIFT_BASELINE_LEAST; i++)
        mean += residuals[i] / DRIFT_BASELINE_LEAST;
    for (size_t i = 0; i < DRIFT_BASELINE_LEAST; i++)
        squares += (residuals[i] - mean) * (residuals[i] - mean);
    const double s = sqrt(squares / (DRIFT_BASELINE_LEAST - 1));
    for (size_t i = DRIFT_BASELINE_LEAST; s > 0 && i < n; i++)
        chart_add(&chart, (residuals[i] - mean) / s, (int64_t)(i - DRIFT_BASELINE_LEAST) + 1,
                  (int64_t)i);
    return chart;
}

struct drift_chart drift_chart_points(const int64_t *points, size_t n, double pool_mean)
{
    struct drift_chart chart = { sample((int64_t)n, DRIFT_INTERVIEWS_LEAST), 0, 0, -1 };
    if (!chart.sample.enough || !(pool_mean > 0))
        return chart;
    for (size_t i = 0; i < n; i++)
        chart_add(&chart, ((double)points[i] - pool_mean) / sqrt(pool_mean), (int64_t)i + 1,
                  (int64_t)i);
    return chart;
}

static double selection_rate(const struct drift_group *g)
{
    return g->applied > 0 ? (double)g->selected / (double)g->applied : 0;
}

/* The four-fifths mark of the Uniform Guidelines on Employee Selection Procedures (1978), section
 * 4D, and beside it what chance alone would do. */
struct drift_impact drift_impact(const struct drift_group *groups, size_t n)
{
    static const double four_fifths = 0.8;
    struct drift_impact r = { .ratio = (double)NAN, .p = (double)NAN };
    int64_t smallest = n > 0 ? groups[0].applied : 0;
    for (size_t i = 0; i < n; i++) {
        if (groups[i].applied < smallest)
            smallest = groups[i].applied;
        if (selection_rate(&groups[i]) < selection_rate(&groups[r.lowest]))
            r.lowest = i;
        if (selection_rate(&groups[i]) > selection_rate(&groups[r.highest]))
            r.highest = i;
    }
    r.sample = sample(n < 2 ? 0 : smallest, DRIFT_GROUP_LEAST);
    if (!r.sample.enough || groups[r.highest].selected == 0)
        return r;
    const struct drift_group *low = &groups[r.lowest], *high = &groups[r.highest];
    r.ratio = selection_rate(low) / selection_rate(high);
    r.below_four_fifths = r.ratio < four_fifths;
    r.p = r.lowest == r.highest ? 1
                                : fisher_exact(low->selected, low->applied - low->selected,
                                               high->selected, high->applied - high->selected);
    return r;
}

/* What is known only: a part below its least sample adds nothing. */
static double part(bool enough, double p)
{
    return enough && p > 0 ? p : 0;
}

static double chart_part(const struct drift_chart *chart)
{
    static const double beyond = 0.8, within = 0.5;
    if (!(chart->limit > 0))
        return 0;
    const double off = fabs(chart->ewma) / chart->limit;
    return off > 1 ? beyond : off * within;
}

struct drift_risk drift_risk(int64_t interviews, const struct drift_rate *rate,
                             const struct drift_severity *severity, const struct drift_chart *chart)
{
    static const double medium = 50, high = 80, most = 100;
    struct drift_risk r = { sample(interviews, DRIFT_INTERVIEWS_LEAST), (double)NAN,
                            DRIFT_UNKNOWN };
    if (!r.sample.enough)
        return r;
    const double p = fmax(part(rate->sample.enough, rate->p_double),
                          fmax(part(severity->sample.enough, severity->p_far),
                               part(chart->sample.enough, chart_part(chart))));
    r.score = most * p;
    r.level = r.score >= high ? DRIFT_HIGH : r.score >= medium ? DRIFT_MEDIUM : DRIFT_LOW;
    return r;
}
