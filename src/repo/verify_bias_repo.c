/* SQL of the verifier over live monitoring. */
#include "repo/verify_bias_repo.h"

#include "repo/anon_repo.h"

#define A                       struct verify_analysis
#define AF_(m_, type_, T_, ...) FIELD_NAMED(A, a.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field analysis_fields[] = {
    AF_(id, F_I64, int64_t, .flags = 0),
    AF_(transcript_id, F_I64, int64_t, .flags = 0),
    AF_(interview_id, F_I64, int64_t, .flags = 0),
    AF_(admin_id, F_STR, struct str, .flags = 0),
    AF_(spoken_at, F_TIME, int64_t, .flags = 0),
    AF_(bias_detected, F_BOOL, bool, .flags = 0),
    AF_(severity, F_ENUM, int32_t, .names = &bias_severity_codes),
    AF_(confidence_score, F_F64, double, .flags = 0),
    AF_(source, F_ENUM, int32_t, .names = &bias_source_codes),
    AF_(llm_model, F_STR, struct str, .flags = 0),
    AF_(config_hash, F_STR, struct str, .flags = 0),
    AF_(response, F_ENUM, int32_t, .names = &bias_response_codes),
    AF_(reason, F_ENUM, int32_t, .flags = FIELD_NULL, .names = &bias_reason_codes),
    AF_(flag, F_ENUM, int32_t, .flags = FIELD_NULL, .names = &bias_flag_codes),
    AF_(points, F_I64, int64_t, .flags = 0),
    AF_(incident_id, F_I64, int64_t, .flags = 0),
    AF_(bias_types, F_LIST, struct list, .flags = 0),
    AF_(utterance, F_STR, struct str, .flags = FIELD_NULL),
    FIELD_STR(A, wrapped, .flags = FIELD_NULL),
};
#undef AF_
#undef A
static SCHEMA(analysis_schema, "VerifyAnalysis", struct verify_analysis, analysis_fields);

