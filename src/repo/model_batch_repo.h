/* repo/model_batch_repo.h: files of questions on their way, and the applications that they hold.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_MODEL_BATCH_REPO_H
#define ENIGMA_REPO_MODEL_BATCH_REPO_H

#include "db/db.h"

enum model_batch_state {
    MODEL_BATCH_MADE,
    MODEL_BATCH_UPLOADED,
    MODEL_BATCH_SUBMITTED,
    MODEL_BATCH_ENDED,
    MODEL_BATCH_FETCHED,
    MODEL_BATCH_DROPPED
};
extern const struct names model_batch_state_names, model_pass_names;
enum model_pass { MODEL_PASS_WORKER, MODEL_PASS_JUDGE };

struct model_batch { /* a row, and JSON "ModelBatch" */
    struct str model_batch_id, admission_cycle_id;
    int64_t batch_run_id;
    int32_t pass, state;
    struct str model;
    int64_t questions;
    struct str sha256, remote_file, remote_batch, remote_state, remote_output, remote_errors;
    int64_t remote_done, remote_failed, imported, refused;
    struct str error;
    int64_t created_at, submitted_at, ended_at;
};
extern const struct schema model_batch_schema;

err model_batch_insert(struct ctx *c, struct tx *tx, const struct model_batch *b);
/* All but its ids, pass, model and times of creation. */
err model_batch_write(struct ctx *c, struct tx *tx, const struct model_batch *b);
/* Of the run, oldest first. */
err model_batch_list(struct ctx *c, struct tx *tx, int64_t batch_run_id, size_t limit,
                     struct list *ret);

struct model_batch_item {
    struct str anonymized_id, admission_cycle_id, model_batch_id;
};
/* A unique key refuses what another batch holds: ERR_CONFLICT. */
err model_batch_hold(struct ctx *c, struct tx *tx, const struct model_batch_item *v, size_t n);
err model_batch_items(struct ctx *c, struct tx *tx, struct str model_batch_id, size_t limit,
                      struct list *ret);
/* All that batches of the cycle hold, by id. */
err model_batch_held(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit,
                     struct list *ret);
err model_batch_release(struct ctx *c, struct tx *tx, struct str model_batch_id);

#endif
