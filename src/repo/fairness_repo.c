/* The SQL of the counterfactual fairness check. */
#include "repo/fairness_repo.h"

#include "base/str.h"
#include "codec/base64.h"

#define F struct fairness_run
static const struct field run_fields[] = {
    FIELD_STR(F, run_id),
    FIELD_STR(F, cycle_id),
    FIELD_STR(F, job_id, .flags = FIELD_NULL),
    FIELD_STR(F, evaluator),
    FIELD_STR(F, seed, .flags = FIELD_NULL),
    FIELD_I64(F, variants),
    FIELD_I64(F, population),
    FIELD_I64(F, sampled),
    FIELD_TIME(F, created_at),
    FIELD_STR(F, created_by, .flags = FIELD_NULL),
    FIELD_TIME(F, finished_at, .flags = FIELD_NULL),
    FIELD_STR(F, outcome, .flags = FIELD_NULL),
    FIELD_STR(F, report, .flags = FIELD_NULL),
    FIELD_STR(F, override_reason, .flags = FIELD_NULL),
    FIELD_TIME(F, override_at, .flags = FIELD_NULL),
    FIELD_STR(F, override_by, .flags = FIELD_NULL),
};
#undef F
static SCHEMA(run_schema, "FairnessRunRow", struct fairness_run, run_fields);

static const struct field sample_fields[] = {
    FIELD_STR(struct fairness_sample, run_id),
    FIELD_STR(struct fairness_sample, anonymized_id),
    FIELD_STR(struct fairness_sample, cycle_id),
    FIELD_I64(struct fairness_sample, draw),
    FIELD_I64(struct fairness_sample, item_order),
    FIELD_STR(struct fairness_sample, marks, .flags = FIELD_NULL),
    FIELD_I64(struct fairness_sample, accepted),
};
static SCHEMA(sample_schema, "FairnessSampleRow", struct fairness_sample, sample_fields);

static const struct field checkpoint_fields[] = {
    FIELD_STR(struct fairness_checkpoint, run_id),
    FIELD_STR(struct fairness_checkpoint, anonymized_id),
    FIELD_I64(struct fairness_checkpoint, item),
    FIELD_STR(struct fairness_checkpoint, state),
};
static SCHEMA(checkpoint_schema, "FairnessCheckpoint", struct fairness_checkpoint,
              checkpoint_fields);

static const struct field name_fields[] = {
    FIELD_STR(struct fairness_name, anonymized_id),
};
static SCHEMA(name_schema, "FairnessName", struct fairness_name, name_fields);

struct entry_row {
    struct str leaf, entry;
};
static const struct field entry_fields[] = {
    FIELD_BLOB(struct entry_row, leaf),
    FIELD_BLOB(struct entry_row, entry),
};
static SCHEMA(entry_schema, "FairnessEntry", struct entry_row, entry_fields);

struct args {
    struct str cycle_id, run_id, text, subj;
    int64_t from, last;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, run_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, text, .flags = FIELD_NULL),
    FIELD_STR(struct args, subj, .flags = FIELD_NULL),
    FIELD_I64(struct args, from),
    FIELD_I64(struct args, last),
};
static SCHEMA(args_schema, "FairnessArgs", struct args, args_fields);

struct count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count, n) };
static SCHEMA(count_schema, "FairnessCount", struct count, count_fields);

#define B struct fairness_bound
static const struct field bound_fields[] = {
    FIELD_STR(B, run_id),
    FIELD_STR(B, cycle_id),
    FIELD_STR(B, seed, .flags = FIELD_NULL),
    FIELD_STR(B, outcome, .flags = FIELD_NULL),
    FIELD_STR(B, report, .flags = FIELD_NULL),
    FIELD_STR(B, override_reason, .flags = FIELD_NULL),
    FIELD_STR(B, wrapped, .flags = FIELD_NULL),
    FIELD_I64(B, population),
    FIELD_I64(B, sampled),
    FIELD_I64(B, variants),
};
#undef B
static SCHEMA(bound_schema, "FairnessBound", struct fairness_bound, bound_fields);

err fairness_bound_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        "SELECT r.run_id, r.admission_cycle_id AS cycle_id, r.seed, r.outcome, r.report, "
        "r.override_reason, k.wrapped, r.population, r.sampled, r.variants FROM fairness_runs r "
        "LEFT JOIN subject_key k ON k.subject = 'fairness:' || r.run_id ORDER BY r.run_id",
        NULL, &bound_schema
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

#define RUN_SELECT                                                                                 \
    "SELECT run_id, admission_cycle_id AS cycle_id, job_id, evaluator, seed, variants, "           \
    "population, sampled, created_at, created_by, finished_at, outcome, report, "                  \
    "override_reason, override_at, override_by FROM fairness_runs "

