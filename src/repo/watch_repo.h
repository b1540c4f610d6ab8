/* repo/watch_repo.h: SQL of who listens to which interview, and up to when what was said is
 * settled. Decides nothing. Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_REPO_WATCH_REPO_H
#define ENIGMA_REPO_WATCH_REPO_H

#include "db/db.h"
#include "domain/interview.h"

struct watch_row {
    int64_t interview_id;
    struct str owner; /* a process */
    int64_t settled_at, seen_at;
};
/* Rows are struct watch_row, by interview; what stands of another owner is replaced. */
err watch_put(struct ctx *c, struct tx *tx, const struct watch_row *rows, size_t n);
/* Those of `owner` that it has not seen since. */
err watch_drop(struct ctx *c, struct tx *tx, struct str owner, int64_t seen_before);

struct watch_left { /* of a process that is gone */
    int64_t interview_id;
    struct str owner;
    int64_t settled_at, seen_at;
    int64_t interview_time, duration_minutes, completed_at, cancelled_at; /* 0: not */
};
enum { WATCH_LEFT_MAX = 200 };
/* Rows that others than `owner` have not seen since; struct watch_left, the oldest first. */
err watch_left(struct ctx *c, struct tx *tx, struct str owner, int64_t seen_before,
               struct list *ret);
/* Those of these interviews that another owner has; ids is a JSON array. */
err watch_of_others(struct ctx *c, struct tx *tx, struct str owner, struct str ids,
                    struct list *ret);
struct watch_unheard {
    int64_t interview_id;
    struct str admin_id, cycle_id;
    int64_t settled_at;
};
/* Interviews that go on and of which nothing was settled since; struct watch_unheard, the longest
 * first. */
err watch_unheard(struct ctx *c, struct tx *tx, int64_t settled_before, struct list *ret);
/* Takes it out if it still is as it was read; *ret_taken false: somebody else was first. */
err watch_take(struct ctx *c, struct tx *tx, const struct watch_left *row, bool *ret_taken);

#endif
