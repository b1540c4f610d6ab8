/* SQL of the ledger of strike points, of the rooms and of the status rows. */
#include "repo/bias_repo.h"

static const char *const kind_text[] = { "points",          "void",    "reinstate",
                                         "cycle_completed", "opening", "opening_cycle" };
static NAMES(kind_names, kind_text);

#define L struct ledger_row
static const struct field ledger_fields[] = {
    FIELD_I64(L, id),
    FIELD_STR(L, admin_id, .flags = FIELD_NULL),
    FIELD_ENUM(L, kind, .names = &kind_names),
    FIELD_STR(L, cycle_id, .flags = FIELD_NULL),
    FIELD_I64(L, interview_id, .flags = FIELD_NULL),
    FIELD_I64(L, analysis_id, .flags = FIELD_NULL),
    FIELD_I64(L, incident_id, .flags = FIELD_NULL),
    FIELD_I64(L, points),
    FIELD_ENUM(L, status, .flags = FIELD_NULL, .names = &bias_status_codes),
    FIELD_TIME(L, at, .flags = FIELD_NULL),
    FIELD_TIME(L, created_at),
};
#undef L
static SCHEMA(ledger_schema, "LedgerRow", struct ledger_row, ledger_fields);

struct args {
    int64_t interview_id, now, limit;
    struct str admin_id, cycle_id;
};
static const struct field args_fields[] = {
    FIELD_I64(struct args, interview_id),
    FIELD_TIME(struct args, now, .flags = FIELD_NULL),
    FIELD_I64(struct args, limit),
    FIELD_STR(struct args, admin_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
};
static SCHEMA(args_schema, "LedgerArgs", struct args, args_fields);

err ledger_insert(struct ctx *c, struct tx *tx, const struct ledger_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO bias_ledger (admin_id, kind, admission_cycle_id, interview_id, "
               "analysis_id, incident_id, points, status, at, created_at) VALUES (:admin_id, "
               ":kind, :cycle_id, :interview_id, :analysis_id, :incident_id, :points, :status, "
               ":at, :created_at)",
        .in = &ledger_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err ledger_list(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
                int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT l.id, l.admin_id, l.kind, l.admission_cycle_id AS cycle_id, "
               "l.interview_id, l.analysis_id, l.incident_id, l.points, l.status, l.at, "
               "l.created_at FROM bias_ledger l WHERE l.admin_id = :admin_id "
               "OR (l.admin_id IS NULL AND (l.admission_cycle_id = :cycle_id "
               "OR l.admission_cycle_id IN (SELECT x.admission_cycle_id "
               "FROM bias_ledger x WHERE x.admin_id = :admin_id))) ORDER BY l.id LIMIT :limit",
        .in = &args_schema,
        .out = &ledger_schema,
    };
    const struct args a = { .admin_id = admin_id, .cycle_id = cycle_id, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field admin_fields[] = { FIELD_STR(struct ledger_admin, admin_id) };
static SCHEMA(admin_schema, "LedgerAdmin", struct ledger_admin, admin_fields);

err ledger_admins(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                  struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT DISTINCT admin_id FROM bias_ledger WHERE admission_cycle_id = :cycle_id "
               "AND admin_id IS NOT NULL ORDER BY admin_id LIMIT :limit",
        .in = &args_schema,
        .out = &admin_schema,
    };
    const struct args a = { .cycle_id = cycle_id, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

static const struct field room_fields[] = {
    FIELD_I64(struct room_row, interview_id),
    FIELD_TIME(struct room_row, terminated_at, .flags = FIELD_NULL),
    FIELD_TIME(struct room_row, paused_at, .flags = FIELD_NULL),
    FIELD_TIME(struct room_row, warning_delivered_at, .flags = FIELD_NULL),
};
static SCHEMA(room_schema, "BiasRoom", struct room_row, room_fields);
#define ROOM_SELECT                                                                                \
    "SELECT interview_id, terminated_at, paused_at, warning_delivered_at FROM bias_rooms "

err bias_room_find(struct ctx *c, struct tx *tx, int64_t interview_id, struct room_row *ret,
                   bool *ret_found)
{
    static const struct query q = {
        .sql = ROOM_SELECT "WHERE interview_id = :interview_id",
        .in = &args_schema,
        .out = &room_schema,
    };
    const struct args a = { .interview_id = interview_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err bias_room_mark(struct ctx *c, struct tx *tx, const struct room_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO bias_rooms (interview_id, terminated_at, paused_at, "
               "warning_delivered_at) VALUES (:interview_id, :terminated_at, :paused_at, "
               ":warning_delivered_at) ON CONFLICT (interview_id) DO UPDATE SET "
               "terminated_at = COALESCE(bias_rooms.terminated_at, excluded.terminated_at), "
               "paused_at = COALESCE(bias_rooms.paused_at, excluded.paused_at), "
               "warning_delivered_at = "
               "COALESCE(bias_rooms.warning_delivered_at, excluded.warning_delivered_at)",
        .in = &room_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err bias_room_resume(struct ctx *c, struct tx *tx, int64_t interview_id)
{
    static const struct query q = {
        .sql = "UPDATE bias_rooms SET paused_at = NULL WHERE interview_id = :interview_id",
        .in = &args_schema,
    };
    const struct args a = { .interview_id = interview_id };
    return query_run(c, tx, &q, &a, NULL);
}

err bias_room_forget(struct ctx *c, struct tx *tx, int64_t interview_id)
{
    static const struct query q = {
        .sql = "DELETE FROM bias_rooms WHERE interview_id = :interview_id",
        .in = &args_schema,
    };
    const struct args a = { .interview_id = interview_id };
    return query_run(c, tx, &q, &a, NULL);
}

err bias_rooms_close(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now)
{
    static const struct query q = {
        .sql = "INSERT INTO bias_rooms (interview_id, terminated_at) SELECT i.id, :now "
               "FROM interviews i WHERE i.status = 'scheduled' AND i.admin_id = :admin_id "
               "AND EXISTS (SELECT 1 FROM live_bias_analysis a WHERE a.interview_id = i.id AND "
               "a.admin_id = :admin_id) "
               "ON CONFLICT (interview_id) DO UPDATE SET "
               "terminated_at = COALESCE(bias_rooms.terminated_at, excluded.terminated_at)",
        .in = &args_schema,
    };
    const struct args a = { .admin_id = admin_id, .now = now };
    return query_run(c, tx, &q, &a, NULL);
}

err bias_rooms_paused(struct ctx *c, struct tx *tx, int64_t before, int64_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = ROOM_SELECT "WHERE paused_at < :now AND terminated_at IS NULL "
                           "ORDER BY interview_id LIMIT :limit",
        .in = &args_schema,
        .out = &room_schema,
    };
    const struct args a = { .now = before, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}

#define H struct history_row
static const struct field history_fields[] = {
    FIELD_STR(H, admin_id),
    FIELD_ENUM(H, current_status, .names = &bias_status_codes),
    FIELD_I64(H, suspension_count),
    FIELD_TIME(H, last_incident_date, .flags = FIELD_NULL),
    FIELD_I64(H, strikes),
    FIELD_I64(H, lifetime_strikes),
    FIELD_TIME(H, strike_reset_date, .flags = FIELD_NULL),
    FIELD_TIME(H, updated_at),
};
#undef H
static SCHEMA(history_schema, "BiasHistoryRow", struct history_row, history_fields);

/* Of interviews: those that began. Of incidents: those with a response that were not overturned. */
#define TOTAL_INTERVIEWS_                                                                          \
    "(SELECT COUNT(*) FROM interviews i WHERE i.admin_id = :admin_id "                             \
    "AND i.started_at IS NOT NULL)"
#define TOTAL_INCIDENTS_                                                                           \
    "(SELECT COUNT(DISTINCT a.incident_id) FROM live_bias_analysis a "                             \
    "WHERE a.admin_id = :admin_id AND a.response IN ('info', 'warning', 'block') "                 \
    "AND NOT EXISTS (SELECT 1 FROM bias_ledger v WHERE v.kind = 'void' "                           \
    "AND v.admin_id = :admin_id AND v.incident_id = a.incident_id))"
#define TOTAL_BLOCKS_                                                                              \
    "(SELECT COUNT(*) FROM live_bias_analysis a WHERE a.admin_id = :admin_id "                     \
    "AND a.response = 'block')"

err history_put(struct ctx *c, struct tx *tx, const struct history_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO admin_bias_history (admin_id, total_interviews_conducted, "
               "total_bias_incidents, total_blocks_received, current_status, suspension_count, "
               "last_incident_date, strikes, lifetime_strikes, strike_reset_date, updated_at) "
               "VALUES (:admin_id, " TOTAL_INTERVIEWS_ ", " TOTAL_INCIDENTS_ ", " TOTAL_BLOCKS_
               ", :current_status, :suspension_count, :last_incident_date, :strikes, "
               ":lifetime_strikes, :strike_reset_date, :updated_at) "
               "ON CONFLICT (admin_id) DO UPDATE SET "
               "total_interviews_conducted = excluded.total_interviews_conducted, "
               "total_bias_incidents = excluded.total_bias_incidents, "
               "total_blocks_received = excluded.total_blocks_received, "
               "current_status = excluded.current_status, "
               "suspension_count = excluded.suspension_count, "
               "last_incident_date = excluded.last_incident_date, strikes = excluded.strikes, "
               "lifetime_strikes = excluded.lifetime_strikes, "
               "strike_reset_date = excluded.strike_reset_date, updated_at = excluded.updated_at",
        .in = &history_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

#define HISTORY_SELECT                                                                             \
    "SELECT admin_id, current_status, suspension_count, last_incident_date, strikes, "             \
    "lifetime_strikes, strike_reset_date, updated_at FROM admin_bias_history "

err history_find(struct ctx *c, struct tx *tx, struct str admin_id, struct history_row *ret,
                 bool *ret_found)
{
    static const struct query q = {
        .sql = HISTORY_SELECT "WHERE admin_id = :admin_id",
        .in = &args_schema,
        .out = &history_schema,
    };
    const struct args a = { .admin_id = admin_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err history_due(struct ctx *c, struct tx *tx, int64_t now, struct str after, int64_t limit,
                struct list *ret)
{
    static const struct query q = {
        .sql = HISTORY_SELECT "WHERE strikes > 0 AND strike_reset_date <= :now "
                              "AND admin_id > :admin_id ORDER BY admin_id LIMIT :limit",
        .in = &args_schema,
        .out = &history_schema,
    };
    const struct args a = { .now = now, .admin_id = after, .limit = limit };
    return query_list(c, tx, &q, &a, (size_t)limit, ret);
}
