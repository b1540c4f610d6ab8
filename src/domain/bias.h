/* domain/bias.h: from one analysed utterance of an evaluator to nudge, strikes and status.
 * Pure: no clock, no input or output; any thread. Times are microseconds since 1970 UTC.
 * Words: an analysis judges ONE utterance; its response is what the evaluator is shown; strike
 * points go into a ledger, of which every counter is a sum: S_i (this interview), S_c (this cycle
 * since the last reset), S_l (lifetime). All comparisons are "greater or equal".
 * The rules carry the names they have in docs/BIAS.md: V1-V7, C1-C4, E1-E4, S1-S4, R1-R5. */
#ifndef ENIGMA_DOMAIN_BIAS_H
#define ENIGMA_DOMAIN_BIAS_H

#include "schema/schema.h"

enum bias_type {
    BIAS_APPEARANCE,
    BIAS_GENDER,
    BIAS_NAME,
    BIAS_ACCENT,
    BIAS_SOCIOECONOMIC,
    BIAS_PERSONAL_CONNECTION,
    BIAS_IRRELEVANT_FACTOR,
    BIAS_TYPES
};
enum bias_severity { BIAS_NONE, BIAS_LOW, BIAS_MEDIUM, BIAS_HIGH, BIAS_CRITICAL, BIAS_SEVERITIES };
enum bias_action { BIAS_ACT_NONE, BIAS_ACT_NUDGE, BIAS_ACT_WARN, BIAS_ACT_BLOCK };
enum bias_source { BIAS_LLM, BIAS_RULES };
/* SUPPRESSED: heard after the interview was over; stored, answered by nothing. */
enum bias_response {
    RESPOND_NONE,
    RESPOND_INFO,
    RESPOND_WARNING,
    RESPOND_BLOCK,
    RESPOND_SUPPRESSED
};
enum bias_reason {
    REASON_NONE,
    REASON_SEVERITY,
    REASON_STATUS,
    REASON_STRIKE_LIMIT,
    REASON_DUPLICATE
};
enum bias_flag { FLAG_NONE, FLAG_REVIEW, FLAG_CRITICAL_INCIDENT, FLAG_STATUS, FLAG_STRIKE_LIMIT };
enum bias_status { STATUS_ACTIVE, STATUS_WARNED, STATUS_SUSPENDED, STATUS_BANNED };
/* Upper-case names, in the order of the enums; reason and flag have none for 0. */
extern const struct names bias_type_names, bias_severity_names, bias_action_names,
    bias_source_names, bias_response_names, bias_reason_names, bias_flag_names, bias_status_names;
/* The same in lower case, as columns and JSON say them; reason and flag have "none" for 0. */
extern const struct names bias_type_codes, bias_severity_codes, bias_action_codes,
    bias_source_codes, bias_response_codes, bias_reason_codes, bias_flag_codes, bias_status_codes;

/* The members have the names of the options. */
struct bias_settings {
    double nudge_threshold_low, nudge_threshold_medium, nudge_threshold_high;
    int64_t strike_limit_per_interview, strike_warn_per_cycle, strike_limit_per_cycle;
    int64_t strike_limit_lifetime, strike_reset_days;
    double stt_min_confidence;
    int32_t bias_fallback_max; /* enum bias_response, at most BLOCK */
    int64_t bias_late_seconds, bias_dedupe_seconds;
    bool auto_block, block_requires_delivered_warning;
};
/* A cap may be any response but SUPPRESSED. */
extern const struct names bias_cap_names;
/* Their rows, also for structs that hold them as the member p_ (the program's options). Names,
 * bounds and defaults are the original's where it had the option. */
