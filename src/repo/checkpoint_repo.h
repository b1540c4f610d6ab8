/* repo/checkpoint_repo.h: SQL of evaluation between two answers: where each application stands, and
 * what the models of a cycle have used.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_CHECKPOINT_REPO_H
#define ENIGMA_REPO_CHECKPOINT_REPO_H

#include "repo/anon_repo.h"

struct checkpoint_row {
    struct str anonymized_id, cycle_id, state; /* state: JSON */
    int64_t updated_at;
};
/* Each in place of an older one. */
err checkpoint_put(struct ctx *c, struct tx *tx, const struct checkpoint_row *rows, size_t n);
/* Of the range's applications, by id: struct checkpoint_row. */
err checkpoint_list(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret);
/* One; state absent: there is none. */
err checkpoint_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                   struct checkpoint_row *ret);
err checkpoint_drop(struct ctx *c, struct tx *tx, struct str anonymized_id);

struct usage_row {
    struct str cycle_id, model;
    int64_t calls, retries, rejections, tokens_in, tokens_cached, tokens_out, cost_pico;
};
/* Adds to what is there. */
err usage_add(struct ctx *c, struct tx *tx, const struct usage_row *rows, size_t n);
/* Of the cycle, by model: struct usage_row. */
err usage_list(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret);

#endif
