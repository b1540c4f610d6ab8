/* service/audit_roots.h: the roots by which a stranger can recount a cycle (AUDIT 2.3).
 * Thread rule: inside a transaction of the calling thread. Memory is bounded whatever the size. */
#ifndef ENIGMA_SERVICE_AUDIT_ROOTS_H
#define ENIGMA_SERVICE_AUDIT_ROOTS_H

#include "crypto/hash.h"
#include "db/db.h"

/* cycle.freeze: RFC 6962 root over {"id":APP,"idx":n} in idx order of the cycle's submissions with
 * from_idx <= n < before_idx that were not withdrawn before before_idx (INT64_MAX: the whole
 * log); *ret_count is how many. */
err audit_apps_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                    int64_t before_idx, struct hash *ret_root, int64_t *ret_count);
/* cycle.select: RFC 6962 root over {"c":commit,"id":ANON} sorted bytewise of the cycle's
 * score.final entries with from_idx <= idx < before_idx. */
err audit_scores_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                      int64_t before_idx, struct hash *ret_root, int64_t *ret_count);
/* selection.final: the same over the selection.score entries. */
err audit_finalists_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                         int64_t before_idx, struct hash *ret_root, int64_t *ret_count);

#endif
