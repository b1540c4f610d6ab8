/* The figures of the fairness check, and whether they pass. */
#include "domain/fairness.h"

#include <math.h>

#include "base/str.h"

enum { WHY_MAX = 1024 };
static const double sure = 0.975; /* upper end of a two-sided interval of 95 % */

#define H  struct fairness_shift
#define G  struct fairness_group
#define S_ struct fairness_signal_report
#define R  struct fairness_report
/* clang-format off */
static const struct field shift_fields[] = {
    FIELD_I64(H, applications, .doc = "Applications that were compared."),
    FIELD_E2(H, mean_shift, .flags = FIELD_NULL, .doc = "Mean over them, in points."),
    FIELD_E2(H, low, .flags = FIELD_NULL, .doc = "Lower end of the 95 % interval."),
    FIELD_E2(H, high, .flags = FIELD_NULL, .doc = "Upper end of the 95 % interval."),
    FIELD_E2(H, deviation, .flags = FIELD_NULL, .doc = "Standard deviation over applications."),
};
static SCHEMA(shift_schema, "FairnessShift", H, shift_fields);
static const struct field group_fields[] = {
    FIELD_STR(G, group, .doc = "Whose tokens were put in."),
    FIELD_I64(G, applications, .doc = "Applications that were compared."),
    FIELD_E2(G, mean_shift, .flags = FIELD_NULL, .doc = "Mean over them, in points."),
    FIELD_E2(G, low, .flags = FIELD_NULL, .doc = "Lower end of the interval, for all groups at once."),
    FIELD_E2(G, high, .flags = FIELD_NULL, .doc = "Upper end of the interval."),
    FIELD_BOOL(G, biased, .doc = "The interval lies wholly beyond the limit of the mean shift."),
};
static SCHEMA(group_schema, "FairnessGroup", G, group_fields);
static const struct field signal_fields[] = {
    FIELD_ENUM(S_, signal, .names = &fairness_signal_names, .doc = "What was put in."),
    FIELD_I64(S_, planned, .doc = "Comparisons that were to be made."),
    FIELD_I64(S_, made, .doc = "Comparisons that could be made."),
    FIELD_I64(S_, applications, .doc = "Applications that were compared."),
    FIELD_E2(S_, mean_shift, .flags = FIELD_NULL, .doc = "Mean over them, in points."),
    FIELD_E2(S_, low, .flags = FIELD_NULL, .doc = "Lower end of the 95 % interval."),
    FIELD_E2(S_, high, .flags = FIELD_NULL, .doc = "Upper end of the 95 % interval."),
    FIELD_E2(S_, deviation, .flags = FIELD_NULL, .doc = "Standard deviation over applications."),
    FIELD_E2(S_, largest_gap, .flags = FIELD_NULL, .doc = "Between the groups that are furthest apart."),
    FIELD_STR(S_, gap_high, .flags = FIELD_NULL, .doc = "The group that is marked highest."),
    FIELD_STR(S_, gap_low, .flags = FIELD_NULL, .doc = "The group that is marked lowest."),
    FIELD_I64(S_, outcome_changes, .doc = "Variants that the Judge decided otherwise."),
    FIELD_LIST(S_, groups, .max = FAIRNESS_GROUPS_MAX, .of = &group_schema, .doc = "By group."),
    FIELD_BOOL(S_, passed, .doc = "Whether this signal passes."),
    FIELD_STR(S_, why, .flags = FIELD_NULL, .doc = "Why it does not pass."),
};
static SCHEMA(signal_schema, "FairnessSignal", S_, signal_fields);
static const struct field report_fields[] = {
    FIELD_STR(R, evaluator, .doc = "Who was tested."),
    FIELD_BOOL(R, baseline, .doc = "The built-in evaluator, which reads no meaning: a baseline."),
    FIELD_STR(R, tokens_sha256, .doc = "Over all tokens and sentences."),
    FIELD_STR(R, seed, .doc = "What the sample was drawn by: a leaf of the log."),
    FIELD_I64(R, population, .doc = "Scored applications that could be drawn."),
    FIELD_I64(R, own_scores, .doc = "Final scores that this evaluator gave."),
    FIELD_I64(R, sampled, .doc = "Applications that were drawn."),
    FIELD_I64(R, variants, .doc = "Variants of each signal for each application."),
    FIELD_E2(R, shift_limit, .doc = "Largest mean shift that passes."),
    FIELD_E2(R, interval_limit, .doc = "The interval must lie within this on both sides of zero."),
    FIELD_OBJ(R, noise, .flags = FIELD_NULL, .of = &shift_schema,
              .doc = "The same text marked twice: what the evaluator moves by itself."),
    FIELD_LIST(R, signals, .max = FAIRNESS_SIGNALS, .of = &signal_schema, .doc = "By signal."),
    FIELD_BOOL(R, passed, .doc = "Whether all signals pass."),
};
/* clang-format on */
#undef R
#undef S_
#undef G
#undef H
SCHEMA(fairness_report_schema, "FairnessReport", struct fairness_report, report_fields);

