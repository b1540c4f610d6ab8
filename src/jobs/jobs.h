/* jobs/jobs.h: runs the jobs: threads of its own, never the pool that serves requests.
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
    const struct deps *deps;
    size_t step_arena_max; /* bytes one chunk may hold; 0: JOBS_STEP_ARENA_MAX */
};
err jobs_open(struct ctx *c, const struct jobs_options *o, struct jobs **ret);
const struct job_bell *jobs_bell(struct jobs *j);
/* Lets running chunks finish, starts no more; unfinished work resumes at the next start. */
void jobs_close(struct jobs *j);
/* One round on the calling thread, for the simulation: *ret_worked false when nothing was ready. */
err jobs_run_once(struct ctx *c, struct str owner, bool *ret_worked);

#endif
