/* service/bias_inner.h: one utterance on its way through the graph `bias`. Private to the bias_*.c
 * of this room, and to their tests.
 * Thread rule: one owner. Strings live in the arena of the context that made them. */
#ifndef ENIGMA_SERVICE_BIAS_INNER_H
#define ENIGMA_SERVICE_BIAS_INNER_H

#include "repo/bias_repo.h"
#include "service/audit_log.h"
#include "service/bias_queue.h"
#include "service/bias_watch.h"
#include "workflow/graph.h"

enum {
    BIAS_CONTEXT_MAX = 5,    /* chunks before the utterance that the model sees */
    BIAS_HEARD_MAX = 1000,   /* utterances within the seconds of one incident */
    BIAS_LEDGER_MAX = 20000, /* rows of one evaluator */
    BIAS_QUOTES_MAX = 10,
    BIAS_WORDS_MAX = 2000, /* code points of a quote or of the summary */
    BIAS_JSON_MAX = 64 * 1024,
    BIAS_ANSWER_TRIES = 2 /* answers that are no use, before it is an error */
};

/* Who is asked, and how. */
struct bias_models {
    struct str model, prompt;
    uint32_t timeout_ms;
};
/* What came of the first node. */
enum bias_judgement {
    JUDGED_BY_MODEL,
    JUDGED_BY_RULES, /* the detector: no model, or none was reachable */
    JUDGED_NOT       /* an answer, but of no use: analysis error, never "no bias" */
};
extern const struct names bias_judgement_names;
/* PROVISIONAL: the detector's first word, while a model is asked. LATER: the same, and the model is
 * asked when there is one. */
enum bias_stage { STAGE_FINAL, STAGE_PROVISIONAL, STAGE_LATER };
/* To be told to the rooms once it is committed. */
struct bias_told {
    int64_t nudge_id; /* 0: none */
    bool ended, barred;
};
struct bias_run {
    /* Kept in a checkpoint. */
    int32_t judgement;
    bool bias_detected;
    int32_t severity, recommended_action;
    double confidence_score;
    struct list bias_types, evidence_quotes; /* struct str */
    struct str context_summary, llm_model, llm_response_raw;
    /* Made anew. */
    struct analysis_row row; /* id 0: not stored yet */
    const struct bias_models *models;
    struct list context; /* struct analysis_turn, the oldest first */
    int32_t stage;
    struct analysis_lease lease;
    struct tx *tx;
    struct audit_head head;
    struct bias_settings settings;
    struct bias_analysis a;
    struct bias_outcome o;
    struct nudge_row standing; /* of this utterance, when `stands` */
    bool stands;
    bool repeated; /* V2: it was analysed before; row and o are what is stored */
    bool expired;  /* nobody could be asked for too long: a person looks */
    struct bias_told told;
};
enum bias_node { BIAS_ANALYZE, BIAS_STORE, BIAS_STRIKES, BIAS_ACTION };

/* The effective rules, and their SHA-256 in hex as the analysis rows name them. */
const struct bias_settings *bias_rules(const struct ctx *c);
struct str bias_rules_hash(struct ctx *c, const struct bias_settings *s);
/* The detector's answer into the run: row.utterance and context are set. */
void bias_detect(struct ctx *c, struct bias_run *r);

/* From store_analysis to the end in one transaction, then tells the rooms. */
err bias_settle(struct ctx *c, struct bias_run *r);
/* One that is stored, with the detector's judgement and what was said before it. */
err bias_run_load(struct ctx *c, struct tx *tx, int64_t analysis_id, struct bias_run *ret,
                  bool *ret_found);

/* Nodes of bias_decide.c and bias_act.c, in the run's transaction. */
err bias_store_analysis(struct ctx *c, void *state);
err bias_check_strikes(struct ctx *c, void *state);
err bias_take_action(struct ctx *c, void *state);

/* The locks of an interview and its evaluator, in the one order. */
err bias_lock(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t interview_id,
              struct str admin_id);
struct bias_person {
    struct bias_ledger ledger;
    struct list rows; /* struct ledger_row */
};
/* cycle_id: of the utterance that is judged, or absent. */
err bias_person_load(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
                     struct bias_person *ret);
/* The status row as the ledger has it at now_us, and the log entry when it moved. `cause`: strikes,
 * reset, overturn, reinstate, cycle. reason: absent without one. */
struct bias_move {
    struct str admin_id;
    const char *actor; /* NULL: audit_actor */
    const char *cause;
    struct str reason;
    bool always; /* log it even when the status stays */
};
err bias_status_move(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct bias_move *m, const struct bias_counts *n);
/* Of people (section 5), with the evaluator's lock: the ledger's row, then the status. The points
 * of the incident that are there count no more; all cycles are cleared and the status is lifted. */
err bias_overturn(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                  int64_t incident_id, struct str reason);
err bias_reinstate(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                   struct str reason);
/* The status as the ledger has it now, moved and logged. */
err bias_recount(struct ctx *c, struct tx *tx, struct audit_head *head, const struct bias_move *m,
                 struct bias_counts *ret);
/* A plain admin sees his own alone: ERR_NOT_FOUND for others. */
err bias_may_see(struct ctx *c, struct str admin_id);
/* Rows of incidents (struct incident_row) as reviews show them. */
err bias_incident_views(struct ctx *c, const struct list *rows, struct list *ret);
/* Makes the key that commits entries of this subject, unless it is there. Under the subject's
 * lock. */
err bias_key_ensure(struct ctx *c, struct tx *tx, struct str subject);
/* {"action":…}: what bias.response commits to; the verifier makes it from the row again. */
void bias_analysis_canon(struct buf *b, const struct analysis_row *row);
err bias_log_response(struct ctx *c, struct tx *tx, struct audit_head *head,
                      const struct analysis_row *row);
err bias_log_gap(struct ctx *c, struct tx *tx, struct audit_head *head, const struct gap_row *gap,
                 struct str cycle_id);
/* Ends the interview for the evaluator: cancelled with the reason BIAS_BLOCK, evidence kept, queued
 * for another; scores of a cancelled interview do not count. */
err bias_cancel_interview(struct ctx *c, struct tx *tx, struct audit_head *head,
                          int64_t interview_id);
void bias_tell(struct ctx *c, int64_t interview_id, struct str admin_id, const struct bias_told *t);

#endif
