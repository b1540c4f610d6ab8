/* The SQL of preprocessing and export. Texts to scrub and anonymous rows are never joined in one
 * statement: what links the two is written here and read back by repo/identity_repo.c only. */
#include "repo/anon_repo.h"

static const struct field range_fields[] = {
    FIELD_STR(struct order_range, cycle_id),
    FIELD_I64(struct order_range, from),
    FIELD_I64(struct order_range, last),
};
static SCHEMA(range_schema, "OrderRange", struct order_range, range_fields);

static const struct field source_fields[] = {
    FIELD_STR(struct scrub_source, application_id),
    FIELD_E2(struct scrub_source, gpa),
    FIELD_I64(struct scrub_source, scrub_order),
    FIELD_JSON(struct scrub_source, test_scores),
    FIELD_STR(struct scrub_source, sealed_identity, .flags = FIELD_NULL),
    FIELD_STR(struct scrub_source, essay),
    FIELD_STR(struct scrub_source, achievements),
    FIELD_BOOL(struct scrub_source, done),
};
static SCHEMA(source_schema, "ScrubSource", struct scrub_source, source_fields);

static const struct field held_fields[] = {
    FIELD_STR(struct scrub_held, application_id),
    FIELD_STR(struct scrub_held, held_reason, .flags = FIELD_NULL),
};
static SCHEMA(held_schema, "ScrubHeld", struct scrub_held, held_fields);

static const struct field free_fields[] = { FIELD_STR(struct scrub_free, application_id) };
static SCHEMA(free_schema, "ScrubFree", struct scrub_free, free_fields);

static const struct field anon_fields[] = {
    FIELD_STR(struct anon_row, anonymized_id),
    FIELD_STR(struct anon_row, application_id),
    FIELD_STR(struct anon_row, cycle_id),
    FIELD_I64(struct anon_row, scrub_order),
    FIELD_E2(struct anon_row, gpa),
    FIELD_I64(struct anon_row, eval_order),
    FIELD_I64(struct anon_row, redactions),
    FIELD_I64(struct anon_row, injection_score),
    FIELD_I64(struct anon_row, injection_signs),
    FIELD_STR(struct anon_row, held_reason, .flags = FIELD_NULL),
    FIELD_STR(struct anon_row, spans, .flags = FIELD_NULL),
    FIELD_JSON(struct anon_row, test_scores),
    FIELD_STR(struct anon_row, essay_scrubbed),
    FIELD_STR(struct anon_row, achievements_scrubbed),
    FIELD_STR(struct anon_row, encrypted_pii),
    FIELD_TIME(struct anon_row, created_at),
};
static SCHEMA(anon_schema, "AnonRow", struct anon_row, anon_fields);

struct ready_args {
    struct str cycle_id;
    int64_t now;
};
static const struct field ready_fields[] = {
    FIELD_STR(struct ready_args, cycle_id, .flags = FIELD_NULL),
    FIELD_TIME(struct ready_args, now, .flags = FIELD_NULL),
};
static SCHEMA(ready_schema, "ReadyArgs", struct ready_args, ready_fields);

static const struct field export_fields[] = {
    FIELD_I64(struct anon_export_row, eval_order),
    FIELD_STR(struct anon_export_row, anonymized_id),
    FIELD_E2(struct anon_export_row, gpa),
    FIELD_JSON(struct anon_export_row, test_scores),
    FIELD_STR(struct anon_export_row, essay_scrubbed),
    FIELD_STR(struct anon_export_row, achievements_scrubbed),
};
static SCHEMA(export_schema, "AnonExportRow", struct anon_export_row, export_fields);

static const struct field marks_fields[] = {
    FIELD_I64(struct anon_marks_row, eval_order),
    FIELD_STR(struct anon_marks_row, anonymized_id),
    FIELD_STR(struct anon_marks_row, status),
    FIELD_E2(struct anon_marks_row, final_score, .flags = FIELD_NULL),
    FIELD_E2(struct anon_marks_row, academic_score, .flags = FIELD_NULL),
    FIELD_E2(struct anon_marks_row, test_score, .flags = FIELD_NULL),
    FIELD_E2(struct anon_marks_row, achievement_score, .flags = FIELD_NULL),
    FIELD_E2(struct anon_marks_row, essay_score, .flags = FIELD_NULL),
    FIELD_STR(struct anon_marks_row, evaluator, .flags = FIELD_NULL),
};
static SCHEMA(marks_schema, "AnonMarksRow", struct anon_marks_row, marks_fields);

