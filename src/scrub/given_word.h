/* scrub/given_word.h: given names that are English words too (Grace, Mark, Hope): how a sentence
 * goes on behind the name and does not behind the word. Of this room only. */
#ifndef ENIGMA_SCRUB_GIVEN_WORD_H
#define ENIGMA_SCRUB_GIVEN_WORD_H

#include "scrub/run.h"

/* Somebody does it: tokens up to b are the name, what follows is a verb of the third person with
 * its object, or what one says. */
bool given_does(const struct pass *p, size_t b);
bool given_says(const struct pass *p, size_t b);
/* The listed name at k, where its sentence begins, acts as no noun without an article does. */
bool given_acts(const struct pass *p, size_t k);
/* The listed name at k, within a sentence, stands as no word with a capital does. */
bool given_stands(const struct pass *p, size_t k);
/* The day, month or season at k is somebody's name: "Summer, who times us". */
bool given_of_time(const struct pass *p, size_t k);
/* The name ends at b and begins a list of persons, or stands beside "and I". */
bool given_lists(const struct pass *p, size_t b);
/* A rarer word, at b, goes on as a person. */
bool given_goes_on(const struct pass *p, size_t b);
/* In a text that leaves capitals out, token k is a name: kin, a title or a verb before it tells. */
bool given_small(const struct pass *p, size_t k);

#endif
