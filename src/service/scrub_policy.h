/* service/scrub_policy.h: what is taken out of the texts of a cycle: read, changed until
 * preprocessing begins, and named in the log by its SHA-256. */
#ifndef ENIGMA_SERVICE_SCRUB_POLICY_H
#define ENIGMA_SERVICE_SCRUB_POLICY_H

#include "db/db.h"
#include "scrub/policy.h"

struct scrub_policy_view { /* GET and PUT /admin/cycles/{id}/scrub-policy */
    struct str cycle_id;
    int64_t version; /* 0: the preset, nobody has set one */
    bool locked;     /* preprocessing has begun */
    struct str sha256;
    int64_t changed_at; /* 0: never */
    const void *policy; /* struct scrub_policy */
};
extern const struct schema scrub_policy_view_schema;

err scrub_policy_view_get(struct ctx *c, struct str cycle_id, struct scrub_policy_view *ret);
/* A new version; the same policy again changes nothing. ERR_INVALID names a pattern that is
 * refused, ERR_PHASE: the policy is locked. */
err scrub_policy_set(struct ctx *c, struct str cycle_id, const struct scrub_policy *policy,
                     struct scrub_policy_view *ret);
/* The policy that the cycle's texts are scrubbed by, and its version. */
err scrub_policy_of(struct ctx *c, struct tx *tx, struct str cycle_id, struct scrub_policy *ret,
                    int64_t *ret_version);
/* Data of cycle.preprocess: policy, version of the scrubber, word tables. */
err scrub_policy_entry(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret_data);

#endif
