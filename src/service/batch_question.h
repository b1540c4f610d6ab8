/* service/batch_question.h: the graph `evaluate` without a wait: which questions of an application
 * stand open, under which custom_id, and what an answer moves. The nodes, checks and limits are
 * those of a live evaluation. A custom_id is ANONYMOUS_ID-PARTn-VERSION: part a(chievements),
 * e(ssay) or j(udge) with attempt and run, and 8 hex digits over model and prompt, so that an
 * answer to other words is noticed. Thread rule: an asker is constant once made; an item has one
 * owner. Strings in c->mem. */
#ifndef ENIGMA_SERVICE_BATCH_QUESTION_H
#define ENIGMA_SERVICE_BATCH_QUESTION_H

#include "repo/model_batch_repo.h"
#include "service/evaluator_openai.h"

enum { BATCH_VERSION_N = 8 };
struct batch_asker {
    const struct openai_evaluator *by;
    char version[PROMPT_PARTS][BATCH_VERSION_N + 1];
};
void batch_asker_init(struct ctx *c, const struct openai_evaluator *by, struct batch_asker *ret);

struct batch_item {
    const struct eval_source *source;
    struct eval_state state;
    int at, steps;
};
/* From the checkpoint (absent: from the start) to the first question or the end. */
err batch_item_begin(struct ctx *c, const struct batch_asker *k, const struct eval_source *s,
                     struct str kept, struct batch_item *ret);
/* Whether a question stands open, and whom it asks (enum model_pass). Those that wait for a person
 * ask nothing. */
bool batch_item_asks(struct ctx *c, const struct batch_item *i, bool kept, int32_t *ret_pass);
struct str batch_item_id(struct ctx *c, const struct batch_asker *k, const struct batch_item *i);
/* All that can be asked now: the Worker's of an attempt together, the Judge's alone. */
typedef err batch_question_fn(void *arg, struct ctx *c, struct str custom_id,
                              const struct llm_request *q);
err batch_item_questions(struct ctx *c, const struct batch_asker *k, const struct batch_item *i,
                         batch_question_fn *fn, void *arg);
/* The answer to the question it stands at. ERR_UPSTREAM: it is no use, nothing moved. */
err batch_item_answer(struct ctx *c, struct batch_item *i, const struct llm_reply *reply);
/* Cuts a custom_id; false: it is none of ours. */
bool batch_id_cut(struct str custom_id, struct str *ret_anonymized_id, struct str *ret_version);
bool batch_version_known(const struct batch_asker *k, struct str version);

#endif
