/* jobs/step.h: one round of a worker: claim a chunk, run it, hand it back when it failed.
 * Thread rule: any thread, each with its own context. */
#ifndef ENIGMA_JOBS_STEP_H
#define ENIGMA_JOBS_STEP_H

#include "jobs/jobs.h"

/* Who is told which chunk is in work: between the two calls the chunk and its strings live. */
struct step_watch {
    void *self;
    struct chunk_ahead *ahead; /* the worker's next chunk, from step to step; NULL: none is kept */
    const atomic_bool *stop;   /* hand the chunk back between items; NULL: never */
    void (*began)(void *self, const struct chunk *k);
    void (*ended)(void *self);
};
/* *ret_worked false: nothing was ready. A chunk that fails is a fact about the job, not an error of
 * the round: it is logged, handed back, and the round is ERR_OK. watch: NULL for none. */
err jobs_step(struct ctx *c, struct str owner, const struct step_watch *watch, bool *ret_worked);

/* Gives back what was claimed ahead, when no step follows. */
err step_let_go(struct ctx *c, struct chunk_ahead *ahead);

#endif
