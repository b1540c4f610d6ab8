/* service/publication.h: what a publication tells: how many applicants read which words, where the
 * line is, and what still stands in the way. Changes nothing. Thread rule: any worker; strings in
 * c->mem. */
#ifndef ENIGMA_SERVICE_PUBLICATION_H
#define ENIGMA_SERVICE_PUBLICATION_H

#include "db/db.h"

struct publication_part { /* applicants who read the same */
    int32_t status;       /* theirs once it is published */
    int64_t applicants;
    struct str message;
};
struct publication { /* JSON "Publication" */
    struct str cycle_id;
    bool published;
    struct list parts;    /* struct publication_part */
    int64_t cutoff_score; /* hundredths, of the last one with a seat; null before the selection */
    struct str criteria;  /* of the selection, as in its log; JSON, or absent */
    int64_t decided_at;
    struct str fairness_blocker; /* why publication waits; absent: it does not */
    int64_t appeal_days;
};
extern const struct schema publication_schema;
err publication_preview(struct ctx *c, struct str cycle_id, struct publication *ret);

#endif
