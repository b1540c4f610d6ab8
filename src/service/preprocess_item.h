/* service/preprocess_item.h: one application made anonymous: everything that needs no database.
 * Any thread. */
#ifndef ENIGMA_SERVICE_PREPROCESS_ITEM_H
#define ENIGMA_SERVICE_PREPROCESS_ITEM_H

#include "crypto/commit.h"
#include "repo/anon_repo.h"
#include "repo/audit_repo.h"
#include "scrub/scrub.h"

struct scrub_item {
    struct anon_row row;
    struct str map;               /* canonical value of the commitment "map" */
    struct audit_key_row wrapped; /* of the subject "anon:ANON_…" */
    uint8_t key[SUBJECT_KEY_N];   /* whoever made the item wipes it */
    const char *failure;          /* why this one cannot be done; the row is then empty */
    bool skip;                    /* in the write: somebody else has moved it on */
};
/* Where the anonymous ids and the orders of evaluation of one chunk lie: a slot of the whole space,
 * by a secret permutation, so that they tell nothing of the chunk, yet lie beside each other on the
 * pages of every index by anonymous id. */
struct scrub_slot {
    int64_t from, width;
};
struct scrub_slot scrub_slot_of(struct ctx *c, struct str job_id, int64_t number, int64_t of);

/* Never fails for what the record holds: that is item->failure. */
err scrub_item_make(struct ctx *c, struct str cycle_id, const struct scrub_policy *policy,
                    const struct scrub_slot *slot, const struct scrub_source *s,
                    struct scrub_item *ret);
/* What scrub_item_make wrote to c->mem, moved to `mem`; the rest still borrows from the source. */
void scrub_item_keep(struct arena *mem, struct scrub_item *item);
/* By anonymous id: an order that tells nothing about who came when. */
void scrub_items_sort(struct scrub_item *v, size_t n);

#endif
