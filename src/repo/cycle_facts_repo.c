/* SQL of what the gates between the phases count. Each count walks an index that begins with the
 * cycle, or looks up one key a row; add a fact: one row in the table below. */
#include "base/str.h"
#include "repo/cycle_repo.h"

struct fact_key {
    struct str cycle_id;
};
static const struct field key_fields[] = { FIELD_STR(struct fact_key, cycle_id, .flags = 0) };
static SCHEMA(key_schema, "FactKey", struct fact_key, key_fields);

struct fact_count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct fact_count, n, .flags = 0) };
static SCHEMA(count_schema, "FactCount", struct fact_count, count_fields);

/* Applications that left the cycle: withdrawn by their owner, or given up by a forced step. */
#define COUNTED_ "a.admission_cycle_id = :cycle_id AND a.status NOT IN ('withdrawn', 'failed')"

#define ALL_COUNTED_ "SELECT COUNT(*) FROM applications a WHERE " COUNTED_
/* Rows of a table with at most one for each application, without those of the applications that
 * left: two walks over an index and a few look-ups, instead of a look-up for each application.
 * and_: what else their index asks for. */
#define ROWS_OF_(table_, and_)                                                                     \
    "SELECT COUNT(*) - (SELECT COUNT(*) FROM applications g JOIN " table_                          \
    " y ON y.application_id = g.application_id " and_ "WHERE g.admission_cycle_id = :cycle_id "    \
    "AND g.status IN ('withdrawn', 'failed')) FROM " table_                                        \
    " x WHERE x.admission_cycle_id = :cycle_id"

static const struct {
    const char *fact;
    struct query query;
} facts[] = {
    { "not_open",
      { .sql = "SELECT CASE WHEN is_open THEN 0 ELSE 1 END AS n FROM admission_cycles "
               "WHERE cycle_id = :cycle_id",
        .in = &key_schema,
        .out = &count_schema } },
    { "applications",
      { .sql = "SELECT COUNT(*) AS n FROM applications a WHERE " COUNTED_,
        .in = &key_schema,
        .out = &count_schema } },
    { "unfinalized",
      { .sql = "SELECT COUNT(*) AS n FROM applications a "
               "WHERE a.admission_cycle_id = :cycle_id AND a.status = 'submitted'",
        .in = &key_schema,
        .out = &count_schema } },
    { "unscrubbed",
      { .sql = "SELECT (" ALL_COUNTED_ ") - (" ROWS_OF_(
            "anonymized_applications", "AND y.scrub_order = g.scrub_order ") ") AS n",
        .in = &key_schema,
        .out = &count_schema } },
    { "held",
      { .sql = "SELECT COUNT(*) AS n FROM anonymized_applications x JOIN applications a "
               "ON a.application_id = x.application_id WHERE x.admission_cycle_id = :cycle_id "
               "AND x.held_reason IS NOT NULL AND a.status NOT IN ('withdrawn', 'failed') "
               "AND EXISTS (SELECT 1 FROM anonymized_texts t " /* erased: waits for nobody */
               "WHERE t.anonymized_id = x.anonymized_id)",
        .in = &key_schema,
        .out = &count_schema } },
    /* No row, or a row that has not got its rank yet. */
    { "without_metrics",
      { .sql = "SELECT (" ALL_COUNTED_
               ") - (" ROWS_OF_("deterministic_metrics",
                                "") ") + "
                                    "(SELECT COUNT(*) FROM deterministic_metrics r "
                                    "WHERE r.admission_cycle_id = :cycle_id AND r.percentile_rank "
                                    "IS NULL) AS n",
        .in = &key_schema,
        .out = &count_schema } },
    { "not_ready",
      { .sql = "SELECT COUNT(*) AS n FROM applications a WHERE " COUNTED_
               " AND a.status <> 'batch_ready'",
        .in = &key_schema,
        .out = &count_schema } },
    { "unjudged",
      { .sql = "SELECT COUNT(*) AS n FROM final_scores f WHERE f.admission_cycle_id = :cycle_id "
               "AND NOT EXISTS (SELECT 1 FROM worker_results w JOIN judge_results j "
               "ON j.worker_result_id = w.result_id "
               "WHERE w.anonymized_id = f.anonymized_id AND j.decision = 'approved')",
        .in = &key_schema,
        .out = &count_schema } },
    { "unscored",
      { .sql = "SELECT COUNT(*) AS n FROM applications a WHERE " COUNTED_
               " AND a.status NOT IN ('scored', 'shortlisted', 'selected', 'not_selected', "
               "'published')",
        .in = &key_schema,
        .out = &count_schema } },
    { "undecided",
      { .sql = "SELECT COUNT(*) AS n FROM final_scores f WHERE f.admission_cycle_id = :cycle_id "
               "AND f.status NOT IN ('shortlisted', 'selected', 'not_selected')",
        .in = &key_schema,
        .out = &count_schema } },
    { "no_shortlist",
      { .sql = "SELECT CASE WHEN EXISTS (SELECT 1 FROM shortlists s "
               "WHERE s.admission_cycle_id = :cycle_id) THEN 0 ELSE 1 END AS n",
        .in = &key_schema,
        .out = &count_schema } },
    { "finally_selected",
      { .sql = "SELECT COUNT(*) AS n FROM shortlists s WHERE s.admission_cycle_id = :cycle_id "
               "AND s.finished_at IS NOT NULL",
        .in = &key_schema,
        .out = &count_schema } },
    { "without_interview",
      { .sql = "SELECT COUNT(*) AS n FROM final_scores f "
               "JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id "
               "WHERE f.admission_cycle_id = :cycle_id AND f.status = 'shortlisted' "
               "AND NOT EXISTS (SELECT 1 FROM interviews i "
               "WHERE i.application_id = x.application_id AND i.status <> 'cancelled')",
        .in = &key_schema,
        .out = &count_schema } },
    { "interviews_unscored",
      { .sql = "SELECT COUNT(*) AS n FROM final_scores f "
               "JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id "
               "JOIN interviews i ON i.application_id = x.application_id "
               "AND i.status <> 'cancelled' "
               "WHERE f.admission_cycle_id = :cycle_id AND f.status = 'shortlisted' "
               "AND NOT EXISTS (SELECT 1 FROM interview_scores s WHERE s.interview_id = i.id)",
        .in = &key_schema,
        .out = &count_schema } },
    /* Run ids are sortable by time. */
    { "fairness_open",
      { .sql = "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM final_scores f "
               "WHERE f.admission_cycle_id = :cycle_id) OR EXISTS (SELECT 1 FROM fairness_runs r "
               "WHERE r.admission_cycle_id = :cycle_id AND (r.outcome = 'passed' "
               "OR r.override_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM fairness_runs n "
               "WHERE n.admission_cycle_id = r.admission_cycle_id AND n.run_id > r.run_id)) "
               "THEN 0 ELSE 1 END AS n",
        .in = &key_schema,
        .out = &count_schema } },
    { "running_jobs",
      { .sql = "SELECT COUNT(*) AS n FROM jobs WHERE admission_cycle_id = :cycle_id "
               "AND state IN ('queued', 'running')",
        .in = &key_schema,
        .out = &count_schema } },
};

