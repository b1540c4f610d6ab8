/* Drift: interviews of a period into exposures, marks and series, and their figures into a row. */
#include "service/bias_drift.h"

#include <math.h>

#include "base/str.h"
#include "codec/json.h"
#include "codec/time.h"
#include "domain/drift.h"
#include "domain/role.h"
#include "repo/bias_flag_repo.h"
#include "repo/drift_repo.h"
#include "service/bias_inner.h"

enum {
    ROWS_MAX = 100000,
    CYCLES_MAX = 64,
    CHART_POINTS_MAX = 200, /* the latest of an evaluator */
    FIGURES_MAX = 128 * 1024,
    SEED = 20261123,
    GROUPS_MAX = 20,
    GROUP_NAME_MAX = 60,
    PEOPLE_MAX = 10000000,
    ROLLING_DAYS = 30
};
static const int64_t day_us = INT64_C(86400) * 1000000;
static const double us_an_hour = 3600e6, hours_usual = 0.5, hours_most = 3, hours_least = 0.05;
static const double outlier_sd = 2;

/* A period with what was computed of all its evaluators together. */
struct pool {
    const struct drift_interview *v;
    size_t n;
    struct str *people; /* sorted */
    uint32_t n_people;
    uint32_t *who; /* of each interview: index into people */
    struct drift_exposure *exposure;
    struct drift_prior prior;
    struct drift_fit fit;
    struct drift_severity *severity;
    double points_mean; /* an interview */
    struct drift_agreement agreement;
};

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static err find_people(struct ctx *c, struct pool *p)
{
    p->people = arena_try(c->mem, p->n + 1, sizeof(*p->people), _Alignof(struct str));
    p->who = arena_try(c->mem, p->n + 1, sizeof(*p->who), _Alignof(uint32_t));
    if (!p->people || !p->who)
        return FAIL(c, TOO_LARGE, "too many interviews in one period");
    for (size_t i = 0; i < p->n; i++)
        p->people[i] = p->v[i].admin_id;
    if (p->n > 1)
        qsort(p->people, p->n, sizeof(*p->people), by_name);
    for (size_t i = 0; i < p->n; i++)
        if (p->n_people == 0 || !str_eq(p->people[i], p->people[p->n_people - 1]))
            p->people[p->n_people++] = p->people[i];
    for (size_t i = 0; i < p->n; i++) {
        const struct str *at =
            bsearch(&p->v[i].admin_id, p->people, p->n_people, sizeof(*p->people), by_name);
        p->who[i] = (uint32_t)(at - p->people);
    }
    return ERR_OK;
}

/* How long it lasted; where nobody knows, as long as they usually do. */
static double hours_of(const struct drift_interview *i)
{
    const double h = (double)(i->ended_at - i->started_at) / us_an_hour;
    return i->ended_at > i->started_at ? fmin(fmax(h, hours_least), hours_most) : hours_usual;
}

static bool marked(const struct drift_interview *i)
{
    return isfinite(i->merit) && isfinite(i->score);
}

static err reckon_exposure(struct ctx *c, struct pool *p)
{
    int64_t points = 0;
    p->exposure =
        arena_try(c->mem, p->n_people + 1, sizeof(*p->exposure), _Alignof(struct drift_exposure));
    if (!p->exposure)
        return FAIL(c, TOO_LARGE, "too many evaluators in one period");
    for (size_t i = 0; i < p->n; i++) {
        struct drift_exposure *e = &p->exposure[p->who[i]];
        e->points += p->v[i].points;
        e->hours += hours_of(&p->v[i]);
        e->interviews++;
        points += p->v[i].points;
    }
    p->points_mean = p->n ? (double)points / (double)p->n : 0;
    p->prior = drift_prior_fit(p->exposure, p->n_people);
    return ERR_OK;
}

