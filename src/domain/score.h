/* domain/score.h: marks, weights, percentiles, selection: integer hundredths, half up. Pure.
 * Formulas: CONTRACT 5 and DECISIONS 14 to 16. */
#ifndef ENIGMA_DOMAIN_SCORE_H
#define ENIGMA_DOMAIN_SCORE_H

#include "crypto/hash.h"
#include "schema/schema.h"

struct weights {
    int32_t academic, test, achievement, essay;
};                                           /* percent, sum 100 */
extern const struct weights weights_default; /* 30, 25, 25, 20 */

struct test_range {
    const char *name;
    int64_t min_e2, max_e2;
};
/* SAT, ACT, IB, TOEFL, IELTS, AP, GRE; any other name is 0 to 100. Names match without case. */
struct test_range test_range_of(struct str name);

/* Half-up division of non-negative integers. */
int64_t div_half_up(int64_t num, int64_t den);
/* gpa / 4.0 x 100, in hundredths. */
int64_t academic_e2(int64_t gpa_e2);
/* Mean over tests of 100 x (score - min) / (max - min), in hundredths. */
int64_t test_percent_e2(const struct list *tests);
/* Plain mean of the raw scores, in hundredths (kept for compatibility). */
int64_t test_average_e2(const struct list *tests);
/* (w_academic x academic + w_test x test_percent) / (w_academic + w_test), in hundredths. */
int64_t composite_e2(const struct weights *w, int64_t academic, int64_t test_percent);
/* Weighted sum of the four marks, in hundredths. */
int64_t total_e2(const struct weights *w, int64_t academic, int64_t test, int64_t achievement,
                 int64_t essay);

/* How many rows have each mark: what ranks and cut-offs follow from, in memory that does not grow
 * with the rows. Zero to begin with. */
enum { MARK_E2_MAX = 10000 };
struct mark_counts {
    int64_t n;
    int64_t of[MARK_E2_MAX + 1];
};
/* ERR_INTERNAL for what is no mark. */
err mark_count(struct ctx *c, struct mark_counts *m, int64_t e2);
/* 100 x (below + 0.5 x equal) / n in hundredths for each mark, `equal` with itself; 0 where nobody
 * has it. */
void mark_percentiles(const struct mark_counts *m, int64_t ret_e2[MARK_E2_MAX + 1]);

/* Top `seats` by score, descending; equal scores by ascending tie key. Rows come back ordered.
 * Working memory: 80 bytes a row from the arena. */
struct candidate {
    struct str anonymized_id;
    int64_t final_e2;
    struct hash tie;
    bool selected, at_cutoff; /* at_cutoff: shares the score of the last selected */
};
/* tied_at_cutoff: how many share that score, 0 when only one has it. */
struct selection_outcome {
    int64_t selected, not_selected, cutoff_e2, tied_at_cutoff;
};
/* `tie` is filled in here from the seed, only for those whose score is the cut-off's. */
err select_top(struct ctx *c, struct candidate *rows, size_t n, int64_t seats, struct str seed_hex,
               struct selection_outcome *ret);

#endif