err verify_analyses(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT a.id, a.transcript_id, a.interview_id, a.admin_id, a.spoken_at, "
               "a.bias_detected, a.severity, a.confidence_score, a.source, a.llm_model, "
               "a.config_hash, a.response, a.reason, a.flag, a.points, a.incident_id, "
               "a.bias_types, a.utterance, k.wrapped FROM live_bias_analysis a LEFT JOIN "
               "subject_key k "
               "ON k.subject = 'interview:' || CAST(a.interview_id AS TEXT) "
               "WHERE a.state = 'done' ORDER BY a.id",
        .out = &analysis_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

#define V struct verify_verdict
static const struct field verdict_fields[] = {
    FIELD_I64(V, id),
    FIELD_STR(V, verdict, .flags = FIELD_NULL),
    FIELD_STR(V, words, .flags = FIELD_NULL),
    FIELD_STR(V, wrapped, .flags = FIELD_NULL),
    FIELD_BOOL(V, erased),
};
#undef V
static SCHEMA(verdict_schema, "VerifyVerdict", struct verify_verdict, verdict_fields);
#define ERASED_                                                                                    \
    "NOT EXISTS (SELECT 1 FROM interviews i JOIN applications p "                                  \
    "ON p.application_id = i.application_id WHERE i.id = t.interview_id "                          \
    "AND p.student_id IS NOT NULL) AS erased "

err verify_flags(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT t.id, t.verdict, t.resolution AS words, k.wrapped, " ERASED_
               "FROM bias_flags t LEFT JOIN subject_key k "
               "ON k.subject = 'flag:' || CAST(t.id AS TEXT) WHERE t.verdict IS NOT NULL "
               "ORDER BY t.id",
        .out = &verdict_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

#define OF_INTERVIEW_                                                                              \
    "LEFT JOIN subject_key k ON k.subject = 'interview:' || CAST(t.interview_id AS TEXT) "

err verify_nudge_appeals(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT t.nudge_id AS id, CAST(NULL AS TEXT) AS verdict, t.reason AS words, "
               "k.wrapped, " ERASED_ "FROM nudge_appeals t " OF_INTERVIEW_ "ORDER BY t.nudge_id",
        .out = &verdict_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

err verify_nudge_verdicts(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql =
            "SELECT t.nudge_id AS id, t.verdict, t.note AS words, k.wrapped, " ERASED_
            "FROM nudge_appeals t " OF_INTERVIEW_ "WHERE t.verdict IS NOT NULL ORDER BY t.nudge_id",
        .out = &verdict_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field gap_fields[] = {
    FIELD_I64(struct verify_gap, id),
    FIELD_I64(struct verify_gap, interview_id),
    FIELD_I64(struct verify_gap, seconds),
};
static SCHEMA(gap_schema, "VerifyGap", struct verify_gap, gap_fields);

err verify_gaps(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT id, interview_id, seconds FROM monitoring_gaps ORDER BY id",
        .out = &gap_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field status_fields[] = {
    FIELD_STR(struct verify_status, admin_id),
    FIELD_STR(struct verify_status, status),
};
static SCHEMA(status_schema, "VerifyStatus", struct verify_status, status_fields);

err verify_statuses(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT admin_id, current_status AS status FROM admin_bias_history "
               "ORDER BY admin_id",
        .out = &status_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field points_fields[] = {
    FIELD_I64(struct verify_points, odd),
    FIELD_I64(struct verify_points, voids),
    FIELD_I64(struct verify_points, reinstatements),
    FIELD_I64(struct verify_points, odd_flags),
};
static SCHEMA(points_schema, "VerifyPoints", struct verify_points, points_fields);

err verify_points(struct ctx *c, struct tx *tx, struct verify_points *ret)
{
    static const struct query q = {
        .sql = "SELECT (SELECT COUNT(*) FROM bias_ledger l LEFT JOIN live_bias_analysis a "
               "ON a.id = l.analysis_id AND a.points = l.points AND a.admin_id = l.admin_id "
               "AND a.incident_id = l.incident_id AND a.interview_id = l.interview_id "
               "AND a.admission_cycle_id = l.admission_cycle_id AND a.spoken_at = l.at "
               "WHERE l.kind = 'points' AND a.id IS NULL) + (SELECT COUNT(*) "
               "FROM live_bias_analysis a WHERE a.points > 0 AND NOT EXISTS (SELECT 1 "
               "FROM bias_ledger l WHERE l.kind = 'points' AND l.analysis_id = a.id)) AS odd, "
               "(SELECT COUNT(*) FROM bias_ledger l WHERE l.kind = 'void') AS voids, "
               "(SELECT COUNT(*) FROM bias_ledger l WHERE l.kind = 'reinstate') "
               "AS reinstatements, (SELECT COUNT(*) FROM live_bias_analysis a "
               "LEFT JOIN bias_flags f ON f.analysis_id = a.id AND f.flag_type = a.flag "
               "AND f.severity = a.severity AND f.admin_id = a.admin_id "
               "AND f.interview_id = a.interview_id WHERE a.state = 'done' "
               "AND a.flag IS NOT NULL AND a.flag <> 'none' AND f.id IS NULL) "
               "+ (SELECT COUNT(*) FROM bias_flags f LEFT JOIN live_bias_analysis a "
               "ON a.id = f.analysis_id AND a.flag = f.flag_type WHERE a.id IS NULL) "
               "AS odd_flags",
        .out = &points_schema,
    };
    return query_one(c, tx, &q, NULL, ret);
}

#define OF_ANON_                                                                                   \
    "LEFT JOIN anonymized_applications x ON x.application_id = i.application_id "                  \
    "AND x.scrub_order = " ANON_PLACE_OF(                                                          \
        "i.application_id") " "                                                                    \
                            "LEFT JOIN subject_key k ON k.subject = 'anon:' || x.anonymized_id "

#define D struct verify_declaration
static const struct field declaration_fields[] = {
    FIELD_I64(D, id),
    FIELD_I64(D, interview_id),
    FIELD_STR(D, admin_id),
    FIELD_STR(D, reason, .flags = FIELD_NULL),
    FIELD_STR(D, wrapped, .flags = FIELD_NULL),
    FIELD_BOOL(D, accepted),
};
#undef D
static SCHEMA(declaration_schema, "VerifyDeclaration", struct verify_declaration,
              declaration_fields);

err verify_declarations(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT d.id, d.interview_id, d.admin_id, d.reason, k.wrapped, "
               "d.accepted "
               "FROM coi_declarations d JOIN interviews i ON i.id = d.interview_id " OF_ANON_
               "ORDER BY d.id",
        .out = &declaration_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

#define C struct verify_correction
static const struct field correction_fields[] = {
    FIELD_I64(C, id),
    FIELD_STR(C, text, .flags = FIELD_NULL),
    FIELD_STR(C, wrapped, .flags = FIELD_NULL),
    FIELD_BOOL(C, by_student),
};
#undef C
static SCHEMA(correction_schema, "VerifyCorrection", struct verify_correction, correction_fields);

err verify_corrections(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT t.id, t.corrected_text AS text, k.wrapped, "
               "COALESCE(t.corrected_by, '') = 'student' AS by_student "
               "FROM live_transcripts t JOIN interviews i ON i.id = t.interview_id " OF_ANON_
               "ORDER BY t.id",
        .out = &correction_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}
