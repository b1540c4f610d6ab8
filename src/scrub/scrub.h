/* scrub/scrub.h: takes out of free text what identifies the applicant or states a protected
 * attribute, and keeps the evidence of merit. Pure; any thread; linear time in the length of the
 * texts; memory from the context's arena, at most SCRUB_MEMORY_PER_BYTE for each byte of text.
 * Numbers that are merit evidence (scores, years, counts), cited figures, and grammar stay. */
#ifndef ENIGMA_SCRUB_SCRUB_H
#define ENIGMA_SCRUB_SCRUB_H

#include "base/ctx.h"
#include "scrub/policy.h"

struct lexicon;

enum { SCRUB_TEXT_MAX = 1 << 20, SCRUB_FIELDS_MAX = 8, SCRUB_MEMORY_PER_BYTE = 1024 };
extern const char scrub_version[]; /* of the rules; changes when results may */

/* SHA-256 over the word tables and the tagger's weights: what a result was made with. */
struct hash scrub_tables(void);

/* The row that tells whom to hide. Members may be absent; names in parts or whole. */
struct scrub_identity {
    struct str name, first_name, last_name, email, phone, address, date_of_birth;
};
struct scrub_span {
    uint32_t from, to;  /* byte offsets in the original field */
    uint8_t field;      /* index into the texts */
    uint8_t confidence; /* 0 to 100 */
    uint8_t type;       /* enum scrub_type */
    uint8_t action;     /* enum scrub_action; SCRUB_KEEP: a hint below the threshold or kept by */
                        /* the policy; nothing was changed there */
    const char *rule;   /* stable id, e.g. "identity.name", "email" */
    const char *placeholder; /* what stands there now: "[PERSON_1]", "they", "" */
};
enum scrub_verdict { SCRUB_CLEAN, SCRUB_HELD }; /* HELD: an identifier may remain; ask a person */
struct scrub_result {
    struct str text[SCRUB_FIELDS_MAX]; /* arena-owned, as many as were given */
    struct scrub_span *spans;          /* by field, then offset; not overlapping */
    size_t n_spans;
    size_t n_changed; /* spans whose action is not SCRUB_KEEP */
    enum scrub_verdict verdict;
    const char *reason; /* with HELD: a stable code, no text of the applicant */
    uint64_t steps;     /* words looked at by all passes: the measure of linear time */
};
/* Texts of one application, scrubbed as one: a person has one number in all of them. What comes out
 * is scrubbed again until nothing more is found, so a result scrubbed once more with the same row
 * and policy stays as it is; a text that does not come to rest is held. Invalid UTF-8 is
 * ERR_INVALID, a text over SCRUB_TEXT_MAX ERR_TOO_LARGE. */
err scrub_application(struct ctx *c, const struct scrub_policy *policy,
                      const struct scrub_identity *who, const struct str *texts, size_t n,
                      struct scrub_result *ret);
/* One text by the preset policy. */
err scrub_text(struct ctx *c, const struct scrub_identity *who, struct str text,
               struct scrub_result *ret);

#endif
