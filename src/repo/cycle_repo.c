/* SQL of admission cycles: the rows themselves and the submissions they count; what the gates count
 * is in cycle_facts_repo.c. */
#include "repo/cycle_repo.h"

#include "base/str.h"

#define CYCLE_COLUMNS                                                                              \
    "cycle_id, cycle_name, phase, is_open, max_seats, current_seats, selected_count, "             \
    "result_date, start_date, end_date, created_at, created_by, closed_at, closed_by, provider, "  \
    "freeze_leaf, version"
/* The cycle's own column holds what the freeze has summed up; until then submissions are counted
 * beside it. */
#define CYCLE_SELECT                                                                               \
    "SELECT cycle_id, cycle_name, phase, is_open, max_seats, current_seats + (SELECT "             \
    "COALESCE(CAST(SUM(i.taken) AS BIGINT), 0) FROM cycle_intake i "                               \
    "WHERE i.cycle_id = admission_cycles.cycle_id) AS current_seats, selected_count, "             \
    "result_date, start_date, end_date, created_at, created_by, closed_at, closed_by, provider, "  \
    "freeze_leaf, version FROM admission_cycles"

#define ROW_STR(m_, key_, ...)                                                                     \
    FIELD_NAMED(struct cycle_row, m_, key_, F_STR, struct str, __VA_ARGS__)
#define ROW_I64(m_, key_) FIELD_NAMED(struct cycle_row, m_, key_, F_I64, int64_t, .flags = 0)
#define ROW_TIME(m_, key_, ...)                                                                    \
    FIELD_NAMED(struct cycle_row, m_, key_, F_TIME, int64_t, __VA_ARGS__)
static const struct field row_fields[] = {
    ROW_STR(cycle.cycle_id, "cycle_id", .flags = 0),
    ROW_STR(cycle.cycle_name, "cycle_name", .flags = 0),
    FIELD_NAMED(struct cycle_row, cycle.phase, "phase", F_ENUM, int32_t, .names = &phase_names),
    FIELD_NAMED(struct cycle_row, cycle.is_open, "is_open", F_BOOL, bool, .flags = 0),
    ROW_I64(cycle.max_seats, "max_seats"),
    ROW_I64(cycle.current_seats, "current_seats"),
    ROW_I64(cycle.selected_count, "selected_count"),
    ROW_TIME(cycle.result_date, "result_date", .flags = 0),
    ROW_TIME(cycle.start_date, "start_date", .flags = 0),
    ROW_TIME(cycle.end_date, "end_date", .flags = 0),
    ROW_TIME(cycle.created_at, "created_at", .flags = 0),
    ROW_STR(cycle.created_by, "created_by", .flags = 0),
    ROW_TIME(cycle.closed_at, "closed_at", .flags = FIELD_NULL),
    ROW_STR(cycle.closed_by, "closed_by", .flags = FIELD_NULL),
    ROW_STR(provider, "provider", .flags = FIELD_NULL),
    ROW_STR(freeze_leaf, "freeze_leaf", .flags = FIELD_NULL),
    ROW_I64(cycle.version, "version"),
};
static SCHEMA(row_schema, "CycleRow", struct cycle_row, row_fields);

struct cycle_key {
    struct str cycle_id;
};
static const struct field key_fields[] = { FIELD_STR(struct cycle_key, cycle_id, .flags = 0) };
static SCHEMA(key_schema, "CycleKey", struct cycle_key, key_fields);

struct one_count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct one_count, n, .flags = 0) };
static SCHEMA(count_schema, "CycleCount", struct one_count, count_fields);

static const struct query find_query = {
    .sql = CYCLE_SELECT " WHERE cycle_id = :cycle_id",
    .in = &key_schema,
    .out = &row_schema,
};

err cycle_row_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret,
                   bool *ret_found)
{
    struct cycle_key key = { cycle_id };
    return query_find(c, tx, &find_query, &key, ret, ret_found);
}

static const struct query find_open_query = {
    .sql = CYCLE_SELECT " WHERE is_open",
    .out = &row_schema,
};

