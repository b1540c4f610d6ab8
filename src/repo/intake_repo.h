/* repo/intake_repo.h: what a submission has to know before it is written, in one query: who
 * applies, the open cycle, and the reply kept under the key. Works inside the caller's transaction
 * and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_INTAKE_REPO_H
#define ENIGMA_REPO_INTAKE_REPO_H

#include "domain/cycle.h"
#include "repo/application_repo.h"
#include "repo/idempotency_repo.h"

struct intake_view {
    struct applicant applicant;
    struct cycle cycle;         /* id, phase, is_open and dates; id absent: none is open */
    struct idempotency_row key; /* hashes, reply and end; key_hash absent: there is none */
};
/* key_hash may be absent. Also finds an expired key: the caller knows the time. */
err intake_view_find(struct ctx *c, struct tx *tx, struct str student_id, struct str key_hash,
                     struct intake_view *ret, bool *ret_found);

#endif