/* Run ids are sortable by time. */
err fairness_newest(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness_run *ret,
                    bool *ret_found)
{
    static const struct query q = {
        RUN_SELECT "WHERE admission_cycle_id = :cycle_id ORDER BY run_id DESC LIMIT 1",
        &args_schema, &run_schema
    };
    return query_find(c, tx, &q, &(struct args){ .cycle_id = cycle_id }, ret, ret_found);
}

err fairness_run_get(struct ctx *c, struct tx *tx, struct str run_id, struct fairness_run *ret,
                     bool *ret_found)
{
    static const struct query q = { RUN_SELECT "WHERE run_id = :run_id", &args_schema,
                                    &run_schema };
    return query_find(c, tx, &q, &(struct args){ .run_id = run_id }, ret, ret_found);
}

err fairness_run_insert(struct ctx *c, struct tx *tx, const struct fairness_run *row)
{
    static const struct query q = {
        "INSERT INTO fairness_runs (run_id, admission_cycle_id, job_id, evaluator, seed, variants, "
        "population, sampled, created_at, created_by) VALUES (:run_id, :cycle_id, :job_id, "
        ":evaluator, :seed, :variants, :population, :sampled, :created_at, :created_by)",
        &run_schema, NULL
    };
    return query_run(c, tx, &q, row, NULL);
}

static err set_run(struct ctx *c, struct tx *tx, const struct query *q,
                   const struct fairness_run *row)
{
    int64_t changed = 0;
    TRY(query_run(c, tx, q, row, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, CONFLICT, "The fairness run is no longer there");
}

err fairness_run_set_job(struct ctx *c, struct tx *tx, const struct fairness_run *row)
{
    static const struct query q = {
        "UPDATE fairness_runs SET job_id = :job_id WHERE run_id = :run_id", &run_schema, NULL
    };
    return set_run(c, tx, &q, row);
}

err fairness_run_set_drawn(struct ctx *c, struct tx *tx, const struct fairness_run *row)
{
    static const struct query q = {
        "UPDATE fairness_runs SET seed = :seed, population = :population, sampled = :sampled "
        "WHERE run_id = :run_id",
        &run_schema, NULL
    };
    return set_run(c, tx, &q, row);
}

err fairness_run_set_report(struct ctx *c, struct tx *tx, const struct fairness_run *row)
{
    static const struct query q = {
        "UPDATE fairness_runs SET outcome = :outcome, report = :report, "
        "finished_at = :finished_at WHERE run_id = :run_id",
        &run_schema, NULL
    };
    return set_run(c, tx, &q, row);
}

err fairness_run_set_override(struct ctx *c, struct tx *tx, const struct fairness_run *row)
{
    static const struct query q = {
        "UPDATE fairness_runs SET override_reason = :override_reason, "
        "override_at = :override_at, override_by = :override_by WHERE run_id = :run_id",
        &run_schema, NULL
    };
    return set_run(c, tx, &q, row);
}

err fairness_last_entry(struct ctx *c, struct tx *tx, struct str cycle_id, const char *act,
                        struct fairness_entry *ret, bool *ret_found)
{
    static const struct query q = {
        "SELECT leaf, entry FROM audit_entry WHERE subj = :subj AND act = :text "
        "ORDER BY idx DESC LIMIT 1",
        &args_schema, &entry_schema
    };
    struct entry_row row;
    const struct args a = { .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(cycle_id)),
                            .text = str_of(act) };
    TRY(query_find(c, tx, &q, &a, &row, ret_found));
    if (!*ret_found)
        return ERR_OK;
    struct buf b;
    buf_init(&b, c->mem, 2 * row.leaf.n + 1);
    hex_write(&b, row.leaf.p, row.leaf.n);
    *ret = (struct fairness_entry){ buf_view(&b), row.entry };
    return ERR_OK;
}

static err count_of(struct ctx *c, struct tx *tx, const struct query *q, const struct args *a,
                    int64_t *ret)
{
    struct count n = { 0 };
    TRY(query_one(c, tx, q, a, &n));
    *ret = n.n;
    return ERR_OK;
}

err fairness_own_scores(struct ctx *c, struct tx *tx, struct str cycle_id, struct str evaluator,
                        int64_t *ret)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :cycle_id "
        "AND evaluator = :text",
        &args_schema, &count_schema
    };
    return count_of(c, tx, &q, &(struct args){ .cycle_id = cycle_id, .text = evaluator }, ret);
}

