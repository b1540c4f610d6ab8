/* repo/scrub_policy_repo.h: the policies of a cycle, in versions. Rows are added, never changed.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_SCRUB_POLICY_REPO_H
#define ENIGMA_REPO_SCRUB_POLICY_REPO_H

#include "db/db.h"

struct scrub_policy_row {
    struct str admission_cycle_id;
    int64_t version; /* from 1 */
    struct str policy, sha256, created_by;
    int64_t created_at;
};
/* The newest one; *ret_found false: the cycle has the preset. */
err scrub_policy_latest(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct scrub_policy_row *ret, bool *ret_found);
err scrub_policy_insert(struct ctx *c, struct tx *tx, const struct scrub_policy_row *row);
/* Rows are struct scrub_policy_row: of each cycle the newest, for the verifier. */
err scrub_policy_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

#endif
