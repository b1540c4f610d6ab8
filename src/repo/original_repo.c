/* What an original installation is: its schema, its sizes, its accounts, cycles and chains. */
#include "repo/original_repo.h"

#include "domain/legacy.h"

const char *const original_table_text[ORIG_TABLE_COUNT] = {
    [ORIG_ADMIN_USERS] = "admin_users",
    [ORIG_ADMIN_SESSIONS] = "admin_sessions",
    [ORIG_STUDENT_ACCOUNTS] = "student_accounts",
    [ORIG_OAUTH_IDENTITIES] = "oauth_identities",
    [ORIG_STUDENT_SESSIONS] = "student_sessions",
    [ORIG_STUDENT_AUTH_STATES] = "student_auth_states",
    [ORIG_ADMISSION_CYCLES] = "admission_cycles",
    [ORIG_APPLICATIONS] = "applications",
    [ORIG_ANONYMIZED_APPLICATIONS] = "anonymized_applications",
    [ORIG_IDENTITY_MAPPING] = "identity_mapping",
    [ORIG_DETERMINISTIC_METRICS] = "deterministic_metrics",
    [ORIG_BATCH_RUNS] = "batch_runs",
    [ORIG_WORKER_RESULTS] = "worker_results",
    [ORIG_JUDGE_RESULTS] = "judge_results",
    [ORIG_FINAL_SCORES] = "final_scores",
    [ORIG_SELECTION_LOGS] = "selection_logs",
    [ORIG_HASH_CHAIN] = "hash_chain",
    [ORIG_INTERVIEWS] = "interviews",
    [ORIG_INTERVIEW_SCORES] = "interview_scores",
    [ORIG_AUDIT_LOGS] = "audit_logs",
    [ORIG_LIVE_TRANSCRIPTS] = "live_transcripts",
    [ORIG_LIVE_BIAS_ANALYSIS] = "live_bias_analysis",
    [ORIG_LIVE_NUDGES] = "live_nudges",
    [ORIG_BIAS_FLAGS] = "bias_flags",
    [ORIG_DRIFT_METRICS] = "drift_metrics",
    [ORIG_ADMIN_BIAS_HISTORY] = "admin_bias_history",
};

struct count_row {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count_row, n) };
static SCHEMA(count_schema, "OriginalCount", struct count_row, count_fields);
static const struct field name_fields[] = { FIELD_STR(struct original_name, id) };
static SCHEMA(name_schema, "OriginalName", struct original_name, name_fields);

err original_has_table(struct ctx *c, struct tx *tx, struct str table, bool *ret)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM information_schema.tables"
               " WHERE CAST(table_schema AS TEXT) = CAST(current_schema() AS TEXT)"
               " AND CAST(table_name AS TEXT) = :id",
        .in = &name_schema,
        .out = &count_schema,
    };
    struct count_row row = { 0 };
    TRY(query_one(c, tx, &q, &(struct original_name){ table }, &row));
    *ret = row.n > 0;
    return ERR_OK;
}

err original_version(struct ctx *c, struct tx *tx, struct str *ret)
{
    static const struct query q = {
        .sql = "SELECT CAST(version_num AS TEXT) AS id FROM alembic_version ORDER BY version_num",
        .out = &name_schema,
    };
    struct list rows;
    TRY(query_list(c, tx, &q, NULL, 2, &rows));
    if (rows.n > 1)
        return FAIL(c, INVALID, "alembic_version has several rows: a migration was cut short");
    *ret = rows.n ? ((const struct original_name *)rows.v)->id : (struct str){ 0 };
    return ERR_OK;
}

#define COUNT_OF(table_)                                                                           \
    {                                                                                              \
        .sql = "SELECT COUNT(*) AS n FROM " table_, .out = &count_schema                           \
    }
