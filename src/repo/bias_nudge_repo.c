/* SQL of nudges and of gaps in the monitoring. */
#include "repo/bias_repo.h"

static const char *const cause_text[] = { "lost", "error" };
NAMES(gap_cause_names, cause_text);

#define N struct nudge_row
static const struct field nudge_fields[] = {
    FIELD_I64(N, id),
    FIELD_I64(N, interview_id),
    FIELD_I64(N, analysis_id),
    FIELD_STR(N, admin_id),
    FIELD_ENUM(N, nudge_type, .names = &bias_response_codes),
    FIELD_ENUM(N, severity, .names = &bias_severity_codes),
    FIELD_STR(N, message),
    FIELD_I64(N, display_duration, .flags = FIELD_NULL),
    FIELD_BOOL(N, requires_ack),
    FIELD_BOOL(N, provisional),
    FIELD_I64(N, replaces, .flags = FIELD_NULL),
    FIELD_I64(N, replaced_by, .flags = FIELD_NULL),
    FIELD_TIME(N, withdrawn_at, .flags = FIELD_NULL),
    FIELD_BOOL(N, acknowledged),
    FIELD_TIME(N, acknowledged_at, .flags = FIELD_NULL),
    FIELD_BOOL(N, dismissed),
    FIELD_TIME(N, created_at),
    FIELD_TIME(N, delivered_at, .flags = FIELD_NULL),
};
#undef N
static SCHEMA(nudge_schema, "NudgeRow", struct nudge_row, nudge_fields);

struct args {
    int64_t id, other, now;
};
static const struct field args_fields[] = {
    FIELD_I64(struct args, id),
    FIELD_I64(struct args, other, .flags = FIELD_NULL),
    FIELD_TIME(struct args, now, .flags = FIELD_NULL),
};
static SCHEMA(args_schema, "NudgeArgs", struct args, args_fields);
struct new_id {
    int64_t id;
};
static const struct field id_fields[] = { FIELD_I64(struct new_id, id) };
static SCHEMA(id_schema, "NudgeId", struct new_id, id_fields);

static err replace(struct ctx *c, struct tx *tx, int64_t id, int64_t by)
{
    static const struct query q = {
        .sql = "UPDATE live_nudges SET replaced_by = :other WHERE id = :id",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .other = by };
    return query_run(c, tx, &q, &a, NULL);
}

/* The old one steps aside first, for the index that lets one stand. */
err nudge_insert(struct ctx *c, struct tx *tx, const struct nudge_row *row, int64_t *ret_id)
{
    static const struct query q = {
        .sql = "INSERT INTO live_nudges (interview_id, analysis_id, admin_id, nudge_type, "
               "severity, message, display_duration, requires_ack, provisional, replaces, "
               "acknowledged, dismissed, created_at) VALUES (:interview_id, :analysis_id, "
               ":admin_id, :nudge_type, :severity, :message, :display_duration, :requires_ack, "
               ":provisional, :replaces, FALSE, FALSE, :created_at) RETURNING id",
        .in = &nudge_schema,
        .out = &id_schema,
    };
    const bool instead = row->replaces != SCHEMA_NULL_I64;
    struct new_id id = { 0 };
    if (instead)
        TRY(replace(c, tx, row->replaces, row->replaces));
    TRY(query_one(c, tx, &q, row, &id));
    *ret_id = id.id;
    return instead ? replace(c, tx, row->replaces, id.id) : ERR_OK;
}

#define NUDGE_SELECT                                                                               \
    "SELECT id, interview_id, analysis_id, admin_id, nudge_type, severity, message, "              \
    "display_duration, requires_ack, provisional, replaces, replaced_by, withdrawn_at, "           \
    "acknowledged, acknowledged_at, dismissed, created_at, delivered_at FROM live_nudges "

