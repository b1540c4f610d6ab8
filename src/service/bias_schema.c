/* Tables: what the endpoints of the monitor take and give. */
#include "repo/bias_flag_repo.h"
#include "repo/bias_repo.h"
#include "service/bias_review.h"

enum { PAGE_MAX = 1000, CURSOR_MAX = 30, REASON_MIN = 10, REASON_MAX = 2000 };

static const char *const truth_text[] = { "false", "true" };
static NAMES(truth_names, truth_text);

/* clang-format off */
#define PAGE_(S_)                                                                                  \
    FIELD_I64(S_, limit, .min = 1, .max = PAGE_MAX, .preset = "100", .doc = "Rows in one answer."),\
    FIELD_STR(S_, cursor, .flags = FIELD_NULL, .max = CURSOR_MAX,                                  \
              .doc = "Where the next page starts: from the Link header.")

#define F struct flag_filter
static const struct field flag_filter_fields[] = {
    FIELD_ENUM(F, reviewed, .flags = FIELD_NULL, .names = &truth_names,
               .doc = "Only those that were reviewed, or that wait."),
    FIELD_ENUM(F, severity, .flags = FIELD_NULL, .names = &bias_severity_codes,
               .doc = "Only of this severity."),
    FIELD_STR(F, admin_id, .flags = FIELD_NULL, .max = 50, .doc = "Only of this evaluator."),
    PAGE_(F),
};
#undef F
SCHEMA(flag_filter_schema, "FlagFilter", struct flag_filter, flag_filter_fields);

#define I struct bias_incident
static const struct field incident_fields[] = {
    FIELD_I64(I, id, .doc = "The analysis."),
    FIELD_I64(I, interview_id, .doc = "The interview."),
    FIELD_BOOL(I, bias_detected, .doc = "Whether it was judged to be bias."),
    FIELD_LIST(I, bias_types, .doc = "Of which types."),
    FIELD_ENUM(I, severity, .names = &bias_severity_codes, .doc = "How grave."),
    FIELD_F64(I, confidence_score, .doc = "How sure, 0 to 1."),
    FIELD_ENUM(I, recommended_action, .names = &bias_action_codes,
               .doc = "What the model would have done; decides nothing."),
    FIELD_ENUM(I, source, .names = &bias_source_codes, .doc = "llm, or rules: the detector."),
    FIELD_ENUM(I, response, .flags = FIELD_NULL, .names = &bias_response_codes,
               .doc = "What was done; null while the answer is waited for."),
    FIELD_I64(I, points, .flags = FIELD_NULL, .doc = "Strike points that it brought."),
    FIELD_BOOL(I, overturned, .doc = "A person found that it was no incident."),
    FIELD_LIST(I, evidence_quotes, .doc = "Words of the evaluator; gone with the transcripts."),
    FIELD_STR(I, context_summary, .flags = FIELD_NULL, .doc = "The model's sentence."),
    FIELD_TIME(I, spoken_at, .doc = "When it was said."),
    FIELD_TIME(I, analyzed_at, .doc = "When it was judged."),
};
#undef I
SCHEMA(bias_incident_schema, "BiasIncident", struct bias_incident, incident_fields);

