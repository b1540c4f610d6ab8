/* SQL of flags. */
#include "repo/bias_flag_repo.h"

static const char *const verdict_text[] = { "upheld", "false_alarm", "escalated", "confirmed" };
NAMES(flag_verdict_names, verdict_text);

#define F struct flag_row
static const struct field flag_fields[] = {
    FIELD_I64(F, id),
    FIELD_I64(F, interview_id),
    FIELD_I64(F, analysis_id),
    FIELD_STR(F, admin_id),
    FIELD_STR(F, application_id, .flags = FIELD_NULL),
    FIELD_ENUM(F, flag_type, .names = &bias_flag_codes),
    FIELD_ENUM(F, severity, .names = &bias_severity_codes),
    FIELD_STR(F, action_taken),
    FIELD_BOOL(F, automatic),
    FIELD_BOOL(F, reviewed),
    FIELD_ENUM(F, verdict, .flags = FIELD_NULL, .names = &flag_verdict_names),
    FIELD_STR(F, reviewed_by, .flags = FIELD_NULL),
    FIELD_TIME(F, reviewed_at, .flags = FIELD_NULL),
    FIELD_TIME(F, created_at),
    FIELD_STR(F, description),
    FIELD_JSON(F, evidence),
    FIELD_STR(F, resolution, .flags = FIELD_NULL),
};
#undef F
static SCHEMA(flag_schema, "BiasFlagRow", struct flag_row, flag_fields);
struct new_id {
    int64_t id;
};
static const struct field id_fields[] = { FIELD_I64(struct new_id, id) };
static SCHEMA(id_schema, "BiasFlagId", struct new_id, id_fields);

err flag_insert(struct ctx *c, struct tx *tx, const struct flag_row *row, int64_t *ret_id)
{
    static const struct query q = {
        .sql = "INSERT INTO bias_flags (interview_id, analysis_id, admin_id, application_id, "
               "flag_type, severity, action_taken, automatic, reviewed, created_at, description, "
               "evidence) VALUES (:interview_id, :analysis_id, :admin_id, :application_id, "
               ":flag_type, :severity, :action_taken, :automatic, FALSE, :created_at, "
               ":description, :evidence) RETURNING id",
        .in = &flag_schema,
        .out = &id_schema,
    };
    struct new_id id = { 0 };
    TRY(query_one(c, tx, &q, row, &id));
    *ret_id = id.id;
    return ERR_OK;
}

#define V                             struct flag_view_row
#define VF_(m_, key_, type_, T_, ...) FIELD_NAMED(V, f.m_, key_, type_, T_, __VA_ARGS__)
static const struct field view_fields[] = {
    VF_(id, "id", F_I64, int64_t, .flags = 0),
    VF_(interview_id, "interview_id", F_I64, int64_t, .flags = 0),
    VF_(analysis_id, "analysis_id", F_I64, int64_t, .flags = 0),
    VF_(admin_id, "admin_id", F_STR, struct str, .flags = 0),
    VF_(application_id, "application_id", F_STR, struct str, .flags = FIELD_NULL),
    VF_(flag_type, "flag_type", F_ENUM, int32_t, .names = &bias_flag_codes),
    VF_(severity, "severity", F_ENUM, int32_t, .names = &bias_severity_codes),
    VF_(action_taken, "action_taken", F_STR, struct str, .flags = 0),
    VF_(automatic, "automatic", F_BOOL, bool, .flags = 0),
    VF_(reviewed, "reviewed", F_BOOL, bool, .flags = 0),
    VF_(verdict, "verdict", F_ENUM, int32_t, .flags = FIELD_NULL, .names = &flag_verdict_names),
    VF_(reviewed_by, "reviewed_by", F_STR, struct str, .flags = FIELD_NULL),
    VF_(reviewed_at, "reviewed_at", F_TIME, int64_t, .flags = FIELD_NULL),
    VF_(created_at, "created_at", F_TIME, int64_t, .flags = 0),
    VF_(description, "description", F_STR, struct str, .flags = 0),
    VF_(evidence, "evidence", F_JSON, struct str, .flags = 0),
    VF_(resolution, "resolution", F_STR, struct str, .flags = FIELD_NULL),
    FIELD_STR(V, cycle_id, .flags = 0),
    FIELD_I64(V, incident_id, .flags = FIELD_NULL),
    FIELD_I64(V, suppressed_critical, .flags = 0),
};
#undef VF_
#undef V
static SCHEMA(view_schema, "BiasFlagView", struct flag_view_row, view_fields);

static const char *const truth_text[] = { "false", "true" };
static NAMES(truth_names, truth_text);
struct args {
    struct str admin_id, cycle_id;
    int32_t severity, reviewed;
    int64_t id, interview_id, before, limit;
    bool waiting;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, admin_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct args, severity, .flags = FIELD_NULL, .names = &bias_severity_codes),
    FIELD_ENUM(struct args, reviewed, .flags = FIELD_NULL, .names = &truth_names),
    FIELD_I64(struct args, id),
    FIELD_I64(struct args, interview_id),
    FIELD_I64(struct args, before),
    FIELD_I64(struct args, limit),
    FIELD_BOOL(struct args, waiting),
};
static SCHEMA(args_schema, "BiasFlagArgs", struct args, args_fields);

