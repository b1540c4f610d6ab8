/* What an original installation holds of one cycle. */
#include "repo/original_repo.h"

struct cycle_in {
    struct str cycle_id;
};
static const struct field cycle_in_fields[] = { FIELD_STR(struct cycle_in, cycle_id) };
static SCHEMA(cycle_in_schema, "OriginalCycleIn", struct cycle_in, cycle_in_fields);

static const struct field application_fields[] = {
    FIELD_STR(struct original_application, application_id),
    FIELD_STR(struct original_application, student_id, .flags = FIELD_NULL),
    FIELD_TIME(struct original_application, timestamp),
    FIELD_STR(struct original_application, name, .flags = FIELD_PII),
    FIELD_STR(struct original_application, email, .flags = FIELD_PII),
    FIELD_STR(struct original_application, phone, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct original_application, address, .flags = FIELD_NULL | FIELD_PII),
    FIELD_F64(struct original_application, gpa),
    FIELD_STR(struct original_application, test_scores),
    FIELD_STR(struct original_application, essay, .flags = FIELD_PII),
    FIELD_STR(struct original_application, achievements, .flags = FIELD_PII),
    FIELD_STR(struct original_application, status),
    FIELD_TIME(struct original_application, created_at),
    FIELD_TIME(struct original_application, updated_at),
    FIELD_STR(struct original_application, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct original_application, score_status, .flags = FIELD_NULL),
};
static SCHEMA(application_schema, "OriginalApplication", struct original_application,
              application_fields);

#define APPLICATIONS_(student_)                                                                    \
    "SELECT a.application_id, " student_ " AS student_id, a.timestamp, a.name, a.email, a.phone,"  \
    " a.address, a.gpa, CAST(a.test_scores AS TEXT) AS test_scores, a.essay, a.achievements,"      \
    " CAST(a.status AS TEXT) AS status, a.created_at, a.updated_at, n.anonymized_id,"              \
    " CAST(f.status AS TEXT) AS score_status FROM applications a"                                  \
    " LEFT JOIN anonymized_applications n ON n.application_id = a.application_id"                  \
    " LEFT JOIN final_scores f ON f.anonymized_id = n.anonymized_id"                               \
    " WHERE a.admission_cycle_id = :cycle_id ORDER BY a.timestamp, a.application_id"

err original_applications(struct ctx *c, struct tx *tx, struct str cycle_id, bool with_students,
                          row_fn *fn, void *arg)
{
    static const struct query with = { .sql = APPLICATIONS_("a.student_id"),
                                       .in = &cycle_in_schema,
                                       .out = &application_schema };
    static const struct query without = { .sql = APPLICATIONS_("CAST(NULL AS TEXT)"),
                                          .in = &cycle_in_schema,
                                          .out = &application_schema };
    const struct cycle_in in = { cycle_id };
    return query_each(c, tx, with_students ? &with : &without, &in, fn, arg);
}

static const struct field anonymous_fields[] = {
    FIELD_STR(struct original_anonymous, anonymized_id),
    FIELD_STR(struct original_anonymous, application_id),
    FIELD_F64(struct original_anonymous, gpa),
    FIELD_STR(struct original_anonymous, test_scores),
    FIELD_STR(struct original_anonymous, essay_scrubbed),
    FIELD_STR(struct original_anonymous, achievements_scrubbed),
    FIELD_TIME(struct original_anonymous, created_at),
    FIELD_STR(struct original_anonymous, encrypted_pii, .flags = FIELD_NULL),
    FIELD_BOOL(struct original_anonymous, has_metrics),
    FIELD_STR(struct original_anonymous, name, .flags = FIELD_PII),
    FIELD_STR(struct original_anonymous, email, .flags = FIELD_PII),
    FIELD_STR(struct original_anonymous, phone, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct original_anonymous, address, .flags = FIELD_NULL | FIELD_PII),
};
static SCHEMA(anonymous_schema, "OriginalAnonymous", struct original_anonymous, anonymous_fields);

