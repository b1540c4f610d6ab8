/* service/phase_work.h: what one step between two phases carries from its gate to its reply.
 * Private to phase_step.c, phase_rows.c, phase_approval.c, selection.c and selection_final.c. */
#ifndef ENIGMA_SERVICE_PHASE_WORK_H
#define ENIGMA_SERVICE_PHASE_WORK_H

#include "service/cycle_support.h"
#include "service/evaluate.h"
#include "service/phase_step.h"

struct step {
    const struct phase_request *q;
    const struct phase_rule *rule;
    /* Known before the transaction. */
    struct str admin_id;
    struct str provider;               /* processing */
    const struct evaluator_port *port; /* processing: who commits to its rubric */
    struct str file_name, file_sha256; /* export */
    int64_t file_rows;
    /* Made anew in each try of the transaction. */
    struct cycle_row row;
    struct audit_head head;
    struct str begun; /* select: the job of the fairness check */
    int64_t forced; /* applications given up by force; final-select: without an interview's score */
    struct phase_reply out;
};

/* Whether the step needs two administrators by the settings. */
bool approval_wanted(const struct ctx *c, const struct step *s);
/* Behind the gate: s->out.waits_until when this is the first request, which is kept; 0 when it is
 * the second. ERR_FORBIDDEN: the first came from the same administrator. */
err approval_take(struct ctx *c, struct tx *tx, struct step *s);

/* The rows and the log entry of each verb, behind the flip. */
err phase_rows_freeze(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_preprocess(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_export(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_processing(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_select(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_final(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_publish(struct ctx *c, struct tx *tx, struct step *s);
err phase_rows_complete(struct ctx *c, struct tx *tx, struct step *s);
/* Moves the statuses of what ended jobs have done. */
err phase_rows_settle(struct ctx *c, struct tx *tx, const struct step *s);
/* The same verb again, in the phase that it led to. */
err phase_rows_retry(struct ctx *c, struct tx *tx, struct step *s);
/* By force: what is not ready, and with `late` also what is not scored, becomes failed. */
err phase_rows_give_up(struct ctx *c, struct tx *tx, struct step *s, bool late);

/* After the gate refused final-select: the same fault, naming some who lack an interview's
 * score. */
err phase_final_refused(struct ctx *c, struct tx *tx, const struct step *s);
/* After the gate refused export: naming some of those that wait for a person. */
err phase_held_refused(struct ctx *c, struct tx *tx, const struct step *s);

/* After the gate refused publish: saying why the fairness check does not let it. */
err phase_fairness_refused(struct ctx *c, struct tx *tx, const struct step *s);

/* Ties are decided by the hash rule of AUDIT 2.3. */
#define TIE_RULE "sha256-v1"

#endif
