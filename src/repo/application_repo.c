/* SQL of applications: the narrow row that bulk steps update, and its texts beside it. */
#include "repo/application_repo.h"

#include "domain/phase.h"
#include "domain/role.h"

static const struct field narrow_fields[] = {
    FIELD_STR(struct application_record, application_id, .flags = 0),
    FIELD_STR(struct application_record, admission_cycle_id, .flags = 0),
    FIELD_STR(struct application_record, student_id, .flags = FIELD_NULL),
    FIELD_TIME(struct application_record, timestamp, .flags = 0),
    FIELD_E2(struct application_record, gpa, .flags = 0),
    FIELD_ENUM(struct application_record, status, .names = &application_status_names),
    FIELD_I64(struct application_record, scrub_order, .flags = 0),
};
static SCHEMA(narrow_schema, "ApplicationNarrow", struct application_record, narrow_fields);
static const struct query insert_query = {
    .sql = "INSERT INTO applications (application_id, admission_cycle_id, student_id, timestamp, "
           "gpa, status, scrub_order, created_at, updated_at) VALUES (:application_id, "
           ":admission_cycle_id, :student_id, :timestamp, :gpa, :status, :scrub_order, "
           ":timestamp, :timestamp)",
    .in = &narrow_schema,
};

static const struct field text_fields[] = {
    FIELD_STR(struct application_record, application_id, .flags = 0),
    FIELD_STR(struct application_record, admission_cycle_id, .flags = 0),
    FIELD_STR(struct application_record, email_hash, .flags = 0),
    FIELD_MAP_E2(struct application_record, test_scores, .flags = 0),
    FIELD_STR(struct application_record, sealed_identity, .flags = FIELD_NULL),
    FIELD_STR(struct application_record, essay, .flags = 0),
    FIELD_STR(struct application_record, achievements, .flags = 0),
    FIELD_STR(struct application_record, consent_version, .flags = FIELD_NULL),
    FIELD_BOOL(struct application_record, consent_stated, .flags = 0),
};
static SCHEMA(text_schema, "ApplicationTexts", struct application_record, text_fields);
static const struct query insert_texts_query = {
    .sql = "INSERT INTO application_texts (application_id, admission_cycle_id, email_hash, "
           "test_scores, sealed_identity, essay, achievements, consent_version, consent_stated) "
           "VALUES (:application_id, :admission_cycle_id, :email_hash, :test_scores, "
           ":sealed_identity, :essay, :achievements, :consent_version, :consent_stated)",
    .in = &text_schema,
};

err application_insert(struct ctx *c, struct tx *tx, const struct application_record *v, size_t n)
{
    TRY(query_send(c, tx, &insert_query, v, n));
    return query_send(c, tx, &insert_texts_query, v, n);
}

struct student_key {
    struct str student_id;
    int64_t now;
};
static const struct field student_fields[] = {
    FIELD_STR(struct student_key, student_id, .flags = 0),
    FIELD_TIME(struct student_key, now, .flags = 0),
};
static SCHEMA(student_schema, "ApplicantKey", struct student_key, student_fields);
static const struct field applicant_fields[] = {
    FIELD_STR(struct applicant, primary_email, .flags = FIELD_PII),
    FIELD_ENUM(struct applicant, status, .names = &student_status_names),
    FIELD_TIME(struct applicant, now, .flags = 0),
    FIELD_BOOL(struct applicant, has_draft, .flags = 0),
};
static SCHEMA(applicant_schema, "Applicant", struct applicant, applicant_fields);
static const struct query applicant_query = {
    .sql = "SELECT primary_email, status, @NOW@ AS now, EXISTS (SELECT 1 FROM application_drafts d "
           "WHERE d.student_id = :student_id) AS has_draft FROM student_accounts "
           "WHERE student_id = :student_id",
    .in = &student_schema,
    .out = &applicant_schema,
};

err applicant_find(struct ctx *c, struct tx *tx, struct str student_id, struct applicant *ret,
                   bool *ret_found)
{
    struct student_key key = { student_id, c->now_us };
    return query_find(c, tx, &applicant_query, &key, ret, ret_found);
}

struct application_key {
    struct str application_id;
};
static const struct field key_fields[] = { FIELD_STR(struct application_key, application_id,
                                                     .flags = 0) };
static SCHEMA(key_schema, "ApplicationKey", struct application_key, key_fields);
#define OWN_(m_, key_, type_, T_, ...)                                                             \
    FIELD_NAMED(struct application_own, m_, key_, type_, T_, __VA_ARGS__)
