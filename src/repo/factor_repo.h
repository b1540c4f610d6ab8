/* repo/factor_repo.h: SQL of second factors and recovery codes. Works inside the caller's
 * transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_FACTOR_REPO_H
#define ENIGMA_REPO_FACTOR_REPO_H

#include "db/db.h"

struct factor_row {
    struct str admin_id, sealed_secret;
    int64_t created_at, confirmed_at; /* confirmed_at 0: only begun */
    int64_t last_step;                /* the newest step whose code was used */
};
err factor_repo_get(struct ctx *c, struct tx *tx, struct str admin_id, struct factor_row *ret,
                    bool *ret_found);
/* Takes the place of an enrolment that was begun; *ret_changed 0: a confirmed one stands. */
err factor_repo_begin(struct ctx *c, struct tx *tx, const struct factor_row *row,
                      int64_t *ret_changed);
/* By the secret that was seen, while it is not confirmed. */
err factor_repo_confirm(struct ctx *c, struct tx *tx, const struct factor_row *row,
                        int64_t *ret_changed);
/* Only forward: *ret_changed 0 when a code of this step or a later one was used before. */
err factor_repo_spend(struct ctx *c, struct tx *tx, struct str admin_id, int64_t step,
                      int64_t *ret_changed);
/* With its recovery codes. */
err factor_repo_remove(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_changed);

struct recovery_row {
    struct str code_hash, admin_id;
    int64_t created_at, used_at;
};
err recovery_repo_insert(struct ctx *c, struct tx *tx, const struct recovery_row *rows, size_t n);
err recovery_repo_clear(struct ctx *c, struct tx *tx, struct str admin_id);
err recovery_repo_spend(struct ctx *c, struct tx *tx, struct str admin_id, struct str code_hash,
                        int64_t at, int64_t *ret_changed);
err recovery_repo_left(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_n);

#endif
