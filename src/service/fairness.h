/* service/fairness.h: the counterfactual fairness check of a cycle. A sample of its applications is
 * scored again, on the way on which they were scored, with names, genders, places and schools put
 * back in (domain/fairness.h). A cycle is published when its newest check has passed, or when a
 * super_admin has said why it is published all the same. docs/FAIRNESS.md */
#ifndef ENIGMA_SERVICE_FAIRNESS_H
#define ENIGMA_SERVICE_FAIRNESS_H

#include "domain/fairness.h"
#include "service/audit_log.h"
#include "service/job.h"

/* stopped: its job was cancelled, has failed, or got too few answers; the next start goes on where
 * it was. */
enum fairness_state {
    FAIRNESS_NONE,
    FAIRNESS_RUNNING,
    FAIRNESS_STOPPED,
    FAIRNESS_PASSED,
    FAIRNESS_FAILED
};
struct fairness_worst { /* marks in hundredths */
    int32_t signal;
    struct str group, anonymized_id;
    int64_t reference, mark, shift;
};
struct fairness {
    struct str cycle_id;
    int32_t state; /* enum fairness_state */
    bool open;     /* for publication */
    struct str blocker;
    struct str run_id, job_id; /* absent: none */
    int64_t created_at, finished_at;
    struct str report_sha256; /* absent until there is a report */
    const void *report;       /* struct fairness_report, likewise */
    struct list worst;        /* struct fairness_worst, the largest shifts */
    struct str override_reason, override_by;
    int64_t override_at;
    int64_t waits_until; /* the two-person rule: an override of another super_admin makes it so */
};
extern const struct schema fairness_schema, fairness_override_schema;
struct fairness_override {
    struct str reason;
};

err fairness_get(struct ctx *c, struct str cycle_id, struct fairness *ret);
/* Starts the check, or takes one up that was stopped, and waits for it as long as a request may;
 * respond_async: it does not wait. ERR_PHASE: the cycle is not scored, or is published;
 * ERR_CONFLICT: it runs already; ERR_BAD_REQUEST: its scores cannot be tested here. */
err fairness_start(struct ctx *c, struct str cycle_id, bool respond_async, struct fairness *ret);
/* By a super_admin. ERR_BAD_REQUEST: the check has passed, runs, or has not been tried. */
err fairness_override(struct ctx *c, struct str cycle_id, const struct fairness_override *v,
                      struct fairness *ret);

/* For the steps between the phases, in a transaction that is alone with the cycle: starts the
 * check where there is none; *ret_job_id absent: there is nothing to start. */
err fairness_begin(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                   struct str *ret_job_id);
/* Before publication: starts the check where there is none, and waits as a request may. */
err fairness_ensure(struct ctx *c, struct str cycle_id);
/* Why publication waits: one clause; absent when it does not. */
err fairness_blocker(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret);
/* "passed" or "overridden", for the log; absent: there is no score. */
err fairness_outcome(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret);

/* Job kind "fairness", stages "draw" and "score". */
err fairness_draw_chunk(struct ctx *c, const struct chunk *k);
err fairness_score_chunk(struct ctx *c, const struct chunk *k);

#endif
