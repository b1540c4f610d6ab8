/* repo/idempotency_repo.h: replies kept under a client's Idempotency-Key.
 * Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_REPO_IDEMPOTENCY_REPO_H
#define ENIGMA_REPO_IDEMPOTENCY_REPO_H

#include "db/db.h"

struct idempotency_row {
    struct str key_hash;  /* hex SHA-256 of principal, method, path and key */
    struct str body_hash; /* hex SHA-256 of the body */
    int64_t status;
    struct str reply; /* JSON */
    int64_t created_at, expires_at;
};
/* Also finds expired rows: the caller knows the time. */
err idempotency_find(struct ctx *c, struct tx *tx, struct str key_hash, struct idempotency_row *ret,
                     bool *ret_found);
/* Both are sent without waiting. ERR_CONFLICT, of this or of what follows: the key is there. */
err idempotency_insert(struct ctx *c, struct tx *tx, const struct idempotency_row *row);
err idempotency_drop(struct ctx *c, struct tx *tx, struct str key_hash);

#endif