/* clang-format off */
#define BIAS_SETTINGS_FIELDS(S_, p_) \
    FIELD_NAMED(S_, p_ nudge_threshold_low, "nudge_threshold_low", F_F64, double, .max = 1, .preset = "0.3", .doc = "Least confidence for an INFO nudge."), \
    FIELD_NAMED(S_, p_ nudge_threshold_medium, "nudge_threshold_medium", F_F64, double, .max = 1, .preset = "0.6", .doc = "Least confidence for a WARNING."), \
    FIELD_NAMED(S_, p_ nudge_threshold_high, "nudge_threshold_high", F_F64, double, .max = 1, .preset = "0.85", .doc = "Least confidence for a BLOCK."), \
    FIELD_NAMED(S_, p_ strike_limit_per_interview, "strike_limit_per_interview", F_I64, int64_t, .min = 1, .max = 10, .preset = "3", .doc = "Strike points that end an interview."), \
    FIELD_NAMED(S_, p_ strike_warn_per_cycle, "strike_warn_per_cycle", F_I64, int64_t, .min = 1, .max = 20, .preset = "3", .doc = "Strike points in a cycle from which an evaluator is WARNED."), \
    FIELD_NAMED(S_, p_ strike_limit_per_cycle, "strike_limit_per_cycle", F_I64, int64_t, .min = 1, .max = 20, .preset = "5", .doc = "Strike points in a cycle from which an evaluator is SUSPENDED."), \
    FIELD_NAMED(S_, p_ strike_limit_lifetime, "strike_limit_lifetime", F_I64, int64_t, .min = 1, .max = 100, .preset = "10", .doc = "Strike points ever from which an evaluator is BANNED."), \
    FIELD_NAMED(S_, p_ strike_reset_days, "strike_reset_days", F_I64, int64_t, .min = 1, .max = 365, .preset = "90", .doc = "Days without a strike after which a cycle's points count no more."), \
    FIELD_NAMED(S_, p_ stt_min_confidence, "stt_min_confidence", F_F64, double, .max = 1, .preset = "0.5", .doc = "Transcripts below this confidence give an INFO nudge at most."), \
    FIELD_NAMED(S_, p_ bias_fallback_max, "bias_fallback_max", F_ENUM, int32_t, .names = &bias_cap_names, .preset = "INFO", .doc = "Strongest response when no language model answered."), \
    FIELD_NAMED(S_, p_ bias_late_seconds, "bias_late_seconds", F_I64, int64_t, .min = 1, .max = 86400, .preset = "60", .doc = "Answers later than this give no live response, at most a review."), \
    FIELD_NAMED(S_, p_ bias_dedupe_seconds, "bias_dedupe_seconds", F_I64, int64_t, .max = 600, .preset = "15", .doc = "Like utterances so near in time are one incident."), \
    FIELD_NAMED(S_, p_ auto_block, "auto_block", F_BOOL, bool, .preset = "true", .doc = "A BLOCK ends the interview; false pauses it until a person decides."), \
    FIELD_NAMED(S_, p_ block_requires_delivered_warning, "block_requires_delivered_warning", F_BOOL, bool, .preset = "false", .doc = "The strike limit blocks only after a WARNING was on the screen.")
/* clang-format on */
extern const struct schema bias_settings_schema;
extern const struct bias_settings bias_settings_default;
/* What several settings together must hold; ERR_INVALID names the option and the rule. */
err bias_settings_check(struct ctx *c, const struct bias_settings *s);

/* The judgement of one utterance. `interview`, `cycle`, `id` and `text` are the caller's. */
struct bias_analysis {
    struct str id, interview, cycle, text;
    int64_t t_us, analysed_at_us; /* when it was said, when the answer came */
    double confidence;
    double stt_confidence; /* NaN: unknown */
    uint32_t types;        /* bit 1 << enum bias_type */
    int32_t severity, action, source;
    bool detected;
};
/* The judging members of a JSON object, checked (V1) and normalised (V4-V6): bias_detected,
 * bias_types, severity, confidence (or confidence_score), recommended_action, stt_confidence,
 * source; the other members of *ret stay. NULL, or the name of the member that breaks V1: then it
 * is an analysis error, never "no bias" and never a strike. `object` must be valid JSON. */
const char *bias_analysis_read(struct arena *mem, struct str object, struct bias_analysis *ret);
/* V4-V6 alone, for analyses that were built in C. */
void bias_normalise(struct bias_analysis *a);

/* Section 2: severity x confidence and the caps C1, C2, C4. */
struct bias_proposal {
    int32_t response, flag;
    int points;
    bool late; /* C3: no live response and no points; the response is what it would have been */
};
int bias_weight(int severity);      /* strike points of a severity */
int bias_points_most(int response); /* the most that a response may bring */
struct bias_proposal bias_propose(const struct bias_settings *s, const struct bias_analysis *a);
/* Jaccard >= 0.6 over the sets of words, lower case, [a-z0-9']; false for texts without words. */
bool bias_same_words(struct str a, struct str b);

