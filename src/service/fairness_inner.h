/* service/fairness_inner.h: what the parts of the fairness check share. Private to fairness.c,
 * fairness_draw.c, fairness_score.c and fairness_view.c. */
#ifndef ENIGMA_SERVICE_FAIRNESS_INNER_H
#define ENIGMA_SERVICE_FAIRNESS_INNER_H

#include "repo/fairness_repo.h"
#include "service/cycle_support.h"
#include "service/evaluate.h"
#include "service/fairness.h"

enum {
    FAIRNESS_SAMPLE_DEFAULT = 5, /* percent */
    FAIRNESS_LEAST_DEFAULT = 50,
    FAIRNESS_VARIANTS_DEFAULT = 2,
    FAIRNESS_SHIFT_DEFAULT = 100, /* hundredths of a point */
    FAIRNESS_INTERVAL_DEFAULT = 200,
    FAIRNESS_SAMPLE_MAX = 200000, /* applications in one sample */
    FAIRNESS_REPORT_MAX = 262144,
};
struct fairness_params { /* of the job */
    struct str run_id;
};
err fairness_params_read(struct ctx *c, const struct chunk *k, struct fairness_params *ret);
/* Whose scores are tested; ERR_BAD_REQUEST says why they cannot be. */
err fairness_evaluator(struct ctx *c, struct tx *tx, const struct cycle_row *row,
                       const struct evaluator_port **ret);

/* "7215 7215 - 7190": one for each item. ERR_INTERNAL: they are not marks. */
err fairness_marks_read(struct ctx *c, const struct fairness_sample *s, int items,
                        struct fairness_case *ret);

struct fairness_look { /* at a cycle's newest check */
    struct fairness_run run;
    bool found;     /* a run */
    bool scored;    /* the cycle has final scores */
    struct job job; /* with the run, when there is one */
    bool has_job;
    int32_t state;
};
err fairness_look(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness_look *ret);
bool fairness_is_open(const struct fairness_look *l);
/* Fills the answer. */
err fairness_show(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness *ret);

#endif
