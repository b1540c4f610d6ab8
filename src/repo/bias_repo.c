/* SQL of analyses: the rows, their queue, what was said before, and what was heard. */
#include "repo/bias_repo.h"

static const char *const state_text[] = { "waiting", "later", "done", "error" };
NAMES(analysis_state_names, state_text);

#define R struct analysis_row
/* clang-format off */
#define ANALYSIS_FIELDS_                                                                           \
    FIELD_I64(R, id),                                                                              \
    FIELD_I64(R, transcript_id),                                                                   \
    FIELD_I64(R, interview_id),                                                                    \
    FIELD_STR(R, admin_id),                                                                        \
    FIELD_STR(R, cycle_id),                                                                        \
    FIELD_ENUM(R, state, .names = &analysis_state_names),                                          \
    FIELD_TIME(R, spoken_at),                                                                      \
    FIELD_F64(R, stt_confidence, .flags = FIELD_NULL),                                             \
    FIELD_BOOL(R, bias_detected),                                                                  \
    FIELD_ENUM(R, severity, .names = &bias_severity_codes),                                        \
    FIELD_F64(R, confidence_score),                                                                \
    FIELD_ENUM(R, recommended_action, .names = &bias_action_codes),                                \
    FIELD_ENUM(R, source, .names = &bias_source_codes),                                            \
    FIELD_STR(R, llm_model),                                                                       \
    FIELD_TIME(R, analyzed_at),                                                                    \
    FIELD_STR(R, config_hash),                                                                     \
    FIELD_ENUM(R, response, .flags = FIELD_NULL, .names = &bias_response_codes),                   \
    FIELD_ENUM(R, reason, .flags = FIELD_NULL, .names = &bias_reason_codes),                       \
    FIELD_ENUM(R, flag, .flags = FIELD_NULL, .names = &bias_flag_codes),                           \
    FIELD_I64(R, points, .flags = FIELD_NULL),                                                     \
    FIELD_I64(R, incident_points, .flags = FIELD_NULL),                                            \
    FIELD_I64(R, incident_id, .flags = FIELD_NULL),                                                \
    FIELD_I64(R, asked),                                                                           \
    FIELD_LIST(R, bias_types),                                                                     \
    FIELD_LIST(R, evidence_quotes),                                                                \
    FIELD_JSON(R, detector),                                                                       \
    FIELD_STR(R, context_summary, .flags = FIELD_NULL),                                            \
    FIELD_JSON(R, llm_response_raw, .flags = FIELD_NULL),                                          \
    FIELD_STR(R, utterance, .flags = FIELD_NULL),                                                  \
    FIELD_STR(R, checkpoint, .flags = FIELD_NULL)
/* clang-format on */
static const struct field in_fields[] = { ANALYSIS_FIELDS_ };
static const struct field out_fields[] = { ANALYSIS_FIELDS_,
                                           FIELD_STR(R, application_id, .flags = FIELD_NULL) };
#undef R
static SCHEMA(in_schema, "AnalysisIn", struct analysis_row, in_fields);
static SCHEMA(out_schema, "AnalysisRow", struct analysis_row, out_fields);

struct args {
    int64_t id, interview_id, transcript_id, limit, now, from, to;
    struct str owner, admin_id, checkpoint;
    int32_t state;
    bool provisional;
};
#define A struct args
static const struct field args_fields[] = {
    FIELD_I64(A, id),
    FIELD_I64(A, interview_id),
    FIELD_I64(A, transcript_id),
    FIELD_I64(A, limit),
    FIELD_TIME(A, now, .flags = FIELD_NULL),
    FIELD_TIME(A, from, .flags = FIELD_NULL),
    FIELD_TIME(A, to, .flags = FIELD_NULL),
    FIELD_STR(A, owner, .flags = FIELD_NULL),
    FIELD_STR(A, admin_id, .flags = FIELD_NULL),
    FIELD_STR(A, checkpoint, .flags = FIELD_NULL),
    FIELD_ENUM(A, state, .names = &analysis_state_names),
    FIELD_BOOL(A, provisional),
};
#undef A
static SCHEMA(args_schema, "AnalysisArgs", struct args, args_fields);
static const struct field id_fields[] = { FIELD_I64(struct analysis_id, id) };
static SCHEMA(id_schema, "AnalysisId", struct analysis_id, id_fields);

/* Empty lists are lists. */
static struct list or_empty(struct list l)
{
    static struct str none;
    return l.v ? l : (struct list){ &none, 0 };
}

