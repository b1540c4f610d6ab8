/* SQL of appeals, of one's own nudges, and of the numbers of the monitor. */
#include "repo/bias_flag_repo.h"

static const char *const verdict_text[] = { "accepted", "rejected" };
NAMES(appeal_verdict_names, verdict_text);

#define A struct appeal_row
static const struct field appeal_fields[] = {
    FIELD_I64(A, nudge_id),
    FIELD_I64(A, interview_id),
    FIELD_I64(A, analysis_id, .flags = FIELD_NULL),
    FIELD_STR(A, admin_id),
    FIELD_STR(A, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(A, reason),
    FIELD_TIME(A, created_at),
    FIELD_ENUM(A, verdict, .flags = FIELD_NULL, .names = &appeal_verdict_names),
    FIELD_STR(A, decided_by, .flags = FIELD_NULL),
    FIELD_STR(A, note, .flags = FIELD_NULL),
    FIELD_TIME(A, decided_at, .flags = FIELD_NULL),
    FIELD_ENUM(A, nudge_type, .flags = FIELD_NULL, .names = &bias_response_codes),
    FIELD_STR(A, message, .flags = FIELD_NULL),
    FIELD_I64(A, incident_id, .flags = FIELD_NULL),
};
#undef A
static SCHEMA(appeal_schema, "NudgeAppealRow", struct appeal_row, appeal_fields);

struct args {
    struct str admin_id, cycle_id;
    int64_t id, before, limit;
    bool waiting;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, admin_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_I64(struct args, id),
    FIELD_I64(struct args, before),
    FIELD_I64(struct args, limit),
    FIELD_BOOL(struct args, waiting),
};
static SCHEMA(args_schema, "BiasReportArgs", struct args, args_fields);

err appeal_insert(struct ctx *c, struct tx *tx, const struct appeal_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO nudge_appeals (nudge_id, interview_id, admin_id, created_at, reason) "
               "VALUES (:nudge_id, :interview_id, :admin_id, :created_at, :reason)",
        .in = &appeal_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

#define APPEAL_SELECT                                                                              \
    "SELECT p.nudge_id, p.interview_id, n.analysis_id, p.admin_id, a.admission_cycle_id "          \
    "AS cycle_id, p.reason, p.created_at, p.verdict, p.decided_by, p.note, p.decided_at, "         \
    "n.nudge_type, n.message, a.incident_id FROM nudge_appeals p "                                 \
    "JOIN live_nudges n ON n.id = p.nudge_id JOIN live_bias_analysis a ON a.id = n.analysis_id "

err appeal_find(struct ctx *c, struct tx *tx, int64_t nudge_id, struct appeal_row *ret,
                bool *ret_found)
{
    static const struct query q = {
        .sql = APPEAL_SELECT "WHERE p.nudge_id = :id",
        .in = &args_schema,
        .out = &appeal_schema,
    };
    const struct args a = { .id = nudge_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err appeal_list(struct ctx *c, struct tx *tx, bool waiting, int64_t before, int64_t limit,
                struct list *ret)
{
    static const struct query q = {
        .sql = APPEAL_SELECT "WHERE p.nudge_id < :before AND (p.verdict IS NULL OR NOT :waiting) "
                             "ORDER BY p.nudge_id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &appeal_schema,
    };
    const struct args a = { .before = before, .limit = limit, .waiting = waiting };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

err appeal_close(struct ctx *c, struct tx *tx, const struct appeal_row *row, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE nudge_appeals SET verdict = :verdict, decided_by = :decided_by, "
               "decided_at = :decided_at, note = :note "
               "WHERE nudge_id = :nudge_id AND verdict IS NULL",
        .in = &appeal_schema,
    };
    return query_run(c, tx, &q, row, ret_changed);
}

#define L                       struct nudge_list_row
#define NF_(m_, type_, T_, ...) FIELD_NAMED(L, n.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field list_fields[] = {
    NF_(id, F_I64, int64_t, .flags = 0),
    NF_(interview_id, F_I64, int64_t, .flags = 0),
    NF_(analysis_id, F_I64, int64_t, .flags = 0),
    NF_(admin_id, F_STR, struct str, .flags = 0),
    NF_(nudge_type, F_ENUM, int32_t, .names = &bias_response_codes),
    NF_(severity, F_ENUM, int32_t, .names = &bias_severity_codes),
    NF_(message, F_STR, struct str, .flags = 0),
    NF_(display_duration, F_I64, int64_t, .flags = FIELD_NULL),
    NF_(withdrawn_at, F_TIME, int64_t, .flags = FIELD_NULL),
    NF_(acknowledged, F_BOOL, bool, .flags = 0),
    NF_(created_at, F_TIME, int64_t, .flags = 0),
    NF_(delivered_at, F_TIME, int64_t, .flags = FIELD_NULL),
    FIELD_BOOL(L, appealed, .flags = 0),
    FIELD_ENUM(L, appeal_verdict, .flags = FIELD_NULL, .names = &appeal_verdict_names),
};
#undef NF_
#undef L
static SCHEMA(list_schema, "NudgeListRow", struct nudge_list_row, list_fields);

err nudge_list(struct ctx *c, struct tx *tx, struct str admin_id, int64_t before, int64_t limit,
               struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT n.id, n.interview_id, n.analysis_id, n.admin_id, n.nudge_type, n.severity, "
               "n.message, n.display_duration, n.withdrawn_at, n.acknowledged, n.created_at, "
               "n.delivered_at, p.nudge_id IS NOT NULL AS appealed, p.verdict AS appeal_verdict "
               "FROM live_nudges n LEFT JOIN nudge_appeals p ON p.nudge_id = n.id "
               "WHERE n.admin_id = :admin_id AND n.replaced_by IS NULL AND n.id < :before "
               "ORDER BY n.id DESC LIMIT :limit",
        .in = &args_schema,
        .out = &list_schema,
    };
    const struct args a = { .admin_id = admin_id, .before = before, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field count_fields[] = {
    FIELD_I64(struct nudge_count_row, info),
    FIELD_I64(struct nudge_count_row, warning),
    FIELD_I64(struct nudge_count_row, block),
};
static SCHEMA(count_schema, "NudgeCounts", struct nudge_count_row, count_fields);

err nudge_counts_of(struct ctx *c, struct tx *tx, struct str admin_id, struct nudge_count_row *ret)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) FILTER (WHERE nudge_type = 'info') AS info, "
               "COUNT(*) FILTER (WHERE nudge_type = 'warning') AS warning, "
               "COUNT(*) FILTER (WHERE nudge_type = 'block') AS block FROM live_nudges "
               "WHERE admin_id = :admin_id AND replaced_by IS NULL AND withdrawn_at IS NULL",
        .in = &args_schema,
        .out = &count_schema,
    };
    const struct args a = { .admin_id = admin_id };
    return query_one(c, tx, &q, &a, ret);
}

static const struct field totals_fields[] = {
    FIELD_I64(struct person_totals, interviews),
    FIELD_I64(struct person_totals, incidents),
    FIELD_I64(struct person_totals, blocks),
    FIELD_BOOL(struct person_totals, known),
};
static SCHEMA(totals_schema, "BiasTotals", struct person_totals, totals_fields);
#define NOT_OVERTURNED_                                                                            \
    "NOT EXISTS (SELECT 1 FROM bias_ledger v WHERE v.kind = 'void' "                               \
    "AND v.admin_id = a.admin_id AND v.incident_id = a.incident_id)"

err bias_totals(struct ctx *c, struct tx *tx, struct str admin_id, struct person_totals *ret)
{
    static const struct query q = {
        .sql = "SELECT (SELECT COUNT(*) FROM interviews i WHERE i.admin_id = :admin_id "
               "AND i.started_at IS NOT NULL) AS interviews, "
               "(SELECT COUNT(DISTINCT a.incident_id) FROM live_bias_analysis a "
               "WHERE a.admin_id = :admin_id AND a.response IN ('info', 'warning', 'block') "
               "AND " NOT_OVERTURNED_ ") AS incidents, "
               "(SELECT COUNT(*) FROM live_bias_analysis a WHERE a.admin_id = :admin_id "
               "AND a.response = 'block') AS blocks, "
               "EXISTS (SELECT 1 FROM admin_users u WHERE u.admin_id = :admin_id) AS known",
        .in = &args_schema,
        .out = &totals_schema,
    };
    const struct args a = { .admin_id = admin_id };
    return query_one(c, tx, &q, &a, ret);
}

static const struct field risk_fields[] = {
    FIELD_STR(struct risk_row, admin_id),
    FIELD_ENUM(struct risk_row, current_status, .names = &bias_status_codes),
    FIELD_I64(struct risk_row, strikes),
    FIELD_I64(struct risk_row, total_interviews),
    FIELD_I64(struct risk_row, total_incidents),
};
static SCHEMA(risk_schema, "BiasRiskRow", struct risk_row, risk_fields);

err bias_risks(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT u.admin_id, COALESCE(h.current_status, 'active') AS current_status, "
               "COALESCE(h.strikes, 0) AS strikes, (SELECT COUNT(*) FROM interviews i "
               "WHERE i.admin_id = u.admin_id AND i.started_at IS NOT NULL "
               "AND (CAST(:cycle_id AS TEXT) IS NULL OR i.admission_cycle_id = :cycle_id)) "
               "AS total_interviews, (SELECT COUNT(DISTINCT a.incident_id) "
               "FROM live_bias_analysis a WHERE a.admin_id = u.admin_id "
               "AND a.response IN ('info', 'warning', 'block') AND " NOT_OVERTURNED_ " "
               "AND (CAST(:cycle_id AS TEXT) IS NULL OR a.admission_cycle_id = :cycle_id)) "
               "AS total_incidents FROM admin_users u LEFT JOIN admin_bias_history h "
               "ON h.admin_id = u.admin_id WHERE h.admin_id IS NOT NULL OR EXISTS (SELECT 1 "
               "FROM interviews x WHERE x.admin_id = u.admin_id) ORDER BY u.admin_id LIMIT :limit",
        .in = &args_schema,
        .out = &risk_schema,
    };
    const struct args a = { .cycle_id = cycle_id, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field appeals_fields[] = {
    FIELD_I64(struct appeal_numbers, nudges),
    FIELD_I64(struct appeal_numbers, appeals),
    FIELD_I64(struct appeal_numbers, accepted),
    FIELD_I64(struct appeal_numbers, rejected),
};
static SCHEMA(appeals_schema, "AppealNumbers", struct appeal_numbers, appeals_fields);

err appeal_numbers(struct ctx *c, struct tx *tx, struct str cycle_id, struct appeal_numbers *ret)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS nudges, COUNT(p.nudge_id) AS appeals, "
               "COUNT(*) FILTER (WHERE p.verdict = 'accepted') AS accepted, "
               "COUNT(*) FILTER (WHERE p.verdict = 'rejected') AS rejected "
               "FROM live_nudges n JOIN live_bias_analysis a ON a.id = n.analysis_id "
               "LEFT JOIN nudge_appeals p ON p.nudge_id = n.id "
               "WHERE n.replaced_by IS NULL AND n.withdrawn_at IS NULL "
               "AND (CAST(:cycle_id AS TEXT) IS NULL OR a.admission_cycle_id = :cycle_id)",
        .in = &args_schema,
        .out = &appeals_schema,
    };
    const struct args a = { .cycle_id = cycle_id };
    return query_one(c, tx, &q, &a, ret);
}

