/* service/preprocess.h: the work of PREPROCESSING: scrub and seal; then metrics with percentile
 * ranks. */
#ifndef ENIGMA_SERVICE_PREPROCESS_H
#define ENIGMA_SERVICE_PREPROCESS_H

#include "service/job.h"

/* Stage "scrub": one chunk of finalized applications, in random order. */
err preprocess_scrub_chunk(struct ctx *c, const struct chunk *k);
/* Stage "rank": metrics and percentile ranks of the whole cycle (one chunk). */
err preprocess_rank_chunk(struct ctx *c, const struct chunk *k);

#endif
