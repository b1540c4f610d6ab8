/* jobs/jobs.h: runs the jobs: threads of its own, never the pool that serves requests. Any number
 * of processes may run the jobs of one database. A keeper renews the leases of chunks that take
 * long, so a lease runs out only when its process has died or is stuck.
 * Thread rule: jobs_* from the thread that opened it; the bell from any. */
#ifndef ENIGMA_JOBS_JOBS_H
#define ENIGMA_JOBS_JOBS_H

#include "service/job.h"
#include "service/job_bell.h"

struct job_stage {
    const char *name;
    err (*chunk)(struct ctx *c, const struct chunk *k);
};
enum { JOB_STAGES_MAX = 4 };
struct job_kind {
    const char *kind, *doc;
    struct job_stage stages[JOB_STAGES_MAX];
};
extern const struct job_kind job_kinds[];
extern const size_t job_kind_count;

/* What one chunk may hold when the options do not say; typical chunks hold a few MiB. */
#define JOBS_STEP_ARENA_MAX ((size_t)512 * 1024 * 1024)

struct jobs;
struct jobs_options {
    uint32_t threads; /* 0: one per core */
    bool idle;        /* no threads at all: other processes work, the bell waits for them */
    const struct deps *deps;
    size_t step_arena_max; /* bytes one chunk may hold; 0: JOBS_STEP_ARENA_MAX */
};
err jobs_open(struct ctx *c, const struct jobs_options *o, struct jobs **ret);
const struct job_bell *jobs_bell(struct jobs *j);
uint32_t jobs_threads(const struct jobs *j);
/* Starts no more chunks and hands those in work back at the next item, for other processes or the
 * next start; waits for that. */
void jobs_close(struct jobs *j);
/* One round on the calling thread, for the simulation: *ret_worked false when nothing was ready. */
err jobs_run_once(struct ctx *c, struct str owner, bool *ret_worked);

#endif
