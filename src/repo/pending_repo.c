/* SQL of the entries that wait for their place in the log. */
#include "repo/pending_repo.h"

static const struct field new_fields[] = {
    FIELD_STR(struct pending_row, act),
    FIELD_STR(struct pending_row, subj, .flags = FIELD_NULL),
    FIELD_STR(struct pending_row, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct pending_row, draft),
    FIELD_TIME(struct pending_row, created_at),
};
static SCHEMA(new_schema, "PendingNew", struct pending_row, new_fields);
static const struct query put = {
    .sql = "INSERT INTO audit_pending (act, subj, cycle_id, draft, created_at)"
           " VALUES (:act, :subj, :cycle_id, :draft, :created_at)",
    .in = &new_schema,
};

err pending_put(struct ctx *c, struct tx *tx, const struct pending_row *row)
{
    return query_later(c, tx, &put, row);
}

struct after_in {
    int64_t after, limit;
};
static const struct field after_fields[] = {
    FIELD_I64(struct after_in, after),
    FIELD_I64(struct after_in, limit),
};
static SCHEMA(after_schema, "PendingAfter", struct after_in, after_fields);
static const struct field row_fields[] = {
    FIELD_I64(struct pending_row, pending_id),
    FIELD_STR(struct pending_row, act),
    FIELD_STR(struct pending_row, subj, .flags = FIELD_NULL),
    FIELD_STR(struct pending_row, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct pending_row, draft),
    FIELD_TIME(struct pending_row, created_at),
};
static SCHEMA(row_schema, "PendingRow", struct pending_row, row_fields);
#define PENDING_SELECT                                                                             \
    "SELECT pending_id, act, subj, cycle_id, draft, created_at FROM audit_pending"
static const struct query page = {
    .sql = PENDING_SELECT " WHERE pending_id > :after ORDER BY pending_id LIMIT :limit",
    .in = &after_schema,
    .out = &row_schema,
};
static const struct query each = {
    .sql = PENDING_SELECT " ORDER BY pending_id",
    .out = &row_schema,
};

err pending_page(struct ctx *c, struct tx *tx, int64_t after, size_t limit, struct list *ret_rows)
{
    const struct after_in in = { after, (int64_t)limit };
    return query_list(c, tx, &page, &in, limit, ret_rows);
}

err pending_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    return query_each(c, tx, &each, NULL, fn, arg);
}

struct id_run {
    int64_t first, last;
};
static const struct field run_fields[] = {
    FIELD_I64(struct id_run, first),
    FIELD_I64(struct id_run, last),
};
static SCHEMA(run_schema, "PendingRun", struct id_run, run_fields);
static const struct query delete_run = {
    .sql = "DELETE FROM audit_pending WHERE pending_id >= :first AND pending_id <= :last",
    .in = &run_schema,
};

err pending_delete(struct ctx *c, struct tx *tx, const int64_t *ids, size_t n)
{
    /* A run has no gap, so a row that was committed meanwhile cannot have its number in one. */
    struct id_run *runs = arena_try(c->mem, n + 1, sizeof(*runs), _Alignof(struct id_run));
    if (!runs)
        return FAIL(c, TOO_LARGE, "too many entries to remove at once");
    size_t n_runs = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_runs > 0 && runs[n_runs - 1].last + 1 == ids[i])
            runs[n_runs - 1].last = ids[i];
        else
            runs[n_runs++] = (struct id_run){ ids[i], ids[i] };
    }
    return query_many(c, tx, &delete_run, runs, n_runs);
}

static const struct field stats_fields[] = {
    FIELD_I64(struct pending_stats, n),
    FIELD_TIME(struct pending_stats, oldest_at, .flags = FIELD_NULL),
};
static SCHEMA(stats_schema, "PendingStats", struct pending_stats, stats_fields);
static const struct query stats = {
    .sql = "SELECT COUNT(*) AS n, MIN(created_at) AS oldest_at FROM audit_pending",
    .out = &stats_schema,
};

err pending_stats(struct ctx *c, struct tx *tx, struct pending_stats *ret)
{
    return query_one(c, tx, &stats, NULL, ret);
}

struct any_row {
    bool waits;
};
static const struct field any_fields[] = { FIELD_BOOL(struct any_row, waits) };
static SCHEMA(any_schema, "PendingAny", struct any_row, any_fields);
static const struct query any = {
    .sql = "SELECT EXISTS (SELECT 1 FROM audit_pending) AS waits",
    .out = &any_schema,
};

err pending_any(struct ctx *c, struct tx *tx, bool *ret)
{
    struct any_row row = { 0 };
    TRY(query_one(c, tx, &any, NULL, &row));
    *ret = row.waits;
    return ERR_OK;
}

static const struct field score_fields[] = {
    FIELD_STR(struct pending_score, anonymized_id),
    FIELD_STR(struct pending_score, hash),
};
static SCHEMA(score_schema, "PendingScore", struct pending_score, score_fields);
static const struct query fill_score = {
    .sql = "UPDATE final_scores SET hash = :hash WHERE anonymized_id = :anonymized_id"
           " AND hash IS NULL",
    .in = &score_schema,
};

err pending_fill_scores(struct ctx *c, struct tx *tx, const struct pending_score *rows, size_t n)
{
    return query_many(c, tx, &fill_score, rows, n);
}

static const struct field login_fields[] = {
    FIELD_STR(struct pending_login, admin_id),
    FIELD_TIME(struct pending_login, at),
};
static SCHEMA(login_schema, "PendingLogin", struct pending_login, login_fields);
static const struct query fill_login = {
    .sql = "UPDATE admin_users SET last_login = :at WHERE admin_id = :admin_id"
           " AND last_login < :at",
    .in = &login_schema,
};

err pending_fill_logins(struct ctx *c, struct tx *tx, const struct pending_login *rows, size_t n)
{
    return query_many(c, tx, &fill_login, rows, n);
}