static err reckon_severity(struct ctx *c, struct pool *p)
{
    size_t n = 0;
    struct drift_mark *marks =
        arena_try(c->mem, p->n + 1, sizeof(*marks), _Alignof(struct drift_mark));
    p->severity =
        arena_try(c->mem, p->n_people + 1, sizeof(*p->severity), _Alignof(struct drift_severity));
    if (!marks || !p->severity)
        return FAIL(c, TOO_LARGE, "too many interviews in one period");
    for (size_t i = 0; i < p->n; i++)
        if (marked(&p->v[i]))
            marks[n++] = (struct drift_mark){ p->who[i], p->v[i].merit, p->v[i].score };
    return drift_severity(c, marks, n, p->n_people, &p->fit, p->severity);
}

static int by_application(const void *a, const void *b)
{
    const struct drift_interview *x = *(const struct drift_interview *const *)a;
    const struct drift_interview *y = *(const struct drift_interview *const *)b;
    return str_cmp(x->application_id, y->application_id);
}

/* Applicants with marks of two evaluators or more. */
static err reckon_agreement(struct ctx *c, struct pool *p)
{
    const struct drift_interview **order =
        arena_try(c->mem, p->n + 1, sizeof(void *), _Alignof(void *));
    double *scores = arena_try(c->mem, p->n + 1, sizeof(*scores), _Alignof(double));
    struct drift_unit *units =
        arena_try(c->mem, p->n + 1, sizeof(*units), _Alignof(struct drift_unit));
    size_t n = 0, n_units = 0;
    if (!order || !scores || !units)
        return FAIL(c, TOO_LARGE, "too many interviews in one period");
    for (size_t i = 0; i < p->n; i++)
        if (isfinite(p->v[i].score))
            order[n++] = &p->v[i];
    if (n > 1)
        qsort(order, n, sizeof(void *), by_application);
    for (size_t i = 0; i < n; i++) {
        scores[i] = order[i]->score;
        if (i == 0 || !str_eq(order[i]->application_id, order[i - 1]->application_id))
            units[n_units++] = (struct drift_unit){ &scores[i], 0 };
        units[n_units - 1].n++;
    }
    return drift_agreement(c, units, n_units, SEED, &p->agreement);
}

static err pool_make(struct ctx *c, const struct list *rows, struct pool *ret)
{
    struct pool p = { .v = rows->v, .n = rows->n };
    TRY(find_people(c, &p));
    TRY(reckon_exposure(c, &p));
    TRY(reckon_severity(c, &p));
    TRY(reckon_agreement(c, &p));
    *ret = p;
    return ERR_OK;
}

/* One evaluator in the pool. */
struct person {
    const struct pool *pool;
    uint32_t at;
    struct drift_rate rate;
    const struct drift_severity *severity;
    double *residuals;
    int64_t *points;
    int64_t *residual_at, *point_at; /* when: of each in the series */
    size_t n_residuals, n_points;
    struct drift_chart marks, strikes;
    struct drift_risk risk;
};

static double residual_of(const struct pool *p, const struct drift_interview *i)
{
    return i->score - (p->fit.intercept + p->fit.slope * i->merit);
}

static err make_series(struct ctx *c, struct person *e)
{
    const struct pool *p = e->pool;
    e->residuals = arena_try(c->mem, p->n + 1, sizeof(double), _Alignof(double));
    e->points = arena_try(c->mem, p->n + 1, sizeof(int64_t), _Alignof(int64_t));
    e->residual_at = arena_try(c->mem, p->n + 1, sizeof(int64_t), _Alignof(int64_t));
    e->point_at = arena_try(c->mem, p->n + 1, sizeof(int64_t), _Alignof(int64_t));
    if (!e->residuals || !e->points || !e->residual_at || !e->point_at)
        return FAIL(c, TOO_LARGE, "too many interviews in one period");
    for (size_t i = 0; i < p->n; i++) {
        if (p->who[i] != e->at)
            continue;
        e->point_at[e->n_points] = p->v[i].started_at;
        e->points[e->n_points++] = p->v[i].points;
        if (!p->fit.sample.enough || !marked(&p->v[i]))
            continue;
        e->residual_at[e->n_residuals] = p->v[i].started_at;
        e->residuals[e->n_residuals++] = residual_of(p, &p->v[i]);
    }
    return ERR_OK;
}

