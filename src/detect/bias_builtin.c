/* The model that the build trained. */
#include "detect/bias_model.h"

void detect_utterance(const struct detect_input *in, struct detect_finding *ret)
{
    detect_with(DETECT_MODEL, in, ret);
}
