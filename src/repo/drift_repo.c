/* SQL of drift. */
#include "repo/drift_repo.h"

static const char *const level_text[] = { "low", "medium", "high" };
NAMES(drift_level_names, level_text);

struct args {
    struct str admin_id, cycle_id;
    int64_t from, to, limit;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, admin_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_TIME(struct args, from, .flags = FIELD_NULL),
    FIELD_TIME(struct args, to, .flags = FIELD_NULL),
    FIELD_I64(struct args, limit),
};
static SCHEMA(args_schema, "DriftArgs", struct args, args_fields);

#define I struct drift_interview
static const struct field interview_fields[] = {
    FIELD_STR(I, admin_id),
    FIELD_STR(I, application_id),
    FIELD_I64(I, interview_id),
    FIELD_TIME(I, started_at),
    FIELD_TIME(I, ended_at, .flags = FIELD_NULL),
    FIELD_F64(I, merit, .flags = FIELD_NULL),
    FIELD_F64(I, score, .flags = FIELD_NULL),
    FIELD_I64(I, points),
    FIELD_I64(I, incidents),
    FIELD_I64(I, nudges),
    FIELD_I64(I, warnings),
    FIELD_I64(I, blocks),
};
#undef I
static SCHEMA(interview_schema, "DriftInterview", struct drift_interview, interview_fields);
/* Of an interview's evaluator; points and incidents without those that were overturned. */
#define NOT_VOID_                                                                                  \
    "NOT EXISTS (SELECT 1 FROM bias_ledger v WHERE v.kind = 'void' "                               \
    "AND v.admin_id = i.admin_id AND v.incident_id = x.incident_id AND v.id > x.id)"
#define NUDGES_(type_)                                                                             \
    "(SELECT COUNT(*) FROM live_nudges n WHERE n.interview_id = i.id "                             \
    "AND n.admin_id = i.admin_id AND n.replaced_by IS NULL AND n.withdrawn_at IS NULL" type_ ")"

