/* repo/job_repo.h: jobs, their chunks and their failed items as rows.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_JOB_REPO_H
#define ENIGMA_REPO_JOB_REPO_H

#include "db/db.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED };
extern const struct names job_state_names;
struct job { /* table jobs and JSON "Job" */
    struct str job_id, kind, admission_cycle_id;
    int32_t state;
    struct str requested_by, params, stage;
    int64_t total, done, failed, attempts;
    struct str error;
    int64_t created_at, started_at, finished_at;
};
/* Its rows, also for structs that hold a job as the member p_. */
/* clang-format off */
#define JOB_FIELDS(S_, p_) \
    FIELD_NAMED(S_, p_ job_id, "job_id", F_STR, struct str, .doc = "Identifier of the job."), \
    FIELD_NAMED(S_, p_ kind, "kind", F_STR, struct str, .doc = "What it does: preprocess, evaluate or fairness."), \
    FIELD_NAMED(S_, p_ admission_cycle_id, "admission_cycle_id", F_STR, struct str, .flags = FIELD_NULL, .doc = "Its cycle."), \
    FIELD_NAMED(S_, p_ state, "state", F_ENUM, int32_t, .names = &job_state_names, .doc = "How far it is."), \
    FIELD_NAMED(S_, p_ requested_by, "requested_by", F_STR, struct str, .flags = FIELD_NULL, .doc = "Who started it."), \
    FIELD_NAMED(S_, p_ params, "params", F_JSON, struct str, .doc = "Parameters of the kind."), \
    FIELD_NAMED(S_, p_ stage, "stage", F_STR, struct str, .doc = "The stage that runs now."), \
    FIELD_NAMED(S_, p_ total, "total", F_I64, int64_t, .doc = "Items to do."), \
    FIELD_NAMED(S_, p_ done, "done", F_I64, int64_t, .doc = "Items done."), \
    FIELD_NAMED(S_, p_ failed, "failed", F_I64, int64_t, .doc = "Items that failed; see the failures of the job."), \
    FIELD_NAMED(S_, p_ attempts, "attempts", F_I64, int64_t, .doc = "Chunks that were tried again."), \
    FIELD_NAMED(S_, p_ error, "error", F_STR, struct str, .flags = FIELD_NULL, .doc = "The last error."), \
    FIELD_NAMED(S_, p_ created_at, "created_at", F_TIME, int64_t, .doc = "When it was asked for."), \
    FIELD_NAMED(S_, p_ started_at, "started_at", F_TIME, int64_t, .flags = FIELD_NULL, .doc = "When work began."), \
    FIELD_NAMED(S_, p_ finished_at, "finished_at", F_TIME, int64_t, .flags = FIELD_NULL, .doc = "When it ended.")
/* clang-format on */
extern const struct schema job_schema;
struct job_failure {
    struct str job_id, item_id, reason;
    int64_t failed_at;
};
extern const struct schema job_failure_schema;
/* A chunk that was given up: the dead letters. */
struct job_dead {
    struct str job_id, kind, admission_cycle_id, stage;
    int64_t chunk, attempts;
    struct str last_worker, error;
    int64_t failed_at;
};
extern const struct schema job_dead_schema;

/* One bag of parameters for the statements below; each reads the members it names. */
struct job_args {
    struct str job_id, kind, cycle_id, stage, owner, text, item_id;
    int64_t chunk, now, until, total, done, failed, attempts_back; /* now: the shared clock's */
    int64_t far; /* no lease and no pause reaches this far: the clock was set back since */
};
/* A job that may have work, with the leases that run on it now. */
struct job_runnable {
    struct str job_id, kind, cycle_id, params, stage;
    int64_t leased;
};
struct chunk_state {
    int64_t chunk, attempts;
};
/* What is left of a stage. */
struct stage_left {
    bool open, failed;
};