#define F struct bias_flag_view
#define FLAG_FIELDS_                                                                               \
    FIELD_I64(F, id, .doc = "The flag."),                                                          \
    FIELD_I64(F, interview_id, .doc = "The interview."),                                           \
    FIELD_STR(F, admin_id, .doc = "The evaluator."),                                               \
    FIELD_STR(F, application_id, .flags = FIELD_NULL, .doc = "The application."),                  \
    FIELD_ENUM(F, flag_type, .names = &bias_flag_codes, .doc = "Why it was raised."),              \
    FIELD_ENUM(F, severity, .names = &bias_severity_codes, .doc = "How grave."),                   \
    FIELD_STR(F, description, .doc = "The reason as a sentence."),                                 \
    FIELD_JSON(F, evidence, .doc = "The judgement that it rests on, without words."),              \
    FIELD_STR(F, action_taken, .doc = "What the monitor did."),                                    \
    FIELD_BOOL(F, automatic, .doc = "Raised by the monitor."),                                     \
    FIELD_BOOL(F, reviewed, .doc = "A person has closed it."),                                     \
    FIELD_ENUM(F, verdict, .flags = FIELD_NULL, .names = &flag_verdict_names,                      \
               .doc = "What the person found."),                                                   \
    FIELD_STR(F, reviewed_by, .flags = FIELD_NULL, .doc = "Who."),                                 \
    FIELD_TIME(F, reviewed_at, .flags = FIELD_NULL, .doc = "When."),                               \
    FIELD_STR(F, resolution, .flags = FIELD_NULL, .doc = "Why."),                                  \
    FIELD_TIME(F, created_at, .doc = "When it was raised."),                                       \
    FIELD_I64(F, suppressed_critical,                                                              \
              .doc = "Critical utterances after the interview was over.")
static const struct field flag_fields[] = { FLAG_FIELDS_ };
static const struct field case_fields[] = {
    FLAG_FIELDS_,
    FIELD_LIST(F, incidents, .of = &bias_incident_schema,
               .doc = "The incident's utterances, and what was heard after the end."),
};
#undef F
SCHEMA(bias_flag_schema, "BiasFlag", struct bias_flag_view, flag_fields);
SCHEMA(bias_flag_case_schema, "BiasFlagCase", struct bias_flag_view, case_fields);

#define R struct flag_resolve
static const struct field resolve_fields[] = {
    FIELD_ENUM(R, verdict, .flags = FIELD_NULL, .names = &flag_verdict_names,
               .doc = "upheld: it was an incident; false_alarm: it was none, its points are void; "
                      "escalated: another person decides; confirmed, the default: closed as it is."),
    FIELD_STR(R, resolution, .flags = FIELD_NULL, .max = REASON_MAX,
              .doc = "Why; the log is committed to it."),
};
static const struct field resolve_query_fields[] = {
    FIELD_STR(R, resolution, .flags = FIELD_NULL, .max = REASON_MAX,
              .doc = "As in the original; the body's wins."),
};
#undef R
SCHEMA(flag_resolve_schema, "FlagResolve", struct flag_resolve, resolve_fields);
SCHEMA(flag_resolve_query_schema, "FlagResolveQuery", struct flag_resolve, resolve_query_fields);

static const struct field reason_fields[] = {
    FIELD_STR(struct bias_why, reason, .flags = FIELD_REQUIRED | FIELD_WORDS, .min = REASON_MIN,
              .max = REASON_MAX, .doc = "Why; the log is committed to it."),
};
SCHEMA(bias_reason_schema, "BiasReason", struct bias_why, reason_fields);

static const struct field counts_fields[] = {
    FIELD_I64(struct nudge_counts, info, .doc = "Blue ones."),
    FIELD_I64(struct nudge_counts, warning, .doc = "Yellow ones."),
    FIELD_I64(struct nudge_counts, block, .doc = "Red ones."),
};
static SCHEMA(counts_schema, "BiasNudgeCounts", struct nudge_counts, counts_fields);
#define S_ struct bias_standing
static const struct field standing_fields[] = {
    FIELD_STR(S_, admin_id, .doc = "The evaluator."),
    FIELD_I64(S_, total_interviews_conducted, .doc = "Interviews that began."),
    FIELD_I64(S_, total_bias_incidents, .doc = "Incidents that were not overturned."),
    FIELD_I64(S_, total_blocks_received, .doc = "Interviews that were blocked."),
    FIELD_ENUM(S_, current_status, .names = &bias_status_codes, .doc = "As of now."),
    FIELD_I64(S_, strikes, .doc = "The most points in a cycle that is not completed."),
    FIELD_I64(S_, lifetime_strikes, .doc = "All points that are not void."),
    FIELD_I64(S_, suspension_count, .doc = "Times that the status became suspended."),
    FIELD_TIME(S_, last_incident_date, .flags = FIELD_NULL, .doc = "Of the last strike."),
    FIELD_TIME(S_, strike_reset_date, .flags = FIELD_NULL,
               .doc = "When the cycles' points count no more, without another strike."),
    FIELD_OBJ(S_, nudge_counts, .of = &counts_schema, .doc = "Nudges that stand."),
    FIELD_LIST(S_, recent_incidents, .of = &bias_incident_schema, .doc = "The latest ten."),
};
#undef S_
SCHEMA(bias_standing_schema, "BiasHistory", struct bias_standing, standing_fields);

