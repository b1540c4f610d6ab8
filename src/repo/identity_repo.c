/* The one place where identity and anonymous data are joined. */
#include "repo/identity_repo.h"

#include "domain/phase.h"

struct after_in {
    int64_t after;
};
static const struct field after_fields[] = { FIELD_I64(struct after_in, after) };
static SCHEMA(after_schema, "IdentityAfter", struct after_in, after_fields);

static const struct field submission_fields[] = {
    FIELD_I64(struct identity_submission, idx),
    FIELD_STR(struct identity_submission, subj, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct identity_submission, entry),
    FIELD_STR(struct identity_submission, application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, status, .flags = FIELD_NULL),
    FIELD_E2(struct identity_submission, gpa, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, text_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, email_hash, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, sealed_identity, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, essay, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct identity_submission, achievements, .flags = FIELD_NULL | FIELD_PII),
    FIELD_MAP_E2(struct identity_submission, test_scores, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, wrapped, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, score_status, .flags = FIELD_NULL),
    FIELD_BOOL(struct identity_submission, erased),
    FIELD_BOOL(struct identity_submission, withdrawn),
};
static SCHEMA(submission_schema, "IdentitySubmission", struct identity_submission,
              submission_fields);

/* The log, or what waits for its place in it. (act || '') keeps the planner on the index by
 * subject. */
#define LOGGED(subj_, act_)                                                                        \
    " (EXISTS (SELECT 1 FROM audit_entry x WHERE x.subj = " subj_ " AND (x.act || '') = '" act_    \
    "') OR EXISTS (SELECT 1 FROM audit_pending p WHERE p.subj = " subj_ " AND p.act = '" act_      \
    "'))"

/* The log is asked about erasure only when something is missing, and about withdrawal only when
 * the row says so. */
static const struct query submissions = {
    .sql = "SELECT e.idx, e.subj, e.cycle_id, e.entry, a.application_id, a.admission_cycle_id,"
           " a.status, a.gpa, t.application_id AS text_id, t.email_hash, t.sealed_identity,"
           " t.essay, t.achievements, t.test_scores, k.wrapped, f.status AS score_status,"
           " CASE WHEN a.application_id IS NULL OR t.application_id IS NULL OR k.wrapped IS NULL"
           " THEN" LOGGED(
               "e.subj",
               "subject.erase") " ELSE FALSE END AS erased,"
                                " CASE WHEN a.status = 'withdrawn'"
                                " THEN" LOGGED(
                                    "e.subj",
                                    "application.withdraw") " ELSE FALSE END AS withdrawn"
                                                            " FROM audit_entry e"
                                                            " LEFT JOIN applications a ON "
                                                            "a.application_id = substr(e.subj, 13)"
                                                            " LEFT JOIN application_texts t ON "
                                                            "t.application_id = a.application_id"
                                                            " LEFT JOIN subject_key k ON k.subject "
                                                            "= e.subj"
                                                            " LEFT JOIN anonymized_applications n "
                                                            "ON n.application_id = a.application_id"
                                                            " AND n.scrub_order = a.scrub_order"
                                                            " LEFT JOIN final_scores f ON "
                                                            "f.anonymized_id = n.anonymized_id"
                                                            " WHERE e.act = 'application.submit' "
                                                            "AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &submission_schema,
};

err identity_submissions(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &submissions, &(struct after_in){ after }, fn, arg);
}

static const struct field scrub_fields[] = {
    FIELD_I64(struct identity_scrub, idx),
    FIELD_STR(struct identity_scrub, subj, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct identity_scrub, entry),
    FIELD_STR(struct identity_scrub, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_E2(struct identity_scrub, gpa, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, text_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, essay_scrubbed, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, achievements_scrubbed, .flags = FIELD_NULL),
    FIELD_MAP_E2(struct identity_scrub, test_scores, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, mapped_application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, encrypted_pii, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, email_hash, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, wrapped, .flags = FIELD_NULL),
    FIELD_BOOL(struct identity_scrub, erased),
};
static SCHEMA(scrub_schema, "IdentityScrub", struct identity_scrub, scrub_fields);

/* An entry about an anonymous row, with all that belongs to it. */
#define SCRUBBED_ROW_                                                                              \
    "SELECT e.idx, e.subj, e.cycle_id, e.entry, n.anonymized_id, n.application_id,"                \
    " n.admission_cycle_id, n.gpa, t.anonymized_id AS text_id, t.essay_scrubbed,"                  \
    " t.achievements_scrubbed, t.test_scores, m.application_id AS mapped_application_id,"          \
    " m.encrypted_pii, x.email_hash, k.wrapped,"                                                   \
    " CASE WHEN n.anonymized_id IS NULL OR t.anonymized_id IS NULL"                                \
    " OR m.application_id IS NULL OR k.wrapped IS NULL"                                            \
    " THEN" LOGGED(                                                                                \
        "'application:' || n.application_id",                                                      \
        "subject.erase") " ELSE FALSE END AS erased"                                               \
                         " FROM audit_entry e"                                                     \
                         " LEFT JOIN anonymized_applications n ON n.anonymized_id = "              \
                         "substr(e.subj, 6)"                                                       \
                         " LEFT JOIN anonymized_texts t ON t.anonymized_id = n.anonymized_id"      \
                         " LEFT JOIN identity_mapping m ON m.anonymized_id = n.anonymized_id"      \
                         " LEFT JOIN application_texts x ON x.application_id = n.application_id"   \
                         " LEFT JOIN subject_key k ON k.subject = e.subj"

static const struct query scrubs = {
    .sql = SCRUBBED_ROW_ " WHERE e.act = 'identity.scrub' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &scrub_schema,
};

err identity_scrubs(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &scrubs, &(struct after_in){ after }, fn, arg);
}

