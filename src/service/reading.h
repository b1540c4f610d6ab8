/* service/reading.h: all that belongs to one anonymous application, for members of staff who read:
 * what evaluators see, what they said, and nothing of who it is. Thread rule: any worker; strings
 * in c->mem. */
#ifndef ENIGMA_SERVICE_READING_H
#define ENIGMA_SERVICE_READING_H

#include "repo/reading_repo.h"

struct reading_weights { /* percent */
    int64_t academic, test, achievement, essay;
};
struct reading { /* JSON "AnonymousApplication"; marks in hundredths, null before there is one */
    struct str anonymized_id, cycle_id;
    int32_t status;
    bool held; /* the texts are closed until a super_admin has looked */
    int64_t gpa, redactions;
    struct str test_scores, essay, achievements;
    int64_t academic_computed, test_average, test_percent, composite, percentile;
    int64_t injection_score;
    struct str signs; /* in words; empty: none */
    int64_t final_score, academic_score, test_score, achievement_score, essay_score;
    struct str evaluator, explanation, strengths, areas_for_improvement;
    struct str review_reason, review_decision;
    struct list attempts; /* struct reading_attempt */
    const void *weights;  /* struct reading_weights */
};
extern const struct schema reading_schema;
/* ERR_NOT_FOUND: the cycle has no such application. */
err reading_get(struct ctx *c, struct str cycle_id, struct str anonymized_id, struct reading *ret);

#endif
