/* repo/verify_repo.h: what the verifier of the log reads of anonymous and administrative rows.
 * Works inside the caller's transaction, writes nothing and decides nothing. Rows of the long
 * streams come in order of their log entries, behind `after`, so that a reader can go on behind a
 * damaged one. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_VERIFY_REPO_H
#define ENIGMA_REPO_VERIFY_REPO_H

#include "db/db.h"
#include "repo/interview_repo.h"

/* The position of the next entry behind `after`, and of the next one of this act. */
err verify_next_idx(struct ctx *c, struct tx *tx, int64_t after, int64_t *ret, bool *ret_found);
err verify_next_of_act(struct ctx *c, struct tx *tx, struct str act, int64_t after, int64_t *ret,
                       bool *ret_found);

/* score.final entries and their rows; anonymized_id is absent when the row is missing. */
struct verify_score {
    int64_t idx;
    struct str subj, cycle_id, entry, leaf;
    struct str anonymized_id, admission_cycle_id, hash, status;
    int64_t final_score, academic_score, test_score, achievement_score, essay_score; /* e2 */
    int64_t worker_attempts, attempts; /* the column; score.attempt entries of the subject */
    struct str wrapped;
};
err verify_scores(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);

/* selection.score entries and the numbers that they speak of; anonymized_id is absent when the
 * final score has no row. */
struct verify_finalist {
    int64_t idx;
    struct str subj, cycle_id, entry, anonymized_id, wrapped;
    struct finalist row;
};
err verify_finalist_entries(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);
/* Every final score of a cycle with its interview's, whatever its status; rows are struct
 * finalist. */
err verify_finalists(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

/* Rows without an entry, and subjects with two entries of an act that may stand but once; rows
 * are struct verify_name. */
enum verify_odd {
    ODD_APPLICATION,
    ODD_TEXT,
    ODD_ANON,
    ODD_ANON_TEXT,
    ODD_MAPPING,
    ODD_SCORE,
    ODD_ERASED_KEY,
    ODD_TWICE,
    ODD_COUNT
};
struct verify_name {
    struct str id;
};
err verify_odd_rows(struct ctx *c, struct tx *tx, enum verify_odd which, row_fn *fn, void *arg);

struct verify_counts {
    int64_t applications, anonymous;
};
err verify_counts(struct ctx *c, struct tx *tx, struct verify_counts *ret);

struct verify_cycle {
    struct str cycle_id, phase;
    bool is_open;
    int64_t max_seats, current_seats, selected_count;
    int64_t start_date, end_date, result_date; /* us */
    struct str freeze_leaf, provider;
    int64_t scores;     /* rows of final_scores */
    int64_t unscored;   /* applications that still wait for a score */
    int64_t selections; /* rows of selection_logs */
    /* The row of shortlists; null without one. */
    int64_t factor, weight_application, weight_interview, shortlisted_count;
    bool finished;
};
err verify_cycles(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* review.decide entries with the row's words: struct verify_review. */
struct verify_review {
    int64_t idx;
    struct str subj, entry, decision, note, wrapped;
};
err verify_reviews(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);
/* appeal.decide entries likewise. */
err verify_appeals(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);
/* Every interview with its score, by number: struct verify_interview. */
struct verify_interview {
    int64_t id;
    struct str cycle_id, admin_id, anonymized_id, cancel_reason, wrapped;
    int32_t status;
    int64_t interview_time, duration_minutes, started_at;
    int64_t score_id; /* SCHEMA_NULL_I64: no score */
    int64_t communication, critical_thinking, motivation, mean;
    struct str scored_by, cancel_code;
};
err verify_interview_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* selection_logs of the cycle, the oldest first and at most `limit`; rows are struct
 * verify_selection_log. */
struct verify_selection_log {
    int64_t selected_count, cutoff_score; /* e2 */
    struct str executed_by, selection_criteria;
};
err verify_selection_logs(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit,
                          struct list *ret);
/* The score with `above` others before it in descending order. */
err verify_score_at(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t above,
                    int64_t *ret_e2, bool *ret_found);
err verify_scores_above(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t e2,
                        int64_t *ret_n);
/* Anonymous ids with exactly this score; rows are struct verify_name. */
err verify_scores_equal(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t e2, row_fn *fn,
                        void *arg);
/* Newest admin.login entry of "admin:…" in ms. */
err verify_last_login(struct ctx *c, struct tx *tx, struct str subj, int64_t *ret_ts,
                      bool *ret_found);

/* What the database says of its tables, views and triggers (rules too). sql: a trigger's text, on
 * PostgreSQL followed by its state, its function's language and body. */
struct verify_object {
    struct str type, name, tbl_name, sql;
};
err verify_objects(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

#endif
