/* repo/appeal_repo.h: SQL of appeals against results.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_APPEAL_REPO_H
#define ENIGMA_REPO_APPEAL_REPO_H

#include "db/db.h"

/* A result with its appeal; without one the reason is absent. */
struct result_appeal_row {
    struct str anonymized_id, cycle_id, reason;
    int64_t created_at;
    struct str decision, decision_reason; /* absent: it waits */
    int64_t decided_at;
};
/* *ret_found false: there is no final score. */
err result_appeal_of_result(struct ctx *c, struct tx *tx, struct str cycle_id,
                            struct str anonymized_id, struct result_appeal_row *ret,
                            bool *ret_found);
/* The appeals of a cycle; waiting ones first, the oldest first. `waiting`: only those. */
err result_appeal_of_cycle(struct ctx *c, struct tx *tx, struct str cycle_id, bool waiting,
                           size_t limit, struct list *ret);
err result_appeal_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                       struct result_appeal_row *ret, bool *ret_found);
struct result_appeal_new {
    struct str anonymized_id, cycle_id, reason;
    int64_t created_at;
};
/* *ret_made 0: there is one already. */
err result_appeal_insert(struct ctx *c, struct tx *tx, const struct result_appeal_new *n,
                         int64_t *ret_made);
struct result_appeal_decided {
    struct str anonymized_id, cycle_id, decision, decision_reason, decided_by;
    int64_t decided_at;
};
/* *ret_changed 0: it waits no longer. */
err result_appeal_close(struct ctx *c, struct tx *tx, const struct result_appeal_decided *d,
                        int64_t *ret_changed);

#endif
