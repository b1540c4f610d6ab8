/* repo/pending_repo.h: SQL of the entries that wait for their place in the log, and of what the
 * sequencer writes when they have it. Works inside the caller's transaction and decides nothing.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_PENDING_REPO_H
#define ENIGMA_REPO_PENDING_REPO_H

#include "repo/audit_repo.h"

struct pending_row {
    int64_t pending_id; /* made by the database */
    struct str act, subj, cycle_id;
    struct str draft;   /* bytes: the entry with idx 0 and without prev */
    int64_t created_at; /* us */
};
/* Gathered with others of the transaction: query_later. */
err pending_put(struct ctx *c, struct tx *tx, const struct pending_row *row);
/* Rows behind `after` in order, at most `limit`. */
err pending_page(struct ctx *c, struct tx *tx, int64_t after, size_t limit, struct list *ret_rows);
err pending_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* ids: in ascending order. */
err pending_delete(struct ctx *c, struct tx *tx, const int64_t *ids, size_t n);

struct pending_stats {
    int64_t n;
    int64_t oldest_at; /* us; 0: none */
};
err pending_stats(struct ctx *c, struct tx *tx, struct pending_stats *ret);
err pending_any(struct ctx *c, struct tx *tx, bool *ret);

/* What rows know of their entry only now. */
struct pending_score {
    struct str anonymized_id, hash; /* hash: hex */
};
err pending_fill_scores(struct ctx *c, struct tx *tx, const struct pending_score *rows, size_t n);
struct pending_login {
    struct str admin_id;
    int64_t at; /* us */
};
/* Never back: a later sign-in may have been written meanwhile. */
err pending_fill_logins(struct ctx *c, struct tx *tx, const struct pending_login *rows, size_t n);

#endif
