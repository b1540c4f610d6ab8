/* What an import from an original installation writes, and the legacy chains as stored here. */
#include "repo/legacy_repo.h"

#include "base/str.h"

struct id_in {
    struct str id;
    int64_t now;
};
static const struct field id_fields[] = {
    FIELD_STR(struct id_in, id, .flags = FIELD_NULL),
    FIELD_TIME(struct id_in, now, .flags = FIELD_NULL),
};
static SCHEMA(id_schema, "LegacyId", struct id_in, id_fields);
struct int_row {
    int64_t n;
};
static const struct field int_fields[] = { FIELD_I64(struct int_row, n) };
static SCHEMA(int_schema, "LegacyInt", struct int_row, int_fields);
static const struct field time_fields[] = { FIELD_TIME(struct int_row, n) };
static SCHEMA(time_schema, "LegacyTime", struct int_row, time_fields);

#define COUNT_WHERE(table_, where_)                                                                \
    {                                                                                              \
        .sql = "SELECT COUNT(*) AS n FROM " table_ " WHERE " where_, .in = &id_schema,             \
        .out = &int_schema                                                                         \
    }
static const struct query counts[LEGACY_THING_COUNT] = {
    [LEGACY_ADMIN] = COUNT_WHERE("admin_users", "admin_id = :id"),
    [LEGACY_USERNAME] = COUNT_WHERE("admin_users", "username_key = :id"),
    [LEGACY_ADMIN_EMAIL] = COUNT_WHERE("admin_users", "email = :id"),
    [LEGACY_STUDENT] = COUNT_WHERE("student_accounts", "student_id = :id"),
    [LEGACY_STUDENT_EMAIL] = COUNT_WHERE("student_accounts", "primary_email = :id"),
    [LEGACY_CYCLE] = COUNT_WHERE("admission_cycles", "cycle_id = :id"),
    [LEGACY_CYCLE_ENTRY] = COUNT_WHERE("audit_entry", "subj = :id AND act = 'import.cycle'"),
    [LEGACY_APPLICATION] = COUNT_WHERE("applications", "application_id = :id"),
    [LEGACY_ANONYMOUS] = COUNT_WHERE("anonymized_applications", "anonymized_id = :id"),
    [LEGACY_RESULT] = COUNT_WHERE("worker_results", "result_id = :id"),
    [LEGACY_JUDGEMENT] = COUNT_WHERE("judge_results", "judge_id = :id"),
    [LEGACY_BATCH] = COUNT_WHERE("batch_runs", "batch_id = CAST(:id AS BIGINT)"),
    [LEGACY_OPEN_CYCLE] = COUNT_WHERE("admission_cycles", "is_open"),
};

err legacy_count(struct ctx *c, struct tx *tx, enum legacy_thing what, struct str id,
                 int64_t *ret_n)
{
    struct int_row row = { 0 };
    TRY(query_one(c, tx, &counts[what], &(struct id_in){ .id = id }, &row));
    *ret_n = row.n;
    return ERR_OK;
}

static err born(struct ctx *c, struct tx *tx, const struct query *q, struct str id, int64_t *ret_us,
                bool *ret_found)
{
    struct int_row row = { 0 };
    TRY(query_find(c, tx, q, &(struct id_in){ .id = id }, &row, ret_found));
    *ret_us = row.n;
    return ERR_OK;
}

err legacy_admin_born(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_us,
                      bool *ret_found)
{
    static const struct query q = { .sql = "SELECT created_at AS n FROM admin_users"
                                           " WHERE admin_id = :id",
                                    .in = &id_schema,
                                    .out = &time_schema };
    return born(c, tx, &q, admin_id, ret_us, ret_found);
}

err legacy_student_born(struct ctx *c, struct tx *tx, struct str student_id, int64_t *ret_us,
                        bool *ret_found)
{
    static const struct query q = { .sql = "SELECT created_at AS n FROM student_accounts"
                                           " WHERE student_id = :id",
                                    .in = &id_schema,
                                    .out = &time_schema };
    return born(c, tx, &q, student_id, ret_us, ret_found);
}

