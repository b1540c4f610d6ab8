/* The SQL of jobs and chunks. A claim is a read of one free chunk and an UPDATE that repeats the
 * condition and must change one row, so it stays right when two processes claim at once; where rows
 * have locks the read takes its row and passes by those of other claims. Whoever ends a chunk locks
 * the chunk's row first and the job's row next; what it then reads of the stage holds. Leases are
 * judged by the clock that all processes share. */
#include "repo/job_repo.h"

#include "base/str.h"

static const char *const job_states[] = { "queued", "running", "completed", "failed", "cancelled" };
NAMES(job_state_names, job_states);

static const struct field job_fields[] = { JOB_FIELDS(struct job, ) };
SCHEMA(job_schema, "Job", struct job, job_fields);

static const struct field failure_fields[] = {
    FIELD_STR(struct job_failure, job_id, .doc = "The job."),
    FIELD_STR(struct job_failure, item_id, .doc = "The item that failed."),
    FIELD_STR(struct job_failure, reason, .doc = "Why, in one sentence."),
    FIELD_TIME(struct job_failure, failed_at, .doc = "When."),
};
SCHEMA(job_failure_schema, "JobFailure", struct job_failure, failure_fields);

static const struct field dead_fields[] = {
    FIELD_STR(struct job_dead, job_id, .doc = "The job."),
    FIELD_STR(struct job_dead, kind, .doc = "What it does: preprocess, evaluate or fairness."),
    FIELD_STR(struct job_dead, admission_cycle_id, .flags = FIELD_NULL, .doc = "Its cycle."),
    FIELD_STR(struct job_dead, stage, .doc = "The stage of the part."),
    FIELD_I64(struct job_dead, chunk, .doc = "Number of the part in its stage, from 0."),
    FIELD_I64(struct job_dead, attempts, .doc = "How often it was tried."),
    FIELD_STR(struct job_dead, last_worker, .flags = FIELD_NULL, .doc = "Who tried it last."),
    FIELD_STR(struct job_dead, error, .flags = FIELD_NULL, .doc = "Why it failed the last time."),
    FIELD_TIME(struct job_dead, failed_at, .flags = FIELD_NULL, .doc = "When it was given up."),
};
SCHEMA(job_dead_schema, "JobDead", struct job_dead, dead_fields);

static const struct field args_fields[] = {
    FIELD_STR(struct job_args, job_id, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, kind, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, stage, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, owner, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, text, .flags = FIELD_NULL),
    FIELD_STR(struct job_args, item_id, .flags = FIELD_NULL),
    FIELD_I64(struct job_args, chunk),
    FIELD_TIME(struct job_args, now, .flags = FIELD_NULL),
    FIELD_TIME(struct job_args, until, .flags = FIELD_NULL),
    FIELD_I64(struct job_args, total),
    FIELD_I64(struct job_args, done),
    FIELD_I64(struct job_args, failed),
    FIELD_I64(struct job_args, attempts_back),
    FIELD_TIME(struct job_args, far, .flags = FIELD_NULL),
};
static SCHEMA(args_schema, "JobArgs", struct job_args, args_fields);

static const struct field runnable_fields[] = {
    FIELD_STR(struct job_runnable, job_id),
    FIELD_STR(struct job_runnable, kind),
    FIELD_STR(struct job_runnable, cycle_id, .flags = FIELD_NULL),
    FIELD_JSON(struct job_runnable, params),
    FIELD_STR(struct job_runnable, stage),
    FIELD_I64(struct job_runnable, leased),
};
static SCHEMA(runnable_schema, "JobRunnable", struct job_runnable, runnable_fields);

static const struct field chunk_fields[] = {
    FIELD_I64(struct chunk_state, chunk),
    FIELD_I64(struct chunk_state, attempts),
};
static SCHEMA(chunk_schema, "ChunkState", struct chunk_state, chunk_fields);

static const struct field left_fields[] = {
    FIELD_BOOL(struct stage_left, open),
    FIELD_BOOL(struct stage_left, failed),
};
static SCHEMA(left_schema, "StageLeft", struct stage_left, left_fields);

struct one_count {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct one_count, n) };
static SCHEMA(count_schema, "Count", struct one_count, count_fields);

