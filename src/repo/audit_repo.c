/* SQL of the tamper-evident log and of subject keys. */
#include "repo/audit_repo.h"

#include "base/str.h"

enum { BULK_FROM = 16 }; /* so many rows are worth a COPY */

static const struct field entry_fields[] = {
    FIELD_I64(struct audit_entry_row, idx),
    FIELD_I64(struct audit_entry_row, ts),
    FIELD_STR(struct audit_entry_row, act),
    FIELD_STR(struct audit_entry_row, actor),
    FIELD_STR(struct audit_entry_row, subj, .flags = FIELD_NULL),
    FIELD_STR(struct audit_entry_row, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct audit_entry_row, leaf),
    FIELD_BLOB(struct audit_entry_row, entry),
};
static SCHEMA(entry_schema, "AuditEntryRow", struct audit_entry_row, entry_fields);

static const struct field tail_fields[] = {
    FIELD_I64(struct audit_tail_row, idx),
    FIELD_I64(struct audit_tail_row, ts),
    FIELD_BLOB(struct audit_tail_row, leaf),
};
static SCHEMA(tail_schema, "AuditTailRow", struct audit_tail_row, tail_fields);

struct int_row {
    int64_t n;
};
static const struct field int_fields[] = { FIELD_I64(struct int_row, n) };
static SCHEMA(int_schema, "IntRow", struct int_row, int_fields);

static const struct query tail = {
    .sql = "SELECT idx, ts, leaf FROM audit_entry ORDER BY idx DESC LIMIT 1",
    .out = &tail_schema,
};

err audit_repo_tail(struct ctx *c, struct tx *tx, struct audit_tail_row *ret, bool *ret_found)
{
    return query_find(c, tx, &tail, NULL, ret, ret_found);
}

static const struct query insert = {
    .sql = "INSERT INTO audit_entry (idx, ts, act, actor, subj, cycle_id, leaf, entry)"
           " VALUES (:idx, :ts, :act, :actor, :subj, :cycle_id, :leaf, :entry)",
    .in = &entry_schema,
};

err audit_repo_insert(struct ctx *c, struct tx *tx, const struct audit_entry_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

err audit_repo_insert_many(struct ctx *c, struct tx *tx, const struct audit_entry_row *rows,
                           size_t n)
{
    if (n < BULK_FROM)
        return query_many(c, tx, &insert, rows, n);
    struct bulk *bulk;
    TRY(bulk_open(c, tx, "audit_entry", &entry_schema, &bulk));
    err e = ERR_OK;
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        e = bulk_row(c, bulk, &rows[i]);
    if (e != ERR_OK)
        return e; /* the transaction lets go of it */
    return bulk_close(c, &bulk);
}

static const struct query last_step = {
    .sql = "SELECT ts AS n FROM audit_entry WHERE act = 'clock.step' ORDER BY idx DESC LIMIT 1",
    .out = &int_schema,
};

err audit_repo_last_step(struct ctx *c, struct tx *tx, int64_t *ret_ts, bool *ret_found)
{
    struct int_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &last_step, NULL, &row, &found));
    *ret_ts = row.n;
    *ret_found = found;
    return ERR_OK;
}

static const struct query get = {
    .sql = "SELECT idx, ts, act, actor, subj, cycle_id, leaf, entry FROM audit_entry"
           " WHERE idx = :n",
    .in = &int_schema,
    .out = &entry_schema,
};

err audit_repo_get(struct ctx *c, struct tx *tx, int64_t idx, struct audit_entry_row *ret,
                   bool *ret_found)
{
    return query_find(c, tx, &get, &(struct int_row){ idx }, ret, ret_found);
}

static const struct query from_idx = {
    .sql = "SELECT idx, ts, act, actor, subj, cycle_id, leaf, entry FROM audit_entry"
           " WHERE idx >= :n ORDER BY idx",
    .in = &int_schema,
    .out = &entry_schema,
};

err audit_repo_from(struct ctx *c, struct tx *tx, int64_t from, row_fn *fn, void *arg)
{
    return query_each(c, tx, &from_idx, &(struct int_row){ from }, fn, arg);
}

static const struct field list_fields[] = {
    FIELD_I64(struct audit_list_in, before),
    FIELD_I64(struct audit_list_in, limit),
    FIELD_STR(struct audit_list_in, actor, .flags = FIELD_NULL),
    FIELD_STR(struct audit_list_in, acts, .flags = FIELD_NULL),
    FIELD_I64(struct audit_list_in, ts_from, .flags = FIELD_NULL),
    FIELD_I64(struct audit_list_in, ts_to, .flags = FIELD_NULL),
    FIELD_STR(struct audit_list_in, subj_from, .flags = FIELD_NULL),
    FIELD_STR(struct audit_list_in, subj_to, .flags = FIELD_NULL),
};
static SCHEMA(list_schema, "AuditListIn", struct audit_list_in, list_fields);

#define LIST_SELECT                                                                                \
    "SELECT idx, ts, act, actor, subj, cycle_id, leaf, entry FROM audit_entry WHERE idx < :before"
#define LIST_FILTERS                                                                               \
    " AND (CAST(:actor AS TEXT) IS NULL OR actor = :actor)"                                        \
    " AND (CAST(:acts AS TEXT) IS NULL OR lower(:acts) LIKE lower('%,' || act || ',%'))"           \
    " AND (CAST(:ts_from AS BIGINT) IS NULL OR ts >= :ts_from)"                                    \
    " AND (CAST(:ts_to AS BIGINT) IS NULL OR ts < :ts_to)"