struct one_count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct one_count, n) };
static SCHEMA(count_schema, "Count", struct one_count, count_fields);

/* The place first, as in the index. */
#define OF_A "n.scrub_order = a.scrub_order AND n.application_id = a.application_id"

/* status = 'finalized' as in the index of the random order, which holds no others. */
#define IN_RANGE                                                                                   \
    "WHERE a.admission_cycle_id = :cycle_id AND a.scrub_order >= :from "                           \
    "AND a.scrub_order <= :last AND a.status = 'finalized' "

struct sources_in {
    struct str cycle_id;
    int64_t from, last, limit;
};
static const struct field sources_fields[] = {
    FIELD_STR(struct sources_in, cycle_id),
    FIELD_I64(struct sources_in, from),
    FIELD_I64(struct sources_in, last),
    FIELD_I64(struct sources_in, limit),
};
static SCHEMA(sources_schema, "ScrubSourcesIn", struct sources_in, sources_fields);

/* In the order of the applications, so that what lies together is looked up together: in random
 * order each of them costs a page of every index and table. */
err scrub_sources(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                  struct list *ret)
{
    static const struct query q = {
        "SELECT a.application_id, a.gpa, a.scrub_order, t.test_scores, t.sealed_identity, "
        "t.essay, t.achievements, EXISTS (SELECT 1 FROM anonymized_applications n WHERE " OF_A
        ") AS done FROM (SELECT a.application_id, a.admission_cycle_id, a.gpa, a.scrub_order "
        "FROM applications a " IN_RANGE "ORDER BY a.application_id LIMIT :limit) a "
        "JOIN application_texts t ON t.application_id = a.application_id "
        "AND t.admission_cycle_id = a.admission_cycle_id",
        &sources_schema, &source_schema
    };
    const struct sources_in in = { r->cycle_id, r->from, r->last, (int64_t)limit };
    return query_list(c, tx, &q, &in, limit, ret);
}

err scrub_held_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret)
{
    static const struct query q = { "SELECT a.application_id, n.held_reason FROM applications a "
                                    "JOIN anonymized_applications n ON " OF_A " " IN_RANGE,
                                    &range_schema, &held_schema };
    return query_list(c, tx, &q, r, limit, ret);
}

err scrub_free_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret)
{
    static const struct query q = { "SELECT a.application_id FROM applications a " IN_RANGE
                                    "AND NOT EXISTS (SELECT 1 FROM anonymized_applications n "
                                    "WHERE " OF_A ")",
                                    &range_schema, &free_schema };
    return query_list(c, tx, &q, r, limit, ret);
}

err anon_left_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM applications WHERE admission_cycle_id = :cycle_id "
        "AND status IN ('withdrawn', 'failed')",
        &range_schema, &count_schema
    };
    const struct order_range r = { .cycle_id = cycle_id };
    struct one_count n;
    TRY(query_one(c, tx, &q, &r, &n));
    *ret = n.n;
    return ERR_OK;
}

err anon_insert(struct ctx *c, struct tx *tx, const struct anon_row *v, size_t n)
{
    static const struct query rows = {
        "INSERT INTO anonymized_applications (anonymized_id, application_id, admission_cycle_id, "
        "scrub_order, gpa, eval_order, redactions, held_reason, injection_score, injection_signs, "
        "created_at) VALUES (:anonymized_id, :application_id, :cycle_id, :scrub_order, :gpa, "
        ":eval_order, :redactions, :held_reason, :injection_score, :injection_signs, :created_at)",
        &anon_schema, NULL
    };
    static const struct query texts = {
        "INSERT INTO anonymized_texts (anonymized_id, admission_cycle_id, test_scores, "
        "essay_scrubbed, achievements_scrubbed, spans) VALUES (:anonymized_id, :cycle_id, "
        ":test_scores, :essay_scrubbed, :achievements_scrubbed, :spans)",
        &anon_schema, NULL
    };
    static const struct query mapping = {
        "INSERT INTO identity_mapping (anonymized_id, application_id, admission_cycle_id, "
        "encrypted_pii, created_at) VALUES (:anonymized_id, :application_id, :cycle_id, "
        ":encrypted_pii, :created_at)",
        &anon_schema, NULL
    };
    TRY(query_many(c, tx, &rows, v, n));
    TRY(query_many(c, tx, &texts, v, n));
    return query_many(c, tx, &mapping, v, n);
}