#define JOB_COLUMNS                                                                                \
    "job_id, kind, admission_cycle_id, state, requested_by, params, stage, total, done, failed, "  \
    "attempts, error, created_at, started_at, finished_at"

err job_insert(struct ctx *c, struct tx *tx, const struct job *j)
{
    static const struct query q = {
        "INSERT INTO jobs (" JOB_COLUMNS ") VALUES (:job_id, :kind, :admission_cycle_id, :state, "
        ":requested_by, :params, :stage, :total, :done, :failed, :attempts, :error, :created_at, "
        ":started_at, :finished_at)",
        &job_schema, NULL
    };
    return query_run(c, tx, &q, j, NULL);
}

err job_load(struct ctx *c, struct tx *tx, struct str job_id, struct job *ret, bool *ret_found)
{
    static const struct query q = { "SELECT " JOB_COLUMNS " FROM jobs WHERE job_id = :job_id",
                                    &args_schema, &job_schema };
    const struct job_args a = { .job_id = job_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err job_active(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id, bool *ret_found)
{
    static const struct query q = {
        "SELECT " JOB_COLUMNS " FROM jobs WHERE admission_cycle_id = :cycle_id AND kind = :kind "
        "AND state IN ('queued', 'running') LIMIT 1",
        &args_schema, &job_schema
    };
    const struct job_args a = { .kind = kind, .cycle_id = cycle_id };
    struct job row;
    return query_find(c, tx, &q, &a, &row, ret_found);
}

err job_newest(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id, struct job *ret,
               bool *ret_found)
{
    static const struct query q = {
        "SELECT " JOB_COLUMNS " FROM jobs WHERE admission_cycle_id = :cycle_id AND kind = :kind "
        "ORDER BY job_id DESC LIMIT 1",
        &args_schema, &job_schema
    };
    const struct job_args a = { .kind = kind, .cycle_id = cycle_id };
    return query_find(c, tx, &q, &a, ret, ret_found);
}

err job_open_failures(struct ctx *c, struct tx *tx, struct str job_id, size_t limit,
                      struct list *ret)
{
    static const struct query q = {
        "SELECT f.job_id, f.item_id, f.reason, f.failed_at FROM job_failures f "
        "WHERE f.job_id = :job_id AND NOT EXISTS (SELECT 1 FROM final_scores s "
        "WHERE s.anonymized_id = f.item_id) ORDER BY f.item_id LIMIT :total",
        &args_schema, &job_failure_schema
    };
    const struct job_args a = { .job_id = job_id, .total = (int64_t)limit };
    return query_list(c, tx, &q, &a, limit, ret);
}

/* Job ids are sortable by time, so the id is the cursor. */
err job_rows(struct ctx *c, struct tx *tx, struct str cycle_id, struct str cursor, size_t limit,
             struct list *ret)
{
    static const struct query all = {
        "SELECT " JOB_COLUMNS " FROM jobs WHERE (CAST(:text AS TEXT) IS NULL OR job_id < :text) "
        "ORDER BY job_id DESC LIMIT :total",
        &args_schema, &job_schema
    };
    static const struct query of_cycle = {
        "SELECT " JOB_COLUMNS " FROM jobs WHERE admission_cycle_id = :cycle_id "
        "AND (CAST(:text AS TEXT) IS NULL OR job_id < :text) ORDER BY job_id DESC LIMIT :total",
        &args_schema, &job_schema
    };
    const struct job_args a = { .cycle_id = cycle_id, .text = cursor, .total = (int64_t)limit };
    return query_list(c, tx, cycle_id.p ? &of_cycle : &all, &a, limit, ret);
}

err job_failure_rows(struct ctx *c, struct tx *tx, struct str job_id, size_t limit,
                     struct list *ret)
{
    static const struct query q = {
        "SELECT job_id, item_id, reason, failed_at FROM job_failures WHERE job_id = :job_id "
        "ORDER BY item_id LIMIT :total",
        &args_schema, &job_failure_schema
    };
    const struct job_args a = { .job_id = job_id, .total = (int64_t)limit };
    return query_list(c, tx, &q, &a, limit, ret);
}

err job_dead_rows(struct ctx *c, struct tx *tx, const struct job_args *a, size_t limit,
                  struct list *ret)
{
    static const struct query q = {
        "SELECT k.job_id, j.kind, j.admission_cycle_id, k.stage, k.chunk, k.attempts, "
        "k.last_owner AS last_worker, COALESCE(k.error, j.error) AS error, k.failed_at "
        "FROM job_chunks k JOIN jobs j ON j.job_id = k.job_id WHERE k.state = 'failed' "
        "AND (CAST(:job_id AS TEXT) IS NULL OR k.job_id = :job_id) "
        "AND (CAST(:cycle_id AS TEXT) IS NULL OR j.admission_cycle_id = :cycle_id) "
        "ORDER BY k.job_id DESC, k.stage, k.chunk LIMIT :total",
        &args_schema, &job_dead_schema
    };
    struct job_args in = *a;
    in.total = (int64_t)limit;
    return query_list(c, tx, &q, &in, limit, ret);
}

err job_reopen(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'running', finished_at = NULL, error = NULL "
        "WHERE job_id = :job_id AND state = 'failed'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err chunk_reopen(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'ready', attempts = 0, lease_until = NULL, "
        "failed_at = NULL WHERE job_id = :job_id AND stage = :stage AND state = 'failed'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_hold(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET attempts = attempts WHERE job_id = :job_id AND stage = :stage "
        "AND state IN ('queued', 'running')",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_mark_all_cancelled(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'cancelled', finished_at = :now "
        "WHERE admission_cycle_id = :cycle_id AND state IN ('queued', 'running')",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, NULL);
}

err job_mark_cancelled(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'cancelled', finished_at = :now WHERE job_id = :job_id "
        "AND state IN ('queued', 'running')",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_mark_running(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'running', started_at = :now WHERE job_id = :job_id "
        "AND state = 'queued'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_mark_completed(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'completed', finished_at = :now, error = NULL "
        "WHERE job_id = :job_id AND state = 'running'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_mark_failed(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    static const struct query q = {
        "UPDATE jobs SET state = 'failed', finished_at = :now, error = COALESCE(error, :text) "
        "WHERE job_id = :job_id AND state IN ('queued', 'running')",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, NULL);
}

err job_note_retry(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    static const struct query q = {
        "UPDATE jobs SET error = :text, attempts = attempts + 1 WHERE job_id = :job_id "
        "AND state IN ('queued', 'running')",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, NULL);
}

err job_add_counts(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET done = done + :done, failed = failed + :failed WHERE job_id = :job_id "
        "AND stage = :stage AND state = 'running'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_move_stage(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE jobs SET stage = :stage, total = total + :total WHERE job_id = :job_id "
        "AND state = 'running'",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err job_failure_put(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    static const struct query q = {
        "INSERT INTO job_failures (job_id, item_id, reason, failed_at) "
        "VALUES (:job_id, :item_id, :text, :now) ON CONFLICT (job_id, item_id) "
        "DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at",
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, NULL);
}

/* A lease or a pause that is over, or so far ahead that the clock must have been set back. */
#define LEASE_OVER "(lease_until <= @NOW@ OR lease_until > :far)"
#define FREE_CHUNK                                                                                 \
    "((state = 'ready' AND (lease_until IS NULL OR " LEASE_OVER ")) "                              \
    "OR (state = 'leased' AND " LEASE_OVER "))"

err job_runnables(struct ctx *c, struct tx *tx, const struct job_args *a, size_t limit,
                  struct list *ret)
{
    static const struct query q = {
        "SELECT j.job_id, j.kind, j.admission_cycle_id AS cycle_id, j.params, j.stage, "
        "(SELECT COUNT(*) FROM job_chunks k WHERE k.job_id = j.job_id AND k.state = 'leased' "
        "AND k.lease_until > @NOW@) AS leased FROM jobs j "
        "WHERE j.state IN ('queued', 'running') "
        "AND (j.not_before IS NULL OR j.not_before <= @NOW@) "
        "AND EXISTS (SELECT 1 FROM job_chunks f WHERE f.job_id = j.job_id "
        "AND f.stage = j.stage AND " FREE_CHUNK ") "
        "ORDER BY leased, j.created_at, j.job_id LIMIT :total",
        &args_schema, &runnable_schema
    };
    struct job_args in = *a;
    in.total = (int64_t)limit;
    return query_list(c, tx, &q, &in, limit, ret);
}

err chunk_insert_many(struct ctx *c, struct tx *tx, const struct job_args *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO job_chunks (job_id, stage, chunk, state, owner, lease_until, attempts) "
        "VALUES (:job_id, :stage, :chunk, 'ready', NULL, NULL, 0)",
        &args_schema, NULL
    };
    return query_many(c, tx, &q, v, n);
}

err chunk_free(struct ctx *c, struct tx *tx, const struct job_args *a, struct chunk_state *ret,
               bool *ret_found)
{
    static const struct query ready = {
        "SELECT chunk, attempts FROM job_chunks WHERE job_id = :job_id AND state = 'ready' "
        "AND stage = :stage AND (lease_until IS NULL OR " LEASE_OVER ") ORDER BY chunk LIMIT 1 "
        "@SKIP_LOCKED@",
        &args_schema, &chunk_schema
    };
    static const struct query run_out = {
        "SELECT chunk, attempts FROM job_chunks WHERE job_id = :job_id AND state = 'leased' "
        "AND stage = :stage AND " LEASE_OVER " ORDER BY chunk LIMIT 1 @SKIP_LOCKED@",
        &args_schema, &chunk_schema
    };
    TRY(query_find(c, tx, &ready, a, ret, ret_found));
    return *ret_found ? ERR_OK : query_find(c, tx, &run_out, a, ret, ret_found);
}

err chunk_count(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret)
{
    static const struct query q = {
        "SELECT chunk + 1 AS n FROM job_chunks WHERE job_id = :job_id AND stage = :stage "
        "ORDER BY chunk DESC LIMIT 1",
        &args_schema, &count_schema
    };
    struct one_count n;
    TRY(query_one(c, tx, &q, a, &n));
    *ret = n.n;
    return ERR_OK;
}

err chunk_lease(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'leased', owner = :owner, lease_until = :until, "
        "attempts = attempts + 1 WHERE job_id = :job_id AND stage = :stage AND chunk = :chunk "
        "AND " FREE_CHUNK,
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

#define HELD_BY_OWNER                                                                              \
    " WHERE job_id = :job_id AND stage = :stage AND chunk = :chunk AND state = 'leased' "          \
    "AND owner = :owner"

err chunk_extend_lease(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = { "UPDATE job_chunks SET lease_until = :until" HELD_BY_OWNER,
                                    &args_schema, NULL };
    return query_run(c, tx, &q, a, ret_changed);
}

err chunk_mark_done(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'done', owner = NULL, lease_until = NULL" HELD_BY_OWNER,
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err chunk_mark_failed(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'failed', owner = NULL, lease_until = NULL, "
        "error = :text, last_owner = owner, failed_at = :now" HELD_BY_OWNER,
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err chunk_mark_ready(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'ready', owner = NULL, lease_until = :until, "
        "error = COALESCE(:text, error), last_owner = owner, "
        "attempts = attempts - :attempts_back" HELD_BY_OWNER,
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, ret_changed);
}

err chunk_give_up(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'failed', owner = NULL, lease_until = NULL, "
        "error = COALESCE(error, :text), last_owner = COALESCE(owner, last_owner), "
        "failed_at = :now WHERE job_id = :job_id AND stage = :stage AND chunk = :chunk "
        "AND " FREE_CHUNK,
        &args_schema, NULL
    };
    return query_run(c, tx, &q, a, NULL);
}

err chunk_free_all(struct ctx *c, struct tx *tx)
{
    static const struct query q = {
        "UPDATE job_chunks SET state = 'ready', owner = NULL, lease_until = NULL "
        "WHERE state = 'leased'",
        NULL, NULL
    };
    return query_run(c, tx, &q, NULL, NULL);
}

err stage_left(struct ctx *c, struct tx *tx, const struct job_args *a, struct stage_left *ret)
{
    static const struct query q = {
        "SELECT EXISTS (SELECT 1 FROM job_chunks WHERE job_id = :job_id "
        "AND state IN ('ready', 'leased') AND stage = :stage) AS open, "
        "EXISTS (SELECT 1 FROM job_chunks WHERE job_id = :job_id AND state = 'failed' "
        "AND stage = :stage) AS failed",
        &args_schema, &left_schema
    };
    return query_one(c, tx, &q, a, ret);
}