static const struct field identity_fields[] = {
    FIELD_I64(struct legacy_identity, identity_id),
    FIELD_STR(struct legacy_identity, student_id),
    FIELD_STR(struct legacy_identity, provider),
    FIELD_STR(struct legacy_identity, provider_sub, .flags = FIELD_PII),
    FIELD_STR(struct legacy_identity, email, .flags = FIELD_PII),
    FIELD_BOOL(struct legacy_identity, email_verified),
    FIELD_TIME(struct legacy_identity, created_at),
    FIELD_TIME(struct legacy_identity, updated_at),
};
static SCHEMA(identity_schema, "LegacyIdentity", struct legacy_identity, identity_fields);

err legacy_identity_insert(struct ctx *c, struct tx *tx, const struct legacy_identity *r,
                           bool *ret_new)
{
    static const struct query q = {
        .sql = "INSERT INTO oauth_identities (identity_id, student_id, provider, provider_sub,"
               " email, email_verified, created_at, updated_at) VALUES (:identity_id, :student_id,"
               " :provider, :provider_sub, :email, :email_verified, :created_at, :updated_at)"
               " ON CONFLICT (provider, provider_sub) DO NOTHING",
        .in = &identity_schema,
    };
    int64_t changed = 0;
    TRY(query_run(c, tx, &q, r, &changed));
    *ret_new = changed == 1;
    return ERR_OK;
}

#define RECORD_(m_, type_, T_, ...)                                                                \
    FIELD_NAMED(struct legacy_application, record.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field narrow_fields[] = {
    RECORD_(application_id, F_STR, struct str, .flags = 0),
    RECORD_(admission_cycle_id, F_STR, struct str, .flags = 0),
    RECORD_(student_id, F_STR, struct str, .flags = FIELD_NULL),
    RECORD_(timestamp, F_TIME, int64_t, .flags = 0),
    RECORD_(gpa, F_E2, int64_t, .flags = 0),
    RECORD_(status, F_ENUM, int32_t, .names = &application_status_names),
    RECORD_(scrub_order, F_I64, int64_t, .flags = 0),
    FIELD_TIME(struct legacy_application, created_at),
    FIELD_TIME(struct legacy_application, updated_at),
};
static SCHEMA(narrow_schema, "LegacyApplication", struct legacy_application, narrow_fields);
static const struct field text_fields[] = {
    RECORD_(application_id, F_STR, struct str, .flags = 0),
    RECORD_(admission_cycle_id, F_STR, struct str, .flags = 0),
    RECORD_(email_hash, F_STR, struct str, .flags = 0),
    RECORD_(test_scores, F_MAP_E2, struct list, .flags = 0),
    RECORD_(sealed_identity, F_STR, struct str, .flags = FIELD_NULL),
    RECORD_(essay, F_STR, struct str, .flags = 0),
    RECORD_(achievements, F_STR, struct str, .flags = 0),
};
static SCHEMA(text_schema, "LegacyTexts", struct legacy_application, text_fields);

err legacy_application_insert(struct ctx *c, struct tx *tx, const struct legacy_application *r)
{
    static const struct query narrow = {
        .sql = "INSERT INTO applications (application_id, admission_cycle_id, student_id,"
               " timestamp, gpa, status, scrub_order, created_at, updated_at) VALUES"
               " (:application_id, :admission_cycle_id, :student_id, :timestamp, :gpa, :status,"
               " :scrub_order, :created_at, :updated_at)",
        .in = &narrow_schema,
    };
    static const struct query texts = {
        .sql = "INSERT INTO application_texts (application_id, admission_cycle_id, email_hash,"
               " test_scores, sealed_identity, essay, achievements) VALUES (:application_id,"
               " :admission_cycle_id, :email_hash, :test_scores, :sealed_identity, :essay,"
               " :achievements)",
        .in = &text_schema,
    };
    TRY(query_run(c, tx, &narrow, r, NULL));
    return query_run(c, tx, &texts, r, NULL);
}

err legacy_application_fail(struct ctx *c, struct tx *tx, struct str application_id)
{
    static const struct query q = {
        .sql = "UPDATE applications SET status = 'failed', updated_at = :now"
               " WHERE application_id = :id",
        .in = &id_schema,
    };
    return query_run(c, tx, &q, &(struct id_in){ application_id, c->now_us }, NULL);
}

static err one_number(struct ctx *c, struct tx *tx, const struct query *q, struct str id,
                      int64_t *ret)
{
    struct int_row row = { 0 };
    TRY(query_one(c, tx, q, &(struct id_in){ .id = id }, &row));
    *ret = row.n;
    return ERR_OK;
}

err legacy_scrub_order(struct ctx *c, struct tx *tx, struct str application_id, int64_t *ret)
{
    static const struct query q = {
        .sql = "SELECT scrub_order AS n FROM applications WHERE application_id = :id",
        .in = &id_schema,
        .out = &int_schema,
    };
    return one_number(c, tx, &q, application_id, ret);
}

err legacy_attempts(struct ctx *c, struct tx *tx, struct str anonymized_id, int64_t *ret_n)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM worker_results WHERE anonymized_id = :id",
        .in = &id_schema,
        .out = &int_schema,
    };
    return one_number(c, tx, &q, anonymized_id, ret_n);
}

