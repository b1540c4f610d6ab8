/* SQL of final scores: selection's bulk updates, results, and the public numbers. */
#include "repo/score_repo.h"

#include "domain/phase.h"

struct cycle_in {
    struct str cycle_id;
};
static const struct field cycle_in_fields[] = { FIELD_STR(struct cycle_in, cycle_id, .flags = 0) };
static SCHEMA(cycle_in_schema, "ScoreCycleIn", struct cycle_in, cycle_in_fields);
struct one_count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct one_count, n, .flags = 0) };
static SCHEMA(count_schema, "ScoreCount", struct one_count, count_fields);

static const struct field score_fields[] = {
    FIELD_STR(struct score_row, anonymized_id, .flags = 0),
    FIELD_E2(struct score_row, final_score, .flags = 0),
};
static SCHEMA(score_schema, "ScoreRow", struct score_row, score_fields);
static const struct query each_query = {
    .sql = "SELECT anonymized_id, final_score FROM final_scores "
           "WHERE admission_cycle_id = :cycle_id",
    .in = &cycle_in_schema,
    .out = &score_schema,
};

err score_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    struct cycle_in in = { cycle_id };
    return query_each(c, tx, &each_query, &in, fn, arg);
}

static const struct query count_query = {
    .sql = "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :cycle_id",
    .in = &cycle_in_schema,
    .out = &count_schema,
};

err score_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret)
{
    struct cycle_in in = { cycle_id };
    struct one_count row = { 0 };
    TRY(query_one(c, tx, &count_query, &in, &row));
    *ret = row.n;
    return ERR_OK;
}

struct decide_in {
    struct str cycle_id;
    int64_t cutoff;
    int32_t chosen;
};
static const struct field decide_fields[] = {
    FIELD_STR(struct decide_in, cycle_id, .flags = 0),
    FIELD_E2(struct decide_in, cutoff, .flags = 0),
    FIELD_ENUM(struct decide_in, chosen, .names = &application_status_names),
};
static SCHEMA(decide_schema, "ScoreDecideIn", struct decide_in, decide_fields);
static const struct query decide_query = {
    .sql = "UPDATE final_scores SET status = CASE WHEN final_score > :cutoff "
           "THEN CAST(:chosen AS TEXT) ELSE 'not_selected' END "
           "WHERE admission_cycle_id = :cycle_id",
    .in = &decide_schema,
};

err score_decide(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t chosen,
                 int64_t cutoff_e2, int64_t *ret_changed)
{
    struct decide_in in = { cycle_id, cutoff_e2, chosen };
    return query_run(c, tx, &decide_query, &in, ret_changed);
}

struct choose_in {
    struct str anonymized_id;
    int32_t chosen;
};
static const struct field choose_fields[] = {
    FIELD_STR(struct choose_in, anonymized_id, .flags = 0),
    FIELD_ENUM(struct choose_in, chosen, .names = &application_status_names),
};
static SCHEMA(choose_schema, "ScoreChooseIn", struct choose_in, choose_fields);
static const struct query choose_one_query = {
    .sql = "UPDATE final_scores SET status = :chosen WHERE anonymized_id = :anonymized_id",
    .in = &choose_schema,
};

err score_choose_one(struct ctx *c, struct tx *tx, struct str anonymized_id, int32_t chosen)
{
    struct choose_in in = { anonymized_id, chosen };
    return query_run(c, tx, &choose_one_query, &in, NULL);
}

struct move_in {
    struct str cycle_id;
    int32_t from_status, to_status;
};
static const struct field move_fields[] = {
    FIELD_STR(struct move_in, cycle_id, .flags = 0),
    FIELD_ENUM(struct move_in, from_status, .names = &application_status_names),
    FIELD_ENUM(struct move_in, to_status, .names = &application_status_names),
};
static SCHEMA(move_schema, "ScoreMoveIn", struct move_in, move_fields);
static const struct query move_query = {
    .sql = "UPDATE final_scores SET status = :to_status "
           "WHERE admission_cycle_id = :cycle_id AND status = :from_status",
    .in = &move_schema,
};

err score_move(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t from, int32_t to,
               int64_t *ret_changed)
{
    struct move_in in = { cycle_id, from, to };
    return query_run(c, tx, &move_query, &in, ret_changed);
}

