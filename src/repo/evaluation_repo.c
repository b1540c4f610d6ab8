/* The SQL of evaluation. */
#include "repo/evaluation_repo.h"

static const struct field source_fields[] = {
    FIELD_STR(struct eval_source, anonymized_id),
    FIELD_STR(struct eval_source, application_id),
    FIELD_STR(struct eval_source, status),
    FIELD_E2(struct eval_source, gpa),
    FIELD_JSON(struct eval_source, test_scores),
    FIELD_STR(struct eval_source, essay_scrubbed),
    FIELD_STR(struct eval_source, achievements_scrubbed),
    FIELD_E2(struct eval_source, academic),
    FIELD_E2(struct eval_source, test_percent),
    FIELD_I64(struct eval_source, prior),
    FIELD_STR(struct eval_source, wrapped, .flags = FIELD_NULL),
    FIELD_I64(struct eval_source, injection_score),
    FIELD_I64(struct eval_source, injection_signs),
    FIELD_STR(struct eval_source, review, .flags = FIELD_NULL),
};
static SCHEMA(source_schema, "EvalSource", struct eval_source, source_fields);

static const struct field range_fields[] = {
    FIELD_STR(struct order_range, cycle_id),
    FIELD_I64(struct order_range, from),
    FIELD_I64(struct order_range, last),
};
static SCHEMA(range_schema, "OrderRange", struct order_range, range_fields);

struct eval_args {
    struct str cycle_id, anonymized_id, application_id, status;
    int64_t attempt, now;
};
static const struct field args_fields[] = {
    FIELD_STR(struct eval_args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct eval_args, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct eval_args, application_id, .flags = FIELD_NULL),
    FIELD_STR(struct eval_args, status, .flags = FIELD_NULL),
    FIELD_I64(struct eval_args, attempt),
    FIELD_TIME(struct eval_args, now, .flags = FIELD_NULL),
};
static SCHEMA(args_schema, "EvalArgs", struct eval_args, args_fields);

static const struct field past_fields[] = {
    FIELD_E2(struct eval_past, academic),     FIELD_E2(struct eval_past, test),
    FIELD_E2(struct eval_past, achievement),  FIELD_E2(struct eval_past, essay),
    FIELD_STR(struct eval_past, explanation),
};
static SCHEMA(past_schema, "EvalPast", struct eval_past, past_fields);

static const struct field free_row_fields[] = { FIELD_STR(struct eval_free, anonymized_id) };
static SCHEMA(free_row_schema, "EvalFree", struct eval_free, free_row_fields);

static const struct field worker_fields[] = {
    FIELD_STR(struct worker_row, result_id),
    FIELD_STR(struct worker_row, anonymized_id),
    FIELD_STR(struct worker_row, cycle_id),
    FIELD_I64(struct worker_row, batch_run_id, .flags = FIELD_NULL),
    FIELD_I64(struct worker_row, attempt),
    FIELD_E2(struct worker_row, academic),
    FIELD_E2(struct worker_row, test),
    FIELD_E2(struct worker_row, achievement),
    FIELD_E2(struct worker_row, essay),
    FIELD_E2(struct worker_row, total),
    FIELD_TIME(struct worker_row, timestamp),
    FIELD_STR(struct worker_row, model_used, .flags = FIELD_NULL),
    FIELD_STR(struct worker_row, rubric_adherence),
    FIELD_STR(struct worker_row, explanation),
    FIELD_JSON(struct worker_row, reasoning),
};
static SCHEMA(worker_schema, "WorkerRow", struct worker_row, worker_fields);

static const struct field judge_fields[] = {
    FIELD_STR(struct judge_row, judge_id),
    FIELD_STR(struct judge_row, anonymized_id),
    FIELD_STR(struct judge_row, cycle_id),
    FIELD_STR(struct judge_row, worker_result_id),
    FIELD_I64(struct judge_row, batch_run_id, .flags = FIELD_NULL),
    FIELD_STR(struct judge_row, decision),
    FIELD_BOOL(struct judge_row, bias_detected),
    FIELD_E2(struct judge_row, quality),
    FIELD_TIME(struct judge_row, timestamp),
    FIELD_STR(struct judge_row, model_used, .flags = FIELD_NULL),
    FIELD_STR(struct judge_row, feedback),
    FIELD_STR(struct judge_row, reasoning),
};
static SCHEMA(judge_schema, "JudgeRow", struct judge_row, judge_fields);

static const struct field final_fields[] = {
    FIELD_STR(struct final_row, anonymized_id), FIELD_STR(struct final_row, cycle_id),
    FIELD_E2(struct final_row, final),          FIELD_E2(struct final_row, academic),
    FIELD_E2(struct final_row, test),           FIELD_E2(struct final_row, achievement),
    FIELD_E2(struct final_row, essay),          FIELD_TIME(struct final_row, timestamp),
    FIELD_STR(struct final_row, hash),          FIELD_I64(struct final_row, attempts),
    FIELD_STR(struct final_row, evaluator),     FIELD_STR(struct final_row, explanation),
    FIELD_JSON(struct final_row, strengths),    FIELD_JSON(struct final_row, areas),
};
static SCHEMA(final_schema, "FinalRow", struct final_row, final_fields);

