/* service/audit_inner.h: what appending and sequencing share. Private to audit_log.c and
 * audit_sequence.c. Thread rule: inside a write transaction of the calling thread. */
#ifndef ENIGMA_SERVICE_AUDIT_INNER_H
#define ENIGMA_SERVICE_AUDIT_INNER_H

#include "crypto/hash.h"
#include "repo/audit_repo.h"
#include "service/audit_log.h"

struct str audit_origin_of(struct ctx *c);
/* The tail, or the genesis of an empty log; then log.init or clock.step where they are due. */
err audit_head_ready(struct ctx *c, struct tx *tx, struct audit_head *head);
/* The next entry's canonical bytes in out and its row over them, with e's idx, prev and time set:
 * the time is e's own, or the last one where that is later. Nothing is written. */
struct entry_place {
    char prev_hex[2 * SHA256_N + 1];
    struct hash leaf;
    struct audit_entry_row row;
};
bool audit_place(const struct audit_head *head, struct entry *e, struct buf *out,
                 struct entry_place *ret);
/* The head behind that entry. */
void audit_head_pass(struct audit_head *head, const struct entry_place *p);

#endif