static err person_make(struct ctx *c, const struct pool *p, uint32_t at, struct person *ret)
{
    struct person e = { .pool = p, .at = at, .severity = &p->severity[at] };
    TRY(make_series(c, &e));
    e.rate = drift_rate(&p->prior, &p->exposure[at]);
    e.marks = drift_chart_scores(e.residuals, e.n_residuals);
    e.strikes = drift_chart_points(e.points, e.n_points, p->points_mean);
    e.risk = drift_risk(p->exposure[at].interviews, &e.rate, e.severity,
                        e.marks.sample.enough ? &e.marks : &e.strikes);
    *ret = e;
    return ERR_OK;
}

static void put_f64(struct buf *b, const char *member, double v)
{
    buf_fmt(b, ",\"%s\":", member);
    if (isfinite(v))
        json_write_f64(b, v);
    else
        buf_lit(b, "null");
}

/* How many there are, how many it needs, and the sentence for people; numbers only when shown. */
static void put_sample(struct ctx *c, struct buf *b, const char *name, const struct drift_sample *s,
                       const char *what)
{
    const struct str text = drift_sample_text(c->mem, s, what);
    buf_fmt(b, "\"%s\":{\"n\":%lld,\"needs\":%lld,\"shown\":%s,\"note\":", name, (long long)s->n,
            (long long)s->least, s->enough ? "true" : "false");
    json_write_str(b, text.n ? text : (struct str){ 0 });
}

static double if_enough(const struct drift_sample *s, double v)
{
    return s->enough ? v : (double)NAN;
}

static void put_point(struct buf *b, bool first, int64_t at_us, double value,
                      const struct drift_chart *chart)
{
    buf_str(b, first ? S("{\"at\":\"") : S(",{\"at\":\""));
    time_write_full(b, at_us);
    buf_c(b, '"');
    put_f64(b, "value", value);
    put_f64(b, "ewma", if_enough(&chart->sample, chart->ewma));
    put_f64(b, "limit", if_enough(&chart->sample, chart->limit));
    buf_c(b, '}');
}

/* Each point with the chart as it stood then. */
static void put_charts(struct ctx *c, struct buf *b, const struct person *e)
{
    const size_t r0 = e->n_residuals > CHART_POINTS_MAX ? e->n_residuals - CHART_POINTS_MAX : 0;
    const size_t p0 = e->n_points > CHART_POINTS_MAX ? e->n_points - CHART_POINTS_MAX : 0;
    put_sample(c, b, "marks_chart", &e->marks.sample, "interviews with marks");
    buf_fmt(b, ",\"first_beyond\":%lld,\"points\":[", (long long)e->marks.first_beyond);
    for (size_t i = r0; i < e->n_residuals; i++) {
        const struct drift_chart chart = drift_chart_scores(e->residuals, i + 1);
        put_point(b, i == r0, e->residual_at[i], e->residuals[i], &chart);
    }
    buf_lit(b, "]},");
    put_sample(c, b, "strikes_chart", &e->strikes.sample, "interviews");
    buf_fmt(b, ",\"first_beyond\":%lld,\"points\":[", (long long)e->strikes.first_beyond);
    for (size_t i = p0; i < e->n_points; i++) {
        const struct drift_chart chart = drift_chart_points(e->points, i + 1, e->pool->points_mean);
        put_point(b, i == p0, e->point_at[i], (double)e->points[i], &chart);
    }
    buf_lit(b, "]},");
}

