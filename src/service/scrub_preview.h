/* service/scrub_preview.h: what evaluators would see of an application, for the student who writes
 * it. Nothing is stored. */
#ifndef ENIGMA_SERVICE_SCRUB_PREVIEW_H
#define ENIGMA_SERVICE_SCRUB_PREVIEW_H

#include "service/scrub_spans.h"

struct preview_ask { /* POST /applications/preview-scrub */
    struct str name, phone, address;
    struct str essay, achievements;
};
enum preview_status { PREVIEW_OK, PREVIEW_HELD };
struct preview_reply {
    int32_t status;
    struct str reason; /* with held: code of what the verifier met */
    struct str essay, achievements;
    int64_t redactions;
    struct list spans; /* struct stored_span, what was changed */
};
extern const struct schema preview_ask_schema, preview_reply_schema;

/* By c->who (a student), whose account gives the e-mail; by the policy of the open cycle, or the
 * preset when none is open. */
err scrub_preview(struct ctx *c, const struct preview_ask *ask, struct preview_reply *ret);

#endif
