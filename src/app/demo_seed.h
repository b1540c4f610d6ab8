/* app/demo_seed.h: synthetic people apply for the demonstration's cycle, on two threads. */
#ifndef ENIGMA_APP_DEMO_SEED_H
#define ENIGMA_APP_DEMO_SEED_H

#include "base/ctx.h"

/* n people of the seed, with accounts and applications. Shows its progress under the label
 * "submission"; *ret_seconds is set whatever happens. The first error ends it: whole batches stay.
 */
struct demo_seeding {
    struct str cycle_id;
    uint64_t seed;
    int64_t n;
    bool show;
};
err demo_seed(struct ctx *c, const struct demo_seeding *s, double *ret_seconds);

#endif