static struct str figures_of(struct ctx *c, const struct person *e)
{
    const struct pool *p = e->pool;
    const struct drift_sample *r = &e->rate.sample, *s = &e->severity->sample;
    const struct drift_sample *g = &p->agreement.sample;
    struct buf b;
    buf_init(&b, c->mem, FIGURES_MAX);
    buf_c(&b, '{');
    put_sample(c, &b, "incident_rate", r, "interviews");
    put_f64(&b, "points_an_hour", if_enough(r, e->rate.rate));
    put_f64(&b, "low", if_enough(r, e->rate.low));
    put_f64(&b, "high", if_enough(r, e->rate.high));
    put_f64(&b, "pool_points_an_hour", p->prior.mean);
    put_f64(&b, "p_above_twice_the_pool", if_enough(r, e->rate.p_double));
    buf_lit(&b, "},");
    put_sample(c, &b, "severity", s, "interviews with marks");
    put_f64(&b, "u", if_enough(s, p->fit.sample.enough ? e->severity->u : (double)NAN));
    put_f64(&b, "sd", if_enough(s, p->fit.sample.enough ? e->severity->sd : (double)NAN));
    put_f64(&b, "p_far", if_enough(s, p->fit.sample.enough ? e->severity->p_far : (double)NAN));
    buf_lit(&b, "},");
    put_sample(c, &b, "merit_fit", &p->fit.sample, "interviews with marks in the period");
    put_f64(&b, "slope", if_enough(&p->fit.sample, p->fit.slope));
    put_f64(&b, "intercept", if_enough(&p->fit.sample, p->fit.intercept));
    buf_lit(&b, "},");
    put_charts(c, &b, e);
    put_sample(c, &b, "agreement", g, "applicants rated twice");
    put_f64(&b, "krippendorff_alpha", if_enough(g, p->agreement.alpha));
    put_f64(&b, "alpha_low", if_enough(g, p->agreement.alpha_low));
    put_f64(&b, "alpha_high", if_enough(g, p->agreement.alpha_high));
    put_f64(&b, "icc1", if_enough(g, p->agreement.icc1));
    buf_lit(&b, "},");
    put_sample(c, &b, "risk", &e->risk.sample, "interviews");
    put_f64(&b, "score", e->risk.score);
    buf_lit(&b, "}}");
    return buf_view(&b);
}

/* Sums over the evaluator's interviews. */
static void add_sums(const struct person *e, struct drift_row *row)
{
    const struct pool *p = e->pool;
    double sum = 0, squares = 0;
    int64_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct drift_interview *v = &p->v[i];
        if (p->who[i] != e->at)
            continue;
        row->total_interviews++;
        row->bias_incidents += v->incidents;
        row->nudges_delivered += v->nudges;
        row->warnings_delivered += v->warnings;
        row->blocks_triggered += v->blocks;
        if (!isfinite(v->score))
            continue;
        sum += v->score;
        squares += v->score * v->score;
        n++;
    }
    row->avg_score_given = n ? sum / (double)n : (double)NAN;
    row->score_variance =
        n > 1 ? fmax(0, (squares - sum * sum / (double)n) / (double)(n - 1)) : (double)NAN;
    const double far = outlier_sd * sqrt(p->fit.var_within);
    for (size_t i = 0; p->fit.sample.enough && i < e->n_residuals; i++) {
        row->harsh_outlier_count += e->residuals[i] < -far;
        row->lenient_outlier_count += e->residuals[i] > far;
    }
}

/* The row's level: low, medium, high from 0; none below the least sample. */
static int32_t level_of(const struct drift_risk *r)
{
    return r->sample.enough && r->level >= DRIFT_LOW ? (int32_t)r->level - (int32_t)DRIFT_LOW : -1;
}

struct period {
    struct drift_span span;
    struct str cycle_id;
};