/* md5 is there only to shuffle: an anonymous id of the original begins with the time. */
err original_anonymous(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT n.anonymized_id, n.application_id, n.gpa,"
               " CAST(n.test_scores AS TEXT) AS test_scores, n.essay_scrubbed,"
               " n.achievements_scrubbed, n.created_at, i.encrypted_pii,"
               " EXISTS (SELECT 1 FROM deterministic_metrics m"
               " WHERE m.application_id = n.application_id) AS has_metrics,"
               " a.name, a.email, a.phone, a.address FROM anonymized_applications n"
               " JOIN applications a ON a.application_id = n.application_id"
               " LEFT JOIN identity_mapping i ON i.anonymized_id = n.anonymized_id"
               " WHERE a.admission_cycle_id = :cycle_id"
               " ORDER BY md5(n.anonymized_id), n.anonymized_id",
        .in = &cycle_in_schema,
        .out = &anonymous_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field batch_fields[] = {
    FIELD_I64(struct original_batch, batch_id),
    FIELD_STR(struct original_batch, batch_type),
    FIELD_STR(struct original_batch, model_name),
    FIELD_STR(struct original_batch, model_version, .flags = FIELD_NULL),
    FIELD_STR(struct original_batch, input_file_path),
    FIELD_STR(struct original_batch, output_file_path, .flags = FIELD_NULL),
    FIELD_I64(struct original_batch, total_records),
    FIELD_I64(struct original_batch, processed_records),
    FIELD_I64(struct original_batch, failed_records),
    FIELD_STR(struct original_batch, status),
    FIELD_TIME(struct original_batch, started_at, .flags = FIELD_NULL),
    FIELD_TIME(struct original_batch, completed_at, .flags = FIELD_NULL),
    FIELD_STR(struct original_batch, triggered_by),
    FIELD_STR(struct original_batch, error_log, .flags = FIELD_NULL),
};
static SCHEMA(batch_schema, "OriginalBatch", struct original_batch, batch_fields);

err original_batches(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT CAST(batch_id AS BIGINT) AS batch_id,"
               " CAST(batch_type AS TEXT) AS batch_type, model_name, model_version,"
               " input_file_path, output_file_path,"
               " CAST(total_records AS BIGINT) AS total_records,"
               " CAST(processed_records AS BIGINT) AS processed_records,"
               " CAST(failed_records AS BIGINT) AS failed_records, CAST(status AS TEXT) AS status,"
               " started_at, completed_at, triggered_by, error_log FROM batch_runs"
               " WHERE admission_cycle_id = :cycle_id ORDER BY batch_id",
        .in = &cycle_in_schema,
        .out = &batch_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field attempt_fields[] = {
    FIELD_STR(struct original_attempt, result_id),
    FIELD_STR(struct original_attempt, anonymized_id),
    FIELD_I64(struct original_attempt, batch_run_id, .flags = FIELD_NULL),
    FIELD_I64(struct original_attempt, attempt_number),
    FIELD_F64(struct original_attempt, academic),
    FIELD_F64(struct original_attempt, test),
    FIELD_F64(struct original_attempt, achievement),
    FIELD_F64(struct original_attempt, essay),
    FIELD_F64(struct original_attempt, total),
    FIELD_TIME(struct original_attempt, timestamp),
    FIELD_STR(struct original_attempt, model_used, .flags = FIELD_NULL),
    FIELD_STR(struct original_attempt, rubric_adherence),
    FIELD_STR(struct original_attempt, explanation),
    FIELD_STR(struct original_attempt, reasoning),
    FIELD_STR(struct original_attempt, judge_id, .flags = FIELD_NULL),
    FIELD_I64(struct original_attempt, judge_batch_id, .flags = FIELD_NULL),
    FIELD_STR(struct original_attempt, decision, .flags = FIELD_NULL),
    FIELD_BOOL(struct original_attempt, bias_detected),
    FIELD_F64(struct original_attempt, quality, .flags = FIELD_NULL),
    FIELD_TIME(struct original_attempt, judged_at, .flags = FIELD_NULL),
    FIELD_STR(struct original_attempt, judge_model, .flags = FIELD_NULL),
    FIELD_STR(struct original_attempt, feedback, .flags = FIELD_NULL),
    FIELD_STR(struct original_attempt, judge_reasoning, .flags = FIELD_NULL),
};
static SCHEMA(attempt_schema, "OriginalAttempt", struct original_attempt, attempt_fields);

#define IN_CYCLE_                                                                                  \
    " JOIN anonymized_applications n ON n.anonymized_id = w.anonymized_id"                         \
    " JOIN applications a ON a.application_id = n.application_id"
#define NEWEST_                                                                                    \
    "(SELECT x.judge_id FROM judge_results x WHERE x.worker_result_id = w.result_id"               \
    " ORDER BY x.timestamp DESC, x.judge_id DESC LIMIT 1)"

err original_attempts(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT w.result_id, w.anonymized_id, CAST(b.batch_id AS BIGINT) AS batch_run_id,"
               " CAST(w.attempt_number AS BIGINT) AS attempt_number, w.academic_score AS academic,"
               " w.test_score AS test, w.achievement_score AS achievement, w.essay_score AS essay,"
               " w.total_score AS total, w.timestamp, w.model_used, w.rubric_adherence,"
               " w.explanation, CAST(w.reasoning AS TEXT) AS reasoning, j.judge_id,"
               " CAST(k.batch_id AS BIGINT) AS judge_batch_id,"
               " CAST(j.decision AS TEXT) AS decision,"
               " COALESCE(j.bias_detected, FALSE) AS bias_detected, j.quality_score AS quality,"
               " j.timestamp AS judged_at, j.model_used AS judge_model, j.feedback,"
               " j.reasoning AS judge_reasoning FROM worker_results w" IN_CYCLE_
               " LEFT JOIN batch_runs b ON b.batch_id = w.batch_run_id"
               " AND b.admission_cycle_id = a.admission_cycle_id"
               " LEFT JOIN judge_results j ON j.judge_id = " NEWEST_
               " LEFT JOIN batch_runs k ON k.batch_id = j.batch_run_id"
               " AND k.admission_cycle_id = a.admission_cycle_id"
               " WHERE a.admission_cycle_id = :cycle_id"
               " ORDER BY md5(w.anonymized_id), w.anonymized_id, w.timestamp, w.result_id",
        .in = &cycle_in_schema,
        .out = &attempt_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field name_fields[] = { FIELD_STR(struct original_name, id) };
static SCHEMA(name_schema, "OriginalJudgement", struct original_name, name_fields);

err original_old_judgements(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn,
                            void *arg)
{
    static const struct query q = {
        .sql = "SELECT j.judge_id AS id FROM judge_results j"
               " JOIN worker_results w ON w.result_id = j.worker_result_id" IN_CYCLE_
               " WHERE a.admission_cycle_id = :cycle_id AND j.judge_id <> " NEWEST_
               " ORDER BY j.judge_id",
        .in = &cycle_in_schema,
        .out = &name_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field score_fields[] = {
    FIELD_STR(struct original_score, anonymized_id),
    FIELD_STR(struct original_score, application_id),
    FIELD_F64(struct original_score, final),
    FIELD_F64(struct original_score, academic),
    FIELD_F64(struct original_score, test),
    FIELD_F64(struct original_score, achievement),
    FIELD_F64(struct original_score, essay),
    FIELD_F64(struct original_score, llm, .flags = FIELD_NULL),
    FIELD_STR(struct original_score, llm_explanation, .flags = FIELD_NULL),
    FIELD_STR(struct original_score, explanation),
    FIELD_STR(struct original_score, strengths),
    FIELD_STR(struct original_score, areas),
    FIELD_TIME(struct original_score, timestamp),
    FIELD_STR(struct original_score, hash, .flags = FIELD_NULL),
    FIELD_STR(struct original_score, status),
    FIELD_STR(struct original_score, app_status),
    FIELD_STR(struct original_score, model_used, .flags = FIELD_NULL),
    FIELD_BOOL(struct original_score, hash_known),
};
static SCHEMA(score_schema, "OriginalScore", struct original_score, score_fields);

err original_scores(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT f.anonymized_id, n.application_id, f.final_score AS final,"
               " f.academic_score AS academic, f.test_score AS test,"
               " f.achievement_score AS achievement, f.essay_score AS essay, f.llm_score AS llm,"
               " f.llm_explanation, f.explanation, CAST(f.strengths AS TEXT) AS strengths,"
               " CAST(f.areas_for_improvement AS TEXT) AS areas, f.timestamp, f.hash,"
               " CAST(f.status AS TEXT) AS status, CAST(a.status AS TEXT) AS app_status,"
               " (SELECT w.model_used FROM worker_results w"
               " WHERE w.anonymized_id = f.anonymized_id"
               " ORDER BY w.timestamp DESC, w.result_id DESC LIMIT 1) AS model_used,"
               " EXISTS (SELECT 1 FROM hash_chain h WHERE h.anonymized_id = f.anonymized_id"
               " AND h.data_hash = f.hash) AS hash_known FROM final_scores f"
               " JOIN anonymized_applications n ON n.anonymized_id = f.anonymized_id"
               " JOIN applications a ON a.application_id = n.application_id"
               " WHERE a.admission_cycle_id = :cycle_id"
               " ORDER BY md5(f.anonymized_id), f.anonymized_id",
        .in = &cycle_in_schema,
        .out = &score_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field selection_fields[] = {
    FIELD_I64(struct original_selection, selection_id),
    FIELD_STR(struct original_selection, program_name, .flags = FIELD_NULL),
    FIELD_I64(struct original_selection, selected_count),
    FIELD_STR(struct original_selection, selection_criteria),
    FIELD_F64(struct original_selection, cutoff_score),
    FIELD_TIME(struct original_selection, executed_at),
    FIELD_STR(struct original_selection, executed_by),
};
static SCHEMA(selection_schema, "OriginalSelection", struct original_selection, selection_fields);

err original_selections(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT CAST(selection_id AS BIGINT) AS selection_id, program_name,"
               " CAST(selected_count AS BIGINT) AS selected_count,"
               " CAST(selection_criteria AS TEXT) AS selection_criteria, cutoff_score,"
               " executed_at, executed_by FROM selection_logs"
               " WHERE admission_cycle_id = :cycle_id ORDER BY selection_id",
        .in = &cycle_in_schema,
        .out = &selection_schema,
    };
    return query_each(c, tx, &q, &(struct cycle_in){ cycle_id }, fn, arg);
}

static const struct field sizes_fields[] = {
    FIELD_I64(struct original_sizes, applications), FIELD_I64(struct original_sizes, anonymous),
    FIELD_I64(struct original_sizes, mappings),     FIELD_I64(struct original_sizes, metrics),
    FIELD_I64(struct original_sizes, batches),      FIELD_I64(struct original_sizes, attempts),
    FIELD_I64(struct original_sizes, judgements),   FIELD_I64(struct original_sizes, scores),
    FIELD_I64(struct original_sizes, selections),   FIELD_I64(struct original_sizes, shortlisted),
};
static SCHEMA(sizes_schema, "OriginalSizes", struct original_sizes, sizes_fields);

#define OF_APPLICATION_(table_)                                                                    \
    "(SELECT COUNT(*) FROM " table_ " t JOIN applications a"                                       \
    " ON a.application_id = t.application_id WHERE a.admission_cycle_id = :cycle_id)"
#define ANONYMOUS_WHERE_(table_, where_)                                                           \
    "(SELECT COUNT(*) FROM " table_ " t JOIN anonymized_applications n"                            \
    " ON n.anonymized_id = t.anonymized_id JOIN applications a"                                    \
    " ON a.application_id = n.application_id WHERE a.admission_cycle_id = :cycle_id" where_ ")"
#define OF_ANONYMOUS_(table_) ANONYMOUS_WHERE_(table_, "")
#define OF_CYCLE_(table_)     "(SELECT COUNT(*) FROM " table_ " WHERE admission_cycle_id = :cycle_id)"

/* clang-format off */
static const struct query sizes_query = {
    .sql = "SELECT " OF_CYCLE_("applications") " AS applications, "
           OF_APPLICATION_("anonymized_applications") " AS anonymous, "
           OF_ANONYMOUS_("identity_mapping") " AS mappings, "
           OF_APPLICATION_("deterministic_metrics") " AS metrics, "
           OF_CYCLE_("batch_runs") " AS batches, "
           OF_ANONYMOUS_("worker_results") " AS attempts, "
           OF_ANONYMOUS_("judge_results") " AS judgements, "
           OF_ANONYMOUS_("final_scores") " AS scores, "
           OF_CYCLE_("selection_logs") " AS selections, "
           ANONYMOUS_WHERE_("final_scores", " AND CAST(t.status AS TEXT) = 'SHORTLISTED'")
           " AS shortlisted",
    .in = &cycle_in_schema,
    .out = &sizes_schema,
};
/* clang-format on */

err original_sizes(struct ctx *c, struct tx *tx, struct str cycle_id, struct original_sizes *ret)
{
    return query_one(c, tx, &sizes_query, &(struct cycle_in){ cycle_id }, ret);
}

static const struct field interview_fields[] = {
    FIELD_I64(struct original_interview, id),
    FIELD_STR(struct original_interview, application_id),
    FIELD_STR(struct original_interview, student_id),
    FIELD_STR(struct original_interview, admin_id),
    FIELD_TIME(struct original_interview, interview_time),
    FIELD_STR(struct original_interview, interview_link),
    FIELD_STR(struct original_interview, status),
    FIELD_STR(struct original_interview, notes, .flags = FIELD_NULL | FIELD_PII),
    FIELD_TIME(struct original_interview, started_at, .flags = FIELD_NULL),
    FIELD_TIME(struct original_interview, coi_accepted_at, .flags = FIELD_NULL),
    FIELD_STR(struct original_interview, coi_accepted_by, .flags = FIELD_NULL),
    FIELD_TIME(struct original_interview, created_at),
    FIELD_TIME(struct original_interview, updated_at),
    FIELD_I64(struct original_interview, score_id, .flags = FIELD_NULL),
    FIELD_F64(struct original_interview, communication, .flags = FIELD_NULL),
    FIELD_F64(struct original_interview, critical_thinking, .flags = FIELD_NULL),
    FIELD_F64(struct original_interview, motivation, .flags = FIELD_NULL),
    FIELD_F64(struct original_interview, final, .flags = FIELD_NULL),
    FIELD_STR(struct original_interview, score_notes, .flags = FIELD_NULL | FIELD_PII),
    FIELD_TIME(struct original_interview, scored_at, .flags = FIELD_NULL),
    FIELD_STR(struct original_interview, scored_by, .flags = FIELD_NULL),
};
static SCHEMA(interview_schema_, "OriginalInterview", struct original_interview, interview_fields);

#define INTERVIEWS_(start_, score_, from_)                                                         \
    "SELECT CAST(i.id AS BIGINT) AS id, i.application_id, i.student_id, i.admin_id,"               \
    " i.interview_time, i.interview_link, CAST(i.status AS TEXT) AS status, i.notes, " start_      \
    ", i.created_at, i.updated_at, " score_ " FROM interviews i" from_                             \
    " WHERE i.admission_cycle_id = :cycle_id ORDER BY i.id"
#define START_ "i.started_at, i.coi_accepted_at, i.coi_accepted_by"
#define NO_START_                                                                                  \
    "CAST(NULL AS TIMESTAMPTZ) AS started_at, CAST(NULL AS TIMESTAMPTZ) AS coi_accepted_at,"       \
    " CAST(NULL AS TEXT) AS coi_accepted_by"
#define SCORE_                                                                                     \
    "CAST(s.id AS BIGINT) AS score_id, s.communication_score AS communication,"                    \
    " s.critical_thinking_score AS critical_thinking, s.motivation_score AS motivation,"           \
    " s.final_interview_score AS final, s.notes AS score_notes, s.scored_at, s.scored_by"
#define NO_SCORE_                                                                                  \
    "CAST(NULL AS BIGINT) AS score_id, CAST(NULL AS DOUBLE PRECISION) AS communication,"           \
    " CAST(NULL AS DOUBLE PRECISION) AS critical_thinking,"                                        \
    " CAST(NULL AS DOUBLE PRECISION) AS motivation, CAST(NULL AS DOUBLE PRECISION) AS final,"      \
    " CAST(NULL AS TEXT) AS score_notes, CAST(NULL AS TIMESTAMPTZ) AS scored_at,"                  \
    " CAST(NULL AS TEXT) AS scored_by"
#define SCORES_ " LEFT JOIN interview_scores s ON s.interview_id = i.id"

err original_interviews(struct ctx *c, struct tx *tx, struct str cycle_id, enum original_talks have,
                        row_fn *fn, void *arg)
{
    static const struct query q[] = {
        [ORIGINAL_INTERVIEWS_PLAIN] = { .sql = INTERVIEWS_(NO_START_, NO_SCORE_, ""),
                                        .in = &cycle_in_schema,
                                        .out = &interview_schema_ },
        [ORIGINAL_INTERVIEWS_SCORED] = { .sql = INTERVIEWS_(NO_START_, SCORE_, SCORES_),
                                         .in = &cycle_in_schema,
                                         .out = &interview_schema_ },
        [ORIGINAL_INTERVIEWS_WHOLE] = { .sql = INTERVIEWS_(START_, SCORE_, SCORES_),
                                        .in = &cycle_in_schema,
                                        .out = &interview_schema_ },
    };
    return query_each(c, tx, &q[have], &(struct cycle_in){ cycle_id }, fn, arg);
}