static const struct query counts[ORIG_TABLE_COUNT] = {
    [ORIG_ADMIN_USERS] = COUNT_OF("admin_users"),
    [ORIG_ADMIN_SESSIONS] = COUNT_OF("admin_sessions"),
    [ORIG_STUDENT_ACCOUNTS] = COUNT_OF("student_accounts"),
    [ORIG_OAUTH_IDENTITIES] = COUNT_OF("oauth_identities"),
    [ORIG_STUDENT_SESSIONS] = COUNT_OF("student_sessions"),
    [ORIG_STUDENT_AUTH_STATES] = COUNT_OF("student_auth_states"),
    [ORIG_ADMISSION_CYCLES] = COUNT_OF("admission_cycles"),
    [ORIG_APPLICATIONS] = COUNT_OF("applications"),
    [ORIG_ANONYMIZED_APPLICATIONS] = COUNT_OF("anonymized_applications"),
    [ORIG_IDENTITY_MAPPING] = COUNT_OF("identity_mapping"),
    [ORIG_DETERMINISTIC_METRICS] = COUNT_OF("deterministic_metrics"),
    [ORIG_BATCH_RUNS] = COUNT_OF("batch_runs"),
    [ORIG_WORKER_RESULTS] = COUNT_OF("worker_results"),
    [ORIG_JUDGE_RESULTS] = COUNT_OF("judge_results"),
    [ORIG_FINAL_SCORES] = COUNT_OF("final_scores"),
    [ORIG_SELECTION_LOGS] = COUNT_OF("selection_logs"),
    [ORIG_HASH_CHAIN] = COUNT_OF("hash_chain"),
    [ORIG_INTERVIEWS] = COUNT_OF("interviews"),
    [ORIG_INTERVIEW_SCORES] = COUNT_OF("interview_scores"),
    [ORIG_AUDIT_LOGS] = COUNT_OF("audit_logs"),
    [ORIG_LIVE_TRANSCRIPTS] = COUNT_OF("live_transcripts"),
    [ORIG_LIVE_BIAS_ANALYSIS] = COUNT_OF("live_bias_analysis"),
    [ORIG_LIVE_NUDGES] = COUNT_OF("live_nudges"),
    [ORIG_BIAS_FLAGS] = COUNT_OF("bias_flags"),
    [ORIG_DRIFT_METRICS] = COUNT_OF("drift_metrics"),
    [ORIG_ADMIN_BIAS_HISTORY] = COUNT_OF("admin_bias_history"),
};

err original_count(struct ctx *c, struct tx *tx, enum original_table table, int64_t *ret)
{
    struct count_row row = { 0 };
    TRY(query_one(c, tx, &counts[table], NULL, &row));
    *ret = row.n;
    return ERR_OK;
}

static const struct field admin_fields[] = {
    FIELD_STR(struct original_admin, admin_id),
    FIELD_STR(struct original_admin, username),
    FIELD_STR(struct original_admin, password_hash),
    FIELD_STR(struct original_admin, email, .flags = FIELD_PII),
    FIELD_STR(struct original_admin, role),
    FIELD_BOOL(struct original_admin, is_active),
    FIELD_TIME(struct original_admin, created_at),
};
static SCHEMA(admin_schema, "OriginalAdmin", struct original_admin, admin_fields);

