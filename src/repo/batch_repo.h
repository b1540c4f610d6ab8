/* repo/batch_repo.h: batch runs as rows.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_BATCH_REPO_H
#define ENIGMA_REPO_BATCH_REPO_H

#include "db/db.h"

extern const struct names batch_type_names, batch_state_names;
struct batch_new {
    struct str cycle_id, model_name, input_file;
    struct str triggered_by; /* absent: whoever made the cycle */
    int64_t total;
};
struct batch_row {
    int64_t batch_id;
    struct str cycle_id;
    int32_t batch_type, status;
    struct str model_name;
    int64_t total_records, processed_records, failed_records;
    int64_t started_at, completed_at;
    struct str error_log;
    int32_t phase;       /* of its cycle: domain/phase.h */
    struct str provider; /* of its cycle */
};
struct batch_change {
    int64_t batch_id, done, failed, now;
    int32_t state;
};
err batch_insert(struct ctx *c, struct tx *tx, const struct batch_new *n, int64_t *ret_batch_id);
err batch_load(struct ctx *c, struct tx *tx, int64_t batch_id, struct batch_row *ret,
               bool *ret_found);
/* Of the cycle, newest first; rows are struct batch_row. */
err batch_list(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit, struct list *ret);
/* Adds done and failed, sets the state and the times that go with it. */
err batch_change(struct ctx *c, struct tx *tx, const struct batch_change *b, int64_t *ret_changed);
err batch_set_error_log(struct ctx *c, struct tx *tx, int64_t batch_id, struct str text);

#endif
