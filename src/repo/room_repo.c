/* SQL of rooms. */
#include "repo/room_repo.h"

enum { ROOM_ID_TEXT = 24 };

static const struct field ticket_fields[] = {
    FIELD_STR(struct ticket_row, ticket_hash), FIELD_I64(struct ticket_row, interview_id),
    FIELD_STR(struct ticket_row, holder_id),   FIELD_I64(struct ticket_row, roles),
    FIELD_TIME(struct ticket_row, created_at), FIELD_TIME(struct ticket_row, expires_at),
};
static SCHEMA(ticket_schema, "TicketRow", struct ticket_row, ticket_fields);
static const struct field hash_fields[] = {
    FIELD_STR(struct ticket_row, ticket_hash),
};
static SCHEMA(hash_schema, "TicketHash", struct ticket_row, hash_fields);
static const struct field expiry_fields[] = {
    FIELD_TIME(struct ticket_row, expires_at),
};
static SCHEMA(expiry_schema, "TicketExpiry", struct ticket_row, expiry_fields);

static const struct query insert = {
    .sql = "INSERT INTO interview_tickets (ticket_hash, interview_id, holder_id, roles, created_at,"
           " expires_at) VALUES (:ticket_hash, :interview_id, :holder_id, :roles, :created_at,"
           " :expires_at)",
    .in = &ticket_schema,
};