err drift_interviews(struct ctx *c, struct tx *tx, const struct drift_span *span, int64_t limit,
                     struct list *ret)
{
    static const struct query q = {
        .sql =
            "SELECT i.admin_id, i.application_id, i.id AS interview_id, i.started_at, "
            "COALESCE(r.terminated_at, i.completed_at, s.scored_at) AS ended_at, f.final_score AS "
            "merit, "
            "CASE WHEN i.status <> 'cancelled' THEN s.final_interview_score END AS score, "
            "CAST(COALESCE((SELECT SUM(x.points) FROM bias_ledger x WHERE x.kind = 'points' "
            "AND x.interview_id = i.id AND x.admin_id = i.admin_id AND " NOT_VOID_
            "), 0) AS BIGINT) AS points, (SELECT COUNT(DISTINCT x.incident_id) "
            "FROM live_bias_analysis x WHERE x.interview_id = i.id AND x.admin_id = i.admin_id "
            "AND x.response IN ('info', 'warning', 'block') AND NOT EXISTS (SELECT 1 "
            "FROM bias_ledger v WHERE v.kind = 'void' AND v.admin_id = i.admin_id "
            "AND v.incident_id = x.incident_id)) AS incidents, " NUDGES_("") " AS nudges, " NUDGES_(
                " AND n.nudge_type = 'warning'") " AS warnings, " NUDGES_(" AND n.nudge_type = "
                                                                          "'block'") " AS blocks "
                                                                                     "FROM "
                                                                                     "interviews i "
                                                                                     "LEFT JOIN "
                                                                                     "interview_"
                                                                                     "scores s ON "
                                                                                     "s.interview_"
                                                                                     "id = i.id "
                                                                                     "LEFT JOIN "
                                                                                     "bias_rooms r "
                                                                                     "ON "
                                                                                     "r.interview_"
                                                                                     "id = i.id "
                                                                                     "LEFT JOIN "
                                                                                     "anonymized_"
                                                                                     "applications "
                                                                                     "a ON "
                                                                                     "a."
                                                                                     "application_"
                                                                                     "id = "
                                                                                     "i."
                                                                                     "application_"
                                                                                     "id "
                                                                                     "LEFT JOIN "
                                                                                     "final_scores "
                                                                                     "f ON "
                                                                                     "f.anonymized_"
                                                                                     "id = "
                                                                                     "a.anonymized_"
                                                                                     "id "
                                                                                     "WHERE "
                                                                                     "i.started_at "
                                                                                     ">= :from AND "
                                                                                     "i.started_at "
                                                                                     "< :to "
                                                                                     "AND "
                                                                                     "(CAST(:cycle_"
                                                                                     "id AS TEXT) "
                                                                                     "IS NULL OR "
                                                                                     "i.admission_"
                                                                                     "cycle_id = "
                                                                                     ":cycle_id) "
                                                                                     "ORDER BY "
                                                                                     "i.started_at,"
                                                                                     " i.id LIMIT "
                                                                                     ":limit",
        .in = &args_schema,
        .out = &interview_schema,
    };
    const struct args a = {
        .cycle_id = span->cycle_id, .from = span->from, .to = span->to, .limit = limit
    };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field cycle_fields[] = {
    FIELD_STR(struct drift_cycle, cycle_id),
    FIELD_TIME(struct drift_cycle, created_at),
    FIELD_TIME(struct drift_cycle, result_date),
};
static SCHEMA(cycle_schema_, "DriftCycle", struct drift_cycle, cycle_fields);
#define CYCLE_SELECT "SELECT y.cycle_id, y.created_at, y.result_date FROM admission_cycles y "

err drift_cycles(struct ctx *c, struct tx *tx, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = CYCLE_SELECT "WHERE y.phase <> 'completed' AND EXISTS (SELECT 1 FROM interviews i "
                            "WHERE i.admission_cycle_id = y.cycle_id "
                            "AND i.started_at IS NOT NULL) ORDER BY y.cycle_id LIMIT :limit",
        .in = &args_schema,
        .out = &cycle_schema_,
    };
    const struct args a = { .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

err drift_cycle_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct drift_cycle *ret,
                     bool *ret_found)
{
    static const struct query q = {
        .sql = CYCLE_SELECT "WHERE y.cycle_id = :cycle_id",
        .in = &args_schema,
        .out = &cycle_schema_,
    };
    const struct args a = { .cycle_id = cycle_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

#define D struct drift_row
static const struct field row_fields[] = {
    FIELD_I64(D, id),
    FIELD_STR(D, admin_id),
    FIELD_STR(D, cycle_id, .flags = FIELD_NULL),
    FIELD_TIME(D, period_start),
    FIELD_TIME(D, period_end),
    FIELD_I64(D, total_interviews),
    FIELD_I64(D, bias_incidents),
    FIELD_I64(D, nudges_delivered),
    FIELD_I64(D, warnings_delivered),
    FIELD_I64(D, blocks_triggered),
    FIELD_F64(D, avg_score_given, .flags = FIELD_NULL),
    FIELD_F64(D, score_variance, .flags = FIELD_NULL),
    FIELD_I64(D, harsh_outlier_count),
    FIELD_I64(D, lenient_outlier_count),
    FIELD_F64(D, irr_correlation, .flags = FIELD_NULL),
    FIELD_F64(D, risk_score, .flags = FIELD_NULL),
    FIELD_ENUM(D, risk_level, .flags = FIELD_NULL, .names = &drift_level_names),
    FIELD_TIME(D, calculated_at),
    FIELD_JSON(D, figures),
};
#undef D
static SCHEMA(row_schema, "DriftRow", struct drift_row, row_fields);

err drift_put(struct ctx *c, struct tx *tx, const struct drift_row *row)
{
    static const struct query drop = {
        .sql = "DELETE FROM drift_metrics WHERE admin_id = :admin_id "
               "AND COALESCE(admission_cycle_id, '') = COALESCE(:cycle_id, '') "
               "AND period_start = :period_start AND period_end = :period_end",
        .in = &row_schema,
    };
    static const struct query add = {
        .sql = "INSERT INTO drift_metrics (admin_id, admission_cycle_id, period_start, "
               "period_end, total_interviews, bias_incidents, nudges_delivered, "
               "warnings_delivered, blocks_triggered, avg_score_given, score_variance, "
               "harsh_outlier_count, lenient_outlier_count, irr_correlation, risk_score, "
               "risk_level, calculated_at, figures) VALUES (:admin_id, :cycle_id, :period_start, "
               ":period_end, :total_interviews, :bias_incidents, :nudges_delivered, "
               ":warnings_delivered, :blocks_triggered, :avg_score_given, :score_variance, "
               ":harsh_outlier_count, :lenient_outlier_count, :irr_correlation, :risk_score, "
               ":risk_level, :calculated_at, :figures)",
        .in = &row_schema,
    };
    TRY(query_run(c, tx, &drop, row, NULL));
    return query_run(c, tx, &add, row, NULL);
}

err drift_list(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
               int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT id, admin_id, admission_cycle_id AS cycle_id, period_start, period_end, "
               "total_interviews, bias_incidents, nudges_delivered, warnings_delivered, "
               "blocks_triggered, avg_score_given, score_variance, harsh_outlier_count, "
               "lenient_outlier_count, irr_correlation, risk_score, risk_level, calculated_at, "
               "figures FROM drift_metrics "
               "WHERE (CAST(:admin_id AS TEXT) IS NULL OR admin_id = :admin_id) "
               "AND (CAST(:cycle_id AS TEXT) IS NULL OR admission_cycle_id = :cycle_id) "
               "ORDER BY period_end DESC, id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args a = { .admin_id = admin_id, .cycle_id = cycle_id, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}
