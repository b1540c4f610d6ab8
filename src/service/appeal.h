/* service/appeal.h: appeals against published results: opened by the applicant, decided by staff
 * who see the anonymous id and the scrubbed words only.
 * Thread rule: a worker; each call is one transaction, or two. */
#ifndef ENIGMA_SERVICE_APPEAL_H
#define ENIGMA_SERVICE_APPEAL_H

#include "base/ctx.h"
#include "schema/schema.h"

enum { APPEAL_LIST_MAX = 1000, APPEAL_REASON_MIN = 30, APPEAL_REASON_MAX = 2000 };
enum appeal_state {
    APPEAL_POSSIBLE, /* none yet, and there is time */
    APPEAL_OVER,     /* none, and the time has passed */
    APPEAL_WAITING,
    APPEAL_GRANTED,
    APPEAL_REJECTED,
};

struct appeal { /* POST and GET /appeals: for its owner */
    struct str application_id;
    int32_t state;
    int64_t until; /* last moment for an appeal, us */
    struct str reason;
    int64_t created_at;
    struct str decision_reason;
    int64_t decided_at;
};
extern const struct schema appeal_schema;
struct appeal_ask {
    struct str application_id, reason;
};
extern const struct schema appeal_ask_schema;

/* So many days after the publication there may be appeals. */
int64_t appeal_days(const struct ctx *c);
/* One for each published result of c->who. */
err appeals_own(struct ctx *c, struct list *ret);
/* ERR_NOT_FOUND: not one's own; ERR_BAD_REQUEST: not published, too late, or made already. */
err appeal_open(struct ctx *c, const struct appeal_ask *ask, struct appeal *ret);

struct staff_appeal { /* GET /admin/cycles/{cycle_id}/appeals */
    struct str anonymized_id;
    int32_t state;
    struct str reason;
    int64_t created_at;
    struct str decision_reason;
    int64_t decided_at;
};
extern const struct schema staff_appeal_schema;
struct appeal_verdict {
    int32_t decision; /* 0 granted, 1 rejected */
    struct str reason;
};
extern const struct schema appeal_verdict_schema;
err appeals_list(struct ctx *c, struct str cycle_id, bool waiting, int64_t limit, struct list *ret);
err appeal_decide(struct ctx *c, struct str cycle_id, struct str anonymized_id,
                  const struct appeal_verdict *v, struct staff_appeal *ret);

#endif
