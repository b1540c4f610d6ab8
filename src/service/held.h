/* service/held.h: the queue of anonymous applications that the scrubber's verifier stopped: listed
 * without identity, the original only for a super_admin who says why, corrected by span, released.
 * What is held is never exported. */
#ifndef ENIGMA_SERVICE_HELD_H
#define ENIGMA_SERVICE_HELD_H

#include "repo/held_repo.h"
#include "service/scrub_spans.h"

enum { HELD_REASON_MIN = 10, HELD_REASON_TEXT_MAX = 500 };

/* Rows are struct held_row; cursor absent: from the start, *ret_next absent at the end. */
err held_queue(struct ctx *c, struct str cycle_id, int64_t limit, struct str cursor,
               struct list *ret_rows, struct str *ret_next, int64_t *ret_total);

struct held_view { /* GET /admin/held/{id}, and the reply of a decision */
    struct str anonymized_id, cycle_id;
    struct str held_reason; /* absent: released */
    int64_t redactions;
    struct str essay, achievements; /* as evaluators would see them */
    struct list spans;              /* struct stored_span */
};
extern const struct schema held_view_schema;
/* ERR_NOT_FOUND when it is not held. */
err held_get(struct ctx *c, struct str anonymized_id, struct held_view *ret);

struct held_ask { /* POST /admin/held/{id}/original */
    struct str reason;
};
struct held_original {
    struct str anonymized_id, held_reason;
    struct str essay_original, achievements_original, essay, achievements;
    struct list spans;
};
extern const struct schema held_ask_schema, held_original_schema;
/* Reads what the applicant wrote; pii.read goes into the log in the same transaction. */
err held_reveal(struct ctx *c, struct str anonymized_id, const struct held_ask *ask,
                struct held_original *ret);

enum held_verdict { HELD_CORRECT, HELD_RELEASE };
struct held_decision { /* POST /admin/held/{id}/decision */
    int32_t decision;
    struct list spans; /* struct correction */
    struct str reason;
};
extern const struct schema held_decision_schema;
/* Corrects the result, stores the corrections, and with HELD_RELEASE hands it on; one entry
 * identity.review. Only while the cycle is in preprocessing. */
err held_decide(struct ctx *c, struct str anonymized_id, const struct held_decision *d,
                struct held_view *ret);

#endif