#define EVAL_SELECT                                                                                \
    "SELECT n.anonymized_id, n.application_id, a.status, n.gpa, t.test_scores, "                   \
    "t.essay_scrubbed, t.achievements_scrubbed, m.academic_score_computed AS academic, "           \
    "m.test_percent, (SELECT COALESCE(MAX(w.attempt_number), 0) FROM worker_results w "            \
    "WHERE w.anonymized_id = n.anonymized_id) AS prior, k.wrapped, n.injection_score, "            \
    "n.injection_signs, "                                                                          \
    "(SELECT v.reason FROM evaluation_reviews v WHERE v.anonymized_id = n.anonymized_id "          \
    "AND v.decision IS NULL) AS review "                                                           \
    "FROM anonymized_applications n "                                                              \
    "JOIN anonymized_texts t ON t.anonymized_id = n.anonymized_id "                                \
    "AND t.admission_cycle_id = n.admission_cycle_id "                                             \
    "JOIN applications a ON a.application_id = n.application_id "                                  \
    "JOIN deterministic_metrics m ON m.application_id = n.application_id "                         \
    "LEFT JOIN subject_key k ON k.subject = 'anon:' || n.anonymized_id "
#define EVAL_FREE                                                                                  \
    "n.admission_cycle_id = :cycle_id AND n.eval_order >= :from AND n.eval_order <= :last "        \
    "AND (a.status || '') IN ('batch_ready', 'processing') "                                       \
    "AND NOT EXISTS (SELECT 1 FROM final_scores f WHERE f.anonymized_id = n.anonymized_id)"

err eval_sources(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                 struct list *ret)
{
    static const struct query q = { EVAL_SELECT "WHERE " EVAL_FREE " ORDER BY n.eval_order",
                                    &range_schema, &source_schema };
    return query_list(c, tx, &q, r, limit, ret);
}

struct sampled_args {
    struct str run_id, cycle_id;
    int64_t from, last;
};
static const struct field sampled_fields[] = {
    FIELD_STR(struct sampled_args, run_id),
    FIELD_STR(struct sampled_args, cycle_id),
    FIELD_I64(struct sampled_args, from),
    FIELD_I64(struct sampled_args, last),
};
static SCHEMA(sampled_schema, "SampledArgs", struct sampled_args, sampled_fields);

err eval_sources_sampled(struct ctx *c, struct tx *tx, struct str run_id,
                         const struct order_range *r, size_t limit, struct list *ret)
{
    static const struct query q = {
        EVAL_SELECT "JOIN fairness_samples s ON s.anonymized_id = n.anonymized_id "
                    "WHERE n.admission_cycle_id = :cycle_id AND s.run_id = :run_id "
                    "AND s.item_order >= :from AND s.item_order <= :last AND s.marks IS NULL",
        &sampled_schema, &source_schema
    };
    const struct sampled_args a = { run_id, r->cycle_id, r->from, r->last };
    return query_list(c, tx, &q, &a, limit, ret);
}

err eval_free_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                   struct list *ret)
{
    static const struct query q = {
        "SELECT n.anonymized_id FROM anonymized_applications n "
        "JOIN applications a ON a.application_id = n.application_id WHERE " EVAL_FREE,
        &range_schema, &free_row_schema
    };
    return query_list(c, tx, &q, r, limit, ret);
}

err eval_source_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                    struct eval_source *ret, bool *ret_found)
{
    static const struct query q = {
        EVAL_SELECT "WHERE n.anonymized_id = :anonymized_id AND n.admission_cycle_id = :cycle_id",
        &args_schema, &source_schema
    };
    const struct eval_args a = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err eval_past_get(struct ctx *c, struct tx *tx, struct str anonymized_id, int64_t attempt,
                  struct eval_past *ret, bool *ret_found)
{
    static const struct query q = {
        "SELECT academic_score AS academic, test_score AS test, achievement_score AS achievement, "
        "essay_score AS essay, explanation FROM worker_results "
        "WHERE anonymized_id = :anonymized_id AND attempt_number = :attempt",
        &args_schema, &past_schema
    };
    const struct eval_args a = { .anonymized_id = anonymized_id, .attempt = attempt };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err eval_move(struct ctx *c, struct tx *tx, struct str application_id, struct str status,
              int64_t now, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE applications SET status = :status, updated_at = :now "
        "WHERE application_id = :application_id AND status IN ('batch_ready', 'processing')",
        &args_schema, NULL
    };
    const struct eval_args a = { .application_id = application_id, .status = status, .now = now };
    return query_run(c, tx, &q, &a, ret_changed);
}

struct free_count {
    int64_t n;
};
static const struct field free_fields[] = { FIELD_I64(struct free_count, n) };
static SCHEMA(free_schema, "FreeCount", struct free_count, free_fields);

err eval_is_free(struct ctx *c, struct tx *tx, struct str application_id, struct str anonymized_id,
                 bool *ret_free)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM applications a WHERE a.application_id = :application_id "
        "AND (a.status || '') IN ('batch_ready', 'processing') AND NOT EXISTS (SELECT 1 "
        "FROM final_scores f WHERE f.anonymized_id = :anonymized_id) AND NOT EXISTS (SELECT 1 "
        "FROM evaluation_reviews v WHERE v.anonymized_id = :anonymized_id "
        "AND v.reason = 'flagged' AND v.decision IS NULL)",
        &args_schema, &free_schema
    };
    const struct eval_args a = { .application_id = application_id, .anonymized_id = anonymized_id };
    struct free_count n;
    TRY(query_one(c, tx, &q, &a, &n));
    *ret_free = n.n > 0;
    return ERR_OK;
}