err cycle_row_find_open(struct ctx *c, struct tx *tx, struct cycle_row *ret, bool *ret_found)
{
    return query_find(c, tx, &find_open_query, NULL, ret, ret_found);
}

struct page_in {
    int64_t before_us;
    struct str before_id;
    int64_t limit;
};
static const struct field page_fields[] = {
    FIELD_TIME(struct page_in, before_us, .flags = 0),
    FIELD_STR(struct page_in, before_id, .flags = 0),
    FIELD_I64(struct page_in, limit, .flags = 0),
};
static SCHEMA(page_schema, "CyclePageIn", struct page_in, page_fields);
static const struct query page_query = {
    .sql = CYCLE_SELECT " WHERE (created_at, cycle_id) < (:before_us, :before_id) "
                        "ORDER BY created_at DESC, cycle_id DESC LIMIT :limit",
    .in = &page_schema,
    .out = &row_schema,
};
struct limit_in {
    int64_t limit;
};
static const struct field limit_fields[] = { FIELD_I64(struct limit_in, limit, .flags = 0) };
static SCHEMA(limit_schema, "CycleLimitIn", struct limit_in, limit_fields);
static const struct query first_page_query = {
    .sql = CYCLE_SELECT " ORDER BY created_at DESC, cycle_id DESC LIMIT :limit",
    .in = &limit_schema,
    .out = &row_schema,
};

err cycle_row_page(struct ctx *c, struct tx *tx, int64_t before_us, struct str before_id,
                   int64_t limit, struct list *ret)
{
    if (before_us == INT64_MAX) {
        struct limit_in first = { limit };
        return query_list(c, tx, &first_page_query, &first, (size_t)limit, ret);
    }
    struct page_in in = { before_us, before_id, limit };
    return query_list(c, tx, &page_query, &in, (size_t)limit, ret);
}

static const struct query count_query = {
    .sql = "SELECT COUNT(*) AS n FROM admission_cycles",
    .out = &count_schema,
};

err cycle_row_count(struct ctx *c, struct tx *tx, int64_t *ret)
{
    struct one_count row = { 0 };
    TRY(query_one(c, tx, &count_query, NULL, &row));
    *ret = row.n;
    return ERR_OK;
}

static const struct query insert_query = {
    .sql = "INSERT INTO admission_cycles (" CYCLE_COLUMNS ") VALUES (:cycle_id, :cycle_name, "
           ":phase, :is_open, :max_seats, :current_seats, :selected_count, :result_date, "
           ":start_date, :end_date, :created_at, :created_by, :closed_at, :closed_by, :provider, "
           ":freeze_leaf, :version)",
    .in = &row_schema,
};

err cycle_row_insert(struct ctx *c, struct tx *tx, const struct cycle_row *row)
{
    return query_run(c, tx, &insert_query, row, NULL);
}

struct write_in {
    struct cycle_row row;
    int32_t phase_was;
};
#define WRITE_(m_, key_, type_, T_, ...)                                                           \
    FIELD_NAMED(struct write_in, row.m_, key_, type_, T_, __VA_ARGS__)
static const struct field write_fields[] = {
    WRITE_(cycle.cycle_id, "cycle_id", F_STR, struct str, .flags = 0),
    WRITE_(cycle.cycle_name, "cycle_name", F_STR, struct str, .flags = 0),
    WRITE_(cycle.phase, "phase", F_ENUM, int32_t, .names = &phase_names),
    WRITE_(cycle.is_open, "is_open", F_BOOL, bool, .flags = 0),
    WRITE_(cycle.max_seats, "max_seats", F_I64, int64_t, .flags = 0),
    WRITE_(cycle.result_date, "result_date", F_TIME, int64_t, .flags = 0),
    WRITE_(cycle.start_date, "start_date", F_TIME, int64_t, .flags = 0),
    WRITE_(cycle.end_date, "end_date", F_TIME, int64_t, .flags = 0),
    WRITE_(cycle.closed_at, "closed_at", F_TIME, int64_t, .flags = FIELD_NULL),
    WRITE_(cycle.closed_by, "closed_by", F_STR, struct str, .flags = FIELD_NULL),
    WRITE_(provider, "provider", F_STR, struct str, .flags = FIELD_NULL),
    WRITE_(cycle.version, "version", F_I64, int64_t, .flags = 0),
    FIELD_ENUM(struct write_in, phase_was, .names = &phase_names),
};
static SCHEMA(write_schema, "CycleWriteIn", struct write_in, write_fields);
static const struct query write_query = {
    .sql = "UPDATE admission_cycles SET cycle_name = :cycle_name, phase = :phase, "
           "is_open = :is_open, max_seats = :max_seats, result_date = :result_date, "
           "start_date = :start_date, end_date = :end_date, closed_at = :closed_at, "
           "closed_by = :closed_by, provider = :provider, version = version + 1 "
           "WHERE cycle_id = :cycle_id AND phase = :phase_was AND version = :version",
    .in = &write_schema,
};

