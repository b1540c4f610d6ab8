/* What the workers can do. Add a kind: one row here, its chunk function in a service. */
#include "jobs/jobs.h"
#include "service/evaluate.h"
#include "service/fairness.h"
#include "service/preprocess.h"

const struct job_kind job_kinds[] = {
    { "preprocess",
      "Scrubs identities, seals them apart, then computes metrics and percentile ranks.",
      { { "scrub", preprocess_scrub_chunk }, { "rank", preprocess_rank_chunk } } },
    { "evaluate",
      "Worker and Judge on every anonymous application.",
      { { "score", evaluate_chunk } } },
    { "fairness",
      "Scores a sample again with names, genders, places and schools put back in.",
      { { "draw", fairness_draw_chunk }, { "score", fairness_score_chunk } } },
};
const size_t job_kind_count = sizeof(job_kinds) / sizeof(job_kinds[0]);
