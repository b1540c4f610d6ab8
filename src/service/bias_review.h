/* service/bias_review.h: what people decide about incidents: flags, appeals, statuses. Nobody
 * reviews an incident of their own; every decision has a reason, to which the log is committed.
 * Thread rule: any thread; functions with a tx inside a write transaction. */
#ifndef ENIGMA_SERVICE_BIAS_REVIEW_H
#define ENIGMA_SERVICE_BIAS_REVIEW_H

#include "db/db.h"

/* A cycle was completed: its points warn nobody any more (A27). In the transaction that completes
 * it, with the cycle's lock. */
struct audit_head;
err bias_cycle_completed(struct ctx *c, struct tx *tx, struct audit_head *head,
                         struct str cycle_id);

#endif
