/* repo/interview_repo.h: SQL of interviews, of shortlists and of those who stand on one. Decides
 * nothing. Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_INTERVIEW_REPO_H
#define ENIGMA_REPO_INTERVIEW_REPO_H

#include "db/db.h"
#include "domain/interview.h"
#include "domain/selection.h"

struct interview_row {
    int64_t id;
    struct str application_id, student_id, admin_id, admission_cycle_id;
    int32_t status;
    int64_t started_at; /* us; 0: not yet */
};
err interview_find(struct ctx *c, struct tx *tx, int64_t id, struct interview_row *ret,
                   bool *ret_found);

struct shortlist_row { /* one for each cycle that selects by a shortlist */
    struct str admission_cycle_id;
    int64_t factor, weight_application, weight_interview; /* weights: hundredths of 1 */
    int64_t shortlisted_count, created_at;
    int64_t finished_at; /* of the final selection, us; 0: not yet */
};
err shortlist_insert(struct ctx *c, struct tx *tx, const struct shortlist_row *row);
err shortlist_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct shortlist_row *ret,
                   bool *ret_found);
/* Writes finished_at where there is none; *ret_changed is 1, or 0 for the loser of a race. */
err shortlist_finish(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now_us,
                     int64_t *ret_changed);

/* A shortlisted application with the marks of its interview; SCHEMA_NULL_I64 without a score. */
struct finalist {
    struct str anonymized_id;
    int64_t final_score;                                                   /* 0 to 100 */
    int64_t communication, critical_thinking, motivation, interview_score; /* 0 to 10 */
};
/* Rows are struct finalist, by anonymous id: those whose final score says shortlisted. */
err finalist_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);
/* Anonymous ids of shortlisted applications without an interview's score, at most `limit`; rows
 * are struct finalist. */
err finalist_missing(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                     struct list *ret);

#endif