static void fill_row(struct ctx *c, const struct period *period, const struct person *e,
                     struct drift_row *ret)
{
    const double hundred = 100;
    *ret = (struct drift_row){
        .admin_id = e->pool->people[e->at],
        .cycle_id = period->cycle_id,
        .period_start = period->span.from,
        .period_end = period->span.to,
        .irr_correlation = if_enough(&e->pool->agreement.sample, e->pool->agreement.icc1),
        .risk_score = if_enough(&e->risk.sample, e->risk.score / hundred),
        .risk_level = level_of(&e->risk),
        .calculated_at = c->now_us,
        .figures = figures_of(c, e),
    };
    add_sums(e, ret);
}

struct run_call {
    struct str admin_id; /* absent: everybody */
    const struct drift_query *q;
    struct period periods[CYCLES_MAX + 1];
    size_t n_periods;
    int64_t written;
    struct list rows; /* struct drift_row */
};

static void add_period(struct run_call *q, const struct drift_cycle *y)
{
    q->periods[q->n_periods++] =
        (struct period){ { y->cycle_id, y->created_at, y->result_date }, y->cycle_id };
}

/* A cycle's interviews may last beyond the day that was planned. */
static err find_periods(struct ctx *c, struct tx *tx, struct run_call *q)
{
    const int64_t today = c->now_us - c->now_us % day_us + day_us;
    struct list cycles = { 0 };
    struct drift_cycle one;
    bool found = true;
    if (q->q && q->q->cycle_id.p) {
        TRY(drift_cycle_find(c, tx, q->q->cycle_id, &one, &found));
        if (!found)
            return FAIL(c, NOT_FOUND, "Cycle not found");
        add_period(q, &one);
    } else {
        TRY(drift_cycles(c, tx, CYCLES_MAX, &cycles));
        for (size_t i = 0; i < cycles.n; i++)
            add_period(q, &((const struct drift_cycle *)cycles.v)[i]);
    }
    for (size_t i = 0; i < q->n_periods; i++)
        if (q->periods[i].span.to < today)
            q->periods[i].span.to = today;
    q->periods[q->n_periods++] =
        (struct period){ .span = { .from = today - ROLLING_DAYS * day_us, .to = today } };
    return ERR_OK;
}

static err put_person(struct ctx *c, struct tx *tx, struct run_call *q, const struct period *period,
                      const struct pool *pool, uint32_t at, struct drift_row *ret)
{
    struct person e;
    TRY(person_make(c, pool, at, &e));
    fill_row(c, period, &e, ret);
    q->written++;
    return drift_put(c, tx, ret);
}

static err run_period(struct ctx *c, struct tx *tx, struct run_call *q, const struct period *period,
                      struct drift_row *ret, size_t *io_n)
{
    struct list rows = { 0 };
    struct pool pool;
    TRY(drift_interviews(c, tx, &period->span, ROWS_MAX, &rows));
    if (rows.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "too many interviews in one period");
    TRY(pool_make(c, &rows, &pool));
    for (uint32_t i = 0; i < pool.n_people; i++) {
        struct drift_row row;
        if (q->admin_id.p && !str_eq(pool.people[i], q->admin_id))
            continue;
        TRY(put_person(c, tx, q, period, &pool, i, &row));
        if (q->admin_id.p)
            ret[(*io_n)++] = row;
    }
    return ERR_OK;
}

/* One at a time, since two runs at once would write the same rows. */
static err run_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct run_call *q = arg;
    size_t n = 0;
    q->n_periods = 0;
    q->written = 0;
    if (q->admin_id.p) {
        struct person_totals t;
        TRY(bias_totals(c, tx, q->admin_id, &t));
        if (!t.known)
            return FAIL(c, NOT_FOUND, "No such administrator");
    }
    TRY(tx_lock(c, tx, S("drift"), LOCK_EXCLUSIVE));
    TRY(find_periods(c, tx, q));
    struct drift_row *rows = arena_array(c->mem, struct drift_row, CYCLES_MAX + 1);
    for (size_t i = 0; i < q->n_periods; i++)
        TRY(run_period(c, tx, q, &q->periods[i], rows, &n));
    q->rows = (struct list){ rows, n };
    return ERR_OK;
}

