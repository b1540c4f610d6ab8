/* repo/verify_bias_repo.h: what the verifier of the log reads of live monitoring. Works inside the
 * caller's transaction, writes nothing and decides nothing. Thread rule: the transaction's thread.
 */
#ifndef ENIGMA_REPO_VERIFY_BIAS_REPO_H
#define ENIGMA_REPO_VERIFY_BIAS_REPO_H

#include "repo/bias_flag_repo.h"

/* Analyses with a response, points or a flag. */
struct verify_analysis {
    struct analysis_row a; /* what bias.response commits to, points and response */
    struct str wrapped;    /* key of the interview; absent: there is none */
};
err verify_analyses(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* A verdict with words: of flags, appeals and decisions about them. erased: its applicant is. */
struct verify_verdict {
    int64_t id;
    struct str verdict, words, wrapped;
    bool erased;
};
err verify_flags(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
err verify_nudge_appeals(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
err verify_nudge_verdicts(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
struct verify_gap {
    int64_t id, interview_id, seconds;
};
err verify_gaps(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
struct verify_status {
    struct str admin_id, status;
};
err verify_statuses(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* Rows of the ledger that no analysis stands behind, and analyses whose points are not there. */
struct verify_points {
    int64_t odd, voids, reinstatements;
    int64_t odd_flags; /* an analysis and its flag do not agree, or one of them is missing */
};
err verify_points(struct ctx *c, struct tx *tx, struct verify_points *ret);

/* Statements of interest, and every transcript with its correction. wrapped: key of the anonymous
 * id, absent where the applicant was erased. */
struct verify_declaration {
    int64_t id, interview_id;
    struct str admin_id, reason, wrapped;
    bool accepted;
};
err verify_declarations(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
struct verify_correction {
    int64_t id;
    struct str text, wrapped; /* text: absent: not corrected */
    bool by_student;
};
err verify_corrections(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

#endif
