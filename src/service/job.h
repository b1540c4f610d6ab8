/* service/job.h: background work as rows: a job is cut into chunks, each leased, each done in one
 * transaction with its items. The jobs room runs them; kinds are its table.
 * Chunk k of n covers the items whose random 63-bit order lies in [k*2^63/n, (k+1)*2^63/n). */
#ifndef ENIGMA_SERVICE_JOB_H
#define ENIGMA_SERVICE_JOB_H

#include <stdatomic.h>

#include "repo/job_repo.h" /* struct job, struct job_failure, struct job_dead, their schemas */

struct job_new {
    const char *kind, *first_stage;
    struct str cycle_id, params; /* params: JSON object, or absent */
    int64_t total;               /* items of the first stage */
};
/* In the caller's transaction, which is alone with the cycle; the bell is rung by the caller after
 * commit. At most one job of a kind runs for a cycle: ERR_CONFLICT otherwise. */
err job_create(struct ctx *c, struct tx *tx, const struct job_new *n, struct str *ret_job_id);
err job_get(struct ctx *c, struct str job_id, struct job *ret);
/* Wakes the workers. */
void job_ring(struct ctx *c);
/* Wakes them, and waits for the job as long as a request may (REQUEST_BUDGET_MS). */
err job_await(struct ctx *c, struct str job_id, bool *ret_over);
err job_list(struct ctx *c, struct str cycle_id, int64_t limit, struct str cursor, struct list *ret,
             struct str *ret_next);
err job_failures(struct ctx *c, struct str job_id, int64_t limit, struct list *ret);
err job_cancel(struct ctx *c, struct str job_id, struct job *ret);
/* The parts that were given up, newest job first; cycle_id absent: of all cycles. */
err job_dead(struct ctx *c, struct str cycle_id, int64_t limit, struct list *ret);
/* Puts the given up parts of a failed job back, with all their attempts, and rings the bell.
 * ERR_CONFLICT: it has not failed, or another of its kind runs; ERR_PHASE: its cycle went on. */
err job_retry(struct ctx *c, struct str job_id, struct job *ret);
/* In the caller's transaction, alone with the cycle: its jobs end with what they have written;
 * what their workers still hold is refused. */
err job_cancel_active(struct ctx *c, struct tx *tx, struct str cycle_id);

/* In the caller's transaction, when a job ends, however: what an evaluation has done counts as
 * scored, and what it leaves is no longer in work. Other kinds: nothing. */
err job_let_go(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id);

struct chunk_ahead;
/* What a chunk's worker is told. */
struct chunk {
    struct str job_id, kind, stage, cycle_id, params, owner;
    int64_t number, of;
    int64_t attempt;           /* from 1 */
    bool first;                /* this claim started the job */
    int64_t from, to;          /* order values: from <= x < to; to INT64_MAX means "to the end" */
    const atomic_bool *stop;   /* the worker is to hand it back; NULL: never */
    struct chunk_ahead *ahead; /* where chunk_done puts the next; NULL: it claims none */
};
/* The chunk that the transaction which ended the one before claimed for the same worker. Where one
 * writes at a time, a claim of its own would wait for the large transaction of another worker, and
 * all would compute together and then wait together. */
struct chunk_ahead {
    struct arena *mem; /* of the strings */
    struct chunk chunk;
    bool found;
};
void chunk_copy(struct arena *mem, const struct chunk *k, struct chunk *ret);
/* Called inside the transaction that writes the items: marks the chunk done (ERR_CONFLICT when the
 * lease is another's, or the job is over) and adds to the job's counts. *ret_last: no chunk of the
 * stage is left; of all that finish at once one sees it. A lease that ran out but that nobody took
 * is still the owner's. The next chunk goes to k->ahead; it counts once the transaction is through.
 */
err chunk_done(struct ctx *c, struct tx *tx, const struct chunk *k, int64_t done, int64_t failed,
               bool *ret_last);
/* The same for items that are written before the chunk is done: behind chunk_hold. */
err chunk_count_done(struct ctx *c, struct tx *tx, const struct chunk *k, int64_t done);
err chunk_failure(struct ctx *c, struct tx *tx, const struct chunk *k, struct str item_id,
                  struct str reason);
/* First in a transaction that writes before the chunk is done: renews the lease and keeps the job
 * from ending meanwhile. ERR_CONFLICT as chunk_done. */
err chunk_hold(struct ctx *c, struct tx *tx, const struct chunk *k);
/* Between items of a long chunk: renews the lease once a third of it is used. ERR_CONFLICT when it
 * was lost, ERR_BUSY when the worker is to stop. *renewed_us: monotonic time of the claim or the
 * last renewal; 0 at first. */
err chunk_keep(struct ctx *c, const struct chunk *k, int64_t *renewed_us);
/* Renews the lease of a chunk whose worker is busy with one item. ERR_CONFLICT: it was lost. */
err chunk_beat(struct ctx *c, const struct chunk *k);
int64_t chunk_lease_us(const struct ctx *c);
/* Leasing, for the jobs room. chunk_release: `why` ERR_OK hands the chunk back without counting
 * the attempt, so does ERR_BUSY; any other error counts, and the chunk fails when its attempts are
 * used up. A chunk whose lease was lost is left alone. */
err chunk_claim(struct ctx *c, struct str owner, struct chunk *ret, bool *ret_found);
err chunk_release(struct ctx *c, const struct chunk *k, err why, struct str text);
/* Start-up while no other process works on an embedded database: every lease of the past is free.
 * Anywhere else a lease ends with its time, as its owner may live. */
err chunk_release_all(struct ctx *c);
/* Ends the stage: starts `next_stage` with `total` items, or completes the job (next NULL). */
err job_next_stage(struct ctx *c, struct tx *tx, const struct chunk *k, const char *next_stage,
                   int64_t total);

#endif
