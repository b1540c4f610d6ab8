/* repo/review_repo.h: SQL of evaluations that wait for a person.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_REVIEW_REPO_H
#define ENIGMA_REPO_REVIEW_REPO_H

#include "db/db.h"

struct review_new {
    struct str anonymized_id, cycle_id, reason; /* reason: a code */
    int64_t signs, opened_at;
};
/* One that waits already stays as it is; one that was decided waits again. */
err review_open(struct ctx *c, struct tx *tx, const struct review_new *rows, size_t n);
/* Takes those away that wait: they were scored otherwise. */
err review_drop(struct ctx *c, struct tx *tx, struct str anonymized_id);

/* With the last attempt's marks (hundredths) and words. */
struct review_row {
    struct str anonymized_id, reason;
    int64_t signs, opened_at;
    struct str decision, note; /* absent: it waits */
    int64_t decided_at;
    int64_t attempts; /* on record; the rest is of the last, absent without one */
    int64_t academic, test, achievement, essay, total;
    struct str model, explanation, feedback;
};
/* Waiting ones first, the oldest first; `waiting`: only those. */
/* How many wait in the cycle. */
err review_waiting(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret);
err review_list(struct ctx *c, struct tx *tx, struct str cycle_id, bool waiting, size_t limit,
                struct list *ret);
err review_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                struct review_row *ret, bool *ret_found);
struct review_decided {
    struct str anonymized_id, decision, note, decided_by;
    int64_t decided_at;
};
/* *ret_changed 0: it waits no longer. */
err review_close(struct ctx *c, struct tx *tx, const struct review_decided *d,
                 int64_t *ret_changed);

#endif