#define N struct nudge_filter
static const struct field nudge_filter_fields[] = {
    FIELD_STR(N, admin_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Whose; for super_admin and auditor. By default one's own."),
    PAGE_(N),
};
#undef N
SCHEMA(nudge_filter_schema, "NudgeFilter", struct nudge_filter, nudge_filter_fields);
#define N struct nudge_view
static const struct field nudge_fields[] = {
    FIELD_I64(N, id, .doc = "The nudge."),
    FIELD_I64(N, interview_id, .doc = "The interview."),
    FIELD_I64(N, analysis_id, .doc = "The analysis."),
    FIELD_STR(N, admin_id, .doc = "The evaluator."),
    FIELD_ENUM(N, nudge_type, .names = &bias_response_codes, .doc = "info, warning or block."),
    FIELD_ENUM(N, severity, .names = &bias_severity_codes, .doc = "How grave."),
    FIELD_STR(N, message, .doc = "What was shown."),
    FIELD_I64(N, display_duration, .flags = FIELD_NULL, .doc = "Seconds; null: it stays."),
    FIELD_BOOL(N, acknowledged, .doc = "The evaluator has confirmed it."),
    FIELD_BOOL(N, withdrawn, .doc = "The model did not agree with the detector."),
    FIELD_TIME(N, created_at, .doc = "When it was stored."),
    FIELD_TIME(N, delivered_at, .flags = FIELD_NULL, .doc = "When it was on the screen."),
    FIELD_BOOL(N, appealed, .doc = "The evaluator says that it was wrong."),
    FIELD_ENUM(N, appeal_verdict, .flags = FIELD_NULL, .names = &appeal_verdict_names,
               .doc = "accepted, rejected, or null while it waits."),
};
#undef N
SCHEMA(nudge_view_schema, "BiasNudge", struct nudge_view, nudge_fields);

#define G struct gap_filter
static const struct field gap_filter_fields[] = {
    FIELD_I64(G, interview_id, .flags = FIELD_NULL, .min = 1, .max = 9e15,
              .doc = "Only of this interview."),
    FIELD_STR(G, admin_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Only of this evaluator; others see their own alone."),
    PAGE_(G),
};
#undef G
SCHEMA(gap_filter_schema, "GapFilter", struct gap_filter, gap_filter_fields);
#define G struct gap_view
static const struct field gap_fields[] = {
    FIELD_I64(G, id, .doc = "The gap."),
    FIELD_I64(G, interview_id, .doc = "The interview."),
    FIELD_STR(G, admin_id, .doc = "Whose words nobody judged."),
    FIELD_ENUM(G, cause, .names = &gap_cause_names,
               .doc = "lost: nobody listened; error: the model's answer was of no use."),
    FIELD_I64(G, analysis_id, .flags = FIELD_NULL, .doc = "The analysis that came to nothing."),
    FIELD_TIME(G, began_at, .doc = "From when."),
    FIELD_I64(G, seconds, .doc = "For how long."),
    FIELD_TIME(G, created_at, .doc = "When it was noted."),
};
#undef G
SCHEMA(gap_view_schema, "MonitoringGap", struct gap_view, gap_fields);
#define G struct gap_open_view
static const struct field gap_open_fields[] = {
    FIELD_I64(G, interview_id, .doc = "The interview that goes on."),
    FIELD_STR(G, admin_id, .doc = "Whose words nobody judges."),
    FIELD_STR(G, cycle_id, .doc = "Its admission cycle."),
    FIELD_TIME(G, began_at, .doc = "Since when."),
    FIELD_I64(G, seconds, .doc = "For how long so far."),
};
#undef G
SCHEMA(gap_open_view_schema, "OpenMonitoringGap", struct gap_open_view, gap_open_fields);

#define A struct appeal_filter
static const struct field appeal_filter_fields[] = {
    FIELD_BOOL(A, waiting, .preset = "false", .doc = "Only those that wait."),
    PAGE_(A),
};
#undef A
SCHEMA(appeal_filter_schema, "AppealFilter", struct appeal_filter, appeal_filter_fields);
#define A struct appeal_view
static const struct field appeal_fields[] = {
    FIELD_I64(A, nudge_id, .doc = "The nudge."),
    FIELD_I64(A, interview_id, .doc = "The interview."),
    FIELD_STR(A, admin_id, .doc = "The evaluator."),
    FIELD_STR(A, reason, .doc = "Why it was wrong, in the evaluator's words."),
    FIELD_TIME(A, created_at, .doc = "When."),
    FIELD_ENUM(A, verdict, .flags = FIELD_NULL, .names = &appeal_verdict_names,
               .doc = "accepted, rejected, or null while it waits."),
    FIELD_STR(A, decided_by, .flags = FIELD_NULL, .doc = "Who decided."),
    FIELD_STR(A, note, .flags = FIELD_NULL, .doc = "Why."),
    FIELD_TIME(A, decided_at, .flags = FIELD_NULL, .doc = "When."),
    FIELD_ENUM(A, nudge_type, .names = &bias_response_codes, .doc = "info, warning or block."),
    FIELD_STR(A, message, .doc = "What was shown."),
};
#undef A
SCHEMA(appeal_view_schema, "BiasAppeal", struct appeal_view, appeal_fields);
static const struct field decision_fields[] = {
    FIELD_ENUM(struct appeal_decision, verdict, .flags = FIELD_REQUIRED,
               .names = &appeal_verdict_names,
               .doc = "accepted: the nudge was wrong, its incident is overturned."),
    FIELD_STR(struct appeal_decision, reason, .flags = FIELD_REQUIRED | FIELD_WORDS, .min = REASON_MIN,
              .max = REASON_MAX, .doc = "Why; the log is committed to it."),
};
SCHEMA(appeal_decision_schema, "AppealDecision", struct appeal_decision, decision_fields);

static const struct field metrics_query_fields[] = {
    FIELD_STR(struct bias_metrics_query, cycle_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Only this cycle's interviews, incidents and appeals."),
};
SCHEMA(bias_metrics_query_schema, "BiasMetricsQuery", struct bias_metrics_query,
       metrics_query_fields);
static const struct field limit_fields[] = {
    FIELD_I64(struct limit_query, limit, .min = 1, .max = PAGE_MAX, .preset = "100",
              .doc = "Rows in one answer."),
};
SCHEMA(limit_query_schema, "LimitQuery", struct limit_query, limit_fields);
#define R struct reassignment
static const struct field reassignment_fields[] = {
    FIELD_I64(R, interview_id, .doc = "The interview."),
    FIELD_STR(R, admin_id, .doc = "Its evaluator so far."),
    FIELD_STR(R, admission_cycle_id, .doc = "The cycle."),
    FIELD_STR(R, cause, .doc = "blocked: it was ended; barred: the evaluator may not interview."),
    FIELD_TIME(R, interview_time, .doc = "When it was to be."),
};
#undef R
SCHEMA(reassignment_schema, "Reassignment", struct reassignment, reassignment_fields);
/* clang-format on */
