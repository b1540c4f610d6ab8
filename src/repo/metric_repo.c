/* The SQL of deterministic metrics. */
#include "repo/metric_repo.h"

static const struct field new_fields[] = {
    FIELD_STR(struct metric_new, application_id),
    FIELD_STR(struct metric_new, cycle_id),
    FIELD_E2(struct metric_new, test_average),
    FIELD_E2(struct metric_new, test_percent),
    FIELD_E2(struct metric_new, academic),
    FIELD_E2(struct metric_new, composite),
    FIELD_E2(struct metric_new, percentile, .flags = FIELD_NULL),
    FIELD_TIME(struct metric_new, computed_at),
};
static SCHEMA(new_schema, "MetricNew", struct metric_new, new_fields);

static const struct field open_fields[] = {
    FIELD_STR(struct metric_open, application_id),
    FIELD_E2(struct metric_open, gpa),
};
static SCHEMA(open_schema, "MetricOpen", struct metric_open, open_fields);

static const struct field tests_fields[] = {
    FIELD_STR(struct metric_tests, application_id),
    FIELD_JSON(struct metric_tests, test_scores),
};
static SCHEMA(tests_schema, "MetricTests", struct metric_tests, tests_fields);

static const struct field span_fields[] = {
    FIELD_STR(struct metric_span, cycle_id), FIELD_STR(struct metric_span, from),
    FIELD_STR(struct metric_span, after),    FIELD_STR(struct metric_span, last),
    FIELD_I64(struct metric_span, limit),
};
static SCHEMA(span_schema, "MetricSpan", struct metric_span, span_fields);

static const struct field metric_fields[] = {
    FIELD_I64(struct metric_row, metric_id),
    FIELD_E2(struct metric_row, composite),
};
static SCHEMA(metric_schema, "MetricRow", struct metric_row, metric_fields);

static const struct field rank_fields[] = {
    FIELD_I64(struct metric_rank, metric_id),
    FIELD_E2(struct metric_rank, percentile),
};
static SCHEMA(rank_schema, "MetricRank", struct metric_rank, rank_fields);

struct page_in {
    struct str cycle_id;
    int64_t after, limit;
};
static const struct field page_fields[] = {
    FIELD_STR(struct page_in, cycle_id),
    FIELD_I64(struct page_in, after),
    FIELD_I64(struct page_in, limit),
};
static SCHEMA(page_schema, "MetricPageIn", struct page_in, page_fields);

err metric_insert(struct ctx *c, struct tx *tx, const struct metric_new *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO deterministic_metrics (application_id, admission_cycle_id, test_average, "
        "test_percent, academic_score_computed, composite, percentile_rank, computed_at) VALUES "
        "(:application_id, :cycle_id, :test_average, :test_percent, :academic, :composite, "
        ":percentile, :computed_at)",
        &new_schema, NULL
    };
    return query_many(c, tx, &q, v, n);
}

static const struct field bounds_fields[] = {
    FIELD_NAMED(struct metric_span, from, "first_id", F_STR, struct str, .flags = FIELD_NULL),
    FIELD_NAMED(struct metric_span, last, "last_id", F_STR, struct str, .flags = FIELD_NULL),
};
static SCHEMA(bounds_schema, "MetricBounds", struct metric_span, bounds_fields);

err metric_span_of(struct ctx *c, struct tx *tx, struct str cycle_id, struct metric_span *ret)
{
    static const struct query q = {
        "SELECT MIN(application_id) AS first_id, MAX(application_id) AS last_id "
        "FROM applications WHERE admission_cycle_id = :cycle_id",
        &page_schema, &bounds_schema
    };
    const struct page_in in = { .cycle_id = cycle_id };
    struct metric_span span = { 0 };
    TRY(query_one(c, tx, &q, &in, &span));
    span.cycle_id = cycle_id;
    *ret = span;
    return ERR_OK;
}

/* (admission_cycle_id || '') keeps the planner on the key: by the cycle it would sort all that is
 * left for each page. */
err metric_open_page(struct ctx *c, struct tx *tx, const struct metric_span *span, struct list *ret)
{
    static const struct query q = {
        "SELECT a.application_id, a.gpa FROM applications a WHERE a.application_id >= :from "
        "AND a.application_id <= :last AND a.application_id <> :after "
        "AND (a.admission_cycle_id || '') = :cycle_id "
        "AND EXISTS (SELECT 1 FROM anonymized_applications n "
        "WHERE n.application_id = a.application_id AND n.scrub_order = a.scrub_order) "
        "AND NOT EXISTS (SELECT 1 FROM deterministic_metrics m "
        "WHERE m.application_id = a.application_id) ORDER BY a.application_id LIMIT :limit",
        &span_schema, &open_schema
    };
    return query_list(c, tx, &q, span, (size_t)span->limit, ret);
}

err metric_tests_each(struct ctx *c, struct tx *tx, const struct metric_span *span, row_fn *fn,
                      void *arg)
{
    static const struct query q = {
        "SELECT application_id, test_scores FROM application_texts WHERE application_id >= :from "
        "AND application_id <= :last AND admission_cycle_id = :cycle_id",
        &span_schema, &tests_schema
    };
    return query_each(c, tx, &q, span, fn, arg);
}

err metric_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    static const struct query q = { "SELECT metric_id, composite FROM deterministic_metrics "
                                    "WHERE admission_cycle_id = :cycle_id",
                                    &page_schema, &metric_schema };
    const struct page_in in = { .cycle_id = cycle_id };
    return query_each(c, tx, &q, &in, fn, arg);
}

err metric_page(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t after, int64_t limit,
                struct list *ret)
{
    static const struct query q = {
        "SELECT metric_id, composite FROM deterministic_metrics WHERE admission_cycle_id = "
        ":cycle_id AND metric_id > :after ORDER BY metric_id LIMIT :limit",
        &page_schema, &metric_schema
    };
    const struct page_in in = { cycle_id, after, limit };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}

err metric_set_percentiles(struct ctx *c, struct tx *tx, const struct metric_rank *v, size_t n)
{
    static const struct query q = {
        "UPDATE deterministic_metrics SET percentile_rank = :percentile "
        "WHERE metric_id = :metric_id",
        &rank_schema, NULL
    };
    return query_many(c, tx, &q, v, n);
}
