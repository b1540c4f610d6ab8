/* repo/approval_repo.h: SQL of the two-person rule: what one member of staff asked for and another
 * must ask for too. Works inside the caller's transaction and decides nothing. Thread rule: the
 * transaction's thread. */
#ifndef ENIGMA_REPO_APPROVAL_REPO_H
#define ENIGMA_REPO_APPROVAL_REPO_H

#include "db/db.h"

struct approval_row {
    struct str cycle_id, verb, admin_id, request;
    int64_t created_at, expires_at;
};
/* Only of a member of staff who is active now. */
err approval_repo_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str verb,
                      struct approval_row *ret, bool *ret_found);
/* Takes the place of an older one for the same step. */
err approval_repo_put(struct ctx *c, struct tx *tx, const struct approval_row *row);
err approval_repo_remove(struct ctx *c, struct tx *tx, struct str cycle_id, struct str verb);
/* What this member of staff asked for counts no more. */
err approval_repo_drop_of(struct ctx *c, struct tx *tx, struct str admin_id);

#endif
