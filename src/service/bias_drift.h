/* service/bias_drift.h: the figures of domain/drift.h over the rows: of one evaluator in a cycle
 * and in the last 30 days, against all evaluators of the same period. For a review, never a
 * verdict. Thread rule: any thread. */
#ifndef ENIGMA_SERVICE_BIAS_DRIFT_H
#define ENIGMA_SERVICE_BIAS_DRIFT_H

#include "db/db.h"

struct drift_period { /* rows of drift_metrics, as they are shown */
    int64_t id;
    struct str admin_id, kind, cycle_id; /* kind: cycle, rolling_30_days */
    int64_t period_start, period_end;
    int64_t total_interviews, bias_incidents, nudges_delivered, warnings_delivered;
    int64_t blocks_triggered;
    double avg_score_given, score_variance;
    int64_t harsh_outlier_count, lenient_outlier_count;
    double irr_correlation, risk_score;
    int32_t risk_level;
    int64_t calculated_at;
    struct str figures; /* JSON */
};
extern const struct schema drift_period_schema;
struct drift_row; /* repo/drift_repo.h */
struct drift_period bias_drift_view(const struct drift_row *r);
struct drift_query {
    struct str cycle_id; /* absent: every cycle that is under way */
};
extern const struct schema drift_query_schema;
/* Computed now, and stored. A plain admin sees his own alone: ERR_NOT_FOUND for others. */
err bias_drift_get(struct ctx *c, struct str admin_id, const struct drift_query *q,
                   struct list *ret);
/* Every evaluator with an interview in a cycle under way or in the last 30 days; by a job, once a
 * day. *ret_rows that were written. */
err bias_drift_run(struct ctx *c, int64_t *ret_rows);

struct impact_group {
    struct str name;
    int64_t applied, selected;
};
struct impact_request {
    struct list groups; /* struct impact_group */
};
struct impact_reply {
    int64_t people, needed;
    bool shown;
    struct str note; /* what is missing; absent when it is shown */
    struct str lowest, highest;
    double ratio, p;
    bool below_four_fifths;
};
extern const struct schema impact_request_schema, impact_reply_schema;
/* Four-fifths rule over the whole programme, from voluntary statistics that are kept elsewhere:
 * nothing is stored. ERR_INVALID: more selected than applied. */
err bias_impact(struct ctx *c, const struct impact_request *q, struct impact_reply *ret);

#endif
