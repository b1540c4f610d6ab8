/* service/draft.h: a student's unfinished application, saved as it is written and sealed at rest.
 * Thread rule: workers. */
#ifndef ENIGMA_SERVICE_DRAFT_H
#define ENIGMA_SERVICE_DRAFT_H

#include "db/db.h"
#include "domain/draft.h"

/* By c->who. The open cycle's draft; while no cycle is open the one saved last, so that nobody
 * loses a text at the deadline. ERR_NOT_FOUND: none, or it became an application. */
err draft_read(struct ctx *c, struct draft_state *ret, struct str *ret_etag);
/* Only for a cycle that takes applications and in which the student has none (ERR_PHASE).
 * if_match, if_none_match: the request's headers, or absent. A draft that is there is replaced
 * only under its tag: ERR_PRECONDITION_NEEDED without one, ERR_PRECONDITION with another. */
struct draft_conditions {
    struct str if_match, if_none_match;
};
err draft_write(struct ctx *c, const struct application_draft *d,
                const struct draft_conditions *when, struct draft_state *ret, struct str *ret_etag);
/* The open cycle's draft, or the newest. if_match absent: whatever it holds. */
err draft_drop(struct ctx *c, struct str if_match);
/* Opens a stored token. */
err draft_open(struct ctx *c, struct str sealed, struct application_draft *ret);

#endif
