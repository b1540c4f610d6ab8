/* service/evaluate.h: Worker and Judge on anonymous applications, behind a provider port. */
#ifndef ENIGMA_SERVICE_EVALUATE_H
#define ENIGMA_SERVICE_EVALUATE_H

#include "domain/rubric.h"
#include "service/job.h"

/* A provider of opinions. Blocking; called on job workers; may be called from several at once. */
struct evaluator_port {
    const char *name;        /* "builtin", later "openai" */
    const char *label;       /* shown wherever its scores appear */
    void *self;
    err (*work)(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                struct str feedback, struct worker_opinion *ret);
    err (*judge)(void *self, struct ctx *c, const struct anon_application *a,
                 const struct worker_opinion *w, struct judge_opinion *ret);
    /* Model names and prompt hashes for rubric.commit: canonical JSON object. */
    err (*commitment)(void *self, struct ctx *c, struct str *ret_canonical);
};
extern const struct evaluator_port evaluator_builtin;
/* The port of that name among c->deps->evaluators, or NULL. */
const struct evaluator_port *evaluator_find(struct ctx *c, struct str name);

/* Job kind "evaluate", stage "score": one chunk of anonymous applications, in random order; the
 * transaction that finishes the last item flips the cycle to scored. */
err evaluate_chunk(struct ctx *c, const struct chunk *k);

/* What one application got, ready to be stored: attempts 1..n. Used by evaluate and import. */
enum { ATTEMPTS_MAX = 10 };
struct attempt { struct worker_opinion work; struct judge_opinion judge; };
struct evaluation {
    struct str anonymized_id, application_id;
    struct attempt attempts[ATTEMPTS_MAX];
    int n_attempts;
    bool accepted;           /* the last judge approved */
};
struct audit_head;
/* Writes worker_results, judge_results, final_scores (only when accepted), statuses and the
 * score.attempt and score.final entries. */
err evaluation_store(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                     int64_t batch_id, const struct evaluator_port *by, const char *model,
                     const struct evaluation *e);

#endif
