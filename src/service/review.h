/* service/review.h: evaluations that wait for a person: a manager of the cycle sees what the models
 * said and what the applicant wrote, without who it is, and decides with a reason that the log is
 * committed to. */
#ifndef ENIGMA_SERVICE_REVIEW_H
#define ENIGMA_SERVICE_REVIEW_H

#include "base/ctx.h"
#include "schema/schema.h"

enum review_decision { REVIEW_RELEASE, REVIEW_MARK };
/* One line of the queue. Marks are of the last attempt, in hundredths. */
struct review {
    struct str anonymized_id;
    int32_t reason; /* enum review_reason */
    struct str explanation_of_reason;
    int64_t opened_at;
    int32_t decision; /* -1: it waits */
    int64_t decided_at, attempts;
    int64_t academic_score, test_score, achievement_score, essay_score, total_score;
};
extern const struct schema review_schema;
/* The same with the texts. */
struct review_case {
    struct str anonymized_id;
    int32_t reason;
    struct str explanation_of_reason, signs;
    int64_t opened_at;
    int32_t decision;
    struct str note;
    int64_t decided_at, attempts;
    int64_t gpa;
    struct str test_scores; /* JSON */
    struct str essay, achievements;
    int64_t academic_score, test_score, achievement_score, essay_score, total_score;
    struct str model, explanation, feedback;
};
extern const struct schema review_case_schema;
struct review_verdict {
    int32_t decision;
    struct str reason;
    int64_t achievement_score, essay_score; /* with mark; SCHEMA_NULL_I64 else */
    struct str explanation;                 /* with mark, for the applicant; absent: a plain one */
};
extern const struct schema review_verdict_schema;

enum { REVIEW_LIST_MAX = 1000 };
/* Waiting ones first. ERR_NOT_FOUND: no such cycle. */
err reviews_list(struct ctx *c, struct str cycle_id, bool waiting, int64_t limit, struct list *ret);
err review_get(struct ctx *c, struct str cycle_id, struct str anonymized_id,
               struct review_case *ret);
/* release: the last attempt's marks stand. mark: the person's own marks for achievements and essay,
 * the stored numbers for the others. The final score and the log entries are written with it, and
 * the cycle is scored when it was the last. ERR_PHASE: the cycle is not in evaluation;
 * ERR_BAD_REQUEST: decided already, or nothing to release. */
err review_decide(struct ctx *c, struct str cycle_id, struct str anonymized_id,
                  const struct review_verdict *v, struct review_case *ret);

#endif