#define SCORE_(m_, key_, type_, T_)                                                                \
    FIELD_NAMED(struct legacy_score, row.m_, key_, type_, T_, .flags = 0)
static const struct field score_fields[] = {
    SCORE_(anonymized_id, "anonymized_id", F_STR, struct str),
    SCORE_(cycle_id, "cycle_id", F_STR, struct str),
    SCORE_(final, "final", F_E2, int64_t),
    SCORE_(academic, "academic", F_E2, int64_t),
    SCORE_(test, "test", F_E2, int64_t),
    SCORE_(achievement, "achievement", F_E2, int64_t),
    SCORE_(essay, "essay", F_E2, int64_t),
    SCORE_(timestamp, "timestamp", F_TIME, int64_t),
    SCORE_(hash, "hash", F_STR, struct str),
    SCORE_(attempts, "attempts", F_I64, int64_t),
    SCORE_(evaluator, "evaluator", F_STR, struct str),
    SCORE_(explanation, "explanation", F_STR, struct str),
    SCORE_(strengths, "strengths", F_JSON, struct str),
    SCORE_(areas, "areas", F_JSON, struct str),
    FIELD_E2(struct legacy_score, llm, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_score, llm_explanation, .flags = FIELD_NULL),
    FIELD_ENUM(struct legacy_score, status, .names = &application_status_names),
};
static SCHEMA(score_schema, "LegacyScore", struct legacy_score, score_fields);

err legacy_score_insert(struct ctx *c, struct tx *tx, const struct legacy_score *r)
{
    static const struct query scores = {
        .sql = "INSERT INTO final_scores (anonymized_id, admission_cycle_id, final_score,"
               " academic_score, test_score, achievement_score, essay_score, llm_score, timestamp,"
               " hash, worker_attempts, status, evaluator) VALUES (:anonymized_id, :cycle_id,"
               " :final, :academic, :test, :achievement, :essay, :llm, :timestamp, :hash,"
               " :attempts, :status, :evaluator)",
        .in = &score_schema,
    };
    static const struct query texts = {
        .sql = "INSERT INTO final_score_texts (anonymized_id, admission_cycle_id, explanation,"
               " llm_explanation, strengths, areas_for_improvement) VALUES (:anonymized_id,"
               " :cycle_id, :explanation, :llm_explanation, :strengths, :areas)",
        .in = &score_schema,
    };
    TRY(query_run(c, tx, &scores, r, NULL));
    return query_run(c, tx, &texts, r, NULL);
}