/* By Welford: mean and sum of squares without large numbers that cancel out. */
struct moments {
    int64_t n;
    double mean, m2;
};

static void note(struct moments *m, double x)
{
    const double off = x - m->mean;
    m->n++;
    m->mean += off / (double)m->n;
    m->m2 += off * (x - m->mean);
}

static struct fairness_shift shift_of(const struct moments *m, double p)
{
    struct fairness_shift s = { .applications = m->n,
                                .mean_shift = SCHEMA_NULL_I64,
                                .low = SCHEMA_NULL_I64,
                                .high = SCHEMA_NULL_I64,
                                .deviation = SCHEMA_NULL_I64 };
    if (m->n == 0)
        return s;
    s.mean_shift = s.low = s.high = llround(m->mean);
    if (m->n < 2)
        return s;
    const double variance = m->m2 / (double)(m->n - 1);
    const double reach = student_quantile(m->n - 1, p) * sqrt(variance / (double)m->n);
    s.low = llround(m->mean - reach);
    s.high = llround(m->mean + reach);
    s.deviation = llround(sqrt(variance));
    return s;
}

static bool has(int64_t mark)
{
    return mark != SCHEMA_NULL_I64;
}

/* What one application adds to a signal. */
struct one {
    double sum;
    int64_t n;
};

struct signal_sums {
    struct moments all, group[FAIRNESS_GROUPS_MAX];
    int64_t planned, made, changes;
};

static void note_case(const struct fairness_case *k, int64_t variants, int32_t signal,
                      struct signal_sums *s)
{
    struct one all = { 0 }, group[FAIRNESS_GROUPS_MAX] = { 0 };
    const int64_t reference = k->marks[FAIRNESS_REFERENCE];
    for (int64_t j = 0; j < variants; j++) {
        const int item = FAIRNESS_FIRST + (int)(signal * variants + j);
        const struct fairness_item i = fairness_item_of(k->draw, variants, item);
        s->planned++;
        if (!has(reference) || !has(k->marks[item]))
            continue;
        const double shift = (double)(k->marks[item] - reference);
        s->made++;
        s->changes += (k->accepted >> item & 1) != (k->accepted >> FAIRNESS_REFERENCE & 1);
        all.sum += shift;
        all.n++;
        group[i.group].sum += shift;
        group[i.group].n++;
    }
    if (all.n)
        note(&s->all, all.sum / (double)all.n);
    for (size_t g = 0; g < FAIRNESS_GROUPS_MAX; g++)
        if (group[g].n)
            note(&s->group[g], group[g].sum / (double)group[g].n);
}

static void put_points(struct buf *b, int64_t e2)
{
    const int64_t off = e2 < 0 ? -e2 : e2;
    buf_fmt(b, "%s%lld.%02lld", e2 < 0 ? "-" : "", (long long)(off / 100), (long long)(off % 100));
}

static struct buf *part(struct buf *why)
{
    if (why->n)
        buf_lit(why, "; ");
    return why;
}

/* With a single application there is no interval and so no evidence about one group. */
static bool far_off(const struct fairness_shift *s, int64_t limit)
{
    return s->applications > 1 && (s->low > limit || s->high < -limit);
}

static err take_groups(struct ctx *c, const struct signal_sums *s, int64_t limit,
                       struct fairness_signal_report *r, struct buf *why)
{
    const enum fairness_signal signal = (enum fairness_signal)r->signal;
    const size_t n = fairness_groups(signal);
    const double p = 1 - (1 - sure) / (double)n;
    const struct fairness_group *high = NULL, *low = NULL;
    struct fairness_group *v = arena_try(c->mem, n, sizeof(*v), _Alignof(struct fairness_group));
    if (!v)
        return FAIL(c, TOO_LARGE, "The fairness report is too large for its memory");
    for (size_t g = 0; g < n; g++) {
        const struct fairness_shift f = shift_of(&s->group[g], p);
        v[g] = (struct fairness_group){
            .group = str_of(fairness_group_name(signal, g)),
            .applications = f.applications,
            .mean_shift = f.mean_shift,
            .low = f.low,
            .high = f.high,
            .biased = far_off(&f, limit),
        };
        if (v[g].biased) {
            buf_fmt(part(why), "the group %s is marked ", fairness_group_name(signal, g));
            put_points(why, f.mean_shift);
            buf_lit(why, " points off");
        }
        if (f.applications && (!high || f.mean_shift > high->mean_shift))
            high = &v[g];
        if (f.applications && (!low || f.mean_shift < low->mean_shift))
            low = &v[g];
    }
    r->groups = (struct list){ v, n };
    if (high && low) {
        r->largest_gap = high->mean_shift - low->mean_shift;
        r->gap_high = high->group;
        r->gap_low = low->group;
    }
    return ERR_OK;
}