static const struct field own_fields[] = {
    OWN_(application_id, "application_id", F_STR, struct str, .flags = 0),
    OWN_(student_id, "student_id", F_STR, struct str, .flags = FIELD_NULL),
    OWN_(status, "status", F_ENUM, int32_t, .names = &application_status_names),
    OWN_(submitted_at, "submitted_at", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.cycle_id, "cycle_id", F_STR, struct str, .flags = 0),
    OWN_(cycle.cycle_name, "cycle_name", F_STR, struct str, .flags = 0),
    OWN_(cycle.start_date, "start_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.end_date, "end_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.result_date, "result_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.phase, "phase", F_ENUM, int32_t, .names = &phase_names),
};
static SCHEMA(own_schema, "ApplicationOwn", struct application_own, own_fields);
static const struct query own_query = {
    .sql = "SELECT a.application_id, a.student_id, a.status, a.timestamp AS submitted_at, "
           "c.cycle_id, c.cycle_name, c.start_date, c.end_date, c.result_date, c.phase "
           "FROM applications a JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id "
           "WHERE a.application_id = :application_id",
    .in = &key_schema,
    .out = &own_schema,
};

err application_own_find(struct ctx *c, struct tx *tx, struct str application_id,
                         struct application_own *ret, bool *ret_found)
{
    struct application_key key = { application_id };
    return query_find(c, tx, &own_query, &key, ret, ret_found);
}

struct take_back_in {
    struct str application_id;
    int64_t now;
};
static const struct field take_back_fields[] = {
    FIELD_STR(struct take_back_in, application_id, .flags = 0),
    FIELD_TIME(struct take_back_in, now, .flags = 0),
};
static SCHEMA(take_back_schema, "ApplicationTakeBack", struct take_back_in, take_back_fields);
static const struct query take_back_query = {
    .sql = "UPDATE applications SET status = 'withdrawn', updated_at = :now "
           "WHERE application_id = :application_id AND status = 'submitted'",
    .in = &take_back_schema,
};

err application_take_back(struct ctx *c, struct tx *tx, struct str application_id,
                          int64_t *ret_changed)
{
    struct take_back_in in = { application_id, c->now_us };
    return query_run(c, tx, &take_back_query, &in, ret_changed);
}

struct cycle_in {
    struct str cycle_id;
};
static const struct field cycle_in_fields[] = { FIELD_STR(struct cycle_in, cycle_id, .flags = 0) };
static SCHEMA(cycle_in_schema, "ApplicationCycleIn", struct cycle_in, cycle_in_fields);
static const struct field count_fields[] = {
    FIELD_ENUM(struct status_count, status, .names = &application_status_names),
    FIELD_I64(struct status_count, n, .flags = 0),
};
static SCHEMA(count_schema, "StatusCount", struct status_count, count_fields);
static const struct query counts_query = {
    .sql = "SELECT status, COUNT(*) AS n FROM applications "
           "WHERE admission_cycle_id = :cycle_id GROUP BY status",
    .in = &cycle_in_schema,
    .out = &count_schema,
};

err application_counts(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret)
{
    struct cycle_in in = { cycle_id };
    return query_list(c, tx, &counts_query, &in, APP_STATUS_COUNT, ret);
}

static const struct field phase_count_fields[] = {
    FIELD_ENUM(struct phase_status_count, phase, .names = &phase_names),
    FIELD_ENUM(struct phase_status_count, status, .names = &application_status_names),
    FIELD_I64(struct phase_status_count, n, .flags = 0),
};
static SCHEMA(phase_count_schema, "PhaseStatusCount", struct phase_status_count,
              phase_count_fields);
/* Grouped by cycle on the index first, so that the join sees a few rows only. */
static const struct query counts_all_query = {
    .sql = "SELECT c.phase, g.status, CAST(SUM(g.n) AS BIGINT) AS n FROM (SELECT "
           "admission_cycle_id, status, "
           "COUNT(*) AS n FROM applications GROUP BY admission_cycle_id, status) g "
           "JOIN admission_cycles c ON c.cycle_id = g.admission_cycle_id "
           "GROUP BY c.phase, g.status",
    .out = &phase_count_schema,
};

err application_counts_all(struct ctx *c, struct tx *tx, struct list *ret)
{
    return query_list(c, tx, &counts_all_query, NULL, (size_t)PHASE_COUNT * APP_STATUS_COUNT, ret);
}

struct move_in {
    struct str cycle_id;
    int32_t from_status, to_status;
    int64_t now;
};
static const struct field move_fields[] = {
    FIELD_STR(struct move_in, cycle_id, .flags = 0),
    FIELD_ENUM(struct move_in, from_status, .names = &application_status_names),
    FIELD_ENUM(struct move_in, to_status, .names = &application_status_names),
    FIELD_TIME(struct move_in, now, .flags = 0),
};
static SCHEMA(move_schema, "ApplicationMoveIn", struct move_in, move_fields);
static const struct query move_query = {
    .sql = "UPDATE applications SET status = :to_status, updated_at = :now "
           "WHERE admission_cycle_id = :cycle_id AND status = :from_status",
    .in = &move_schema,
};

err application_move(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t from, int32_t to,
                     int64_t *ret_changed)
{
    struct move_in in = { cycle_id, from, to, c->now_us };
    return query_run(c, tx, &move_query, &in, ret_changed);
}

static const struct query choose_query = {
    .sql = "UPDATE applications SET status = :to_status, updated_at = :now "
           "WHERE application_id IN (SELECT x.application_id FROM final_scores f "
           "JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id "
           "WHERE f.admission_cycle_id = :cycle_id AND f.status = :to_status) "
           "AND status = :from_status",
    .in = &move_schema,
};

err application_choose(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t was,
                       int32_t chosen, int64_t *ret_changed)
{
    struct move_in in = { cycle_id, was, chosen, c->now_us };
    return query_run(c, tx, &choose_query, &in, ret_changed);
}
