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
    size_t a, b;                     /* tokens */
    uint32_t count[SENSE_SHORT + 1]; /* how many of each sense */
    bool school, org, competition, titled, acquainted, speaks, relative, owner, thinks, cited,
        eponym;
};
/* What a run is taken for; SCRUB_TYPE_COUNT: nothing. */
struct verdict {
    size_t a, b;
    uint8_t type, confidence;
    const char *rule;
};

/* "on Sunday", "Sunday morning": the day, also where somebody of that name was met. */
bool day_meant(const struct pass *p, size_t k);
/* The second word of "Gravity and Grace". */
bool titles_pair(const struct pass *p, size_t a);
/* The My of My Duyen is no word of grammar where it is written with a mark. */
static inline bool written_marked(const struct pass *p, const struct token *w)
{
    return p->f.from[w->to] - p->f.from[w->from] > token_len(w);
}
/* What the word alone is, whatever was claimed or learned. */
enum sense word_sense(const struct pass *p, size_t k);
/* What a word of names that were learned is, by its lists. */
enum sense learned_sense(uint64_t bits);
/* Claims and what was learned change from pass to pass, the rest is found once for each word. */
static inline enum sense token_sense(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    if (w->kind != TK_WORD || !(w->flags & T_CAPITAL) ||
        (w->flags & (T_CLITIC | T_CONTRACTED | T_CLAIMED | T_FOREIGN)))
        return SENSE_NONE;
    if (learned_has(p->learned, w->hash) && !(w->bits & LEX_FUNCTION) && !day_meant(p, k))
        return learned_sense(w->bits);
    return w->sense ? (enum sense)(w->sense - 1) : word_sense(p, k);
}
/* The, My: a capital word that no run begins with. */
static inline bool begins_no_run(const struct pass *p, const struct token *w)
{
    const bool grammar = (w->bits & (LEX_FUNCTION | LEX_FIRST)) == LEX_FUNCTION;
    const bool marked = ((w->flags & T_CAPITAL) != 0) & written_marked(p, w);
    return grammar & (w[1].gap != GAP_HYPHEN) & (token_len(w) > 1) & !marked;
}
/* The run that begins at k, or one with b < a. */
struct run run_at(const struct pass *p, size_t k);
/* spot.c: only a person's name can stand at token k; a body that is served or thanked. */
bool spot_person(const struct pass *p, size_t k);
struct verdict spot_body(const struct pass *p, const struct run *r);
/* Where one says one is from: "my grandmother, from Window Rock,". */
bool spot_home(const struct pass *p, const struct run *r);
/* The last word of a body in a list of small letters that begins at k; 0: there is none. */
size_t spot_item(const struct pass *p, size_t k);
/* body.c: the last token of the small words behind e that make it a body's name: "Plivački klub"; e
 * when there are none. The last token of the body's name that the run is. A word as "Queen", behind
 * which "of Peace College" goes on. */
size_t body_ahead_small(const struct pass *p, size_t e);
size_t body_end(const struct pass *p, const struct run *r);
bool body_devout(const struct pass *p, size_t e);
/* "Kilgore 4-H": behind token b. */
bool body_four_h(const struct tokens *t, size_t b);
/* spot.c: what stands before token a says that one serves in a body. */
bool run_serves(const struct tokens *t, size_t a);
/* A genus before its species. */
bool run_is_species(const struct pass *p, const struct run *r);
/* loud.c: "MY BROTHER MARK SAID": where all is written in capitals, a word that is no name parts
 * the names around it, before or behind token e, unless the name of a school or club goes on with
 * it. */
bool loud_parts(const struct pass *p, size_t e);
/* There, what stands beside the name a to b within its run. */
void loud_note(const struct pass *p, struct run *r, size_t a, size_t b);
/* The word at k stands before a level of language: Cambridge C1. */
bool run_before_level(const struct tokens *t, size_t k);
/* "the delegate of Norway" */
bool run_is_seat(const struct tokens *t, size_t k);
struct verdict run_judge(const struct pass *p, const struct run *r);

#endif