/* The held ones are few and have an index: asking each row for its reason would read all of them,
 * in random order. */
err anon_settle(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now)
{
    static const struct query q = {
        "UPDATE applications SET status = 'batch_ready', updated_at = :now "
        "WHERE admission_cycle_id = :cycle_id AND status = 'finalized' AND EXISTS (SELECT 1 "
        "FROM anonymized_applications n WHERE n.application_id = applications.application_id "
        "AND n.scrub_order = applications.scrub_order) AND application_id NOT IN (SELECT "
        "h.application_id FROM anonymized_applications h WHERE h.admission_cycle_id = :cycle_id "
        "AND h.held_reason IS NOT NULL)",
        &ready_schema, NULL
    };
    const struct ready_args a = { .cycle_id = cycle_id, .now = now };
    return query_run(c, tx, &q, &a, NULL);
}

err scrub_open_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM applications a WHERE a.admission_cycle_id = :cycle_id "
        "AND a.status = 'finalized' AND NOT EXISTS (SELECT 1 FROM anonymized_applications n "
        "WHERE " OF_A " AND n.held_reason IS NULL)",
        &ready_schema, &count_schema
    };
    const struct ready_args a = { .cycle_id = cycle_id };
    struct one_count n;
    TRY(query_one(c, tx, &q, &a, &n));
    *ret = n.n;
    return ERR_OK;
}

err anon_export_page(struct ctx *c, struct tx *tx, const struct order_range *after, size_t limit,
                     struct list *ret)
{
    static const struct query q = {
        "SELECT n.eval_order, n.anonymized_id, n.gpa, t.test_scores, t.essay_scrubbed, "
        "t.achievements_scrubbed FROM anonymized_applications n "
        "JOIN anonymized_texts t ON t.anonymized_id = n.anonymized_id "
        "AND t.admission_cycle_id = n.admission_cycle_id "
        "JOIN applications a ON a.application_id = n.application_id "
        "WHERE n.admission_cycle_id = :cycle_id AND n.eval_order > :from "
        "AND a.status NOT IN ('submitted', 'finalized', 'withdrawn') "
        "ORDER BY n.eval_order LIMIT :last",
        &range_schema, &export_schema
    };
    struct order_range r = *after;
    r.last = (int64_t)limit;
    return query_list(c, tx, &q, &r, limit, ret);
}

err anon_marks_page(struct ctx *c, struct tx *tx, const struct order_range *after, size_t limit,
                    struct list *ret)
{
    static const struct query q = {
        "SELECT n.eval_order, n.anonymized_id, a.status, f.final_score, f.academic_score, "
        "f.test_score, f.achievement_score, f.essay_score, f.evaluator "
        "FROM anonymized_applications n "
        "JOIN applications a ON a.application_id = n.application_id "
        "LEFT JOIN final_scores f ON f.anonymized_id = n.anonymized_id "
        "WHERE n.admission_cycle_id = :cycle_id AND n.eval_order > :from "
        "ORDER BY n.eval_order LIMIT :last",
        &range_schema, &marks_schema
    };
    struct order_range r = *after;
    r.last = (int64_t)limit;
    return query_list(c, tx, &q, &r, limit, ret);
}

err anon_cycle_exists(struct ctx *c, struct tx *tx, struct str cycle_id, bool *ret_found)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM admission_cycles WHERE cycle_id = :cycle_id", &range_schema,
        &count_schema
    };
    const struct order_range r = { .cycle_id = cycle_id };
    struct one_count n;
    TRY(query_one(c, tx, &q, &r, &n));
    *ret_found = n.n > 0;
    return ERR_OK;
}
