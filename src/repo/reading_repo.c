/* SQL of the staff's list of anonymous applications and of all that belongs to one. */
#include "repo/reading_repo.h"

static const char *const sorts[] = { "order",       "total", "academic",   "test",
                                     "achievement", "essay", "redactions", "attempts" };
NAMES(reading_sort_names, sorts);
static const char *const conditions[] = { "any", "held", "flagged", "review" };
NAMES(reading_condition_names, conditions);

#define F struct reading_filter
/* clang-format off */
static const struct field filter_fields[] = {
    FIELD_STR(F, cycle_id),
    FIELD_ENUM(F, status, .flags = FIELD_NULL, .names = &application_status_names),
    FIELD_STR(F, id_like, .flags = FIELD_NULL),
    FIELD_ENUM(F, condition, .names = &reading_condition_names),
    FIELD_I64(F, total_from), FIELD_I64(F, total_to),
    FIELD_I64(F, academic_from), FIELD_I64(F, academic_to),
    FIELD_I64(F, test_from), FIELD_I64(F, test_to),
    FIELD_I64(F, achievement_from), FIELD_I64(F, achievement_to),
    FIELD_I64(F, essay_from), FIELD_I64(F, essay_to),
    FIELD_I64(F, redactions_from), FIELD_I64(F, redactions_to),
    FIELD_I64(F, attempts_from), FIELD_I64(F, attempts_to),
    FIELD_ENUM(F, sort, .names = &reading_sort_names),
    FIELD_NAMED(F, after.key, "after_key", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(F, after.eval_order, "after_order", F_I64, int64_t, .flags = 0),
    FIELD_I64(F, limit),
};
/* clang-format on */
#undef F
static SCHEMA(filter_schema, "ReadingFilter", struct reading_filter, filter_fields);

#define R                        struct reading_page_row
#define ROW_(m_, type_, T_, ...) FIELD_NAMED(R, row.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field page_fields[] = {
    ROW_(anonymized_id, F_STR, struct str, .flags = 0),
    ROW_(admission_cycle_id, F_STR, struct str, .flags = 0),
    ROW_(status, F_ENUM, int32_t, .names = &application_status_names),
    ROW_(final_score, F_E2, int64_t, .flags = FIELD_NULL),
    ROW_(academic_score, F_E2, int64_t, .flags = FIELD_NULL),
    ROW_(test_score, F_E2, int64_t, .flags = FIELD_NULL),
    ROW_(achievement_score, F_E2, int64_t, .flags = FIELD_NULL),
    ROW_(essay_score, F_E2, int64_t, .flags = FIELD_NULL),
    ROW_(redactions, F_I64, int64_t, .flags = FIELD_NULL),
    ROW_(attempts, F_I64, int64_t, .flags = FIELD_NULL),
    ROW_(held, F_BOOL, bool, .flags = 0),
    ROW_(flagged, F_BOOL, bool, .flags = 0),
    ROW_(in_review, F_BOOL, bool, .flags = 0),
    FIELD_NAMED(R, place.key, "sort_key", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(R, place.eval_order, "eval_order", F_I64, int64_t, .flags = 0),
};
#undef ROW_
#undef R
static SCHEMA(page_schema, "ReadingPageRow", struct reading_page_row, page_fields);

/* Marks are compared as whole hundredths, so that a bound means the same on each engine. */
#define E2_(column_) "COALESCE(CAST(ROUND(f." column_ " * 100) AS BIGINT), -1)"
#define WAITS_                                                                                     \
    "EXISTS (SELECT 1 FROM evaluation_reviews v WHERE v.anonymized_id = x.anonymized_id "          \
    "AND v.admission_cycle_id = x.admission_cycle_id AND v.decision IS NULL)"
/* clang-format off */
#define KEY_                                                                                       \
    "CASE CAST(:sort AS TEXT) WHEN 'total' THEN " E2_("final_score")                               \
    " WHEN 'academic' THEN " E2_("academic_score") " WHEN 'test' THEN " E2_("test_score")          \
    " WHEN 'achievement' THEN " E2_("achievement_score") " WHEN 'essay' THEN " E2_("essay_score")  \
    " WHEN 'redactions' THEN x.redactions"                                                         \
    " WHEN 'attempts' THEN COALESCE(f.worker_attempts, 0) ELSE 0 END"
/* clang-format on */
#define FROM_                                                                                      \
    "FROM anonymized_applications x "                                                              \
    "JOIN applications a ON a.application_id = x.application_id "                                  \
    "AND a.admission_cycle_id = x.admission_cycle_id "                                             \
    "LEFT JOIN final_scores f ON f.anonymized_id = x.anonymized_id "                               \
    "AND f.admission_cycle_id = x.admission_cycle_id WHERE x.admission_cycle_id = :cycle_id "
#define WITHIN_(column_, name_) "AND " column_ " BETWEEN :" name_ "_from AND :" name_ "_to "
#define MATCH_                                                                                     \
    "AND (CAST(:status AS TEXT) IS NULL OR a.status = :status) "                                   \
    "AND (CAST(:id_like AS TEXT) IS NULL OR x.anonymized_id LIKE :id_like) "                       \
    "AND CASE CAST(:condition AS TEXT) WHEN 'held' THEN x.held_reason IS NOT NULL "                \
    "WHEN 'flagged' THEN x.injection_score > 0 WHEN 'review' THEN " WAITS_                         \
    " ELSE TRUE END " WITHIN_(E2_("final_score"), "total")                                         \
        WITHIN_(E2_("academic_score"), "academic") WITHIN_(E2_("test_score"), "test")              \
            WITHIN_(E2_("achievement_score"), "achievement") WITHIN_(E2_("essay_score"), "essay")  \
                WITHIN_("x.redactions", "redactions")                                              \
                    WITHIN_("COALESCE(f.worker_attempts, 0)", "attempts")
#define PAGE_                                                                                      \
    "SELECT x.anonymized_id, x.admission_cycle_id, a.status, f.final_score, f.academic_score, "    \
    "f.test_score, f.achievement_score, f.essay_score, x.redactions, f.worker_attempts AS "        \
    "attempts, x.held_reason IS NOT NULL AS held, x.injection_score > 0 AS flagged, " WAITS_       \
    " AS in_review, " KEY_ " AS sort_key, x.eval_order " FROM_ MATCH_
/* clang-format off */
static const struct query by_order = {
    .sql = PAGE_ "AND x.eval_order > :after_order ORDER BY x.eval_order LIMIT :limit",
    .in = &filter_schema, .out = &page_schema,
};
static const struct query by_order_down = {
    .sql = PAGE_ "AND x.eval_order < :after_order ORDER BY x.eval_order DESC LIMIT :limit",
    .in = &filter_schema, .out = &page_schema,
};
static const struct query by_key = {
    .sql = PAGE_ "AND (" KEY_ " > :after_key OR (" KEY_ " = :after_key "
                 "AND x.eval_order > :after_order)) ORDER BY sort_key, x.eval_order LIMIT :limit",
    .in = &filter_schema, .out = &page_schema,
};
static const struct query by_key_down = {
    .sql = PAGE_ "AND (" KEY_ " < :after_key OR (" KEY_ " = :after_key "
                 "AND x.eval_order < :after_order)) "
                 "ORDER BY sort_key DESC, x.eval_order DESC LIMIT :limit",
    .in = &filter_schema, .out = &page_schema,
};
/* clang-format on */

struct reading_place reading_start(bool descending)
{
    return descending ? (struct reading_place){ READING_HIGH, INT64_MAX }
                      : (struct reading_place){ READING_LOW - 1, -1 };
}

err reading_page(struct ctx *c, struct tx *tx, const struct reading_filter *f, struct list *ret)
{
    const struct query *up = f->sort == READING_BY_ORDER ? &by_order : &by_key;
    const struct query *down = f->sort == READING_BY_ORDER ? &by_order_down : &by_key_down;
    return query_list(c, tx, f->descending ? down : up, f, (size_t)f->limit, ret);
}

struct count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count, n) };
static SCHEMA(count_schema, "ReadingCount", struct count, count_fields);

