/* repo/score_repo.h: SQL of final scores as selection, results and the public numbers need them.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_SCORE_REPO_H
#define ENIGMA_REPO_SCORE_REPO_H

#include "db/db.h"
#include "domain/application.h"

struct score_row {
    struct str anonymized_id;
    int64_t final_score;
}; /* hundredths */
/* Rows are struct score_row, in no order. */
err score_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);
err score_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret);

/* One UPDATE: above the cut-off `chosen` (selected or shortlisted), all others not_selected. */
err score_decide(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t chosen,
                 int64_t cutoff_e2, int64_t *ret_changed);
err score_choose_one(struct ctx *c, struct tx *tx, struct str anonymized_id, int32_t chosen);
/* One UPDATE: all of the cycle with this status get the other one. */
err score_move(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t from, int32_t to,
               int64_t *ret_changed);
err score_status_count(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t status,
                       int64_t *ret);

struct selection_log {
    struct str admission_cycle_id;
    int64_t selected_count;
    struct str selection_criteria; /* JSON object */
    int64_t cutoff_score;          /* hundredths */
    int64_t executed_at;
    struct str executed_by;
};
err selection_log_insert(struct ctx *c, struct tx *tx, const struct selection_log *row);
/* The newest of the cycle. */
err selection_log_last(struct ctx *c, struct tx *tx, struct str cycle_id, struct selection_log *ret,
                       bool *ret_found);

enum { SCORE_BUCKETS = 5 }; /* 90-100, 80-89, 70-79, 60-69, below-60 */
struct score_bucket {
    int32_t phase;
    int64_t bucket, n;
    double total;
};
/* By phase of the cycle and bucket; cycle_id absent: over all cycles. */
err score_buckets(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret);

#endif
