/* SQL that reads all that a submission has to know at once: one way to the server instead of
 * three. */
#include "repo/intake_repo.h"

#include "domain/role.h"

struct intake_key {
    struct str student_id, key_hash;
    int64_t now;
};
static const struct field key_fields[] = {
    FIELD_STR(struct intake_key, student_id),
    FIELD_STR(struct intake_key, key_hash, .flags = FIELD_NULL),
    FIELD_TIME(struct intake_key, now),
};
static SCHEMA(key_schema, "IntakeKey", struct intake_key, key_fields);

#define V_(m_, key_, type_, T_, ...)                                                               \
    FIELD_NAMED(struct intake_view, m_, key_, type_, T_, __VA_ARGS__)
static const struct field view_fields[] = {
    V_(applicant.primary_email, "primary_email", F_STR, struct str, .flags = FIELD_PII),
    V_(applicant.status, "status", F_ENUM, int32_t, .names = &student_status_names),
    V_(applicant.now, "now", F_TIME, int64_t, .flags = 0),
    V_(applicant.has_draft, "has_draft", F_BOOL, bool, .flags = 0),
    V_(cycle.cycle_id, "cycle_id", F_STR, struct str, .flags = FIELD_NULL),
    V_(cycle.phase, "phase", F_ENUM, int32_t, .names = &phase_names),
    V_(cycle.is_open, "is_open", F_BOOL, bool, .flags = 0),
    V_(cycle.start_date, "start_date", F_TIME, int64_t, .flags = FIELD_NULL),
    V_(cycle.end_date, "end_date", F_TIME, int64_t, .flags = FIELD_NULL),
    V_(key.key_hash, "key_hash", F_STR, struct str, .flags = FIELD_NULL),
    V_(key.body_hash, "body_hash", F_STR, struct str, .flags = FIELD_NULL),
    V_(key.reply, "reply", F_STR, struct str, .flags = FIELD_NULL),
    V_(key.expires_at, "expires_at", F_TIME, int64_t, .flags = FIELD_NULL),
};
static SCHEMA(view_schema, "IntakeView", struct intake_view, view_fields);
static const struct query view_query = {
    .sql = "SELECT s.primary_email, s.status, @NOW@ AS now, EXISTS (SELECT 1 FROM "
           "application_drafts d WHERE d.student_id = :student_id) AS has_draft, c.cycle_id, "
           "COALESCE(c.phase, 'submission') AS phase, COALESCE(c.is_open, FALSE) AS is_open, "
           "c.start_date, c.end_date, k.key_hash, k.body_hash, k.reply, k.expires_at "
           "FROM student_accounts s LEFT JOIN admission_cycles c ON c.is_open "
           "LEFT JOIN idempotency_keys k ON k.key_hash = :key_hash "
           "WHERE s.student_id = :student_id",
    .in = &key_schema,
    .out = &view_schema,
};

err intake_view_find(struct ctx *c, struct tx *tx, struct str student_id, struct str key_hash,
                     struct intake_view *ret, bool *ret_found)
{
    const struct intake_key key = { student_id, key_hash, c->now_us };
    return query_find(c, tx, &view_query, &key, ret, ret_found);
}
