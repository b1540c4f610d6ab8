/* service/audit_log.h: appends to the tamper-evident log, in the transaction of the rows.
 * Where one writes at a time the entry has its place at once. Where many do, it waits in
 * audit_pending, without a lock, and the sequencer gives it index, time and link within a quarter
 * of a second; who needs the tail itself holds the log first.
 * Thread rule: inside a write transaction of the calling thread. */
#ifndef ENIGMA_SERVICE_AUDIT_LOG_H
#define ENIGMA_SERVICE_AUDIT_LOG_H

#include "crypto/commit.h"
#include "db/db.h"
#include "domain/audit_act.h"

struct audit_value {
    struct str field;
    struct str canonical;
}; /* committed, never stored */
struct audit_new {
    const char *act;
    struct str actor;       /* audit_actor(c), "system", "student", "builtin:worker+judge" */
    struct str cycle, subj; /* absent: null; subj with its prefix: "anon:ANON_…" */
    struct str data;        /* canonical JSON object; absent: {} */
    struct str key_subject; /* whose key commits: "application:APP_…", "anon:ANON_…" */
    struct audit_value values[ENTRY_COMMITS_MAX];
    size_t n_values;
};
/* A series of appends in one transaction: the tail is read once and carried on. A later append of
 * the same transaction must go through the same head. */
struct audit_head {
    bool known;
    bool held; /* audit_hold */
    int64_t next_idx;
    int64_t last_ts_ms;    /* of the last entry; where it waits, the time at which it was made */
    int64_t step_noted_ms; /* the held time for which clock.step is already in the log */
    struct hash last_leaf;
};
/* ret_leaf may be NULL; who asks for the leaf holds the log. Writes clock.step first when the wall
 * clock fell. */
err audit_append(struct ctx *c, struct tx *tx, struct audit_head *head, const struct audit_new *n,
                 struct hash *ret_leaf);
/* The next append through this head waits for the sequencer, so that its leaf and index are not
 * known in this transaction. */
bool audit_waits(const struct ctx *c, const struct audit_head *head);
/* For who reads the log's end, its roots, or an entry of this transaction: takes the lock of the
 * log until the transaction ends, gives all that waits its place, and lets this head append
 * straight. After the cycle's lock, and before rows that the sequencer writes too
 * (final_scores). Does nothing where entries have their place at once. */
#define AUDIT_LOCK "log"
err audit_hold(struct ctx *c, struct tx *tx, struct audit_head *head);
/* Gives what waits its place, in transactions of a bounded size; *ret_moved entries. Reads only
 * when nothing waits; does nothing on a database that is open for reading. A row that is no entry
 * stays, with a line in the operators' log, for verification to report. */
err audit_sequence(struct ctx *c, size_t *ret_moved);
struct audit_waiting {
    int64_t entries, oldest_us; /* how long the oldest has waited */
};
err audit_waiting(struct ctx *c, struct audit_waiting *ret);

/* "admin:ADM_…", "auditor:ADM_…", "student" or "system" for c->who. */
struct str audit_actor(struct ctx *c);

/* Makes and wraps a subject's key; the row waits for audit_repo_key_insert. Needs no
 * transaction. */
struct audit_key_row;
struct audit_key_row subject_key_make(struct ctx *c, struct str subject,
                                      uint8_t ret[SUBJECT_KEY_N]);
/* Finds and opens it / opens a wrapped one that was read. ERR_INTERNAL: it is missing, or is not
 * ours. */
err subject_key_open(struct ctx *c, struct tx *tx, struct str subject, uint8_t ret[SUBJECT_KEY_N]);
err subject_key_unwrap(struct ctx *c, struct str wrapped, uint8_t ret[SUBJECT_KEY_N]);
/* audit_append with the key at hand, for bulk steps. */
err audit_append_keyed(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct audit_new *n, const uint8_t key[SUBJECT_KEY_N],
                       struct hash *ret_leaf);
/* log.init when the log is empty. */
err audit_init(struct ctx *c);
/* Start-up: the tail of the log is whole and the origin and key are this installation's. */
err audit_check_tail(struct ctx *c);

struct audit_filter { /* GET /admin/audit/logs */
    struct str entity_type, entity_id, actor, action, cursor;
    int64_t from, to; /* us */
    int64_t limit;    /* 1 to 1000 */
};
extern const struct schema audit_filter_schema;
struct audit_row { /* the original's names */
    int64_t log_id, timestamp;
    struct str entity_type, entity_id, action, actor, details, metadata, previous_hash,
        current_hash;
};
extern const struct schema audit_row_schema;
/* Newest first; *ret_next is absent at the end. */
err audit_list(struct ctx *c, const struct audit_filter *f, struct list *ret_rows,
               struct str *ret_next);

#endif
