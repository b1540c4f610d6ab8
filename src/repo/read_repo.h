/* repo/read_repo.h: SQL of the record of reads: who looked at an identity, when and why. Works
 * inside the caller's transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_READ_REPO_H
#define ENIGMA_REPO_READ_REPO_H

#include "db/db.h"

struct identity_read_row {
    struct str read_id, subject, admin_id, fields; /* fields: comma-separated names */
    int64_t read_at;
    struct str sealed_reason; /* absent: erased */
};
err identity_read_insert(struct ctx *c, struct tx *tx, const struct identity_read_row *row);
/* Of one subject, oldest first; rows are struct identity_read_row. */
err identity_read_list(struct ctx *c, struct tx *tx, struct str subject, size_t limit,
                       struct list *ret);

#endif
