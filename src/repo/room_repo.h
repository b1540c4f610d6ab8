/* repo/room_repo.h: SQL of the rooms of live interviews: tickets, and what a room polls for.
 * Decides nothing. Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_REPO_ROOM_REPO_H
#define ENIGMA_REPO_ROOM_REPO_H

#include "db/db.h"
#include "domain/interview.h"

struct ticket_row {
    struct str ticket_hash; /* SHA-256 in hex */
    int64_t interview_id;
    struct str holder_id;
    int64_t roles; /* bits of domain/role.h */
    int64_t created_at, expires_at;
};
err ticket_insert(struct ctx *c, struct tx *tx, const struct ticket_row *row);
/* Takes it out, expired or not; one of many that try finds it. */
err ticket_take(struct ctx *c, struct tx *tx, struct str hash, struct ticket_row *ret,
                bool *ret_found);
err ticket_expire(struct ctx *c, struct tx *tx, int64_t now_us);

/* What may have happened to an open room in another process. */
struct room_state_row {
    int64_t id;
    int32_t status; /* enum interview_status */
    int64_t started_at;
    bool terminated;     /* by the monitor */
    bool barred;         /* its evaluator is suspended or banned */
    struct str admin_id; /* its evaluator */
    bool nudges;         /* some of its evaluator wait for delivery */
};
enum { ROOM_POLL_MAX = 256 }; /* ids of one question */
err room_state_list(struct ctx *c, struct tx *tx, const int64_t *ids, size_t n, struct list *ret);

/* Nudges as a screen shows them: those that stand, of this evaluator in this interview. */
struct room_nudge_row {
    int64_t id, replaces; /* replaces: SCHEMA_NULL_I64: none */
    struct str nudge_type, severity, message;
    int64_t display_duration; /* seconds; SCHEMA_NULL_I64: stays */
    bool requires_ack;
    struct list evidence_quotes; /* struct str; empty once the transcript is gone */
};
enum { ROOM_NUDGES_MAX = 64 };
/* Behind the id `after`, or with after < 0 those not delivered; by id. */
err room_nudge_list(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                    int64_t after, struct list *ret);
/* Points of the evaluator in the interview, void ones left out. */
err room_strikes(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                 int64_t *ret);

#endif
