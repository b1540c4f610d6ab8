/* repo/cycle_repo.h: SQL of admission cycles and of what their gates count. Makes no decision.
 * Thread rule: inside a transaction of the calling thread. Strings come back in c->mem. */
#ifndef ENIGMA_REPO_CYCLE_REPO_H
#define ENIGMA_REPO_CYCLE_REPO_H

#include "db/db.h"
#include "domain/cycle.h"

struct cycle_row {
    struct cycle cycle;
    struct str provider;    /* who evaluates; absent until processing */
    struct str freeze_leaf; /* hex leaf hash of the freeze entry; absent until then */
};
err cycle_row_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret,
                   bool *ret_found);
/* The one open cycle. */
err cycle_row_find_open(struct ctx *c, struct tx *tx, struct cycle_row *ret, bool *ret_found);
/* Newest first, behind (created_at, cycle_id); before_us INT64_MAX: from the start. Each row is a
 * struct cycle_row. */
err cycle_row_page(struct ctx *c, struct tx *tx, int64_t before_us, struct str before_id,
                   int64_t limit, struct list *ret);
err cycle_row_count(struct ctx *c, struct tx *tx, int64_t *ret);
err cycle_row_insert(struct ctx *c, struct tx *tx, const struct cycle_row *row);
/* Writes every settable column and version + 1, when the phase and the version are still those
 * given; *ret_changed is 1, or 0 for the loser of a race. */
err cycle_row_write(struct ctx *c, struct tx *tx, const struct cycle_row *row, int32_t phase_was,
                    int64_t *ret_changed);
/* What a step found out after the flip: freeze_leaf and selected_count. No new version. */
err cycle_row_settle(struct ctx *c, struct tx *tx, const struct cycle_row *row);
/* Counts n submissions while the cycle is open, in submission and inside its dates: by the shared
 * clock, where now_us is this process's. Each writer takes a counter of its own, so that
 * submissions do not wait for each other; the cycle's lock is held. Sent without waiting: when the
 * cycle does not accept, this or what follows is ERR_INTERNAL. */
enum { CYCLE_INTAKE_SHARDS = 256 };
err cycle_row_take_seats(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t n,
                         int64_t now_us);
/* Takes one submission from the count; the caller is alone with the cycle. */
err cycle_row_give_seat(struct ctx *c, struct tx *tx, struct str cycle_id);
struct cycle_steps {
    int64_t at[PHASE_COUNT]; /* when the log says that the phase was reached, us; 0: not yet */
};
err cycle_row_steps(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_steps *ret);
/* Sums the counters up in the cycle's row, once no more submissions can come. */
err cycle_row_fold_seats(struct ctx *c, struct tx *tx, struct str cycle_id);
err cycle_row_delete(struct ctx *c, struct tx *tx, struct str cycle_id);

struct cycle_uses {
    int64_t applications, selection_logs, batch_runs, jobs;
};
/* 1 for each kind of row that names the cycle. */
err cycle_row_uses(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_uses *ret);

/* One count for a gate, by the name of its member in struct cycle_facts; ERR_INTERNAL for a name
 * that has no count. */
err cycle_fact_count(struct ctx *c, struct tx *tx, const char *fact, struct str cycle_id,
                     int64_t *ret);
/* Kind and id of a running job of the cycle, for messages. */
err cycle_running_job(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret_kind,
                      struct str *ret_job_id, bool *ret_found);

/* Position of the cycle's first log entry: nothing of the cycle stands before it. */
err cycle_first_entry(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret_idx);

#endif
