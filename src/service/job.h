/* service/job.h: background work as rows: a job is cut into chunks, each leased, each done in one
 * transaction with its items. The jobs room runs them; kinds are its table.
 * Chunk k of n covers the items whose random 63-bit order lies in [k*2^63/n, (k+1)*2^63/n). */
#ifndef ENIGMA_SERVICE_JOB_H
#define ENIGMA_SERVICE_JOB_H

#include "db/db.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED };
extern const struct names job_state_names;
struct job {                 /* table jobs and JSON "Job" */
    struct str job_id, kind, admission_cycle_id;
    int32_t state;
    struct str requested_by, params, stage;
    int64_t total, done, failed, attempts;
    struct str error;
    int64_t created_at, started_at, finished_at;
};
extern const struct schema job_schema;
struct job_failure { struct str job_id, item_id, reason; int64_t failed_at; };
extern const struct schema job_failure_schema;

/* In the caller's transaction; the bell is rung by the caller after commit. At most one job of a
 * kind runs for a cycle: ERR_CONFLICT otherwise. params: JSON object. */
err job_create(struct ctx *c, struct tx *tx, const char *kind, struct str cycle_id,
               struct str params, const char *first_stage, int64_t total, struct str *ret_job_id);
err job_get(struct ctx *c, struct str job_id, struct job *ret);
err job_list(struct ctx *c, struct str cycle_id, int64_t limit, struct str cursor,
             struct list *ret, struct str *ret_next);
err job_failures(struct ctx *c, struct str job_id, int64_t limit, struct list *ret);
err job_cancel(struct ctx *c, struct str job_id, struct job *ret);

/* What a chunk's worker is told. */
struct chunk {
    struct str job_id, kind, stage, cycle_id, params, owner;
    int64_t number, of;
    int64_t from, to;        /* order values: from <= x < to; to INT64_MAX means "to the end" */
};
/* Called inside the transaction that writes the items: marks the chunk done (ERR_CONFLICT when the
 * lease was lost) and adds to the job's counts. *ret_last: no chunk of the stage is left. */
err chunk_done(struct ctx *c, struct tx *tx, const struct chunk *k, int64_t done, int64_t failed,
               bool *ret_last);
err chunk_failure(struct ctx *c, struct tx *tx, const struct chunk *k, struct str item_id,
                  struct str reason);
/* Leasing, for the jobs room. */
err chunk_claim(struct ctx *c, struct str owner, struct chunk *ret, bool *ret_found);
err chunk_release(struct ctx *c, const struct chunk *k, err why, struct str text);
/* Start-up of the only process of an embedded database: every lease of the past is free. */
err chunk_release_all(struct ctx *c);
/* Ends the stage: starts `next_stage` with `total` items, or completes the job (next NULL). */
err job_next_stage(struct ctx *c, struct tx *tx, const struct chunk *k, const char *next_stage,
                   int64_t total);

#endif
