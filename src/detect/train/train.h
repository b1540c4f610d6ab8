/* detect/train/train.h: the trainer of the built-in detector, a program of the build. Reads our
 * own training texts, fits logistic sums over the features, and writes struct detect_model. The
 * same texts give the same bytes: order and choices come from a fixed seed. One thread. */
#ifndef ENIGMA_DETECT_TRAIN_TRAIN_H
#define ENIGMA_DETECT_TRAIN_TRAIN_H

#include "base/buf.h"
#include "base/ctx.h"
#include "detect/bias_model.h"

enum { EXAMPLES_MAX = 20000, NAME_MAX = 40 };
struct example {
    struct str id, text;
    struct detect_turn context[DETECT_CONTEXT_MAX];
    size_t n_context;
    uint32_t types, also_ok;
    int severity; /* DETECT_NONE: no bias */
    double weight;
    bool labelled; /* of the labelled set: takes part in cross-validation */
    bool held;     /* left out of this training */
    uint16_t *feature;
    uint32_t n_features;
};
struct corpus {
    struct arena *mem;
    struct example *v;
    size_t n;
};
/* Each ends the program with a message that names file and line when the text breaks the form. */
void lexicon_read(struct detect_model *m, struct arena *mem, const char *path);
void utterances_read(struct corpus *c, const char *path);
void labelled_read(struct corpus *c, const char *path);
void die(const char *path, size_t line, const char *what);
struct str file_text(struct arena *mem, const char *path);

/* Fits everything but the examples held, and makes the sums of int8 of it. */
void fit(struct detect_model *m, const struct corpus *c);

#endif
