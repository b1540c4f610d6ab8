/* scrub/date.h: what dates and ages share. Of this room only. */
#ifndef ENIGMA_SCRUB_DATE_H
#define ENIGMA_SCRUB_DATE_H

#include "scrub/scrub_inner.h"

/* A number of four digits at most; -1: there is none. */
int number_value(const struct tokens *t, size_t k);

/* The letters of 1st, 2nd, 3rd, 4th, behind the digits. */
bool ordinal_tail(const struct tokens *t, size_t k);

/* Tokens a to b; a confidence of 100: it equals what the row says. */
void date_take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule,
               uint8_t confidence);

/* k: a number that no date holds. Takes it where it is an age. */
void age_judge(struct pass *p, size_t k);

#endif
