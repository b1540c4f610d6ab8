/* repo/fairness_repo.h: SQL of the counterfactual fairness check: runs, samples, checkpoints.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_FAIRNESS_REPO_H
#define ENIGMA_REPO_FAIRNESS_REPO_H

#include "repo/anon_repo.h"

struct fairness_run {
    struct str run_id, cycle_id, job_id, evaluator, seed; /* job_id, seed: may be absent */
    int64_t variants, population, sampled;
    int64_t created_at, finished_at; /* finished_at 0: it is not over */
    struct str created_by;
    struct str outcome, report; /* absent until it is over: "passed", "failed" */
    struct str override_reason, override_by;
    int64_t override_at;
};
err fairness_newest(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness_run *ret,
                    bool *ret_found);
err fairness_run_get(struct ctx *c, struct tx *tx, struct str run_id, struct fairness_run *ret,
                     bool *ret_found);
err fairness_run_insert(struct ctx *c, struct tx *tx, const struct fairness_run *row);
/* Each writes the members it is named for. */
err fairness_run_set_job(struct ctx *c, struct tx *tx, const struct fairness_run *row);
err fairness_run_set_drawn(struct ctx *c, struct tx *tx, const struct fairness_run *row);
err fairness_run_set_report(struct ctx *c, struct tx *tx, const struct fairness_run *row);
err fairness_run_set_override(struct ctx *c, struct tx *tx, const struct fairness_run *row);

/* What the log binds of a run, with the sealed key of its override: all of all cycles. */
struct fairness_bound {
    struct str run_id, cycle_id, seed, outcome, report, override_reason, wrapped;
    int64_t population, sampled, variants;
};
err fairness_bound_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

/* The leaf, as hex, of the cycle's last entry of that act, and the entry's bytes; absent: none. */
struct fairness_entry {
    struct str leaf, entry;
};
err fairness_last_entry(struct ctx *c, struct tx *tx, struct str cycle_id, const char *act,
                        struct fairness_entry *ret, bool *ret_found);
/* Final scores that carry this label. */
err fairness_own_scores(struct ctx *c, struct tx *tx, struct str cycle_id, struct str evaluator,
                        int64_t *ret);
/* Scored applications: struct fairness_name. */
struct fairness_name {
    struct str anonymized_id;
};
err fairness_population_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn,
                             void *arg);

struct fairness_sample {
    struct str run_id, anonymized_id, cycle_id;
    int64_t draw, item_order;
    struct str marks; /* absent: not scored yet */
    int64_t accepted;
};
err fairness_sample_insert(struct ctx *c, struct tx *tx, const struct fairness_sample *v, size_t n);
/* Those of the range that are not scored yet, by id: struct fairness_sample. */
err fairness_sample_open(struct ctx *c, struct tx *tx, struct str run_id,
                         const struct order_range *r, size_t limit, struct list *ret);
err fairness_sample_left(struct ctx *c, struct tx *tx, struct str run_id, int64_t *ret);
/* marks and accepted; its checkpoints go. */
err fairness_sample_done(struct ctx *c, struct tx *tx, const struct fairness_sample *v, size_t n);
/* Those with a mark missing are to be scored again. */
err fairness_sample_reopen(struct ctx *c, struct tx *tx, struct str run_id);
/* All that are scored, in the order in which they were drawn: struct fairness_sample. */
err fairness_sample_each(struct ctx *c, struct tx *tx, struct str run_id, row_fn *fn, void *arg);

struct fairness_checkpoint {
    struct str run_id, anonymized_id;
    int64_t item;
    struct str state; /* JSON */
};
/* Each in place of an older one. */
err fairness_checkpoint_put(struct ctx *c, struct tx *tx, const struct fairness_checkpoint *v,
                            size_t n);
/* Of the range's samples, by id and item. */
err fairness_checkpoint_list(struct ctx *c, struct tx *tx, struct str run_id,
                             const struct order_range *r, size_t limit, struct list *ret);

#endif
