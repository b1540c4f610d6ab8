/* What staff and the public are told about cycles: status with its gate, admission, dashboard. */
#include "base/str.h"
#include "codec/time.h"
#include "domain/application.h"
#include "domain/score.h"
#include "repo/application_repo.h"
#include "repo/score_repo.h"
#include "service/cycle_admin.h"
#include "service/cycle_support.h"
#include "service/phase_step.h"

/* Groups smaller than this are not shown before publication. */
enum { K_ANONYMITY = 5, STATS_JSON_MAX = 1024, DAY_TEXT_N = 10 };

static bool is_scored(int32_t status)
{
    return status >= APP_SCORED && status <= APP_PUBLISHED;
}

struct status_call {
    struct str cycle_id;
    struct cycle_row row;
    struct list counts; /* struct status_count */
    struct cycle_facts facts;
    const struct phase_rule *next; /* NULL at the end */
};

static err status_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct status_call *q = arg;
    TRY(cycle_load(c, tx, q->cycle_id, &q->row));
    TRY(application_counts(c, tx, q->cycle_id, &q->counts));
    TRY(phase_next(c, tx, &q->row.cycle, &q->next));
    return cycle_facts_load(c, tx, q->cycle_id, &q->facts);
}

static struct cycle_stats *stats_of(struct ctx *c, const struct list *counts)
{
    struct cycle_stats *st = arena_new(c->mem, struct cycle_stats);
    const struct status_count *v = counts->v;
    for (size_t i = 0; i < counts->n; i++) {
        st->total_applications += v[i].n;
        st->submitted += v[i].status == APP_SUBMITTED ? v[i].n : 0;
        st->finalized += v[i].status == APP_FINALIZED ? v[i].n : 0;
        st->scored += is_scored(v[i].status) ? v[i].n : 0;
        st->shortlisted += v[i].status == APP_SHORTLISTED ? v[i].n : 0;
        st->selected += v[i].status == APP_SELECTED ? v[i].n : 0;
    }
    return st;
}

/* The gate's own words when the next step may not run. */
static err gate_text(struct ctx *c, const struct phase_rule *rule, const struct status_call *q,
                     struct str *ret)
{
    err e = phase_check(c, rule, q->row.cycle.phase, &q->facts);
    if (e == ERR_PHASE) {
        *ret = str_keep(c->mem, str_of(c->fault.text));
        fault_clear(c);
        return ERR_OK;
    }
    return e;
}

err cycle_status_get(struct ctx *c, struct str cycle_id, struct cycle_status *ret)
{
    struct status_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, status_tx, &q));
    const struct cycle *cy = &q.row.cycle;
    const struct phase_rule *rule = q.next;
    struct str blocked = { NULL, 0 };
    if (rule)
        TRY(gate_text(c, rule, &q, &blocked));
    struct cycle_dates *dates = arena_new(c->mem, struct cycle_dates);
    *dates = (struct cycle_dates){ .start_date = cy->start_date,
                                   .end_date = cy->end_date,
                                   .result_date = cy->result_date,
                                   .created_at = cy->created_at,
                                   .closed_at = cy->closed_at };
    struct cycle_facts *facts = arena_new(c->mem, struct cycle_facts);
    *facts = q.facts;
    *ret = (struct cycle_status){
        .cycle_id = cy->cycle_id,
        .cycle_name = cy->cycle_name,
        .phase = cy->phase,
        .is_open = cy->is_open,
        .max_seats = cy->max_seats,
        .current_seats = cy->current_seats,
        .selected_count = cy->selected_count,
        .stats = stats_of(c, &q.counts),
        .dates = dates,
        .facts = facts,
        .next_verb = str_of(rule ? rule->verb : NULL),
        .blocked_by = blocked,
    };
    return ERR_OK;
}

static struct str day_text(struct ctx *c, int64_t us)
{
    struct buf b;
    buf_init(&b, c->mem, 64);
    time_write(&b, us);
    return str_sub(buf_view(&b), 0, DAY_TEXT_N);
}