struct id_in {
    struct str id;
};
static const struct field id_fields[] = { FIELD_STR(struct id_in, id) };
static SCHEMA(id_schema, "IdentityIdIn", struct id_in, id_fields);

static const struct field app_fields[] = {
    FIELD_STR(struct application_view, application_id),
    FIELD_STR(struct application_view, student_id, .flags = FIELD_NULL),
    FIELD_STR(struct application_view, anonymized_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct application_view, status, .names = &application_status_names),
    FIELD_ENUM(struct application_view, phase, .names = &phase_names),
};
static SCHEMA(app_schema, "ApplicationView", struct application_view, app_fields);
static const struct query app_query = {
    .sql = "SELECT a.application_id, a.student_id, x.anonymized_id, a.status, c.phase"
           " FROM applications a JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id"
           " LEFT JOIN anonymized_applications x ON x.application_id = a.application_id"
           " AND x.scrub_order = a.scrub_order"
           " WHERE a.application_id = :id",
    .in = &id_schema,
    .out = &app_schema,
};

err application_view_find(struct ctx *c, struct tx *tx, struct str application_id,
                          struct application_view *ret, bool *ret_found)
{
    return query_find(c, tx, &app_query, &(struct id_in){ application_id }, ret, ret_found);
}

#define VIEW_STR(m_, key_, ...)                                                                    \
    FIELD_NAMED(struct result_view, m_, key_, F_STR, struct str, __VA_ARGS__)
#define VIEW_E2(m_, key_)                                                                          \
    FIELD_NAMED(struct result_view, result.m_, key_, F_E2, int64_t, .flags = 0)
static const struct field result_fields[] = {
    VIEW_STR(result.anonymized_id, "anonymized_id", .flags = 0),
    FIELD_NAMED(struct result_view, result.status, "status", F_ENUM, int32_t,
                .names = &application_status_names),
    VIEW_E2(final_score, "final_score"),
    VIEW_E2(academic_score, "academic_score"),
    VIEW_E2(test_score, "test_score"),
    VIEW_E2(achievement_score, "achievement_score"),
    VIEW_E2(essay_score, "essay_score"),
    VIEW_STR(result.explanation, "explanation", .flags = 0),
    VIEW_STR(result.hash, "hash", .flags = FIELD_NULL),
    FIELD_NAMED(struct result_view, result.timestamp, "timestamp", F_TIME, int64_t, .flags = 0),
    FIELD_NAMED(struct result_view, result.worker_attempts, "worker_attempts", F_I64, int64_t,
                .flags = 0),
    VIEW_STR(result.evaluator, "evaluator", .flags = 0),
    FIELD_JSON(struct result_view, strengths, .flags = 0),
    FIELD_JSON(struct result_view, areas, .flags = 0),
    FIELD_STR(struct result_view, student_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct result_view, phase, .names = &phase_names),
};
static SCHEMA(view_schema, "ResultView", struct result_view, result_fields);
static const struct query result_query = {
    .sql = "SELECT f.anonymized_id, f.status, f.final_score, f.academic_score, f.test_score,"
           " f.achievement_score, f.essay_score, t.explanation, f.hash, f.timestamp,"
           " f.worker_attempts, f.evaluator, t.strengths, t.areas_for_improvement AS areas,"
           " a.student_id, c.phase FROM final_scores f"
           " JOIN final_score_texts t ON t.anonymized_id = f.anonymized_id"
           " AND t.admission_cycle_id = f.admission_cycle_id"
           " JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id"
           " JOIN applications a ON a.application_id = x.application_id"
           " JOIN admission_cycles c ON c.cycle_id = f.admission_cycle_id"
           " WHERE f.anonymized_id = :id",
    .in = &id_schema,
    .out = &view_schema,
};

err result_view_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                     struct result_view *ret, bool *ret_found)
{
    return query_find(c, tx, &result_query, &(struct id_in){ anonymized_id }, ret, ret_found);
}

#define OWN_(m_, key_, type_, T_, ...)                                                             \
    FIELD_NAMED(struct identity_own, m_, key_, type_, T_, __VA_ARGS__)