static const struct field batch_fields[] = {
    FIELD_I64(struct legacy_batch, batch_id),
    FIELD_STR(struct legacy_batch, cycle_id),
    FIELD_STR(struct legacy_batch, batch_type),
    FIELD_STR(struct legacy_batch, model_name),
    FIELD_STR(struct legacy_batch, model_version, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_batch, input_file_path),
    FIELD_STR(struct legacy_batch, output_file_path, .flags = FIELD_NULL),
    FIELD_I64(struct legacy_batch, total_records),
    FIELD_I64(struct legacy_batch, processed_records),
    FIELD_I64(struct legacy_batch, failed_records),
    FIELD_STR(struct legacy_batch, status),
    FIELD_TIME(struct legacy_batch, started_at, .flags = FIELD_NULL),
    FIELD_TIME(struct legacy_batch, completed_at, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_batch, triggered_by),
    FIELD_STR(struct legacy_batch, error_log, .flags = FIELD_NULL),
};
static SCHEMA(batch_schema, "LegacyBatch", struct legacy_batch, batch_fields);

err legacy_batch_insert(struct ctx *c, struct tx *tx, const struct legacy_batch *r)
{
    static const struct query q = {
        .sql = "INSERT INTO batch_runs (batch_id, admission_cycle_id, batch_type, model_name,"
               " model_version, input_file_path, output_file_path, total_records,"
               " processed_records, failed_records, status, started_at, completed_at,"
               " triggered_by, error_log, batch_metadata) VALUES (:batch_id, :cycle_id,"
               " :batch_type, :model_name, :model_version, :input_file_path, :output_file_path,"
               " :total_records, :processed_records, :failed_records, :status, :started_at,"
               " :completed_at, :triggered_by, :error_log, NULL)",
        .in = &batch_schema,
    };
    return query_run(c, tx, &q, r, NULL);
}

#define LOG_(m_, type_, T_) FIELD_NAMED(struct legacy_selection, log.m_, #m_, type_, T_, .flags = 0)
static const struct field selection_fields[] = {
    FIELD_I64(struct legacy_selection, selection_id),
    LOG_(admission_cycle_id, F_STR, struct str),
    LOG_(selected_count, F_I64, int64_t),
    LOG_(selection_criteria, F_JSON, struct str),
    LOG_(cutoff_score, F_E2, int64_t),
    LOG_(executed_at, F_TIME, int64_t),
    LOG_(executed_by, F_STR, struct str),
    FIELD_STR(struct legacy_selection, program_name, .flags = FIELD_NULL),
};
static SCHEMA(selection_schema, "LegacySelection", struct legacy_selection, selection_fields);

err legacy_selection_insert(struct ctx *c, struct tx *tx, const struct legacy_selection *r)
{
    static const struct query q = {
        .sql = "INSERT INTO selection_logs (selection_id, admission_cycle_id, program_name,"
               " selected_count, selection_criteria, cutoff_score, executed_at, executed_by) VALUES"
               " (:selection_id, :admission_cycle_id, :program_name, :selected_count,"
               " :selection_criteria, :cutoff_score, :executed_at, :executed_by)",
        .in = &selection_schema,
    };
    return query_run(c, tx, &q, r, NULL);
}

static const struct field interview_fields[] = {
    FIELD_I64(struct legacy_interview, id),
    FIELD_STR(struct legacy_interview, application_id),
    FIELD_STR(struct legacy_interview, student_id),
    FIELD_STR(struct legacy_interview, admin_id),
    FIELD_STR(struct legacy_interview, cycle_id),
    FIELD_TIME(struct legacy_interview, interview_time),
    FIELD_STR(struct legacy_interview, interview_link),
    FIELD_STR(struct legacy_interview, status),
    FIELD_STR(struct legacy_interview, notes, .flags = FIELD_NULL | FIELD_PII),
    FIELD_TIME(struct legacy_interview, started_at, .flags = FIELD_NULL),
    FIELD_TIME(struct legacy_interview, coi_accepted_at, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_interview, coi_accepted_by, .flags = FIELD_NULL),
    FIELD_TIME(struct legacy_interview, created_at),
    FIELD_TIME(struct legacy_interview, updated_at),
    FIELD_I64(struct legacy_interview, score_id, .flags = FIELD_NULL),
    FIELD_E2(struct legacy_interview, communication),
    FIELD_E2(struct legacy_interview, critical_thinking),
    FIELD_E2(struct legacy_interview, motivation),
    FIELD_E2(struct legacy_interview, final),
    FIELD_STR(struct legacy_interview, score_notes, .flags = FIELD_NULL | FIELD_PII),
    FIELD_TIME(struct legacy_interview, scored_at, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_interview, scored_by, .flags = FIELD_NULL),
};
static SCHEMA(interview_schema_, "LegacyInterview", struct legacy_interview, interview_fields);