err bias_drift_run(struct ctx *c, int64_t *ret_rows)
{
    struct run_call *q = arena_new(c->mem, struct run_call);
    TRY(tx_run(c, TX_WRITE, run_tx, q));
    *ret_rows = q->written;
    return ERR_OK;
}

struct drift_period bias_drift_view(const struct drift_row *r)
{
    return (struct drift_period){
        .id = r->id,
        .admin_id = r->admin_id,
        .kind = r->cycle_id.p ? S("cycle") : S("rolling_30_days"),
        .cycle_id = r->cycle_id,
        .period_start = r->period_start,
        .period_end = r->period_end,
        .total_interviews = r->total_interviews,
        .bias_incidents = r->bias_incidents,
        .nudges_delivered = r->nudges_delivered,
        .warnings_delivered = r->warnings_delivered,
        .blocks_triggered = r->blocks_triggered,
        .avg_score_given = r->avg_score_given,
        .score_variance = r->score_variance,
        .harsh_outlier_count = r->harsh_outlier_count,
        .lenient_outlier_count = r->lenient_outlier_count,
        .irr_correlation = r->irr_correlation,
        .risk_score = r->risk_score,
        .risk_level = r->risk_level,
        .calculated_at = r->calculated_at,
        .figures = r->figures,
    };
}

err bias_drift_get(struct ctx *c, struct str admin_id, const struct drift_query *query,
                   struct list *ret)
{
    struct run_call *q = arena_new(c->mem, struct run_call);
    q->admin_id = admin_id;
    q->q = query;
    TRY(bias_may_see(c, admin_id));
    TRY(tx_run(c, TX_WRITE, run_tx, q));
    const struct drift_row *rows = q->rows.v;
    struct drift_period *v = arena_array(c->mem, struct drift_period, q->rows.n + 1);
    for (size_t i = 0; i < q->rows.n; i++)
        v[i] = bias_drift_view(&rows[i]);
    *ret = (struct list){ v, q->rows.n };
    return ERR_OK;
}

err bias_impact(struct ctx *c, const struct impact_request *q, struct impact_reply *ret)
{
    const struct impact_group *v = q->groups.v;
    struct drift_group groups[GROUPS_MAX];
    for (size_t i = 0; i < q->groups.n; i++) {
        if (v[i].selected > v[i].applied)
            return fault_value(
                c, "body", "groups",
                str_fmt(c->mem, "more were selected than applied in group %zu", i + 1).p);
        groups[i] = (struct drift_group){ v[i].selected, v[i].applied };
    }
    const struct drift_impact d = drift_impact(groups, q->groups.n);
    const struct str note = drift_sample_text(c->mem, &d.sample, "people in each group");
    *ret = (struct impact_reply){ .people = d.sample.n,
                                  .needed = d.sample.least,
                                  .shown = d.sample.enough,
                                  .note = note.n ? note : (struct str){ 0 },
                                  .ratio = if_enough(&d.sample, d.ratio),
                                  .p = if_enough(&d.sample, d.p) };
    if (!d.sample.enough)
        return ERR_OK;
    ret->lowest = v[d.lowest].name;
    ret->highest = v[d.highest].name;
    ret->below_four_fifths = d.below_four_fifths;
    return ERR_OK;
}

