/* SQL of interviews, shortlists and finalists. */
#include "repo/interview_repo.h"

struct interview_key {
    int64_t id;
};
static const struct field key_fields[] = { FIELD_I64(struct interview_key, id) };
static SCHEMA(key_schema, "InterviewKey", struct interview_key, key_fields);

static const struct field row_fields[] = {
    FIELD_I64(struct interview_row, id),
    FIELD_STR(struct interview_row, application_id, .flags = 0),
    FIELD_STR(struct interview_row, student_id, .flags = 0),
    FIELD_STR(struct interview_row, admin_id, .flags = 0),
    FIELD_STR(struct interview_row, admission_cycle_id, .flags = 0),
    FIELD_ENUM(struct interview_row, status, .names = &interview_status_names),
    FIELD_TIME(struct interview_row, started_at, .flags = FIELD_NULL),
};
static SCHEMA(row_schema, "InterviewRow", struct interview_row, row_fields);
static const struct query find_query = {
    .sql = "SELECT id, application_id, student_id, admin_id, admission_cycle_id, status, "
           "started_at FROM interviews WHERE id = :id",
    .in = &key_schema,
    .out = &row_schema,
};

err interview_find(struct ctx *c, struct tx *tx, int64_t id, struct interview_row *ret,
                   bool *ret_found)
{
    const struct interview_key key = { id };
    return query_find(c, tx, &find_query, &key, ret, ret_found);
}

static const struct field shortlist_fields[] = {
    FIELD_STR(struct shortlist_row, admission_cycle_id, .flags = 0),
    FIELD_I64(struct shortlist_row, factor),
    FIELD_E2(struct shortlist_row, weight_application, .flags = 0),
    FIELD_E2(struct shortlist_row, weight_interview, .flags = 0),
    FIELD_I64(struct shortlist_row, shortlisted_count),
    FIELD_TIME(struct shortlist_row, created_at, .flags = 0),
    FIELD_TIME(struct shortlist_row, finished_at, .flags = FIELD_NULL),
};
static SCHEMA(shortlist_schema, "ShortlistRow", struct shortlist_row, shortlist_fields);
static const struct query shortlist_insert_query = {
    .sql = "INSERT INTO shortlists (admission_cycle_id, factor, weight_application, "
           "weight_interview, shortlisted_count, created_at, finished_at) VALUES "
           "(:admission_cycle_id, :factor, :weight_application, :weight_interview, "
           ":shortlisted_count, :created_at, :finished_at)",
    .in = &shortlist_schema,
};

err shortlist_insert(struct ctx *c, struct tx *tx, const struct shortlist_row *row)
{
    return query_run(c, tx, &shortlist_insert_query, row, NULL);
}

struct cycle_in {
    struct str cycle_id;
    int64_t now, limit;
};
static const struct field cycle_fields[] = {
    FIELD_STR(struct cycle_in, cycle_id, .flags = 0),
    FIELD_TIME(struct cycle_in, now, .flags = FIELD_NULL),
    FIELD_I64(struct cycle_in, limit),
};
static SCHEMA(cycle_schema_, "InterviewCycleIn", struct cycle_in, cycle_fields);
static const struct query shortlist_find_query = {
    .sql = "SELECT admission_cycle_id, factor, weight_application, weight_interview, "
           "shortlisted_count, created_at, finished_at FROM shortlists "
           "WHERE admission_cycle_id = :cycle_id",
    .in = &cycle_schema_,
    .out = &shortlist_schema,
};

err shortlist_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct shortlist_row *ret,
                   bool *ret_found)
{
    const struct cycle_in in = { .cycle_id = cycle_id };
    return query_find(c, tx, &shortlist_find_query, &in, ret, ret_found);
}

static const struct query shortlist_finish_query = {
    .sql = "UPDATE shortlists SET finished_at = :now WHERE admission_cycle_id = :cycle_id "
           "AND finished_at IS NULL",
    .in = &cycle_schema_,
};

err shortlist_finish(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now_us,
                     int64_t *ret_changed)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .now = now_us };
    return query_run(c, tx, &shortlist_finish_query, &in, ret_changed);
}

#define MARK_(m_, key_) FIELD_NAMED(struct finalist, m_, key_, F_E2, int64_t, .flags = FIELD_NULL)
static const struct field finalist_fields[] = {
    FIELD_STR(struct finalist, anonymized_id, .flags = 0),
    FIELD_E2(struct finalist, final_score, .flags = 0),
    MARK_(communication, "communication_score"),
    MARK_(critical_thinking, "critical_thinking_score"),
    MARK_(motivation, "motivation_score"),
    MARK_(interview_score, "final_interview_score"),
};
static SCHEMA(finalist_schema, "Finalist", struct finalist, finalist_fields);
#define FINALISTS_                                                                                 \
    "SELECT f.anonymized_id, f.final_score, s.communication_score, s.critical_thinking_score, "    \
    "s.motivation_score, s.final_interview_score FROM final_scores f "                             \
    "JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id "                         \
    "LEFT JOIN interviews i ON i.application_id = x.application_id AND i.status <> 'cancelled' "   \
    "LEFT JOIN interview_scores s ON s.interview_id = i.id "                                       \
    "WHERE f.admission_cycle_id = :cycle_id AND f.status = 'shortlisted' "
static const struct query finalists_query = {
    .sql = FINALISTS_ "ORDER BY f.anonymized_id",
    .in = &cycle_schema_,
    .out = &finalist_schema,
};

err finalist_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    const struct cycle_in in = { .cycle_id = cycle_id };
    return query_each(c, tx, &finalists_query, &in, fn, arg);
}

static const struct query missing_query = {
    .sql = FINALISTS_ "AND s.interview_id IS NULL ORDER BY f.anonymized_id LIMIT :limit",
    .in = &cycle_schema_,
    .out = &finalist_schema,
};

err finalist_missing(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                     struct list *ret)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .limit = limit };
    return query_list(c, tx, &missing_query, &in, (size_t)limit, ret);
}