struct status_in {
    struct str cycle_id;
    int32_t status;
};
static const struct field status_fields[] = {
    FIELD_STR(struct status_in, cycle_id, .flags = 0),
    FIELD_ENUM(struct status_in, status, .names = &application_status_names),
};
static SCHEMA(status_schema, "ScoreStatusIn", struct status_in, status_fields);
static const struct query status_count_query = {
    .sql = "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :cycle_id "
           "AND status = :status",
    .in = &status_schema,
    .out = &count_schema,
};

err score_status_count(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t status,
                       int64_t *ret)
{
    struct status_in in = { cycle_id, status };
    struct one_count row = { 0 };
    TRY(query_one(c, tx, &status_count_query, &in, &row));
    *ret = row.n;
    return ERR_OK;
}

static const struct field log_fields[] = {
    FIELD_STR(struct selection_log, admission_cycle_id, .flags = 0),
    FIELD_I64(struct selection_log, selected_count, .flags = 0),
    FIELD_JSON(struct selection_log, selection_criteria, .flags = 0),
    FIELD_E2(struct selection_log, cutoff_score, .flags = 0),
    FIELD_TIME(struct selection_log, executed_at, .flags = 0),
    FIELD_STR(struct selection_log, executed_by, .flags = 0),
};
static SCHEMA(log_schema, "SelectionLog", struct selection_log, log_fields);
static const struct query log_query = {
    .sql = "INSERT INTO selection_logs (admission_cycle_id, selected_count, selection_criteria, "
           "cutoff_score, executed_at, executed_by) VALUES (:admission_cycle_id, "
           ":selected_count, :selection_criteria, :cutoff_score, :executed_at, :executed_by)",
    .in = &log_schema,
};

err selection_log_insert(struct ctx *c, struct tx *tx, const struct selection_log *row)
{
    return query_run(c, tx, &log_query, row, NULL);
}

err selection_log_last(struct ctx *c, struct tx *tx, struct str cycle_id, struct selection_log *ret,
                       bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT admission_cycle_id, selected_count, selection_criteria, cutoff_score, "
               "executed_at, executed_by FROM selection_logs WHERE admission_cycle_id = :cycle_id "
               "ORDER BY selection_id DESC LIMIT 1",
        .in = &cycle_in_schema,
        .out = &log_schema,
    };
    return query_find(c, tx, &q, &(struct cycle_in){ cycle_id }, ret, ret_found);
}

static const struct field bucket_fields[] = {
    FIELD_ENUM(struct score_bucket, phase, .names = &phase_names),
    FIELD_I64(struct score_bucket, bucket, .flags = 0),
    FIELD_I64(struct score_bucket, n, .flags = 0),
    FIELD_F64(struct score_bucket, total, .flags = 0),
};
static SCHEMA(bucket_schema, "ScoreBucket", struct score_bucket, bucket_fields);
/* Grouped by cycle first, so that the join sees a few rows only. */
#define BUCKETS_(where_)                                                                           \
    "SELECT c.phase, g.bucket, CAST(SUM(g.n) AS BIGINT) AS n, SUM(g.total) AS total FROM (SELECT " \
    "admission_cycle_id, CASE WHEN final_score >= 90 THEN 0 WHEN final_score >= 80 THEN 1 "        \
    "WHEN final_score >= 70 THEN 2 WHEN final_score >= 60 THEN 3 ELSE 4 END AS bucket, "           \
    "COUNT(*) AS n, SUM(final_score) AS total FROM final_scores " where_                           \
    " GROUP BY admission_cycle_id, bucket) g JOIN admission_cycles c "                             \
    "ON c.cycle_id = g.admission_cycle_id GROUP BY c.phase, g.bucket"
static const struct query buckets_all_query = {
    .sql = BUCKETS_(""),
    .out = &bucket_schema,
};
static const struct query buckets_query = {
    .sql = BUCKETS_("WHERE admission_cycle_id = :cycle_id"),
    .in = &cycle_in_schema,
    .out = &bucket_schema,
};

err score_buckets(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret)
{
    size_t most = (size_t)PHASE_COUNT * SCORE_BUCKETS;
    if (!cycle_id.p)
        return query_list(c, tx, &buckets_all_query, NULL, most, ret);
    struct cycle_in in = { cycle_id };
    return query_list(c, tx, &buckets_query, &in, most, ret);
}