err fairness_population_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn,
                             void *arg)
{
    static const struct query q = {
        "SELECT anonymized_id FROM final_scores WHERE admission_cycle_id = :cycle_id", &args_schema,
        &name_schema
    };
    return query_each(c, tx, &q, &(struct args){ .cycle_id = cycle_id }, fn, arg);
}

err fairness_sample_insert(struct ctx *c, struct tx *tx, const struct fairness_sample *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO fairness_samples (run_id, anonymized_id, admission_cycle_id, draw, "
        "item_order, marks, accepted) VALUES (:run_id, :anonymized_id, :cycle_id, :draw, "
        ":item_order, :marks, :accepted)",
        &sample_schema, NULL
    };
    return n ? query_many(c, tx, &q, v, n) : ERR_OK;
}

#define SAMPLE_SELECT                                                                              \
    "SELECT run_id, anonymized_id, admission_cycle_id AS cycle_id, draw, item_order, marks, "      \
    "accepted FROM fairness_samples WHERE run_id = :run_id "

err fairness_sample_open(struct ctx *c, struct tx *tx, struct str run_id,
                         const struct order_range *r, size_t limit, struct list *ret)
{
    static const struct query q = {
        SAMPLE_SELECT "AND item_order >= :from AND item_order <= :last AND marks IS NULL "
                      "ORDER BY anonymized_id",
        &args_schema, &sample_schema
    };
    const struct args a = { .run_id = run_id, .from = r->from, .last = r->last };
    return query_list(c, tx, &q, &a, limit, ret);
}

err fairness_sample_left(struct ctx *c, struct tx *tx, struct str run_id, int64_t *ret)
{
    static const struct query q = {
        "SELECT COUNT(*) AS n FROM fairness_samples WHERE run_id = :run_id AND marks IS NULL",
        &args_schema, &count_schema
    };
    return count_of(c, tx, &q, &(struct args){ .run_id = run_id }, ret);
}

err fairness_sample_done(struct ctx *c, struct tx *tx, const struct fairness_sample *v, size_t n)
{
    static const struct query done = {
        "UPDATE fairness_samples SET marks = :marks, accepted = :accepted "
        "WHERE run_id = :run_id AND anonymized_id = :anonymized_id",
        &sample_schema, NULL
    };
    static const struct query drop = { "DELETE FROM fairness_checkpoints WHERE run_id = :run_id "
                                       "AND anonymized_id = :anonymized_id",
                                       &sample_schema, NULL };
    if (n == 0)
        return ERR_OK;
    TRY(query_many(c, tx, &done, v, n));
    return query_many(c, tx, &drop, v, n);
}

err fairness_sample_reopen(struct ctx *c, struct tx *tx, struct str run_id)
{
    static const struct query q = {
        "UPDATE fairness_samples SET marks = NULL, accepted = 0 WHERE run_id = :run_id "
        "AND marks LIKE '%-%'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, &(struct args){ .run_id = run_id }, NULL);
}

err fairness_sample_each(struct ctx *c, struct tx *tx, struct str run_id, row_fn *fn, void *arg)
{
    static const struct query q = { SAMPLE_SELECT "AND marks IS NOT NULL ORDER BY draw",
                                    &args_schema, &sample_schema };
    return query_each(c, tx, &q, &(struct args){ .run_id = run_id }, fn, arg);
}

err fairness_checkpoint_put(struct ctx *c, struct tx *tx, const struct fairness_checkpoint *v,
                            size_t n)
{
    static const struct query q = {
        "INSERT INTO fairness_checkpoints (run_id, anonymized_id, item, state) "
        "VALUES (:run_id, :anonymized_id, :item, :state) "
        "ON CONFLICT (run_id, anonymized_id, item) DO UPDATE SET state = excluded.state",
        &checkpoint_schema, NULL
    };
    return n ? query_many(c, tx, &q, v, n) : ERR_OK;
}

err fairness_checkpoint_list(struct ctx *c, struct tx *tx, struct str run_id,
                             const struct order_range *r, size_t limit, struct list *ret)
{
    static const struct query q = {
        "SELECT k.run_id, k.anonymized_id, k.item, k.state FROM fairness_checkpoints k "
        "JOIN fairness_samples s ON s.run_id = k.run_id AND s.anonymized_id = k.anonymized_id "
        "WHERE k.run_id = :run_id AND s.item_order >= :from AND s.item_order <= :last "
        "ORDER BY k.anonymized_id, k.item",
        &args_schema, &checkpoint_schema
    };
    const struct args a = { .run_id = run_id, .from = r->from, .last = r->last };
    return query_list(c, tx, &q, &a, limit, ret);
}
