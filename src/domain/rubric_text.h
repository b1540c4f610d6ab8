/* domain/rubric_text.h: what the built-in rubric counts in a text, in one pass. Pure. */
#ifndef ENIGMA_DOMAIN_RUBRIC_TEXT_H
#define ENIGMA_DOMAIN_RUBRIC_TEXT_H

#include "domain/rubric_words.h"

enum { TEXT_SAMPLE_WORDS = 200 }; /* variety is measured on this many first words */
struct text_features {
    int64_t words, sentences, paragraphs;
    int64_t quantified; /* numbers that count something: "48 pupils", "30 %" */
    int64_t durations;  /* spans and habits: "three years", "weekly" */
    int64_t roles, actions, outcomes, links, reflections; /* different groups of words */
    int64_t filler;                                       /* every use */
    int64_t sample, sample_unique; /* first words looked at, and how many different ones */
    struct str best; /* the sentence with the most evidence; absent when none has any */
};
void text_features_read(struct str text, struct text_features *ret);
/* Different words per 1000 of the sample. */
int64_t text_variety(const struct text_features *f);

#endif
