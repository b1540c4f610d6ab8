/* domain/draft.h: an application that is being written: what a form holds before it is complete.
 * Pure; the same members as an application, each of them optional and only bounded in size. */
#ifndef ENIGMA_DOMAIN_DRAFT_H
#define ENIGMA_DOMAIN_DRAFT_H

#include "schema/schema.h"

/* JSON of the longest draft that the bounds let through, sealed as one text. */
enum { DRAFT_TEXT_MAX = 256 * 1024 };

struct application_draft { /* PUT /applications/draft */
    struct str name, phone, address;
    double gpa;              /* NaN: not there; any number, the submission checks it */
    struct list test_scores; /* struct e2_pair */
    struct str essay, achievements;
};
extern const struct schema application_draft_schema;

struct draft_state { /* the same and where and when it was saved */
    struct application_draft draft;
    struct str cycle_id;
    int64_t saved_at;
};
extern const struct schema draft_state_schema;

#endif
