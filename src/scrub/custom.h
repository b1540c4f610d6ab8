/* scrub/custom.h: the administrators' own patterns, in PCRE2's language with limits on what a
 * pattern may cost. Of this room only. Pure; any thread. */
#ifndef ENIGMA_SCRUB_CUSTOM_H
#define ENIGMA_SCRUB_CUSTOM_H

#include "scrub/policy.h"

/* What is wrong with the pattern, to be read after its name; NULL: nothing. */
const char *custom_pattern_fault(struct ctx *c, const struct scrub_pattern *pattern);

#endif