err ticket_insert(struct ctx *c, struct tx *tx, const struct ticket_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

static const struct query take = {
    .sql = "DELETE FROM interview_tickets WHERE ticket_hash = :ticket_hash RETURNING ticket_hash,"
           " interview_id, holder_id, roles, created_at, expires_at",
    .in = &hash_schema,
    .out = &ticket_schema,
};

err ticket_take(struct ctx *c, struct tx *tx, struct str hash, struct ticket_row *ret,
                bool *ret_found)
{
    const struct ticket_row in = { .ticket_hash = hash };
    return query_find(c, tx, &take, &in, ret, ret_found);
}

static const struct query expire = {
    .sql = "DELETE FROM interview_tickets WHERE expires_at < :expires_at",
    .in = &expiry_schema,
};

err ticket_expire(struct ctx *c, struct tx *tx, int64_t now_us)
{
    const struct ticket_row in = { .expires_at = now_us };
    return query_run(c, tx, &expire, &in, NULL);
}

/* The ids travel as one JSON array: one text for any number of them. */
struct ids_in {
    struct str ids;
};
static const struct field ids_fields[] = {
    FIELD_STR(struct ids_in, ids),
};
static SCHEMA(ids_schema, "RoomIds", struct ids_in, ids_fields);
static const struct field state_fields[] = {
    FIELD_I64(struct room_state_row, id),
    FIELD_ENUM(struct room_state_row, status, .names = &interview_status_names),
    FIELD_TIME(struct room_state_row, started_at, .flags = FIELD_NULL),
    FIELD_BOOL(struct room_state_row, terminated),
    FIELD_BOOL(struct room_state_row, barred),
    FIELD_BOOL(struct room_state_row, nudges),
    FIELD_STR(struct room_state_row, admin_id),
};
static SCHEMA(state_schema, "RoomState", struct room_state_row, state_fields);
static const struct query states = {
    .sql = "SELECT i.id, i.status, i.started_at,"
           " EXISTS (SELECT 1 FROM bias_rooms r WHERE r.interview_id = i.id"
           " AND r.terminated_at IS NOT NULL) AS terminated,"
           " EXISTS (SELECT 1 FROM admin_bias_history h WHERE h.admin_id = i.admin_id"
           " AND h.current_status IN ('suspended', 'banned')) AS barred,"
           " EXISTS (SELECT 1 FROM live_nudges n WHERE n.interview_id = i.id"
           " AND n.admin_id = i.admin_id AND n.delivered_at IS NULL AND n.replaced_by IS NULL"
           " AND n.withdrawn_at IS NULL) AS nudges, i.admin_id"
           " FROM interviews i WHERE i.id IN (@IDS@) ORDER BY i.id",
    .in = &ids_schema,
    .out = &state_schema,
};

err room_state_list(struct ctx *c, struct tx *tx, const int64_t *ids, size_t n, struct list *ret)
{
    struct buf b;
    buf_init(&b, c->mem, ROOM_POLL_MAX * ROOM_ID_TEXT);
    buf_c(&b, '[');
    for (size_t i = 0; i < n && i < ROOM_POLL_MAX; i++)
        buf_fmt(&b, "%s%lld", i ? "," : "", (long long)ids[i]);
    buf_c(&b, ']');
    const struct ids_in in = { buf_view(&b) };
    return query_list(c, tx, &states, &in, ROOM_POLL_MAX, ret);
}

struct nudge_in {
    int64_t interview_id;
    struct str admin_id;
    int64_t after;
};
static const struct field nudge_in_fields[] = {
    FIELD_I64(struct nudge_in, interview_id),
    FIELD_STR(struct nudge_in, admin_id),
    FIELD_I64(struct nudge_in, after),
};
static SCHEMA(nudge_in_schema, "RoomNudgeIn", struct nudge_in, nudge_in_fields);
static const struct field nudge_fields[] = {
    FIELD_I64(struct room_nudge_row, id),
    FIELD_I64(struct room_nudge_row, replaces, .flags = FIELD_NULL),
    FIELD_STR(struct room_nudge_row, nudge_type),
    FIELD_STR(struct room_nudge_row, severity),
    FIELD_STR(struct room_nudge_row, message),
    FIELD_I64(struct room_nudge_row, display_duration, .flags = FIELD_NULL),
    FIELD_BOOL(struct room_nudge_row, requires_ack),
    FIELD_LIST(struct room_nudge_row, evidence_quotes),
};
static SCHEMA(nudge_schema, "RoomNudgeRow", struct room_nudge_row, nudge_fields);

#define NUDGES                                                                                     \
    "SELECT n.id, n.replaces, n.nudge_type, n.severity, n.message, n.display_duration,"            \
    " n.requires_ack, a.evidence_quotes"                                                           \
    " FROM live_nudges n JOIN live_bias_analysis a ON a.id = n.analysis_id"                        \
    " WHERE n.interview_id = :interview_id AND n.admin_id = :admin_id"                             \
    " AND n.replaced_by IS NULL AND n.withdrawn_at IS NULL"
static const struct query nudges_behind = {
    .sql = NUDGES " AND n.id > :after ORDER BY n.id",
    .in = &nudge_in_schema,
    .out = &nudge_schema,
};
static const struct query nudges_waiting = {
    .sql = NUDGES " AND n.delivered_at IS NULL ORDER BY n.id",
    .in = &nudge_in_schema,
    .out = &nudge_schema,
};

err room_nudge_list(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                    int64_t after, struct list *ret)
{
    const struct nudge_in in = { interview_id, admin_id, after };
    return query_list(c, tx, after < 0 ? &nudges_waiting : &nudges_behind, &in, ROOM_NUDGES_MAX,
                      ret);
}

struct strikes_row {
    int64_t n;
};
static const struct field strikes_fields[] = { FIELD_I64(struct strikes_row, n) };
static SCHEMA(strikes_schema, "RoomStrikes", struct strikes_row, strikes_fields);
static const struct query strikes = {
    .sql = "SELECT CAST(COALESCE(SUM(l.points), 0) AS BIGINT) AS n FROM bias_ledger l"
           " WHERE l.interview_id = :interview_id AND l.admin_id = :admin_id AND l.kind = 'points'"
           " AND NOT EXISTS (SELECT 1 FROM bias_ledger v WHERE v.kind = 'void'"
           " AND v.incident_id = l.incident_id AND v.id > l.id)",
    .in = &nudge_in_schema,
    .out = &strikes_schema,
};

err room_strikes(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                 int64_t *ret)
{
    const struct nudge_in in = { interview_id, admin_id, 0 };
    struct strikes_row row;
    TRY(query_one(c, tx, &strikes, &in, &row));
    *ret = row.n;
    return ERR_OK;
}
