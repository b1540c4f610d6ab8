/* service/bias_review.h: what people see of the monitor and decide about it: flags, appeals,
 * statuses. Nobody reviews an incident of their own (ERR_FORBIDDEN); every decision has a reason,
 * to which the log is committed. Reviews are for super_admin, reading for auditors too, what is
 * one's own for every evaluator: the routes say who may call.
 * Thread rule: any thread; functions with a tx inside a write transaction. */
#ifndef ENIGMA_SERVICE_BIAS_REVIEW_H
#define ENIGMA_SERVICE_BIAS_REVIEW_H

#include "db/db.h"

/* A cycle was completed: its points warn nobody any more (A27). In the transaction that completes
 * it, with the cycle's lock. */
struct audit_head;
err bias_cycle_completed(struct ctx *c, struct tx *tx, struct audit_head *head,
                         struct str cycle_id);

struct flag_filter {
    int32_t reviewed; /* 0, 1; -1: either */
    int32_t severity; /* -1: any */
    struct str admin_id, cursor;
    int64_t limit;
};
extern const struct schema flag_filter_schema;
struct bias_incident { /* an analysis, as reviews show it */
    int64_t id, interview_id;
    bool bias_detected;
    struct list bias_types;
    int32_t severity;
    double confidence_score;
    int32_t recommended_action, source, response;
    int64_t points;
    bool overturned;
    struct list evidence_quotes;
    struct str context_summary;
    int64_t spoken_at, analyzed_at;
};
extern const struct schema bias_incident_schema;
struct bias_flag_view {
    int64_t id, interview_id;
    struct str admin_id, application_id;
    int32_t flag_type, severity;
    struct str description, evidence, action_taken;
    bool automatic, reviewed;
    int32_t verdict;
    struct str reviewed_by;
    int64_t reviewed_at;
    struct str resolution;
    int64_t created_at;
    int64_t suppressed_critical; /* said after the interview was over (A14) */
    struct list incidents;       /* of flag_get: struct bias_incident */
};
extern const struct schema bias_flag_schema, bias_flag_case_schema;
/* The newest first; *ret_next absent at the end. */
err bias_flags_list(struct ctx *c, const struct flag_filter *f, struct list *ret,
                    struct str *ret_next);
err bias_flag_get(struct ctx *c, int64_t id, struct bias_flag_view *ret);
struct flag_resolve {
    int32_t verdict; /* enum flag_verdict; -1: confirmed */
    struct str resolution;
};
extern const struct schema flag_resolve_schema, flag_resolve_query_schema;
/* ERR_BAD_REQUEST: reviewed already. A false alarm overturns the incident; a paused interview ends
 * or, after a false alarm, goes on; an escalated flag waits for another person. */
err bias_flag_resolve(struct ctx *c, int64_t id, const struct flag_resolve *r,
                      struct bias_flag_view *ret);

struct bias_why {
    struct str reason;
};
extern const struct schema bias_reason_schema;
struct bias_standing { /* GET /admin/bias/history/{admin_id} */
    struct str admin_id;
    int64_t total_interviews_conducted, total_bias_incidents, total_blocks_received;
    int32_t current_status;
    int64_t strikes, lifetime_strikes, suspension_count, last_incident_date, strike_reset_date;
    const void *nudge_counts; /* struct nudge_counts */
    struct list recent_incidents;
};
struct nudge_counts {
    int64_t info, warning, block;
};
extern const struct schema bias_standing_schema;
/* A plain admin sees his own alone: ERR_NOT_FOUND for others. */
err bias_history_get(struct ctx *c, struct str admin_id, struct bias_standing *ret);
/* Clears the cycles and lifts a sticky status (section 5). */
err bias_lift(struct ctx *c, struct str admin_id, const struct bias_why *why,
              struct bias_standing *ret);

struct bias_metrics {
    const void *summary;
    struct list admin_risks, drift_metrics;
    const void *appeals, *quality;
};
extern const struct schema bias_metrics_schema;
struct bias_metrics_query {
    struct str cycle_id;
};
extern const struct schema bias_metrics_query_schema;
err bias_metrics_get(struct ctx *c, const struct bias_metrics_query *q, struct bias_metrics *ret);

struct nudge_filter {
    struct str admin_id, cursor;
    int64_t limit;
};
extern const struct schema nudge_filter_schema;
struct nudge_view {
    int64_t id, interview_id, analysis_id;
    struct str admin_id;
    int32_t nudge_type, severity;
    struct str message;
    int64_t display_duration;
    bool acknowledged;
    bool withdrawn;
    int64_t created_at, delivered_at;
    bool appealed;
    int32_t appeal_verdict;
};
extern const struct schema nudge_view_schema;
/* One's own; super_admin and auditor may name whose. */
err bias_nudges_list(struct ctx *c, const struct nudge_filter *f, struct list *ret,
                     struct str *ret_next);

struct gap_filter {
    int64_t interview_id;
    struct str admin_id, cursor;
    int64_t limit;
};
extern const struct schema gap_filter_schema;
struct gap_view {
    int64_t id, interview_id, analysis_id;
    struct str admin_id;
    int32_t cause;
    int64_t began_at, seconds, created_at;
};
extern const struct schema gap_view_schema;
/* The newest first; of one's own interviews, of all for super_admin and auditor. */
err bias_gaps_list(struct ctx *c, const struct gap_filter *f, struct list *ret,
                   struct str *ret_next);

struct gap_open_view {
    int64_t interview_id;
    struct str admin_id, cycle_id;
    int64_t began_at, seconds;
};
extern const struct schema gap_open_view_schema;
/* Interviews that go on and whose evaluator nobody has listened to for BIAS_GAP_SECONDS, the
 * longest first: while nobody listens, and while what was heard waits as long. */
err bias_gaps_open(struct ctx *c, struct list *ret);

enum appeal_verdict { APPEAL_ACCEPTED, APPEAL_REJECTED };
struct appeal_filter {
    bool waiting;
    struct str cursor;
    int64_t limit;
};
extern const struct schema appeal_filter_schema;
struct appeal_view {
    int64_t nudge_id, interview_id;
    struct str admin_id, reason;
    int64_t created_at;
    int32_t verdict;
    struct str decided_by, note;
    int64_t decided_at;
    int32_t nudge_type;
    struct str message;
};
extern const struct schema appeal_view_schema;
/* Of one's own nudge, once. ERR_NOT_FOUND: not one's own; ERR_BAD_REQUEST: appealed before, or
 * withdrawn. */
err bias_nudge_appeal(struct ctx *c, int64_t nudge_id, const struct bias_why *why,
                      struct appeal_view *ret);
err bias_appeals_list(struct ctx *c, const struct appeal_filter *f, struct list *ret,
                      struct str *ret_next);
struct appeal_decision {
    int32_t verdict;
    struct str reason;
};
extern const struct schema appeal_decision_schema;
/* accepted: the nudge was wrong, its incident is overturned. */
err bias_appeal_decide(struct ctx *c, int64_t nudge_id, const struct appeal_decision *d,
                       struct appeal_view *ret);

/* Interviews that wait for another evaluator: blocked ones without a successor, and scheduled ones
 * of evaluators who may not interview. */
struct reassignment {
    int64_t interview_id;
    struct str admin_id, admission_cycle_id, cause; /* blocked, barred */
    int64_t interview_time;
};
extern const struct schema reassignment_schema;
struct limit_query {
    int64_t limit;
};
extern const struct schema limit_query_schema;
err bias_reassignments(struct ctx *c, const struct limit_query *q, struct list *ret);

#endif