/* The ledger of one evaluator, in the order of writing. Rows are only added; an overturned row
 * stays and is void. Resets are not rows: they follow from the times (R1-R4). */
enum bias_row_kind { ROW_POINTS, ROW_REINSTATE, ROW_CYCLE_COMPLETED };
struct bias_row {
    enum bias_row_kind kind;
    int points;
    int64_t t_us; /* of the utterance, or of the act */
    struct str cycle, interview;
    struct str incident; /* id of the incident's first analysis */
    bool is_void;
};
struct bias_cycle {
    struct str cycle;
    int64_t points;
    bool completed;
};
/* What was there before the first row. */
struct bias_opening {
    int32_t status;
    int64_t lifetime;
    int64_t last_strike_us; /* BIAS_NEVER: none */
    const struct bias_cycle *cycles;
    size_t n_cycles;
};
#define BIAS_NEVER INT64_MIN
enum { BIAS_LEDGER_CYCLES_MAX = 512 };
struct bias_ledger {
    struct bias_opening opening;
    const struct bias_row *rows;
    size_t n;
};
struct bias_counts {
    int64_t interview, cycle, lifetime; /* S_i, S_c, S_l as it is shown */
    int64_t lifetime_decides;           /* S_l less the offset of a reinstatement */
    int64_t cycle_most;                 /* the highest S_c of a cycle not completed */
    int64_t last_strike_us;
    int64_t suspensions; /* transitions into SUSPENDED */
    int32_t status;
};
/* Everything that follows from the ledger at now_us, resets first. cycle and interview may be
 * absent. ERR_TOO_LARGE past BIAS_LEDGER_CYCLES_MAX cycles or a full arena. */
err bias_count(struct ctx *c, const struct bias_settings *s, const struct bias_ledger *l,
               int64_t now_us, const struct bias_analysis *about, struct bias_counts *ret);
static inline bool bias_may_interview(int32_t status)
{
    return status == STATUS_ACTIVE || status == STATUS_WARNED;
}

/* An utterance that had a response: INFO, WARNING or BLOCK. */
struct bias_heard {
    struct str interview, text, incident;
    int64_t t_us;
    int32_t severity;
    int points; /* of the incident so far */
};
struct bias_room {
    bool terminated;
    bool paused;                  /* AUTO_BLOCK=0: a person decides */
    int64_t warning_delivered_us; /* first WARNING on the screen; BIAS_NEVER: none */
};
/* What the caller loads for one decision: of this evaluator, but for the room, which several may
 * share. */
struct bias_facts {
    struct bias_ledger ledger;
    const struct bias_heard *heard;
    size_t n_heard;
    struct bias_room room;
};
struct bias_outcome {
    int32_t response, reason, flag;
    int points; /* into the ledger now */
    int incident_points;
    struct str incident;
    struct bias_counts counts;
    bool terminated, paused; /* the room after it */
    bool closes_rooms;       /* became SUSPENDED or BANNED: all rooms of the evaluator */
    bool replay;             /* V2: the stored result of an analysis that came before */
};
/* The whole table for a valid, normalised analysis that is new (V2 is the caller's look-up). The
 * caller writes the row when points > 0. */
err bias_decide(struct ctx *c, const struct bias_settings *s, const struct bias_facts *facts,
                const struct bias_analysis *a, struct bias_outcome *ret);

/* Section 6: what a response shows. The text goes by the first type in the order of the enum. */
struct bias_nudge {
    const char *style; /* blue, yellow, red */
    const char *message;
    const char *paused;  /* of BLOCK where a person decides (AUTO_BLOCK=0); NULL for the others */
    int64_t duration_ms; /* 0: stays */
    bool requires_ack;
};
/* NULL for NONE and SUPPRESSED. */
const struct bias_nudge *bias_nudge(int32_t response, uint32_t types);
/* What the applicant reads when a room is closed by a block. */
extern const char bias_applicant_text[];

#endif