err admission_info_get(struct ctx *c, struct admission_info *ret)
{
    struct cycle cy;
    bool found = false;
    TRY(cycle_active(c, &cy, &found));
    struct admission_info info = { .seats_available = SCHEMA_NULL_I64,
                                   .max_seats = SCHEMA_NULL_I64,
                                   .current_seats = SCHEMA_NULL_I64,
                                   .message = S("Admissions are closed at the moment.") };
    if (found) {
        info.is_open = cycle_accepts(&cy, c->now_us);
        info.cycle_name = cy.cycle_name;
        info.max_seats = cy.max_seats;
        info.current_seats = cy.current_seats;
        info.start_date = cy.start_date;
        info.end_date = cy.end_date;
        info.result_date = cy.result_date;
        if (info.is_open)
            info.message = str_fmt(c->mem, "Applications are welcome until %.*s (UTC).",
                                   STR_ARG(day_text(c, cy.end_date)));
        else if (c->now_us < cy.start_date)
            info.message = str_fmt(c->mem, "Applications open on %.*s (UTC).",
                                   STR_ARG(day_text(c, cy.start_date)));
        else
            info.message = str_fmt(c->mem, "The time for applications ended on %.*s (UTC).",
                                   STR_ARG(day_text(c, cy.end_date)));
    }
    *ret = info;
    return ERR_OK;
}

static const struct field dashboard_fields[] = {
    FIELD_I64(struct dashboard_stats, total_applications, .doc = "Applications received."),
    FIELD_I64(struct dashboard_stats, completed_evaluations,
              .doc = "Applications with a final score."),
    FIELD_E2(struct dashboard_stats, average_score, .flags = FIELD_NULL,
             .doc = "Mean final score; null when there are too few to be shown."),
    FIELD_JSON(struct dashboard_stats, score_distribution, .flags = FIELD_NULL,
               .doc = "Applications by score; a group too small to be shown is null."),
    FIELD_JSON(struct dashboard_stats, processing_stats, .doc = "Applications by status."),
    FIELD_TIME(struct dashboard_stats, timestamp, .doc = "When this was counted."),
};
SCHEMA(dashboard_stats_schema, "DashboardStats", struct dashboard_stats, dashboard_fields);

struct dashboard_call {
    struct str cycle_id;
    int32_t phase;
    struct list counts;  /* struct phase_status_count */
    struct list buckets; /* struct score_bucket */
};

static err counts_of_cycle(struct ctx *c, struct tx *tx, struct dashboard_call *q)
{
    struct cycle_row row;
    struct list counts;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    TRY(application_counts(c, tx, q->cycle_id, &counts));
    const struct status_count *v = counts.v;
    struct phase_status_count *out =
        arena_array(c->mem, struct phase_status_count, counts.n ? counts.n : 1);
    for (size_t i = 0; i < counts.n; i++)
        out[i] = (struct phase_status_count){ row.cycle.phase, v[i].status, v[i].n };
    q->counts = (struct list){ out, counts.n };
    return ERR_OK;
}

static err dashboard_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct dashboard_call *q = arg;
    if (q->cycle_id.p)
        TRY(counts_of_cycle(c, tx, q));
    else
        TRY(application_counts_all(c, tx, &q->counts));
    return score_buckets(c, tx, q->cycle_id, &q->buckets);
}