err legacy_interview_insert(struct ctx *c, struct tx *tx, const struct legacy_interview *r)
{
    static const struct query q = {
        .sql = "INSERT INTO interviews (id, application_id, student_id, admin_id,"
               " admission_cycle_id, interview_time, interview_link, status, notes, started_at,"
               " coi_accepted_at, coi_accepted_by, created_at, updated_at) VALUES (:id,"
               " :application_id, :student_id, :admin_id, :cycle_id, :interview_time,"
               " :interview_link, :status, :notes, :started_at, :coi_accepted_at,"
               " :coi_accepted_by, :created_at, :updated_at)",
        .in = &interview_schema_,
    };
    return query_run(c, tx, &q, r, NULL);
}

err legacy_interview_score_insert(struct ctx *c, struct tx *tx, const struct legacy_interview *r)
{
    static const struct query q = {
        .sql = "INSERT INTO interview_scores (id, interview_id, communication_score,"
               " critical_thinking_score, motivation_score, final_interview_score, notes,"
               " scored_at, scored_by) VALUES (:score_id, :id, :communication,"
               " :critical_thinking, :motivation, :final, :score_notes, :scored_at, :scored_by)",
        .in = &interview_schema_,
    };
    return query_run(c, tx, &q, r, NULL);
}

struct seats_in {
    struct str id;
    int64_t n;
};
static const struct field seats_fields[] = {
    FIELD_STR(struct seats_in, id),
    FIELD_I64(struct seats_in, n),
};
static SCHEMA(seats_schema, "LegacySeats", struct seats_in, seats_fields);

err legacy_cycle_seats(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t seats)
{
    static const struct query q = {
        .sql = "UPDATE admission_cycles SET current_seats = :n WHERE cycle_id = :id",
        .in = &seats_schema,
    };
    return query_run(c, tx, &q, &(struct seats_in){ cycle_id, seats }, NULL);
}

static const struct field verdict_fields[] = {
    FIELD_STR(struct legacy_verdict, anonymized_id),
    FIELD_STR(struct legacy_verdict, status),
};
static SCHEMA(verdict_schema, "LegacyVerdict", struct legacy_verdict, verdict_fields);

err legacy_verdicts(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT anonymized_id, status FROM final_scores WHERE admission_cycle_id = :id"
               " ORDER BY score_id",
        .in = &id_schema,
        .out = &verdict_schema,
    };
    return query_each(c, tx, &q, &(struct id_in){ .id = cycle_id }, fn, arg);
}

/* The identity columns that were given numbers: the engine must not give them again. */
err legacy_sequences(struct ctx *c, struct tx *tx)
{
#define BEHIND_(table_, column_)                                                                   \
    "setval(pg_get_serial_sequence('" table_ "', '" column_ "'),"                                  \
    " (SELECT COALESCE(MAX(" column_ "), 0) + 1 FROM " table_ "), FALSE)"
    static const struct query q = {
        .sql = "SELECT " BEHIND_("batch_runs", "batch_id") " + " BEHIND_(
            "selection_logs",
            "selection_id") " + " BEHIND_("interviews",
                                          "id") " + " BEHIND_("interview_scores",
                                                              "id") " + " BEHIND_("oauth_"
                                                                                  "identities",
                                                                                  "identity_id") " "
                                                                                                 "A"
                                                                                                 "S"
                                                                                                 " "
                                                                                                 "n",
        .out = &int_schema,
    };
    struct int_row row = { 0 };
    if (!str_eq(str_of(db_engine(c->deps->db)), S("postgres")))
        return ERR_OK;
    return query_one(c, tx, &q, NULL, &row);
}