err reading_count(struct ctx *c, struct tx *tx, const struct reading_filter *f, int64_t *ret)
{
    static const struct query q = { .sql = "SELECT COUNT(*) AS n " FROM_ MATCH_,
                                    .in = &filter_schema,
                                    .out = &count_schema };
    struct count n;
    TRY(query_one(c, tx, &q, f, &n));
    *ret = n.n;
    return ERR_OK;
}

struct args {
    struct str cycle_id, anonymized_id;
    int32_t sort;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, anonymized_id),
    FIELD_ENUM(struct args, sort, .names = &reading_sort_names),
};
static SCHEMA(args_schema, "ReadingArgs", struct args, args_fields);
static const struct field place_fields[] = {
    FIELD_NAMED(struct reading_place, key, "sort_key", F_I64, int64_t, .flags = 0),
    FIELD_I64(struct reading_place, eval_order),
};
static SCHEMA(place_schema, "ReadingPlace", struct reading_place, place_fields);

err reading_place_of(struct ctx *c, struct tx *tx, const struct reading_filter *f,
                     struct str anonymized_id, struct reading_place *ret, bool *ret_found)
{
    static const struct query q = { .sql = "SELECT " KEY_ " AS sort_key, x.eval_order " FROM_
                                           "AND x.anonymized_id = :anonymized_id",
                                    .in = &args_schema,
                                    .out = &place_schema };
    const struct args a = { f->cycle_id, anonymized_id, f->sort };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

#define R struct reading_row
static const struct field row_fields[] = {
    FIELD_STR(R, anonymized_id),
    FIELD_ENUM(R, status, .names = &application_status_names),
    FIELD_STR(R, held_reason, .flags = FIELD_NULL),
    FIELD_E2(R, gpa),
    FIELD_I64(R, redactions),
    FIELD_I64(R, injection_score),
    FIELD_I64(R, injection_signs),
    FIELD_JSON(R, test_scores, .flags = FIELD_NULL),
    FIELD_STR(R, essay, .flags = FIELD_NULL),
    FIELD_STR(R, achievements, .flags = FIELD_NULL),
    FIELD_E2(R, academic_computed, .flags = FIELD_NULL),
    FIELD_E2(R, test_average, .flags = FIELD_NULL),
    FIELD_E2(R, test_percent, .flags = FIELD_NULL),
    FIELD_E2(R, composite, .flags = FIELD_NULL),
    FIELD_E2(R, percentile, .flags = FIELD_NULL),
    FIELD_E2(R, final_score, .flags = FIELD_NULL),
    FIELD_E2(R, academic_score, .flags = FIELD_NULL),
    FIELD_E2(R, test_score, .flags = FIELD_NULL),
    FIELD_E2(R, achievement_score, .flags = FIELD_NULL),
    FIELD_E2(R, essay_score, .flags = FIELD_NULL),
    FIELD_STR(R, evaluator, .flags = FIELD_NULL),
    FIELD_STR(R, explanation, .flags = FIELD_NULL),
    FIELD_JSON(R, strengths, .flags = FIELD_NULL),
    FIELD_JSON(R, areas, .flags = FIELD_NULL),
    FIELD_STR(R, review_reason, .flags = FIELD_NULL),
    FIELD_STR(R, review_decision, .flags = FIELD_NULL),
};
#undef R
static SCHEMA(row_schema, "ReadingRow", struct reading_row, row_fields);

err reading_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                 struct reading_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT x.anonymized_id, a.status, x.held_reason, x.gpa, x.redactions, "
               "x.injection_score, x.injection_signs, t.test_scores, t.essay_scrubbed AS essay, "
               "t.achievements_scrubbed AS achievements, "
               "m.academic_score_computed AS academic_computed, m.test_average, m.test_percent, "
               "m.composite, m.percentile_rank AS percentile, f.final_score, f.academic_score, "
               "f.test_score, f.achievement_score, f.essay_score, f.evaluator, e.explanation, "
               "e.strengths, e.areas_for_improvement AS areas, v.reason AS review_reason, "
               "v.decision AS review_decision FROM anonymized_applications x "
               "JOIN applications a ON a.application_id = x.application_id "
               "AND a.admission_cycle_id = x.admission_cycle_id "
               "LEFT JOIN anonymized_texts t ON t.anonymized_id = x.anonymized_id "
               "AND t.admission_cycle_id = x.admission_cycle_id "
               "LEFT JOIN deterministic_metrics m ON m.application_id = x.application_id "
               "AND m.admission_cycle_id = x.admission_cycle_id "
               "LEFT JOIN final_scores f ON f.anonymized_id = x.anonymized_id "
               "AND f.admission_cycle_id = x.admission_cycle_id "
               "LEFT JOIN final_score_texts e ON e.anonymized_id = x.anonymized_id "
               "AND e.admission_cycle_id = x.admission_cycle_id "
               "LEFT JOIN evaluation_reviews v ON v.anonymized_id = x.anonymized_id "
               "AND v.admission_cycle_id = x.admission_cycle_id "
               "WHERE x.anonymized_id = :anonymized_id AND x.admission_cycle_id = :cycle_id",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args a = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

#define A struct reading_attempt
/* clang-format off */
static const struct field attempt_fields[] = {
    FIELD_I64(A, attempt, .doc = "Counted from 1."),
    FIELD_E2(A, academic_score, .doc = "From the stored numbers, or the import's."),
    FIELD_E2(A, test_score, .doc = "Likewise."),
    FIELD_E2(A, achievement_score, .doc = "The Worker's mark."),
    FIELD_E2(A, essay_score, .doc = "The Worker's mark."),
    FIELD_E2(A, total_score, .doc = "Weighted sum of the four."),
    FIELD_STR(A, model, .flags = FIELD_NULL, .doc = "Who marked."),
    FIELD_STR(A, explanation, .doc = "The Worker's words."),
    FIELD_STR(A, rubric_adherence, .doc = "How the Worker kept to the rubric, in its own words."),
    FIELD_TIME(A, timestamp, .doc = "When it was stored."),
    FIELD_STR(A, decision, .flags = FIELD_NULL,
              .doc = "approved or rejected; null: no Judge has spoken."),
    FIELD_BOOL(A, bias_detected, .doc = "Whether the Judge saw bias in the marks."),
    FIELD_E2(A, quality, .flags = FIELD_NULL, .doc = "The Judge's mark of the marking."),
    FIELD_STR(A, judge_model, .flags = FIELD_NULL, .doc = "Who judged."),
    FIELD_STR(A, feedback, .flags = FIELD_NULL, .doc = "The Judge's words."),
};
/* clang-format on */
#undef A
SCHEMA(reading_attempt_schema, "ReadingAttempt", struct reading_attempt, attempt_fields);

err reading_attempts(struct ctx *c, struct tx *tx, struct str anonymized_id, size_t limit,
                     struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT w.attempt_number AS attempt, w.academic_score, w.test_score, "
               "w.achievement_score, w.essay_score, w.total_score, w.model_used AS model, "
               "w.explanation, w.rubric_adherence, w.timestamp, j.decision, "
               "COALESCE(j.bias_detected, FALSE) AS bias_detected, j.quality_score AS quality, "
               "j.model_used AS judge_model, j.feedback FROM worker_results w "
               "LEFT JOIN judge_results j ON j.worker_result_id = w.result_id "
               "WHERE w.anonymized_id = :anonymized_id ORDER BY w.attempt_number",
        .in = &args_schema,
        .out = &reading_attempt_schema,
    };
    const struct args a = { .anonymized_id = anonymized_id };
    return query_list(c, tx, &q, &a, limit, ret);
}
