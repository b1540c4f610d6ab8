/* jobs/step.h: one round of a worker: claim a chunk, run it, hand it back when it failed.
 * Thread rule: any thread, each with its own context. */
#ifndef ENIGMA_JOBS_STEP_H
#define ENIGMA_JOBS_STEP_H

#include "jobs/jobs.h"

/* *ret_worked false: nothing was ready. A chunk that fails is a fact about the job, not an error of
 * the round: it is logged, handed back, and the round is ERR_OK. */
err jobs_step(struct ctx *c, struct str owner, bool *ret_worked);

#endif
