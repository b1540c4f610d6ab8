/* repo/evaluation_repo.h: what evaluators read, and worker, judge and final rows as written.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_EVALUATION_REPO_H
#define ENIGMA_REPO_EVALUATION_REPO_H

#include "repo/anon_repo.h"

/* One anonymous application to evaluate. Marks are hundredths. */
struct eval_source {
    struct str anonymized_id, application_id, status;
    int64_t gpa;
    struct str test_scores, essay_scrubbed, achievements_scrubbed;
    int64_t academic, test_percent;           /* from the stored numbers */
    int64_t prior;                            /* attempts on record */
    struct str wrapped;                       /* key of "anon:…", sealed; absent: there is none */
    int64_t injection_score, injection_signs; /* of the words before they were scrubbed */
    struct str review;                        /* why a person is waited for; absent: none is */
};
/* Those of the range that are ready or in work. */
err eval_sources(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                 struct list *ret);
/* Those of a fairness run's range that are not scored again yet, in no order: asked for one, SQLite
 * walks the whole cycle to have it. */
err eval_sources_sampled(struct ctx *c, struct tx *tx, struct str run_id,
                         const struct order_range *r, size_t limit, struct list *ret);
/* One of the cycle, whatever its status. */
err eval_source_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                    struct eval_source *ret, bool *ret_found);
/* The marks and words of one stored attempt. */
struct eval_past {
    int64_t academic, test, achievement, essay;
    struct str explanation;
};
err eval_past_get(struct ctx *c, struct tx *tx, struct str anonymized_id, int64_t attempt,
                  struct eval_past *ret, bool *ret_found);
/* batch_ready or processing -> status; *ret_changed 0: it is in neither. */
err eval_move(struct ctx *c, struct tx *tx, struct str application_id, struct str status,
              int64_t now, int64_t *ret_changed);
/* Those of the range that wait for a score and have none: struct eval_free. */
struct eval_free {
    struct str anonymized_id;
};
err eval_free_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                   struct list *ret);
/* Waiting for a score and without one, and not for a person because of its text. */
err eval_is_free(struct ctx *c, struct tx *tx, struct str application_id, struct str anonymized_id,
                 bool *ret_free);
/* -> scored for all that have a final score: one statement at the end of the stage, because single
 * updates in random order write every page again and again. */
err eval_settle(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now);

/* processing -> batch_ready: nobody works on them any more. */
err eval_rest(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now);

struct worker_row {
    struct str result_id, anonymized_id, cycle_id;
    int64_t batch_run_id; /* SCHEMA_NULL_I64: none */
    int64_t attempt;
    int64_t academic, test, achievement, essay, total;
    int64_t timestamp;
    struct str model_used, rubric_adherence, explanation, reasoning;
};
err eval_worker_insert(struct ctx *c, struct tx *tx, const struct worker_row *v, size_t n);
struct judge_row {
    struct str judge_id, anonymized_id, cycle_id, worker_result_id;
    int64_t batch_run_id;
    struct str decision;
    bool bias_detected;
    int64_t quality;
    int64_t timestamp;
    struct str model_used, feedback, reasoning;
};
err eval_judge_insert(struct ctx *c, struct tx *tx, const struct judge_row *v, size_t n);
struct final_row {
    struct str anonymized_id, cycle_id;
    int64_t final, academic, test, achievement, essay;
    int64_t timestamp;
    struct str hash; /* absent: the sequencer of the log writes it */
    int64_t attempts;
    struct str evaluator, explanation, strengths, areas;
};
/* Scores and their texts. */
err eval_final_insert(struct ctx *c, struct tx *tx, const struct final_row *v, size_t n);

#endif
