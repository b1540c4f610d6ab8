/* SQL of who listens to which interview. */
#include "repo/watch_repo.h"

#define W struct watch_row
static const struct field row_fields[] = {
    FIELD_I64(W, interview_id),
    FIELD_STR(W, owner),
    FIELD_TIME(W, settled_at),
    FIELD_TIME(W, seen_at),
};
static SCHEMA(row_schema, "WatchRow", struct watch_row, row_fields);
static const struct field mine_fields[] = {
    FIELD_STR(W, owner),
    FIELD_TIME(W, seen_at),
};
#undef W
static SCHEMA(mine_schema, "WatchMine", struct watch_row, mine_fields);

#define L struct watch_left
static const struct field left_fields[] = {
    FIELD_I64(L, interview_id),
    FIELD_STR(L, owner),
    FIELD_TIME(L, settled_at),
    FIELD_TIME(L, seen_at),
    FIELD_TIME(L, interview_time),
    FIELD_I64(L, duration_minutes),
    FIELD_TIME(L, completed_at, .flags = FIELD_NULL),
    FIELD_TIME(L, cancelled_at, .flags = FIELD_NULL),
};
static SCHEMA(left_schema, "WatchLeft", struct watch_left, left_fields);
static const struct field take_fields[] = {
    FIELD_I64(L, interview_id),
    FIELD_STR(L, owner),
    FIELD_TIME(L, seen_at),
};
#undef L
static SCHEMA(take_schema, "WatchTake", struct watch_left, take_fields);

struct others_in {
    struct str owner, ids;
};
static const struct field others_fields[] = {
    FIELD_STR(struct others_in, owner),
    FIELD_STR(struct others_in, ids),
};
static SCHEMA(others_schema, "WatchOthers", struct others_in, others_fields);

err watch_put(struct ctx *c, struct tx *tx, const struct watch_row *rows, size_t n)
{
    static const struct query q = {
        .sql = "INSERT INTO monitoring_watch (interview_id, owner, settled_at, seen_at) "
               "VALUES (:interview_id, :owner, :settled_at, :seen_at) "
               "ON CONFLICT (interview_id) DO UPDATE SET owner = excluded.owner, "
               "settled_at = excluded.settled_at, seen_at = excluded.seen_at",
        .in = &row_schema,
    };
    return query_many(c, tx, &q, rows, n);
}

err watch_drop(struct ctx *c, struct tx *tx, struct str owner, int64_t seen_before)
{
    static const struct query q = {
        .sql = "DELETE FROM monitoring_watch WHERE owner = :owner AND seen_at < :seen_at",
        .in = &mine_schema,
    };
    const struct watch_row in = { .owner = owner, .seen_at = seen_before };
    return query_run(c, tx, &q, &in, NULL);
}

#define LEFT_                                                                                      \
    "SELECT w.interview_id, w.owner, w.settled_at, w.seen_at, i.interview_time, "                  \
    "i.duration_minutes, i.completed_at, i.cancelled_at FROM monitoring_watch w "                  \
    "JOIN interviews i ON i.id = w.interview_id WHERE w.owner <> :owner "

err watch_left(struct ctx *c, struct tx *tx, struct str owner, int64_t seen_before,
               struct list *ret)
{
    static const struct query q = {
        .sql = LEFT_ "AND w.seen_at < :seen_at ORDER BY w.seen_at",
        .in = &mine_schema,
        .out = &left_schema,
    };
    const struct watch_row in = { .owner = owner, .seen_at = seen_before };
    return query_list(c, tx, &q, &in, WATCH_LEFT_MAX, ret);
}

err watch_of_others(struct ctx *c, struct tx *tx, struct str owner, struct str ids,
                    struct list *ret)
{
    static const struct query q = {
        .sql = LEFT_ "AND w.interview_id IN (@IDS@) ORDER BY w.interview_id",
        .in = &others_schema,
        .out = &left_schema,
    };
    const struct others_in in = { owner, ids };
    return query_list(c, tx, &q, &in, WATCH_LEFT_MAX, ret);
}

#define U struct watch_unheard
static const struct field unheard_fields[] = {
    FIELD_I64(U, interview_id),
    FIELD_STR(U, admin_id),
    FIELD_STR(U, cycle_id),
    FIELD_TIME(U, settled_at),
};
static const struct field before_fields[] = { FIELD_TIME(U, settled_at) };
#undef U
static SCHEMA(unheard_schema, "WatchUnheard", struct watch_unheard, unheard_fields);
static SCHEMA(before_schema, "WatchBefore", struct watch_unheard, before_fields);

err watch_unheard(struct ctx *c, struct tx *tx, int64_t settled_before, struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT w.interview_id, i.admin_id, i.admission_cycle_id AS cycle_id, w.settled_at "
               "FROM monitoring_watch w JOIN interviews i ON i.id = w.interview_id "
               "WHERE w.settled_at <= :settled_at AND i.status = 'scheduled' "
               "ORDER BY w.settled_at, w.interview_id",
        .in = &before_schema,
        .out = &unheard_schema,
    };
    const struct watch_unheard in = { .settled_at = settled_before };
    return query_list(c, tx, &q, &in, WATCH_LEFT_MAX, ret);
}

err watch_take(struct ctx *c, struct tx *tx, const struct watch_left *row, bool *ret_taken)
{
    static const struct query q = {
        .sql = "DELETE FROM monitoring_watch WHERE interview_id = :interview_id "
               "AND owner = :owner AND seen_at = :seen_at",
        .in = &take_schema,
    };
    int64_t changed = 0;
    TRY(query_run(c, tx, &q, row, &changed));
    *ret_taken = changed > 0;
    return ERR_OK;
}