err analysis_of_transcript(struct ctx *c, struct tx *tx, int64_t transcript_id, int64_t *ret_id,
                           bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT id FROM live_bias_analysis WHERE transcript_id = :transcript_id",
        .in = &args_schema,
        .out = &id_schema,
    };
    const struct args a = { .transcript_id = transcript_id };
    struct analysis_id id = { 0 };
    TRY(query_find(c, tx, &q, &a, &id, ret_found));
    *ret_id = id.id;
    return ERR_OK;
}

err analysis_insert(struct ctx *c, struct tx *tx, const struct analysis_row *row,
                    const struct analysis_lease *lease, int64_t *ret_id, bool *ret_new)
{
    static const struct query q = {
        .sql = "INSERT INTO live_bias_analysis (transcript_id, interview_id, admin_id, "
               "admission_cycle_id, state, spoken_at, stt_confidence, bias_detected, severity, "
               "confidence_score, recommended_action, source, llm_model, analyzed_at, "
               "config_hash, asked, created_at, bias_types, evidence_quotes, detector, utterance) "
               "VALUES (:transcript_id, :interview_id, :admin_id, :cycle_id, :state, :spoken_at, "
               ":stt_confidence, :bias_detected, :severity, :confidence_score, "
               ":recommended_action, :source, :llm_model, :analyzed_at, :config_hash, :asked, "
               ":analyzed_at, :bias_types, :evidence_quotes, :detector, :utterance) "
               "ON CONFLICT (transcript_id) DO NOTHING RETURNING id",
        .in = &in_schema,
        .out = &id_schema,
    };
    static const struct query own = {
        .sql = "UPDATE live_bias_analysis SET owner = :owner, lease_until = :now WHERE id = :id",
        .in = &args_schema,
    };
    struct analysis_row in = *row;
    struct analysis_id id = { 0 };
    in.bias_types = or_empty(in.bias_types);
    in.evidence_quotes = or_empty(in.evidence_quotes);
    TRY(query_find(c, tx, &q, &in, &id, ret_new));
    if (!*ret_new) {
        bool found = false;
        return analysis_of_transcript(c, tx, row->transcript_id, ret_id, &found);
    }
    *ret_id = id.id;
    const struct args a = { .id = id.id, .owner = lease->owner, .now = lease->until };
    return lease->owner.p ? query_run(c, tx, &own, &a, NULL) : ERR_OK;
}