err cycle_row_write(struct ctx *c, struct tx *tx, const struct cycle_row *row, int32_t phase_was,
                    int64_t *ret_changed)
{
    struct write_in in = { .row = *row, .phase_was = phase_was };
    return query_run(c, tx, &write_query, &in, ret_changed);
}

static const struct query settle_query = {
    .sql = "UPDATE admission_cycles SET freeze_leaf = :freeze_leaf, "
           "selected_count = :selected_count WHERE cycle_id = :cycle_id",
    .in = &row_schema,
};

err cycle_row_settle(struct ctx *c, struct tx *tx, const struct cycle_row *row)
{
    return query_run(c, tx, &settle_query, row, NULL);
}

struct seats_in {
    struct str cycle_id;
    int64_t seats, shard, now;
};
static const struct field seats_fields[] = {
    FIELD_STR(struct seats_in, cycle_id, .flags = 0),
    FIELD_I64(struct seats_in, seats, .flags = 0),
    FIELD_I64(struct seats_in, shard, .flags = 0),
    FIELD_TIME(struct seats_in, now, .flags = 0),
};
static SCHEMA(seats_schema, "CycleSeatsIn", struct seats_in, seats_fields);
#define ACCEPTS_                                                                                   \
    "c.cycle_id = :cycle_id AND c.is_open AND c.phase = 'submission' "                             \
    "AND c.start_date <= @NOW@ AND c.end_date >= @NOW@"
/* Each lane has a counter of its own, so that none waits for another's commit. A cycle that does
 * not accept has no number to add, which its column refuses. */
static const struct query take_seats_query = {
    .sql = "INSERT INTO cycle_intake (cycle_id, shard, taken) VALUES (:cycle_id, :shard, (SELECT "
           "CAST(:seats AS BIGINT) FROM admission_cycles c WHERE " ACCEPTS_
           ")) ON CONFLICT (cycle_id, shard) DO UPDATE SET taken = cycle_intake.taken + "
           "excluded.taken",
    .in = &seats_schema,
};

err cycle_row_take_seats(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t n,
                         int64_t now_us)
{
    const struct seats_in in = {
        .cycle_id = cycle_id, .seats = n, .shard = tx_lane(tx) % CYCLE_INTAKE_SHARDS, .now = now_us
    };
    return query_send(c, tx, &take_seats_query, &in, 1);
}

/* Whoever gives a place back is alone with the cycle: no counter moves beneath this. */
static const struct query give_seat_query = {
    .sql = "UPDATE cycle_intake SET taken = taken - 1 WHERE cycle_id = :cycle_id "
           "AND shard = (SELECT MIN(i.shard) FROM cycle_intake i WHERE i.cycle_id = :cycle_id "
           "AND i.taken > 0)",
    .in = &key_schema,
};
/* Where they were counted up already. */
static const struct query give_folded_query = {
    .sql = "UPDATE admission_cycles SET current_seats = current_seats - 1 "
           "WHERE cycle_id = :cycle_id AND current_seats > 0",
    .in = &key_schema,
};

err cycle_row_give_seat(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    struct cycle_key key = { cycle_id };
    int64_t changed = 0;
    TRY(query_run(c, tx, &give_seat_query, &key, &changed));
    return changed ? ERR_OK : query_run(c, tx, &give_folded_query, &key, NULL);
}

