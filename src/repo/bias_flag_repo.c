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
