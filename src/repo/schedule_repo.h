/* repo/schedule_repo.h: SQL of interviews at work: slots, statements of interest, scorecards and
 * scores. Decides nothing. Statements for staff know the anonymous id, those for students the
 * account, none knows both. Thread rule: inside a transaction of the calling thread. Strings come
 * back in c->mem. */
#ifndef ENIGMA_REPO_SCHEDULE_REPO_H
#define ENIGMA_REPO_SCHEDULE_REPO_H

#include "db/db.h"
#include "domain/interview.h"

struct interview_full { /* an interview with what decides about it */
    int64_t id;
    struct str application_id, student_id; /* student_id: only of interviews_of_student */
    struct str anonymized_id;              /* of the others; absent after an import */
    struct str admin_id, admission_cycle_id;
    int32_t phase;       /* of its cycle */
    int64_t finished_at; /* of the cycle's final selection; 0: not yet */
    int64_t interview_time, duration_minutes;
    struct str time_zone, interview_link;
    int32_t status;
    struct str notes;
    int64_t started_at, completed_at, cancelled_at;
    struct str cancel_reason;
    int32_t cancel_code;
    int64_t created_at, updated_at, version;
    int64_t scores, declined, barred; /* rows; declined, barred: of the evaluator it has now */
    bool admin_active;
    int32_t admin_role;
};
err interview_full_find(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret,
                        bool *ret_found);
/* Latest first, behind the interview `after` (0: from the start). cycle_id or admin_id may be
 * absent; status -1: all. Rows are struct interview_full. */
struct interview_filter {
    struct str cycle_id, admin_id;
    int32_t status;
    int64_t after, limit;
};
err interview_full_list(struct ctx *c, struct tx *tx, const struct interview_filter *f,
                        struct list *ret);
err interview_full_count(struct ctx *c, struct tx *tx, const struct interview_filter *f,
                         int64_t *ret_n);
/* A student's own, latest first. */
err interviews_of_student(struct ctx *c, struct tx *tx, struct str student_id, int64_t limit,
                          struct list *ret);
err interview_student_has(struct ctx *c, struct tx *tx, struct str student_id, int64_t id,
                          struct interview_full *ret, bool *ret_found);

struct interview_candidate { /* an anonymous application that may be invited */
    struct str application_id, anonymized_id, admission_cycle_id;
    int32_t phase, status;
    int64_t finished_at, interviews; /* those that are not cancelled */
};
err interview_candidate_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                             struct interview_candidate *ret, bool *ret_found);

struct interview_insert {
    struct str application_id, admin_id, notes, time_zone;
    int64_t interview_time, duration_minutes, now;
};
/* *ret_made false: the application has no account. ERR_CONFLICT: it has an interview already. */
err interview_insert(struct ctx *c, struct tx *tx, const struct interview_insert *n,
                     int64_t *ret_id, bool *ret_made);
/* Slots that an evaluator or the application's student has between two times, without the
 * interview `except`. Rows are struct interview_slot. */
struct interview_slot {
    int64_t id, interview_time, duration_minutes;
};
struct interview_slots_of {
    struct str admin_id; /* absent: of the application's student */
    struct str application_id;
    int64_t from, to, except;
};
err interview_slots(struct ctx *c, struct tx *tx, const struct interview_slots_of *q,
                    struct list *ret);

/* Writes what may change, under the version that was read; *ret_changed 0: another was quicker. */
err interview_write(struct ctx *c, struct tx *tx, const struct interview_full *row, int64_t now,
                    int64_t *ret_changed);
/* The same for a new evaluator: what the last one stated and began is undone. */
err interview_hand_over(struct ctx *c, struct tx *tx, const struct interview_full *row, int64_t now,
                        int64_t *ret_changed);
struct interview_ended {
    int64_t id, now;
    struct str by, reason, code; /* by: absent for the monitor */
};
/* Only one that is not cancelled. */
err interview_mark_cancelled(struct ctx *c, struct tx *tx, const struct interview_ended *q,
                             int64_t *ret_changed);
err interview_mark_started(struct ctx *c, struct tx *tx, int64_t id, struct str admin_id,
                           int64_t now, int64_t *ret_changed);

struct coi_row {
    int64_t interview_id;
    struct str admin_id, reason;
    bool accepted;
    int64_t declared_at;
};
err coi_insert(struct ctx *c, struct tx *tx, const struct coi_row *row);
err coi_declined(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                 bool *ret_declined);

struct scorecard_row {
    int64_t interview_id;
    struct str admin_id, card; /* card: JSON */
    int64_t tag, old_tag, saved_at;
};
err scorecard_find(struct ctx *c, struct tx *tx, int64_t interview_id, struct scorecard_row *ret,
                   bool *ret_found);
/* ERR_CONFLICT: there is one. */
err scorecard_insert(struct ctx *c, struct tx *tx, const struct scorecard_row *row);
err scorecard_update(struct ctx *c, struct tx *tx, const struct scorecard_row *row,
                     int64_t *ret_changed);
err scorecard_delete(struct ctx *c, struct tx *tx, int64_t interview_id);

/* ERR_CONFLICT: it has a score. */
err interview_score_insert(struct ctx *c, struct tx *tx, const struct interview_score *s,
                           int64_t *ret_id);
err interview_score_find(struct ctx *c, struct tx *tx, int64_t interview_id,
                         struct interview_score *ret, bool *ret_found);
/* Interviews of this evaluator in the cycle that were begun and wait for a score. */
err interview_scores_owed(struct ctx *c, struct tx *tx, struct str cycle_id, struct str admin_id,
                          int64_t *ret_n);

/* Shortlisted applications without an interview, and whether one was cancelled; by anonymous id.
 * Rows are struct interview_missing. */
struct interview_missing {
    struct str anonymized_id;
    int64_t cancelled; /* the newest cancelled one's number; 0: none */
    struct str cancel_code;
};
err interview_missing_list(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                           struct list *ret);

#endif
