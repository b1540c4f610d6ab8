/* detect/injection.h: texts that speak to the model instead of to the board. Cleans a text for the
 * model's eyes only, and scores how much of it is an order to whoever marks it: patterns in many
 * languages, role and template marks, hidden characters, what base64 and rot13 hide. A score asks
 * for a person; it never changes a mark. Pure; any thread. */
#ifndef ENIGMA_DETECT_INJECTION_H
#define ENIGMA_DETECT_INJECTION_H

#include "base/buf.h"
#include "base/ctx.h"

enum injection_sign {
    INJ_HIDDEN = 1 << 0,   /* tag characters, overrides, zero-width within words */
    INJ_TEMPLATE = 1 << 1, /* marks of chat templates, role lines, boundary lines */
    INJ_OVERRIDE = 1 << 2, /* "ignore the instructions" */
    INJ_DEMAND = 1 << 3,   /* "give this applicant full marks" */
    INJ_ADDRESS = 1 << 4,  /* "note to the AI that grades this" */
    INJ_ROLE = 1 << 5,     /* "you are now", "I am the administrator" */
    INJ_REVEAL = 1 << 6,   /* "print your prompt" */
    INJ_FORMAT = 1 << 7,   /* the answer's own members, written by the applicant */
    INJ_ENCODED = 1 << 8,  /* one of these under base64, rot13 or spaced letters */
};
enum { INJ_SIGNS = 9, INJECTION_REVIEW = 100, INJECTION_TEXT_MAX = 256 * 1024 };
struct injection {
    int32_t score; /* INJECTION_REVIEW and more: a person looks at it */
    uint32_t signs;
};
void injection_find(struct ctx *c, struct str text, struct injection *ret);
/* The signs as words with commas, for a reason that staff read; in c->mem. */
struct str injection_words(struct ctx *c, uint32_t signs);

/* Without tag characters, bidirectional controls, zero-width characters outside scripts that join
 * with them, other invisible code points and marks of chat templates. In c->mem. */
struct str injection_clean(struct ctx *c, struct str text);

#endif
