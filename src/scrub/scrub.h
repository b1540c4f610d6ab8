/* scrub/scrub.h: takes what identifies the applicant out of free text. Pure; any thread.
 * This first scrubber knows the applicant's own identity fields, e-mail addresses, phone numbers
 * and URLs; the interface is the one that the full scrubber keeps. Numbers that are merit evidence
 * (scores, years, counts) and grammar stay. */
#ifndef ENIGMA_SCRUB_SCRUB_H
#define ENIGMA_SCRUB_SCRUB_H

#include "base/ctx.h"

struct scrub_identity {
    struct str name, email, phone, address;
};
struct scrub_span {
    uint32_t from, to;       /* byte offsets in the original */
    const char *rule;        /* "own_name", "email", "phone", "url", "own_address" */
    const char *placeholder; /* "[NAME]" … */
};
enum scrub_verdict { SCRUB_CLEAN, SCRUB_HELD }; /* HELD: an identifier may remain; ask a person */
struct scrub_result {
    struct str text; /* arena-owned */
    struct scrub_span *spans;
    size_t n_spans;
    enum scrub_verdict verdict;
    const char *reason; /* with HELD */
};
err scrub_text(struct ctx *c, const struct scrub_identity *who, struct str text,
               struct scrub_result *ret);

#endif
