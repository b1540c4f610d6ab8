/* scrub/proxy.h: what the files that find proxies share. Of this room only. */
#ifndef ENIGMA_SCRUB_PROXY_H
#define ENIGMA_SCRUB_PROXY_H

#include "scrub/scrub_inner.h"

/* One word or phrase of the lists. */
struct find {
    size_t a, b;
    uint64_t bits;
};

static inline bool in_sentence(const struct tokens *t, size_t a, size_t b)
{
    for (size_t k = a + 1; k <= b && k < t->n; k++)
        if (!gap_same_sentence(t->v[k].gap))
            return false;
    return true;
}

/* Takes it with what it qualifies (grow.c). */
void proxy_take(struct pass *p, const struct find *find, enum scrub_type type, uint8_t confidence,
                const char *rule);

/* k: a word for school or alumni; a relative. */
void family_ties(struct pass *p, size_t k);
void kin_ties(struct pass *p, size_t k);
void kin_studied(struct pass *p, size_t k);
/* The last token of the sum that is named past the words for an income, which end with b. */
size_t income_end(const struct tokens *t, size_t b);

/* What a word of illness or faith stands beside says that it is meant as one, or that it is not:
 * "the Orthodox community", "research on malaria". */
bool faith_of_believers(const struct pass *p, const struct find *f);
bool faith_cued(const struct tokens *t, const struct find *f);
bool health_researched(const struct tokens *t, const struct find *f);
bool health_unasked(const struct tokens *t, const struct find *f);
bool health_cued(const struct tokens *t, const struct find *f);
/* What is told in a clause, without a word that is in a list. */
void family_hits(struct pass *p);
void health_hits(struct pass *p);
void faith_hits(struct pass *p);

#endif
