/* service/cycle_support.h: what the services on cycles share: loading, ETags, log entries.
 * Thread rule: as struct tx. */
#ifndef ENIGMA_SERVICE_CYCLE_SUPPORT_H
#define ENIGMA_SERVICE_CYCLE_SUPPORT_H

#include "repo/cycle_repo.h"
#include "service/audit_log.h"

/* ERR_NOT_FOUND "Cycle not found". */
err cycle_load(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret);
/* The lock of a cycle, before the first look at it: submissions share it, whatever changes the
 * cycle, its phase or the statuses of its applications has it alone. */
err cycle_lock(struct ctx *c, struct tx *tx, struct str cycle_id, enum lock_mode mode);
/* Alone with the cycle, then cycle_load. */
err cycle_hold(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret);
/* ERR_OK when if_match is absent, "*", or lists a tag of this version; else ERR_PRECONDITION.
 * Submissions that came in since do not count as a change. */
err cycle_if_match(struct ctx *c, const struct cycle *cy, struct str if_match);
/* The administrator's id for created_by, closed_by and executed_by; ERR_FORBIDDEN without one. */
err cycle_actor(struct ctx *c, struct str *ret_admin_id);
/* An entry about the cycle, by c->who. data: canonical object, absent for {}. ret_leaf may be
 * NULL. */
err cycle_log(struct ctx *c, struct tx *tx, struct audit_head *head, const char *act,
              struct str cycle_id, struct str data, struct hash *ret_leaf);

#endif
