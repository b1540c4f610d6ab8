/* scrub/tagger.h: a second opinion on runs of capital words of which the rules are not sure: a
 * linear scorer of four tags, an averaged perceptron with a margin (Collins 2002, "Discriminative
 * training methods for hidden Markov models"; Krauth and Mezard 1987 for the margin). It sees no
 * word of the text but those of grammar: lists, shapes, neighbours and repetitions alone, so that
 * it learns how names stand in a sentence and not which names there are. The weights are learnt
 * when the program is built (train/), in whole numbers, so that each build has the same ones. Of
 * this room only. */
#ifndef ENIGMA_SCRUB_TAGGER_H
#define ENIGMA_SCRUB_TAGGER_H

#include "scrub/run.h"

enum tag { TAG_NONE, TAG_PERSON, TAG_PLACE, TAG_BODY, TAGS };
enum {
    TAGGER_HASH_BITS = 14,
    TAGGER_HASHED = 1 << TAGGER_HASH_BITS,
    TAGGER_LISTS = 64, /* bits of a word, each with a row of its own: of a run's first word, of */
                       /* its last, and the first one's flags */
    TAGGER_ROWS = TAGGER_HASHED + 3 * TAGGER_LISTS,
    TAGGER_FEATURES_MAX = 144, /* more than all lists and cues together */
    TAGGER_MARGIN = 30,        /* by how much training wants the right tag ahead, in updates */
    TAGGER_UNIT = 4,           /* an update in the quantised weights */
    TAGGER_ZERO = 128          /* a weight of nothing */
};
/* A row a feature; 65 KiB. */
extern const uint8_t tagger_weights[TAGGER_ROWS][TAGS];

/* The rows of what stands in and around tokens a to b of the run. p->seen is filled when it is
 * missing. */
size_t tagger_features(struct pass *p, const struct run *r, size_t a, size_t b,
                       uint16_t ret[TAGGER_FEATURES_MAX]);
/* What the rules took the run for, or, where they are unsure and the tagger is not, what it does:
 * it hides what they would leave ("tagger.person", "tagger.place", "tagger.body"), and takes what
 * they would hide down to a hint. */
struct verdict tagger_judge(struct pass *p, const struct run *r, struct verdict rules);

#endif