err cycle_fact_count(struct ctx *c, struct tx *tx, const char *fact, struct str cycle_id,
                     int64_t *ret)
{
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        if (!str_eq(str_of(facts[i].fact), str_of(fact)))
            continue;
        struct fact_key key = { cycle_id };
        struct fact_count row = { 0 };
        TRY(query_one(c, tx, &facts[i].query, &key, &row));
        *ret = row.n;
        return ERR_OK;
    }
    return FAIL(c, INTERNAL, "no count for the fact %s", fact);
}

struct running_job {
    struct str kind, job_id;
};
static const struct field job_fields[] = {
    FIELD_STR(struct running_job, kind, .flags = 0),
    FIELD_STR(struct running_job, job_id, .flags = 0),
};
static SCHEMA(job_schema_, "RunningJob", struct running_job, job_fields);
static const struct query job_query = {
    .sql = "SELECT kind, job_id FROM jobs WHERE admission_cycle_id = :cycle_id "
           "AND state IN ('queued', 'running') ORDER BY job_id LIMIT 1",
    .in = &key_schema,
    .out = &job_schema_,
};

err cycle_running_job(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret_kind,
                      struct str *ret_job_id, bool *ret_found)
{
    struct fact_key key = { cycle_id };
    struct running_job row = { .kind = { NULL, 0 } };
    TRY(query_find(c, tx, &job_query, &key, &row, ret_found));
    if (!*ret_found)
        return ERR_OK;
    *ret_kind = row.kind;
    *ret_job_id = row.job_id;
    return ERR_OK;
}

struct subject_key_in {
    struct str subj;
};
static const struct field subject_fields[] = { FIELD_STR(struct subject_key_in, subj, .flags = 0) };
static SCHEMA(subject_schema, "CycleSubject", struct subject_key_in, subject_fields);
static const struct query first_entry_query = {
    .sql = "SELECT COALESCE(MIN(idx), 0) AS n FROM audit_entry WHERE subj = :subj",
    .in = &subject_schema,
    .out = &count_schema,
};

err cycle_first_entry(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret_idx)
{
    struct subject_key_in key = { str_fmt(c->mem, "cycle:%.*s", STR_ARG(cycle_id)) };
    struct fact_count row = { 0 };
    TRY(query_one(c, tx, &first_entry_query, &key, &row));
    *ret_idx = row.n;
    return ERR_OK;
}