#define Q struct quality_numbers
static const struct field quality_fields[] = {
    FIELD_I64(Q, analyses),       FIELD_I64(Q, by_model),           FIELD_I64(Q, errors),
    FIELD_I64(Q, detector_found), FIELD_I64(Q, detector_confirmed), FIELD_I64(Q, action_differs),
    FIELD_I64(Q, later),
};
#undef Q
static SCHEMA(quality_schema, "QualityNumbers", struct quality_numbers, quality_fields);
#define DETECTOR_FOUND_ "CAST(a.detector ->> 'bias_detected' AS TEXT) IN ('true', '1')"

err quality_numbers(struct ctx *c, struct tx *tx, struct str cycle_id, struct quality_numbers *ret)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS analyses, "
               "COUNT(*) FILTER (WHERE a.source = 'llm') AS by_model, "
               "COUNT(*) FILTER (WHERE a.state = 'error') AS errors, "
               "COUNT(*) FILTER (WHERE a.source = 'llm' AND " DETECTOR_FOUND_
               ") AS detector_found, COUNT(*) FILTER (WHERE a.source = 'llm' "
               "AND a.bias_detected AND " DETECTOR_FOUND_ ") AS detector_confirmed, "
               "COUNT(*) FILTER (WHERE a.source = 'llm' AND a.recommended_action <> CASE "
               "a.severity WHEN 'none' THEN 'none' WHEN 'low' THEN 'nudge' "
               "WHEN 'critical' THEN 'block' ELSE 'warn' END) AS action_differs, "
               "COUNT(*) FILTER (WHERE a.state = 'later') AS later FROM live_bias_analysis a "
               "WHERE CAST(:cycle_id AS TEXT) IS NULL OR a.admission_cycle_id = :cycle_id",
        .in = &args_schema,
        .out = &quality_schema,
    };
    const struct args a = { .cycle_id = cycle_id };
    return query_one(c, tx, &q, &a, ret);
}

