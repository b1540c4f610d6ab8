/* repo/doctor_repo.h: what stands still that should move: leases, jobs, waiting log entries. Works
 * inside the caller's transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_DOCTOR_REPO_H
#define ENIGMA_REPO_DOCTOR_REPO_H

#include "db/db.h"

struct doctor_counts {
    int64_t expired_leases; /* leased, and the lease ended before the moment given */
    int64_t failed_chunks;  /* given up: the dead letters */
    int64_t waiting_jobs;   /* made before the moment given and not finished */
    int64_t failed_items;   /* listed by failed or finished jobs */
};
err doctor_repo_counts(struct ctx *c, struct tx *tx, int64_t before_us, struct doctor_counts *ret);
/* Log entries that wait for their place since before that moment. The table must be there. */
err doctor_repo_pending(struct ctx *c, struct tx *tx, int64_t before_us, int64_t *ret_rows);

#endif