static err any_score(struct ctx *c, struct tx *tx, const struct eval_args *a, bool *ret)
{
    static const struct query q = { "SELECT CASE WHEN EXISTS (SELECT 1 FROM final_scores "
                                    "WHERE admission_cycle_id = :cycle_id) THEN 1 ELSE 0 END AS n",
                                    &args_schema, &free_schema };
    struct free_count n;
    TRY(query_one(c, tx, &q, a, &n));
    *ret = n.n > 0;
    return ERR_OK;
}

/* Those without a score are found in the order of evaluation, in which the scores lie: looking for
 * the score of each application would meet them in random order. Before the first score that is
 * everybody, a list of the whole cycle in a temporary file that would move nothing. */
err eval_settle(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now)
{
    static const struct query q = {
        "UPDATE applications SET status = 'scored', updated_at = :now "
        "WHERE admission_cycle_id = :cycle_id AND status IN ('batch_ready', 'processing') "
        "AND EXISTS (SELECT 1 FROM anonymized_applications n "
        "WHERE n.application_id = applications.application_id "
        "AND n.scrub_order = applications.scrub_order) "
        "AND application_id NOT IN (SELECT u.application_id FROM anonymized_applications u "
        "WHERE u.admission_cycle_id = :cycle_id AND NOT EXISTS (SELECT 1 FROM final_scores f "
        "WHERE f.anonymized_id = u.anonymized_id))",
        &args_schema, NULL
    };
    const struct eval_args a = { .cycle_id = cycle_id, .now = now };
    bool any = false;
    TRY(any_score(c, tx, &a, &any));
    return any ? query_run(c, tx, &q, &a, NULL) : ERR_OK;
}

err eval_rest(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now)
{
    static const struct query q = {
        "UPDATE applications SET status = 'batch_ready', updated_at = :now "
        "WHERE admission_cycle_id = :cycle_id AND status = 'processing'",
        &args_schema, NULL
    };
    const struct eval_args a = { .cycle_id = cycle_id, .now = now };
    return query_run(c, tx, &q, &a, NULL);
}

err eval_worker_insert(struct ctx *c, struct tx *tx, const struct worker_row *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO worker_results (result_id, anonymized_id, admission_cycle_id, batch_run_id, "
        "attempt_number, academic_score, test_score, achievement_score, essay_score, total_score, "
        "timestamp, model_used, rubric_adherence, explanation, reasoning) VALUES (:result_id, "
        ":anonymized_id, :cycle_id, :batch_run_id, :attempt, :academic, :test, :achievement, "
        ":essay, :total, :timestamp, :model_used, :rubric_adherence, :explanation, :reasoning)",
        &worker_schema, NULL
    };
    return query_many(c, tx, &q, v, n);
}

err eval_judge_insert(struct ctx *c, struct tx *tx, const struct judge_row *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO judge_results (judge_id, anonymized_id, admission_cycle_id, worker_result_id, "
        "batch_run_id, decision, bias_detected, quality_score, timestamp, model_used, feedback, "
        "reasoning) VALUES (:judge_id, :anonymized_id, :cycle_id, :worker_result_id, "
        ":batch_run_id, :decision, :bias_detected, :quality, :timestamp, :model_used, :feedback, "
        ":reasoning)",
        &judge_schema, NULL
    };
    return query_many(c, tx, &q, v, n);
}

err eval_final_insert(struct ctx *c, struct tx *tx, const struct final_row *v, size_t n)
{
    static const struct query scores = {
        "INSERT INTO final_scores (anonymized_id, admission_cycle_id, final_score, "
        "academic_score, test_score, achievement_score, essay_score, llm_score, timestamp, hash, "
        "worker_attempts, status, evaluator) VALUES (:anonymized_id, :cycle_id, :final, "
        ":academic, :test, :achievement, :essay, NULL, :timestamp, :hash, :attempts, 'scored', "
        ":evaluator)",
        &final_schema, NULL
    };
    static const struct query texts = {
        "INSERT INTO final_score_texts (anonymized_id, admission_cycle_id, explanation, "
        "llm_explanation, strengths, areas_for_improvement) VALUES (:anonymized_id, :cycle_id, "
        ":explanation, NULL, :strengths, :areas)",
        &final_schema, NULL
    };
    TRY(query_many(c, tx, &scores, v, n));
    return query_many(c, tx, &texts, v, n);
}
