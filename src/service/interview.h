/* service/interview.h: interviews of shortlisted applications: slots, the statement of interest
 * before one, scorecards, and who may enter its room. Staff know the anonymous id alone, students
 * their own application alone. Evaluators act on their own interviews, a super_admin on all.
 * Thread rule: workers, and whoever runs a write transaction for the calls with a tx. */
#ifndef ENIGMA_SERVICE_INTERVIEW_H
#define ENIGMA_SERVICE_INTERVIEW_H

#include "domain/interview.h"
#include "repo/schedule_repo.h"
#include "service/audit_log.h"

enum { INTERVIEW_LIST_MAX = 1000 };

/* Whether an interview has begun: its student and staff may ask, and anybody when the setting
 * public_interview_status says so. ERR_NOT_FOUND for all others, as for one that does not exist. */
err interview_state_get(struct ctx *c, int64_t interview_id, struct interview_state *ret);

/* ERR_PHASE: the cycle is not in selection, or its final selection was made; ERR_BAD_REQUEST: not
 * shortlisted, no account; ERR_CONFLICT: there is an interview
 * already, or the slot is taken; ERR_FORBIDDEN: for another evaluator without being super_admin;
 * ERR_INVALID: names a member, as one whose time is past or too far off. */
err interview_schedule(struct ctx *c, const struct interview_new *n, struct interview *ret);
/* What changed since if_match was read: ERR_PRECONDITION; absent: no matter. */
err interview_update(struct ctx *c, int64_t id, const struct interview_change *v,
                     const struct seen *seen, struct str if_match, struct interview *ret);
/* Keeps the row and all that hangs on it; the application may be given another slot. */
err interview_cancel(struct ctx *c, int64_t id, const struct interview_cancel *q,
                     struct str if_match);
/* To another evaluator, who states an interest anew. An admin may take one that needs it. */
err interview_reassign(struct ctx *c, int64_t id, const struct interview_assign *q,
                       struct interview *ret);
/* Begins it once the three statements are accepted; the same answer when it was begun before. */
err interview_begin(struct ctx *c, int64_t id, const struct interview_start *s,
                    struct interview_started *ret);
err interview_decline(struct ctx *c, int64_t id, const struct interview_decline *d,
                      struct interview *ret);
/* "\"12-3\"" */
struct str interview_etag(struct ctx *c, const struct interview *v);

err interview_get(struct ctx *c, int64_t id, struct interview *ret);
/* Latest first. ERR_NOT_FOUND: no such cycle; mine: those of whoever asks. *ret_next: the cursor
 * behind the last, or absent. */
struct interview_page {
    struct str cycle_id; /* absent: all */
    bool mine;
    int32_t status; /* -1: all */
    int64_t limit;
    struct str cursor;
};
err interview_list(struct ctx *c, const struct interview_page *p, struct list *ret,
                   struct str *ret_next, int64_t *ret_total);
err interview_list_own(struct ctx *c, struct list *ret);
/* What a cycle's interviews wait for. */
enum interview_need { NEEDS_SLOT, NEEDS_REBOOKING, NEEDS_EVALUATOR, NEEDS_SCORE };
struct interview_waiting {
    struct str anonymized_id;
    int32_t needs;        /* enum interview_need */
    int64_t interview_id; /* SCHEMA_NULL_I64: there is none */
    struct str admin_id;
    int32_t cancel_code; /* -1: none */
};
extern const struct schema interview_waiting_schema;
err interview_waiting_list(struct ctx *c, struct str cycle_id, struct list *ret);
/* The calendar file of one, for its student or for staff. */
err interview_calendar_get(struct ctx *c, int64_t id, struct str *ret);

/* Scorecards: the assigned evaluator's, after the beginning; to all others there is none. An empty
 * one when nothing was saved. */
err scorecard_get(struct ctx *c, int64_t id, struct scorecard_saved *ret, struct str *ret_etag);
/* ERR_PRECONDITION: another tab was quicker. */
err scorecard_save(struct ctx *c, int64_t id, const struct scorecard *card, struct str if_match,
                   struct scorecard_saved *ret, struct str *ret_etag);
/* Once; ERR_CONFLICT the second time. Completes the interview. */
err interview_score_submit(struct ctx *c, int64_t id, const struct scorecard *card,
                           struct interview_score *ret);
/* ERR_FORBIDDEN while the evaluator who asks still owes a score in the same cycle. *ret_found
 * false: it has none yet. */
err interview_score_get(struct ctx *c, int64_t id, struct interview_score *ret, bool *ret_found);

/* Who c->who is in an interview, and whether the room may be entered now. */
enum interview_part { PART_EVALUATOR, PART_STUDENT, PART_OBSERVER };
enum interview_door {
    DOOR_OPEN,
    DOOR_NOT_SCHEDULED, /* completed or cancelled, or the cycle is past its selection */
    DOOR_EARLY,
    DOOR_LATE,
    DOOR_NOT_STARTED, /* its evaluator has not accepted the three statements */
    DOOR_BARRED,      /* its evaluator may not interview */
};
struct interview_member {
    int64_t interview_id;
    struct str cycle_id, admin_id; /* admin_id: the evaluator's */
    int32_t part, door;
    int32_t status;
    int64_t started_at, opens_at, closes_at;
};
/* ERR_NOT_FOUND for whoever has no part in it, as for one that does not exist. */
err interview_member(struct ctx *c, int64_t id, struct interview_member *ret);

/* Inside a write transaction that writes more: the monitor's. Takes the locks of cycle and
 * interview; *ret_done false: it was cancelled before, or the final selection counted on it.
 * by_monitor: the act is the monitor's, else of c->who. The caller ends the room after its commit.
 */
struct interview_cancelling {
    int64_t id;
    int32_t code;
    struct str reason;
    bool by_monitor;
};
err interview_cancel_in(struct ctx *c, struct tx *tx, struct audit_head *head,
                        const struct interview_cancelling *q, bool *ret_done);

#endif