static const struct field reassign_fields[] = {
    FIELD_I64(struct reassign_row, interview_id),    FIELD_STR(struct reassign_row, admin_id),
    FIELD_STR(struct reassign_row, cycle_id),        FIELD_STR(struct reassign_row, cause),
    FIELD_TIME(struct reassign_row, interview_time),
};
static SCHEMA(reassign_schema, "ReassignRow", struct reassign_row, reassign_fields);

err reassign_list(struct ctx *c, struct tx *tx, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT i.id AS interview_id, i.admin_id, i.admission_cycle_id AS cycle_id, "
               "CASE WHEN i.status = 'cancelled' THEN 'blocked' ELSE 'barred' END AS cause, "
               "i.interview_time FROM interviews i "
               "JOIN admission_cycles y ON y.cycle_id = i.admission_cycle_id "
               "WHERE y.phase = 'selection' AND ((i.status = 'scheduled' "
               "AND EXISTS (SELECT 1 FROM admin_bias_history h WHERE h.admin_id = i.admin_id "
               "AND h.current_status IN ('suspended', 'banned'))) OR (i.status = 'cancelled' "
               "AND EXISTS (SELECT 1 FROM bias_rooms r WHERE r.interview_id = i.id "
               "AND r.terminated_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM interviews n "
               "WHERE n.application_id = i.application_id AND n.status <> 'cancelled'))) "
               "ORDER BY i.interview_time, i.id LIMIT :limit",
        .in = &args_schema,
        .out = &reassign_schema,
    };
    const struct args a = { .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}
