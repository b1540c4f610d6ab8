/* repo/bias_flag_repo.h: SQL of flags that people review. Decides nothing. Thread rule: inside a
 * transaction of the calling thread. Strings come back in c->mem; times are microseconds. */
#ifndef ENIGMA_REPO_BIAS_FLAG_REPO_H
#define ENIGMA_REPO_BIAS_FLAG_REPO_H

#include "repo/bias_repo.h"

enum flag_verdict { VERDICT_UPHELD, VERDICT_FALSE_ALARM, VERDICT_ESCALATED, VERDICT_CONFIRMED };
extern const struct names flag_verdict_names;
struct flag_row {
    int64_t id, interview_id, analysis_id;
    struct str admin_id, application_id;
    int32_t flag_type; /* enum bias_flag */
    int32_t severity;
    struct str action_taken;
    bool automatic, reviewed;
    int32_t verdict; /* -1: none yet */
    struct str reviewed_by;
    int64_t reviewed_at, created_at;
    struct str description, evidence, resolution;
};
err flag_insert(struct ctx *c, struct tx *tx, const struct flag_row *row, int64_t *ret_id);

#endif
