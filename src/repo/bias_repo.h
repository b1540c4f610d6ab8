/* repo/bias_repo.h: SQL of live bias monitoring: analyses and their queue, the ledger, rooms,
 * nudges. Decides nothing. Thread rule: inside a transaction of the calling thread. Strings come
 * back in c->mem; times are microseconds, 0 is NULL; numbers SCHEMA_NULL_I64. */
#ifndef ENIGMA_REPO_BIAS_REPO_H
#define ENIGMA_REPO_BIAS_REPO_H

#include "db/db.h"
#include "domain/bias.h"

enum analysis_state { ANALYSIS_WAITING, ANALYSIS_LATER, ANALYSIS_DONE, ANALYSIS_ERROR };
extern const struct names analysis_state_names;
struct analysis_row {
    int64_t id, transcript_id, interview_id;
    struct str admin_id, cycle_id;
    int32_t state;
    int64_t spoken_at;
    double stt_confidence; /* NaN: unknown */
    bool bias_detected;
    int32_t severity;
    double confidence_score;
    int32_t recommended_action, source;
    struct str llm_model;
    int64_t analyzed_at;
    struct str config_hash;
    int32_t response, reason, flag; /* -1: not decided */
    int64_t points, incident_points, incident_id;
    int64_t asked; /* how often a model was */
    struct list bias_types, evidence_quotes;
    struct str detector, context_summary, llm_response_raw, utterance, checkpoint;
    struct str application_id; /* of the interview; not written */
};
/* *ret_new false: the transcript was analysed before; then *ret_id is that analysis. owner and
 * lease: who asks a model; owner absent: nobody. */
struct analysis_lease {
    struct str owner;
    int64_t until; /* us */
};
err analysis_insert(struct ctx *c, struct tx *tx, const struct analysis_row *row,
                    const struct analysis_lease *lease, int64_t *ret_id, bool *ret_new);
err analysis_find(struct ctx *c, struct tx *tx, int64_t id, struct analysis_row *ret,
                  bool *ret_found);
err analysis_of_transcript(struct ctx *c, struct tx *tx, int64_t transcript_id, int64_t *ret_id,
                           bool *ret_found);
/* The judgement and, where response is not -1, what follows from it. */
err analysis_judge(struct ctx *c, struct tx *tx, const struct analysis_row *row);
err analysis_checkpoint(struct ctx *c, struct tx *tx, int64_t id, struct str checkpoint);
/* Back into the queue for a later question, owned by nobody until `at`. */
err analysis_put_off(struct ctx *c, struct tx *tx, int64_t id, int64_t at);
/* Takes the oldest of this state whose lease is over, at most `limit`; rows are struct
 * analysis_id. */
struct analysis_id {
    int64_t id;
};
err analysis_claim(struct ctx *c, struct tx *tx, enum analysis_state state,
                   const struct analysis_lease *lease, int64_t limit, struct list *ret);
/* Those put off since before `before`; rows are struct analysis_id. */
err analysis_overdue(struct ctx *c, struct tx *tx, int64_t before, int64_t limit, struct list *ret);

/* What is said in an interview, the newest first; rows are struct analysis_turn. */
struct analysis_turn {
    bool applicant;
    struct str text;
};
err analysis_context(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t transcript_id,
                     int64_t before, int64_t limit, struct list *ret);
/* Utterances of the evaluator with a response, spoken in [from, to]; rows are struct heard_row.
 * provisional: those that have only the detector's nudge so far as well. */
struct heard_row {
    int64_t id, incident_id, spoken_at, incident_points;
    int32_t severity;
    struct str utterance;
};
struct heard_span {
    int64_t interview_id;
    struct str admin_id;
    int64_t from, to;
    bool provisional;
};
err analysis_heard(struct ctx *c, struct tx *tx, const struct heard_span *span, int64_t limit,
                   struct list *ret);

/* The ledger. */
enum ledger_kind {
    LEDGER_POINTS,
    LEDGER_VOID,
    LEDGER_REINSTATE,
    LEDGER_CYCLE_COMPLETED,
    LEDGER_OPENING,
    LEDGER_OPENING_CYCLE
};
struct ledger_row {
    int64_t id;
    struct str admin_id;
    int32_t kind;
    struct str cycle_id;
    int64_t interview_id, analysis_id, incident_id, points;
    int32_t status; /* of an opening; -1 */
    int64_t at, created_at;
};
err ledger_insert(struct ctx *c, struct tx *tx, const struct ledger_row *row);
/* Of one evaluator, with the completions of the cycles in which there are rows and of `cycle_id`
 * (absent: none besides), in the order of writing; rows are struct ledger_row. */