#define LIST_END " ORDER BY idx DESC LIMIT :limit"

static const struct query list_all = {
    .sql = LIST_SELECT LIST_FILTERS LIST_END,
    .in = &list_schema,
    .out = &entry_schema,
};
static const struct query list_kind = {
    .sql = LIST_SELECT " AND subj >= :subj_from AND subj < :subj_to" LIST_FILTERS LIST_END,
    .in = &list_schema,
    .out = &entry_schema,
};

static const struct query list_one = {
    .sql = LIST_SELECT " AND subj = :subj_from" LIST_FILTERS LIST_END,
    .in = &list_schema,
    .out = &entry_schema,
};

err audit_repo_list(struct ctx *c, struct tx *tx, const struct audit_list_in *in,
                    struct list *ret_rows)
{
    const struct query *q = !in->subj_from.p ? &list_all : in->subj_to.p ? &list_kind : &list_one;
    return query_list(c, tx, q, in, (size_t)in->limit, ret_rows);
}

static const struct field key_fields[] = {
    FIELD_STR(struct audit_key_row, subject),
    FIELD_STR(struct audit_key_row, wrapped),
    FIELD_TIME(struct audit_key_row, created_at),
};
static SCHEMA(key_schema, "SubjectKeyRow", struct audit_key_row, key_fields);
static const struct field wrapped_fields[] = { FIELD_STR(struct audit_key_row, wrapped) };
static SCHEMA(wrapped_schema, "WrappedKeyRow", struct audit_key_row, wrapped_fields);

static const struct query key_insert = {
    .sql = "INSERT INTO subject_key (subject, wrapped, created_at)"
           " VALUES (:subject, :wrapped, :created_at)",
    .in = &key_schema,
};

err audit_repo_key_insert(struct ctx *c, struct tx *tx, const struct audit_key_row *v, size_t n)
{
    return query_many(c, tx, &key_insert, v, n);
}

err audit_repo_key_send(struct ctx *c, struct tx *tx, const struct audit_key_row *v, size_t n)
{
    return query_send(c, tx, &key_insert, v, n);
}

static const struct query key_get = {
    .sql = "SELECT wrapped FROM subject_key WHERE subject = :subject",
    .in = &key_schema,
    .out = &wrapped_schema,
};

err audit_repo_key_get(struct ctx *c, struct tx *tx, struct str subject, struct str *ret_wrapped,
                       bool *ret_found)
{
    struct audit_key_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &key_get, &(struct audit_key_row){ .subject = subject }, &row, &found));
    *ret_wrapped = row.wrapped;
    *ret_found = found;
    return ERR_OK;
}

static const struct field span_fields[] = {
    FIELD_STR(struct audit_span, act, .flags = FIELD_NULL),
    FIELD_STR(struct audit_span, cycle_id),
    FIELD_NAMED(struct audit_span, from, "from_idx", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(struct audit_span, before, "before_idx", F_I64, int64_t, .flags = 0),
};
static SCHEMA(span_schema, "AuditSpan", struct audit_span, span_fields);

static const struct field subject_fields[] = {
    FIELD_I64(struct audit_subject_row, idx),
    FIELD_STR(struct audit_subject_row, subj, .flags = FIELD_NULL),
};
static SCHEMA(subject_schema, "AuditSubjectRow", struct audit_subject_row, subject_fields);

/* The subquery on withdrawals is not correlated, so the engine builds it once. */
static const struct query submissions = {
    .sql = "SELECT idx, subj FROM audit_entry WHERE act = 'application.submit'"
           " AND idx >= :from_idx AND idx < :before_idx AND cycle_id = :cycle_id"
           " AND subj NOT IN (SELECT w.subj FROM audit_entry w"
           " WHERE w.act = 'application.withdraw' AND w.idx >= :from_idx"
           " AND w.idx < :before_idx AND w.subj IS NOT NULL) ORDER BY idx",
    .in = &span_schema,
    .out = &subject_schema,
};

err audit_repo_submissions(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from,
                           int64_t before, row_fn *fn, void *arg)
{
    const struct audit_span in = { .cycle_id = cycle_id, .from = from, .before = before };
    return query_each(c, tx, &submissions, &in, fn, arg);
}

static const struct field score_entry_fields[] = {
    FIELD_STR(struct audit_score_entry, subj, .flags = FIELD_NULL),
    FIELD_BLOB(struct audit_score_entry, entry),
};
static SCHEMA(score_entry_schema, "AuditScoreEntry", struct audit_score_entry, score_entry_fields);

static const struct query score_entries = {
    .sql = "SELECT subj, entry FROM audit_entry WHERE act = :act AND idx >= :from_idx"
           " AND idx < :before_idx AND cycle_id = :cycle_id ORDER BY idx",
    .in = &span_schema,
    .out = &score_entry_schema,
};

err audit_repo_score_entries(struct ctx *c, struct tx *tx, const struct audit_span *span,
                             row_fn *fn, void *arg)
{
    return query_each(c, tx, &score_entries, span, fn, arg);
}

static const struct query count_act = {
    .sql = "SELECT COUNT(*) AS n FROM audit_entry WHERE act = :act AND idx >= :from_idx"
           " AND idx < :before_idx",
    .in = &span_schema,
    .out = &int_schema,
};

err audit_repo_count_act(struct ctx *c, struct tx *tx, const struct audit_span *span,
                         int64_t *ret_n)
{
    struct int_row row = { 0 };
    TRY(query_one(c, tx, &count_act, span, &row));
    *ret_n = row.n;
    return ERR_OK;
}
