/* Histories of evaluators, the numbers of the monitor, and what waits for another evaluator. */
#include <math.h>

#include "base/str.h"
#include "domain/role.h"
#include "repo/bias_flag_repo.h"
#include "repo/drift_repo.h"
#include "service/bias_drift.h"
#include "service/bias_inner.h"
#include "service/bias_review.h"
#include "service/cycle_support.h"

enum { RECENT_MAX = 10, PEOPLE_MAX = 10000, DRIFT_ROWS_MAX = 1000 };
static const int64_t day_us = INT64_C(86400) * 1000000;

err bias_may_see(struct ctx *c, struct str admin_id)
{
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    if ((c->who->roles & (ROLE_SUPER_ADMIN | ROLE_AUDITOR)) || str_eq(c->who->id, admin_id))
        return ERR_OK;
    return FAIL(c, NOT_FOUND, "No such administrator");
}

struct history_call {
    struct str admin_id;
    struct person_totals totals;
    struct nudge_count_row nudges;
    struct list incidents;
    struct bias_counts n;
};

static err history_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct history_call *q = arg;
    struct bias_person person;
    TRY(bias_totals(c, tx, q->admin_id, &q->totals));
    if (!q->totals.known)
        return FAIL(c, NOT_FOUND, "No such administrator");
    TRY(bias_person_load(c, tx, q->admin_id, (struct str){ 0 }, &person));
    TRY(bias_count(c, bias_rules(c), &person.ledger, c->now_us, NULL, &q->n));
    TRY(nudge_counts_of(c, tx, q->admin_id, &q->nudges));
    return incidents_of_person(c, tx, q->admin_id, RECENT_MAX, &q->incidents);
}

/* Counted from the ledger, now: what the status row says may be a day old. */
err bias_history_get(struct ctx *c, struct str admin_id, struct bias_standing *ret)
{
    struct history_call q = { .admin_id = admin_id };
    struct nudge_counts *counts = arena_new(c->mem, struct nudge_counts);
    TRY(bias_may_see(c, admin_id));
    TRY(tx_run(c, TX_READ, history_tx, &q));
    const bool struck = q.n.last_strike_us != BIAS_NEVER;
    *counts = (struct nudge_counts){ q.nudges.info, q.nudges.warning, q.nudges.block };
    struct bias_standing s = {
        .admin_id = admin_id,
        .total_interviews_conducted = q.totals.interviews,
        .total_bias_incidents = q.totals.incidents,
        .total_blocks_received = q.totals.blocks,
        .current_status = q.n.status,
        .strikes = q.n.cycle_most,
        .lifetime_strikes = q.n.lifetime,
        .suspension_count = q.n.suspensions,
        .last_incident_date = struck ? q.n.last_strike_us : 0,
        .strike_reset_date =
            struck ? q.n.last_strike_us + bias_rules(c)->strike_reset_days * day_us : 0,
        .nudge_counts = counts,
    };
    TRY(bias_incident_views(c, &q.incidents, &s.recent_incidents));
    *ret = s;
    return ERR_OK;
}

struct summary {
    int64_t total_admins, active_admins, warned_admins, suspended_admins, banned_admins;
    int64_t total_incidents, total_interviews;
    double incident_rate;
};
struct risk_view {
    struct str admin_id;
    int32_t current_status;
    int64_t strikes, total_interviews, total_incidents;
    double incident_rate;
};
struct appeals_view {
    int64_t nudges, appeals, waiting, accepted, rejected;
    double false_positive_rate, upheld_share;
};
struct quality_view {
    int64_t analyses, by_model, errors, waiting_for_a_model;
    double error_rate, detector_precision, action_disagreement;
};

struct metrics_call {
    struct str cycle_id;
    struct list risks, drift;
    struct appeal_numbers appeals;
    struct quality_numbers quality;
};

static err metrics_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct metrics_call *q = arg;
    struct cycle_row cycle;
    if (q->cycle_id.p)
        TRY(cycle_load(c, tx, q->cycle_id, &cycle));
    TRY(bias_risks(c, tx, q->cycle_id, PEOPLE_MAX, &q->risks));
    TRY(drift_list(c, tx, (struct str){ 0 }, q->cycle_id, DRIFT_ROWS_MAX, &q->drift));
    TRY(appeal_numbers(c, tx, q->cycle_id, &q->appeals));
    return quality_numbers(c, tx, q->cycle_id, &q->quality);
}

