/* detect/bias_detect.h: the built-in detector of biased questions and remarks: hashed n-gram
 * weights over words, classes of words and letters. Pure, without a clock or memory of its own; any
 * thread. What it finds may inform the evaluator and no more (rule C2): it is a word list with
 * weights, and misses more than half of what is said politely. An utterance is data: nothing spoken
 * is obeyed.
 */
#ifndef ENIGMA_DETECT_BIAS_DETECT_H
#define ENIGMA_DETECT_BIAS_DETECT_H

#include "base/arena.h"

enum { DETECT_TYPES = 7, DETECT_CONTEXT_MAX = 5, DETECT_TEXT_MAX = 4000 };
/* In the order of the types of bias. */
extern const char *const detect_type_names[DETECT_TYPES];
enum detect_severity { DETECT_NONE, DETECT_LOW, DETECT_MEDIUM, DETECT_HIGH, DETECT_CRITICAL };
extern const char *const detect_severity_names[];

struct detect_turn {
    bool applicant;
    struct str text;
};
struct detect_input {
    struct str text; /* UTF-8; of long ones the first DETECT_TEXT_MAX bytes are looked at */
    const struct detect_turn *context; /* what was said before, the latest last */
    size_t n_context;
};
struct detect_finding {
    bool bias_detected;
    uint32_t types; /* bit 1 << type; 0 when nothing was detected */
    int severity;
    double confidence;   /* 0 to 1: of bias, detected or not */
    struct str evidence; /* the sentence that says most, a piece of the text; absent for NONE */
};
void detect_utterance(const struct detect_input *in, struct detect_finding *ret);

#endif
