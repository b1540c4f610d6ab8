/* scrub/train/train.h: learns the tagger's weights out of marked essays when the program is built.
 */
#ifndef ENIGMA_SCRUB_TRAIN_H
#define ENIGMA_SCRUB_TRAIN_H

#include "scrub/tagger.h"

enum { EXAMPLES_MAX = 1 << 18 };
/* A run of capital words as the tagger sees it, and what it is. */
struct example {
    uint16_t *row;
    uint32_t n, tag;
};
struct examples {
    struct example *v;
    size_t n;
    uint64_t *known; /* hashes of those in v: the same text for another applicant teaches once */
    struct arena *mem;
};
/* Adds the runs of all applications of a file, one JSON object a line as tools/scrub/make_gold.py
 * writes them. Ends the process when the file is not such a one. */
void examples_read(struct examples *all, const char *path);
/* Whole numbers throughout: the same examples give the same weights everywhere. */
void examples_fit(const struct examples *all, uint8_t ret[TAGGER_ROWS][TAGS]);

#endif
