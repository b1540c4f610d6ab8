/* domain/rubric_words.h: the words that the built-in rubric knows, in groups of forms. Pure; any
 * thread. Add a word: one form in its group, or one group, in rubric_words.c, then raise
 * RUBRIC_BUILTIN_VERSION: published marks name the rubric that made them. */
#ifndef ENIGMA_DOMAIN_RUBRIC_WORDS_H
#define ENIGMA_DOMAIN_RUBRIC_WORDS_H

#include "base/buf.h"

enum word_kind {
    WORD_ACTION = 1 << 0,  /* what was done: built, organised */
    WORD_OUTCOME = 1 << 1, /* what came of it: reduced, won */
    WORD_ROLE = 1 << 2,    /* a responsibility: captain, tutor */
    WORD_UNIT = 1 << 3,    /* what a number counts: pupils, litres */
    WORD_TIME = 1 << 4,    /* a span: weeks, years */
    WORD_OFTEN = 1 << 5,   /* a habit: weekly, Saturdays */
    WORD_LINK = 1 << 6,    /* an argument: because, however */
    WORD_REFLECT = 1 << 7, /* looking back: learned, mistake */
    WORD_FILLER = 1 << 8,  /* says little: very, amazing */
    WORD_NUMBER = 1 << 9,  /* a number in letters: three, dozen */
};
enum { WORD_GROUPS_MAX = 512 };
struct word_group {
    uint32_t kinds;
    const char *forms; /* lower case, blank-separated */
};
extern const struct word_group word_groups[];
extern const size_t word_group_count;

/* Hash of a lower-case word, byte by byte. */
#define WORD_HASH_START 2166136261U
static inline uint32_t word_hash_step(uint32_t h, char ch)
{
    return (h ^ (unsigned char)ch) * 16777619U;
}
/* The group of a lower-case word with that hash, or -1. */
int word_group_of(struct str lower, uint32_t hash);

#endif
