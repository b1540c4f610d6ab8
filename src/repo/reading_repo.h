/* repo/reading_repo.h: what members of staff read of anonymous applications: the list by filter and
 * order, and all of one. Nothing of an identity. Thread rule: inside a transaction of the calling
 * thread. Strings come back in c->mem. Makes no decision. */
#ifndef ENIGMA_REPO_READING_REPO_H
#define ENIGMA_REPO_READING_REPO_H

#include "db/db.h"
#include "domain/application.h"

enum reading_sort {
    READING_BY_ORDER, /* of evaluation: random, and the one with an index */
    READING_BY_TOTAL,
    READING_BY_ACADEMIC,
    READING_BY_TEST,
    READING_BY_ACHIEVEMENT,
    READING_BY_ESSAY,
    READING_BY_REDACTIONS,
    READING_BY_ATTEMPTS
};
enum reading_condition {
    READING_ANY,
    READING_HELD,    /* the scrubber could not vouch for it */
    READING_FLAGGED, /* its texts gave orders to whoever marks them */
    READING_REVIEW   /* a person is waited for */
};
extern const struct names reading_sort_names, reading_condition_names;

/* Where one stands in an order: its key, and its place in the order of evaluation among equals. */
struct reading_place {
    int64_t key, eval_order;
};
enum { READING_LOW = -1 }; /* below every key and place: a mark that is not there */
#define READING_HIGH INT64_C(9000000000000000)

/* Bounds are inclusive; marks in hundredths, READING_LOW where there is none yet. */
struct reading_filter {
    struct str cycle_id;
    int32_t status;     /* -1: any */
    struct str id_like; /* SQL pattern, or absent */
    int32_t condition;  /* enum reading_condition */
    int64_t total_from, total_to, academic_from, academic_to, test_from, test_to;
    int64_t achievement_from, achievement_to, essay_from, essay_to;
    int64_t redactions_from, redactions_to, attempts_from, attempts_to;
    int32_t sort; /* enum reading_sort */
    bool descending;
    struct reading_place after; /* behind this one; see reading_start() */
    int64_t limit;
};
/* Before the first in that direction. */
struct reading_place reading_start(bool descending);

struct reading_page_row {
    struct application_row row;
    struct reading_place place;
};
/* Rows are struct reading_page_row. By READING_BY_ORDER a page costs the same in any cycle; another
 * order sorts what the filter lets through. */
err reading_page(struct ctx *c, struct tx *tx, const struct reading_filter *f, struct list *ret);
err reading_count(struct ctx *c, struct tx *tx, const struct reading_filter *f, int64_t *ret);
/* Of one application of the cycle in the filter's order. */
err reading_place_of(struct ctx *c, struct tx *tx, const struct reading_filter *f,
                     struct str anonymized_id, struct reading_place *ret, bool *ret_found);

/* Everything that belongs to one, whatever its status; marks in hundredths. */
struct reading_row {
    struct str anonymized_id;
    int32_t status;
    struct str held_reason; /* absent: not held */
    int64_t gpa, redactions, injection_score, injection_signs;
    struct str test_scores, essay, achievements; /* absent: erased */
    int64_t academic_computed, test_average, test_percent, composite, percentile;
    int64_t final_score, academic_score, test_score, achievement_score, essay_score;
    struct str evaluator, explanation, strengths, areas;
    struct str review_reason, review_decision; /* absent: none */
};
err reading_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                 struct reading_row *ret, bool *ret_found);

/* One attempt of the Worker and what the Judge said of it. Also JSON "ReadingAttempt". */
struct reading_attempt {
    int64_t attempt, academic_score, test_score, achievement_score, essay_score, total_score;
    struct str model, explanation, rubric_adherence;
    int64_t timestamp;
    struct str decision, judge_model, feedback; /* absent: not judged */
    bool bias_detected;
    int64_t quality;
};
extern const struct schema reading_attempt_schema;
/* Oldest first. */
err reading_attempts(struct ctx *c, struct tx *tx, struct str anonymized_id, size_t limit,
                     struct list *ret);

#endif