err analysis_find(struct ctx *c, struct tx *tx, int64_t id, struct analysis_row *ret,
                  bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT a.id, a.transcript_id, a.interview_id, a.admin_id, "
               "a.admission_cycle_id AS cycle_id, a.state, a.spoken_at, a.stt_confidence, "
               "a.bias_detected, a.severity, a.confidence_score, a.recommended_action, a.source, "
               "a.llm_model, a.analyzed_at, a.config_hash, a.response, a.reason, a.flag, a.points, "
               "a.incident_points, a.incident_id, a.asked, a.bias_types, a.evidence_quotes, "
               "a.detector, a.context_summary, a.llm_response_raw, a.utterance, a.checkpoint, "
               "i.application_id FROM live_bias_analysis a "
               "JOIN interviews i ON i.id = a.interview_id WHERE a.id = :id",
        .in = &args_schema,
        .out = &out_schema,
    };
    const struct args a = { .id = id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err analysis_judge(struct ctx *c, struct tx *tx, const struct analysis_row *row)
{
    static const struct query q = {
        .sql = "UPDATE live_bias_analysis SET state = :state, bias_detected = :bias_detected, "
               "severity = :severity, confidence_score = :confidence_score, "
               "recommended_action = :recommended_action, source = :source, "
               "llm_model = :llm_model, analyzed_at = :analyzed_at, config_hash = :config_hash, "
               "response = :response, reason = :reason, flag = :flag, points = :points, "
               "incident_points = :incident_points, incident_id = :incident_id, asked = :asked, "
               "bias_types = :bias_types, evidence_quotes = :evidence_quotes, "
               "context_summary = :context_summary, llm_response_raw = :llm_response_raw, "
               "checkpoint = NULL, owner = NULL, lease_until = NULL "
               "WHERE id = :id AND state IN ('waiting', 'later')",
        .in = &in_schema,
    };
    struct analysis_row in = *row;
    int64_t changed = 0;
    in.bias_types = or_empty(in.bias_types);
    in.evidence_quotes = or_empty(in.evidence_quotes);
    TRY(query_run(c, tx, &q, &in, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, CONFLICT, "the analysis has its answer already");
}

err analysis_checkpoint(struct ctx *c, struct tx *tx, int64_t id, struct str checkpoint)
{
    static const struct query q = {
        .sql = "UPDATE live_bias_analysis SET checkpoint = :checkpoint "
               "WHERE id = :id AND state IN ('waiting', 'later')",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .checkpoint = checkpoint };
    return query_run(c, tx, &q, &a, NULL);
}

err analysis_put_off(struct ctx *c, struct tx *tx, int64_t id, int64_t at)
{
    static const struct query q = {
        .sql = "UPDATE live_bias_analysis SET state = 'later', owner = NULL, lease_until = :now, "
               "asked = asked + 1 WHERE id = :id AND state IN ('waiting', 'later')",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .now = at };
    return query_run(c, tx, &q, &a, NULL);
}

err analysis_claim(struct ctx *c, struct tx *tx, enum analysis_state state,
                   const struct analysis_lease *lease, int64_t limit, struct list *ret)
{
    static const struct query look = {
        .sql = "SELECT id FROM live_bias_analysis WHERE state = :state AND lease_until < :now "
               "ORDER BY lease_until, id LIMIT :limit @SKIP_LOCKED@",
        .in = &args_schema,
        .out = &id_schema,
    };
    static const struct query take = {
        .sql = "UPDATE live_bias_analysis SET owner = :owner, lease_until = :to "
               "WHERE id = :id AND state = :state AND lease_until < :now",
        .in = &args_schema,
    };
    struct args a = { .state = (int32_t)state,
                      .owner = lease->owner,
                      .now = c->now_us,
                      .to = lease->until,
                      .limit = limit };
    struct list found = { 0 };
    size_t n = 0;
    TRY(query_list(c, tx, &look, &a, (size_t)limit, &found));
    struct analysis_id *v = found.v;
    for (size_t i = 0; i < found.n; i++) {
        int64_t changed = 0;
        a.id = v[i].id;
        TRY(query_run(c, tx, &take, &a, &changed));
        if (changed == 1)
            v[n++] = v[i];
    }
    *ret = (struct list){ v, n };
    return ERR_OK;
}

err analysis_overdue(struct ctx *c, struct tx *tx, int64_t before, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT id FROM live_bias_analysis WHERE state = 'later' AND created_at < :now "
               "ORDER BY id LIMIT :limit",
        .in = &args_schema,
        .out = &id_schema,
    };
    const struct args a = { .now = before, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field turn_fields[] = {
    FIELD_BOOL(struct analysis_turn, applicant),
    FIELD_STR(struct analysis_turn, text),
};
static SCHEMA(turn_schema, "AnalysisTurn", struct analysis_turn, turn_fields);

err analysis_context(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t transcript_id,
                     int64_t before, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT speaker = 'student' AS applicant, "
               "COALESCE(corrected_text, transcript_text) AS text FROM live_transcripts "
               "WHERE interview_id = :interview_id AND id <> :transcript_id "
               "AND start_time <= :now ORDER BY start_time DESC, id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &turn_schema,
    };
    const struct args a = {
        .interview_id = interview_id, .transcript_id = transcript_id, .now = before, .limit = limit
    };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field heard_fields[] = {
    FIELD_I64(struct heard_row, id),
    FIELD_I64(struct heard_row, incident_id),
    FIELD_TIME(struct heard_row, spoken_at),
    FIELD_I64(struct heard_row, incident_points),
    FIELD_ENUM(struct heard_row, severity, .names = &bias_severity_codes),
    FIELD_STR(struct heard_row, utterance),
};
static SCHEMA(heard_schema, "AnalysisHeard", struct heard_row, heard_fields);

err analysis_heard(struct ctx *c, struct tx *tx, const struct heard_span *span, int64_t limit,
                   struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT a.id, COALESCE(a.incident_id, a.id) AS incident_id, a.spoken_at, "
               "COALESCE(a.incident_points, 0) AS incident_points, a.severity, a.utterance "
               "FROM live_bias_analysis a WHERE a.interview_id = :interview_id "
               "AND a.admin_id = :admin_id AND a.spoken_at BETWEEN :from AND :to "
               "AND a.utterance IS NOT NULL "
               "AND (a.response IN ('info', 'warning', 'block') "
               "OR (:provisional AND a.response IS NULL AND EXISTS (SELECT 1 FROM live_nudges n "
               "WHERE n.analysis_id = a.id AND n.replaced_by IS NULL))) "
               "ORDER BY a.id LIMIT :limit",
        .in = &args_schema,
        .out = &heard_schema,
    };
    const struct args a = { .interview_id = span->interview_id,
                            .admin_id = span->admin_id,
                            .from = span->from,
                            .to = span->to,
                            .provisional = span->provisional,
                            .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}
