/* stt/recogniser.h: the offline speech recogniser (CMU pocketsphinx with its US English model).
 * It is the fallback for installations without a transcription service: clean speech is recognised
 * well, noise and accents far worse, and the words' posteriors say so (docs/BIAS.md).
 * Thread rule: recogniser_hear from any thread; at most `decoders` run at once, others wait. */
#ifndef ENIGMA_STT_RECOGNISER_H
#define ENIGMA_STT_RECOGNISER_H

#include "base/ctx.h"

enum { RECOGNISER_RATE = 16000, RECOGNISER_DECODERS_MAX = 64, RECOGNISER_WORDS_MAX = 1024 };
enum { RECOGNISER_WORD_MAX = 64 }; /* bytes of a word, with its NUL */

struct heard_word {
    char text[RECOGNISER_WORD_MAX];
    int64_t begin_ms, end_ms;
    double posterior; /* 0..1: how sure the decoder is of this word among its own hypotheses */
};
struct heard {
    const struct heard_word *words; /* in the caller's arena */
    size_t n;
    double posterior; /* mean over the words; 0 without words */
};

struct recogniser;
/* Loads the model once for each decoder: about 0.4 s and 95 MB each. model: the folder that holds
 * en-us, en-us.lm.bin and cmudict-en-us.dict. */
err recogniser_open(struct ctx *c, const char *model, size_t decoders, struct recogniser **ret);
/* One utterance, whole: n samples at RECOGNISER_RATE. Silence is ERR_OK with no words. */
err recogniser_hear(struct ctx *c, struct recogniser *r, const int16_t *samples, size_t n,
                    struct heard *ret);
void recogniser_close(struct recogniser *r);

#endif
