/* repo/bias_flag_repo.h: SQL of flags that people review. Decides nothing. Thread rule: inside a
 * transaction of the calling thread. Strings come back in c->mem; times are microseconds. */
#ifndef ENIGMA_REPO_BIAS_FLAG_REPO_H
#define ENIGMA_REPO_BIAS_FLAG_REPO_H

#include "repo/bias_repo.h"

enum flag_verdict { VERDICT_UPHELD, VERDICT_FALSE_ALARM, VERDICT_ESCALATED, VERDICT_CONFIRMED };
extern const struct names flag_verdict_names;
struct flag_row {
    int64_t id, interview_id, analysis_id;
    struct str admin_id, application_id;
    int32_t flag_type; /* enum bias_flag */
    int32_t severity;
    struct str action_taken;
    bool automatic, reviewed;
    int32_t verdict; /* -1: none yet */
    struct str reviewed_by;
    int64_t reviewed_at, created_at;
    struct str description, evidence, resolution;
};
err flag_insert(struct ctx *c, struct tx *tx, const struct flag_row *row, int64_t *ret_id);
/* The newest first, ids below `before`; absent members do not filter. */
struct flag_list_in {
    struct str admin_id;
    int32_t severity, reviewed; /* -1: any; reviewed: 0, 1 */
    int64_t before, limit;
};
struct flag_view_row {
    struct flag_row f;
    struct str cycle_id;
    int64_t incident_id, suppressed_critical;
};
err flag_list(struct ctx *c, struct tx *tx, const struct flag_list_in *in, struct list *ret);
err flag_find(struct ctx *c, struct tx *tx, int64_t id, struct flag_view_row *ret, bool *ret_found);
/* *ret_changed 0: it was reviewed meanwhile. */
err flag_close(struct ctx *c, struct tx *tx, const struct flag_row *row, int64_t *ret_changed);

/* Analyses of one evaluator or one incident, the newest first; rows are struct incident_row. */
struct incident_row {
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
err incidents_of_person(struct ctx *c, struct tx *tx, struct str admin_id, int64_t limit,
                        struct list *ret);
/* With what was heard after the interview was over, when it was critical. */
err incidents_of_flag(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t incident_id,
                      int64_t limit, struct list *ret);

struct appeal_row {
    int64_t nudge_id, interview_id, analysis_id;
    struct str admin_id, cycle_id, reason;
    int64_t created_at;
    int32_t verdict; /* -1: none yet */
    struct str decided_by, note;
    int64_t decided_at;
    int32_t nudge_type;
    struct str message;
    int64_t incident_id;
};
extern const struct names appeal_verdict_names;
/* ERR_CONFLICT: there is one. */
err appeal_insert(struct ctx *c, struct tx *tx, const struct appeal_row *row);
err appeal_find(struct ctx *c, struct tx *tx, int64_t nudge_id, struct appeal_row *ret,
                bool *ret_found);
err appeal_list(struct ctx *c, struct tx *tx, bool waiting, int64_t before, int64_t limit,
                struct list *ret);
err appeal_close(struct ctx *c, struct tx *tx, const struct appeal_row *row, int64_t *ret_changed);

/* Nudges that stand or stood, the newest first. */
struct nudge_list_row {
    struct nudge_row n;
    bool appealed;
    int32_t appeal_verdict;
};
err nudge_list(struct ctx *c, struct tx *tx, struct str admin_id, int64_t before, int64_t limit,
               struct list *ret);
struct nudge_count_row {
    int64_t info, warning, block;
};
err nudge_counts_of(struct ctx *c, struct tx *tx, struct str admin_id, struct nudge_count_row *ret);

struct person_totals {
    int64_t interviews, incidents, blocks;
    bool known; /* there is such an account */
};
err bias_totals(struct ctx *c, struct tx *tx, struct str admin_id, struct person_totals *ret);

/* Of all evaluators that have interviewed or have a status; cycle absent: of all cycles. */
struct risk_row {
    struct str admin_id;
    int32_t current_status;
    int64_t strikes, total_interviews, total_incidents;
};
err bias_risks(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit, struct list *ret);
struct appeal_numbers {
    int64_t nudges, appeals, accepted, rejected;
};
err appeal_numbers(struct ctx *c, struct tx *tx, struct str cycle_id, struct appeal_numbers *ret);
struct quality_numbers {
    int64_t analyses, by_model, errors, detector_found, detector_confirmed, action_differs, later;
};
err quality_numbers(struct ctx *c, struct tx *tx, struct str cycle_id, struct quality_numbers *ret);
struct reassign_row {
    int64_t interview_id;
    struct str admin_id, cycle_id, cause;
    int64_t interview_time;
};
err reassign_list(struct ctx *c, struct tx *tx, int64_t limit, struct list *ret);

#endif
