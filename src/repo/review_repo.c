/* The SQL of the review queue. */
#include "repo/review_repo.h"

static const struct field new_fields[] = {
    FIELD_STR(struct review_new, anonymized_id), FIELD_STR(struct review_new, cycle_id),
    FIELD_STR(struct review_new, reason),        FIELD_I64(struct review_new, signs),
    FIELD_TIME(struct review_new, opened_at),
};
static SCHEMA(new_schema, "ReviewNew", struct review_new, new_fields);

#define R struct review_row
static const struct field row_fields[] = {
    FIELD_STR(R, anonymized_id),
    FIELD_STR(R, reason),
    FIELD_I64(R, signs),
    FIELD_TIME(R, opened_at),
    FIELD_STR(R, decision, .flags = FIELD_NULL),
    FIELD_STR(R, note, .flags = FIELD_NULL),
    FIELD_TIME(R, decided_at, .flags = FIELD_NULL),
    FIELD_I64(R, attempts),
    FIELD_E2(R, academic, .flags = FIELD_NULL),
    FIELD_E2(R, test, .flags = FIELD_NULL),
    FIELD_E2(R, achievement, .flags = FIELD_NULL),
    FIELD_E2(R, essay, .flags = FIELD_NULL),
    FIELD_E2(R, total, .flags = FIELD_NULL),
    FIELD_STR(R, model, .flags = FIELD_NULL),
    FIELD_STR(R, explanation, .flags = FIELD_NULL),
    FIELD_STR(R, feedback, .flags = FIELD_NULL),
};
#undef R
static SCHEMA(row_schema, "ReviewRow", struct review_row, row_fields);

struct args {
    struct str cycle_id, anonymized_id;
    bool waiting;
    int64_t limit;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, anonymized_id, .flags = FIELD_NULL),
    FIELD_BOOL(struct args, waiting),
    FIELD_I64(struct args, limit),
};
static SCHEMA(args_schema, "ReviewArgs", struct args, args_fields);

static const struct field decided_fields[] = {
    FIELD_STR(struct review_decided, anonymized_id), FIELD_STR(struct review_decided, decision),
    FIELD_STR(struct review_decided, note),          FIELD_STR(struct review_decided, decided_by),
    FIELD_TIME(struct review_decided, decided_at),
};
static SCHEMA(decided_schema, "ReviewDecided", struct review_decided, decided_fields);

err review_open(struct ctx *c, struct tx *tx, const struct review_new *rows, size_t n)
{
    static const struct query q = {
        .sql = "INSERT INTO evaluation_reviews (anonymized_id, admission_cycle_id, reason, signs, "
               "opened_at) VALUES (:anonymized_id, :cycle_id, :reason, :signs, :opened_at) "
               "ON CONFLICT (anonymized_id, admission_cycle_id) DO UPDATE SET "
               "reason = excluded.reason, signs = excluded.signs, opened_at = excluded.opened_at, "
               "decision = NULL, note = NULL, decided_at = NULL, decided_by = NULL "
               "WHERE evaluation_reviews.decision IS NOT NULL",
        .in = &new_schema,
    };
    return n ? query_many(c, tx, &q, rows, n) : ERR_OK;
}

err review_drop(struct ctx *c, struct tx *tx, struct str anonymized_id)
{
    static const struct query q = {
        .sql = "DELETE FROM evaluation_reviews WHERE anonymized_id = :anonymized_id "
               "AND decision IS NULL",
        .in = &args_schema,
    };
    return query_run(c, tx, &q, &(struct args){ .anonymized_id = anonymized_id }, NULL);
}

struct waiting {
    int64_t n;
};
static const struct field waiting_fields[] = { FIELD_I64(struct waiting, n) };
static SCHEMA(waiting_schema, "ReviewsWaiting", struct waiting, waiting_fields);

err review_waiting(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM evaluation_reviews WHERE admission_cycle_id = :cycle_id "
               "AND decision IS NULL",
        .in = &args_schema,
        .out = &waiting_schema,
    };
    struct waiting w;
    TRY(query_one(c, tx, &q, &(struct args){ .cycle_id = cycle_id }, &w));
    *ret = w.n;
    return ERR_OK;
}

#define REVIEW_SELECT                                                                              \
    "SELECT v.anonymized_id, v.reason, v.signs, v.opened_at, v.decision, v.note, v.decided_at, "   \
    "COALESCE(w.attempt_number, 0) AS attempts, w.academic_score AS academic, "                    \
    "w.test_score AS test, w.achievement_score AS achievement, w.essay_score AS essay, "           \
    "w.total_score AS total, w.model_used AS model, w.explanation, j.feedback "                    \
    "FROM evaluation_reviews v "                                                                   \
    "LEFT JOIN worker_results w ON w.anonymized_id = v.anonymized_id AND w.attempt_number = "      \
    "(SELECT MAX(x.attempt_number) FROM worker_results x "                                         \
    "WHERE x.anonymized_id = v.anonymized_id) "                                                    \
    "LEFT JOIN judge_results j ON j.worker_result_id = w.result_id "                               \
    "WHERE v.admission_cycle_id = :cycle_id "

err review_list(struct ctx *c, struct tx *tx, struct str cycle_id, bool waiting, size_t limit,
                struct list *ret)
{
    static const struct query q = {
        .sql = REVIEW_SELECT "AND (v.decision IS NULL OR NOT :waiting) "
                             "ORDER BY CASE WHEN v.decision IS NULL THEN 0 ELSE 1 END, "
                             "v.opened_at, v.anonymized_id LIMIT :limit",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args a = { .cycle_id = cycle_id, .waiting = waiting, .limit = (int64_t)limit };
    return query_list(c, tx, &q, &a, limit, ret);
}

err review_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                struct review_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = REVIEW_SELECT "AND v.anonymized_id = :anonymized_id",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args a = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err review_close(struct ctx *c, struct tx *tx, const struct review_decided *d, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE evaluation_reviews SET decision = :decision, note = :note, "
               "decided_at = :decided_at, decided_by = :decided_by "
               "WHERE anonymized_id = :anonymized_id AND decision IS NULL",
        .in = &decided_schema,
    };
    return query_run(c, tx, &q, d, ret_changed);
}
