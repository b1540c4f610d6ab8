/* repo/draft_repo.h: SQL of drafts, one for each student and cycle. Works inside the caller's
 * transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_DRAFT_REPO_H
#define ENIGMA_REPO_DRAFT_REPO_H

#include "db/db.h"

struct draft_row {
    struct str draft_id, student_id, admission_cycle_id;
    int64_t tag; /* random, new with each save */
    int64_t created_at, updated_at;
    struct str sealed;
    int64_t old_tag; /* what a change expects to find */
};
/* Of the cycle, or with cycle_id absent the one saved last. */
err draft_find(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id,
               struct draft_row *ret, bool *ret_found);
/* Rows are struct draft_row, newest first. */
err draft_list(struct ctx *c, struct tx *tx, struct str student_id, size_t limit, struct list *ret);
/* ERR_CONFLICT: there is one. */
err draft_insert(struct ctx *c, struct tx *tx, const struct draft_row *row);
/* Where the tag is still old_tag. */
err draft_update(struct ctx *c, struct tx *tx, const struct draft_row *row, int64_t *ret_changed);
err draft_delete_tagged(struct ctx *c, struct tx *tx, const struct draft_row *row,
                        int64_t *ret_changed);
/* Whatever its tag is; sent without waiting. */
err draft_delete_of(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id);
/* The student has an application in the cycle, withdrawn or not. */
err draft_is_late(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id,
                  bool *ret_late);

#endif
