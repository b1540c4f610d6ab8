/* repo/seal_repo.h: SQL over every sealed column, for key rotation. Works inside the caller's
 * transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_SEAL_REPO_H
#define ENIGMA_REPO_SEAL_REPO_H

#include "db/db.h"

struct seal_row {
    struct str id, token, old_token; /* old_token: what an update expects to find */
};
enum seal_column {
    SEAL_APPLICATION,
    SEAL_MAPPING,
    SEAL_SUBJECT_KEY,
    SEAL_LEGACY_AUDIT,
    SEAL_SECOND_FACTOR,
    SEAL_DRAFT,
    SEAL_READ_REASON,
    SEAL_COLUMN_COUNT
};
/* At most `limit` rows whose id comes after `after` (absent: from the start), by id. */
err seal_repo_page(struct ctx *c, struct tx *tx, enum seal_column column, struct str after,
                   size_t limit, struct list *ret_rows);
err seal_repo_update(struct ctx *c, struct tx *tx, enum seal_column column,
                     const struct seal_row *row, int64_t *ret_changed);
/* Sealed values in all columns. */
err seal_repo_count(struct ctx *c, struct tx *tx, int64_t *ret_total);

#endif
