/* service/evaluator_openai.h: the provider `openai`: Worker and Judge are language models behind
 * any compatible endpoint. Drives the graph `evaluate` for a whole chunk, many applications at
 * once. Thread rule: constant once made; the port's functions from job workers. */
#ifndef ENIGMA_SERVICE_EVALUATOR_OPENAI_H
#define ENIGMA_SERVICE_EVALUATOR_OPENAI_H

#include "client/llm_batch.h"
#include "repo/checkpoint_repo.h"
#include "service/evaluate.h"
#include "service/evaluate_state.h"
#include "service/model_price.h"
#include "workflow/drive.h"

struct openai_options {
    const struct llm_port *llm;
    struct eval_models models;
    uint32_t in_flight_max; /* applications of one chunk at once: none has two questions */
    int64_t budget_tokens;  /* of a cycle; 0: no limit */
    int64_t budget_micro;   /* the same in money: micro-units of the prices' currency */
    struct model_prices prices;
    struct llm_remote remote; /* for files and batches; its client NULL: there is none */
    enum llm_api api;
};
struct openai_evaluator {
    struct evaluator_port port;
    struct openai_options o;
    char label[100];
};
/* What a cycle has used up to now, by the database. */
struct openai_account {
    int64_t tokens, pico;
};
err openai_account_read(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct openai_account *ret);
/* NULL: there is some left; else why items wait. Limits of 0: those of the options. */
const char *openai_budget_gone(const struct openai_evaluator *e, const struct openai_account *a,
                               int64_t tokens_max, int64_t micro_max);
/* Adds what the answers of these states since their last save have cost, of use or not, by role;
 * openai_usage_saved: that is on the cycle's account now. */
void openai_usage(const struct openai_options *o, struct str cycle_id,
                  const struct graph_mark *marks, size_t n, struct usage_row io[EVAL_ROLES]);
void openai_usage_saved(const struct graph_mark *marks, size_t n);
/* What a state at the graph's end has come to, as rows in `mem`. */
err openai_rows_make(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                     const struct eval_state *s, struct evaluation *e);
/* evaluator_port.probe */
err openai_probe(void *self, struct ctx *c, const struct evaluate_probe *w);
/* The strings of the options must outlive it. */
/* The port's `many`. */
err openai_many(void *self, struct ctx *c, const struct evaluate_many *w);
void openai_evaluator_init(struct openai_evaluator *e, const struct openai_options *o);

#endif
