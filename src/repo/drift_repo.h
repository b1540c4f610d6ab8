/* repo/drift_repo.h: SQL of what the figures of drift rest on, and of the figures. Decides nothing.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_DRIFT_REPO_H
#define ENIGMA_REPO_DRIFT_REPO_H

#include "db/db.h"

/* Interviews that began in [from, to) and were not overturned whole, in the order of their
 * beginning; rows are struct drift_interview. cycle absent: of all. */
struct drift_interview {
    struct str admin_id, application_id;
    int64_t interview_id, started_at;
    int64_t ended_at;    /* 0: not known */
    double merit, score; /* blind merit 0 to 100, interview 0 to 10; NaN without */
    int64_t points, incidents, nudges, warnings, blocks;
};
struct drift_span {
    struct str cycle_id;
    int64_t from, to;
};
err drift_interviews(struct ctx *c, struct tx *tx, const struct drift_span *span, int64_t limit,
                     struct list *ret);
/* Cycles that have interviews and are not completed; rows are struct drift_cycle. */
struct drift_cycle {
    struct str cycle_id;
    int64_t created_at, result_date;
};
err drift_cycles(struct ctx *c, struct tx *tx, int64_t limit, struct list *ret);
err drift_cycle_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct drift_cycle *ret,
                     bool *ret_found);

struct drift_row {
    int64_t id;
    struct str admin_id, cycle_id; /* cycle absent: rolling */
    int64_t period_start, period_end;
    int64_t total_interviews, bias_incidents, nudges_delivered, warnings_delivered;
    int64_t blocks_triggered;
    double avg_score_given, score_variance; /* NaN: NULL */
    int64_t harsh_outlier_count, lenient_outlier_count;
    double irr_correlation, risk_score; /* risk 0 to 1; NaN: NULL */
    int32_t risk_level;                 /* enum drift_level; -1: NULL */
    int64_t calculated_at;
    struct str figures; /* JSON */
};
extern const struct names drift_level_names; /* low, medium, high, from 0 */
/* In place of the one of the same evaluator, cycle and period. */
err drift_put(struct ctx *c, struct tx *tx, const struct drift_row *row);
/* The newest first; absent members do not filter. */
err drift_list(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
               int64_t limit, struct list *ret);

#endif