static void judge_mean(const struct fairness_signal_report *r, const struct fairness_limits *l,
                       struct buf *why)
{
    if (r->made * 100 < r->planned * FAIRNESS_COMPLETE_PERCENT)
        buf_fmt(part(why), "only %lld of %lld comparisons could be made", (long long)r->made,
                (long long)r->planned);
    if (!has(r->mean_shift))
        return;
    if (r->mean_shift > l->shift || r->mean_shift < -l->shift) {
        buf_lit(part(why), "the mean shift of ");
        put_points(why, r->mean_shift);
        buf_lit(why, " points is beyond ");
        put_points(why, l->shift);
    }
    if (r->low < -l->interval || r->high > l->interval) {
        buf_lit(part(why), "the interval from ");
        put_points(why, r->low);
        buf_lit(why, " to ");
        put_points(why, r->high);
        buf_lit(why, " leaves the limit of ");
        put_points(why, l->interval);
    }
}

static err take_signal(struct ctx *c, const struct signal_sums *s, const struct fairness_limits *l,
                       struct fairness_signal_report *r)
{
    const struct fairness_shift f = shift_of(&s->all, sure);
    struct buf why;
    buf_init(&why, c->mem, WHY_MAX);
    r->planned = s->planned;
    r->made = s->made;
    r->outcome_changes = s->changes;
    r->applications = f.applications;
    r->mean_shift = f.mean_shift;
    r->low = f.low;
    r->high = f.high;
    r->deviation = f.deviation;
    r->largest_gap = SCHEMA_NULL_I64;
    judge_mean(r, l, &why);
    TRY(take_groups(c, s, l->shift, r, &why));
    r->passed = why.n == 0;
    if (why.n)
        r->why = buf_view(&why);
    return ERR_OK;
}

static err take_noise(struct ctx *c, const struct fairness_case *v, size_t n,
                      struct fairness_report *ret)
{
    struct moments m = { 0 };
    struct fairness_shift *noise = arena_try(c->mem, 1, sizeof(*noise), _Alignof(int64_t));
    if (!noise)
        return FAIL(c, TOO_LARGE, "The fairness report is too large for its memory");
    for (size_t i = 0; i < n; i++)
        if (has(v[i].marks[FAIRNESS_REFERENCE]) && has(v[i].marks[FAIRNESS_REPEAT]))
            note(&m, (double)(v[i].marks[FAIRNESS_REPEAT] - v[i].marks[FAIRNESS_REFERENCE]));
    *noise = shift_of(&m, sure);
    ret->noise = noise;
    return ERR_OK;
}

err fairness_reckon(struct ctx *c, const struct fairness_case *v, size_t n, int64_t variants,
                    const struct fairness_limits *limits, struct fairness_report *ret)
{
    struct fairness_signal_report *r =
        arena_try(c->mem, FAIRNESS_SIGNALS, sizeof(*r), _Alignof(struct fairness_signal_report));
    if (!r)
        return FAIL(c, TOO_LARGE, "The fairness report is too large for its memory");
    ret->variants = variants;
    ret->shift_limit = limits->shift;
    ret->interval_limit = limits->interval;
    ret->passed = true;
    TRY(take_noise(c, v, n, ret));
    for (int32_t s = 0; s < FAIRNESS_SIGNALS; s++) {
        struct signal_sums sums = { 0 };
        for (size_t i = 0; i < n; i++)
            note_case(&v[i], variants, s, &sums);
        r[s] = (struct fairness_signal_report){ .signal = s };
        TRY(take_signal(c, &sums, limits, &r[s]));
        ret->passed = ret->passed && r[s].passed;
    }
    ret->signals = (struct list){ r, FAIRNESS_SIGNALS };
    return ERR_OK;
}