err nudge_standing(struct ctx *c, struct tx *tx, int64_t analysis_id, struct nudge_row *ret,
                   bool *ret_found)
{
    static const struct query q = {
        .sql = NUDGE_SELECT "WHERE analysis_id = :id AND replaced_by IS NULL",
        .in = &args_schema,
        .out = &nudge_schema,
    };
    const struct args a = { .id = analysis_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err nudge_find(struct ctx *c, struct tx *tx, int64_t id, struct nudge_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = NUDGE_SELECT "WHERE id = :id",
        .in = &args_schema,
        .out = &nudge_schema,
    };
    const struct args a = { .id = id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err nudge_confirm(struct ctx *c, struct tx *tx, int64_t id)
{
    static const struct query q = {
        .sql = "UPDATE live_nudges SET provisional = FALSE WHERE id = :id",
        .in = &args_schema,
    };
    const struct args a = { .id = id };
    return query_run(c, tx, &q, &a, NULL);
}

err nudge_withdraw(struct ctx *c, struct tx *tx, int64_t id, int64_t now)
{
    static const struct query q = {
        .sql = "UPDATE live_nudges SET provisional = FALSE, withdrawn_at = :now WHERE id = :id "
               "AND withdrawn_at IS NULL",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .now = now };
    return query_run(c, tx, &q, &a, NULL);
}

err nudge_deliver(struct ctx *c, struct tx *tx, int64_t id, int64_t now, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE live_nudges SET delivered_at = :now WHERE id = :id AND delivered_at IS NULL",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .now = now };
    return query_run(c, tx, &q, &a, ret_changed);
}

err nudge_acknowledge(struct ctx *c, struct tx *tx, int64_t id, int64_t now, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE live_nudges SET acknowledged = TRUE, acknowledged_at = :now "
               "WHERE id = :id AND NOT acknowledged",
        .in = &args_schema,
    };
    const struct args a = { .id = id, .now = now };
    return query_run(c, tx, &q, &a, ret_changed);
}

#define G struct gap_row
static const struct field gap_fields[] = {
    FIELD_I64(G, id),
    FIELD_I64(G, interview_id),
    FIELD_I64(G, analysis_id, .flags = FIELD_NULL),
    FIELD_ENUM(G, cause, .names = &gap_cause_names),
    FIELD_TIME(G, began_at),
    FIELD_I64(G, seconds),
    FIELD_TIME(G, created_at),
};
#undef G
static SCHEMA(gap_schema, "GapRow", struct gap_row, gap_fields);

err gap_insert(struct ctx *c, struct tx *tx, const struct gap_row *row, int64_t *ret_id)
{
    static const struct query q = {
        .sql = "INSERT INTO monitoring_gaps (interview_id, analysis_id, cause, began_at, seconds, "
               "created_at) VALUES (:interview_id, :analysis_id, :cause, :began_at, :seconds, "
               ":created_at) RETURNING id",
        .in = &gap_schema,
        .out = &id_schema,
    };
    struct new_id id = { 0 };
    TRY(query_one(c, tx, &q, row, &id));
    *ret_id = id.id;
    return ERR_OK;
}

#define G                       struct gap_list_row
#define GF_(m_, type_, T_, ...) FIELD_NAMED(G, g.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field gap_list_fields[] = {
    GF_(id, F_I64, int64_t, .flags = 0),
    GF_(interview_id, F_I64, int64_t, .flags = 0),
    GF_(analysis_id, F_I64, int64_t, .flags = FIELD_NULL),
    GF_(cause, F_ENUM, int32_t, .names = &gap_cause_names),
    GF_(began_at, F_TIME, int64_t, .flags = 0),
    GF_(seconds, F_I64, int64_t, .flags = 0),
    GF_(created_at, F_TIME, int64_t, .flags = 0),
    FIELD_STR(G, admin_id),
};
#undef GF_
#undef G
static SCHEMA(gap_list_schema, "GapListRow", struct gap_list_row, gap_list_fields);
struct gap_args {
    int64_t interview_id, before, limit;
    struct str admin_id;
};
static const struct field gap_args_fields[] = {
    FIELD_I64(struct gap_args, interview_id),
    FIELD_I64(struct gap_args, before),
    FIELD_I64(struct gap_args, limit),
    FIELD_STR(struct gap_args, admin_id),
};
static SCHEMA(gap_args_schema, "GapArgs", struct gap_args, gap_args_fields);

err gap_list(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
             int64_t before, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT g.id, g.interview_id, g.analysis_id, g.cause, g.began_at, g.seconds, "
               "g.created_at, COALESCE(a.admin_id, i.admin_id) AS admin_id FROM monitoring_gaps g "
               "JOIN interviews i ON i.id = g.interview_id "
               "LEFT JOIN live_bias_analysis a ON a.id = g.analysis_id WHERE g.id < :before "
               "AND (:interview_id = 0 OR g.interview_id = :interview_id) "
               "AND (:admin_id = '' OR COALESCE(a.admin_id, i.admin_id) = :admin_id) "
               "ORDER BY g.id DESC LIMIT :limit",
        .in = &gap_args_schema,
        .out = &gap_list_schema,
    };
    const struct gap_args in = { interview_id, before, limit, admin_id.p ? admin_id : S("") };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}