err job_insert(struct ctx *c, struct tx *tx, const struct job *j);
err job_load(struct ctx *c, struct tx *tx, struct str job_id, struct job *ret, bool *ret_found);
/* A queued or running job of that kind and cycle. */
err job_active(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id, bool *ret_found);
/* Newest first; cycle_id absent: of all; cursor absent: from the newest. */
err job_rows(struct ctx *c, struct tx *tx, struct str cycle_id, struct str cursor, size_t limit,
             struct list *ret);
/* Of that kind and cycle. */
err job_newest(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id, struct job *ret,
               bool *ret_found);
/* Items of an evaluation that failed and have no score since. */
err job_open_failures(struct ctx *c, struct tx *tx, struct str job_id, size_t limit,
                      struct list *ret);
err job_failure_rows(struct ctx *c, struct tx *tx, struct str job_id, size_t limit,
                     struct list *ret);
/* Newest job first; job_id or cycle_id absent: of all. */
err job_dead_rows(struct ctx *c, struct tx *tx, const struct job_args *a, size_t limit,
                  struct list *ret);
/* Failed -> running, and its failed chunks of `stage` free again with all their attempts. */
err job_reopen(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
err chunk_reopen(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
/* Takes the job's row lock, which puts those in line that end chunks: what is read behind it holds
 * to the end. Running or queued: *ret_changed 1. */
err job_hold(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
/* Every queued or running job of the cycle -> cancelled at `now`. */
err job_mark_all_cancelled(struct ctx *c, struct tx *tx, const struct job_args *a);
/* Queued or running -> cancelled at `now`. */
err job_mark_cancelled(struct ctx *c, struct tx *tx, const struct job_args *a,
                       int64_t *ret_changed);
/* Queued -> running at `now`; no harm when it runs already. */
err job_mark_running(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
err job_mark_completed(struct ctx *c, struct tx *tx, const struct job_args *a,
                       int64_t *ret_changed);
/* Keeps the error that is there, else takes `text`. */
err job_mark_failed(struct ctx *c, struct tx *tx, const struct job_args *a);
/* Remembers the last error and counts a retry of a job that is not over. */
err job_note_retry(struct ctx *c, struct tx *tx, const struct job_args *a);
/* Running, in `stage`: adds done and failed. */
err job_add_counts(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
/* Running: moves to `stage`, adds `total`. */
err job_move_stage(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
err job_failure_put(struct ctx *c, struct tx *tx, const struct job_args *a);

/* Jobs with a free chunk at the shared clock's now, the least served first, then the oldest. */
err job_runnables(struct ctx *c, struct tx *tx, const struct job_args *a, size_t limit,
                  struct list *ret);
err chunk_insert_many(struct ctx *c, struct tx *tx, const struct job_args *v, size_t n);
/* The first chunk of (job_id, stage) that is free at `now`, or whose lease ran out, and that no
 * other claim is taking. */
err chunk_free(struct ctx *c, struct tx *tx, const struct job_args *a, struct chunk_state *ret,
               bool *ret_found);
err chunk_count(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret);
/* Takes the chunk when it is still free at `now`: owner, lease until `until`, one more attempt. */
err chunk_lease(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
err chunk_extend_lease(struct ctx *c, struct tx *tx, const struct job_args *a,
                       int64_t *ret_changed);
/* These three need the lease to be the owner's; failed and ready remember `text` and the owner. */
err chunk_mark_done(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
err chunk_mark_failed(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
/* Free again from `until` on; `attempts_back` attempts are given back. */
err chunk_mark_ready(struct ctx *c, struct tx *tx, const struct job_args *a, int64_t *ret_changed);
/* A free chunk that has used up its attempts; keeps the error it has, else takes `text`. */
err chunk_give_up(struct ctx *c, struct tx *tx, const struct job_args *a);
err chunk_free_all(struct ctx *c, struct tx *tx);
err stage_left(struct ctx *c, struct tx *tx, const struct job_args *a, struct stage_left *ret);

#endif
