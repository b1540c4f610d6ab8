/* scrub/run.h: runs of capital words: what they are made of and what they are. Of this room only.
 */
#ifndef ENIGMA_SCRUB_RUN_H
#define ENIGMA_SCRUB_RUN_H

#include "scrub/scrub_inner.h"

enum sense {
    SENSE_NONE,     /* no capital word */
    SENSE_ORDINARY, /* an English word, no name */
    SENSE_EITHER,   /* both: Grace, Mark */
    SENSE_NAME,
    SENSE_UNKNOWN, /* in no list */
    SENSE_PLACE,
    SENSE_GROUP, /* Nigerian, Igbo, Muslim */
    SENSE_KEEP,  /* product, subject, month, competition, known body */
    SENSE_SHORT  /* an initial, an acronym */
};
struct run {
    size_t a, b;                   /* tokens */
    size_t count[SENSE_SHORT + 1]; /* how many of each sense */
    bool school, org, competition, titled, acquainted, speaks, relative, owner, thinks, cited,
        eponym;
};
/* What a run is taken for; SCRUB_TYPE_COUNT: nothing. */
struct verdict {
    size_t a, b;
    uint8_t type, confidence;
    const char *rule;
};

enum sense token_sense(const struct pass *p, size_t k);
/* The run that begins at k, or one with b < a. */
struct run run_at(const struct pass *p, size_t k);
struct verdict run_judge(const struct pass *p, const struct run *r);

#endif
