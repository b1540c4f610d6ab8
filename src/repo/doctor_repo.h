/* repo/doctor_repo.h: what stands still though it should move, and what waits for a person. Works
 * inside the caller's transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_DOCTOR_REPO_H
#define ENIGMA_REPO_DOCTOR_REPO_H

#include "db/db.h"

struct doctor_counts {
    int64_t expired_leases;    /* leased, and the lease ended before the moment given */
    int64_t failed_chunks;     /* given up: the dead letters */
    int64_t waiting_jobs;      /* made before the moment given and not finished */
    int64_t failed_items;      /* listed by failed or finished jobs */
    int64_t held_applications; /* a person must release or redact them */
    int64_t one_factor_admins; /* active super_admins without a confirmed second factor */
};
err doctor_repo_counts(struct ctx *c, struct tx *tx, int64_t before_us, struct doctor_counts *ret);

#endif
