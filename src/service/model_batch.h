/* service/model_batch.h: evaluation by an endpoint's Batch API: questions that stand open go out in
 * files, answers come back into the graph. Each step is durable before the next begins, so that a
 * process that is killed goes on where it was and asks nothing twice: an application is in one
 * batch at a time, and a batch whose number was lost is found again by its tag. Thread rule: one
 * process of a data folder at a time (the caller's lock); blocks on the network. */
#ifndef ENIGMA_SERVICE_MODEL_BATCH_H
#define ENIGMA_SERVICE_MODEL_BATCH_H

#include "repo/model_batch_repo.h"
#include "service/exchange.h"

struct model_batch_report { /* JSON "ModelBatchReport" */
    int64_t submitted, outstanding,
        fetched;                         /* files: sent now, still with the endpoint, taken in */
    int64_t questions, answers, refused; /* sent now, taken in now, of no use now */
    struct str message;
    struct list batches; /* struct model_batch, all of the run */
};
extern const struct schema model_batch_report_schema;

/* batch_id: of a cycle that is evaluated by import (`processing` with external). What was begun
 * before is finished first. ERR_PHASE, ERR_BAD_REQUEST: this cycle or server cannot. */
err model_batch_submit(struct ctx *c, int64_t batch_id, struct model_batch_report *ret);
/* Asks the endpoint about all that are with it. */
err model_batch_poll(struct ctx *c, int64_t batch_id, struct model_batch_report *ret);
/* Takes in the files of those that have ended, of expired and cancelled ones what there is. */
err model_batch_fetch(struct ctx *c, int64_t batch_id, struct model_batch_report *ret);

/* Tells the endpoint to end all that are with it, and sends nothing of what was not sent. Their
 * answers up to then are fetched as ever; the rest stands open for another submit. ERR_UPSTREAM:
 * the endpoint does not. */
err model_batch_cancel(struct ctx *c, int64_t batch_id, struct model_batch_report *ret);

/* The same questions as a file of one's own: lines of part `part` (from 1) of the pass. Writes
 * cycle.download. */
err export_questions(struct ctx *c, struct str cycle_id, int32_t pass, int64_t part, sink_fn *sink,
                     void *arg, int64_t *ret_rows);

#endif
