/* service/evaluator_openai.h: the provider `openai`: Worker and Judge are language models behind
 * any compatible endpoint. Drives the graph `evaluate` for a whole chunk, many applications at
 * once. Thread rule: constant once made; the port's functions from job workers. */
#ifndef ENIGMA_SERVICE_EVALUATOR_OPENAI_H
#define ENIGMA_SERVICE_EVALUATOR_OPENAI_H

#include "service/evaluate.h"
#include "service/evaluate_state.h"

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
/* The strings of the options must outlive it. */
void openai_evaluator_init(struct openai_evaluator *e, const struct openai_options *o);

#endif