static const struct field own_fields[] = {
    FIELD_STR(struct identity_own, application_id),
    FIELD_STR(struct identity_own, anonymized_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct identity_own, status, .names = &application_status_names),
    FIELD_TIME(struct identity_own, submitted_at),
    OWN_(cycle.cycle_id, "cycle_id", F_STR, struct str, .flags = 0),
    OWN_(cycle.cycle_name, "cycle_name", F_STR, struct str, .flags = 0),
    OWN_(cycle.start_date, "start_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.end_date, "end_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.result_date, "result_date", F_TIME, int64_t, .flags = 0),
    OWN_(cycle.phase, "phase", F_ENUM, int32_t, .names = &phase_names),
    FIELD_BOOL(struct identity_own, is_open),
};
static SCHEMA(own_schema, "IdentityOwn", struct identity_own, own_fields);
static const struct query own_query = {
    .sql = "SELECT a.application_id, x.anonymized_id, a.status, a.timestamp AS submitted_at,"
           " c.cycle_id, c.cycle_name, c.start_date, c.end_date, c.result_date, c.phase, c.is_open"
           " FROM applications a JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id"
           " LEFT JOIN anonymized_applications x ON x.application_id = a.application_id"
           " AND x.scrub_order = a.scrub_order"
           " WHERE a.student_id = :id ORDER BY a.timestamp DESC, a.application_id DESC",
    .in = &id_schema,
    .out = &own_schema,
};

err identity_own_list(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                      struct list *ret)
{
    return query_list(c, tx, &own_query, &(struct id_in){ student_id }, limit, ret);
}

static const struct field sealed_fields[] = {
    FIELD_STR(struct identity_sealed, cycle_id),
    FIELD_STR(struct identity_sealed, sealed, .flags = FIELD_NULL | FIELD_PII),
    FIELD_ENUM(struct identity_sealed, status, .flags = FIELD_NULL,
               .names = &application_status_names),
    FIELD_ENUM(struct identity_sealed, phase, .names = &phase_names),
};
static SCHEMA(sealed_schema, "IdentitySealed", struct identity_sealed, sealed_fields);
static const struct query by_application_query = {
    .sql = "SELECT c.cycle_id, t.sealed_identity AS sealed, a.status, c.phase FROM applications a"
           " JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id"
           " LEFT JOIN application_texts t ON t.application_id = a.application_id"
           " WHERE a.application_id = :id",
    .in = &id_schema,
    .out = &sealed_schema,
};
static const struct query by_anon_query = {
    .sql = "SELECT c.cycle_id, m.encrypted_pii AS sealed, f.status, c.phase"
           " FROM anonymized_applications x"
           " JOIN admission_cycles c ON c.cycle_id = x.admission_cycle_id"
           " LEFT JOIN identity_mapping m ON m.anonymized_id = x.anonymized_id"
           " LEFT JOIN final_scores f ON f.anonymized_id = x.anonymized_id"
           " WHERE x.anonymized_id = :id",
    .in = &id_schema,
    .out = &sealed_schema,
};

err identity_by_application(struct ctx *c, struct tx *tx, struct str application_id,
                            struct identity_sealed *ret, bool *ret_found)
{
    return query_find(c, tx, &by_application_query, &(struct id_in){ application_id }, ret,
                      ret_found);
}

err identity_by_anon(struct ctx *c, struct tx *tx, struct str anonymized_id,
                     struct identity_sealed *ret, bool *ret_found)
{
    return query_find(c, tx, &by_anon_query, &(struct id_in){ anonymized_id }, ret, ret_found);
}

static const struct query reviews = {
    .sql = SCRUBBED_ROW_ " WHERE e.act = 'identity.review' AND e.idx > :after AND NOT EXISTS"
                         " (SELECT 1 FROM audit_entry l WHERE l.subj = e.subj AND l.idx > e.idx"
                         " AND (l.act || '') = 'identity.review') ORDER BY e.idx",
    .in = &after_schema,
    .out = &scrub_schema,
};

err identity_reviews(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &reviews, &(struct after_in){ after }, fn, arg);
}

static const struct field name_fields[] = { FIELD_STR(struct identity_name, id) };
static SCHEMA(name_schema, "IdentityName", struct identity_name, name_fields);

err identity_reviewed(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = { "SELECT substr(e.subj, 6) AS id FROM audit_entry e "
                                    "WHERE e.act = 'identity.review'",
                                    NULL, &name_schema };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct field text_fields[] = {
    FIELD_STR(struct identity_text, application_id),
    FIELD_STR(struct identity_text, essay),
    FIELD_STR(struct identity_text, achievements),
};
static SCHEMA(text_schema, "IdentityText", struct identity_text, text_fields);

err identity_original(struct ctx *c, struct tx *tx, struct str application_id,
                      struct identity_text *ret, bool *ret_found)
{
    static const struct query q = { "SELECT application_id, essay, achievements "
                                    "FROM application_texts WHERE application_id = :application_id",
                                    &text_schema, &text_schema };
    const struct identity_text key = { .application_id = application_id };
    return query_find(c, tx, &q, &key, ret, ret_found);
}
