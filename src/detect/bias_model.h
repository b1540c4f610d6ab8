/* detect/bias_model.h: what the trainer writes and the detector reads; for this room and the
 * trainer. The file is this struct as it lies in memory of the machine it was built for. */
#ifndef ENIGMA_DETECT_BIAS_MODEL_H
#define ENIGMA_DETECT_BIAS_MODEL_H

#include "detect/bias_detect.h"

enum {
    WEIGHTS = 1 << 16,      /* of the question: biased or not */
    HEAD_WEIGHTS = 1 << 16, /* of each other question */
    HEADS = DETECT_TYPES + 4,
    HEAD_SEVERITY = DETECT_TYPES, /* LOW, MEDIUM, HIGH, CRITICAL */
    LEXICON_SLOTS = 1 << 12,
    CLASSES_MAX = 64,
    MODEL_MAGIC = 0x42494153,
};
/* weight = scale x int8. */
struct model_head {
    float scale, bias;
};
struct detect_model {
    uint32_t magic, size;
    struct model_head all, heads[HEADS];
    uint64_t lexicon_word[LEXICON_SLOTS]; /* hash of a word; 0: free */
    uint64_t lexicon_class[LEXICON_SLOTS];
    int8_t weights[WEIGHTS];
    int8_t head_weights[HEADS][HEAD_WEIGHTS];
};
extern const unsigned char detect_model_bytes[];
#define DETECT_MODEL ((const struct detect_model *)(const void *)detect_model_bytes)

/* Bits that the features need by name; the trainer sees to it that the lexicon begins with it. */
#define CLASS_YOU UINT64_C(1)

enum { TOKENS_MAX = 512, FEATURES_MAX = 8192, SENTENCES_MAX = 64, WORD_MAX = 40 };
struct features {
    uint16_t v[FEATURES_MAX]; /* each once */
    uint8_t sentence[FEATURES_MAX];
    size_t n, n_sentences;
    uint16_t from[SENTENCES_MAX], to[SENTENCES_MAX]; /* bytes of the text */
    uint64_t seen[WEIGHTS / 64];
};
uint64_t word_hash(const char *word, size_t n);
/* Classes of a word, also without its plural ending. */
uint64_t lexicon_find(const struct detect_model *m, const char *word, size_t n);
/* detect_utterance by this model. */
void detect_with(const struct detect_model *m, const struct detect_input *in,
                 struct detect_finding *ret);
void features_of(const struct detect_model *m, const struct detect_input *in, struct features *ret);

#endif
