/* service/bias_watch.h: the live side of bias monitoring: an utterance of an evaluator comes in,
 * its answer goes out through the room's port. The rules are domain/bias.h, the same code that
 * `enigma bias replay` runs; here their facts are rows.
 *
 * Two stages, one incident. The built-in detector answers at once and may inform (INFO, no points,
 * no ledger); its answer is provisional while a model is asked. The model's answer is the one that
 * counts: it confirms the nudge that stands, withdraws it, or puts a stronger one in its place. An
 * utterance has one analysis, at most one nudge that stands, and gives points once.
 * Thread rule: any thread, not inside a transaction unless a tx is taken. Errors: the fault names
 * no words of the utterance. */
#ifndef ENIGMA_SERVICE_BIAS_WATCH_H
#define ENIGMA_SERVICE_BIAS_WATCH_H

#include "db/db.h"
#include "domain/bias.h"

enum { BIAS_UTTERANCE_MAX = 8192 }; /* bytes of one utterance; more is cut */
struct bias_utterance {
    int64_t interview_id;
    int64_t transcript_id; /* one analysis for each; the same again changes nothing */
    struct str text;       /* of the assigned evaluator, UTF-8 */
    int64_t spoken_us;
    double stt_confidence; /* 0 to 1; < 0 or NaN: unknown */
    const char *admin_id;  /* who spoke; NULL: the assigned evaluator */
};
/* Stored when it returns, with the detector's answer; a model's comes later. ERR_NOT_FOUND: no such
 * interview; ERR_BAD_REQUEST: no text. */
err bias_utterance_take(struct ctx *c, const struct bias_utterance *utterance);
/* The status at c->now_us, resets first (R2). The room `live` and the scheduling refuse SUSPENDED
 * and BANNED. An unknown evaluator is ACTIVE. */
err bias_status_get(struct ctx *c, struct tx *tx, const char *admin_id, enum bias_status *ret);
/* Nobody listened for so long: a fact for the review, no offence. ERR_NOT_FOUND: no such
 * interview. */
err bias_gap_add(struct ctx *c, int64_t interview_id, int64_t begin_us, int64_t seconds);
/* The same inside a write transaction that writes more; takes the locks of cycle, interview and
 * evaluator. */
err bias_gap_in(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t begin_us,
                int64_t seconds);
/* A nudge was on the evaluator's screen. The first time counts; other evaluators' are
 * ERR_NOT_FOUND. */
err bias_nudge_delivered(struct ctx *c, int64_t nudge_id, const char *admin_id);
err bias_nudge_acknowledge(struct ctx *c, int64_t nudge_id, const char *admin_id);

/* Once a day: the status rows of all whose clean time has passed (R2), so that lists say what
 * bias_status_get says anyway; rooms that wait for a person too long end. */
err bias_sweep(struct ctx *c, int64_t *ret_changed);

#endif
