/* service/evaluation_progress.h: how far an evaluation is, what its models have used and cost, and
 * which items are left with which reason.
 * Thread rule: any worker; strings in c->mem. Money is in micro-units of the currency of the
 * prices; rates in hundredths. */
#ifndef ENIGMA_SERVICE_EVALUATION_PROGRESS_H
#define ENIGMA_SERVICE_EVALUATION_PROGRESS_H

#include "repo/job_repo.h"
#include "service/exchange.h"

struct model_used { /* JSON "ModelUse": one model in one cycle */
    struct str model;
    int64_t calls, retries, rejections, tokens_in, tokens_cached, tokens_out, cost_micro;
};
struct evaluation_use { /* JSON "EvaluationUse": all models of a cycle */
    int64_t in_review;  /* applications that wait for a person */
    int64_t calls, retries, rejections, tokens_in, tokens_cached, tokens_out, cost_micro;
    struct list models; /* struct model_used */
};
extern const struct schema evaluation_use_schema;
struct tx;
err evaluation_use_read(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct evaluation_use *ret);

/* A job with its pace and, for evaluations, what they have used. */
struct job_detail {
    struct job job;
    int64_t items_per_minute, eta_seconds; /* SCHEMA_NULL_I64: not known */
    const void *use;                       /* struct evaluation_use, or NULL */
};
extern const struct schema job_detail_schema;
err job_detail_get(struct ctx *c, struct str job_id, struct job_detail *ret);

/* JSON "EvaluationProgress": the newest evaluation of a cycle. */
struct evaluation_progress {
    struct str cycle_id, job_id;
    int32_t state; /* of the job; -1: there was none */
    int64_t total, done, failed, items_per_minute, eta_seconds;
    struct str waits_for; /* why applications are left, the most frequent reason first; or absent */
    const void *use;
};
extern const struct schema evaluation_progress_schema;
err evaluation_progress_get(struct ctx *c, struct str cycle_id, struct evaluation_progress *ret);

/* Items of the batch's job that failed and have no score yet: struct job_failure. */
err batch_failures(struct ctx *c, int64_t batch_id, int64_t limit, struct list *ret);
/* Evaluates what is left of the batch's cycle, as a batch of its own. ERR_PHASE: the cycle went on.
 * *ret_job_id in c->mem. */
err batch_retry(struct ctx *c, int64_t batch_id, struct batch_status *ret, struct str *ret_job_id);

#endif
