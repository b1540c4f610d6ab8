/* repo/audit_repo.h: SQL of the tamper-evident log and of subject keys. Every function works inside
 * the caller's transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_AUDIT_REPO_H
#define ENIGMA_REPO_AUDIT_REPO_H

#include "db/db.h"

struct audit_entry_row {
    int64_t idx, ts; /* ts: ms */
    struct str act, actor, subj, cycle_id;
    struct str leaf, entry; /* bytes */
};
struct audit_tail_row {
    int64_t idx, ts;
    struct str leaf;
};
err audit_repo_tail(struct ctx *c, struct tx *tx, struct audit_tail_row *ret, bool *ret_found);
err audit_repo_insert(struct ctx *c, struct tx *tx, const struct audit_entry_row *row);
err audit_repo_insert_many(struct ctx *c, struct tx *tx, const struct audit_entry_row *rows,
                           size_t n);
/* ts of the newest clock.step. */
err audit_repo_last_step(struct ctx *c, struct tx *tx, int64_t *ret_ts, bool *ret_found);
err audit_repo_get(struct ctx *c, struct tx *tx, int64_t idx, struct audit_entry_row *ret,
                   bool *ret_found);
/* In idx order, from `from` on. */
err audit_repo_from(struct ctx *c, struct tx *tx, int64_t from, row_fn *fn, void *arg);

/* Newest first. Absent members do not filter. acts: ",cycle.open,cycle.close," */
struct audit_list_in {
    int64_t before, limit; /* idx < before */
    struct str actor, acts;
    int64_t ts_from, ts_to;        /* ms; SCHEMA_NULL_I64: open */
    struct str subj_from, subj_to; /* subj in [from, to), or from itself */
};
err audit_repo_list(struct ctx *c, struct tx *tx, const struct audit_list_in *in,
                    struct list *ret_rows);

/* ERR_CONFLICT when a subject has a key. */
struct audit_key_row {
    struct str subject, wrapped;
    int64_t created_at;
};
err audit_repo_key_insert(struct ctx *c, struct tx *tx, const struct audit_key_row *v, size_t n);
/* The same without waiting for the answer. */
err audit_repo_key_send(struct ctx *c, struct tx *tx, const struct audit_key_row *v, size_t n);
err audit_repo_key_get(struct ctx *c, struct tx *tx, struct str subject, struct str *ret_wrapped,
                       bool *ret_found);

/* Submissions of a cycle with from <= idx < before, in idx order, without those withdrawn before
 * `before`; rows are struct audit_subject_row. */
struct audit_subject_row {
    int64_t idx;
    struct str subj;
};
err audit_repo_submissions(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from,
                           int64_t before, row_fn *fn, void *arg);
/* Entries of an act and a cycle with from <= idx < before: score.final, selection.score. Rows are
 * struct audit_score_entry. */
struct audit_span {
    struct str act, cycle_id;
    int64_t from, before;
};
struct audit_score_entry {
    struct str subj, entry;
};
err audit_repo_score_entries(struct ctx *c, struct tx *tx, const struct audit_span *span,
                             row_fn *fn, void *arg);
/* Of all cycles, so that an index is enough. */
err audit_repo_count_act(struct ctx *c, struct tx *tx, const struct audit_span *span,
                         int64_t *ret_n);

#endif
