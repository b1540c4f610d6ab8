/* repo/held_repo.h: anonymous applications that wait for a person. No identity comes from here;
 * the original texts are read by repo/identity_repo.h.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_HELD_REPO_H
#define ENIGMA_REPO_HELD_REPO_H

#include "db/db.h"

struct held_row { /* a line of the queue */
    struct str anonymized_id, held_reason;
    int64_t redactions, created_at;
};
extern const struct schema held_row_schema;
/* By anonymous id, behind `after` (absent: from the start). */
err held_list(struct ctx *c, struct tx *tx, struct str cycle_id, struct str after, size_t limit,
              struct list *ret);

struct held_item {
    struct str anonymized_id, application_id, admission_cycle_id, held_reason, status;
    int64_t gpa, redactions; /* gpa: hundredths */
    struct str test_scores, essay_scrubbed, achievements_scrubbed, spans;
};
/* Held or not: held_reason and status say it. */
err held_find(struct ctx *c, struct tx *tx, struct str anonymized_id, struct held_item *ret,
              bool *ret_found);

struct held_change {
    struct str anonymized_id, application_id, admission_cycle_id,
        held_reason; /* absent: released */
    struct str essay_scrubbed, achievements_scrubbed, spans;
    int64_t redactions, now;
};
/* The new result; where held_reason is absent the application becomes batch_ready. ERR_PHASE when
 * it is not held any more. */
err held_write(struct ctx *c, struct tx *tx, const struct held_change *row);

struct held_correction {
    struct str anonymized_id, admission_cycle_id, field, action, type, created_by;
    int64_t from_byte, to_byte, created_at;
};
err held_corrections_insert(struct ctx *c, struct tx *tx, const struct held_correction *v,
                            size_t n);

#endif