/* Percent with two decimals, as in the original; 0 without interviews. */
static double percent(int64_t part, int64_t whole)
{
    const double hundredths = 10000;
    return whole > 0 ? round(hundredths * (double)part / (double)whole) / 100 : 0;
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static err show_risks(struct ctx *c, const struct list *rows, struct bias_metrics *ret)
{
    struct summary *s = arena_new(c->mem, struct summary);
    struct risk_view *v = arena_try(c->mem, rows->n + 1, sizeof(*v), _Alignof(struct risk_view));
    const struct risk_row *r = rows->v;
    int64_t by_status[] = { 0, 0, 0, 0 };
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many evaluators");
    for (size_t i = 0; i < rows->n; i++) {
        v[i] = (struct risk_view){ .admin_id = r[i].admin_id,
                                   .current_status = r[i].current_status,
                                   .strikes = r[i].strikes,
                                   .total_interviews = r[i].total_interviews,
                                   .total_incidents = r[i].total_incidents,
                                   .incident_rate =
                                       percent(r[i].total_incidents, r[i].total_interviews) };
        by_status[r[i].current_status]++;
        s->total_incidents += r[i].total_incidents;
        s->total_interviews += r[i].total_interviews;
    }
    s->total_admins = (int64_t)rows->n;
    s->active_admins = by_status[STATUS_ACTIVE];
    s->warned_admins = by_status[STATUS_WARNED];
    s->suspended_admins = by_status[STATUS_SUSPENDED];
    s->banned_admins = by_status[STATUS_BANNED];
    s->incident_rate = percent(s->total_incidents, s->total_interviews);
    ret->summary = s;
    ret->admin_risks = (struct list){ v, rows->n };
    return ERR_OK;
}

static void show_numbers(struct ctx *c, const struct metrics_call *q, struct bias_metrics *ret)
{
    const struct appeal_numbers *a = &q->appeals;
    const struct quality_numbers *n = &q->quality;
    struct appeals_view *av = arena_new(c->mem, struct appeals_view);
    struct quality_view *qv = arena_new(c->mem, struct quality_view);
    *av = (struct appeals_view){ .nudges = a->nudges,
                                 .appeals = a->appeals,
                                 .waiting = a->appeals - a->accepted - a->rejected,
                                 .accepted = a->accepted,
                                 .rejected = a->rejected,
                                 .false_positive_rate = share(a->accepted, a->nudges),
                                 .upheld_share = share(a->rejected, a->accepted + a->rejected) };
    *qv = (struct quality_view){ .analyses = n->analyses,
                                 .by_model = n->by_model,
                                 .errors = n->errors,
                                 .waiting_for_a_model = n->later,
                                 .error_rate = share(n->errors, n->analyses),
                                 .detector_precision =
                                     share(n->detector_confirmed, n->detector_found),
                                 .action_disagreement = share(n->action_differs, n->by_model) };
    ret->appeals = av;
    ret->quality = qv;
}

err bias_metrics_get(struct ctx *c, const struct bias_metrics_query *query,
                     struct bias_metrics *ret)
{
    struct metrics_call q = { .cycle_id = query->cycle_id };
    struct bias_metrics m = { 0 };
    TRY(tx_run(c, TX_READ, metrics_tx, &q));
    TRY(show_risks(c, &q.risks, &m));
    show_numbers(c, &q, &m);
    const struct drift_row *rows = q.drift.v;
    struct drift_period *v =
        arena_try(c->mem, q.drift.n + 1, sizeof(*v), _Alignof(struct drift_period));
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many evaluators");
    for (size_t i = 0; i < q.drift.n; i++)
        v[i] = bias_drift_view(&rows[i]);
    m.drift_metrics = (struct list){ v, q.drift.n };
    *ret = m;
    return ERR_OK;
}

struct reassign_call {
    int64_t limit;
    struct list rows;
};

static err reassign_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reassign_call *q = arg;
    return reassign_list(c, tx, q->limit, &q->rows);
}

