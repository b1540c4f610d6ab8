/* service/room_pass.h: who may enter the room of a live interview, and the tickets that let a page
 * in: 256 random bits, one use, sixty seconds, for one person and one interview, kept as a hash.
 * Thread rule: any thread, outside transactions. */
#ifndef ENIGMA_SERVICE_ROOM_PASS_H
#define ENIGMA_SERVICE_ROOM_PASS_H

#include "domain/interview.h"
#include "repo/room_repo.h"

enum { ROOM_TICKET_SECONDS = 60, ROOM_TICKET_BYTES = 32 };
/* Before the ticket, and the protocol itself, in Sec-WebSocket-Protocol. */
#define ROOM_PROTOCOL      "enigma.v1"
#define ROOM_TICKET_PREFIX "ticket."

enum room_part { ROOM_EVALUATOR, ROOM_STUDENT, ROOM_OBSERVER, ROOM_PARTS };
extern const struct names room_part_names; /* evaluator, student, observer */

struct room_ticket { /* POST /interviews/{interview_id}/ticket */
    struct str ticket;
    int64_t expires_at;
    struct list protocols; /* struct str: what to offer in Sec-WebSocket-Protocol */
};
extern const struct schema room_ticket_schema;
/* For c->who. ERR_NOT_FOUND: no part in this interview; ERR_PHASE: it cannot be joined now;
 * ERR_FORBIDDEN: its evaluator may not interview. */
err room_ticket_new(struct ctx *c, int64_t interview_id, struct room_ticket *ret);
/* Uses it up whatever comes of it; the principal is in c->mem. ERR_UNAUTHENTICATED: unknown, used,
 * expired, or of another interview. */
err room_ticket_use(struct ctx *c, int64_t interview_id, struct str ticket,
                    const struct principal **ret);
/* Who has this id and may still work here; for keys that a room gave out itself. */
err room_principal(struct ctx *c, struct str id, const struct principal **ret);

struct room_member {
    struct str admin_id; /* the evaluator's */
    int32_t part;        /* enum room_part */
    int32_t status;      /* enum interview_status */
    int64_t started_at;  /* 0: not yet */
    bool barred;         /* the evaluator may not interview */
    bool closed;         /* not within the time to join */
};
/* The part of c->who. ERR_NOT_FOUND for whoever has none, as for an interview that does not
 * exist. */
err room_member_get(struct ctx *c, int64_t interview_id, struct room_member *ret);

/* Nudges that stand, as room_nudge_list; rows are struct room_nudge_row. */
err room_nudges(struct ctx *c, int64_t interview_id, struct str admin_id, int64_t after,
                struct list *ret);
/* Points in this interview, and the status by the rules. */
struct room_standing {
    int64_t strikes;
    int32_t status; /* enum bias_status */
};
err room_standing_get(struct ctx *c, int64_t interview_id, struct str admin_id,
                      struct room_standing *ret);
/* What became of these interviews elsewhere: rows are struct room_state_row. */
err room_states(struct ctx *c, const int64_t *ids, size_t n, struct list *ret);

#endif