err original_admins(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT admin_id, username, password_hash, email, CAST(role AS TEXT) AS role,"
               " is_active, created_at FROM admin_users ORDER BY created_at, admin_id",
        .out = &admin_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field student_fields[] = {
    FIELD_STR(struct original_student, student_id),
    FIELD_STR(struct original_student, primary_email, .flags = FIELD_PII),
    FIELD_STR(struct original_student, display_name, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct original_student, status),
    FIELD_TIME(struct original_student, created_at),
    FIELD_TIME(struct original_student, updated_at),
    FIELD_TIME(struct original_student, verified_at, .flags = FIELD_NULL),
};
static SCHEMA(student_schema, "OriginalStudent", struct original_student, student_fields);

err original_students(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT student_id, primary_email, display_name, CAST(status AS TEXT) AS status,"
               " created_at, updated_at, verified_at FROM student_accounts"
               " ORDER BY created_at, student_id",
        .out = &student_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field identity_fields[] = {
    FIELD_I64(struct original_identity, identity_id),
    FIELD_STR(struct original_identity, student_id),
    FIELD_STR(struct original_identity, provider),
    FIELD_STR(struct original_identity, provider_sub, .flags = FIELD_PII),
    FIELD_STR(struct original_identity, email, .flags = FIELD_PII),
    FIELD_BOOL(struct original_identity, email_verified),
    FIELD_TIME(struct original_identity, created_at),
    FIELD_TIME(struct original_identity, updated_at),
};
static SCHEMA(identity_schema, "OriginalIdentity", struct original_identity, identity_fields);

err original_identities(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT CAST(identity_id AS BIGINT) AS identity_id, student_id, provider,"
               " provider_sub, email, email_verified, created_at, updated_at FROM oauth_identities"
               " ORDER BY identity_id",
        .out = &identity_schema,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field cycle_fields[] = {
    FIELD_STR(struct original_cycle, cycle_id),
    FIELD_STR(struct original_cycle, cycle_name),
    FIELD_STR(struct original_cycle, phase),
    FIELD_BOOL(struct original_cycle, is_open),
    FIELD_I64(struct original_cycle, max_seats),
    FIELD_I64(struct original_cycle, current_seats),
    FIELD_I64(struct original_cycle, selected_count),
    FIELD_TIME(struct original_cycle, result_date),
    FIELD_TIME(struct original_cycle, start_date),
    FIELD_TIME(struct original_cycle, end_date),
    FIELD_TIME(struct original_cycle, created_at),
    FIELD_STR(struct original_cycle, created_by),
    FIELD_TIME(struct original_cycle, closed_at, .flags = FIELD_NULL),
    FIELD_STR(struct original_cycle, closed_by, .flags = FIELD_NULL),
};
static SCHEMA(cycle_schema_, "OriginalCycle", struct original_cycle, cycle_fields);

err original_cycles(struct ctx *c, struct tx *tx, size_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT cycle_id, cycle_name, CAST(phase AS TEXT) AS phase, is_open,"
               " CAST(max_seats AS BIGINT) AS max_seats,"
               " CAST(current_seats AS BIGINT) AS current_seats,"
               " CAST(selected_count AS BIGINT) AS selected_count, result_date, start_date,"
               " end_date, created_at, created_by, closed_at, closed_by FROM admission_cycles"
               " ORDER BY created_at, cycle_id",
        .out = &cycle_schema_,
    };
    return query_list(c, tx, &q, NULL, limit, ret);
}

struct after_in {
    int64_t after;
};
static const struct field after_fields[] = { FIELD_I64(struct after_in, after) };
static SCHEMA(after_schema, "OriginalAfter", struct after_in, after_fields);

static const struct field decision_fields[] = {
    FIELD_I64(struct legacy_decision, chain_id),
    FIELD_STR(struct legacy_decision, anonymized_id),
    FIELD_STR(struct legacy_decision, decision_type),
    FIELD_STR(struct legacy_decision, data_json),
    FIELD_STR(struct legacy_decision, data_hash),
    FIELD_STR(struct legacy_decision, previous_hash),
    FIELD_TIME(struct legacy_decision, timestamp),
};
static SCHEMA(decision_schema, "OriginalDecision", struct legacy_decision, decision_fields);

err original_decisions(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT CAST(chain_id AS BIGINT) AS chain_id, anonymized_id, decision_type,"
               " data_json, data_hash, previous_hash, timestamp FROM hash_chain"
               " WHERE chain_id > CAST(:after AS BIGINT) ORDER BY chain_id",
        .in = &after_schema,
        .out = &decision_schema,
    };
    return query_each(c, tx, &q, &(struct after_in){ after }, fn, arg);
}

static const struct field audit_fields[] = {
    FIELD_I64(struct original_audit, log_id),
    FIELD_TIME(struct original_audit, timestamp),
    FIELD_STR(struct original_audit, entity_type),
    FIELD_STR(struct original_audit, entity_id),
    FIELD_STR(struct original_audit, action),
    FIELD_STR(struct original_audit, actor),
    FIELD_STR(struct original_audit, details, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct original_audit, log_metadata, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct original_audit, previous_hash, .flags = FIELD_NULL),
    FIELD_STR(struct original_audit, current_hash, .flags = FIELD_NULL),
};
static SCHEMA(audit_schema, "OriginalAudit", struct original_audit, audit_fields);

err original_audits(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT CAST(log_id AS BIGINT) AS log_id, timestamp, entity_type, entity_id,"
               " CAST(action AS TEXT) AS action, actor, CAST(details AS TEXT) AS details,"
               " CAST(log_metadata AS TEXT) AS log_metadata, previous_hash, current_hash"
               " FROM audit_logs WHERE log_id > CAST(:after AS BIGINT) ORDER BY log_id",
        .in = &after_schema,
        .out = &audit_schema,
    };
    return query_each(c, tx, &q, &(struct after_in){ after }, fn, arg);
}