err bias_reassignments(struct ctx *c, const struct limit_query *query, struct list *ret)
{
    struct reassign_call q = { .limit = query->limit };
    TRY(tx_run(c, TX_READ, reassign_tx, &q));
    const struct reassign_row *r = q.rows.v;
    struct reassignment *v = arena_array(c->mem, struct reassignment, q.rows.n + 1);
    for (size_t i = 0; i < q.rows.n; i++)
        v[i] = (struct reassignment){ r[i].interview_id, r[i].admin_id, r[i].cycle_id, r[i].cause,
                                      r[i].interview_time };
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

/* clang-format off */
#define S_ struct summary
static const struct field summary_fields[] = {
    FIELD_I64(S_, total_admins, .doc = "Evaluators that have interviewed or have a status."),
    FIELD_I64(S_, active_admins, .doc = "Of them active."),
    FIELD_I64(S_, warned_admins, .doc = "Warned."),
    FIELD_I64(S_, suspended_admins, .doc = "Suspended."),
    FIELD_I64(S_, banned_admins, .doc = "Banned."),
    FIELD_I64(S_, total_incidents, .doc = "Incidents that were not overturned."),
    FIELD_I64(S_, total_interviews, .doc = "Interviews that began."),
    FIELD_F64(S_, incident_rate, .doc = "Incidents to a hundred interviews."),
};
#undef S_
static SCHEMA(summary_schema, "BiasSummary", struct summary, summary_fields);
#define R struct risk_view
static const struct field risk_fields[] = {
    FIELD_STR(R, admin_id, .doc = "The evaluator."),
    FIELD_ENUM(R, current_status, .names = &bias_status_codes, .doc = "Status."),
    FIELD_I64(R, strikes, .doc = "The most points in a cycle that is not completed."),
    FIELD_I64(R, total_interviews, .doc = "Interviews that began."),
    FIELD_I64(R, total_incidents, .doc = "Incidents that were not overturned."),
    FIELD_F64(R, incident_rate, .doc = "Incidents to a hundred interviews."),
};
#undef R
static SCHEMA(risk_schema, "BiasAdminRisk", struct risk_view, risk_fields);
#define A struct appeals_view
static const struct field appeals_fields[] = {
    FIELD_I64(A, nudges, .doc = "Nudges that stand."),
    FIELD_I64(A, appeals, .doc = "Of them appealed."),
    FIELD_I64(A, waiting, .doc = "Appeals that wait."),
    FIELD_I64(A, accepted, .doc = "Nudges that were wrong."),
    FIELD_I64(A, rejected, .doc = "Appeals that were rejected."),
    FIELD_F64(A, false_positive_rate, .flags = FIELD_NULL,
              .doc = "Accepted appeals over nudges; null without nudges."),
    FIELD_F64(A, upheld_share, .flags = FIELD_NULL,
              .doc = "Rejected appeals over decided ones; null without."),
};
#undef A
static SCHEMA(appeals_schema, "BiasAppealNumbers", struct appeals_view, appeals_fields);
#define Q struct quality_view
static const struct field quality_fields[] = {
    FIELD_I64(Q, analyses, .doc = "Utterances that were taken in."),
    FIELD_I64(Q, by_model, .doc = "Judged by a model."),
    FIELD_I64(Q, errors, .doc = "Answers that were no use."),
    FIELD_I64(Q, waiting_for_a_model, .doc = "Serious hits that no model could be asked about."),
    FIELD_F64(Q, error_rate, .flags = FIELD_NULL, .doc = "Errors over analyses."),
    FIELD_F64(Q, detector_precision, .flags = FIELD_NULL,
              .doc = "What the model confirmed of what the detector found."),
    FIELD_F64(Q, action_disagreement, .flags = FIELD_NULL,
              .doc = "Answers whose recommended action is not what their severity asks for."),
};
#undef Q
static SCHEMA(quality_schema, "BiasQuality", struct quality_view, quality_fields);
#define M struct bias_metrics
static const struct field metrics_fields[] = {
    FIELD_OBJ(M, summary, .of = &summary_schema, .doc = "All evaluators together."),
    FIELD_LIST(M, admin_risks, .of = &risk_schema, .doc = "Each of them."),
    FIELD_LIST(M, drift_metrics, .of = &drift_period_schema, .doc = "The latest rows of drift."),
    FIELD_OBJ(M, appeals, .of = &appeals_schema, .doc = "What evaluators say of the nudges."),
    FIELD_OBJ(M, quality, .of = &quality_schema, .doc = "How model and detector agree."),
};
#undef M
SCHEMA(bias_metrics_schema, "BiasMetrics", struct bias_metrics, metrics_fields);
/* clang-format on */