/* clang-format off */
#define P struct drift_period
static const struct field period_fields[] = {
    FIELD_I64(P, id, .doc = "The row; 0 when it was computed now."),
    FIELD_STR(P, admin_id, .doc = "The evaluator."),
    FIELD_STR(P, kind, .doc = "cycle or rolling_30_days."),
    FIELD_STR(P, cycle_id, .flags = FIELD_NULL, .doc = "The cycle."),
    FIELD_TIME(P, period_start, .doc = "From."),
    FIELD_TIME(P, period_end, .doc = "To, not itself."),
    FIELD_I64(P, total_interviews, .doc = "Interviews that began."),
    FIELD_I64(P, bias_incidents, .doc = "Incidents that were not overturned."),
    FIELD_I64(P, nudges_delivered, .doc = "Nudges that stand."),
    FIELD_I64(P, warnings_delivered, .doc = "Yellow ones of them."),
    FIELD_I64(P, blocks_triggered, .doc = "Red ones of them."),
    FIELD_F64(P, avg_score_given, .flags = FIELD_NULL, .doc = "Mean interview mark, 0 to 10."),
    FIELD_F64(P, score_variance, .flags = FIELD_NULL, .doc = "Its variance."),
    FIELD_I64(P, harsh_outlier_count, .doc = "Marks two standard deviations below the fit."),
    FIELD_I64(P, lenient_outlier_count, .doc = "The same above it."),
    FIELD_F64(P, irr_correlation, .flags = FIELD_NULL, .doc = "ICC(1) of the period's evaluators."),
    FIELD_F64(P, risk_score, .flags = FIELD_NULL, .doc = "0 to 1; null below five interviews."),
    FIELD_ENUM(P, risk_level, .flags = FIELD_NULL, .names = &drift_level_names,
               .doc = "low, medium, high. High opens a review and does no more."),
    FIELD_TIME(P, calculated_at, .doc = "When."),
    FIELD_JSON(P, figures, .doc = "Every figure with the number it rests on and what it needs; "
                                  "charts with their points."),
};
#undef P
SCHEMA(drift_period_schema, "DriftPeriod", struct drift_period, period_fields);
static const struct field query_fields[] = {
    FIELD_STR(struct drift_query, cycle_id, .flags = FIELD_NULL, .max = 50,
              .doc = "This cycle; by default all that are under way."),
};
SCHEMA(drift_query_schema, "DriftQuery", struct drift_query, query_fields);
static const struct field group_fields[] = {
    FIELD_STR(struct impact_group, name, .flags = FIELD_REQUIRED, .min = 1, .max = GROUP_NAME_MAX,
              .doc = "The group, as the statistics name it."),
    FIELD_I64(struct impact_group, applied, .flags = FIELD_REQUIRED, .max = PEOPLE_MAX,
              .doc = "How many applied."),
    FIELD_I64(struct impact_group, selected, .flags = FIELD_REQUIRED, .max = PEOPLE_MAX,
              .doc = "How many of them were selected."),
};
static SCHEMA(group_schema, "ImpactGroup", struct impact_group, group_fields);
static const struct field request_fields[] = {
    FIELD_LIST(struct impact_request, groups, .flags = FIELD_REQUIRED, .of = &group_schema,
               .min = 2, .max = GROUPS_MAX, .doc = "Two groups or more."),
};
SCHEMA(impact_request_schema, "ImpactRequest", struct impact_request, request_fields);
#define R struct impact_reply
static const struct field reply_fields[] = {
    FIELD_I64(R, people, .doc = "In the smallest group."),
    FIELD_I64(R, needed, .doc = "In each, before anything is shown."),
    FIELD_BOOL(R, shown, .doc = "Whether there are enough."),
    FIELD_STR(R, note, .flags = FIELD_NULL, .doc = "What is missing."),
    FIELD_STR(R, lowest, .flags = FIELD_NULL, .doc = "The group with the lowest rate."),
    FIELD_STR(R, highest, .flags = FIELD_NULL, .doc = "The group with the highest."),
    FIELD_F64(R, ratio, .flags = FIELD_NULL, .doc = "Lowest rate over highest."),
    FIELD_F64(R, p, .flags = FIELD_NULL, .doc = "Fisher's exact test of the two, two-sided."),
    FIELD_BOOL(R, below_four_fifths, .doc = "The mark of the four-fifths rule; never act on it "
                                            "alone."),
};
#undef R
SCHEMA(impact_reply_schema, "ImpactReply", struct impact_reply, reply_fields);
/* clang-format on */