err ledger_list(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
                int64_t limit, struct list *ret);

/* Evaluators with points in a cycle; rows are struct ledger_admin. */
struct ledger_admin {
    struct str admin_id;
};
err ledger_admins(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                  struct list *ret);

struct room_row {
    int64_t interview_id;
    int64_t terminated_at, paused_at, warning_delivered_at;
};
err bias_room_find(struct ctx *c, struct tx *tx, int64_t interview_id, struct room_row *ret,
                   bool *ret_found);
/* Times that are there already stay. */
err bias_room_mark(struct ctx *c, struct tx *tx, const struct room_row *row);
err bias_room_resume(struct ctx *c, struct tx *tx, int64_t interview_id);
/* Another evaluator takes the interview: ends, pauses and warnings were the first one's. */
err bias_room_forget(struct ctx *c, struct tx *tx, int64_t interview_id);
/* The evaluator's scheduled interviews in which they have spoken are over. */
err bias_rooms_close(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now);
/* Paused since before `before`; rows are struct room_row. */
err bias_rooms_paused(struct ctx *c, struct tx *tx, int64_t before, int64_t limit,
                      struct list *ret);

struct nudge_row {
    int64_t id, interview_id, analysis_id;
    struct str admin_id;
    int32_t nudge_type; /* enum bias_response: INFO, WARNING or BLOCK */
    int32_t severity;
    struct str message;
    int64_t display_duration; /* seconds; SCHEMA_NULL_I64: stays */
    bool requires_ack, provisional;
    int64_t replaces, replaced_by, withdrawn_at;
    bool acknowledged;
    int64_t acknowledged_at;
    bool dismissed;
    int64_t created_at, delivered_at;
};
/* In place of row->replaces, where that is a nudge; *ret_id of the new one. */
err nudge_insert(struct ctx *c, struct tx *tx, const struct nudge_row *row, int64_t *ret_id);
/* The one of the analysis that stands. */
err nudge_standing(struct ctx *c, struct tx *tx, int64_t analysis_id, struct nudge_row *ret,
                   bool *ret_found);
err nudge_find(struct ctx *c, struct tx *tx, int64_t id, struct nudge_row *ret, bool *ret_found);
err nudge_confirm(struct ctx *c, struct tx *tx, int64_t id);
err nudge_withdraw(struct ctx *c, struct tx *tx, int64_t id, int64_t now);
/* *ret_changed 0: it was before. */
err nudge_deliver(struct ctx *c, struct tx *tx, int64_t id, int64_t now, int64_t *ret_changed);
err nudge_acknowledge(struct ctx *c, struct tx *tx, int64_t id, int64_t now, int64_t *ret_changed);

struct gap_row {
    int64_t id, interview_id, analysis_id; /* analysis_id: SCHEMA_NULL_I64 without one */
    int32_t cause;
    int64_t began_at, seconds, created_at;
};
enum gap_cause { GAP_LOST, GAP_ERROR };
extern const struct names gap_cause_names;
err gap_insert(struct ctx *c, struct tx *tx, const struct gap_row *row, int64_t *ret_id);
struct gap_list_row {
    struct gap_row g;
    struct str admin_id; /* whose words nobody heard: the interview's evaluator */
};
/* The newest first, before the id `before`; interview_id 0, admin_id absent: any. Rows are struct
 * gap_list_row. */
err gap_list(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
             int64_t before, int64_t limit, struct list *ret);

struct history_row {
    struct str admin_id;
    int32_t current_status;
    int64_t suspension_count, last_incident_date, strikes, lifetime_strikes, strike_reset_date;
    int64_t updated_at;
};
/* Counts the three totals from the rows. */
err history_put(struct ctx *c, struct tx *tx, const struct history_row *row);
err history_find(struct ctx *c, struct tx *tx, struct str admin_id, struct history_row *ret,
                 bool *ret_found);
/* Evaluators whose reset is due by `now`; rows are struct history_row. */
err history_due(struct ctx *c, struct tx *tx, int64_t now, struct str after, int64_t limit,
                struct list *ret);

#endif
