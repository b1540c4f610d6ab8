/* domain/selection.h: how a cycle selects: at once, or by a shortlist whose applications are
 * interviewed before the final selection. Pure. Marks in hundredths. */
#ifndef ENIGMA_DOMAIN_SELECTION_H
#define ENIGMA_DOMAIN_SELECTION_H

#include "domain/score.h"

enum selection_mode { SELECT_DIRECT, SELECT_SHORTLIST };
extern const struct names selection_mode_names; /* direct, shortlist */

enum {
    SHORTLIST_FACTOR_MAX = 10,
    SHORTLIST_FACTOR_DEFAULT = 2,
    SHORTLIST_MAX = 1000000, /* applications on one shortlist */
};
struct selection_weights { /* of the two scores, hundredths of 1; their sum is 0.99 to 1.01 */
    int64_t application, interview;
};
extern const struct schema selection_weights_schema;
/* Whether they add up to 1, give or take a hundredth. */
bool selection_weights_whole(const struct selection_weights *w);
struct selection_request { /* body of POST …/select; all of it may be left out */
    int32_t mode;
    int64_t factor;
    const void *weights; /* struct selection_weights, or NULL */
};
extern const struct schema selection_request_schema;

/* The request with every default filled in; zeros are a direct selection. */
struct selection_plan {
    int32_t mode;
    int64_t factor; /* the shortlist takes factor x seats; 1 in direct selection */
    struct selection_weights weights;
};
/* request NULL: direct. Issue with loc ["body","weights"] when they do not add up to 1. */
err selection_plan_make(struct ctx *c, const struct selection_request *request,
                        struct selection_plan *ret);
/* How many applications the first step may take. */
int64_t selection_places(const struct selection_plan *plan, int64_t seats);

/* Mean of three marks of 0 to 10. */
int64_t interview_mean_e2(int64_t communication, int64_t critical_thinking, int64_t motivation);
/* Weighted mean of the final score (0 to 100) and the interview's (0 to 10, taken times ten); a
 * mark outside its range counts as the nearer end. */
int64_t combined_e2(const struct selection_weights *w, int64_t final_score,
                    int64_t interview_score);

#endif