/* By the status that the public may know: no decision shows before its cycle is published. */
static void sum_statuses(struct ctx *c, const struct list *counts, struct dashboard_stats *ret)
{
    int64_t by_status[APP_STATUS_COUNT] = { 0 };
    const struct phase_status_count *v = counts->v;
    for (size_t i = 0; i < counts->n; i++) {
        int32_t shown = application_status_shown(v[i].status, v[i].phase);
        by_status[shown] += v[i].n;
        ret->total_applications += v[i].n;
        ret->completed_evaluations += is_scored(shown) ? v[i].n : 0;
    }
    struct buf b;
    buf_init(&b, c->mem, STATS_JSON_MAX);
    buf_c(&b, '{');
    for (int32_t s = 0; s < APP_STATUS_COUNT; s++) {
        if (!by_status[s])
            continue;
        buf_fmt(&b, "%s\"%s\":%lld", b.n > 1 ? "," : "", application_status_names.v[s],
                (long long)by_status[s]);
    }
    buf_c(&b, '}');
    ret->processing_stats = buf_view(&b);
}

struct distribution {
    int64_t shown[SCORE_BUCKETS]; /* public counts */
    bool hidden[SCORE_BUCKETS];
    int64_t n, sum_e2; /* what the mean is taken over */
    bool few;          /* some scores are held back and the rest are too few */
};

/* A single hidden group could be had by subtraction from the total: hide the next smallest too. */
static void hide_one_more(struct distribution *d)
{
    int hidden = 0, least = -1;
    for (int i = 0; i < SCORE_BUCKETS; i++) {
        hidden += d->hidden[i];
        if (!d->hidden[i] && d->shown[i] && (least < 0 || d->shown[i] < d->shown[least]))
            least = i;
    }
    if (hidden == 1 && least >= 0)
        d->hidden[least] = true;
    d->few = hidden == 1 && least < 0;
}

static void distribute(const struct list *buckets, struct distribution *d)
{
    int64_t early[SCORE_BUCKETS] = { 0 }, early_n = 0, early_sum = 0;
    const struct score_bucket *v = buckets->v;
    for (size_t i = 0; i < buckets->n; i++) {
        if (v[i].bucket < 0 || v[i].bucket >= SCORE_BUCKETS)
            continue;
        const int64_t sum = (int64_t)(v[i].total * 100.0 + 0.5);
        if (v[i].phase >= PHASE_PUBLISHED) {
            d->shown[v[i].bucket] += v[i].n;
            d->n += v[i].n;
            d->sum_e2 += sum;
        } else {
            early[v[i].bucket] += v[i].n;
            early_n += v[i].n;
            early_sum += sum;
        }
    }
    for (int i = 0; i < SCORE_BUCKETS; i++) {
        d->hidden[i] = early[i] > 0 && early[i] < K_ANONYMITY;
        d->shown[i] += d->hidden[i] ? 0 : early[i];
    }
    hide_one_more(d);
    if (early_n < K_ANONYMITY) {
        d->few = d->few || (early_n > 0 && d->n == 0);
        return;
    }
    d->n += early_n;
    d->sum_e2 += early_sum;
}

static struct str distribution_text(struct ctx *c, const struct distribution *d)
{
    static const char *const names[SCORE_BUCKETS] = { "90-100", "80-89", "70-79", "60-69",
                                                      "below-60" };
    struct buf b;
    buf_init(&b, c->mem, STATS_JSON_MAX);
    for (int i = 0; i < SCORE_BUCKETS; i++) {
        buf_fmt(&b, "%s\"%s\":", i ? "," : "{", names[i]);
        if (d->hidden[i])
            buf_lit(&b, "null");
        else
            buf_i64(&b, d->shown[i]);
    }
    buf_c(&b, '}');
    return buf_view(&b);
}

err dashboard_stats_get(struct ctx *c, struct str cycle_id, struct dashboard_stats *ret)
{
    struct dashboard_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, dashboard_tx, &q));
    struct dashboard_stats out = { .average_score = SCHEMA_NULL_I64, .timestamp = c->now_us };
    struct distribution d = { .n = 0 };
    sum_statuses(c, &q.counts, &out);
    distribute(&q.buckets, &d);
    if (d.n)
        out.average_score = div_half_up(d.sum_e2, d.n);
    if (!d.few)
        out.score_distribution = distribution_text(c, &d);
    *ret = out;
    return ERR_OK;
}
