/* service/evaluator_openai.h: the provider `openai`: Worker and Judge are language models behind
 * any compatible endpoint. Drives the graph `evaluate` for a whole chunk, many applications at
 * once. Thread rule: constant once made; the port's functions from job workers. */
#ifndef ENIGMA_SERVICE_EVALUATOR_OPENAI_H
#define ENIGMA_SERVICE_EVALUATOR_OPENAI_H

#include "repo/checkpoint_repo.h"
#include "service/evaluate.h"
#include "service/evaluate_state.h"
#include "workflow/drive.h"

struct openai_options {
    const struct llm_port *llm;
    struct eval_models models;
    uint32_t in_flight_max; /* applications of one chunk at once */
    int64_t budget_tokens;  /* of a cycle; 0: no limit */
};
struct openai_evaluator {
    struct evaluator_port port;
    struct openai_options o;
    char label[100];
};
/* What the answers of these states since their last save have cost, by role, and that it is on the
 * cycle's account now: the tokens of it. */
void openai_usage(const struct eval_models *m, struct str cycle_id, const struct graph_mark *marks,
                  size_t n, struct usage_row ret[EVAL_ROLES]);
int64_t openai_usage_saved(const struct usage_row used[EVAL_ROLES], const struct graph_mark *marks,
                           size_t n);
bool openai_budget_left(const struct openai_evaluator *e, int64_t used_tokens);
extern const char openai_budget_over[];
/* evaluator_port.probe */
err openai_probe(void *self, struct ctx *c, const struct evaluate_probe *w);
/* The strings of the options must outlive it. */
void openai_evaluator_init(struct openai_evaluator *e, const struct openai_options *o);

#endif