#define FLAG_SELECT                                                                                \
    "SELECT f.id, f.interview_id, f.analysis_id, f.admin_id, f.application_id, f.flag_type, "      \
    "f.severity, f.action_taken, f.automatic, f.reviewed, f.verdict, f.reviewed_by, "              \
    "f.reviewed_at, f.created_at, f.description, f.evidence, f.resolution, "                       \
    "a.admission_cycle_id AS cycle_id, a.incident_id, (SELECT COUNT(*) FROM live_bias_analysis s " \
    "WHERE s.interview_id = f.interview_id AND s.response = 'suppressed' "                         \
    "AND s.severity = 'critical') AS suppressed_critical FROM bias_flags f "                       \
    "JOIN live_bias_analysis a ON a.id = f.analysis_id "

err flag_list(struct ctx *c, struct tx *tx, const struct flag_list_in *in, struct list *ret)
{
    static const struct query q = {
        .sql = FLAG_SELECT "WHERE f.id < :before "
                           "AND (CAST(:admin_id AS TEXT) IS NULL OR f.admin_id = :admin_id) "
                           "AND (CAST(:severity AS TEXT) IS NULL OR f.severity = :severity) "
                           "AND (CAST(:reviewed AS TEXT) IS NULL "
                           "OR f.reviewed = (CAST(:reviewed AS TEXT) = 'true')) "
                           "ORDER BY f.id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &view_schema,
    };
    const struct args a = { .admin_id = in->admin_id,
                            .severity = in->severity,
                            .reviewed = in->reviewed,
                            .before = in->before,
                            .limit = in->limit };
    return query_list(c, tx, &q, &a, (size_t)in->limit, ret);
}

err flag_find(struct ctx *c, struct tx *tx, int64_t id, struct flag_view_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = FLAG_SELECT "WHERE f.id = :id",
        .in = &args_schema,
        .out = &view_schema,
    };
    const struct args a = { .severity = -1, .reviewed = -1, .id = id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err flag_close(struct ctx *c, struct tx *tx, const struct flag_row *row, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE bias_flags SET reviewed = :reviewed, verdict = :verdict, "
               "reviewed_by = :reviewed_by, reviewed_at = :reviewed_at, resolution = :resolution "
               "WHERE id = :id AND NOT reviewed",
        .in = &flag_schema,
    };
    return query_run(c, tx, &q, row, ret_changed);
}

#define I struct incident_row
static const struct field incident_fields[] = {
    FIELD_I64(I, id),
    FIELD_I64(I, interview_id),
    FIELD_BOOL(I, bias_detected),
    FIELD_LIST(I, bias_types),
    FIELD_ENUM(I, severity, .names = &bias_severity_codes),
    FIELD_F64(I, confidence_score),
    FIELD_ENUM(I, recommended_action, .names = &bias_action_codes),
    FIELD_ENUM(I, source, .names = &bias_source_codes),
    FIELD_ENUM(I, response, .flags = FIELD_NULL, .names = &bias_response_codes),
    FIELD_I64(I, points, .flags = FIELD_NULL),
    FIELD_BOOL(I, overturned),
    FIELD_LIST(I, evidence_quotes),
    FIELD_STR(I, context_summary, .flags = FIELD_NULL),
    FIELD_TIME(I, spoken_at),
    FIELD_TIME(I, analyzed_at),
};
#undef I
static SCHEMA(incident_schema, "BiasIncidentRow", struct incident_row, incident_fields);
#define INCIDENT_SELECT                                                                            \
    "SELECT a.id, a.interview_id, a.bias_detected, a.bias_types, a.severity, "                     \
    "a.confidence_score, a.recommended_action, a.source, a.response, a.points, "                   \
    "EXISTS (SELECT 1 FROM bias_ledger v WHERE v.kind = 'void' AND v.admin_id = a.admin_id "       \
    "AND v.incident_id = a.incident_id) AS overturned, a.evidence_quotes, a.context_summary, "     \
    "a.spoken_at, a.analyzed_at FROM live_bias_analysis a "

err incidents_of_person(struct ctx *c, struct tx *tx, struct str admin_id, int64_t limit,
                        struct list *ret)
{
    static const struct query q = {
        .sql = INCIDENT_SELECT "WHERE a.admin_id = :admin_id AND a.bias_detected "
                               "AND a.response IS NOT NULL "
                               "ORDER BY a.spoken_at DESC, a.id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &incident_schema,
    };
    const struct args a = { .admin_id = admin_id, .severity = -1, .reviewed = -1, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

err incidents_of_flag(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t incident_id,
                      int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = INCIDENT_SELECT "WHERE a.interview_id = :interview_id AND (a.incident_id = :id "
                               "OR (a.response = 'suppressed' AND a.severity = 'critical')) "
                               "ORDER BY a.spoken_at, a.id LIMIT :limit",
        .in = &args_schema,
        .out = &incident_schema,
    };
    const struct args a = { .severity = -1,
                            .reviewed = -1,
                            .id = incident_id,
                            .interview_id = interview_id,
                            .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}