struct step_row {
    struct str act;
    int64_t ts;
};
static const struct field step_fields[] = {
    FIELD_STR(struct step_row, act, .flags = 0),
    FIELD_I64(struct step_row, ts),
};
static SCHEMA(step_schema, "CycleStepRow", struct step_row, step_fields);
/* MIN: a step that was forced may stand in the log more than once. */
static const struct query steps_query = {
    .sql = "SELECT act, MIN(ts) AS ts FROM audit_entry WHERE subj = 'cycle:' || :cycle_id "
           "AND (act || '') IN ('cycle.freeze', 'cycle.preprocess', 'cycle.export', "
           "'cycle.process', 'cycle.scored', 'cycle.select', 'cycle.publish', 'cycle.complete') "
           "GROUP BY act",
    .in = &key_schema,
    .out = &step_schema,
};

err cycle_row_steps(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_steps *ret)
{
    static const char *const acts[PHASE_COUNT] = {
        [PHASE_FROZEN] = "cycle.freeze",     [PHASE_PREPROCESSING] = "cycle.preprocess",
        [PHASE_BATCH_PREP] = "cycle.export", [PHASE_PROCESSING] = "cycle.process",
        [PHASE_SCORED] = "cycle.scored",     [PHASE_SELECTION] = "cycle.select",
        [PHASE_PUBLISHED] = "cycle.publish", [PHASE_COMPLETED] = "cycle.complete",
    };
    struct cycle_key key = { cycle_id };
    struct list rows;
    TRY(query_list(c, tx, &steps_query, &key, PHASE_COUNT, &rows));
    const struct step_row *v = rows.v;
    *ret = (struct cycle_steps){ 0 };
    for (size_t i = 0; i < rows.n; i++)
        for (int p = 0; p < PHASE_COUNT; p++)
            if (acts[p] && str_eq(v[i].act, str_of(acts[p])))
                ret->at[p] = v[i].ts * 1000;
    return ERR_OK;
}

static const struct query fold_seats_query = {
    .sql = "UPDATE admission_cycles SET current_seats = current_seats + (SELECT "
           "COALESCE(CAST(SUM(i.taken) AS BIGINT), 0) FROM cycle_intake i "
           "WHERE i.cycle_id = :cycle_id) WHERE cycle_id = :cycle_id",
    .in = &key_schema,
};
static const struct query drop_intake_query = {
    .sql = "DELETE FROM cycle_intake WHERE cycle_id = :cycle_id",
    .in = &key_schema,
};

err cycle_row_fold_seats(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    struct cycle_key key = { cycle_id };
    TRY(query_run(c, tx, &fold_seats_query, &key, NULL));
    return query_run(c, tx, &drop_intake_query, &key, NULL);
}

static const struct query delete_query = {
    .sql = "DELETE FROM admission_cycles WHERE cycle_id = :cycle_id",
    .in = &key_schema,
};

err cycle_row_delete(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    struct cycle_key key = { cycle_id };
    return query_run(c, tx, &delete_query, &key, NULL);
}

static const struct field uses_fields[] = {
    FIELD_I64(struct cycle_uses, applications, .flags = 0),
    FIELD_I64(struct cycle_uses, selection_logs, .flags = 0),
    FIELD_I64(struct cycle_uses, batch_runs, .flags = 0),
    FIELD_I64(struct cycle_uses, jobs, .flags = 0),
};
static SCHEMA(uses_schema, "CycleUses", struct cycle_uses, uses_fields);
#define USES_(table_)                                                                              \
    "CASE WHEN EXISTS (SELECT 1 FROM " table_                                                      \
    " t WHERE t.admission_cycle_id = :cycle_id) THEN 1 ELSE 0 END AS " table_
static const struct query uses_query = {
    .sql = "SELECT " USES_("applications") ", " USES_("selection_logs") ", " USES_(
        "batch_runs") ", " USES_("jobs"),
    .in = &key_schema,
    .out = &uses_schema,
};

err cycle_row_uses(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_uses *ret)
{
    struct cycle_key key = { cycle_id };
    return query_one(c, tx, &uses_query, &key, ret);
}
