/* scrub/code.h: a number with its groups and letters, and what stands before it. Of this room only.
 */
#ifndef ENIGMA_SCRUB_CODE_H
#define ENIGMA_SCRUB_CODE_H

#include "scrub/checksum.h"
#include "scrub/scrub_inner.h"

enum { CODE_MAX = 40, CODE_TOKENS_MAX = 16, CUED_DIGITS_MIN = 4, UNCUED_DIGITS_MIN = 6 };

/* Groups of letters and digits without blanks, or digit groups with single blanks. */
struct code {
    size_t a, b; /* tokens */
    char text[CODE_MAX + 1], digits[CODE_MAX + 1];
    size_t n, n_digits, n_letters, groups;
    size_t lengths[CODE_TOKENS_MAX];
    bool hyphen, dot, slash, blank, hash;
};

/* 2019-2023, 20190417 */
static inline bool code_dates(const struct code *code)
{
    const bool century = memcmp(code->digits, "19", 2) == 0 || memcmp(code->digits, "20", 2) == 0;
    return century && code->n_digits == 8 && code->n_letters == 0 &&
           ((code->groups == 2 && code->lengths[0] == 4) ||
            (code->groups == 1 && month_day_valid(code->digits + 4)));
}

/* Quantities: 100000000 cells, $12345678. */
static inline bool code_round(const struct code *code)
{
    return code->n_digits > 3 && memcmp(code->digits + code->n_digits - 3, "000", 3) == 0;
}

/* The words before it say that it is a person's number: the tokens of the number; a > b: they do
 * not. */
struct cued {
    size_t a, b;
    const char *rule;
    uint8_t confidence;
};
struct cued cued_number(const struct tokens *t, const struct code *code);
/* The number of a car stands behind token k. */
bool code_of_car(const struct tokens *t, size_t k);

#endif
